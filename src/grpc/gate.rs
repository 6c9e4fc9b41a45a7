//! The gate before every call: how many at once, by whom, and for how long.
//!
//! - A call holds a seat until its response has ended. Streams have seats of their own, since those
//!   that watch would come to hold all; which they are, the descriptors say (`shape`).
//! - Nobody holds more seats than are free (`room`): an address, until the caller has shown who it
//!   is; then the caller.
//! - Every wait has an end: for the first response, for the next message of a streaming request, for
//!   the caller to read (`answer`, `request`), and for whatever is open when the server stops.
//! - Health is let through at any load, so that an orchestrator does not restart a busy broker.

mod answer;
mod deadline;
mod ending;
mod request;
mod room;
pub(super) mod shape;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use metrics::{Counter, counter, gauge};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{Extensions, Request, Response};
use tower::{Layer, Service};

use self::answer::Answers;
#[cfg(test)]
pub(super) use self::answer::trailers;
use self::deadline::asked_time;
use self::ending::Ending;
use self::request::{Listening, Talk};
use self::room::{Party, Refusal, Room, Ticket};
use self::shape::{Method, Shape};
use super::auth::Access;
use super::observe::Noted;
use super::peer::Peer;
use super::status;

/// Largest message that is taken, in bytes: an ask of all homes with the most fields is a quarter.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most streams at once of one caller: a system has one for each ask that it watches.
pub const STREAMS_PER_CALLER_MAX: usize = 64;

/// Most watches of the broker's health at once: one for each connection.
const HEALTH_WATCHES_MAX: usize = 1_024;

/// How many times within the time that a response may go unread it is looked whether one does.
const LOOKS: u32 = 4;

/// The header that every status of ours has, and none of the transport's.
const DETAILS: &str = "grpc-status-details-bin";

/// Becomes ready when the server begins to stop.
type Draining = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Cuts a connection, by where it comes from.
pub type Cut = Arc<dyn Fn(SocketAddr) + Send + Sync>;

/// What calls are held to.
#[derive(Debug, Clone)]
pub struct GateLimits {
    /// Most calls at once, over all connections.
    pub calls_max: usize,
    /// Most streams at once, over all connections.
    pub streams_max: usize,
    /// How long a call may take, and a stream until its first message, where the caller does not
    /// say.
    pub call_deadline: Duration,
    /// How long the next message of a streaming request may take to come.
    pub idle_deadline: Duration,
    /// How long a response may go unread.
    pub unread_deadline: Duration,
    /// How long a stream may go on answering what it has read once the server stops.
    pub grace: Duration,
}

/// Puts [`Gate`] before the services.
#[derive(Clone)]
pub struct GateLayer {
    shared: Arc<Shared>,
}

struct Shared {
    limits: GateLimits,
    calls: Arc<Room>,
    streams: Arc<Room>,
    health: Arc<Room>,
    answers: Arc<Answers>,
    draining: watch::Receiver<bool>,
    cut: Cut,
    unread: Counter,
}

impl GateLayer {
    /// A gate that holds calls to limits, over all connections. Streams end when `draining` turns
    /// true; `cut` is how a caller that reads nothing is got rid of.
    #[must_use]
    pub fn new(limits: GateLimits, draining: watch::Receiver<bool>, cut: Cut) -> Self {
        let calls = Room::new(
            limits.calls_max,
            limits.calls_max,
            gauge!("askonce.gate.calls"),
        );
        let streams = Room::new(
            limits.streams_max,
            STREAMS_PER_CALLER_MAX,
            gauge!("askonce.gate.streams"),
        );
        let health = Room::new(
            HEALTH_WATCHES_MAX,
            STREAMS_PER_CALLER_MAX,
            gauge!("askonce.gate.health_watches"),
        );
        Self {
            shared: Arc::new(Shared {
                limits,
                calls,
                streams,
                health,
                answers: Arc::default(),
                draining,
                cut,
                unread: counter!("askonce.gate.unread"),
            }),
        }
    }

    /// Gives up responses that nobody reads, for ever.
    pub async fn give_up_unread(self) {
        let unread_max = self.shared.limits.unread_deadline;
        let mut interval = tokio::time::interval(unread_max / LOOKS);
        loop {
            interval.tick().await;
            for peer in self.shared.answers.give_up_unread(unread_max) {
                self.shared.unread.increment(1);
                tracing::warn!("a response was not read in time: its connection is cut");
                if let Some(peer) = peer {
                    (self.shared.cut)(peer);
                }
            }
        }
    }
}

