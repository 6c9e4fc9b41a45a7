//! What identifies content: digests and question ids.
//!
//! Every digest is BLAKE3 in key-derivation mode under a context of its own, so that bytes hashed
//! for one purpose never collide with those of another. Contexts and encodings are frozen.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::domain::id::shown;

/// Context of question ids, over the canonical JSON of a meaning.
pub const QUESTION_CONTEXT: &str = "askonce 2026-11-21 question v1";

/// Context of entry ids, over a question id and a reference.
pub const ENTRY_CONTEXT: &str = "askonce 2026-11-21 entry v1";

/// Context of field digests, over the canonical JSON of a contract and a meaning.
pub const FIELD_CONTEXT: &str = "askonce 2026-11-21 field v1";

/// Context of field-set digests, over the sorted field digests.
pub const FIELD_SET_CONTEXT: &str = "askonce 2026-11-21 field-set v1";

/// What a question id's text starts with.
const QUESTION_PREFIX: &str = "q_";

/// How many bytes of the hash a question id keeps: 160 bits, no accidental collision ever.
const QUESTION_BYTES: usize = 20;

/// How many characters 20 bytes are in base32.
const QUESTION_BASE32_CHARS: usize = 32;

/// Text that is not a digest or a question id: what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Not a question id; holds the text as a message may show it.
    #[error("{0} is not a question id: expected q_ and 32 of a-z and 2-7")]
    Question(String),
    /// Not a digest; holds the text as a message may show it.
    #[error("{0} is not a digest: expected 64 of 0-9 and a-f")]
    Digest(String),
}

/// The id of a question: equal meanings have equal ids. Text and JSON: `q_` and 32 characters of
/// lower-case base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuestionId([u8; QUESTION_BYTES]);

impl QuestionId {
    /// The id of the question whose canonical meaning is `meaning`.
    #[must_use]
    pub fn of_meaning(meaning: &str) -> Self {
        static KEY: LazyLock<ContextKey> =
            LazyLock::new(|| hash_derive_key_context(QUESTION_CONTEXT));
        let Digest(hash) = derive_with(&KEY, meaning.as_bytes());
        let mut kept = [0; QUESTION_BYTES];
        kept.copy_from_slice(&hash[..QUESTION_BYTES]);
        Self(kept)
    }

    /// The id with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; QUESTION_BYTES]) -> Self {
        Self(bytes)
    }

    /// The id's bytes, in whose order ids sort.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; QUESTION_BYTES] {
        &self.0
    }
}

impl FromStr for QuestionId {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let wrong = || DigestError::Question(shown(text));
        let base32 = text.strip_prefix(QUESTION_PREFIX).ok_or_else(wrong)?;
        // The codec reads upper case only; upper case in the text is refused before.
        let is_lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if base32.len() != QUESTION_BASE32_CHARS || !base32.bytes().all(is_lower) {
            return Err(wrong());
        }
        let decoded = BASE32_NOPAD.decode(base32.to_ascii_uppercase().as_bytes());
        let bytes = decoded.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut base32 = BASE32_NOPAD.encode(&self.0);
        base32.make_ascii_lowercase();
        write!(f, "{QUESTION_PREFIX}{base32}")
    }
}

/// A BLAKE3 hash of 32 bytes. Text and JSON: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; blake3::OUT_LEN]);

impl Digest {
    /// The digest with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; blake3::OUT_LEN]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes, in whose order digests sort.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; blake3::OUT_LEN] {
        &self.0
    }

    /// The digest of an entry, from the text of its question and reference.
    #[must_use]
    pub fn of_entry(entry: &str) -> Self {
        static KEY: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(ENTRY_CONTEXT));
        derive_with(&KEY, entry.as_bytes())
    }

    /// The digest of the field whose contract and meaning are the canonical JSON `field`.
    #[must_use]
    pub fn of_field(field: &str) -> Self {
        static KEY: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(FIELD_CONTEXT));
        derive_with(&KEY, field.as_bytes())
    }

    /// The digest of a set of fields from theirs: order does not matter, repeats do.
    #[must_use]
    pub fn of_field_set(fields: impl IntoIterator<Item = Self>) -> Self {
        let mut fields: Vec<Self> = fields.into_iter().collect();
        fields.sort_unstable();
        let mut bytes = Vec::with_capacity(fields.len() * blake3::OUT_LEN);
        for field in &fields {
            bytes.extend_from_slice(&field.0);
        }
        derive(FIELD_SET_CONTEXT, &bytes)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let decoded = HEXLOWER.decode(text.as_bytes());
        let bytes = decoded.ok().and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or_else(|| DigestError::Digest(shown(text)))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

macro_rules! text_conversions {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = DigestError;

            fn try_from(text: String) -> Result<Self, DigestError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    )+};
}

text_conversions!(QuestionId, Digest);

/// The digest of `bytes` under `context`, which must belong to this one purpose alone.
#[must_use]
pub fn derive(context: &'static str, bytes: &[u8]) -> Digest {
    Digest(blake3::derive_key(context, bytes))
}

/// As [`derive`], with the context hashed beforehand: that is half the work on short inputs.
fn derive_with(key: &ContextKey, bytes: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_from_context_key(key);
    hasher.update(bytes);
    Digest(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_id_reads_back_as_written() {
        let id = QuestionId::of_meaning("{}");
        let text = id.to_string();
        assert_eq!(text.len(), 34);
        assert_eq!(text.parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<QuestionId>(&json).unwrap(), id);
        let upper = format!("q_{}", text[2..].to_ascii_uppercase());
        for bad in ["", "q_", &text[2..], &text[..33], &upper, "q_1", "x"] {
            assert!(bad.parse::<QuestionId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_reads_back_as_written() {
        let digest = derive("askonce test", b"");
        let text = digest.to_string();
        assert_eq!(text.parse(), Ok(digest));
        for bad in ["", &text[2..], &text.to_ascii_uppercase(), "zz"] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_context_hashed_beforehand_changes_nothing() {
        let Digest(hash) = derive(QUESTION_CONTEXT, b"{}");
        assert_eq!(QuestionId::of_meaning("{}").as_bytes(), &hash[..20]);
        assert_eq!(Digest::of_field("{}"), derive(FIELD_CONTEXT, b"{}"));
    }

    #[test]
    fn a_field_set_has_no_order_but_counts_repeats() {
        let (one, two) = (derive("askonce test", b"1"), derive("askonce test", b"2"));
        let set = |fields: &[Digest]| Digest::of_field_set(fields.iter().copied());
        assert_eq!(set(&[one, two]), set(&[two, one]));
        assert_ne!(set(&[one, two]), set(&[one, two, two]));
        assert_ne!(set(&[one]), one);
    }
}
