//! What stands before every page: who may frame it, what it may load, how large and how slow a
//! request may be, and from where it may come.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::SessionManagerLayer;
use tower_sessions::cookie::SameSite;

use super::sessions::Sessions;
use super::{Portal, PortalError};

/// The name of the cookie: only this host's, only over an encrypted connection (or to this machine).
const COOKIE: &str = "__Host-askonce";

/// How long a request may take.
const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// Nothing but our own stylesheet, images and forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// Headers of every response that does not say otherwise.
const HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Pages behind their guards.
pub(super) fn over(pages: Router, portal: &Arc<Portal>) -> Router {
    let sessions = SessionManagerLayer::new(Sessions::new(Arc::clone(portal)))
        .with_name(COOKIE)
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/");
    let pages = pages
        .layer(sessions)
        .layer(CsrfLayer::new().with_rejection_response(|_| forged()))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            REQUEST_DEADLINE,
        ))
        .layer(CatchPanicLayer::custom(|_| {
            PortalError::Broken("a page panicked".to_owned()).into_response()
        }));
    HEADERS.into_iter().fold(pages, |pages, (name, value)| {
        let value = HeaderValue::from_static(value);
        pages.layer(SetResponseHeaderLayer::if_not_present(name, value))
    })
}

fn forged() -> Response {
    PortalError::Forged.into_response()
}
