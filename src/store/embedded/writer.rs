//! The one writer: takes what waits, writes it as one frame, has the index take it in, and tells
//! everyone what became of theirs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use metrics::{Histogram, histogram};
use tokio::sync::mpsc;

use super::FileIndex;
use super::index_folder::{applied, distrust, mark};
use super::queue::{Answer, Shared, Waiting};
use crate::spans;
use crate::store::envelope;
use crate::store::index::{Group, Noted, Request};
use crate::store::ledger::{
    FRAME_BYTES_MAX, FRAME_EVENTS_MAX, Ledger, LedgerError, NewEvent, Position,
};
use crate::store::limits::{GROUP_BYTES_MAX, GROUP_REQUESTS_MAX};
use crate::store::{Appended, StoreError};

/// The writer.
pub(super) struct Writer {
    dir: PathBuf,
    index: Arc<FileIndex>,
    ledger: Ledger,
    queue: mpsc::Receiver<Waiting>,
    shared: Arc<Shared>,
    /// The request that did not fit into the last group.
    next: Option<Waiting>,
    group_requests: Histogram,
}

/// What is written of a group, and what each of its requests is told if it is.
#[derive(Default)]
struct Plan {
    events: Vec<NewEvent>,
    /// The requests that the events are of.
    admitted: Vec<Request>,
    answers: Vec<Answer>,
}

/// Why a group failed.
enum Failure {
    /// Nothing was written; the store goes on.
    Refused(String),
    /// What was written is unknown; the store stops.
    Stopped(String),
}

