//! Completeness: how far a home is with an ask for one of its periods.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;

use super::ask::{Ask, AskField};
use super::delivery::Delivered;
use super::form::holds;
use super::period::Period;
use super::reference::{Reference, resolve};
use super::window::{Window, WindowState};

/// How far a home is with an ask for a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Completeness {
    /// The window has not opened, and nothing is in.
    Coming,
    /// Answers are taken, and nothing is in.
    Due,
    /// Answers are taken, and part is in.
    Part,
    /// The window has closed, and something is missing.
    Late,
    /// The home declined every field, with a reason for each.
    Declined,
    /// The home says that it filed the answers elsewhere, as the ask wants.
    Filed,
    /// Every field is answered or declined, and one is answered at least.
    Done,
    /// Nothing more is wanted, though something is missing: the home is closed, or the ask was
    /// withdrawn.
    Closed,
}

impl Completeness {
    /// Every state with its word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Coming, "coming"),
        (Self::Due, "due"),
        (Self::Part, "part"),
        (Self::Late, "late"),
        (Self::Declined, "declined"),
        (Self::Filed, "filed"),
        (Self::Done, "done"),
        (Self::Closed, "closed"),
    ];

    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(state, _)| *state == self);
        found.map_or("due", |(_, word)| word)
    }
}

/// How many fields were wanted of a home, and what came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldCounts {
    /// Fields wanted.
    pub wanted: u64,
    /// Of those, fields that are in, with a value or declined.
    pub received: u64,
    /// Of those, fields that were declined.
    pub declined: u64,
}

impl FieldCounts {
    /// What this comes to at a moment, in London, for an ask that asks.
    #[must_use]
    pub fn state(self, window: Window, now: DateTime) -> Completeness {
        if self.wanted > 0 && self.received >= self.wanted {
            return if self.declined >= self.wanted {
                Completeness::Declined
            } else {
                Completeness::Done
            };
        }
        match (window.state(now), self.received) {
            (WindowState::Closed, _) => Completeness::Late,
            (_, 1..) => Completeness::Part,
            (WindowState::Coming, 0) => Completeness::Coming,
            (WindowState::Open, 0) => Completeness::Due,
        }
    }
}

/// What an ask wants for one of its periods: its fields by place, and what each speaks of. A field whose
/// rule picks no span of this period asks nothing of it.
pub fn wanted(
    ask: &Ask,
    period: Period,
    window: Window,
) -> impl Iterator<Item = (usize, Reference)> {
    let on_completion = ask.is_on_completion();
    ask.fields
        .iter()
        .enumerate()
        .filter_map(move |(place, own)| {
            let field = &own.field;
            let (timing, moment, rule) = (field.timing, field.moment, field.reference);
            let resolved = resolve(timing, moment, rule, period, window, on_completion);
            Some((place, resolved.ok()?))
        })
}

/// The names of the fields whose value decides whether another one of them is wanted.
#[must_use]
pub fn deciding<'a>(fields: impl Iterator<Item = &'a AskField>) -> BTreeSet<&'a str> {
    let conditions = fields.filter_map(|own| own.field.only_if.as_ref());
    conditions.map(|only_if| only_if.field.as_str()).collect()
}

/// What an ask was sent for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Whether that is a reason why there is no value.
    pub is_declined: bool,
    /// The value in the field's own terms, where another field depends on it.
    pub decides: Option<Delivered>,
}

/// How many of these fields are wanted of a home, and what of them came.
///
/// A field that the home's services rule out is not wanted. One with a condition is wanted if it
/// came, or if by what the ask itself was sent its condition holds: what the home told others is not
/// the asker's to know, so a condition that nothing was sent for is one that is not known to hold.
#[must_use]
pub fn counted<'a>(
    fields: impl Iterator<Item = &'a AskField>,
    services: &BTreeSet<String>,
    received: &BTreeMap<&str, Received>,
) -> FieldCounts {
    let put = fields.filter(|own| own.field.is_of(services));
    let put: BTreeMap<&str, &AskField> = put.map(|own| (own.field.name.as_str(), own)).collect();
    let mut counts = FieldCounts::default();
    for own in put.values() {
        match received.get(own.field.name.as_str()) {
            Some(received) => {
                counts.wanted += 1;
                counts.received += 1;
                counts.declined += u64::from(received.is_declined);
            }
            None => counts.wanted += u64::from(applies(own, &put, received)),
        }
    }
    counts
}

/// Whether the condition of a field holds by what was sent, and those that it depends on in turn.
fn applies(
    field: &AskField,
    put: &BTreeMap<&str, &AskField>,
    received: &BTreeMap<&str, Received>,
) -> bool {
    let mut at = field;
    // An ask with conditions in a circle is never accepted; each step comes to another field.
    for _ in 0..=put.len() {
        let Some(only_if) = &at.field.only_if else {
            return true;
        };
        let on = only_if.field.as_str();
        let value = received.get(on).and_then(|sent| sent.decides.as_ref());
        let Some((other, value)) = put.get(on).copied().zip(value) else {
            return false;
        };
        if !holds(only_if, value, &other.field) {
            return false;
        }
        at = other;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_from_what_came_and_from_the_window() {
        let minute = |text: &str| text.parse::<DateTime>().unwrap();
        let window = Window::new(minute("2026-11-01T00:00"), minute("2026-11-07T23:59")).unwrap();
        let table = "
            3 0 0 2026-10-31T23:59 coming
            3 1 0 2026-10-31T23:59 part
            3 0 0 2026-11-01T00:00 due
            3 2 2 2026-11-07T23:59 part
            3 2 0 2026-11-08T00:00 late
            3 0 0 2026-11-08T00:00 late
            3 3 0 2026-11-08T00:00 done
            3 3 2 2026-10-01T00:00 done
            3 3 3 2026-11-08T00:00 declined
            0 0 0 2026-11-02T00:00 due";
        for row in table.trim().lines() {
            let words: Vec<&str> = row.split_whitespace().collect();
            let number = |place: usize| words[place].parse().unwrap();
            let counts = FieldCounts {
                wanted: number(0),
                received: number(1),
                declined: number(2),
            };
            let found = counts.state(window, minute(words[3]));
            assert_eq!(found.as_str(), words[4], "{row}");
        }
    }
}
