//! What is done with a store that no process has open.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::fault::OpenError;
use super::{folder, index_folder};
use crate::domain::event::Event;
use crate::store::StoreError;
use crate::store::envelope;
use crate::store::ledger::{self, Start, Verified};

/// Checks every frame, chain value and commitment of the ledger.
///
/// # Errors
/// [`OpenError::Ledger`] at the first thing that does not hold; the others as at open.
pub fn verify(dir: &Path) -> Result<Verified, OpenError> {
    let _lock = folder::hold_existing(dir)?;
    Ok(ledger::verify(&folder::ledger(dir))?)
}

/// Removes the index and makes it again from the ledger. Returns how many events it holds.
///
/// # Errors
/// As at open.
pub fn rebuild(dir: &Path, options: ledger::Options) -> Result<u64, OpenError> {
    let _lock = folder::hold_existing(dir)?;
    index_folder::remove(dir)?;
    let opened = index_folder::open(dir, options)?;
    opened.index.core().records().flush()?;
    Ok(opened.ledger.checkpoint().sequence)
}

/// An event as one line of an export.
#[derive(Serialize)]
struct Line<'a> {
    sequence: u64,
    at: Timestamp,
    by: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

/// An erased event as one line of an export.
#[derive(Serialize)]
struct ErasedLine<'a> {
    sequence: u64,
    at: &'a str,
    kind: &'a str,
    erased: bool,
}

/// Writes every event as one line of JSON, in order. Returns how many.
///
/// # Errors
/// As at open, and [`OpenError::Io`] if `out` cannot be written.
pub fn export(dir: &Path, out: &mut dyn Write) -> Result<u64, OpenError> {
    let _lock = folder::hold_existing(dir)?;
    let mut events = 0;
    for stored in ledger::scan(&folder::ledger(dir), Start::Beginning)? {
        let line = line(stored?)?;
        out.write_all(&line)
            .map_err(OpenError::io("write the export of", dir))?;
        events += 1;
    }
    out.flush()
        .map_err(OpenError::io("write the export of", dir))?;
    Ok(events)
}

fn line(stored: ledger::Stored) -> Result<Vec<u8>, StoreError> {
    let (sequence, at, kind) = (
        stored.sequence,
        stored.recorded_at.clone(),
        stored.kind.clone(),
    );
    let line = match envelope::open(stored)? {
        Some(opened) => serde_json::to_vec(&Line {
            sequence,
            at: opened.recorded.at,
            by: &opened.recorded.by,
            event: &opened.recorded.event,
        }),
        None => serde_json::to_vec(&ErasedLine {
            sequence,
            at: &at,
            kind: &kind,
            erased: true,
        }),
    };
    let mut line = line.expect("what was read from JSON can be written as JSON");
    line.push(b'\n');
    Ok(line)
}
