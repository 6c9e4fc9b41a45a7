//! The append-only record of every event: the truth from which each index can be rebuilt.
//!
//! The ledger is a folder of segment files that a person can read. A segment is named by the sequence of
//! its first event and begins with a line that names the format, that sequence and the chain before it:
//!
//! ```text
//! askonce-ledger 1 <first sequence> <chain before first, hex>
//! frame <first sequence> <events> <payload bytes> <checksum, hex>
//! {"v":1,"sequence":1,"recorded_at":"…","kind":"AskSubmitted","commitment":"<hex>","chain":"<hex>"}
//! {"salt":"<hex>","body":{…}}
//! ```
//!
//! A *frame* holds the events of one append. Per event it has a header line and a body line.
//!
//! # Invariants
//!
//! - Sequences begin at 1 and have no gap, within a segment and across segments.
//! - `chain(n)` hashes `chain(n - 1)` and the header of `n` without its `chain` member, so whoever holds a
//!   later chain value can tell that no earlier header was altered. Before the first event it is all zeros.
//! - A header names its body by a salted commitment. The body and its salt stand beside and can be erased in
//!   place, after which the chain still verifies and nothing about the body can be guessed from what is left.
//! - A frame's checksum covers its headers and the lengths of its bodies, not the bodies, for the same
//!   reason; bodies are protected by their commitments.
//! - A frame is written by one write and synced before it is acknowledged, and before the next one begins.
//!   So what a crash can leave unfinished is one frame at the very end, or the first line of the last
//!   segment. Those are *torn*: cut at the next open, the bytes kept beside. Everything else that does not
//!   verify is [`LedgerError::Damaged`], with file and offset, and nothing is skipped.
//! - No raw newline stands inside a body, so a line that begins with `frame ` begins a frame.
//!
//! A change to the very last frame cannot be told from a torn write. A [`Checkpoint`] narrows that: what it
//! covers was acknowledged, so what does not verify there is refused. The loss of whole segments at the end
//! shows only against a checkpoint, too.
//!
//! All calls block. Event bodies are opaque here: this module knows nothing of their meaning.

mod append;
mod chain;
mod erase;
mod event;
mod fault;
mod frame;
mod moved;
mod read;
mod recover;
mod segment;
mod verify;
mod walk;
mod window;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use chain::Hashes;

pub use append::Ledger;
pub use chain::Digest;
pub use fault::LedgerError;
pub(crate) use moved::{MovedEvent, Said};
pub use read::{Reader, Scan, Start, scan};
pub use recover::Recovery;
pub use verify::{Verified, verify};

/// Bytes of a salt: enough that a commitment to a yes or no tells nothing.
pub const SALT_BYTES: usize = 16;

/// Largest event body, in bytes (4 MiB): far above a form of thousands of answers, and small enough that one
/// event never decides how much memory a reader needs.
pub const BODY_BYTES_MAX: usize = 4 << 20;

/// Most events in one frame: a group of writers is a few hundred, a bulk registration a few thousand.
pub const FRAME_EVENTS_MAX: usize = 16_384;

/// Largest frame payload, in bytes (32 MiB): a replay holds one frame in memory.
pub const FRAME_BYTES_MAX: usize = 32 << 20;

/// Longest name of an event kind, in bytes.
pub const KIND_BYTES_MAX: usize = 64;

/// Longest time stamp, in bytes: RFC 3339 with nanoseconds and an offset has 35.
pub const RECORDED_AT_BYTES_MAX: usize = 40;

/// Longest event header line, in bytes with its newline: the fixed text, two digests and the bounds above.
pub const HEADER_LINE_BYTES_MAX: usize = 384;

/// Segment size at which the next group begins a new file, in bytes (64 MiB): a file that copies in a
/// second, and some thousands of them at the largest size foreseen.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// How a ledger is kept.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Size in bytes that a segment does not grow beyond, unless its only frame is larger.
    pub segment_bytes_max: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes_max: SEGMENT_BYTES_MAX,
        }
    }
}

/// One event to append, checked and with its commitment made, which is most of the work: it is done where
/// the event is made, so that the one writer need not.
#[derive(Clone, Debug)]
pub struct NewEvent {
    kind: Cow<'static, str>,
    body: Vec<u8>,
    salt: [u8; SALT_BYTES],
    commitment: Digest,
}