impl Shared {
    fn room(&self, method: Option<&Method>) -> &Arc<Room> {
        match method {
            Some(method) if method.is_of_health() => &self.health,
            Some(method) if method.shape != Shape::Call => &self.streams,
            _ => &self.calls,
        }
    }

    fn draining(&self) -> Draining {
        let mut draining = self.draining.clone();
        Box::pin(async move {
            // A server that is gone has stopped, too.
            let _ = draining.wait_for(|is| *is).await;
        })
    }

    /// How a stream is ended, and the two halves of it if the caller streams too.
    fn ending(&self, shape: Shape, asked: Option<Duration>) -> (Option<Ending>, Option<Arc<Talk>>) {
        let talk = (shape == Shape::Talk).then(Arc::<Talk>::default);
        let ending = (shape != Shape::Call).then(|| {
            let limits = &self.limits;
            let first_max = asked.unwrap_or(limits.call_deadline);
            let ending = Ending::new(talk.clone(), self.draining(), limits.grace, first_max);
            match asked {
                Some(asked) => ending.at(Instant::now() + asked),
                None => ending,
            }
        });
        (ending, talk)
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// Sheds calls past the limits, and sees that each ends.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    shared: Arc<Shared>,
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

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let method = shape::method(request.uri().path());
        let shape = method.map_or(Shape::Call, |method| method.shape);
        if shape == Shape::Call && method.is_some_and(Method::is_of_health) {
            return Box::pin(self.inner.call(request));
        }
        let peer = peer(request.extensions());
        let party = Party::at(peer.map(|peer| peer.ip()));
        let seat = match self.shared.room(method).admit(party) {
            Ok(seat) => seat,
            Err(why) => return Box::pin(std::future::ready(Ok(shed(why).into_http()))),
        };
        request.extensions_mut().insert(seat.ticket());
        let asked = asked_time(request.headers());
        let ends_at = Instant::now() + asked.unwrap_or(self.shared.limits.call_deadline);
        let (ending, talk) = self.shared.ending(shape, asked);
        if let Some(talk) = talk {
            let (idle_max, draining) = (self.shared.limits.idle_deadline, self.shared.draining());
            let listen = |body| Body::new(Listening::new(body, talk, idle_max, draining));
            request = request.map(listen);
        }
        let call = timeout_at(ends_at, self.inner.call(request));
        let answers = Arc::clone(&self.shared.answers);
        Box::pin(async move {
            match call.await {
                Ok(Ok(response)) => Ok(
                    name_the_reason(response).map(|body| answers.hold(body, seat, peer, ending))
                ),
                Ok(Err(error)) => Err(error),
                Err(_) => Ok(status::late().into_http()),
            }
        })
    }
}

/// Where a request comes from; none if from within the process.
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<Peer>()?.address
}

/// What a caller without a seat is told.
fn shed(why: Refusal) -> Status {
    let reason = match why {
        Refusal::Full => "full",
        Refusal::Share => "share",
    };
    counter!("askonce.gate.shed", "reason" => reason).increment(1);
    match why {
        Refusal::Full => status::overloaded(),
        Refusal::Share => status::over_share(),
    }
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

/// Puts [`Seated`] between authentication and the services.
#[derive(Debug, Clone, Copy)]
pub struct SeatLayer;

impl<S> Layer<S> for SeatLayer {
    type Service = Seated<S>;

    fn layer(&self, inner: S) -> Seated<S> {
        Seated { inner }
    }
}

/// Counts a call's seat as its caller's, now that it is known who calls.
#[derive(Clone)]
pub struct Seated<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Seated<S>
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

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let extensions = request.extensions_mut();
        let ticket = extensions.remove::<Ticket>();
        if let Some(access) = extensions.get::<Access>() {
            if let Some(noted) = extensions.get::<Noted>() {
                noted.role(access.caller.grant.role);
            }
            let caller = Party::Principal(access.caller.token_id.as_str().into());
            if let Some(Err(why)) = ticket.map(|ticket| ticket.pass_to(caller)) {
                return Box::pin(std::future::ready(Ok(shed(why).into_http())));
            }
        }
        Box::pin(self.inner.call(request))
    }
}

#[cfg(test)]
mod tests;
