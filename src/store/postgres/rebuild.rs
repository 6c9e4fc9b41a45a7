//! Makes the projections anew from the events, when a version of the program says something else in
//! them.
//!
//! Invariant: the version that the database notes is that of every row in its projections.

use tokio_postgres::{Client, Error};

use super::line::Session;
use super::place::EventAt;
use super::project::{Placed, TABLES, project};
use super::retry::told;
use crate::store::StoreError;
use crate::store::envelope::{Opened, read_body};

/// Events read at once: a few megabytes of the largest usual size.
const BATCH_EVENTS: i64 = 500;

/// The version of what is projected: raised by whoever changes what a row says of an event.
const VERSION: i32 = 1;

/// Why the projections could not be made anew. They are as they were.
#[derive(Debug, thiserror::Error)]
pub(super) enum RebuildError {
    /// The database failed.
    #[error("{0}")]
    Database(String),
    /// An event does not read back.
    #[error(transparent)]
    Event(#[from] StoreError),
}

impl From<Error> for RebuildError {
    fn from(error: Error) -> Self {
        Self::Database(told(&error))
    }
}

/// Makes the projections anew if they are of another version than this program's.
///
/// # Errors
/// As [`rebuild`].
pub(super) async fn rebuild_outdated(client: &mut Client) -> Result<(), RebuildError> {
    let sql = "SELECT version FROM projection";
    let held: i32 = client.query_typed_one(sql, &[]).await?.try_get(0)?;
    if held != VERSION {
        let events = rebuild(client).await?;
        tracing::info!(events, "the projections were made anew");
    }
    Ok(())
}

/// Empties the projections and makes them again from the events, in their order: all of it in one
/// transaction, so that nobody sees half of it and a failure leaves them as they were. Whoever
/// records events or reads projections waits until it is done. Erased events say nothing.
///
/// # Errors
/// What failed; nothing has changed then.
pub(super) async fn rebuild(client: &mut Client) -> Result<u64, RebuildError> {
    let transaction = client.transaction().await?;
    let emptied = format!(
        "LOCK TABLE events IN SHARE MODE; TRUNCATE {}",
        TABLES.join(", ")
    );
    transaction.batch_execute(&emptied).await?;
    let mut done = 0;
    let mut after = EventAt::START;
    while let Some(last) = rebuild_batch(transaction.client(), after, &mut done).await? {
        after = last;
    }
    let noted = format!("UPDATE projection SET version = {VERSION}");
    transaction.batch_execute(&noted).await?;
    transaction.commit().await?;
    Ok(done)
}

/// Projects the events after a place; the place of the last of them, none if there was none.
async fn rebuild_batch(
    client: &Client,
    after: EventAt,
    done: &mut u64,
) -> Result<Option<EventAt>, RebuildError> {
    let sql = format!(
        "SELECT era, transaction, ordinal, kind, body FROM events \
         WHERE (era, transaction, ordinal) > ({}, {}, {}) \
         ORDER BY era, transaction, ordinal LIMIT {BATCH_EVENTS}",
        after.era, after.transaction, after.ordinal
    );
    let rows = client.query_typed(&sql, &[]).await?;
    let mut last = None;
    let mut opened: Vec<(EventAt, Opened)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let at = EventAt {
            era: row.get(0),
            transaction: row.get(1),
            ordinal: row.get(2),
        };
        last = Some(at);
        *done += 1;
        if let Some(body) = row.get::<_, Option<&str>>(4) {
            // Where it stands in the ledger is not known here: the count says which it was.
            opened.push((at, read_body(*done, row.get(3), body.as_bytes())?));
        }
    }
    project_opened(client, &opened).await?;
    Ok(last)
}

/// Projects events as they were read, in the transaction that the client is in.
pub(super) async fn project_opened(
    client: &Client,
    opened: &[(EventAt, Opened)],
) -> Result<(), RebuildError> {
    let noted = opened.iter().map(|(_, own)| own.note());
    let noted = noted.collect::<Result<Vec<_>, _>>()?;
    let placed: Vec<Placed<'_>> = (opened.iter().zip(&noted))
        .map(|((at, own), noted)| Placed {
            at: *at,
            noted,
            event: &own.recorded.event,
        })
        .collect();
    Ok(project(Session::plain(client), &placed).await?)
}
