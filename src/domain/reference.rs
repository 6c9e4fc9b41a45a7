//! What an answer speaks of: a moment, a span, the day of completion, or no time at all.
//!
//! An answer belongs to a home, a question and a reference, so a reference is a value: compared,
//! hashed and written in one way. Its order is the byte order of its text, by which it can be
//! stored and ranged over. All dates and times are civil, in London.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use super::calendar::{day_label, days_label, minute_text, parse_clock, parse_day, parse_minute};
use super::field_type::{ClockTime, LookBack, Moment, ReferenceRule, ReferenceSpan, Timing};
use super::id::shown;
use super::period::{Period, PeriodKind};
use super::window::Window;

/// What an answer speaks of.
///
/// Text: `at/2026-11-30`, `at/2020-06-03T12:00`, `on/2026-11-08T00:00..2026-11-16T23:59`,
/// `span/2026-11-01..2026-11-30`, `standing`. The variants stand in the order of their texts; a day
/// comes before the times stated of it, although it means its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Reference {
    /// A state at a moment.
    Moment {
        /// The day, at its end unless a time is stated.
        date: Date,
        /// The time stated, to the minute.
        at: Option<Time>,
    },
    /// Whichever moment inside a window the home answers at; the answer keeps its own date.
    OnCompletion {
        /// The window's first minute.
        opens: DateTime,
        /// The window's last minute.
        closes: DateTime,
    },
    /// What happened over a span of days.
    Span {
        /// The first day.
        first: Date,
        /// The last day, included, and not before the first.
        last: Date,
    },
    /// A fact that holds until it changes.
    Standing,
}

/// Why there is no such reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Another form, a day that does not exist, or an end before its start; holds the text as it
    /// may be shown.
    #[error(
        "{0} is not a reference: at/2026-11-30, at/2020-06-03T12:00, \
         on/2026-11-08T00:00..2026-11-16T23:59, span/2026-11-01..2026-11-30 or standing"
    )]
    NotAReference(String),
    /// The rule picks a span that the period does not have, such as the last month of a week.
    #[error("the period {1} has no span {0}")]
    NoSuchSpan(ReferenceSpan, Period),
    /// A state on completion with a rule of its own.
    #[error("a state on completion speaks of the window: its reference can only be same")]
    RuleOnCompletion,
    /// A clock time for what happened over a span.
    #[error("only a state at a moment has a clock time")]
    ClockOfSpan,
}

impl Reference {
    /// The last day that it speaks of; none if it stands until it changes.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        match self {
            Self::Moment { date, .. } => Some(date),
            Self::OnCompletion { closes, .. } => Some(closes.date()),
            Self::Span { last, .. } => Some(last),
            Self::Standing => None,
        }
    }

    /// The reference as people read it: `on 30 November 2026`, `in November 2026`, `when you
    /// answer, between 8 and 16 November 2026`.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Moment { date, at: None } => format!("on {}", day_label(date)),
            Self::Moment { date, at: Some(at) } => {
                format!("at {} on {}", at.strftime("%H:%M"), day_label(date))
            }
            Self::OnCompletion { opens, closes } => {
                let window = Window { opens, closes };
                let (first, last) = (opens.date(), closes.date());
                let when = match window.is_whole_days() {
                    true if first == last => format!("on {}", day_label(last)),
                    true => format!("between {}", days_label(first, last, "and")),
                    false => window.label(),
                };
                format!("when you answer, {when}")
            }
            Self::Span { first, last } => span_label(first, last),
            Self::Standing => "standing".to_owned(),
        }
    }
}

/// A span as people read it in a sentence, by its calendar name if it has one.
fn span_label(first: Date, last: Date) -> String {
    let Ok(period) = Period::inclusive(first, last) else {
        return format!("from {}", days_label(first, last, "to"));
    };
    let word = match period.kind() {
        PeriodKind::Day => "on",
        PeriodKind::Week => "in the",
        PeriodKind::Month | PeriodKind::Year => "in",
        PeriodKind::Quarter | PeriodKind::FinancialYear | PeriodKind::Range => "from",
    };
    format!("{word} {}", period.label())
}

