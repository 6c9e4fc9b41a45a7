//! What is known of every call: one line in the log, one measurement, and an id that the caller is
//! told.
//!
//! **Architecture invariant:** of a request nothing is kept but its method, and of a response
//! nothing but its code: neither the line nor the metrics can hold an answer, a name or a secret.

mod correlation;
mod details;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use http_body::{Body as HttpBody, Frame, SizeHint};
use metrics::histogram;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument, Span};

use self::correlation::{Correlation, REQUEST_ID};
use super::gate::shape::{self, Method};
use crate::broker::Entropy;
use crate::domain::access::Role;
use crate::spans;

/// What a method is called that the server does not have.
const UNKNOWN: &str = "_OTHER";

/// Names the span of the caller.
const TRACEPARENT: &str = "traceparent";

/// Puts [`Observe`] before everything else.
#[derive(Clone)]
pub struct ObserveLayer {
    entropy: Entropy,
}

impl ObserveLayer {
    /// A layer that makes ids of randomness where the caller gives none.
    #[must_use]
    pub fn new(entropy: Entropy) -> Self {
        Self { entropy }
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe {
            inner,
            entropy: Arc::clone(&self.entropy),
        }
    }
}

/// Says of every call how it went.
#[derive(Clone)]
pub struct Observe<S> {
    inner: S,
    entropy: Entropy,
}

/// What is found out about a caller on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted(Arc<OnceLock<Role>>);

impl Noted {
    /// Notes the role of the caller.
    pub(super) fn role(&self, role: Role) {
        self.0.get_or_init(|| role);
    }
}

impl<S> Service<Request<Body>> for Observe<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let method = shape::method(request.uri().path());
        let id = Correlation::of(request.headers(), &self.entropy);
        let span = span(&id, method, request.headers());
        let mut line = Line {
            method,
            id,
            span: span.clone(),
            noted: Noted::default(),
            begun: Instant::now(),
            // What a call is that nobody waits for any more.
            code: Code::Cancelled,
        };
        request.extensions_mut().insert(line.noted.clone());
        let call = self.inner.call(request).instrument(span);
        Box::pin(async move {
            let mut response = call.await?;
            if line.is_told(response.headers_mut()) {
                return Ok(response);
            }
            if response.body().is_end_stream() {
                line.ended_as(Code::Unknown);
                return Ok(response);
            }
            response.headers_mut().insert(REQUEST_ID, line.id.header());
            Ok(response.map(|inner| Body::new(Observed { inner, line })))
        })
    }
}

/// A response on its way, with the line that is logged when it has gone.
struct Observed {
    inner: Body,
    line: Line,
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { inner, line } = self.get_mut();
        let mut frame = ready!(line.span.in_scope(|| Pin::new(inner).poll_frame(cx)));
        match &mut frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    line.is_told(trailers);
                }
            }
            Some(Err(broken)) => line.ended_as(broken.code()),
            None => line.ended_as(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// What is logged of a call, once it is over.
struct Line {
    method: Option<&'static Method>,
    id: Correlation,
    span: Span,
    noted: Noted,
    begun: Instant,
    code: Code,
}

impl Line {
    /// Notes an outcome that is told nowhere.
    fn ended_as(&mut self, code: Code) {
        self.code = code;
    }

    /// Reads the outcome where it is told, and adds the id there; whether it is told there.
    fn is_told(&mut self, headers: &mut HeaderMap) -> bool {
        let Some(code) = headers.get("grpc-status") else {
            return false;
        };
        self.code = Code::from_bytes(code.as_bytes());
        details::name_request(headers, &self.id);
        headers.insert(REQUEST_ID, self.id.header());
        true
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        let code = name(self.code);
        let (service, method) = names(self.method);
        histogram!(
            "rpc.server.call.duration",
            "rpc.service" => service,
            "rpc.method" => method,
            "rpc.response.status_code" => code,
        )
        .record(took);
        let role = self.noted.0.get().map_or("unknown", |role| role.as_str());
        spans::call_ended(&self.span, code, role, is_fault(self.code));
        let duration_ms = took.as_secs_f64() * 1e3;
        let correlation_id = self.id.as_str();
        let trace_id = spans::trace_id(&self.span);
        // A level cannot be chosen but by name.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    service,
                    method,
                    role,
                    code,
                    duration_ms,
                    correlation_id,
                    trace_id,
                    "call"
                )
            };
        }
        if self.method.is_some_and(Method::is_of_health) {
            line!(debug);
        } else if matches!(self.code, Code::Internal | Code::Unknown | Code::DataLoss) {
            line!(warn);
        } else {
            line!(info);
        }
    }
}

/// The span of a call that begins.
fn span(id: &Correlation, method: Option<&'static Method>, headers: &HeaderMap) -> Span {
    if method.is_some_and(Method::is_of_health) {
        return spans::call_of_health(id.as_str());
    }
    let (service, method) = names(method);
    let parent = headers.get(TRACEPARENT);
    let parent = parent.and_then(|parent| parent.to_str().ok());
    spans::call(id.as_str(), service, method, parent)
}

/// What service and method are called.
fn names(method: Option<&'static Method>) -> (&'static str, &'static str) {
    method.map_or((UNKNOWN, UNKNOWN), |method| {
        (&*method.service, &*method.name)
    })
}

/// Whether a code says that the broker is at fault, or the caller would have it so.
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// A code by the name that it has in the gRPC specification.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
