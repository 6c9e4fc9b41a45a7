//! What storage says of its ledger, beside what the ledger says.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::store::{Recorded, StoreError};

/// An event with its header, as an auditor reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// Its place in the ledger, from 1.
    pub sequence: u64,
    /// When it was written; an event of an erased body keeps it.
    pub recorded_at: Timestamp,
    /// What happened.
    pub kind: String,
    /// The salted commitment to the body, in hexadecimal; empty where none is kept.
    pub commitment: String,
    /// The chain value through this event, in hexadecimal; empty where none is kept.
    pub chain: String,
    /// What it says; none if it was erased.
    pub recorded: Option<Recorded>,
}

/// The end of a ledger. Kept elsewhere, it proves later that nothing up to here was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCheckpoint {
    /// The last event; 0 if there is none.
    pub sequence: u64,
    /// The chain value of the last event, in hexadecimal.
    pub chain: String,
}

/// How far a check of a ledger has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerProgress {
    /// Events checked, erased ones among them.
    pub events: u64,
    /// Events whose body was erased.
    pub erased: u64,
    /// The last event checked.
    pub sequence: u64,
    /// Its chain value, in hexadecimal; empty before the first.
    pub chain: String,
    /// Whether everything is checked that was recorded when the check began.
    pub is_done: bool,
    /// The first thing that does not hold, and where; none so far.
    pub damage: Option<String>,
}

/// A check of a ledger on its way through it.
#[async_trait]
pub trait LedgerWalk: Send {
    /// Checks the next events, at most so many. After damage it goes no further.
    ///
    /// # Errors
    /// What kept it from checking; that something does not hold is no error but what it finds.
    async fn check(&mut self, events_max: usize) -> Result<LedgerProgress, StoreError>;
}
