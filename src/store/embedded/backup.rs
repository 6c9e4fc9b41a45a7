//! A copy of a folder beside whoever serves it.
//!
//! Invariants:
//! - Nothing is locked and nothing written in the folder that is copied: whoever holds it goes on.
//! - The copy is the store as it was at some moment of the copying. Drafts come first: one that is sent
//!   meanwhile is in the ledger, too, rather than in neither. Of the ledger, files only grow at their end:
//!   copied in their order they are its beginning, and a frame that was being written is cut off.
//! - The copy is synced and checked to its last event before its format file makes a store of it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::fault::OpenError;
use super::folder;
use crate::store::ledger::{self, LedgerError, Verified};

/// How often the ledger is copied if the copy does not hold: a body may be erased while it is read.
const ATTEMPTS_MAX: u32 = 3;

/// What a draft's file ends with.
const DRAFT: &str = ".draft";

/// A copy that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// What was found in its ledger.
    pub verified: Verified,
    /// Drafts in it.
    pub drafts: u64,
}

/// Copies a folder, which may be in use, to another that is empty or is not there.
///
/// # Errors
/// [`OpenError::Io`] where something cannot be read or written, or the other folder holds something;
/// [`OpenError::Ledger`] if the ledger does not hold. What was copied is removed again.
pub fn back_up(data: &Path, to: &Path) -> Result<BackedUp, OpenError> {
    folder::check_existing(data)?;
    make_empty(to)?;
    let copied = copy(data, to);
    if copied.is_err() {
        for name in ["drafts", "ledger", "format"] {
            remove(&to.join(name));
        }
    }
    copied
}

fn copy(data: &Path, to: &Path) -> Result<BackedUp, OpenError> {
    let drafts = copy_files(&data.join("drafts"), &to.join("drafts"), is_draft)?;
    let ledger = folder::ledger(to);
    let mut attempt = 1;
    let verified = loop {
        copy_files(&folder::ledger(data), &ledger, ledger::is_segment)?;
        match ledger::verify(&ledger) {
            Err(LedgerError::Damaged { .. }) if attempt < ATTEMPTS_MAX => {
                attempt += 1;
                remove(&ledger);
            }
            verified => break verified?,
        }
    };
    let verified = cut(&ledger, verified)?;
    folder::sync(&ledger)?;
    folder::mark(to)?;
    Ok(BackedUp { verified, drafts })
}

/// Cuts off the frame that was being written when the copy ended.
fn cut(ledger: &Path, verified: Verified) -> Result<Verified, OpenError> {
    let Some(torn) = &verified.torn else {
        return Ok(verified);
    };
    let path = ledger.join(ledger::segment_file(torn.segment));
    let cut = if torn.offset == 0 {
        std::fs::remove_file(&path)
    } else {
        let opened = OpenOptions::new().write(true).open(&path);
        opened.and_then(|file| {
            file.set_len(torn.offset)?;
            file.sync_all()
        })
    };
    cut.map_err(OpenError::io("cut", &path))?;
    Ok(ledger::verify(ledger)?)
}

fn is_draft(name: &str) -> bool {
    name.ends_with(DRAFT)
}

/// Copies the files of a folder that are meant, in the order of their names; how many. One that goes
/// meanwhile is left out, a folder that is not there is empty.
fn copy_files(from: &Path, to: &Path, is_meant: fn(&str) -> bool) -> Result<u64, OpenError> {
    std::fs::create_dir(to).map_err(OpenError::io("create", to))?;
    let listed = match std::fs::read_dir(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        listed => listed.map_err(OpenError::io("list", from))?,
    };
    let mut names = Vec::new();
    for file in listed {
        let name = file.map_err(OpenError::io("list", from))?.file_name();
        names.extend(name.into_string().ok().filter(|name| is_meant(name)));
    }
    names.sort_unstable();
    let mut copied = 0;
    for name in names {
        let path = from.join(&name);
        match copy_file(&path, &to.join(&name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            done => {
                done.map_err(OpenError::io("copy", &path))?;
                copied += 1;
            }
        }
    }
    folder::sync(to)?;
    Ok(copied)
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut read = File::open(from)?;
    let mut written = File::create_new(to)?;
    io::copy(&mut read, &mut written)?;
    written.sync_all()
}

/// Makes a folder, or finds it empty.
fn make_empty(to: &Path) -> Result<(), OpenError> {
    std::fs::create_dir_all(to).map_err(OpenError::io("create", to))?;
    let mut listed = std::fs::read_dir(to).map_err(OpenError::io("list", to))?;
    if listed.next().is_some() {
        let why = "it is not empty; a copy goes into a folder of its own";
        let why = io::Error::new(ErrorKind::AlreadyExists, why);
        return Err(OpenError::io("copy to", to)(why));
    }
    Ok(())
}

fn remove(path: &Path) {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "cannot be removed");
        }
        _ => {}
    }
}
