//! Where in the feed of an ask's deliveries a reader has come to.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::domain::id::{IdError, shown};
use crate::domain::reference::Reference;
use crate::domain::sheet::ReleaseKey;

/// Longest text of a cursor, in bytes: the longest names that it may hold, in base64.
const CURSOR_BYTES_MAX: usize = 1_000;

/// A place in a feed of deliveries: everything up to it was given.
///
/// Text: the ledger sequence, and for a place among the deliveries of one sequence a dot and what
/// names it. A place is named and not counted, because what was given together may be parted later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Of this sequence.
    pub sequence: u64,
    /// Up to this delivery of it; none for all of them.
    pub within: Option<Within>,
}

/// A delivery among those of one sequence, in their order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Within {
    /// What the answer speaks of.
    pub reference: Reference,
    /// Whose field.
    pub release: ReleaseKey,
}

impl Cursor {
    /// After everything of a sequence.
    #[must_use]
    pub fn after(sequence: u64) -> Self {
        Self {
            sequence,
            within: None,
        }
    }

    /// The last sequence of which everything was given.
    #[must_use]
    pub fn whole(&self) -> u64 {
        match self.within {
            None => self.sequence,
            Some(_) => self.sequence.saturating_sub(1),
        }
    }

    /// Whether a delivery was given already.
    pub(super) fn covers(&self, sequence: u64, place: &Within) -> bool {
        match &self.within {
            None => sequence <= self.sequence,
            Some(within) => {
                sequence < self.sequence || (sequence == self.sequence && place <= within)
            }
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sequence)?;
        if let Some(Within { reference, release }) = &self.within {
            let ReleaseKey { ask, period, field } = release;
            let named = format!("{reference}\n{ask}\n{period}\n{field}");
            write!(f, ".{}", BASE64URL_NOPAD.encode(named.as_bytes()))?;
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        read(text).ok_or_else(|| {
            let expected = "expected one that this broker gave, or a sequence";
            IdError(format!("{} is not a cursor: {expected}", shown(text)))
        })
    }
}

fn read(text: &str) -> Option<Cursor> {
    if text.len() > CURSOR_BYTES_MAX {
        return None;
    }
    let (sequence, within) = match text.split_once('.') {
        None => (text, None),
        Some((sequence, named)) => (sequence, Some(read_within(named)?)),
    };
    if !sequence.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sequence = sequence.parse().ok()?;
    Some(Cursor { sequence, within })
}

fn read_within(named: &str) -> Option<Within> {
    let bytes = BASE64URL_NOPAD.decode(named.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.split('\n');
    let mut part = || parts.next();
    let reference = part()?.parse().ok()?;
    let release = ReleaseKey {
        ask: part()?.parse().ok()?,
        period: part()?.parse().ok()?,
        field: part()?.parse().ok()?,
    };
    part().is_none().then_some(Within { reference, release })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_written_and_nothing_else_does() {
        let within = Within {
            reference: "span/2026-11-01..2026-11-30".parse().unwrap(),
            release: ReleaseKey {
                ask: "organisations/a/asks/b".parse().unwrap(),
                period: "2026-11".parse().unwrap(),
                field: "Fälle (neu)".parse().unwrap(),
            },
        };
        for within in [None, Some(within)] {
            let cursor = Cursor {
                sequence: 70,
                within,
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in ["", "x", "-1", "+1", "1.", "1.x", "1.AAAA", " 1"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
