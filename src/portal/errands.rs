//! What the pages have done behind them: links made and letters sent, in a bounded queue.
//!
//! Whether an address is somebody's is looked up here and not while a page waits, so that neither
//! what a page says nor how long it takes tells.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use crate::domain::person::Email;

use super::mail::{Letter, Undelivered};
use super::sign_in::LINK_VALID_FOR;
use super::{Portal, PortalError, words};

/// Most errands that wait: at a second for each letter, a quarter of an hour of them.
const ERRANDS_MAX: usize = 1_024;

/// How many are run at once: one that waits for a slow server holds up few.
const AT_ONCE_MAX: usize = 8;

/// How long after a try that failed the next one comes; after the last there is none.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(60),
];

/// How long one try may take, whatever the way.
const TRY_DEADLINE: Duration = Duration::from_secs(60);

/// Something to be done.
#[derive(Debug)]
enum Errand {
    /// Send a link to an address, if it is somebody's.
    Link(Email),
}

/// What waits to be done.
#[derive(Debug)]
pub(super) struct Errands {
    queue: mpsc::Sender<Errand>,
    waiting: Mutex<mpsc::Receiver<Errand>>,
}

impl Default for Errands {
    fn default() -> Self {
        let (queue, waiting) = mpsc::channel(ERRANDS_MAX);
        Self {
            queue,
            waiting: Mutex::new(waiting),
        }
    }
}

impl Errands {
    /// Has a link sent to an address, if it is somebody's.
    pub(super) fn send_link(&self, email: Email) -> Result<(), PortalError> {
        let queued = self.queue.try_send(Errand::Link(email));
        queued.map_err(|_| PortalError::Busy)
    }
}

/// Runs errands as they come, for ever.
pub(super) async fn run(portal: &Portal) {
    let mut waiting = portal.errands.waiting.lock().await;
    let errands = stream::poll_fn(|cx| waiting.poll_recv(cx));
    let running = errands.for_each_concurrent(AT_ONCE_MAX, async |errand| match errand {
        Errand::Link(email) => send_link(portal, &email).await,
    });
    running.await;
}

async fn send_link(portal: &Portal, email: &Email) {
    match portal.link_for(email, LINK_VALID_FOR).await {
        Ok(Some((to, link))) => {
            let letter = Letter {
                to,
                subject: words::mail::LINK_SUBJECT.to_owned(),
                text: words::mail::link_text(&link, LINK_VALID_FOR.as_mins()),
            };
            deliver(portal, &letter).await;
        }
        // Nobody's address: whoever asked is not told.
        Ok(None) => {}
        Err(error) => tracing::warn!(?error, "a link that was asked for could not be made"),
    }
}

/// Sends a letter, again after a pause if it does not go.
async fn deliver(portal: &Portal, letter: &Letter) {
    let (at, id) = (portal.now(), portal.random_text::<16>());
    let mut pauses = PAUSES.iter();
    loop {
        let sent = timeout(TRY_DEADLINE, portal.post.send(letter, at, &id)).await;
        let slow = || Undelivered::ForNow("it took too long".to_owned());
        let why = match sent.unwrap_or_else(|_| Err(slow())) {
            Ok(()) => return,
            Err(Undelivered::ForGood(why)) => {
                tracing::warn!(why, "a letter could not be sent");
                return;
            }
            Err(Undelivered::ForNow(why)) => why,
        };
        let Some(pause) = pauses.next() else {
            tracing::warn!(why, "a letter could not be sent, and is not tried again");
            return;
        };
        tracing::info!(why, "a letter could not be sent yet, and is tried again");
        sleep_until(Instant::now() + *pause).await;
    }
}
