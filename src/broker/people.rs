//! Inviting, listing and removing the people who answer for homes.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::HomeId;
use crate::domain::limits::HOMES_PER_TOKEN_MAX;
use crate::domain::person::{Email, Invitation, Person, PersonRemoved};
use crate::store::Expectation;

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// The homes whose people a caller may see and change; none for all.
pub type Led<'a> = Option<&'a BTreeSet<HomeId>>;

impl Broker {
    /// Invites a person, who is known by her address, to homes that the caller leads. Doing so twice
    /// is harmless.
    ///
    /// # Errors
    /// Homes that are not registered; more homes than one person has; a request id used for
    /// something else. No error says the address.
    pub async fn invite_person(
        &self,
        caller: &Caller,
        led: Led<'_>,
        invitation: Invitation,
        request_id: &str,
    ) -> Result<Person, BrokerError> {
        let idempotency = idempotency(caller, "InvitePerson", request_id, &invitation)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.invited_before(first, led).await;
        }
        self.check_invited(&invitation).await?;
        for _ in 0..ATTEMPTS_MAX {
            let revision = self.store.people().await?.revision;
            let known = self.store.person_of_email(&invitation.email.key()).await?;
            let person = self.invited(known.as_deref(), led.is_none(), &invitation)?;
            if known.is_some_and(|known| *known == person) {
                return Ok(seen_by(person, led));
            }
            let unchanged = vec![Expectation {
                key: Key::People,
                revision,
            }];
            let events = vec![Event::PersonInvited(person.clone())];
            match self.record(caller, events, unchanged, idempotency).await? {
                Some(Landed::Now) => return Ok(seen_by(person, led)),
                Some(Landed::Before { first }) => return self.invited_before(first, led).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// People by id, at most `limit`, after one: of a home, or all that the caller may see.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_people(
        &self,
        led: Led<'_>,
        home: Option<&HomeId>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Person>, BrokerError> {
        let people = self.store.people().await?.value;
        let rest = people.iter().filter(|person| person.id.as_str() > after);
        let seen = rest.map(|person| seen_by(person.as_ref().clone(), led));
        let is_of = |person: &Person| match home {
            Some(home) => person.homes.contains_key(home),
            None => !person.homes.is_empty(),
        };
        Ok(seen.filter(is_of).take(limit).collect())
    }

    /// Removes a person from homes, from all that the caller leads if none is named. From none left,
    /// she is removed for good. Doing so twice is harmless.
    ///
    /// What the ledger said of her stays in it; erasing its bodies is a matter of its own.
    ///
    /// # Errors
    /// If there is no such person among those that the caller may see.
    pub async fn remove_person(
        &self,
        caller: &Caller,
        led: Led<'_>,
        id: &str,
        homes: &BTreeSet<HomeId>,
    ) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS_MAX {
            let people = self.store.people().await?;
            let known = people.value.iter().find(|person| person.id == id);
            let Some(known) = known else {
                return self.removed_before(led, id).await;
            };
            let seen = seen_by(known.as_ref().clone(), led);
            if seen.homes.is_empty() {
                return Err(not_found(id));
            }
            let own = seen.homes.into_keys();
            let from: BTreeSet<HomeId> = own
                .filter(|home| homes.is_empty() || homes.contains(home))
                .collect();
            if from.is_empty() {
                return Ok(());
            }
            let is_all = from.len() == known.homes.len();
            let removed = PersonRemoved {
                id: id.to_owned(),
                homes: if is_all { BTreeSet::new() } else { from },
            };
            let unchanged = vec![Expectation {
                key: Key::People,
                revision: people.revision,
            }];
            let events = vec![Event::PersonRemoved(removed)];
            if self
                .record(caller, events, unchanged, None)
                .await?
                .is_some()
            {
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }

    /// The person whose address this is, whatever its case: who signs in by it.
    ///
    /// # Errors
    /// As the store says.
    pub async fn person_by_email(&self, email: &Email) -> Result<Option<Arc<Person>>, BrokerError> {
        Ok(self.store.person_of_email(&email.key()).await?)
    }

    /// The entry of a person once she is invited.
    fn invited(
        &self,
        known: Option<&Person>,
        may_rename: bool,
        invitation: &Invitation,
    ) -> Result<Person, Faults> {
        let at = self.now();
        let mut person = match known {
            Some(known) => known.clone(),
            None => Person::new(self.new_id("p_"), invitation, at),
        };
        person.invite(invitation, at, may_rename);
        if person.homes.len() > HOMES_PER_TOKEN_MAX {
            let message = format!("one person has {HOMES_PER_TOKEN_MAX} homes at most");
            return Err(Faults::one("homes", message));
        }
        Ok(person)
    }

    async fn check_invited(&self, invitation: &Invitation) -> Result<(), BrokerError> {
        let mut faults = Faults::new();
        for home in &invitation.homes {
            if self.store.home(home).await?.is_none() {
                faults.add("homes", format!("{home} is not registered"));
            }
        }
        Ok(faults.into_result()?)
    }

    async fn invited_before(&self, first: u64, led: Led<'_>) -> Result<Person, BrokerError> {
        match self.event_at(first).await? {
            Event::PersonInvited(person) => Ok(seen_by(person, led)),
            _ => Err(BrokerError::RequestIdReused),
        }
    }

    /// Who leads homes cannot tell one that was removed from one that never was.
    async fn removed_before(&self, led: Led<'_>, id: &str) -> Result<(), BrokerError> {
        if led.is_none() && self.store.was_person(id).await? {
            return Ok(());
        }
        Err(not_found(id))
    }
}

fn not_found(id: &str) -> BrokerError {
    BrokerError::NotFound {
        resource: format!("people/{id}"),
    }
}

/// A person as the caller may see her: nothing of homes that it does not lead, not even by what name
/// they know her.
fn seen_by(person: Person, led: Led<'_>) -> Person {
    match led {
        Some(led) => person.seen_by(led),
        None => person,
    }
}
