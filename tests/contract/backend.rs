//! The stores that the contract is held against, each opened afresh for every sentence.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askonce::store::embedded::{EmbeddedStore, Options};
use askonce::store::memory::MemoryStore;
use askonce::store::{Append, Appended, Store};
use tempfile::TempDir;

/// Salts that are never the same twice, from a counter.
pub(crate) fn options() -> Options {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Options::new(Arc::new(|| {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        salt
    }))
}

/// Opens the embedded store of a folder.
pub(crate) fn open(dir: &Path) -> EmbeddedStore {
    EmbeddedStore::open(dir, options()).unwrap()
}

/// A store under test.
pub(crate) enum Subject {
    /// In memory.
    Memory(Box<MemoryStore>),
    /// In a folder, which goes with it.
    Embedded(Option<EmbeddedStore>, TempDir),
}

impl Subject {
    pub(crate) fn memory() -> Self {
        Self::Memory(Box::default())
    }

    pub(crate) fn embedded() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::Embedded(Some(open(dir.path())), dir)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(store) => store.as_ref(),
            Self::Embedded(store, _) => store.as_ref().unwrap(),
        }
    }

    /// Closes the store and opens it again, where it outlives that.
    pub(crate) fn reopen(&mut self) {
        if let Self::Embedded(store, dir) = self {
            drop(store.take());
            *store = Some(open(dir.path()));
        }
    }

    /// The same with the index taken away between.
    pub(crate) fn reopen_without_index(&mut self) {
        if let Self::Embedded(store, dir) = self {
            drop(store.take());
            std::fs::remove_dir_all(dir.path().join("index")).unwrap();
            *store = Some(open(dir.path()));
        }
    }
}

/// Holds a sentence against every store: fresh, and it may reopen its subject.
pub(crate) fn hold<F: AsyncFnMut(&mut Subject)>(mut sentence: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for mut subject in [Subject::memory(), Subject::embedded()] {
        runtime.block_on(sentence(&mut subject));
    }
}

/// Appends what must be recorded; returns its first sequence.
pub(crate) async fn record(store: &dyn Store, append: Append) -> u64 {
    match store.append(append).await.unwrap() {
        Appended::Recorded { first } => first,
        other => panic!("not recorded: {other:?}"),
    }
}
