//! A copy sheet: the values of an ask that is filed elsewhere, for the home to copy there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ask::Ask;
use super::delivery::{Delivery, deliver};
use super::field_type::Sensitivity;
use super::form::{EntryState, Form};
use super::id::{AskName, FieldName};
use super::reference::Reference;
use super::template::{Demand, Entry, EntryId};

/// An ask's values, in its own order, names, units and codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopySheet {
    /// The ask.
    pub ask: AskName,
    /// The system to copy into.
    pub filed_elsewhere: String,
    /// Every field that the ask has on the form.
    pub fields: Vec<CopyField>,
}

/// A field with what to copy into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyField {
    /// The requester's name of the field.
    pub field: FieldName,
    /// The requester's wording.
    pub label: String,
    /// The entry that serves it.
    pub entry: EntryId,
    /// What the answer speaks of.
    pub reference: Reference,
    /// Highest sensitivity of any demand on the question.
    pub sensitivity: Sensitivity,
    /// What to copy; none while nothing is answered.
    pub copy: Option<Copy>,
}

/// What to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The value as a delivery would tell it; flagged as corrected if it was answered after the ask
    /// was filed.
    pub delivery: Delivery,
    /// The very date, where the reference is a window.
    pub on: Option<Date>,
    /// When it was answered.
    pub given_at: Timestamp,
}

/// The copy sheet of an ask on a form.
#[must_use]
pub fn copy_sheet(form: &Form, ask: &Ask) -> CopySheet {
    let mut served: BTreeMap<&FieldName, (&Entry, &EntryState, &Demand)> = BTreeMap::new();
    for (entry, state) in form.entries() {
        for demand in entry.demands.iter().filter(|demand| demand.ask == ask.name) {
            served.insert(&demand.field.name, (entry, state, demand));
        }
    }
    let filed_at = form.filings.get(&ask.name).map(|filed| filed.at);
    let field = |own: &super::ask::AskField| {
        let (entry, state, demand) = *served.get(&own.field.name)?;
        let copy = state.answer.as_ref().map(|known| {
            let is_correction = filed_at.is_some_and(|filed_at| filed_at < known.given_at);
            Copy {
                delivery: deliver(&known.answer, entry, demand, is_correction),
                on: known.answer.on,
                given_at: known.given_at,
            }
        });
        Some(CopyField {
            field: own.field.name.clone(),
            label: own.field.label.clone(),
            entry: entry.id,
            reference: entry.reference,
            sensitivity: entry.sensitivity.value,
            copy,
        })
    };
    CopySheet {
        ask: ask.name.clone(),
        filed_elsewhere: ask.raw.filed_elsewhere.clone(),
        fields: ask.fields.iter().filter_map(field).collect(),
    }
}
