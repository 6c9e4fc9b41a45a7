//! From spans to a collector.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanLimits,
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::registry::LookupSpan;

use super::exporter::{Bounded, Counted, QUEUE_SPANS_MAX};
use super::sampler::Share;
use crate::server::config::Traces;
use crate::spans::{ATTRIBUTES, TRACED};

/// What we are called among those who send traces.
const SERVICE: &str = "askonce";

/// Most spans that go together.
const BATCH_SPANS_MAX: usize = 512;

/// How long spans wait for others to go with.
const BATCH_INTERVAL: Duration = Duration::from_secs(2);

/// How long a collector may take to be reached, and then to take spans.
const REACH_DEADLINE: Duration = Duration::from_secs(3);
const SEND_DEADLINE: Duration = Duration::from_secs(5);

/// How long a stop may wait for the last spans to be sent.
const LAST_DEADLINE: Duration = Duration::from_secs(3);

/// What sends traces.
pub(crate) struct Sending(SdkTracerProvider);

impl Sending {
    /// Sends what is left, or gives it up at a deadline.
    pub(crate) async fn end(self) {
        // It waits on a thread of the exporter's own.
        let ending = move || self.0.shutdown_with_timeout(LAST_DEADLINE);
        if !matches!(tokio::task::spawn_blocking(ending).await, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// Sends traces from now on. Where no collector is there, or none any more, that is found out
/// behind the calls, and tried again with every batch.
///
/// # Errors
/// Terms of which no connection can be made, wherever it leads.
pub(crate) fn send<S>(traces: &Traces) -> anyhow::Result<(Sending, Box<dyn Layer<S> + Send + Sync>)>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_channel(channel(traces)?)
        .with_timeout(SEND_DEADLINE)
        .build()?;
    let (exporter, waiting) = Counted::new(exporter);
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE_SPANS_MAX)
        .with_max_export_batch_size(BATCH_SPANS_MAX)
        .with_scheduled_delay(BATCH_INTERVAL);
    let batches = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build());
    let resource = Resource::builder()
        .with_service_name(SERVICE)
        .with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Bounded::new(batches.build(), waiting))
        .with_sampler(Share::new(traces.per_mille))
        .with_span_limits(limits())
        .with_resource(resource.build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(SERVICE))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false);
    // What is logged within a span is no part of it.
    let is_traced = |about: &Metadata<'_>| about.is_span() && about.target() == TRACED;
    let layer = layer.with_filter(FilterFn::new(is_traced));
    Ok((Sending(provider), layer.boxed()))
}

/// The way to the collector, which is not gone yet.
fn channel(traces: &Traces) -> anyhow::Result<Channel> {
    let mut endpoint = Endpoint::from_shared(traces.endpoint.clone())?
        .connect_timeout(REACH_DEADLINE)
        .timeout(SEND_DEADLINE);
    if endpoint.uri().scheme_str() == Some("https") {
        let tls = match &traces.ca_cert {
            None => ClientTlsConfig::new().with_native_roots(),
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
        };
        endpoint = endpoint.tls_config(tls)?;
    }
    Ok(endpoint.connect_lazy())
}

/// A span has no more than we give it.
fn limits() -> SpanLimits {
    SpanLimits {
        max_attributes_per_span: u32::try_from(ATTRIBUTES.len() + 1).unwrap_or(u32::MAX),
        max_events_per_span: 0,
        max_links_per_span: 0,
        ..SpanLimits::default()
    }
}
