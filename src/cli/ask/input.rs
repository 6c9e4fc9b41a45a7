//! Where asks are read from, workbooks, sheets and JSON alike, and where in them a fault is.

use tonic::Status;

use crate::domain::ask::{Ask, RawAsk};
use crate::domain::fault::Faults;
use crate::domain::period::EARLIEST;
use crate::grpc::v1;

use super::super::connect;
use super::super::failure::{Exit, Failure, Result};
use super::super::file::{Source, read_bytes};
use super::super::json_place::locate;
use super::super::out;
use super::header::Header;
use super::table::Reading;
use super::tabular::{Places, Sheets};
use crate::tabular::grid::Grid;
use crate::tabular::workbook::{Book, Kind, kind_of};

/// Where asks are read from.
#[derive(Debug, clap::Args)]
pub(super) struct Input {
    /// Workbooks (.xlsx), sheets of fields (.csv) with the rest of the ask in the options below, or
    /// JSON, one ask or an array of them; `-` for standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "csv",
        conflicts_with = "csv"
    )]
    files: Vec<String>,
    /// A sheet of fields; the same as to name it without this option
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<String>,
    #[command(flatten)]
    header: Header,
    #[command(flatten)]
    reading: Reading,
}

impl Input {
    /// Reads every file.
    ///
    /// # Errors
    /// A file that cannot be read as asks at all; what cannot be read of an ask is kept with it.
    pub(super) fn read(&self) -> Result<Vec<Written>> {
        let mut asks = Vec::new();
        for file in self.files.iter().chain(&self.csv) {
            let (name, bytes) = read_bytes(file)?;
            let (kind, note) = kind_of(&name, &bytes)?;
            if let Some(note) = note {
                out::note(note);
            }
            match kind {
                Kind::Json => {
                    self.header.refuse_beside_json(&self.reading)?;
                    asks.extend(written(&Source::of_bytes(&name, bytes)?)?);
                }
                Kind::Csv => {
                    let source = Source::of_bytes(&name, bytes)?;
                    let sheets = Sheets::of_csv(Grid::of_csv(&source.name, &source.text)?);
                    asks.push(self.tabular(&sheets, source)?);
                }
                Kind::Workbook => {
                    let mut book = Book::open(&name, bytes)?;
                    let sheets = Sheets::of_book(&name, &mut book, &self.reading)?;
                    asks.push(self.tabular(&sheets, Source::of(&name, ""))?);
                }
            }
        }
        Ok(asks)
    }

    fn tabular(&self, sheets: &Sheets, source: Source) -> Result<Written> {
        let read = sheets.read(&self.header, &self.reading)?;
        Ok(Written {
            raw: read.raw,
            source,
            place: Place::Table(Box::new(read.places)),
            unread: read.unread,
        })
    }
}

/// An ask that was read from a file, with what it takes to place a fault in that file.
pub(crate) struct Written {
    /// The ask.
    pub(crate) raw: RawAsk,
    source: Source,
    place: Place,
    /// What could not be read, by path.
    unread: Vec<(String, String)>,
}

/// Where in its file an ask stands.
enum Place {
    /// In JSON, at this path.
    Json(String),
    /// In a sheet of fields, and what it has beside them.
    Table(Box<Places>),
}

impl Written {
    /// The ask as a message.
    ///
    /// # Errors
    /// What could not be read of the ask or does not fit a message, with every other fault that can
    /// be told without the broker.
    pub(super) fn message(&self) -> Result<v1::Ask> {
        let words = match v1::Ask::try_from(self.raw.clone()) {
            Ok(message) if self.unread.is_empty() => return Ok(message),
            Ok(_) => Faults::new(),
            Err(words) => words,
        };
        let reasons = self.placed(&self.unread_and_others(words));
        Err(Failure::refused("the ask has faults").because(reasons))
    }

    /// Why the broker refused it, each fault with its place.
    pub(super) fn refused(&self, status: Status) -> Failure {
        let faults = connect::faults(&status);
        let mut failure = Failure::from(status);
        if !faults.is_empty() {
            failure.reasons = self.placed(&faults);
        }
        failure
    }

    fn placed(&self, faults: &[(String, String)]) -> Vec<String> {
        let reasons = faults.iter();
        reasons
            .map(|(path, message)| self.fault(path, message))
            .collect()
    }

    /// What could not be read, and the faults of the rest; nothing is said twice of one place.
    fn unread_and_others(&self, words: Faults) -> Vec<(String, String)> {
        let mut all = self.unread.clone();
        let others = all_faults(&self.raw, words);
        let is_new = |path: &str| {
            let mut unread = self.unread.iter();
            // Homes that cannot be read are targets all the same.
            !unread.any(|(unread, _)| {
                is_within(path, unread) || path == "targets" && is_within(unread, path)
            })
        };
        let others = others.iter().filter(|fault| is_new(&fault.path));
        all.extend(others.map(|fault| (fault.path.clone(), fault.message.clone())));
        all
    }

    /// A fault of the ask, with the line and column of its place.
    fn fault(&self, path: &str, message: &str) -> String {
        let path = path.strip_prefix("ask.").unwrap_or(path);
        let name = &self.source.name;
        let said = connect::fault_text((path.to_owned(), message.to_owned()));
        match &self.place {
            Place::Json(at) => {
                let joint = if at.is_empty() || path.is_empty() {
                    ""
                } else {
                    "."
                };
                match locate(&self.source.text, &format!("{at}{joint}{path}")) {
                    Some((line, column)) => format!("{name}: line {line}, column {column}: {said}"),
                    None => format!("{name}: {said}"),
                }
            }
            Place::Table(places) => places.fault(name, path, message),
        }
    }
}

/// The asks of a JSON file.
pub(crate) fn written(source: &Source) -> Result<Vec<Written>> {
    let is_list = source.text.trim_start().starts_with('[');
    let rows: Vec<RawAsk> = source.json_list()?;
    let placed = |(place, raw): (usize, RawAsk)| Written {
        raw,
        source: source.clone(),
        place: Place::Json(if is_list {
            format!("[{place}]")
        } else {
            String::new()
        }),
        unread: Vec::new(),
    };
    Ok(rows.into_iter().enumerate().map(placed).collect())
}

/// Whether a path is that of a member or of something in it.
fn is_within(path: &str, member: &str) -> bool {
    let rest = path.strip_prefix(member);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Every fault of an ask that cannot be sent for its words: the broker would name the others too.
fn all_faults(raw: &RawAsk, words: Faults) -> Faults {
    Ask::parse(raw.clone(), None, EARLIEST)
        .err()
        .unwrap_or(words)
}

/// The asks of several that were refused: a bad one does not stop the rest.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    count: usize,
    /// How the first was refused.
    exit: Option<Exit>,
    reasons: Vec<String>,
}

impl Refusals {
    /// Adds one.
    pub(super) fn add(&mut self, failure: Failure) {
        self.count += 1;
        self.exit.get_or_insert(failure.exit);
        if failure.reasons.is_empty() {
            self.reasons.push(failure.headline);
        }
        self.reasons.extend(failure.reasons);
    }

    /// Fails with every reason, if any of so many asks was refused.
    pub(super) fn told(self, asks: usize, done: &str) -> Result<()> {
        let Some(exit) = self.exit else {
            return Ok(());
        };
        let message = format!("{} of {asks} asks not {done}", self.count);
        Err(Failure::new(exit, message).because(self.reasons))
    }
}
