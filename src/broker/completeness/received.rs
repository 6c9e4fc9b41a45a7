//! What is in from a home: by what was released to the ask, for what it is asked for now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::answer::Said;
use crate::domain::ask::AskField;
use crate::domain::completeness::{FieldCounts, Received, counted, deciding};
use crate::domain::delivery::{Delivered, deliver};
use crate::domain::id::HomeId;
use crate::domain::sheet::{ReleaseKey, Released};
use crate::domain::template::Demand;

use super::{Broker, BrokerError, Plan};

/// What is in from one home.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HomeState {
    /// Fields wanted, in, declined.
    pub(super) fields: FieldCounts,
    /// When the latest of what is in was given.
    pub(super) last: Option<Timestamp>,
    /// Whether the home filed the ask elsewhere, as it wants.
    pub(super) is_filed: bool,
}

/// What of a plan was sent by one home.
#[derive(Default)]
struct Sent<'a> {
    fields: BTreeMap<&'a str, Received>,
    last: Option<Timestamp>,
}

impl Plan {
    fn own_fields(&self) -> impl Iterator<Item = &AskField> {
        self.fields
            .iter()
            .map(|(place, _)| &self.ask.fields[*place])
    }

    /// Whether a release is of what a field means now, for the purpose and on the legal basis that
    /// the ask has now: what was sent to it for another one is still to come.
    fn counts(&self, own: &AskField, released: &Released) -> bool {
        let links = &self.known.links;
        let same = |one, other| links.representative(one) == links.representative(other);
        same(&own.question, &released.answer.question)
            && released.is_for(self.ask.basis(), self.ask.provenance.rebased)
    }
}

impl Broker {
    /// What is in from each of some homes, in their order.
    pub(super) async fn states_of(
        &self,
        plan: &Plan,
        homes: &[HomeId],
    ) -> Result<Vec<(HomeId, HomeState)>, BrokerError> {
        let sent = self.sent_by(plan, homes).await?;
        // Most homes of an area sent nothing yet, and then all are wanted the same.
        let nothing = Sent::default();
        let untouched = counted(plan.own_fields(), &BTreeSet::new(), &nothing.fields);
        let by_services = plan.ask.names_services();
        let mut states = Vec::with_capacity(homes.len());
        for home in homes {
            let found = sent.get(home);
            let sent = found.unwrap_or(&nothing);
            let fields = if found.is_none() && !by_services {
                untouched
            } else {
                let services = self
                    .services_for(home, std::slice::from_ref(&plan.ask))
                    .await?;
                counted(plan.own_fields(), &services, &sent.fields)
            };
            let state = HomeState {
                fields,
                last: sent.last,
                is_filed: self.is_filed(plan, home).await?,
            };
            states.push((home.clone(), state));
        }
        Ok(states)
    }

    async fn is_filed(&self, plan: &Plan, home: &HomeId) -> Result<bool, BrokerError> {
        if plan.ask.raw.filed_elsewhere.is_empty() {
            return Ok(false);
        }
        let filings = self.store.filings(home, plan.period).await?.value;
        Ok(filings.contains_key(&plan.ask.name))
    }

    async fn sent_by<'a>(
        &self,
        plan: &'a Plan,
        homes: &[HomeId],
    ) -> Result<BTreeMap<HomeId, Sent<'a>>, BrokerError> {
        let deciding = deciding(plan.own_fields());
        let among = self
            .store
            .released_among(&plan.ask.name, homes, &plan.references);
        let mut all: BTreeMap<HomeId, Sent<'a>> = BTreeMap::new();
        for found in among.await? {
            let sheet = self.store.sheet(&found.home, &found.reference).await?.value;
            let sent = all.entry(found.home).or_default();
            let fields = plan.fields.iter().filter(|(_, at)| *at == found.reference);
            for own in fields.map(|(place, _)| &plan.ask.fields[*place]) {
                let key = ReleaseKey {
                    ask: plan.ask.name.clone(),
                    period: plan.period,
                    field: own.field.name.clone(),
                };
                let released = sheet.released(&key);
                let Some(released) = released.filter(|released| plan.counts(own, released)) else {
                    continue;
                };
                let received = self.received(plan, own, released, &deciding).await?;
                sent.fields.insert(own.field.name.as_str(), received);
                sent.last = sent.last.max(Some(released.given_at));
            }
        }
        Ok(all)
    }

    async fn received(
        &self,
        plan: &Plan,
        own: &AskField,
        released: &Released,
        deciding: &BTreeSet<&str>,
    ) -> Result<Received, BrokerError> {
        let decides = if deciding.contains(own.field.name.as_str()) {
            self.value_of(plan, own, released).await?
        } else {
            None
        };
        Ok(Received {
            is_declined: matches!(released.answer.said, Said::Declined { .. }),
            decides,
        })
    }

    /// What was released, in the terms that the field has now.
    async fn value_of(
        &self,
        plan: &Plan,
        own: &AskField,
        released: &Released,
    ) -> Result<Option<Delivered>, BrokerError> {
        let template = self.store.template(&released.template).await?;
        let template = template.ok_or_else(|| {
            let field = format!("{} of {}", own.field.name, plan.ask.name);
            BrokerError::Internal(format!(
                "the template of the release to {field} is not there"
            ))
        })?;
        let name = own.field.name.as_str();
        let mut entries = template.entries().iter();
        let entry = entries.find(|entry| entry.demand(&plan.ask.name, name).is_some());
        let demand = Demand {
            ask: plan.ask.name.clone(),
            question: own.question,
            field: own.field.clone(),
        };
        Ok(entry.map(|entry| deliver(&released.answer, entry, &demand, false).value))
    }
}
