//! What the program says: data on standard output, everything else on standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, presets};
use serde_json::{Map, Value};

use crate::tabular::csv;

use super::failure::{Exit, Failure, Result};

/// Width of a table in characters where the terminal does not tell its own.
const WIDTH_DEFAULT: u16 = 100;

/// Narrowest and widest table in characters that is still read with ease.
const WIDTHS: std::ops::RangeInclusive<u16> = 60..=200;

/// In which shape data goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs: an array of objects with stable names.
    Json,
    /// For spreadsheets and programs: a header and rows.
    Csv,
}

/// What `--output` takes: the shapes of all commands, and the workbook of a few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people.
    Table,
    /// For programs: an array of objects with stable names.
    Json,
    /// For spreadsheets and programs: a header and rows.
    Csv,
    /// An Excel workbook, of the commands that say so.
    #[value(hide = true)]
    Xlsx,
}

impl Shape {
    /// The format of it; none for a workbook.
    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Json => Some(Format::Json),
            Self::Csv => Some(Format::Csv),
            Self::Xlsx => None,
        }
    }
}

/// Rows of named columns, which go out in any format.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// Columns that a table leaves out: ids and digests that people do not read.
    hidden: Vec<&'static str>,
}

impl Listing {
    /// No rows yet, under these columns.
    pub(crate) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// The same, its tables without some of the columns.
    pub(crate) fn hiding(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.hidden.extend(columns);
        self
    }

    /// Adds a row: a value for each column.
    pub(crate) fn add(&mut self, row: impl IntoIterator<Item = Value>) {
        self.rows.push(row.into_iter().collect());
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes it to standard output.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        data(&self.render(format)?)
    }

    /// The text that goes out.
    pub(crate) fn render(&self, format: Format) -> Result<String> {
        match format {
            Format::Table if self.is_empty() => Ok("Nothing to show.\n".to_owned()),
            Format::Table => Ok(self.table()),
            Format::Json => json_text(&self.json()),
            Format::Csv => self.csv(),
        }
    }

    fn json(&self) -> Value {
        let object = |row: &Vec<Value>| {
            let members = self.columns.iter().cloned().zip(row.iter().cloned());
            Value::Object(members.collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(object).collect())
    }

    fn csv(&self) -> Result<String> {
        let text = |cell: &Value| text_of(cell, "; ");
        let texts = self.rows.iter().map(|row| row.iter().map(text).collect());
        // A requester's own names are headings too, and as little to be trusted as any text.
        let records = std::iter::once(self.columns.clone()).chain(texts);
        Ok(csv::written::<Vec<String>>(records)?)
    }

    fn table(&self) -> String {
        // What is empty in every row tells nothing and takes room.
        let is_empty = |place: usize| self.rows.iter().all(|row| row[place].is_null());
        let is_hidden = |place: usize| self.hidden.contains(&self.columns[place].as_str());
        let shown: Vec<usize> = (0..self.columns.len())
            .filter(|place| !is_hidden(*place) && !is_empty(*place))
            .collect();
        let heading = |place: &usize| self.columns[*place].replace('_', " ");
        let mut table = plain_table(shown.iter().map(heading));
        for row in &self.rows {
            table.add_row(shown.iter().map(|place| text_of(&row[*place], ", ")));
        }
        // The first column is what rows are called by: it is copied, so it must stay whole.
        if let Some(column) = table.column_mut(0) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        table_text(&table)
    }
}

/// A table without frames, as wide as the terminal at most.
pub(crate) fn plain_table(headings: impl IntoIterator<Item = String>) -> Table {
    let rule = LineStyle::none().fill('-').junction(' ');
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING.header_separator(rule))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width())
        .set_header(headings.into_iter().collect::<Vec<_>>());
    table
}

/// A table as text, lines trimmed at their ends.
pub(crate) fn table_text(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A value as JSON for programs: indented, with a line end.
pub(crate) fn json_text(value: &impl serde::Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| unwritten(&e))?;
    text.push('\n');
    Ok(text)
}

/// Writes data to standard output.
pub(crate) fn data(text: &str) -> Result<()> {
    write_out(text.as_bytes())
}

/// Writes data that is no text to standard output, where that is no screen.
pub(crate) fn bytes(bytes: &[u8]) -> Result<()> {
    if io::stdout().is_terminal() {
        let message = "a workbook is nothing for a screen; name a file, or put > FILE.xlsx behind";
        return Err(Failure::usage(message));
    }
    write_out(bytes)
}

/// Writes a file that is not there yet.
pub(crate) fn file(path: &str, bytes: &[u8]) -> Result<()> {
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let written = opened.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::refused(format!("{path} is there already; nothing was written"))
        }
        _ => Failure::refused(format!("{path} cannot be written: {error}")),
    })?;
    note(format_args!("{path} is written"));
    Ok(())
}

