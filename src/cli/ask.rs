//! `ask`: submitting data requests and reading them.

mod book;
mod carry_on;
mod change;
mod columns;
mod condition;
mod head;
mod header;
mod input;
mod preview;
mod sheet;
mod table;
mod tabular;
mod template;

use clap::Subcommand;
use serde_json::Value;

use crate::domain::ask::RawAsk;
use crate::domain::field::RawField;
use crate::grpc::v1;

use self::input::{Input, Refusals};
pub(crate) use self::input::{Written, written};
use self::template::Template;
use super::connect::{Remote, ServerArgs};
use super::convert::{too_old, word};
use super::deliveries::full_name;
use super::failure::Result;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::suggestions;

/// Data requests of organisations.
#[derive(Debug, Subcommand)]
pub(crate) enum Asks {
    /// Tell what an ask would cost the homes, field by field; nothing is written
    Preview(Box<preview::Preview>),
    /// Submit asks; submitting twice is harmless (requesters; operators and data leads for them)
    Submit(Box<Submit>),
    /// Put a new revision in the place of an ask; what was delivered stays
    Amend(Box<change::Amend>),
    /// Take an ask back: it leaves every form, what was released to it stays readable
    Withdraw(change::Withdraw),
    /// Write a sheet to be filled in with fields; as a workbook (.xlsx) with the ask's head and help
    Template(Template),
    /// Show an ask
    Show {
        /// The ask: organisations/ID/asks/ASK, or ID/ASK
        ask: String,
        /// As it was at an earlier revision
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        revision: u64,
    },
    /// List asks by name
    List {
        /// Only of this organisation
        #[arg(long, value_name = "ID", default_value = "-")]
        organisation: String,
        /// Only of this home, by CQC location id
        #[arg(long, value_name = "ID", default_value = "")]
        home: String,
        /// With those of the organisation's predecessors
        #[arg(long, requires = "organisation")]
        predecessors: bool,
        /// Only in this state: coming, live, expired or withdrawn; may be given several times
        #[arg(long = "state", value_name = "WORD")]
        states: Vec<String>,
    },
    /// Carry on an ask of a predecessor, from the first period that begins once it has ended
    Continue {
        /// The predecessor's ask: organisations/ID/asks/ASK, or ID/ASK
        ask: String,
        /// The successor, whose ask it becomes
        #[arg(long = "as", value_name = "ID")]
        organisation: String,
        /// The new ask's id; that of the predecessor's ask if not given
        #[arg(long, value_name = "ID", default_value = "")]
        id: String,
    },
}

/// What to submit.
#[derive(Debug, clap::Args)]
pub(crate) struct Submit {
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    input: Input,
}

impl Asks {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Option<Format>) -> Result<()> {
        let or_table = format.unwrap_or(Format::Table);
        match self {
            Self::Template(command) => command.run(format),
            Self::Submit(command) => {
                let asks = command.input.read()?;
                submit_all(&server.connect().await?, &asks, command.dry_run, or_table).await
            }
            Self::Preview(command) => command.run(server, or_table).await,
            Self::Amend(command) => command.run(server, or_table).await,
            Self::Withdraw(command) => command.run(server, or_table).await,
            Self::Show { ask, revision } => {
                let remote = server.connect().await?;
                let ask = read_at(&remote, &full_name(ask)?, *revision).await?;
                show(&ask, or_table)
            }
            Self::Continue {
                ask,
                organisation,
                id,
            } => {
                let remote = server.connect().await?;
                carry_on::carry_on(&remote, &full_name(ask)?, organisation, id).await
            }
            Self::List {
                organisation,
                home,
                predecessors,
                states,
            } => {
                let wanted = Wanted {
                    predecessors: *predecessors,
                    states: change::states(states)?,
                };
                let remote = server.connect().await?;
                let asks = list_in(&remote, organisation, home, &wanted).await?;
                listing(&asks).print(or_table)
            }
        }
    }
}

