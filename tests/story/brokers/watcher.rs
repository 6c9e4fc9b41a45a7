//! One who watches whichever broker answers, and goes on from where the last stream broke off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use askonce::grpc::v1;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic::Status;
use tonic::transport::Channel;

use super::super::world::Client;
use super::stand::{Roster, STEADY};

/// How long a stream may say nothing, not even that it still stands, before another is asked for.
const SILENCE_DEADLINE: Duration = Duration::from_secs(15);

/// How long between two tries.
const AGAIN_INTERVAL: Duration = Duration::from_millis(25);

/// One who watches the steady ask until it is dropped.
pub(super) struct Watcher {
    task: JoinHandle<()>,
    seen: Arc<Mutex<Vec<v1::Delivery>>>,
}

impl Watcher {
    /// Begins to watch.
    pub(super) fn start(roster: &Arc<Roster>, secret: &str) -> Self {
        let (roster, secret) = (Arc::clone(roster), secret.to_owned());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut again = interval(AGAIN_INTERVAL);
            again.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut cursor = String::new();
            for broker in 0.. {
                again.tick().await;
                if let Some(address) = roster.address(broker) {
                    let _broke_off = watch(address, &secret, &mut cursor, &kept).await;
                }
            }
        });
        Self { task, seen }
    }

    /// Everything that was delivered by now, as it came.
    pub(super) fn seen(&self) -> Vec<v1::Delivery> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watches one broker until it breaks off.
async fn watch(
    address: String,
    secret: &str,
    cursor: &mut String,
    seen: &Mutex<Vec<v1::Delivery>>,
) -> Result<(), Status> {
    let late = |_| Status::deadline_exceeded("it says nothing");
    let endpoint = Channel::from_shared(address).expect("a broker's address");
    let reached = timeout(SILENCE_DEADLINE, endpoint.connect()).await;
    let channel = reached.map_err(late)?;
    let channel = channel.map_err(|error| Status::unavailable(error.to_string()))?;
    let client = Client::over(channel.clone(), secret.to_owned());
    let request = client.request(v1::WatchDeliveriesRequest {
        parent: STEADY.into(),
        after_cursor: cursor.clone(),
        heartbeat_seconds: 1,
        ..v1::WatchDeliveriesRequest::default()
    });
    let mut collection = CollectionServiceClient::new(channel);
    let begun = timeout(SILENCE_DEADLINE, collection.watch_deliveries(request)).await;
    let mut stream = begun.map_err(late)??.into_inner();
    loop {
        let message = timeout(SILENCE_DEADLINE, stream.message()).await;
        let Some(message) = message.map_err(late)?? else {
            return Ok(());
        };
        seen.lock().unwrap().extend(message.deliveries);
        *cursor = message.cursor;
    }
}