/// The shape that a file's name asks for.
pub(crate) fn shape_of(path: &str) -> Result<Shape> {
    let extension = std::path::Path::new(path).extension();
    let extension = extension.and_then(|extension| extension.to_str());
    match extension.map(str::to_lowercase).as_deref() {
        Some("xlsx") => Ok(Shape::Xlsx),
        Some("csv") => Ok(Shape::Csv),
        Some("json") => Ok(Shape::Json),
        _ => Err(Failure::usage(format!(
            "{path}: expected a name that ends in .xlsx, .csv or .json"
        ))),
    }
}

fn write_out(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::new(Exit::Unread, ""),
        _ => unwritten(&error),
    })
}

/// Tells a person on standard error how things go.
pub(crate) fn note(text: impl fmt::Display) {
    // Nobody can be told that standard error does not take it.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells a person on standard error why a command did not do as asked.
pub(crate) fn failure(failure: &Failure) {
    if failure.exit == Exit::Unread {
        return;
    }
    if has_colour() {
        note(format_args!("\u{1b}[1;31merror:\u{1b}[0m {failure}"));
    } else {
        note(format_args!("error: {failure}"));
    }
}

/// A progress bar over so many steps, on a terminal only; `NO_COLOR` leaves it plain.
pub(crate) fn progress(steps: usize, what: &'static str) -> indicatif::ProgressBar {
    if !io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new(steps as u64);
    let style = indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    bar.set_style(style.expect("the template names what the library knows"));
    bar.set_message(what);
    bar
}

/// Says how far something without a known end has come, on a terminal only, while it lives.
pub(crate) struct Counter(indicatif::ProgressBar);

impl Counter {
    /// Starts to count things, such as `rows read`.
    pub(crate) fn start(what: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            return Self(indicatif::ProgressBar::hidden());
        }
        let bar = indicatif::ProgressBar::no_length();
        let style = indicatif::ProgressStyle::with_template("{human_pos} {msg}");
        bar.set_style(style.expect("the template names what the library knows"));
        bar.set_message(what);
        Self(bar)
    }

    /// Says that so many are done.
    pub(crate) fn reach(&self, done: usize) {
        self.0.set_position(done as u64);
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A text as a value, null if it is empty.
pub(crate) fn text(text: impl Into<String>) -> Value {
    let text = text.into();
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    }
}

/// Several texts as a value.
pub(crate) fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Value {
    Value::Array(texts.into_iter().map(|t| Value::String(t.into())).collect())
}

/// How wide tables may be, in characters.
pub(crate) fn width() -> u16 {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let width: u16 = told.unwrap_or(WIDTH_DEFAULT);
    width.clamp(*WIDTHS.start(), *WIDTHS.end())
}

fn has_colour() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !is_unwanted && io::stderr().is_terminal()
}

/// A value as a person reads it, several with a joint between them.
pub(crate) fn text_of(value: &Value, joint: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(|value| text_of(value, joint)).collect();
            texts.join(joint)
        }
        other => other.to_string(),
    }
}

fn unwritten(error: &dyn fmt::Display) -> Failure {
    Failure::refused(format!("the output cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Listing {
        let mut listing = Listing::new(["home", "asked_by", "digest"]).hiding(["digest"]);
        listing.add([text("1-1"), texts(["a", "b"]), text("00ff")]);
        listing.add([text("1-2"), texts(["c, d"]), text("")]);
        listing
    }

    #[test]
    fn rows_go_out_as_a_table_as_json_and_as_csv() {
        let csv = sample().render(Format::Csv).unwrap();
        assert_eq!(csv, "home,asked_by,digest\n1-1,a; b,00ff\n1-2,\"c, d\",\n");
        let json: Value = serde_json::from_str(&sample().render(Format::Json).unwrap()).unwrap();
        assert_eq!(json[0]["asked_by"], serde_json::json!(["a", "b"]));
        assert_eq!(json[1]["digest"], Value::Null);
        let table = sample().render(Format::Table).unwrap();
        assert!(table.contains("asked by"), "{table}");
        assert!(!table.contains("00ff"), "{table}");
    }

    #[test]
    fn an_empty_listing_says_so_to_people_and_stays_a_list_for_programs() {
        let listing = Listing::new(["home"]);
        assert_eq!(listing.render(Format::Json).unwrap(), "[]\n");
        assert_eq!(listing.render(Format::Csv).unwrap(), "home\n");
        assert_eq!(listing.render(Format::Table).unwrap(), "Nothing to show.\n");
    }
}
