//! How often each address failed to say who it is: a bucket of attempts each, that refills.
//!
//! Past its last attempt an address is *locked out*: what fails is told to come back later. Whoever
//! shows what is good passes all the same (see [`crate::broker::Shown`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::broker::Source;

/// Most addresses remembered, the longest unseen out first: some four megabytes. Whoever has more
/// addresses than this gets a fresh bucket for each, and still guesses at 160 bits.
const SOURCES_MAX: usize = 32_768;

/// How many failures are taken, and how soon one is forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureTerms {
    /// Most failures of an address in a row; then it is locked out.
    pub failures_max: u32,
    /// How long until one of them is forgiven.
    pub forgiven_after: Duration,
}

impl Default for FailureTerms {
    /// A system with a token that has just expired fails once a second without being locked out;
    /// nobody mistypes thirty times.
    fn default() -> Self {
        Self {
            failures_max: 30,
            forgiven_after: Duration::from_secs(1),
        }
    }
}

/// The failures of every address.
#[derive(Debug)]
pub(crate) struct Failures {
    terms: FailureTerms,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    buckets: HashMap<Source, Bucket>,
    /// Sources by when they failed last.
    by_age: BTreeMap<u64, Source>,
    /// Counts failures of all.
    count: u64,
}

#[derive(Debug)]
struct Bucket {
    failures: u32,
    /// From when forgiveness counts.
    since: Instant,
    /// Its place in `by_age`.
    age: u64,
    is_told: bool,
}

impl Failures {
    pub(crate) fn new(terms: FailureTerms) -> Self {
        Self {
            terms,
            held: Mutex::default(),
        }
    }

    /// How long a source must wait; none if it need not.
    pub(crate) fn wait_of(&self, source: Source, now: Instant) -> Option<Duration> {
        let mut held = self.held();
        let bucket = held.buckets.get_mut(&source)?;
        bucket.forgive(&self.terms, now);
        let is_full = bucket.failures >= self.terms.failures_max;
        let next = bucket.since + self.terms.forgiven_after;
        is_full.then(|| next.saturating_duration_since(now))
    }

    /// Counts a failure; says whether it is the one that locks the source out.
    pub(crate) fn add(&self, source: Source, now: Instant) -> bool {
        let mut held = self.held();
        held.count += 1;
        let age = held.count;
        let bucket = held.buckets.entry(source).or_insert(Bucket {
            failures: 0,
            since: now,
            age,
            is_told: false,
        });
        bucket.forgive(&self.terms, now);
        bucket.failures = (bucket.failures + 1).min(self.terms.failures_max);
        let before = std::mem::replace(&mut bucket.age, age);
        let is_full = bucket.failures == self.terms.failures_max;
        let locks = is_full && !std::mem::replace(&mut bucket.is_told, is_full);
        held.by_age.remove(&before);
        held.by_age.insert(age, source);
        if held.by_age.len() > SOURCES_MAX
            && let Some((_, oldest)) = held.by_age.pop_first()
        {
            held.buckets.remove(&oldest);
        }
        locks
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Every change is whole before anything in it could panic.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// Takes off what time has forgiven. A lock-out ends, and may be told again, when half of it is.
    fn forgive(&mut self, terms: &FailureTerms, now: Instant) {
        let each = terms.forgiven_after.as_nanos().max(1);
        let passed = now.saturating_duration_since(self.since).as_nanos() / each;
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        if passed == 0 {
            return;
        }
        self.failures = self.failures.saturating_sub(passed);
        self.since = match self.failures {
            0 => now,
            _ => self.since + terms.forgiven_after * passed,
        };
        if self.failures <= terms.failures_max / 2 {
            self.is_told = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: FailureTerms = FailureTerms {
        failures_max: 4,
        forgiven_after: Duration::from_secs(10),
    };

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[test]
    fn a_source_is_locked_out_told_once_and_forgiven_one_by_one() {
        let failures = Failures::new(TERMS);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let locked: Vec<bool> = (0..6).map(|_| failures.add(source(1), at(0))).collect();
        assert_eq!(locked, [false, false, false, true, false, false]);
        let wait = |seconds| {
            failures
                .wait_of(source(1), at(seconds))
                .map(|w| w.as_secs())
        };
        assert_eq!((wait(0), wait(7)), (Some(10), Some(3)));
        assert_eq!(failures.wait_of(source(2), at(0)), None);
        // One is forgiven, one fails: locked out again, and not told again.
        assert_eq!(wait(10), None);
        assert!(!failures.add(source(1), at(10)));
        assert_eq!(wait(10), Some(10));
        // All are forgiven: the next lock-out is told.
        assert_eq!(wait(1_000), None);
        let locked: Vec<bool> = (0..4).map(|_| failures.add(source(1), at(1_000))).collect();
        assert_eq!(locked, [false, false, false, true]);
    }

    #[test]
    fn the_longest_unseen_source_is_forgotten_first() {
        let failures = Failures::new(FailureTerms {
            failures_max: 1,
            ..TERMS
        });
        let now = Instant::now();
        let numbered = |n: u32| Source::of(n.to_be_bytes().into());
        let past = u32::try_from(SOURCES_MAX).unwrap();
        for n in 0..past {
            failures.add(numbered(n), now);
        }
        failures.add(numbered(0), now);
        failures.add(numbered(past), now);
        assert!(failures.wait_of(numbered(0), now).is_some());
        assert_eq!(failures.wait_of(numbered(1), now), None);
        let held = failures.held();
        assert_eq!(
            (held.buckets.len(), held.by_age.len()),
            (SOURCES_MAX, SOURCES_MAX)
        );
    }
}