/// Submits asks one by one; a bad one does not stop the rest.
async fn submit_all(
    remote: &Remote,
    asks: &[Written],
    dry_run: bool,
    format: Format,
) -> Result<()> {
    let mut listing = Listing::new(["ask", "outcome", "fields", "purpose"]);
    let mut refusals = Refusals::default();
    let mut looks_like = Vec::new();
    for ask in asks {
        match submit(remote, ask, dry_run).await {
            Ok(response) => {
                let outcome = word(response.outcome().as_str_name(), "SUBMIT_OUTCOME");
                looks_like.extend(suggestions::looks_like(&response.suggestions));
                let ask = response.ask.unwrap_or_default();
                listing.add([
                    out::text(ask.name),
                    out::text(outcome),
                    Value::from(ask.fields.len()),
                    out::text(ask.purpose),
                ]);
            }
            Err(failure) => refusals.add(failure),
        }
    }
    // Where nothing was taken, the reasons say it all to a person.
    if format != Format::Table || !listing.is_empty() {
        listing.print(format)?;
    }
    for line in looks_like {
        out::note(line);
    }
    refusals.told(asks.len(), "taken")
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
    let request = v1::SubmitAskRequest {
        ask: Some(ask.message()?),
        // The content alone says whether the ask stands already.
        request_id: String::new(),
        validate_only: dry_run,
        suggest: true,
    };
    match remote.asks().submit_ask(request).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(ask.refused(status)),
    }
}

/// Reads an ask by its full name.
pub(crate) async fn read(remote: &Remote, name: &str) -> Result<v1::Ask> {
    read_at(remote, name, 0).await
}

/// Reads an ask as it was at a revision; 0 as it stands.
async fn read_at(remote: &Remote, name: &str, revision: u64) -> Result<v1::Ask> {
    let name = name.to_owned();
    let request = v1::GetAskRequest { name, revision };
    let response = remote.asks().get_ask(request).await?;
    Ok(response.into_inner().ask.unwrap_or_default())
}

/// Reads asks by name: of one organisation, or `-` for all that the caller may read.
pub(crate) async fn list(remote: &Remote, organisation: &str, home: &str) -> Result<Vec<v1::Ask>> {
    list_in(remote, organisation, home, &Wanted::default()).await
}

/// Which asks to list beside those in any state of the organisation itself.
#[derive(Debug, Default)]
struct Wanted {
    predecessors: bool,
    states: Vec<i32>,
}

async fn list_in(
    remote: &Remote,
    organisation: &str,
    home: &str,
    wanted: &Wanted,
) -> Result<Vec<v1::Ask>> {
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
            predecessors: wanted.predecessors,
            states: wanted.states.clone(),
        };
        let page = remote.asks().list_asks(request).await?.into_inner();
        Ok((page.asks, page.next_page_token))
    })
    .await
}

fn listing(asks: &[v1::Ask]) -> Listing {
    let columns = [
        "ask",
        "state",
        "fields",
        "cadence",
        "periods",
        "from",
        "until",
        "expires_on",
        "etag",
        "purpose",
    ];
    let hidden = ["periods", "from", "until", "expires_on", "etag"];
    let mut listing = Listing::new(columns).hiding(hidden);
    for ask in asks {
        listing.add([
            out::text(ask.name.as_str()),
            out::text(word(ask.state().as_str_name(), "ASK_STATE")),
            Value::from(ask.fields.len()),
            out::text(ask.cadence.as_str()),
            out::texts(ask.periods.iter().cloned()),
            out::text(ask.from.as_str()),
            out::text(ask.until.as_str()),
            out::text(ask.expires_on.as_str()),
            out::text(ask.etag.as_str()),
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
                "{}\n{}\n{}\n{}\n{}; {} homes and {} areas by name\n\n",
                ask.name,
                change::standing(ask),
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
