//! What a group is checked against: request ids and revisions, read and held in the group's own
//! transaction.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row as SqlRow};

use super::DatabaseIndex;
use super::follow::Reached;
use super::inbox::Waiting;
use super::key::{Row, TABLES, Table};
use super::line::{Param, Session};
use super::pipeline::all;
use super::place::EventAt;
use crate::domain::digest::Digest;
use crate::domain::event::Key;
use crate::store::StoreError;
use crate::store::index::{Recordings, RequestRecord};

/// Stands before the number of a place in [`Before::places`] where a sequence would stand, for an
/// event may have none yet, or one that the index has not seen: no ledger is that long.
const UNSEALED: u64 = 1 << 62;

/// Stands before the number of an event of this group.
pub(super) const OWN: u64 = 1 << 61;

/// What was recorded before a group.
pub(super) struct Before<'a> {
    /// Where this group's events go: the era and transaction.
    pub(super) era: i32,
    pub(super) transaction: i64,
    requests: HashMap<Digest, RequestRecord>,
    /// Where the events of requests stand that were recorded before.
    places: Vec<EventAt>,
    /// Where each thing was changed last; none of what is held and never was changed.
    last: HashMap<Row, Option<EventAt>>,
    index: &'a DatabaseIndex,
    /// Up to where the index held the ledger, at least, once everything was held.
    head: EventAt,
}

/// How a row is held until the group is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// It will be changed.
    Changed,
    /// It must stay as it is.
    Kept,
}

