//! Reading a filled-in sheet: its columns in any order, with further ones.

use std::collections::BTreeMap;

use crate::cli::failure::{Failure, Result};
use crate::cli::out;
use crate::domain::id::shown;
use crate::tabular::grid::Grid;
use crate::tabular::text::text_of;
use crate::tabular::workbook::{Book, Kind, kind_of};

use super::super::table::{CANDIDATES, SHEET};

/// A sheet that was filled in.
pub(super) struct Filled {
    /// The file's name.
    pub(super) name: String,
    /// Its rows below the headings.
    pub(super) rows: Vec<Line>,
}

/// A row by the names of its columns.
pub(super) struct Line {
    /// The line, or the row of the sheet, from 1.
    pub(super) number: usize,
    cells: BTreeMap<String, String>,
}

impl Line {
    /// A cell without space around it; empty where there is no such column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The candidates that the row lists.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (&str, &str)> {
        let columns = (1..=CANDIDATES).filter_map(|place| {
            let cell = self.cells.get_key_value(&format!("candidate_{place}"))?;
            Some((cell.0.as_str(), cell.1.as_str()))
        });
        columns.filter(|(_, text)| !text.is_empty())
    }
}

/// Columns without which nothing can be decided.
const REQUIRED: [&str; 3] = ["ask", "field", "decision"];

/// Columns that are read beside them, and those of candidates.
const READ: [&str; 6] = [
    "element",
    "option_map",
    "reason",
    "new_id",
    "new_label",
    "new_topic",
];

/// Reads a sheet from CSV or a workbook.
///
/// # Errors
/// What cannot be read, and columns that are missing or given twice.
pub(super) fn sheet(name: &str, bytes: Vec<u8>) -> Result<Filled> {
    let (kind, note) = kind_of(name, &bytes)?;
    if let Some(note) = note {
        out::note(note);
    }
    let grid = match kind {
        Kind::Workbook => {
            let mut book = Book::open(name, bytes)?;
            let sheets = book.sheets();
            let ours = sheets
                .iter()
                .find(|sheet| *sheet == SHEET)
                .or(sheets.first());
            let Some(sheet) = ours.cloned() else {
                return Err(Failure::refused(format!("{name} has no sheet")));
            };
            book.grid(&sheet)?
        }
        Kind::Csv => Grid::of_csv(name, &text_of(name, bytes)?)?,
        Kind::Json => {
            let message = format!("{name} is JSON; expected the CSV or workbook that was exported");
            return Err(Failure::refused(message));
        }
    };
    of_grid(&grid)
}

fn of_grid(grid: &Grid) -> Result<Filled> {
    let refused = || Failure::refused(format!("{} decides nothing, for", grid.file));
    let mut rows = grid.rows.iter();
    let Some(heading) = rows.next() else {
        return Err(refused().because(["it is empty".to_owned()]));
    };
    let bare = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for (place, cell) in heading.cells.iter().enumerate() {
        let column = bare(cell.text());
        let is_read = REQUIRED.contains(&column.as_str())
            || READ.contains(&column.as_str())
            || column.starts_with("candidate_");
        if !is_read {
            continue;
        }
        if places.contains_key(&column) {
            let line = heading.number;
            let at = format!("line {line}, column {}", place + 1);
            faults.push(format!("{at}: {} is given twice", shown(&column)));
        }
        places.insert(column, place);
    }
    for column in REQUIRED {
        if !places.contains_key(column) {
            let line = heading.number;
            faults.push(format!("line {line}: the column {column} is missing"));
        }
    }
    if !faults.is_empty() {
        return Err(refused().because(faults));
    }
    let line = |row: &crate::tabular::GridRow| Line {
        number: row.number,
        cells: places
            .iter()
            .map(|(column, place)| (column.clone(), row.cell(*place).text().trim().to_owned()))
            .collect(),
    };
    Ok(Filled {
        rows: rows.map(line).collect(),
        name: grid.file.clone(),
    })
}
