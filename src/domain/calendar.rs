//! England's working days and its clock: bank holidays of any year, Europe/London, and how days
//! and minutes are written and read.
//!
//! The holidays are computed from the rules in force since 1978 (Banking and Financial Dealings
//! Act 1971 and the proclamations of 1974 and 1978) and corrected by the table of one-off
//! proclamations, which is complete from 1990. A holiday that falls on a weekend is listed, as on
//! gov.uk, on its substitute day only. Nothing here reads a clock or the system's time zone files.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};

use super::id::shown;

/// Most working days that [`add_working_days`] counts in either direction, about 16 years: it
/// bounds the walk, which looks at each day.
pub const WORKING_DAYS_MAX: i32 = 4_000;

/// Days within which a working day is always found: the longest run without one is four days
/// (Easter, or Christmas beside a weekend), and a proclamation may lengthen it.
const NON_WORKING_RUN_DAYS_MAX: i32 = 10;

/// A year in which the holidays differ from the rules, by royal proclamation.
struct Proclamation {
    /// The day on which the rule would have put a holiday that was moved.
    instead_of: Option<Date>,
    /// The days that became holidays.
    added: &'static [Date],
}

/// Every departure from the rules since 1990. A new proclamation is a new line.
const PROCLAMATIONS: [Proclamation; 9] = [
    // Fifty years since VE Day: early May moved.
    moved(date(1995, 5, 1), &[date(1995, 5, 8)]),
    // Millennium eve.
    extra(&[date(1999, 12, 31)]),
    // Golden Jubilee: spring moved, and a day before it.
    moved(date(2002, 5, 27), &[date(2002, 6, 3), date(2002, 6, 4)]),
    // Wedding of Prince William and Catherine Middleton.
    extra(&[date(2011, 4, 29)]),
    // Diamond Jubilee: spring moved, and a day after it.
    moved(date(2012, 5, 28), &[date(2012, 6, 4), date(2012, 6, 5)]),
    // Seventy-five years since VE Day: early May moved to the Friday.
    moved(date(2020, 5, 4), &[date(2020, 5, 8)]),
    // Platinum Jubilee: spring moved to the Thursday, and a day after it.
    moved(date(2022, 5, 30), &[date(2022, 6, 2), date(2022, 6, 3)]),
    // State funeral of Queen Elizabeth II.
    extra(&[date(2022, 9, 19)]),
    // Coronation of King Charles III.
    extra(&[date(2023, 5, 8)]),
];

const fn moved(instead_of: Date, added: &'static [Date]) -> Proclamation {
    Proclamation {
        instead_of: Some(instead_of),
        added,
    }
}

const fn extra(added: &'static [Date]) -> Proclamation {
    Proclamation {
        instead_of: None,
        added,
    }
}

/// England's bank holidays of the year in which `day` lies, earliest first.
#[must_use]
pub fn bank_holidays_of_year(day: Date) -> Vec<Date> {
    let proclaimed = PROCLAMATIONS.iter().flat_map(|one| one.added).copied();
    let mut days: Vec<Date> = by_rule(day.year())
        .into_iter()
        .chain(proclaimed.filter(|added| added.year() == day.year()))
        .filter(|&candidate| is_bank_holiday(candidate))
        .collect();
    days.sort_unstable();
    days
}

/// Whether `day` is a bank holiday in England; a substitute day is one, the weekend day is not.
#[must_use]
pub fn is_bank_holiday(day: Date) -> bool {
    for proclamation in &PROCLAMATIONS {
        if proclamation.added.contains(&day) {
            return true;
        }
        if proclamation.instead_of == Some(day) {
            return false;
        }
    }
    by_rule(day.year()).contains(&day)
}

/// Whether `day` is neither at a weekend nor a bank holiday.
#[must_use]
pub fn is_working_day(day: Date) -> bool {
    !is_weekend(day) && !is_bank_holiday(day)
}

