//! Reading the register and the dictionary.

use std::sync::Arc;

use crate::domain::dictionary::Dictionary;
use crate::domain::home::Home;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;

use super::{Broker, BrokerError};

impl Broker {
    /// The dictionary in force.
    ///
    /// # Errors
    /// As the store says.
    pub async fn dictionary(&self) -> Result<Arc<Dictionary>, BrokerError> {
        Ok(self.store.dictionary().await?.value)
    }

    /// The decisions in force.
    ///
    /// # Errors
    /// As the store says.
    pub async fn links(&self) -> Result<Arc<Links>, BrokerError> {
        Ok(self.store.links().await?.value)
    }

    /// A home.
    ///
    /// # Errors
    /// If there is none.
    pub async fn home(&self, id: &HomeId) -> Result<Arc<Home>, BrokerError> {
        let found = self.store.home(id).await?.map(|stored| stored.value);
        found.ok_or_else(|| BrokerError::NotFound {
            resource: id.resource(),
        })
    }

    /// Homes in the order of their ids.
    ///
    /// # Errors
    /// As the store says.
    pub async fn homes(
        &self,
        after: Option<&HomeId>,
        limit: usize,
    ) -> Result<Vec<Arc<Home>>, BrokerError> {
        Ok(self.store.homes(after, limit).await?)
    }

    /// An organisation.
    ///
    /// # Errors
    /// If there is none.
    pub async fn organisation(
        &self,
        id: &OrganisationId,
    ) -> Result<Arc<Organisation>, BrokerError> {
        let found = self
            .store
            .organisation(id)
            .await?
            .map(|stored| stored.value);
        found.ok_or_else(|| BrokerError::NotFound {
            resource: id.resource(),
        })
    }

    /// Organisations in the order of their ids.
    ///
    /// # Errors
    /// As the store says.
    pub async fn organisations(
        &self,
        after: Option<&OrganisationId>,
        limit: usize,
    ) -> Result<Vec<Arc<Organisation>>, BrokerError> {
        Ok(self.store.organisations(after, limit).await?)
    }
}
