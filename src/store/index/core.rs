//! The records, and what is held in memory beside them: made from the records when they are
//! opened, and changed together with them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::asks::Asks;
use super::collected::{CollectedRecord, Said};
use super::decided;
use super::digests;
use super::draft::{Draft, Drafted, Posting};
use super::identities;
use super::record::{AskRecord, Place, RequestRecord, SheetRecord, Small, key};
use super::records::{Change, Records};
use super::registers::Registers;
use super::requests::{Kept, Requests};
use super::sheets::Sheets;
use crate::domain::dictionary::{Dictionary, ElementChange, ElementProposed};
use crate::domain::digest::Digest;
use crate::domain::event::Key;
use crate::domain::filing::Filings;
use crate::domain::home::Home;
use crate::domain::organisation::Organisation;
use crate::domain::powers::Powers;
use crate::store::{Appended, Idempotency, ReleasedSheet, StoreError, Stored};

/// What is held in memory.
#[derive(Default)]
pub(super) struct Postings {
    pub(super) asks: Asks,
    pub(super) sheets: Sheets,
    pub(super) registers: Registers,
    pub(super) requests: Requests,
}

/// The records and the postings.
pub(crate) struct Core<R> {
    pub(super) records: R,
    postings: RwLock<Postings>,
    /// Up to which sequence reads see; who waits is woken when something was released.
    changes: watch::Sender<u64>,
    /// The same; who waits is woken at every step.
    reach: watch::Sender<u64>,
}

impl<R: Records> Core<R> {
    /// Makes the postings from the records.
    ///
    /// # Errors
    /// A record that does not read back.
    pub(crate) fn load(records: R) -> Result<Self, StoreError> {
        let mut postings = Postings::default();
        load_requests(&records, &mut postings.requests)?;
        load_asks(&records, &mut postings)?;
        load_sheets(&records, &mut postings.sheets)?;
        load_registers(&records, &mut postings.registers)?;
        decided::load(&records, &mut postings.registers)?;
        identities::load(&records, &mut postings)?;
        Ok(Self {
            records,
            postings: RwLock::new(postings),
            changes: watch::Sender::new(0),
            reach: watch::Sender::new(0),
        })
    }

    /// Takes a draft in, then `stamps`, which say that all of it is.
    pub(crate) fn commit(&self, drafted: Drafted, stamps: Vec<Change>) -> Result<(), StoreError> {
        let Drafted {
            mut changes,
            postings,
            last,
        } = drafted;
        changes.extend(stamps);
        self.records.apply(changes)?;
        let mut held = self
            .postings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_released = postings
            .iter()
            .any(|posting| matches!(posting, Posting::Sheet(..)));
        for posting in postings {
            held.apply(posting);
        }
        drop(held);
        self.reached(last, is_released);
        Ok(())
    }

    /// Notes up to which sequence reads see, and wakes whoever waits for it, or for releases.
    pub(crate) fn reached(&self, sequence: u64, is_released: bool) {
        self.changes.send_if_modified(|seen| {
            *seen = sequence.max(*seen);
            is_released
        });
        self.reach.send_if_modified(|seen| {
            let is_further = sequence > *seen;
            *seen = sequence.max(*seen);
            is_further
        });
    }

    /// Tells up to which sequence reads see, at every step.
    pub(crate) fn reach(&self) -> watch::Receiver<u64> {
        self.reach.subscribe()
    }

    /// Tells up to which sequence reads see, and of releases as they come.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Holds the dictionary that the records tell of.
    pub(super) fn adopt(&self, value: Arc<Dictionary>, revision: u64) {
        let mut held = self
            .postings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        held.registers.dictionary = Stored { value, revision };
    }

