//! The ledger and the drafts of a database on their way to another store, and a check of them: beside
//! whoever writes, as they were at one moment.

use std::io::Write;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::connect::{Database, Direct};
use super::feed::{self, Entry, Head};
use super::line::Session;
use super::place::stored;
use super::retry::told;
use super::seal::digest;
use super::{Options, fault::OpenError};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::ledger::{Digest, MovedEvent, Said};
use crate::store::moving::{Exporting, MoveError, Moved, Progress};

/// Events read at once: a few megabytes of the largest usual size.
const PAGE_EVENTS: usize = 200;

/// Drafts read at once.
const PAGE_DRAFTS: i64 = 50;

/// What a full check of a database's ledger found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Events, erased ones among them.
    pub events: u64,
    /// Events whose body was erased.
    pub erased: u64,
    /// The last event; 0 if there is none.
    pub head_sequence: u64,
    /// The chain value of the last event. Kept elsewhere, it proves later that nothing up to here changed.
    pub head_chain: Digest,
    /// Events that are recorded and wait for their place in the ledger.
    pub unsealed: u64,
}

/// Writes the ledger and the drafts of a database as they are when this begins; brokers may go on.
///
/// # Errors
/// As [`MoveError`] says; what does not verify stops it.
pub async fn export_ledger(
    options: &Options,
    out: &mut (dyn Write + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let mut reading = Reading::begin(options).await?;
    let mut file = Exporting::begin(out)?;
    while let Some(entries) = reading.page().await? {
        for entry in entries {
            file.event(&moved(entry))?;
        }
        progress(file.events());
    }
    let mut after = (String::new(), String::new());
    loop {
        let drafts = drafts(&reading.client, &after).await?;
        let Some((home, period, _)) = drafts.last() else {
            return file.end();
        };
        after = (home.to_string(), period.to_string());
        for (home, period, draft) in &drafts {
            file.draft(home, *period, draft)?;
        }
    }
}

/// Checks every chain value and commitment of a database's ledger as it is when this begins, and that
/// no event is missing from it; brokers may go on.
///
/// # Errors
/// [`MoveError::Damaged`] at the first thing that does not hold, and that the database cannot be read.
pub async fn verify(options: &Options, progress: Progress<'_>) -> Result<Verified, MoveError> {
    let mut reading = Reading::begin(options).await?;
    let mut erased = 0;
    while let Some(entries) = reading.page().await? {
        erased += entries.iter().filter(|entry| entry.body.is_none()).count() as u64;
        progress(reading.head.sequence);
    }
    let head = reading.head;
    let counted = reading.client.query_typed_one(OUTSIDE, &[]).await;
    let counted = counted.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let (left_out, unsealed): (i64, i64) = counted.map_err(failed)?;
    if left_out != 0 {
        return Err(MoveError::Damaged(format!(
            "{left_out} events were recorded before event {} and are not in the ledger",
            head.sequence
        )));
    }
    Ok(Verified {
        events: head.sequence,
        erased,
        head_sequence: head.sequence,
        head_chain: head.chain,
        unsealed: unsealed.unsigned_abs(),
    })
}

/// Sees the database as it is at one moment; changes nothing. A poller in between, or whoever ends
/// what is long idle, must not end it.
const BEGIN: &str = "
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0";

const HEAD: &str = "SELECT sequence, chain FROM ledger_head";

/// Events that are not in the ledger: those that should be, and those that wait.
const OUTSIDE: &str = "
SELECT count(*) FILTER (WHERE (e.era, e.transaction, e.ordinal) < (l.era, l.transaction, l.ordinal)),
    count(*) FILTER (WHERE l.sequence IS NULL
        OR (e.era, e.transaction, e.ordinal) > (l.era, l.transaction, l.ordinal))
FROM events e LEFT JOIN (SELECT * FROM ledger ORDER BY sequence DESC LIMIT 1) l ON true
WHERE NOT EXISTS (SELECT FROM ledger s
    WHERE (s.era, s.transaction, s.ordinal) = (e.era, e.transaction, e.ordinal))";

const DRAFTS: &str = "
SELECT home_id, period, draft FROM drafts
WHERE (home_id, period) > ($1, $2) ORDER BY home_id, period LIMIT $3";

/// A ledger that is read from its beginning, each event checked.
struct Reading {
    client: Direct,
    /// The last event that was read.
    head: Head,
    /// What the database says is the last one.
    until: (i64, Digest),
}

impl Reading {
    async fn begin(options: &Options) -> Result<Self, MoveError> {
        let database = Database::new(options).map_err(MoveError::store)?;
        let client = database.direct().await.map_err(MoveError::store)?;
        client.batch_execute(BEGIN).await.map_err(failed)?;
        let row = client.query_typed_one(HEAD, &[]).await.map_err(|error| {
            MoveError::store(OpenError::Connect(format!(
                "the database holds no ledger that can be read: {}",
                told(&error)
            )))
        })?;
        let until = row.try_get(0).map_err(failed)?;
        let chain = digest(row.try_get(1).map_err(failed)?);
        Ok(Self {
            client,
            head: Head::START,
            until: (until, chain),
        })
    }

    /// The next events, checked; none at the end, once that is the one that the database says.
    async fn page(&mut self) -> Result<Option<Vec<Entry>>, MoveError> {
        let page = feed::page(
            Session::plain(&self.client),
            None,
            self.head.sequence,
            PAGE_EVENTS,
            &[],
        );
        let rows = page.await.map_err(failed)?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            let entry = feed::entry(row).map_err(MoveError::store)?;
            let head = entry.follows(&self.head).map_err(MoveError::Damaged)?;
            let kept = entry.keeps_its_commitment();
            kept.map_err(MoveError::Damaged)?;
            self.head = head;
            entries.push(entry);
        }
        if !entries.is_empty() {
            return Ok(Some(entries));
        }
        let (until, chain) = self.until;
        if stored(self.head.sequence) != until || self.head.chain != chain {
            return Err(MoveError::Damaged(format!(
                "the ledger ends at event {}, and at {until} as its head says, or with another chain \
                 value",
                self.head.sequence
            )));
        }
        Ok(None)
    }
}

