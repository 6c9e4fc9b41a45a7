//! What can go wrong, and what each means for the caller.
//!
//! Only [`LedgerError::Rejected`] leaves the ledger as it was and ready for more. No message holds an
//! event's content.

use std::io;
use std::path::{Path, PathBuf};

use super::segment::file_name;

/// Why a ledger operation failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Stored bytes do not verify and no crash explains it: stop, and restore from a copy.
    #[error("ledger damaged: {} at byte {offset}: {why}", file_name(*.segment))]
    Damaged {
        /// The segment: the sequence of its first event, from which its file is named.
        segment: u64,
        /// Byte offset in that file.
        offset: u64,
        /// What does not hold.
        why: String,
    },
    /// The ledger does not hold what the checkpoint says was acknowledged: it was cut or replaced, or the
    /// checkpoint is another ledger's. Replaying from the start instead would hide a loss.
    #[error("ledger does not match the checkpoint at event {sequence}: {why}")]
    CheckpointMismatch {
        /// The last event that the checkpoint covers.
        sequence: u64,
        /// What does not hold.
        why: String,
    },
    /// An earlier write or sync failed, so what is on disk is unknown: reopen.
    #[error("ledger is closed to writes since an earlier write failed")]
    Poisoned,
    /// An event or a group breaks a bound or a rule of form. Nothing was written.
    #[error("refused by the ledger: {why}")]
    Rejected {
        /// The rule.
        why: &'static str,
    },
    /// Another process, or another part of this one, has the ledger open for writing.
    #[error("ledger {} is in use by another writer", .dir.display())]
    InUse {
        /// The ledger's folder.
        dir: PathBuf,
    },
    /// The caller's visitor stopped the replay.
    #[error("replay stopped at event {sequence}: {source}")]
    Visit {
        /// The event that the visitor refused.
        sequence: u64,
        /// What the visitor said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The operating system failed. After an append, whether the write happened is unknown.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl LedgerError {
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
