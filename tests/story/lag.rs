//! A store that is behind another until it is told to follow: as that of a broker to which what
//! another wrote has not come yet.

use std::sync::Arc;

use askonce::server::{Data, Given};
use askonce::store::memory::MemoryStore;
use askonce::store::{Append, Store};

/// Two stores of one ledger; what passes, they share.
pub(crate) struct Lag {
    ahead: Arc<MemoryStore>,
    behind: Arc<MemoryStore>,
}

impl Lag {
    /// Two that are empty.
    pub(crate) fn new() -> Self {
        let ahead = MemoryStore::new();
        let behind = MemoryStore::beside(&ahead);
        Self {
            ahead: Arc::new(ahead),
            behind: Arc::new(behind),
        }
    }

    /// The one that is written to.
    pub(crate) fn ahead(&self) -> Data {
        Data::Given(Given(Arc::clone(&self.ahead) as Arc<dyn Store>))
    }

    /// The one that is behind. A broker on it writes nothing itself, once it has followed for the
    /// first time.
    pub(crate) fn behind(&self) -> Data {
        Data::Given(Given(Arc::clone(&self.behind) as Arc<dyn Store>))
    }

    /// Brings the one that is behind level.
    pub(crate) async fn follow(&self) {
        let after = *self.behind.reach().borrow();
        for recorded in self.ahead.events(after, usize::MAX).await.unwrap() {
            let append = Append {
                events: vec![recorded.event],
                asks: Vec::new(),
                expectations: Vec::new(),
                idempotency: None,
                by: recorded.by,
                at: recorded.at,
            };
            self.behind.append(append).await.unwrap();
        }
        assert_eq!(*self.behind.reach().borrow(), *self.ahead.reach().borrow());
    }
}
