//! Opening: the schema is brought up to date, the settings are checked, and the index is made.

use std::sync::{Arc, RwLock};

use data_encoding::HEXLOWER;
use metrics::histogram;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_postgres::Client;

use super::bodies::DatabaseBodies;
use super::connect::Database;
use super::feed::Head;
use super::follow::{Failure, Follower, Reached};
use super::inbox::Inbox;
use super::line::Session;
use super::listen::Listener;
use super::migrate::migrate;
use super::passing::DatabasePassing;
use super::retry::told;
use super::seal::{Bound, SEALED_MAX, Terms, seal};
use super::session::begin_sealing;
use super::writer::{GROUPS_AHEAD_MAX, Writer};
use super::{OpenError, Options, PostgresStore};
use crate::store::StoreError;
use crate::store::index::{Core, Index, MemoryRecords};

/// Settings that must not have these values, and what would be lost with them.
const UNSAFE: [(&str, &str); 3] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
];

impl PostgresStore {
    /// Opens the store in a database: brings its schema up to date and reads its ledger, which
    /// takes a minute with a few million events.
    ///
    /// # Errors
    /// As [`OpenError`] says.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let database = Database::new(&options)?;
        let mut direct = database.direct().await?;
        migrate(&mut direct).await?;
        check_settings(&direct).await?;
        begin_era(&direct, &begin_sealing(options.statement_deadline)).await?;
        drop(direct);
        let reached = Arc::new(Reached {
            head: RwLock::new(Head::START),
            heard: RwLock::new(Instant::now()),
        });
        let bodies = DatabaseBodies::new(database.clone(), Arc::clone(&reached));
        let core = Core::load(MemoryRecords::default())?;
        let index = Arc::new(Index::new(core, bodies));
        let own = HEXLOWER.encode(&options.entropy.salt());
        let listener = Listener::start(database.clone(), own.clone());
        let level = (Arc::clone(&index), Arc::clone(&reached));
        let mut follower = Follower::new(database.clone(), &own, level);
        follower.catch_up().await.map_err(unread)?;
        tracing::info!(events = reached.head().sequence, "read the ledger");
        let (inbox, waiting) = Inbox::new();
        let (recorded, told) = mpsc::channel(GROUPS_AHEAD_MAX);
        let writer = Writer::new(
            database.clone(),
            waiting,
            recorded,
            (Arc::clone(&index), Arc::clone(&reached)),
        );
        tokio::spawn(writer.run());
        tokio::spawn(follower.run(told, listener.wakes(), inbox.status()));
        Ok(Self {
            passing: DatabasePassing::new(database.clone()),
            database,
            index,
            status: inbox.status(),
            inbox,
            reached,
            entropy: options.entropy,
            append_duration: histogram!("askonce.store.append.duration"),
            _listener: listener,
        })
    }
}

fn unread(failure: Failure) -> OpenError {
    OpenError::Index(match failure {
        Failure::Away(why) => StoreError::Busy(why),
        Failure::Damaged(why) => StoreError::Damaged(why),
    })
}

pub(super) async fn check_settings(client: &Client) -> Result<(), OpenError> {
    for (name, value) in UNSAFE {
        let shown = format!("SELECT current_setting('{name}')");
        let row = client.query_typed_one(&shown, &[]).await;
        let found = row.and_then(|row| row.try_get::<_, String>(0));
        let found = found.map_err(|error| OpenError::Connect(told(&error)))?;
        if found == value {
            return Err(OpenError::Unsafe(format!("{name} is {value}")));
        }
    }
    Ok(())
}

/// Begins another era where the database was restored into a server whose transactions count from
/// less than what was recorded: what is recorded from now on comes after all of that.
async fn begin_era(client: &Client, begin: &str) -> Result<(), OpenError> {
    let raising = async {
        let restored = client.query_typed_one(RESTORED, &[]).await?;
        if !restored.try_get::<_, bool>(0)? {
            return Ok(());
        }
        tracing::warn!("the database was restored from elsewhere; a new era begins");
        let terms = Terms {
            begin,
            bound: Bound::None,
            wake: "",
        };
        while seal(Session::plain(client), &terms).await?.len() == SEALED_MAX {}
        client.batch_execute(begin).await?;
        client.query_typed(NEXT_ERA, &[]).await?;
        client.batch_execute("COMMIT").await
    };
    raising
        .await
        .map_err(|error| OpenError::Connect(told(&error)))
}

const RESTORED: &str = "
SELECT EXISTS (
    SELECT FROM events e, ledger_head h
    WHERE e.era = h.era
        AND e.transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)";

/// Said once by whoever comes first: another broker may have begun it meanwhile.
const NEXT_ERA: &str = "
UPDATE ledger_head SET era = era + 1, transaction = 0, ordinal = -1
WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
