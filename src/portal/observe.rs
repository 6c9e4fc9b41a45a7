//! What is known of every request: one line in the log, one measurement, and an id that the browser
//! is told.
//!
//! **Architecture invariant:** of a request nothing is kept but its method and the pattern of its
//! path, and of a response nothing but its status: neither line nor metrics can hold a home, a
//! secret or an answer.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics::histogram;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::Portal;
use super::assets::style_path;
use crate::spans;

/// Carries the id of a request to whoever made it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a path is called that is no page's, and a method that no page has.
const OTHER: &str = "_OTHER";

/// Answers a request, and says how it went.
pub(super) async fn observed(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let id = portal.random_text::<10>();
    let method = method(request.method());
    let span = match route.as_ref().map_or(OTHER, MatchedPath::as_str) {
        route if route == style_path() => spans::make_up(&id),
        route => spans::page(&id, method, route),
    };
    let mut line = Line {
        method,
        route,
        id: id.clone(),
        span: span.clone(),
        begun: Instant::now(),
        status: None,
    };
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    line.status = Some(response.status().as_u16());
    response
}

/// What is logged of a request, once it is over, or once nobody waits for it any more.
struct Line {
    method: &'static str,
    route: Option<MatchedPath>,
    id: String,
    span: Span,
    begun: Instant,
    /// None while it is not answered.
    status: Option<u16>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        let (method, correlation_id) = (self.method, self.id.as_str());
        let route = self.route.as_ref().map_or(OTHER, MatchedPath::as_str);
        // As proxies call it when the other end has gone.
        let status = self.status.unwrap_or(499);
        histogram!(
            "http.server.request.duration",
            "http.request.method" => method,
            "http.route" => route.to_owned(),
            "http.response.status_code" => status.to_string(),
        )
        .record(took);
        spans::page_ended(&self.span, status);
        let trace_id = spans::trace_id(&self.span);
        let duration_ms = took.as_secs_f64() * 1e3;
        // A level cannot be chosen but by name.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    method,
                    route,
                    status,
                    duration_ms,
                    correlation_id,
                    trace_id,
                    "page"
                )
            };
        }
        if route == style_path() {
            line!(debug);
        } else if status >= 500 {
            line!(warn);
        } else {
            line!(info);
        }
    }
}

/// The name of a method, one of few.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => OTHER,
    }
}