/// The reference of one field for one period of its ask.
///
/// `rule` picks a span from the period: a state speaks of its end (the end of its last day, or the
/// time stated), events of the whole of it, a look-back of so long before its end. On completion, a
/// state speaks of the window; so does a look-back with no rule of its own if
/// `ask_is_on_completion`. A standing fact has no reference in time, whatever its rule.
///
/// # Errors
/// [`ReferenceError::NoSuchSpan`], [`ReferenceError::RuleOnCompletion`] or
/// [`ReferenceError::ClockOfSpan`].
pub fn resolve(
    timing: Timing,
    moment: Moment,
    rule: ReferenceRule,
    period: Period,
    window: Window,
    ask_is_on_completion: bool,
) -> Result<Reference, ReferenceError> {
    let Window { opens, closes } = window;
    match timing {
        Timing::Standing => Ok(Reference::Standing),
        Timing::AsAt if moment == Moment::OnCompletion && rule.is_same() => {
            Ok(Reference::OnCompletion { opens, closes })
        }
        Timing::AsAt if moment == Moment::OnCompletion => Err(ReferenceError::RuleOnCompletion),
        Timing::AsAt => {
            let (_, date) = pick(rule.span, period)?;
            let at = rule.at.map(ClockTime::time);
            Ok(Reference::Moment { date, at })
        }
        Timing::During | Timing::LookBack(_) if rule.at.is_some() => {
            Err(ReferenceError::ClockOfSpan)
        }
        Timing::During => {
            let (first, last) = pick(rule.span, period)?;
            Ok(Reference::Span { first, last })
        }
        Timing::LookBack(_) if ask_is_on_completion && rule.is_same() => {
            Ok(Reference::OnCompletion { opens, closes })
        }
        Timing::LookBack(length) => {
            let (_, last) = pick(rule.span, period)?;
            let first = look_back(length, last);
            Ok(Reference::Span { first, last })
        }
    }
}

/// First and last day of the span that a rule picks from a period, never outside it but for the
/// previous one.
fn pick(span: ReferenceSpan, period: Period) -> Result<(Date, Date), ReferenceError> {
    let (start, end) = (period.start(), period.end_exclusive());
    let within = |first: Date, end: Date| {
        let last = end.saturating_sub(1.day());
        (start <= first).then_some((first, last))
    };
    let picked = match span {
        ReferenceSpan::Same => Some((start, period.last_day())),
        ReferenceSpan::Previous => period.previous().map(|p| (p.start(), p.last_day())),
        ReferenceSpan::LastMonth => {
            // The last month that is wholly over when the period is.
            let end = end.first_of_month();
            within(end.saturating_sub(1.month()), end)
        }
        ReferenceSpan::LastWeek => within(end.saturating_sub(7.days()), end),
        ReferenceSpan::LastDay => within(period.last_day(), end),
        ReferenceSpan::FirstDay => Some((start, start)),
    };
    picked.ok_or(ReferenceError::NoSuchSpan(span, period))
}

/// The first day of a look-back to the end of `last`. It counts back from the midnight that ends
/// `last`, so that months before a month's end are whole months whatever their lengths; from a day
/// that the earlier month does not have, it starts on that month's last day.
fn look_back(length: LookBack, last: Date) -> Date {
    let end = last.saturating_add(1.day());
    match length {
        LookBack::Months(months) => end.saturating_sub(i32::from(months).months()),
        LookBack::Days(days) => end.saturating_sub(i32::from(days).days()),
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Moment { date, at: None } => write!(f, "at/{date}"),
            Self::Moment { date, at: Some(at) } => {
                write!(f, "at/{}", minute_text(date.to_datetime(at)))
            }
            Self::OnCompletion { opens, closes } => {
                write!(f, "on/{}..{}", minute_text(opens), minute_text(closes))
            }
            Self::Span { first, last } => write!(f, "span/{first}..{last}"),
            Self::Standing => f.write_str("standing"),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        read(text).ok_or_else(|| ReferenceError::NotAReference(shown(text)))
    }
}

