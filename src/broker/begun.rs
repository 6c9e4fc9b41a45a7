//! How much of a form was typed and not sent.

use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::{Broker, BrokerError};

impl Broker {
    /// How many answers people have typed for a form of a home and not sent.
    ///
    /// # Errors
    /// As the store says.
    pub async fn typed_on(&self, home: &HomeId, period: Period) -> Result<usize, BrokerError> {
        let draft = self.store.draft(home, period).await?;
        let entries = draft.iter().flat_map(|draft| draft.entries.values());
        Ok(entries.filter(|entry| entry.typed.is_some()).count())
    }
}
