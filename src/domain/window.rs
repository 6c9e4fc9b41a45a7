//! When answers are taken: rules relative to a period, and the windows that they give.
//!
//! A window is two civil times in London, to the minute, both included: it never closes before it
//! opens. Bank holidays and working days are England's.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, time};
use serde::{Deserialize, Serialize};

use super::calendar::{
    add_working_days, days_label, minute_text, next_working_day_from, parse_clock, parse_minute,
    weekday_label,
};
use super::fault::Faults;
use super::id::shown;
use super::period::Period;

/// Most days that an offset may lie from its anchor, in either direction: an annual return is
/// collected within a year or so of its period.
pub const OFFSET_DAYS_MAX: i32 = 400;

/// The last minute of a day, at which a window closes unless its rule states a time.
const LAST_MINUTE: Time = time(23, 59, 0, 0);

/// The day of the period from which an offset counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// Its first day.
    Start,
    /// Its last day.
    End,
}

/// Which days an offset counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counting {
    /// All of them.
    Days,
    /// Days that are neither at a weekend nor a bank holiday.
    WorkingDays,
}

/// A day relative to a period, with a clock time if one matters.
///
/// Text: `start` or `end`, then if not that very day `+7d`, `-3d` or `+10wd` (working days), then
/// if a time is stated `@11:00`. At most [`OFFSET_DAYS_MAX`] days; no days counted are no working
/// days counted either, so that one offset has one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset {
    anchor: Anchor,
    days: i32,
    counting: Counting,
    at: Option<Time>,
}

/// Why a text is not an offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OffsetError {
    /// Another form; holds the text as it may be shown.
    #[error(
        "{0} is not an offset: write it as start, end, start+7d, end-3d, end+10wd or end+1d@11:00"
    )]
    NotAnOffset(String),
    /// Further from its anchor than [`OFFSET_DAYS_MAX`].
    #[error("an offset is at most {OFFSET_DAYS_MAX} days from its anchor")]
    TooFar,
    /// A time that is not a whole minute.
    #[error("a time is stated as hour and minute, 00:00 to 23:59")]
    NotAMinute,
}

impl Offset {
    /// So many days from an anchor, at the start of the day or its end unless `at` states a time.
    ///
    /// # Errors
    /// [`OffsetError::TooFar`], or [`OffsetError::NotAMinute`] for a time with seconds.
    pub fn new(
        anchor: Anchor,
        days: i32,
        counting: Counting,
        at: Option<Time>,
    ) -> Result<Self, OffsetError> {
        if !(-OFFSET_DAYS_MAX..=OFFSET_DAYS_MAX).contains(&days) {
            return Err(OffsetError::TooFar);
        }
        if at.is_some_and(|at| !is_minute(at)) {
            return Err(OffsetError::NotAMinute);
        }
        let counting = if days == 0 { Counting::Days } else { counting };
        Ok(Self {
            anchor,
            days,
            counting,
            at,
        })
    }

    /// The day that it means for a period.
    fn day_of(self, period: Period) -> Option<Date> {
        let anchor = match self.anchor {
            Anchor::Start => period.start(),
            Anchor::End => period.last_day(),
        };
        match self.counting {
            Counting::Days => anchor.checked_add(self.days.days()).ok(),
            Counting::WorkingDays => add_working_days(anchor, self.days),
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        })?;
        match (self.days, self.counting) {
            (0, _) => {}
            (days, Counting::Days) => write!(f, "{days:+}d")?,
            (days, Counting::WorkingDays) => write!(f, "{days:+}wd")?,
        }
        match self.at {
            Some(at) => write!(f, "@{}", at.strftime("%H:%M")),
            None => Ok(()),
        }
    }
}

impl FromStr for Offset {
    type Err = OffsetError;

