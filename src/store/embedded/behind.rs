//! Records applied to the index behind the writer, by a thread of their own: the ledger holds
//! what they say, so nobody who waits for the ledger need wait for the index as well.
//!
//! Invariants:
//! - What was given to [`BehindRecords::apply`] is read from then on, applied or not.
//! - Records are applied in the order in which they were given, so that one that says up to where
//!   the index holds the ledger is never there before what it speaks of.
//! - What is not yet applied is bounded: whoever gives more waits for room.
//! - After a failure nothing more is applied or taken, and what was not applied is still read.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use super::sled_records::SledRecords;
use crate::store::StoreError;
use crate::store::index::{Change, Records, Visit};
use crate::store::limits::{BATCH_RECORDS_MAX, BEHIND_BYTES_MAX, BEHIND_RECORDS_MAX};

/// Records in a sled tree that is brought up to date from behind.
pub(crate) struct BehindRecords {
    shared: Arc<Shared>,
    applier: Option<JoinHandle<()>>,
}

struct Shared {
    records: SledRecords,
    behind: Mutex<Behind>,
    /// Something was given, or no more will be.
    given: Condvar,
    /// Something was applied, or nothing more will be.
    applied: Condvar,
    failed: OnceLock<String>,
}

/// What is not yet applied.
#[derive(Default)]
struct Behind {
    /// In order; what is being applied is no longer among them.
    waiting: VecDeque<Given>,
    /// What each key will hold, by the last that was given for it.
    latest: HashMap<Vec<u8>, Latest>,
    /// Records and bytes given and not yet applied.
    records: usize,
    bytes: usize,
    /// How often something was given.
    gifts: u64,
    closed: bool,
}

/// What was given at once.
struct Given {
    number: u64,
    changes: Vec<Change>,
}

/// The last that was given for a key.
struct Latest {
    number: u64,
    value: Option<Vec<u8>>,
}

impl BehindRecords {
    /// Starts to apply to `records`.
    pub(super) fn start(records: SledRecords) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared {
            records,
            behind: Mutex::default(),
            given: Condvar::new(),
            applied: Condvar::new(),
            failed: OnceLock::new(),
        });
        let applier = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("index-applier".to_owned());
        let thread = thread.spawn(move || applier.apply_all());
        let unstarted = |error| StoreError::Damaged(format!("index: no thread for it: {error}"));
        Ok(Self {
            shared,
            applier: Some(thread.map_err(unstarted)?),
        })
    }

    /// Whether what is given can still be applied.
    pub(super) fn state(&self) -> Result<(), StoreError> {
        self.shared.state()
    }

    /// How many records are not yet applied.
    pub(super) fn behind(&self) -> u64 {
        self.shared.lock().records as u64
    }

    /// Waits until all that was given is applied.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        let behind = self.shared.lock();
        drop(self.shared.wait_while(behind, |behind| behind.records > 0));
        self.state()
    }

    /// Writes what is held back, so that the next open need not replay it.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.settle()?;
        self.shared.records.flush()
    }
}

impl Records for BehindRecords {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        // Looked for here first: what is taken away here in the meantime is in the tree by then.
        if let Some(latest) = self.shared.lock().latest.get(key) {
            return Ok(latest.value.clone());
        }
        self.shared.records.get(key)
    }

    fn scan(&self, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
        self.settle()?;
        self.shared.records.scan(prefix, visit)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let bytes = changes.iter().map(bytes_of).sum();
        let behind = self.shared.lock();
        let mut behind = self.shared.wait_while(behind, |behind| {
            behind.records >= BEHIND_RECORDS_MAX || behind.bytes >= BEHIND_BYTES_MAX
        });
        self.state()?;
        behind.give(changes, bytes);
        drop(behind);
        self.shared.given.notify_one();
        Ok(())
    }
}

impl Drop for BehindRecords {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.given.notify_one();
        if let Some(applier) = self.applier.take()
            && applier.join().is_err()
        {
            tracing::error!("what applies to the index panicked");
        }
    }
}

