//! The full check of a ledger that nobody writes to: every frame, chain value and commitment.
//!
//! It reads and never writes. An erasure that a crash cut short reads as damage until the next open has
//! finished it.

use std::path::Path;

use super::fault::LedgerError;
use super::walk::Walk;
use super::{Body, Digest, Torn, segment};

/// What a full check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Events, erased ones among them.
    pub events: u64,
    /// Events whose body was erased.
    pub erased: u64,
    /// Segment files.
    pub segments: u64,
    /// Bytes in the segment files, a torn end among them.
    pub bytes: u64,
    /// The last event; 0 if there is none.
    pub head_sequence: u64,
    /// The chain value of the last event. Kept elsewhere, it proves later that nothing up to here changed.
    pub head_chain: Digest,
    /// An unfinished end that the next open will cut, if there is one.
    pub torn: Option<Torn>,
}

/// Checks the whole ledger in `dir`.
///
/// # Errors
///
/// [`LedgerError::Damaged`] at the first thing that does not hold, and [`LedgerError::Io`].
pub fn verify(dir: &Path) -> Result<Verified, LedgerError> {
    let mut walk = Walk::from_start(dir)?;
    let (mut events, mut erased) = (0, 0);
    while let Some(frame) = walk.next_frame()? {
        events += frame.events.len() as u64;
        erased += frame
            .events
            .iter()
            .filter(|event| event.body == Body::Erased)
            .count() as u64;
    }
    let mut bytes = 0;
    for first in walk.segments() {
        let path = segment::path(dir, *first);
        bytes += path
            .metadata()
            .map_err(LedgerError::io("measure", &path))?
            .len();
    }
    Ok(Verified {
        events,
        erased,
        segments: walk.segments().len() as u64,
        bytes,
        head_sequence: walk.head().sequence,
        head_chain: walk.head().chain,
        torn: walk.torn().cloned(),
    })
}