impl<'a> Before<'a> {
    /// Reads what a group is checked against, and holds it: rows in one order for every broker, so
    /// that two groups wait for each other and never in a circle, but for one that changes what
    /// another keeps and the other way round, which the database finds.
    pub(super) async fn read(
        session: Session<'_>,
        group: &[Waiting],
        index: &'a DatabaseIndex,
        reached: &Reached,
    ) -> Result<Self, Error> {
        let wanted = wanted(group);
        let ids: Vec<&[u8]> = group
            .iter()
            .filter_map(|waiting| waiting.request.idempotency.as_ref())
            .map(|idempotency| idempotency.request.as_bytes().as_slice())
            .collect();
        let id_params: [Param<'_>; 1] = [(&ids, Type::BYTEA_ARRAY)];
        let mut locks = Vec::new();
        for table in TABLES {
            for hold in [Hold::Changed, Hold::Kept] {
                let of_table = wanted
                    .iter()
                    .filter(|(row, held)| row.table == table && **held == hold);
                let rows: Vec<&Row> = of_table.map(|(row, _)| row).collect();
                if !rows.is_empty() {
                    locks.push((table, lock(session, table, hold, rows)));
                }
            }
        }
        let (tables, locks): (Vec<Table>, Vec<_>) = locks.into_iter().unzip();
        let own = session.query(OWN_PLACE, &[]);
        let requests = session.query(REQUESTS, &id_params);
        let (own, requests, locked) = tokio::join!(own, requests, all(locks));
        let (own, requests, locked) = (own?, requests?, locked?);
        let mut before = Self {
            era: own[0].try_get(0)?,
            transaction: own[0].try_get(1)?,
            requests: HashMap::new(),
            places: Vec::new(),
            last: HashMap::new(),
            index,
            head: reached.head().at,
        };
        for row in &requests {
            before.note_request(row)?;
        }
        for (table, rows) in tables.into_iter().zip(&locked) {
            for row in rows {
                before.note_revision(table, row)?;
            }
        }
        Ok(before)
    }

    fn note_request(&mut self, row: &SqlRow) -> Result<(), Error> {
        let (request, content): (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        let at = place(row, 2)?;
        let (Some(request), Some(content), Some(at)) = (digest(request), digest(content), at)
        else {
            return Ok(());
        };
        self.places.push(at);
        let first = UNSEALED + self.places.len() as u64 - 1;
        self.requests
            .insert(request, RequestRecord { first, content });
        Ok(())
    }

    fn note_revision(&mut self, table: Table, row: &SqlRow) -> Result<(), Error> {
        let name = Row {
            table,
            owner: row.try_get(0)?,
            key: row.try_get(1)?,
        };
        self.last.insert(name, place(row, 2)?);
        Ok(())
    }

    /// Whether a row was there, so that it is held and may be changed.
    pub(super) fn has(&self, row: &Row) -> bool {
        self.last.contains_key(row)
    }

    /// Where the last change of any of these was.
    pub(super) fn last_change(&self, keys: &[Key]) -> Option<EventAt> {
        let last = keys.iter().map(|key| self.last.get(&Row::of(key)));
        last.flatten().copied().flatten().max()
    }

    /// The event that a number stands for: one of this group, or one of an earlier request.
    pub(super) fn at(&self, number: u64) -> EventAt {
        let place = |from: u64| usize::try_from(number - from).unwrap_or(usize::MAX);
        if number >= UNSEALED {
            let earlier = self.places.get(place(UNSEALED)).copied();
            return earlier.unwrap_or(EventAt::START);
        }
        self.own(place(OWN))
    }

    /// Where an event of this group goes.
    pub(super) fn own(&self, ordinal: usize) -> EventAt {
        EventAt {
            era: self.era,
            transaction: self.transaction,
            ordinal: i32::try_from(ordinal).unwrap_or(i32::MAX),
        }
    }
}

impl Recordings for Before<'_> {
    /// As the index says, if it has seen the last change; else that it has changed meanwhile.
    fn revision(&self, of: &Key) -> Result<u64, StoreError> {
        let last = self.last.get(&Row::of(of)).copied().flatten();
        if last.is_some_and(|last| last > self.head) {
            return Ok(UNSEALED);
        }
        self.index.core().revision(of)
    }

    fn request(&self, request: &Digest) -> Result<Option<RequestRecord>, StoreError> {
        Ok(self.requests.get(request).copied())
    }
}

const OWN_PLACE: &str =
    "SELECT era, pg_current_xact_id()::text::bigint FROM ledger_head WHERE is_only";

const REQUESTS: &str = "
SELECT request, content, era, transaction, ordinal FROM requests WHERE request = ANY($1)";

/// What a group changes and what must stay as it is, each once, in order.
fn wanted(group: &[Waiting]) -> BTreeMap<Row, Hold> {
    let mut wanted = BTreeMap::new();
    for waiting in group {
        for expectation in &waiting.request.expectations {
            wanted
                .entry(Row::of(&expectation.key))
                .or_insert(Hold::Kept);
        }
        for key in waiting.request.keys.iter().flatten() {
            wanted.insert(Row::of(key), Hold::Changed);
        }
    }
    wanted
}

/// Holds rows and reads them. What is read is where each was changed last. What must stay absent gets a row, so that it can be held, too; what
/// is absent and will be changed is held by its insertion.
async fn lock(
    session: Session<'_>,
    table: Table,
    hold: Hold,
    rows: Vec<&Row>,
) -> Result<Vec<SqlRow>, Error> {
    let name = table.name();
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let owners: Vec<&str> = rows.iter().map(|row| row.owner.as_str()).collect();
    let (wanted, names, on, order) = match table.owner() {
        Some(owner) => (
            "UNNEST($1::text[], $2::text[]) AS wanted (owner, key)",
            format!("{owner}, key"),
            format!("r.{owner} = wanted.owner AND r.key = wanted.key"),
            format!("r.{owner}, r.key"),
        ),
        None => (
            "UNNEST($2::text[]) AS wanted (key)",
            "key".to_owned(),
            "r.key = wanted.key AND $1::text[] IS NOT NULL".to_owned(),
            "r.key".to_owned(),
        ),
    };
    let owner = table
        .owner()
        .map_or("''".to_owned(), |owner| format!("r.{owner}"));
    let (insert, strength) = match hold {
        Hold::Changed => (None, "NO KEY UPDATE"),
        Hold::Kept => {
            let what = if table.owner().is_some() {
                "owner, key"
            } else {
                "key"
            };
            let insert = format!(
                "INSERT INTO {name} ({names}) SELECT {what} FROM {wanted} \
                 WHERE $1::text[] IS NOT NULL ORDER BY {what} ON CONFLICT DO NOTHING"
            );
            (Some(insert), "SHARE")
        }
    };
    let select = format!(
        "SELECT {owner}, r.key, r.era, r.transaction, r.ordinal \
         FROM {name} r JOIN {wanted} ON {on} ORDER BY {order} FOR {strength} OF r"
    );
    let params: [Param<'_>; 2] = [(&owners, Type::TEXT_ARRAY), (&keys, Type::TEXT_ARRAY)];
    match insert {
        None => session.query(&select, &params).await,
        Some(insert) => {
            let inserted = session.execute(&insert, &params);
            let selected = session.query(&select, &params);
            let (inserted, selected) = tokio::join!(biased; inserted, selected);
            inserted?;
            selected
        }
    }
}

/// The place that begins at a column; none where it is null.
fn place(row: &SqlRow, from: usize) -> Result<Option<EventAt>, Error> {
    let era: Option<i32> = row.try_get(from)?;
    let transaction: Option<i64> = row.try_get(from + 1)?;
    let ordinal: Option<i32> = row.try_get(from + 2)?;
    Ok(era
        .zip(transaction)
        .zip(ordinal)
        .map(|((era, transaction), ordinal)| EventAt {
            era,
            transaction,
            ordinal,
        }))
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}
