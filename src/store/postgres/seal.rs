//! Sealing: giving recorded events their places in the ledger, one after the other without a gap,
//! and chaining them.
//!
//! The order is that of (era, transaction, ordinal). A transaction that began earlier may end
//! later, so events are sealed only below the oldest transaction that still records: then nothing
//! can come before what is sealed, and sealing anew what a crash undid gives the same again.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::line::{Param, Session};
use super::place::EventAt;
use crate::store::ledger::{Digest, chain_value};

/// Most events sealed at once: a second of the rates foreseen.
pub(super) const SEALED_MAX: usize = 4_096;

/// An event with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    pub(super) sequence: i64,
    pub(super) at: EventAt,
    pub(super) chain: Digest,
}

/// Up to where events are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Below the oldest transaction that still records.
    Recording,
    /// All of them: nobody records where they stand.
    None,
}

/// How events are sealed.
pub(super) struct Terms<'a> {
    /// What the transaction begins with.
    pub(super) begin: &'a str,
    pub(super) bound: Bound,
    /// What wakes the other brokers. It is sent behind the transaction: within it, it would hold up
    /// every other. If it is lost, they look within a second.
    pub(super) wake: &'a str,
}

/// Seals what can be. Other brokers wait for this meanwhile. After a failure the connection is to
/// be given up.
pub(super) async fn seal(session: Session<'_>, terms: &Terms<'_>) -> Result<Vec<Sealed>, Error> {
    let bound = match terms.bound {
        Bound::Recording => BOUND,
        Bound::None => NO_BOUND,
    };
    let pending = pending();
    let (opened, bound, head, pending) = tokio::join!(
        biased;
        session.batch_execute(terms.begin),
        session.query(bound, &[]),
        session.query(HEAD, &[]),
        session.query(&pending, &[])
    );
    opened?;
    bound?;
    let (head, pending) = (head?, pending?);
    let sealed = chained(&head[0], &pending)?;
    let Some(last) = sealed.last() else {
        session.batch_execute("ROLLBACK").await?;
        return Ok(sealed);
    };
    let sequences: Vec<i64> = sealed.iter().map(|event| event.sequence).collect();
    let transactions: Vec<i64> = sealed.iter().map(|event| event.at.transaction).collect();
    let ordinals: Vec<i32> = sealed.iter().map(|event| event.at.ordinal).collect();
    let chains: Vec<&[u8]> = sealed.iter().map(|event| &event.chain.0[..]).collect();
    let chain = &last.chain.0[..];
    let rows: [Param<'_>; 5] = [
        (&last.at.era, Type::INT4),
        (&sequences, Type::INT8_ARRAY),
        (&transactions, Type::INT8_ARRAY),
        (&ordinals, Type::INT4_ARRAY),
        (&chains, Type::BYTEA_ARRAY),
    ];
    let head: [Param<'_>; 4] = [
        (&last.sequence, Type::INT8),
        (&chain, Type::BYTEA),
        (&last.at.transaction, Type::INT8),
        (&last.at.ordinal, Type::INT4),
    ];
    let (inserted, moved, committed, woken) = tokio::join!(
        biased;
        session.execute(INSERT, &rows),
        session.execute(MOVE_HEAD, &head),
        session.batch_execute("COMMIT"),
        session.batch_execute(terms.wake)
    );
    inserted?;
    moved?;
    committed?;
    if let Err(error) = woken {
        tracing::debug!(%error, "the other brokers were not woken");
    }
    Ok(sealed)
}

/// The places and chain values of what is pending, after the head.
fn chained(head: &Row, pending: &[Row]) -> Result<Vec<Sealed>, Error> {
    let mut sequence: i64 = head.try_get(0)?;
    let mut chain = digest(head.try_get(1)?);
    let era: i32 = head.try_get(2)?;
    let mut sealed = Vec::with_capacity(pending.len());
    for row in pending {
        let at = EventAt {
            era,
            transaction: row.try_get(0)?,
            ordinal: row.try_get(1)?,
        };
        sequence += 1;
        let numbered = (sequence.unsigned_abs(), row.try_get(2)?);
        let commitment = digest(row.try_get(4)?);
        chain = chain_value(&chain, numbered, row.try_get(3)?, &commitment);
        sealed.push(Sealed {
            sequence,
            at,
            chain,
        });
    }
    Ok(sealed)
}

/// A digest as the database holds it; one of another length is none that was ever made.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    bytes.try_into().map_or(Digest::ZERO, Digest)
}

/// Up to which transaction events can be sealed: the oldest that still records, else the next one.
///
/// Whoever records takes the lock (`objid` 1) before its transaction has a number. A transaction
/// that is under way and not of one who holds it does not matter, however long it takes; but one
/// who holds it and whose number does not show yet may be any of them. Locks are read at once, and
/// after the snapshot: who takes the lock later has a later number.
const BOUND: &str = "
WITH snapshot AS MATERIALIZED (SELECT pg_current_snapshot() AS taken),
locks AS MATERIALIZED (SELECT * FROM pg_locks),
recording AS MATERIALIZED (
    SELECT pid, (SELECT t.transactionid::text::bigint FROM locks t
        WHERE t.pid = a.pid AND t.locktype = 'transactionid' AND t.granted
            AND t.mode = 'ExclusiveLock' LIMIT 1) AS number
    FROM locks a
    WHERE a.locktype = 'advisory' AND a.granted
        AND a.classid = 1098083151 AND a.objid = 1 AND a.objsubid = 2
        AND a.database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
open AS (
    SELECT x::text::bigint AS number
    FROM snapshot, pg_snapshot_xip(taken) AS x
    WHERE EXISTS (SELECT FROM recording r WHERE r.number IS NULL
        OR r.number = x::text::bigint % 4294967296)
)
SELECT set_config('askonce.bound', LEAST(
    (SELECT pg_snapshot_xmax(taken)::text::bigint FROM snapshot),
    (SELECT min(number) FROM open))::text, true)";

const NO_BOUND: &str = "SELECT set_config('askonce.bound', '9223372036854775807', true)";

const HEAD: &str = "SELECT sequence, chain, era FROM ledger_head WHERE is_only";

/// What is not sealed yet, to be followed by further conditions. The head is read before, so that the
/// events after it are found by their key, however many there are and whatever is known of them.
pub(super) const UNSEALED: &str = "
FROM events
WHERE era = (SELECT era FROM ledger_head WHERE is_only)
    AND (transaction, ordinal) > (
        (SELECT transaction FROM ledger_head WHERE is_only),
        (SELECT ordinal FROM ledger_head WHERE is_only))";

fn pending() -> String {
    format!(
        "SELECT transaction, ordinal, recorded_at, kind, commitment {UNSEALED} \
         AND transaction < current_setting('askonce.bound')::bigint \
         ORDER BY transaction, ordinal LIMIT {SEALED_MAX}"
    )
}

const INSERT: &str = "
INSERT INTO ledger (sequence, era, transaction, ordinal, chain)
SELECT sequence, $1, transaction, ordinal, chain
FROM UNNEST($2::bigint[], $3::bigint[], $4::int[], $5::bytea[])
    AS sealed (sequence, transaction, ordinal, chain)";

const MOVE_HEAD: &str = "UPDATE ledger_head SET sequence = $1, chain = $2, transaction = $3, ordinal = $4 WHERE is_only";

#[cfg(test)]
mod tests;
