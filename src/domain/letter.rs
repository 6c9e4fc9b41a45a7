//! The digest: the one letter that tells a home's people what falls due and what is newly asked.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::is_working_day;
use super::id::{AskName, HomeId};

/// On which days a person wants the digests of her homes.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DigestDays {
    /// Every working day of England, if there is something to say.
    #[default]
    EveryWorkingDay,
    /// On Mondays; where a Monday is none, on the first working day of its week.
    Mondays,
    /// Never.
    Never,
}

impl DigestDays {
    /// Every choice with its word.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::EveryWorkingDay, "every-working-day"),
        (Self::Mondays, "mondays"),
        (Self::Never, "never"),
    ];

    /// The choice of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, own)| *own == word).map(|(choice, _)| choice)
    }

    /// Whether a digest is wanted on a day.
    #[must_use]
    pub fn wants(self, day: Date) -> bool {
        match self {
            Self::EveryWorkingDay => is_working_day(day),
            Self::Mondays => begins_week(day),
            Self::Never => false,
        }
    }

    /// Whether nobody said otherwise.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a day is the first working day of its week.
#[must_use]
pub fn begins_week(day: Date) -> bool {
    let past_monday = day.weekday().to_monday_zero_offset();
    let mut before = (1..=past_monday).map(|days| day.saturating_sub(days.days()));
    is_working_day(day) && !before.any(is_working_day)
}

/// The digest of a home goes to its people; recorded before it does, so that none goes twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestSent {
    /// The home.
    pub home: HomeId,
    /// The day in London: one goes a day at most.
    pub day: Date,
    /// Whether it went to those, too, who want it once a week.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins_week: bool,
    /// What is asked of the home by then: the next one calls other asks new.
    pub asks: BTreeSet<AskName>,
}

/// A person said on which days she wants digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestPreferred {
    /// Her id.
    pub person: String,
    /// On which.
    pub digest: DigestDays,
}

/// What a home's people were told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDigest {
    /// When.
    pub day: Date,
    /// The asks of then.
    pub asks: BTreeSet<AskName>,
    /// The asks of when those were told last who want it once a week; none if they never were.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub weekly: BTreeSet<AskName>,
}

impl LastDigest {
    /// How it stands once another was sent.
    #[must_use]
    pub fn after(before: Option<Self>, sent: &DigestSent) -> Self {
        let weekly = match before {
            _ if sent.begins_week => sent.asks.clone(),
            Some(before) => before.weekly,
            None => BTreeSet::new(),
        };
        Self {
            day: sent.day,
            asks: sent.asks.clone(),
            weekly,
        }
    }

    /// The asks that are not new to whoever wants digests on these days.
    #[must_use]
    pub fn known_to(&self, days: DigestDays) -> &BTreeSet<AskName> {
        match days {
            DigestDays::Mondays => &self.weekly,
            DigestDays::EveryWorkingDay | DigestDays::Never => &self.asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_on_working_days_or_on_the_first_of_the_week() {
        let table = [
            // A usual Monday, Tuesday and Saturday.
            ("2026-11-23", true, true),
            ("2026-11-24", true, false),
            ("2026-11-28", false, false),
            // The Christmas of 2026: Monday a bank holiday, so that Tuesday is the first.
            ("2026-12-25", false, false),
            ("2026-12-28", false, false),
            ("2026-12-29", true, true),
            ("2026-12-30", true, false),
            // Easter Monday.
            ("2026-04-06", false, false),
            ("2026-04-07", true, true),
        ];
        for (day, daily, weekly) in table {
            let day = day.parse().unwrap();
            assert_eq!(DigestDays::EveryWorkingDay.wants(day), daily, "{day}");
            assert_eq!(DigestDays::Mondays.wants(day), weekly, "{day}");
            assert!(!DigestDays::Never.wants(day));
        }
    }

    #[test]
    fn a_choice_is_known_by_the_word_that_the_ledger_keeps() {
        for (choice, word) in DigestDays::ALL {
            assert_eq!(DigestDays::of_word(word), Some(choice));
            assert_eq!(serde_json::to_value(choice).unwrap(), word);
        }
        assert_eq!(DigestDays::of_word("Mondays"), None);
    }

    #[test]
    fn what_is_new_to_whoever_reads_weekly_is_what_came_since_her_last() {
        let ask = |id: &str| format!("organisations/sefton/asks/{id}").parse::<AskName>();
        let sent = |day: &str, begins_week, ids: &[&str]| DigestSent {
            home: "1-466088203".parse().unwrap(),
            day: day.parse().unwrap(),
            begins_week,
            asks: ids.iter().map(|id| ask(id).unwrap()).collect(),
        };
        let monday = LastDigest::after(None, &sent("2026-11-23", true, &["a"]));
        let wednesday = sent("2026-11-25", false, &["a", "b"]);
        let last = LastDigest::after(Some(monday), &wednesday);
        assert_eq!(last.known_to(DigestDays::EveryWorkingDay), &wednesday.asks);
        assert_eq!(last.known_to(DigestDays::Mondays).len(), 1);
        let only = LastDigest::after(None, &wednesday);
        assert!(only.known_to(DigestDays::Mondays).is_empty());
    }
}
