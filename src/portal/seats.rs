//! How many requests are answered at once, and for how long: past either a page says to come back.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{Portal, PortalError};

/// After how many seconds whoever is told to come back may try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("5");

/// Answers a request if there is a seat for it, until its deadline.
pub(super) async fn seated(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_seat) = portal.seats.try_acquire() else {
        return come_back();
    };
    let answered = timeout(portal.terms.request_deadline, next.run(request)).await;
    answered.unwrap_or_else(|_| come_back())
}

fn come_back() -> Response {
    let mut response = PortalError::Busy.into_response();
    response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_S);
    response
}
