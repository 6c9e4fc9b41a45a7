//! `organisations`: the register of bodies that ask.

use clap::Subcommand;
use tokio_stream::StreamExt;

use crate::domain::fault::Fault;
use crate::domain::organisation::{Organisation, RawOrganisation};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::{coded, word};
use super::failure::Result;
use super::file::Source;
use super::import::Report;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::sheet::{Row, Sheet};

/// The register of bodies that ask.
#[derive(Debug, Subcommand)]
pub(crate) enum Organisations {
    /// Enter organisations, row by row: a faulty row does not stop the others (operators)
    #[command(
        after_help = "Columns: id,name,kind and, if it has them, ods,gss. Kinds: council, \
        ccg, icb, nhs-trust, nhs-england, regulator, public-health-body, government-department."
    )]
    Import {
        /// The register; `-` for standard input
        #[arg(value_name = "FILE.csv")]
        file: String,
    },
    /// Grant an organisation what it may ask, in place of all that it was granted before (operators)
    Grant(Grant),
    /// List organisations by id, with what they are granted
    List,
}

/// What to grant. Nothing given takes back all; its own area, a council's or an ICB's, stays.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Grant {
    /// The organisation's id
    pub(crate) organisation: String,
    /// An area whose homes it may target, by GSS code; E92000001 is England; may be given several
    /// times
    #[arg(long = "area", value_name = "CODE")]
    pub(crate) areas: Vec<String>,
    /// A statutory power that it may invoke; may be given several times
    #[arg(long = "power", value_name = "NAME")]
    pub(crate) powers: Vec<String>,
    /// The etag of the grant to be replaced, to be refused if it has changed
    #[arg(long, value_name = "ETAG", default_value = "")]
    pub(crate) etag: String,
}

impl Organisations {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::Import { file } => {
                let sheet = read(&Source::read(file)?)?;
                let remote = server.connect().await?;
                import(&remote, &sheet).await?.print(&sheet.name, format)
            }
            Self::Grant(command) => {
                let remote = server.connect().await?;
                let powers = grant(&remote, command).await?;
                let mut listing = Listing::new(["organisation", "areas", "powers", "etag"]);
                listing.add([
                    out::text(command.organisation.as_str()),
                    out::texts(powers.areas),
                    out::texts(powers.statutory_powers),
                    out::text(powers.etag),
                ]);
                listing.print(format)
            }
            Self::List => list(&server.connect().await?).await?.print(format),
        }
    }
}

/// Grants an organisation what it may ask; what stands then.
pub(crate) async fn grant(remote: &Remote, grant: &Grant) -> Result<v1::Powers> {
    let id = &grant.organisation;
    let id = id.strip_prefix("organisations/").unwrap_or(id);
    let request = v1::GrantPowersRequest {
        organisation: format!("organisations/{id}"),
        powers: Some(v1::Powers {
            areas: grant.areas.clone(),
            statutory_powers: grant.powers.clone(),
            etag: String::new(),
        }),
        etag: grant.etag.clone(),
        request_id: String::new(),
    };
    let response = remote.registry().grant_powers(request).await?;
    Ok(response.into_inner().powers.unwrap_or_default())
}

/// Reads a register of organisations.
pub(crate) fn read(source: &Source) -> Result<Sheet> {
    Sheet::read(source, &["id", "name", "kind"], &["ods", "gss"])
}

/// Enters the rows of a sheet; what became of each.
pub(crate) async fn import(remote: &Remote, sheet: &Sheet) -> Result<Report> {
    let mut report = Report::new(sheet, "id");
    let mut rows = Vec::new();
    for row in &sheet.rows {
        let index = row.index();
        match row_message(sheet, row) {
            Ok(row) => rows.push(v1::ImportOrganisationsRequest {
                index,
                row: Some(row),
            }),
            Err(faults) => report.add(index, v1::ImportOutcome::Refused, faults),
        }
    }
    let rows = tokio_stream::iter(rows);
    let responses = remote.registry().import_organisations(rows).await?;
    let mut responses = responses.into_inner();
    while let Some(response) = responses.next().await {
        let response = response?;
        let outcome = response.outcome();
        report.add(response.index, outcome, response.faults);
    }
    Ok(report)
}

/// A row as a message; every fault of one whose kind has no word and cannot be sent.
fn row_message(
    sheet: &Sheet,
    row: &Row,
) -> std::result::Result<v1::OrganisationRow, Vec<v1::Fault>> {
    let cell = |column: &str| sheet.cell(row, column).to_owned();
    let raw = RawOrganisation {
        id: cell("id"),
        name: cell("name"),
        kind: cell("kind"),
        ods: cell("ods"),
        gss: cell("gss"),
    };
    let by_name = v1::OrganisationKind::from_str_name;
    if let Some(kind) = coded(&raw.kind, "ORGANISATION_KIND", by_name).filter(|kind| *kind > 0) {
        return Ok(v1::OrganisationRow {
            id: raw.id,
            name: raw.name,
            kind,
            ods: raw.ods,
            gss: raw.gss,
        });
    }
    let faults = Organisation::parse(raw).err().unwrap_or_default();
    let fault = |fault: &Fault| v1::Fault {
        path: fault.path.clone(),
        message: fault.message.clone(),
    };
    Err(faults.iter().map(fault).collect())
}

async fn list(remote: &Remote) -> Result<Listing> {
    let organisations = all_pages(async |page_token| {
        let request = v1::ListOrganisationsRequest {
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote
            .registry()
            .list_organisations(request)
            .await?
            .into_inner();
        Ok((page.organisations, page.next_page_token))
    });
    let columns = [
        "id", "name", "kind", "ods", "gss", "areas", "powers", "etag",
    ];
    let mut listing = Listing::new(columns).hiding(["powers", "etag"]);
    for found in organisations.await? {
        let (row, powers) = (
            found.row.unwrap_or_default(),
            found.powers.unwrap_or_default(),
        );
        let kind = word(row.kind().as_str_name(), "ORGANISATION_KIND");
        let row = [row.id, row.name, kind, row.ods, row.gss].map(out::text);
        let granted = [
            out::texts(powers.areas),
            out::texts(powers.statutory_powers),
            out::text(powers.etag),
        ];
        listing.add(row.into_iter().chain(granted));
    }
    Ok(listing)
}
