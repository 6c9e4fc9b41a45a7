//! On whose behalf a caller still acts: what came after whom, by today in London.

use std::collections::BTreeSet;

use crate::domain::access::{Grant, Principal};
use crate::domain::id::OrganisationId;

use super::{Broker, BrokerError};

/// The organisations that a caller may act for beside its own, or that it may act for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether the register does not know the caller's own organisation, which a JWT or a
    /// certificate may name: then it acts for nobody.
    pub is_unregistered: bool,
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
            is_unregistered: self.store.organisation(own).await?.is_none(),
            has_ended: successions.has_ended(own, today),
            predecessors: successions.predecessors(own, today),
        })
    }

    /// Whether a caller that was recognised may still read what is an organisation's: what it was
    /// known by is still good for the same, its own organisation has not ended, and the other is its
    /// own or one that it came after. A long stream asks before each thing that it sends.
    ///
    /// # Errors
    /// As the store says.
    pub async fn may_still_read(
        &self,
        caller: &Principal,
        of: &OrganisationId,
    ) -> Result<bool, BrokerError> {
        let is_good = self.is_still_granted(caller).await?;
        let reach = self.reach(&caller.grant).await?;
        let is_own = caller.grant.organisation.as_ref() == Some(of);
        Ok(is_good && !reach.has_ended && (is_own || reach.predecessors.contains(of)))
    }
}
