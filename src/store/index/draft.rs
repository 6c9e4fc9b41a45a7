//! Changes on their way into the index: what the events of a group make of it.
//!
//! [`Draft::add`] is the one place that says what an event changes; live appends, replay and
//! rebuild all go through it. It reads records through its own changes, so that events of one
//! group see each other. Adding an event that was added before changes nothing: a replay may
//! begin before what a crash had let through.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::collected::Doing;
use super::core::Core;
use super::fact::{Fact, Noted};
use super::identities::Identity;
use super::record::{AskEntry, AskRecord, Place, RequestRecord, SheetRecord, Small, key};
use super::records::{Change, Records};
use crate::domain::access::Token;
use crate::domain::answer::{Release, Submission};
use crate::domain::ask::Ask;
use crate::domain::dictionary::{Dictionary, ElementChange, ElementProposed};
use crate::domain::digest::Digest;
use crate::domain::filing::{AskFiled, Filings};
use crate::domain::home::Home;
use crate::domain::id::{AskName, HomeId};
use crate::domain::link::Decision;
use crate::domain::objection::DecisionLife;
use crate::domain::organisation::Organisation;
use crate::domain::powers::Powers;
use crate::domain::reference::Reference;
use crate::domain::release::AnswersReleased;
use crate::domain::terms::OwnTerms;
use crate::store::{Idempotency, ReleasedSheet, StoreError, Stored};

/// A change of what is held in memory.
#[derive(Debug)]
pub(super) enum Posting {
    /// A name, with its ask if it has one, in the place of another.
    Ask {
        name: AskName,
        record: Box<AskRecord>,
        replaced: Option<Box<AskEntry>>,
    },
    /// A sheet, with the asks that something on it is released to.
    Sheet(ReleasedSheet, Vec<u32>),
    Organisation(Stored<Arc<Organisation>>),
    Home(Stored<Arc<Home>>),
    Dictionary(Stored<Arc<Dictionary>>),
    Linked(u64, Arc<Decision>),
    Undone(u64, String),
    Life(Stored<Arc<DecisionLife>>),
    Terms(Stored<Arc<OwnTerms>>),
    Token(Stored<Arc<Token>>),
    Identity(Identity),
    Proposed(Stored<Arc<ElementProposed>>),
    /// The proposal of this element is no longer open.
    Settled(String),
    Powers(Stored<Arc<Powers>>),
    /// A request that has a record of its own.
    Request(Digest),
}

/// A finished draft.
pub(crate) struct Drafted {
    pub(super) changes: Vec<Change>,
    pub(super) postings: Vec<Posting>,
    /// The last event in it; 0 for none.
    pub(super) last: u64,
}

/// Changes on their way into the index.
pub(crate) struct Draft<'a, R> {
    core: &'a Core<R>,
    records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    postings: Vec<Posting>,
    next_ask: u32,
    /// The dictionary as this draft leaves it, where it changes it.
    dictionary: Option<Arc<Dictionary>>,
    last: u64,
}

impl<'a, R: Records> Draft<'a, R> {
    pub(crate) fn new(core: &'a Core<R>) -> Self {
        Self {
            core,
            records: BTreeMap::new(),
            postings: Vec::new(),
            next_ask: core.read().asks.numbers(),
            dictionary: None,
            last: 0,
        }
    }

    /// How many records change.
    pub(crate) fn records(&self) -> usize {
        self.records.len()
    }

