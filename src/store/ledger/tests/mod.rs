//! Stories of the ledger, by topic, and the small ledgers they are told with.

mod checkpoint;
mod damage;
mod erased;
mod format;
mod poison;
mod round_trip;
mod torn;

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use super::*;

const AT: &str = "2026-11-21T09:00:00Z";

/// Segments so small that a few frames fill one.
const SMALL: Options = Options {
    segment_bytes_max: 4_000,
};

/// What a replay visited.
type Seen = Vec<(Stored, Checkpoint)>;

fn event(number: u64) -> NewEvent {
    let mut salt = [7; SALT_BYTES];
    salt[..8].copy_from_slice(&number.to_le_bytes());
    NewEvent::new("AskSubmitted", body(number), salt).expect("the event is well formed")
}

fn body(number: u64) -> Vec<u8> {
    let filling = "é".repeat(usize::try_from(number % 40).expect("small"));
    format!("{{\"number\":{number},\"text\":\"{filling}\"}}").into_bytes()
}

/// Events `first` to `first + count - 1`.
fn events(first: u64, count: u64) -> Vec<NewEvent> {
    (first..first + count).map(event).collect()
}

fn replay(
    dir: &Path,
    options: Options,
    from: Option<Checkpoint>,
) -> Result<(Ledger, Recovery, Seen), LedgerError> {
    let mut seen = Vec::new();
    let (ledger, recovery) = Ledger::open(dir, options, from, &mut |stored, checkpoint| {
        seen.push((stored, checkpoint));
        Ok::<_, Infallible>(())
    })?;
    Ok((ledger, recovery, seen))
}

fn open(dir: &Path, options: Options) -> Ledger {
    replay(dir, options, None).expect("the ledger opens").0
}

/// A ledger with one frame per entry of `groups`, of that many events.
fn write(dir: &Path, options: Options, groups: &[u64]) -> Vec<Position> {
    let mut ledger = open(dir, options);
    let mut positions = Vec::new();
    for count in groups {
        let first = ledger.checkpoint().sequence + 1;
        let group = events(first, *count);
        positions.extend(ledger.append(AT, &group).expect("the append succeeds"));
    }
    positions
}

/// The segment files, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let segments = segment::list(dir).expect("the folder is listed");
    segments
        .iter()
        .map(|first| segment::path(dir, *first))
        .collect()
}

/// Byte offsets at which frames begin in a segment, and its length.
fn frame_offsets(path: &Path) -> Vec<usize> {
    let bytes = std::fs::read(path).expect("the segment is read");
    let begins = |index: &usize| bytes[index + 1..].starts_with(b"frame ");
    let newlines = (0..bytes.len()).filter(|index| bytes[*index] == b'\n');
    let mut offsets: Vec<usize> = newlines.filter(begins).map(|index| index + 1).collect();
    offsets.push(bytes.len());
    offsets
}

fn assert_bodies(seen: &[(Stored, Checkpoint)], first: u64) {
    for ((stored, checkpoint), sequence) in seen.iter().zip(first..) {
        assert_eq!(stored.sequence, sequence);
        assert_eq!(checkpoint.sequence, sequence);
        assert_eq!(stored.body, Body::Present(body(sequence)));
    }
}

fn is_damaged<T>(result: &Result<T, LedgerError>) -> bool {
    matches!(result, Err(LedgerError::Damaged { .. }))
}
