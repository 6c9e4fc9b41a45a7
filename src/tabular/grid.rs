//! Rows of cells as a person sees them in a spreadsheet, from CSV or from a workbook, each cell with
//! the place by which messages call it.

use super::text::bare;
use super::{Result, csv};

/// What a cell holds, read as people mean it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing, or blanks alone.
    #[default]
    Blank,
    /// A text.
    Text(String),
    /// A number, as short as it can be written: `1.0` is `1`.
    Number(String),
    /// Yes or no.
    YesNo(bool),
    /// A date, `YYYY-MM-DD`; with a time of day, `YYYY-MM-DDTHH:MM`; or a time of day alone.
    Date(String),
    /// What nobody can have meant, such as `the error #REF!`.
    Bad(String),
}

impl Cell {
    /// A text, or nothing.
    pub(crate) fn of_text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Blank,
            text => Self::Text(text.to_owned()),
        }
    }

    /// The cell in words; empty for a blank one.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Blank | Self::Bad(_) => "",
            Self::Text(text) | Self::Number(text) | Self::Date(text) => text,
            Self::YesNo(true) => "yes",
            Self::YesNo(false) => "no",
        }
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_blank(&self) -> bool {
        *self == Self::Blank
    }
}

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GridRow {
    /// The line, or the row of the sheet, from 1.
    pub(crate) number: usize,
    /// Its cells from the first column on; what is not there is blank.
    pub(crate) cells: Vec<Cell>,
}

impl GridRow {
    /// The cell in a column, from 0.
    pub(crate) fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Blank)
    }
}

/// The rows of a sheet that hold something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The file's name.
    pub(crate) file: String,
    /// The sheet's name, where the file is a workbook.
    pub(crate) sheet: Option<String>,
    /// The rows, the first being the headings.
    pub(crate) rows: Vec<GridRow>,
    /// Ranges of cells that were joined into one, such as `A1:C1`, with their first and last row.
    pub(crate) merged: Vec<Merged>,
}

/// A range of cells that were joined into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The range, such as `A1:C1`.
    pub(crate) range: String,
    /// First and last row, from 1.
    pub(crate) rows: (usize, usize),
}

impl Grid {
    /// Reads CSV. The apostrophe that keeps spreadsheets from taking a text for a formula is no part
    /// of the text.
    ///
    /// # Errors
    /// A text that is no CSV, by line and column.
    pub(crate) fn of_csv(name: &str, text: &str) -> Result<Self> {
        let mut rows = Vec::new();
        for (number, cells) in csv::lines(name, text)? {
            let cells: Vec<Cell> = cells.iter().map(|cell| Cell::of_text(bare(cell))).collect();
            if !cells.iter().all(Cell::is_blank) {
                rows.push(GridRow { number, cells });
            }
        }
        Ok(Self {
            file: name.to_owned(),
            sheet: None,
            rows,
            merged: Vec::new(),
        })
    }

    /// How messages call a cell: `fields!D7`, or `line 7, column 4`.
    pub(crate) fn place(&self, number: usize, column: usize) -> String {
        place(self.sheet.as_deref(), number, column)
    }
}

/// How messages call a cell of a sheet, or of CSV where there is none.
pub(crate) fn place(sheet: Option<&str>, number: usize, column: usize) -> String {
    match sheet {
        Some(sheet) => format!("{sheet}!{}{number}", letters(column)),
        None => format!("line {number}, column {}", column + 1),
    }
}

/// The letters of a column, from 0: A to Z, AA and so on.
pub(crate) fn letters(column: usize) -> String {
    let mut rest = column;
    let mut letters = Vec::new();
    loop {
        // Of 26 letters, so within a byte.
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or(0));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_called_as_people_call_them() {
        for (column, expected) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), expected);
        }
        assert_eq!(place(Some("fields"), 7, 3), "fields!D7");
        assert_eq!(place(None, 7, 3), "line 7, column 4");
    }

    #[test]
    fn blank_lines_are_left_out_and_what_guards_a_formula_is_taken_off() {
        let text = "name,label\n\n,\n'=x, 'quoted'\n";
        let grid = Grid::of_csv("x.csv", text).unwrap();
        let numbers: Vec<usize> = grid.rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 4]);
        assert_eq!(grid.rows[1].cell(0), &Cell::Text("=x".into()));
        assert_eq!(grid.rows[1].cell(1), &Cell::Text("'quoted'".into()));
        assert!(grid.rows[1].cell(2).is_blank());
    }
}
