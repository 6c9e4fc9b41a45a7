//! The gate before services that do as they are told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Mutex;

use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::Bytes;
use tonic::codegen::http::HeaderMap;
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::*;
use crate::grpc::auth::tests::access_of;

const GET: &str = "/askonce.v1.AskService/GetAsk";
const IMPORT: &str = "/askonce.v1.RegistryService/ImportHomes";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// Longer than any test: what waits for it waits for ever.
const LONG: Duration = Duration::from_secs(3_600);
/// Soon enough to wait for.
const SOON: Duration = Duration::from_millis(20);

type Pieces = mpsc::Sender<Result<Frame<Bytes>, Status>>;

/// A response that is sent piece by piece.
fn piecewise() -> (Pieces, Response<Body>) {
    let (pieces, stream) = mpsc::channel(16);
    let body = Body::new(StreamBody::new(ReceiverStream::new(stream)));
    (pieces, Response::new(body))
}

fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

fn ok() -> Frame<Bytes> {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", "0".parse().unwrap());
    Frame::trailers(headers)
}

/// A gate, what drains it, and the connections that it cut.
struct Stand {
    gate: GateLayer,
    drain: watch::Sender<bool>,
    cut: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Stand {
    fn new(change: impl FnOnce(&mut GateLimits)) -> Self {
        let mut limits = GateLimits {
            calls_max: 4,
            streams_max: 4,
            call_deadline: LONG,
            idle_deadline: LONG,
            unread_deadline: LONG,
            grace: LONG,
        };
        change(&mut limits);
        let (drain, draining) = watch::channel(false);
        let cut = Arc::new(Mutex::new(Vec::new()));
        let cuts = Arc::clone(&cut);
        let cutting: Cut = Arc::new(move |peer| cuts.lock().unwrap().push(peer));
        let gate = GateLayer::new(limits, draining, cutting);
        Self { gate, drain, cut }
    }

    /// Calls a service that answers with what `answer` makes of the request.
    async fn call<A, F>(&self, request: Request<Body>, answer: A) -> Response<Body>
    where
        A: FnOnce(Request<Body>) -> F + Clone + Send + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let service = tower::service_fn(move |request| {
            let answer = answer.clone();
            async move { Ok::<_, Infallible>(answer(request).await) }
        });
        let service = self.gate.layer(SeatLayer.layer(service));
        service.oneshot(request).await.unwrap()
    }

    /// How many seats of calls and streams are taken.
    fn taken(&self) -> (usize, usize) {
        let shared = &self.gate.shared;
        (shared.calls.taken(), shared.streams.taken())
    }
}

fn request(path: &str, principal: &str) -> Request<Body> {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    if !principal.is_empty() {
        request.extensions_mut().insert(access_of(principal));
    }
    request
}

/// What a response says in its head or at its end.
async fn told(response: Response<Body>) -> Status {
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    let body = response.into_body().collect().await.unwrap();
    let trailers = body.trailers().expect("a response has an end");
    Status::from_header_map(trailers).unwrap()
}

fn code_and_reason(status: &Status) -> (tonic::Code, String) {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    (status.code(), reason.unwrap_or_default())
}

#[tokio::test]
async fn a_seat_is_held_until_the_response_has_ended_or_is_dropped() {
    for (path, taken) in [(GET, (1, 0)), (IMPORT, (0, 1))] {
        let stand = Stand::new(|_| {});
        let (pieces, response) = piecewise();
        let answered = Mutex::new(Some(response));
        let answered = Arc::new(answered);
        let next = Arc::clone(&answered);
        let head = stand
            .call(request(path, "a"), move |_| async move {
                next.lock().unwrap().take().unwrap()
            })
            .await;
        assert_eq!(stand.taken(), taken, "{path}");
        pieces.send(Ok(data("x"))).await.unwrap();
        let mut body = head.into_body();
        body.frame().await.unwrap().unwrap();
        assert_eq!(stand.taken(), taken, "{path}");
        pieces.send(Ok(ok())).await.unwrap();
        assert!(body.frame().await.unwrap().unwrap().is_trailers());
        // Before the body is dropped: a caller that knows the end finds the seat free.
        assert_eq!(stand.taken(), (0, 0), "{path}");
        let (_pieces, response) = piecewise();
        *answered.lock().unwrap() = Some(response);
        let dropped = stand
            .call(request(path, "a"), move |_| async move {
                answered.lock().unwrap().take().unwrap()
            })
            .await;
        assert_eq!(stand.taken(), taken, "{path}");
        drop(dropped);
        assert_eq!(stand.taken(), (0, 0), "{path}");
    }
}

