//! How often somebody asked for a link: so many in a row, and one more after each while.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::bounded::Bounded;

/// How many are taken, and how soon one is forgotten.
#[derive(Debug, Clone, Copy)]
pub(super) struct TallyTerms {
    /// Most in a row.
    pub(super) in_a_row_max: u32,
    /// How long until one of them is forgotten.
    pub(super) forgotten_after: SignedDuration,
    /// Most of those who are counted, the longest unheard out first.
    pub(super) counted_max: usize,
}

/// Who asked how often.
#[derive(Debug)]
pub(super) struct Tally<K> {
    terms: TallyTerms,
    counted: Mutex<Bounded<K, Counted>>,
}

#[derive(Debug)]
struct Counted {
    count: u32,
    /// From when forgetting counts.
    since: Timestamp,
}

impl<K: Hash + Eq + Clone> Tally<K> {
    pub(super) fn new(terms: TallyTerms) -> Self {
        Self {
            terms,
            counted: Mutex::new(Bounded::new(terms.counted_max)),
        }
    }

    /// Counts one more, if it may be taken; says whether it is.
    pub(super) fn takes(&self, who: &K, now: Timestamp) -> bool {
        // Every change is whole before anything in it could panic.
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = counted.touch(who) else {
            let first = Counted {
                count: 1,
                since: now,
            };
            counted.insert(who.clone(), first);
            return true;
        };
        own.forget(&self.terms, now);
        let is_taken = own.count < self.terms.in_a_row_max;
        own.count += u32::from(is_taken);
        is_taken
    }
}

impl Counted {
    fn forget(&mut self, terms: &TallyTerms, now: Timestamp) {
        let each = terms.forgotten_after.as_secs().max(1);
        let passed = now.duration_since(self.since).as_secs() / each;
        let Ok(passed) = u32::try_from(passed) else {
            // The clock was put back: what counts is counted from now.
            self.since = now;
            return;
        };
        self.count = self.count.saturating_sub(passed);
        let passed = SignedDuration::from_secs(each * i64::from(passed));
        self.since = match self.count {
            0 => now,
            _ => self.since.checked_add(passed).unwrap_or(now),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_taken_in_a_row_and_then_one_after_each_while() {
        let tally = Tally::new(TallyTerms {
            in_a_row_max: 2,
            forgotten_after: SignedDuration::from_secs(10),
            counted_max: 2,
        });
        let table = [
            // At which second, who, taken or not.
            (0, "a", true),
            (1, "a", true),
            (9, "a", false),
            (9, "b", true),
            (10, "a", true),
            (19, "a", false),
            (20, "a", true),
            (100, "a", true),
            (101, "a", true),
            (102, "a", false),
            // Back to before: nobody is shut out by it, and nothing given.
            (50, "a", false),
            (60, "a", true),
            // There is room for two: `b` is forgotten for `c`.
            (60, "c", true),
        ];
        for (second, who, is_taken) in table {
            let at = Timestamp::from_second(second).unwrap();
            assert_eq!(tally.takes(&who, at), is_taken, "{who} at {second}");
        }
    }
}
