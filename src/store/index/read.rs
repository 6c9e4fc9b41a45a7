//! Reads: from postings and records to where bodies stand, and from bodies to values.

use std::sync::Arc;

use jiff::civil::Date;

use super::asks::Wanted;
use super::bodies::Bodies;
use super::cache::Caches;
use super::core::Core;
use super::fact::{Fact, unreadable};
use super::record::{AskRecord, Place, SheetRecord, Small, key};
use super::records::Records;
use crate::domain::access::Token;
use crate::domain::answer::Submission;
use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::{Dictionary, ElementProposed};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::event::{AskWithdrawn, Event};
use crate::domain::fault::Faults;
use crate::domain::filing::Filings;
use crate::domain::home::Home;
use crate::domain::id::{AskName, HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;
use crate::domain::period::Period;
use crate::domain::powers::Powers;
use crate::domain::reference::Reference;
use crate::domain::release::AnswersReleased;
use crate::domain::sheet::Sheet;
use crate::domain::template::Template;
use crate::store::{AskFilter, Recorded, ReleasedSheet, StoreError, Stored};

/// The index with the bodies that it points to.
pub(crate) struct Index<R, B> {
    core: Core<R>,
    bodies: B,
    caches: Caches,
}

impl<R: Records, B: Bodies> Index<R, B> {
    /// The index over bodies.
    pub(crate) fn new(core: Core<R>, bodies: B) -> Self {
        Self {
            core,
            bodies,
            caches: Caches::default(),
        }
    }

    /// The records and postings.
    pub(crate) fn core(&self) -> &Core<R> {
        &self.core
    }

    /// The bodies.
    pub(crate) fn bodies(&self) -> &B {
        &self.bodies
    }

    /// The caches by name, with how often each could answer, and could not.
    pub(crate) fn readings(&self) -> [(&'static str, u64, u64); 3] {
        self.caches.readings()
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

    pub(super) fn proposals(&self) -> Vec<Stored<Arc<ElementProposed>>> {
        let held = self.core.read();
        held.registers.proposals.values().cloned().collect()
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

    pub(super) async fn ask(
        &self,
        name: &AskName,
    ) -> Result<Option<Stored<SharedAsk>>, StoreError> {
        let listed = {
            let held = self.core.read();
            let place = held.asks.place(name);
            place.map(|place| (place, held.asks.revision(name)))
        };
        let found = self.asks_at(listed.as_slice()).await?;
        Ok(found.into_iter().next())
    }

    pub(super) async fn withdrawal(
        &self,
        name: &AskName,
    ) -> Result<Option<Stored<Arc<AskWithdrawn>>>, StoreError> {
        let place = self.core.read().asks.withdrawn(name);
        let Some(place) = place else {
            return Ok(None);
        };
        match self.at(place).await?.as_deref() {
            None => Ok(None),
            Some(Recorded {
                event: Event::AskWithdrawn(withdrawn),
                ..
            }) => Ok(Some(Stored {
                value: Arc::new(withdrawn.clone()),
                revision: place.sequence,
            })),
            Some(_) => Err(unreadable(place.sequence, "it takes no ask back")),
        }
    }

    pub(super) fn powers(&self, id: &OrganisationId) -> Option<Stored<Arc<Powers>>> {
        self.core.read().registers.powers.get(id).cloned()
    }

    pub(super) fn identical_ask(&self, content: &Digest) -> Option<AskName> {
        self.core.read().asks.identical(content)
    }

    pub(super) async fn asks(
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
            let among = match filter.days {
                Some(days) => {
                    let own = organisation.and_then(|id| held.asks.of_organisation(id));
                    Some(held.asks.of_days(among.as_ref().or(own), days))
                }
                None => among,
            };
            let wanted = Wanted {
                standing: filter.standing,
                organisation,
                among,
            };
            let listed = held.asks.list(&wanted, after, limit).into_iter();
            let revised = listed.map(|(name, place)| (place, held.asks.revision(&name)));
            revised.collect::<Vec<_>>()
        };
        self.asks_at(&listed).await
    }

    pub(super) async fn asks_of_home(
        &self,
        home: &HomeId,
        days: (Date, Date),
    ) -> Result<Vec<SharedAsk>, StoreError> {
        let filter = AskFilter {
            home: Some(home.clone()),
            days: Some(days),
            ..AskFilter::default()
        };
        let asks = self.asks(&filter, None, usize::MAX).await?;
        Ok(asks.into_iter().map(|ask| ask.value).collect())
    }

    pub(super) async fn sheet(
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
        let read = self.bodies.all_at(&record.places).await?;
        for (place, recorded) in record.places.iter().zip(read) {
            let Some(recorded) = recorded else {
                continue;
            };
            match &recorded.event {
                Event::AnswersSubmitted(submission) => {
                    sheet.apply(reference, place.sequence, submission);
                    said += submission.answers.len() as u64;
                }
                Event::AnswersReleased(released) => {
                    sheet.release(reference, place.sequence, released);
                }
                _ => return Err(unreadable(place.sequence, "it changes no sheet")),
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

    pub(super) fn spans(&self, home: &HomeId, days: (Date, Date), limit: usize) -> Vec<Reference> {
        self.core.read().sheets.spans(home, days, limit)
    }

    pub(super) fn released(&self, ask: &AskName, after: u64, limit: usize) -> Vec<ReleasedSheet> {
        let held = self.core.read();
        let number = held.asks.number(ask);
        number.map_or_else(Vec::new, |ask| held.sheets.released(ask, after, limit))
    }

    pub(super) fn released_to(
        &self,
        organisation: &OrganisationId,
        after: u64,
        limit: usize,
    ) -> Vec<ReleasedSheet> {
        let held = self.core.read();
        let asks = held.asks.of_organisation(organisation);
        let asks = asks.into_iter().flatten();
        held.sheets.released_to_any(asks, after, limit)
    }

    pub(super) fn released_among(
        &self,
        ask: &AskName,
        homes: &[HomeId],
        references: &[Reference],
    ) -> Vec<ReleasedSheet> {
        let held = self.core.read();
        let number = held.asks.number(ask);
        number.map_or_else(Vec::new, |ask| {
            held.sheets.released_among(ask, homes, references)
        })
    }

    /// What an ask asks, by its record: its body need not be read for that.
    pub(super) fn asked_questions(&self, ask: &AskName) -> Result<Vec<QuestionId>, StoreError> {
        let bytes = self.core.records().get(&key::ask(ask))?;
        let record = bytes.map(|bytes| AskRecord::decode(&bytes)).transpose()?;
        let entry = record.and_then(|record| record.ask);
        Ok(entry.map(|entry| entry.questions).unwrap_or_default())
    }

    /// The day after which an ask asks for no further period, by its record.
    pub(super) fn expiry(&self, ask: &AskName) -> Result<Option<Date>, StoreError> {
        let bytes = self.core.records().get(&key::ask(ask))?;
        let record = bytes.map(|bytes| AskRecord::decode(&bytes)).transpose()?;
        Ok(record.and_then(|record| record.ask?.expires_on))
    }

    pub(super) async fn receipt(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<Submission>>>, StoreError> {
        let Some(place) = self.core.place(&key::receipt(home, receipt))? else {
            return Ok(None);
        };
        let submission = self.submission_at(place).await?;
        Ok(submission.map(|value| Stored {
            value,
            revision: place.sequence,
        }))
    }

    pub(super) async fn release(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<AnswersReleased>>>, StoreError> {
        let Some(place) = self.core.place(&key::receipt(home, receipt))? else {
            return Ok(None);
        };
        let revision = place.sequence;
        let recorded = self.at(place).await?;
        Ok(recorded.and_then(|recorded| match &recorded.event {
            Event::AnswersReleased(released) => Some(Stored {
                value: Arc::new(released.clone()),
                revision,
            }),
            _ => None,
        }))
    }

    pub(super) fn filings(
        &self,
        home: &HomeId,
        period: Period,
    ) -> Result<Stored<Arc<Filings>>, StoreError> {
        let found = self.core.records().get(&key::filings(home, period))?;
        let filings = found.map(|bytes| Small::<Filings>::decode(&bytes));
        let small = filings.transpose()?.unwrap_or(Small {
            revision: 0,
            value: Filings::new(),
        });
        Ok(Stored {
            value: Arc::new(small.value),
            revision: small.revision,
        })
    }

    pub(super) async fn template(
        &self,
        digest: &Digest,
    ) -> Result<Option<Arc<Template>>, StoreError> {
        if let Some(template) = self.caches.templates.get(digest) {
            return Ok(Some(template));
        }
        let Some(place) = self.core.place(&key::template(digest))? else {
            return Ok(None);
        };
        match self.fact_at(place).await? {
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

    /// The asks at some places, each told under a revision; erased ones left out.
    async fn asks_at(&self, listed: &[(Place, u64)]) -> Result<Vec<Stored<SharedAsk>>, StoreError> {
        let kept = |(place, _): &(Place, u64)| self.caches.asks.get(&place.sequence);
        let mut asks: Vec<Option<SharedAsk>> = listed.iter().map(kept).collect();
        let unread = || listed.iter().zip(&asks).filter(|(_, ask)| ask.is_none());
        let unread: Vec<Place> = unread().map(|((place, _), _)| *place).collect();
        if !unread.is_empty() {
            let mut read = self.bodies.all_at(&unread).await?.into_iter();
            let missing = listed.iter().zip(&mut asks);
            for ((place, _), ask) in missing.filter(|(_, ask)| ask.is_none()) {
                if let Some(recorded) = read.next().flatten() {
                    *ask = Some(self.read_ask(*place, &recorded)?);
                }
            }
        }
        let stored = listed.iter().zip(asks).filter_map(|((_, revision), ask)| {
            Some(Stored {
                value: ask?,
                revision: *revision,
            })
        });
        Ok(stored.collect())
    }

    fn read_ask(&self, place: Place, recorded: &Recorded) -> Result<SharedAsk, StoreError> {
        let fact = Fact::of(&recorded.event).map_err(|why| unreadable(place.sequence, &why))?;
        let Fact::Ask(ask) = fact else {
            return Err(unreadable(place.sequence, "it submits no ask"));
        };
        self.caches.asks.insert(place.sequence, Arc::clone(&ask));
        Ok(ask)
    }

    async fn at(&self, place: Place) -> Result<Option<Arc<Recorded>>, StoreError> {
        let read = self.bodies.all_at(&[place]).await?;
        Ok(read.into_iter().next().flatten())
    }

    async fn submission_at(&self, place: Place) -> Result<Option<Arc<Submission>>, StoreError> {
        match self.at(place).await?.as_deref() {
            None
            | Some(Recorded {
                event: Event::AnswersReleased(_),
                ..
            }) => Ok(None),
            Some(Recorded {
                event: Event::AnswersSubmitted(submission),
                ..
            }) => Ok(Some(Arc::new(submission.clone()))),
            Some(_) => Err(unreadable(place.sequence, "it submits no answers")),
        }
    }

    async fn fact_at(&self, place: Place) -> Result<Option<Fact>, StoreError> {
        let Some(recorded) = self.at(place).await? else {
            return Ok(None);
        };
        let fact = Fact::of(&recorded.event);
        fact.map(Some)
            .map_err(|why| unreadable(place.sequence, &why))
    }
}

/// Reads the dictionary that the records tell of, if it is newer than the one that `core` holds;
/// `at` reads an event back.
pub(crate) fn adopt_dictionary<R: Records>(
    core: &Core<R>,
    at: impl FnOnce(Place) -> Result<Option<Arc<Recorded>>, StoreError>,
) -> Result<(), StoreError> {
    let adopted = core.place(key::DICTIONARY)?;
    let changes = core.changes_after(adopted.map_or(0, |place| place.sequence))?;
    let last = changes.last().map(|change| change.revision);
    let revision = last.or(adopted.map(|place| place.sequence)).unwrap_or(0);
    if core.read().registers.dictionary.revision >= revision {
        return Ok(());
    }
    let mut dictionary = Arc::new(Dictionary::empty());
    if let Some(place) = adopted
        && let Some(recorded) = at(place)?
        && let Fact::Dictionary(adopted) =
            Fact::of(&recorded.event).map_err(|why| unreadable(place.sequence, &why))?
    {
        dictionary = adopted;
    }
    for change in changes {
        let after = dictionary.with(&change.value);
        let told = |faults: Faults| unreadable(change.revision, &faults.to_string());
        dictionary = Arc::new(after.map_err(told)?);
    }
    core.adopt(dictionary, revision);
    Ok(())
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