    /// Adds what an event changes.
    pub(crate) fn add(&mut self, place: Place, noted: &Noted) -> Result<(), StoreError> {
        let sequence = place.sequence;
        self.last = sequence;
        self.note_request(sequence, noted);
        match &noted.fact {
            Fact::Dictionary(dictionary) => {
                self.put(key::DICTIONARY.to_vec(), place.encode());
                self.note_change(place, None)?;
                self.dictionary = Some(Arc::clone(dictionary));
                self.post(Posting::Dictionary(stored(dictionary, sequence)));
            }
            Fact::Organisation(entry) => {
                self.put(key::organisation(&entry.id), small(entry, sequence));
                self.post(Posting::Organisation(stored(entry, sequence)));
            }
            Fact::Home(entry) => {
                self.put(key::home(&entry.id), small(entry, sequence));
                self.post(Posting::Home(stored(entry, sequence)));
            }
            Fact::Ask(ask) => self.add_ask(place, ask, noted.idempotency)?,
            Fact::Withdrawn(name) => self.withdraw(place, name)?,
            Fact::Powers(powers) => {
                let key = key::powers(&powers.organisation);
                self.put(key, small(powers, sequence));
                self.post(Posting::Powers(stored(powers, sequence)));
            }
            Fact::Submission(submission) => self.add_submission(place, submission)?,
            Fact::Released(released) => self.add_release(place, released)?,
            Fact::Filed(filed) => self.add_filed(sequence, filed)?,
            Fact::Template(template) => {
                let key = key::template(&template.digest());
                if self.get(&key)?.is_none() {
                    self.put(key, place.encode());
                }
            }
            Fact::Linked(decision) => self.add_linked(sequence, decision)?,
            Fact::Governed(said) => self.add_governed(sequence, noted, said)?,
            Fact::Register(fact) => self.add_identity(sequence, fact, noted.at)?,
            Fact::Collected(collected) => {
                self.add_collected(&doing(noted, sequence), collected)?;
            }
            Fact::Acknowledged(said) => self.add_acknowledged(&doing(noted, sequence), said)?,
            Fact::Digest(sent) => self.add_digest(sequence, sent)?,
            Fact::TokenIssued(token) => self.put_token(token, sequence),
            Fact::TokenRevoked(id) => self.revoke(id, sequence, noted.at)?,
            Fact::Proposed(proposal) => {
                let key = key::proposal(&proposal.element.id);
                self.put(key, small(proposal, sequence));
                self.post(Posting::Proposed(stored(proposal, sequence)));
            }
            Fact::Changed(change) => {
                self.note_change(place, Some(change))?;
                self.add_change(change, sequence)?;
            }
        }
        Ok(())
    }

    fn revoke(&mut self, id: &str, sequence: u64, at: Timestamp) -> Result<(), StoreError> {
        if let Some(bytes) = self.get(&key::token(id))? {
            let mut token = Small::<Token>::decode(&bytes)?.value;
            token.revoked_at = Some(at);
            self.put_token(&Arc::new(token), sequence);
        }
        Ok(())
    }

    /// What came of it, to be committed.
    pub(crate) fn finish(self) -> Drafted {
        Drafted {
            changes: self.records.into_iter().collect(),
            postings: self.postings,
            last: self.last,
        }
    }

    /// The request of an ask stands in its record: one record the fewer.
    fn add_ask(
        &mut self,
        place: Place,
        ask: &Ask,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let key = key::ask(&ask.name);
        let (id, replaced) = match self.get_ask(&ask.name, &key)? {
            Some(record) => (record.id, record.ask),
            None => (self.number(), None),
        };
        if let Some(replaced) = &replaced
            && replaced.place.sequence != place.sequence
            && let Some((request, record)) = replaced.request()
        {
            self.put_request(request, record);
        }
        let mut questions: Vec<_> = ask.fields.iter().map(|field| field.question).collect();
        questions.sort_unstable();
        questions.dedup();
        let record = AskRecord {
            id,
            ask: Some(AskEntry {
                place,
                content: ask.content,
                questions,
                homes: ask.targets.homes.iter().cloned().collect(),
                areas: ask.targets.areas.iter().cloned().collect(),
                days: ask.schedule.days(),
                expires_on: ask.expires_on,
                withdrawn: None,
                idempotency,
            }),
        };
        self.put(key, record.encode());
        let (name, record) = (ask.name.clone(), Box::new(record));
        self.post(Posting::Ask {
            name,
            record,
            replaced: replaced.map(Box::new),
        });
        Ok(())
    }

