//! The small registers, held whole: organisations, homes, tokens, decisions and the dictionary.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::decided::Lives;
use super::identities::{Identifiers, People, no_successions};
use crate::domain::access::Token;
use crate::domain::dictionary::{Dictionary, ElementProposed};
use crate::domain::digest::Digest;
use crate::domain::home::Home;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier};
use crate::domain::link::{Decision, Links};
use crate::domain::organisation::Organisation;
use crate::domain::powers::Powers;
use crate::domain::succession::Successions;
use crate::domain::terms::OwnTerms;
use crate::store::Stored;

/// The registers.
pub(super) struct Registers {
    pub(super) organisations: BTreeMap<OrganisationId, Stored<Arc<Organisation>>>,
    pub(super) homes: BTreeMap<HomeId, Stored<Arc<Home>>>,
    pub(super) powers: BTreeMap<OrganisationId, Stored<Arc<Powers>>>,
    pub(super) dictionary: Stored<Arc<Dictionary>>,
    pub(super) links: Decisions,
    pub(super) lives: Lives,
    pub(super) terms: Stored<Arc<OwnTerms>>,
    pub(super) tokens: Tokens,
    pub(super) home_identifiers: Identifiers<HomeIdentifier, HomeId>,
    pub(super) organisation_identifiers: Identifiers<OrganisationIdentifier, OrganisationId>,
    pub(super) organisation_successions: Stored<Arc<Successions<OrganisationId>>>,
    pub(super) home_successions: Stored<Arc<Successions<HomeId>>>,
    pub(super) people: People,
    /// By the element's id.
    pub(super) proposals: BTreeMap<String, Stored<Arc<ElementProposed>>>,
}

impl Default for Registers {
    fn default() -> Self {
        Self {
            organisations: BTreeMap::new(),
            homes: BTreeMap::new(),
            powers: BTreeMap::new(),
            dictionary: Stored {
                value: Arc::new(Dictionary::empty()),
                revision: 0,
            },
            links: Decisions::default(),
            lives: Lives::default(),
            terms: Stored {
                value: Arc::default(),
                revision: 0,
            },
            tokens: Tokens::default(),
            home_identifiers: Identifiers::default(),
            organisation_identifiers: Identifiers::default(),
            organisation_successions: no_successions(),
            home_successions: no_successions(),
            people: People::default(),
            proposals: BTreeMap::new(),
        }
    }
}

impl Registers {
    /// Enters an organisation in the place of what was known of it.
    pub(super) fn put_organisation(&mut self, entry: Stored<Arc<Organisation>>) {
        let id = entry.value.id.clone();
        let borne = entry.value.identifiers().collect();
        self.organisation_identifiers.put(&id, borne);
        self.organisations.insert(id, entry);
    }

    /// Enters a home in the place of what was known of it.
    pub(super) fn put_home(&mut self, entry: Stored<Arc<Home>>) {
        let id = entry.value.id.clone();
        self.home_identifiers
            .put(&id, entry.value.identifiers().collect());
        self.homes.insert(id, entry);
    }
}

/// The decisions in force, and the classes that they make, worked out when next wanted.
#[derive(Default)]
pub(super) struct Decisions {
    in_force: BTreeMap<String, Arc<Decision>>,
    pub(super) revision: u64,
    links: Mutex<Option<Arc<Links>>>,
}

impl Decisions {
    pub(super) fn put(&mut self, decision: Arc<Decision>) {
        self.in_force.insert(decision.id.clone(), decision);
        self.links = Mutex::default();
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.in_force.remove(id);
        self.links = Mutex::default();
    }

    pub(super) fn links(&self) -> Stored<Arc<Links>> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let links =
            links.get_or_insert_with(|| Arc::new(Links::of(self.in_force.values().cloned())));
        Stored {
            value: Arc::clone(links),
            revision: self.revision,
        }
    }
}

/// The tokens, by id and by the hash of their secret.
#[derive(Default)]
pub(super) struct Tokens {
    by_id: BTreeMap<String, Stored<Arc<Token>>>,
    ids: HashMap<Digest, String>,
}

impl Tokens {
    pub(super) fn put(&mut self, token: Stored<Arc<Token>>) {
        let id = token.value.id.clone();
        let hashes: Vec<Digest> = token.value.hashes().copied().collect();
        if let Some(old) = self.by_id.insert(id.clone(), token) {
            for hash in old.value.hashes() {
                if self.ids.get(hash) == Some(&id) {
                    self.ids.remove(hash);
                }
            }
        }
        for hash in hashes {
            self.ids.insert(hash, id.clone());
        }
    }

    pub(super) fn of_hash(&self, hash: &Digest) -> Option<Arc<Token>> {
        let token = self.by_id.get(self.ids.get(hash)?)?;
        Some(Arc::clone(&token.value))
    }

    pub(super) fn of_id(&self, id: &str) -> Option<Stored<Arc<Token>>> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn revision(&self, id: &str) -> u64 {
        self.by_id.get(id).map_or(0, |token| token.revision)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Stored<Arc<Token>>> {
        self.by_id.values()
    }
}
