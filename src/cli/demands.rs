//! `demands`: who asks for what.

use clap::Subcommand;
use serde_json::Value;

use crate::grpc::v1;

use super::connect::{Remote, ServerArgs};
use super::convert::word;
use super::failure::Result;
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};

/// Who asks for what (analysts, data leads, operators; requesters see their own).
#[derive(Debug, Subcommand)]
pub(crate) enum Demands {
    /// Find fields of asks; every condition given must hold
    Find(Find),
}

/// Which demands to find.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Find {
    /// Of this question, by id, or one that is the same by decision
    #[arg(long, value_name = "ID", default_value = "")]
    question: String,
    /// Of this element of the dictionary, or a question that is the same by decision
    #[arg(long, value_name = "ID", default_value = "")]
    element: String,
    /// By this organisation
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
    /// Of this home, by CQC location id
    #[arg(long, value_name = "ID", default_value = "")]
    home: String,
    /// Of this area by name: a GSS code
    #[arg(long, value_name = "CODE", default_value = "")]
    area: String,
    /// For this period, such as 2026-11
    #[arg(long, value_name = "PERIOD", default_value = "")]
    period: String,
    /// With these words in label or definition
    #[arg(long, value_name = "WORDS", default_value = "")]
    text: String,
    /// Also of asks that were withdrawn
    #[arg(long)]
    withdrawn: bool,
    /// Also of asks whose day of expiry is past
    #[arg(long)]
    expired: bool,
}

impl Demands {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let Self::Find(filter) = self;
        find(&server.connect().await?, filter).await?.print(format)
    }
}

async fn find(remote: &Remote, filter: &Find) -> Result<Listing> {
    let demands = all_pages(async |page_token| {
        let request = filter.request(page_token);
        let page = remote.insight().find_demands(request).await?.into_inner();
        Ok((page.demands, page.next_page_token))
    });
    let columns = [
        "ask",
        "field",
        "label",
        "type",
        "unit",
        "timing",
        "cadence",
        "periods",
        "element",
        "question",
        "required",
        "compulsion",
        "purpose",
    ];
    let hidden = [
        "periods",
        "question",
        "required",
        "compulsion",
        "purpose",
        "timing",
    ];
    let mut listing = Listing::new(columns).hiding(hidden);
    for demand in demands.await? {
        let kind = word(demand.r#type().as_str_name(), "FIELD_TYPE");
        let compulsion = word(demand.compulsion().as_str_name(), "COMPULSION");
        listing.add([
            out::text(demand.ask),
            out::text(demand.field),
            out::text(demand.label),
            out::text(kind),
            out::text(demand.unit),
            out::text(demand.timing),
            out::text(demand.cadence),
            out::texts(demand.periods),
            out::text(demand.element),
            out::text(demand.question),
            Value::from(demand.required),
            out::text(compulsion),
            out::text(demand.purpose),
        ]);
    }
    Ok(listing)
}

impl Find {
    fn request(&self, page_token: String) -> v1::FindDemandsRequest {
        let within = |collection: &str, id: &str| match id {
            "" => String::new(),
            id => format!("{collection}/{}", id.rsplit('/').next().unwrap_or(id)),
        };
        v1::FindDemandsRequest {
            question: self.question.clone(),
            element: self.element.clone(),
            organisation: within("organisations", &self.organisation),
            home: within("homes", &self.home),
            area: self.area.clone(),
            period: self.period.clone(),
            text: self.text.clone(),
            include_withdrawn: self.withdrawn,
            include_expired: self.expired,
            page_size: PAGE_SIZE,
            page_token,
        }
    }
}
