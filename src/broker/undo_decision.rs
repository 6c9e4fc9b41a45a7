//! Taking a decision back.

use crate::domain::event::{Event, Key, LinkUndone};
use crate::domain::fault::Faults;
use crate::domain::id::shown;
use crate::domain::limits::REASON_CHARS_MAX;
use crate::store::Expectation;

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

impl Broker {
    /// Takes a decision back: what it alone joined is apart again. No stored answer changes.
    ///
    /// # Errors
    /// If no such decision is in force; an over-long reason.
    pub async fn undo_decision(
        &self,
        caller: &Caller,
        id: &str,
        reason: &str,
    ) -> Result<(), BrokerError> {
        if reason.chars().count() > REASON_CHARS_MAX {
            let message = format!("is longer than {REASON_CHARS_MAX} characters");
            return Err(Faults::one("reason", message).into());
        }
        for _ in 0..ATTEMPTS_MAX {
            let links = self.store.links().await?;
            if links.value.decision(id).is_none() {
                return Err(BrokerError::NotFound {
                    resource: format!("decisions/{}", shown(id)),
                });
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
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }
}
