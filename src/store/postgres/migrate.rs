//! Brings the schema of a database to what this version needs.
//!
//! Invariants: one broker does it at a time; a migration happens wholly or not at all; doing it
//! again changes nothing; a database that a newer version made is left alone.

use std::error::Error as StdError;
use std::time::Duration;

use refinery::{Migration, Runner};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::analyst;
use super::fault::OpenError;
use super::rebuild::rebuild_outdated;
use super::session::{LOCKS, MIGRATING};

/// The oldest server that will do, as it states its version.
const SERVER_VERSION_MIN: i32 = 150_000;

/// How long to wait for another broker that brings the schema up to date, and for whatever holds
/// a table that is to be changed: longer than any migration of ours should take.
const LOCK_DEADLINE: Duration = Duration::from_secs(60);

/// Where the migrations that were applied are noted.
const HISTORY: &str = "schema_history";

/// Every migration, in order. They are frozen once released: a change is a new one.
const MIGRATIONS: [(&str, &str); 4] = [
    ("V1__ledger", include_str!("migrations/V1__ledger.sql")),
    (
        "V2__projections",
        include_str!("migrations/V2__projections.sql"),
    ),
    (
        "V3__analyst_views",
        include_str!("migrations/V3__analyst_views.sql"),
    ),
    ("V4__passing", include_str!("migrations/V4__passing.sql")),
];

/// Brings the schema to what this version needs, on a connection that leads to one session of the
/// server, and lets analysts read what they may.
///
/// # Errors
/// [`OpenError::Migrate`] for a server or a database that will not do, and for what could not be
/// done; nothing is left half done.
pub(super) async fn migrate(client: &mut Client) -> Result<(), OpenError> {
    check_server(client).await?;
    lock(client, LOCK_DEADLINE).await?;
    let done = migrate_locked(client).await;
    let unlocked = unlock(client).await;
    done.and(unlocked)
}

async fn migrate_locked(client: &mut Client) -> Result<(), OpenError> {
    check_not_newer(client).await?;
    let mut migrations = Vec::with_capacity(MIGRATIONS.len());
    for (name, sql) in MIGRATIONS {
        let migration = Migration::unapplied(name, sql);
        migrations.push(migration.map_err(|error| failed(&error))?);
    }
    let mut runner = Runner::new(&migrations)
        .set_abort_divergent(true)
        .set_abort_missing(true);
    runner.set_migration_table_name(HISTORY);
    let report = runner.run_async(client).await;
    for applied in report.map_err(|error| failed(&error))?.applied_migrations() {
        tracing::info!(migration = %applied, "the schema was brought up to date");
    }
    let rebuilt = rebuild_outdated(client).await;
    rebuilt.map_err(|error| failed(&error))?;
    let readable = analyst::let_read(client).await;
    readable.map_err(|error| failed(&error))
}

async fn check_server(client: &Client) -> Result<(), OpenError> {
    let sql =
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')";
    let row = client.query_typed_one(sql, &[]).await;
    let row = row.map_err(|error| failed(&error))?;
    check_version(row.get(0), row.get(1)).map_err(OpenError::Migrate)
}

fn check_version(number: i32, shown: &str) -> Result<(), String> {
    if number < SERVER_VERSION_MIN {
        let oldest = SERVER_VERSION_MIN / 10_000;
        return Err(format!(
            "the server is PostgreSQL {shown}; it must be {oldest} or later"
        ));
    }
    Ok(())
}

/// Takes the lock of whoever changes the schema. How long statements may take is left open while
/// it is held: a migration takes what it takes, but it waits for nobody beyond the deadline.
async fn lock(client: &Client, deadline: Duration) -> Result<(), OpenError> {
    let sql = format!(
        "SET statement_timeout = 0; SET lock_timeout = {}; \
         SELECT pg_advisory_lock({LOCKS}, {MIGRATING})",
        deadline.as_millis()
    );
    client.batch_execute(&sql).await.map_err(|error| {
        if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            OpenError::Migrate(format!(
                "another broker has been at it for {} s; start again once that is done",
                deadline.as_secs()
            ))
        } else {
            failed(&error)
        }
    })
}

async fn unlock(client: &Client) -> Result<(), OpenError> {
    let sql = format!(
        "SELECT pg_advisory_unlock({LOCKS}, {MIGRATING}); RESET lock_timeout; RESET statement_timeout"
    );
    let unlocked = client.batch_execute(&sql).await;
    unlocked.map_err(|error| failed(&error))
}

async fn check_not_newer(client: &Client) -> Result<(), OpenError> {
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    let sql = "SELECT to_regclass('schema_history') IS NOT NULL";
    let exists = client.query_typed_one(sql, &[]).await;
    if !exists.map_err(|error| failed(&error))?.get::<_, bool>(0) {
        return Ok(());
    }
    let sql = "SELECT coalesce(max(version), 0) FROM schema_history";
    let last = client.query_typed_one(sql, &[]).await;
    let last: i32 = last.map_err(|error| failed(&error))?.get(0);
    if last > known {
        return Err(OpenError::Migrate(format!(
            "the database has migration {last}, and this version knows {known}: a newer version \
             of askonce has been at work on it; run that one, or a later one"
        )));
    }
    Ok(())
}

/// What went wrong, with everything that caused it: the server's own words stand at the end.
fn failed(error: &(dyn StdError + 'static)) -> OpenError {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        cause = error.source();
    }
    OpenError::Migrate(said)
}

#[cfg(test)]
mod tests;
