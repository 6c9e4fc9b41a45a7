//! The bounded queue before the writer, and what is known of the store from outside.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tracing::Span;

use crate::store::index::Request;
use crate::store::ledger::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX, NewEvent};
use crate::store::limits::{QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX};
use crate::store::{Append, Appended, StoreError};

/// What a request is told in the end.
pub(super) type Answer = Result<Appended, StoreError>;

/// A request that waits for the writer.
pub(super) struct Waiting {
    pub(super) append: Append,
    pub(super) request: Request,
    pub(super) sealed: Vec<NewEvent>,
    pub(super) bytes: usize,
    pub(super) reply: oneshot::Sender<Answer>,
    /// Who waits for it.
    pub(super) span: Span,
    /// Its part of the bytes that may wait.
    _room: OwnedSemaphorePermit,
}

/// How the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Serving,
    /// What was found makes going on wrong.
    Stopped(String),
    Closed,
}

/// The way to the writer.
pub(super) struct Inbox {
    /// Taken when the store closes.
    sender: Mutex<Option<mpsc::Sender<Waiting>>>,
    room: Arc<Semaphore>,
    status: Arc<watch::Sender<Status>>,
}

impl Inbox {
    /// An inbox, and where what is put into it comes out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Waiting>) {
        let (sender, receiver) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let inbox = Self {
            sender: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)),
            status: Arc::new(watch::Sender::new(Status::Serving)),
        };
        (inbox, receiver)
    }

    /// Puts a request into the queue, without waiting; where its answer will come.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if it is full, [`StoreError::Refused`] for one larger than may be.
    pub(super) fn put(
        &self,
        append: Append,
        request: Request,
        sealed: Vec<NewEvent>,
        span: Span,
    ) -> Result<oneshot::Receiver<Answer>, StoreError> {
        self.state()?;
        let bytes: usize = sealed.iter().map(NewEvent::stored_bytes_max).sum();
        if bytes > FRAME_BYTES_MAX || sealed.len() > FRAME_EVENTS_MAX {
            return Err(StoreError::Refused(format!(
                "a request records at most {FRAME_EVENTS_MAX} events and {FRAME_BYTES_MAX} bytes"
            )));
        }
        let permits = u32::try_from(bytes).map_err(|_| full())?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(permits);
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting {
            append,
            request,
            sealed,
            bytes,
            reply,
            span,
            _room: room.map_err(|_| full())?,
        };
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = sender.as_ref().ok_or_else(closing)?;
        sender.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => full(),
            mpsc::error::TrySendError::Closed(_) => closing(),
        })?;
        Ok(answer)
    }

    /// Requests that wait, and their bytes.
    pub(super) fn waiting(&self) -> (u64, u64) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = sender
            .as_ref()
            .map_or(0, |sender| sender.max_capacity() - sender.capacity());
        let bytes = QUEUE_BYTES_MAX.saturating_sub(self.room.available_permits());
        (requests as u64, bytes as u64)
    }

    /// Whether requests are taken.
    pub(super) fn state(&self) -> Result<(), StoreError> {
        match &*self.status.borrow() {
            Status::Stopped(why) => Err(StoreError::Stopped(why.clone())),
            Status::Closed => Err(closing()),
            Status::Serving => Ok(()),
        }
    }

    /// Where the state is told, for whoever finds out that it changes.
    pub(super) fn status(&self) -> Arc<watch::Sender<Status>> {
        Arc::clone(&self.status)
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        drop(
            self.sender
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }
}

fn full() -> StoreError {
    StoreError::Busy("too many requests wait to be recorded".to_owned())
}

fn closing() -> StoreError {
    StoreError::Busy("it is closing".to_owned())
}
