//! The sources of time and randomness: everything else is given them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::broker::{Clock, Entropy};

/// The system's clock.
pub(super) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one source of time")]
    Arc::new(Timestamp::now)
}

/// The operating system's randomness.
pub(super) fn entropy() -> Entropy {
    Arc::new(fill)
}

/// Random bytes.
pub(super) fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    #[expect(clippy::disallowed_methods, reason = "the one source of randomness")]
    getrandom::fill(bytes)
        .expect("an operating system that cannot give random bytes is not one to keep secrets on");
}
