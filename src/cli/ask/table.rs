//! A sheet of fields or of an ask's head under the headings of whoever wrote it.
//!
//! Headings are matched to what we know; each cell keeps its place, so that whatever is wrong with
//! what was read from it can be said at that place.

use std::collections::BTreeMap;

use super::super::failure::{Failure, Result};
use super::columns::Column;
use crate::domain::id::shown;
use crate::tabular::grid::{self, Cell, Grid, GridRow};

/// Most columns that a message lists as not known.
const STRANGERS_SHOWN_MAX: usize = 20;

/// How the headings of a sheet are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Of a sheet of fields")]
pub(super) struct Reading {
    /// The sheet of the workbook that holds the fields; `fields`, or the only one, if not given
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,
    /// Which of your columns is one of ours, such as label="Question text"; may be given several
    /// times
    #[arg(long = "column", value_name = "OURS=YOURS", value_parser = mapping)]
    pub(super) columns: Vec<(String, String)>,
    /// Leave out columns that are not known, instead of refusing the sheet
    #[arg(long)]
    pub(super) ignore_columns: bool,
}

fn mapping(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((ours, yours)) if !ours.trim().is_empty() && !yours.trim().is_empty() => {
            Ok((ours.trim().to_owned(), yours.trim().to_owned()))
        }
        _ => Err("expected our column and yours, such as label=\"Question text\"".to_owned()),
    }
}

/// Which column of the sheet is which of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headings {
    /// Ours, with the place and heading in the sheet.
    found: BTreeMap<&'static str, (usize, String)>,
    /// What is wrong with them.
    pub(super) faults: Vec<String>,
    /// Columns that are left out, as messages call them.
    pub(super) ignored: Vec<String>,
}

/// A row of cells under known headings, with what is wrong with them.
pub(super) struct Reader<'a> {
    /// The sheet's columns.
    pub(super) headings: &'a Headings,
    /// The row.
    pub(super) row: &'a GridRow,
    /// What is wrong, by column.
    pub(super) faults: Vec<(&'static str, String)>,
}

impl Headings {
    /// Matches the headings of a sheet.
    pub(super) fn read(
        grid: &Grid,
        known: &[Column],
        required: &[&str],
        reading: &Reading,
    ) -> Self {
        let mut headings = Self::default();
        let Some(first) = grid.rows.first() else {
            let required = required.join(", ");
            let fault = format!("holds nothing; expected a row of headings: {required} and others");
            headings.faults.push(match &grid.sheet {
                Some(sheet) => format!("the sheet {sheet} {fault}"),
                None => format!("it {fault}"),
            });
            return headings;
        };
        let mut strangers = Vec::new();
        headings.map(grid, known, reading);
        for (column, cell) in first.cells.iter().enumerate() {
            headings.place_one(grid, known, (column, cell), &mut strangers);
        }
        headings.blank_headings(grid);
        headings.merged(grid);
        headings.missing(grid, required, &strangers);
        if reading.ignore_columns {
            headings.ignored = strangers;
        } else if !strangers.is_empty() {
            let named = strangers.iter().take(STRANGERS_SHOWN_MAX).cloned();
            let known: Vec<&str> = known.iter().map(|column| column.name).collect();
            headings.faults.extend(named.map(|stranger| {
                format!(
                    "{stranger} is not a column that is known; say which of ours it is by \
                     --column OURS=YOURS, or leave it out by --ignore-columns"
                )
            }));
            let known = known.join(", ");
            headings
                .faults
                .push(format!("columns that are known: {known}"));
        }
        headings
    }

    /// Takes the columns that the command line names.
    fn map(&mut self, grid: &Grid, known: &[Column], reading: &Reading) {
        for (ours, yours) in &reading.columns {
            let Some(column) = known.iter().find(|column| column.name == ours) else {
                let known: Vec<&str> = known.iter().map(|column| column.name).collect();
                let fault = format!(
                    "--column {ours}={}: {ours} is none of ours; expected one of {}",
                    shown(yours),
                    known.join(", ")
                );
                self.faults.push(fault);
                continue;
            };
            let cells = &grid.rows[0].cells;
            let is_it =
                |cell: &Cell| super::columns::bare(cell.text()) == super::columns::bare(yours);
            match cells.iter().position(is_it) {
                Some(place) => {
                    let heading = cells[place].text().to_owned();
                    self.found.insert(column.name, (place, heading));
                }
                None => self.faults.push(format!(
                    "--column {ours}={yours}: the sheet has no column headed {}",
                    shown(yours)
                )),
            }
        }
    }

