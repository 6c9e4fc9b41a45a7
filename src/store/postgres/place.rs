//! Where an event was written, before and after it has its place in the ledger.

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
