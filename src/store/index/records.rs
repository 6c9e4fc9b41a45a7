//! Where records stand: an ordered map of bytes, in memory or on disk.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use crate::store::StoreError;

/// A record to be put, or taken away.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// What a scan calls with each record.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError>;

/// An ordered map of bytes.
///
/// Invariant: changes apply in order. They may apply in several steps, so whoever must know that
/// all did makes that the last of them.
pub(crate) trait Records: Send + Sync {
    /// The record under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Every record whose key begins so, in order.
    fn scan(&self, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError>;

    /// Applies changes.
    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError>;
}

/// Records in memory.
#[derive(Default)]
pub(crate) struct MemoryRecords(RwLock<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Records for MemoryRecords {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(map.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], visit: Visit<'_>) -> Result<(), StoreError> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let from = (Bound::Included(prefix), Bound::Unbounded);
        map.range::<[u8], _>(from)
            .take_while(|(key, _)| key.starts_with(prefix))
            .try_for_each(|(key, value)| visit(key, value))
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in changes {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }
}
