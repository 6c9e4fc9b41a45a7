//! Reading CSV so that every fault has a line and a column.
//!
//! RFC 4180 with a header row; lines may end in CR LF or LF, blank lines are skipped. A quote in
//! the wrong place is a fault, never a guess.

use std::collections::BTreeMap;

use super::failure::{Failure, Result};
use super::file::Source;
use crate::domain::id::shown;

/// A CSV file with a header.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// The file's name.
    pub(crate) name: String,
    columns: BTreeMap<String, usize>,
    /// The rows below the header.
    pub(crate) rows: Vec<Row>,
}

/// A row of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line on which it starts, from 1.
    pub(crate) line: usize,
    cells: Vec<String>,
}

impl Row {
    /// The line as a number that goes over the wire.
    pub(crate) fn index(&self) -> u32 {
        // A file of more lines is larger than any that is read.
        u32::try_from(self.line).unwrap_or(u32::MAX)
    }

    /// A fault of the row in words, with its line and column; of the whole row without a column.
    pub(crate) fn fault(&self, column: &str, message: &str) -> String {
        match column {
            "" => format!("line {}: {message}", self.line),
            column => format!("line {}, column {column}: {message}", self.line),
        }
    }
}

impl Sheet {
    /// Reads a sheet that has the required columns and, beside them, only optional ones.
    pub(crate) fn read(source: &Source, required: &[&str], optional: &[&str]) -> Result<Self> {
        let refused = || Failure::refused(format!("{} cannot be read as CSV", source.name));
        let mut rows = match split(&source.text) {
            Ok(rows) => rows.into_iter(),
            Err((line, column, why)) => {
                let reason = format!("line {line}, column {column}: {why}");
                return Err(refused().because([reason]));
            }
        };
        let Some(header) = rows.next() else {
            let reason = format!("it is empty; expected the columns {}", required.join(","));
            return Err(refused().because([reason]));
        };
        let rows: Vec<Row> = rows.collect();
        let columns: BTreeMap<String, usize> = (header.cells.iter().enumerate())
            .map(|(place, name)| (name.trim().to_owned(), place))
            .collect();
        let mut reasons = header_faults(&header, &columns, required, optional);
        for row in &rows {
            let (found, wanted) = (row.cells.len(), header.cells.len());
            if found != wanted {
                reasons.push(format!(
                    "line {}: has {found} columns; the header has {wanted}",
                    row.line
                ));
            }
        }
        if !reasons.is_empty() {
            return Err(refused().because(reasons));
        }
        Ok(Self {
            name: source.name.clone(),
            columns,
            rows,
        })
    }

    /// A cell without space around it; empty where the sheet has no such column.
    pub(crate) fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let place = self.columns.get(column);
        let cell = place.and_then(|place| row.cells.get(*place));
        cell.map_or("", |cell| cell.trim())
    }
}

/// The lines of a CSV file with their cells, every one as long as the first unless it is blank.
///
/// # Errors
/// Whatever is malformed, by line and column.
pub(crate) fn lines(source: &Source) -> Result<Vec<(usize, Vec<String>)>> {
    let refused = || Failure::refused(format!("{} cannot be read as CSV", source.name));
    let rows = split(&source.text).map_err(|(line, column, why)| {
        refused().because([format!("line {line}, column {column}: {why}")])
    })?;
    let wanted = rows.first().map_or(0, |header| header.cells.len());
    let is_blank = |row: &Row| row.cells.iter().all(|cell| cell.trim().is_empty());
    let ragged = (rows.iter()).filter(|row| row.cells.len() != wanted && !is_blank(row));
    let reasons: Vec<String> = ragged
        .map(|row| {
            let (line, found) = (row.line, row.cells.len());
            format!("line {line}: has {found} columns; the header has {wanted}")
        })
        .collect();
    if reasons.is_empty() {
        Ok(rows.into_iter().map(|row| (row.line, row.cells)).collect())
    } else {
        Err(refused().because(reasons))
    }
}

