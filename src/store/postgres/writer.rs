//! The writer: takes what waits, records it as one transaction, and hands on what is to be told
//! once it has its place in the ledger.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Histogram, counter, histogram};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};
use tracing::Span;

use super::DatabaseIndex;
use super::connect::Database;
use super::follow::Reached;
use super::inbox::{Answer, Waiting};
use super::line::Line;
use super::place::EventAt;
use super::record::{Again, Decided, Done, Failure, Outcome, Terms, Trace, record};
use super::retry::Backoff;
use super::session::begin_recording;
use super::within::reading;
use crate::spans;
use crate::store::index::Noted;
use crate::store::ledger::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX};
use crate::store::limits::{GROUP_BYTES_MAX, GROUP_REQUESTS_MAX};
use crate::store::{Appended, StoreError};

/// How often a group is tried: others may stand in its way a few times, and a server that takes
/// over from another needs some seconds.
const TRIES_MAX: u32 = 12;

/// The waits between tries: from the time of a transaction to that of a server taking over.
const AGAIN_FIRST: Duration = Duration::from_millis(5);
const AGAIN_LONGEST: Duration = Duration::from_secs(1);

/// How often it is asked whether a transaction went through, before its callers are told that
/// nobody knows.
const ASKED_MAX: u32 = 12;

/// Groups that are recorded and wait for their places: a sealing or two, while further ones are
/// recorded.
pub(super) const GROUPS_AHEAD_MAX: usize = 4;

/// A request whose answer is known, or will be once the index holds the ledger far enough.
pub(super) struct Owed {
    pub(super) decided: Decided,
    pub(super) reply: oneshot::Sender<Answer>,
    /// From when it was recorded to when its place is told.
    sealing: Span,
}

/// A group that was recorded.
pub(super) struct Recorded {
    pub(super) noted: Vec<(EventAt, Noted)>,
    pub(super) owed: Vec<Owed>,
}

/// The writer.
pub(super) struct Writer {
    database: Database,
    inbox: mpsc::Receiver<Waiting>,
    /// To whoever seals and follows.
    recorded: mpsc::Sender<Recorded>,
    /// The request that did not fit into the last group.
    next: Option<Waiting>,
    terms: Terms,
    /// Over which groups are recorded.
    line: Option<Line>,
    group_requests: Histogram,
}

impl Writer {
    pub(super) fn new(
        database: Database,
        inbox: mpsc::Receiver<Waiting>,
        recorded: mpsc::Sender<Recorded>,
        (index, reached): (Arc<DatabaseIndex>, Arc<Reached>),
    ) -> Self {
        let terms = Terms {
            index,
            reached,
            begin: begin_recording(database.statement_deadline()),
            deadline: database.answer_deadline(),
        };
        Self {
            database,
            inbox,
            recorded,
            next: None,
            terms,
            line: None,
            group_requests: histogram!("askonce.store.group.requests"),
        }
    }

    /// Records until the inbox is closed and empty.
    pub(super) async fn run(mut self) {
        while let Some(group) = self.group().await {
            self.group_requests
                .record(u32::try_from(group.len()).unwrap_or(u32::MAX));
            self.record(group).await;
        }
    }

    /// What waits, up to the bounds of a group; none once the inbox is closed and empty.
    async fn group(&mut self) -> Option<Vec<Waiting>> {
        let first = match self.next.take() {
            Some(next) => next,
            None => self.inbox.recv().await?,
        };
        let (mut bytes, mut events) = (first.bytes, first.sealed.len());
        let mut group = vec![first];
        while group.len() < GROUP_REQUESTS_MAX && bytes < GROUP_BYTES_MAX {
            let Ok(waiting) = self.inbox.try_recv() else {
                break;
            };
            bytes += waiting.bytes;
            events += waiting.sealed.len();
            if bytes > FRAME_BYTES_MAX || events > FRAME_EVENTS_MAX {
                self.next = Some(waiting);
                break;
            }
            group.push(waiting);
        }
        Some(group)
    }

    /// Records a group; requests that the database refuses together are tried one by one, so that
    /// one does not fail the others.
    async fn record(&mut self, group: Vec<Waiting>) {
        match self.try_record(&group).await {
            Ok(done) => self.hand_on(group, done).await,
            Err(StoreError::Damaged(_)) if group.len() > 1 => {
                for waiting in group {
                    let alone = vec![waiting];
                    match self.try_record(&alone).await {
                        Ok(done) => self.hand_on(alone, done).await,
                        Err(error) => refuse(alone, &error),
                    }
                }
            }
            Err(error) => refuse(group, &error),
        }
    }

    async fn hand_on(&self, group: Vec<Waiting>, done: Done) {
        let owed = group.into_iter().zip(done.decided);
        let owed = owed.map(|(waiting, decided)| Owed {
            sealing: match &decided.outcome {
                Outcome::Known(_) => Span::none(),
                Outcome::Recorded(_) | Outcome::Replayed(_) => spans::seal(&waiting.span),
            },
            decided,
            reply: waiting.reply,
        });
        let recorded = Recorded {
            noted: done.noted,
            owed: owed.collect(),
        };
        // Who follows ends after the writer, unless it found damage; the callers are then told by
        // their replies being dropped.
        let _stopped = self.recorded.send(recorded).await;
    }

