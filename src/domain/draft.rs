//! A draft: what people have typed for a form and not sent, as they typed it.
//!
//! Invariants: nothing of it is checked but its size; one value an entry; every entry says at which
//! version it last changed, so that people who type at once are told of each other where they type
//! in the same place, and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::RawAnswer;
use super::fault::Faults;
use super::limits::{DRAFT_BYTES_MAX, DRAFT_ENTRIES_MAX, DRAFT_TEXT_CHARS_MAX};
use super::template::EntryId;

/// Which state of which draft: drafts of one form that follow each other have different ids, so
/// that a version never stands for two states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftVersion {
    /// The draft's id.
    pub id: String,
    /// Grows by one with every change.
    pub number: u64,
}

impl fmt::Display for DraftVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.number)
    }
}

impl FromStr for DraftVersion {
    type Err = Faults;

    fn from_str(text: &str) -> Result<Self, Faults> {
        let parts = text.split_once('.');
        let read = parts.and_then(|(id, number)| {
            let number = number.parse().ok()?;
            let id = id.to_owned();
            Some(Self { id, number })
        });
        read.ok_or_else(|| Faults::one("etag", "is not the etag of a draft"))
    }
}

/// What people have typed for one form of one home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Which state of which draft this is.
    pub version: DraftVersion,
    /// What was typed, by entry; what was discarded or sent keeps its place without a value, so that
    /// whoever typed there before is told.
    pub entries: BTreeMap<EntryId, DraftEntry>,
}

/// What was typed for an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftEntry {
    /// What was typed; none where it was discarded or sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<Typed>,
    /// The draft's number at which this last changed.
    pub changed: u64,
}

/// Something typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// What.
    pub answer: RawAnswer,
    /// By whom, in the home's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The question as it was worded then, for when it leaves the form.
    pub wording: String,
}

/// What a person sends to be kept: for each entry what was typed, or none to discard it.
pub type Typing = BTreeMap<EntryId, Option<Typed>>;

impl Draft {
    /// A draft with nothing in it.
    #[must_use]
    pub fn new(id: String) -> Self {
        Self {
            version: DraftVersion { id, number: 0 },
            entries: BTreeMap::new(),
        }
    }

    /// What is typed, by entry.
    pub fn typed(&self) -> impl Iterator<Item = (&EntryId, &Typed)> {
        let all = self.entries.iter();
        all.filter_map(|(id, entry)| Some((id, entry.typed.as_ref()?)))
    }

    /// Whether nothing is typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.typed().next().is_none()
    }

    /// The entries that somebody changed since `seen`, and that are sent with another value now.
    /// Whoever saw another draft than this one saw nothing of it.
    #[must_use]
    pub fn conflicts(&self, seen: Option<&DraftVersion>, typing: &Typing) -> Vec<EntryId> {
        let known = seen.filter(|seen| seen.id == self.version.id);
        let known = known.map_or(0, |seen| seen.number);
        let differs = |(id, sent): &(&EntryId, &Option<Typed>)| {
            let Some(entry) = self.entries.get(id) else {
                return false;
            };
            let (old, new) = (&entry.typed, sent);
            let same = match (old, new) {
                (Some(old), Some(new)) => old.answer == new.answer,
                (None, None) => true,
                _ => false,
            };
            entry.changed > known && !same
        };
        typing.iter().filter(differs).map(|(id, _)| *id).collect()
    }

    /// Takes what was typed; false if that changes nothing.
    pub fn take(&mut self, typing: Typing) -> bool {
        let number = self.version.number + 1;
        let mut is_changed = false;
        for (id, typed) in typing {
            let old = self.entries.get(&id).and_then(|entry| entry.typed.as_ref());
            if old.map(|old| &old.answer) == typed.as_ref().map(|new| &new.answer) {
                continue;
            }
            is_changed = true;
            let changed = number;
            self.entries.insert(id, DraftEntry { typed, changed });
        }
        if is_changed {
            self.version.number = number;
            self.forget();
        }
        is_changed
    }

    /// Takes out what was sent: every entry of `sent` but those that somebody changed since `seen`
    /// or, where that is not known, after `sent_at`.
    pub fn sent(
        &mut self,
        sent: &[EntryId],
        seen: Option<&DraftVersion>,
        sent_at: Timestamp,
    ) -> bool {
        let seen = seen.filter(|seen| seen.id == self.version.id);
        let goes = |id: &&EntryId| {
            let entry = self.entries.get(id);
            let typed = entry.and_then(|entry| Some((entry, entry.typed.as_ref()?)));
            typed.is_some_and(|(entry, typed)| match seen {
                Some(seen) => entry.changed <= seen.number,
                None => typed.at <= sent_at,
            })
        };
        let gone = sent.iter().filter(goes).map(|id| (*id, None)).collect();
        self.take(gone)
    }

    /// Forgets the places of what was discarded or sent longest ago, once there are too many.
    fn forget(&mut self) {
        while self.entries.len() > DRAFT_ENTRIES_MAX {
            let empty = self
                .entries
                .iter()
                .filter(|(_, entry)| entry.typed.is_none());
            let Some(oldest) = empty
                .min_by_key(|(_, entry)| entry.changed)
                .map(|(id, _)| *id)
            else {
                return;
            };
            self.entries.remove(&oldest);
        }
    }

    /// Whether it is small enough to be kept.
    ///
    /// # Errors
    /// Which bound it breaks.
    pub fn check_size(&self) -> Result<(), Faults> {
        let mut faults = Faults::new();
        if self.entries.len() > DRAFT_ENTRIES_MAX {
            let message = format!("would make a draft of more than {DRAFT_ENTRIES_MAX} entries");
            faults.add("answers", message);
        }
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len());
        if bytes > DRAFT_BYTES_MAX {
            let message = format!("would make a draft of more than {DRAFT_BYTES_MAX} bytes");
            faults.add("answers", message);
        }
        faults.into_result()
    }
}

