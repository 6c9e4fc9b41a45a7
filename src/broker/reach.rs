//! On whose behalf a caller still acts: what came after whom, by today in London.

use std::collections::BTreeSet;

use crate::domain::access::{Grant, Principal};
use crate::domain::id::OrganisationId;

use super::token::TOKEN_PREFIX;
use super::{Broker, BrokerError};

/// The organisations that a caller may act for beside its own, or that it may act for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether the caller's own organisation has ended: then it acts for nobody.
    pub has_ended: bool,
    /// Those that its organisation came after, directly or along a chain: it reads what was theirs.
    pub predecessors: BTreeSet<OrganisationId>,
}

impl Broker {
    /// How far a grant of an organisation reaches today; nowhere for any other grant.
    ///
    /// # Errors
    /// As the store says.
    pub async fn reach(&self, grant: &Grant) -> Result<Reach, BrokerError> {
        let Some(own) = &grant.organisation else {
            return Ok(Reach::default());
        };
        let successions = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        Ok(Reach {
            has_ended: successions.has_ended(own, today),
            predecessors: successions.predecessors(own, today),
        })
    }

    /// Whether a caller may still act: its token is neither revoked nor expired, and its
    /// organisation has not ended. Cheap: a long stream asks before each thing that it sends.
    ///
    /// A caller that no static token stands behind has whatever end its own credentials have.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_live(&self, principal: &Principal) -> Result<bool, BrokerError> {
        let is_token_live = match self.store.token(&principal.token_id).await? {
            Some(token) => token.value.is_live(self.now()),
            None => !principal.token_id.starts_with(TOKEN_PREFIX),
        };
        Ok(is_token_live && !self.reach(&principal.grant).await?.has_ended)
    }
}
