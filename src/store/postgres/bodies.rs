//! Events read back from the database.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{interval, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::connect::Database;
use super::feed::{self, Entry, Head, PAGE_EVENTS_MAX};
use super::follow::Reached;
use super::line::Session;
use super::place::{sequence, stored};
use super::seal::UNSEALED;
use super::session::begin_reading;
use super::within::reading;
use crate::store::envelope::read_body;
use crate::store::index::{Bodies, Place, unreadable};
use crate::store::{
    LedgerCheckpoint, LedgerEntry, LedgerProgress, LedgerWalk, Recorded, StoreError,
};

/// How often it is looked whether events have their places again.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// What is known of an event without a place: whether there is another by now, up to the last one
/// that was acknowledged, and where the ledger would end if all that is pending were sealed.
fn sealed_again() -> String {
    format!(
        "SELECT EXISTS (SELECT FROM ledger WHERE sequence > $1 AND sequence <= $2), sequence, \
         sequence + (SELECT count(*) {UNSEALED}) FROM ledger_head WHERE is_only"
    )
}

/// Events read back from the database.
#[derive(Clone)]
pub(crate) struct DatabaseBodies {
    database: Database,
    reached: Arc<Reached>,
}

const AT: &str = "
SELECT l.sequence, e.kind, e.body
FROM ledger l JOIN events e USING (era, transaction, ordinal)
WHERE l.sequence = ANY($1)";

impl DatabaseBodies {
    pub(super) fn new(database: Database, reached: Arc<Reached>) -> Self {
        Self { database, reached }
    }

    async fn asked(
        &self,
        statement: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, StoreError> {
        let asked = async |client: &Client| client.query_typed(statement, params).await;
        reading(&self.database, asked).await
    }

    /// Why an event that the index holds has no place in the ledger of the database: a server took
    /// over that has the event and not yet its place, which is the same once it is sealed again. A
    /// check of the ledger finds one that is missing for good.
    fn missing(&self, sequence: u64) -> StoreError {
        if sequence > self.reached.head().sequence {
            return unreadable(sequence, "it is not there");
        }
        StoreError::Busy(format!("event {sequence} has not its place again yet"))
    }

    /// Events after a sequence that the index holds, at most `limit` and a page.
    async fn page(&self, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let until = self.reached.head().sequence;
        if limit == 0 || until <= after {
            return Ok(Vec::new());
        }
        let begin = begin_reading(self.database.statement_deadline());
        let page = async |client: &Client| {
            feed::page(Session::plain(client), Some(&begin), after, limit, &[]).await
        };
        let rows = reading(&self.database, page).await?;
        let entries = rows.iter().map(feed::entry);
        let seen = |entry: &Result<Entry, _>| {
            entry
                .as_ref()
                .map_or(true, |entry: &Entry| entry.sequence <= until)
        };
        entries.take_while(seen).collect()
    }

    /// The same past the bound of a page.
    async fn pages(&self, after: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut entries: Vec<Entry> = Vec::new();
        while entries.len() < limit {
            let last = entries.last().map_or(after, |entry| entry.sequence);
            let until = self.reached.head().sequence;
            let page = self.page(last, limit - entries.len()).await?;
            if page.is_empty() {
                // An auditor must not take for the end what is none.
                if last < until {
                    return Err(self.missing(last + 1));
                }
                break;
            }
            entries.extend(page);
        }
        Ok(entries)
    }

    /// Waits until an event after one, of those that were acknowledged, has its place again: a
    /// server took over that has the event and not yet its place. False if it will not come, since
    /// the database does not have it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if it does not come in the time of a statement.
    async fn wait_for_place(&self, after: u64, until: u64) -> Result<bool, StoreError> {
        let mut looks = interval(LOOK_INTERVAL);
        let waiting = async {
            loop {
                looks.tick().await;
                let (is_there, head, end) = self.ledger_end(after, until).await?;
                let is_pending = head < until && until <= end;
                if is_there || !is_pending {
                    return Ok(is_there);
                }
            }
        };
        let waited = timeout(self.database.answer_deadline(), waiting).await;
        waited.unwrap_or_else(|_| Err(self.missing(after + 1)))
    }

    /// As [`sealed_again`] says.
    async fn ledger_end(&self, after: u64, until: u64) -> Result<(bool, u64, u64), StoreError> {
        let begin = begin_reading(self.database.statement_deadline());
        let (after, until) = (stored(after), stored(until));
        let params: [(&(dyn ToSql + Sync), Type); 2] = [(&after, Type::INT8), (&until, Type::INT8)];
        let asked = async |client: &Client| {
            let session = Session::plain(client);
            let rows = session
                .query_within(&begin, &sealed_again(), &params)
                .await?;
            let row = &rows[0];
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        };
        let (is_there, head, end): (bool, i64, i64) = reading(&self.database, asked).await?;
        Ok((is_there, sequence(head)?, sequence(end)?))
    }
}

impl Bodies for DatabaseBodies {
    async fn all_at(&self, places: &[Place]) -> Result<Vec<Option<Arc<Recorded>>>, StoreError> {
        let mut read: HashMap<u64, Option<Arc<Recorded>>> = HashMap::new();
        for places in places.chunks(PAGE_EVENTS_MAX) {
            let sequences: Vec<i64> = places.iter().map(|place| stored(place.sequence)).collect();
            let params: [(&(dyn ToSql + Sync), Type); 1] = [(&sequences, Type::INT8_ARRAY)];
            for row in self.asked(AT, &params).await? {
                let (sequence, recorded) = recorded(&row)?;
                read.insert(sequence, recorded);
            }
        }
        let found = places.iter().map(|place| {
            let none = || self.missing(place.sequence);
            read.get(&place.sequence).cloned().ok_or_else(none)
        });
        found.collect()
    }

