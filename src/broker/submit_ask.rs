//! Submitting an ask.

use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::event::{AskSubmitted, Event, Key};
use crate::domain::id::AskName;
use crate::store::{Append, Appended, Expectation, Idempotency, Stored};

use super::read_ask::provenance;
use super::{ATTEMPTS_MAX, AskView, Broker, BrokerError, Caller, idempotency};

/// An ask as it stands after submission.
#[derive(Debug, Clone)]
pub struct SubmittedAsk {
    /// The ask; of revision 0 where nothing was written.
    pub ask: AskView,
    /// What submitting it did.
    pub outcome: SubmitOutcome,
}

/// What submitting an ask did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// It is recorded.
    Created,
    /// It would be recorded: nothing was written, as asked.
    Valid,
    /// This very request had been recorded before.
    Replayed,
    /// An identical ask of the organisation stands already; this is it.
    Identical,
}

/// What stands where an ask is to be recorded.
enum Standing {
    /// An identical ask, which is the answer.
    Identical(Stored<SharedAsk>),
    /// Nothing, or what was taken back: its place is free.
    Free(Option<Stored<SharedAsk>>),
}

/// What became of the append of an ask.
pub(super) enum AskLanded {
    /// It is recorded under this revision.
    Now(u64),
    /// It had been recorded before, under this sequence.
    Before(u64),
    /// Something changed since it was read.
    Conflict,
}

impl Broker {
    /// Submits an ask. Submitting it twice is harmless; submitting what was withdrawn revives it
    /// as a new revision.
    ///
    /// # Errors
    /// Every fault, by path within the ask; another ask of the same name; a request id used for
    /// something else.
    pub async fn submit_ask(
        &self,
        caller: &Caller,
        raw: RawAsk,
        request_id: &str,
        validate_only: bool,
    ) -> Result<SubmittedAsk, BrokerError> {
        let idempotency = idempotency(caller, "SubmitAsk", request_id, &raw)?;
        if let Some(before) = self.asked_before(idempotency.as_ref()).await? {
            return Ok(before);
        }
        // One day for the ask and its event: a cadence that names no first day begins on it.
        let today = self.now_in_london().date();
        let mut ask = SharedAsk::from(self.read_ask(raw, today).await?);
        for _ in 0..ATTEMPTS_MAX {
            let before = match self.standing(&ask).await? {
                Standing::Identical(known) => {
                    return self.submitted(known, SubmitOutcome::Identical).await;
                }
                Standing::Free(before) => before,
            };
            let provenance = provenance(caller, &ask, before.as_ref());
            SharedAsk::make_mut(&mut ask).provenance = provenance;
            if validate_only {
                return Ok(self.valid(ask));
            }
            let submitted = AskSubmitted {
                name: ask.name.clone(),
                ask: ask.raw.clone(),
                content: ask.content,
                submitted_on: today,
                provenance: ask.provenance.clone(),
            };
            let revision = before.map_or(0, |before| before.revision);
            let event = Event::AskSubmitted(submitted);
            let landing = self.land_ask(caller, &ask, event, revision, idempotency);
            match landing.await? {
                AskLanded::Now(revision) => return Ok(self.created(ask, revision)),
                AskLanded::Before(first) => return self.replayed(first).await,
                AskLanded::Conflict => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// An ask.
    ///
    /// # Errors
    /// If there is none.
    pub async fn ask(&self, name: &AskName) -> Result<Stored<SharedAsk>, BrokerError> {
        let found = self.store.ask(name).await?;
        found.ok_or_else(|| BrokerError::NotFound {
            resource: name.to_string(),
        })
    }

    /// What stands in the way of a new ask: an identical one is the answer, another of the same
    /// name an error, and one that was taken back is none.
    async fn standing(&self, ask: &Ask) -> Result<Standing, BrokerError> {
        let identical = self.store.identical_ask(&ask.content).await?;
        let by_name = self.store.ask(&ask.name).await?;
        let mut free = None;
        if let Some(known) = by_name {
            if self.store.withdrawal(&ask.name).await?.is_some() {
                free = Some(known);
            } else if known.value.content == ask.content {
                return Ok(Standing::Identical(known));
            } else {
                return Err(BrokerError::Exists {
                    resource: known.value.name.to_string(),
                });
            }
        }
        match identical {
            Some(name) => Ok(Standing::Identical(self.ask(&name).await?)),
            None => Ok(Standing::Free(free)),
        }
    }

    /// Appends an ask in the place of a revision of it.
    pub(super) async fn land_ask(
        &self,
        caller: &Caller,
        ask: &SharedAsk,
        event: Event,
        revision: u64,
        idempotency: Option<Idempotency>,
    ) -> Result<AskLanded, BrokerError> {
        let unchanged = Expectation {
            key: Key::Ask(ask.name.clone()),
            revision,
        };
        // An identical ask under another name may be on its way at the same time.
        let identical = self.store.identical_ask(&ask.content).await?;
        let only_one = Expectation {
            key: Key::AskContent(ask.content),
            revision: identical
                .filter(|own| *own == ask.name)
                .map_or(0, |_| revision),
        };
        let append = Append {
            events: vec![event],
            asks: vec![SharedAsk::clone(ask)],
            expectations: vec![unchanged, only_one],
            idempotency,
            by: caller.token_id.clone(),
            at: self.now(),
        };
        match self.store.append(append).await? {
            Appended::Recorded { first } => Ok(AskLanded::Now(first)),
            Appended::Replayed { first } => Ok(AskLanded::Before(first)),
            Appended::RequestIdReused => Err(BrokerError::RequestIdReused),
            Appended::Conflict { .. } => Ok(AskLanded::Conflict),
        }
    }

    /// The first result of a request about an ask that was recorded before. It is looked for before
    /// anything is checked: what was right then may be stale by now.
    pub(super) async fn asked_before(
        &self,
        idempotency: Option<&Idempotency>,
    ) -> Result<Option<SubmittedAsk>, BrokerError> {
        match self.seen_before(idempotency).await? {
            Some(first) => self.replayed(first).await.map(Some),
            None => Ok(None),
        }
    }

    /// The ask that a recorded request was about, as it stands now.
    pub(super) async fn replayed(&self, sequence: u64) -> Result<SubmittedAsk, BrokerError> {
        let name = match self.event_at(sequence).await? {
            Event::AskSubmitted(said) | Event::AskAmended(said) => said.name,
            Event::AskWithdrawn(taken) => taken.name,
            _ => return Err(BrokerError::RequestIdReused),
        };
        let known = self.ask(&name).await?;
        self.submitted(known, SubmitOutcome::Replayed).await
    }

    /// An ask that stood already.
    pub(super) async fn submitted(
        &self,
        known: Stored<SharedAsk>,
        outcome: SubmitOutcome,
    ) -> Result<SubmittedAsk, BrokerError> {
        Ok(SubmittedAsk {
            ask: self.view(known).await?,
            outcome,
        })
    }

    /// An ask that was just recorded.
    pub(super) fn created(&self, value: SharedAsk, revision: u64) -> SubmittedAsk {
        SubmittedAsk {
            ask: self.viewed(Stored { value, revision }, None),
            outcome: SubmitOutcome::Created,
        }
    }

    /// An ask that would be recorded.
    pub(super) fn valid(&self, value: SharedAsk) -> SubmittedAsk {
        SubmittedAsk {
            ask: self.viewed(Stored { value, revision: 0 }, None),
            outcome: SubmitOutcome::Valid,
        }
    }
}
