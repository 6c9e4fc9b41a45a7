//! Reading a receipt.

use std::sync::Arc;

use crate::domain::answer::Submission;
use crate::domain::id::{HomeId, shown};
use crate::store::Stored;

use super::{Broker, BrokerError};

impl Broker {
    /// What a home sent under a receipt.
    ///
    /// # Errors
    /// If the home has no such receipt.
    pub async fn receipt(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Stored<Arc<Submission>>, BrokerError> {
        let found = self.store.receipt(home, receipt).await?;
        found.ok_or_else(|| BrokerError::NotFound {
            resource: format!("{}/receipts/{}", home.resource(), shown(receipt)),
        })
    }
}
