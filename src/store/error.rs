//! Why a backend could not do as asked, and whether anything was written.

/// Why a backend could not do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written: the queue is full, or the store is closing. Try again later.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// Certainly nothing was written, and trying again will not help: too large, for instance.
    #[error("the store refuses: {0}")]
    Refused(String),
    /// It is not known whether a write happened: the store has stopped. Start it again, then
    /// repeat the request under the same request id.
    #[error("the store has stopped: {0}")]
    Stopped(String),
    /// It is not known whether a write happened: the database broke off and cannot say. Repeat the
    /// request under the same request id.
    #[error("it is not known whether this was recorded: {0}")]
    Unsure(String),
    /// What is stored does not read back.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}
