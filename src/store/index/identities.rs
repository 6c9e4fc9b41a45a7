//! Who is who: by what homes and organisations are found, who came after whom, and the people.
//!
//! All of it is held whole: identifiers follow from the registers, successions and people are few.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use jiff::civil::Date;
use roaring::RoaringBitmap;

use super::bodies::Bodies;
use super::core::Postings;
use super::draft::{Draft, small};
use super::fact::RegisterFact;
use super::read::Index;
use super::record::{Small, key};
use super::records::Records;
use crate::domain::access::Token;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier};
use crate::domain::letter::DigestPreferred;
use crate::domain::person::{Person, PersonRemoved};
use crate::domain::succession::{Succession, Successions};
use crate::store::{StoreError, Stored};

/// Who bears an identifier.
#[derive(Debug)]
pub(super) struct Identifiers<K, I> {
    bearers: HashMap<K, BTreeSet<I>>,
    borne: HashMap<I, Vec<K>>,
}

impl<K, I> Default for Identifiers<K, I> {
    fn default() -> Self {
        Self {
            bearers: HashMap::new(),
            borne: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash + Clone, I: Ord + Eq + Hash + Clone> Identifiers<K, I> {
    /// What one bears from now on.
    pub(super) fn put(&mut self, id: &I, identifiers: Vec<K>) {
        for old in self.borne.remove(id).unwrap_or_default() {
            if let Some(bearers) = self.bearers.get_mut(&old) {
                bearers.remove(id);
                if bearers.is_empty() {
                    self.bearers.remove(&old);
                }
            }
        }
        for identifier in &identifiers {
            let bearers = self.bearers.entry(identifier.clone()).or_default();
            bearers.insert(id.clone());
        }
        if !identifiers.is_empty() {
            self.borne.insert(id.clone(), identifiers);
        }
    }

    /// Everyone who bears an identifier, in order.
    pub(super) fn of(&self, identifier: &K) -> impl Iterator<Item = &I> {
        self.bearers.get(identifier).into_iter().flatten()
    }
}

/// The people, by id and by address.
#[derive(Debug, Default)]
pub(super) struct People {
    /// None for one who was removed for good.
    by_id: BTreeMap<String, Option<Arc<Person>>>,
    by_email: HashMap<String, String>,
    pub(super) revision: u64,
}

impl People {
    pub(super) fn put(&mut self, id: &str, person: Option<Arc<Person>>) {
        if let Some(email) = person.as_ref().map(|person| person.email.key()) {
            self.by_email.insert(email, id.to_owned());
        }
        let old = self.by_id.insert(id.to_owned(), person.clone()).flatten();
        let old = old.map(|old| old.email.key());
        let is_other = |old: &String| person.is_none_or(|person| person.email.key() != *old);
        if let Some(old) = old.filter(is_other)
            && self.by_email.get(&old).is_some_and(|bearer| bearer == id)
        {
            self.by_email.remove(&old);
        }
    }

    fn of_email(&self, key: &str) -> Option<Arc<Person>> {
        self.by_id.get(self.by_email.get(key)?).cloned().flatten()
    }
}

/// A change of any of these.
#[derive(Debug)]
pub(super) enum Identity {
    /// An organisation's succession, or that it has none.
    Organisation(u64, OrganisationId, Option<Succession<OrganisationId>>),
    /// As for an organisation.
    Home(u64, HomeId, Option<Succession<HomeId>>),
    /// A person, or that she was removed for good.
    Person(u64, String, Option<Arc<Person>>),
}

impl Postings {
    pub(super) fn apply_identity(&mut self, change: Identity) {
        let registers = &mut self.registers;
        match change {
            Identity::Organisation(revision, id, succession) => {
                change_one(
                    &mut registers.organisation_successions,
                    revision,
                    &id,
                    succession,
                );
            }
            Identity::Home(revision, id, succession) => {
                change_one(&mut registers.home_successions, revision, &id, succession);
            }
            Identity::Person(revision, id, person) => {
                registers.people.put(&id, person);
                registers.people.revision = revision;
            }
        }
    }
}

fn change_one<I: Ord + Clone + std::fmt::Display>(
    register: &mut Stored<Arc<Successions<I>>>,
    revision: u64,
    id: &I,
    succession: Option<Succession<I>>,
) {
    let known = Arc::make_mut(&mut register.value);
    match succession {
        Some(succession) => known.put(succession, revision),
        None => known.remove(id),
    }
    register.revision = revision;
}

/// No succession at all.
pub(super) fn no_successions<I>() -> Stored<Arc<Successions<I>>> {
    Stored {
        value: Arc::default(),
        revision: 0,
    }
}

impl<R: Records> Draft<'_, R> {
    /// Adds what a fact of these registers changes.
    pub(super) fn add_identity(
        &mut self,
        sequence: u64,
        fact: &RegisterFact,
        at: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        match fact {
            RegisterFact::OrganisationEnded(id, succession) => {
                self.put_succession(
                    key::organisation_succession(id),
                    succession.as_ref(),
                    sequence,
                );
                self.put(
                    key::ORGANISATION_SUCCESSIONS_AT.to_vec(),
                    small(&(), sequence),
                );
                let change = Identity::Organisation(sequence, id.clone(), succession.clone());
                self.post_identity(change);
            }
            RegisterFact::HomeEnded(id, succession) => {
                self.put_succession(key::home_succession(id), succession.as_ref(), sequence);
                self.put(key::HOME_SUCCESSIONS_AT.to_vec(), small(&(), sequence));
                self.post_identity(Identity::Home(sequence, id.clone(), succession.clone()));
            }
            RegisterFact::Invited(person) => {
                self.put_person(&person.id, Some(Arc::clone(person)), sequence);
            }
            RegisterFact::Removed(removed) => self.remove_person(removed, sequence)?,
            RegisterFact::Preferred(preferred) => self.prefer(preferred, sequence)?,
            RegisterFact::Rotated(rotated) => {
                if let Some(bytes) = self.get(&key::token(&rotated.id))? {
                    let known = Small::<Token>::decode(&bytes)?;
                    // One that was rotated again since must not get an earlier secret back.
                    if known.revision < sequence {
                        let mut token = known.value;
                        token.rotate(rotated, at);
                        self.put_token(&Arc::new(token), sequence);
                    }
                }
            }
        }
        Ok(())
    }

    fn put_succession<I: Clone + serde::Serialize + serde::de::DeserializeOwned>(
        &mut self,
        key: Vec<u8>,
        succession: Option<&Succession<I>>,
        sequence: u64,
    ) {
        match succession {
            Some(succession) => self.put(key, small(succession, sequence)),
            None => self.take(key),
        }
    }

    fn remove_person(&mut self, removed: &PersonRemoved, sequence: u64) -> Result<(), StoreError> {
        let Some(bytes) = self.get(&key::person(&removed.id))? else {
            return Ok(());
        };
        let known = Small::<Option<Person>>::decode(&bytes)?.value;
        let left = known
            .filter(|_| !removed.homes.is_empty())
            .map(|mut person| {
                person.homes.retain(|home, _| !removed.homes.contains(home));
                person
            });
        let left = left.filter(|person| !person.homes.is_empty()).map(Arc::new);
        self.put_person(&removed.id, left, sequence);
        Ok(())
    }

    /// What somebody said who was removed since changes nothing, nor what she said before her entry
    /// was changed last.
    fn prefer(&mut self, said: &DigestPreferred, sequence: u64) -> Result<(), StoreError> {
        let Some(bytes) = self.get(&key::person(&said.person))? else {
            return Ok(());
        };
        let known = Small::<Option<Person>>::decode(&bytes)?;
        if let Some(mut person) = known.value
            && known.revision < sequence
        {
            person.digest = said.digest;
            self.put_person(&said.person, Some(Arc::new(person)), sequence);
        }
        Ok(())
    }

    fn put_person(&mut self, id: &str, person: Option<Arc<Person>>, sequence: u64) {
        let kept: Option<Person> = person.as_deref().cloned();
        self.put(key::person(id), small(&kept, sequence));
        self.post_identity(Identity::Person(sequence, id.to_owned(), person));
    }
}

/// Makes the postings of these registers from their records.
pub(super) fn load(records: &impl Records, postings: &mut Postings) -> Result<(), StoreError> {
    fn revision_at(records: &impl Records, key: &[u8]) -> Result<u64, StoreError> {
        let found = records.get(key)?;
        let read = found.map(|bytes| Small::<()>::decode(&bytes)).transpose()?;
        Ok(read.map_or(0, |small| small.revision))
    }
    let mut changes = Vec::new();
    records.scan(key::ORGANISATION_SUCCESSIONS, &mut |_, value| {
        let Small { revision, value } = Small::<Succession<OrganisationId>>::decode(value)?;
        let id = value.predecessor.clone();
        changes.push(Identity::Organisation(revision, id, Some(value)));
        Ok(())
    })?;
    records.scan(key::HOME_SUCCESSIONS, &mut |_, value| {
        let Small { revision, value } = Small::<Succession<HomeId>>::decode(value)?;
        changes.push(Identity::Home(
            revision,
            value.predecessor.clone(),
            Some(value),
        ));
        Ok(())
    })?;
    let mut people = 0;
    records.scan(key::PEOPLE, &mut |key, value| {
        let Small { revision, value } = Small::<Option<Person>>::decode(value)?;
        people = people.max(revision);
        let id = key::person_id(key)?;
        changes.push(Identity::Person(revision, id, value.map(Arc::new)));
        Ok(())
    })?;
    for change in changes {
        postings.apply_identity(change);
    }
    let registers = &mut postings.registers;
    let organisations = revision_at(records, key::ORGANISATION_SUCCESSIONS_AT)?;
    registers.organisation_successions.revision = organisations;
    registers.home_successions.revision = revision_at(records, key::HOME_SUCCESSIONS_AT)?;
    registers.people.revision = people;
    Ok(())
}

impl Postings {
    /// The asks that name a home which this one came after: they ask it too.
    pub(super) fn naming_predecessors(&self, id: &HomeId) -> RoaringBitmap {
        let successions = &self.registers.home_successions.value;
        let predecessors = successions.predecessors(id, Date::MAX);
        let sets = predecessors.iter().filter_map(|id| self.asks.by_name(id));
        sets.fold(RoaringBitmap::new(), |all, set| all | set)
    }

    /// Whether a home came after one of these.
    pub(super) fn is_predecessor_among(&self, id: &HomeId, homes: &BTreeSet<HomeId>) -> bool {
        let successions = &self.registers.home_successions.value;
        let predecessors = successions.predecessors(id, Date::MAX);
        !predecessors.is_disjoint(homes)
    }

    /// The sequence of the last entry of whoever bears an identifier.
    pub(super) fn revision_of_home_identifier(&self, identifier: &HomeIdentifier) -> u64 {
        let bearers = self.registers.home_identifiers.of(identifier);
        let revisions = bearers.filter_map(|id| self.registers.homes.get(id));
        revisions.map(|entry| entry.revision).max().unwrap_or(0)
    }

    /// As for homes.
    pub(super) fn revision_of_organisation_identifier(
        &self,
        identifier: &OrganisationIdentifier,
    ) -> u64 {
        let bearers = self.registers.organisation_identifiers.of(identifier);
        let revisions = bearers.filter_map(|id| self.registers.organisations.get(id));
        revisions.map(|entry| entry.revision).max().unwrap_or(0)
    }
}

impl<R: Records, B: Bodies> Index<R, B> {
    pub(super) fn homes_of(&self, identifier: &HomeIdentifier) -> Vec<HomeId> {
        let held = self.core().read();
        match identifier {
            HomeIdentifier::Cqc(id) => {
                let is_known = held.registers.homes.contains_key(id);
                is_known.then(|| id.clone()).into_iter().collect()
            }
            other => held.registers.home_identifiers.of(other).cloned().collect(),
        }
    }

    pub(super) fn organisations_of(
        &self,
        identifier: &OrganisationIdentifier,
    ) -> Vec<OrganisationId> {
        let held = self.core().read();
        match identifier {
            OrganisationIdentifier::Id(id) => {
                let is_known = held.registers.organisations.contains_key(id);
                is_known.then(|| id.clone()).into_iter().collect()
            }
            other => {
                let bearers = held.registers.organisation_identifiers.of(other);
                bearers.cloned().collect()
            }
        }
    }

    pub(super) fn organisation_successions(&self) -> Stored<Arc<Successions<OrganisationId>>> {
        self.core()
            .read()
            .registers
            .organisation_successions
            .clone()
    }

    pub(super) fn home_successions(&self) -> Stored<Arc<Successions<HomeId>>> {
        self.core().read().registers.home_successions.clone()
    }

    pub(super) fn person_of_email(&self, key: &str) -> Option<Arc<Person>> {
        self.core().read().registers.people.of_email(key)
    }

    pub(super) fn people(&self) -> Stored<Vec<Arc<Person>>> {
        let held = self.core().read();
        let people = &held.registers.people;
        Stored {
            value: people.by_id.values().flatten().cloned().collect(),
            revision: people.revision,
        }
    }

    pub(super) fn was_person(&self, id: &str) -> bool {
        self.core().read().registers.people.by_id.contains_key(id)
    }

    pub(super) fn token(&self, id: &str) -> Option<Stored<Arc<Token>>> {
        self.core().read().registers.tokens.of_id(id)
    }
}
