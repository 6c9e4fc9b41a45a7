//! Who took what: one record for each sheet and ask, beside the sheet's own.
//!
//! Adding the same collection twice changes nothing: times and versions only grow.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::bodies::Bodies;
use super::codec::{In, Out};
use super::draft::Draft;
use super::read::Index;
use super::record::{SheetRecord, Small, damaged, key};
use super::records::Records;
use crate::domain::collection::{AnswersCollected, DeliveriesAcknowledged};
use crate::domain::id::{AskId, AskName, FieldName, HomeId, OrganisationId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::store::limits::COLLECTED_SHEETS_MAX;
use crate::store::{Acknowledgement, CollectionRecord, StoreError, Stored};

/// What callers of one ask took of one sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CollectedRecord(BTreeMap<Taker, Taken>);

/// Who took, and for which period of the ask.
type Taker = (String, Period);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    sequence: u64,
    first_at: u64,
    last_at: u64,
    /// Each field with the version of the sheet that was last given of it.
    fields: BTreeMap<FieldName, u64>,
}

impl CollectedRecord {
    /// The sequence of its last change.
    pub(super) fn revision(&self) -> u64 {
        let all = self.0.values().map(|taken| taken.sequence);
        all.max().unwrap_or(0)
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Out::default();
        out.count(self.0.len());
        for ((by, period), taken) in &self.0 {
            out.text(by);
            out.text(&period.to_string());
            out.number(taken.sequence);
            out.number(taken.first_at);
            out.number(taken.last_at);
            out.count(taken.fields.len());
            for (field, version) in &taken.fields {
                out.text(field.as_str());
                out.number(*version);
            }
        }
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let mut input = In(bytes);
            let takers = (0..input.count()?)
                .map(|_| {
                    let who = (input.text()?.to_owned(), input.text()?.parse().ok()?);
                    let (sequence, first_at) = (input.number()?, input.number()?);
                    let last_at = input.number()?;
                    let fields = (0..input.count()?)
                        .map(|_| Some((input.text()?.parse().ok()?, input.number()?)))
                        .collect::<Option<_>>()?;
                    let taken = Taken {
                        sequence,
                        first_at,
                        last_at,
                        fields,
                    };
                    Some((who, taken))
                })
                .collect::<Option<_>>()?;
            input.end().map(|()| Self(takers))
        };
        read().ok_or_else(|| damaged("a collection"))
    }
}

/// Who did an event, when, and where it stands.
pub(super) struct Doing<'a> {
    pub(super) by: &'a str,
    pub(super) at: Timestamp,
    pub(super) sequence: u64,
}

impl<R: Records> Draft<'_, R> {
    pub(super) fn add_collected(
        &mut self,
        done: &Doing<'_>,
        collected: &AnswersCollected,
    ) -> Result<(), StoreError> {
        let ask = self.number_of(&collected.ask)?;
        let at = micros(done.at);
        for item in &collected.items {
            let key = key::collected(&item.home, &item.reference, ask);
            let mut record = match self.get(&key)? {
                Some(bytes) => CollectedRecord::decode(&bytes)?,
                None => CollectedRecord::default(),
            };
            let who = (done.by.to_owned(), item.period);
            let taken = record.0.entry(who).or_insert_with(|| Taken {
                sequence: done.sequence,
                first_at: at,
                last_at: at,
                fields: BTreeMap::new(),
            });
            taken.sequence = taken.sequence.max(done.sequence);
            taken.last_at = taken.last_at.max(at);
            for field in &item.fields {
                let version = taken.fields.entry(field.clone()).or_default();
                *version = (*version).max(item.sequence);
            }
            self.put(key, record.encode());
        }
        Ok(())
    }

    pub(super) fn add_acknowledged(
        &mut self,
        done: &Doing<'_>,
        said: &DeliveriesAcknowledged,
    ) -> Result<(), StoreError> {
        let key = key::acknowledged(&said.organisation, said.ask.as_ref());
        if let Some(bytes) = self.get(&key)?
            && Small::<Said>::decode(&bytes)?.value.through >= said.through
        {
            return Ok(());
        }
        let value = Said {
            through: said.through,
            at: done.at,
            by: done.by.to_owned(),
        };
        let revision = done.sequence;
        self.put(key, Small { revision, value }.encode());
        Ok(())
    }
}