fn read(text: &str) -> Option<Reference> {
    if text == "standing" {
        return Some(Reference::Standing);
    }
    let (kind, rest) = text.split_once('/')?;
    match (kind, rest.split_once("..")) {
        ("at", None) => {
            let (day, clock) = match rest.split_once('T') {
                Some((day, clock)) => (day, Some(clock)),
                None => (rest, None),
            };
            let date = parse_day(day).ok()?;
            let at = match clock {
                Some(clock) => Some(parse_clock(clock)?),
                None => None,
            };
            Some(Reference::Moment { date, at })
        }
        ("on", Some((opens, closes))) => {
            let (opens, closes) = (parse_minute(opens)?, parse_minute(closes)?);
            (opens <= closes).then_some(Reference::OnCompletion { opens, closes })
        }
        ("span", Some((first, last))) => {
            let (first, last) = (parse_day(first).ok()?, parse_day(last).ok()?);
            (first <= last).then_some(Reference::Span { first, last })
        }
        _ => None,
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::window::WindowRule;

    /// Resolves one row: timing, moment, rule and period, `on-completion` for such an ask.
    fn resolved(row: &str) -> Result<Reference, ReferenceError> {
        let words: Vec<&str> = row.split_whitespace().collect();
        let period: Period = words[3].parse().unwrap();
        resolve(
            words[0].parse().unwrap(),
            words[1].parse().unwrap(),
            words[2].parse().unwrap(),
            period,
            WindowRule::default().window(&period).unwrap(),
            words.get(4) == Some(&"on-completion"),
        )
    }

    #[test]
    fn a_field_speaks_of_what_its_rule_picks_from_the_period() {
        let table = "
            as-at period-end same 2026-11 = at/2026-11-30
            as-at period-end same 2028-02 = at/2028-02-29
            as-at period-end same@12:00 2020-06-03 = at/2020-06-03T12:00
            as-at period-end first-day 2026-W53 = at/2026-12-28
            as-at period-end previous 2027-Q1 = at/2026-12-31
            as-at period-end same 2026-11 on-completion = at/2026-11-30
            as-at on-completion same 2026-11 = on/2026-11-30T00:00..2026-12-14T23:59
            during period-end same 2026-11 = span/2026-11-01..2026-11-30
            during period-end same 2026-11 on-completion = span/2026-11-01..2026-11-30
            during period-end previous FY2026 = span/2025-04-01..2026-03-31
            during period-end previous 2028-03 = span/2028-02-01..2028-02-29
            during period-end previous 2026-11-11..2026-11-20 = span/2026-11-01..2026-11-10
            during period-end last-month 2026-Q4 = span/2026-12-01..2026-12-31
            during period-end last-month 2026-11 = span/2026-11-01..2026-11-30
            during period-end last-month 2026-10-01..2026-11-20 = span/2026-10-01..2026-10-31
            during period-end last-week 2026-11 = span/2026-11-24..2026-11-30
            during period-end last-day 2026-W47 = span/2026-11-22..2026-11-22
            standing period-end same 2026 = standing";
        for row in table.trim().lines() {
            let (case, expected) = row.split_once(" = ").unwrap();
            assert_eq!(resolved(case).unwrap().to_string(), expected, "{row}");
        }
    }

    #[test]
    fn a_look_back_ends_where_the_span_ends() {
        let table = "
            during:P12M period-end same 2026-12-31 = span/2026-01-01..2026-12-31
            during:P12M period-end same 2026-02 = span/2025-03-01..2026-02-28
            during:P12M period-end same 2028-02 = span/2027-03-01..2028-02-29
            during:P12M period-end same 2028-02-28 = span/2027-02-28..2028-02-28
            during:P3M period-end same 2026-Q2 = span/2026-04-01..2026-06-30
            during:P1M period-end same 2026-04-30 = span/2026-04-01..2026-04-30
            during:P1M period-end same 2026-03-29 = span/2026-02-28..2026-03-29
            during:P7D period-end same 2026-01-03 = span/2025-12-28..2026-01-03
            during:P1D period-end same 2028-03-01 = span/2028-03-01..2028-03-01
            during:P7D period-end previous 2027-01 = span/2026-12-25..2026-12-31
            during:P7D period-end same 2026-11 on-completion = on/2026-11-30T00:00..2026-12-14T23:59
            during:P7D period-end previous 2027-01 on-completion = span/2026-12-25..2026-12-31
            during:P120M period-end same 1990-01 = span/1980-02-01..1990-01-31";
        for row in table.trim().lines() {
            let (case, expected) = row.split_once(" = ").unwrap();
            assert_eq!(resolved(case).unwrap().to_string(), expected, "{row}");
        }
    }

    #[test]
    fn a_rule_that_picks_nothing_is_an_error() {
        for row in [
            "during period-end last-month 2026-W47",
            "during period-end last-month 2026-11-01..2026-11-20",
            "as-at period-end last-week 2026-11-21",
            "during period-end previous 1990",
        ] {
            let found = resolved(row);
            assert!(
                matches!(found, Err(ReferenceError::NoSuchSpan(..))),
                "{row}"
            );
        }
        let error = |row| resolved(row).unwrap_err();
        let on_completion = error("as-at on-completion previous 2026-11");
        assert_eq!(on_completion, ReferenceError::RuleOnCompletion);
        let clock = error("during period-end same@12:00 2026-11");
        assert_eq!(clock, ReferenceError::ClockOfSpan);
    }

    /// In the order of the texts, which is that of the references.
    const LABELS: [(&str, &str); 15] = [
        ("at/2020-06-03", "on 3 June 2020"),
        ("at/2020-06-03T00:00", "at 00:00 on 3 June 2020"),
        ("at/2020-06-03T12:00", "at 12:00 on 3 June 2020"),
        ("at/2026-11-30", "on 30 November 2026"),
        (
            "on/2020-06-02T00:00..2020-06-03T11:00",
            "when you answer, by 11:00 on Wednesday 3 June 2020",
        ),
        (
            "on/2026-11-08T00:00..2026-11-08T23:59",
            "when you answer, on 8 November 2026",
        ),
        (
            "on/2026-11-08T00:00..2026-11-16T23:59",
            "when you answer, between 8 and 16 November 2026",
        ),
        ("span/1980-02-01..1980-02-09", "from 1 to 9 February 1980"),
        (
            "span/2025-03-01..2026-02-28",
            "from March 2025 to February 2026",
        ),
        (
            "span/2026-10-01..2026-12-31",
            "from October to December 2026",
        ),
        ("span/2026-11-01..2026-11-20", "from 1 to 20 November 2026"),
        ("span/2026-11-01..2026-11-30", "in November 2026"),
        (
            "span/2026-11-16..2026-11-22",
            "in the week ending Sunday 22 November 2026",
        ),
        (
            "span/2026-11-21..2026-11-21",
            "on Saturday 21 November 2026",
        ),
        ("standing", "standing"),
    ];

    #[test]
    fn references_are_read_back_labelled_and_ordered_as_written() {
        let read = |text: &str| text.parse::<Reference>().unwrap();
        for (text, label) in LABELS {
            assert_eq!(read(text).to_string(), text);
            assert_eq!(read(text).label(), label);
            let json = serde_json::to_string(&read(text)).unwrap();
            assert_eq!(
                serde_json::from_str::<Reference>(&json).unwrap(),
                read(text)
            );
        }
        for (one, other) in LABELS.iter().zip(&LABELS[1..]) {
            assert!(
                one.0 < other.0 && read(one.0) < read(other.0),
                "{}",
                other.0
            );
        }
        assert_eq!(
            read("at/2026-11-30").last_day(),
            parse_day("2026-11-30").ok()
        );
        assert_eq!(read("standing").last_day(), None);
        let bad = "|at|at/|at/2026-11-31|at/2026-11-30T24:00|at/2026-11-30T|standing/|\
            span/2026-11-30|span/2026-11-30..2026-11-01|on/2026-11-08..2026-11-16|\
            on/2026-11-16T23:59..2026-11-08T00:00|During/2026-11-01..2026-11-30";
        for text in bad.split('|') {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
