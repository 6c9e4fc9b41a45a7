//! Where an event was written, before and after it has its place in the ledger.

use crate::store::StoreError;

/// Where an event was written; events are in the ledger in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EventAt {
    /// Grows when the database was restored elsewhere, where transactions count anew.
    pub(super) era: i32,
    /// The transaction that recorded it.
    pub(super) transaction: i64,
    /// Its place among the events of that transaction, from 0.
    pub(super) ordinal: i32,
}

impl EventAt {
    /// Before every event.
    pub(super) const START: Self = Self {
        era: 0,
        transaction: 0,
        ordinal: -1,
    };
}

/// A sequence as the database holds it.
pub(super) fn stored(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// A sequence as it was read.
pub(super) fn sequence(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored)
        .map_err(|_| StoreError::Damaged(format!("the database says {stored} for a sequence")))
}