/// As [`Acknowledgement`], as it is kept.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Said {
    through: u64,
    at: Timestamp,
    by: String,
}

impl<R: Records, B: Bodies> Index<R, B> {
    /// What callers of an ask took of a sheet.
    pub(super) fn collected(
        &self,
        home: &HomeId,
        reference: &Reference,
        ask: &AskName,
    ) -> Result<Vec<CollectionRecord>, StoreError> {
        let number = self.core().read().asks.number(ask);
        number.map_or_else(
            || Ok(Vec::new()),
            |number| self.collected_of(home, reference, (ask, number)),
        )
    }

    /// What callers took of a home's sheets, the latest of them, by the last time.
    pub(super) fn collections(
        &self,
        home: &HomeId,
        organisation: Option<&OrganisationId>,
    ) -> Result<Vec<CollectionRecord>, StoreError> {
        let core = self.core();
        let sheets = core.read().sheets.of_home(home, COLLECTED_SHEETS_MAX);
        let mut found = Vec::new();
        for sheet in sheets {
            let bytes = core.records().get(&key::sheet(home, &sheet.reference))?;
            let record = bytes.map(|bytes| SheetRecord::decode(&bytes)).transpose()?;
            for number in record.unwrap_or_default().asks {
                let name = core.read().asks.name(number).cloned();
                let is_wanted =
                    |name: &AskName| organisation.is_none_or(|only| name.organisation == *only);
                if let Some(name) = name.filter(is_wanted) {
                    found.extend(self.collected_of(home, &sheet.reference, (&name, number))?);
                }
            }
        }
        found.sort_by(|one, other| place(one).cmp(&place(other)));
        Ok(found)
    }

    pub(super) fn acknowledged(
        &self,
        organisation: &OrganisationId,
        ask: Option<&AskId>,
    ) -> Result<Option<Stored<Acknowledgement>>, StoreError> {
        let key = key::acknowledged(organisation, ask);
        let Some(bytes) = self.core().records().get(&key)? else {
            return Ok(None);
        };
        let Small { revision, value } = Small::<Said>::decode(&bytes)?;
        let Said { through, at, by } = value;
        let value = Acknowledgement { through, at, by };
        Ok(Some(Stored { value, revision }))
    }

    fn collected_of(
        &self,
        home: &HomeId,
        reference: &Reference,
        (ask, number): (&AskName, u32),
    ) -> Result<Vec<CollectionRecord>, StoreError> {
        let key = key::collected(home, reference, number);
        let record = match self.core().records().get(&key)? {
            Some(bytes) => CollectedRecord::decode(&bytes)?,
            None => return Ok(Vec::new()),
        };
        let row = |((by, period), taken): (Taker, Taken)| CollectionRecord {
            sequence: taken.sequence,
            first_at: instant(taken.first_at),
            at: instant(taken.last_at),
            by,
            ask: ask.clone(),
            home: home.clone(),
            period,
            reference: *reference,
            fields: taken.fields,
        };
        Ok(record.0.into_iter().map(row).collect())
    }
}

/// Where a collection stands among others.
fn place(record: &CollectionRecord) -> (u64, &AskName, Reference, Period, &str) {
    let CollectionRecord {
        sequence,
        ask,
        reference,
        period,
        by,
        ..
    } = record;
    (*sequence, ask, *reference, *period, by)
}

/// Microseconds since 1970.
fn micros(at: Timestamp) -> u64 {
    u64::try_from(at.as_microsecond()).unwrap_or(0)
}

fn instant(micros: u64) -> Timestamp {
    let read = i64::try_from(micros).map(Timestamp::from_microsecond);
    read.ok().and_then(Result::ok).unwrap_or_default()
}
