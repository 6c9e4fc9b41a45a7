//! Connections to the database: a bounded pool of them, and one at a time past any pooler.
//!
//! Invariants:
//! - Nothing depends on what a session of the pool remembers: it may be another session with each
//!   transaction. What needs a session of its own goes direct. Statements are prepared only where
//!   there is no pooler.
//! - The password is read anew for each connection, so that it may change while we serve.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{
    Connect, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Error, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::{debug, warn};

use super::address::{self, address};
use super::line::Line;
use super::retry::told;
use super::session::begin_reading;
use super::{OpenError, Options};
use crate::domain::fault::Faults;
use crate::store::{Entropy, StoreError};

/// Connections that are kept beside the pool's own: one of who records, one of who seals and follows.
const LINES: usize = 2;

/// How much longer than the database is given a caller waits for it to say that it took too long.
const GRACE: Duration = Duration::from_secs(1);

/// A database that several share, and the connections to it.
#[derive(Clone)]
pub(super) struct Database {
    pool: Pool,
    connector: Arc<Connector>,
    direct: Config,
    /// Whether there is a pooler between.
    is_pooled: bool,
    /// How often a connection was given up.
    generation: Arc<AtomicU64>,
    pool_deadline: Duration,
    statement_deadline: Duration,
    entropy: Arc<dyn Entropy>,
}

/// A connection's other half: what the database says of its own accord.
pub(super) type Messages =
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// A session of our own, past any pooler; it ends when this is dropped.
pub(super) struct Direct {
    client: Client,
    driver: JoinHandle<()>,
}

