//! The one writer: a group of events is one frame, one write, one sync.
//!
//! Nothing is acknowledged, and no reader sees it as acknowledged, before the sync returned. After a write
//! or sync that failed nothing more is written: the kernel may have dropped what it could not store, so a
//! second try that succeeds would prove nothing.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::Hashes;
use super::event::Lines;
use super::fault::LedgerError;
use super::frame::{self, FRAME_LINE_BYTES_MAX};
use super::read::{Reader, Shared};
use super::recover::{self, Recovery};
use super::segment;
use super::{
    Checkpoint, FRAME_BYTES_MAX, FRAME_EVENTS_MAX, NewEvent, Options, Position, Stored, erase,
    event,
};

/// Capacity in bytes that the write buffer keeps between appends (1 MiB): a group as is usual.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// A ledger open for writing. One process, and one value in it, holds it at a time.
pub struct Ledger {
    dir: PathBuf,
    options: Options,
    tail: Tail,
    head: Checkpoint,
    hashes: Hashes,
    /// Room for a frame line, then the payload, so that a frame is one contiguous write.
    buffer: Vec<u8>,
    poisoned: bool,
    shared: Arc<Shared>,
    /// Holds the writer's lock on the folder.
    _lock: File,
}

/// The segment that grows.
pub(super) struct Tail {
    pub(super) first: u64,
    pub(super) file: File,
    /// Bytes in it: where the next frame goes.
    pub(super) end: u64,
}

