//! `ask amend` and `ask withdraw`: what becomes of an ask that stands.

use crate::domain::ask::AskState;
use crate::grpc::v1;

use super::super::connect::ServerArgs;
use super::super::convert::{coded, word};
use super::super::deliveries::full_name;
use super::super::failure::{Failure, Result};
use super::super::out::{self, Format, Listing};
use super::super::suggestions;
use super::Input;

/// What an ask is to become: all of it, with its organisation and id, as `ask submit` reads it.
#[derive(Debug, clap::Args)]
pub(crate) struct Amend {
    /// The etag that the ask had when you read it: `ask show` tells it
    #[arg(long, value_name = "ETAG")]
    etag: String,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    input: Input,
}

/// What to take back.
#[derive(Debug, clap::Args)]
pub(crate) struct Withdraw {
    /// The ask: organisations/ID/asks/ASK, or ID/ASK
    ask: String,
    /// Why; kept with the ask
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The etag that the ask had when you read it, to be refused if it has changed
    #[arg(long, value_name = "ETAG", default_value = "")]
    etag: String,
}

impl Amend {
    pub(super) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let mut asks = self.input.read()?;
        let (Some(ask), true) = (asks.pop(), asks.is_empty()) else {
            return Err(Failure::usage("give the file of one ask"));
        };
        let message = ask.message()?;
        let (organisation, id) = (&ask.raw.organisation, &ask.raw.ask);
        if organisation.is_empty() || id.is_empty() {
            let message = "the ask must say which it is: its organisation and its id, `ask`";
            return Err(Failure::refused(message));
        }
        let organisation = organisation
            .strip_prefix("organisations/")
            .unwrap_or(organisation);
        let request = v1::AmendAskRequest {
            name: format!("organisations/{organisation}/asks/{id}"),
            ask: Some(message),
            etag: self.etag.clone(),
            // The etag alone says whether it was amended already.
            request_id: String::new(),
            validate_only: self.dry_run,
            suggest: true,
        };
        let remote = server.connect().await?;
        let response = remote.asks().amend_ask(request).await;
        let response = response.map_err(|status| ask.refused(status))?.into_inner();
        let outcome = word(response.outcome().as_str_name(), "SUBMIT_OUTCOME");
        told(response.ask.unwrap_or_default(), &outcome).print(format)?;
        for line in suggestions::looks_like(&response.suggestions) {
            out::note(line);
        }
        Ok(())
    }
}

impl Withdraw {
    pub(super) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let request = v1::WithdrawAskRequest {
            name: full_name(&self.ask)?,
            reason: self.reason.clone(),
            etag: self.etag.clone(),
            request_id: String::new(),
        };
        let remote = server.connect().await?;
        let response = remote.asks().withdraw_ask(request).await?.into_inner();
        told(response.ask.unwrap_or_default(), "withdrawn").print(format)
    }
}

fn told(ask: v1::Ask, outcome: &str) -> Listing {
    let mut listing = Listing::new(["ask", "outcome", "state", "etag"]);
    let state = word(ask.state().as_str_name(), "ASK_STATE");
    listing.add([ask.name, outcome.to_owned(), state, ask.etag].map(out::text));
    listing
}

/// Whether an ask asks, by whom and since when, in a line.
pub(super) fn standing(ask: &v1::Ask) -> String {
    let mut parts = vec![word(ask.state().as_str_name(), "ASK_STATE")];
    if !ask.withdrawn_because.is_empty() {
        parts[0] = format!("{} ({})", parts[0], ask.withdrawn_because);
    }
    for (heading, said) in [
        ("etag", &ask.etag),
        ("review on", &ask.review_on),
        ("expires on", &ask.expires_on),
        ("agreement", &ask.agreement),
    ] {
        if !said.is_empty() {
            parts.push(format!("{heading} {said}"));
        }
    }
    if ask.private {
        parts.push("private".to_owned());
    }
    if ask.submitted_on_behalf {
        parts.push(format!("submitted on behalf by {}", ask.submitted_by));
    }
    parts.join("; ")
}

/// States by their words.
pub(super) fn states(words: &[String]) -> Result<Vec<i32>> {
    let by_name = v1::AskState::from_str_name;
    let state = |text: &String| {
        let state = text.parse::<AskState>();
        state.map_err(|error| Failure::usage(error.to_string()))?;
        Ok(coded(text, "ASK_STATE", by_name).unwrap_or_default())
    };
    words.iter().map(state).collect()
}
