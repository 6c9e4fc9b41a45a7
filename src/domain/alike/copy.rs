//! What was said of one entry, said of another that is likely the same.

use std::collections::BTreeSet;

use crate::domain::answer::{Cell, Grid, Number, Said, Value};
use crate::domain::decimal::Decimal;
use crate::domain::delivery::option_of;
use crate::domain::field_type::Lines;
use crate::domain::template::{Entry, EntryOption, Input, NumberInput};
use crate::domain::unit::{Unit, convert, convert_exact};

/// Whether an answer to the one entry can be an answer to the other: of the same time, of one type,
/// in units of one dimension, with the same boxes or options.
#[must_use]
pub fn can_copy(from: &Entry, to: &Entry) -> bool {
    if from.id == to.id || from.reference != to.reference || from.timing != to.timing {
        return false;
    }
    match (&from.input, &to.input) {
        (Input::Count(a), Input::Count(b))
        | (Input::Percentage(a), Input::Percentage(b))
        | (Input::Quantity(a), Input::Quantity(b))
        | (Input::Money(a), Input::Money(b)) => {
            let dimension = |own: &NumberInput| own.unit.as_ref().map(|own| own.value.dimension());
            dimension(a) == dimension(b) && a.grids.len() == b.grids.len() && boxes(a) == boxes(b)
        }
        (Input::YesNo, Input::YesNo)
        | (Input::Date { .. }, Input::Date { .. })
        | (Input::Text { .. }, Input::Text { .. }) => true,
        (Input::Choice { options: a }, Input::Choice { options: b })
        | (Input::Choices { options: a }, Input::Choices { options: b }) => {
            let has = |all: &[EntryOption], one: &EntryOption| twin(one, all).is_some();
            a.len() == b.len() && a.iter().all(|one| has(b, one)) && b.iter().all(|one| has(a, one))
        }
        _ => false,
    }
}

/// What was said of one entry, as it is said of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The same, said of the other.
    pub said: Said,
    /// Whether a number could not be given exactly in any unit that the other takes.
    pub is_rounded: bool,
}

/// What was said of one entry as it would be said of another; none where it cannot be. A number is
/// given in a unit that the other takes: exactly where one of them can hold it, else rounded to the
/// decimals that are asked for there.
#[must_use]
pub fn copied(said: &Said, from: &Entry, to: &Entry) -> Option<Copied> {
    if !can_copy(from, to) {
        return None;
    }
    let value = match said {
        Said::Declined { .. } => {
            return Some(Copied {
                said: said.clone(),
                is_rounded: false,
            });
        }
        Said::Value(value) => value,
    };
    let mut is_rounded = false;
    let value = match value {
        Value::Number(number) => {
            let (number, rounded) = converted(number, to.number()?)?;
            is_rounded = rounded;
            Value::Number(number)
        }
        Value::Options(keys) => {
            let twin = |key| Some(twin(option_of(from, key)?, to.options())?.key.clone());
            Value::Options(keys.iter().map(twin).collect::<Option<_>>()?)
        }
        Value::Text(text) => match &to.input {
            Input::Text { lines, .. } if lines.value == Lines::Single => {
                let lines: Vec<&str> = text.lines().map(str::trim).collect();
                Value::Text(lines.join(" ").trim().to_owned())
            }
            _ => value.clone(),
        },
        Value::YesNo(_) | Value::Date(_) => value.clone(),
    };
    Some(Copied {
        said: Said::Value(value),
        is_rounded,
    })
}

/// The option with the same label.
fn twin<'a>(one: &EntryOption, all: &'a [EntryOption]) -> Option<&'a EntryOption> {
    let means = |other: &&EntryOption| other.means.iter().any(|label| one.means.contains(label));
    all.iter().find(means)
}

/// The boxes of each breakdown, whichever way round its dimensions stand.
fn boxes(number: &NumberInput) -> BTreeSet<Vec<(&str, BTreeSet<&str>)>> {
    let grids = number.grids.iter().map(|grid| {
        let mut dimensions: Vec<(&str, BTreeSet<&str>)> = grid
            .dimensions
            .iter()
            .map(|own| {
                let codes = own.codes.iter().map(|code| code.code.as_str());
                (own.id.as_str(), codes.collect())
            })
            .collect();
        dimensions.sort();
        dimensions
    });
    grids.collect()
}

/// A number in a unit that an entry takes, and whether it is rounded.
fn converted(number: &Number, to: &NumberInput) -> Option<(Number, bool)> {
    let (Some(from), Some(own)) = (number.unit, to.unit.as_ref()) else {
        return Some((number.clone(), false));
    };
    let own = own.value;
    let mut taken = std::iter::once(own).chain(to.other_units.iter().copied());
    if taken.clone().any(|unit| unit == from) {
        return Some((number.clone(), false));
    }
    let exactly = |unit: Unit| each(number, unit, |value| convert_exact(value, from, unit));
    if let Some(exact) = taken.find_map(exactly) {
        return Some((exact, false));
    }
    let rounded = |value| Some(convert(value, from, own, to.decimals.value).ok()?.value);
    Some((each(number, own, rounded)?, true))
}

/// A number with each of its figures re-expressed in a unit.
fn each(
    number: &Number,
    unit: Unit,
    convert: impl Fn(Decimal) -> Option<Decimal>,
) -> Option<Number> {
    let total = match number.total {
        Some(total) => Some(convert(total)?),
        None => None,
    };
    let grid = |grid: &Grid| {
        let cell = |cell: &Cell| {
            Some(Cell {
                codes: cell.codes.clone(),
                value: convert(cell.value)?,
            })
        };
        Some(Grid {
            dimensions: grid.dimensions.clone(),
            cells: grid.cells.iter().map(cell).collect::<Option<_>>()?,
        })
    };
    Some(Number {
        total,
        unit: Some(unit),
        grids: number.grids.iter().map(grid).collect::<Option<_>>()?,
    })
}
