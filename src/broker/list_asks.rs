//! Listing asks.

use crate::domain::ask::SharedAsk;
use crate::domain::id::{AskName, OrganisationId};
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

    /// As [`Broker::list_asks`], of an organisation and of its predecessors by today.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_asks_inherited(
        &self,
        filter: &AskFilter,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<Vec<Stored<SharedAsk>>, BrokerError> {
        let Some(own) = &filter.organisation else {
            return self.list_asks(filter, after, limit).await;
        };
        let successions = self.store.organisation_successions().await?.value;
        let mut all = successions.predecessors(own, self.now_in_london().date());
        all.insert(own.clone());
        let mut asks = Vec::new();
        // In the order of their ids, so that the asks come in the order of their names.
        let is_left = |id: &OrganisationId| after.is_none_or(|after| after.organisation <= *id);
        for organisation in all.into_iter().filter(is_left) {
            let one = AskFilter {
                organisation: Some(organisation),
                ..filter.clone()
            };
            asks.extend(self.store.asks(&one, after, limit - asks.len()).await?);
            if asks.len() >= limit {
                break;
            }
        }
        Ok(asks)
    }
}
