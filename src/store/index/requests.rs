//! Which requests were recorded, so that the usual answer, that one never was, needs no record.
//!
//! The request of an ask stands in the ask's own record, any other in a record of its own. Here is
//! only which of both; the record then says whether it is that very request, so that the half of
//! a digest is enough here.

use std::collections::HashMap;

use crate::domain::digest::Digest;

/// Bytes of a request's digest that are held: two requests that share them are not to be expected.
const HELD_BYTES: usize = 16;

/// Stands for a record of its own where an ask's number would.
const OWN: u32 = u32::MAX;

/// The requests.
#[derive(Default)]
pub(super) struct Requests(HashMap<[u8; HELD_BYTES], u32>);

/// Where a request's record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// With the ask of this number.
    WithAsk(u32),
    /// By itself.
    Alone,
}

impl Requests {
    /// Where to look for a request; none for one never recorded.
    pub(super) fn find(&self, request: &Digest) -> Option<Kept> {
        self.0.get(&held(request)).map(|ask| match *ask {
            OWN => Kept::Alone,
            ask => Kept::WithAsk(ask),
        })
    }

    /// Notes where a request's record is.
    pub(super) fn put(&mut self, request: &Digest, kept: Kept) {
        let ask = match kept {
            Kept::WithAsk(ask) => ask,
            Kept::Alone => OWN,
        };
        self.0.insert(held(request), ask);
    }
}

fn held(request: &Digest) -> [u8; HELD_BYTES] {
    let (held, _) = request
        .as_bytes()
        .split_first_chunk()
        .expect("a digest has more bytes than are held");
    *held
}
