//! The body of a streaming request: ended when the server stops, given up on when the caller falls
//! silent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;

use super::Draining;
use crate::grpc::status;

/// Bytes before each message: whether it is compressed, and how long it is.
const PREFIX_BYTES: usize = 5;

/// What the two halves of a streaming call tell each other.
#[derive(Debug, Default)]
pub(super) struct Talk {
    /// Told when a whole message came.
    pub(super) heard: Notify,
    /// The server stopped listening, because it stops.
    pub(super) cut: AtomicBool,
}

/// A streaming request.
pub(super) struct Listening {
    inner: Body,
    talk: Arc<Talk>,
    framing: Framing,
    idle_max: Duration,
    /// Until when the next message must be whole; none while none is waited for.
    idle: Option<Pin<Box<Sleep>>>,
    draining: Draining,
    is_over: bool,
}

impl Listening {
    pub(super) fn new(
        inner: Body,
        talk: Arc<Talk>,
        idle_max: Duration,
        draining: Draining,
    ) -> Self {
        Self {
            inner,
            talk,
            framing: Framing::default(),
            idle_max,
            idle: None,
            draining,
            is_over: false,
        }
    }
}

impl HttpBody for Listening {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame
                && let Some(data) = frame.data_ref()
                && self.framing.pass(data)
            {
                self.idle = None;
                self.talk.heard.notify_one();
            }
            return Poll::Ready(frame);
        }
        if self.draining.as_mut().poll(cx).is_ready() {
            self.is_over = true;
            self.talk.cut.store(true, Ordering::Relaxed);
            return Poll::Ready(None);
        }
        let idle_max = self.idle_max;
        let idle = self
            .idle
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + idle_max)));
        if idle.as_mut().poll(cx).is_ready() {
            self.is_over = true;
            return Poll::Ready(Some(Err(status::idle(idle_max))));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Where in the messages of a stream it stands.
#[derive(Debug, Default)]
struct Framing {
    prefix: [u8; PREFIX_BYTES],
    prefix_bytes: usize,
    /// What is still to come of the message.
    rest_bytes: usize,
}

impl Framing {
    /// Passes over bytes, and says whether a message ended in them.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        let mut has_ended = false;
        while !bytes.is_empty() {
            if self.prefix_bytes < PREFIX_BYTES {
                let taken = bytes.len().min(PREFIX_BYTES - self.prefix_bytes);
                self.prefix[self.prefix_bytes..][..taken].copy_from_slice(&bytes[..taken]);
                self.prefix_bytes += taken;
                bytes = &bytes[taken..];
                if self.prefix_bytes < PREFIX_BYTES {
                    break;
                }
                let [_, length @ ..] = self.prefix;
                self.rest_bytes = u32::from_be_bytes(length) as usize;
            }
            let taken = bytes.len().min(self.rest_bytes);
            self.rest_bytes -= taken;
            bytes = &bytes[taken..];
            if self.rest_bytes == 0 {
                self.prefix_bytes = 0;
                has_ended = true;
            }
        }
        has_ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_however_their_bytes_come() {
        let stream = [0, 0, 0, 0, 2, 7, 7, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0];
        let mut framing = Framing::default();
        let ends: Vec<usize> = (0..stream.len())
            .filter(|at| framing.pass(&stream[*at..=*at]))
            .collect();
        assert_eq!(ends, [6, 11]);
        let mut framing = Framing::default();
        assert!(framing.pass(&stream));
        assert!(!framing.pass(&[0; 255]));
        assert!(framing.pass(&[0]));
    }
}
