//! Why a ledger was not moved.

use std::error::Error;
use std::io;

/// Why a ledger was not moved. Where it should have gone is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The file is none, or not as it was written.
    #[error("line {line}: {why}")]
    File {
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it, and with which event; nothing of what it says.
        why: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Write(#[source] io::Error),
    /// Something is there already where the ledger should go.
    #[error("{0}")]
    NotEmpty(String),
    /// What is to be moved does not hold.
    #[error("it does not hold: {0}")]
    Damaged(String),
    /// The store failed.
    #[error("{0}")]
    Store(#[source] Box<dyn Error + Send + Sync>),
}

impl MoveError {
    /// For `map_err` on what a store does.
    pub(crate) fn store(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Store(error.into())
    }
}
