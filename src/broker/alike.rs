//! The entries of a form that are likely the same in other words, while nobody has decided.

use std::sync::{Arc, Weak};

use quick_cache::sync::Cache;

use crate::domain::alike::{Finder, LikelySames, Pair, pairs, undecided};
use crate::domain::digest::Digest;
use crate::domain::id::ElementId;
use crate::domain::matcher::{Compared, Wording};
use crate::domain::template::Template;

use super::{Broker, BrokerError, Matching, TEMPLATES_CACHED};

/// How many wordings are kept with the elements that they may mean: those of a region's asks, at some
/// 2 kB each. A form of tomorrow asks mostly what today's does.
const WORDINGS_CACHED: usize = 4_000;

/// What was found last, each with what it was found with: once that is another, it is looked for
/// anew.
pub(super) struct Alikes {
    pairs: Cache<Digest, Found<Vec<Pair>>>,
    elements: Cache<Wording, Found<Vec<(ElementId, Compared)>>>,
}

/// What was found with a dictionary and a lexicon.
#[derive(Clone)]
struct Found<T> {
    with: Weak<Matching>,
    found: Arc<T>,
}

impl<T> Found<T> {
    fn new(with: &Arc<Matching>, found: T) -> Self {
        Self {
            with: Arc::downgrade(with),
            found: Arc::new(found),
        }
    }

    /// What was found, if it was with these.
    fn by(self, matching: &Arc<Matching>) -> Option<Arc<T>> {
        let with = self.with.upgrade()?;
        Arc::ptr_eq(&with, matching).then_some(self.found)
    }
}

impl Alikes {
    pub(super) fn new() -> Self {
        Self {
            pairs: Cache::new(TEMPLATES_CACHED),
            elements: Cache::new(WORDINGS_CACHED),
        }
    }

    /// The elements that a wording most probably means, at most so many: the one caller asks always for
    /// as many.
    fn elements(
        &self,
        matching: &Arc<Matching>,
        wording: &Wording,
        limit: usize,
    ) -> Vec<(ElementId, Compared)> {
        let known = self.elements.get(wording);
        if let Some(known) = known.and_then(|known| known.by(matching)) {
            return known.to_vec();
        }
        let found = matching.find(wording, limit).into_iter();
        let found: Vec<_> = found.map(|(id, own)| (id.clone(), own)).collect();
        let kept = Found::new(matching, found.clone());
        self.elements.insert(wording.clone(), kept);
        found
    }
}

impl Broker {
    /// The entries of a template that are likely the same as others and of which no decision in force
    /// speaks.
    ///
    /// What is likely is kept by template, since its digest stands for dictionary and merging
    /// decisions, too; the decisions that keep apart are looked at each time.
    pub(super) async fn alike(&self, template: &Template) -> Result<LikelySames, BrokerError> {
        if template.entries().len() < 2 {
            return Ok(LikelySames::new());
        }
        let pairs = self.likely_pairs(template).await?;
        if pairs.is_empty() {
            return Ok(LikelySames::new());
        }
        let links = self.store.links().await?.value;
        Ok(undecided(&pairs, template, &links))
    }

    async fn likely_pairs(&self, template: &Template) -> Result<Arc<Vec<Pair>>, BrokerError> {
        let matching = self.matching().await?;
        let key = template.digest();
        let known = self.alikes.pairs.get(&key);
        if let Some(known) = known.and_then(|known| known.by(&matching)) {
            return Ok(known);
        }
        let dictionary = self.store.dictionary().await?.value;
        let find =
            |wording: &Wording, limit: usize| self.alikes.elements(&matching, wording, limit);
        let finder = Finder {
            index: matching.index(),
            dictionary: &dictionary,
            find: &find,
        };
        let kept = Found::new(&matching, pairs(template, finder));
        let found = Arc::clone(&kept.found);
        self.alikes.pairs.insert(key, kept);
        Ok(found)
    }
}
