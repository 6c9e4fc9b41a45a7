//! Walking the frames of a ledger in order, verifying each: what open, scan and verify share.
//!
//! A walk reads and never writes. It ends at the head, at the bound it was given, or where the ledger is
//! torn; anything else is an error, and the walk stays where it was. It holds one frame in memory, and a
//! read-ahead window.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::chain::{Digest, Hashes};
use super::fault::LedgerError;
use super::frame::{self, Expected, FRAME_LINE_BYTES_MAX, FrameFault};
use super::segment::{self, FIRST_LINE_BYTES_MAX, FIRST_SEGMENT};
use super::window::{self, Window};
use super::{Checkpoint, Stored, Torn};

/// The events of one verified frame.
pub(super) struct Frame {
    /// Byte offset of the frame line.
    pub(super) offset: u64,
    pub(super) events: Vec<Stored>,
}

impl Frame {
    /// The checkpoint at one of this frame's events.
    pub(super) fn checkpoint(&self, event: &Stored) -> Checkpoint {
        Checkpoint {
            sequence: event.sequence,
            segment: event.position.segment,
            frame: self.offset,
            chain: event.chain,
        }
    }
}

/// A place in a ledger from which to go on.
pub(super) struct Walk {
    dir: PathBuf,
    segments: Vec<u64>,
    /// How many of `segments` were entered.
    entered: usize,
    current: Option<Current>,
    window: Window,
    hashes: Hashes,
    /// The last event passed, if known; the next one must follow it.
    sequence: Option<u64>,
    /// The chain value of the last event passed, if known.
    chain: Option<Digest>,
    /// Events up to this one are passed without being returned.
    skip_through: u64,
    /// The last event wanted. Everything up to it is acknowledged, so none of it can be torn.
    until: Option<u64>,
    /// What the checkpoint's frame held beyond the checkpoint, to be returned first.
    pending: Option<Frame>,
    torn: Option<Torn>,
    head: Checkpoint,
}

struct Current {
    first: u64,
    file: File,
    bytes: u64,
    offset: u64,
}