#[tokio::test]
async fn a_greedy_caller_leaves_room_for_a_modest_one() {
    const CALLS: usize = 100;
    let stand = Arc::new(Stand::new(|limits| limits.calls_max = 16));
    let (begun, mut begins) = mpsc::unbounded_channel();
    let mut greedy = tokio::task::JoinSet::new();
    for _ in 0..CALLS {
        let (stand, begun) = (Arc::clone(&stand), begun.clone());
        greedy.spawn(async move {
            let held = move |_| async move {
                let (release, released) = oneshot::channel::<()>();
                begun.send(release).unwrap();
                let _ = released.await;
                Response::new(Body::empty())
            };
            stand.call(request(GET, "greedy"), held).await
        });
    }
    let mut shed = 0;
    while shed < CALLS - 8 {
        let answered = greedy.join_next().await.unwrap().unwrap();
        let status = told(answered).await;
        assert_eq!(
            code_and_reason(&status),
            (tonic::Code::ResourceExhausted, "OVER_SHARE".into())
        );
        assert!(status.get_error_details().retry_info().is_some());
        shed += 1;
    }
    assert_eq!(stand.taken(), (8, 0), "half, and no more");
    for _ in 0..CALLS {
        let answer = |_| async { Response::new(Body::empty()) };
        let answered = stand.call(request(GET, "modest"), answer).await;
        assert!(
            !answered.headers().contains_key("grpc-status"),
            "it was shed"
        );
    }
    for _ in 0..8 {
        begins.recv().await.unwrap().send(()).unwrap();
    }
    while greedy.join_next().await.is_some() {}
    assert_eq!(stand.taken(), (0, 0));
}

#[tokio::test]
async fn who_is_not_known_yet_is_counted_by_where_it_comes_from() {
    let stand = Stand::new(|limits| limits.calls_max = 8);
    let from = |host: u8| {
        let mut request = request(GET, "");
        let info = Peer {
            address: Some(SocketAddr::from(([192, 0, 2, host], 4000))),
            certificate: None,
        };
        request.extensions_mut().insert(info);
        request
    };
    let silent = tower::service_fn(|_| std::future::pending::<Result<_, Infallible>>());
    let mut gate = stand.gate.layer(silent);
    let mut held = Vec::new();
    while stand.taken().0 == held.len() {
        held.push(gate.call(from(1)));
    }
    let refused = held.pop().unwrap().await.unwrap();
    assert_eq!(code_and_reason(&told(refused).await).1, "OVER_SHARE");
    assert_eq!(held.len(), 4);
    held.push(gate.call(from(2)));
    assert_eq!(stand.taken().0, 5);
}

#[tokio::test]
async fn a_full_gate_says_so_and_lets_health_through() {
    let stand = Stand::new(|limits| limits.calls_max = 0);
    let answer = |_| async { Response::new(Body::empty()) };
    let shed = stand.call(request(GET, "a"), answer).await;
    let status = told(shed).await;
    assert_eq!(
        code_and_reason(&status),
        (tonic::Code::ResourceExhausted, "OVERLOADED".into())
    );
    assert!(status.get_error_details().retry_info().is_some());
    let well = stand.call(request(CHECK, ""), answer).await;
    assert!(!well.headers().contains_key("grpc-status"));
}

