//! What every transaction of ours begins with. All of it ends with the transaction, so that it
//! holds behind a pooler of connections, too.

use std::time::Duration;

/// The first number of our advisory locks; the second says which. They spell `AskO`.
pub(super) const LOCKS: i32 = 0x4173_6b4f;

/// Shared by whoever records events, from before its transaction has a number until it ends.
pub(super) const RECORDING: i32 = 1;

/// Held by whoever numbers and chains events.
pub(super) const SEALING: i32 = 2;

/// Held by whoever changes the schema.
pub(super) const MIGRATING: i32 = 3;

/// How long a transaction of ours may stand idle before the database ends it: a broker that was
/// stopped half-way holds up the others no longer.
const IDLE_DEADLINE: Duration = Duration::from_secs(5);

/// How long whoever seals, reads or prepares waits for another who seals, or for who holds a table:
/// it does nothing else meanwhile, and what another sealed is to be read.
const LOCK_DEADLINE: Duration = Duration::from_secs(3);

/// The beginning of a transaction that records events.
pub(super) fn begin_recording(statement_deadline: Duration) -> String {
    format!(
        "{};SELECT pg_advisory_xact_lock_shared({LOCKS}, {RECORDING})",
        begin(statement_deadline)
    )
}

/// The beginning of a transaction that seals events. It need not be on disk when it is told:
/// sealing again gives the same.
pub(super) fn begin_sealing(statement_deadline: Duration) -> String {
    format!(
        "{};SET LOCAL lock_timeout = {};SET LOCAL synchronous_commit = off;\
         SELECT pg_advisory_xact_lock({LOCKS}, {SEALING})",
        begin(statement_deadline),
        LOCK_DEADLINE.as_millis()
    )
}

/// The beginning of a transaction that only reads: what somebody holds is not waited for without end,
/// least of all by a session that we gave up.
pub(super) fn begin_reading(statement_deadline: Duration) -> String {
    format!(
        "{};SET LOCAL lock_timeout = {}",
        begin(statement_deadline),
        LOCK_DEADLINE.as_millis()
    )
}

/// Every statement of ours finds its rows by their keys, for each key given. A plan that was made while
/// a table was empty, or before anybody counted it, is not to read all of it once it is large; and one
/// plan serves all values, so that a statement that is prepared is not planned again.
fn begin(statement_deadline: Duration) -> String {
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED;SET LOCAL statement_timeout = {};\
         SET LOCAL idle_in_transaction_session_timeout = {};\
         SET LOCAL enable_seqscan = off;SET LOCAL enable_hashjoin = off;\
         SET LOCAL enable_mergejoin = off;SET LOCAL jit = off;\
         SET LOCAL plan_cache_mode = force_generic_plan",
        statement_deadline.as_millis(),
        IDLE_DEADLINE.as_millis()
    )
}
