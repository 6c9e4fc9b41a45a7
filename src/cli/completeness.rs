//! `completeness`: how far each home is with an ask.

use serde_json::Value;

use crate::grpc::v1;

use super::connect::ServerArgs;
use super::convert::{coded, word};
use super::deliveries::scope_name;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::token;

/// How far each home is with an ask (requesters, of their own)
#[derive(Debug, clap::Args)]
pub(crate) struct Completeness {
    /// The ask: organisations/ID/asks/ASK, or ID/ASK; ID/- for all of an organisation's
    ask: String,
    /// For this period; may be given several times
    #[arg(long, value_name = "PERIOD", required = true)]
    period: Vec<String>,
    /// Only of this home, by CQC location id
    #[arg(long, value_name = "ID", default_value = "")]
    home: String,
    /// Only homes in this state: coming, due, part, late, declined, filed, done or closed
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Count homes by state instead
    #[arg(long)]
    counts: bool,
}

impl Completeness {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let request = self.request()?;
        let remote = server.connect().await?;
        if self.counts {
            let response = remote.collection().get_completeness(request).await?;
            return counted(&response.into_inner().counts, format).print(format);
        }
        let homes = all_pages(async |page_token| {
            let request = v1::GetCompletenessRequest {
                page_token,
                ..request.clone()
            };
            let page = remote.collection().get_completeness(request).await?;
            let page = page.into_inner();
            Ok((page.homes, page.next_page_token))
        });
        listing(&homes.await?, format).print(format)
    }

    fn request(&self) -> Result<v1::GetCompletenessRequest> {
        let home = match self.home.as_str() {
            "" => String::new(),
            home => format!("homes/{}", home.strip_prefix("homes/").unwrap_or(home)),
        };
        let states = self.state.iter().map(|text| {
            let state = coded(text, "COMPLETENESS", v1::Completeness::from_str_name);
            state.ok_or_else(|| Failure::usage(format!("--state {text}: there is no such state")))
        });
        Ok(v1::GetCompletenessRequest {
            parent: scope_name(&self.ask)?,
            periods: self.period.clone(),
            home,
            states: states.collect::<Result<_>>()?,
            page_size: PAGE_SIZE,
            page_token: String::new(),
            counts_only: self.counts,
        })
    }
}

fn listing(homes: &[v1::HomeCompleteness], format: Format) -> Listing {
    let columns = [
        "home",
        "ask",
        "period",
        "state",
        "received",
        "wanted",
        "declined",
        "due",
        "last_received",
    ];
    let mut listing = Listing::new(columns).hiding(["ask"]);
    for row in homes {
        let due = row.window.as_ref().map(|window| window.closes.clone());
        listing.add([
            out::text(row.home.strip_prefix("homes/").unwrap_or(&row.home)),
            out::text(row.ask.as_str()),
            out::text(row.period.as_str()),
            out::text(word(row.state().as_str_name(), "COMPLETENESS")),
            Value::from(row.received),
            Value::from(row.wanted),
            Value::from(row.declined),
            out::text(due.unwrap_or_default().replace('T', " ")),
            out::text(token::minute(row.last_received_at.as_ref(), format)),
        ]);
    }
    listing
}

/// A row for each ask and period. A table leaves out the states that no home is in.
fn counted(counts: &[v1::CompletenessCounts], format: Format) -> Listing {
    let states = [
        v1::Completeness::Coming,
        v1::Completeness::Due,
        v1::Completeness::Part,
        v1::Completeness::Late,
        v1::Completeness::Declined,
        v1::Completeness::Filed,
        v1::Completeness::Done,
        v1::Completeness::Closed,
    ];
    let words = states.map(|state| word(state.as_str_name(), "COMPLETENESS"));
    let first = ["ask", "period", "homes"].map(str::to_owned);
    let last = ["received", "wanted"].map(str::to_owned);
    let mut listing = Listing::new(first.into_iter().chain(words).chain(last));
    for row in counts {
        let of = |state: v1::Completeness| {
            let mut found = row.states.iter().filter(|count| count.state() == state);
            found.next().map_or(0, |count| count.homes)
        };
        let short = row.ask.strip_prefix("organisations/").unwrap_or(&row.ask);
        let first = [
            out::text(short.replace("/asks/", "/")),
            out::text(row.period.as_str()),
            Value::from(row.homes),
        ];
        let last = [Value::from(row.received), Value::from(row.wanted)];
        let states = states.map(|state| match of(state) {
            0 if format == Format::Table => Value::Null,
            homes => Value::from(homes),
        });
        listing.add(first.into_iter().chain(states).chain(last));
    }
    listing
}
