//! An answer as it would be typed, so that what is to be put right stands in the fields already.

use crate::domain::answer::{Answer, Cell, Grid, Said, Value};
use crate::domain::check::{RawAnswer, RawCell, RawGrid};

/// The answer as it would be typed.
pub(super) fn of(answer: &Answer) -> RawAnswer {
    let mut raw = RawAnswer {
        entry: answer.entry.to_string(),
        on: answer.on.map(|day| day.to_string()),
        ..RawAnswer::default()
    };
    match &answer.said {
        Said::Declined { reason, note } => {
            raw.declined = Some(reason.to_string());
            raw.note.clone_from(note);
        }
        Said::Value(Value::Number(number)) => {
            raw.number = number.total.map(|total| total.to_string());
            raw.unit = number.unit.map(|unit| unit.code().to_owned());
            raw.grids = number.grids.iter().map(grid).collect();
        }
        Said::Value(Value::YesNo(yes)) => raw.yes_no = Some(*yes),
        Said::Value(Value::Date(day)) => raw.date = Some(day.to_string()),
        Said::Value(Value::Text(text)) => raw.text = Some(text.clone()),
        Said::Value(Value::Options(keys)) => raw.options = Some(keys.iter().cloned().collect()),
    }
    raw
}

fn grid(grid: &Grid) -> RawGrid {
    let cell = |cell: &Cell| RawCell {
        codes: cell.codes.clone(),
        value: cell.value.to_string(),
    };
    RawGrid {
        dimensions: grid.dimensions.iter().map(ToString::to_string).collect(),
        cells: grid.cells.iter().map(cell).collect(),
    }
}
