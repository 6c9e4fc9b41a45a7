//! Reading CSV with a header row, so that every fault has a line and a column.

use std::collections::BTreeMap;

use super::failure::{Failure, Result};
use super::file::Source;
use crate::domain::id::shown;
pub(crate) use crate::tabular::csv::Row;
use crate::tabular::csv::split;

/// A CSV file with a header.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// The file's name.
    pub(crate) name: String,
    columns: BTreeMap<String, usize>,
    /// The rows below the header.
    pub(crate) rows: Vec<Row>,
}

impl Sheet {
    /// Reads a sheet that has the required columns and, beside them, only optional ones.
    pub(crate) fn read(source: &Source, required: &[&str], optional: &[&str]) -> Result<Self> {
        Self::read_with(source, required, Some(optional))
    }

    /// Reads a sheet that has the required columns, whatever stands beside them.
    pub(crate) fn read_any(source: &Source, required: &[&str]) -> Result<Self> {
        Self::read_with(source, required, None)
    }

    fn read_with(source: &Source, required: &[&str], optional: Option<&[&str]>) -> Result<Self> {
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

    /// Rows at hand under a name, each as long as there are columns.
    pub(crate) fn of_rows(name: &str, columns: &[&str], rows: Vec<Row>) -> Self {
        let columns = columns.iter().enumerate();
        Self {
            name: name.to_owned(),
            columns: columns
                .map(|(place, own)| ((*own).to_owned(), place))
                .collect(),
            rows,
        }
    }

    /// Whether the sheet has a column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// A cell without space around it; empty where the sheet has no such column.
    pub(crate) fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let place = self.columns.get(column);
        let cell = place.and_then(|place| row.cells.get(*place));
        cell.map_or("", |cell| cell.trim())
    }
}

fn header_faults(
    header: &Row,
    columns: &BTreeMap<String, usize>,
    required: &[&str],
    optional: Option<&[&str]>,
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
        let is_required = required.contains(&name);
        if let Some(optional) = optional.filter(|it| !is_required && !it.contains(&name)) {
            let known: Vec<&str> = required.iter().chain(optional).copied().collect();
            let known = known.join(", ");
            reasons.push(format!(
                "{at}: {} is not known; expected {known}",
                shown(name)
            ));
        } else if columns.get(name) != Some(&place) && (is_required || optional.is_some()) {
            reasons.push(format!("{at}: {name} is given twice"));
        }
    }
    reasons
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
