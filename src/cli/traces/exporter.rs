//! What stands before the queue of spans and behind it: bounds it, counts what is given up, and lets
//! nothing out that is not on the list.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, SpanKind};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Span, SpanData, SpanEvents, SpanExporter, SpanLinks, SpanProcessor,
};
use tokio::time::Instant;

use crate::spans::ATTRIBUTES;

/// Most spans that wait to be sent, about a kilobyte each; the next is given up.
pub(super) const QUEUE_SPANS_MAX: usize = 4_096;

/// How often it is said that no collector takes spans.
const WARNED_INTERVAL: Duration = Duration::from_secs(60);

/// What counts spans that are given up.
const UNSENT: &str = "askonce.traces.unsent";

/// How many spans wait, those among them that are being sent.
type Waiting = Arc<AtomicUsize>;

/// Before the queue: gives up what does not fit.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: BatchSpanProcessor,
    waiting: Waiting,
}

impl Bounded {
    pub(super) fn new(inner: BatchSpanProcessor, waiting: Waiting) -> Self {
        Self { inner, waiting }
    }
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE_SPANS_MAX {
            self.inner.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            counter!(UNSENT, "reason" => "queue").increment(1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Behind the queue: sends, and counts what no collector took.
#[derive(Debug)]
pub(super) struct Counted<E> {
    inner: E,
    waiting: Waiting,
    silence: Mutex<Silence>,
}

/// What is known of a collector that takes nothing.
#[derive(Debug, Default)]
struct Silence {
    /// When it was last said; none while spans are taken.
    warned: Option<Instant>,
    /// Spans that were given up since.
    unsent: u64,
}

impl<E> Counted<E> {
    pub(super) fn new(inner: E) -> (Self, Waiting) {
        let waiting = Waiting::default();
        let counted = Self {
            inner,
            waiting: Arc::clone(&waiting),
            silence: Mutex::default(),
        };
        (counted, waiting)
    }

    /// Counts how a batch fared, and says it, where there is something new to say.
    fn tell(&self, spans: usize, result: &OTelSdkResult) {
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = result else {
            if silence.warned.is_some() {
                tracing::info!("traces are sent again");
            }
            *silence = Silence::default();
            return;
        };
        counter!(UNSENT, "reason" => "collector").increment(spans as u64);
        silence.unsent += spans as u64;
        let is_said = silence
            .warned
            .is_some_and(|warned| warned.elapsed() < WARNED_INTERVAL);
        if !is_said {
            let spans = std::mem::take(&mut silence.unsent);
            tracing::warn!(%error, spans, "traces are given up: no collector takes them");
            silence.warned = Some(Instant::now());
        }
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let batch = batch.into_iter().map(outward).collect();
        let result = self.inner.export(batch).await;
        self.tell(spans, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// A span as it goes out: with what is on the list, whatever came to be in it on the way.
fn outward(mut span: SpanData) -> SpanData {
    let is_listed = |key: &str| ATTRIBUTES.contains(&key);
    span.attributes.retain(|said| is_listed(said.key.as_str()));
    span.events = SpanEvents::default();
    span.links = SpanLinks::default();
    // What begins here answers somebody.
    if span.parent_span_is_remote || span.parent_span_id == SpanId::INVALID {
        span.span_kind = SpanKind::Server;
    }
    span
}
