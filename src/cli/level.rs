//! What a command was told of how far brokers read: its next call, at whichever broker, is answered by
//! one that knows of all that it has seen and done.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, HeaderValue, Request, Response};
use tower::Service;

/// Carries a revision there and back.
const REVISION: &str = "askonce-revision";

/// The furthest revision that was told; clones share it.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<AtomicU64>);

impl Seen {
    fn hear(&self, headers: &HeaderMap) {
        let told = headers.get(REVISION).and_then(|told| told.to_str().ok());
        if let Some(told) = told.and_then(|told| told.parse().ok()) {
            self.0.fetch_max(told, Ordering::Relaxed);
        }
    }

    /// Says it along; where nothing was told, as by a broker that does not know of it, nothing.
    fn say(&self, headers: &mut HeaderMap) {
        let seen = self.0.load(Ordering::Relaxed);
        if seen > 0 {
            headers.insert(REVISION, HeaderValue::from(seen));
        }
    }
}

/// Says with every call what the ones before were told.
#[derive(Debug, Clone)]
pub(crate) struct Level<S> {
    inner: S,
    seen: Seen,
}

impl<S> Level<S> {
    /// Nothing was told yet.
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            seen: Seen::default(),
        }
    }
}

impl<S> Service<Request<Body>> for Level<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let seen = self.seen.clone();
        seen.say(request.headers_mut());
        let call = self.inner.call(request);
        Box::pin(async move {
            let response = call.await?;
            seen.hear(response.headers());
            Ok(response.map(|inner| Body::new(Heard { inner, seen })))
        })
    }
}

/// A response that is listened to until its end.
struct Heard {
    inner: Body,
    seen: Seen,
}

impl HttpBody for Heard {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { inner, seen } = self.get_mut();
        let frame = ready!(Pin::new(inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(trailers) = frame.trailers_ref()
        {
            seen.hear(trailers);
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_call_says_what_the_one_before_it_was_told() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let mut level = Level::new(tower::service_fn(move |request: Request<Body>| {
            let revision = request.headers().get(REVISION).cloned();
            heard.lock().unwrap().push(revision);
            let mut response = Response::new(Body::empty());
            response
                .headers_mut()
                .insert(REVISION, HeaderValue::from(7));
            std::future::ready(Ok::<_, Infallible>(response))
        }));
        for _ in 0..2 {
            level.call(Request::new(Body::empty())).await.unwrap();
        }
        assert_eq!(*said.lock().unwrap(), [None, Some(HeaderValue::from(7))]);
    }

    #[test]
    fn the_furthest_that_was_told_is_said_along() {
        let seen = Seen::default();
        let said = || {
            let mut headers = HeaderMap::new();
            seen.say(&mut headers);
            headers
                .get(REVISION)
                .map(|said| said.to_str().unwrap().to_owned())
        };
        let table = [
            (None, None),
            (Some("nonsense"), None),
            (Some("7"), Some("7")),
            (Some("5"), Some("7")),
            (None, Some("7")),
            (Some("9"), Some("9")),
        ];
        for (told, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(told) = told {
                headers.insert(REVISION, told.parse().unwrap());
            }
            seen.hear(&headers);
            assert_eq!(said().as_deref(), expected, "{told:?}");
        }
    }
}
