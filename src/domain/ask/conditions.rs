//! Conditions between the fields of an ask: each on a field that is there and fits, none in a
//! circle.

use std::collections::BTreeMap;

use super::AskField;
use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::id::shown;

/// Checks every condition. `fields` are those of `raw` that could be read: a condition on one that
/// could not is not judged further.
pub(super) fn check(raw: &[RawField], fields: &[AskField], faults: &mut Faults) {
    let named: BTreeMap<&str, &AskField> = fields
        .iter()
        .map(|own| (own.field.name.as_str(), own))
        .collect();
    for (position, row) in raw.iter().enumerate() {
        let Some(own) = named.get(row.name.as_str()) else {
            continue;
        };
        let Some(only_if) = &own.field.only_if else {
            continue;
        };
        let path = format!("fields[{position}].only_if");
        let on = only_if.field.as_str();
        if !raw.iter().any(|other| other.name == on) {
            let message = format!("{} is no field of this ask", shown(on));
            faults.add(format!("{path}.field"), message);
            continue;
        }
        if leads_back(own, &named) {
            let message = "leads back to this field: its answer would decide whether it is put";
            faults.add(format!("{path}.field"), message);
        } else if let Some(other) = named.get(on) {
            faults.take(&path, only_if.fits(&other.field));
        }
    }
}

/// Whether following the conditions from a field comes back to it.
fn leads_back(start: &AskField, named: &BTreeMap<&str, &AskField>) -> bool {
    let mut at = start;
    // Past as many steps as there are fields the path runs in a circle that others stand in.
    for _ in 0..named.len() {
        let next = at.field.only_if.as_ref();
        let Some(next) = next.and_then(|only_if| named.get(only_if.field.as_str())) else {
            return false;
        };
        if next.field.name == start.field.name {
            return true;
        }
        at = next;
    }
    false
}
