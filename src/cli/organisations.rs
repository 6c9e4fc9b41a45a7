//! `organisations`: the register of bodies that ask.

use clap::Subcommand;
use tokio_stream::StreamExt;

use crate::domain::fault::Fault;
use crate::domain::organisation::{Organisation, OrganisationKind, RawOrganisation};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::{coded, word};
use super::failure::{Failure, Result};
use super::file::Source;
use super::import::Report;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::sheet::{Row, Sheet};
use super::succession::{self, Days};

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
    List {
        /// Only those of this kind
        #[arg(long, default_value = "")]
        kind: String,
    },
    /// Show an organisation, what it came after, and what came after it
    Show {
        /// The organisation: its id here, ods:CODE or gss:CODE
        identifier: String,
    },
    /// Record that an organisation ended and another came after it, or those of a sheet (operators)
    #[command(
        after_help = "A sheet has the columns predecessor,successor,on, each organisation by any \
        identifier; or it is the register of clinical commissioning groups of 2021 as published. \
        That one says no days: --on is that of the mergers, and with --icb-on the integrated care \
        boards come after the groups. Bodies that it names and the register does not know are \
        entered as ccg-CODE and icb-CODE, by their ODS codes in small letters; a group that went \
        into another has no name there, and is called by its code. Rows whose code did not change \
        are no succession."
    )]
    Succeed(Succeed),
    /// Take back that an organisation ended (operators)
    Restore {
        /// The organisation that did not end after all, by any identifier
        predecessor: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// What came after whom.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Succeed {
    /// Who ended, by any identifier
    #[arg(
        required_unless_present = "file",
        requires = "successor",
        requires = "on"
    )]
    predecessor: Option<String>,
    /// Who came after, by any identifier
    successor: Option<String>,
    /// The first day on which the predecessor is no longer, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// To correct what is recorded: its etag
    #[arg(long, value_name = "ETAG", default_value = "")]
    etag: String,
    /// A sheet of successions; `-` for standard input
    #[arg(long, value_name = "FILE.csv", conflicts_with = "predecessor")]
    file: Option<String>,
    /// With the published sheet: the day on which the integrated care boards took over
    #[arg(long, value_name = "DAY", requires = "file")]
    icb_on: Option<String>,
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
            Self::List { kind } => {
                let kind = match kind.as_str() {
                    "" => 0,
                    text => coded_kind(text)?,
                };
                list(&server.connect().await?, kind).await?.print(format)
            }
            Self::Show { identifier } => {
                let bare = identifier
                    .strip_prefix("organisations/")
                    .unwrap_or(identifier);
                let name = format!("organisations/{bare}");
                let request = v1::GetOrganisationRequest { name };
                let remote = server.connect().await?;
                let found = remote
                    .registry()
                    .get_organisation(request)
                    .await?
                    .into_inner();
                show(&found.organisation.unwrap_or_default(), format)
            }
            Self::Succeed(command) => command.run(&server.connect().await?, format).await,
            Self::Restore {
                predecessor,
                reason,
            } => {
                let request = v1::UndoOrganisationSuccessionRequest {
                    predecessor: predecessor.clone(),
                    etag: String::new(),
                    reason: reason.clone(),
                };
                let remote = server.connect().await?;
                remote
                    .registry()
                    .undo_organisation_succession(request)
                    .await?;
                out::note(format_args!("{predecessor} goes on"));
                Ok(())
            }
        }
    }
}

impl Succeed {
    async fn run(&self, remote: &Remote, format: Format) -> Result<()> {
        if let Some(file) = &self.file {
            let days = Days {
                on: self.on.clone(),
                icb_on: self.icb_on.clone(),
            };
            return succession::from_file(remote, file, &days, format).await;
        }
        let request = v1::SucceedOrganisationRequest {
            predecessor: self.predecessor.clone().unwrap_or_default(),
            successor: self.successor.clone().unwrap_or_default(),
            on: self.on.clone().unwrap_or_default(),
            etag: self.etag.clone(),
            request_id: String::new(),
        };
        let recorded = remote.registry().succeed_organisation(request).await?;
        succession::print(recorded.into_inner().succession.as_ref(), format)
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

fn coded_kind(kind: &str) -> Result<i32> {
    if let Err(error) = kind.parse::<OrganisationKind>() {
        return Err(Failure::usage(format!("--kind: {error}")));
    }
    let by_name = v1::OrganisationKind::from_str_name;
    Ok(coded(kind, "ORGANISATION_KIND", by_name).unwrap_or(0))
}

/// One organisation with what came before and after it.
fn show(organisation: &v1::Organisation, format: Format) -> Result<()> {
    let row = organisation.row.clone().unwrap_or_default();
    let kind = word(row.kind().as_str_name(), "ORGANISATION_KIND");
    if format == Format::Table {
        let codes = [("ods", &row.ods), ("gss", &row.gss)];
        let codes = codes.iter().filter(|(_, code)| !code.is_empty());
        let codes: Vec<String> = codes
            .map(|(what, code)| format!(", {what}:{code}"))
            .collect();
        out::data(&format!(
            "{}  {} ({kind}{})\n",
            row.id,
            row.name,
            codes.concat()
        ))?;
        let mut listing = Listing::new(succession::COLUMNS);
        for known in organisation.began.iter().chain(&organisation.ended) {
            listing.add(succession::row(known));
        }
        if listing.is_empty() {
            return Ok(());
        }
        return listing.print(format);
    }
    let bare = |name: &str| name.trim_start_matches("organisations/").to_owned();
    let ended = organisation.ended.clone().unwrap_or_default();
    let columns = [
        "id",
        "name",
        "kind",
        "ods",
        "gss",
        "predecessors",
        "successor",
        "ended_on",
        "etag",
    ];
    let mut listing = Listing::new(columns);
    let before = organisation
        .began
        .iter()
        .map(|known| bare(&known.predecessor));
    listing.add([
        out::text(row.id),
        out::text(row.name),
        out::text(kind),
        out::text(row.ods),
        out::text(row.gss),
        out::texts(before),
        out::text(bare(&ended.successor)),
        out::text(ended.on),
        out::text(ended.etag),
    ]);
    listing.print(format)
}

async fn list(remote: &Remote, kind: i32) -> Result<Listing> {
    let organisations = all_pages(async |page_token| {
        let request = v1::ListOrganisationsRequest {
            page_size: PAGE_SIZE,
            page_token,
            kind,
        };
        let page = remote
            .registry()
            .list_organisations(request)
            .await?
            .into_inner();
        Ok((page.organisations, page.next_page_token))
    });
    let columns = [
        "id",
        "name",
        "kind",
        "ods",
        "gss",
        "ended_on",
        "successor",
        "areas",
        "powers",
        "etag",
    ];
    let mut listing = Listing::new(columns).hiding(["powers", "etag"]);
    for found in organisations.await? {
        let row = found.row.unwrap_or_default();
        let ended = found.ended.unwrap_or_default();
        let powers = found.powers.unwrap_or_default();
        let successor = ended
            .successor
            .trim_start_matches("organisations/")
            .to_owned();
        let kind = word(row.kind().as_str_name(), "ORGANISATION_KIND");
        let cells = [
            row.id, row.name, kind, row.ods, row.gss, ended.on, successor,
        ];
        let granted = [
            out::texts(powers.areas),
            out::texts(powers.statutory_powers),
            out::text(powers.etag),
        ];
        listing.add(cells.map(out::text).into_iter().chain(granted));
    }
    Ok(listing)
}
