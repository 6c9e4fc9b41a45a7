//! `homes`: the register of care homes.

use clap::Subcommand;
use serde_json::Value;
use tokio_stream::StreamExt;

use crate::domain::fault::Fault;
use crate::domain::home::{Home, RawHome};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::failure::{Failure, Result};
use super::file::Source;
use super::import::{Report, column_of};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::sheet::{Row, Sheet};
use super::succession;

/// Columns that a register of homes must have.
const REQUIRED: [&str; 8] = [
    "name",
    "cqc_id",
    "type",
    "address",
    "postcode",
    "provider",
    "area_name",
    "area_code",
];

/// Columns that it may have.
const OPTIONAL: [&str; 5] = ["icb_code", "ods", "uprn", "local", "beds"];

/// The register of care homes.
#[derive(Debug, Subcommand)]
pub(crate) enum Homes {
    /// Enter homes, row by row: a faulty row does not stop the others (operators)
    #[command(
        after_help = "Columns: name,cqc_id,type,address,postcode,provider,area_name,\
        area_code and, if you have them, icb_code,ods,uprn,local,beds. Several service types \
        stand in one cell, with | between them, and so do several local ids, each \
        organisation:id. Beds are how many the home is registered for. A row takes the place of \
        the home's entry as a whole: what it leaves empty is not known from then on."
    )]
    Import {
        /// The register; `-` for standard input
        #[arg(value_name = "FILE.csv")]
        file: String,
    },
    /// List homes by CQC location id
    List(Which),
    /// Show a home: areas, identifiers, how it began and ended
    Show {
        /// The home by any identifier: a CQC location id, ods:CODE, uprn:NUMBER or
        /// local:ORGANISATION:ID
        identifier: String,
    },
    /// Record that a home was registered anew under another CQC location id (operators)
    Succeed {
        /// The home that ended, by any identifier
        predecessor: String,
        /// Its new registration, by any identifier
        successor: String,
        #[command(flatten)]
        recording: Recording,
    },
    /// Record that a home closed for good, or correct that it was registered anew (operators)
    Close {
        /// The home, by any identifier
        home: String,
        #[command(flatten)]
        recording: Recording,
    },
    /// Take back that a home closed or was registered anew (operators)
    Reopen {
        /// The home, by any identifier
        home: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// Which homes to list.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Which {
    /// Only those in this council, integrated care board or England, by GSS code
    #[arg(long, value_name = "CODE", default_value = "")]
    area: String,
    /// Only those of this service type
    #[arg(long, value_name = "TEXT", default_value = "")]
    service: String,
    /// Only those of this provider
    #[arg(long, value_name = "TEXT", default_value = "")]
    provider: String,
    /// Only those that are open today
    #[arg(long, conflicts_with = "closed")]
    open: bool,
    /// Only those that are closed today, or registered anew
    #[arg(long)]
    closed: bool,
}

/// When something ended.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Recording {
    /// The first day on which it is no longer, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    on: String,
    /// To correct what is recorded: its etag
    #[arg(long, value_name = "ETAG", default_value = "")]
    etag: String,
}

impl Homes {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::Import { file } => {
                let sheet = read(&Source::read(file)?)?;
                let remote = server.connect().await?;
                import(&remote, &sheet).await?.print(&sheet.name, format)
            }
            Self::List(which) => {
                let homes = list(&server.connect().await?, which).await?;
                listing(homes).print(format)
            }
            Self::Show { identifier } => {
                let bare = identifier.strip_prefix("homes/").unwrap_or(identifier);
                let name = format!("homes/{bare}");
                let remote = server.connect().await?;
                let found = remote
                    .registry()
                    .get_home(v1::GetHomeRequest { name })
                    .await?;
                show(&found.into_inner().home.unwrap_or_default(), format)
            }
            Self::Succeed {
                predecessor,
                successor,
                recording,
            } => succeed(server, predecessor, successor, recording, format).await,
            Self::Close { home, recording } => succeed(server, home, "", recording, format).await,
            Self::Reopen { home, reason } => {
                let request = v1::UndoHomeSuccessionRequest {
                    predecessor: home.clone(),
                    etag: String::new(),
                    reason: reason.clone(),
                };
                let remote = server.connect().await?;
                remote.registry().undo_home_succession(request).await?;
                out::note(format_args!("{home} goes on"));
                Ok(())
            }
        }
    }
}