/// Whether what was typed is no longer than what is kept of a draft.
///
/// # Errors
/// Every text that is too long, by path.
pub fn check_typed(raw: &RawAnswer) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let of = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
    for (path, chars) in [
        ("number", of(&raw.number)),
        ("unit", of(&raw.unit)),
        ("date", of(&raw.date)),
        ("text", of(&raw.text)),
        ("on", of(&raw.on)),
        ("note", raw.note.chars().count()),
    ] {
        if chars > DRAFT_TEXT_CHARS_MAX {
            faults.add(
                path,
                format!("is longer than {DRAFT_TEXT_CHARS_MAX} characters"),
            );
        }
    }
    faults.into_result()
}

/// Whether nothing but the entry is named: what was typed for it is to be discarded.
#[must_use]
pub fn is_blank(raw: &RawAnswer) -> bool {
    let blank = RawAnswer {
        entry: raw.entry.clone(),
        ..RawAnswer::default()
    };
    *raw == blank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::QuestionId;
    use crate::domain::reference::Reference;

    fn id(n: u8) -> EntryId {
        EntryId::of(&QuestionId::from_bytes([n; 20]), &Reference::Standing)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn typed(n: u8, number: &str, second: i64) -> Typed {
        let answer = RawAnswer {
            entry: id(n).to_string(),
            number: Some(number.into()),
            ..RawAnswer::default()
        };
        Typed {
            answer,
            by: "Jo".into(),
            at: at(second),
            wording: "How many?".into(),
        }
    }

    fn one(n: u8, number: &str) -> Typing {
        Typing::from([(id(n), Some(typed(n, number, 0)))])
    }

    #[test]
    fn only_the_same_entry_with_another_value_is_a_conflict() {
        let mut draft = Draft::new("d".into());
        assert!(draft.take(one(1, "1")));
        let seen = draft.version.clone();
        assert!(draft.take(one(2, "2")));
        let table = [
            (Some(&seen), one(1, "9"), vec![], "it is as it was seen"),
            (Some(&seen), one(2, "2"), vec![], "both typed the same"),
            (
                Some(&seen),
                one(2, "9"),
                vec![id(2)],
                "it was changed since",
            ),
            (Some(&seen), one(3, "9"), vec![], "nobody typed there"),
            (None, one(1, "9"), vec![id(1)], "no draft was seen"),
        ];
        for (seen, typing, expected, why) in table {
            assert_eq!(draft.conflicts(seen, &typing), expected, "{why}");
        }
        let discard = Typing::from([(id(2), None)]);
        assert_eq!(draft.conflicts(Some(&seen), &discard), [id(2)]);
        let other = Draft::new("e".into()).version;
        assert_eq!(draft.conflicts(Some(&other), &one(1, "9")), [id(1)]);
    }

    #[test]
    fn what_was_sent_goes_and_what_others_typed_since_stays() {
        let mut draft = Draft::new("d".into());
        draft.take(one(1, "1"));
        let seen = draft.version.clone();
        draft.take(Typing::from([(id(2), Some(typed(2, "2", 100)))]));
        let all = [id(1), id(2)];
        let mut own = draft.clone();
        assert!(own.sent(&all, Some(&seen), at(500)));
        assert_eq!(own.typed().map(|(id, _)| *id).collect::<Vec<_>>(), [id(2)]);
        assert!(
            own.conflicts(Some(&seen), &one(1, "1")) == [id(1)],
            "it was sent since"
        );
        let mut before = draft.clone();
        before.sent(&all, None, at(50));
        assert_eq!(before.typed().count(), 1, "typed after it was sent");
        assert!(draft.sent(&all, None, at(500)) && draft.is_empty());
        assert!(!draft.sent(&all, None, at(500)), "nothing is left to go");
    }

    #[test]
    fn places_of_what_is_gone_are_forgotten_before_there_are_too_many() {
        let mut draft = Draft::new("d".into());
        let reference = |day: i16| Reference::Moment {
            date: jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(i64::from(day)),
            at: None,
        };
        let question = QuestionId::from_bytes([7; 20]);
        for day in 0..1_500 {
            let id = EntryId::of(&question, &reference(day));
            draft.take(Typing::from([(id, Some(typed(1, "1", 0)))]));
            draft.take(Typing::from([(id, None)]));
        }
        assert_eq!(draft.entries.len(), DRAFT_ENTRIES_MAX);
        assert!(draft.check_size().is_ok());
    }

    #[test]
    fn a_version_reads_back_as_written() {
        let version = Draft::new("f_ab2".into()).version;
        assert_eq!(
            version.to_string().parse::<DraftVersion>().unwrap(),
            version
        );
        for wrong in ["", "f_ab2", "f_ab2.", "f_ab2.x"] {
            assert!(wrong.parse::<DraftVersion>().is_err(), "{wrong}");
        }
    }
}
