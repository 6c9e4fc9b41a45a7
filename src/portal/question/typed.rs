//! An answer as it would be typed: so that what is to be put right stands in the fields already, and
//! what is said to be right is kept as the very value that was seen.

use crate::domain::answer::{Answer, Cell, Grid, Said, Value};
use crate::domain::check::{RawAnswer, RawCell, RawGrid};
use crate::domain::delivery::option_of;
use crate::domain::template::{Entry, EntryGrid};
use crate::domain::text::normalise;

use super::input::{DateView, raw_of, value_of};
use super::read::tidied;

/// The answer as it would be typed.
pub(crate) fn as_typed(answer: &Answer) -> RawAnswer {
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

/// What is offered as it would be typed. It speaks of the day on which it is said to be right.
pub(crate) fn offer_as_typed(offered: &Answer, entry: &Entry) -> RawAnswer {
    let typed = RawAnswer {
        entry: entry.id.to_string(),
        on: None,
        ..as_typed(offered)
    };
    normal(&typed, entry)
}

/// What was typed in the way in which a page posts it: two that are equal were typed alike, whether in
/// a browser, in a spreadsheet or by a program.
pub(crate) fn normal(typed: &RawAnswer, entry: &Entry) -> RawAnswer {
    let trimmed = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let date = |text: &Option<String>| {
        let DateView { day, month, year } = DateView::of(text.as_deref()?);
        let padded = |part: &str| match part {
            "" => String::new(),
            part => format!("{part:0>2}"),
        };
        Some(format!("{year}-{}-{}", padded(&month), padded(&day)))
    };
    let number = entry.number();
    let grids: Vec<RawGrid> = number
        .into_iter()
        .flat_map(|number| &number.grids)
        .filter_map(|grid| in_order(&typed.grids, grid))
        .collect();
    let is_broken_down = number.is_some_and(|number| !number.grids.is_empty());
    // A total alone is kept where there are boxes, too: no page has a field for it, and it is true.
    let total = trimmed(&typed.number).filter(|_| !is_broken_down || grids.is_empty());
    let has_figure = total.is_some() || !grids.is_empty();
    // A unit is posted where there is a choice; left out by others, it is the question's own.
    let own = number.and_then(|number| Some(number.unit.as_ref()?.value.code().to_owned()));
    let has_choice = number.is_some_and(|number| !number.other_units.is_empty());
    let unit = typed
        .unit
        .clone()
        .or(own)
        .filter(|_| has_choice && has_figure);
    RawAnswer {
        entry: typed.entry.clone(),
        number: total.map(|text| tidied(&text)),
        unit,
        grids,
        yes_no: typed.yes_no,
        date: date(&typed.date),
        text: trimmed(&typed.text),
        options: typed.options.as_ref().map(|chosen| keys(chosen, entry)),
        declined: trimmed(&typed.declined),
        note: typed.note.trim().to_owned(),
        confirm: typed.confirm,
        on: date(&typed.on),
    }
}

/// The keys of the options that were chosen, in the question's order; what is no option goes last.
fn keys(chosen: &[String], entry: &Entry) -> Vec<String> {
    let key = |label: &String| {
        let known = normalise(label).ok();
        let known = known.and_then(|label| option_of(entry, &label));
        known.map_or_else(|| label.clone(), |option| option.key.clone())
    };
    let mut keys: Vec<String> = chosen.iter().map(key).collect();
    let options = entry.options();
    keys.sort_by_key(|key| {
        let place = options.iter().position(|option| option.key == *key);
        place.unwrap_or(options.len())
    });
    keys
}

/// A breakdown as it was typed, in the order of the question's.
fn in_order(typed: &[RawGrid], grid: &EntryGrid) -> Option<RawGrid> {
    let raw = raw_of(typed, grid)?;
    let cells = grid.boxes().into_iter().filter_map(|codes| {
        let value = tidied(&value_of(raw, grid, &codes));
        (!value.is_empty()).then_some(RawCell { codes, value })
    });
    Some(RawGrid {
        dimensions: grid
            .dimensions
            .iter()
            .map(|own| own.id.to_string())
            .collect(),
        cells: cells.collect(),
    })
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
