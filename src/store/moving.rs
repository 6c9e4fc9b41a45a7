//! A ledger on its way from one store to another: as a file that any store writes and any empty one takes.
//!
//! The file is text, a line of JSON each:
//!
//! ```text
//! {"format":"askonce-ledger-export 1"}
//! {"sequence":1,"recorded_at":"…","kind":"AskSubmitted","commitment":"<hex>","chain":"<hex>","salt":"<hex>","body":{…}}
//! {"sequence":2,"recorded_at":"…","kind":"AnswersSubmitted","commitment":"<hex>","chain":"<hex>","erased":true}
//! {"draft":{…},"home":"1-466088203","period":"2026-11"}
//! {"end":{"events":2,"erased":1,"drafts":1,"head_chain":"<hex>","digest":"<hex>"}}
//! ```
//!
//! Invariants:
//! - Events stand in the order of the ledger from the first, without a gap. The body is the very text that was
//!   committed to, so that its commitment can be checked wherever the file is read; an event that was
//!   erased has no body and no salt, and chains as it did.
//! - Behind the events stands what people have typed and not sent, which is no part of the ledger.
//! - The last line says how many there are of each, the chain value of the last event, and the digest of
//!   every line before: what was cut off or changed on the way is noticed, drafts too.
//! - A store takes all of a file or nothing, and only if it is empty. Then every sequence, chain value and
//!   request id is what it was: cursors go on, and a request that is repeated after the move is replayed.
//!
//! The format is frozen: what changes is another number behind its name.

mod fault;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use fault::MoveError;
pub(crate) use read::{Item, LedgerFile};
pub(crate) use write::Exporting;

use super::ledger::{BODY_BYTES_MAX, Digest};

/// What the first line says.
const FORMAT: &str = "askonce-ledger-export 1";

/// Context of the digest in the last line.
const DIGEST_CONTEXT: &str = "askonce 2026-11-22 ledger export v1";

/// Longest line, in bytes: the largest body, with a header.
const LINE_BYTES_MAX: usize = BODY_BYTES_MAX + 1024;

/// Most events taken over at once: the largest usual ones are a few megabytes together.
pub(crate) const GROUP_EVENTS_MAX: usize = 500;

/// Bytes at which a group takes no further event (4 MiB): a write that a disk takes in one go.
pub(crate) const GROUP_BYTES_MAX: usize = 4 << 20;

/// What a file holds, or what was taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Events, erased ones among them.
    pub events: u64,
    /// Events whose body was erased.
    pub erased: u64,
    /// What was typed and not sent, of so many forms.
    pub drafts: u64,
    /// The chain value of the last event.
    pub head_chain: Digest,
}

impl Moved {
    /// Nothing.
    const NOTHING: Self = Self {
        events: 0,
        erased: 0,
        drafts: 0,
        head_chain: Digest::ZERO,
    };
}

/// Told how many events are done, now and then.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstLine<'a> {
    #[serde(borrow)]
    format: Cow<'a, str>,
}

/// The line of an event.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<'a> {
    sequence: u64,
    #[serde(borrow)]
    recorded_at: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    commitment: Digest,
    chain: Digest,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    salt: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
}

/// The line of a draft.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftLine<'a> {
    #[serde(borrow)]
    draft: &'a RawValue,
    #[serde(borrow)]
    home: Cow<'a, str>,
    #[serde(borrow)]
    period: Cow<'a, str>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    end: End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    events: u64,
    erased: u64,
    drafts: u64,
    head_chain: Digest,
    digest: Digest,
}
