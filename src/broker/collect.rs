//! Giving deliveries to a caller: what it takes is recorded, durably, before it is sent.
//!
//! Only what this caller has not been given at that version is recorded, so that reading a page
//! again adds nothing to the ledger.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::collection::{AnswersCollected, CollectedItem};
use crate::domain::event::Event;
use crate::domain::id::{AskName, FieldName, HomeId, OrganisationId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::store::CollectionRecord;

use super::{Broker, BrokerError, Caller, Cursor, DeliveryFilter, DeliveryPage, DeliveryScope};

/// What is taken of one ask: by home, reference and period, the fields each with the version of the
/// sheet.
type Taken = BTreeMap<(HomeId, Reference, Period), BTreeMap<FieldName, u64>>;

impl Broker {
    /// Gives a caller deliveries after a cursor in the order in which they last changed, about
    /// `limit` of them, and records that it did. If it cannot be recorded, nothing is given.
    ///
    /// # Errors
    /// If there is no such ask or organisation; as the store says.
    pub async fn collect_deliveries(
        &self,
        caller: &Caller,
        scope: &DeliveryScope,
        filter: &DeliveryFilter,
        after: &Cursor,
        limit: usize,
    ) -> Result<DeliveryPage, BrokerError> {
        let page = self.read_deliveries(scope, filter, after, limit).await?;
        let mut taken: BTreeMap<&AskName, Taken> = BTreeMap::new();
        for row in &page.rows {
            let of_ask = taken.entry(&row.ask).or_default();
            let sheet = (row.home.clone(), row.reference, row.period);
            let fields = of_ask.entry(sheet).or_default();
            fields.insert(row.field.clone(), row.version);
        }
        let mut events = Vec::new();
        for (ask, taken) in taken {
            let items = self.not_yet_given(caller, ask, taken).await?;
            if !items.is_empty() {
                events.push(Event::AnswersCollected(AnswersCollected {
                    ask: ask.clone(),
                    taker: heir(caller, ask).cloned(),
                    items,
                }));
            }
        }
        if !events.is_empty() {
            self.record(caller, events, Vec::new(), None).await?;
        }
        Ok(page)
    }

    /// What of this the caller was not given before at that version.
    async fn not_yet_given(
        &self,
        caller: &Caller,
        ask: &AskName,
        taken: Taken,
    ) -> Result<Vec<CollectedItem>, BrokerError> {
        let mut items = Vec::new();
        for ((home, reference, period), mut fields) in taken {
            let before = self.store.collected(&home, &reference, ask).await?;
            let own = before
                .into_iter()
                .find(|record| record.by == caller.token_id && record.period == period);
            if let Some(own) = own
                && self.is_for_same(caller, &own).await?
            {
                let is_new =
                    |field: &FieldName, version: u64| own.fields.get(field) < Some(&version);
                fields.retain(|field, version| is_new(field, *version));
            }
            // One item says one version; those of a page may differ where a home sent meanwhile.
            let versions: BTreeSet<u64> = fields.values().copied().collect();
            for sequence in versions {
                let of_version = fields.iter().filter(|(_, version)| **version == sequence);
                items.push(CollectedItem {
                    home: home.clone(),
                    period,
                    reference,
                    fields: of_version.map(|(field, _)| field.clone()).collect(),
                    sequence,
                });
            }
        }
        Ok(items)
    }

    /// Whether a caller takes for the body that it took for before: one that is known by a JWT or a
    /// certificate may have passed to the successor, and that one is given it for the first time.
    async fn is_for_same(
        &self,
        caller: &Caller,
        before: &CollectionRecord,
    ) -> Result<bool, BrokerError> {
        Ok(match heir(caller, &before.ask) {
            Some(heir) => self.taker_of(before).await? == *heir,
            None => true,
        })
    }
}

/// The body that a caller takes for, if it is not the one that asks but came after it.
fn heir<'a>(caller: &'a Caller, ask: &AskName) -> Option<&'a OrganisationId> {
    let own = caller.grant.organisation.as_ref();
    own.filter(|own| **own != ask.organisation)
}