/// Reads a register of homes.
pub(crate) fn read(source: &Source) -> Result<Sheet> {
    Sheet::read(source, &REQUIRED, &OPTIONAL)
}

/// Every home of a register, or every fault of every row.
pub(crate) fn read_all(source: &Source) -> Result<Vec<Home>> {
    let sheet = read(source)?;
    let mut homes = Vec::new();
    let mut reasons = Vec::new();
    for row in &sheet.rows {
        match Home::parse(raw_home(&sheet, row)) {
            Ok(home) => homes.push(home),
            Err(faults) => {
                let placed = |fault: &Fault| row.fault(column_of(&fault.path), &fault.message);
                reasons.extend(faults.iter().map(placed));
            }
        }
    }
    if reasons.is_empty() {
        return Ok(homes);
    }
    Err(Failure::refused(format!("{} has faults", source.name)).because(reasons))
}

/// Enters the rows of a sheet; what became of each.
pub(crate) async fn import(remote: &Remote, sheet: &Sheet) -> Result<Report> {
    let rows: Vec<v1::ImportHomesRequest> = (sheet.rows.iter())
        .map(|row| v1::ImportHomesRequest {
            index: row.index(),
            row: Some(row_message(raw_home(sheet, row))),
        })
        .collect();
    let bar = out::progress(rows.len(), "homes");
    let mut report = Report::new(sheet, "cqc_id");
    let responses = remote
        .registry()
        .import_homes(tokio_stream::iter(rows))
        .await?;
    let mut responses = responses.into_inner();
    while let Some(response) = responses.next().await {
        let response = response?;
        bar.inc(1);
        let outcome = response.outcome();
        report.add(response.index, outcome, response.faults);
    }
    bar.finish_and_clear();
    Ok(report)
}

async fn succeed(
    server: &ServerArgs,
    predecessor: &str,
    successor: &str,
    recording: &Recording,
    format: Format,
) -> Result<()> {
    let request = v1::SucceedHomeRequest {
        predecessor: predecessor.to_owned(),
        successor: successor.to_owned(),
        on: recording.on.clone(),
        etag: recording.etag.clone(),
        request_id: String::new(),
    };
    let remote = server.connect().await?;
    let recorded = remote.registry().succeed_home(request).await?.into_inner();
    succession::print(recorded.succession.as_ref(), format)
}

async fn list(remote: &Remote, which: &Which) -> Result<Vec<v1::Home>> {
    let state = match (which.open, which.closed) {
        (true, _) => v1::HomeState::Open,
        (_, true) => v1::HomeState::Closed,
        _ => v1::HomeState::Unspecified,
    };
    all_pages(async |page_token| {
        let request = v1::ListHomesRequest {
            page_size: PAGE_SIZE,
            page_token,
            area: which.area.clone(),
            service: which.service.clone(),
            provider: which.provider.clone(),
            state: state.into(),
        };
        let page = remote.registry().list_homes(request).await?.into_inner();
        Ok((page.homes, page.next_page_token))
    })
    .await
}

fn listing(homes: impl IntoIterator<Item = v1::Home>) -> Listing {
    let columns = [
        "cqc_id",
        "name",
        "type",
        "address",
        "postcode",
        "provider",
        "area_name",
        "area_code",
        "icb_code",
        "ods",
        "uprn",
        "local",
        "beds",
        "ended_on",
        "successor",
    ];
    let hidden = [
        "address",
        "provider",
        "area_code",
        "icb_code",
        "ods",
        "uprn",
        "local",
        "beds",
    ];
    let mut listing = Listing::new(columns).hiding(hidden);
    for home in homes {
        let row = home.row.unwrap_or_default();
        let ended = home.ended.unwrap_or_default();
        listing.add([
            out::text(row.cqc_id),
            out::text(row.name),
            out::texts(row.services),
            out::text(row.address),
            out::text(row.postcode),
            out::text(row.provider),
            out::text(row.area_name),
            out::text(row.area_code),
            out::text(row.icb_code),
            out::text(row.ods),
            out::text(row.uprn),
            local(&row.local),
            beds(&row.beds),
            out::text(ended.on),
            out::text(ended.successor.trim_start_matches("homes/")),
        ]);
    }
    listing
}

fn local(ids: &[String]) -> Value {
    if ids.is_empty() {
        return Value::Null;
    }
    out::texts(ids.iter().cloned())
}

