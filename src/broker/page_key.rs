//! A key that every broker on one ledger comes by, so that what one seals another opens.

use crate::domain::digest::derive;

use super::{Broker, BrokerError};

const PAGE_KEY_CONTEXT: &str = "askonce 2026-11-22 page key v1";

impl Broker {
    /// The key under which places in lists are sealed: made from the salted commitment to the first
    /// event of the ledger, which is random and stays what it is. Whoever may read the ledger can
    /// make it, too; what is sealed says no more to her than the list itself. None where no ledger is
    /// kept: then nobody else reads it either, and any random key does.
    ///
    /// # Errors
    /// As the store says.
    pub async fn page_key(&self) -> Result<Option<[u8; 32]>, BrokerError> {
        let first = self.store.ledger(0, 1).await?.pop();
        let commitment = first.map(|entry| entry.commitment).unwrap_or_default();
        let is_kept = !commitment.is_empty();
        Ok(is_kept.then(|| *derive(PAGE_KEY_CONTEXT, commitment.as_bytes()).as_bytes()))
    }
}
