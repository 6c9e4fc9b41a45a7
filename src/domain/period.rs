//! Periods of time with stable ids, and the cadences that yield them.
//!
//! A [`Period`] is its span of whole days and nothing else: two names of one span are one period,
//! equal, hashed and ordered alike, and written by one canonical id, the shorter calendar name
//! (`FY2026-Q3` is `2026-Q4`, `2026-11-01..2026-11-30` is `2026-11`). Every period lies within
//! [`EARLIEST`] and [`LATEST`], so that no arithmetic on it can leave the calendar.

use std::fmt;
use std::iter::successors;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday, date};
use serde::{Deserialize, Serialize};

use super::calendar::{
    DayError, days_label, number, parse_day, parse_weekday, weekday_label, weekday_word,
};
use super::id::shown;

/// First day that a period may hold.
pub const EARLIEST: Date = date(1990, 1, 1);
/// Last day that a period may hold.
pub const LATEST: Date = date(2199, 12, 31);

/// Most days of a range, about ten years: longer is a slip of the pen.
pub const RANGE_DAYS_MAX: i64 = 3_660;

/// Why a text or a pair of days is not a period, or a word not a cadence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// No form of id at all; holds the text as it may be shown.
    #[error(
        "{0} is not a period: write a day 2026-11-21, an ISO week 2026-W47, a week from another \
         weekday 2026-W47-wed, a month 2026-11, a quarter 2026-Q4 or FY2026-Q3, a year 2026, a \
         financial year FY2026 or a range 2026-11-01..2026-11-20"
    )]
    NotAPeriod(String),
    /// A month, quarter or week that the year does not have; holds the text.
    #[error("{0} does not exist: the calendar has no such month, quarter or ISO week")]
    NotInCalendar(String),
    /// A day that is none.
    #[error(transparent)]
    Day(#[from] DayError),
    /// A range that ends before it starts.
    #[error("a range runs from its first day to its last, but {0} comes after {1}")]
    Reversed(Date, Date),
    /// A range of more than [`RANGE_DAYS_MAX`] days; holds how many.
    #[error("a range has at most {RANGE_DAYS_MAX} days, not {0}")]
    TooLong(i64),
    /// A day outside [`EARLIEST`] to [`LATEST`].
    #[error("a period lies between {EARLIEST} and {LATEST}")]
    OutsideYears,
    /// No cadence; holds the text as it may be shown.
    #[error(
        "{0} is not a cadence: write daily, weekly, weekly-tue to weekly-sun, monthly, quarterly, \
         yearly or financial-yearly"
    )]
    NotACadence(String),
}

/// What sort of span a period is, by its days alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodKind {
    /// One day.
    Day,
    /// Seven days, an ISO week if they start on a Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter, which is also a quarter of a financial year.
    Quarter,
    /// A calendar year.
    Year,
    /// April to March.
    FinancialYear,
    /// Any other span of whole days.
    Range,
}

/// A span of whole days, ordered by first day, then by last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    start: Date,
    end: Date,
}

impl Period {
    /// The period from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`PeriodError::Reversed`], [`PeriodError::OutsideYears`] or [`PeriodError::TooLong`].
    pub fn inclusive(first: Date, last: Date) -> Result<Self, PeriodError> {
        if last < first {
            return Err(PeriodError::Reversed(first, last));
        }
        let (start, end) = (first, last.saturating_add(1.day()));
        let period = Self { start, end };
        match period.days() {
            _ if first < EARLIEST || LATEST < last => Err(PeriodError::OutsideYears),
            days if days > RANGE_DAYS_MAX => Err(PeriodError::TooLong(days)),
            _ => Ok(period),
        }
    }

    /// The first day.
    #[must_use]
    pub fn start(self) -> Date {
        self.start
    }

    /// The day after the last.
    #[must_use]
    pub fn end_exclusive(self) -> Date {
        self.end
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.end.saturating_sub(1.day())
    }

    /// How many days, at least one.
    #[must_use]
    pub fn days(self) -> i64 {
        self.start.duration_until(self.end).as_hours() / 24
    }

