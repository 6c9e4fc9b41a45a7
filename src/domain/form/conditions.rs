//! Which demands wait for an answer to another field of their ask.
//!
//! A demand applies if it has no condition, or if the field that it depends on applies itself and
//! is answered as the condition says, in that field's own terms. Ask and field decide, not the
//! entry: what another organisation asks without a condition is put all the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::answer::Answer;
use crate::domain::delivery::{Delivered, deliver};
use crate::domain::field::{Field, OnlyIf, Test};
use crate::domain::id::AskName;
use crate::domain::template::{Demand, Entry, Template};

/// Where a field of an ask stands on a template: the entry's place and the demand's.
type Places<'a> = BTreeMap<(&'a AskName, &'a str), (usize, usize)>;

/// For each entry of a template the places of its demands that wait. `answer_of` tells the answer
/// in force to an entry.
#[must_use]
pub fn waiting(
    template: &Template,
    answer_of: impl Fn(&Entry) -> Option<Arc<Answer>>,
) -> Vec<Vec<u32>> {
    let entries = template.entries();
    let is_conditional = |demand: &Demand| demand.field.only_if.is_some();
    if !entries.iter().any(|e| e.demands.iter().any(is_conditional)) {
        return vec![Vec::new(); entries.len()];
    }
    let mut places = Places::new();
    for (at, entry) in entries.iter().enumerate() {
        for (place, demand) in entry.demands.iter().enumerate() {
            places.insert((&demand.ask, demand.field.name.as_str()), (at, place));
        }
    }
    let steps = places.len();
    let waits = |demand: &Demand| !applies(demand, entries, &places, &answer_of, steps);
    let of_entry = |entry: &Entry| {
        let demands = (0u32..).zip(&entry.demands);
        let waiting = demands.filter(|(_, demand)| waits(demand));
        waiting.map(|(place, _)| place).collect()
    };
    entries.iter().map(of_entry).collect()
}

/// Why a demand waits, as people read it; none for one without a condition.
#[must_use]
pub fn why_waiting(template: &Template, demand: &Demand) -> Option<String> {
    let only_if = demand.field.only_if.as_ref()?;
    let on = only_if.field.as_str();
    let mut entries = template.entries().iter();
    let label = entries.find_map(|entry| entry.demand(&demand.ask, on));
    let label = label.map_or("not on this form", |other| other.field.label.as_str());
    Some(format!("only if {only_if} ({on}: {label})"))
}

/// Whether a demand applies. `steps` bounds how many conditions are followed: an ask with
/// conditions in a circle is never accepted.
fn applies(
    demand: &Demand,
    entries: &[Entry],
    places: &Places<'_>,
    answer_of: &impl Fn(&Entry) -> Option<Arc<Answer>>,
    steps: usize,
) -> bool {
    let Some(only_if) = &demand.field.only_if else {
        return true;
    };
    let Some((at, place)) = places.get(&(&demand.ask, only_if.field.as_str())) else {
        return false;
    };
    let entry = &entries[*at];
    let other = &entry.demands[*place];
    let Some(steps) = steps.checked_sub(1) else {
        return false;
    };
    let value_of = |answer: Arc<Answer>| deliver(&answer, entry, other, false).value;
    answer_of(entry).is_some_and(|answer| holds(only_if, &value_of(answer), &other.field))
        && applies(other, entries, places, answer_of, steps)
}

/// Whether a condition holds by what the field that it depends on receives.
#[must_use]
pub fn holds(only_if: &OnlyIf, value: &Delivered, other: &Field) -> bool {
    match (&only_if.test, value) {
        (Test::Equals(values), Delivered::YesNo(yes)) => {
            values.contains(if *yes { "yes" } else { "no" })
        }
        (Test::Equals(values), Delivered::Options { codes, .. }) => {
            codes.iter().any(|code| values.contains(code))
        }
        (Test::Between { min, max }, Delivered::Number { total, grid, unit }) => {
            let summed = || grid.as_ref().and_then(crate::domain::answer::Grid::total);
            // A number that cannot be told in the field's unit cannot be compared either.
            let number = total.or_else(summed).filter(|_| *unit == other.kind.unit());
            number.is_some_and(|number| {
                min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max)
            })
        }
        _ => false,
    }
}
