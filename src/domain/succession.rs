//! Who came after whom: organisations that were merged or replaced, homes that were registered
//! anew or closed, each from a day in London on.
//!
//! Invariants, kept by [`Successions::check`]: nothing succeeds itself, directly or along a chain;
//! along a chain the days grow. One may have several predecessors, and one successor.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fault::Faults;

/// That one ended on a day, and who came after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession<I> {
    /// Who ended.
    pub predecessor: I,
    /// Who came after; none if nobody did.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub successor: Option<I>,
    /// The first day on which the predecessor is no longer.
    pub on: Date,
}

/// That a succession was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccessionUndone<I> {
    /// Who did not end after all.
    pub predecessor: I,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

fn none<I>() -> Option<I> {
    None
}

/// The successions in force, of organisations or of homes.
#[derive(Debug, Clone)]
pub struct Successions<I> {
    /// By predecessor, with the ledger sequence of what said so.
    by_predecessor: BTreeMap<I, (Succession<I>, u64)>,
    predecessors: BTreeMap<I, BTreeSet<I>>,
}

impl<I> Default for Successions<I> {
    fn default() -> Self {
        Self {
            by_predecessor: BTreeMap::new(),
            predecessors: BTreeMap::new(),
        }
    }
}

impl<I: Ord + Clone + Display> Successions<I> {
    /// Enters a succession in the place of what was said of its predecessor.
    pub fn put(&mut self, succession: Succession<I>, revision: u64) {
        self.remove(&succession.predecessor);
        if let Some(successor) = &succession.successor {
            let known = self.predecessors.entry(successor.clone()).or_default();
            known.insert(succession.predecessor.clone());
        }
        let predecessor = succession.predecessor.clone();
        self.by_predecessor
            .insert(predecessor, (succession, revision));
    }

    /// Takes out what was said of a predecessor.
    pub fn remove(&mut self, predecessor: &I) {
        let Some((old, _)) = self.by_predecessor.remove(predecessor) else {
            return;
        };
        let known = old
            .successor
            .as_ref()
            .and_then(|id| self.predecessors.get_mut(id));
        if let Some(known) = known {
            known.remove(predecessor);
        }
    }

    /// How one ended, if it did or will.
    #[must_use]
    pub fn of(&self, id: &I) -> Option<&Succession<I>> {
        self.by_predecessor
            .get(id)
            .map(|(succession, _)| succession)
    }

    /// The ledger sequence of what said how one ended; 0 if nothing does.
    #[must_use]
    pub fn revision(&self, id: &I) -> u64 {
        self.by_predecessor
            .get(id)
            .map_or(0, |(_, revision)| *revision)
    }

    /// Whether one has ended by a day.
    #[must_use]
    pub fn has_ended(&self, id: &I, day: Date) -> bool {
        self.of(id).is_some_and(|succession| succession.on <= day)
    }

    /// The first day of one that came after another; none for one that came after nobody.
    #[must_use]
    pub fn began(&self, id: &I) -> Option<Date> {
        let own = self.direct(id);
        own.map(|succession| succession.on).min()
    }

