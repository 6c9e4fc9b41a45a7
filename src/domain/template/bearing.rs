//! Entries without the form around them: for reckoning what some fields come to, at the price of
//! just those.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::ask::Ask;
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;

use super::merge::{self, Wanted};
use super::{Demand, Entry};

/// A field of an ask as it bears on the forms of a period, whatever a home's services are.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<'a> {
    /// The ask.
    pub ask: &'a Ask,
    /// The field's place in it.
    pub field: usize,
    /// The question that stands for all that are one with the field's.
    pub question: QuestionId,
    /// What it speaks of.
    pub reference: Reference,
}

/// How the fields of an ask bear on the forms of a period: a field that has no span of this period
/// does not.
#[must_use]
pub fn bearings<'a>(ask: &'a Ask, period: Period, links: &Links) -> Vec<Bearing<'a>> {
    let window = ask.window.window(&period);
    let (true, Ok(window)) = (ask.schedule.includes(&period), window) else {
        return Vec::new();
    };
    let on_completion = ask.is_on_completion();
    let fields = ask.fields.iter().enumerate();
    let bearing = fields.filter_map(|(field, own)| {
        Some(Bearing {
            ask,
            field,
            question: links.representative(&own.question),
            reference: merge::resolved(own, period, window, on_completion)?,
        })
    });
    bearing.collect()
}

/// The entries that serve some fields on the form of a home with these services, normalised; in no
/// order that people would read them in.
#[must_use]
pub fn entries_of<'a>(
    bearings: impl IntoIterator<Item = Bearing<'a>>,
    services: &BTreeSet<String>,
    dictionary: &Dictionary,
    links: &Links,
) -> Vec<Entry> {
    let mut groups: BTreeMap<(QuestionId, Reference), Vec<Wanted>> = BTreeMap::new();
    for bearing in bearings {
        let own = &bearing.ask.fields[bearing.field];
        if !own.field.is_of(services) {
            continue;
        }
        let wanted = Wanted {
            demand: Demand {
                ask: bearing.ask.name.clone(),
                question: own.question,
                field: own.field.clone(),
            },
            normalised: Arc::clone(&own.normalised),
        };
        let key = (bearing.question, bearing.reference);
        groups.entry(key).or_default().push(wanted);
    }
    let groups = groups.into_iter();
    groups
        .map(|((_, reference), group)| merge::entry(reference, group, dictionary, links).1)
        .collect()
}
