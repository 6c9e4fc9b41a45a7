//! The bounded queue before the one writer, and what is known of the writer from outside.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Span;

use super::FileIndex;
use super::writer::Writer;
use crate::store::index::Request;
use crate::store::ledger::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX, Ledger, NewEvent};
use crate::store::limits::{QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX};
use crate::store::{Appended, StoreError};

/// What a request is told in the end.
pub(super) type Answer = Result<Appended, StoreError>;

/// A request that waits for the writer.
pub(super) struct Waiting {
    pub(super) request: Request,
    pub(super) events: Vec<NewEvent>,
    pub(super) at: Timestamp,
    /// What the events take in a frame, at most.
    pub(super) bytes: usize,
    pub(super) reply: oneshot::Sender<Answer>,
    /// Who waits for it.
    pub(super) span: Span,
}

impl Waiting {
    /// A request, and where its answer will come.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for one that fits into no frame.
    pub(super) fn new(
        request: Request,
        events: Vec<NewEvent>,
        at: Timestamp,
        span: Span,
    ) -> Result<(Self, oneshot::Receiver<Answer>), StoreError> {
        let bytes = events.iter().map(NewEvent::stored_bytes_max).sum();
        if bytes > FRAME_BYTES_MAX || events.len() > FRAME_EVENTS_MAX {
            return Err(StoreError::Refused(format!(
                "a request records at most {FRAME_EVENTS_MAX} events and {FRAME_BYTES_MAX} bytes"
            )));
        }
        let (reply, answer) = oneshot::channel();
        let waiting = Self {
            request,
            events,
            at,
            bytes,
            reply,
            span,
        };
        Ok((waiting, answer))
    }
}

/// How the writer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// It writes.
    Serving,
    /// A write failed, or the writer did.
    Stopped(String),
    /// It wrote everything and ended.
    Closed,
}

/// What the queue and the writer share.
pub(super) struct Shared {
    status: watch::Sender<Status>,
    queued_bytes: AtomicUsize,
}

impl Shared {
    /// Notes that a request left the queue.
    pub(super) fn taken(&self, bytes: usize) {
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Notes that the store has stopped.
    pub(super) fn stop(&self, why: String) {
        self.status.send_replace(Status::Stopped(why));
    }

    /// Notes that the writer has ended; a store that stopped stays so.
    pub(super) fn end(&self) {
        self.status.send_if_modified(|status| {
            let serving = *status == Status::Serving;
            if serving {
                *status = Status::Closed;
            }
            serving
        });
    }
}

/// The way to the writer.
pub(super) struct Queue {
    /// Taken when the store closes.
    sender: Mutex<Option<mpsc::Sender<Waiting>>>,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the writer.
    pub(super) fn start(dir: &Path, index: Arc<FileIndex>, ledger: Ledger) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let shared = Arc::new(Shared {
            status: watch::Sender::new(Status::Serving),
            queued_bytes: AtomicUsize::new(0),
        });
        let writer = Writer::new(
            dir.to_path_buf(),
            index,
            ledger,
            receiver,
            Arc::clone(&shared),
        );
        let thread = std::thread::Builder::new().name("ledger-writer".to_owned());
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            shared,
            writer: Some(thread.spawn(move || writer.run())?),
        })
    }

    /// Puts a request into the queue, without waiting.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if it is full, [`StoreError::Stopped`] if nothing is written any more.
    pub(super) fn put(&self, waiting: Waiting) -> Result<(), StoreError> {
        self.state()?;
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = sender.as_ref() else {
            return Err(closing());
        };
        let bytes = waiting.bytes;
        let before = self.shared.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let put = if before + bytes > QUEUE_BYTES_MAX {
            Err(full())
        } else {
            sender.try_send(waiting).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => full(),
                mpsc::error::TrySendError::Closed(_) => self.gone(),
            })
        };
        put.inspect_err(|_| self.shared.taken(bytes))
    }

    /// Requests that wait, and their bytes.
    pub(super) fn waiting(&self) -> (u64, u64) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = sender
            .as_ref()
            .map_or(0, |sender| sender.max_capacity() - sender.capacity());
        let bytes = self.shared.queued_bytes.load(Ordering::Relaxed);
        (requests as u64, bytes as u64)
    }

    /// Whether requests are taken.
    pub(super) fn state(&self) -> Result<(), StoreError> {
        match &*self.shared.status.borrow() {
            Status::Stopped(why) => Err(StoreError::Stopped(why.clone())),
            Status::Closed => Err(closing()),
            Status::Serving => Ok(()),
        }
    }

    /// The error for a request that the writer will not answer.
    pub(super) fn gone(&self) -> StoreError {
        match self.state() {
            Err(error) => error,
            Ok(()) => StoreError::Stopped("the writer ended".to_owned()),
        }
    }

    /// Takes no more, and waits until the writer has ended.
    pub(super) async fn close(&self) {
        drop(
            self.sender
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let mut status = self.shared.status.subscribe();
        let ended = status.wait_for(|status| *status != Status::Serving).await;
        debug_assert!(ended.is_ok(), "the sender is held beside");
    }

    /// Ends when the store has stopped.
    pub(super) fn stopped(&self) -> impl Future<Output = String> + Send + use<> {
        let mut status = self.shared.status.subscribe();
        async move {
            loop {
                if let Status::Stopped(why) = status.borrow_and_update().clone() {
                    return why;
                }
                if status.changed().await.is_err() {
                    // The store was dropped without having stopped, so it never will.
                    return std::future::pending().await;
                }
            }
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(
            self.sender
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the ledger's writer panicked");
        }
    }
}

fn full() -> StoreError {
    StoreError::Busy("too many requests wait to be written".to_owned())
}

fn closing() -> StoreError {
    StoreError::Busy("it is closing".to_owned())
}