    /// An empty draft upon this.
    pub(crate) fn draft(&self) -> Draft<'_, R> {
        Draft::new(self)
    }

    /// The records themselves.
    pub(crate) fn records(&self) -> &R {
        &self.records
    }

    /// What is held in memory. Postings are changed by one writer that does not panic half-way,
    /// so a lock that a reader poisoned guards what is whole.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Postings> {
        self.postings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The revision of what a key names.
    pub(crate) fn revision(&self, of: &Key) -> Result<u64, StoreError> {
        let held = self.read();
        let registers = &held.registers;
        Ok(match of {
            Key::Dictionary => registers.dictionary.revision,
            Key::Organisation(id) => revision(registers.organisations.get(id)),
            Key::Home(id) => revision(registers.homes.get(id)),
            Key::Ask(name) => held.asks.revision(name),
            Key::AskContent(content) => {
                let known = held.asks.identical(content);
                known.map_or(0, |name| held.asks.revision(&name))
            }
            Key::Powers(id) => revision(registers.powers.get(id)),
            Key::Sheet(home, reference) => held.sheets.revision(home, reference),
            Key::Links => registers.links.revision,
            Key::Decision(id) => registers.lives.revision(id),
            Key::Terms => registers.terms.revision,
            Key::Token(id) => registers.tokens.revision(id),
            Key::HomeIdentifier(identifier) => held.revision_of_home_identifier(identifier),
            Key::OrganisationIdentifier(identifier) => {
                held.revision_of_organisation_identifier(identifier)
            }
            Key::OrganisationSuccessions => registers.organisation_successions.revision,
            Key::HomeSuccessions => registers.home_successions.revision,
            Key::People => registers.people.revision,
            Key::Proposal(id) => revision(registers.proposals.get(id)),
            Key::Filings(home, period) => match self.records.get(&key::filings(home, *period))? {
                Some(bytes) => Small::<Filings>::decode(&bytes)?.revision,
                None => 0,
            },
            Key::Collected(home, reference, ask) => match held.asks.number(ask) {
                Some(ask) => match self.records.get(&key::collected(home, reference, ask))? {
                    Some(bytes) => CollectedRecord::decode(&bytes)?.revision(),
                    None => 0,
                },
                None => 0,
            },
            Key::Acknowledged(organisation, ask) => {
                match self
                    .records
                    .get(&key::acknowledged(organisation, ask.as_ref()))?
                {
                    Some(bytes) => Small::<Said>::decode(&bytes)?.revision,
                    None => 0,
                }
            }
            Key::Digests(home) => {
                digests::last(&self.records, home)?.map_or(0, |last| last.revision)
            }
            Key::Template(digest) => match self.records.get(&key::template(digest))? {
                Some(bytes) => Place::decode(&bytes)?.sequence,
                None => 0,
            },
        })
    }

    /// What became of a request, if it was recorded before.
    pub(crate) fn seen(&self, idempotency: &Idempotency) -> Result<Option<Appended>, StoreError> {
        let record = self.request(&idempotency.request)?;
        Ok(record.map(|record| record.again(idempotency)))
    }

    /// The changes of the dictionary that were recorded after a sequence, in order.
    pub(super) fn changes_after(
        &self,
        sequence: u64,
    ) -> Result<Vec<Small<ElementChange>>, StoreError> {
        let mut changes = Vec::new();
        self.records.scan(key::CHANGES, &mut |_, value| {
            let change = Small::<ElementChange>::decode(value)?;
            if change.revision > sequence {
                changes.push(change);
            }
            Ok(())
        })?;
        Ok(changes)
    }

    /// The request recorded under a digest.
    pub(super) fn request(&self, request: &Digest) -> Result<Option<RequestRecord>, StoreError> {
        let name = {
            let held = self.read();
            match held.requests.find(request) {
                None => return Ok(None),
                Some(Kept::Alone) => None,
                Some(Kept::WithAsk(number)) => held.asks.name(number).cloned(),
            }
        };
        if let Some(name) = name {
            let found = self.records.get(&key::ask(&name))?;
            let record = found.map(|bytes| AskRecord::decode(&bytes)).transpose()?;
            let with_ask = record.and_then(|record| record.ask?.request());
            if let Some((_, record)) = with_ask.filter(|(digest, _)| digest == request) {
                return Ok(Some(record));
            }
        }
        // Where another ask has taken its place meanwhile, the request's record is its own by now.
        let found = self.records.get(&key::request(request))?;
        found.map(|bytes| RequestRecord::decode(&bytes)).transpose()
    }

    /// A place that is a record.
    pub(super) fn place(&self, key: &[u8]) -> Result<Option<Place>, StoreError> {
        let found = self.records.get(key)?;
        found.map(|bytes| Place::decode(&bytes)).transpose()
    }
}

