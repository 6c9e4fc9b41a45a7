//! The dictionary in force, made ready for the matcher.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use quick_cache::sync::Cache;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::Digest;
use crate::domain::id::ElementId;
use crate::domain::matcher::{Compared, Entry, Index, Lexicon, Reading, Wording};
use crate::domain::terms::OwnTerms;

use crate::store::Stored;

use super::accepted::{Accepted, AcceptedWording};
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
pub(super) struct Matchings {
    ready: Cache<MatchingKey, Arc<Matching>>,
    /// Without what decisions add, by dictionary and how often words were taught.
    bases: Cache<(Digest, u64), Arc<Matching>>,
}

/// All that a matching follows from: the dictionary, what is one by decision, and how often words
/// were taught.
type MatchingKey = (Digest, Digest, u64);

impl Matchings {
    pub(super) fn new() -> Self {
        Self {
            ready: Cache::new(MATCHINGS_CACHED),
            bases: Cache::new(MATCHINGS_CACHED),
        }
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

    /// The same, each element in the words too in which it was accepted.
    #[must_use]
    pub fn accepting(&self, dictionary: &Dictionary, accepted: &Accepted) -> Self {
        let mut further = Vec::new();
        for (place, id) in self.elements.iter().enumerate() {
            let Some(element) = dictionary.element(id) else {
                continue;
            };
            let wording = |own: &AcceptedWording| Wording {
                label: own.label.clone(),
                ..element.field.as_wording()
            };
            // What is private is nobody's to know, nor a word of it in an explanation.
            let told = accepted.of(id).iter().filter(|own| !own.is_private);
            further.extend(told.map(|own| (place, wording(own))));
        }
        Self {
            index: self.index.with(&further),
            elements: self.elements.clone(),
        }
    }

    /// The elements in force made ready with the program's own lexicon: once for all brokers of the
    /// program, for it takes a while.
    fn plain(dictionary: &Dictionary) -> Arc<Self> {
        static MADE: LazyLock<Cache<Digest, Arc<Matching>>> =
            LazyLock::new(|| Cache::new(MATCHINGS_CACHED));
        let make = || Ok::<_, Infallible>(Arc::new(Self::of(dictionary, Lexicon::starter())));
        let plain = MADE.get_or_insert_with(&dictionary.digest(), make);
        plain.unwrap_or_else(|never| match never {})
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
        let links = self.store.links().await?.value;
        let terms = self.store.terms().await?;
        let key = (dictionary.digest(), links.digest(), terms.revision);
        if let Some(known) = self.matchings.ready.get(&key) {
            return Ok(known);
        }
        let base = self.base(&dictionary, &terms).await?;
        let accepted = self.accepted_of(&dictionary, &links).await?;
        let made = Arc::new(base.accepting(&dictionary, &accepted));
        self.matchings.ready.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// The dictionary made ready with the words that were taught, without what decisions add.
    async fn base(
        &self,
        dictionary: &Arc<Dictionary>,
        terms: &Stored<Arc<OwnTerms>>,
    ) -> Result<Arc<Matching>, BrokerError> {
        let key = (dictionary.digest(), terms.revision);
        if let Some(known) = self.matchings.bases.get(&key) {
            return Ok(known);
        }
        let (dictionary, terms) = (Arc::clone(dictionary), Arc::clone(&terms.value));
        let make = move || match taught(&terms) {
            Some(lexicon) => Arc::new(Matching::of(&dictionary, lexicon)),
            None => Matching::plain(&dictionary),
        };
        // Others have their turn meanwhile.
        let base = tokio::task::spawn_blocking(make).await;
        let base = base.map_err(|error| BrokerError::Internal(format!("the matcher: {error}")))?;
        self.matchings.bases.insert(key, Arc::clone(&base));
        Ok(base)
    }
}

/// The lexicon with the words that data leads taught; none where they taught none.
fn taught(terms: &OwnTerms) -> Option<Arc<Lexicon>> {
    let taught: Vec<_> = terms.iter().cloned().collect();
    if taught.is_empty() {
        return None;
    }
    match Lexicon::starter_with(&taught) {
        Ok(lexicon) => Some(Arc::new(lexicon)),
        Err(faults) => {
            // Another edition of the program may bring other values than those that they build on.
            tracing::warn!(%faults, "the words that were taught do not fit, and are left out");
            None
        }
    }
}
