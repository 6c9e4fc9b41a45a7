//! Sending what one showing of a page holds just once, however often its button is pressed, and at
//! whichever broker.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use tokio::time::interval;

use crate::broker::{BrokerError, Passing, PassingKind, Putting};
use crate::domain::id::HomeId;

use super::super::Portal;
use super::super::sealed::Use;

/// How many showings are remembered, the oldest forgotten first: those of some hours.
const REMEMBERED_MAX: usize = 10_000;

/// How long whoever sends may take before another may send in her place: a broker that died.
const SENDING_LASTS: SignedDuration = SignedDuration::from_secs(60);

/// How long what was sent is remembered: as long as a session lasts at all.
const SENT_LASTS: SignedDuration = SignedDuration::from_hours(12);

/// How often whoever waits for another broker's sending looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// How often she looks at most: for ten seconds.
const LOOKS_MAX: usize = 100;

const SENDING: Use = Use {
    found_by: "askonce 2026-11-22 sending v1",
    sealed_by: "askonce 2026-11-22 sending, sealed v1",
};

/// What was sent, by the token of the page that it was sent from.
#[derive(Default)]
pub(in crate::portal) struct Sendings {
    known: Mutex<VecDeque<(String, Arc<OnceCell<Sent>>)>>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// Its receipts.
    pub(super) receipts: Vec<String>,
    /// Whether some of what was shown is left, because it changed meanwhile.
    pub(super) is_part: bool,
}

impl Sendings {
    /// The place of what is sent under a token: whoever comes second waits for the first.
    pub(super) fn of(&self, token: &str) -> Arc<OnceCell<Sent>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = known.iter().rev().find(|(own, _)| own == token) {
            return Arc::clone(cell);
        }
        if known.len() == REMEMBERED_MAX {
            known.pop_front();
        }
        let cell = Arc::default();
        known.push_back((token.to_owned(), Arc::clone(&cell)));
        cell
    }
}

/// One showing of a page, as every broker knows it.
pub(super) struct Showing<'a> {
    portal: &'a Portal,
    /// The page's token, for its home.
    secret: Vec<u8>,
}

impl<'a> Showing<'a> {
    /// A showing of a page about a home.
    pub(super) fn new(portal: &'a Portal, home: &HomeId, token: &str) -> Self {
        Self {
            portal,
            secret: format!("{home}\n{token}").into_bytes(),
        }
    }

    /// Says to all brokers that this one sends. If another does, waits for what becomes of it: what
    /// was sent, or none if it is this one's turn after all.
    pub(super) async fn begin(&self) -> Result<Option<Sent>, BrokerError> {
        let mut looks = interval(LOOK_INTERVAL);
        for _ in 0..LOOKS_MAX {
            looks.tick().await;
            if self.put(Putting::New, None, SENDING_LASTS).await? {
                return Ok(None);
            }
            let key = SENDING.key(&self.secret);
            let found = self.portal.broker.passing(&key).await?;
            let sent = found.and_then(|sealed| SENDING.open(&self.secret, &sealed));
            if let Some(Some(sent)) = sent {
                return Ok(Some(sent));
            }
        }
        Err(BrokerError::Busy)
    }

    /// Says to all brokers what was sent.
    pub(super) async fn sent(&self, sent: &Sent) -> Result<(), BrokerError> {
        let putting = self.put(Putting::InPlace, Some(sent), SENT_LASTS);
        putting.await.map(drop)
    }

    /// Says to all brokers that nothing was sent.
    pub(super) async fn give_up(&self) -> Result<(), BrokerError> {
        let key = SENDING.key(&self.secret);
        self.portal.broker.take_passing(&key).await.map(drop)
    }

    async fn put(
        &self,
        putting: Putting,
        sent: Option<&Sent>,
        lasts: SignedDuration,
    ) -> Result<bool, BrokerError> {
        let now = self.portal.now();
        let after = |lasts| now.checked_add(lasts).unwrap_or(jiff::Timestamp::MAX);
        let passing = Passing {
            kind: PassingKind::Sending,
            key: SENDING.key(&self.secret),
            value: SENDING.seal(&self.secret, &sent, &self.portal.entropy)?,
            expires_at: after(lasts),
            ends_at: after(SENT_LASTS),
        };
        self.portal.broker.put_passing(putting, passing).await
    }
}
