//! Completeness: how far a home is with an ask for one of its periods.

use jiff::civil::DateTime;

use super::ask::Ask;
use super::field::SharedField;
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
    /// Nothing more is wanted: the home is closed, or the ask has ended.
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
    /// What this comes to at a moment, in London.
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

/// What an ask wants for one of its periods: its fields, and what each speaks of. A field whose
/// rule picks no span of this period asks nothing of it.
pub fn wanted(
    ask: &Ask,
    period: Period,
    window: Window,
) -> impl Iterator<Item = (&SharedField, Reference)> {
    let on_completion = ask.is_on_completion();
    ask.fields.iter().filter_map(move |own| {
        let field = &own.field;
        let (timing, moment, rule) = (field.timing, field.moment, field.reference);
        let resolved = resolve(timing, moment, rule, period, window, on_completion);
        Some((field, resolved.ok()?))
    })
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
