//! The digest of a home: to whom it goes, what they were told last, and that it goes, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::digest::derive;
use crate::domain::event::Event;
use crate::domain::id::HomeId;
use crate::domain::letter::{DigestSent, LastDigest};
use crate::domain::person::Person;
use crate::store::Idempotency;

use super::{Broker, BrokerError, Caller, Landed, content_digest};

const DIGEST_CONTEXT: &str = "askonce 2026-11-22 digest of a home and day v1";

impl Broker {
    /// The homes that anybody answers for, each with who does, in the order of their ids, at most
    /// `limit`, after one.
    ///
    /// # Errors
    /// As the store says.
    pub async fn homes_with_people(
        &self,
        after: Option<&HomeId>,
        limit: usize,
    ) -> Result<Vec<(HomeId, Vec<Arc<Person>>)>, BrokerError> {
        let people = self.store.people().await?.value;
        let mut homes: BTreeMap<&HomeId, Vec<Arc<Person>>> = BTreeMap::new();
        for person in &people {
            for home in person.homes.keys() {
                if after.is_some_and(|after| home <= after) {
                    continue;
                }
                homes.entry(home).or_default().push(Arc::clone(person));
                // The first of them are wanted, and no more are held.
                if homes.len() > limit {
                    homes.pop_last();
                }
            }
        }
        let homes = homes.into_iter();
        Ok(homes.map(|(home, of)| (home.clone(), of)).collect())
    }

    /// What a home's people were told last; none if they never were.
    ///
    /// # Errors
    /// As the store says.
    pub async fn last_digest(&self, home: &HomeId) -> Result<Option<LastDigest>, BrokerError> {
        let last = self.store.last_digest(home).await?;
        Ok(last.map(|last| last.value))
    }

    /// Records that the digest of a home goes, before it does. False if that of the same day was
    /// recorded before, by whichever broker: then it does not go again, even if it never went.
    ///
    /// # Errors
    /// As the store says.
    pub async fn send_digest(
        &self,
        caller: &Caller,
        sent: DigestSent,
    ) -> Result<bool, BrokerError> {
        // Whoever sends it, and whatever else it has to say, it is the same one.
        let name = format!("{}\n{}", sent.home, sent.day);
        let idempotency = Idempotency {
            request: derive(DIGEST_CONTEXT, name.as_bytes()),
            content: content_digest(name.as_bytes()),
        };
        let events = vec![Event::DigestSent(sent)];
        let landed = self.record(caller, events, Vec::new(), Some(idempotency));
        match landed.await? {
            Some(Landed::Now) => Ok(true),
            Some(Landed::Before { .. }) => Ok(false),
            None => Err(BrokerError::Contended),
        }
    }
}
