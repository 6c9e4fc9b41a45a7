//! The store in PostgreSQL, which several brokers share.
//!
//! ```text
//! events, ledger        what happened, and its order: the truth
//! *_revisions, requests what an append is checked against, in its own transaction
//! drafts                what people have typed and not sent
//! passing               links that were mailed, sessions of browsers; gone after a crash
//! everything else       projections of the events, for whoever asks the database by SQL
//! ```
//!
//! A request goes through `inbox` to the `writer`, which `record`s what waits as one transaction;
//! `follow` seals it (`seal`), has the index take it in, and tells.
//!
//! Invariants:
//! - An event that was acknowledged is committed, and in the ledger under the sequence told.
//! - The order of the ledger is the order of (era, transaction, ordinal): an event is sealed when
//!   no transaction before its own can still record one, so that sealing again gives the same.
//! - Reads are of this broker's index, which follows the ledger; writes are checked against the
//!   database, so that a read that is behind never makes a wrong write.

mod address;
mod admit;
mod analyst;
mod bodies;
mod connect;
mod drafts;
mod fault;
mod feed;
mod follow;
mod inbox;
mod key;
mod line;
mod listen;
mod migrate;
mod moving;
mod open;
mod options;
mod outage;
mod passing;
mod pipeline;
mod place;
mod project;
mod rebuild;
mod receive;
mod record;
mod retry;
mod seal;
mod session;
mod within;
mod writer;

#[cfg(test)]
mod schema_lint;
#[cfg(test)]
#[expect(dead_code, reason = "what these tests leave unused, others use")]
#[path = "../../tests/throwaway/postgres.rs"]
mod throwaway;
#[cfg(test)]
mod trial;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use metrics::Histogram;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

pub use fault::OpenError;
pub use moving::{Verified, export_ledger, verify};
pub use options::{Options, Tls};
pub use receive::import_ledger;

use self::bodies::DatabaseBodies;
use self::connect::Database;
use self::follow::Reached;
use self::inbox::{Inbox, Status};
use self::listen::Listener;
use self::passing::DatabasePassing;
use super::index::{Backend, Index, MemoryRecords, Request};
use super::{Append, Appended, Entropy, PassingStore, PutDraft, StoreError, envelope};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::spans;

/// How long a caller waits until what was recorded has its place, in times of a statement.
const ANSWER_STATEMENTS: u32 = 3;

/// How long the database may be silent: then what this broker reads may be long past, and it lets
/// nobody in.
const SILENCE_MAX: Duration = Duration::from_secs(10);

type DatabaseIndex = Index<MemoryRecords, DatabaseBodies>;

/// A store in a database.
pub struct PostgresStore {
    database: Database,
    index: Arc<DatabaseIndex>,
    inbox: Inbox,
    status: Arc<watch::Sender<Status>>,
    reached: Arc<Reached>,
    passing: DatabasePassing,
    entropy: Arc<dyn Entropy>,
    append_duration: Histogram,
    /// Wakes whoever follows.
    _listener: Listener,
}

/// How a store is, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// Requests that wait for the writer.
    pub queue_requests: u64,
    /// Their bytes.
    pub queue_bytes: u64,
    /// Events that this broker has read.
    pub ledger_events: u64,
    /// How long ago the database was last heard.
    pub silence: Duration,
    /// Connections to the database.
    pub connections: u64,
    /// Callers that wait for one.
    pub connections_waiting: u64,
    /// The caches by name, with how often each could answer, and could not.
    pub caches: [(&'static str, u64, u64); 3],
}

impl PostgresStore {
    /// Takes no more, and waits until what was taken is told.
    pub async fn close(&self) {
        self.inbox.close();
        let mut status = self.status.subscribe();
        let ended = status.wait_for(|status| *status != Status::Serving);
        // A database that is away does not hold up a stop: what was recorded is recorded.
        if timeout(self.answer_deadline(), ended).await.is_err() {
            tracing::warn!("the store closes before everyone was told what became of theirs");
        }
        self.database.close();
    }

    /// Ends, with the reason, when the store has stopped; never before.
    pub fn stopped(&self) -> impl Future<Output = String> + Send + use<> {
        let mut status = self.status.subscribe();
        async move {
            loop {
                if let Status::Stopped(why) = status.borrow_and_update().clone() {
                    return why;
                }
                if status.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    fn answer_deadline(&self) -> Duration {
        self.database.statement_deadline() * ANSWER_STATEMENTS
    }

    /// How the store is.
    pub fn measures(&self) -> Measures {
        let (queue_requests, queue_bytes) = self.inbox.waiting();
        let connections = self.database.connections();
        Measures {
            queue_requests,
            queue_bytes,
            ledger_events: self.reached.head().sequence,
            silence: self.reached.silence(),
            connections: connections.open as u64,
            connections_waiting: connections.waiting as u64,
            caches: self.index.readings(),
        }
    }
}

#[async_trait]
impl Backend for PostgresStore {
    type Records = MemoryRecords;
    type Bodies = DatabaseBodies;

    fn index(&self) -> &DatabaseIndex {
        &self.index
    }

    async fn record(&self, append: Append) -> Result<Appended, StoreError> {
        let begun = Instant::now();
        let span = spans::append();
        let request = Request::of(&append)?;
        let sealed = envelope::seal(&append, self.entropy.as_ref())?;
        let answer = self.inbox.put(append, request, sealed, span.clone())?;
        match timeout(self.answer_deadline(), answer).await {
            Ok(Ok(answered)) => {
                self.append_duration.record(begun.elapsed());
                answered
            }
            Ok(Err(_)) => match self.inbox.state() {
                Err(error @ StoreError::Stopped(_)) => Err(error),
                _ => Err(StoreError::Unsure("the store ended".to_owned())),
            },
            Err(_) => Err(StoreError::Unsure(
                "it has no place in the ledger yet, or the database does not answer".to_owned(),
            )),
        }
    }

    async fn kept_draft(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Option<Arc<Draft>>, StoreError> {
        let read = drafts::read(&self.database, home, period).await?;
        Ok(read.map(Arc::new))
    }

    async fn keep_draft(&self, put: PutDraft) -> Result<bool, StoreError> {
        drafts::put(&self.database, &put).await
    }

    fn passing_store(&self) -> &dyn PassingStore {
        &self.passing
    }

    fn state(&self) -> Result<(), StoreError> {
        self.inbox.state()?;
        self.is_recent()
    }

    fn is_recent(&self) -> Result<(), StoreError> {
        let silence = self.reached.silence();
        if silence > SILENCE_MAX {
            let seconds = silence.as_secs();
            let why = format!("the database has not been heard for {seconds} seconds");
            return Err(StoreError::Busy(why));
        }
        Ok(())
    }
}
