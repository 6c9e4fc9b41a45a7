//! What was collected of a home's answers lately, as the home reads it: the latest first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::CollectionRecord;

use super::list_collections::Takers;
use super::{Broker, BrokerError, CollectionRow};

/// Where the latest collections go on: one act, in which one caller took answers to one ask, and the
/// form of which it took them.
pub type LatestPlace = (u64, Period);

/// The latest collections, or those before a place.
#[derive(Debug, Clone, Default)]
pub struct LatestCollections {
    /// What one system took at once for a form in one row, of whichever times the answers speak; the
    /// latest first.
    pub rows: Vec<CollectionRow>,
    /// Where to go on, if there are more.
    pub next: Option<LatestPlace>,
}

impl Broker {
    /// Who took what of a home's answers, the latest first, at most `limit` acts and forms before a
    /// place: of the latest 2,000 sheets that changed. Only of these is it looked up who it was.
    ///
    /// # Errors
    /// If there is no such home.
    pub async fn latest_collections(
        &self,
        home: &HomeId,
        before: Option<LatestPlace>,
        limit: usize,
    ) -> Result<LatestCollections, BrokerError> {
        self.home(home).await?;
        let mut acts: BTreeMap<LatestPlace, Vec<CollectionRecord>> = BTreeMap::new();
        for record in self.store.collections(home, None).await? {
            let place = (record.sequence, record.period);
            if before.is_none_or(|before| place < before) {
                acts.entry(place).or_default().push(record);
            }
        }
        let has_more = acts.len() > limit;
        let latest: Vec<_> = acts.into_iter().rev().take(limit).collect();
        let last = latest.last().map(|(place, _)| *place);
        let records = latest.into_iter().flat_map(|(_, records)| records);
        Ok(LatestCollections {
            rows: self.acts_of(records.collect()).await?,
            next: last.filter(|_| has_more),
        })
    }

    /// Records as rows, the latest first, those of one act and form as one.
    async fn acts_of(
        &self,
        records: Vec<CollectionRecord>,
    ) -> Result<Vec<CollectionRow>, BrokerError> {
        let mut takers = Takers::new();
        self.add_takers(&records, &mut takers).await?;
        let names = self.names_for(&records, takers).await?;
        let mut rows: BTreeMap<LatestPlace, CollectionRow> = BTreeMap::new();
        for record in records {
            let row = names.row(record);
            let (sequence, .., period) = row.place;
            match rows.entry((sequence, period)) {
                Entry::Vacant(place) => {
                    place.insert(row);
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.fields.extend(row.fields);
                    known.first_at = known.first_at.min(row.first_at);
                    known.stored_by = known.stored_by.take().and(row.stored_by);
                }
            }
        }
        Ok(rows.into_values().rev().collect())
    }
}
