//! A person says on which days she wants the digests of her homes.

use crate::domain::event::{Event, Key};
use crate::domain::letter::{DigestDays, DigestPreferred};
use crate::store::Expectation;

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller};

impl Broker {
    /// Records on which days a person wants digests. Saying the same again changes nothing.
    ///
    /// # Errors
    /// If there is no such person.
    pub async fn prefer_digest(
        &self,
        caller: &Caller,
        person: &str,
        digest: DigestDays,
    ) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS_MAX {
            let people = self.store.people().await?;
            let known = people.value.iter().find(|own| own.id == person);
            let known = known.ok_or_else(|| BrokerError::NotFound {
                resource: format!("people/{person}"),
            })?;
            if known.digest == digest {
                return Ok(());
            }
            let unchanged = Expectation {
                key: Key::People,
                revision: people.revision,
            };
            let event = Event::DigestPreferred(DigestPreferred {
                person: person.to_owned(),
                digest,
            });
            let landed = self.record(caller, vec![event], vec![unchanged], None);
            if landed.await?.is_some() {
                return Ok(());
            }
        }
        Err(BrokerError::Contended)
    }
}
