//! Of which span or moment a field speaks, relative to the period of its ask.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::field_type::terms::{TermError, terms};
use crate::domain::id::shown;

terms!(
    /// A span relative to the period of the ask.
    #[derive(Default)]
    ReferenceSpan, "a reference", {
        /// The period itself.
        #[default]
        Same = "same",
        /// The period before it, of the same length.
        Previous = "previous",
        /// The last month of the period.
        LastMonth = "last-month",
        /// The last week of the period.
        LastWeek = "last-week",
        /// The last day of the period.
        LastDay = "last-day",
        /// The first day of the period.
        FirstDay = "first-day",
    }
);

/// Which span a field speaks of, and at what time of its last day if not at the end.
///
/// Text: the span, then `@HH:MM` if a time is set, such as `same@12:00`. The default is `same`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct ReferenceRule {
    /// The span relative to the ask's period.
    pub span: ReferenceSpan,
    /// A stated clock time, for as-at fields only; unset is the end of the span.
    pub at: Option<ClockTime>,
}

impl ReferenceRule {
    /// Whether the rule adds nothing: the ask's own period, no clock time.
    #[must_use]
    pub fn is_same(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for ReferenceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.span)?;
        match self.at {
            Some(at) => write!(f, "@{at}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ReferenceRule {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        let (span, at) = match text.split_once('@') {
            Some((span, at)) => (span, Some(at.parse()?)),
            None => (text, None),
        };
        Ok(Self {
            span: span.parse()?,
            at,
        })
    }
}

impl TryFrom<String> for ReferenceRule {
    type Error = TermError;

    fn try_from(text: String) -> Result<Self, TermError> {
        text.parse()
    }
}

impl From<ReferenceRule> for String {
    fn from(rule: ReferenceRule) -> String {
        rule.to_string()
    }
}

/// A time of day to the minute, `00:00` to `23:59`, on the clocks of the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime {
    hour: i8,
    minute: i8,
}

impl ClockTime {
    /// The time of day.
    #[must_use]
    pub fn time(self) -> jiff::civil::Time {
        jiff::civil::time(self.hour, self.minute, 0, 0)
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for ClockTime {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        clock_time(text)
            .ok_or_else(|| TermError(format!("{} is not a time: expected HH:MM", shown(text))))
    }
}

/// Reads `HH:MM`.
fn clock_time(text: &str) -> Option<ClockTime> {
    let two_digits = |part: &str, end: i8| -> Option<i8> {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let value = plain.then(|| part.parse().ok())??;
        (value < end).then_some(value)
    };
    let (hour, minute) = text.split_once(':')?;
    Some(ClockTime {
        hour: two_digits(hour, 24)?,
        minute: two_digits(minute, 60)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_written_in_one_way_only() {
        for text in [
            "same",
            "same@12:00",
            "previous",
            "last-month@23:59",
            "first-day",
        ] {
            assert_eq!(text.parse::<ReferenceRule>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "@12:00",
            "same@",
            "same@24:00",
            "same@1:00",
            "same@12:60",
            "next",
            "same@12:00:00",
        ] {
            assert!(bad.parse::<ReferenceRule>().is_err(), "{bad}");
        }
        assert!("same".parse::<ReferenceRule>().unwrap().is_same());
        assert!(!"same@00:00".parse::<ReferenceRule>().unwrap().is_same());
    }

    #[test]
    fn a_clock_time_is_a_time_of_day() {
        let at: ClockTime = "12:05".parse().unwrap();
        assert_eq!(at.time(), jiff::civil::time(12, 5, 0, 0));
    }
}
