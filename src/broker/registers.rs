//! The registers of homes and organisations as they are read: with what came before and after.

use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::home::Home;
use crate::domain::id::{AreaCode, HomeId, OrganisationId};
use crate::domain::organisation::{Organisation, OrganisationKind};
use crate::domain::succession::Successions;

use super::succeed::RecordedSuccession;
use super::{Broker, BrokerError};

/// Entries read at a time while a page is filled.
const ENTRIES_READ: usize = 1_000;

/// A home with how it began and ended.
#[derive(Debug, Clone)]
pub struct HomeView {
    /// The home.
    pub home: Arc<Home>,
    /// How it ended or will.
    pub ended: Option<RecordedSuccession<HomeId>>,
    /// The home that it is the re-registration of.
    pub began: Option<RecordedSuccession<HomeId>>,
}

/// An organisation with how it began and ended.
#[derive(Debug, Clone)]
pub struct OrganisationView {
    /// The organisation.
    pub organisation: Arc<Organisation>,
    /// How it ended or will.
    pub ended: Option<RecordedSuccession<OrganisationId>>,
    /// Those that it came after, directly.
    pub began: Vec<RecordedSuccession<OrganisationId>>,
}

/// Which homes to list; every condition given must hold.
#[derive(Debug, Clone, Default)]
pub struct HomeFilter {
    /// In this area.
    pub area: Option<AreaCode>,
    /// Of this service type, whatever the case; empty for any.
    pub service: String,
    /// Of this provider, whatever the case; empty for any.
    pub provider: String,
    /// Open today, or not.
    pub is_open: Option<bool>,
}

impl HomeFilter {
    fn takes(&self, home: &Home, successions: &Successions<HomeId>, today: Date) -> bool {
        let is_same = |one: &str, other: &str| one.trim().to_lowercase() == other.to_lowercase();
        let lies_in = |area: &AreaCode| home.areas().any(|own| own == area.as_str());
        let serves = |wanted: &str| home.row.services.iter().any(|own| is_same(own, wanted));
        self.area.as_ref().is_none_or(lies_in)
            && (self.service.is_empty() || serves(self.service.trim()))
            && (self.provider.is_empty() || is_same(&home.row.provider, self.provider.trim()))
            && self
                .is_open
                .is_none_or(|open| open != successions.has_ended(&home.id, today))
    }
}

impl Broker {
    /// A home with how it began and ended.
    ///
    /// # Errors
    /// If there is none.
    pub async fn home_view(&self, id: &HomeId) -> Result<HomeView, BrokerError> {
        let home = self.home(id).await?;
        let successions = self.store.home_successions().await?.value;
        Ok(home_view(home, &successions))
    }

    /// An organisation with how it began and ended.
    ///
    /// # Errors
    /// If there is none.
    pub async fn organisation_view(
        &self,
        id: &OrganisationId,
    ) -> Result<OrganisationView, BrokerError> {
        let organisation = self.organisation(id).await?;
        let successions = self.store.organisation_successions().await?.value;
        Ok(organisation_view(organisation, &successions))
    }

    /// Homes in the order of their ids, at most `limit`, after one.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_homes(
        &self,
        filter: &HomeFilter,
        after: Option<&HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeView>, BrokerError> {
        let successions = self.store.home_successions().await?.value;
        let today = self.now_in_london().date();
        let mut found = Vec::new();
        let mut after = after.cloned();
        loop {
            let batch = self.store.homes(after.as_ref(), ENTRIES_READ).await?;
            let is_last = batch.len() < ENTRIES_READ;
            after = batch.last().map(|home| home.id.clone());
            let taken = batch.into_iter();
            let taken = taken.filter(|home| filter.takes(home, &successions, today));
            found.extend(taken.map(|home| home_view(home, &successions)));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
        }
    }

    /// Organisations in the order of their ids, of a kind or of any, at most `limit`, after one.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_organisations(
        &self,
        kind: Option<OrganisationKind>,
        after: Option<&OrganisationId>,
        limit: usize,
    ) -> Result<Vec<OrganisationView>, BrokerError> {
        let successions = self.store.organisation_successions().await?.value;
        let mut found = Vec::new();
        let mut after = after.cloned();
        loop {
            let batch = self
                .store
                .organisations(after.as_ref(), ENTRIES_READ)
                .await?;
            let is_last = batch.len() < ENTRIES_READ;
            after = batch.last().map(|organisation| organisation.id.clone());
            let taken = batch.into_iter();
            let taken = taken.filter(|one| kind.is_none_or(|kind| one.kind == kind));
            found.extend(taken.map(|one| organisation_view(one, &successions)));
            if is_last || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
            tokio::task::yield_now().await;
        }
    }
}

fn home_view(home: Arc<Home>, successions: &Successions<HomeId>) -> HomeView {
    let mut before = successions.direct(&home.id).map(|known| &known.predecessor);
    HomeView {
        ended: RecordedSuccession::of(successions, &home.id),
        began: before
            .next()
            .and_then(|id| RecordedSuccession::of(successions, id)),
        home,
    }
}

fn organisation_view(
    organisation: Arc<Organisation>,
    successions: &Successions<OrganisationId>,
) -> OrganisationView {
    let before = successions
        .direct(&organisation.id)
        .map(|known| &known.predecessor);
    OrganisationView {
        ended: RecordedSuccession::of(successions, &organisation.id),
        began: before
            .filter_map(|id| RecordedSuccession::of(successions, id))
            .collect(),
        organisation,
    }
}
