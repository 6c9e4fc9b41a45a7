//! Measurements: what each is called and means, and where they are read.
//!
//! Names follow the OpenTelemetry conventions, `rpc.server.call.duration`, which Prometheus knows as
//! `rpc_server_call_duration_seconds`. No label holds an id, or anything else of which there may be
//! any number.

mod listener;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use anyhow::Context;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::store::{Measures, Opened};
use crate::broker::Broker;

pub(super) use self::listener::Readiness;

/// Bounds of durations, in seconds: from an answer out of memory to a deadline.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];

/// Bounds of group sizes, in requests.
const REQUESTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// How often what was measured is sorted into its buckets: until then each measurement takes memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The one recorder of the process, there from when it is first asked for.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// What measures, counted up.
const COUNTERS: [(&str, Unit, &str); 8] = [
    (
        "askonce.connections.refused",
        Unit::Count,
        "Connections closed at once, because their address had its share already",
    ),
    (
        "askonce.gate.shed",
        Unit::Count,
        "Calls turned away, because all seats were taken or the caller held its share",
    ),
    (
        "askonce.gate.unread",
        Unit::Count,
        "Responses given up because the caller did not read them",
    ),
    (
        "askonce.cache.hits",
        Unit::Count,
        "Readings that a cache answered",
    ),
    (
        "askonce.cache.misses",
        Unit::Count,
        "Readings that a cache could not answer",
    ),
    ("askonce.ledger.events", Unit::Count, "Events in the ledger"),
    (
        "askonce.store.retries",
        Unit::Count,
        "Transactions that PostgreSQL broke off and that were tried again",
    ),
    (
        "askonce.traces.unsent",
        Unit::Count,
        "Spans of traces that were given up, because the collector took none or the queue was full",
    ),
];

/// What measures, as it is now.
const GAUGES: [(&str, Unit, &str); 14] = [
    (
        "askonce.ledger.size",
        Unit::Bytes,
        "Bytes of the ledger's segments",
    ),
    (
        "askonce.connections.open",
        Unit::Count,
        "Connections that are open",
    ),
    (
        "askonce.gate.calls",
        Unit::Count,
        "Calls in flight, until their response has ended",
    ),
    ("askonce.gate.streams", Unit::Count, "Streams that are open"),
    (
        "askonce.gate.health_watches",
        Unit::Count,
        "Watches of the broker's health",
    ),
    (
        "askonce.store.queue.requests",
        Unit::Count,
        "Requests that wait for the writer",
    ),
    (
        "askonce.store.queue.size",
        Unit::Bytes,
        "Bytes of the requests that wait for the writer",
    ),
    (
        "askonce.store.behind.records",
        Unit::Count,
        "Records of the index that are in the ledger and not yet applied",
    ),
    (
        "askonce.store.unsealed.events",
        Unit::Count,
        "Events that are written and not yet numbered and chained",
    ),
    (
        "askonce.store.unsealed.age",
        Unit::Seconds,
        "How long ago the oldest event was written that is not yet numbered and chained",
    ),
    (
        "askonce.store.database.silence",
        Unit::Seconds,
        "How long ago the database was last heard",
    ),
    (
        "askonce.store.database.connections",
        Unit::Count,
        "Connections to the database",
    ),
    (
        "askonce.store.database.waiting",
        Unit::Count,
        "Callers that wait for a connection to the database",
    ),
    (
        "askonce.ready",
        Unit::Count,
        "Whether the broker can serve: 1 or 0",
    ),
];

/// What measures, spread over buckets.
const HISTOGRAMS: [(&str, Unit, &str, &[f64]); 4] = [
    (
        "rpc.server.call.duration",
        Unit::Seconds,
        "Duration of calls, from their first byte to the last of the response",
        &SECONDS,
    ),
    (
        "http.server.request.duration",
        Unit::Seconds,
        "Duration of requests for the home's pages, until the response begins",
        &SECONDS,
    ),
    (
        "askonce.store.append.duration",
        Unit::Seconds,
        "Duration of writes, from the queue to the synced ledger",
        &SECONDS,
    ),
    (
        "askonce.store.group.requests",
        Unit::Count,
        "Requests that were written together, under one sync",
        &REQUESTS,
    ),
];

/// What is measured by one process, whichever of its servers it is about.
#[derive(Clone)]
pub(super) struct Recorder(PrometheusHandle);

