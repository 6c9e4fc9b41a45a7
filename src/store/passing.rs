//! What passes: kept for minutes or hours, for whichever broker is asked next, and lost without
//! harm: links that were mailed, sessions of browsers.
//!
//! Invariants of every backend, held by one contract suite: what is taken is given to one caller
//! alone; what has expired is given to nobody, and is swept; nothing is kept beyond its end, however
//! often it is asked for; of each kind there are so many, of so many bytes, and no more.
//!
//! Keys are digests, and values are sealed by whoever puts them: here they are bytes. The clock is
//! the caller's, so brokers that share a store keep theirs together, as time servers do.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use super::limits::{
    PASSING_BYTES_MAX, SENDINGS_MAX, SESSIONS_MAX, SIGN_IN_LINKS_MAX, STRANGERS_MAX,
    SWEEP_AFTER_PUTS, SWEEP_INTERVAL,
};
use crate::domain::bounded::Bounded;
use crate::domain::digest::Digest;

/// What something is kept for. Each kind is bounded by itself, so that no number of strangers puts
/// out anybody who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PassingKind {
    /// A link that signs somebody in, once.
    SignInLink,
    /// The session of somebody who is signed in.
    Session,
    /// The session of somebody who is not: where she wanted to go.
    Stranger,
    /// What was sent from one showing of a page, so that sending it twice is harmless.
    Sending,
}

impl PassingKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::SignInLink,
        Self::Session,
        Self::Stranger,
        Self::Sending,
    ];

    /// Its name where it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignInLink => "sign-in-link",
            Self::Session => "session",
            Self::Stranger => "stranger",
            Self::Sending => "sending",
        }
    }

    /// Most of it at once; past that the longest untouched goes.
    #[must_use]
    pub const fn count_max(self) -> usize {
        match self {
            Self::SignInLink => SIGN_IN_LINKS_MAX,
            Self::Session => SESSIONS_MAX,
            Self::Stranger => STRANGERS_MAX,
            Self::Sending => SENDINGS_MAX,
        }
    }
}

/// Something that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// What for.
    pub kind: PassingKind,
    /// What it is found by: the digest of a secret.
    pub key: Digest,
    /// What it says.
    pub value: Vec<u8>,
    /// When it is gone if nobody asks for it.
    pub expires_at: Timestamp,
    /// When it is gone for good. Only what is put anew says so: in place, it stays as it was.
    pub ends_at: Timestamp,
}

/// How something is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Putting {
    /// Where nothing is.
    New,
    /// In place of what is there, and not where nothing is: what is over does not come back.
    InPlace,
}

/// What every backend does with what passes.
#[async_trait]
pub trait PassingStore: Send + Sync {
    /// Puts something. False if nothing was done: there is something already, or nothing to be
    /// replaced.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for one that is too large.
    async fn put(
        &self,
        putting: Putting,
        passing: Passing,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// What stands under a key.
    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;

    /// What stands under a key, which is kept until another time from now on, but not beyond its
    /// end.
    async fn keep(
        &self,
        key: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Takes what stands under a key: of all who try, one gets it.
    async fn take(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError>;
}

/// The refusal of what is too large; none of what is not.
pub(crate) fn checked(passing: &Passing) -> Result<(), StoreError> {
    if passing.value.len() <= PASSING_BYTES_MAX {
        return Ok(());
    }
    let message = format!("what passes has {PASSING_BYTES_MAX} bytes at most");
    Err(StoreError::Refused(message))
}

/// When to sweep: after so many were put, or so long.
#[derive(Debug, Default)]
pub(crate) struct Sweeps(Mutex<(u32, Timestamp)>);

impl Sweeps {
    /// Notes that one was put; whether it is time to sweep.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (puts, swept_at) = &mut *held;
        *puts += 1;
        let waited = now.duration_since(*swept_at);
        // A clock that was put back waits for nothing.
        let is_long = waited >= SWEEP_INTERVAL || waited < SignedDuration::ZERO;
        let is_due = *puts >= SWEEP_AFTER_PUTS || is_long;
        if is_due {
            *held = (0, now);
        }
        is_due
    }
}

/// What passes, in memory: gone with the process.
#[derive(Debug, Default)]
pub(crate) struct MemoryPassing {
    kept: Mutex<Kept>,
    sweeps: Sweeps,
}

#[derive(Debug)]
struct Kept(BTreeMap<PassingKind, Bounded<Digest, Passing>>);

impl Default for Kept {
    fn default() -> Self {
        let kinds = PassingKind::ALL.into_iter();
        Self(
            kinds
                .map(|kind| (kind, Bounded::new(kind.count_max())))
                .collect(),
        )
    }
}

impl Kept {
    /// What stands under a key and has not expired; it becomes the youngest of its kind.
    fn touch(&mut self, key: &Digest, now: Timestamp) -> Option<&mut Passing> {
        let found = self.0.values_mut().find_map(|kind| kind.touch(key));
        found.filter(|passing| now < passing.expires_at)
    }

    /// The same, left as old as it is.
    fn get(&self, key: &Digest, now: Timestamp) -> Option<&Passing> {
        let found = self.0.values().find_map(|kind| kind.get(key));
        found.filter(|passing| now < passing.expires_at)
    }

    fn remove(&mut self, key: &Digest) -> Option<Passing> {
        self.0.values_mut().find_map(|kind| kind.remove(key))
    }

    fn insert(&mut self, passing: Passing) {
        self.remove(&passing.key);
        if let Some(kind) = self.0.get_mut(&passing.kind) {
            kind.insert(passing.key, passing);
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        for kind in self.0.values_mut() {
            kind.retain(|passing| now < passing.expires_at);
        }
    }
}

impl MemoryPassing {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change is whole before anything in it could panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PassingStore for MemoryPassing {
    async fn put(
        &self,
        putting: Putting,
        passing: Passing,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        checked(&passing)?;
        let mut kept = self.kept();
        if self.sweeps.is_due(now) {
            kept.sweep(now);
        }
        let there = kept.get(&passing.key, now).map(|own| own.ends_at);
        let ends_at = match (putting, there) {
            (Putting::New, None) => passing.ends_at,
            (Putting::InPlace, Some(ends_at)) => ends_at,
            (Putting::New, Some(_)) | (Putting::InPlace, None) => return Ok(false),
        };
        kept.insert(Passing {
            expires_at: passing.expires_at.min(ends_at),
            ends_at,
            ..passing
        });
        Ok(true)
    }

    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.kept();
        let found = kept.get(key, now);
        Ok(found.map(|passing| passing.value.clone()))
    }

    async fn keep(
        &self,
        key: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut kept = self.kept();
        let found = kept.touch(key, now);
        Ok(found.map(|passing| {
            passing.expires_at = until.min(passing.ends_at);
            passing.value.clone()
        }))
    }

    async fn take(&self, key: &Digest, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        let taken = self.kept().remove(key);
        let taken = taken.filter(|passing| now < passing.expires_at);
        Ok(taken.map(|passing| passing.value))
    }
}
