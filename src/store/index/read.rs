//! Reads: from postings and records to where bodies stand, and from bodies to values.

use std::sync::Arc;

use jiff::civil::Date;

use super::asks::Wanted;
use super::cache::Caches;
use super::core::Core;
use super::fact::{Fact, unreadable};
use super::record::{Place, SheetRecord, key};
use super::records::Records;
use crate::domain::access::Token;
use crate::domain::answer::Submission;
use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::home::Home;
use crate::domain::id::{AskName, HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;
use crate::domain::reference::Reference;
use crate::domain::sheet::Sheet;
use crate::domain::template::Template;
use crate::store::{AskFilter, Recorded, ReleasedSheet, StoreError, Stored};

/// Where events are read back from.
pub(crate) trait Bodies: Send + Sync {
    /// The event at a place; none if it was erased.
    fn at(&self, place: Place) -> Result<Option<Arc<Recorded>>, StoreError>;

    /// Events after a sequence, in order, at most `limit`, erased ones left out.
    fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Recorded>, StoreError>;
}

/// The index with the bodies that it points to.
pub(crate) struct Index<R, B> {
    core: Core<R>,
    bodies: B,
    caches: Caches,
}

impl<R: Records, B: Bodies> Index<R, B> {
    /// The index over bodies; reads the dictionary in force, if `core` was loaded without it.
    pub(crate) fn new(core: Core<R>, bodies: B) -> Result<Self, StoreError> {
        if let Some(place) = core.place(key::DICTIONARY)?
            && core.read().registers.dictionary.revision < place.sequence
            && let Some(recorded) = bodies.at(place)?
        {
            let fact = Fact::of(&recorded.event).map_err(|why| unreadable(place.sequence, &why))?;
            if let Fact::Dictionary(dictionary) = fact {
                core.adopt(dictionary, place.sequence);
            }
        }
        Ok(Self {
            core,
            bodies,
            caches: Caches::default(),
        })
    }

    /// The records and postings.
    pub(crate) fn core(&self) -> &Core<R> {
        &self.core
    }

    /// The bodies.
    pub(crate) fn bodies(&self) -> &B {
        &self.bodies
    }

    /// Keeps an ask that was just recorded, so that it need not be read back.
    pub(crate) fn keep(&self, sequence: u64, fact: &Fact) {
        match fact {
            Fact::Ask(ask) => self.caches.asks.insert(sequence, Arc::clone(ask)),
            Fact::Template(template) => {
                self.caches
                    .templates
                    .insert(template.digest(), Arc::clone(template));
            }
            _ => {}
        }
    }

    pub(super) fn dictionary(&self) -> Stored<Arc<Dictionary>> {
        self.core.read().registers.dictionary.clone()
    }

    pub(super) fn links(&self) -> Stored<Arc<Links>> {
        self.core.read().registers.links.links()
    }

    pub(super) fn organisation(&self, id: &OrganisationId) -> Option<Stored<Arc<Organisation>>> {
        self.core.read().registers.organisations.get(id).cloned()
    }

    pub(super) fn organisations(
        &self,
        after: Option<&OrganisationId>,
        limit: usize,
    ) -> Vec<Arc<Organisation>> {
        page(&self.core.read().registers.organisations, after, limit)
    }

    pub(super) fn home(&self, id: &HomeId) -> Option<Stored<Arc<Home>>> {
        self.core.read().registers.homes.get(id).cloned()
    }

    pub(super) fn homes(&self, after: Option<&HomeId>, limit: usize) -> Vec<Arc<Home>> {
        page(&self.core.read().registers.homes, after, limit)
    }

    pub(super) fn ask(&self, name: &AskName) -> Result<Option<Stored<SharedAsk>>, StoreError> {
        let place = self.core.read().asks.place(name);
        place.map_or(Ok(None), |place| self.ask_at(place))
    }

    pub(super) fn identical_ask(&self, content: &Digest) -> Option<AskName> {
        self.core.read().asks.identical(content)
    }

    pub(super) fn asks(
        &self,
        filter: &AskFilter,
        after: Option<&AskName>,
        limit: usize,
    ) -> Result<Vec<Stored<SharedAsk>>, StoreError> {
        let listed = {
            let held = self.core.read();
            let of_home = filter.home.as_ref().map(|id| {
                let home = held.registers.homes.get(id);
                let own = held.asks.of_home(id, home.map(|home| home.value.as_ref()));
                own | held.naming_predecessors(id)
            });
            let questions = filter.questions.as_deref();
            let of_questions = questions.map(|questions| held.asks.of_questions(questions));
            let among = match (of_home, of_questions) {
                (Some(one), Some(other)) => Some(one & other),
                (one, other) => one.or(other),
            };
            let organisation = filter.organisation.as_ref();
            let wanted = Wanted {
                organisation,
                among,
            };
            held.asks.list(&wanted, after, limit)
        };
        let asks = listed.into_iter().map(|(_, place)| self.ask_at(place));
        asks.filter_map(Result::transpose).collect()
    }

    pub(super) fn asks_of_home(&self, home: &HomeId) -> Result<Vec<SharedAsk>, StoreError> {
        let filter = AskFilter {
            home: Some(home.clone()),
            ..AskFilter::default()
        };
        let asks = self.asks(&filter, None, usize::MAX)?;
        Ok(asks.into_iter().map(|ask| ask.value).collect())
    }

    pub(super) fn sheet(
        &self,
        home: &HomeId,
        reference: &Reference,
    ) -> Result<Stored<Arc<Sheet>>, StoreError> {
        let name = (home.clone(), *reference);
        let record = match self.core.records().get(&key::sheet(home, reference))? {
            Some(bytes) => SheetRecord::decode(&bytes)?,
            None => SheetRecord::default(),
        };
        let revision = record.revision();
        let cached = self.caches.sheets.get(&name);
        if let Some((_, value, _)) = cached.filter(|(cached, _, _)| *cached == revision) {
            return Ok(Stored { value, revision });
        }
        let mut sheet = Sheet::default();
        let mut said = 0;
        for place in record.places {
            if let Some(submission) = self.submission_at(place)? {
                sheet.apply(reference, place.sequence, &submission);
                said += submission.answers.len() as u64;
            }
        }
        let value = Arc::new(sheet);
        self.caches
            .sheets
            .insert(name, (revision, Arc::clone(&value), said));
        Ok(Stored { value, revision })
    }

    pub(super) fn moments(
        &self,
        home: &HomeId,
        days: (Date, Date),
        limit: usize,
    ) -> Vec<Reference> {
        self.core.read().sheets.moments(home, days, limit)
    }

    pub(super) fn released(&self, ask: &AskName, after: u64, limit: usize) -> Vec<ReleasedSheet> {
        let held = self.core.read();
        let number = held.asks.number(ask);
        number.map_or_else(Vec::new, |ask| held.sheets.released(ask, after, limit))
    }

    pub(super) fn receipt(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<Submission>>>, StoreError> {
        let Some(place) = self.core.place(&key::receipt(home, receipt))? else {
            return Ok(None);
        };
        let submission = self.submission_at(place)?;
        Ok(submission.map(|value| Stored {
            value,
            revision: place.sequence,
        }))
    }

    pub(super) fn template(&self, digest: &Digest) -> Result<Option<Arc<Template>>, StoreError> {
        if let Some(template) = self.caches.templates.get(digest) {
            return Ok(Some(template));
        }
        let Some(place) = self.core.place(&key::template(digest))? else {
            return Ok(None);
        };
        match self.fact_at(place)? {
            None => Ok(None),
            Some(Fact::Template(template)) => {
                self.caches.templates.insert(*digest, Arc::clone(&template));
                Ok(Some(template))
            }
            Some(_) => Err(unreadable(place.sequence, "it keeps no template")),
        }
    }

    pub(super) fn token_of_hash(&self, hash: &Digest) -> Option<Arc<Token>> {
        self.core.read().registers.tokens.of_hash(hash)
    }

    pub(super) fn tokens(&self) -> Vec<Stored<Arc<Token>>> {
        self.core.read().registers.tokens.all().cloned().collect()
    }

    fn ask_at(&self, place: Place) -> Result<Option<Stored<SharedAsk>>, StoreError> {
        let revision = place.sequence;
        if let Some(value) = self.caches.asks.get(&revision) {
            return Ok(Some(Stored { value, revision }));
        }
        match self.fact_at(place)? {
            None => Ok(None),
            Some(Fact::Ask(value)) => {
                self.caches.asks.insert(revision, Arc::clone(&value));
                Ok(Some(Stored { value, revision }))
            }
            Some(_) => Err(unreadable(revision, "it submits no ask")),
        }
    }

    fn submission_at(&self, place: Place) -> Result<Option<Arc<Submission>>, StoreError> {
        match self.bodies.at(place)?.as_deref() {
            None => Ok(None),
            Some(Recorded {
                event: Event::AnswersSubmitted(submission),
                ..
            }) => Ok(Some(Arc::new(submission.clone()))),
            Some(_) => Err(unreadable(place.sequence, "it submits no answers")),
        }
    }

    fn fact_at(&self, place: Place) -> Result<Option<Fact>, StoreError> {
        let Some(recorded) = self.bodies.at(place)? else {
            return Ok(None);
        };
        let fact = Fact::of(&recorded.event);
        fact.map(Some)
            .map_err(|why| unreadable(place.sequence, &why))
    }
}

fn page<K: Ord, T>(
    entries: &std::collections::BTreeMap<K, Stored<Arc<T>>>,
    after: Option<&K>,
    limit: usize,
) -> Vec<Arc<T>> {
    let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
    let entries = entries.range((from, std::ops::Bound::Unbounded));
    entries
        .map(|(_, entry)| Arc::clone(&entry.value))
        .take(limit)
        .collect()
}