    fn place_one(
        &mut self,
        grid: &Grid,
        known: &[Column],
        (place, cell): (usize, &Cell),
        strangers: &mut Vec<String>,
    ) {
        if cell.is_blank() || self.found.values().any(|(taken, _)| *taken == place) {
            return;
        }
        let heading = cell.text();
        let at = grid.place(grid.rows[0].number, place);
        if let Cell::Bad(what) = cell {
            self.faults
                .push(format!("{at}: holds {what}; expected a heading"));
            return;
        }
        let called = format!("{at}: {}", shown(heading));
        let Some(column) = known.iter().find(|column| column.is_called(heading)) else {
            strangers.push(called);
            return;
        };
        match self.found.get(column.name) {
            None => {
                self.found.insert(column.name, (place, heading.to_owned()));
            }
            Some((other, _)) => {
                let (name, other) = (column.name, grid.place(grid.rows[0].number, *other));
                self.faults.push(format!(
                    "{called} means {name}, as the column at {other} does; say which by --column \
                     {name}=YOURS, and leave the other out by --ignore-columns"
                ));
            }
        }
    }

    /// A column with something in it needs a heading.
    fn blank_headings(&mut self, grid: &Grid) {
        let header = &grid.rows[0];
        let width = grid.rows.iter().map(|row| row.cells.len()).max();
        for column in 0..width.unwrap_or(0) {
            let filled = || grid.rows.iter().find(|row| !row.cell(column).is_blank());
            if let (true, Some(filled)) = (header.cell(column).is_blank(), filled()) {
                let at = grid.place(header.number, column);
                let filled = grid.place(filled.number, column);
                self.faults.push(format!(
                    "{at}: has no heading, but {filled} holds something"
                ));
            }
        }
    }

    fn merged(&mut self, grid: &Grid) {
        let sheet = grid.sheet.as_deref().unwrap_or_default();
        let first = grid.rows[0].number;
        for merged in &grid.merged {
            let range = &merged.range;
            let is_heading = (merged.rows.0..=merged.rows.1).contains(&first);
            let what = if is_heading {
                "are joined into one, in the row of headings; expected a heading in each cell, and \
                 nothing above them"
            } else if merged.rows.1 > first {
                "are joined into one; expected a value in each cell"
            } else {
                continue;
            };
            self.faults
                .push(format!("{sheet}!{range}: the cells {what}"));
        }
    }

    fn missing(&mut self, grid: &Grid, required: &[&str], strangers: &[String]) {
        for name in required
            .iter()
            .filter(|name| !self.found.contains_key(**name))
        {
            let place = match &grid.sheet {
                Some(sheet) => format!("{sheet}!{}", grid.rows[0].number),
                None => format!("line {}", grid.rows[0].number),
            };
            let mut fault = format!("{place}: the column {name} is missing");
            if !strangers.is_empty() {
                fault.push_str("; if it has another heading, say so by --column ");
                fault.push_str(name);
                fault.push_str("=YOURS");
            }
            self.faults.push(fault);
        }
    }

    /// How messages call a cell of one of our columns in a row: `fields!D7 ("Answer type")`; the
    /// row where the sheet has no such column.
    pub(super) fn place(&self, sheet: Option<&str>, number: usize, column: &str) -> String {
        match (self.found.get(column), sheet) {
            (Some((place, heading)), Some(_)) => {
                format!("{} ({heading})", grid::place(sheet, number, *place))
            }
            (Some((_, heading)), None) => format!("line {number}, column {heading}"),
            (None, Some(sheet)) if column.is_empty() => format!("{sheet}!{number}"),
            (None, Some(sheet)) => format!("{sheet}!{number}, column {column}"),
            (None, None) if column.is_empty() => format!("line {number}"),
            (None, None) => format!("line {number}, column {column}"),
        }
    }

    /// Fails with everything that is wrong with the headings of some sheets.
    pub(super) fn refuse(file: &str, faults: Vec<String>) -> Result<()> {
        if faults.is_empty() {
            return Ok(());
        }
        let headline = format!("{file} cannot be read as an ask");
        Err(Failure::refused(headline).because(faults))
    }

    /// The place of one of our columns.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.found.get(name).map(|(place, _)| *place)
    }
}

impl Reader<'_> {
    /// The text of a cell; empty for a blank one, and for one that cannot be meant, which is noted.
    pub(super) fn cell(&mut self, column: &Column) -> String {
        let place = self.headings.column(column.name);
        let cell = place.map_or(&Cell::Blank, |place| self.row.cell(place));
        match check(cell, column) {
            Ok(text) => text,
            Err(why) => {
                self.faults.push((column.name, why));
                String::new()
            }
        }
    }
}

/// The text of a cell, or why it cannot be meant.
pub(super) fn check(cell: &Cell, column: &Column) -> std::result::Result<String, String> {
    match cell {
        Cell::Bad(what) => Err(format!("holds {what}; expected: {}", column.allowed)),
        Cell::Date(date) if !column.takes_dates => Err(format!(
            "is a date, {date}, which a spreadsheet may have made of something else; give the cell \
             the format Text and type it again; expected: {}",
            column.allowed
        )),
        cell => match column.word(cell.text()) {
            word if column.is_yes_no() && !["", "yes", "no"].contains(&word.as_str()) => {
                Err(format!("{} is neither; expected yes or no", shown(&word)))
            }
            word => Ok(word),
        },
    }
}
