//! Being woken when another broker recorded something: a session that listens, made again whenever
//! it breaks off. It says only that there may be something to read, never what; whoever it wakes
//! looks every second besides.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::poll_fn;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_postgres::AsyncMessage;
use tracing::{info, warn};

use super::OpenError;
use super::connect::Database;
use super::outage::Outage;
use super::retry::{Backoff, told};

/// The channel on which brokers tell each other: `NOTIFY askonce`.
pub(super) const CHANNEL: &str = "askonce";

/// How long to wait before the first try to listen again, and the longest wait.
const AGAIN_FIRST: Duration = Duration::from_millis(100);
const AGAIN_LONGEST: Duration = Duration::from_secs(5);

/// Listens for as long as it is kept.
pub(super) struct Listener {
    task: JoinHandle<()>,
    wakes: watch::Receiver<u64>,
}

impl Listener {
    /// Begins to listen to all but `own`, which is what this broker signs with; returns at once.
    pub(super) fn start(database: Database, own: String) -> Self {
        let (wake, wakes) = watch::channel(0);
        let task = tokio::spawn(listen_always(database, own, wake));
        Self { task, wakes }
    }

    /// What changes whenever something may have been recorded: at each notification, and whenever
    /// listening begins, since nothing was heard before.
    pub(super) fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen_always(database: Database, own: String, wake: watch::Sender<u64>) {
    let mut backoff = Backoff::new(database.entropy(), AGAIN_FIRST, AGAIN_LONGEST);
    let mut outage = Outage::default();
    loop {
        let ended = listen_once(&database, &own, || {
            backoff.reset();
            if outage.ends() {
                info!("listening to the database again");
            }
            wake.send_modify(|wakes| *wakes = wakes.wrapping_add(1));
        });
        let why = ended.await;
        if outage.is_news(&why) {
            warn!(
                why,
                "no longer listening to the database; trying again and again"
            );
        }
        sleep_until(Instant::now() + backoff.wait()).await;
    }
}

/// Listens until the session ends; says why it did. `woken` is called when listening begins, and at
/// each notification that is not signed by `own`.
async fn listen_once(database: &Database, own: &str, mut woken: impl FnMut()) -> String {
    let (client, mut connection) = match database.pair().await {
        Ok(pair) => pair,
        Err(OpenError::Connect(why)) => return why,
        Err(error) => return error.to_string(),
    };
    let mut messages = poll_fn(move |context| connection.poll_message(context));
    let statement = format!("LISTEN {CHANNEL}");
    let mut begun = pin!(timeout(
        database.answer_deadline(),
        client.batch_execute(&statement)
    ));
    let mut is_listening = false;
    loop {
        tokio::select! {
            outcome = &mut begun, if !is_listening => match outcome {
                Ok(Ok(())) => {
                    is_listening = true;
                    woken();
                }
                Ok(Err(error)) => return told(&error),
                Err(_) => return "it did not answer in time".to_owned(),
            },
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(by))) if by.payload() != own => woken(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return told(&error),
                None => return "the connection was closed".to_owned(),
            },
        }
    }
}
