//! `deliveries`: what an ask has received, in its own names, units and codes.

mod book;
mod export;
mod watch;

use clap::Subcommand;
use serde_json::Value;

use crate::domain::id::{AskName, OrganisationId};
use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing, Shape};
use super::pages::{PAGE_SIZE, all_pages};
use super::{ask, clock, known, token, value};

/// What asks have received (requesters, of their own).
#[derive(Debug, Subcommand)]
pub(crate) enum Deliveries {
    /// List values by field, with how each came about
    List(Which),
    /// Write one row per home per period, a column for each field in the ask's order
    #[command(
        after_help = "A breakdown takes a column for each of its boxes, named field[code]. A \
        question that a home declined has the reason in its cell, such as not-held.\n\n\
        Output is CSV unless --file or --output says otherwise; --output xlsx gives a workbook: \
        values, flags in words, and what the file is.\n\n\
        In CSV a text that begins like a formula (with = + - @ tab or return) and is no number has \
        an apostrophe before it; in a workbook it is a text cell."
    )]
    Export(Export),
    /// Write each value as a line of JSON as it is released, until stopped
    Watch(watch::Watch),
    /// Say up to which cursor you have stored what you were given
    Acknowledge(watch::Acknowledge),
}

/// What to export, and where to.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// Adds a column `field:flags` to each field: how its value came about, and where values were
    /// worked out, `field:worked out from`; a workbook has a sheet of them anyway
    #[arg(long)]
    flags: bool,
    /// The file to write, which must not be there yet: .xlsx, .csv or .json
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Which {
    /// The ask: organisations/ID/asks/ASK, or ID/ASK; ID/- for all of an organisation's
    ask: String,
    /// Only of this home, by CQC location id
    #[arg(long, value_name = "ID", default_value = "")]
    home: String,
    /// Only for this period of the ask
    #[arg(long, value_name = "PERIOD", default_value = "")]
    period: String,
    /// Only what changed after this sequence
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
}

impl Which {
    /// Everything that an ask has received.
    pub(crate) fn all_of(ask: &str) -> Self {
        Self {
            ask: ask.to_owned(),
            ..Self::default()
        }
    }
}

impl Deliveries {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Option<Format>) -> Result<()> {
        let remote = server.connect().await?;
        match self {
            Self::List(which) => {
                let deliveries = read(&remote, which).await?;
                listing(&deliveries).print(format.unwrap_or(Format::Table))
            }
            Self::Export(export) => export.run(&remote, format).await,
            Self::Watch(command) => command.run(&remote).await,
            Self::Acknowledge(command) => command.run(&remote, format).await,
        }
    }
}

impl Export {
    async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let shape = self.file.as_deref().map(out::shape_of).transpose()?;
        match (shape.map(Shape::format), format) {
            (Some(None), None) => return self.write_workbook(remote).await,
            (Some(named), Some(format)) if named != Some(format) => {
                return Err(self.contradiction());
            }
            _ => (),
        }
        let named = shape.and_then(Shape::format);
        let format = format.or(named).unwrap_or(Format::Csv);
        let (ask, deliveries) = self.read(remote).await?;
        let listing = export::listing(&ask, &deliveries, self.flags);
        match &self.file {
            None => listing.print(format),
            Some(file) => out::file(file, listing.render(format)?.as_bytes()),
        }
    }

    /// Runs the command where `--output xlsx` asks for a workbook.
    pub(crate) async fn run_as_workbook(&self, server: &ServerArgs) -> Result<()> {
        let shape = self.file.as_deref().map(out::shape_of).transpose()?;
        if shape.is_some_and(|shape| shape != Shape::Xlsx) {
            return Err(self.contradiction());
        }
        self.write_workbook(&server.connect().await?).await
    }

    async fn write_workbook(&self, remote: &Remote) -> Result<()> {
        let (ask, deliveries) = self.read(remote).await?;
        let about = book::About {
            ask: &ask,
            home: &self.which.home,
            period: &self.which.period,
            after: self.which.after,
            at: clock::now(),
        };
        let packed = book::workbook(&about, &deliveries)?;
        match &self.file {
            None => out::bytes(&packed),
            Some(file) => out::file(file, &packed),
        }
    }

    async fn read(&self, remote: &Remote) -> Result<(v1::Ask, Vec<v1::Delivery>)> {
        let deliveries = read(remote, &self.which).await?;
        let ask = ask::read(remote, &full_name(&self.which.ask)?).await?;
        Ok((ask, deliveries))
    }

    fn contradiction(&self) -> Failure {
        let file = self.file.as_deref().unwrap_or_default();
        Failure::usage(format!("--file {file} and --output say different shapes"))
    }
}

