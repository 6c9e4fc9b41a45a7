//! The entries of a form that are likely the same in other words, while nobody has decided.

use std::sync::{Arc, Weak};

use quick_cache::sync::Cache;

use crate::domain::alike::{Finder, LikelySames, Pair, pairs, undecided};
use crate::domain::digest::Digest;
use crate::domain::matcher::Wording;
use crate::domain::template::Template;

use super::{Broker, BrokerError, Matching, TEMPLATES_CACHED};

/// The pairs of each template that were found last, with what they were found with: once that is
/// another, they are looked for anew.
pub(super) struct Alikes(Cache<Digest, (Weak<Matching>, Arc<Vec<Pair>>)>);

impl Alikes {
    pub(super) fn new() -> Self {
        Self(Cache::new(TEMPLATES_CACHED))
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
        if let Some((found_with, known)) = self.alikes.0.get(&key)
            && found_with
                .upgrade()
                .is_some_and(|own| Arc::ptr_eq(&own, &matching))
        {
            return Ok(known);
        }
        let dictionary = self.store.dictionary().await?.value;
        let find = |wording: &Wording, limit: usize| {
            let found = matching.find(wording, limit).into_iter();
            found.map(|(id, own)| (id.clone(), own)).collect()
        };
        let found = Arc::new(pairs(
            template,
            Finder {
                index: matching.index(),
                dictionary: &dictionary,
                find: &find,
            },
        ));
        let kept = (Arc::downgrade(&matching), Arc::clone(&found));
        self.alikes.0.insert(key, kept);
        Ok(found)
    }
}
