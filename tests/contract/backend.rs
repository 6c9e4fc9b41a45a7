//! The stores that the contract is held against, each opened afresh for every sentence.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use askonce::store::embedded::{EmbeddedStore, OpenError, Options};
use askonce::store::memory::MemoryStore;
use askonce::store::postgres::{self, PostgresStore, Tls};
use askonce::store::{Append, Appended, Store};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::task::block_in_place;

use crate::throwaway::{Database, Server};

/// Salts that are never the same twice, from a counter.
fn salt() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut salt = [0; 16];
    salt[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    salt
}

/// The usual options of the embedded store.
pub(crate) fn options() -> Options {
    Options::new(Arc::new(salt))
}

/// How often a folder is tried that seems to be open: a process that another test is just starting
/// holds every lock of this one for a moment.
const TRIES_MAX: usize = 1_000;

/// Opens the embedded store of a folder.
pub(crate) fn open(dir: &Path) -> EmbeddedStore {
    for _ in 0..TRIES_MAX {
        match EmbeddedStore::open(dir, options()) {
            Err(OpenError::Locked { .. }) => thread::park_timeout(Duration::from_millis(5)),
            opened => return opened.unwrap(),
        }
    }
    panic!("{} stays in use", dir.display());
}

/// How a database is reached.
pub(crate) fn database_options(database: &Database<'_>) -> postgres::Options {
    postgres::Options {
        entropy: Arc::new(salt),
        url: database.url(),
        direct_url: None,
        password_file: None,
        tls: Tls::None,
        pool: 4,
        pool_deadline: Duration::from_secs(20),
        statement_deadline: Duration::from_secs(20),
    }
}

/// Opens the store of a database.
pub(crate) async fn open_database(database: &Database<'_>) -> PostgresStore {
    let options = database_options(database);
    PostgresStore::open(options).await.unwrap()
}

/// A database in which a store was opened and nothing recorded; none if PostgreSQL is not
/// installed.
pub(crate) async fn database() -> Option<Database<'static>> {
    static LAID: OnceCell<Database<'static>> = OnceCell::const_new();
    let server = Server::shared()?;
    let lay = || async {
        let laid = server.database();
        open_database(&laid).await.close().await;
        laid
    };
    let laid = LAID.get_or_init(lay).await;
    Some(server.copy_of(laid.name()))
}

/// A store under test.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Subject {
    /// In memory.
    Memory(Box<MemoryStore>),
    /// In a folder, which goes with it.
    Embedded(Option<EmbeddedStore>, TempDir),
    /// In a database, which goes with it.
    Postgres(Option<PostgresStore>, Database<'static>),
}

impl Subject {
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    pub(crate) fn embedded() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::Embedded(Some(open(dir.path())), dir)
    }

    /// None if PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let database = database().await?;
        Some(Self::Postgres(
            Some(open_database(&database).await),
            database,
        ))
    }

    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(store) => store.as_ref(),
            Self::Embedded(store, _) => store.as_ref().unwrap(),
            Self::Postgres(store, _) => store.as_ref().unwrap(),
        }
    }

    /// Closes the store and opens it again, where it outlives that.
    pub(crate) fn reopen(&mut self) {
        match self {
            Self::Memory(_) => {}
            Self::Embedded(store, dir) => {
                drop(store.take());
                *store = Some(open(dir.path()));
            }
            Self::Postgres(store, database) => block_in_place(|| {
                Handle::current().block_on(async {
                    store.take().unwrap().close().await;
                    *store = Some(open_database(database).await);
                });
            }),
        }
    }

    /// The same with the index taken away between, where one is kept.
    pub(crate) fn reopen_without_index(&mut self) {
        let Self::Embedded(store, dir) = self else {
            return self.reopen();
        };
        drop(store.take());
        std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        *store = Some(open(dir.path()));
    }
}

/// Holds a sentence against every store: fresh, and it may reopen its subject.
pub(crate) fn hold<F: AsyncFnMut(&mut Subject)>(mut sentence: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    for mut subject in [Subject::memory(), Subject::embedded()] {
        runtime.block_on(sentence(&mut subject));
    }
    runtime.block_on(async {
        if let Some(mut subject) = Subject::postgres().await {
            sentence(&mut subject).await;
        }
    });
}

/// Appends what must be recorded; returns its first sequence.
pub(crate) async fn record(store: &dyn Store, append: Append) -> u64 {
    match store.append(append).await.unwrap() {
        Appended::Recorded { first } => first,
        other => panic!("not recorded: {other:?}"),
    }
}