    fn from_str(text: &str) -> Result<Self, OffsetError> {
        let not_an_offset = || OffsetError::NotAnOffset(shown(text));
        let (day, at) = match text.split_once('@') {
            Some((day, at)) => (day, Some(parse_clock(at).ok_or(OffsetError::NotAMinute)?)),
            None => (text, None),
        };
        let (anchor, count) = match (day.strip_prefix("start"), day.strip_prefix("end")) {
            (Some(count), _) => (Anchor::Start, count),
            (_, Some(count)) => (Anchor::End, count),
            (None, None) => return Err(not_an_offset()),
        };
        let (count, counting) = match (count.strip_suffix("wd"), count.strip_suffix('d')) {
            (Some(count), _) => (count, Counting::WorkingDays),
            (_, Some(count)) => (count, Counting::Days),
            (None, None) if count.is_empty() => ("+0", Counting::Days),
            (None, None) => return Err(not_an_offset()),
        };
        let (digits, sign) = match (count.strip_prefix('+'), count.strip_prefix('-')) {
            (Some(digits), _) => (digits, 1),
            (_, Some(digits)) => (digits, -1),
            (None, None) => return Err(not_an_offset()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_an_offset());
        }
        // Digits alone fail to be a number only by being too many.
        let days: i32 = digits.parse().map_err(|_| OffsetError::TooFar)?;
        Self::new(anchor, sign * days, counting, at)
    }
}

/// A window rule as it comes in: nothing checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawWindowRule {
    /// When the window opens, an [`Offset`]; at 00:00 unless a time is stated.
    pub opens: String,
    /// When the window closes, an [`Offset`]; after 23:59 unless a time is stated.
    pub closes: String,
    /// Whether a closing day that is no working day gives way to the next; if unset, it does.
    #[serde(default = "rolls_by_default")]
    pub roll: bool,
}

fn rolls_by_default() -> bool {
    WindowRule::default().roll
}

/// When answers are taken, relative to each period.
///
/// The default is the fortnight after the period: from its last day until 14 days later, or the
/// next working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawWindowRule", into = "RawWindowRule")]
pub struct WindowRule {
    /// When the window opens; at 00:00 unless a time is stated.
    pub opens: Offset,
    /// When the window closes; after 23:59 unless a time is stated.
    pub closes: Offset,
    /// Whether a closing day that is no working day gives way to the next, at the same time.
    pub roll: bool,
}

impl Default for WindowRule {
    fn default() -> Self {
        let from_end = |days| Offset {
            anchor: Anchor::End,
            days,
            counting: Counting::Days,
            at: None,
        };
        Self {
            opens: from_end(0),
            closes: from_end(14),
            roll: true,
        }
    }
}

impl WindowRule {
    /// Checks a rule.
    ///
    /// # Errors
    /// What is wrong with `opens` and with `closes`, each under its name.
    pub fn parse(raw: RawWindowRule) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut take = |path, text: String| {
            let read = text.parse::<Offset>();
            let read = read.map_err(|error| Faults::one("", error.to_string()));
            faults.take(path, read)
        };
        match (take("opens", raw.opens), take("closes", raw.closes)) {
            (Some(opens), Some(closes)) => Ok(Self {
                opens,
                closes,
                roll: raw.roll,
            }),
            _ => Err(faults),
        }
    }

    /// The window of a period.
    ///
    /// # Errors
    /// [`WindowError::ClosesBeforeOpens`] if that is what the rule makes of this period.
    pub fn window(&self, period: &Period) -> Result<Window, WindowError> {
        let day = |offset: Offset| offset.day_of(*period).ok_or(WindowError::OutsideCalendar);
        let (first, mut last) = (day(self.opens)?, day(self.closes)?);
        if self.roll {
            last = next_working_day_from(last);
        }
        Window::new(
            first.to_datetime(self.opens.at.unwrap_or(Time::midnight())),
            last.to_datetime(self.closes.at.unwrap_or(LAST_MINUTE)),
        )
    }
}

impl TryFrom<RawWindowRule> for WindowRule {
    type Error = Faults;

    fn try_from(raw: RawWindowRule) -> Result<Self, Faults> {
        Self::parse(raw)
    }
}

impl From<WindowRule> for RawWindowRule {
    fn from(rule: WindowRule) -> Self {
        Self {
            opens: rule.opens.to_string(),
            closes: rule.closes.to_string(),
            roll: rule.roll,
        }
    }
}

