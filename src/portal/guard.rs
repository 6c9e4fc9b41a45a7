//! What stands before every page: who may frame it, what it may load, how large and how slow a
//! request may be, and from where it may come.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_sessions::SessionManagerLayer;
use tower_sessions::cookie::SameSite;

use super::level::levelled;
use super::observe::observed;
use super::seats::seated;
use super::sessions::Sessions;
use super::{Portal, PortalError};

/// The name of the cookie: only this host's, only over an encrypted connection (or to this machine).
const COOKIE: &str = "__Host-askonce";

/// Nothing but our own stylesheet, images and forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// Headers of every response that does not say otherwise.
const HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, POLICY),
    // Not `no-referrer`, under which a browser calls the origin of our own forms `null`: one that does
    // not say `Sec-Fetch-Site` could send none.
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// What is added where browsers reach the pages encrypted: that they never come otherwise, for a
/// year.
const KEEP_ENCRYPTED: (HeaderName, &str) = (STRICT_TRANSPORT_SECURITY, "max-age=31536000");

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
        .layer(from_fn_with_state(Arc::clone(portal), levelled))
        .layer(same_site(&portal.terms.url).with_rejection_response(|_| forged()))
        .layer(from_fn_with_state(Arc::clone(portal), seated))
        .layer(CatchPanicLayer::custom(|_| {
            PortalError::Broken("a page panicked".to_owned()).into_response()
        }));
    let is_encrypted = portal.terms.url.starts_with("https://");
    let headers = HEADERS
        .into_iter()
        .chain(is_encrypted.then_some(KEEP_ENCRYPTED));
    let pages = headers.fold(pages, |pages, (name, value)| {
        let value = HeaderValue::from_static(value);
        pages.layer(SetResponseHeaderLayer::if_not_present(name, value))
    });
    pages.layer(from_fn_with_state(Arc::clone(portal), observed))
}

/// Lets through what pages of ours send, by whichever name a proxy knows this host.
fn same_site(url: &str) -> CsrfLayer {
    let trusting = CsrfLayer::new().add_trusted_origin(url);
    trusting.unwrap_or_else(|_| CsrfLayer::new())
}

fn forged() -> Response {
    PortalError::Forged.into_response()
}
