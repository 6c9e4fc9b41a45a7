//! Erasing a body in place, so that a crash in the middle cannot leave half of one.
//!
//! First an empty file named `<segment>.erase-<offset>-<length>` says what is about to be erased; then the
//! body line is overwritten and synced; then the file is removed. An open that finds such a file does the
//! erasure again before it reads anything.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::event::{self, parse_number};
use super::fault::LedgerError;
use super::segment;
use super::{Body, HEADER_LINE_BYTES_MAX, Stored};

const MARK: &str = ".erase-";

/// Erases the body of an event that was just read, if it is there.
pub(super) fn erase(dir: &Path, stored: &Stored) -> Result<(), LedgerError> {
    if stored.body == Body::Erased {
        return Ok(());
    }
    let place = stored.position;
    let name = segment::file_name(place.segment);
    let intent = dir.join(format!("{name}{MARK}{}-{}", place.offset, place.length));
    File::create(&intent)
        .and_then(|file| file.sync_all())
        .map_err(LedgerError::io("create", &intent))?;
    segment::sync_dir(dir)?;
    overwrite(dir, place.segment, place.offset, place.length)?;
    std::fs::remove_file(&intent).map_err(LedgerError::io("remove", &intent))?;
    segment::sync_dir(dir)
}

/// Does again what a crash may have cut short; returns how many erasures.
pub(super) fn finish_pending(dir: &Path) -> Result<u64, LedgerError> {
    let mut finished = 0;
    for name in segment::names(dir)? {
        let Some((segment, offset, length)) = parse_intent(&name) else {
            continue;
        };
        overwrite(dir, segment, offset, length)?;
        let intent = dir.join(name);
        std::fs::remove_file(&intent).map_err(LedgerError::io("remove", &intent))?;
        segment::sync_dir(dir)?;
        finished += 1;
    }
    Ok(finished)
}

fn parse_intent(name: &str) -> Option<(u64, u64, u32)> {
    let (segment, rest) = name.split_once(MARK)?;
    let (offset, length) = rest.split_once('-')?;
    Some((
        segment::parse_name(segment)?,
        parse_number(offset.as_bytes())?,
        u32::try_from(parse_number(length.as_bytes())?).ok()?,
    ))
}

/// Puts the erased line in the place of the body line of the event at `offset`.
///
/// The header line, which the erasure never touches, says where the body line begins.
fn overwrite(dir: &Path, segment: u64, offset: u64, length: u32) -> Result<(), LedgerError> {
    let path = segment::path(dir, segment);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(LedgerError::io("open", &path))?;
    let length = length as usize;
    let mut text = vec![0; length.min(HEADER_LINE_BYTES_MAX)];
    file.read_exact_at(&mut text, offset)
        .map_err(LedgerError::io("read", &path))?;
    let line = text
        .iter()
        .position(|byte| *byte == b'\n')
        .filter(|end| event::parse_header(&text[..=*end]).is_ok())
        .and_then(|end| Some((end + 1, event::erased_line(length.checked_sub(end + 1)?)?)));
    let Some((header_bytes, line)) = line else {
        let why = "an erasure is to be finished where no event begins".to_owned();
        return Err(LedgerError::Damaged {
            segment,
            offset,
            why,
        });
    };
    file.write_all_at(&line, offset + header_bytes as u64)
        .and_then(|()| file.sync_data())
        .map_err(LedgerError::io("erase in", &path))
}