/// Why there is no such window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It would close before it opens.
    #[error("the window would open at {0} and close before that, at {1}")]
    ClosesBeforeOpens(DateTime, DateTime),
    /// A time that is not a whole minute; holds what was given as it may be shown.
    #[error("{0} is not a time to the minute: write it as 2024-01-08T00:00")]
    NotAMinute(String),
    /// A day beyond those that a calendar can hold.
    #[error("the window would lie outside the calendar")]
    OutsideCalendar,
}

/// Whether answers are taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowState {
    /// Not yet.
    Coming,
    /// Now.
    Open,
    /// No longer.
    Closed,
}

/// When answers are taken: from the minute at which it opens to the end of the minute at which it
/// closes, as clocks in London show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawWindow", into = "RawWindow")]
pub struct Window {
    /// The first minute at which answers are taken.
    pub opens: DateTime,
    /// The last minute at which answers are taken.
    pub closes: DateTime,
}

/// A window as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    opens: String,
    closes: String,
}

impl Window {
    /// The window between two minutes, both included.
    ///
    /// # Errors
    /// [`WindowError::ClosesBeforeOpens`], or [`WindowError::NotAMinute`] for a time with seconds.
    pub fn new(opens: DateTime, closes: DateTime) -> Result<Self, WindowError> {
        for moment in [opens, closes] {
            if !is_minute(moment.time()) {
                return Err(WindowError::NotAMinute(moment.to_string()));
            }
        }
        if closes < opens {
            return Err(WindowError::ClosesBeforeOpens(opens, closes));
        }
        Ok(Self { opens, closes })
    }

    /// Whether answers are taken when clocks in London show `now`.
    #[must_use]
    pub fn contains(self, now: DateTime) -> bool {
        self.state(now) == WindowState::Open
    }

    /// Whether answers are taken when clocks in London show `now`. The minute of closing is still
    /// open to its end; in the hour that autumn shows twice, an open minute is open twice.
    #[must_use]
    pub fn state(self, now: DateTime) -> WindowState {
        if now < self.opens {
            WindowState::Coming
        } else if now < self.closes.saturating_add(1.minute()) {
            WindowState::Open
        } else {
            WindowState::Closed
        }
    }

    /// Whether it holds whole days, so that no clock time need be told.
    #[must_use]
    pub fn is_whole_days(self) -> bool {
        self.opens.time() == Time::midnight() && self.closes.time() == LAST_MINUTE
    }

    /// The window as people read it: `8 to 15 January 2024`, or if the time of closing is stated
    /// `by 11:00 on Wednesday 3 June 2020`.
    #[must_use]
    pub fn label(self) -> String {
        let (first, last) = (self.opens.date(), self.closes.date());
        if self.is_whole_days() {
            return days_label(first, last, "to");
        }
        let closes = self.closes.strftime("%H:%M");
        if self.opens.time() == Time::midnight() {
            return format!("by {closes} on {}", weekday_label(last));
        }
        let opens = self.opens.strftime("%H:%M");
        if first == last {
            return format!("{opens} to {closes} on {}", weekday_label(last));
        }
        let (first, last) = (weekday_label(first), weekday_label(last));
        format!("{opens} on {first} to {closes} on {last}")
    }
}

impl TryFrom<RawWindow> for Window {
    type Error = WindowError;

    fn try_from(raw: RawWindow) -> Result<Self, WindowError> {
        let minute =
            |text: &str| parse_minute(text).ok_or_else(|| WindowError::NotAMinute(shown(text)));
        Self::new(minute(&raw.opens)?, minute(&raw.closes)?)
    }
}

impl From<Window> for RawWindow {
    fn from(window: Window) -> Self {
        Self {
            opens: minute_text(window.opens),
            closes: minute_text(window.closes),
        }
    }
}

