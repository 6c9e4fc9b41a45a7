//! Recording that an organisation or a home ended, and what came after it; correcting that, and
//! taking it back.

use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::limits::REASON_CHARS_MAX;
use crate::domain::succession::{Succession, SuccessionUndone, Successions};
use crate::store::{Expectation, Store, StoreError, Stored};

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// A succession as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSuccession<I> {
    /// The succession.
    pub succession: Succession<I>,
    /// Names this state of it.
    pub etag: String,
}

impl<I: Ord + Clone + Display> RecordedSuccession<I> {
    /// How one ended, if it did or will.
    pub(super) fn of(successions: &Successions<I>, id: &I) -> Option<Self> {
        successions.of(id).map(|succession| Self {
            succession: succession.clone(),
            etag: successions.revision(id).to_string(),
        })
    }
}

/// What the two registers differ in.
trait Register: Ord + Clone + Display + Serialize + Sized {
    const METHOD: &'static str;
    /// The collection in its resource names.
    const COLLECTION: &'static str;
    /// Most predecessors that one has; none for any number.
    const PREDECESSORS_MAX: Option<usize>;
    /// The key of all its successions.
    const KEY: Key;

    fn succeeded(succession: Succession<Self>) -> Event;
    fn undone(undone: SuccessionUndone<Self>) -> Event;
    /// Whose succession an event records.
    fn of_event(event: Event) -> Option<Succession<Self>>;
    async fn all(store: &dyn Store) -> Result<Stored<Arc<Successions<Self>>>, StoreError>;
    async fn is_registered(&self, store: &dyn Store) -> Result<bool, StoreError>;
}

impl Register for OrganisationId {
    const METHOD: &'static str = "SucceedOrganisation";
    const COLLECTION: &'static str = "organisations";
    const PREDECESSORS_MAX: Option<usize> = None;
    const KEY: Key = Key::OrganisationSuccessions;

    fn succeeded(succession: Succession<Self>) -> Event {
        Event::OrganisationSucceeded(succession)
    }

    fn undone(undone: SuccessionUndone<Self>) -> Event {
        Event::OrganisationSuccessionUndone(undone)
    }

    fn of_event(event: Event) -> Option<Succession<Self>> {
        match event {
            Event::OrganisationSucceeded(succession) => Some(succession),
            _ => None,
        }
    }

    async fn all(store: &dyn Store) -> Result<Stored<Arc<Successions<Self>>>, StoreError> {
        store.organisation_successions().await
    }

    async fn is_registered(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(store.organisation(self).await?.is_some())
    }
}

impl Register for HomeId {
    const METHOD: &'static str = "SucceedHome";
    const COLLECTION: &'static str = "homes";
    const PREDECESSORS_MAX: Option<usize> = Some(1);
    const KEY: Key = Key::HomeSuccessions;

    fn succeeded(succession: Succession<Self>) -> Event {
        Event::HomeSucceeded(succession)
    }

    fn undone(undone: SuccessionUndone<Self>) -> Event {
        Event::HomeSuccessionUndone(undone)
    }

    fn of_event(event: Event) -> Option<Succession<Self>> {
        match event {
            Event::HomeSucceeded(succession) => Some(succession),
            _ => None,
        }
    }

    async fn all(store: &dyn Store) -> Result<Stored<Arc<Successions<Self>>>, StoreError> {
        store.home_successions().await
    }

    async fn is_registered(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(store.home(self).await?.is_some())
    }
}

impl Broker {
    /// Records that an organisation ended and which came after it, or corrects that under the etag
    /// of what is recorded. Doing so twice is harmless.
    ///
    /// # Errors
    /// Every fault; a stale etag.
    pub async fn succeed_organisation(
        &self,
        caller: &Caller,
        succession: Succession<OrganisationId>,
        etag: &str,
        request_id: &str,
    ) -> Result<RecordedSuccession<OrganisationId>, BrokerError> {
        if succession.successor.is_none() {
            return Err(Faults::one("successor", "name who came after it").into());
        }
        self.succeed(caller, succession, etag, request_id).await
    }

    /// Records that a home ended: registered anew, or closed. As for organisations.
    ///
    /// # Errors
    /// As for organisations.
    pub async fn succeed_home(
        &self,
        caller: &Caller,
        succession: Succession<HomeId>,
        etag: &str,
        request_id: &str,
    ) -> Result<RecordedSuccession<HomeId>, BrokerError> {
        self.succeed(caller, succession, etag, request_id).await
    }

    /// Takes back that an organisation ended. Doing so twice is harmless.
    ///
    /// # Errors
    /// If there is no such organisation; a stale etag; an over-long reason.
    pub async fn undo_organisation_succession(
        &self,
        caller: &Caller,
        undone: SuccessionUndone<OrganisationId>,
        etag: &str,
    ) -> Result<(), BrokerError> {
        self.undo_succession(caller, undone, etag).await
    }