impl Writer {
    pub(super) fn new(
        dir: PathBuf,
        index: Arc<FileIndex>,
        ledger: Ledger,
        queue: mpsc::Receiver<Waiting>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            dir,
            index,
            ledger,
            queue,
            shared,
            next: None,
            group_requests: histogram!("askonce.store.group.requests"),
        }
    }

    /// Writes until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.write_all()));
        let why = match ended {
            Ok(Ok(())) => None,
            Ok(Err(why)) => Some(why),
            Err(_) => {
                distrust(&self.dir);
                Some("the writer failed".to_owned())
            }
        };
        if let Some(why) = why {
            tracing::error!(why, "the store has stopped");
            self.shared.stop(why.clone());
            self.queue.close();
            while let Some(waiting) = self.next.take().or_else(|| self.queue.try_recv().ok()) {
                let _caller_may_be_gone = waiting.reply.send(Err(StoreError::Stopped(why.clone())));
            }
        } else if let Err(error) = self.index.core().records().settle() {
            tracing::error!(%error, "the index failed; the next start makes it again");
            distrust(&self.dir);
        } else if let Err(error) = self.index.core().records().flush() {
            tracing::warn!(%error, "the index was not synced; the next start makes up for it");
        }
        let Self { ledger, shared, .. } = self;
        drop(ledger);
        shared.end();
    }

    fn write_all(&mut self) -> Result<(), String> {
        while let Some(group) = self.group() {
            self.group_requests
                .record(u32::try_from(group.len()).unwrap_or(u32::MAX));
            let writing = spans::writes(group.iter().map(|waiting| &waiting.span));
            let mut at = Timestamp::default();
            let (mut replies, mut requests) = (Vec::new(), Vec::new());
            for waiting in group {
                at = at.max(waiting.at);
                replies.push(waiting.reply);
                requests.push((waiting.request, waiting.events));
            }
            let mut stopped = None;
            let answers = match self.record(requests, at) {
                Ok(answers) => answers,
                Err(Failure::Refused(why)) => {
                    let refuse = |_: &_| Err(StoreError::Refused(why.clone()));
                    replies.iter().map(refuse).collect()
                }
                Err(Failure::Stopped(why)) => {
                    self.shared.stop(why.clone());
                    let stop = |_: &_| Err(StoreError::Stopped(why.clone()));
                    let answers = replies.iter().map(stop).collect();
                    stopped = Some(why);
                    answers
                }
            };
            drop(writing);
            for (reply, answer) in replies.into_iter().zip(answers) {
                let _caller_may_be_gone = reply.send(answer);
            }
            if let Some(why) = stopped {
                return Err(why);
            }
        }
        Ok(())
    }

    /// What waits, up to the bounds of a group; none once the queue is closed and empty.
    fn group(&mut self) -> Option<Vec<Waiting>> {
        let first = self.next.take().or_else(|| self.take_waiting())?;
        let (mut bytes, mut events) = (first.bytes, first.events.len());
        let mut group = vec![first];
        while group.len() < GROUP_REQUESTS_MAX && bytes < GROUP_BYTES_MAX {
            let Ok(waiting) = self.queue.try_recv() else {
                break;
            };
            self.shared.taken(waiting.bytes);
            bytes += waiting.bytes;
            events += waiting.events.len();
            if bytes > FRAME_BYTES_MAX || events > FRAME_EVENTS_MAX {
                self.next = Some(waiting);
                break;
            }
            group.push(waiting);
        }
        Some(group)
    }

    fn take_waiting(&mut self) -> Option<Waiting> {
        let waiting = self.queue.blocking_recv()?;
        self.shared.taken(waiting.bytes);
        Some(waiting)
    }

    /// Records a group; the answers are in the order of its requests.
    fn record(
        &mut self,
        requests: Vec<(Request, Vec<NewEvent>)>,
        at: Timestamp,
    ) -> Result<Vec<Answer>, Failure> {
        let settled = self.index.core().records().state();
        let plan = settled
            .and_then(|()| self.plan(requests))
            .map_err(|error| self.index_failed(&error))?;
        if plan.events.is_empty() {
            return Ok(plan.answers);
        }
        let appended = self.ledger.append(&at.to_string(), &plan.events);
        let positions = appended.map_err(|error| match error {
            LedgerError::Rejected { .. } => Failure::Refused(error.to_string()),
            error => Failure::Stopped(error.to_string()),
        })?;
        let noted = plan.admitted.iter().flat_map(|request| &request.noted);
        let taken = self.take_in(&positions, noted);
        taken.map_err(|error| self.index_failed(&error))?;
        Ok(plan.answers)
    }

    /// Decides on each request, as if those before it were written.
    fn plan(&self, requests: Vec<(Request, Vec<NewEvent>)>) -> Result<Plan, StoreError> {
        let mut plan = Plan::default();
        let mut group = Group::from(self.ledger.checkpoint().sequence + 1);
        for (request, mut events) in requests {
            let answer = group.admit(self.index.core(), &request)?;
            if matches!(answer, Appended::Recorded { .. }) {
                plan.events.append(&mut events);
                plan.admitted.push(request);
            }
            plan.answers.push(Ok(answer));
        }
        Ok(plan)
    }

    /// An index that fails is made again at the next start.
    fn index_failed(&self, error: &StoreError) -> Failure {
        distrust(&self.dir);
        Failure::Stopped(error.to_string())
    }

    fn take_in<'a>(
        &self,
        positions: &[Position],
        noted: impl Iterator<Item = &'a Noted> + Clone,
    ) -> Result<(), StoreError> {
        let core = self.index.core();
        let mut draft = core.draft();
        for (position, noted) in positions.iter().zip(noted.clone()) {
            draft.add(envelope::place(*position), noted)?;
        }
        let head = self.ledger.checkpoint();
        let is_mark = self.index.bodies().wants(&head);
        let mut stamps: Vec<_> = is_mark.then(|| mark(&head)).into_iter().collect();
        stamps.push(applied(head));
        core.commit(draft.finish(), stamps)?;
        if is_mark {
            self.index.bodies().mark(head);
        }
        for (position, noted) in positions.iter().zip(noted) {
            self.index.keep(position.sequence, &noted.fact);
        }
        Ok(())
    }
}
