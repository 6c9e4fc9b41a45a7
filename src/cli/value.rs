//! Values as text: what homes said, what requesters receive, and how a question is answered.

use crate::domain::unit::Unit;
use crate::grpc::v1;

use super::convert::word;
use super::form_table::{number_text, units_text};

/// How an entry is answered, in words.
pub(crate) fn entry_type(entry: &v1::FormEntry) -> String {
    use v1::FieldType;

    let grids = entry.grids.iter().map(|grid| {
        let labels = grid
            .dimensions
            .iter()
            .map(|dimension| dimension.label.clone());
        labels.collect::<Vec<_>>()
    });
    match entry.r#type() {
        FieldType::Count => number_text("number", grids),
        FieldType::Percentage => number_text("per cent", grids),
        FieldType::Quantity | FieldType::Money => {
            let own = entry.unit.parse::<Unit>().map_or("", Unit::label);
            let others = entry.other_units.iter();
            let others = others.filter_map(|code| code.parse::<Unit>().ok());
            let labels = std::iter::once(own).chain(others.map(Unit::label));
            number_text(&units_text(labels), grids)
        }
        FieldType::YesNo => "yes or no".to_owned(),
        FieldType::Date => "date".to_owned(),
        FieldType::Text => "text".to_owned(),
        FieldType::Choice => format!("one of {} options", entry.options.len()),
        FieldType::Choices => format!("any of {} options", entry.options.len()),
        FieldType::Unspecified => String::new(),
    }
}

/// An answer in one line, as an answers sheet writes it.
pub(crate) fn given(given: &v1::GivenAnswer) -> String {
    use v1::value::Said;

    match given.value.as_ref().and_then(|value| value.said.as_ref()) {
        None => String::new(),
        Some(Said::Number(number)) => number_line(number),
        Some(Said::YesNo(yes)) => yes_no(*yes).to_owned(),
        Some(Said::Date(text) | Said::Text(text)) => text.clone(),
        Some(Said::Options(options)) if options.keys.is_empty() => "none of these".to_owned(),
        Some(Said::Options(options)) => options.keys.join("; "),
        Some(Said::Declined(declined)) => reason(declined),
    }
}

fn number_line(number: &v1::NumberValue) -> String {
    let total = Some(&number.total).filter(|total| !total.is_empty());
    let grids = number.grids.iter().map(boxes);
    let parts: Vec<String> = total.cloned().into_iter().chain(grids).collect();
    with_unit(&parts.join(" | "), &number.unit)
}

/// The boxes of a breakdown, as an answers sheet writes them.
pub(crate) fn boxes(grid: &v1::Grid) -> String {
    let cells = grid.cells.iter();
    let cells = cells.map(|cell| format!("{}={}", cell.codes.join("/"), cell.value));
    cells.collect::<Vec<_>>().join("; ")
}

/// A figure with its unit in plain English; without, where it has none.
pub(crate) fn with_unit(figure: &str, unit: &str) -> String {
    match unit.parse::<Unit>() {
        Ok(unit) if !unit.label().is_empty() => format!("{figure} {}", unit.label()),
        _ => figure.to_owned(),
    }
}

/// The word of a yes-or-no.
pub(crate) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The word of a reason.
pub(crate) fn reason(declined: &v1::Declined) -> String {
    word(declined.reason().as_str_name(), "DECLINE_REASON")
}

/// A delivered value as one text, without its unit.
pub(crate) fn delivered(value: &v1::DeliveredValue) -> String {
    use v1::delivered_value::Said;

    match &value.said {
        None => String::new(),
        Some(Said::Number(number)) => match &number.grid {
            Some(grid) => boxes(grid),
            None => number.total.clone(),
        },
        Some(Said::YesNo(yes)) => yes_no(*yes).to_owned(),
        Some(Said::Date(text) | Said::Text(text)) => text.clone(),
        Some(Said::Options(options)) => {
            let others = options.others.iter().map(|label| format!("({label})"));
            let all: Vec<String> = options.codes.iter().cloned().chain(others).collect();
            all.join("; ")
        }
        Some(Said::Declined(declined)) => reason(declined),
    }
}

/// The words of a delivery's flags.
pub(crate) fn flags(delivery: &v1::Delivery) -> Vec<String> {
    let words = delivery.flags();
    words
        .map(|flag| word(flag.as_str_name(), "DELIVERY_FLAG"))
        .collect()
}

/// The unit of a delivered value; empty for none.
pub(crate) fn delivered_unit(value: &v1::DeliveredValue) -> &str {
    match &value.said {
        Some(v1::delivered_value::Said::Number(number)) => &number.unit,
        _ => "",
    }
}

/// More of a reason why there is no value; empty for none.
pub(crate) fn delivered_note(value: &v1::DeliveredValue) -> &str {
    match &value.said {
        Some(v1::delivered_value::Said::Declined(declined)) => &declined.note,
        _ => "",
    }
}
