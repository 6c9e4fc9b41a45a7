//! The life of an ask: from when to when it asks, how it came to be recorded, on what basis.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Ask, RawAsk, Schedule};
use crate::domain::calendar;
use crate::domain::digest::{Digest, derive};
use crate::domain::fault::Faults;
use crate::domain::id::{IdError, shown};
use crate::domain::period::Period;

const BASIS_CONTEXT: &str = "askonce 2026-11-21 basis v1";

/// The digest of what a home releases an answer for: purpose and legal basis. A release stands for
/// the basis that the home saw.
#[must_use]
pub fn basis_of(purpose: &str, legal_basis: &str) -> Digest {
    // The length keeps the two texts apart, whatever they hold.
    let text = format!("{} {purpose}{legal_basis}", purpose.len());
    derive(BASIS_CONTEXT, text.as_bytes())
}

/// How an ask came to be recorded, beside what it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The token that submitted it; empty where that was not kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Whether somebody else submitted it for the organisation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_behalf: bool,
    /// The revision whose place it took; 0 for the first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replaces: u64,
    /// Whether purpose or legal basis was ever another: then a release that does not say for which
    /// basis it was made stands for one that is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rebased: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands members over by reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Provenance {
    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether an ask asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskState {
    /// It begins on a later day.
    Coming,
    /// It asks.
    Live,
    /// Its day of expiry is past: it asks for no further period.
    Expired,
    /// It was taken back: it is on no form.
    Withdrawn,
}

impl AskState {
    /// Every state with its word.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Coming, "coming"),
        (Self::Live, "live"),
        (Self::Expired, "expired"),
        (Self::Withdrawn, "withdrawn"),
    ];

    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("live", |(_, word)| word)
    }
}

impl fmt::Display for AskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AskState {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text);
        found.map(|(state, _)| *state).ok_or_else(|| {
            let expected = "expected coming, live, expired or withdrawn";
            IdError(format!("{} is not a state; {expected}", shown(text)))
        })
    }
}

impl Ask {
    /// Its state on a day, but for withdrawal, which it does not know of.
    #[must_use]
    pub fn state_on(&self, today: Date) -> AskState {
        let first = match &self.schedule {
            Schedule::Recurring { from, .. } => Some(*from),
            Schedule::Periods(periods) => periods.iter().map(|period| period.start()).min(),
        };
        if self.expires_on.is_some_and(|last| last < today) {
            AskState::Expired
        } else if first.is_some_and(|first| today < first) {
            AskState::Coming
        } else {
            AskState::Live
        }
    }

    /// The digest of purpose and legal basis.
    #[must_use]
    pub fn basis(&self) -> Digest {
        basis_of(&self.raw.purpose, &self.raw.legal_basis)
    }

    /// The first period that is not over on a day; the last one where all are.
    #[must_use]
    pub fn period_from(&self, today: Date) -> Option<Period> {
        match &self.schedule {
            Schedule::Recurring { cadence, from, .. } => {
                let first = cadence.period_of(today.max(*from));
                self.schedule.includes(&first).then_some(first)
            }
            Schedule::Periods(periods) => {
                let mut ordered: Vec<&Period> = periods.iter().collect();
                ordered.sort_by_key(|period| (period.last_day(), period.start()));
                let next = ordered.iter().find(|period| today <= period.last_day());
                next.or(ordered.last()).map(|period| **period)
            }
        }
    }
}

/// Reads a day; none where none is given.
pub(super) fn parse_day(path: &str, text: &str, faults: &mut Faults) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let read = calendar::parse_day(text);
    faults.take(path, read.map_err(|e| Faults::one("", e.to_string())))
}

/// Reads the day of expiry, and checks it and the day of review against each other and the days of
/// the schedule.
pub(super) fn parse_dates(
    raw: &RawAsk,
    schedule: Option<&Schedule>,
    faults: &mut Faults,
) -> Option<Date> {
    let review = parse_day("review_on", &raw.review_on, faults);
    let expiry = parse_day("expires_on", &raw.expires_on, faults);
    if let Some(Schedule::Recurring { from, .. }) = schedule {
        for (path, day) in [("review_on", review), ("expires_on", expiry)] {
            if day.is_some_and(|day| day < *from) {
                faults.add(path, format!("lies before the first day, {from}"));
            }
        }
    }
    if let Some((review, expiry)) = review.zip(expiry)
        && expiry < review
    {
        faults.add("expires_on", format!("lies before the review, {review}"));
    }
    expiry
}

/// A schedule without the periods that begin after the ask expired.
pub(super) fn until_expiry(
    schedule: Schedule,
    expires_on: Option<Date>,
    faults: &mut Faults,
) -> Schedule {
    let Some(expiry) = expires_on else {
        return schedule;
    };
    match schedule {
        Schedule::Recurring {
            cadence,
            from,
            until,
        } => Schedule::Recurring {
            cadence,
            from,
            until: Some(until.map_or(expiry, |until| until.min(expiry))),
        },
        Schedule::Periods(mut periods) => {
            periods.retain(|period| period.start() <= expiry);
            if periods.is_empty() {
                faults.add("expires_on", "lies before every period asked for");
            }
            Schedule::Periods(periods)
        }
    }
}
