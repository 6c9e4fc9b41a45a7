//! What each home's people were told last by a digest: one record a home.

use super::bodies::Bodies;
use super::draft::{Draft, small};
use super::read::Index;
use super::record::{Small, key};
use super::records::Records;
use crate::domain::id::HomeId;
use crate::domain::letter::{DigestSent, LastDigest};
use crate::store::{StoreError, Stored};

impl<R: Records> Draft<'_, R> {
    /// A digest takes the place of the one before; one that is replayed changes nothing.
    pub(super) fn add_digest(
        &mut self,
        sequence: u64,
        sent: &DigestSent,
    ) -> Result<(), StoreError> {
        let key = key::digests(&sent.home);
        let known = self.get(&key)?.map(|bytes| Small::decode(&bytes));
        let known: Option<Small<LastDigest>> = known.transpose()?;
        if known
            .as_ref()
            .is_some_and(|known| known.revision >= sequence)
        {
            return Ok(());
        }
        let last = LastDigest::after(known.map(|known| known.value), sent);
        self.put(key, small(&last, sequence));
        Ok(())
    }
}

/// What a home's people were told last.
pub(super) fn last(
    records: &impl Records,
    home: &HomeId,
) -> Result<Option<Small<LastDigest>>, StoreError> {
    let found = records.get(&key::digests(home))?;
    found.map(|bytes| Small::decode(&bytes)).transpose()
}

impl<R: Records, B: Bodies> Index<R, B> {
    pub(super) fn last_digest(
        &self,
        home: &HomeId,
    ) -> Result<Option<Stored<LastDigest>>, StoreError> {
        let found = last(self.core().records(), home)?;
        Ok(found.map(|small| Stored {
            value: small.value,
            revision: small.revision,
        }))
    }
}
