//! The dictionary in force, made ready for the matcher.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::Digest;
use crate::domain::id::ElementId;
use crate::domain::matcher::{Entry, Index, Lexicon, Wording};
use crate::domain::terms::OwnTerms;

use super::accepted::Accepted;
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
pub(super) struct Matchings(Cache<MatchingKey, Arc<Matching>>);

/// All that a matching follows from: the dictionary, what is one by decision, and how often words
/// were taught.
type MatchingKey = (Digest, Digest, u64);

impl Matchings {
    pub(super) fn new() -> Self {
        Self(Cache::new(MATCHINGS_CACHED))
    }
}

impl Matching {
    /// Makes the elements in force ready.
    #[must_use]
    pub fn of(dictionary: &Dictionary, lexicon: Arc<Lexicon>) -> Self {
        Self::accepting(dictionary, lexicon, &Accepted::default())
    }

    /// The same, each element in the words too in which it was accepted.
    #[must_use]
    pub fn accepting(dictionary: &Dictionary, lexicon: Arc<Lexicon>, accepted: &Accepted) -> Self {
        let in_force = dictionary
            .elements()
            .filter(|element| element.retired.is_none());
        let elements: Vec<&Arc<Element>> = in_force.collect();
        let entry = |element: &&Arc<Element>| {
            let mut entry = element.as_entry();
            let further = accepted.of(&element.id).iter();
            entry.aliases.extend(further.map(|own| own.label.clone()));
            entry
        };
        let entries: Vec<Entry> = elements.iter().map(entry).collect();
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
    pub fn find(
        &self,
        wording: &Wording,
        limit: usize,
    ) -> Vec<(&ElementId, crate::domain::matcher::Compared)> {
        let found = self.index.find(wording, limit).into_iter();
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
        let links = self.store.links().await?.value;
        let terms = self.store.terms().await?;
        let key = (dictionary.digest(), links.digest(), terms.revision);
        if let Some(known) = self.matchings.0.get(&key) {
            return Ok(known);
        }
        let lexicon = lexicon_with(&terms.value);
        let accepted = self.accepted_of(&dictionary, &links).await?;
        let made = Arc::new(Matching::accepting(&dictionary, lexicon, &accepted));
        self.matchings.0.insert(key, Arc::clone(&made));
        Ok(made)
    }
}

/// The lexicon with the words that data leads taught.
fn lexicon_with(terms: &OwnTerms) -> Arc<Lexicon> {
    let taught: Vec<_> = terms.iter().cloned().collect();
    if taught.is_empty() {
        return Lexicon::starter();
    }
    match Lexicon::starter_with(&taught) {
        Ok(lexicon) => Arc::new(lexicon),
        Err(faults) => {
            // Another edition of the program may bring other values than those that they build on.
            tracing::warn!(%faults, "the words that were taught do not fit, and are left out");
            Lexicon::starter()
        }
    }
}