#[tokio::test]
async fn a_call_is_answered_in_the_time_that_it_has() {
    let never = |_| std::future::pending();
    let stand = Stand::new(|limits| limits.call_deadline = SOON);
    let late = stand.call(request(GET, "a"), never).await;
    let expected = (tonic::Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into());
    assert_eq!(code_and_reason(&told(late).await), expected);
    let patient = Stand::new(|_| {});
    let mut asked = request(GET, "a");
    let timeout = "20m".parse().unwrap();
    asked.headers_mut().insert("grpc-timeout", timeout);
    let late = patient.call(asked, never).await;
    assert_eq!(code_and_reason(&told(late).await), expected);
    assert_eq!(patient.taken(), (0, 0));
}

/// A streaming request, sent piece by piece.
fn listening(path: &str) -> (Pieces, Request<Body>) {
    let (pieces, stream) = piecewise();
    let mut request = request(path, "a");
    *request.body_mut() = stream.into_body();
    (pieces, request)
}

/// A whole message of three bytes.
const MESSAGE: &str = "\0\0\0\0\u{3}abc";

/// Answers when the request has ended, with that it was read well or why not.
fn at_the_end(request: Request<Body>) -> std::future::Ready<Response<Body>> {
    let (pieces, response) = piecewise();
    tokio::spawn(async move {
        let mut body = request.into_body();
        loop {
            match body.frame().await {
                Some(Ok(_)) => {}
                Some(Err(broken)) => {
                    let trailers = Frame::trailers(trailers(&broken));
                    return pieces.send(Ok(trailers)).await;
                }
                None => {
                    let _its_reader_may_be_gone = pieces.send(Ok(data("read"))).await;
                    return pieces.send(Ok(ok())).await;
                }
            }
        }
    });
    std::future::ready(response)
}

#[tokio::test]
async fn a_stream_answers_in_time_once_it_was_asked_something() {
    let stand = Stand::new(|limits| limits.call_deadline = SOON);
    let (asking, heard) = listening(IMPORT);
    asking.send(Ok(data(MESSAGE))).await.unwrap();
    let response = stand.call(heard, at_the_end).await;
    let late = told(response).await;
    assert_eq!(code_and_reason(&late).1, "DEADLINE_EXCEEDED");
    // One that only answers may be silent, until the time is over that its caller gave.
    let (_pieces, silent) = piecewise();
    let silent = Arc::new(Mutex::new(Some(silent)));
    let answer = move |_| std::future::ready(silent.lock().unwrap().take().unwrap());
    let mut watching = request(WATCH, "");
    let timeout = "60m".parse().unwrap();
    watching.headers_mut().insert("grpc-timeout", timeout);
    let response = stand.call(watching, answer).await;
    assert_eq!(
        code_and_reason(&told(response).await).1,
        "DEADLINE_EXCEEDED"
    );
    assert_eq!(stand.taken(), (0, 0));
}

#[tokio::test]
async fn a_streaming_request_that_falls_silent_is_given_up() {
    let stand = Stand::new(|limits| limits.idle_deadline = SOON);
    let (asking, silent) = listening(IMPORT);
    asking.send(Ok(data(MESSAGE))).await.unwrap();
    // A part of a message is not one.
    asking.send(Ok(data("\0\0"))).await.unwrap();
    let response = stand.call(silent, at_the_end).await;
    let expected = (tonic::Code::DeadlineExceeded, "STREAM_IDLE".into());
    assert_eq!(code_and_reason(&told(response).await), expected);
    assert_eq!(stand.taken(), (0, 0));
}

