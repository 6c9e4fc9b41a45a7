//! What the pages have done behind them: links made and letters sent, in bounded queues.
//!
//! Whether an address is somebody's is looked up here and not while a page waits, so that neither
//! what a page says nor how long it takes tells. Whoever waits for a link does not wait for letters
//! that nobody waits for: each has a queue of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use crate::domain::person::Email;

use super::mail::{Letter, Undelivered};
use super::sign_in::LINK_VALID_FOR;
use super::{Portal, PortalError, words};

/// Most links that wait to be sent: at a second for each letter, a quarter of an hour of them.
const LINKS_MAX: usize = 1_024;

/// Most letters that wait: whoever has more to send waits until there is room.
const LETTERS_MAX: usize = 64;

/// How many links are sent at once: one that waits for a slow server holds up few.
const LINKS_AT_ONCE_MAX: usize = 8;

/// How many letters are sent at once: fewer than there are connections to the mail server.
const LETTERS_AT_ONCE_MAX: usize = 3;

/// How long after a try that failed the next one comes; after the last there is none.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(60),
];

/// How long one try may take, whatever the way.
const TRY_DEADLINE: Duration = Duration::from_secs(60);

/// What waits to be done.
#[derive(Debug)]
pub(super) struct Errands {
    links: Lane<Email>,
    letters: Lane<Letter>,
    /// How many are not done: waiting, or on their way.
    left: AtomicUsize,
    /// Turns true when nothing more is taken on.
    is_ending: watch::Sender<bool>,
}

#[derive(Debug)]
struct Lane<T> {
    queue: mpsc::Sender<T>,
    waiting: Mutex<mpsc::Receiver<T>>,
}

impl<T> Lane<T> {
    fn new(waiting_max: usize) -> Self {
        let (queue, waiting) = mpsc::channel(waiting_max);
        Self {
            queue,
            waiting: Mutex::new(waiting),
        }
    }
}

impl Default for Errands {
    fn default() -> Self {
        Self {
            links: Lane::new(LINKS_MAX),
            letters: Lane::new(LETTERS_MAX),
            left: AtomicUsize::default(),
            is_ending: watch::Sender::default(),
        }
    }
}

impl Errands {
    /// Has a link sent to an address, if it is somebody's.
    pub(super) fn send_link(&self, email: Email) -> Result<(), PortalError> {
        self.begun();
        self.links.queue.try_send(email).map_err(|_| {
            self.done();
            PortalError::Busy
        })
    }

    /// Has a letter sent, once there is room for it. If there is none any more, it counts among what
    /// is left.
    pub(super) async fn send_letter(&self, letter: Letter) {
        self.begun();
        tokio::select! {
            _ = self.letters.queue.send(letter) => {}
            () = self.ended() => {}
        }
    }

    /// Takes nothing more on: what waits is done, without long pauses.
    pub(super) fn end(&self) {
        self.is_ending.send_replace(true);
    }

    /// How many are not done.
    pub(super) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    fn begun(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    fn done(&self) {
        self.left.fetch_sub(1, Ordering::Relaxed);
    }

    fn is_ending(&self) -> bool {
        *self.is_ending.borrow()
    }

    async fn ended(&self) {
        let mut is_ending = self.is_ending.subscribe();
        // The sender is here: it is not gone.
        let _ = is_ending.wait_for(|is| *is).await;
    }

    /// What waits in a lane, or comes; none once nothing waits and nothing more is taken on.
    async fn next<T>(&self, lane: &Lane<T>) -> Option<T> {
        let mut waiting = lane.waiting.lock().await;
        tokio::select! {
            next = waiting.recv() => next,
            () = self.ended() => {
                waiting.close();
                waiting.recv().await
            }
        }
    }
}

/// Runs errands as they come, until nothing more is taken on and all are done.
pub(super) async fn run(portal: &Portal) {
    let errands = &portal.errands;
    let links = (0..LINKS_AT_ONCE_MAX).map(|_| async {
        while let Some(email) = errands.next(&errands.links).await {
            send_link(portal, &email).await;
            errands.done();
        }
    });
    let letters = (0..LETTERS_AT_ONCE_MAX).map(|_| async {
        while let Some(letter) = errands.next(&errands.letters).await {
            deliver(portal, &letter).await;
            errands.done();
        }
    });
    tokio::join!(join_all(links), join_all(letters));
}

async fn send_link(portal: &Portal, email: &Email) {
    match portal.link_for(email, LINK_VALID_FOR).await {
        Ok(Some((to, link))) => {
            let letter = Letter {
                to,
                subject: words::mail::LINK_SUBJECT.to_owned(),
                text: words::mail::link_text(&link, LINK_VALID_FOR.as_mins()),
                unsubscribe: None,
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
        // Whoever stops does not wait for another time to come.
        let is_last = portal.errands.is_ending();
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
        let Some(pause) = pauses.next().filter(|_| !is_last) else {
            tracing::warn!(why, "a letter could not be sent, and is not tried again");
            return;
        };
        tracing::info!(why, "a letter could not be sent yet, and is tried again");
        tokio::select! {
            () = sleep_until(Instant::now() + *pause) => {}
            () = portal.errands.ended() => {}
        }
    }
}
