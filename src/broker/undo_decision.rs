//! Taking a decision back.

use std::sync::Arc;

use crate::domain::event::{Event, Key, LinkUndone};
use crate::domain::fault::Faults;
use crate::domain::id::shown;
use crate::domain::limits::REASON_CHARS_MAX;
use crate::domain::link::{Decision, Links};
use crate::store::Expectation;

use super::effect::Effect;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

impl Broker {
    /// Takes a decision back, or says what that would change: what it alone joined is apart again.
    /// No stored answer changes.
    ///
    /// # Errors
    /// If no such decision is in force; an over-long reason.
    pub async fn undo_decision(
        &self,
        caller: &Caller,
        id: &str,
        reason: &str,
        validate_only: bool,
    ) -> Result<Effect, BrokerError> {
        if reason.chars().count() > REASON_CHARS_MAX {
            let message = format!("is longer than {REASON_CHARS_MAX} characters");
            return Err(Faults::one("reason", message).into());
        }
        for _ in 0..ATTEMPTS_MAX {
            let links = self.store.links().await?;
            let Some(decision) = links.value.decision(id) else {
                return Err(BrokerError::NotFound {
                    resource: format!("decisions/{}", shown(id)),
                });
            };
            let effect = self.effect_of_undoing(decision, &links.value).await?;
            if validate_only {
                return Ok(effect);
            }
            let unchanged = Expectation {
                key: Key::Links,
                revision: links.revision,
            };
            let events = vec![Event::LinkUndone(LinkUndone {
                decision: id.to_owned(),
                reason: reason.to_owned(),
            })];
            if self
                .record(caller, events, vec![unchanged], None)
                .await?
                .is_some()
            {
                return Ok(effect);
            }
        }
        Err(BrokerError::Contended)
    }
    /// What taking a decision in force back would change: nothing, where others join the same.
    async fn effect_of_undoing(
        &self,
        decision: &Arc<Decision>,
        links: &Links,
    ) -> Result<Effect, BrokerError> {
        let others = links.decisions().filter(|other| other.id != decision.id);
        let without = Links::of(others.cloned());
        let asked = self.asked_today(&links.members(&decision.a)).await?;
        let (a, b) = (without.members(&decision.a), without.members(&decision.b));
        Ok(asked.effect(decision.verdict, &a, &b))
    }
}
