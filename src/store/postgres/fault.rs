//! Why a database cannot be used.

use crate::store::StoreError;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be reached, or how to reach it is not well said.
    #[error("{0}")]
    Connect(String),
    /// Its schema cannot be brought to what this version needs.
    #[error("the schema cannot be brought up to date: {0}")]
    Migrate(String),
    /// It is set up so that what is acknowledged might be lost.
    #[error("the database does not keep what it acknowledges: {0}")]
    Unsafe(String),
    /// The index cannot be made from it.
    #[error("the index cannot be made: {0}")]
    Index(#[from] StoreError),
}
