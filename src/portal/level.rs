//! What was posted shows on the next page, whichever broker makes it: the browser carries, for a
//! minute, how far the broker read that took the post.
//!
//! It says nothing of whoever carries it, and opens nothing: who makes it up waits herself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use axum::http::{Extensions, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::Portal;

/// The name of the cookie.
const NAME: &str = "__Host-askonce-revision";

/// How long a browser carries it, in seconds: far longer than a broker is behind another.
const LASTS_S: u32 = 60;

/// How a browser keeps it: as it keeps the session.
const TERMS: &str = "HttpOnly; SameSite=Lax; Secure; Path=/";

/// Somebody is signed in; before it is known, it is 0.
const IN: u8 = 1;
/// Nobody is, any more.
const OUT: u8 = 2;

/// What is found out on the way about whoever asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Asker(Arc<AtomicU8>);

impl Asker {
    /// Of a request.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// She is signed in.
    pub(super) fn is_in(&self) {
        self.0.store(IN, Ordering::Relaxed);
    }

    /// She is not, or no longer.
    pub(super) fn is_out(&self) {
        self.0.store(OUT, Ordering::Relaxed);
    }
}

/// Has the browser of whoever posts something carry how far this broker reads by then.
pub(super) async fn levelled(
    State(portal): State<Arc<Portal>>,
    mut request: Request,
    next: Next,
) -> Response {
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let is_post = request.method() == Method::POST;
    let has_one = seen(request.headers()).is_some();
    let mut response = next.run(request).await;
    let cookie = match asker.0.load(Ordering::Relaxed) {
        IN if is_post => {
            let revision = portal.broker.reads_to();
            format!("{NAME}={revision}; {TERMS}; Max-Age={LASTS_S}")
        }
        OUT if has_one => format!("{NAME}=; {TERMS}; Max-Age=0"),
        _ => return response,
    };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// How far the broker read that took what a browser posted last; none for none, or nonsense.
pub(super) fn seen(headers: &HeaderMap) -> Option<u64> {
    let lines = headers.get_all(COOKIE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == NAME).then(|| value.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_read_from_among_the_cookies() {
        let table = [
            (
                &["__Host-askonce=abc; __Host-askonce-revision=7"][..],
                Some(7),
            ),
            (&["a=b", "__Host-askonce-revision=7"], Some(7)),
            (&["__Host-askonce-revision="], None),
            (&["__Host-askonce-revision=-7"], None),
            (&["__Host-askonce-revision"], None),
            (&["__Host-askonce=7"], None),
            (&[], None),
        ];
        for (lines, expected) in table {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().unwrap());
            }
            assert_eq!(seen(&headers), expected, "{lines:?}");
        }
    }
}
