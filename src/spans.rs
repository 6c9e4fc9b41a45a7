//! The spans of traces: a call or a request for a page, and what it waits for in the store. What is
//! logged within a call or a request is told to be of it, by its span.
//!
//! Beside every layer: it uses nothing of ours. Where traces go, and how many, the command line
//! knows.
//!
//! **Architecture invariant:** spans are made here and nowhere else, of words of the program, numbers
//! and the correlation id: nothing that was said, no name, address or secret is in one.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
mod untraced;

use tracing::field::Empty;
use tracing::{Span, error_span, trace_span};

#[cfg(feature = "otlp")]
use self::otlp as traced;
#[cfg(not(feature = "otlp"))]
use self::untraced as traced;

/// Where the spans that are traced come from, as `tracing` knows it.
#[cfg(feature = "otlp")]
pub(crate) const TRACED: &str = module_path!();

/// The same of those that are for the log alone.
const LOGGED: &str = concat!(module_path!(), "::logged");

/// What a span says of itself: all that is sent of it but its name, its times and its outcome.
#[cfg(feature = "otlp")]
pub(crate) const ATTRIBUTES: [&str; 10] = [
    CORRELATION_ID,
    ROLE,
    REQUESTS,
    "rpc.system.name",
    "rpc.service",
    "rpc.method",
    RPC_CODE,
    "http.request.method",
    "http.route",
    HTTP_STATUS,
];

#[cfg(feature = "otlp")]
const CORRELATION_ID: &str = "correlation_id";
#[cfg(feature = "otlp")]
const REQUESTS: &str = "requests";
const ROLE: &str = "askonce.role";
const RPC_CODE: &str = "rpc.response.status_code";
const HTTP_STATUS: &str = "http.response.status_code";

/// A call that begins: within the span that its caller names, as W3C trace context has it.
pub(crate) fn call(
    correlation_id: &str,
    service: &'static str,
    method: &'static str,
    traceparent: Option<&str>,
) -> Span {
    // Of the highest level, so that whatever is logged of the call can be told to be of it.
    let span = error_span!("call", correlation_id, trace_id = Empty);
    let says = [
        ("rpc.system.name", "grpc"),
        ("rpc.service", service),
        ("rpc.method", method),
    ];
    traced::begin(&span, traceparent, (service, "/", method), &says);
    span
}

/// A call that is in no trace: it asks for the broker's health, every few seconds.
pub(crate) fn call_of_health(correlation_id: &str) -> Span {
    error_span!(target: LOGGED, "call", correlation_id)
}

/// How a call went.
pub(crate) fn call_ended(span: &Span, code: &'static str, role: &'static str, is_fault: bool) {
    traced::end(span, &[(RPC_CODE, code), (ROLE, role)], is_fault);
}

/// A request for a page that begins; the route is the pattern of its path. It is a trace of its own:
/// whatever browsers and what is between say is not asked for.
pub(crate) fn page(correlation_id: &str, method: &'static str, route: &str) -> Span {
    let span = error_span!("request", correlation_id, trace_id = Empty);
    let says = [("http.request.method", method), ("http.route", route)];
    traced::begin(&span, None, (method, " ", route), &says);
    span
}

/// A request that is in no trace: for what every page is made up with.
pub(crate) fn make_up(correlation_id: &str) -> Span {
    error_span!(target: LOGGED, "request", correlation_id)
}

/// How a request for a page went.
pub(crate) fn page_ended(span: &Span, status: u16) {
    traced::end(span, &[(HTTP_STATUS, &status.to_string())], status >= 500);
}

/// The trace that a span is in, as its collector knows it; none where it is not sent there.
pub(crate) fn trace_id(span: &Span) -> Option<String> {
    traced::trace_id(span)
}

/// Something that waits to be recorded, within what goes on here.
pub(crate) fn append() -> Span {
    let within = Span::current();
    if !traced::is_sent(&within) {
        return Span::none();
    }
    trace_span!("append")
}

/// The writing of a group of requests, each of which waits for it: a span for each that is traced.
pub(crate) fn writes<'a>(of: impl ExactSizeIterator<Item = &'a Span>) -> Vec<Span> {
    let requests = of.len();
    let write = |within: &Span| trace_span!(parent: within, "write", requests);
    of.filter(|span| !span.is_disabled()).map(write).collect()
}

/// One transaction with a group of requests, each of which waits for it.
pub(crate) fn transactions<'a>(of: impl ExactSizeIterator<Item = &'a Span>) -> Vec<Span> {
    let requests = of.len();
    let transaction = |within: &Span| trace_span!(parent: within, "transaction", requests);
    let of = of.filter(|span| !span.is_disabled());
    of.map(transaction).collect()
}

/// What is recorded and waits for its place in the ledger.
pub(crate) fn seal(within: &Span) -> Span {
    if within.is_disabled() {
        return Span::none();
    }
    trace_span!(parent: within, "seal")
}
