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
        let mut reach = self.store.reach();
        if *reach.borrow() >= sequence {
            return true;
        }
        let level = reach.wait_for(|seen| *seen >= sequence);
        // One that ends, ends with the store, which then reads no further.
        matches!(timeout(LEVEL_DEADLINE, level).await, Ok(Ok(_)))
    }
}
