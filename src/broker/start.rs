//! What a store must hold before the first request: a dictionary.

use crate::domain::dictionary::Dictionary;
use crate::domain::event::{Event, Key};
use crate::store::Expectation;

use super::{Broker, BrokerError, Caller};

impl Broker {
    /// Adopts the dictionary that the program brings, where none was adopted before. Returns
    /// whether it did.
    ///
    /// # Errors
    /// As the store says.
    pub async fn adopt_starter_dictionary(&self, caller: &Caller) -> Result<bool, BrokerError> {
        if self.store.dictionary().await?.revision > 0 {
            return Ok(false);
        }
        let starter = Dictionary::starter().raw().clone();
        let unless_adopted = Expectation {
            key: Key::Dictionary,
            revision: 0,
        };
        let events = vec![Event::DictionaryAdopted(starter)];
        let landed = self.record(caller, events, vec![unless_adopted], None);
        Ok(landed.await?.is_some())
    }
}
