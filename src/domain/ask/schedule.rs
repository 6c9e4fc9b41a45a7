//! For which periods an ask is asked: those of a cadence, or just these.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::RawAsk;
use super::life::parse_day;
use crate::domain::fault::Faults;
use crate::domain::limits::PERIODS_PER_ASK_MAX;
use crate::domain::period::{Cadence, Period};

/// For which periods an ask is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Every period of a cadence that shares a day with `from..=until`.
    Recurring {
        /// How often.
        cadence: Cadence,
        /// First day.
        from: Date,
        /// Last day, if any.
        until: Option<Date>,
    },
    /// Just these.
    Periods(BTreeSet<Period>),
}

impl Schedule {
    /// Whether the ask is asked for this very period.
    #[must_use]
    pub fn includes(&self, period: &Period) -> bool {
        match self {
            Self::Recurring {
                cadence,
                from,
                until,
            } => {
                cadence.yields(period)
                    && *from <= period.last_day()
                    && until.is_none_or(|until| period.start() <= until)
            }
            Self::Periods(periods) => periods.contains(period),
        }
    }

    /// The first and the last day of all its periods, whatever lies between them;
    /// [`Date::MAX`] where there is no last one.
    #[must_use]
    pub fn days(&self) -> (Date, Date) {
        match self {
            Self::Recurring {
                cadence,
                from,
                until,
            } => {
                // A period is asked for as a whole although the ask begins or ends within it.
                let last = until.map(|until| cadence.period_of(until).last_day());
                (cadence.period_of(*from).start(), last.unwrap_or(Date::MAX))
            }
            Self::Periods(periods) => {
                let first = periods.iter().map(|period| period.start()).min();
                let last = periods.iter().map(|period| period.last_day()).max();
                // Without a period there is no day: the last one comes before the first.
                (first.unwrap_or(Date::MAX), last.unwrap_or(Date::MIN))
            }
        }
    }

    /// The periods asked for that share a day with `first..=last`, in order.
    #[must_use]
    pub fn periods_between(&self, first: Date, last: Date) -> Vec<Period> {
        match self {
            Self::Recurring { cadence, .. } => cadence
                .periods_between(first, last)
                .filter(|period| self.includes(period))
                .collect(),
            Self::Periods(periods) => periods
                .iter()
                .filter(|period| period.start() <= last && first <= period.last_day())
                .copied()
                .collect(),
        }
    }
}

/// Reads for which periods an ask is asked.
pub(super) fn parse_schedule(
    raw: &RawAsk,
    submitted_on: Date,
    faults: &mut Faults,
) -> Option<Schedule> {
    match (raw.cadence.as_str(), raw.periods.as_slice()) {
        ("", []) => {
            faults.add("cadence", "give a cadence, such as monthly, or periods");
            None
        }
        ("", periods) => {
            for (path, text) in [("from", &raw.from), ("until", &raw.until)] {
                if !text.is_empty() {
                    faults.add(path, "belongs to a cadence, not to a list of periods");
                }
            }
            parse_periods(periods, faults)
        }
        (_, [_, ..]) => {
            faults.add("periods", "give a cadence or periods, not both");
            None
        }
        (word, []) => {
            let said = |error: &dyn std::fmt::Display| Faults::one("", error.to_string());
            let cadence = faults.take("cadence", word.parse::<Cadence>().map_err(|e| said(&e)));
            let from = parse_day("from", &raw.from, faults);
            let until = parse_day("until", &raw.until, faults);
            let from = from.unwrap_or(submitted_on);
            if until.is_some_and(|until| until < from) {
                faults.add("until", format!("lies before the first day, {from}"));
            }
            Some(Schedule::Recurring {
                cadence: cadence?,
                from,
                until,
            })
        }
    }
}

fn parse_periods(periods: &[String], faults: &mut Faults) -> Option<Schedule> {
    if periods.len() > PERIODS_PER_ASK_MAX {
        faults.add("periods", format!("are more than {PERIODS_PER_ASK_MAX}"));
        return None;
    }
    let mut set = BTreeSet::new();
    for (position, text) in periods.iter().enumerate() {
        let path = format!("periods[{position}]");
        let read = text.parse::<Period>();
        let Some(period) = faults.take(&path, read.map_err(|e| Faults::one("", e.to_string())))
        else {
            continue;
        };
        if !set.insert(period) {
            faults.add(path, format!("{period} is given twice"));
        }
    }
    Some(Schedule::Periods(set))
}
