//! Records in a sled tree.
//!
//! One tree with key prefixes: a batch is atomic within a tree only. The tree's own durability is
//! not relied on; what it loses is replayed from the ledger.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::store::StoreError;
use crate::store::index::{Change, Records, Visit};
use crate::store::limits::{
    BATCH_RECORDS_MAX, GARBAGE_BAG_OBJECTS, GARBAGE_PER_RECORD, INDEX_CACHE_BYTES,
};

/// Records in a sled tree.
pub(crate) struct SledRecords(sled::Db);

impl SledRecords {
    /// Opens the tree in a folder, made if need be.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(INDEX_CACHE_BYTES);
        config.open().map(Self).map_err(|error| damaged(&error))
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes what is held back, so that the next open need not replay it.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.0.flush().map(drop).map_err(|error| damaged(&error))
    }
}

impl Records for SledRecords {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        // sled panics on some damage that it comes to see only when a page is first read.
        let found = catch_unwind(AssertUnwindSafe(|| self.0.get(key)));
        let found = found.map_err(|_| StoreError::Damaged("index: it does not read".to_owned()))?;
        let found = found.map_err(|error| damaged(&error))?;
        Ok(found.map(|value| value.to_vec()))
    }

    fn scan(&self, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
        for entry in self.0.scan_prefix(prefix) {
            let (key, value) = entry.map_err(|error| damaged(&error))?;
            visit(&key, &value)?;
        }
        Ok(())
    }

    /// Applies in batches of at most [`BATCH_RECORDS_MAX`], the last changes in the last one.
    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let mut batch = sled::Batch::default();
            let mut records = 0;
            for (key, value) in changes.by_ref().take(BATCH_RECORDS_MAX) {
                records += 1;
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            self.0.apply_batch(batch).map_err(|error| damaged(&error))?;
            collect_garbage(records);
        }
        Ok(())
    }
}

/// Has the epoch collector free what a batch left behind, which it would otherwise do more slowly
/// than batches come.
fn collect_garbage(records: usize) {
    for _ in 0..=(GARBAGE_PER_RECORD * records / GARBAGE_BAG_OBJECTS) {
        crossbeam_epoch::pin().flush();
    }
}

fn damaged(error: &sled::Error) -> StoreError {
    StoreError::Damaged(format!("index: {error}"))
}

#[cfg(test)]
mod tests {
    /// Flushing another version's collector would silently do nothing for sled.
    #[test]
    fn the_epoch_collector_is_the_one_that_sled_uses() {
        let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        let lock = lock.expect("the lock file stands beside the manifest");
        let packages: Vec<&str> = lock.split("[[package]]").collect();
        let named = |name: &str| {
            let line = format!("\nname = \"{name}\"\n");
            packages
                .iter()
                .filter(move |package| package.contains(&line))
        };
        assert_eq!(named("crossbeam-epoch").count(), 1);
        let ours = named("crossbeam-epoch").next().expect("it is a dependency");
        assert!(ours.contains("\nversion = \"0.9."));
        let sled = named("sled").next().expect("it is a dependency");
        assert!(sled.contains("\"crossbeam-epoch\","));
    }
}