fn header_faults(
    header: &Row,
    columns: &BTreeMap<String, usize>,
    required: &[&str],
    optional: &[&str],
) -> Vec<String> {
    let line = header.line;
    let mut reasons = Vec::new();
    for name in required {
        if !columns.contains_key(*name) {
            reasons.push(format!("line {line}: the column {name} is missing"));
        }
    }
    for (place, name) in header.cells.iter().enumerate() {
        let name = name.trim();
        let at = format!("line {line}, column {}", place + 1);
        if !required.contains(&name) && !optional.contains(&name) {
            let known: Vec<&str> = required.iter().chain(optional).copied().collect();
            let known = known.join(", ");
            reasons.push(format!(
                "{at}: {} is not known; expected {known}",
                shown(name)
            ));
        } else if columns.get(name) != Some(&place) {
            reasons.push(format!("{at}: {name} is given twice"));
        }
    }
    reasons
}

/// Splits a text into rows of cells, or says at which line and column it is malformed and why.
fn split(text: &str) -> std::result::Result<Vec<Row>, (usize, usize, &'static str)> {
    let mut rows = Vec::new();
    let mut reader = Reader {
        rest: text.chars().peekable(),
        line: 1,
        column: 1,
    };
    while reader.rest.peek().is_some() {
        let line = reader.line;
        let mut cells = Vec::new();
        loop {
            cells.push(reader.cell()?);
            if reader.next() != Some(',') {
                break;
            }
        }
        if cells.iter().any(|cell| !cell.trim().is_empty()) || cells.len() > 1 {
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

/// What of a text is yet to be read, and where that stands.
struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    /// The next character, each end of a line being LF.
    fn next(&mut self) -> Option<char> {
        let mut c = self.rest.next()?;
        if c == '\r' {
            self.rest.next_if_eq(&'\n');
            c = '\n';
        }
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn is_at_end_of_cell(&mut self) -> bool {
        matches!(self.rest.peek(), None | Some(',' | '\n' | '\r'))
    }

    /// A cell, up to but without what ends it.
    fn cell(&mut self) -> std::result::Result<String, (usize, usize, &'static str)> {
        if self.rest.peek() == Some(&'"') {
            return self.quoted();
        }
        let mut cell = String::new();
        while !self.is_at_end_of_cell() {
            if self.rest.peek() == Some(&'"') {
                let why = "a quote inside a cell; put the whole cell in quotes and double this one";
                return Err((self.line, self.column, why));
            }
            cell.extend(self.next());
        }
        Ok(cell)
    }

    fn quoted(&mut self) -> std::result::Result<String, (usize, usize, &'static str)> {
        let (line, column) = (self.line, self.column);
        let mut cell = String::new();
        self.next();
        loop {
            match self.next() {
                None => return Err((line, column, "a quote that is never closed")),
                Some('"') if self.rest.peek() == Some(&'"') => cell.extend(self.next()),
                Some('"') if self.is_at_end_of_cell() => return Ok(cell),
                Some('"') => {
                    let why =
                        "text behind a closing quote; expected a comma or the end of the line";
                    return Err((self.line, self.column, why));
                }
                Some(c) => cell.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sheet> {
        Sheet::read(&Source::of("x.csv", text), &["a", "b"], &["c"])
    }

    #[test]
    fn cells_keep_commas_quotes_and_line_ends_and_rows_their_lines() {
        let sheet = read("b,a\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2 , 3\r\n").unwrap();
        assert_eq!(sheet.cell(&sheet.rows[0], "a"), "x, \"y\"\nz");
        assert_eq!(sheet.cell(&sheet.rows[0], "c"), "");
        assert_eq!(sheet.cell(&sheet.rows[1], "b"), "2");
        let lines: Vec<usize> = sheet.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn every_fault_has_a_line_and_a_column() {
        let reasons = |text: &str| read(text).unwrap_err().reasons;
        assert_eq!(
            reasons("a,b\n1,\"x"),
            ["line 2, column 3: a quote that is never closed"]
        );
        assert_eq!(
            reasons("a,d,a\n1,2\n"),
            [
                "line 1: the column b is missing",
                "line 1, column 1: a is given twice",
                "line 1, column 2: \"d\" is not known; expected a, b, c",
                "line 2: has 2 columns; the header has 3",
            ]
        );
        assert!(reasons("a,b\nx\"y,2\n")[0].starts_with("line 2, column 2: a quote inside"));
        assert!(reasons("a,b\n\"x\"y,2\n")[0].starts_with("line 2, column 4: text behind"));
        assert_eq!(reasons(""), ["it is empty; expected the columns a,b"]);
    }
}
