//! Reads: from postings and records to where bodies stand, and from bodies to values.

use std::sync::Arc;

use jiff::civil::Date;

use super::asks::Wanted;
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
use crate::store::{
    AskFilter, LedgerCheckpoint, LedgerEntry, LedgerWalk, Recorded, ReleasedSheet, StoreError,
    Stored,
};

/// Where events are read back from.
pub(crate) trait Bodies: Send + Sync {
    /// The event at a place; none if it was erased.
    fn at(&self, place: Place) -> Result<Option<Arc<Recorded>>, StoreError>;

    /// Events after a sequence, in order, at most `limit`, erased ones left out.
    fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The same with their headers, erased ones too.
    fn entries(&self, after: u64, limit: usize) -> Result<Vec<LedgerEntry>, StoreError>;

    /// The end of the ledger; none where no chained ledger is kept.
    fn checkpoint(&self) -> Option<LedgerCheckpoint>;

    /// A check of the whole ledger; none where no chained ledger is kept.
    fn walk(&self) -> Result<Option<Box<dyn LedgerWalk>>, StoreError>;
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
        if let Some(dictionary) = dictionary_in_force(&core, &bodies)? {
            core.adopt(dictionary.value, dictionary.revision);
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

    pub(super) fn ask(&self, name: &AskName) -> Result<Option<Stored<SharedAsk>>, StoreError> {
        let (place, revision) = {
            let held = self.core.read();
            (held.asks.place(name), held.asks.revision(name))
        };
        let found = place.map_or(Ok(None), |place| self.ask_at(place))?;
        Ok(found.map(|stored| Stored { revision, ..stored }))
    }

    pub(super) fn withdrawal(
        &self,
        name: &AskName,
    ) -> Result<Option<Stored<Arc<AskWithdrawn>>>, StoreError> {
        let Some(place) = self.core.read().asks.withdrawn(name) else {
            return Ok(None);
        };
        match self.bodies.at(place)?.as_deref() {
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
        let asks = listed.into_iter().map(|(place, revision)| {
            let found = self.ask_at(place)?;
            Ok(found.map(|stored| Stored { revision, ..stored }))
        });
        asks.filter_map(Result::transpose).collect()
    }

    pub(super) fn asks_of_home(
        &self,
        home: &HomeId,
        days: (Date, Date),
    ) -> Result<Vec<SharedAsk>, StoreError> {
        let filter = AskFilter {
            home: Some(home.clone()),
            days: Some(days),
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
            let Some(recorded) = self.bodies.at(place)? else {
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

    pub(super) fn release(
        &self,
        home: &HomeId,
        receipt: &str,
    ) -> Result<Option<Stored<Arc<AnswersReleased>>>, StoreError> {
        let Some(place) = self.core.place(&key::receipt(home, receipt))? else {
            return Ok(None);
        };
        let revision = place.sequence;
        let recorded = self.bodies.at(place)?;
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

    fn fact_at(&self, place: Place) -> Result<Option<Fact>, StoreError> {
        let Some(recorded) = self.bodies.at(place)? else {
            return Ok(None);
        };
        let fact = Fact::of(&recorded.event);
        fact.map(Some)
            .map_err(|why| unreadable(place.sequence, &why))
    }
}

/// The dictionary that the records tell of, if it is newer than the one that `core` holds.
fn dictionary_in_force<R: Records, B: Bodies>(
    core: &Core<R>,
    bodies: &B,
) -> Result<Option<Stored<Arc<Dictionary>>>, StoreError> {
    let adopted = core.place(key::DICTIONARY)?;
    let changes = core.changes_after(adopted.map_or(0, |place| place.sequence))?;
    let last = changes.last().map(|change| change.revision);
    let revision = last.or(adopted.map(|place| place.sequence)).unwrap_or(0);
    if core.read().registers.dictionary.revision >= revision {
        return Ok(None);
    }
    let mut dictionary = Arc::new(Dictionary::empty());
    if let Some(place) = adopted
        && let Some(recorded) = bodies.at(place)?
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
    Ok(Some(Stored {
        value: dictionary,
        revision,
    }))
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
