//! Opening and closing the store that the options name.

use std::fmt;
use std::sync::Arc;

use anyhow::Context;

use super::{Data, sources};
use crate::store::Store;
use crate::store::embedded::{self, EmbeddedStore};
use crate::store::memory::MemoryStore;

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
}

impl Opened {
    /// Opens a store; an index that has to be made again takes minutes.
    pub(super) async fn open(data: &Data) -> anyhow::Result<Self> {
        let folder = match data {
            Data::Memory => return Ok(Self::Memory(Arc::new(MemoryStore::new()))),
            Data::Given(given) => return Ok(Self::Given(Arc::clone(&given.0))),
            Data::Embedded(folder) => folder.clone(),
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
            Self::Given(store) => Arc::clone(store),
        }
    }

    /// How it is, in numbers; none of one in memory.
    pub(super) fn measures(&self) -> Option<embedded::Measures> {
        match self {
            Self::Memory(_) | Self::Given(_) => None,
            Self::Embedded(store) => Some(store.measures()),
        }
    }

    /// Ends, with the reason, if the store stops by itself.
    pub(super) async fn stopped(&self) -> String {
        match self {
            Self::Memory(_) | Self::Given(_) => std::future::pending().await,
            Self::Embedded(store) => store.stopped().await,
        }
    }

    /// Writes what waits, and takes no more.
    pub(super) async fn close(&self) {
        if let Self::Embedded(store) = self {
            store.close().await;
        }
    }
}