    /// Those that ended in favour of one, whatever their day, in the order of their ids.
    pub fn direct<'a>(&'a self, id: &I) -> impl Iterator<Item = &'a Succession<I>> + use<'a, I> {
        let ids = self.predecessors.get(id).into_iter().flatten();
        ids.filter_map(|id| self.of(id))
    }

    /// Everyone whose successor, directly or along a chain, one is by a day.
    #[must_use]
    pub fn predecessors(&self, id: &I, day: Date) -> BTreeSet<I> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.clone()];
        while let Some(next) = open.pop() {
            for succession in self.direct(&next).filter(|known| known.on <= day) {
                if found.insert(succession.predecessor.clone()) {
                    open.push(succession.predecessor.clone());
                }
            }
        }
        found
    }

    /// What is wrong with a succession beside those in force; its own predecessor's present one
    /// would be replaced.
    ///
    /// # Errors
    /// One that succeeds itself, directly or along a chain; days that do not grow along it.
    pub fn check(&self, new: &Succession<I>) -> Result<(), Faults> {
        let mut faults = Faults::new();
        let (old, on) = (&new.predecessor, new.on);
        for before in self.direct(old).filter(|before| on <= before.on) {
            let message = format!(
                "{old} itself came after {} on {}, which is not before this day",
                before.predecessor, before.on
            );
            faults.add("on", message);
        }
        let Some(successor) = &new.successor else {
            return faults.into_result();
        };
        if successor == old {
            faults.add("successor", "is the predecessor itself");
            return faults.into_result();
        }
        if let Some(after) = self.of(successor).filter(|after| after.on <= on) {
            let message = format!(
                "{successor} ended itself on {}, not after this day",
                after.on
            );
            faults.add("on", message);
        }
        let mut next = self.of(successor);
        // A chain is as long as the register at most: what stands in it has no circle.
        while let Some(known) = next {
            match &known.successor {
                Some(id) if id == old => {
                    let message =
                        format!("{old} comes after {successor}: each would succeed the other");
                    faults.add("successor", message);
                    break;
                }
                Some(id) => next = self.of(id),
                None => break,
            }
        }
        faults.into_result()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn after(old: &str, new: &str, year: i16) -> Succession<String> {
        Succession {
            predecessor: old.into(),
            successor: (!new.is_empty()).then(|| new.into()),
            on: date(year, 4, 1),
        }
    }

    fn known(rows: &[(&str, &str, i16)]) -> Successions<String> {
        let mut all = Successions::default();
        for (old, new, year) in rows {
            all.put(after(old, new, *year), 1);
        }
        all
    }

    #[test]
    fn merged_bodies_and_chains_are_followed_by_their_days() {
        let all = known(&[
            ("a", "m", 2021),
            ("b", "m", 2021),
            ("c", "m", 2020),
            ("m", "icb", 2022),
        ]);
        let of = |id: &str, year| {
            let found = all.predecessors(&id.to_owned(), date(year, 4, 1));
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("m", 2019), "");
        assert_eq!(of("m", 2020), "c");
        assert_eq!(of("m", 2021), "a b c");
        assert_eq!(of("icb", 2021), "");
        assert_eq!(of("icb", 2022), "a b c m");
        assert_eq!(all.began(&"m".to_owned()), Some(date(2020, 4, 1)));
        assert!(!all.has_ended(&"m".to_owned(), date(2022, 3, 31)));
        assert!(all.has_ended(&"m".to_owned(), date(2022, 4, 1)));
    }

    #[test]
    fn what_goes_round_or_against_the_days_is_refused_by_its_place() {
        let all = known(&[("a", "b", 2020), ("b", "c", 2022)]);
        let paths = |old: &str, new: &str, year: i16| {
            let faults = all.check(&after(old, new, year)).err().unwrap_or_default();
            faults
                .iter()
                .map(|fault| fault.path.clone())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(paths("a", "a", 2021), "successor");
        assert_eq!(paths("c", "a", 2023), "on successor");
        assert_eq!(paths("c", "a", 2019), "on successor");
        assert_eq!(paths("x", "b", 2022), "on", "b has ended by then");
        assert_eq!(paths("b", "x", 2020), "on", "b began on that day");
        assert_eq!(paths("b", "", 2021), "");
        assert_eq!(
            paths("a", "b", 2021),
            "",
            "a correction replaces what was said"
        );
        assert_eq!(paths("x", "b", 2021), "");
    }

    #[test]
    fn a_correction_and_its_undoing_leave_nothing_behind() {
        let mut all = known(&[("a", "b", 2020)]);
        all.put(after("a", "c", 2021), 7);
        assert_eq!(all.direct(&"b".to_owned()).count(), 0);
        assert_eq!(all.revision(&"a".to_owned()), 7);
        all.remove(&"a".to_owned());
        assert_eq!(
            (
                all.direct(&"c".to_owned()).count(),
                all.revision(&"a".to_owned())
            ),
            (0, 0)
        );
    }
}