/// A number of beds as a number; nothing where unknown.
fn beds(text: &str) -> Value {
    text.parse::<u32>().map_or(Value::Null, Value::from)
}

/// One home, a line for each thing that is known of it.
fn show(home: &v1::Home, format: Format) -> Result<()> {
    if format != Format::Table {
        return listing([home.clone()]).print(format);
    }
    let row = home.row.clone().unwrap_or_default();
    let mut lines = vec![format!("{}  {}", row.cqc_id, row.name)];
    for (what, text) in [
        ("services", row.services.join(", ")),
        ("address", row.address),
        ("postcode", row.postcode),
        ("provider", row.provider),
        ("council", row.area_name),
        ("areas", home.areas.join(", ")),
        ("ods", row.ods),
        ("uprn", row.uprn),
        ("local", row.local.join(", ")),
        ("beds", row.beds),
    ] {
        if !text.is_empty() {
            lines.push(format!("{what}: {text}"));
        }
    }
    if let Some(began) = &home.began {
        lines.push(format!(
            "registered anew on {}, before that {}",
            began.on, began.predecessor
        ));
    }
    match &home.ended {
        Some(ended) if ended.successor.is_empty() => {
            lines.push(format!(
                "closes or closed on {} (etag {})",
                ended.on, ended.etag
            ));
        }
        Some(ended) => lines.push(format!(
            "registered anew on {} as {} (etag {})",
            ended.on, ended.successor, ended.etag
        )),
        None => {}
    }
    out::data(&format!("{}\n", lines.join("\n")))
}

/// A row as a home to be registered.
fn raw_home(sheet: &Sheet, row: &Row) -> RawHome {
    let cell = |column: &str| sheet.cell(row, column).to_owned();
    let several = |column: &str| {
        let parts = sheet.cell(row, column).split('|').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(ToOwned::to_owned).collect::<Vec<String>>()
    };
    RawHome {
        cqc_id: cell("cqc_id"),
        name: cell("name"),
        services: several("type"),
        address: cell("address"),
        postcode: cell("postcode"),
        provider: cell("provider"),
        area_name: cell("area_name"),
        area_code: cell("area_code"),
        icb_code: cell("icb_code"),
        ods: cell("ods"),
        uprn: cell("uprn"),
        local: several("local"),
        beds: cell("beds"),
    }
}

fn row_message(raw: RawHome) -> v1::HomeRow {
    v1::HomeRow {
        cqc_id: raw.cqc_id,
        name: raw.name,
        services: raw.services,
        address: raw.address,
        postcode: raw.postcode,
        provider: raw.provider,
        area_name: raw.area_name,
        area_code: raw.area_code,
        icb_code: raw.icb_code,
        ods: raw.ods,
        uprn: raw.uprn,
        local: raw.local,
        beds: raw.beds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beds_are_a_column_that_a_register_may_have() {
        let read_beds = |head: &str, cell: &str| {
            let text = format!(
                "name,cqc_id,type,address,postcode,provider,area_name,area_code{head}\n\
                 Elm House,1-100000001,,,,,Trafford,E08000009{cell}\n"
            );
            let homes = read_all(&Source::of("homes.csv", &text));
            homes.map(|homes| homes[0].beds).map_err(|why| why.reasons)
        };
        assert_eq!(read_beds("", "").unwrap(), None);
        assert_eq!(read_beds(",beds", ",").unwrap(), None);
        assert_eq!(read_beds(",beds", ", 42 ").unwrap(), Some(42));
        assert_eq!(
            read_beds(",beds", ",forty").unwrap_err(),
            [
                "line 2, column beds: \"forty\" is not a number of beds; expected a whole number from \
              0 to 9999, or nothing where it is not known"
            ]
        );
    }

    #[test]
    fn a_faulty_row_is_named_by_line_and_column() {
        let text = "name,cqc_id,type,address,postcode,provider,area_name,area_code\n\
            Elm House,1-100000001,Nursing homes|Residential homes,,,,Trafford,E0800009\n";
        let source = Source::of("homes.csv", text);
        let sheet = read(&source).unwrap();
        let services = raw_home(&sheet, &sheet.rows[0]).services;
        assert_eq!(services, ["Nursing homes", "Residential homes"]);
        let reasons = read_all(&source).unwrap_err().reasons;
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        let opening = "line 2, column area_code: \"E0800009\" has 8 characters, 1 too few";
        assert!(reasons[0].starts_with(opening), "{reasons:?}");
    }
}
