//! Taking an ask back. What was released to it stays readable, corrections of that reach it, and
//! nothing new does.

use crate::domain::event::{AskWithdrawn, Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::AskName;
use crate::domain::limits::REASON_CHARS_MAX;
use crate::store::Expectation;

use super::amend_ask::check_etag;
use super::read_ask::is_on_behalf;
use super::{ATTEMPTS_MAX, AskView, Broker, BrokerError, Caller, Landed, idempotency};

impl Broker {
    /// Takes an ask back; doing so twice is harmless. An empty etag takes back whatever stands.
    ///
    /// # Errors
    /// If there is no such ask, no reason, or it has changed since the etag was read.
    pub async fn withdraw_ask(
        &self,
        caller: &Caller,
        name: &AskName,
        reason: &str,
        etag: &str,
        request_id: &str,
    ) -> Result<AskView, BrokerError> {
        check_reason(reason)?;
        let content = (name, reason, etag);
        let idempotency = idempotency(caller, "WithdrawAsk", request_id, &content)?;
        if let Some(before) = self.asked_before(idempotency.as_ref()).await? {
            return Ok(before.ask);
        }
        for _ in 0..ATTEMPTS_MAX {
            let known = self.ask(name).await?;
            if self.store.withdrawal(name).await?.is_some() {
                return self.view(known).await;
            }
            if !etag.is_empty() {
                check_etag(name, etag, known.revision)?;
            }
            let withdrawn = AskWithdrawn {
                name: name.clone(),
                reason: reason.trim().to_owned(),
                revision: known.revision,
                on_behalf: is_on_behalf(caller, &name.organisation),
            };
            let unchanged = Expectation {
                key: Key::Ask(name.clone()),
                revision: known.revision,
            };
            let events = vec![Event::AskWithdrawn(withdrawn)];
            let landing = self.record(caller, events, vec![unchanged], idempotency);
            match landing.await? {
                Some(Landed::Now) => return self.view(self.ask(name).await?).await,
                Some(Landed::Before { first }) => return Ok(self.replayed(first).await?.ask),
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }
}

fn check_reason(reason: &str) -> Result<(), Faults> {
    if reason.trim().is_empty() {
        return Err(Faults::one("reason", "say why: it is kept with the ask"));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        let message = format!("is longer than {REASON_CHARS_MAX} characters");
        return Err(Faults::one("reason", message));
    }
    Ok(())
}
