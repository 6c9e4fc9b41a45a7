//! What time it is, for papers that say when they were written. Nothing is decided by it.

use jiff::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a person wants to know when a file was written; the command line has no other clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
