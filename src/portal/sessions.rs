//! Sessions: kept where every broker finds them, bounded, and over after a time, by the portal's
//! clock.
//!
//! Who is signed in and who is not are kept apart, so that no number of strangers puts anybody out.
//! What is over does not come back: a page that is slower than a sign-out saves nothing, at whichever
//! broker.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use crate::broker::{Passing, PassingKind, Putting};
use crate::domain::digest::Digest;

use super::sealed::Use;
use super::session::SIGNED_IN;
use super::{Portal, PortalError};

/// How long a session lasts in which nothing is asked for: two hours, since a manager is called away
/// in the middle of a form and comes back to it.
const IDLE_MAX: SignedDuration = SignedDuration::from_hours(2);

/// How long a session lasts at all: a long shift.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(12);

const SESSION: Use = Use {
    found_by: "askonce 2026-11-22 session v1",
    sealed_by: "askonce 2026-11-22 session, sealed v1",
};

/// Every session; clones share them.
#[derive(Clone)]
pub(super) struct Sessions {
    portal: Arc<Portal>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions(…)")
    }
}

impl Sessions {
    /// The sessions of these pages.
    pub(super) fn new(portal: Arc<Portal>) -> Self {
        Self { portal }
    }

    fn random_id(&self) -> Id {
        let mut bytes = [0; 16];
        (self.portal.entropy)(&mut bytes);
        Id(i128::from_le_bytes(bytes))
    }

    async fn put(&self, putting: Putting, record: &Record) -> Result<bool> {
        let secret = record.id.0.to_le_bytes();
        let value = SESSION.seal(&secret, record, &self.portal.entropy);
        let is_signed_in = record.data.contains_key(SIGNED_IN);
        let passing = Passing {
            kind: if is_signed_in {
                PassingKind::Session
            } else {
                PassingKind::Stranger
            },
            key: key(&record.id),
            value: value.map_err(broken)?,
            expires_at: self.after(IDLE_MAX),
            ends_at: self.after(LASTS_MAX),
        };
        let passed = self.portal.broker.put_passing(putting, passing).await;
        passed.map_err(broken)
    }

    fn after(&self, time: SignedDuration) -> Timestamp {
        let then = self.portal.now().checked_add(time);
        then.unwrap_or(Timestamp::MAX)
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // The id is drawn as every secret here is.
        record.id = self.random_id();
        while !self.put(Putting::New, record).await? {
            record.id = self.random_id();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.put(Putting::InPlace, record).await.map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let until = self.after(IDLE_MAX);
        let found = self.portal.broker.keep_passing(&key(id), until).await;
        let found = found.map_err(broken)?;
        Ok(found.and_then(|sealed| SESSION.open(&id.0.to_le_bytes(), &sealed)))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let taken = self.portal.broker.take_passing(&key(id)).await;
        taken.map(drop).map_err(broken)
    }
}

fn key(id: &Id) -> Digest {
    SESSION.key(&id.0.to_le_bytes())
}

fn broken(error: impl Into<PortalError>) -> Error {
    Error::Backend(format!("{:?}", error.into()))
}
