//! The three hashes of the ledger, each under its own BLAKE3 context so that none can stand for another.
//!
//! Frozen: the context strings and the order of what is hashed are part of the format.

use std::fmt;
use std::sync::LazyLock;

use blake3::Hasher;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SALT_BYTES;

const CHAIN_CONTEXT: &str = "askonce 2026-11-21 ledger chain v1";
const COMMITMENT_CONTEXT: &str = "askonce 2026-11-21 ledger commitment v1";
const FRAME_CONTEXT: &str = "askonce 2026-11-21 ledger frame v1";

/// Bytes of a frame checksum. It guards against accidents, the chain against intent, so half a digest will do.
pub(super) const CHECKSUM_BYTES: usize = 16;

/// A checksum of a frame.
pub(super) type Checksum = [u8; CHECKSUM_BYTES];

/// A BLAKE3 digest, shown and serialised as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; Digest::BYTES]);

impl Digest {
    /// Bytes of a digest.
    pub const BYTES: usize = 32;

    /// The chain value before the first event.
    pub const ZERO: Self = Self([0; Self::BYTES]);

    /// Reads exactly 64 lower-case hexadecimal digits.
    pub(super) fn from_hex(text: &[u8]) -> Option<Self> {
        from_hex(text).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_hex(text.as_bytes())
            .ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
    }
}

/// Reads exactly `N` bytes of lower-case hexadecimal text.
pub(super) fn from_hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    HEXLOWER.decode_mut(text, &mut bytes).ok()?;
    Some(bytes)
}

/// Appends `bytes` to `out` as lower-case hexadecimal text.
pub(super) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    HEXLOWER.encode_mut(bytes, &mut out[start..]);
}

/// The three hashers.
#[derive(Clone)]
pub(super) struct Hashes {
    chain: Hasher,
    commitment: Hasher,
    frame: Hasher,
}

impl Hashes {
    /// A fresh set, copied: deriving the keys costs as much as hashing a small event.
    pub(super) fn new() -> Self {
        static DERIVED: LazyLock<Hashes> = LazyLock::new(|| Hashes {
            chain: Hasher::new_derive_key(CHAIN_CONTEXT),
            commitment: Hasher::new_derive_key(COMMITMENT_CONTEXT),
            frame: Hasher::new_derive_key(FRAME_CONTEXT),
        });
        DERIVED.clone()
    }

    /// The commitment to a body: its salt, of fixed length, then its bytes.
    pub(super) fn commitment(&mut self, salt: &[u8; SALT_BYTES], body: &[u8]) -> Digest {
        finish(self.commitment.reset().update(salt).update(body))
    }

    /// The chain value of an event: the value before it, then its header as if it had no `chain` member.
    ///
    /// `open_header` is the header up to, and without, the comma before `chain`.
    pub(super) fn chain(&mut self, before: &Digest, open_header: &[u8]) -> Digest {
        finish(
            self.chain
                .reset()
                .update(&before.0)
                .update(open_header)
                .update(b"}"),
        )
    }

    /// Begins a frame checksum.
    pub(super) fn frame_begin(&mut self) {
        self.frame.reset();
    }

    /// Adds one event to the frame checksum: its header line and how long its body line is.
    pub(super) fn frame_event(&mut self, header_line: &[u8], body_line_bytes: usize) {
        self.frame
            .update(header_line)
            .update(&(body_line_bytes as u64).to_le_bytes());
    }

    /// Ends a frame checksum with the numbers of the frame line, as they are written.
    pub(super) fn frame_end(&mut self, numbers: &[u8]) -> Checksum {
        let mut checksum = Checksum::default();
        self.frame
            .update(numbers)
            .finalize_xof()
            .fill(&mut checksum);
        checksum
    }
}

fn finish(hasher: &Hasher) -> Digest {
    Digest(*hasher.finalize().as_bytes())
}
