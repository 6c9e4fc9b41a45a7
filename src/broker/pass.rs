//! What passes between requests, for whichever broker has the next one.

use jiff::Timestamp;

use crate::domain::digest::Digest;
use crate::store::{Passing, Putting};

use super::{Broker, BrokerError};

impl Broker {
    /// Keeps something for a while. False if nothing was done: there is something already, or
    /// nothing to be replaced.
    ///
    /// # Errors
    /// One that is too large; otherwise as the store says.
    pub async fn put_passing(
        &self,
        putting: Putting,
        passing: Passing,
    ) -> Result<bool, BrokerError> {
        let passed = self.store.passing().put(putting, passing, self.now());
        Ok(passed.await?)
    }

    /// What is kept under a key.
    ///
    /// # Errors
    /// As the store says.
    pub async fn passing(&self, key: &Digest) -> Result<Option<Vec<u8>>, BrokerError> {
        Ok(self.store.passing().get(key, self.now()).await?)
    }

    /// What is kept under a key, and will be until another time, but not beyond its end.
    ///
    /// # Errors
    /// As the store says.
    pub async fn keep_passing(
        &self,
        key: &Digest,
        until: Timestamp,
    ) -> Result<Option<Vec<u8>>, BrokerError> {
        Ok(self.store.passing().keep(key, until, self.now()).await?)
    }

    /// Takes what is kept under a key: of all who try, at whichever broker, one gets it.
    ///
    /// # Errors
    /// As the store says.
    pub async fn take_passing(&self, key: &Digest) -> Result<Option<Vec<u8>>, BrokerError> {
        Ok(self.store.passing().take(key, self.now()).await?)
    }
}
