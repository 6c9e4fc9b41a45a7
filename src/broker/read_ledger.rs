//! The ledger for an auditor: what happened, when and on whose authority; and what was said, where
//! that is no answer and nobody's secret.
//!
//! What leaves is listed here, kind by kind; a new kind does not compile until it is decided on.

use serde_json::{Value, json};

use crate::domain::event::{Event, Key};
use crate::store::{LedgerCheckpoint, LedgerEntry, LedgerWalk};

use super::{Broker, BrokerError};

/// Longest text of an event's body that is told, in bytes: a page holds one at least.
const BODY_BYTES_MAX: usize = 1 << 20;

/// An event as an auditor reads it.
#[derive(Debug, Clone)]
pub struct LedgerRow {
    /// The event with its header.
    pub entry: LedgerEntry,
    /// What it changed, in words and names.
    pub changes: Vec<String>,
    /// What it says, as JSON; empty where that is withheld or was erased.
    pub body: String,
}

impl Broker {
    /// Events in the order of the ledger, at most `limit`, after a sequence.
    ///
    /// # Errors
    /// As the store says.
    pub async fn read_ledger(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LedgerRow>, BrokerError> {
        let entries = self.store.ledger(after, limit).await?;
        Ok(entries.into_iter().map(row).collect())
    }

    /// The end of the ledger.
    ///
    /// # Errors
    /// Where no ledger is kept.
    pub async fn ledger_checkpoint(&self) -> Result<LedgerCheckpoint, BrokerError> {
        self.store.checkpoint().await?.ok_or_else(no_ledger)
    }

    /// A check of the whole ledger, to be carried out piece by piece.
    ///
    /// # Errors
    /// Where no ledger is kept.
    pub async fn verify_ledger(&self) -> Result<Box<dyn LedgerWalk>, BrokerError> {
        self.store.walk_ledger().await?.ok_or_else(no_ledger)
    }
}

fn no_ledger() -> BrokerError {
    BrokerError::NotKept {
        what: "ledger: it holds everything in memory".to_owned(),
    }
}

fn row(mut entry: LedgerEntry) -> LedgerRow {
    let event = entry.recorded.as_ref().map(|recorded| &recorded.event);
    let changes = event.map(Event::keys).unwrap_or_default();
    let body = event.and_then(told).map(|body| body.to_string());
    let body = body.filter(|body| body.len() <= BODY_BYTES_MAX);
    if let Some(recorded) = &entry.recorded {
        entry.recorded_at = recorded.at;
    }
    LedgerRow {
        changes: changes.iter().filter_map(changed).collect(),
        body: body.unwrap_or_default(),
        entry,
    }
}

/// What an event says, as far as it may leave.
fn told(event: &Event) -> Option<Value> {
    let said = serde_json::to_value(event).ok()?;
    let mut body = said.get("body")?.clone();
    match event {
        Event::AnswersSubmitted(_) | Event::AnswersReleased(_) => return None,
        Event::TemplateKept(kept) => return Some(json!({"digest": kept.digest})),
        Event::TokenIssued(_) | Event::TokenRotated(_) => {
            leave_out(&mut body, "hash");
            leave_out(&mut body, "former");
        }
        // Who answers for homes is a person, with an address.
        Event::PersonInvited(_) => {
            leave_out(&mut body, "name");
            leave_out(&mut body, "email");
            leave_out(&mut body, "known_as");
        }
        // Whom a home may turn to is often a person, with an address.
        Event::AskSubmitted(_) | Event::AskAmended(_) => {
            leave_out(body.get_mut("ask")?, "contact");
        }
        // Who files is a person, in the home's words.
        Event::AskFiled(_) => leave_out(&mut body, "filed_by"),
        Event::DictionaryAdopted(_)
        | Event::OrganisationRegistered(_)
        | Event::HomeRegistered(_)
        | Event::QuestionsLinked(_)
        | Event::LinkUndone(_)
        | Event::DecisionObjected(_)
        | Event::ObjectionAnswered(_)
        | Event::TermsDecided(_)
        | Event::TokenRevoked(_)
        | Event::AskWithdrawn(_)
        | Event::PowersGranted(_)
        | Event::ElementProposed(_)
        | Event::ElementApproved(_)
        | Event::ElementRetired(_)
        | Event::AnswersCollected(_)
        | Event::DeliveriesAcknowledged(_)
        | Event::OrganisationSucceeded(_)
        | Event::OrganisationSuccessionUndone(_)
        | Event::HomeSucceeded(_)
        | Event::HomeSuccessionUndone(_)
        | Event::PersonRemoved(_)
        | Event::DigestSent(_)
        | Event::DigestPreferred(_) => {}
    }
    Some(body)
}

fn leave_out(body: &mut Value, member: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(member);
    }
}

/// What a key names.
/// What a key stands for; nothing for what only tells one ask from another.
fn changed(key: &Key) -> Option<String> {
    Some(match key {
        Key::AskContent(_) => return None,
        Key::Dictionary => "dictionary".to_owned(),
        Key::Organisation(id) => id.resource(),
        Key::Home(id) => id.resource(),
        Key::Ask(name) => name.to_string(),
        Key::Sheet(home, reference) => format!("{} {reference}", home.resource()),
        Key::Template(digest) => format!("templates/{digest}"),
        Key::Links => "decisions".to_owned(),
        Key::Decision(id) => format!("decisions/{id}"),
        Key::Terms => "terms".to_owned(),
        Key::Token(id) => format!("tokens/{id}"),
        Key::Proposal(id) => format!("elements/{id}"),
        Key::Powers(id) => format!("powers of {}", id.resource()),
        Key::Filings(home, period) => format!("filings of {}/forms/{period}", home.resource()),
        Key::Collected(home, reference, ask) => {
            format!("collected by {ask}: {} {reference}", home.resource())
        }
        Key::HomeIdentifier(identifier) => format!("homes/{identifier}"),
        Key::OrganisationIdentifier(identifier) => format!("organisations/{identifier}"),
        Key::OrganisationSuccessions => "successions of organisations".to_owned(),
        Key::HomeSuccessions => "successions of homes".to_owned(),
        Key::People => "people".to_owned(),
        Key::Digests(home) => format!("digests of {}", home.resource()),
        Key::Acknowledged(organisation, ask) => {
            let ask = ask.as_ref().map_or("-", |ask| ask.as_str());
            format!("acknowledged of {}/asks/{ask}", organisation.resource())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_and_no_secret_leaves() {
        let samples = include_str!("../domain/event/samples-v1.jsonl");
        for line in samples.lines() {
            let event: Event = serde_json::from_str(line).unwrap();
            let body = told(&event)
                .map(|body| body.to_string())
                .unwrap_or_default();
            for withheld in [
                "\"hash\"",
                "\"answers\":",
                "\"note\"",
                "\"email\"",
                "care@example.org",
            ] {
                assert!(!body.contains(withheld), "{withheld} in {body}");
            }
            let is_answers = matches!(
                event,
                Event::AnswersSubmitted(_) | Event::AnswersReleased(_)
            );
            assert_eq!(body.is_empty(), is_answers, "{line}");
        }
    }
}
