//! A requester says up to where it has stored what it was given.

use crate::domain::collection::DeliveriesAcknowledged;
use crate::domain::event::Event;
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;
use crate::store::Acknowledgement;

use super::{Broker, BrokerError, Caller, Cursor, DeliveryScope};

impl Broker {
    /// Takes that everything up to a cursor is stored. An earlier cursor than one that was
    /// acknowledged changes nothing; saying the same twice is harmless. A cursor within a sequence
    /// acknowledges the sequences before it. Returns up to where all is stored.
    ///
    /// # Errors
    /// If there is no such ask or organisation; a cursor ahead of everything that was ever given.
    pub async fn acknowledge_deliveries(
        &self,
        caller: &Caller,
        scope: &DeliveryScope,
        cursor: &Cursor,
    ) -> Result<u64, BrokerError> {
        self.check_delivery_scope(scope).await?;
        let through = cursor.whole();
        // Another broker may have given it, and this one be a moment behind.
        if !self.is_level_with(through).await {
            let message = "lies ahead of everything that was given";
            return Err(Faults::one("cursor", message).into());
        }
        let organisation = scope.organisation();
        let ask = scope.ask().map(|ask| ask.ask.clone());
        let before = self.store.acknowledged(organisation, ask.as_ref()).await?;
        if before.is_none_or(|before| before.value.through < through) && through > 0 {
            let said = DeliveriesAcknowledged {
                organisation: organisation.clone(),
                ask,
                through,
            };
            // Nothing need be expected: what is acknowledged only grows, whoever comes first.
            let events = vec![Event::DeliveriesAcknowledged(said)];
            self.record(caller, events, Vec::new(), None).await?;
        }
        let now = self.acknowledged_of(scope).await?;
        Ok(now.map_or(0, |now| now.through))
    }

    /// Where a new reader takes up: after what is acknowledged of the ask itself or of all asks.
    ///
    /// # Errors
    /// As the store says.
    pub async fn acknowledged_cursor(&self, scope: &DeliveryScope) -> Result<Cursor, BrokerError> {
        let found = self.acknowledged_of(scope).await?;
        Ok(found
            .map(|found| Cursor::after(found.through))
            .unwrap_or_default())
    }

    /// The furthest that is acknowledged of an ask, itself or with all others of its organisation;
    /// for all of an organisation's, what is acknowledged of all.
    pub(super) async fn acknowledged_of(
        &self,
        scope: &DeliveryScope,
    ) -> Result<Option<Acknowledgement>, BrokerError> {
        let organisation: &OrganisationId = scope.organisation();
        let of_all = self.store.acknowledged(organisation, None).await?;
        let of_one = match scope.ask() {
            Some(ask) => {
                self.store
                    .acknowledged(organisation, Some(&ask.ask))
                    .await?
            }
            None => None,
        };
        let both = of_all.into_iter().chain(of_one).map(|stored| stored.value);
        Ok(both.max_by_key(|said| said.through))
    }
}