impl NewEvent {
    /// An event of a kind, 1 to [`KIND_BYTES_MAX`] ASCII letters and digits, that says `body`.
    ///
    /// The body is a JSON object on one line, at most [`BODY_BYTES_MAX`] bytes. That it is JSON is the
    /// caller's promise; that it is one line in braces is checked. The salt is fresh random bytes, never used
    /// for another event.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] names the rule that the kind or the body breaks.
    pub fn new(
        kind: impl Into<Cow<'static, str>>,
        body: Vec<u8>,
        salt: [u8; SALT_BYTES],
    ) -> Result<Self, LedgerError> {
        let kind = kind.into();
        event::check(&kind, &body).map_err(|why| LedgerError::Rejected { why })?;
        let commitment = Hashes::new().commitment(&salt, &body);
        Ok(Self {
            kind,
            body,
            salt,
            commitment,
        })
    }

    /// What happened.
    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    /// What it says.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// What its commitment is salted with.
    pub(crate) fn salt(&self) -> &[u8; SALT_BYTES] {
        &self.salt
    }

    /// The salted commitment to its body.
    pub(crate) fn commitment(&self) -> &Digest {
        &self.commitment
    }

    /// An upper bound of what this event adds to a frame's payload, in bytes, to be summed against
    /// [`FRAME_BYTES_MAX`] by whoever forms groups.
    #[must_use]
    pub fn stored_bytes_max(&self) -> usize {
        HEADER_LINE_BYTES_MAX + event::BODY_LINE_OVERHEAD_BYTES + self.body.len()
    }
}

/// The chain value of an event, from the value before it: the same wherever a ledger is kept.
pub(crate) fn chain_value(
    before: &Digest,
    (sequence, recorded_at): (u64, &str),
    kind: &str,
    commitment: &Digest,
) -> Digest {
    let mut header = Vec::with_capacity(HEADER_LINE_BYTES_MAX);
    event::push_open_header(&mut header, (sequence, recorded_at), kind, commitment);
    Hashes::new().chain(before, &header)
}

/// The commitment to a body, as a ledger makes it.
pub(crate) fn commitment(salt: &[u8; SALT_BYTES], body: &[u8]) -> Digest {
    Hashes::new().commitment(salt, body)
}

/// Whether a file's name is that of a segment.
pub(crate) fn is_segment(name: &str) -> bool {
    segment::parse_name(name).is_some()
}

/// The file name of a segment.
pub(crate) fn segment_file(segment: u64) -> String {
    segment::file_name(segment)
}

/// Where one event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The event's number, from 1.
    pub sequence: u64,
    /// The segment: the sequence of its first event.
    pub segment: u64,
    /// Byte offset of the event's header line in the segment file.
    pub offset: u64,
    /// Bytes from the header line through the end of the body line.
    pub length: u32,
}

/// A statement that every event up to one is acknowledged, to be kept by an index beside what it applied.
///
/// It holds for any event, also in the middle of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last event covered; 0 covers none.
    pub sequence: u64,
    /// The segment that holds it: the sequence of its first event.
    pub segment: u64,
    /// Byte offset of the frame that holds it.
    pub frame: u64,
    /// The chain value of that event.
    pub chain: Digest,
}

impl Checkpoint {
    /// The checkpoint before the first event.
    pub const START: Self = Self {
        sequence: 0,
        segment: segment::FIRST_SEGMENT,
        frame: 0,
        chain: Digest::ZERO,
    };
}

/// One event as read back, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it stands.
    pub position: Position,
    /// Its number, from 1.
    pub sequence: u64,
    /// When it was recorded, RFC 3339, as given to [`Ledger::append`].
    pub recorded_at: String,
    /// What happened.
    pub kind: String,
    /// The salted commitment to its body.
    pub commitment: Digest,
    /// The chain value through this event.
    pub chain: Digest,
    /// What it says, unless erased.
    pub body: Body,
    /// The salt of its commitment; none of an erased body.
    pub salt: Option<[u8; SALT_BYTES]>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The bytes that were appended, checked against the commitment.
    Present(Vec<u8>),
    /// Erased since: only the header and its commitment remain.
    Erased,
}

/// An unfinished end of a ledger, left by a crash; nothing in it was ever acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The segment: the sequence of its first event.
    pub segment: u64,
    /// Byte offset at which it begins; 0 if the segment's first line is what was torn.
    pub offset: u64,
    /// Bytes from there to the end of the file.
    pub bytes: u64,
    /// What is wrong with it, for the operator.
    pub why: String,
}
