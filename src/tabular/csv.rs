//! CSV, read so that every fault has a line and a column, and written so that nothing in it is
//! taken for a formula.
//!
//! RFC 4180; lines may end in CR LF or LF, blank lines are skipped. A quote in the wrong place is a
//! fault, never a guess.

use super::text::harmless;
use super::{Refused, Result};

/// A row of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line on which it starts, from 1.
    pub(crate) line: usize,
    /// Its cells as they are written.
    pub(crate) cells: Vec<String>,
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

/// The lines of a CSV file with their cells, every one as long as the first unless it is blank.
///
/// # Errors
/// Whatever is malformed, by line and column.
pub(crate) fn lines(name: &str, text: &str) -> Result<Vec<(usize, Vec<String>)>> {
    let refused = || Refused::new(format!("{name} cannot be read as CSV"));
    let rows = split(text).map_err(|(line, column, why)| {
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

/// Rows of texts as CSV.
///
/// # Errors
/// What cannot be written.
pub(crate) fn written<Row>(rows: impl IntoIterator<Item = Row>) -> Result<String>
where
    Row: IntoIterator<Item = String>,
{
    let unwritten =
        |e: &dyn std::fmt::Display| Refused::new(format!("the output cannot be written: {e}"));
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(harmless).collect();
        writer.write_record(&cells).map_err(|e| unwritten(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| unwritten(&e))?;
    String::from_utf8(bytes).map_err(|e| unwritten(&e))
}

/// Splits a text into rows of cells, or says at which line and column it is malformed and why.
pub(crate) fn split(text: &str) -> std::result::Result<Vec<Row>, (usize, usize, &'static str)> {
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
