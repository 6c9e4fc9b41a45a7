//! What identifies an entry, and what a template is cached under.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::domain::ask::SharedAsk;
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::{Digest, QuestionId, derive};
use crate::domain::id::{IdError, shown};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;

const KEY_CONTEXT: &str = "askonce 2026-11-21 template key v1";
const ENTRY_BYTES: usize = 20;

/// The id of an entry: a hash of its question and reference, so that the same entry of two
/// templates has the same id. Text and JSON: `e_` and 32 characters of lower-case base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId([u8; ENTRY_BYTES]);

impl EntryId {
    /// The id of a question at a reference.
    #[must_use]
    pub fn of(question: &QuestionId, reference: &Reference) -> Self {
        let hash = Digest::of_entry(&format!("{question} {reference}"));
        let mut kept = [0; ENTRY_BYTES];
        kept.copy_from_slice(&hash.as_bytes()[..ENTRY_BYTES]);
        Self(kept)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut base32 = BASE32_NOPAD.encode(&self.0);
        base32.make_ascii_lowercase();
        write!(f, "e_{base32}")
    }
}

impl FromStr for EntryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || {
            let expected = "expected e_ and 32 of a-z and 2-7";
            IdError(format!("{} is not an entry id: {expected}", shown(text)))
        };
        let base32 = text.strip_prefix("e_").ok_or_else(wrong)?;
        if base32.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong());
        }
        let decoded = BASE32_NOPAD.decode(base32.to_ascii_uppercase().as_bytes());
        let bytes = decoded.ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(wrong)
    }
}

impl TryFrom<String> for EntryId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> String {
        id.to_string()
    }
}

/// What went into a template: equal keys are equal templates, so that a cache entry is never
/// stale and homes with the same asks share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TemplateKey(Digest);

impl TemplateKey {
    /// The key of a template of these asks, which may come in any order.
    #[must_use]
    pub fn of(period: Period, asks: &[SharedAsk], dictionary: &Dictionary, links: &Links) -> Self {
        Self::for_services(period, asks, &BTreeSet::new(), dictionary, links)
    }

    /// As [`TemplateKey::of`], of a home with these services, normalised: only those that a field
    /// names count.
    #[must_use]
    pub fn for_services(
        period: Period,
        asks: &[SharedAsk],
        services: &BTreeSet<String>,
        dictionary: &Dictionary,
        links: &Links,
    ) -> Self {
        let mut identities: Vec<Digest> = asks.iter().map(|ask| ask.identity).collect();
        identities.sort_unstable();
        let mut bytes = Vec::with_capacity(128 + identities.len() * 32);
        for digest in [dictionary.digest(), links.digest()]
            .iter()
            .chain(&identities)
        {
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes.extend_from_slice(period.to_string().as_bytes());
        let named = asks.iter().flat_map(|ask| &ask.fields);
        let named = named.flat_map(|own| own.field.applies_to.intersection(services));
        for service in named.collect::<BTreeSet<_>>() {
            bytes.extend_from_slice(b"\nservice ");
            bytes.extend_from_slice(service.as_bytes());
        }
        let rebased = asks.iter().filter(|ask| ask.provenance.rebased);
        for name in rebased.map(|ask| &ask.name).collect::<BTreeSet<_>>() {
            bytes.extend_from_slice(format!("\nrebased {name}").as_bytes());
        }
        Self(derive(KEY_CONTEXT, &bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_id_reads_back_as_written() {
        let id = EntryId::of(&QuestionId::from_bytes([7; 20]), &Reference::Standing);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "e_", "q_x", &id.to_string().to_uppercase()] {
            assert!(bad.parse::<EntryId>().is_err(), "{bad}");
        }
    }
}
