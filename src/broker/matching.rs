//! The dictionary in force, made ready for the matcher.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::Digest;
use crate::domain::id::ElementId;
use crate::domain::matcher::{Compared, Entry, Index, Lexicon, Reading, Wording};

use super::{Broker, BrokerError};

/// How many dictionaries are kept ready: the one in force, and the one before it while that is used.
const MATCHINGS_CACHED: usize = 2;

/// A dictionary, made ready for the matcher.
#[derive(Debug)]
pub struct Matching {
    index: Index,
    /// The element of each entry of the index.
    elements: Vec<ElementId>,
}

/// The dictionaries that were made ready last.
pub(super) struct Matchings(Cache<Digest, Arc<Matching>>);

impl Matchings {
    pub(super) fn new() -> Self {
        Self(Cache::new(MATCHINGS_CACHED))
    }
}

impl Matching {
    /// Makes the elements in force ready.
    #[must_use]
    pub fn of(dictionary: &Dictionary, lexicon: Arc<Lexicon>) -> Self {
        let in_force = dictionary
            .elements()
            .filter(|element| element.retired.is_none());
        let elements: Vec<&Arc<Element>> = in_force.collect();
        let entries: Vec<Entry> = elements.iter().map(|element| element.as_entry()).collect();
        Self {
            index: Index::new(lexicon, &entries),
            elements: elements.iter().map(|element| element.id.clone()).collect(),
        }
    }

    /// The index over the elements.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The elements that a wording most probably means, the best first.
    #[must_use]
    pub fn find(&self, wording: &Wording, limit: usize) -> Vec<(&ElementId, Compared)> {
        self.find_read(&self.index.lexicon().read(wording), limit)
    }

    /// As [`Self::find`], of a wording that was read with the index's lexicon.
    #[must_use]
    pub fn find_read(&self, reading: &Reading, limit: usize) -> Vec<(&ElementId, Compared)> {
        let found = self.index.find_read(reading, limit).into_iter();
        found
            .map(|one| (&self.elements[one.entry], one.compared))
            .collect()
    }
}

impl Broker {
    /// The dictionary in force, made ready for the matcher.
    ///
    /// # Errors
    /// As the store says.
    pub async fn matching(&self) -> Result<Arc<Matching>, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let key = dictionary.digest();
        if let Some(known) = self.matchings.0.get(&key) {
            return Ok(known);
        }
        let made = Arc::new(Matching::of(&dictionary, Lexicon::starter()));
        self.matchings.0.insert(key, Arc::clone(&made));
        Ok(made)
    }
}
