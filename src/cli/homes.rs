//! `homes`: the register of care homes.

use clap::Subcommand;
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
const OPTIONAL: [&str; 2] = ["icb_code", "ods"];

/// The register of care homes.
#[derive(Debug, Subcommand)]
pub(crate) enum Homes {
    /// Enter homes, row by row: a faulty row does not stop the others (operators)
    #[command(
        after_help = "Columns: name,cqc_id,type,address,postcode,provider,area_name,\
        area_code and, if you have them, icb_code,ods. Several service types stand in one cell, \
        with | between them."
    )]
    Import {
        /// The register; `-` for standard input
        #[arg(value_name = "FILE.csv")]
        file: String,
    },
    /// List homes by CQC location id
    List,
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
            Self::List => list(&server.connect().await?).await?.print(format),
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

async fn list(remote: &Remote) -> Result<Listing> {
    let homes = all_pages(async |page_token| {
        let request = v1::ListHomesRequest {
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote.registry().list_homes(request).await?.into_inner();
        Ok((page.homes, page.next_page_token))
    });
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
    ];
    let hidden = ["address", "provider", "area_code", "icb_code", "ods"];
    let mut listing = Listing::new(columns).hiding(hidden);
    for row in homes.await?.into_iter().filter_map(|home| home.row) {
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
        ]);
    }
    Ok(listing)
}

/// A row as a home to be registered.
fn raw_home(sheet: &Sheet, row: &Row) -> RawHome {
    let cell = |column: &str| sheet.cell(row, column).to_owned();
    let services = sheet.cell(row, "type").split('|').map(str::trim);
    RawHome {
        cqc_id: cell("cqc_id"),
        name: cell("name"),
        services: (services.filter(|service| !service.is_empty()))
            .map(ToOwned::to_owned)
            .collect(),
        address: cell("address"),
        postcode: cell("postcode"),
        provider: cell("provider"),
        area_name: cell("area_name"),
        area_code: cell("area_code"),
        icb_code: cell("icb_code"),
        ods: cell("ods"),
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
