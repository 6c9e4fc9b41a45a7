//! The gate before every call: how many at once, and for how long.
//!
//! Health is let through at any load, so that an orchestrator does not restart a busy broker.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tower::{Layer, Service};

use super::status;

/// Largest message that is taken, in bytes: an ask of all homes with the most fields is a quarter.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest time that a caller may ask for.
const DEADLINE_MAX: Duration = Duration::from_secs(300);

/// How much before the caller's own deadline the answer is sent, so that it still arrives, and so
/// that no other timer answers first.
const HEADSTART: Duration = Duration::from_millis(10);

const HEALTH: &str = "/grpc.health.v1.Health/";

/// The header that every status of ours has, and none of the transport's.
const DETAILS: &str = "grpc-status-details-bin";

/// Puts [`Gate`] before the services.
#[derive(Clone)]
pub struct GateLayer {
    permits: Arc<Semaphore>,
    deadline: Duration,
}

impl GateLayer {
    /// A gate for so many calls at once over all connections, each with so much time where the
    /// caller does not say.
    #[must_use]
    pub fn new(calls_max: usize, deadline: Duration) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(calls_max)),
            deadline,
        }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            own: self.clone(),
        }
    }
}

/// Sheds calls past the limit, and answers in time.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    own: GateLayer,
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if request.uri().path().starts_with(HEALTH) {
            return Box::pin(self.inner.call(request));
        }
        let Ok(permit) = Arc::clone(&self.own.permits).try_acquire_owned() else {
            return Box::pin(std::future::ready(Ok(status::overloaded().into_http())));
        };
        let time = asked_time(request.headers()).unwrap_or(self.own.deadline);
        let call = tokio::time::timeout(time, self.inner.call(request));
        Box::pin(async move {
            let _permit = permit;
            match call.await {
                Ok(Ok(response)) => Ok(name_the_reason(response)),
                Ok(Err(error)) => Err(error),
                Err(_) => Ok(status::late().into_http()),
            }
        })
    }
}

/// The time that the caller gives, less a head start; none if it does not say.
fn asked_time(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    let asked = match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    };
    Some(
        asked
            .saturating_sub(HEADSTART.min(asked / 10))
            .min(DEADLINE_MAX),
    )
}

/// A request that the transport refused to read is answered with the reason.
fn name_the_reason(response: Response<Body>) -> Response<Body> {
    let headers = response.headers();
    if headers.contains_key(DETAILS) {
        return response;
    }
    let broken = Status::from_header_map(headers);
    let unread = broken.and_then(|broken| status::unread(&broken));
    unread.map_or(response, Status::into_http)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_time_is_read_in_every_unit() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            asked_time(&headers)
        };
        assert_eq!(read("1S"), Some(Duration::from_millis(990)));
        assert_eq!(read("50m"), Some(Duration::from_millis(45)));
        assert_eq!(read("100u"), Some(Duration::from_micros(90)));
        assert_eq!(read("99999999H"), Some(DEADLINE_MAX));
        for wrong in ["", "S", "1", "1x", "-1S", "123456789S", "1.5S"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(asked_time(&HeaderMap::new()), None);
    }

    /// A service that never answers.
    #[derive(Clone)]
    struct Silent;

    impl Service<Request<Body>> for Silent {
        type Response = Response<Body>;
        type Error = std::convert::Infallible;
        type Future = std::future::Pending<Result<Response<Body>, Self::Error>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<Body>) -> Self::Future {
            std::future::pending()
        }
    }

    async fn code(gate: &mut Gate<Silent>, timeout: Option<&str>) -> String {
        let mut request = Request::builder().uri("/askonce.v1.AskService/GetAsk");
        if let Some(timeout) = timeout {
            request = request.header("grpc-timeout", timeout);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = gate.call(request).await.unwrap();
        response.headers()["grpc-status"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[tokio::test]
    async fn a_call_is_answered_in_the_time_that_it_has() {
        let mut gate = GateLayer::new(1, Duration::from_millis(20)).layer(Silent);
        assert_eq!(code(&mut gate, None).await, "4");
        let mut patient = GateLayer::new(1, Duration::from_secs(3_600)).layer(Silent);
        assert_eq!(code(&mut patient, Some("20m")).await, "4");
        let request = Request::builder().uri("/askonce.v1.AskService/GetAsk");
        let in_flight = patient.call(request.body(Body::empty()).unwrap());
        assert_eq!(code(&mut patient, None).await, "8");
        drop(in_flight);
        assert_eq!(code(&mut patient, Some("20m")).await, "4");
    }
}