impl Shared {
    /// Applies until all is applied and no more will be given, or applying fails.
    fn apply_all(&self) {
        while let Some((number, changes)) = self.next() {
            let keys: Vec<Vec<u8>> = changes.iter().map(|(key, _)| key.clone()).collect();
            let bytes = changes.iter().map(bytes_of).sum();
            let applied = catch_unwind(AssertUnwindSafe(|| self.records.apply(changes)));
            let why = match applied {
                Ok(Ok(())) => {
                    self.lock().forget(number, &keys, bytes);
                    self.applied.notify_all();
                    continue;
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "index: applying to it panicked".to_owned(),
            };
            tracing::error!(why, "the index takes nothing more");
            let _only_this_thread_sets_it = self.failed.set(why);
            // Held so that nobody is between looking at it and waiting.
            drop(self.lock());
            self.applied.notify_all();
            return;
        }
    }

    /// What to apply next, as one batch if it fits into one, with the number of the last of it.
    fn next(&self) -> Option<(u64, Vec<Change>)> {
        let behind = self.lock();
        let idle = |behind: &mut Behind| behind.waiting.is_empty() && !behind.closed;
        let waited = self.given.wait_while(behind, idle);
        let mut behind = waited.unwrap_or_else(PoisonError::into_inner);
        let first = behind.waiting.pop_front()?;
        let (mut number, mut changes) = (first.number, first.changes);
        while let Some(next) = behind.waiting.front()
            && changes.len() + next.changes.len() <= BATCH_RECORDS_MAX
        {
            let next = behind.waiting.pop_front()?;
            number = next.number;
            changes.extend(next.changes);
        }
        Some((number, changes))
    }

    fn state(&self) -> Result<(), StoreError> {
        match self.failed.get() {
            Some(why) => Err(StoreError::Damaged(why.clone())),
            None => Ok(()),
        }
    }

    /// Waits while that holds, and until nothing more will be applied at the latest.
    fn wait_while<'a>(
        &self,
        behind: MutexGuard<'a, Behind>,
        holds: impl Fn(&Behind) -> bool,
    ) -> MutexGuard<'a, Behind> {
        let waits = |behind: &mut Behind| self.failed.get().is_none() && holds(behind);
        let waited = self.applied.wait_while(behind, waits);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// What is behind is changed in steps that do not panic, so a poisoned lock guards what is
    /// whole.
    fn lock(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Behind {
    fn give(&mut self, changes: Vec<Change>, bytes: usize) {
        self.gifts += 1;
        let number = self.gifts;
        for (key, value) in &changes {
            let value = value.clone();
            self.latest.insert(key.clone(), Latest { number, value });
        }
        self.records += changes.len();
        self.bytes += bytes;
        self.waiting.push_back(Given { number, changes });
    }

    /// Forgets what was applied, up to a number, unless more was given for the same key since.
    fn forget(&mut self, number: u64, keys: &[Vec<u8>], bytes: usize) {
        for key in keys {
            if self
                .latest
                .get(key)
                .is_some_and(|latest| latest.number <= number)
            {
                self.latest.remove(key);
            }
        }
        self.records -= keys.len();
        self.bytes -= bytes;
    }
}

fn bytes_of((key, value): &Change) -> usize {
    key.len() + value.as_ref().map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: u32, value: &str) -> Change {
        (key.to_be_bytes().to_vec(), Some(value.as_bytes().to_vec()))
    }

    #[test]
    fn what_was_given_is_read_at_once_and_is_there_when_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let open = || BehindRecords::start(SledRecords::open(dir.path()).unwrap()).unwrap();
        let records = open();
        let rounds = u32::try_from(2 * BEHIND_RECORDS_MAX / BATCH_RECORDS_MAX).unwrap();
        for round in 0..rounds {
            let same = change(u32::MAX, &round.to_string());
            let mut changes = vec![same, change(round, "was")];
            changes.extend((rounds..rounds + 300).map(|key| change(key, "beside")));
            records.apply(changes).unwrap();
            let read = records.get(&u32::MAX.to_be_bytes()).unwrap().unwrap();
            assert_eq!(read, round.to_string().into_bytes());
            let gone = (round.to_be_bytes().to_vec(), None);
            records.apply(vec![gone]).unwrap();
            assert_eq!(records.get(&round.to_be_bytes()).unwrap(), None);
        }
        drop(records);
        let records = open();
        let mut read = 0;
        let mut count = |_: &[u8], _: &[u8]| {
            read += 1;
            Ok(())
        };
        records.scan(&[], &mut count).unwrap();
        assert_eq!(read, 301);
        assert!(records.shared.lock().latest.is_empty());
    }

    #[test]
    fn after_a_failure_nothing_is_taken_and_what_was_given_is_still_read() {
        let dir = tempfile::tempdir().unwrap();
        let records = BehindRecords::start(SledRecords::open(dir.path()).unwrap()).unwrap();
        records.shared.failed.set("it broke".to_owned()).unwrap();
        assert!(records.apply(vec![change(1, "late")]).is_err());
        assert_eq!(records.get(&1_u32.to_be_bytes()).unwrap(), None);
        assert!(records.settle().is_err());
    }
}
