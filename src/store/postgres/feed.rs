//! The ledger as it is read from the database, page by page, each event checked against the chain.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::line::{Param, Session};
use super::place::{EventAt, sequence, stored};
use super::seal::digest;
use crate::store::ledger::{self, Digest, SALT_BYTES, chain_value};
use crate::store::{LedgerCheckpoint, StoreError};

/// Most events read at once.
pub(super) const PAGE_EVENTS_MAX: usize = 1_000;

/// The end of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) sequence: u64,
    pub(super) chain: Digest,
    pub(super) at: EventAt,
}

impl Head {
    /// Before the first event.
    pub(super) const START: Self = Self {
        sequence: 0,
        chain: Digest::ZERO,
        at: EventAt::START,
    };

    /// As an auditor keeps it.
    pub(super) fn checkpoint(&self) -> LedgerCheckpoint {
        LedgerCheckpoint {
            sequence: self.sequence,
            chain: self.chain.to_string(),
        }
    }
}

/// An event of the ledger.
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) at: EventAt,
    pub(super) chain: Digest,
    pub(super) recorded_at: String,
    pub(super) kind: String,
    pub(super) commitment: Digest,
    pub(super) salt: Option<[u8; SALT_BYTES]>,
    /// None if it was erased, or was not asked for.
    pub(super) body: Option<String>,
}

pub(super) const PAGE: &str = "
SELECT l.sequence, l.era, l.transaction, l.ordinal, l.chain, e.recorded_at, e.kind, e.commitment,
    CASE WHEN l.transaction = ANY($3) THEN NULL ELSE e.salt END,
    CASE WHEN l.transaction = ANY($3) THEN NULL ELSE e.body END
FROM (SELECT * FROM ledger WHERE sequence > $1 ORDER BY sequence LIMIT $2) l,
    LATERAL (SELECT * FROM events e
        WHERE (e.era, e.transaction, e.ordinal) = (l.era, l.transaction, l.ordinal) OFFSET 0) e
ORDER BY l.sequence";

/// Events after a sequence, at most `limit`, without the bodies of some transactions; in a transaction
/// that begins so, or in the one that the session is in.
pub(super) async fn page(
    session: Session<'_>,
    begin: Option<&str>,
    after: u64,
    limit: usize,
    without: &[i64],
) -> Result<Vec<Row>, Error> {
    let after = stored(after);
    let limit = i64::try_from(limit.min(PAGE_EVENTS_MAX)).unwrap_or(i64::MAX);
    let params: [Param<'_>; 3] = [
        (&after, Type::INT8),
        (&limit, Type::INT8),
        (&without, Type::INT8_ARRAY),
    ];
    match begin {
        Some(begin) => session.query_within(begin, PAGE, &params).await,
        None => session.query(PAGE, &params).await,
    }
}

const PLACES: &str = "
SELECT era, transaction, ordinal, sequence
FROM ledger JOIN UNNEST($1::int[], $2::bigint[], $3::int[]) AS wanted (era, transaction, ordinal)
    USING (era, transaction, ordinal)";

/// The places of those events that have one.
pub(super) async fn places(
    session: Session<'_>,
    begin: &str,
    wanted: &[EventAt],
) -> Result<Vec<(EventAt, i64)>, Error> {
    let eras: Vec<i32> = wanted.iter().map(|at| at.era).collect();
    let transactions: Vec<i64> = wanted.iter().map(|at| at.transaction).collect();
    let ordinals: Vec<i32> = wanted.iter().map(|at| at.ordinal).collect();
    let params: [Param<'_>; 3] = [
        (&eras, Type::INT4_ARRAY),
        (&transactions, Type::INT8_ARRAY),
        (&ordinals, Type::INT4_ARRAY),
    ];
    let rows = session.query_within(begin, PLACES, &params).await?;
    let place = |row: &Row| {
        let at = EventAt {
            era: row.try_get(0)?,
            transaction: row.try_get(1)?,
            ordinal: row.try_get(2)?,
        };
        Ok((at, row.try_get(3)?))
    };
    rows.iter().map(place).collect()
}

/// Reads a row of [`page`].
pub(super) fn entry(row: &Row) -> Result<Entry, StoreError> {
    let read = || -> Result<(i64, Entry), Error> {
        let salt: Option<&[u8]> = row.try_get(8)?;
        let entry = Entry {
            sequence: 0,
            at: EventAt {
                era: row.try_get(1)?,
                transaction: row.try_get(2)?,
                ordinal: row.try_get(3)?,
            },
            chain: digest(row.try_get(4)?),
            recorded_at: row.try_get(5)?,
            kind: row.try_get(6)?,
            commitment: digest(row.try_get(7)?),
            salt: salt.and_then(|salt| salt.try_into().ok()),
            body: row.try_get(9)?,
        };
        Ok((row.try_get(0)?, entry))
    };
    let (number, entry) = read().map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(Entry {
        sequence: sequence(number)?,
        ..entry
    })
}

impl Entry {
    /// The head after this event.
    ///
    /// # Errors
    /// Why it is not the one that follows.
    pub(super) fn follows(&self, head: &Head) -> Result<Head, String> {
        let sequence = self.sequence;
        if sequence != head.sequence + 1 {
            return Err(format!("event {sequence} comes after {}", head.sequence));
        }
        if self.at <= head.at {
            return Err(format!(
                "event {sequence} was recorded before the one before it"
            ));
        }
        let numbered = (sequence, self.recorded_at.as_str());
        let chain = chain_value(&head.chain, numbered, &self.kind, &self.commitment);
        if chain != self.chain {
            return Err(format!("event {sequence} does not match the chain"));
        }
        Ok(Head {
            sequence,
            chain,
            at: self.at,
        })
    }

    /// Whether the body is the one that was committed to; one that was erased is.
    ///
    /// # Errors
    /// That it is not.
    pub(super) fn keeps_its_commitment(&self) -> Result<(), String> {
        let (Some(salt), Some(body)) = (&self.salt, &self.body) else {
            return Ok(());
        };
        if ledger::commitment(salt, body.as_bytes()) == self.commitment {
            return Ok(());
        }
        let sequence = self.sequence;
        Err(format!(
            "the body of event {sequence} does not match its commitment"
        ))
    }
}
