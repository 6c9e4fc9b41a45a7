//! Amending an ask: a new revision in the place of the one that the caller read.
//!
//! What was delivered stays as it is. What the amended ask asks anew, or for another purpose, is
//! released to it only when the home sends it again.

use serde::Serialize;

use crate::domain::ask::{RawAsk, Schedule, SharedAsk};
use crate::domain::event::{AskSubmitted, Event};
use crate::domain::fault::Faults;
use crate::domain::id::AskName;
use crate::store::Stored;

use super::read_ask::provenance;
use super::submit_ask::AskLanded;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, SubmitOutcome, SubmittedAsk, idempotency};

/// An ask to take the place of a revision.
#[derive(Debug, Clone, Serialize)]
pub struct AmendAsk {
    /// Which ask.
    pub name: AskName,
    /// What it is to be; its organisation and id may be left empty.
    pub ask: RawAsk,
    /// The etag that it had when the caller read it.
    pub etag: String,
}

impl Broker {
    /// Amends an ask. Amending it twice under one request id is harmless, and so is amending it to
    /// what it is.
    ///
    /// # Errors
    /// Every fault, by path within the ask; one that is unknown, was withdrawn, or has changed since
    /// it was read; another that asks just the same; a request id used for something else.
    pub async fn amend_ask(
        &self,
        caller: &Caller,
        sent: AmendAsk,
        request_id: &str,
        validate_only: bool,
    ) -> Result<SubmittedAsk, BrokerError> {
        let idempotency = idempotency(caller, "AmendAsk", request_id, &sent)?;
        if let Some(before) = self.asked_before(idempotency.as_ref()).await? {
            return Ok(before);
        }
        let AmendAsk { name, ask, etag } = sent;
        let raw = named(ask, &name)?;
        let known = self.in_force(&name, &etag).await?;
        let first_day = match &known.value.schedule {
            Schedule::Recurring { from, .. } => *from,
            Schedule::Periods(_) => self.now_in_london().date(),
        };
        let mut ask = SharedAsk::from(self.read_ask(raw, first_day).await?);
        for _ in 0..ATTEMPTS_MAX {
            let known = self.in_force(&name, &etag).await?;
            if known.value.content == ask.content {
                return self.submitted(known, SubmitOutcome::Identical).await;
            }
            let identical = self.store.identical_ask(&ask.content).await?;
            if let Some(other) = identical.filter(|other| *other != name) {
                return Err(BrokerError::AskedAlready {
                    resource: other.to_string(),
                });
            }
            let provenance = provenance(caller, &ask, Some(&known));
            SharedAsk::make_mut(&mut ask).provenance = provenance;
            if validate_only {
                return Ok(self.valid(ask));
            }
            let event = Event::AskAmended(AskSubmitted {
                name: name.clone(),
                ask: ask.raw.clone(),
                content: ask.content,
                submitted_on: first_day,
                provenance: ask.provenance.clone(),
            });
            let landing = self.land_ask(caller, &ask, event, known.revision, idempotency);
            match landing.await? {
                AskLanded::Now(revision) => return Ok(self.created(ask, revision)),
                AskLanded::Before(first) => return self.replayed(first).await,
                AskLanded::Conflict => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// An ask that is still as the caller read it, and in force.
    async fn in_force(&self, name: &AskName, etag: &str) -> Result<Stored<SharedAsk>, BrokerError> {
        let known = self.ask(name).await?;
        if self.store.withdrawal(name).await?.is_some() {
            let resource = name.to_string();
            return Err(BrokerError::Withdrawn { resource });
        }
        check_etag(name, etag, known.revision)?;
        Ok(known)
    }
}

/// Refuses what was read before the last change. The etag of an ask is its revision.
pub(super) fn check_etag(name: &AskName, etag: &str, revision: u64) -> Result<(), BrokerError> {
    let current = revision.to_string();
    if etag == current {
        return Ok(());
    }
    Err(BrokerError::Stale {
        what: name.to_string(),
        current,
    })
}

/// The ask under its own name, which it may leave out but not contradict.
fn named(mut raw: RawAsk, name: &AskName) -> Result<RawAsk, Faults> {
    let mut faults = Faults::new();
    for (path, said, own) in [
        (
            "organisation",
            &raw.organisation,
            name.organisation.as_str(),
        ),
        ("ask", &raw.ask, name.ask.as_str()),
    ] {
        if !said.is_empty() && said != own {
            faults.add(path, format!("is not that of {name}"));
        }
    }
    faults.into_result()?;
    raw.organisation = name.organisation.to_string();
    raw.ask = name.ask.to_string();
    Ok(raw)
}
