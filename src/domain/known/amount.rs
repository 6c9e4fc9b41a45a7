//! Numbers on their way in and out of what is worked out.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::answer::{Number, Said, Value};
use crate::domain::decimal::Decimal;
use crate::domain::estimate::Estimate;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Entry, Input};
use crate::domain::worked_out::{How, Source};

use super::Known;

/// A number with where it comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Amount {
    /// The number; none while something is still to be answered.
    pub(super) estimate: Option<Estimate>,
    pub(super) on: Option<Date>,
    pub(super) from: Vec<Source>,
    pub(super) given_at: Option<Timestamp>,
}

impl Amount {
    /// A number that the home gave; none where it gave a reason instead.
    pub(super) fn given(given: &SheetAnswer, is_count: bool) -> Option<Self> {
        let Said::Value(value) = &given.answer.said else {
            return None;
        };
        Some(Self::stated(given, of_value(value, is_count)?))
    }

    /// A number that stands in what the home gave.
    pub(super) fn stated(given: &SheetAnswer, estimate: Estimate) -> Self {
        let answer = &given.answer;
        Self {
            estimate: Some(estimate),
            on: answer.on,
            from: vec![Source {
                question: answer.question,
                reference: answer.reference,
                on: answer.on,
            }],
            given_at: Some(given.given_at),
        }
    }

    /// Adds where another number comes from.
    pub(super) fn draw_on(&mut self, other: &Self) {
        for source in &other.from {
            if !self.from.contains(source) {
                self.from.push(source.clone());
            }
        }
        self.given_at = self.given_at.max(other.given_at);
        self.on = self.on.or(other.on);
    }

    pub(super) fn known(self, said: Option<Said>, how: How, is_certain: bool) -> Known {
        Known {
            said,
            on: self.on,
            how,
            from: self.from,
            given_at: self.given_at,
            is_certain,
            estimate: self.estimate,
        }
    }
}

/// A number as precisely as it was stated: counts exactly, others to the last digit given.
pub(super) fn of_value(value: &Value, is_count: bool) -> Option<Estimate> {
    match value {
        Value::Number(number) => of_number(number, is_count),
        _ => None,
    }
}

fn of_number(number: &Number, is_count: bool) -> Option<Estimate> {
    of_figure(number.whole()?, number, is_count)
}

/// One figure of a number.
pub(super) fn of_figure(figure: Decimal, number: &Number, is_count: bool) -> Option<Estimate> {
    if is_count {
        Estimate::exact(figure, number.unit)
    } else {
        Estimate::stated(figure, 0, number.unit)
    }
}

/// A number as an entry takes it; none if it cannot be what is asked: no whole number of things,
/// less than nothing, too long.
pub(super) fn said_of(entry: &Entry, estimate: &Estimate) -> Option<Said> {
    let number = entry.number()?;
    let unit = number.unit.as_ref().map(|unit| unit.value);
    let told = estimate.told(unit, number.decimals.value)?;
    let is_whole = !told.rounded || !matches!(entry.input, Input::Count(_));
    let may_be_negative = matches!(entry.input, Input::Money(_));
    if !is_whole || (told.value.is_negative() && !may_be_negative) {
        return None;
    }
    let number = Number {
        total: Some(told.value),
        unit,
        grids: Vec::new(),
    };
    Some(Said::Value(Value::Number(number)))
}

/// Whether two statements of one thing say the same, numbers as precisely as each is stated.
#[must_use]
pub fn agree(one: &Said, other: &Said, is_count: bool) -> bool {
    match (one, other) {
        (Said::Value(one), Said::Value(other)) => {
            match (of_value(one, is_count), of_value(other, is_count)) {
                (Some(one), Some(other)) => one.agrees(&other),
                _ => one == other,
            }
        }
        (Said::Declined { reason: one, .. }, Said::Declined { reason: other, .. }) => one == other,
        _ => false,
    }
}
