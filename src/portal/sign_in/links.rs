//! Links that sign somebody in: random, hashed, used once, and gone after a time.
//!
//! They are kept in memory: a link that a server of before made no longer works.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::digest::{Digest, derive};
use crate::domain::person::Email;

use super::super::bounded::Bounded;

/// Most links at once, the oldest out first: every manager of England in one morning.
const LINKS_MAX: usize = 20_000;

/// Longest secret that is looked up, in bytes: ours have 32.
const SECRET_BYTES_MAX: usize = 64;

const CONTEXT: &str = "askonce 2026-11-22 sign-in link v1";

/// Whom a link signs in.
#[derive(Debug, Clone)]
pub(in crate::portal) struct Link {
    /// Her id.
    pub(in crate::portal) person: String,
    /// Her address.
    pub(in crate::portal) email: Email,
    expires_at: Timestamp,
}

/// The links that were made and not used yet.
#[derive(Debug)]
pub(in crate::portal) struct Links(Mutex<Bounded<Digest, Link>>);

impl Default for Links {
    fn default() -> Self {
        Self(Mutex::new(Bounded::new(LINKS_MAX)))
    }
}

impl Links {
    /// Has a secret sign somebody in, once and until then.
    pub(in crate::portal) fn add(
        &self,
        secret: &str,
        person: &str,
        email: &Email,
        expires_at: Timestamp,
    ) {
        let link = Link {
            person: person.to_owned(),
            email: email.clone(),
            expires_at,
        };
        self.lock().insert(hash(secret), link);
    }

    /// Whether a secret would sign somebody in.
    pub(super) fn is_live(&self, secret: &str, now: Timestamp) -> bool {
        let is_ours = secret.len() <= SECRET_BYTES_MAX;
        is_ours && (self.lock().get(&hash(secret))).is_some_and(|link| now < link.expires_at)
    }

    /// Uses a secret up: whom it signs in, if it was good.
    pub(super) fn take(&self, secret: &str, now: Timestamp) -> Option<Link> {
        if secret.len() > SECRET_BYTES_MAX {
            return None;
        }
        let link = self.lock().remove(&hash(secret))?;
        (now < link.expires_at).then_some(link)
    }

    fn lock(&self) -> MutexGuard<'_, Bounded<Digest, Link>> {
        // Every change is whole before anything in it could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a link made now expires.
pub(in crate::portal) fn expiry(now: Timestamp, valid_for: SignedDuration) -> Timestamp {
    now.checked_add(valid_for).unwrap_or(Timestamp::MAX)
}

fn hash(secret: &str) -> Digest {
    derive(CONTEXT, secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_and_until_its_time_and_its_secret_is_not_kept() {
        let links = Links::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let email: Email = "ann@b.example".parse().unwrap();
        links.add("abc", "p_1", &email, at(10));
        assert!(links.is_live("abc", at(9)) && !links.is_live("abd", at(9)));
        assert!(links.is_live("abc", at(9)), "looking uses nothing up");
        assert!(!format!("{links:?}").contains("abc"));
        assert_eq!(links.take("abc", at(9)).unwrap().person, "p_1");
        assert!(links.take("abc", at(9)).is_none() && !links.is_live("abc", at(9)));
        links.add("abc", "p_1", &email, at(10));
        assert!(!links.is_live("abc", at(10)) && links.take("abc", at(10)).is_none());
        let long = "a".repeat(SECRET_BYTES_MAX + 1);
        links.add(&long, "p_1", &email, at(10));
        assert!(!links.is_live(&long, at(1)) && links.take(&long, at(1)).is_none());
    }
}
