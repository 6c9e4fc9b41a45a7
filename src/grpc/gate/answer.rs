//! The body of a response: it holds its seat to its end, and its end comes.
//!
//! - It goes out in slices, so that what the transport holds for a caller that does not read is
//!   little, and the caller's not reading is noticed here.
//! - One that nobody reads is given up: its seat and what it holds are let go, and the connection is
//!   cut, since the transport offers no other way to be rid of what it holds itself.
//! - One of a stream ends when the server stops, when the caller's time is over, or when its first
//!   message does not come.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body::{Body as HttpBody, Frame};
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::HeaderMap;

use super::ending::Ending;
use super::room::Seat;

/// Most bytes handed to the transport at once (32 KiB): it keeps them until the caller takes them,
/// for each call of a connection.
const SLICE_BYTES_MAX: usize = 32 << 10;

/// The responses that are being sent.
#[derive(Default)]
pub(super) struct Answers {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Held>>>,
}

/// What a response holds until its end.
struct Held {
    peer: Option<SocketAddr>,
    state: Mutex<State>,
}

struct State {
    /// None once it ended or was given up.
    inner: Option<Body>,
    seat: Option<Seat>,
    /// What did not fit into the last slice.
    rest: Bytes,
    /// Since when the caller was to take what was handed out; none while the caller waits for us.
    unread_since: Option<Instant>,
}

impl Answers {
    /// The body of a response that holds its seat to its end.
    pub(super) fn hold(
        self: &Arc<Self>,
        inner: Body,
        seat: Seat,
        peer: Option<SocketAddr>,
        ending: Option<Ending>,
    ) -> Body {
        if inner.is_end_stream() {
            return inner;
        }
        let held = Arc::new(Held {
            peer,
            state: Mutex::new(State {
                inner: Some(inner),
                seat: Some(seat),
                rest: Bytes::new(),
                unread_since: Some(Instant::now()),
            }),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Arc::clone(&held));
        Body::new(Answer {
            held,
            number,
            answers: Arc::clone(self),
            ending,
        })
    }

    /// Gives up what nobody read for so long; from whom.
    pub(super) fn give_up_unread(&self, unread_max: Duration) -> Vec<Option<SocketAddr>> {
        let now = Instant::now();
        let open: Vec<_> = self.lock().values().cloned().collect();
        let is_unread = |state: &State| {
            let since = state.unread_since;
            state.inner.is_some() && since.is_some_and(|since| now - since >= unread_max)
        };
        let unread = open.into_iter().filter(|held| {
            let mut state = held.lock();
            is_unread(&state) && state.let_go()
        });
        unread.map(|held| held.peer).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Held>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// A body that panicked is not asked again: its call broke with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets go of everything; whether there was anything.
    fn let_go(&mut self) -> bool {
        self.rest = Bytes::new();
        drop(self.seat.take());
        self.inner.take().is_some()
    }

    /// The next slice of what there is.
    fn slice(&mut self) -> Frame<Bytes> {
        let slice = if self.rest.len() > SLICE_BYTES_MAX {
            // Copied, since a part of the whole would hold all of it.
            Bytes::copy_from_slice(&self.rest.split_to(SLICE_BYTES_MAX))
        } else {
            std::mem::take(&mut self.rest)
        };
        self.unread_since = Some(Instant::now());
        Frame::data(slice)
    }
}

/// The body of a response.
struct Answer {
    held: Arc<Held>,
    number: u64,
    answers: Arc<Answers>,
    /// How it ends other than by itself, if it is a stream.
    ending: Option<Ending>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { held, ending, .. } = self.get_mut();
        let mut state = held.lock();
        if state.inner.is_some() && !state.rest.is_empty() {
            return Poll::Ready(Some(Ok(state.slice())));
        }
        let Some(inner) = state.inner.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(inner).poll_frame(cx);
        state.unread_since = None;
        let frame = match (polled, ending) {
            (Poll::Pending, Some(ending)) => {
                let why = ready!(ending.poll(cx));
                Some(Ok(Frame::trailers(trailers(&why))))
            }
            (Poll::Ready(Some(Ok(frame))), Some(ending)) => Some(Ok(ending.pass(frame))),
            (polled, _) => ready!(polled),
        };
        match frame.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => {
                state.rest = data;
                Poll::Ready(Some(Ok(state.slice())))
            }
            Some(Ok(Err(trailers))) => {
                // Free before the caller can know that the call is over.
                state.let_go();
                Poll::Ready(Some(Ok(trailers)))
            }
            Some(Err(broken)) => {
                state.let_go();
                Poll::Ready(Some(Err(broken)))
            }
            None => {
                state.let_go();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        let state = self.held.lock();
        let inner = state.inner.as_ref();
        state.rest.is_empty() && inner.is_none_or(HttpBody::is_end_stream)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answers.lock().remove(&self.number);
        self.held.lock().let_go();
    }
}

/// What ends a response that began well.
pub(in crate::grpc) fn trailers(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if status.add_header(&mut headers).is_err() {
        // Nothing of ours has a message or details that are no headers.
        headers.insert("grpc-status", tonic::codegen::http::HeaderValue::from(2));
    }
    headers
}
