//! Sessions: in memory, bounded, and over after a time, by the portal's clock.
//!
//! Who is signed in and who is not are kept apart, so that no number of strangers puts anybody out.
//! What is over does not come back: a page that is slower than a sign-out saves nothing.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::Result;

use super::Portal;
use super::bounded::Bounded;
use super::session::SIGNED_IN;

/// How long a session lasts in which nothing is asked for: two hours, since a manager is called away
/// in the middle of a form and comes back to it.
const IDLE_MAX: SignedDuration = SignedDuration::from_hours(2);

/// How long a session lasts at all: a long shift.
const LASTS_MAX: SignedDuration = SignedDuration::from_hours(12);

/// Most sessions of those who are signed in, the longest idle out first: three for every care home of
/// England, at less than a kilobyte each.
const SIGNED_IN_MAX: usize = 50_000;

/// Most sessions of those who are not, the longest idle out first: they hold where somebody wanted to
/// go.
const STRANGERS_MAX: usize = 5_000;

/// Every session; clones share them.
#[derive(Clone)]
pub(super) struct Sessions {
    portal: Arc<Portal>,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    signed_in: Bounded<Id, Lasting>,
    strangers: Bounded<Id, Lasting>,
}

/// A session with its times.
struct Lasting {
    record: Record,
    begun_at: Timestamp,
    seen_at: Timestamp,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions(…)")
    }
}

impl Sessions {
    /// No session yet.
    pub(super) fn new(portal: Arc<Portal>) -> Self {
        let kept = Kept {
            signed_in: Bounded::new(SIGNED_IN_MAX),
            strangers: Bounded::new(STRANGERS_MAX),
        };
        Self {
            portal,
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    fn random_id(&self) -> Id {
        let mut bytes = [0; 16];
        (self.portal.entropy)(&mut bytes);
        Id(i128::from_le_bytes(bytes))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change is whole before anything in it could panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, lasting: Lasting) {
        let id = lasting.record.id;
        let is_signed_in = lasting.record.data.contains_key(SIGNED_IN);
        let (own, other) = if is_signed_in {
            (&mut self.signed_in, &mut self.strangers)
        } else {
            (&mut self.strangers, &mut self.signed_in)
        };
        other.remove(&id);
        own.insert(id, lasting);
    }

    fn touch(&mut self, id: &Id) -> Option<&mut Lasting> {
        match self.signed_in.touch(id) {
            Some(found) => Some(found),
            None => self.strangers.touch(id),
        }
    }

    fn remove(&mut self, id: &Id) {
        self.signed_in.remove(id);
        self.strangers.remove(id);
    }

    fn has(&self, id: &Id) -> bool {
        self.signed_in.get(id).is_some() || self.strangers.get(id).is_some()
    }
}

impl Lasting {
    fn is_over(&self, now: Timestamp) -> bool {
        let idle = now.duration_since(self.seen_at);
        let lasted = now.duration_since(self.begun_at);
        idle >= IDLE_MAX || lasted >= LASTS_MAX
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let now = self.portal.now();
        let mut kept = self.kept();
        // The id is drawn as every secret here is.
        record.id = self.random_id();
        while kept.has(&record.id) {
            record.id = self.random_id();
        }
        kept.put(Lasting {
            record: record.clone(),
            begun_at: now,
            seen_at: now,
        });
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let now = self.portal.now();
        let mut kept = self.kept();
        let begun_at = kept.touch(&record.id).map(|lasting| lasting.begun_at);
        if let Some(begun_at) = begun_at {
            kept.put(Lasting {
                record: record.clone(),
                begun_at,
                seen_at: now,
            });
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.portal.now();
        let mut kept = self.kept();
        let Some(lasting) = kept.touch(id) else {
            return Ok(None);
        };
        if lasting.is_over(now) {
            kept.remove(id);
            return Ok(None);
        }
        lasting.seen_at = now;
        Ok(Some(lasting.record.clone()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.kept().remove(id);
        Ok(())
    }
}
