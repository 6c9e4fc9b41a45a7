//! Submitting an ask.

use jiff::civil::Date;

use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::event::{AskSubmitted, Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::AskName;
use crate::store::{Append, Expectation, Stored};

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// An ask as it stands after submission.
#[derive(Debug, Clone)]
pub struct SubmittedAsk {
    /// The ask.
    pub ask: SharedAsk,
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

impl Broker {
    /// Submits an ask. Submitting it twice is harmless.
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
        // One day for the ask and its event: a cadence that names no first day begins on it.
        let today = self.now_in_london().date();
        let ask = SharedAsk::from(self.read_ask(raw, today).await?);
        for _ in 0..ATTEMPTS_MAX {
            if let Some(known) = self.standing(&ask).await? {
                return Ok(known);
            }
            if validate_only {
                return Ok(SubmittedAsk {
                    ask,
                    outcome: SubmitOutcome::Valid,
                });
            }
            let submitted = AskSubmitted {
                name: ask.name.clone(),
                ask: ask.raw.clone(),
                content: ask.content,
                submitted_on: today,
            };
            let fresh = Expectation {
                key: Key::Ask(ask.name.clone()),
                revision: 0,
            };
            let append = Append {
                events: vec![Event::AskSubmitted(submitted)],
                asks: vec![SharedAsk::clone(&ask)],
                expectations: vec![fresh],
                idempotency,
                by: caller.token_id.clone(),
                at: self.now(),
            };
            match self.land(append).await? {
                Some(Landed::Now) => {
                    return Ok(SubmittedAsk {
                        ask,
                        outcome: SubmitOutcome::Created,
                    });
                }
                Some(Landed::Before { first }) => return self.replayed(first).await,
                None => {}
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

    /// Checks an ask against everything that it names.
    async fn read_ask(&self, mut raw: RawAsk, today: Date) -> Result<Ask, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let mut faults = Faults::new();
        self.resolve_targets(&mut raw, &mut faults).await?;
        self.check_succession(&raw, &mut faults).await?;
        let organisation = raw.organisation.clone();
        let parsed = Ask::parse(raw, Some(&dictionary), today).map_err(|told| {
            // What is known of a target already is not told again in other words.
            let mut new = Faults::new();
            let is_new = |path: &str| faults.iter().all(|known| known.path != path);
            for fault in told.iter().filter(|fault| is_new(&fault.path)) {
                new.add(&*fault.path, &*fault.message);
            }
            new
        });
        let ask = faults.take("", parsed);
        if let Ok(id) = organisation.parse()
            && self.store.organisation(&id).await?.is_none()
        {
            faults.add("organisation", format!("{id} is not registered"));
        }
        faults.into_result()?;
        ask.ok_or_else(|| BrokerError::Internal("an ask without faults did not read".into()))
    }

    /// The ask that stands in the way of a new one: identical (then it is the answer), or another
    /// of the same name (then that is an error).
    async fn standing(&self, ask: &Ask) -> Result<Option<SubmittedAsk>, BrokerError> {
        let identical = self.store.identical_ask(&ask.content).await?;
        let by_name = self.store.ask(&ask.name).await?;
        let known = match (identical, by_name) {
            (_, Some(known)) if known.value.content == ask.content => known.value,
            (_, Some(known)) => {
                return Err(BrokerError::Exists {
                    resource: known.value.name.to_string(),
                });
            }
            (Some(name), None) => self.ask(&name).await?.value,
            (None, None) => return Ok(None),
        };
        Ok(Some(SubmittedAsk {
            ask: known,
            outcome: SubmitOutcome::Identical,
        }))
    }

    async fn replayed(&self, sequence: u64) -> Result<SubmittedAsk, BrokerError> {
        let Event::AskSubmitted(submitted) = self.event_at(sequence).await? else {
            return Err(BrokerError::RequestIdReused);
        };
        Ok(SubmittedAsk {
            ask: self.ask(&submitted.name).await?.value,
            outcome: SubmitOutcome::Replayed,
        })
    }
}
