//! Deliveries.

use crate::broker::DeliveryRow;
use crate::domain::delivery::Delivered;
use crate::domain::unit::Unit;
use crate::grpc::v1;

use super::answer::{declined, grid};
use super::entry::worked_out;
use super::time::instant;

/// One field's delivery.
pub(crate) fn delivery(row: &DeliveryRow) -> v1::Delivery {
    let flags = row.delivery.flags.iter();
    v1::Delivery {
        ask: row.ask.to_string(),
        home: row.home.resource(),
        period: row.period.to_string(),
        field: row.field.to_string(),
        reference: row.reference.to_string(),
        reference_label: row.reference.label(),
        on: row.on.map(|day| day.to_string()).unwrap_or_default(),
        value: Some(value(&row.delivery.value)),
        flags: flags
            .map(|flag| v1::DeliveryFlag::from(*flag).into())
            .collect(),
        sensitivity: v1::Sensitivity::from(row.delivery.sensitivity).into(),
        answered_at: Some(instant(row.given_at)),
        sequence: row.sequence,
        worked_out: row
            .worked_out
            .as_ref()
            .map(|(own, wordings)| worked_out(own, "", wordings)),
    }
}

pub(super) fn value(delivered: &Delivered) -> v1::DeliveredValue {
    use v1::delivered_value::Said;
    let said = match delivered {
        Delivered::Number {
            total,
            unit,
            grid: boxes,
        } => Said::Number(v1::DeliveredNumber {
            total: total.map(|total| total.to_string()).unwrap_or_default(),
            unit: unit.map_or("", Unit::code).to_owned(),
            grid: boxes.as_ref().map(grid),
        }),
        Delivered::YesNo(yes) => Said::YesNo(*yes),
        Delivered::Date(day) => Said::Date(day.to_string()),
        Delivered::Text(text) => Said::Text(text.clone()),
        Delivered::Options { codes, others } => Said::Options(v1::DeliveredOptions {
            codes: codes.clone(),
            others: others.clone(),
        }),
        Delivered::Declined { reason, note } => Said::Declined(declined(*reason, note)),
    };
    v1::DeliveredValue { said: Some(said) }
}
