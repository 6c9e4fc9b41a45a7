//! How a store is, in numbers.

use std::path::Path;

use super::EmbeddedStore;

/// How a store is, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measures {
    /// Requests that wait for the writer.
    pub queue_requests: u64,
    /// Their bytes.
    pub queue_bytes: u64,
    /// Records of the index that are in the ledger and not yet applied.
    pub behind_records: u64,
    /// Events in the ledger.
    pub ledger_events: u64,
    /// Bytes of its segments; none of a folder that cannot be read.
    pub ledger_bytes: u64,
    /// The caches by name, with how often each could answer, and could not.
    pub caches: [(&'static str, u64, u64); 3],
}

impl EmbeddedStore {
    /// How the store is. It reads the ledger's folder: not for a thread that serves.
    pub fn measures(&self) -> Measures {
        let (queue_requests, queue_bytes) = self.queue.waiting();
        let index = &self.index;
        Measures {
            queue_requests,
            queue_bytes,
            behind_records: index.core().records().behind(),
            ledger_events: index.bodies().events(),
            ledger_bytes: folder_bytes(&self.ledger),
            caches: index.readings(),
        }
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| Some(entry.metadata().ok()?.len()));
    sizes.sum()
}
