//! Events read back from the ledger's segments.

use std::sync::{Arc, PoisonError, RwLock};

use super::envelope;
use super::ledger::{Checkpoint, LedgerError, Reader, Start};
use crate::store::index::{Bodies, Place};
use crate::store::limits::MARK_EVENTS;
use crate::store::{Recorded, StoreError};

/// Events read back from the ledger.
pub(crate) struct LedgerBodies {
    reader: Reader,
    /// Checkpoints in order, from which the feed can be read on without going through a segment.
    marks: RwLock<Vec<Checkpoint>>,
}

impl LedgerBodies {
    pub(super) fn new(reader: Reader, marks: Vec<Checkpoint>) -> Self {
        Self {
            reader,
            marks: RwLock::new(marks),
        }
    }

    /// How many events the ledger holds.
    pub(super) fn events(&self) -> u64 {
        self.reader.checkpoint().sequence
    }

    /// Whether a checkpoint is far enough from the last mark to be one.
    pub(super) fn wants(&self, checkpoint: &Checkpoint) -> bool {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        is_mark(marks.last(), checkpoint)
    }

    /// Takes a checkpoint as a mark.
    pub(super) fn mark(&self, checkpoint: Checkpoint) {
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        marks.push(checkpoint);
    }

    fn start(&self, after: u64) -> Start {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        let before = marks.partition_point(|mark| mark.sequence <= after);
        match before.checked_sub(1) {
            Some(last) => Start::Checkpoint(marks[last]),
            None => Start::Beginning,
        }
    }
}

/// Whether a checkpoint is far enough from the last mark to be one.
pub(super) fn is_mark(last: Option<&Checkpoint>, checkpoint: &Checkpoint) -> bool {
    checkpoint.sequence >= last.map_or(0, |mark| mark.sequence) + MARK_EVENTS
}

impl Bodies for LedgerBodies {
    fn at(&self, place: Place) -> Result<Option<Arc<Recorded>>, StoreError> {
        let stored = self.reader.read(envelope::position(place));
        let opened = envelope::open(stored.map_err(|error| unread(&error))?)?;
        Ok(opened.map(|opened| Arc::new(opened.recorded)))
    }

    fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        if limit == 0 || self.reader.checkpoint().sequence <= sequence {
            return Ok(Vec::new());
        }
        let scan = self.reader.scan(self.start(sequence));
        let mut events = Vec::new();
        for stored in scan.map_err(|error| unread(&error))? {
            let stored = stored.map_err(|error| unread(&error))?;
            if stored.sequence <= sequence {
                continue;
            }
            events.extend(envelope::open(stored)?.map(|opened| opened.recorded));
            if events.len() >= limit {
                break;
            }
        }
        Ok(events)
    }
}

fn unread(error: &LedgerError) -> StoreError {
    StoreError::Damaged(error.to_string())
}