/// The full name of an ask that is given as such or as `organisation/ask`.
pub(crate) fn full_name(text: &str) -> Result<String> {
    let full = match text.split_once('/') {
        Some((organisation, ask)) if !ask.contains('/') => {
            format!("organisations/{organisation}/asks/{ask}")
        }
        _ => text.to_owned(),
    };
    match full.parse::<AskName>() {
        Ok(name) => Ok(name.to_string()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}

/// The same, or every ask of an organisation, given as `organisation/-`.
pub(crate) fn scope_name(text: &str) -> Result<String> {
    match text.strip_suffix("/-") {
        None => full_name(text),
        Some(organisation) => {
            let id = organisation.strip_suffix("/asks").unwrap_or(organisation);
            let id = id.strip_prefix("organisations/").unwrap_or(id);
            match id.parse::<OrganisationId>() {
                Ok(id) => Ok(format!("{}/asks/-", id.resource())),
                Err(error) => Err(Failure::usage(error.to_string())),
            }
        }
    }
}

/// Reads deliveries, in the order in which they last changed.
pub(crate) async fn read(remote: &Remote, which: &Which) -> Result<Vec<v1::Delivery>> {
    let parent = scope_name(&which.ask)?;
    let home = match which.home.as_str() {
        "" => String::new(),
        home => format!("homes/{}", home.strip_prefix("homes/").unwrap_or(home)),
    };
    all_pages(async |page_token| {
        let request = v1::ListDeliveriesRequest {
            parent: parent.clone(),
            home: home.clone(),
            period: which.period.clone(),
            page_size: PAGE_SIZE,
            page_token,
            after_sequence: which.after,
            ..v1::ListDeliveriesRequest::default()
        };
        let response = remote.collection().list_deliveries(request).await?;
        let page = response.into_inner();
        Ok((page.deliveries, page.next_page_token))
    })
    .await
}

/// The values of one home's period in the ask's order, with the asker's own wording.
pub(crate) fn as_received(ask: &v1::Ask, deliveries: &[v1::Delivery]) -> Listing {
    let columns = [
        "field",
        "wording",
        "value",
        "unit",
        "flags",
        "worked_out_from",
    ];
    let mut listing = Listing::new(columns);
    for field in &ask.fields {
        for delivery in deliveries
            .iter()
            .filter(|delivery| delivery.field == field.name)
        {
            let said = delivery.value.clone().unwrap_or_default();
            let note = value::delivered_note(&said);
            let joint = if note.is_empty() { "" } else { ": " };
            listing.add([
                out::text(field.name.as_str()),
                out::text(field.label.as_str()),
                out::text(format!("{}{joint}{note}", value::delivered(&said))),
                out::text(value::delivered_unit(&said)),
                out::texts(value::flags(delivery)),
                out::text(worked_out_from(delivery)),
            ]);
        }
    }
    listing
}

/// A row for each value.
pub(crate) fn listing(deliveries: &[v1::Delivery]) -> Listing {
    let columns = [
        "home",
        "ask",
        "period",
        "field",
        "value",
        "unit",
        "flags",
        "note",
        "speaks_of",
        "answered_at",
        "sequence",
        "worked_out",
        "worked_out_from",
    ];
    let hidden = ["ask", "speaks_of", "answered_at", "sequence", "worked_out"];
    let mut listing = Listing::new(columns).hiding(hidden);
    for delivery in deliveries {
        let said = delivery.value.clone().unwrap_or_default();
        let home = delivery
            .home
            .strip_prefix("homes/")
            .unwrap_or(&delivery.home);
        listing.add([
            out::text(home),
            out::text(delivery.ask.as_str()),
            out::text(delivery.period.as_str()),
            out::text(delivery.field.as_str()),
            out::text(value::delivered(&said)),
            out::text(value::delivered_unit(&said)),
            out::texts(value::flags(delivery)),
            out::text(value::delivered_note(&said)),
            out::text(delivery.reference_label.as_str()),
            out::text(token::moment(delivery.answered_at.as_ref())),
            Value::from(delivery.sequence),
            out::text(
                delivery
                    .worked_out
                    .as_ref()
                    .map(known::how)
                    .unwrap_or_default(),
            ),
            out::text(worked_out_from(delivery)),
        ]);
    }
    listing
}

/// From which answers a value was worked out, in words; empty for what the home stated.
fn worked_out_from(delivery: &v1::Delivery) -> String {
    let own = delivery.worked_out.as_ref();
    own.map(known::from).unwrap_or_default()
}