impl Walk {
    /// A walk over everything.
    pub(super) fn from_start(dir: &Path) -> Result<Self, LedgerError> {
        let segments = segment::list(dir)?;
        if let Some(&first) = segments.first().filter(|first| **first != FIRST_SEGMENT) {
            return Err(missing_before(first, FIRST_SEGMENT));
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            segments,
            entered: 0,
            current: None,
            window: Window::default(),
            hashes: Hashes::new(),
            sequence: Some(0),
            chain: Some(Digest::ZERO),
            skip_through: 0,
            until: None,
            pending: None,
            torn: None,
            head: Checkpoint::START,
        })
    }

    /// A walk over what follows event `sequence`, which need not exist yet. What stands before it is passed
    /// by its frame lines alone, so the chain is checked from there on only.
    pub(super) fn after_sequence(dir: &Path, sequence: u64) -> Result<Self, LedgerError> {
        let mut walk = Self::from_start(dir)?;
        let before = walk
            .segments
            .partition_point(|first| *first <= sequence.saturating_add(1));
        walk.skip_through = sequence;
        walk.enter_at(before.saturating_sub(1));
        if !walk.enter_next_segment()? {
            return Ok(walk);
        }
        while let Some((next, after)) = walk.frame_before(sequence)? {
            let Some(current) = &mut walk.current else {
                break;
            };
            current.offset = next;
            walk.sequence = Some(after);
            walk.chain = None;
        }
        Ok(walk)
    }

    /// A walk over what follows a checkpoint, after verifying that the ledger holds it.
    pub(super) fn after_checkpoint(dir: &Path, from: &Checkpoint) -> Result<Self, LedgerError> {
        let mut walk = Self::from_start(dir)?;
        if from.sequence == 0 {
            return Ok(walk);
        }
        let mismatch = |why: &str| LedgerError::CheckpointMismatch {
            sequence: from.sequence,
            why: why.to_owned(),
        };
        let Ok(index) = walk.segments.binary_search(&from.segment) else {
            return Err(mismatch("its segment is missing"));
        };
        walk.enter_at(index);
        walk.until = Some(from.sequence);
        walk.enter_next_segment()?;
        let current = walk
            .current
            .as_mut()
            .ok_or_else(|| mismatch("its segment is empty"))?;
        if from.frame >= current.bytes {
            return Err(mismatch("the ledger ends before it"));
        }
        current.offset = from.frame;
        walk.sequence = None;
        walk.chain = None;
        let line = walk
            .window
            .get(&current.file, from.frame, FRAME_LINE_BYTES_MAX);
        let line = line.map_err(LedgerError::io("read", dir))?;
        if frame::parse_line(line).is_none() {
            return Err(mismatch("no frame begins where it says"));
        }
        let Some(mut frame) = walk.step()? else {
            return Err(mismatch("the ledger ends before it"));
        };
        let holds = |event: &Stored| event.sequence == from.sequence && event.chain == from.chain;
        if !frame.events.iter().any(holds) {
            return Err(mismatch("another event stands in its place"));
        }
        frame.events.retain(|event| event.sequence > from.sequence);
        if frame.events.is_empty() {
            walk.head = *from;
        } else {
            walk.pending = Some(frame);
        }
        walk.until = None;
        Ok(walk)
    }

    /// Ends the walk after event `sequence`, which must be acknowledged.
    pub(super) fn until(mut self, sequence: u64) -> Self {
        self.until = Some(sequence);
        self
    }

    /// The next frame that has events wanted, or `None` at the end.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, LedgerError> {
        if self.pending.is_some() {
            return Ok(self.pending.take());
        }
        while self.torn.is_none() && !self.is_done() {
            let at_end = self.current.as_ref().is_none_or(|at| at.offset >= at.bytes);
            if at_end {
                if !self.enter_next_segment()? {
                    break;
                }
                continue;
            }
            let Some(mut frame) = self.step()? else { break };
            frame
                .events
                .retain(|event| event.sequence > self.skip_through);
            if !frame.events.is_empty() {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    /// Forgets bytes read ahead, so that the next frame is read from the file again.
    pub(super) fn reread(&mut self) {
        self.window.clear();
    }

    /// The torn end, once the walk has come to it.
    pub(super) fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// The last event passed.
    pub(super) fn head(&self) -> Checkpoint {
        self.head
    }

    /// The segments of the ledger as they were when the walk began.
    pub(super) fn segments(&self) -> &[u64] {
        &self.segments
    }

    fn is_done(&self) -> bool {
        matches!((self.until, self.sequence), (Some(until), Some(at)) if at >= until)
    }

    /// Makes the segment at `index` the next to enter, with nothing known of what stands before it.
    fn enter_at(&mut self, index: usize) {
        if index > 0 {
            self.entered = index;
            self.sequence = self.segments.get(index).map(|first| first - 1);
            self.chain = None;
        }
    }

    /// Opens the next segment; `false` if there is none, or if its first line is torn.
    fn enter_next_segment(&mut self) -> Result<bool, LedgerError> {
        let Some(&first) = self.segments.get(self.entered) else {
            return Ok(false);
        };
        if let Some(sequence) = self.sequence.filter(|sequence| sequence + 1 != first) {
            return Err(missing_before(first, sequence + 1));
        }
        let path = segment::path(&self.dir, first);
        let file = File::open(&path).map_err(LedgerError::io("open", &path))?;
        let bytes = file
            .metadata()
            .map_err(LedgerError::io("measure", &path))?
            .len();
        self.window.clear();
        let text = self.window.get(&file, 0, FIRST_LINE_BYTES_MAX);
        let text = text.map_err(LedgerError::io("read", &path))?;
        let damaged = |why| LedgerError::Damaged {
            segment: first,
            offset: 0,
            why,
        };
        let is_last = self.entered + 1 == self.segments.len();
        match segment::parse_first_line(text, first) {
            Ok((offset, chain)) => {
                if self.chain.is_some_and(|before| before != chain) {
                    return Err(damaged("the first line has another chain value".to_owned()));
                }
                self.chain = Some(chain);
                self.sequence = Some(first - 1);
                self.current = Some(Current {
                    first,
                    file,
                    // Measured beside a writer, a segment may have got its first line since.
                    bytes: bytes.max(offset),
                    offset,
                });
                self.entered += 1;
                Ok(true)
            }
            Err(why) => {
                let text = &text[..text.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))];
                let whole = text.len() as u64 == bytes;
                let torn = segment::is_torn_first_line(text, first, self.chain.as_ref());
                if !(is_last && whole && torn && self.until.is_none()) {
                    return Err(damaged(why));
                }
                self.torn = Some(Torn {
                    segment: first,
                    offset: 0,
                    bytes,
                    why,
                });
                Ok(false)
            }
        }
    }

    /// Reads and verifies the frame at the current offset; `None` if it is torn.
    fn step(&mut self) -> Result<Option<Frame>, LedgerError> {
        let Some(at) = &mut self.current else {
            return Ok(None);
        };
        let path = segment::path(&self.dir, at.first);
        let expected = Expected {
            segment: at.first,
            offset: at.offset,
            sequence: self.sequence.map(|sequence| sequence + 1),
            chain: self.chain,
        };
        let text = self.window.get(&at.file, at.offset, FRAME_LINE_BYTES_MAX);
        let text = text.map_err(LedgerError::io("read", &path))?.to_vec();
        let Some(line) = frame::parse_line(&text) else {
            return self.unfinished(expected.offset, "no frame begins where one must");
        };
        let payload_at = at.offset + line.line_bytes as u64;
        let end = payload_at + line.payload_bytes as u64;
        if end > at.bytes {
            return self.unfinished(
                expected.offset,
                "a frame is longer than what is left of the file",
            );
        }
        let payload = self.window.get(&at.file, payload_at, line.payload_bytes);
        let payload = payload.map_err(LedgerError::io("read", &path))?;
        let payload = &payload[..payload.len().min(line.payload_bytes)];
        match frame::decode(&mut self.hashes, &expected, &line, payload) {
            Ok(events) => {
                at.offset = end;
                let frame = Frame {
                    offset: expected.offset,
                    events,
                };
                if let Some(last) = frame.events.last() {
                    self.head = frame.checkpoint(last);
                    self.sequence = Some(last.sequence);
                    self.chain = Some(last.chain);
                }
                Ok(Some(frame))
            }
            Err(FrameFault::Unfinished { offset, why }) => self.unfinished(offset, why),
            Err(FrameFault::Contradiction { offset, why }) => Err(LedgerError::Damaged {
                segment: expected.segment,
                offset,
                why,
            }),
        }
    }

    /// Judges a frame that does not verify: torn if a crash can explain it, damaged if not.
    ///
    /// A frame is synced before the next one begins, so a frame line after it, even one whose own frame does
    /// not verify, says that this one was once whole.
    fn unfinished(&mut self, offset: u64, why: &str) -> Result<Option<Frame>, LedgerError> {
        let Some(at) = &self.current else {
            return Ok(None);
        };
        let segment = at.first;
        let damaged = |why| LedgerError::Damaged {
            segment,
            offset,
            why,
        };
        if self.until.is_some() || self.entered < self.segments.len() {
            return Err(damaged(why.to_owned()));
        }
        let path = segment::path(&self.dir, segment);
        let later = window::later_frame(&mut self.window, &at.file, at.offset)
            .map_err(LedgerError::io("read", &path))?;
        if let Some(later) = later {
            return Err(damaged(format!(
                "{why}, and a later frame begins at byte {later}"
            )));
        }
        self.torn = Some(Torn {
            segment,
            offset: at.offset,
            bytes: at.bytes - at.offset,
            why: why.to_owned(),
        });
        Ok(None)
    }

    /// If the frame at the current offset ends at or before event `sequence`: where the next one begins, and
    /// the last event of this one.
    fn frame_before(&mut self, sequence: u64) -> Result<Option<(u64, u64)>, LedgerError> {
        let Some(at) = &self.current else {
            return Ok(None);
        };
        let mut text = [0; FRAME_LINE_BYTES_MAX];
        let wanted = usize::try_from(at.bytes - at.offset)
            .unwrap_or(usize::MAX)
            .min(text.len());
        let path = segment::path(&self.dir, at.first);
        at.file
            .read_exact_at(&mut text[..wanted], at.offset)
            .map_err(LedgerError::io("read", &path))?;
        Ok(frame::parse_line(&text[..wanted]).and_then(|line| {
            let next = at.offset + (line.line_bytes + line.payload_bytes) as u64;
            let last = line.first.checked_add(line.events as u64 - 1)?;
            (last <= sequence && next <= at.bytes).then_some((next, last))
        }))
    }
}

fn missing_before(found: u64, expected: u64) -> LedgerError {
    LedgerError::Damaged {
        segment: found,
        offset: 0,
        why: format!("a segment is missing before it, or cut short: event {expected} is expected"),
    }
}
