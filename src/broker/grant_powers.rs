//! Granting an organisation what it may ask.

use std::sync::Arc;

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;
use crate::domain::powers::{Powers, RawPowers};
use crate::store::{Expectation, Stored};

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

impl Broker {
    /// What an organisation is granted; nothing, of revision 0, where nothing ever was.
    ///
    /// # Errors
    /// As the store says.
    pub async fn powers(&self, id: &OrganisationId) -> Result<Stored<Arc<Powers>>, BrokerError> {
        let granted = self.store.powers(id).await?;
        Ok(granted.unwrap_or_else(|| Stored {
            value: Arc::new(Powers::none(id.clone())),
            revision: 0,
        }))
    }

    /// Grants an organisation what it may ask, in place of all that it was granted before. An empty
    /// etag replaces whatever stands. Asks that stand are not touched: they are held to it when
    /// they are amended.
    ///
    /// # Errors
    /// Every fault, by path; an organisation that is not registered; what has changed since the etag
    /// was read; a request id used for something else.
    pub async fn grant_powers(
        &self,
        caller: &Caller,
        raw: RawPowers,
        etag: &str,
        request_id: &str,
    ) -> Result<Stored<Arc<Powers>>, BrokerError> {
        let idempotency = idempotency(caller, "GrantPowers", request_id, &(&raw, etag))?;
        let powers = Powers::parse(raw)?;
        let id = powers.organisation.clone();
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return self.powers(&id).await;
        }
        if self.store.organisation(&id).await?.is_none() {
            let message = format!("{id} is not registered");
            return Err(Faults::one("organisation", message).into());
        }
        for _ in 0..ATTEMPTS_MAX {
            let known = self.powers(&id).await?;
            if !etag.is_empty() && etag != known.revision.to_string() {
                return Err(BrokerError::Stale {
                    what: format!("what {id} is granted"),
                    current: known.revision.to_string(),
                });
            }
            if *known.value == powers {
                return Ok(known);
            }
            let unchanged = Expectation {
                key: Key::Powers(id.clone()),
                revision: known.revision,
            };
            let events = vec![Event::PowersGranted(powers.clone())];
            let landing = self.record(caller, events, vec![unchanged], idempotency);
            match landing.await? {
                Some(Landed::Now | Landed::Before { .. }) => return self.powers(&id).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }
}
