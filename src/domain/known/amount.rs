//! Numbers on their way in and out of what is worked out.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::answer::{Number, Said, Value};
use crate::domain::decimal::Decimal;
use crate::domain::estimate::Estimate;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Entry, Input};
use crate::domain::text::normalise;
use crate::domain::worked_out::{How, Source};

use super::Known;

/// A number with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    /// The number; none while something is still to be answered.
    pub(super) estimate: Option<Estimate>,
    pub(super) on: Option<Date>,
    pub(super) from: Vec<Source>,
    pub(super) given_at: Option<Timestamp>,
    pub(super) dated_at: Option<Timestamp>,
    /// Whether nothing says otherwise.
    pub(super) is_certain: bool,
}

impl Default for Amount {
    /// What is still to be answered.
    fn default() -> Self {
        Self {
            estimate: None,
            on: None,
            from: Vec::new(),
            given_at: None,
            dated_at: None,
            is_certain: true,
        }
    }
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
            dated_at: (answer.reference != Reference::Standing).then_some(given.given_at),
            is_certain: true,
        }
    }

    /// What is worked out of an entry of the same form.
    pub(super) fn settled(known: &Known) -> Self {
        Self {
            estimate: known.estimate,
            on: known.on,
            from: known.from.clone(),
            given_at: known.given_at,
            dated_at: known.dated_at,
            is_certain: known.is_certain,
        }
    }

    /// Adds where another number comes from that comes from nothing of this.
    pub(super) fn take_in(&mut self, other: Self) {
        self.from.extend(other.from);
        self.given_at = self.given_at.max(other.given_at);
        self.dated_at = self.dated_at.max(other.dated_at);
        self.is_certain &= other.is_certain;
        self.on = self.on.or(other.on);
    }

    /// Adds where another number comes from.
    pub(super) fn draw_on(&mut self, other: &Self) {
        for source in &other.from {
            if !self.from.contains(source) {
                self.from.push(source.clone());
            }
        }
        self.given_at = self.given_at.max(other.given_at);
        self.dated_at = self.dated_at.max(other.dated_at);
        self.is_certain &= other.is_certain;
        self.on = self.on.or(other.on);
    }

    pub(super) fn known(self, said: Option<Said>, how: How, is_certain: bool) -> Known {
        Known {
            said,
            on: self.on,
            how,
            from: self.from,
            given_at: self.given_at,
            dated_at: self.dated_at,
            is_certain: is_certain && self.is_certain,
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
                _ => same_text(one, other).unwrap_or(one == other),
            }
        }
        (Said::Declined { reason: one, .. }, Said::Declined { reason: other, .. }) => one == other,
        _ => false,
    }
}

/// Whether two texts say the same but for case, punctuation and spaces; none for what is no text.
fn same_text(one: &Value, other: &Value) -> Option<bool> {
    let letters = |text: &str| normalise(text).map(|text| text.replace(' ', ""));
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => Some(letters(one).ok()? == letters(other).ok()?),
        _ => None,
    }
}
