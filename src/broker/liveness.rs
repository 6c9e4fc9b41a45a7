//! Which asks are on a home's forms: the one place that decides it.

use crate::domain::id::HomeId;
use crate::domain::liveness::Liveness;

use super::{Broker, BrokerError};

impl Broker {
    /// What decides which asks are on the forms of a home.
    ///
    /// # Errors
    /// As the store says.
    pub async fn liveness(&self, home: &HomeId) -> Result<Liveness, BrokerError> {
        let homes = self.store.home_successions().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        Ok(Liveness::of(home, &homes, organisations))
    }
}