    /// Takes back that a home ended. As for organisations.
    ///
    /// # Errors
    /// As for organisations.
    pub async fn undo_home_succession(
        &self,
        caller: &Caller,
        undone: SuccessionUndone<HomeId>,
        etag: &str,
    ) -> Result<(), BrokerError> {
        self.undo_succession(caller, undone, etag).await
    }

    async fn succeed<I: Register>(
        &self,
        caller: &Caller,
        new: Succession<I>,
        etag: &str,
        request_id: &str,
    ) -> Result<RecordedSuccession<I>, BrokerError> {
        let idempotency = idempotency(caller, I::METHOD, request_id, &(&new, etag))?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.succeeded_before(first).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let all = I::all(self.store.as_ref()).await?;
            let known = RecordedSuccession::of(&all.value, &new.predecessor);
            if let Some(known) = known.filter(|known| known.succession == new) {
                return Ok(known);
            }
            self.check_succeeding(&new, &all.value).await?;
            check_etag(&all.value, &new.predecessor, etag)?;
            let unchanged = vec![Expectation {
                key: I::KEY,
                revision: all.revision,
            }];
            let events = vec![I::succeeded(new.clone())];
            match self.record(caller, events, unchanged, idempotency).await? {
                Some(Landed::Before { first }) => return self.succeeded_before(first).await,
                // Read back for its etag; another may have corrected it meanwhile, which then shows.
                Some(Landed::Now) => {
                    let all = I::all(self.store.as_ref()).await?.value;
                    let known = RecordedSuccession::of(&all, &new.predecessor);
                    return known.ok_or(BrokerError::Contended);
                }
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    async fn succeeded_before<I: Register>(
        &self,
        first: u64,
    ) -> Result<RecordedSuccession<I>, BrokerError> {
        let succession = I::of_event(self.event_at(first).await?);
        let succession = succession.ok_or(BrokerError::RequestIdReused)?;
        Ok(RecordedSuccession {
            succession,
            etag: first.to_string(),
        })
    }

    async fn check_succeeding<I: Register>(
        &self,
        new: &Succession<I>,
        all: &Successions<I>,
    ) -> Result<(), BrokerError> {
        let mut faults = Faults::new();
        let store = self.store.as_ref();
        if !new.predecessor.is_registered(store).await? {
            faults.add(
                "predecessor",
                format!("{} is not registered", new.predecessor),
            );
        }
        if let Some(successor) = &new.successor {
            if !successor.is_registered(store).await? {
                faults.add("successor", format!("{successor} is not registered"));
            }
            let others = all.direct(successor);
            let mut others = others.filter(|known| known.predecessor != new.predecessor);
            if let Some(limit) = I::PREDECESSORS_MAX
                && let Some(other) = others.nth(limit - 1)
            {
                let message = format!("{successor} comes after {} already", other.predecessor);
                faults.add("successor", message);
            }
        }
        faults.take("", all.check(new));
        Ok(faults.into_result()?)
    }

    async fn undo_succession<I: Register>(
        &self,
        caller: &Caller,
        undone: SuccessionUndone<I>,
        etag: &str,
    ) -> Result<(), BrokerError> {
        if undone.reason.chars().count() > REASON_CHARS_MAX {
            let message = format!("is longer than {REASON_CHARS_MAX} characters");
            return Err(Faults::one("reason", message).into());
        }
        let predecessor = &undone.predecessor;
        if !predecessor.is_registered(self.store.as_ref()).await? {
            let resource = format!("{}/{predecessor}", I::COLLECTION);
            return Err(BrokerError::NotFound { resource });
        }
        for _ in 0..ATTEMPTS_MAX {
            let all = I::all(self.store.as_ref()).await?;
            if all.value.of(predecessor).is_none() {
                return Ok(());
            }
            if !etag.is_empty() {
                check_etag(&all.value, predecessor, etag)?;
            }
            let unchanged = vec![Expectation {
                key: I::KEY,
                revision: all.revision,
            }];
            let events = vec![I::undone(undone.clone())];
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
}

/// What is recorded is changed only by who has seen it.
fn check_etag<I: Register>(
    all: &Successions<I>,
    predecessor: &I,
    etag: &str,
) -> Result<(), BrokerError> {
    let current = match all.revision(predecessor) {
        0 => String::new(),
        revision => revision.to_string(),
    };
    if current == etag {
        return Ok(());
    }
    Err(BrokerError::Stale {
        what: format!("what came after {}/{predecessor}", I::COLLECTION),
        current,
    })
}