impl Ledger {
    /// Opens the ledger in `dir`, made if need be, and replays it.
    ///
    /// Every event after `from`, or every event, goes through `visit` in order, with the checkpoint at that
    /// event. Frames, commitments and chain are verified as they are read, and what is visited is durable.
    /// Segments before the checkpoint's are not read; see [`verify`](super::verify).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`] where stored bytes do not verify and no crash explains it,
    /// [`LedgerError::CheckpointMismatch`] if the ledger does not hold `from`, [`LedgerError::InUse`],
    /// [`LedgerError::Visit`] if `visit` failed, and [`LedgerError::Io`].
    pub fn open<E>(
        dir: &Path,
        options: Options,
        from: Option<Checkpoint>,
        visit: &mut dyn FnMut(Stored, Checkpoint) -> Result<(), E>,
    ) -> Result<(Self, Recovery), LedgerError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let lock = recover::lock(dir)?;
        let (tail, head, recovery) = recover::recover(dir, from, visit)?;
        let ledger = Self {
            dir: dir.to_path_buf(),
            options,
            tail,
            head,
            hashes: Hashes::new(),
            buffer: Vec::new(),
            poisoned: false,
            shared: Arc::new(Shared::new(dir, head)),
            _lock: lock,
        };
        Ok((ledger, recovery))
    }

    /// Appends a group of events, all or none, and returns where each stands once all are durable.
    ///
    /// `recorded_at` is an RFC 3339 time stamp. The group has at most [`FRAME_EVENTS_MAX`] events whose
    /// [`stored_bytes_max`](NewEvent::stored_bytes_max) come to at most [`FRAME_BYTES_MAX`] bytes; an empty
    /// one writes nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] before anything is written. [`LedgerError::Io`] if a write or sync failed:
    /// then it is unknown whether the group is stored, and every later call fails with
    /// [`LedgerError::Poisoned`] until the ledger is opened again.
    pub fn append(
        &mut self,
        recorded_at: &str,
        events: &[NewEvent],
    ) -> Result<Vec<Position>, LedgerError> {
        check(recorded_at, events)?;
        let lines = |event| lines(recorded_at, event);
        self.write(events.iter().map(lines))
    }

    /// Writes events as one frame, and returns where each stands once all are durable.
    pub(super) fn write<'a>(
        &mut self,
        events: impl ExactSizeIterator<Item = Lines<'a>>,
    ) -> Result<Vec<Position>, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        if events.len() == 0 {
            return Ok(Vec::new());
        }
        let (mut positions, chain, start) = self.encode(events);
        let frame_bytes = (self.buffer.len() - start) as u64;

        self.poisoned = true;
        if self.is_full_for(frame_bytes) {
            self.rotate()?;
        }
        let frame = self.tail.end;
        let path = segment::path(&self.dir, self.tail.first);
        self.tail
            .file
            .write_all_at(&self.buffer[start..], frame)
            .map_err(LedgerError::io("write", &path))?;
        self.tail
            .file
            .sync_data()
            .map_err(LedgerError::io("sync", &path))?;
        self.poisoned = false;

        for position in &mut positions {
            position.segment = self.tail.first;
            position.offset = frame + position.offset - start as u64;
        }
        self.tail.end += frame_bytes;
        self.head = Checkpoint {
            sequence: self.head.sequence + positions.len() as u64,
            segment: self.tail.first,
            frame,
            chain,
        };
        self.shared.acknowledge(self.head);
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        Ok(positions)
    }

    /// Erases the body of one event for good; its header and the chain stay. Erasing twice is harmless.
    ///
    /// # Errors
    ///
    /// As [`Reader::read`] if the event does not verify; as [`Ledger::append`] if a write failed.
    pub fn erase(&mut self, position: Position) -> Result<(), LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned);
        }
        let stored = self.reader().read(position)?;
        self.poisoned = true;
        let _readers_wait = self.shared.lock_erasure();
        erase::erase(&self.dir, &stored)?;
        self.poisoned = false;
        Ok(())
    }

    /// What is acknowledged so far.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.head
    }

    /// A reader of this ledger, for any thread; it may outlive the writer.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.shared))
    }

    /// Puts the frame into the buffer; returns positions relative to the buffer, the chain value after the
    /// last event, and where in the buffer the frame begins.
    fn encode<'a>(
        &mut self,
        events: impl ExactSizeIterator<Item = Lines<'a>>,
    ) -> (Vec<Position>, super::Digest, usize) {
        let Self {
            buffer,
            hashes,
            head,
            ..
        } = self;
        buffer.clear();
        buffer.resize(FRAME_LINE_BYTES_MAX, 0);
        hashes.frame_begin();
        let mut chain = head.chain;
        let mut positions = Vec::with_capacity(events.len());
        for (event, sequence) in events.zip(head.sequence + 1..) {
            let start = buffer.len();
            let (next, header_bytes) = event::push(buffer, hashes, &chain, sequence, &event);
            chain = next;
            let (header, body) = buffer[start..].split_at(header_bytes);
            hashes.frame_event(header, body.len());
            positions.push(Position {
                sequence,
                segment: 0,
                offset: start as u64,
                length: u32::try_from(buffer.len() - start).expect("bounded by FRAME_BYTES_MAX"),
            });
        }
        let payload_bytes = buffer.len() - FRAME_LINE_BYTES_MAX;
        let line = frame::line(hashes, head.sequence + 1, positions.len(), payload_bytes);
        let start = FRAME_LINE_BYTES_MAX - line.len();
        buffer[start..FRAME_LINE_BYTES_MAX].copy_from_slice(&line);
        (positions, chain, start)
    }

    /// Whether a frame of so many bytes belongs into a new segment. A segment holds one frame at least.
    fn is_full_for(&self, frame_bytes: u64) -> bool {
        self.head.sequence >= self.tail.first
            && self.tail.end + frame_bytes > self.options.segment_bytes_max
    }

    /// Goes over to a new segment, the old one being synced whole.
    fn rotate(&mut self) -> Result<(), LedgerError> {
        let path = segment::path(&self.dir, self.tail.first);
        self.tail
            .file
            .sync_all()
            .map_err(LedgerError::io("sync", &path))?;
        let first = self.head.sequence + 1;
        let (file, end) = segment::create(&self.dir, first, &self.head.chain)?;
        self.tail = Tail { first, file, end };
        Ok(())
    }

    /// Lets a test put another file in the place of the one that is written.
    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) {
        self.tail.file = file;
    }
}

/// What is written of a new event.
fn lines<'a>(recorded_at: &'a str, event: &'a NewEvent) -> Lines<'a> {
    Lines {
        recorded_at,
        kind: &event.kind,
        commitment: &event.commitment,
        said: Some((&event.salt, &event.body)),
    }
}

/// Refuses a group that breaks a bound or a rule of form.
fn check(recorded_at: &str, events: &[NewEvent]) -> Result<(), LedgerError> {
    let bytes: usize = events.iter().map(NewEvent::stored_bytes_max).sum();
    let why = if !event::is_time_stamp(recorded_at) {
        "the time stamp is not RFC 3339"
    } else if events.len() > FRAME_EVENTS_MAX {
        "the group has too many events"
    } else if bytes > FRAME_BYTES_MAX {
        "the group is too large"
    } else {
        return Ok(());
    };
    Err(LedgerError::Rejected { why })
}
