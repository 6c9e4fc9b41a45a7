//! What became of the rows of a register, for people and for programs.

use serde_json::Value;

use crate::grpc::v1::{Fault, ImportOutcome};

use super::convert::word;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::sheet::Sheet;

/// What became of each row of a sheet.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<Outcome>,
    /// Id of each row of the sheet, with its line.
    ids: Vec<(u32, String)>,
}

#[derive(Debug)]
struct Outcome {
    line: u32,
    what: ImportOutcome,
    faults: Vec<Fault>,
}

impl Report {
    /// No row yet; rows are called by their cell in the column `id`.
    pub(crate) fn new(sheet: &Sheet, id: &str) -> Self {
        let ids = sheet.rows.iter();
        Self {
            rows: Vec::new(),
            ids: ids
                .map(|row| (row.index(), sheet.cell(row, id).to_owned()))
                .collect(),
        }
    }

    /// Notes what became of the row that starts on a line.
    pub(crate) fn add(&mut self, line: u32, outcome: ImportOutcome, faults: Vec<Fault>) {
        self.rows.push(Outcome {
            line,
            what: outcome,
            faults,
        });
    }

    /// Writes it out; an error if any row was refused or went without an answer.
    pub(crate) fn print(&self, file: &str, format: Format) -> Result<()> {
        match format {
            Format::Table => out::data(&format!("{file}: {}\n", self.summary()))?,
            Format::Json | Format::Csv => self.listing().print(format)?,
        }
        let refused = self.count(ImportOutcome::Refused);
        let unanswered = self.ids.len().saturating_sub(self.rows.len());
        if refused + unanswered == 0 {
            return Ok(());
        }
        let mut reasons: Vec<String> = (self.rows.iter())
            .flat_map(|row| row.faults.iter().map(|fault| fault_text(row.line, fault)))
            .collect();
        if unanswered > 0 {
            reasons.push(format!(
                "{unanswered} rows went without an answer; import them again"
            ));
        }
        let all = self.ids.len();
        let others = if refused < all {
            "the others are entered"
        } else {
            "nothing is entered"
        };
        let message = format!("{refused} of {all} rows were refused; {others}");
        Err(Failure::refused(message).because(reasons))
    }

    fn count(&self, outcome: ImportOutcome) -> usize {
        self.rows.iter().filter(|row| row.what == outcome).count()
    }

    fn summary(&self) -> String {
        format!(
            "{} rows: {} added, {} replaced, {} unchanged, {} refused",
            self.ids.len(),
            self.count(ImportOutcome::Added),
            self.count(ImportOutcome::Replaced),
            self.count(ImportOutcome::Unchanged),
            self.count(ImportOutcome::Refused),
        )
    }

    /// A row for each fault, and for each row of the sheet without one.
    fn listing(&self) -> Listing {
        let mut listing = Listing::new(["line", "id", "outcome", "column", "message"]);
        for row in &self.rows {
            let id = self.ids.iter().find(|(line, _)| *line == row.line);
            let id = id.map_or("", |(_, id)| id);
            let outcome = word(row.what.as_str_name(), "IMPORT_OUTCOME");
            let mut add = |column: &str, message: &str| {
                listing.add([
                    Value::from(row.line),
                    out::text(id),
                    out::text(outcome.as_str()),
                    out::text(column),
                    out::text(message),
                ]);
            };
            if row.faults.is_empty() {
                add("", "");
            }
            for fault in &row.faults {
                add(column_of(&fault.path), &fault.message);
            }
        }
        listing
    }
}

/// The column of a sheet in which a fault of a row stands.
pub(crate) fn column_of(path: &str) -> &str {
    // The service types stand in one column.
    if path.starts_with("services") {
        "type"
    } else {
        path
    }
}

fn fault_text(line: u32, fault: &Fault) -> String {
    match column_of(&fault.path) {
        "" => format!("line {line}: {}", fault.message),
        column => format!("line {line}, column {column}: {}", fault.message),
    }
}
