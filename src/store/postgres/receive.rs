//! Takes a ledger and drafts that another store wrote into a database that holds none.
//!
//! Invariants:
//! - It is one transaction: all of it is there or nothing, and whoever else records or seals waits.
//! - The events keep their sequences and chain values. They stand in an era of their own, under their
//!   sequences as transactions; what is recorded here from now on is of the next era, and so comes after.
//! - Request ids are noted as if the requests had been recorded here. Revisions need no rows: what has
//!   none is as the index says.

use std::io::BufRead;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::Options;
use super::connect::Database;
use super::migrate::migrate;
use super::moving::failed;
use super::open::check_settings;
use super::place::{EventAt, stored};
use super::rebuild::project_opened;
use super::session::{LOCKS, RECORDING, SEALING};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::envelope::{Opened, read_body};
use crate::store::ledger::MovedEvent;
use crate::store::moving::{
    GROUP_BYTES_MAX, GROUP_EVENTS_MAX, Item, LedgerFile, MoveError, Moved, Progress,
};

/// Takes a ledger and drafts into a database that holds none; its tables are laid if need be.
///
/// # Errors
/// As [`MoveError`] says; the database holds no event, as before.
pub async fn import_ledger(
    options: &Options,
    file: &mut (dyn BufRead + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let database = Database::new(options).map_err(MoveError::store)?;
    let mut client = database.direct().await.map_err(MoveError::store)?;
    migrate(&mut client).await.map_err(MoveError::store)?;
    let checked = check_settings(&client).await;
    checked.map_err(MoveError::store)?;
    let begin = format!(
        "{BEGIN};SELECT pg_advisory_xact_lock({LOCKS}, {RECORDING}), pg_advisory_xact_lock({LOCKS}, {SEALING})"
    );
    client.batch_execute(&begin).await.map_err(failed)?;
    // What fails from here on is undone with the connection.
    let moved = take(&client, file, progress).await?;
    client.batch_execute("COMMIT").await.map_err(failed)?;
    // Plans are made by what is there, and it has just come.
    let analyzed = client
        .batch_execute("ANALYZE events, ledger, requests")
        .await;
    if analyzed.is_err() {
        tracing::warn!("the tables could not be analyzed; the database does so by itself, later");
    }
    Ok(moved)
}

/// A file may be long, and slow to come.
const BEGIN: &str = "
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0";

const HELD: &str = "
SELECT era, (SELECT count(*) FROM events), (SELECT count(*) FROM drafts) FROM ledger_head";

const EVENTS: &str = "
INSERT INTO events (era, transaction, ordinal, recorded_at, kind, commitment, salt, body)
SELECT $1, sequence, 0, recorded_at, kind, commitment, salt, body
FROM UNNEST($2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[])
    AS event (sequence, recorded_at, kind, commitment, salt, body)";

const LEDGER: &str = "
INSERT INTO ledger (sequence, era, transaction, ordinal, chain)
SELECT sequence, $1, sequence, 0, chain
FROM UNNEST($2::bigint[], $3::bytea[]) AS event (sequence, chain)";

/// The first one counts, as it is the one that is replayed.
const REQUESTS: &str = "
INSERT INTO requests (request, content, era, transaction, ordinal)
SELECT request, content, $1, sequence, 0
FROM UNNEST($2::bytea[], $3::bytea[], $4::bigint[]) AS new (request, content, sequence)
ON CONFLICT DO NOTHING";

const DRAFT: &str = "INSERT INTO drafts (home_id, period, version, draft) VALUES ($1, $2, $3, $4)";

const HEAD: &str = "
UPDATE ledger_head SET sequence = $1, chain = $2, era = era + 1, transaction = 0, ordinal = -1";

/// Reads a file to its end into the transaction that the client is in.
async fn take(
    client: &Client,
    file: &mut (dyn BufRead + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let era = empty_era(client).await?;
    let mut file = LedgerFile::begin(file)?;
    let mut group: Vec<MovedEvent> = Vec::new();
    let mut bytes = 0;
    loop {
        let item = file.next()?;
        let is_full = group.len() >= GROUP_EVENTS_MAX || bytes >= GROUP_BYTES_MAX;
        if is_full || (!matches!(item, Item::Event(_)) && !group.is_empty()) {
            put(client, era, &group).await?;
            progress(group.last().map_or(0, |last| last.sequence));
            group.clear();
            bytes = 0;
        }
        match item {
            Item::Event(event) => {
                bytes += event.stored_bytes_max();
                group.push(event);
            }
            Item::Draft(home, period, draft) => put_draft(client, &home, period, &draft).await?,
            Item::End(moved) => {
                put_head(client, &moved).await?;
                return Ok(moved);
            }
        }
    }
}

/// The era for what comes in: nothing else is in the database.
async fn empty_era(client: &Client) -> Result<i32, MoveError> {
    let held = client.query_typed_one(HELD, &[]).await;
    let held = held.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
    let (era, events, drafts): (i32, i64, i64) = held.map_err(failed)?;
    if events == 0 && drafts == 0 {
        return Ok(era);
    }
    Err(MoveError::NotEmpty(format!(
        "the database holds {events} events and {drafts} drafts already: a ledger is taken into an \
         empty database only, in which neither `init` nor a broker has been at work"
    )))
}

async fn put(client: &Client, era: i32, group: &[MovedEvent]) -> Result<(), MoveError> {
    let sequences: Vec<i64> = group.iter().map(|event| stored(event.sequence)).collect();
    let times: Vec<&str> = group.iter().map(|e| e.recorded_at.as_str()).collect();
    let kinds: Vec<&str> = group.iter().map(|event| event.kind.as_str()).collect();
    let commitments: Vec<&[u8]> = group.iter().map(|event| &event.commitment.0[..]).collect();
    let chains: Vec<&[u8]> = group.iter().map(|event| &event.chain.0[..]).collect();
    let said = || group.iter().map(|event| event.said.as_ref());
    let salts: Vec<Option<&[u8]>> = said().map(|said| Some(&said?.salt[..])).collect();
    let bodies: Vec<Option<&str>> = said().map(|said| Some(said?.body.as_str())).collect();
    let events: [(&(dyn ToSql + Sync), Type); 7] = [
        (&era, Type::INT4),
        (&sequences, Type::INT8_ARRAY),
        (&times, Type::TEXT_ARRAY),
        (&kinds, Type::TEXT_ARRAY),
        (&commitments, Type::BYTEA_ARRAY),
        (&salts, Type::BYTEA_ARRAY),
        (&bodies, Type::TEXT_ARRAY),
    ];
    let ledger: [(&(dyn ToSql + Sync), Type); 3] = [
        (&era, Type::INT4),
        (&sequences, Type::INT8_ARRAY),
        (&chains, Type::BYTEA_ARRAY),
    ];
    client
        .execute_typed(EVENTS, &events)
        .await
        .map_err(failed)?;
    client
        .execute_typed(LEDGER, &ledger)
        .await
        .map_err(failed)?;
    let opened = opened(era, group)?;
    put_requests(client, era, &opened).await?;
    project_opened(client, &opened)
        .await
        .map_err(MoveError::store)
}

/// The events that say something, as they are read.
fn opened(era: i32, group: &[MovedEvent]) -> Result<Vec<(EventAt, Opened)>, MoveError> {
    let mut opened = Vec::with_capacity(group.len());
    for event in group {
        let Some(said) = &event.said else {
            continue;
        };
        let at = EventAt {
            era,
            transaction: stored(event.sequence),
            ordinal: 0,
        };
        let own = read_body(event.sequence, &event.kind, said.body.as_bytes());
        opened.push((at, own.map_err(MoveError::store)?));
    }
    Ok(opened)
}

async fn put_requests(
    client: &Client,
    era: i32,
    opened: &[(EventAt, Opened)],
) -> Result<(), MoveError> {
    let (mut requests, mut contents, mut sequences) = (Vec::new(), Vec::new(), Vec::new());
    for (at, own) in opened {
        if let Some(idempotency) = &own.idempotency {
            requests.push(&idempotency.request.as_bytes()[..]);
            contents.push(&idempotency.content.as_bytes()[..]);
            sequences.push(at.transaction);
        }
    }
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&era, Type::INT4),
        (&requests, Type::BYTEA_ARRAY),
        (&contents, Type::BYTEA_ARRAY),
        (&sequences, Type::INT8_ARRAY),
    ];
    let put = client.execute_typed(REQUESTS, &params).await;
    put.map(drop).map_err(failed)
}

async fn put_draft(
    client: &Client,
    home: &HomeId,
    period: Period,
    draft: &Draft,
) -> Result<(), MoveError> {
    let (home, period) = (home.as_str(), period.to_string());
    let version = draft.version.to_string();
    let text = serde_json::to_string(draft).expect("a draft is made of texts and lists");
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&home, Type::TEXT),
        (&period, Type::TEXT),
        (&version, Type::TEXT),
        (&text, Type::TEXT),
    ];
    let put = client.execute_typed(DRAFT, &params).await;
    put.map(drop).map_err(failed)
}

async fn put_head(client: &Client, moved: &Moved) -> Result<(), MoveError> {
    let sequence = stored(moved.events);
    let chain = &moved.head_chain.0[..];
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&sequence, Type::INT8), (&chain, Type::BYTEA)];
    let put = client.execute_typed(HEAD, &params).await;
    put.map(drop).map_err(failed)
}