impl Postings {
    pub(super) fn apply(&mut self, posting: Posting) {
        let registers = &mut self.registers;
        match posting {
            Posting::Ask {
                name,
                record,
                replaced,
            } => {
                self.asks.put(&name, &record, replaced.as_deref());
                self.note_request(&record);
            }
            Posting::Request(request) => self.requests.put(&request, Kept::Alone),
            Posting::Sheet(sheet, asks) => self.sheets.changed(sheet, &asks),
            Posting::Organisation(entry) => registers.put_organisation(entry),
            Posting::Home(entry) => registers.put_home(entry),
            Posting::Identity(change) => self.apply_identity(change),
            Posting::Dictionary(dictionary) => registers.dictionary = dictionary,
            Posting::Linked(revision, decision) => {
                registers.links.put(decision);
                registers.links.revision = revision;
            }
            Posting::Undone(revision, id) => {
                registers.links.remove(&id);
                registers.links.revision = revision;
            }
            Posting::Life(life) => registers.lives.put(life),
            Posting::Terms(terms) => registers.terms = terms,
            Posting::Token(token) => registers.tokens.put(token),
            Posting::Proposed(proposal) => {
                let id = proposal.value.element.id.clone();
                registers.proposals.insert(id, proposal);
            }
            Posting::Settled(id) => {
                registers.proposals.remove(&id);
            }
            Posting::Powers(granted) => {
                let organisation = granted.value.organisation.clone();
                registers.powers.insert(organisation, granted);
            }
        }
    }
}

impl Postings {
    fn note_request(&mut self, record: &AskRecord) {
        let idempotency = record.ask.as_ref().and_then(|ask| ask.idempotency);
        if let Some(idempotency) = idempotency {
            let kept = Kept::WithAsk(record.id);
            self.requests.put(&idempotency.request, kept);
        }
    }
}

fn revision<T>(stored: Option<&Stored<T>>) -> u64 {
    stored.map_or(0, |stored| stored.revision)
}

fn load_asks(records: &impl Records, postings: &mut Postings) -> Result<(), StoreError> {
    records.scan(key::ASKS, &mut |key, value| {
        let record = AskRecord::decode(value)?;
        postings.asks.put(&key::ask_name(key)?, &record, None);
        postings.note_request(&record);
        Ok(())
    })
}

fn load_requests(records: &impl Records, requests: &mut Requests) -> Result<(), StoreError> {
    records.scan(key::REQUESTS, &mut |key, _| {
        requests.put(&key::request_digest(key)?, Kept::Alone);
        Ok(())
    })
}

/// Sheets take their slots in the order in which they last changed.
fn load_sheets(records: &impl Records, sheets: &mut Sheets) -> Result<(), StoreError> {
    let mut found: Vec<(ReleasedSheet, Vec<u32>)> = Vec::new();
    records.scan(key::SHEETS, &mut |key, value| {
        let (home, reference) = key::sheet_name(key)?;
        let record = SheetRecord::decode(value)?;
        let sheet = ReleasedSheet {
            sequence: record.revision(),
            home,
            reference,
        };
        found.push((sheet, record.asks));
        Ok(())
    })?;
    found.sort_by_key(|(sheet, _)| (sheet.sequence, sheet.reference));
    for (sheet, asks) in found {
        sheets.changed(sheet, &asks);
    }
    Ok(())
}

fn load_registers(records: &impl Records, registers: &mut Registers) -> Result<(), StoreError> {
    fn stored<T>(small: Small<Arc<T>>) -> Stored<Arc<T>> {
        Stored {
            value: small.value,
            revision: small.revision,
        }
    }
    records.scan(key::ORGANISATIONS, &mut |_, value| {
        let entry: Stored<Arc<Organisation>> = stored(Small::decode(value)?);
        registers.put_organisation(entry);
        Ok(())
    })?;
    records.scan(key::HOMES, &mut |_, value| {
        let entry: Stored<Arc<Home>> = stored(Small::decode(value)?);
        registers.put_home(entry);
        Ok(())
    })?;
    records.scan(key::POWERS, &mut |_, value| {
        let granted: Stored<Arc<Powers>> = stored(Small::decode(value)?);
        let organisation = granted.value.organisation.clone();
        registers.powers.insert(organisation, granted);
        Ok(())
    })?;
    records.scan(key::TOKENS, &mut |_, value| {
        registers.tokens.put(stored(Small::decode(value)?));
        Ok(())
    })?;
    records.scan(key::PROPOSALS, &mut |_, value| {
        let proposal: Stored<Arc<ElementProposed>> = stored(Small::decode(value)?);
        let id = proposal.value.element.id.clone();
        registers.proposals.insert(id, proposal);
        Ok(())
    })?;
    records.scan(key::DECISIONS, &mut |_, value| {
        registers.links.put(Small::decode(value)?.value);
        Ok(())
    })?;
    if let Some(bytes) = records.get(key::LINKS)? {
        registers.links.revision = Small::<()>::decode(&bytes)?.revision;
    }
    Ok(())
}
