//! Events read back from the ledger's segments.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use crate::store::envelope;
use crate::store::index::{Bodies, Place, unreadable};
use crate::store::ledger::{Body, Checkpoint, LedgerError, Reader, Scan, Start, Stored};
use crate::store::limits::MARK_EVENTS;
use crate::store::{
    LedgerCheckpoint, LedgerEntry, LedgerProgress, LedgerWalk, Recorded, StoreError,
};

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

    /// The event at a place; none if it was erased.
    pub(super) fn at(&self, place: Place) -> Result<Option<Arc<Recorded>>, StoreError> {
        let stored = self.reader.read(envelope::position(place));
        let opened = envelope::open(stored.map_err(|error| unread(&error))?)?;
        Ok(opened.map(|opened| Arc::new(opened.recorded)))
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
    async fn all_at(&self, places: &[Place]) -> Result<Vec<Option<Arc<Recorded>>>, StoreError> {
        places.iter().map(|place| self.at(*place)).collect()
    }

    async fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
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

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError> {
        if limit == 0 || self.reader.checkpoint().sequence <= after {
            return Ok(Vec::new());
        }
        let scan = self.reader.scan(self.start(after));
        let mut entries = Vec::new();
        for stored in scan.map_err(|error| unread(&error))? {
            let stored = stored.map_err(|error| unread(&error))?;
            if stored.sequence > after {
                entries.push(entry(stored)?);
            }
            if entries.len() >= limit {
                break;
            }
        }
        Ok(entries)
    }

    fn checkpoint(&self) -> Option<LedgerCheckpoint> {
        let head = self.reader.checkpoint();
        Some(LedgerCheckpoint {
            sequence: head.sequence,
            chain: head.chain.to_string(),
        })
    }

    fn walk(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError> {
        // Read before the scan is begun, which goes no less far.
        let until = self.reader.checkpoint().sequence;
        let scan = self.reader.scan(Start::Beginning);
        Ok(Some(Box::new(Check {
            found: LedgerProgress::default(),
            until,
            scan: match scan {
                Ok(scan) => Ok(Box::new(scan)),
                Err(error) => Err(found_out(&error)?),
            },
        })))
    }
}

/// An event as an auditor reads it.
fn entry(stored: Stored) -> Result<LedgerEntry, StoreError> {
    let sequence = stored.sequence;
    let at = stored.recorded_at.parse();
    Ok(LedgerEntry {
        sequence,
        recorded_at: at.map_err(|_| unreadable(sequence, "its time is none"))?,
        kind: stored.kind.clone(),
        commitment: stored.commitment.to_string(),
        chain: stored.chain.to_string(),
        recorded: envelope::open(stored)?.map(|opened| opened.recorded),
    })
}

/// A check of the ledger: a scan verifies whatever it gives.
struct Check {
    found: LedgerProgress,
    until: u64,
    /// What is left, or what does not hold.
    scan: Result<Box<Scan>, String>,
}

#[async_trait]
impl LedgerWalk for Check {
    async fn check(&mut self, events_max: usize) -> Result<LedgerProgress, StoreError> {
        for _ in 0..events_max {
            if self.found.damage.is_some() || self.found.is_done {
                break;
            }
            let next = match &mut self.scan {
                Ok(scan) => scan.next(),
                Err(why) => {
                    self.found.damage = Some(why.clone());
                    break;
                }
            };
            match next {
                Some(Ok(stored)) => {
                    self.found.events += 1;
                    self.found.erased += u64::from(stored.body == Body::Erased);
                    self.found.sequence = stored.sequence;
                    self.found.chain = stored.chain.to_string();
                }
                Some(Err(error)) => self.found.damage = Some(found_out(&error)?),
                None if self.found.sequence < self.until => {
                    self.found.damage = Some(format!(
                        "it ends at event {}, and {} were acknowledged",
                        self.found.sequence, self.until
                    ));
                }
                None => self.found.is_done = true,
            }
        }
        Ok(self.found.clone())
    }
}

/// What a check found not to hold; an operating system that fails is an error, not a finding.
fn found_out(error: &LedgerError) -> Result<String, StoreError> {
    match error {
        LedgerError::Io { .. } => Err(unread(error)),
        error => Ok(error.to_string()),
    }
}

fn unread(error: &LedgerError) -> StoreError {
    StoreError::Damaged(error.to_string())
}
