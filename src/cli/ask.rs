//! `ask`: submitting data requests and reading them.

mod book;
mod columns;
mod head;
mod header;
mod sheet;
mod table;
mod tabular;
mod template;

use clap::Subcommand;
use serde_json::Value;

use crate::domain::ask::{Ask, RawAsk};
use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::period::EARLIEST;
use crate::grpc::v1;

use self::header::Header;
use self::table::Reading;
use self::tabular::{Places, Sheets};
use self::template::Template;
use super::connect::{self, Remote, ServerArgs};
use super::convert::{too_old, word};
use super::deliveries::full_name;
use super::failure::{Failure, Result};
use super::file::{Source, read_bytes};
use super::grid::Grid;
use super::json_place::locate;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::workbook::{Book, Kind, kind_of};

/// Data requests of organisations.
#[derive(Debug, Subcommand)]
pub(crate) enum Asks {
    /// Submit asks; submitting twice is harmless (requesters; operators and data leads for them)
    Submit(Box<Submit>),
    /// Write a sheet to be filled in with fields; as a workbook (.xlsx) with the ask's head and help
    Template(Template),
    /// Show an ask
    Show {
        /// The ask: organisations/ID/asks/ASK, or ID/ASK
        ask: String,
    },
    /// List asks by name
    List {
        /// Only of this organisation
        #[arg(long, value_name = "ID", default_value = "-")]
        organisation: String,
        /// Only of this home, by CQC location id
        #[arg(long, value_name = "ID", default_value = "")]
        home: String,
    },
}

/// What to submit.
#[derive(Debug, clap::Args)]
pub(crate) struct Submit {
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
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    header: Header,
    #[command(flatten)]
    reading: Reading,
}