/// `day` itself if it is a working day, else the first one after it.
#[must_use]
pub fn next_working_day_from(day: Date) -> Date {
    (0..NON_WORKING_RUN_DAYS_MAX)
        .map(|later| day.saturating_add(later.days()))
        .find(|&candidate| is_working_day(candidate))
        .unwrap_or(day)
}

/// The `days`-th working day after `day` (before it, if negative); `day` itself for zero, whether
/// or not it is a working day. `None` past [`WORKING_DAYS_MAX`] or the last year of the calendar.
#[must_use]
pub fn add_working_days(day: Date, days: i32) -> Option<Date> {
    if !(-WORKING_DAYS_MAX..=WORKING_DAYS_MAX).contains(&days) {
        return None;
    }
    let mut at = day;
    let mut left = days.abs();
    while left > 0 {
        let neighbour = if days > 0 {
            at.tomorrow()
        } else {
            at.yesterday()
        };
        at = neighbour.ok()?;
        left -= i32::from(is_working_day(at));
    }
    Some(at)
}

/// The time zone of every home and every deadline, from the rules compiled into the program.
#[must_use]
pub fn london() -> TimeZone {
    static LONDON: LazyLock<TimeZone> = LazyLock::new(|| {
        TimeZoneDatabase::bundled()
            .get("Europe/London")
            .expect("the zone rules are compiled in, and Europe/London is among them")
    });
    LONDON.clone()
}

/// What a clock in London shows at `moment`.
#[must_use]
pub fn civil_london(moment: Timestamp) -> DateTime {
    london().to_datetime(moment)
}

/// The moment at which a clock in London shows `shown`.
///
/// A time that the spring change skips is the moment as far after the change (01:30 is 02:30
/// summer time). A time that the autumn change shows twice is its second showing, so that a
/// deadline is never over before the clock has passed it for good. Beyond the range of
/// [`Timestamp`] it is the nearest moment within.
#[must_use]
pub fn moment_london(shown: DateTime) -> Timestamp {
    let nearest = if shown.year() > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    };
    london()
        .to_ambiguous_timestamp(shown)
        .later()
        .unwrap_or(nearest)
}

/// Why a text is not a day; holds the text as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// Another form.
    #[error("{0} is not a day: write it as 2026-11-21")]
    NotADay(String),
    /// The form of a day that the calendar does not have.
    #[error("{0} does not exist: the calendar has no such day")]
    NoSuchDay(String),
}

/// A day written exactly as `2026-11-21`.
///
/// # Errors
/// [`DayError`], for another form or a day that does not exist.
pub fn parse_day(text: &str) -> Result<Date, DayError> {
    let parts: Vec<&str> = text.split('-').collect();
    let numbers = match parts.as_slice() {
        [year, month, day] => (number(year, 4), number(month, 2), number(day, 2)),
        _ => (None, None, None),
    };
    let (Some(year), Some(month), Some(day)) = numbers else {
        return Err(DayError::NotADay(shown(text)));
    };
    // Two digits always fit.
    let small = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
    Date::new(year, small(month), small(day)).map_err(|_| DayError::NoSuchDay(shown(text)))
}

/// A civil minute as `2024-01-08T00:00`.
pub(crate) fn minute_text(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Reads [`minute_text`].
pub(crate) fn parse_minute(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once('T')?;
    Some(parse_day(day).ok()?.to_datetime(parse_clock(clock)?))
}

/// Reads a time of day written exactly as `11:00`.
pub(crate) fn parse_clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let part = |digits| number(digits, 2).and_then(|part| i8::try_from(part).ok());
    Time::new(part(hour)?, part(minute)?, 0, 0).ok()
}

/// A number of exactly so many ASCII digits, at most four.
pub(crate) fn number(text: &str, digits: usize) -> Option<i16> {
    let is_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// The weekdays in ids, from Monday.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A weekday by its word in ids, `mon` to `sun`.
pub(crate) fn parse_weekday(text: &str) -> Option<Weekday> {
    let position = WEEKDAYS.iter().position(|word| *word == text)?;
    Weekday::from_monday_zero_offset(i8::try_from(position).ok()?).ok()
}

/// A weekday's word in ids.
pub(crate) fn weekday_word(weekday: Weekday) -> &'static str {
    // The offset is 0 to 6.
    WEEKDAYS[usize::from(weekday.to_monday_zero_offset().unsigned_abs())]
}

