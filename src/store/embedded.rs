//! The store in files of its own: a ledger that is the truth, and an index that can be made again.
//!
//! ```text
//! lock      held by the one process that has the folder open
//! format    names the layout of the folder
//! ledger/   segments of events
//! index/    records of where in the ledger each thing was said
//! drafts/   what people have typed and not sent
//! incoming/ a ledger that is being taken over, until it is whole; what is left of one that broke off
//! ```
//!
//! Invariants:
//! - One thread writes. What it takes together is one frame of the ledger, one write and one sync;
//!   then it is read; then all are told. The records of the index follow in a thread of their own,
//!   a bounded way behind, and are read before they are applied as well as after.
//! - An event that was acknowledged is in the ledger, synced. The index is behind it or level, and
//!   says up to where; at open, what it lacks is replayed.
//! - After a write or sync that failed nothing more is written, and the store says that it stopped.

mod backup;
mod behind;
mod bodies;
mod drafts;
mod fault;
mod folder;
mod index_folder;
mod measure;
mod moving;
mod offline;
mod queue;
mod sled_records;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use metrics::{Histogram, histogram};
use tokio::time::Instant;

pub use super::ledger;
pub use backup::{BackedUp, back_up};
pub use fault::OpenError;
pub use measure::Measures;
pub use moving::{export_ledger, import_ledger};
pub use offline::{export, rebuild, verify};

use self::behind::BehindRecords;
use self::bodies::LedgerBodies;
use self::drafts::Drafts;
use self::queue::{Queue, Waiting};
use super::index::{Backend, Index, Request};
use super::passing::MemoryPassing;
use super::{Append, Appended, Entropy, PassingStore, PutDraft, StoreError, envelope};
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::spans;

/// How a store is kept.
#[derive(Clone)]
pub struct Options {
    /// Salts for the commitments of the ledger.
    pub entropy: Arc<dyn Entropy>,
    /// How the ledger is kept.
    pub ledger: ledger::Options,
}

impl Options {
    /// The usual options, with random bytes from `entropy`.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self {
            entropy,
            ledger: ledger::Options::default(),
        }
    }
}

/// A store in a folder.
pub struct EmbeddedStore {
    index: Arc<FileIndex>,
    queue: Queue,
    drafts: Arc<Drafts>,
    /// No other process reads it, and whoever was signed in can sign in anew.
    passing: MemoryPassing,
    entropy: Arc<dyn Entropy>,
    /// The ledger's folder, to be measured.
    ledger: PathBuf,
    append_duration: Histogram,
    /// Holds the folder's lock.
    _lock: File,
}

type FileIndex = Index<BehindRecords, LedgerBodies>;

impl EmbeddedStore {
    /// Opens the store in a folder, made if need be, and brings its index level with its ledger.
    ///
    /// It blocks: for seconds with a large index, for minutes if that has to be made again.
    ///
    /// # Errors
    /// As [`OpenError`] says. An index that cannot be used is none of them: it is set aside.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let lock = folder::hold(dir)?;
        let drafts = Arc::new(Drafts::open(dir)?);
        let opened = index_folder::open(dir, options.ledger)?;
        let index = Arc::new(opened.index);
        let queue = Queue::start(dir, Arc::clone(&index), opened.ledger)
            .map_err(OpenError::io("start the writer of", dir))?;
        Ok(Self {
            index,
            queue,
            drafts,
            passing: MemoryPassing::default(),
            entropy: options.entropy,
            ledger: folder::ledger(dir),
            append_duration: histogram!("askonce.store.append.duration"),
            _lock: lock,
        })
    }

    /// Takes no more, writes what waits, and syncs the index. The folder is free once the store
    /// is dropped, too.
    pub async fn close(&self) {
        self.queue.close().await;
    }

    /// Ends, with the reason, when the store has stopped because a write failed; never before.
    pub fn stopped(&self) -> impl Future<Output = String> + Send + use<> {
        self.queue.stopped()
    }
}

#[async_trait]
impl Backend for EmbeddedStore {
    type Records = BehindRecords;
    type Bodies = LedgerBodies;

    fn index(&self) -> &FileIndex {
        &self.index
    }

    async fn record(&self, append: Append) -> Result<Appended, StoreError> {
        let begun = Instant::now();
        let span = spans::append();
        let request = Request::of(&append)?;
        let events = envelope::seal(&append, self.entropy.as_ref())?;
        let (waiting, answer) = Waiting::new(request, events, append.at, span.clone())?;
        self.queue.put(waiting)?;
        match answer.await {
            Ok(answered) => {
                self.append_duration.record(begun.elapsed());
                answered
            }
            Err(_) => Err(self.queue.gone()),
        }
    }

    async fn kept_draft(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Option<Arc<Draft>>, StoreError> {
        if !self.drafts.has(home, period) {
            return Ok(None);
        }
        let home = home.clone();
        let read = drafts::blocking(&self.drafts, move |drafts| drafts.read(&home, period));
        Ok(read.await?.map(Arc::new))
    }

    async fn keep_draft(&self, put: PutDraft) -> Result<bool, StoreError> {
        drafts::blocking(&self.drafts, move |drafts| drafts.put(&put)).await
    }

    fn passing_store(&self) -> &dyn PassingStore {
        &self.passing
    }

    fn state(&self) -> Result<(), StoreError> {
        self.queue.state()?;
        let applied = self.index.core().records().state();
        applied.map_err(|error| StoreError::Stopped(error.to_string()))
    }
}
