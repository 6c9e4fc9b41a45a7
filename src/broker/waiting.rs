//! What waits for another answer, once the answers at hand are given.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::answer::Answer;
use crate::domain::fault::Faults;
use crate::domain::form::{Form, waiting, why_waiting};
use crate::domain::template::{Entry, EntryId};

/// The demands that wait, by entry and place.
pub(super) struct Waiting(BTreeMap<EntryId, Vec<u32>>);

impl Waiting {
    /// Whether a demand waits.
    pub(super) fn is(&self, entry: &EntryId, place: u32) -> bool {
        let waiting = self.0.get(entry);
        waiting.is_some_and(|places| places.contains(&place))
    }
}

/// What waits once these answers are given.
///
/// # Errors
/// Every answer to an entry that is then not put, and that was not answered before: nobody asks
/// for it.
pub(super) fn check_put(answers: &[Answer], form: &Form) -> Result<Waiting, Faults> {
    let template = &form.template;
    let given: BTreeMap<EntryId, Arc<Answer>> = answers
        .iter()
        .map(|answer| (answer.entry, Arc::new(answer.clone())))
        .collect();
    let standing: BTreeMap<EntryId, Arc<Answer>> = form
        .entries()
        .filter_map(|(entry, state)| Some((entry.id, Arc::clone(&state.answer.as_ref()?.answer))))
        .collect();
    let answer_of = |entry: &Entry| {
        let answer = given.get(&entry.id).or_else(|| standing.get(&entry.id));
        answer.cloned()
    };
    let places = waiting(template, answer_of);
    let entries = template.entries().iter().zip(places);
    let waiting = Waiting(entries.map(|(entry, places)| (entry.id, places)).collect());
    let mut faults = Faults::new();
    for (position, answer) in answers.iter().enumerate() {
        let Some(entry) = template.entry(&answer.entry) else {
            continue;
        };
        let mut demands = (0u32..).zip(&entry.demands);
        let is_put = demands.any(|(place, _)| !waiting.is(&entry.id, place));
        if is_put || standing.contains_key(&entry.id) {
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