impl Asks {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Option<Format>) -> Result<()> {
        let or_table = format.unwrap_or(Format::Table);
        match self {
            Self::Template(command) => command.run(format),
            Self::Submit(command) => {
                let asks = command.read()?;
                submit_all(&server.connect().await?, &asks, command.dry_run, or_table).await
            }
            Self::Show { ask } => {
                let ask = read(&server.connect().await?, &full_name(ask)?).await?;
                show(&ask, or_table)
            }
            Self::List { organisation, home } => {
                let asks = list(&server.connect().await?, organisation, home).await?;
                listing(&asks).print(or_table)
            }
        }
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

impl Submit {
    fn read(&self) -> Result<Vec<Written>> {
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
                    let sheets = Sheets::of_csv(Grid::of_csv(&source)?);
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

/// Submits asks one by one; a bad one does not stop the rest.
async fn submit_all(
    remote: &Remote,
    asks: &[Written],
    dry_run: bool,
    format: Format,
) -> Result<()> {
    let mut listing = Listing::new(["ask", "outcome", "fields", "purpose"]);
    let mut reasons = Vec::new();
    let mut worst = None;
    for ask in asks {
        match submit(remote, ask, dry_run).await {
            Ok(response) => {
                let outcome = word(response.outcome().as_str_name(), "SUBMIT_OUTCOME");
                let ask = response.ask.unwrap_or_default();
                listing.add([
                    out::text(ask.name),
                    out::text(outcome),
                    Value::from(ask.fields.len()),
                    out::text(ask.purpose),
                ]);
            }
            Err(failure) => {
                worst.get_or_insert(failure.exit);
                if failure.reasons.is_empty() {
                    reasons.push(failure.headline);
                }
                reasons.extend(failure.reasons);
            }
        }
    }
    // Where nothing was taken, the reasons say it all to a person.
    if format != Format::Table || !listing.is_empty() {
        listing.print(format)?;
    }
    match worst {
        None => Ok(()),
        Some(exit) => {
            let (refused, all) = (asks.len() - listing.len(), asks.len());
            let message = format!("{refused} of {all} asks not taken");
            Err(Failure::new(exit, message).because(reasons))
        }
    }
}

/// Submits one ask.
///
/// # Errors
/// Every fault, placed in the file that the ask was read from.
pub(crate) async fn submit(
    remote: &Remote,
    ask: &Written,
    dry_run: bool,
) -> Result<v1::SubmitAskResponse> {
    let placed = |faults: Vec<(String, String)>| {
        let reasons = faults
            .iter()
            .map(|(path, message)| ask.fault(path, message));
        reasons.collect::<Vec<_>>()
    };
    if !ask.unread.is_empty() {
        let reasons = placed(unread_and_others(ask));
        return Err(Failure::refused("the ask has faults").because(reasons));
    }
    let message = v1::Ask::try_from(ask.raw.clone()).map_err(|faults| {
        let all = all_faults(&ask.raw, faults);
        let pairs = all
            .iter()
            .map(|fault| (fault.path.clone(), fault.message.clone()));
        Failure::refused("the ask has faults").because(placed(pairs.collect()))
    })?;
    let request = v1::SubmitAskRequest {
        ask: Some(message),
        // The content alone says whether the ask stands already.
        request_id: String::new(),
        validate_only: dry_run,
    };
    match remote.asks().submit_ask(request).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => {
            let faults = connect::faults(&status);
            let mut failure = Failure::from(status);
            if !faults.is_empty() {
                failure.reasons = placed(faults);
            }
            Err(failure)
        }
    }
}

/// Every fault of an ask that cannot be sent for its words: the broker would name the others too.
fn all_faults(raw: &RawAsk, words: Faults) -> Faults {
    Ask::parse(raw.clone(), None, EARLIEST)
        .err()
        .unwrap_or(words)
}

/// What could not be read of an ask, and every other fault that can be told without the broker.
fn unread_and_others(ask: &Written) -> Vec<(String, String)> {
    let mut all = ask.unread.clone();
    let others = all_faults(&ask.raw, Faults::new());
    let is_new = |path: &str| {
        !ask.unread
            .iter()
            .any(|(unread, _)| path.starts_with(unread))
    };
    let others = others.iter().filter(|fault| is_new(&fault.path));
    all.extend(others.map(|fault| (fault.path.clone(), fault.message.clone())));
    all
}

/// Reads an ask by its full name.
pub(crate) async fn read(remote: &Remote, name: &str) -> Result<v1::Ask> {
    let name = name.to_owned();
    let response = remote.asks().get_ask(v1::GetAskRequest { name }).await?;
    Ok(response.into_inner().ask.unwrap_or_default())
}

/// Reads asks by name: of one organisation, or `-` for all that the caller may read.
pub(crate) async fn list(remote: &Remote, organisation: &str, home: &str) -> Result<Vec<v1::Ask>> {
    let id = organisation
        .strip_prefix("organisations/")
        .unwrap_or(organisation);
    let home = match home {
        "" => String::new(),
        home => format!("homes/{}", home.strip_prefix("homes/").unwrap_or(home)),
    };
    all_pages(async |page_token| {
        let request = v1::ListAsksRequest {
            parent: format!("organisations/{id}"),
            home: home.clone(),
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote.asks().list_asks(request).await?.into_inner();
        Ok((page.asks, page.next_page_token))
    })
    .await
}

fn listing(asks: &[v1::Ask]) -> Listing {
    let columns = [
        "ask", "fields", "cadence", "periods", "from", "until", "purpose",
    ];
    let mut listing = Listing::new(columns).hiding(["periods", "from", "until"]);
    for ask in asks {
        listing.add([
            out::text(ask.name.as_str()),
            Value::from(ask.fields.len()),
            out::text(ask.cadence.as_str()),
            out::texts(ask.periods.iter().cloned()),
            out::text(ask.from.as_str()),
            out::text(ask.until.as_str()),
            out::text(ask.purpose.as_str()),
        ]);
    }
    listing
}

/// An ask: its fields as a table or sheet, or as JSON the whole, fit to be submitted again.
fn show(ask: &v1::Ask, format: Format) -> Result<()> {
    let raw = RawAsk::try_from(ask.clone()).map_err(|faults| too_old(&ask.name, &faults))?;
    match format {
        Format::Json => out::data(&out::json_text(&raw)?),
        Format::Csv => sheet::listing(&raw.fields).print(Format::Csv),
        Format::Table => {
            let targets = &raw.targets;
            out::data(&format!(
                "{}\n{}\n{}\n{}; {} homes and {} areas by name\n\n",
                ask.name,
                ask.purpose,
                ask.legal_basis,
                if raw.cadence.is_empty() {
                    raw.periods.join(", ")
                } else {
                    raw.cadence.clone()
                },
                targets.homes.len(),
                targets.areas.len(),
            ))?;
            let mut listing = Listing::new(["field", "label", "type", "unit", "timing"]);
            for RawField {
                name,
                label,
                kind,
                unit,
                timing,
                ..
            } in raw.fields
            {
                let unit = unit.unwrap_or_default();
                listing.add([name, label, kind, unit, timing].map(out::text));
            }
            listing.print(Format::Table)
        }
    }
}
