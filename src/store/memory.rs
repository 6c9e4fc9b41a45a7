//! The store in memory: the contract made executable, for tests and for trying things out.
//!
//! It is the index of the embedded store without a ledger behind it; nothing survives it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;

use super::index::{Backend, Bodies, Core, Group, Index, MemoryRecords, Place, Request};
use super::limits::{DRAFTS_PER_HOME_MAX, too_many_drafts};
use super::passing::MemoryPassing;
use super::{
    Append, Appended, LedgerCheckpoint, LedgerEntry, LedgerWalk, PassingStore, PutDraft, Recorded,
    StoreError,
};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;

/// A store in memory.
pub struct MemoryStore {
    index: Index<MemoryRecords, Events>,
    /// Held by whoever appends.
    writer: Mutex<()>,
    drafts: Mutex<BTreeMap<(HomeId, Period), Arc<Draft>>>,
    passing: Arc<MemoryPassing>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let core = Core::load(MemoryRecords::default());
        let core = core.expect("no record is there that might not read back");
        Self {
            index: Index::new(core, Events::default()),
            writer: Mutex::new(()),
            drafts: Mutex::default(),
            passing: Arc::default(),
        }
    }

    /// An empty store that shares with another what passes, and nothing else: as two brokers do of
    /// which one is still behind.
    #[must_use]
    pub fn beside(other: &Self) -> Self {
        Self {
            passing: Arc::clone(&other.passing),
            ..Self::new()
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// The events, the first of sequence 1.
#[derive(Default)]
pub(crate) struct Events(RwLock<Vec<Arc<Recorded>>>);

impl Events {
    fn count(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len() as u64
    }
}

impl Bodies for Events {
    async fn all_at(&self, places: &[Place]) -> Result<Vec<Option<Arc<Recorded>>>, StoreError> {
        let events = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let read = places.iter().map(|place| {
            let at = usize::try_from(place.sequence).ok();
            let event = at.and_then(|at| events.get(at.checked_sub(1)?));
            let none = || StoreError::Damaged(format!("there is no event {}", place.sequence));
            event.map(|event| Some(Arc::clone(event))).ok_or_else(none)
        });
        read.collect()
    }

    async fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let events = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let skipped = usize::try_from(sequence).unwrap_or(usize::MAX);
        let rest = events.iter().skip(skipped).take(limit);
        Ok(rest.map(|event| event.as_ref().clone()).collect())
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError> {
        let entry = |recorded: Recorded| LedgerEntry {
            sequence: recorded.sequence,
            recorded_at: recorded.at,
            kind: recorded.event.kind().to_owned(),
            commitment: String::new(),
            chain: String::new(),
            recorded: Some(recorded),
        };
        let events = self.after(after, limit).await?;
        Ok(events.into_iter().map(entry).collect())
    }

    fn checkpoint(&self) -> Option<LedgerCheckpoint> {
        None
    }

    fn walk(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl Backend for MemoryStore {
    type Records = MemoryRecords;
    type Bodies = Events;

    fn index(&self) -> &Index<MemoryRecords, Events> {
        &self.index
    }

    async fn record(&self, append: Append) -> Result<Appended, StoreError> {
        let request = Request::of(&append)?;
        let _one_at_a_time = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.index.bodies().count() + 1;
        let core = self.index.core();
        let appended = Group::from(first).admit(core, &request)?;
        if !matches!(appended, Appended::Recorded { .. }) {
            return Ok(appended);
        }
        let mut draft = core.draft();
        for (sequence, noted) in (first..).zip(&request.noted) {
            let place = Place {
                sequence,
                ..Place::default()
            };
            draft.add(place, noted)?;
        }
        let drafted = draft.finish();
        let Append { events, by, at, .. } = append;
        let recorded = (first..).zip(events).map(|(sequence, event)| Recorded {
            sequence,
            at,
            by: by.clone(),
            event,
        });
        let mut held = self
            .index
            .bodies()
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        held.extend(recorded.map(Arc::new));
        drop(held);
        core.commit(drafted, Vec::new())?;
        Ok(appended)
    }

    async fn kept_draft(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Option<Arc<Draft>>, StoreError> {
        let drafts = self.drafts.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(drafts.get(&(home.clone(), period)).cloned())
    }

    async fn keep_draft(&self, put: PutDraft) -> Result<bool, StoreError> {
        let mut drafts = self.drafts.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (put.home, put.period);
        let present = drafts.get(&name);
        if present.map(|draft| &draft.version) != put.expected.as_ref() {
            return Ok(false);
        }
        let Some(draft) = put.draft else {
            drafts.remove(&name);
            return Ok(true);
        };
        let of_home = drafts.keys().filter(|(home, _)| *home == name.0).count();
        if present.is_none() && of_home >= DRAFTS_PER_HOME_MAX {
            return Err(too_many_drafts());
        }
        drafts.insert(name, Arc::new(draft));
        Ok(true)
    }

    fn passing_store(&self) -> &dyn PassingStore {
        self.passing.as_ref()
    }

    fn state(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
