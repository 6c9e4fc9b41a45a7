//! Reading what was written elsewhere: every response to a known caller says up to which revision
//! this broker reads, and a request may say which one its answer must know of.
//!
//! **Architecture invariant:** this stands behind authentication and shares of seats: no stranger has
//! a broker wait, and nobody more often than her share.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tower::{Layer, Service};

use super::auth::Access;
use super::gate::shape::{self, Shape};
use super::status;
use crate::broker::Broker;
use crate::domain::fault::Faults;

/// Carries a revision to us and from us.
const REVISION: HeaderName = HeaderName::from_static("askonce-revision");

/// Puts [`Level`] before the services.
#[derive(Clone)]
pub struct LevelLayer {
    broker: Arc<Broker>,
}

impl LevelLayer {
    /// A layer that says how far this broker reads.
    #[must_use]
    pub fn new(broker: Arc<Broker>) -> Self {
        Self { broker }
    }
}

impl<S> Layer<S> for LevelLayer {
    type Service = Level<S>;

    fn layer(&self, inner: S) -> Level<S> {
        Level {
            inner,
            broker: Arc::clone(&self.broker),
        }
    }
}

/// Lets a request pass once the broker reads what it must know of.
#[derive(Clone)]
pub struct Level<S> {
    inner: S,
    broker: Arc<Broker>,
}

impl<S> Service<Request<Body>> for Level<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone that is ready is the one that was polled; the other takes its place.
        let other = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, other);
        let broker = Arc::clone(&self.broker);
        Box::pin(async move {
            // Nobody is known where anybody may call: there is nothing to be read there, either.
            if request.extensions().get::<Access>().is_none() {
                return inner.call(request).await;
            }
            if let Err(status) = come_level(&broker, request.headers()).await {
                return Ok(told(status.into_http(), &broker));
            }
            let method = shape::method(request.uri().path());
            let is_stream = method.is_none_or(|method| method.shape != Shape::Call);
            let response = told(inner.call(request).await?, &broker);
            if !is_stream {
                return Ok(response);
            }
            // What a stream writes, it writes after its headers have gone.
            Ok(response.map(|inner| Body::new(Trailing { inner, broker })))
        })
    }
}

/// Waits for the revision that a request must know of, if it names one.
async fn come_level(broker: &Broker, headers: &HeaderMap) -> Result<(), Status> {
    let wanted = revision(headers).map_err(|faults| status::invalid(&faults))?;
    match wanted {
        Some(wanted) if !broker.is_level_with(wanted).await => Err(status::behind()),
        _ => Ok(()),
    }
}

/// The revision that headers name; none if they name none.
fn revision(headers: &HeaderMap) -> Result<Option<u64>, Faults> {
    let mut values = headers.get_all(REVISION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.filter(is_digits).and_then(|text| text.parse().ok());
    let message = "is not a revision: send back what a response said, once";
    number
        .map(Some)
        .ok_or_else(|| Faults::one(REVISION.as_str(), message))
}

/// A response that says how far this broker reads by now.
fn told(mut response: Response<Body>, broker: &Broker) -> Response<Body> {
    tell(response.headers_mut(), broker);
    response
}

fn tell(headers: &mut HeaderMap, broker: &Broker) {
    headers.insert(REVISION, HeaderValue::from(broker.reads_to()));
}

/// A stream of responses, which says so once more at its end.
struct Trailing {
    inner: Body,
    broker: Arc<Broker>,
}

impl HttpBody for Trailing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { inner, broker } = self.get_mut();
        let mut frame = ready!(Pin::new(inner).poll_frame(cx));
        if let Some(Ok(frame)) = &mut frame
            && let Some(trailers) = frame.trailers_mut()
        {
            tell(trailers, broker);
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
    use super::*;

    #[test]
    fn a_revision_is_digits_said_once() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(REVISION, value.parse().unwrap());
            }
            revision(&headers).map_err(|faults| faults.to_string())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["0"]), Ok(Some(0)));
        assert_eq!(read(&["18446744073709551615"]), Ok(Some(u64::MAX)));
        for wrong in [
            &["18446744073709551616"][..],
            &[""],
            &["-1"],
            &["+1"],
            &[" 1x"],
            &["1", "1"],
        ] {
            let faults = read(wrong).unwrap_err();
            assert!(faults.starts_with("askonce-revision"), "{faults}");
        }
    }
}
