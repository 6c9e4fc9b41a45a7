//! Listing asks.

use crate::domain::ask::SharedAsk;
use crate::domain::id::AskName;
use crate::store::{AskFilter, Stored};

use super::{Broker, BrokerError};

impl Broker {
    /// Asks in the order of their names, at most `limit`, after one.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_asks(
        &self,
        filter: &AskFilter,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<Vec<Stored<SharedAsk>>, BrokerError> {
        Ok(self.store.asks(filter, after, limit).await?)
    }
}
