//! Copy sheets: values to be filed elsewhere.

use crate::domain::copy_sheet::{CopyField, CopySheet};
use crate::grpc::v1;

use super::delivery::value;
use super::time::instant;

/// The values of an ask, to be copied.
pub(super) fn copy_sheet(sheet: &CopySheet) -> v1::CopySheet {
    v1::CopySheet {
        ask: sheet.ask.to_string(),
        filed_elsewhere: sheet.filed_elsewhere.clone(),
        fields: sheet.fields.iter().map(field).collect(),
    }
}

fn field(field: &CopyField) -> v1::CopyField {
    let copy = field.copy.as_ref();
    let flags = copy.iter().flat_map(|copy| &copy.delivery.flags);
    let on = copy.and_then(|copy| copy.on);
    v1::CopyField {
        field: field.field.to_string(),
        label: field.label.clone(),
        entry: field.entry.to_string(),
        reference: field.reference.to_string(),
        reference_label: field.reference.label(),
        on: on.map(|day| day.to_string()).unwrap_or_default(),
        value: copy.map(|copy| value(&copy.delivery.value)),
        flags: flags
            .map(|flag| v1::DeliveryFlag::from(*flag).into())
            .collect(),
        sensitivity: v1::Sensitivity::from(field.sensitivity).into(),
        answered_at: copy.map(|copy| instant(copy.given_at)),
    }
}
