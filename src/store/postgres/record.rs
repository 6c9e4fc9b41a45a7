//! One group of requests in one transaction: checked, then written with everything that follows
//! from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::DatabaseIndex;
use super::admit::{Before, OWN};
use super::follow::Reached;
use super::inbox::Waiting;
use super::key::{Row, TABLES, Table};
use super::line::{Line, Param, Session};
use super::place::EventAt;
use super::project::{Placed, project};
use super::retry::{is_broken, is_of_another_line, is_retryable, told};
use crate::store::index::{Group, Noted};
use crate::store::ledger::{Digest, NewEvent};
use crate::store::{Appended, StoreError};

/// What became of a request, as far as is known before its events have their place.
pub(super) enum Outcome {
    /// Its events are recorded, the first here.
    Recorded(EventAt),
    /// It was recorded before, its first event here.
    Replayed(EventAt),
    /// Nothing is left to be found out.
    Known(Appended),
}

/// A request's outcome, to be told once the index holds the ledger through an event.
pub(super) struct Decided {
    pub(super) outcome: Outcome,
    pub(super) through: Option<EventAt>,
}

/// What a transaction recorded, and what becomes of each request of its group.
pub(super) struct Done {
    pub(super) noted: Vec<(EventAt, Noted)>,
    pub(super) decided: Vec<Decided>,
}

/// Why a group was not recorded.
pub(super) enum Failure {
    /// Certainly not; trying again may help.
    Again(Again),
    /// Certainly not, and trying again does not help.
    Never(String),
    /// The database broke off before it said.
    Unsure(Trace, Done),
}

/// Why to try again.
pub(super) struct Again {
    pub(super) why: String,
    /// The same in a word, to be counted by.
    pub(super) reason: &'static str,
}

impl Again {
    /// The database is away, or does not answer.
    pub(super) fn connection(why: String) -> Self {
        Self {
            why,
            reason: "connection",
        }
    }
}

/// By which a transaction is recognised later.
#[derive(Clone, Copy)]
pub(super) struct Trace {
    pub(super) at: EventAt,
    pub(super) commitment: Digest,
}

/// What is to be written of a group.
struct Plan<'a> {
    /// The requests that are recorded.
    admitted: Vec<&'a Waiting>,
    decided: Vec<Decided>,
}

/// How a group is recorded.
pub(super) struct Terms {
    /// What the transaction begins with.
    pub(super) begin: String,
    /// How long to wait for the answers to what is sent at once.
    pub(super) deadline: Duration,
    pub(super) index: Arc<DatabaseIndex>,
    pub(super) reached: Arc<Reached>,
}

/// Records a group. After a failure the connection is to be given up: it may be anywhere.
pub(super) async fn record(
    line: &mut Line,
    terms: &Terms,
    group: &[Waiting],
) -> Result<Done, Failure> {
    let opened = timeout(terms.deadline, line.session()).await;
    let opened = opened.map_err(|_| Failure::Again(Again::connection(silent())))?;
    let session = opened.map_err(|error| certain(&error))?;
    let reading = async {
        tokio::join!(
            biased;
            session.batch_execute(&terms.begin),
            Before::read(session, group, &terms.index, &terms.reached)
        )
    };
    let read = timeout(terms.deadline, reading).await;
    let (begun, before) = read.map_err(|_| Failure::Again(Again::connection(silent())))?;
    let before = begun.and(before).map_err(|error| certain(&error))?;
    let plan = plan(&before, group).map_err(|error| Failure::Never(error.to_string()))?;
    if plan.admitted.is_empty() {
        // What must stay absent may have got a row, which no one needs.
        let ended = session.batch_execute("ROLLBACK").await;
        ended.map_err(|error| certain(&error))?;
        return Ok(Done {
            noted: Vec::new(),
            decided: plan.decided,
        });
    }
    let noted = noted(&before, &plan.admitted);
    let done = Done {
        noted,
        decided: plan.decided,
    };
    let written = timeout(terms.deadline, write(session, &before, &plan.admitted)).await;
    match written {
        Ok(Ok(())) => Ok(done),
        Ok(Err(error)) if !is_broken(&error) => Err(certain(&error)),
        Ok(Err(_)) | Err(_) => {
            let first = &plan.admitted[0].sealed[0];
            let trace = Trace {
                at: before.own(0),
                commitment: *first.commitment(),
            };
            Err(Failure::Unsure(trace, done))
        }
    }
}

fn silent() -> String {
    "the database does not answer".to_owned()
}