/// A day as people read it with its weekday: `Saturday 21 November 2026`.
#[must_use]
pub fn weekday_label(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// A day as people read it: `21 November 2026`.
#[must_use]
pub fn day_label(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// Two days as people read them, joined by a word such as `to`, nothing said twice: `1 to 20
/// November 2026`. One and the same day is said once.
#[must_use]
pub fn days_label(first: Date, last: Date, joint: &str) -> String {
    let from = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) if first.day() == last.day() => return day_label(last),
        (true, true) => first.strftime("%-d"),
        (true, false) => first.strftime("%-d %B"),
        (false, _) => first.strftime("%-d %B %Y"),
    };
    format!("{from} {joint} {}", day_label(last))
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The eight holidays that the standing rules give a year. `year` is that of some [`Date`], so it
/// is in range, and each day named here exists in every year.
fn by_rule(year: i16) -> [Date; 8] {
    let easter = easter_sunday(year);
    let substitute = |holiday: Date, substitute: Date| {
        if is_weekend(holiday) {
            substitute
        } else {
            holiday
        }
    };
    let new_year = date(year, 1, 1);
    [
        substitute(new_year, monday_from(new_year)),
        easter.saturating_sub(2.days()),
        easter.saturating_add(1.day()),
        monday_from(date(year, 5, 1)),
        monday_from(date(year, 5, 25)),
        monday_from(date(year, 8, 25)),
        // When Christmas is a Sunday, Boxing Day keeps the Monday and Christmas takes the Tuesday;
        // in every other clash the substitutes are 27 and 28 December as well.
        substitute(date(year, 12, 25), date(year, 12, 27)),
        substitute(date(year, 12, 26), date(year, 12, 28)),
    ]
}

/// The first Monday on or after `day`.
fn monday_from(day: Date) -> Date {
    let past_monday = day.weekday().to_monday_zero_offset();
    day.saturating_add(((7 - past_monday) % 7).days())
}

/// Easter Sunday in the Gregorian calendar, by the anonymous algorithm (Meeus, chapter 8), stated
/// as days after 22 March, the earliest Easter.
fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let century = year_number.div_euclid(100);
    let of_century = year_number.rem_euclid(100);
    let moon_drift = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let full_moon =
        (19 * golden + century - century.div_euclid(4) - moon_drift + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - full_moon - of_century % 4)
            .rem_euclid(7);
    let correction = (golden + 11 * full_moon + 22 * to_sunday) / 451;
    date(year, 3, 22).saturating_add((full_moon + to_sunday - 7 * correction).days())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Month and day, as gov.uk lists them for England and Wales.
    const PUBLISHED: [(i16, &str); 10] = [
        (2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (
            2022,
            "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
        ),
        (
            2023,
            "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
        ),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ];

    #[test]
    fn bank_holidays_are_those_that_were_published() {
        for (year, published) in PUBLISHED {
            let computed: Vec<String> = bank_holidays_of_year(date(year, 7, 1))
                .iter()
                .map(|day| day.strftime("%m-%d").to_string())
                .collect();
            assert_eq!(computed.join(" "), published, "{year}");
        }
    }

    #[test]
    fn proclamations_move_and_add_days() {
        let table = [
            ("1995-05-01", false),
            ("1995-05-08", true),
            ("1999-12-31", true),
            ("2000-01-03", true),
            ("2002-05-27", false),
            ("2002-06-03", true),
            ("2002-06-04", true),
            ("2011-04-29", true),
            ("2012-05-28", false),
            ("2012-06-04", true),
            ("2012-06-05", true),
            ("2020-05-04", false),
            ("2022-05-30", false),
        ];
        for (day, expected) in table {
            assert_eq!(is_bank_holiday(day.parse().unwrap()), expected, "{day}");
        }
    }

    #[test]
    fn easter_falls_where_the_tables_have_it() {
        let table = "1990-04-15 1995-04-16 2000-04-23 2008-03-23 2011-04-24 2038-04-25 2076-04-19";
        for day in table.split(' ') {
            let easter: Date = day.parse().unwrap();
            assert_eq!(easter_sunday(easter.year()), easter);
        }
    }

    #[test]
    fn working_days_are_counted_past_weekends_and_holidays() {
        let table = [
            // The Christmas of 2026: Friday a holiday, Boxing Day taken on Monday.
            ("2026-12-24", 1, "2026-12-29"),
            ("2026-12-24", 4, "2027-01-04"),
            ("2026-12-29", -1, "2026-12-24"),
            ("2026-12-26", 0, "2026-12-26"),
            // Easter of 2024 spans the month end.
            ("2024-03-28", 1, "2024-04-02"),
            ("2024-04-02", -1, "2024-03-28"),
            ("2026-11-21", 1, "2026-11-23"),
            ("2026-11-20", 10, "2026-12-04"),
        ];
        for (from, days, expected) in table {
            let reached = add_working_days(from.parse().unwrap(), days);
            assert_eq!(reached, Some(expected.parse().unwrap()), "{from} {days:+}");
        }
        assert_eq!(
            add_working_days(date(2026, 1, 1), WORKING_DAYS_MAX + 1),
            None
        );
        assert_eq!(add_working_days(date(2026, 1, 1), i32::MIN), None);
        assert_eq!(add_working_days(Date::MAX, 1), None);
    }

    #[test]
    fn a_day_off_rolls_to_the_next_working_day() {
        let table = [
            ("2024-01-14", "2024-01-15"),
            ("2024-09-14", "2024-09-16"),
            ("2026-12-25", "2026-12-29"),
            ("2021-12-25", "2021-12-29"),
            ("2026-11-20", "2026-11-20"),
        ];
        for (day, expected) in table {
            let rolled = next_working_day_from(day.parse().unwrap());
            assert_eq!(rolled, expected.parse().unwrap(), "{day}");
        }
    }

    #[test]
    fn clock_changes_lose_no_deadline() {
        let table = [
            ("2026-01-15T12:00", "2026-01-15T12:00Z"),
            ("2026-07-15T12:00", "2026-07-15T11:00Z"),
            // The hour that does not exist: half past one is shown as half past two.
            ("2026-03-29T00:59", "2026-03-29T00:59Z"),
            ("2026-03-29T01:30", "2026-03-29T01:30Z"),
            ("2026-03-29T02:30", "2026-03-29T01:30Z"),
            // The hour that comes twice: the second half past one.
            ("2026-10-25T00:59", "2026-10-24T23:59Z"),
            ("2026-10-25T01:30", "2026-10-25T01:30Z"),
            ("2026-10-25T02:00", "2026-10-25T02:00Z"),
        ];
        for (shown, expected) in table {
            let moment: Timestamp = expected.parse().unwrap();
            assert_eq!(moment_london(shown.parse().unwrap()), moment, "{shown}");
        }
        let shown = |moment: &str| civil_london(moment.parse().unwrap()).to_string();
        assert_eq!(shown("2026-03-29T01:30Z"), "2026-03-29T02:30:00");
        assert_eq!(shown("2026-10-25T00:30Z"), "2026-10-25T01:30:00");
        assert_eq!(shown("2026-10-25T01:30Z"), "2026-10-25T01:30:00");
    }

    #[test]
    fn the_edges_of_the_calendar_are_answered_too() {
        for day in [Date::MIN, Date::ZERO, Date::MAX] {
            assert!(!bank_holidays_of_year(day).is_empty());
        }
        assert_eq!(moment_london(DateTime::MAX), Timestamp::MAX);
        assert_eq!(moment_london(DateTime::MIN), Timestamp::MIN);
    }
}