    /// An ask that was taken back keeps its record: what was released to it is read by it.
    fn withdraw(&mut self, place: Place, name: &AskName) -> Result<(), StoreError> {
        let key = key::ask(name);
        let Some(mut record) = self.get_ask(name, &key)? else {
            return Ok(());
        };
        let replaced = record.ask.clone();
        if let Some(ask) = &mut record.ask {
            ask.withdrawn = Some(place);
        }
        self.put(key, record.encode());
        self.post(Posting::Ask {
            name: name.clone(),
            record: Box::new(record),
            replaced: replaced.map(Box::new),
        });
        Ok(())
    }

    fn add_submission(&mut self, place: Place, said: &Submission) -> Result<(), StoreError> {
        self.put(key::receipt(&said.home, &said.receipt), place.encode());
        for reference in said.references() {
            let at = |place: usize| said.answers.get(place).map(|answer| answer.reference);
            let asks = released_to(&said.releases, at, reference);
            self.change_sheet(place, &said.home, reference, asks)?;
        }
        Ok(())
    }

    fn add_release(&mut self, place: Place, sent: &AnswersReleased) -> Result<(), StoreError> {
        self.put(key::receipt(&sent.home, &sent.receipt), place.encode());
        for reference in sent.references() {
            let at = |place: usize| sent.answers.get(place).map(|answer| answer.reference);
            let asks = released_to(&sent.releases, at, reference);
            self.change_sheet(place, &sent.home, reference, asks)?;
        }
        Ok(())
    }