/// A failure of which it is known that nothing was written.
fn certain(error: &Error) -> Failure {
    let why = told(error);
    if is_broken(error) || is_of_another_line(error) {
        return Failure::Again(Again::connection(why));
    }
    let reason = match error.code() {
        Some(code) if *code == SqlState::T_R_DEADLOCK_DETECTED => "deadlock",
        _ if is_retryable(error) => "serialization",
        // Another broker took the same row between our looking and our writing.
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => "serialization",
        // It took too long, or the server has no room for now.
        Some(code) if *code == SqlState::QUERY_CANCELED || code.code().starts_with("53") => "busy",
        _ => return Failure::Never(why),
    };
    Failure::Again(Again { why, reason })
}

/// Decides on each request, as if those before it were written.
fn plan<'a>(before: &Before<'_>, group: &'a [Waiting]) -> Result<Plan<'a>, StoreError> {
    let mut plan = Plan {
        admitted: Vec::new(),
        decided: Vec::new(),
    };
    let mut admitting = Group::from(OWN);
    for waiting in group {
        let admitted = admitting.admit(before, &waiting.request)?;
        let (outcome, through) = match admitted {
            Appended::Recorded { first } => {
                plan.admitted.push(waiting);
                let events = waiting.sealed.len();
                let last = before.at(first + events as u64 - 1);
                (Outcome::Recorded(before.at(first)), Some(last))
            }
            Appended::Replayed { first } => {
                let at = before.at(first);
                (Outcome::Replayed(at), Some(at))
            }
            Appended::Conflict { keys } => {
                // Whoever reads again is to see what it lost against.
                let through = before.last_change(&keys);
                (Outcome::Known(Appended::Conflict { keys }), through)
            }
            reused @ Appended::RequestIdReused => (Outcome::Known(reused), None),
        };
        plan.decided.push(Decided { outcome, through });
    }
    Ok(plan)
}

/// What a transaction's events say, with where each goes.
fn noted(before: &Before<'_>, admitted: &[&Waiting]) -> Vec<(EventAt, Noted)> {
    let noted = admitted.iter().flat_map(|waiting| &waiting.request.noted);
    let placed = noted.enumerate();
    placed
        .map(|(ordinal, noted)| (before.own(ordinal), noted.clone()))
        .collect()
}

/// Writes the events and all that follows from them, and commits.
async fn write(
    session: Session<'_>,
    before: &Before<'_>,
    admitted: &[&Waiting],
) -> Result<(), Error> {
    let (events, requests) = (
        insert_events(session, before, admitted),
        insert_requests(session, before, admitted),
    );
    let revisions = put_revisions(session, before, admitted);
    let placed = placed(before, admitted);
    let (events, requests, revisions, projected, committed) = tokio::join!(
        biased;
        events,
        requests,
        revisions,
        project(session, &placed),
        session.batch_execute("COMMIT")
    );
    events?;
    requests?;
    revisions?;
    projected?;
    committed
}

/// The transaction's events as they are projected.
fn placed<'a>(before: &Before, admitted: &[&'a Waiting]) -> Vec<Placed<'a>> {
    let noted = admitted.iter().flat_map(|waiting| &waiting.request.noted);
    let events = admitted.iter().flat_map(|waiting| &waiting.append.events);
    let both = noted.zip(events).enumerate();
    both.map(|(ordinal, (noted, event))| Placed {
        at: before.own(ordinal),
        noted,
        event,
    })
    .collect()
}

const INSERT_EVENTS: &str = "
INSERT INTO events (era, transaction, ordinal, recorded_at, kind, commitment, salt, body)
SELECT $1, $2, ordinality - 1, $3, kind, commitment, salt, body
FROM UNNEST($4::text[], $5::bytea[], $6::bytea[], $7::text[]) WITH ORDINALITY
    AS event (kind, commitment, salt, body, ordinality)";

async fn insert_events(
    session: Session<'_>,
    before: &Before<'_>,
    admitted: &[&Waiting],
) -> Result<u64, Error> {
    let at = admitted.iter().map(|waiting| waiting.append.at).max();
    let at = at.unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let events = || admitted.iter().flat_map(|waiting| &waiting.sealed);
    let kinds: Vec<&str> = events().map(NewEvent::kind).collect();
    let commitments: Vec<&[u8]> = events().map(|event| &event.commitment().0[..]).collect();
    let salts: Vec<&[u8]> = events().map(|event| &event.salt()[..]).collect();
    let text = |bytes| std::str::from_utf8(bytes).expect("an event's body is JSON, which is text");
    let bodies: Vec<&str> = events().map(|event| text(event.body())).collect();
    let params: [Param<'_>; 7] = [
        (&before.era, Type::INT4),
        (&before.transaction, Type::INT8),
        (&at, Type::TEXT),
        (&kinds, Type::TEXT_ARRAY),
        (&commitments, Type::BYTEA_ARRAY),
        (&salts, Type::BYTEA_ARRAY),
        (&bodies, Type::TEXT_ARRAY),
    ];
    session.execute(INSERT_EVENTS, &params).await
}

