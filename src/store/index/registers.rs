//! The small registers, held whole: organisations, homes, tokens, decisions and the dictionary.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::access::Token;
use crate::domain::dictionary::{Dictionary, ElementProposed};
use crate::domain::digest::Digest;
use crate::domain::home::Home;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::link::{Decision, Links};
use crate::domain::organisation::Organisation;
use crate::domain::powers::Powers;
use crate::store::Stored;

/// The registers.
pub(super) struct Registers {
    pub(super) organisations: BTreeMap<OrganisationId, Stored<Arc<Organisation>>>,
    pub(super) homes: BTreeMap<HomeId, Stored<Arc<Home>>>,
    pub(super) powers: BTreeMap<OrganisationId, Stored<Arc<Powers>>>,
    pub(super) dictionary: Stored<Arc<Dictionary>>,
    pub(super) links: Decisions,
    pub(super) tokens: Tokens,
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
            tokens: Tokens::default(),
            proposals: BTreeMap::new(),
        }
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
        let (id, hash) = (token.value.id.clone(), token.value.hash);
        if let Some(old) = self.by_id.insert(id.clone(), token)
            && self.ids.get(&old.value.hash) == Some(&id)
        {
            self.ids.remove(&old.value.hash);
        }
        self.ids.insert(hash, id);
    }

    pub(super) fn of_hash(&self, hash: &Digest) -> Option<Arc<Token>> {
        let token = self.by_id.get(self.ids.get(hash)?)?;
        Some(Arc::clone(&token.value))
    }

    pub(super) fn revision(&self, id: &str) -> u64 {
        self.by_id.get(id).map_or(0, |token| token.revision)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Stored<Arc<Token>>> {
        self.by_id.values()
    }
}
