//! What is wrong with an answer, and what is worth a second look, in words for whoever typed it.

use crate::domain::check::{RawAnswer, Warning, WarningOf};
use crate::domain::decimal::Decimal;
use crate::domain::fault::{Fault, Faults};
use crate::domain::id::OrganisationId;
use crate::domain::template::{Entry, Input};

use super::super::words;
use super::Source;

/// Every fault of an answer, each said once.
pub(crate) fn plain_faults(faults: &Faults, typed: &RawAnswer, entry: &Entry) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for fault in faults.iter() {
        let words = plain_fault(fault, typed, entry);
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told
}

fn plain_fault(fault: &Fault, typed: &RawAnswer, entry: &Entry) -> String {
    use words::trouble;

    let member = fault.path.split(['.', '[']).next().unwrap_or_default();
    let of_number = match entry.input {
        Input::Count(_) => trouble::COUNT,
        Input::Percentage(_) => trouble::PERCENTAGE,
        Input::Money(_) => trouble::MONEY,
        _ => trouble::NUMBER,
    };
    match member {
        "" if typed.declined.is_some() => trouble::ANSWER_AND_REASON,
        "" if typed.confirm => trouble::RIGHT_AND_OTHER,
        "" => trouble::NO_ANSWER,
        "grids" if fault.path.rsplit('.').next() == Some("cells") => trouble::BOXES_MISSING,
        "number" | "grids" => of_number,
        "unit" => trouble::UNIT,
        "date" => trouble::DATE,
        "on" => return trouble::on(&entry.reference.label()),
        "text" => trouble::TEXT,
        "options" => trouble::OPTION,
        "note" if typed.declined.is_none() => trouble::NOTE_WITHOUT_REASON,
        "note" => trouble::NOTE_TOO_LONG,
        "confirm" => trouble::NO_LONGER_RIGHT,
        _ => return fault.message.clone(),
    }
    .to_owned()
}

/// A warning, with the name of the body that expected something else and what it expected.
pub(crate) fn plain_warning(warning: &Warning, source: &Source<'_>) -> String {
    plain_warning_of(warning, source.entry, |id| source.name_of(id))
}

/// The same of an entry that stands on no form; `name_of` tells what a body is called.
pub(crate) fn plain_warning_of(
    warning: &Warning,
    entry: &Entry,
    name_of: impl FnOnce(&OrganisationId) -> String,
) -> String {
    let place = match warning.of {
        WarningOf::Totals => return words::trouble::TOTALS.to_owned(),
        WarningOf::Demand(place) => place,
    };
    let demand = usize::try_from(place)
        .ok()
        .and_then(|place| entry.demands.get(place));
    let Some(demand) = demand else {
        return words::trouble::UNEXPECTED.to_owned();
    };
    let name = name_of(&demand.ask.organisation);
    let unit = demand.field.kind.unit().map_or("", |unit| unit.label());
    let bound = |bound: Option<Decimal>| bound.map(|bound| bound.to_string());
    let (least, most) = demand.field.kind.bounds();
    words::trouble::outside(&name, bound(least), bound(most), unit)
}
