//! Reading: one event by its position, or all of them in order, beside the writer and without it.
//!
//! Readers never wait for appends and see only what is acknowledged. They may see a body in the middle of
//! being erased; then they wait for the erasure to end and read again.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::Hashes;
use super::fault::LedgerError;
use super::walk::Walk;
use super::{
    BODY_BYTES_MAX, Checkpoint, HEADER_LINE_BYTES_MAX, Position, Stored, Torn, event, segment,
};

/// Segment files that readers keep open between them: 4 GiB of ledger at the usual segment size.
const FILES_MAX: usize = 64;

/// Longest event, in bytes: what a position may name.
const EVENT_BYTES_MAX: usize =
    HEADER_LINE_BYTES_MAX + event::BODY_LINE_OVERHEAD_BYTES + BODY_BYTES_MAX;

/// Where a scan begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// At the first event.
    Beginning,
    /// After the event of this sequence. The chain is checked from there on.
    After(u64),
    /// After a checkpoint, which is checked first.
    Checkpoint(Checkpoint),
}

/// What the writer and its readers share.
pub(super) struct Shared {
    dir: PathBuf,
    /// What is acknowledged.
    head: Mutex<Checkpoint>,
    /// Open segments, the last used at the end.
    files: Mutex<Vec<(u64, Arc<File>)>>,
    /// Held while a body is overwritten.
    erasure: Mutex<()>,
}

impl Shared {
    pub(super) fn new(dir: &Path, head: Checkpoint) -> Self {
        Self {
            dir: dir.to_path_buf(),
            head: Mutex::new(head),
            files: Mutex::default(),
            erasure: Mutex::default(),
        }
    }

    pub(super) fn acknowledge(&self, head: Checkpoint) {
        *lock(&self.head) = head;
    }

    pub(super) fn lock_erasure(&self) -> MutexGuard<'_, ()> {
        lock(&self.erasure)
    }

    /// The open file of a segment.
    fn file(&self, first: u64) -> Result<Arc<File>, LedgerError> {
        let mut files = lock(&self.files);
        if let Some(index) = files.iter().rposition(|(held, _)| *held == first) {
            let held = files.remove(index);
            let file = Arc::clone(&held.1);
            files.push(held);
            return Ok(file);
        }
        let path = segment::path(&self.dir, first);
        let file = Arc::new(File::open(&path).map_err(LedgerError::io("open", &path))?);
        if files.len() >= FILES_MAX {
            files.remove(0);
        }
        files.push((first, Arc::clone(&file)));
        Ok(file)
    }
}

/// No holder of these locks leaves what they guard half changed, so a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads events of an open ledger, from any thread. Clones share their open files.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Reads the event at a position that an append or a replay gave, and checks its sequence and its body
    /// against its commitment. The chain is not checked here: replay, scan and verify do.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`] if another or no event stands there, or its body was altered;
    /// [`LedgerError::Io`].
    pub fn read(&self, position: Position) -> Result<Stored, LedgerError> {
        let first = self.read_once(position);
        if matches!(first, Err(LedgerError::Damaged { .. })) {
            let _no_erasure_now = self.shared.lock_erasure();
            return self.read_once(position);
        }
        first
    }

    /// What was acknowledged when asked.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        *lock(&self.shared.head)
    }

    /// Iterates over the events from `start` to what is acknowledged now, verifying as it goes. Memory is
    /// bounded by one frame and a read-ahead window.
    ///
    /// # Errors
    ///
    /// As [`scan`].
    pub fn scan(&self, start: Start) -> Result<Scan, LedgerError> {
        let until = self.checkpoint().sequence;
        let mut scan = scan(&self.shared.dir, start)?;
        scan.walk = scan.walk.until(until);
        scan.until = until;
        scan.shared = Some(Arc::clone(&self.shared));
        Ok(scan)
    }

    fn read_once(&self, position: Position) -> Result<Stored, LedgerError> {
        let damaged = |why: &str| LedgerError::Damaged {
            segment: position.segment,
            offset: position.offset,
            why: format!("event {}: {why}", position.sequence),
        };
        let length = position.length as usize;
        if length > EVENT_BYTES_MAX {
            return Err(damaged("its position is longer than any event"));
        }
        let file = self.shared.file(position.segment)?;
        let mut text = vec![0; length];
        file.read_exact_at(&mut text, position.offset)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => damaged("the file ends before it"),
                _ => LedgerError::io("read", &segment::path(&self.shared.dir, position.segment))(
                    error,
                ),
            })?;
        let header_bytes = text
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(length, |end| end + 1);
        let (header_line, body_line) = text.split_at(header_bytes);
        let header = event::parse_header(header_line).map_err(damaged)?;
        if header.sequence != position.sequence {
            return Err(damaged("another event stands in its place"));
        }
        let said = event::parse_body(&mut Hashes::new(), body_line, &header.commitment);
        let (body, salt) = said.map_err(damaged)?;
        Ok(Stored {
            position,
            sequence: header.sequence,
            recorded_at: header.recorded_at.to_owned(),
            kind: header.kind.to_owned(),
            commitment: header.commitment,
            chain: header.chain,
            body,
            salt,
        })
    }
}

/// Iterates over the events of the ledger in `dir` that nobody writes to, verifying as it goes, up to its
/// head or its torn end. Beside a writer use [`Reader::scan`].
///
/// # Errors
///
/// [`LedgerError::CheckpointMismatch`], [`LedgerError::Damaged`] or [`LedgerError::Io`], here or as an item;
/// after such an item the iteration ends.
pub fn scan(dir: &Path, start: Start) -> Result<Scan, LedgerError> {
    let walk = match start {
        Start::Beginning => Walk::from_start(dir),
        Start::After(sequence) => Walk::after_sequence(dir, sequence),
        Start::Checkpoint(checkpoint) => Walk::after_checkpoint(dir, &checkpoint),
    };
    Ok(Scan {
        walk: walk?,
        frame: VecDeque::new(),
        until: u64::MAX,
        shared: None,
        failed: false,
    })
}

/// An iterator over stored events, from [`scan`] or [`Reader::scan`].
pub struct Scan {
    walk: Walk,
    /// What is left of the frame that was read last.
    frame: VecDeque<Stored>,
    until: u64,
    /// Set beside a writer, whose erasures must be waited for.
    shared: Option<Arc<Shared>>,
    failed: bool,
}

impl Scan {
    /// The torn end that the scan came to, if it did.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.walk.torn()
    }

    fn next_frame(&mut self) -> Result<(), LedgerError> {
        let mut next = self.walk.next_frame();
        if let (Err(LedgerError::Damaged { .. }), Some(shared)) = (&next, &self.shared) {
            let _no_erasure_now = shared.lock_erasure();
            self.walk.reread();
            next = self.walk.next_frame();
        }
        self.frame
            .extend(next?.map(|frame| frame.events).unwrap_or_default());
        Ok(())
    }
}

impl Iterator for Scan {
    type Item = Result<Stored, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.frame.is_empty()
            && !self.failed
            && let Err(error) = self.next_frame()
        {
            self.failed = true;
            return Some(Err(error));
        }
        let event = self.frame.pop_front()?;
        (event.sequence <= self.until).then_some(Ok(event))
    }
}
