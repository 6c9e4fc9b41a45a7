//! Whether this broker reads what another has written: a caller says how far it has seen.

use std::time::Duration;

use tokio::time::timeout;

use super::Broker;

/// How long a reader waits for this broker to come level: a broker that is well is behind for
/// milliseconds, and one that is not should not hold whoever may ask another.
const LEVEL_DEADLINE: Duration = Duration::from_secs(2);

impl Broker {
    /// The sequence up to which reads see.
    pub fn reads_to(&self) -> u64 {
        *self.store.reach().borrow()
    }

    /// Waits until reads see up to a sequence, for a while; whether they do.
    pub async fn is_level_with(&self, sequence: u64) -> bool {
        self.is_level_within(sequence, LEVEL_DEADLINE).await
    }

    async fn is_level_within(&self, sequence: u64, wait: Duration) -> bool {
        let mut reach = self.store.reach();
        if *reach.borrow() >= sequence {
            return true;
        }
        let level = reach.wait_for(|seen| *seen >= sequence);
        // One that ends, ends with the store, which then reads no further.
        matches!(timeout(wait, level).await, Ok(Ok(_)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;
    use jiff::Timestamp;

    use super::*;
    use crate::domain::dictionary::Dictionary;
    use crate::domain::event::Event;
    use crate::store::memory::MemoryStore;
    use crate::store::{Append, Store};

    async fn adopt(store: &MemoryStore) {
        let append = Append {
            events: vec![Event::DictionaryAdopted(
                Dictionary::starter().raw().clone(),
            )],
            asks: Vec::new(),
            expectations: Vec::new(),
            idempotency: None,
            by: "test".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        store.append(append).await.unwrap();
    }

    #[tokio::test]
    async fn a_reader_waits_until_it_is_level_and_no_longer_than_its_deadline() {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let entropy = Arc::new(|bytes: &mut [u8]| bytes.fill(7));
        let broker = Broker::new(Arc::clone(&store) as Arc<dyn Store>, clock, entropy);
        assert_eq!(broker.reads_to(), 0);
        assert!(broker.is_level_with(0).await);
        let mut waiting = Box::pin(broker.is_level_with(2));
        assert_eq!((&mut waiting).now_or_never(), None);
        adopt(&store).await;
        assert_eq!((&mut waiting).now_or_never(), None, "one is missing");
        adopt(&store).await;
        assert_eq!((&mut waiting).now_or_never(), Some(true));
        assert_eq!(broker.reads_to(), 2);
        assert!(!broker.is_level_within(3, Duration::ZERO).await);
    }
}
