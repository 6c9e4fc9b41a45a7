//! Where the bodies of events are read back from.

use std::sync::Arc;

use super::record::Place;
use crate::store::{LedgerCheckpoint, LedgerEntry, LedgerWalk, Recorded, StoreError};

/// Where events are read back from.
pub(crate) trait Bodies: Send + Sync {
    /// The events at some places, in their order; none for one that was erased.
    fn all_at(
        &self,
        places: &[Place],
    ) -> impl Future<Output = Result<Vec<Option<Arc<Recorded>>>, StoreError>> + Send;

    /// Events after a sequence, in order, at most `limit`, erased ones left out.
    fn after(
        &self,
        sequence: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, StoreError>> + Send;

    /// The same with their headers, erased ones too.
    fn entries(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<LedgerEntry>, StoreError>> + Send;

    /// The end of the ledger; none where no chained ledger is kept.
    fn checkpoint(&self) -> Option<LedgerCheckpoint>;

    /// A check of the whole ledger; none where no chained ledger is kept.
    fn walk(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError>;
}
