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
        Ok(by_home(&people, after, limit))
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

/// The first homes after one, each with its people.
fn by_home(
    people: &[Arc<Person>],
    after: Option<&HomeId>,
    limit: usize,
) -> Vec<(HomeId, Vec<Arc<Person>>)> {
    let mut homes: BTreeMap<&HomeId, Vec<Arc<Person>>> = BTreeMap::new();
    for person in people {
        for home in person.homes.keys() {
            if after.is_some_and(|after| home <= after) {
                continue;
            }
            homes.entry(home).or_default().push(Arc::clone(person));
            // No more are held than are wanted; one that is let go comes after all that are held, and
            // is let go again whoever else answers for it.
            if homes.len() > limit {
                homes.pop_last();
            }
        }
    }
    let homes = homes.into_iter();
    homes.map(|(home, of)| (home.clone(), of)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use crate::domain::person::{HomeRole, Invitation};

    use super::*;

    fn person(id: usize, homes: &[usize]) -> Arc<Person> {
        let homes = homes
            .iter()
            .map(|n| format!("1-10000000{n}").parse().unwrap());
        let invitation = Invitation {
            name: "Ann".into(),
            email: format!("a{id}@b.example").parse().unwrap(),
            homes: homes.collect::<BTreeSet<HomeId>>(),
            role: HomeRole::Answers,
        };
        let mut person = Person::new(format!("p_{id}"), &invitation, Timestamp::UNIX_EPOCH);
        person.invite(&invitation, Timestamp::UNIX_EPOCH, false);
        Arc::new(person)
    }

    #[test]
    fn page_by_page_every_home_comes_once_with_all_of_its_people() {
        let of = [&[7, 1, 4][..], &[4], &[2, 7, 9], &[], &[1, 9, 5]];
        let people: Vec<_> = (0..).zip(of).map(|(id, homes)| person(id, homes)).collect();
        let all = by_home(&people, None, 100);
        let counts: Vec<usize> = all.iter().map(|(_, people)| people.len()).collect();
        assert_eq!(counts, [2, 1, 2, 1, 2, 2]);
        for limit in 1..=all.len() {
            let mut paged = Vec::new();
            loop {
                let after = paged.last().map(|(home, _): &(HomeId, _)| home.clone());
                let page = by_home(&people, after.as_ref(), limit);
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, all, "{limit} a page");
        }
    }
}