const INSERT_REQUESTS: &str = "
INSERT INTO requests (request, content, era, transaction, ordinal)
SELECT request, content, $1, $2, ordinal
FROM UNNEST($3::bytea[], $4::bytea[], $5::int[]) AS new (request, content, ordinal)
ORDER BY request";

async fn insert_requests(
    session: Session<'_>,
    before: &Before<'_>,
    admitted: &[&Waiting],
) -> Result<u64, Error> {
    let (mut requests, mut contents, mut ordinals) = (Vec::new(), Vec::new(), Vec::new());
    let mut ordinal = 0;
    for waiting in admitted {
        if let Some(idempotency) = &waiting.request.idempotency {
            requests.push(&idempotency.request.as_bytes()[..]);
            contents.push(&idempotency.content.as_bytes()[..]);
            ordinals.push(before.own(ordinal).ordinal);
        }
        ordinal += waiting.sealed.len();
    }
    if requests.is_empty() {
        return Ok(0);
    }
    let params: [Param<'_>; 5] = [
        (&before.era, Type::INT4),
        (&before.transaction, Type::INT8),
        (&requests, Type::BYTEA_ARRAY),
        (&contents, Type::BYTEA_ARRAY),
        (&ordinals, Type::INT4_ARRAY),
    ];
    session.execute(INSERT_REQUESTS, &params).await
}

/// Which event of this group changes each row last.
fn changes(before: &Before<'_>, admitted: &[&Waiting]) -> BTreeMap<Row, i32> {
    let keys = admitted.iter().flat_map(|waiting| &waiting.request.keys);
    let mut changes = BTreeMap::new();
    for (ordinal, keys) in keys.enumerate() {
        for key in keys {
            changes.insert(Row::of(key), before.own(ordinal).ordinal);
        }
    }
    changes
}

async fn put_revisions(
    session: Session<'_>,
    before: &Before<'_>,
    admitted: &[&Waiting],
) -> Result<(), Error> {
    let changes = changes(before, admitted);
    let mut statements = Vec::new();
    for table in TABLES {
        for is_there in [true, false] {
            let of_table = changes
                .iter()
                .filter(|(row, _)| row.table == table && before.has(row) == is_there);
            let rows: Vec<(&Row, i32)> = of_table.map(|(row, ordinal)| (row, *ordinal)).collect();
            if !rows.is_empty() {
                statements.push(put(session, before, table, is_there, rows));
            }
        }
    }
    super::pipeline::all(statements).await.map(drop)
}

async fn put(
    session: Session<'_>,
    before: &Before<'_>,
    table: Table,
    is_there: bool,
    rows: Vec<(&Row, i32)>,
) -> Result<u64, Error> {
    let owners: Vec<&str> = rows.iter().map(|(row, _)| row.owner.as_str()).collect();
    let keys: Vec<&str> = rows.iter().map(|(row, _)| row.key.as_str()).collect();
    let ordinals: Vec<i32> = rows.iter().map(|(_, ordinal)| *ordinal).collect();
    let name = table.name();
    let new = "UNNEST($3::text[], $4::text[], $5::int[]) AS new (owner, key, ordinal)";
    let owner = table.owner();
    let statement = if is_there {
        let same = owner.map_or(String::new(), |owner| format!("r.{owner} = new.owner AND "));
        format!(
            "UPDATE {name} r SET era = $1, transaction = $2, ordinal = new.ordinal \
             FROM {new} WHERE {same}r.key = new.key"
        )
    } else {
        let (into, from) = match owner {
            Some(owner) => (format!("{owner}, key"), "owner, key"),
            None => ("key".to_owned(), "key"),
        };
        format!(
            "INSERT INTO {name} ({into}, era, transaction, ordinal) \
             SELECT {from}, $1, $2, ordinal FROM {new} ORDER BY {from}"
        )
    };
    let params: [Param<'_>; 5] = [
        (&before.era, Type::INT4),
        (&before.transaction, Type::INT8),
        (&owners, Type::TEXT_ARRAY),
        (&keys, Type::TEXT_ARRAY),
        (&ordinals, Type::INT4_ARRAY),
    ];
    session.execute(&statement, &params).await
}
