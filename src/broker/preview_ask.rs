//! What an ask would cost, before it is submitted. Nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::ask::{RawAsk, Schedule, SharedAsk};
use crate::domain::fault::Faults;
use crate::domain::home::normalised_services;
use crate::domain::id::{AskName, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::preview::{Class, Preview, preview};

use super::{AskView, Broker, BrokerError, FieldSuggestion};

/// An ask with what it would cost.
#[derive(Debug, Clone)]
pub struct PreviewedAsk {
    /// The ask as it would stand.
    pub ask: AskView,
    /// The ask in force whose place it would take, by amending; none for a new one.
    pub amends: Option<u64>,
    /// What it would cost.
    pub preview: Preview,
    /// The bodies that ask the same of some of the homes, where that may be told.
    pub organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
    /// What its fields look like.
    pub suggestions: Vec<FieldSuggestion>,
}

/// Most other asks that one preview is weighed against: every body of England with some thirty.
const STANDING_ASKS_MAX: usize = 10_000;

impl Broker {
    /// What an ask would cost for its next period. An ask in force of the same name is taken for
    /// the one that it would amend.
    ///
    /// # Errors
    /// Every fault that submitting would name, by path within the ask; one that asks for no period
    /// that is still to end.
    pub async fn preview_ask(&self, raw: RawAsk) -> Result<PreviewedAsk, BrokerError> {
        let today = self.now_in_london().date();
        let known = match (raw.organisation.parse(), raw.ask.parse()) {
            (Ok(organisation), Ok(ask)) => self.standing_ask(AskName { organisation, ask }).await?,
            _ => None,
        };
        let first_day = match known.as_ref().map(|(ask, _)| &ask.schedule) {
            Some(Schedule::Recurring { from, .. }) => *from,
            _ => today,
        };
        let ask = Arc::new(self.read_ask(raw, first_day).await?);
        let period = ask.period_from(today).ok_or_else(|| {
            Faults::one(
                "until",
                "lies in the past: the ask asks for no further period",
            )
        })?;
        let (standing, classes) = self.classes_of(&ask, &period).await?;
        let dictionary = self.store.dictionary().await?.value;
        let links = self.store.links().await?.value;
        let preview = preview(&ask, period, &standing, &classes, &dictionary, &links);
        let mut organisations = BTreeMap::new();
        let others = preview.fields.iter().flat_map(|field| &field.others);
        for (id, _) in others.filter(|(_, may_tell)| **may_tell) {
            if !organisations.contains_key(id)
                && let Some(known) = self.store.organisation(id).await?
            {
                organisations.insert(id.clone(), known.value);
            }
        }
        Ok(PreviewedAsk {
            suggestions: self.suggest_for_ask(&ask).await?,
            ask: self.valid(ask).ask,
            amends: known.map(|(_, revision)| revision),
            preview,
            organisations,
        })
    }

    /// The ask in force of a name.
    async fn standing_ask(&self, name: AskName) -> Result<Option<(SharedAsk, u64)>, BrokerError> {
        let known = self.store.ask(&name).await?;
        let is_withdrawn = self.store.withdrawal(&name).await?.is_some();
        Ok(known
            .filter(|_| !is_withdrawn)
            .map(|known| (known.value, known.revision)))
    }

    /// The homes that an ask targets and that have a form for a period, in classes, with the asks
    /// that are on it already.
    async fn classes_of(
        &self,
        ask: &SharedAsk,
        period: &Period,
    ) -> Result<(Vec<SharedAsk>, Vec<Class>), BrokerError> {
        let mut places: BTreeMap<AskName, usize> = BTreeMap::new();
        let mut standing = Vec::new();
        let mut classes = Vec::new();
        let days = (period.start(), period.last_day());
        for class in self.live_classes(&ask.targets, period, days).await? {
            let mut asks = Vec::with_capacity(class.asks.len());
            for name in class.asks {
                if let Some(place) = places.get(&name) {
                    asks.push(*place);
                } else if let Some(known) = self.store.ask(&name).await? {
                    if standing.len() == STANDING_ASKS_MAX {
                        return Err(too_many().into());
                    }
                    places.insert(name, standing.len());
                    asks.push(standing.len());
                    standing.push(known.value);
                }
            }
            // A long count lets others have their turn.
            tokio::task::yield_now().await;
            classes.push(Class {
                homes: class.homes.len() as u64,
                services: normalised_services(&class.services),
                asks,
            });
        }
        Ok((standing, classes))
    }
}

/// What is asked of the homes is more than one preview weighs.
fn too_many() -> Faults {
    let message = format!(
        "more than {STANDING_ASKS_MAX} asks are asked of these homes already; preview it area by area"
    );
    Faults::one("ask.targets", message)
}
