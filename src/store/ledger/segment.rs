//! Segment files: their names, their first line, and making one so that it survives a power cut.
//!
//! A segment is used only after its first line and its name in the folder are synced.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::chain::Digest;
use super::event::parse_number;
use super::fault::LedgerError;

/// The segment that a ledger begins with.
pub(super) const FIRST_SEGMENT: u64 = 1;

/// The format version that this build writes, and the only one it reads.
const FORMAT_VERSION: u64 = 1;

/// Longest first line, in bytes with its newline: two words, two numbers and a digest.
pub(super) const FIRST_LINE_BYTES_MAX: usize = 128;

const WORD: &str = "askonce-ledger";
const EXTENSION: &str = ".ledger";

/// Digits in a file name: what the largest sequence has, so that names sort as numbers do.
const NAME_DIGITS: usize = 20;

/// The file name of a segment.
pub(super) fn file_name(first: u64) -> String {
    format!("{first:0NAME_DIGITS$}{EXTENSION}")
}

/// The path of a segment.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(file_name(first))
}

/// The segments in a folder, in order. Other files are none of ours.
pub(super) fn list(dir: &Path) -> Result<Vec<u64>, LedgerError> {
    let mut segments: Vec<u64> = names(dir)?
        .iter()
        .filter_map(|name| parse_name(name))
        .collect();
    segments.sort_unstable();
    Ok(segments)
}

/// The names in a folder that are text, in any order.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, LedgerError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(LedgerError::io("list", dir))? {
        let name = entry.map_err(LedgerError::io("list", dir))?.file_name();
        names.extend(name.into_string().ok());
    }
    Ok(names)
}

/// The segment that a file name stands for, if it is one.
pub(super) fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(EXTENSION)?;
    let digits = Some(digits).filter(|digits| digits.len() == NAME_DIGITS)?;
    let number = parse_number(digits.trim_start_matches('0').as_bytes())?;
    (number >= FIRST_SEGMENT).then_some(number)
}

/// The first line of a segment.
pub(super) fn first_line(first: u64, chain: &Digest) -> String {
    format!("{WORD} {FORMAT_VERSION} {first} {chain}\n")
}

/// Reads the first line of segment `first`: its length with the newline, and the chain before it.
pub(super) fn parse_first_line(text: &[u8], first: u64) -> Result<(u64, Digest), String> {
    let end = text.iter().position(|byte| *byte == b'\n');
    let line = end.and_then(|end| std::str::from_utf8(&text[..end]).ok());
    let parts: Vec<&str> = line.unwrap_or_default().split(' ').collect();
    let [WORD, version, sequence, chain] = parts[..] else {
        return Err("the first line is not that of a ledger segment".to_owned());
    };
    if parse_number(version.as_bytes()) != Some(FORMAT_VERSION) {
        return Err(format!(
            "format version {version} is not known to this build"
        ));
    }
    if parse_number(sequence.as_bytes()) != Some(first) {
        return Err("the first line names another sequence than the file name".to_owned());
    }
    let chain = Digest::from_hex(chain.as_bytes())
        .ok_or_else(|| "the first line has no chain value".to_owned())?;
    Ok((first_line(first, &chain).len() as u64, chain))
}

/// Whether `bytes`, the whole of a file, are what a crash can leave of a first line: a part of it, with
/// zeros or nothing behind. More than a line's length is never that, since frames follow a synced line.
pub(super) fn is_torn_first_line(bytes: &[u8], first: u64, chain: Option<&Digest>) -> bool {
    let line = first_line(first, chain.unwrap_or(&Digest::ZERO));
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let written = &bytes[..bytes.len() - zeros];
    // Without a known chain only the part before it can be compared.
    let known = if chain.is_some() {
        line.len()
    } else {
        line.len() - 2 * Digest::BYTES - 1
    };
    let compared = written.len().min(known);
    bytes.len() <= line.len()
        && written.len() < line.len()
        && written[..compared] == line.as_bytes()[..compared]
}

/// Makes segment `first`: file, first line, name, all synced. Returns the file and its length in bytes.
pub(super) fn create(dir: &Path, first: u64, chain: &Digest) -> Result<(File, u64), LedgerError> {
    let path = path(dir, first);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(LedgerError::io("create", &path))?;
    let bytes = write_first_line(&file, &path, first, chain)?;
    sync_dir(dir)?;
    Ok((file, bytes))
}

/// Writes and syncs a first line; returns its length in bytes.
pub(super) fn write_first_line(
    file: &File,
    path: &Path,
    first: u64,
    chain: &Digest,
) -> Result<u64, LedgerError> {
    let line = first_line(first, chain);
    file.write_all_at(line.as_bytes(), 0)
        .and_then(|()| file.sync_all())
        .map_err(LedgerError::io("begin", path))?;
    Ok(line.len() as u64)
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), LedgerError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(LedgerError::io("sync", dir))
}
