//! Why a store does not open.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::ledger::LedgerError;

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another process: stop that one first", .dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// It was written by another version, or is no store.
    #[error("{} says {found}, and this version reads only {expected}", .path.display())]
    Format {
        /// The file that names the format.
        path: PathBuf,
        /// What it says, as it may be shown.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// The ledger does not open.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The index cannot be made.
    #[error("the index cannot be made: {0}")]
    Index(#[from] StoreError),
    /// The operating system failed.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl OpenError {
    /// For `map_err` on an operating-system call.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
