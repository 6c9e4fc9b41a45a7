//! What passes: a row for each, in a table that no crash and no failover outlives.
//!
//! Each statement is a transaction and locks one row, or passes over what others hold: none waits
//! for another but who takes the same thing, and then one of them finds it gone.

use std::time::SystemTime;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::connect::Database;
use super::within::writing;
use crate::domain::digest::Digest;
use crate::store::limits::SWEPT_MAX;
use crate::store::passing::{Sweeps, checked};
use crate::store::{Passing, PassingKind, PassingStore, Putting, StoreError};

const PUT_NEW: &str = "
INSERT INTO passing (key, kind, value, expires_at, ends_at) VALUES ($1, $2, $3, least($4, $5), $5)
ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, value = excluded.value,
    expires_at = excluded.expires_at, ends_at = excluded.ends_at
WHERE passing.expires_at <= $6";

const PUT_IN_PLACE: &str = "
UPDATE passing SET kind = $2, value = $3, expires_at = least($4, ends_at)
WHERE key = $1 AND expires_at > $5";

const GET: &str = "SELECT value FROM passing WHERE key = $1 AND expires_at > $2";

const KEEP: &str = "
UPDATE passing SET expires_at = least($3, ends_at)
WHERE key = $1 AND expires_at > $2 RETURNING value";

const TAKE: &str = "
WITH taken AS (DELETE FROM passing WHERE key = $1 RETURNING value, expires_at)
SELECT value FROM taken WHERE expires_at > $2";

/// What has expired of a kind, and of what is too many that which would expire first.
const SWEEP: &str = "
DELETE FROM passing WHERE key IN (
    SELECT key FROM passing
    WHERE kind = $1 AND expires_at <= greatest($2, (
        SELECT expires_at FROM passing WHERE kind = $1
        ORDER BY expires_at DESC OFFSET $3 LIMIT 1))
    LIMIT $4 FOR UPDATE SKIP LOCKED)";

/// What passes, in a database.
pub(super) struct DatabasePassing {
    database: Database,
    sweeps: Sweeps,
}

type Params<'a> = Vec<(&'a (dyn ToSql + Sync), Type)>;

impl DatabasePassing {
    /// What passes in this database.
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            sweeps: Sweeps::default(),
        }
    }

    /// Runs a statement that gives a value, if there is one.
    async fn value(
        &self,
        statement: &str,
        key: &Digest,
        times: &[Timestamp],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key: &[u8] = key.as_bytes();
        let times: Vec<SystemTime> = times.iter().copied().map(SystemTime::from).collect();
        let asked = async |client: &Client| {
            let mut params: Params<'_> = vec![(&key, Type::BYTEA)];
            params.extend(times.iter().map(|time| (time as _, Type::TIMESTAMPTZ)));
            let row = client.query_typed_opt(statement, &params).await?;
            row.map(|row| row.try_get(0)).transpose()
        };
        writing(&self.database, asked).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = SystemTime::from(now);
        let rows_max = i64::try_from(SWEPT_MAX).unwrap_or(i64::MAX);
        for kind in PassingKind::ALL {
            let count_max = i64::try_from(kind.count_max()).unwrap_or(i64::MAX);
            let swept = async |client: &Client| {
                let name = kind.as_str();
                let params: [(&(dyn ToSql + Sync), Type); 4] = [
                    (&name, Type::TEXT),
                    (&now, Type::TIMESTAMPTZ),
                    (&count_max, Type::INT8),
                    (&rows_max, Type::INT8),
                ];
                client.execute_typed(SWEEP, &params).await
            };
            writing(&self.database, swept).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl PassingStore for DatabasePassing {
    async fn put(
        &self,
        putting: Putting,
        passing: Passing,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        checked(&passing)?;
        let key: &[u8] = passing.key.as_bytes();
        let kind = passing.kind.as_str();
        let [expires_at, ends_at, at] =
            [passing.expires_at, passing.ends_at, now].map(SystemTime::from);
        let put = async |client: &Client| {
            let mut params: Params<'_> = vec![
                (&key, Type::BYTEA),
                (&kind, Type::TEXT),
                (&passing.value, Type::BYTEA),
                (&expires_at, Type::TIMESTAMPTZ),
            ];
            let statement = match putting {
                Putting::New => {
                    params.push((&ends_at, Type::TIMESTAMPTZ));
                    PUT_NEW
                }
                Putting::InPlace => PUT_IN_PLACE,
            };
            params.push((&at, Type::TIMESTAMPTZ));
            client.execute_typed(statement, &params).await
        };
        let is_put = writing(&self.database, put).await? > 0;
        if self.sweeps.is_due(now)
            && let Err(error) = self.sweep(now).await
        {
            // What was put is put; the next sweep comes soon.
            tracing::warn!(%error, "what has passed could not be swept");
        }
        Ok(is_put)
    }

    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.value(GET, key, &[now]).await
    }

    async fn keep(
        &self,
        key: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.value(KEEP, key, &[now, until]).await
    }

    async fn take(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        self.value(TAKE, key, &[now]).await
    }
}
