//! Numbers: whole, in a unit of the right dimension, in boxes that are all filled in.

use std::collections::BTreeSet;

use crate::domain::answer::{Cell, Grid, Number};
use crate::domain::decimal::Decimal;
use crate::domain::delivery::is_outside;
use crate::domain::fault::Faults;
use crate::domain::id::{DimensionId, shown};
use crate::domain::template::{Entry, EntryGrid, Input, NumberInput};
use crate::domain::unit::Unit;

use super::{RawAnswer, RawGrid, Warning, WarningOf};

pub(super) fn check(
    raw: &RawAnswer,
    entry: &Entry,
    warnings: &mut Vec<Warning>,
    faults: &mut Faults,
) -> Option<Number> {
    let input = entry.number()?;
    let unit = unit(raw, input, faults);
    let is_count = matches!(entry.input, Input::Count(_));
    let total = match raw.number.as_deref() {
        None => None,
        Some(text) => figure("number", text, is_count, faults),
    };
    let mut grids = Vec::with_capacity(raw.grids.len());
    let mut seen = BTreeSet::new();
    for (position, grid) in raw.grids.iter().enumerate() {
        let path = format!("grids[{position}]");
        let Some(read) = faults.take(&path, read_grid(grid, &input.grids, is_count)) else {
            continue;
        };
        if !seen.insert(read.dimensions.clone()) {
            faults.add(path, "the same breakdown is given twice");
        }
        grids.push(read);
    }
    grids.sort_by(|a, b| a.dimensions.cmp(&b.dimensions));
    let number = Number { total, unit, grids };
    if !faults.is_empty() {
        return None;
    }
    if number.whole().is_none() {
        faults.add("grids", "the boxes add up to a number that is too large");
        return None;
    }
    if !number.agrees() {
        warnings.push(Warning {
            of: WarningOf::Totals,
            message: "the boxes of one breakdown do not add up to the same as the other, or as \
                      the total"
                .into(),
        });
    }
    limits(&number, entry, warnings);
    Some(number)
}

fn unit(raw: &RawAnswer, input: &NumberInput, faults: &mut Faults) -> Option<Unit> {
    let own = input.unit.as_ref().map(|unit| unit.value);
    let Some(text) = raw.unit.as_deref() else {
        return own;
    };
    let Some(own) = own else {
        faults.add("unit", "this question takes a plain number, without a unit");
        return None;
    };
    let read = text.parse::<Unit>();
    let unit = faults.take("unit", read.map_err(|e| Faults::one("", e.to_string())))?;
    if unit.dimension() != own.dimension() {
        let message = format!("{unit} measures something else than {own}");
        faults.add("unit", message);
    }
    Some(unit)
}

fn figure(path: &str, text: &str, is_count: bool, faults: &mut Faults) -> Option<Decimal> {
    let read = text.parse::<Decimal>();
    let value = faults.take(path, read.map_err(|e| Faults::one("", e.to_string())))?;
    if is_count && (!value.is_whole() || value.is_negative()) {
        faults.add(path, "a count is a whole number, zero or more");
        return None;
    }
    Some(value)
}

fn read_grid(raw: &RawGrid, wanted: &[EntryGrid], is_count: bool) -> Result<Grid, Faults> {
    let mut faults = Faults::new();
    let named = |grid: &&EntryGrid| {
        let own: BTreeSet<&str> = grid.dimensions.iter().map(|d| d.id.as_str()).collect();
        own == raw.dimensions.iter().map(String::as_str).collect()
    };
    let Some(grid) = wanted.iter().find(named) else {
        let known: Vec<String> = wanted.iter().map(dimension_names).collect();
        let message = match known.as_slice() {
            [] => "this question is not broken down".to_owned(),
            known => format!("expected a breakdown by {}", known.join(", or by ")),
        };
        return Err(Faults::one("dimensions", message));
    };
    // Where each of the grid's dimensions stands in the order that the caller chose.
    let order: Vec<usize> = grid
        .dimensions
        .iter()
        .filter_map(|d| {
            raw.dimensions
                .iter()
                .position(|given| given == d.id.as_str())
        })
        .collect();
    let mut cells: Vec<Cell> = Vec::with_capacity(raw.cells.len());
    let mut seen = BTreeSet::new();
    for (position, cell) in raw.cells.iter().enumerate() {
        let path = format!("cells[{position}]");
        let codes: Option<Vec<String>> =
            order.iter().map(|i| cell.codes.get(*i).cloned()).collect();
        let value = figure(&format!("{path}.value"), &cell.value, is_count, &mut faults);
        let Some(codes) = codes.filter(|codes| cell.codes.len() == codes.len()) else {
            let expected = grid.dimensions.len();
            faults.add(
                format!("{path}.codes"),
                format!("expected {expected} codes"),
            );
            continue;
        };
        check_codes(&path, &codes, grid, &mut faults);
        if !seen.insert(codes.clone()) {
            faults.add(format!("{path}.codes"), "this box is given twice");
        }
        if let Some(value) = value {
            cells.push(Cell { codes, value });
        }
    }
    for missing in grid
        .boxes()
        .into_iter()
        .filter(|codes| !seen.contains(codes))
    {
        let message = format!("the box {} is missing", missing.join(" / "));
        faults.add("cells", message);
    }
    faults.into_result()?;
    cells.sort();
    Ok(Grid {
        dimensions: grid
            .dimensions
            .iter()
            .map(|d| d.id.clone())
            .collect::<Vec<DimensionId>>(),
        cells,
    })
}

fn dimension_names(grid: &EntryGrid) -> String {
    let ids: Vec<&str> = grid.dimensions.iter().map(|d| d.id.as_str()).collect();
    ids.join(" and ")
}

fn check_codes(path: &str, codes: &[String], grid: &EntryGrid, faults: &mut Faults) {
    for (code, dimension) in codes.iter().zip(&grid.dimensions) {
        if !dimension.codes.iter().any(|known| known.code == *code) {
            let known: Vec<&str> = dimension.codes.iter().map(|c| c.code.as_str()).collect();
            faults.add(
                format!("{path}.codes"),
                format!("{} is not one of {}", shown(code), known.join(", ")),
            );
        }
    }
}

/// Warns where the whole lies outside what a demand takes.
fn limits(number: &Number, entry: &Entry, warnings: &mut Vec<Warning>) {
    let Some(whole) = number.whole() else {
        return;
    };
    for (place, demand) in (0..).zip(&entry.demands) {
        if is_outside(&demand.field.kind, whole, number.unit) {
            let organisation = &demand.ask.organisation;
            warnings.push(Warning {
                of: WarningOf::Demand(place),
                message: format!("{organisation} did not expect a number so small or large"),
            });
        }
    }
}