    /// An event that changes a sheet, and releases something on it to these asks.
    fn change_sheet<'b>(
        &mut self,
        place: Place,
        home: &HomeId,
        reference: Reference,
        asks: impl Iterator<Item = &'b AskName>,
    ) -> Result<(), StoreError> {
        let key = key::sheet(home, &reference);
        let mut record = match self.get(&key)? {
            Some(bytes) => SheetRecord::decode(&bytes)?,
            None => SheetRecord::default(),
        };
        if record.revision() < place.sequence {
            record.places.push(place);
        }
        for name in asks {
            let ask = self.number_of(name)?;
            if let Err(at) = record.asks.binary_search(&ask) {
                record.asks.insert(at, ask);
            }
        }
        self.put(key, record.encode());
        let sheet = ReleasedSheet {
            sequence: record.revision(),
            home: home.clone(),
            reference,
        };
        self.post(Posting::Sheet(sheet, record.asks));
        Ok(())
    }

    fn add_filed(&mut self, sequence: u64, filed: &AskFiled) -> Result<(), StoreError> {
        let key = key::filings(&filed.home, filed.period);
        let mut filings = Small {
            revision: 0,
            value: Filings::new(),
        };
        if let Some(bytes) = self.get(&key)? {
            filings = Small::decode(&bytes)?;
        }
        if filings.revision < sequence {
            filed.apply(&mut filings.value);
            filings.revision = sequence;
            self.put(key, filings.encode());
        }
        Ok(())
    }

    /// A change of the dictionary settles the proposal that it came from. Where the dictionary
    /// itself is not loaded yet, the change is applied when it is.
    fn add_change(&mut self, change: &ElementChange, sequence: u64) -> Result<(), StoreError> {
        self.put(key::change(sequence), small(change, sequence));
        let id = match change {
            ElementChange::Approved(approved) => approved.element.id.clone(),
            ElementChange::Retired(retired) => retired.element.to_string(),
        };
        self.records.insert(key::proposal(&id), None);
        self.post(Posting::Settled(id));
        let held = self.core.read().registers.dictionary.clone();
        let current = match &self.dictionary {
            Some(changed) => Arc::clone(changed),
            None if held.revision == 0 && self.get(key::DICTIONARY)?.is_some() => return Ok(()),
            None => held.value,
        };
        let changed = current.with(change).map_err(|faults| {
            let why = format!("the change of the dictionary does not apply: {faults}");
            StoreError::Damaged(why)
        })?;
        let changed = Arc::new(changed);
        self.dictionary = Some(Arc::clone(&changed));
        self.post(Posting::Dictionary(stored(&changed, sequence)));
        Ok(())
    }

    /// An ask keeps its request with itself; any other fact has a record for it.
    fn note_request(&mut self, sequence: u64, noted: &Noted) {
        if let Some(idempotency) = noted.idempotency
            && !matches!(noted.fact, Fact::Ask(_))
        {
            let record = RequestRecord {
                first: sequence,
                content: idempotency.content,
            };
            self.put_request(idempotency.request, record);
        }
    }

    fn put_request(&mut self, request: Digest, record: RequestRecord) {
        self.put(key::request(&request), record.encode());
        self.post(Posting::Request(request));
    }

    pub(super) fn put_token(&mut self, token: &Arc<Token>, sequence: u64) {
        self.put(key::token(&token.id), small(token, sequence));
        self.post(Posting::Token(stored(token, sequence)));
    }

    /// The number of a name; a new one if nothing was ever asked under it.
    pub(super) fn number_of(&mut self, name: &AskName) -> Result<u32, StoreError> {
        if let Some(id) = self.core.read().asks.number(name) {
            return Ok(id);
        }
        let key = key::ask(name);
        if let Some(bytes) = self.get(&key)? {
            return Ok(AskRecord::decode(&bytes)?.id);
        }
        let record = AskRecord {
            id: self.number(),
            ask: None,
        };
        let id = record.id;
        self.put(key, record.encode());
        self.post(Posting::Ask {
            name: name.clone(),
            record: Box::new(record),
            replaced: None,
        });
        Ok(id)
    }

    /// The record of a name. A name that the postings do not know has none but in this draft, so
    /// the records need not be searched for what is not there.
    fn get_ask(&self, name: &AskName, key: &[u8]) -> Result<Option<AskRecord>, StoreError> {
        let is_known =
            self.records.contains_key(key) || self.core.read().asks.number(name).is_some();
        let bytes = if is_known { self.get(key)? } else { None };
        bytes.map(|bytes| AskRecord::decode(&bytes)).transpose()
    }

    fn number(&mut self) -> u32 {
        let number = self.next_ask;
        self.next_ask += 1;
        number
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.records.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.core.records.get(key),
        }
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.records.insert(key, Some(value));
    }

    pub(super) fn take(&mut self, key: Vec<u8>) {
        self.records.insert(key, None);
    }

    pub(super) fn post_identity(&mut self, change: Identity) {
        self.post(Posting::Identity(change));
    }

    pub(super) fn post(&mut self, posting: Posting) {
        self.postings.push(posting);
    }
}

/// The asks that something of a reference is released to; `at` says of which reference an answer is.
fn released_to(
    releases: &[Release],
    at: impl Fn(usize) -> Option<Reference>,
    reference: Reference,
) -> impl Iterator<Item = &AskName> {
    let is_of = move |release: &&Release| {
        let place = usize::try_from(release.answer).ok();
        place.and_then(&at) == Some(reference)
    };
    releases.iter().filter(is_of).map(|release| &release.ask)
}

fn doing(noted: &Noted, sequence: u64) -> Doing<'_> {
    Doing {
        by: &noted.by,
        at: noted.at,
        sequence,
    }
}

fn stored<T>(value: &Arc<T>, revision: u64) -> Stored<Arc<T>> {
    Stored {
        value: Arc::clone(value),
        revision,
    }
}

pub(super) fn small<T: Clone + serde::Serialize + serde::de::DeserializeOwned>(
    value: &T,
    revision: u64,
) -> Vec<u8> {
    let value = value.clone();
    Small { revision, value }.encode()
}
