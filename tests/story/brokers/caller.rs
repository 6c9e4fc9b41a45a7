//! One who calls whichever broker answers, and insists: what was not acknowledged is sent again,
//! the same and under the same request id, until it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use askonce::grpc::v1;
use serde_json::json;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::super::world::{Client, HOME, answer};
use super::stand::{DEADLINE, Roster, STEADY, numbered};

/// How long to wait for an answer before the other broker is asked.
const CALL_DEADLINE: Duration = Duration::from_secs(15);

/// How long between two tries.
const AGAIN_INTERVAL: Duration = Duration::from_millis(25);

/// What callers were told, and how often they had to ask again.
#[derive(Default)]
pub(super) struct Told {
    pub(super) names: Vec<String>,
    pub(super) receipts: Vec<String>,
    pub(super) repeated: u32,
}

/// One who calls.
pub(super) struct Caller {
    roster: Arc<Roster>,
    secret: String,
    /// Which broker is called now.
    broker: usize,
    client: Option<Client>,
    again: Interval,
    pub(super) told: Told,
}

impl Caller {
    pub(super) fn new(roster: &Arc<Roster>, secret: &str, broker: usize) -> Self {
        let mut again = interval(AGAIN_INTERVAL);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            roster: Arc::clone(roster),
            secret: secret.to_owned(),
            broker,
            client: None,
            again,
            told: Told::default(),
        }
    }

    /// Submits an ask until it is acknowledged.
    pub(super) async fn submit(&mut self, number: u32) {
        let (ask, id) = (numbered(number), request_id(&["a", &number.to_string()]));
        let submitted = self.insist(|client| {
            let (ask, id) = (ask.clone(), id.clone());
            async move { client.submit_ask_as(&ask, &id).await }
        });
        let submitted = submitted
            .await
            .unwrap_or_else(|status| panic!("{status:?}"));
        let ask = submitted.ask.expect("an ask comes back");
        self.told.names.push(ask.name);
    }

    /// Answers the steady ask until it is acknowledged, on the form as it then is.
    pub(super) async fn answer(&mut self, figure: u32) {
        for time in 0.. {
            let form = self.insist(|client| async move { client.form(HOME, "2020-06-03").await });
            let form = form.await.unwrap_or_else(|status| panic!("{status:?}"));
            let given = answer(&form, STEADY, "f0", json!({"number": figure.to_string()}));
            let id = request_id(&["b", &figure.to_string(), &format!("{time:0>8}")]);
            let sent = self.insist(|client| {
                let (form, given, id) = (form.clone(), given.clone(), id.clone());
                async move { client.answer_as(&form, vec![given], &id).await }
            });
            match sent.await {
                Ok(sent) => {
                    let receipt = sent.receipt.expect("a receipt comes back");
                    return self.told.receipts.push(receipt.name);
                }
                // Somebody else answered, and this was certainly not taken.
                Err(status) if is_stale(&status) => {}
                Err(status) => panic!("{status:?}"),
            }
        }
    }

    /// Calls until there is an answer that says what became of it.
    async fn insist<T, F: Future<Output = Result<T, Status>>>(
        &mut self,
        call: impl Fn(Client) -> F,
    ) -> Result<T, Status> {
        let begun = Instant::now();
        loop {
            if let Some(client) = self.reach().await {
                match timeout(CALL_DEADLINE, call(client)).await {
                    Ok(Ok(done)) => return Ok(done),
                    Ok(Err(status)) if !may_be_repeated(&status) => return Err(status),
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            assert!(begun.elapsed() < DEADLINE, "nobody answers");
            self.told.repeated += 1;
            self.client = None;
            self.broker += 1;
            self.again.tick().await;
        }
    }

    async fn reach(&mut self) -> Option<Client> {
        if self.client.is_none() {
            let address = self.roster.address(self.broker)?;
            let endpoint = Channel::from_shared(address).ok()?;
            let channel = timeout(CALL_DEADLINE, endpoint.connect()).await;
            let channel = channel.ok()?.ok()?;
            self.client = Some(Client::over(channel, self.secret.clone()));
        }
        self.client.clone()
    }
}

/// The same for the same, a UUID.
fn request_id(parts: &[&str]) -> String {
    format!("{:0>32}", parts.concat())
}

/// Whether it is not known what became of a call, or it is to be repeated.
fn may_be_repeated(status: &Status) -> bool {
    // What comes of a connection that broke off has no reason of ours.
    match (status.code(), reason_of(status).as_deref()) {
        (Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded, _)
        | (Code::Internal, None)
        | (Code::ResourceExhausted, Some(_)) => true,
        (Code::Aborted, reason) => reason != Some("STALE"),
        _ => false,
    }
}

/// Whether the form is another by now.
fn is_stale(status: &Status) -> bool {
    status.code() == Code::Aborted && reason_of(status).as_deref() == Some("STALE")
}

fn reason_of(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone())
}

/// Callers at work until they are told that it is enough.
pub(super) struct Load {
    callers: tokio::task::JoinSet<Told>,
    is_enough: Arc<AtomicBool>,
    /// Answers and asks that were acknowledged.
    done: Arc<[AtomicU32; 2]>,
}

impl Load {
    /// So many submit, and as many answer, half of them beginning with each broker.
    pub(super) fn start(roster: &Arc<Roster>, council: &str, manager: &str, many: usize) -> Self {
        let mut callers = tokio::task::JoinSet::new();
        let is_enough = Arc::new(AtomicBool::new(false));
        let (next, done) = (Arc::new(AtomicU32::new(1)), Arc::default());
        for number in 0..2 * many {
            let submits = number % 2 == 0;
            let secret = if submits { council } else { manager };
            let mut caller = Caller::new(roster, secret, number / 2);
            let (is_enough, next) = (Arc::clone(&is_enough), Arc::clone(&next));
            let done: Arc<[AtomicU32; 2]> = Arc::clone(&done);
            callers.spawn(async move {
                while !is_enough.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if submits {
                        caller.submit(number).await;
                    } else {
                        caller.answer(number).await;
                    }
                    done[usize::from(submits)].fetch_add(1, Ordering::Relaxed);
                }
                caller.told
            });
        }
        Self {
            callers,
            is_enough,
            done,
        }
    }

    /// How much was acknowledged by now, as if of asks and answers only the fewer were: both go on.
    pub(super) fn done(&self) -> u32 {
        let done = self.done.iter().map(|done| done.load(Ordering::Relaxed));
        2 * done.min().unwrap_or_default()
    }

    /// Lets everybody finish what they are at; all that they were told.
    pub(super) async fn stop(mut self) -> Told {
        self.is_enough.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        while let Some(told) = self.callers.join_next().await {
            let told = told.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()));
            all.names.extend(told.names);
            all.receipts.extend(told.receipts);
            all.repeated += told.repeated;
        }
        all
    }
}

/// Everything on the feed of the steady ask, as it comes: (figure, cursor).
pub(super) async fn feed(client: &Client) -> Vec<v1::Delivery> {
    let mut stream = client.watch(STEADY, "").await;
    let mut all = Vec::new();
    loop {
        let message = timeout(DEADLINE, stream.message()).await;
        let message = message.expect("it comes in time").unwrap();
        let message = message.expect("it has no end");
        all.extend(message.deliveries);
        if message.is_caught_up {
            return all;
        }
    }
}
