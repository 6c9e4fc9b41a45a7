//! The folder of a store: who holds it, and in which layout it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::fault::OpenError;
use crate::domain::id::shown;

/// What the format file says.
const FORMAT: &str = "askonce-data 1";

/// Bytes of a format file that are read: enough to show what stands there instead.
const FORMAT_BYTES_MAX: u64 = 100;

/// Where the ledger stands.
pub(super) fn ledger(dir: &Path) -> PathBuf {
    dir.join("ledger")
}

/// Where the index stands.
pub(super) fn index(dir: &Path) -> PathBuf {
    dir.join("index")
}

/// Takes a folder, made if need be, until the file is dropped.
pub(super) fn hold(dir: &Path) -> Result<File, OpenError> {
    std::fs::create_dir_all(dir).map_err(OpenError::io("create", dir))?;
    let path = dir.join("lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(OpenError::io("open", &path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let dir = dir.to_path_buf();
            return Err(OpenError::Locked { dir });
        }
        Err(TryLockError::Error(source)) => return Err(OpenError::io("lock", &path)(source)),
    }
    check_format(dir)?;
    Ok(lock)
}

/// Takes a folder that must be a store already.
pub(super) fn hold_existing(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("format");
    std::fs::metadata(&path).map_err(OpenError::io("find", &path))?;
    hold(dir)
}

/// Refuses a folder that is no store in the layout that is read here; takes nothing.
pub(super) fn check_existing(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join("format");
    std::fs::metadata(&path).map_err(OpenError::io("find", &path))?;
    check_format(dir)
}

/// Makes a folder a store, whatever stands in it already.
pub(super) fn mark(dir: &Path) -> Result<(), OpenError> {
    mark_format(dir, &dir.join("format"))
}

/// Syncs the names in a folder.
pub(super) fn sync(dir: &Path) -> Result<(), OpenError> {
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(OpenError::io("sync", dir))
}

/// Refuses a folder in another layout, and marks a new one.
fn check_format(dir: &Path) -> Result<(), OpenError> {
    let path = dir.join("format");
    let mut found = String::new();
    let read = File::open(&path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(FORMAT_BYTES_MAX).read_to_end(&mut bytes)?;
        found = String::from_utf8_lossy(&bytes).into_owned();
        Ok(())
    });
    match read {
        Ok(()) if found.trim_end() == FORMAT => Ok(()),
        Ok(()) => Err(OpenError::Format {
            path,
            found: shown(found.trim_end()),
            expected: FORMAT,
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => mark_format(dir, &path),
        Err(error) => Err(OpenError::io("read", &path)(error)),
    }
}

/// Writes the format file beside and moves it into place, so that no crash leaves half of it.
fn mark_format(dir: &Path, path: &Path) -> Result<(), OpenError> {
    let beside = dir.join("format.new");
    let write = || {
        let mut file = File::create(&beside)?;
        writeln!(file, "{FORMAT}")?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(OpenError::io("write", path))?;
    sync(dir)
}
