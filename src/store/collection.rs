//! What storage says of collection.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::id::{AskName, FieldName, HomeId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;

/// What one caller took of one home's sheet, for one period of an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionRecord {
    /// Ledger sequence of the last time.
    pub sequence: u64,
    /// When it first took any of it.
    pub first_at: Timestamp,
    /// When it last took any of it.
    pub at: Timestamp,
    /// Who: a token's id.
    pub by: String,
    /// The ask.
    pub ask: AskName,
    /// The home.
    pub home: HomeId,
    /// The ask's period.
    pub period: Period,
    /// What the answers speak of.
    pub reference: Reference,
    /// The fields, each with the version of the sheet that was last given of it.
    pub fields: BTreeMap<FieldName, u64>,
}

impl CollectionRecord {
    /// The latest version of the sheet that any field was given of.
    #[must_use]
    pub fn sheet_sequence(&self) -> u64 {
        self.fields.values().copied().max().unwrap_or(0)
    }
}

/// Up to where a requester says that it has stored what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Everything that changed up to this ledger sequence.
    pub through: u64,
    /// When it said so.
    pub at: Timestamp,
    /// Who said so: a token's id.
    pub by: String,
}
