//! `dictionary propose|approve|retire|proposals`: how elements come and go.

use crate::domain::dictionary::RawElement;
use crate::domain::fault::Faults;
use crate::grpc::v1;

use super::connect::ServerArgs;
use super::convert::word;
use super::failure::{Failure, Result};
use super::file::Source;
use super::governed::changes;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};

/// Propose an element, or that one in force be otherwise (askers and data leads)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is JSON: id, label, definition, topic, type and timing, and for \
    some types unit, decimals, options, lines; further sensitivity, population, dimensions, \
    aliases, and how it is known without asking: formula (such as `beds.max - beds.occupied`), bands \
    ({\"of\": …, \"steps\": [{\"option\": …}, {\"option\": …, \"from\": …}]}), register, over_time."
)]
pub(crate) struct Propose {
    /// The element; `-` for standard input
    #[arg(value_name = "FILE.json")]
    file: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// Bring a proposed element into force (data leads)
#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The element's id, such as `falls.at_night`
    element: String,
    /// The element as it is to be [default: just as proposed]
    #[arg(long, value_name = "FILE.json")]
    file: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// Retire an element, or turn a proposal down (data leads)
#[derive(Debug, clap::Args)]
pub(crate) struct Retire {
    /// The element's id
    element: String,
    /// The element to be used instead
    #[arg(long, value_name = "ELEMENT", default_value = "")]
    successor: String,
    /// Make what names it one question with the element to be used instead
    #[arg(long, requires = "successor")]
    merge: bool,
    /// Say what a merger would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Propose {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let element = read_element(&self.file)?;
        let request = v1::ProposeElementRequest {
            element: Some(element),
            reason: self.reason.clone(),
            ..v1::ProposeElementRequest::default()
        };
        let remote = server.connect().await?;
        let answered = remote.dictionary().propose_element(request).await?;
        let proposal = answered.into_inner().proposal.unwrap_or_default();
        out::note(format_args!("{} is proposed", proposal.name));
        Ok(())
    }
}

impl Approve {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let element = self.file.as_deref().map(read_element).transpose()?;
        let request = v1::ApproveElementRequest {
            name: name(&self.element),
            element,
            reason: self.reason.clone(),
            ..v1::ApproveElementRequest::default()
        };
        let remote = server.connect().await?;
        remote.dictionary().approve_element(request).await?;
        out::note(format_args!("{} is in force", name(&self.element)));
        Ok(())
    }
}

impl Retire {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let request = v1::RetireElementRequest {
            name: name(&self.element),
            successor: self.successor.clone(),
            merge: self.merge,
            validate_only: self.dry_run,
            reason: self.reason.clone(),
            ..v1::RetireElementRequest::default()
        };
        let remote = server.connect().await?;
        let retired = remote.dictionary().retire_element(request).await?;
        let said = if self.dry_run { "would be" } else { "is" };
        let merged = retired.into_inner().effect;
        let merged = merged.map(|own| format!("; merged: {}", changes(&own)));
        let merged = merged.unwrap_or_default();
        out::note(format_args!(
            "{} {said} retired{merged}",
            name(&self.element)
        ));
        Ok(())
    }
}

/// Lists the proposals that are open.
pub(crate) async fn proposals(server: &ServerArgs, format: Format) -> Result<()> {
    let remote = server.connect().await?;
    let proposals = all_pages(async |page_token| {
        let request = v1::ListProposalsRequest {
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote.dictionary().list_proposals(request).await?;
        let page = page.into_inner();
        Ok((page.proposals, page.next_page_token))
    });
    let columns = [
        "element", "label", "type", "timing", "topic", "by", "reason",
    ];
    let mut listing = Listing::new(columns);
    for proposal in proposals.await? {
        let element = proposal.element.unwrap_or_default();
        let kind = word(element.r#type().as_str_name(), "FIELD_TYPE");
        listing.add([
            out::text(element.id),
            out::text(element.label),
            out::text(kind),
            out::text(element.timing),
            out::text(element.topic),
            out::text(proposal.organisation),
            out::text(proposal.reason),
        ]);
    }
    listing.print(format)
}

fn name(element: &str) -> String {
    let id = element.strip_prefix("elements/").unwrap_or(element);
    format!("elements/{id}")
}

/// An element as it is written in a file.
fn read_element(file: &str) -> Result<v1::NewElement> {
    let source = Source::read(file)?;
    let raw: RawElement = source.json()?;
    raw.try_into().map_err(|faults: Faults| {
        let headline = format!("{} is not an element", source.name);
        Failure::of_faults(headline, &faults)
    })
}