impl Recorder {
    /// The process's recorder; what is measured before it is first asked for is lost.
    pub(super) fn installed() -> anyhow::Result<Self> {
        if let Some(handle) = RECORDER.get() {
            return Ok(Self(handle.clone()));
        }
        let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
        for (name, _, _, bounds) in HISTOGRAMS {
            let matcher = Matcher::Full(name.to_owned());
            builder = builder.set_buckets_for_metric(matcher, bounds)?;
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
            RECORDER.get_or_init(|| handle);
        }
        let handle = RECORDER
            .get()
            .context("measurements go elsewhere already")?;
        Ok(Self(handle.clone()))
    }

    fn render(&self) -> String {
        self.0.render()
    }
}

fn describe() {
    for (name, unit, help) in COUNTERS {
        describe_counter!(name, unit, help);
    }
    for (name, unit, help) in GAUGES {
        describe_gauge!(name, unit, help);
    }
    for (name, unit, help, _) in HISTOGRAMS {
        describe_histogram!(name, unit, help);
    }
}

/// The page of measurements, served until dropped.
pub(super) struct Page {
    addr: SocketAddr,
    tasks: [JoinHandle<()>; 2],
    /// Held here alone, so that the store is free as soon as the page is gone.
    _watched: Arc<Watched>,
}

/// What is looked at.
struct Watched {
    opened: Opened,
    broker: Arc<Broker>,
}

impl Page {
    /// Serves measurements, and whether the broker lives and is ready, on a listener.
    pub(super) fn serve(
        recorder: Recorder,
        listener: TcpListener,
        opened: Opened,
        broker: Arc<Broker>,
        readiness: Readiness,
    ) -> anyhow::Result<Self> {
        let addr = listener
            .local_addr()
            .context("the listener has no address")?;
        let upkeep = recorder.clone();
        let upkeep = async move {
            let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
            loop {
                interval.tick().await;
                upkeep.0.run_upkeep();
            }
        };
        let ready = readiness.clone();
        let watched = Arc::new(Watched { opened, broker });
        let seen: Weak<Watched> = Arc::downgrade(&watched);
        let render = move || {
            if let Some(watched) = seen.upgrade() {
                watched.measure(*ready.borrow());
            }
            recorder.render()
        };
        let serving = listener::serve(listener, Arc::new(render), readiness);
        Ok(Self {
            addr,
            tasks: [tokio::spawn(upkeep), tokio::spawn(serving)],
            _watched: watched,
        })
    }

    /// Where it is.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Watched {
    /// Measures what is as it is when somebody looks. It reads a folder: not for a thread that
    /// serves.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float, and exact up to 2^53"
    )]
    fn measure(&self, is_ready: bool) {
        gauge!("askonce.ready").set(if is_ready { 1.0 } else { 0.0 });
        let (hits, misses) = self.broker.template_readings();
        cache("templates", hits, misses);
        let caches = match self.opened.measures() {
            None => return,
            Some(Measures::Embedded(store)) => {
                queue(store.queue_requests, store.queue_bytes);
                gauge!("askonce.store.behind.records").set(store.behind_records as f64);
                counter!("askonce.ledger.events").absolute(store.ledger_events);
                gauge!("askonce.ledger.size").set(store.ledger_bytes as f64);
                store.caches
            }
            Some(Measures::Postgres(store)) => {
                queue(store.queue_requests, store.queue_bytes);
                counter!("askonce.ledger.events").absolute(store.ledger_events);
                gauge!("askonce.store.database.silence").set(store.silence.as_secs_f64());
                gauge!("askonce.store.database.connections").set(store.connections as f64);
                gauge!("askonce.store.database.waiting").set(store.connections_waiting as f64);
                store.caches
            }
        };
        for (name, hits, misses) in caches {
            cache(name, hits, misses);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float, and exact up to 2^53"
)]
fn queue(requests: u64, bytes: u64) {
    gauge!("askonce.store.queue.requests").set(requests as f64);
    gauge!("askonce.store.queue.size").set(bytes as f64);
}

fn cache(name: &'static str, hits: u64, misses: u64) {
    counter!("askonce.cache.hits", "cache" => name).absolute(hits);
    counter!("askonce.cache.misses", "cache" => name).absolute(misses);
}
