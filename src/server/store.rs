//! Opening and closing the store that the options name.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::{Data, sources};
use crate::domain::fault::Faults;
use crate::store::Store;
use crate::store::embedded::{self, EmbeddedStore};
use crate::store::memory::MemoryStore;
use crate::store::postgres::{self, PostgresStore, Tls};

/// How a database is reached, without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseTerms {
    /// Where it is and who connects: `postgresql://user@host/database`, without a password.
    pub url: String,
    /// The same past a pooler of connections; `url` if none.
    pub direct_url: Option<String>,
    /// The file that holds the password; none where the database asks for none.
    pub password_file: Option<PathBuf>,
    /// Authorities that vouch for it, in PEM; those of this machine if none.
    pub ca_cert: Option<PathBuf>,
    /// Whether connections are encrypted and its certificate is checked.
    pub is_encrypted: bool,
    /// Most connections at once.
    pub pool: usize,
    /// How long to wait for one.
    pub pool_deadline: Duration,
    /// How long a statement may take.
    pub statement_deadline: Duration,
}

impl DatabaseTerms {
    /// The usual terms for a database somewhere.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            url,
            direct_url: None,
            password_file: None,
            ca_cert: None,
            is_encrypted: true,
            pool: 8,
            pool_deadline: Duration::from_secs(5),
            statement_deadline: Duration::from_secs(10),
        }
    }

    /// What is wrong with them, as far as can be known without reaching for the database.
    ///
    /// # Errors
    /// Every fault.
    pub(super) fn check(&self) -> Result<(), Faults> {
        self.options().check()
    }

    pub(super) fn options(&self) -> postgres::Options {
        postgres::Options {
            entropy: Arc::new(sources::random),
            url: self.url.clone(),
            direct_url: self.direct_url.clone(),
            password_file: self.password_file.clone(),
            tls: if self.is_encrypted {
                Tls::Verify(self.ca_cert.clone())
            } else {
                Tls::None
            },
            pool: self.pool,
            pool_deadline: self.pool_deadline,
            statement_deadline: self.statement_deadline,
        }
    }
}

/// A store that was opened elsewhere.
#[derive(Clone)]
pub struct Given(pub Arc<dyn Store>);

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(…)")
    }
}

impl PartialEq for Given {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Given {}

/// A store that is open.
#[derive(Clone)]
pub(super) enum Opened {
    Memory(Arc<MemoryStore>),
    Embedded(Arc<EmbeddedStore>),
    Given(Arc<dyn Store>),
    Postgres(Arc<PostgresStore>),
}

/// How a store is, in numbers.
pub(super) enum Measures {
    Embedded(embedded::Measures),
    Postgres(postgres::Measures),
}

impl Opened {
    /// Opens a store; an index that has to be made again takes minutes.
    pub(super) async fn open(data: &Data) -> anyhow::Result<Self> {
        let folder = match data.clone() {
            Data::Memory => return Ok(Self::Memory(Arc::new(MemoryStore::new()))),
            Data::Given(given) => return Ok(Self::Given(given.0)),
            Data::Postgres(terms) => {
                let opened = PostgresStore::open(terms.options()).await;
                let opened = opened.context("the store in the database does not open")?;
                return Ok(Self::Postgres(Arc::new(opened)));
            }
            Data::Embedded(folder) => folder,
        };
        let opening = tokio::task::spawn_blocking(move || {
            let options = embedded::Options::new(Arc::new(sources::random));
            let opened = EmbeddedStore::open(&folder, options);
            opened.with_context(|| format!("the store in {} does not open", folder.display()))
        });
        let opened = opening.await.context("opening the store broke off")??;
        Ok(Self::Embedded(Arc::new(opened)))
    }

    /// The store, for use cases.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Embedded(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Postgres(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Given(store) => Arc::clone(store),
        }
    }

    /// How it is, in numbers; none of one in memory.
    pub(super) fn measures(&self) -> Option<Measures> {
        match self {
            Self::Memory(_) | Self::Given(_) => None,
            Self::Embedded(store) => Some(Measures::Embedded(store.measures())),
            Self::Postgres(store) => Some(Measures::Postgres(store.measures())),
        }
    }

    /// Ends, with the reason, if the store stops by itself.
    pub(super) async fn stopped(&self) -> String {
        match self {
            Self::Memory(_) | Self::Given(_) => std::future::pending().await,
            Self::Embedded(store) => store.stopped().await,
            Self::Postgres(store) => store.stopped().await,
        }
    }

    /// Writes what waits, and takes no more.
    pub(super) async fn close(&self) {
        match self {
            Self::Memory(_) | Self::Given(_) => {}
            Self::Embedded(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}
