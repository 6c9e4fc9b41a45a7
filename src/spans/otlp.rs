//! Spans as OpenTelemetry knows them. All of it does nothing where no traces are sent.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Carries the span of a caller.
const TRACEPARENT: &str = "traceparent";

/// What a caller says of its own span. Of its `tracestate` nothing is taken: it is a text of its own,
/// and would be sent on.
struct Caller<'a>(&'a str);

impl Extractor for Caller<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// Begins a span, within its caller's if that is one. Whether it is sent is decided here, once, for
/// all that is within it too.
pub(super) fn begin(
    span: &Span,
    parent: Option<&str>,
    (first, between, last): (&str, &str, &str),
    says: &[(&'static str, &str)],
) {
    if let Some(parent) = parent {
        let parent =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &Caller(parent));
        // A span that is not traced has no place to keep it.
        let _untraced = span.set_parent(parent);
    }
    let begun = span.context();
    let begun = begun.span();
    if begun.is_recording() {
        begun.update_name(format!("{first}{between}{last}"));
        begun.set_attributes(said(says));
        // For the lines that are logged within it.
        span.record("trace_id", begun.span_context().trace_id().to_string());
    }
}

/// Says how it went, before it ends.
pub(super) fn end(span: &Span, says: &[(&'static str, &str)], is_fault: bool) {
    let ending = span.context();
    let ending = ending.span();
    if ending.is_recording() {
        ending.set_attributes(said(says));
        if is_fault {
            ending.set_status(Status::error(""));
        }
    }
}

pub(super) fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span();
    let known = context.span_context();
    known.is_sampled().then(|| known.trace_id().to_string())
}

pub(super) fn is_sent(span: &Span) -> bool {
    span.context().span().span_context().is_sampled()
}

fn said<'a>(says: &'a [(&'static str, &str)]) -> impl Iterator<Item = KeyValue> + 'a {
    let says = says.iter();
    says.map(|&(key, text)| KeyValue::new(key, text.to_owned()))
}