fn moved(entry: Entry) -> MovedEvent {
    MovedEvent {
        sequence: entry.sequence,
        recorded_at: entry.recorded_at,
        kind: entry.kind,
        commitment: entry.commitment,
        chain: entry.chain,
        said: entry
            .salt
            .zip(entry.body)
            .map(|(salt, body)| Said { salt, body }),
    }
}

/// The drafts after one.
async fn drafts(
    client: &Client,
    (home, period): &(String, String),
) -> Result<Vec<(HomeId, Period, Draft)>, MoveError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] = [
        (home, Type::TEXT),
        (period, Type::TEXT),
        (&PAGE_DRAFTS, Type::INT8),
    ];
    let rows = client.query_typed(DRAFTS, &params).await.map_err(failed)?;
    let mut drafts = Vec::with_capacity(rows.len());
    for row in &rows {
        let said = || -> Result<(&str, &str, &str), tokio_postgres::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        };
        let (home, period, text) = said().map_err(failed)?;
        let damaged = || {
            MoveError::Damaged(format!(
                "the draft of {home} for {period} does not read; whoever opens its form has it set \
                 aside"
            ))
        };
        let home = home.parse().map_err(|_| damaged())?;
        let of = period.parse().map_err(|_| damaged())?;
        let draft = serde_json::from_str(text).map_err(|_| damaged())?;
        drafts.push((home, of, draft));
    }
    Ok(drafts)
}

/// What the database could not do; never a value of a row.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
pub(super) fn failed(error: tokio_postgres::Error) -> MoveError {
    MoveError::store(OpenError::Connect(told(&error)))
}