    async fn after(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let mut events = Vec::new();
        let mut last = after;
        while events.len() < limit {
            let until = self.reached.head().sequence;
            let page = self.page(last, limit - events.len()).await?;
            let Some(end) = page.last() else {
                if last < until {
                    return Err(self.missing(last + 1));
                }
                break;
            };
            last = end.sequence;
            for entry in &page {
                events.extend(opened(entry)?);
            }
        }
        Ok(events)
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError> {
        let entries = self.pages(after, limit).await?;
        entries.iter().map(audited).collect()
    }

    fn checkpoint(&self) -> Option<LedgerCheckpoint> {
        Some(self.reached.head().checkpoint())
    }

    fn walk(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError> {
        Ok(Some(Box::new(Check {
            bodies: self.clone(),
            head: Head::START,
            until: self.reached.head().sequence,
            found: LedgerProgress::default(),
        })))
    }
}

fn recorded(row: &Row) -> Result<(u64, Option<Arc<Recorded>>), StoreError> {
    let read = || -> Result<(i64, String, Option<String>), Error> {
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (number, kind, body) = read().map_err(|error| StoreError::Damaged(error.to_string()))?;
    let sequence = sequence(number)?;
    let opened = body.map(|body| read_body(sequence, &kind, body.as_bytes()));
    let opened = opened.transpose()?;
    Ok((sequence, opened.map(|opened| Arc::new(opened.recorded))))
}

/// What an event says; none if it was erased.
fn opened(entry: &Entry) -> Result<Option<Recorded>, StoreError> {
    let body = entry.body.as_ref();
    let opened = body.map(|body| read_body(entry.sequence, &entry.kind, body.as_bytes()));
    Ok(opened.transpose()?.map(|opened| opened.recorded))
}

/// An event as an auditor reads it.
fn audited(entry: &Entry) -> Result<LedgerEntry, StoreError> {
    let at = entry.recorded_at.parse();
    Ok(LedgerEntry {
        sequence: entry.sequence,
        recorded_at: at.map_err(|_| unreadable(entry.sequence, "its time is none"))?,
        kind: entry.kind.clone(),
        commitment: entry.commitment.to_string(),
        chain: entry.chain.to_string(),
        recorded: opened(entry)?,
    })
}

/// A check of the ledger, from its first event to what was its last.
struct Check {
    bodies: DatabaseBodies,
    head: Head,
    until: u64,
    found: LedgerProgress,
}

#[async_trait]
impl LedgerWalk for Check {
    async fn check(&mut self, events_max: usize) -> Result<LedgerProgress, StoreError> {
        let mut left = events_max;
        while left > 0 && self.found.damage.is_none() && !self.found.is_done {
            let unchecked = usize::try_from(self.until - self.head.sequence).unwrap_or(left);
            let limit = left.min(unchecked);
            let entries = self.bodies.page(self.head.sequence, limit).await?;
            left -= entries.len().min(left);
            for entry in &entries {
                let checked = entry.follows(&self.head).and_then(|head| {
                    entry.keeps_its_commitment()?;
                    Ok(head)
                });
                match checked {
                    Ok(head) => self.count(entry, head),
                    Err(why) => {
                        self.found.damage = Some(why);
                        break;
                    }
                }
            }
            self.found.is_done = self.head.sequence >= self.until;
            let is_short = entries.is_empty() && !self.found.is_done;
            let sequence = self.head.sequence;
            if is_short && !self.bodies.wait_for_place(sequence, self.until).await? {
                self.found.damage = Some(format!(
                    "it ends at event {}, and {} were acknowledged",
                    self.head.sequence, self.until
                ));
            }
        }
        Ok(self.found.clone())
    }
}

impl Check {
    fn count(&mut self, entry: &Entry, head: Head) {
        self.head = head;
        self.found.events += 1;
        self.found.erased += u64::from(entry.body.is_none());
        self.found.sequence = head.sequence;
        self.found.chain = head.chain.to_string();
    }
}
