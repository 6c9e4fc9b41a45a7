//! Who took a home's answers, and when.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::access::Token;
use crate::domain::event::Event;
use crate::domain::id::{AskName, FieldName, HomeId, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::store::{Acknowledgement, CollectionRecord};

use super::{Broker, BrokerError, DeliveryScope};

/// Which collections to list; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionFilter {
    /// For this period of the ask, which is the form's.
    pub period: Option<Period>,
    /// Taken by this organisation, whoever asked.
    pub organisation: Option<OrganisationId>,
}

/// Where a collection stands in a list: at its last time, and by what was taken.
pub type CollectionPlace = (u64, AskName, Reference, Period);

/// What a system of an organisation took of a home's answers.
#[derive(Debug, Clone)]
pub struct CollectionRow {
    /// Where it stands.
    pub place: CollectionPlace,
    /// The organisation that took it: the one that asks, or one that came after it.
    pub organisation: OrganisationId,
    /// The organisation's name; its id where it is not registered.
    pub organisation_name: String,
    /// What the taker's token is for, in the words of whoever issued it; empty where unknown.
    pub system: String,
    /// The fields taken.
    pub fields: Vec<FieldName>,
    /// When any of it was first taken.
    pub first_at: Timestamp,
    /// When any of it was last taken.
    pub last_at: Timestamp,
    /// Which system of the organisation says that all of it is stored; none if none did.
    pub stored_by: Option<String>,
}

/// A page of collections.
#[derive(Debug, Clone, Default)]
pub struct CollectionPage {
    /// The collections, by the last time.
    pub rows: Vec<CollectionRow>,
    /// Whether there are more.
    pub has_more: bool,
}

impl Broker {
    /// Who took what of a home's answers, by the last time, at most `limit` of them after a place:
    /// of the latest 2,000 sheets that changed.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn list_collections(
        &self,
        home: &HomeId,
        filter: &CollectionFilter,
        after: Option<&CollectionPlace>,
        limit: usize,
    ) -> Result<CollectionPage, BrokerError> {
        self.home(home).await?;
        let mut records = self.store.collections(home, None).await?;
        records.retain(|record| {
            filter.period.is_none_or(|period| period == record.period)
                && after.is_none_or(|after| place(record) > *after)
        });
        let mut takers = Takers::new();
        if let Some(wanted) = &filter.organisation {
            self.add_takers(&records, &mut takers).await?;
            records.retain(|record| takers.get(&record.sequence) == Some(wanted));
        }
        let has_more = records.len() > limit;
        records.truncate(limit);
        self.add_takers(&records, &mut takers).await?;
        let names = self.names_for(&records, takers).await?;
        let rows = records.into_iter().map(|record| names.row(record));
        Ok(CollectionPage {
            rows: rows.collect(),
            has_more,
        })
    }

    /// For which body a record's caller took it.
    pub(super) async fn taker_of(
        &self,
        record: &CollectionRecord,
    ) -> Result<OrganisationId, BrokerError> {
        let asking = &record.ask.organisation;
        if let Some(token) = self.store.token(&record.by).await? {
            let own = token.value.grant.organisation.as_ref();
            return Ok(own.unwrap_or(asking).clone());
        }
        // Of who is known otherwise, the ledger says it.
        let before = record.sequence.saturating_sub(1);
        let said = self.store.events(before, 1).await?.pop();
        let taker = said.and_then(|said| match said.event {
            Event::AnswersCollected(taken) => taken.taker,
            _ => None,
        });
        Ok(taker.unwrap_or_else(|| asking.clone()))
    }

    pub(super) async fn add_takers(
        &self,
        records: &[CollectionRecord],
        takers: &mut Takers,
    ) -> Result<(), BrokerError> {
        for record in records {
            if let Entry::Vacant(unknown) = takers.entry(record.sequence) {
                unknown.insert(self.taker_of(record).await?);
            }
        }
        Ok(())
    }

    pub(super) async fn names_for(
        &self,
        records: &[CollectionRecord],
        takers: Takers,
    ) -> Result<Names, BrokerError> {
        let mut names = Names {
            takers,
            ..Names::default()
        };
        for stored in self.store.tokens().await? {
            names.tokens.insert(stored.value.id.clone(), stored.value);
        }
        let asks: BTreeSet<&AskName> = records.iter().map(|record| &record.ask).collect();
        for ask in asks {
            let scope = DeliveryScope::Ask(ask.clone());
            if let Some(said) = self.acknowledged_of(&scope).await? {
                names.acknowledged.insert(ask.clone(), said);
            }
        }
        let takers: BTreeSet<OrganisationId> = names.takers.values().cloned().collect();
        for id in takers {
            if let Some(known) = self.store.organisation(&id).await? {
                names.organisations.insert(id, known.value);
            }
        }
        Ok(names)
    }
}

/// Which body took what, by the sequence of the act: one act is of one caller for one ask.
pub(super) type Takers = HashMap<u64, OrganisationId>;

/// What ids stand for.
#[derive(Default)]
pub(super) struct Names {
    takers: Takers,
    tokens: HashMap<String, Arc<Token>>,
    organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
    acknowledged: BTreeMap<AskName, Acknowledgement>,
}

impl Names {
    pub(super) fn row(&self, record: CollectionRecord) -> CollectionRow {
        let taker = self.takers.get(&record.sequence);
        let id = taker.unwrap_or(&record.ask.organisation).clone();
        let name = self.organisations.get(&id).map(|known| known.name.clone());
        let said = self.acknowledged.get(&record.ask);
        let said = said.filter(|said| said.through >= record.sheet_sequence());
        CollectionRow {
            place: place(&record),
            organisation_name: name.unwrap_or_else(|| id.to_string()),
            organisation: id,
            system: self.system(&record.by),
            first_at: record.first_at,
            last_at: record.at,
            stored_by: said.map(|said| self.system(&said.by)),
            fields: record.fields.into_keys().collect(),
        }
    }

    /// What a token is for; its id is never told.
    fn system(&self, id: &str) -> String {
        self.tokens
            .get(id)
            .map_or_else(String::new, |token| token.label.clone())
    }
}

/// One sequence is one act of one caller for one ask, so this is a record's alone.
fn place(record: &CollectionRecord) -> CollectionPlace {
    let CollectionRecord {
        sequence,
        ask,
        reference,
        period,
        ..
    } = record;
    (*sequence, ask.clone(), *reference, *period)
}
