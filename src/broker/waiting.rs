//! What waits for another answer, once the answers at hand are given.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::answer::Answer;
use crate::domain::fault::Faults;
use crate::domain::form::{Form, why_waiting};
use crate::domain::template::EntryId;

/// The demands that wait, by entry and place.
pub(super) struct Waiting(BTreeMap<EntryId, Vec<u32>>);

impl Waiting {
    /// Whether a demand waits.
    pub(super) fn is(&self, entry: &EntryId, place: u32) -> bool {
        let waiting = self.0.get(entry);
        waiting.is_some_and(|places| places.contains(&place))
    }
}

/// What waits by a form on which these answers are given, and what goes with them.
///
/// # Errors
/// Every answer to an entry that is then not put, and that was not answered before: nobody asks
/// for it.
pub(super) fn check_put(answers: &[Answer], before: &Form, form: &Form) -> Result<Waiting, Faults> {
    let template = &form.template;
    let waiting = form
        .entries()
        .map(|(entry, state)| (entry.id, state.waiting.clone()));
    let waiting = Waiting(waiting.collect());
    let answered = before.entries().filter(|(_, state)| state.answer.is_some());
    let answered: BTreeSet<EntryId> = answered.map(|(entry, _)| entry.id).collect();
    let mut faults = Faults::new();
    for (position, answer) in answers.iter().enumerate() {
        let Some(entry) = template.entry(&answer.entry) else {
            continue;
        };
        let mut demands = (0u32..).zip(&entry.demands);
        let is_put = demands.any(|(place, _)| !waiting.is(&entry.id, place));
        if is_put || answered.contains(&entry.id) {
            continue;
        }
        let why = entry
            .demands
            .iter()
            .filter_map(|d| why_waiting(template, d));
        let why: Vec<String> = why.collect();
        let message = format!("is not put: {}", why.join("; "));
        faults.add(format!("answers[{position}].entry"), message);
    }
    faults.into_result().map(|()| waiting)
}
