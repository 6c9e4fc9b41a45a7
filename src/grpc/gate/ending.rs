//! How the response of a stream ends, other than by itself.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::codegen::Bytes;

use super::Draining;
use super::answer::trailers;
use super::request::Talk;
use crate::grpc::status;

/// When a stream is ended.
pub(super) struct Ending {
    /// The request that is still being read, if there is one.
    talk: Option<Arc<Talk>>,
    draining: Draining,
    /// How long a stream that is no longer read may take to answer what was.
    grace: Duration,
    grace_ends: Option<Pin<Box<Sleep>>>,
    /// When the time that the caller gave is over.
    caller_ends: Option<Pin<Box<Sleep>>>,
    first_max: Duration,
    first: First,
}

/// What is known of the first message of the response.
enum First {
    /// Nothing need come: a stream that only answers may well be silent.
    NotAwaited,
    /// Nothing was asked yet.
    Unasked(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// It must come until then.
    Awaited(Pin<Box<Sleep>>),
    /// It came.
    Came,
}

impl Ending {
    /// An ending of a stream: of one that is read as it is answered if there is a `talk`.
    pub(super) fn new(
        talk: Option<Arc<Talk>>,
        draining: Draining,
        grace: Duration,
        first_max: Duration,
    ) -> Self {
        let first = match talk.clone() {
            None => First::NotAwaited,
            Some(talk) => First::Unasked(Box::pin(async move { talk.heard.notified().await })),
        };
        Self {
            talk,
            draining,
            grace,
            grace_ends: None,
            caller_ends: None,
            first_max,
            first,
        }
    }

    /// With an end of all when the caller's own time is over.
    pub(super) fn at(mut self, end: Instant) -> Self {
        self.caller_ends = Some(Box::pin(sleep_until(end)));
        self
    }

    /// Why the stream ends now, while it has nothing to say.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        if self.poll_stopping(cx).is_ready() {
            return Poll::Ready(status::stopping());
        }
        if let Some(ends) = &mut self.caller_ends
            && ends.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(status::late());
        }
        if let First::Unasked(asked) = &mut self.first
            && asked.as_mut().poll(cx).is_ready()
        {
            let until = Instant::now() + self.first_max;
            self.first = First::Awaited(Box::pin(sleep_until(until)));
        }
        match &mut self.first {
            First::Awaited(ends) => ends.as_mut().poll(cx).map(|()| status::late()),
            First::NotAwaited | First::Unasked(_) | First::Came => Poll::Pending,
        }
    }

    /// A frame as it goes out: the end of a stream that the server stopped reading says so.
    pub(super) fn pass(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        self.first = First::Came;
        let is_cut = |talk: &Arc<Talk>| talk.cut.load(Ordering::Relaxed);
        if frame.is_trailers() && self.talk.as_ref().is_some_and(is_cut) {
            return Frame::trailers(trailers(&status::stopping()));
        }
        frame
    }

    /// A stream that only answers ends at once; one that reads ends by itself, with answers to all
    /// that was read, or when its grace is over.
    fn poll_stopping(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.grace_ends.is_none() {
            std::task::ready!(self.draining.as_mut().poll(cx));
            if self.talk.is_none() {
                return Poll::Ready(());
            }
        }
        let grace = self.grace;
        let ends = self
            .grace_ends
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + grace)));
        ends.as_mut().poll(cx)
    }
}