#[tokio::test]
async fn streams_end_when_the_server_stops_and_say_when_to_try_again() {
    let stand = Stand::new(|_| {});
    let (_pieces, silent) = piecewise();
    let silent = Arc::new(Mutex::new(Some(silent)));
    let answer = move |_| std::future::ready(silent.lock().unwrap().take().unwrap());
    let watching = stand.call(request(WATCH, ""), answer).await;
    let (asking, heard) = listening(IMPORT);
    asking.send(Ok(data(MESSAGE))).await.unwrap();
    let importing = stand.call(heard, at_the_end).await;
    let (asked, finished) = listening(IMPORT);
    drop(asked);
    let finished = stand.call(finished, at_the_end).await;
    stand.drain.send_replace(true);
    let expected = (tonic::Code::Unavailable, "STOPPING".into());
    let watched = told(watching).await;
    assert_eq!(code_and_reason(&watched), expected);
    assert!(watched.get_error_details().retry_info().is_some());
    let imported = importing.into_body().collect().await.unwrap();
    let end = Status::from_header_map(imported.trailers().unwrap()).unwrap();
    assert_eq!(code_and_reason(&end), expected);
    assert_eq!(imported.to_bytes(), "read", "what was read is answered");
    assert_eq!(told(finished).await.code(), tonic::Code::Ok);
    assert_eq!(stand.taken(), (0, 0));
}

#[tokio::test]
async fn a_stream_that_does_not_end_is_ended_when_its_grace_is_over() {
    let stand = Stand::new(|limits| limits.grace = SOON);
    let (_asking, heard) = listening(IMPORT);
    let (_pieces, silent) = piecewise();
    let silent = Arc::new(Mutex::new(Some(silent)));
    let answer = move |_| std::future::ready(silent.lock().unwrap().take().unwrap());
    let response = stand.call(heard, answer).await;
    stand.drain.send_replace(true);
    assert_eq!(code_and_reason(&told(response).await).1, "STOPPING");
}

#[tokio::test]
async fn a_response_that_nobody_reads_is_given_up_and_its_connection_cut() {
    let stand = Stand::new(|limits| limits.unread_deadline = SOON);
    let peer = SocketAddr::from(([192, 0, 2, 1], 4000));
    let (pieces, response) = piecewise();
    pieces.send(Ok(data("x"))).await.unwrap();
    let response = Arc::new(Mutex::new(Some(response)));
    let answer = move |_| std::future::ready(response.lock().unwrap().take().unwrap());
    let mut asked = request(GET, "a");
    let info = Peer {
        address: Some(peer),
        certificate: None,
    };
    asked.extensions_mut().insert(info);
    let mut body = stand.call(asked, answer).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert_eq!(stand.taken(), (1, 0));
    let looking = tokio::spawn(stand.gate.clone().give_up_unread());
    pieces.closed().await;
    // The body, and all it held, is dropped under the same lock as the seat.
    looking.abort();
    let _it_was_aborted = looking.await;
    assert_eq!(stand.taken(), (0, 0));
    assert!(body.frame().await.is_none());
    let given_up = stand.gate.shared.answers.give_up_unread(Duration::ZERO);
    assert_eq!(given_up, [], "once is enough");
}

#[tokio::test]
async fn a_response_that_waits_for_us_is_not_given_up_and_goes_out_in_slices() {
    let stand = Stand::new(|_| {});
    let (pieces, response) = piecewise();
    let response = Arc::new(Mutex::new(Some(response)));
    let answer = move |_| std::future::ready(response.lock().unwrap().take().unwrap());
    let mut body = stand.call(request(GET, "a"), answer).await.into_body();
    let waiting = tokio::time::timeout(Duration::ZERO, body.frame());
    assert!(waiting.await.is_err(), "there is nothing to read yet");
    let given_up = stand.gate.shared.answers.give_up_unread(Duration::ZERO);
    assert_eq!(given_up, []);
    let large = Bytes::from(vec![7; 100_000]);
    pieces.send(Ok(Frame::data(large.clone()))).await.unwrap();
    pieces.send(Ok(ok())).await.unwrap();
    let mut slices = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(slice) = frame.unwrap().into_data() {
            slices.push(slice);
        }
    }
    assert_eq!(slices.iter().map(Bytes::len).max(), Some(32 << 10));
    assert_eq!(slices.concat(), large);
    let (cut, taken) = (stand.cut.lock().unwrap().len(), stand.taken());
    assert_eq!((cut, taken), (0, (0, 0)));
}
