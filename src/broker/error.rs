//! Why a use case did not do as asked: a closed set, which each protocol maps to its own codes.

use crate::domain::fault::Faults;
use crate::domain::template::EntryId;
use crate::store::StoreError;

/// Why a use case did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The request is wrong; every fault with its place.
    #[error("{0}")]
    Invalid(#[from] Faults),
    /// There is no such thing.
    #[error("{resource} does not exist")]
    NotFound {
        /// Its resource name.
        resource: String,
    },
    /// There is another thing of that name already.
    #[error("{resource} exists already, with other content")]
    Exists {
        /// Its resource name.
        resource: String,
    },
    /// The very same is asked under another name.
    #[error("{resource} asks just the same")]
    AskedAlready {
        /// The resource name of what stands.
        resource: String,
    },
    /// It was taken back, so that it cannot be changed.
    #[error("{resource} was withdrawn")]
    Withdrawn {
        /// Its resource name.
        resource: String,
    },
    /// The request id was used before, for other content.
    #[error("this request id was used before, for another request")]
    RequestIdReused,
    /// What the caller saw has changed since.
    #[error("{what} has changed since it was read")]
    Stale {
        /// What.
        what: String,
        /// Its present etag or digest.
        current: String,
    },
    /// The state of something does not allow it.
    #[error("{subject} {message}")]
    Precondition {
        /// The stable word of why.
        reason: &'static str,
        /// Of what.
        subject: String,
        /// Why, as a sentence about the subject.
        message: String,
    },
    /// Somebody else typed other values for the same entries; nothing was saved.
    #[error("somebody else typed here since the draft was read")]
    DraftChanged {
        /// The draft's present etag; empty where there is none any more.
        current: String,
        /// The entries in conflict.
        entries: Vec<EntryId>,
    },
    /// This broker keeps no such thing.
    #[error("this broker keeps no {what}")]
    NotKept {
        /// What, and why not.
        what: String,
    },
    /// Others changed the same thing again and again; nothing was done.
    #[error("the same thing is being changed by others; try again")]
    Contended,
    /// Too much to do just now; nothing was done.
    #[error("too much to do just now; try again")]
    Busy,
    /// The store has stopped, or broke off; whether a write happened is not known.
    #[error("whether this was recorded is not known; repeat the request under the same request id")]
    Unavailable,
    /// Something broke inside. The text is for the log, never for the caller.
    #[error("something went wrong inside")]
    Internal(String),
}

impl From<StoreError> for BrokerError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::Busy,
            StoreError::Refused(why) => Self::Invalid(Faults::one("", why)),
            StoreError::Stopped(why) => {
                tracing::error!(why, "the store has stopped");
                Self::Unavailable
            }
            StoreError::Unsure(why) => {
                tracing::error!(why, "whether a write happened is not known");
                Self::Unavailable
            }
            StoreError::Damaged(why) => Self::Internal(why),
        }
    }
}

/// A request id is a UUID: 32 hexadecimal digits, with or without hyphens.
pub(super) fn check_request_id(text: &str) -> Result<(), Faults> {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let hyphens = text.bytes().filter(|b| *b == b'-').count();
    if digits == 32 && (hyphens == 0 || hyphens == 4) && digits + hyphens == text.len() {
        return Ok(());
    }
    Err(Faults::one(
        "request_id",
        "is not a UUID, such as 123e4567-e89b-42d3-a456-426614174000",
    ))
}