impl Database {
    /// Checks how a database is to be reached; reaches for nothing yet.
    ///
    /// # Errors
    /// What is not well said, or a file that cannot be read.
    pub(super) fn new(options: &Options) -> Result<Self, OpenError> {
        let checked = options.check().and_then(|()| {
            let pooled = address(&options.url, options)?;
            let direct = options.direct_url.as_ref().unwrap_or(&options.url);
            let direct = address(direct, options)?;
            Ok((pooled, direct, Connector::new(options)?))
        });
        let (pooled, direct, connector) = checked.map_err(not_well_said)?;
        let connector = Arc::new(connector);
        let terms = ManagerConfig {
            // Whatever a pooler hands us needs no cleaning: we leave nothing behind in a session.
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_connect(pooled, Shared(Arc::clone(&connector)), terms);
        let pool = Pool::builder(manager)
            .max_size(options.pool.max(1) + LINES)
            .build();
        Ok(Self {
            pool: pool.map_err(|error| OpenError::Connect(error.to_string()))?,
            connector,
            direct,
            is_pooled: options.direct_url.is_some(),
            generation: Arc::default(),
            pool_deadline: options.pool_deadline,
            statement_deadline: options.statement_deadline,
            entropy: Arc::clone(&options.entropy),
        })
    }

    /// A connection of the pool, back in it when dropped. Whoever finds it broken gives it to
    /// [`Self::give_up`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] if none comes in time, or the database cannot be reached.
    pub(super) async fn client(&self) -> Result<Object, StoreError> {
        match timeout(self.pool_deadline, self.pool.get()).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(PoolError::Backend(error))) => {
                let why = format!("the database cannot be reached: {}", told(&error));
                Err(StoreError::Busy(why))
            }
            Ok(Err(PoolError::Closed)) => Err(StoreError::Busy("the store is closing".to_owned())),
            Ok(Err(_)) | Err(_) => {
                let why = format!(
                    "no connection to the database within {:?}",
                    self.pool_deadline
                );
                Err(StoreError::Busy(why))
            }
        }
    }

    /// The line that was kept; another connection of the pool where there is none or it broke.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub(super) async fn line(&self, kept: Option<Line>) -> Result<Line, StoreError> {
        let generation = self.generation.load(Ordering::Relaxed);
        if let Some(line) = kept.filter(|line| !line.is_over(generation)) {
            return Ok(line);
        }
        let client = self.client().await?;
        let begin = begin_reading(self.statement_deadline);
        Ok(Line::new(client, generation, begin, self.is_pooled))
    }

    /// A session of our own, past any pooler, for what a session must remember.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub(super) async fn direct(&self) -> Result<Direct, OpenError> {
        let (client, messages) = self.pair().await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = messages.await {
                debug!(why = told(&error), "a connection to the database broke off");
            }
        });
        Ok(Direct { client, driver })
    }

    /// The same, for whoever listens to what the database says, and so drives it.
    pub(super) async fn pair(&self) -> Result<(Client, Messages), OpenError> {
        let reached = timeout(self.pool_deadline, self.connector.reach(&self.direct)).await;
        match reached {
            Ok(Ok(pair)) => Ok(pair),
            Ok(Err(error)) => Err(OpenError::Connect(format!(
                "the database cannot be reached: {}",
                told(&error)
            ))),
            Err(_) => Err(OpenError::Connect(format!(
                "the database cannot be reached within {:?}",
                self.pool_deadline
            ))),
        }
    }

    /// Takes a connection out of the pool for good, whatever it was doing; and then those that wait
    /// beside it, which are as old, for it may be their server that is gone. Lines that are kept are
    /// of an earlier generation from then on, and opened anew.
    pub(super) fn give_up(&self, client: Object) {
        drop(Object::take(client));
        self.pool.retain(|_, _| false);
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// How long a statement may take: what `SET LOCAL statement_timeout` says.
    pub(super) fn statement_deadline(&self) -> Duration {
        self.statement_deadline
    }

    /// How long to wait here for a statement: a little more, for a server that does not answer at
    /// all. What took longer is not known to have happened or not, and its connection goes to
    /// [`Self::give_up`].
    pub(super) fn answer_deadline(&self) -> Duration {
        self.statement_deadline + GRACE
    }

    /// Where random bytes come from.
    pub(super) fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.entropy)
    }

    /// Connections in use and at rest, and callers that wait for one.
    pub(super) fn connections(&self) -> Connections {
        let status = self.pool.status();
        Connections {
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// Hands out no more connections, and closes those at rest.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// How a pool is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connections {
    /// Connections that stand.
    pub(super) open: usize,
    /// Those of them that nobody uses.
    pub(super) idle: usize,
    /// Callers that wait for one.
    pub(super) waiting: usize,
}

impl Deref for Direct {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Direct {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// How a connection is made: with the password as it is now, and encrypted as it should be.
struct Connector {
    tls: MakeRustlsConnect,
    password: Option<PasswordFile>,
}

struct PasswordFile {
    path: PathBuf,
    /// What it held when it was last read well.
    last: Mutex<Vec<u8>>,
}

impl Connector {
    fn new(options: &Options) -> Result<Self, Faults> {
        let password = options.password_file.clone().map(PasswordFile::read);
        Ok(Self {
            tls: MakeRustlsConnect::new(address::encrypted(&options.tls)?),
            password: password.transpose()?,
        })
    }

    async fn reach(&self, address: &Config) -> Result<(Client, Messages), Error> {
        let mut address = address.clone();
        if let Some(password) = &self.password {
            address.password(password.now());
        }
        address.connect(self.tls.clone()).await
    }
}

impl PasswordFile {
    fn read(path: PathBuf) -> Result<Self, Faults> {
        let last = Mutex::new(address::password(&path)?);
        Ok(Self { path, last })
    }

    /// The password: the one before while the file is being put in place.
    fn now(&self) -> Vec<u8> {
        let read = address::password(&self.path);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(password) = read {
            *last = password;
        } else {
            warn!(
                file = %self.path.display(),
                "the password file cannot be read; the password read before is tried"
            );
        }
        last.clone()
    }
}

/// The connector, as the pool uses it.
struct Shared(Arc<Connector>);

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for Shared {
    fn connect(&self, address: &Config) -> Connecting<'_> {
        let connector = Arc::clone(&self.0);
        let address = address.clone();
        Box::pin(async move {
            let (client, messages) = connector.reach(&address).await?;
            let driver = tokio::spawn(async move {
                if let Err(error) = messages.await {
                    debug!(why = told(&error), "a connection to the database broke off");
                }
            });
            Ok((client, driver))
        })
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
fn not_well_said(faults: Faults) -> OpenError {
    let said: Vec<String> = faults
        .iter()
        .map(|fault| format!("postgres.{fault}"))
        .collect();
    OpenError::Connect(said.join("; "))
}