    /// Whether `day` is one of its days.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.start <= day && day < self.end
    }

    /// What sort of span it is.
    #[must_use]
    pub fn kind(self) -> PeriodKind {
        let after = |months: i32| self.start.saturating_add(months.months());
        let is_months = |count| self.start.day() == 1 && self.end == after(count);
        match self.days() {
            1 => PeriodKind::Day,
            7 => PeriodKind::Week,
            _ if is_months(1) => PeriodKind::Month,
            _ if is_months(3) && self.start.month() % 3 == 1 => PeriodKind::Quarter,
            _ if is_months(12) && self.start.month() == 1 => PeriodKind::Year,
            _ if is_months(12) && self.start.month() == 4 => PeriodKind::FinancialYear,
            _ => PeriodKind::Range,
        }
    }

    /// The period of the kind that follows, for a range as many days; `None` past [`LATEST`].
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.shifted(1)
    }

    /// The period of the kind before, for a range as many days; `None` before [`EARLIEST`].
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.shifted(-1)
    }

    fn shifted(self, steps: i64) -> Option<Self> {
        // Calendar kinds start on the first of a month, from which adding months is exact.
        let distance = match self.kind() {
            PeriodKind::Day | PeriodKind::Week | PeriodKind::Range => (steps * self.days()).days(),
            PeriodKind::Month => steps.months(),
            PeriodKind::Quarter => (steps * 3).months(),
            PeriodKind::Year | PeriodKind::FinancialYear => (steps * 12).months(),
        };
        let start = self.start.saturating_add(distance);
        let end = self.end.saturating_add(distance);
        Self::inclusive(start, end.saturating_sub(1.day())).ok()
    }

    /// The period as people read it, such as `week ending Sunday 22 November 2026`.
    #[must_use]
    pub fn label(self) -> String {
        let (first, last) = (self.start, self.last_day());
        match self.kind() {
            PeriodKind::Day => weekday_label(first),
            PeriodKind::Week => format!("week ending {}", weekday_label(last)),
            PeriodKind::Month => first.strftime("%B %Y").to_string(),
            PeriodKind::Year => first.strftime("%Y").to_string(),
            _ if first.day() > 1 || self.end.day() > 1 => days_label(first, last, "to"),
            _ if first.year() < last.year() => {
                format!("{} to {}", first.strftime("%B %Y"), last.strftime("%B %Y"))
            }
            _ => format!("{} to {}", first.strftime("%B"), last.strftime("%B %Y")),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.start;
        match self.kind() {
            PeriodKind::Day => write!(f, "{first}"),
            PeriodKind::Week => {
                let iso = first.iso_week_date();
                write!(f, "{}-W{:02}", iso.year(), iso.week())?;
                match iso.weekday() {
                    Weekday::Monday => Ok(()),
                    starts => write!(f, "-{}", weekday_word(starts)),
                }
            }
            PeriodKind::Month => write!(f, "{}", first.strftime("%Y-%m")),
            PeriodKind::Quarter => write!(f, "{}-Q{}", first.year(), (first.month() + 2) / 3),
            PeriodKind::Year => write!(f, "{}", first.year()),
            PeriodKind::FinancialYear => write!(f, "FY{}", first.year()),
            PeriodKind::Range => write!(f, "{first}..{}", self.last_day()),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let not_a_period = || PeriodError::NotAPeriod(shown(text));
        let not_in_calendar = || PeriodError::NotInCalendar(shown(text));
        if let Some((first, last)) = text.split_once("..") {
            return Self::inclusive(parse_day(first)?, parse_day(last)?);
        }
        let cut = text.split_once('-');
        let (head, rest) = cut.map_or((text, None), |(head, rest)| (head, Some(rest)));
        let financial = head.strip_prefix("FY");
        let year = number(financial.unwrap_or(head), 4).ok_or_else(not_a_period)?;
        if !(EARLIEST.year()..=LATEST.year()).contains(&year) {
            return Err(PeriodError::OutsideYears);
        }
        let year_start = date(year, if financial.is_some() { 4 } else { 1 }, 1);
        let months = |skipped: i16, count: i32| {
            let first = year_start.saturating_add(skipped.months());
            let end = first.saturating_add(count.months());
            Self::inclusive(first, end.saturating_sub(1.day()))
        };
        let Some(rest) = rest else {
            return months(0, 12);
        };
        if let Some(quarter) = rest.strip_prefix('Q') {
            return match number(quarter, 1).ok_or_else(not_a_period)? {
                quarter @ 1..=4 => months((quarter - 1) * 3, 3),
                _ => Err(not_in_calendar()),
            };
        }
        if financial.is_some() {
            return Err(not_a_period());
        }
        if let Some(week) = rest.strip_prefix('W') {
            let (week, starts) = week.split_once('-').unwrap_or((week, "mon"));
            let week = number(week, 2).and_then(|week| i8::try_from(week).ok());
            let (week, starts) = week.zip(parse_weekday(starts)).ok_or_else(not_a_period)?;
            let first = ISOWeekDate::new(year, week, starts).map_err(|_| not_in_calendar())?;
            return Self::inclusive(first.date(), first.date().saturating_add(6.days()));
        }
        match number(rest, 2) {
            Some(month @ 1..=12) => months(month - 1, 1),
            Some(_) => Err(not_in_calendar()),
            None if !rest.contains('-') => Err(not_a_period()),
            None => {
                let day = parse_day(text)?;
                Self::inclusive(day, day)
            }
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

/// How often something is asked. A cadence yields one period for each day, and tiles the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// Each day.
    Daily,
    /// Each seven days.
    Weekly {
        /// The weekday on which a week starts.
        starts: Weekday,
    },
    /// Each calendar month.
    Monthly,
    /// Each calendar quarter.
    Quarterly,
    /// Each calendar year.
    Yearly,
    /// Each April to March.
    FinancialYearly,
}

impl Cadence {
    /// The period in which `day` lies; where that would leave [`EARLIEST`] to [`LATEST`], the
    /// nearest one within.
    #[must_use]
    pub fn period_of(self, day: Date) -> Period {
        let (start, end) = self.span_of(day.clamp(EARLIEST, LATEST));
        let (start, end) = if start < EARLIEST {
            self.span_of(end)
        } else if LATEST < end.saturating_sub(1.day()) {
            self.span_of(start.saturating_sub(1.day()))
        } else {
            (start, end)
        };
        Period { start, end }
    }

    /// Whether `period` is one of this cadence's.
    #[must_use]
    pub fn yields(self, period: &Period) -> bool {
        self.span_of(period.start) == (period.start, period.end)
    }

    /// Every period that shares a day with `first..=last`, in order. None if `last` comes before
    /// `first`; the years supported bound it.
    pub fn periods_between(self, first: Date, last: Date) -> impl Iterator<Item = Period> {
        successors(Some(self.period_of(first)), |period| period.next())
            .take_while(move |period| first <= last && period.start <= last)
            .filter(move |period| first < period.end)
    }

    /// First day and exclusive end of the span in which `day` lies.
    fn span_of(self, day: Date) -> (Date, Date) {
        let months = |since_start: i8, count: i32| {
            let first = day.first_of_month().saturating_sub(since_start.months());
            (first, first.saturating_add(count.months()))
        };
        match self {
            Self::Daily => (day, day.saturating_add(1.day())),
            Self::Weekly { starts } => {
                let first = day.saturating_sub(day.weekday().since(starts).days());
                (first, first.saturating_add(7.days()))
            }
            Self::Monthly => months(0, 1),
            Self::Quarterly => months((day.month() - 1) % 3, 3),
            Self::Yearly => months(day.month() - 1, 12),
            Self::FinancialYearly => months((day.month() + 8) % 12, 12),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daily => "daily",
            Self::Weekly {
                starts: Weekday::Monday,
            } => "weekly",
            Self::Weekly { starts } => return write!(f, "weekly-{}", weekday_word(*starts)),
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
            Self::FinancialYearly => "financial-yearly",
        })
    }
}

impl FromStr for Cadence {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let starts = match text {
            "daily" => return Ok(Self::Daily),
            "monthly" => return Ok(Self::Monthly),
            "quarterly" => return Ok(Self::Quarterly),
            "yearly" => return Ok(Self::Yearly),
            "financial-yearly" => return Ok(Self::FinancialYearly),
            "weekly" => Some(Weekday::Monday),
            _ => text.strip_prefix("weekly-").and_then(parse_weekday),
        };
        let starts = starts.ok_or_else(|| PeriodError::NotACadence(shown(text)))?;
        Ok(Self::Weekly { starts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(id: &str) -> Period {
        id.parse().unwrap()
    }

    // As written | canonical id | first day | last day | days | as people read it.
    const NAMES: &str = "
        2026-11-21             | 2026-11-21     | 2026-11-21 | 2026-11-21 | 1   | Saturday 21 November 2026
        2026-W47               | 2026-W47       | 2026-11-16 | 2026-11-22 | 7   | week ending Sunday 22 November 2026
        2026-W47-mon           | 2026-W47       | 2026-11-16 | 2026-11-22 | 7   | week ending Sunday 22 November 2026
        2026-W47-wed           | 2026-W47-wed   | 2026-11-18 | 2026-11-24 | 7   | week ending Tuesday 24 November 2026
        2026-11-18..2026-11-24 | 2026-W47-wed   | 2026-11-18 | 2026-11-24 | 7   | week ending Tuesday 24 November 2026
        2026-W53               | 2026-W53       | 2026-12-28 | 2027-01-03 | 7   | week ending Sunday 3 January 2027
        2026-W01               | 2026-W01       | 2025-12-29 | 2026-01-04 | 7   | week ending Sunday 4 January 2026
        2026-11                | 2026-11        | 2026-11-01 | 2026-11-30 | 30  | November 2026
        2028-02-01..2028-02-29 | 2028-02        | 2028-02-01 | 2028-02-29 | 29  | February 2028
        FY2026-Q3              | 2026-Q4        | 2026-10-01 | 2026-12-31 | 92  | October to December 2026
        FY2026-Q4              | 2027-Q1        | 2027-01-01 | 2027-03-31 | 90  | January to March 2027
        2026                   | 2026           | 2026-01-01 | 2026-12-31 | 365 | 2026
        FY2026                 | FY2026         | 2026-04-01 | 2027-03-31 | 365 | April 2026 to March 2027
        2027-04-01..2028-03-31 | FY2027         | 2027-04-01 | 2028-03-31 | 366 | April 2027 to March 2028
        2026-11-01..2026-11-20 | 2026-11-01..2026-11-20 | 2026-11-01 | 2026-11-20 | 20 | 1 to 20 November 2026
        2026-12-25..2027-01-03 | 2026-12-25..2027-01-03 | 2026-12-25 | 2027-01-03 | 10 | 25 December 2026 to 3 January 2027
        2026-02-01..2026-04-30 | 2026-02-01..2026-04-30 | 2026-02-01 | 2026-04-30 | 89 | February to April 2026";

    #[test]
    fn a_period_has_one_id_whatever_it_was_called() {
        for row in NAMES.trim().lines() {
            let columns: Vec<&str> = row.split('|').map(str::trim).collect();
            let read = period(columns[0]);
            let (first, last, days) = (read.start(), read.last_day(), read.days());
            let found = format!("{read}|{first}|{last}|{days}|{}", read.label());
            assert_eq!(found, columns[1..].join("|"), "{row}");
            let json = format!("\"{}\"", columns[1]);
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
            assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), read);
        }
    }

    #[test]
    fn what_is_no_period_is_told_what_was_expected() {
        let told = "
            is not a period: , x, 26, 2026-, FY26, FY2026-11, 2026-Q, 2026-W5, 2026-W47-Wed, 2026-1, 2026-W47-, ２０２６
            is not a day: 2026-1-1, 2026-11-1, 2026-11-01..2026-11, 2026-11-01.., 2026-11-01-01
            does not exist: 2026-13, 2026-00, 2026-Q5, FY2026-Q0, 2025-W53, 2026-W54, 2026-W00, 2027-02-29
            comes after: 2026-11-02..2026-11-01
            at most 3660 days: 2020-01-01..2030-01-08
            lies between: 1989, 2200, FY2199, 2199-W52-sun, 1989-W52-sun, 2199-12-31..2200-01-01";
        for (message, bad) in told.lines().filter_map(|line| line.trim().split_once(": ")) {
            for text in bad.split(", ") {
                let error = text.parse::<Period>().unwrap_err().to_string();
                assert!(error.contains(message), "{text}: {error}");
            }
        }
        assert_eq!(period("2020-01-01..2030-01-07").days(), RANGE_DAYS_MAX);
    }

    #[test]
    fn periods_follow_their_own_kind() {
        let table = "
            2026-12-31 2027-01-01, 2026-W53 2027-W01, 2026-W53-sun 2027-W01-sun, 2028-02 2028-03
            2026-Q4 2027-Q1, 2027 2028, FY2027 FY2028, 2026-11-01..2026-11-20 2026-11-21..2026-12-10";
        let pairs = table.split([',', '\n']).map(str::trim);
        for (one, other) in pairs.filter_map(|pair| pair.split_once(' ')) {
            assert_eq!(period(one).next(), Some(period(other)), "{one}");
            assert_eq!(period(other).previous(), Some(period(one)), "{other}");
            assert!(period(one) < period(other));
            assert!(!period(one).contains(period(other).start()));
        }
        assert_eq!(period("2199").next(), None);
        assert_eq!(period("1990").previous(), None);
    }

    #[test]
    fn cadences_yield_the_periods_that_share_a_day() {
        let table = "
            daily, 2028-02-28, 2028-03-01: 2028-02-28 2028-02-29 2028-03-01
            weekly, 2026-12-31, 2027-01-04: 2026-W53 2027-W01
            weekly-wed, 2026-11-17, 2026-11-18: 2026-W46-wed 2026-W47-wed
            monthly, 2026-12-31, 2027-01-01: 2026-12 2027-01
            quarterly, 2026-09-30, 2026-12-31: 2026-Q3 2026-Q4
            yearly, 2026-12-31, 2027-01-01: 2026 2027
            financial-yearly, 2027-03-31, 2027-04-01: FY2026 FY2027
            financial-yearly, 1980-01-01, 1991-03-31: FY1990
            daily, 2200-01-01, 2300-01-01:
            monthly, 2026-11-10, 2026-11-05:";
        for (case, expected) in table.lines().filter_map(|line| line.trim().split_once(':')) {
            let parts: Vec<&str> = case.split(", ").collect();
            let cadence: Cadence = parts[0].parse().unwrap();
            assert_eq!(cadence.to_string(), parts[0]);
            let (first, last) = (parse_day(parts[1]).unwrap(), parse_day(parts[2]).unwrap());
            let found: Vec<Period> = cadence.periods_between(first, last).collect();
            let ids: Vec<String> = found.iter().map(Period::to_string).collect();
            assert_eq!(ids.join(" "), expected.trim(), "{case}");
            assert!(found.iter().all(|period| cadence.yields(period)));
            assert!(!cadence.yields(&period("2026-11-01..2026-11-20")));
        }
        for word in "daily weekly-wed quarterly yearly financial-yearly".split(' ') {
            let cadence: Cadence = word.parse().unwrap();
            for outside in [Date::MIN, EARLIEST, LATEST, Date::MAX] {
                let found = cadence.period_of(outside);
                assert_eq!(period(&found.to_string()), found, "{word}");
            }
        }
        assert_eq!("weekly-mon".parse(), "weekly".parse::<Cadence>());
        assert!("fortnightly".parse::<Cadence>().is_err());
    }
}
