//! A stream of deliveries: what is there, then each as it is released, and heartbeats between.
//!
//! Nothing runs beside the stream: it works when it is read, so that a reader who is slow holds back
//! the work, and one who is gone ends it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_stream::Stream;
use tonic::Status;

use super::v1::WatchDeliveriesResponse;
use super::{convert, status};
use crate::broker::{Broker, Caller, Cursor, DeliveryFilter, DeliveryScope};
use crate::domain::fault::Faults;

/// After how many seconds a message comes at the latest where the caller does not say: less than
/// the minute after which common proxies close a silent stream.
const HEARTBEAT_SECONDS_DEFAULT: u32 = 15;

/// Longest time between two messages that a caller may ask for, in seconds.
const HEARTBEAT_SECONDS_MAX: u32 = 60;

/// How often the store is looked at where nothing wakes the stream: another process may have
/// written to it, or the caller's token may have been revoked, or its
/// organisation have ended.
const POLL: Duration = Duration::from_secs(1);

/// About how many deliveries a message has at most, where one sequence does not have more.
const MESSAGE_ROWS: usize = 500;

/// The messages of a stream.
pub(crate) type Messages =
    Pin<Box<dyn Stream<Item = Result<WatchDeliveriesResponse, Status>> + Send>>;

/// A reader of deliveries and where it is.
pub(crate) struct Watch {
    broker: Arc<Broker>,
    caller: Caller,
    scope: DeliveryScope,
    /// Up to where everything was given.
    cursor: Cursor,
    changes: Receiver<u64>,
    /// Ticks at once, so that the first message says where the stream begins.
    heartbeat: Interval,
    poll: Interval,
    is_over: bool,
}

impl Watch {
    /// A reader after a cursor.
    pub(crate) fn new(
        broker: &Arc<Broker>,
        caller: Caller,
        scope: DeliveryScope,
        cursor: Cursor,
        heartbeat: Duration,
    ) -> Self {
        let ticking = |period| {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        Self {
            changes: broker.changes(),
            broker: Arc::clone(broker),
            caller,
            scope,
            cursor,
            heartbeat: ticking(heartbeat),
            poll: ticking(POLL),
            is_over: false,
        }
    }

    /// The messages, without end but for an error.
    pub(crate) fn messages(self) -> Messages {
        Box::pin(futures_util::stream::unfold(self, |mut own| async move {
            if own.is_over {
                return None;
            }
            let message = own.next().await;
            own.is_over = message.is_err();
            Some((message, own))
        }))
    }

    async fn next(&mut self) -> Result<WatchDeliveriesResponse, Status> {
        loop {
            if !self.is_still_granted().await? {
                return Err(status::unauthenticated());
            }
            // Marked as seen before it is read, so that what comes meanwhile wakes it again.
            self.changes.mark_unchanged();
            let filter = DeliveryFilter::default();
            let collecting = self.broker.collect_deliveries(
                &self.caller,
                &self.scope,
                &filter,
                &self.cursor,
                MESSAGE_ROWS,
            );
            let page = collecting.await.map_err(status::of)?;
            self.cursor = page.cursor;
            if !page.rows.is_empty() {
                self.heartbeat.reset();
                return Ok(WatchDeliveriesResponse {
                    deliveries: page.rows.iter().map(convert::delivery).collect(),
                    cursor: self.cursor.to_string(),
                    is_caught_up: page.is_end,
                });
            }
            if page.is_end && self.wait().await? {
                return Ok(WatchDeliveriesResponse {
                    deliveries: Vec::new(),
                    cursor: self.cursor.to_string(),
                    is_caught_up: true,
                });
            }
        }
    }

    /// Waits until there may be more. Returns whether a heartbeat is due.
    async fn wait(&mut self) -> Result<bool, Status> {
        tokio::select! {
            biased;
            _ = self.heartbeat.tick() => Ok(true),
            changed = self.changes.changed() => match changed {
                Ok(()) => Ok(false),
                Err(_) => Err(status::of(crate::broker::BrokerError::Unavailable)),
            },
            _ = self.poll.tick() => Ok(false),
        }
    }

    async fn is_still_granted(&self) -> Result<bool, Status> {
        let of = self.scope.organisation();
        let asking = self.broker.may_still_read(&self.caller, of);
        asking.await.map_err(status::of)
    }
}

/// How often a caller wants to hear.
pub(crate) fn heartbeat(seconds: u32) -> Result<Duration, Faults> {
    match seconds {
        0 => Ok(Duration::from_secs(HEARTBEAT_SECONDS_DEFAULT.into())),
        1..=HEARTBEAT_SECONDS_MAX => Ok(Duration::from_secs(seconds.into())),
        _ => {
            let message = format!("is {seconds}; at most {HEARTBEAT_SECONDS_MAX}");
            Err(Faults::one("heartbeat_seconds", message))
        }
    }
}