    async fn try_record(&mut self, group: &[Waiting]) -> Result<Done, StoreError> {
        let mut backoff = Backoff::new(self.database.entropy(), AGAIN_FIRST, AGAIN_LONGEST);
        let mut why = String::new();
        for _ in 0..TRIES_MAX {
            match self.once(group).await {
                Ok(done) => return Ok(done),
                Err(Failure::Never(why)) => {
                    return Err(StoreError::Damaged(format!("it is not recorded: {why}")));
                }
                Err(Failure::Unsure(trace, done)) => {
                    counter!("askonce.store.retries", "reason" => "connection").increment(1);
                    if self.went_through(trace).await? {
                        return Ok(done);
                    }
                }
                Err(Failure::Again(again)) => {
                    counter!("askonce.store.retries", "reason" => again.reason).increment(1);
                    why = again.why;
                }
            }
            sleep_until(Instant::now() + backoff.wait()).await;
        }
        Err(StoreError::Busy(why))
    }

    async fn once(&mut self, group: &[Waiting]) -> Result<Done, Failure> {
        let _until_it_ended = spans::transactions(group.iter().map(|waiting| &waiting.span));
        let line = self.database.line(self.line.take()).await;
        let mut line =
            line.map_err(|error| Failure::Again(Again::connection(error.to_string())))?;
        let recorded = record(&mut line, &self.terms, group).await;
        if recorded.is_ok() {
            self.line = Some(line);
        } else {
            self.database.give_up(line.into_client());
        }
        recorded
    }

    /// Whether a transaction of which the database did not say went through.
    ///
    /// # Errors
    /// [`StoreError::Unsure`] if it cannot be found out.
    async fn went_through(&self, trace: Trace) -> Result<bool, StoreError> {
        let mut backoff = Backoff::new(self.database.entropy(), AGAIN_FIRST, AGAIN_LONGEST);
        for _ in 0..ASKED_MAX {
            match self.ask(trace).await {
                Ok(Some(went)) => return Ok(went),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "the database cannot say yet what it recorded");
                }
            }
            sleep_until(Instant::now() + backoff.wait()).await;
        }
        Err(StoreError::Unsure("the database broke off".to_owned()))
    }

    /// What the database says of a transaction; none while it is under way.
    async fn ask(&self, trace: Trace) -> Result<Option<bool>, StoreError> {
        let Trace { at, commitment } = trace;
        let commitment = &commitment.0[..];
        let transaction: [(&(dyn ToSql + Sync), Type); 1] = [(&at.transaction, Type::INT8)];
        let event: [(&(dyn ToSql + Sync), Type); 4] = [
            (&at.era, Type::INT4),
            (&at.transaction, Type::INT8),
            (&at.ordinal, Type::INT4),
            (&commitment, Type::BYTEA),
        ];
        let asked = async |client: &Client| {
            // Before the event is looked for: what ends between is there to be found.
            let ended = client.query_typed_one(HAS_ENDED, &transaction).await?;
            if !ended.try_get::<_, bool>(0)? {
                return Ok(None);
            }
            let found = client.query_typed_one(IS_THERE, &event).await?;
            found.try_get::<_, bool>(0).map(Some)
        };
        reading(&self.database, asked).await
    }
}

/// Whether a transaction has ended. One whose number the server has not come to is one that it
/// never heard of: it took over from another.
const HAS_ENDED: &str = "
SELECT CASE
    WHEN $1 >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN true
    ELSE pg_xact_status($1::text::xid8) IS DISTINCT FROM 'in progress'
END";

/// Whether an event is there, and this very one.
const IS_THERE: &str = "
SELECT EXISTS (SELECT FROM events
    WHERE (era, transaction, ordinal, commitment) = ($1, $2, $3, $4))";

fn refuse(group: Vec<Waiting>, error: &StoreError) {
    for waiting in group {
        let _caller_may_be_gone = waiting.reply.send(Err(error.clone()));
    }
}

impl Owed {
    /// The event whose place is to be told.
    pub(super) fn place(&self) -> Option<EventAt> {
        match &self.decided.outcome {
            Outcome::Recorded(at) | Outcome::Replayed(at) => Some(*at),
            Outcome::Known(_) => None,
        }
    }

    /// Whether an index that holds the ledger so far has what it waits for.
    pub(super) fn is_due(&self, head: EventAt) -> bool {
        self.decided.through.is_none_or(|through| through <= head)
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Tells what became of the request; `first` gives the place of an event.
    pub(super) fn settle(self, first: impl FnOnce(EventAt) -> Option<u64>) {
        let answer = match self.decided.outcome {
            Outcome::Known(appended) => Some(appended),
            Outcome::Recorded(at) => first(at).map(|first| Appended::Recorded { first }),
            Outcome::Replayed(at) => first(at).map(|first| Appended::Replayed { first }),
        };
        let answer = answer.ok_or_else(|| StoreError::Unsure("its place is lost".to_owned()));
        drop(self.sealing);
        let _caller_may_be_gone = self.reply.send(answer);
    }
}