fn is_minute(time: Time) -> bool {
    time.second() == 0 && time.subsec_nanosecond() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(opens: &str, closes: &str, roll: bool) -> WindowRule {
        let json = format!(r#"{{"opens":"{opens}","closes":"{closes}","roll":{roll}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    fn window(rule: WindowRule, period: &str) -> Result<Window, WindowError> {
        rule.window(&period.parse().unwrap())
    }

    #[test]
    fn the_capacity_tracker_windows_of_2024_are_those_published() {
        let capacity_tracker = rule("start+7d", "start+13d", true);
        let published = "
            2024-01: 8 to 15 January 2024
            2024-02: 8 to 14 February 2024
            2024-03: 8 to 14 March 2024
            2024-07: 8 to 15 July 2024
            2024-08: 8 to 14 August 2024
            2024-09: 8 to 16 September 2024
            2024-10: 8 to 14 October 2024
            2024-11: 8 to 14 November 2024
            2024-12: 8 to 16 December 2024";
        for row in published.trim().lines() {
            let (month, label) = row.split_once(": ").unwrap();
            let window = window(capacity_tracker, month.trim()).unwrap();
            assert_eq!(window.label(), label, "{month}");
        }
    }

    #[test]
    fn rules_count_from_the_period_and_roll_over_days_off() {
        let table = "
            end      | end+14d       | roll | 2026-11    | 2026-11-30T00:00 | 2026-12-14T23:59
            end      | end+10wd      | stay | 2026-11    | 2026-11-30T00:00 | 2026-12-14T23:59
            end+1wd  | end+5wd       | stay | 2026-Q4    | 2027-01-04T00:00 | 2027-01-08T23:59
            end      | end-0wd       | roll | 2026-12-25 | 2026-12-25T00:00 | 2026-12-29T23:59
            end+1d@09:00 | end+1d@11:00 | stay | 2020-06-02 | 2020-06-03T09:00 | 2020-06-03T11:00
            start-3d | start-1wd     | stay | 2026-W47   | 2026-11-13T00:00 | 2026-11-13T23:59
            end      | end+1d@11:00  | roll | 2026-11-20 | 2026-11-20T00:00 | 2026-11-23T11:00
            end+1d   | end+2d        | stay | 2028-02    | 2028-03-01T00:00 | 2028-03-02T23:59";
        for row in table.trim().lines() {
            let columns: Vec<&str> = row.split('|').map(str::trim).collect();
            let rule = rule(columns[0], columns[1], columns[2] == "roll");
            let found = window(rule, columns[3]).unwrap();
            let json = format!(r#"{{"opens":"{}","closes":"{}"}}"#, columns[4], columns[5]);
            assert_eq!(serde_json::to_string(&found).unwrap(), json, "{row}");
            assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), found);
        }
    }

    #[test]
    fn a_rule_reads_back_as_written_and_tells_every_fault() {
        let json = r#"{"opens":"start+7d","closes":"end+10wd@11:00","roll":false}"#;
        let read: WindowRule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let read = |json: &str| serde_json::from_str::<WindowRule>(json).ok();
        let brief = r#"{"opens":"end+0wd","closes":"end+14d"}"#;
        assert_eq!(read(brief), Some(WindowRule::default()));
        assert_eq!(read(&brief.replace('}', r#","x":1}"#)), None);
        let bad = "|begin|start+7|start7d|end+d|end+1w|end++1d|end@24:00|end@9:00|end+401d|end-9999999999d";
        for text in bad.split('|') {
            let faults = WindowRule::parse(RawWindowRule {
                opens: text.to_owned(),
                closes: text.to_owned(),
                roll: true,
            });
            let faults = faults.unwrap_err();
            let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(paths, ["opens", "closes"], "{text}");
        }
        let backwards = window(rule("end", "start", true), "2026-11").unwrap_err();
        let backwards = backwards.to_string();
        assert!(backwards.contains("2026-11-02T23:59:00"), "{backwards}");
    }

    #[test]
    fn a_window_is_open_to_the_end_of_its_last_minute() {
        let window = window(rule("end", "end+1d@11:00", false), "2020-06-02").unwrap();
        assert_eq!(window.label(), "by 11:00 on Wednesday 3 June 2020");
        let hours = rule("end@09:00", "end@11:00", false);
        let hours = hours.window(&"2020-06-03".parse().unwrap()).unwrap();
        assert_eq!(hours.label(), "09:00 to 11:00 on Wednesday 3 June 2020");
        for (now, state) in [
            ("2020-06-01T23:59:59", WindowState::Coming),
            ("2020-06-02T00:00:00", WindowState::Open),
            ("2020-06-03T11:00:59.9", WindowState::Open),
            ("2020-06-03T11:01:00", WindowState::Closed),
        ] {
            assert_eq!(window.state(now.parse().unwrap()), state, "{now}");
        }
    }
}
