//! Listing asks.

use std::collections::BTreeSet;

use crate::domain::ask::{AskState, SharedAsk};
use crate::domain::id::{AskName, OrganisationId};
use crate::store::{AskFilter, Standing, Stored};

use super::{AskView, Broker, BrokerError};

/// Asks read at a time while a page is filled.
const ASKS_READ: usize = 100;

/// Most asks looked through for one page: past that the page is short, and its cursor goes on.
const ASKS_LOOKED_THROUGH_MAX: usize = 5_000;

/// A page of asks.
#[derive(Debug, Clone, Default)]
pub struct AskPage {
    /// The asks, by name.
    pub asks: Vec<AskView>,
    /// The ask after which to go on; none at the end.
    pub next: Option<AskName>,
}

impl Broker {
    /// Asks in force in the order of their names, at most `limit`, after one.
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

    /// Asks with what became of them, in one of these states, in any if none is given; at most
    /// `limit`, after one. One that was withdrawn is asked of no home.
    ///
    /// # Errors
    /// As the store says.
    pub async fn ask_views(
        &self,
        filter: &AskFilter,
        states: &BTreeSet<AskState>,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<AskPage, BrokerError> {
        let filter = AskFilter {
            standing: standing(states),
            ..filter.clone()
        };
        let mut page = AskPage {
            asks: Vec::new(),
            next: after.cloned(),
        };
        let mut looked_through = 0;
        while looked_through < ASKS_LOOKED_THROUGH_MAX {
            let batch = self
                .store
                .asks(&filter, page.next.as_ref(), ASKS_READ)
                .await?;
            if batch.is_empty() {
                page.next = None;
                return Ok(page);
            }
            looked_through += batch.len();
            for ask in batch {
                if page.asks.len() >= limit {
                    return Ok(page);
                }
                page.next = Some(ask.value.name.clone());
                let view = self.view(ask).await?;
                if states.is_empty() || states.contains(&view.state) {
                    page.asks.push(view);
                }
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
        }
        Ok(page)
    }

    /// As [`Broker::ask_views`], of the filter's organisation and of its predecessors by today.
    ///
    /// # Errors
    /// As the store says.
    pub async fn inherited_ask_views(
        &self,
        filter: &AskFilter,
        states: &BTreeSet<AskState>,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<AskPage, BrokerError> {
        let Some(own) = &filter.organisation else {
            return self.ask_views(filter, states, after, limit).await;
        };
        let successions = self.store.organisation_successions().await?.value;
        let mut all = successions.predecessors(own, self.now_in_london().date());
        all.insert(own.clone());
        let mut page = AskPage::default();
        // In the order of their ids, so that the asks come in the order of their names.
        let is_left = |id: &OrganisationId| after.is_none_or(|after| after.organisation <= *id);
        for organisation in all.into_iter().filter(is_left) {
            let one = AskFilter {
                organisation: Some(organisation),
                ..filter.clone()
            };
            let rest = limit - page.asks.len();
            let AskPage { asks, next } = self.ask_views(&one, states, after, rest).await?;
            page.asks.extend(asks);
            if next.is_some() {
                page.next = next;
                break;
            }
        }
        Ok(page)
    }
}

/// What the store need list for these states.
fn standing(states: &BTreeSet<AskState>) -> Standing {
    let withdrawn = states.contains(&AskState::Withdrawn);
    match states.len() {
        1 if withdrawn => Standing::Withdrawn,
        1.. if !withdrawn => Standing::InForce,
        _ => Standing::Either,
    }
}
