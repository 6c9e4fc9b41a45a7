//! What can happen: every change is one of these, and the ledger keeps them for ever.
//!
//! The shapes are frozen once released: a change is a new variant beside the old. Samples of every
//! variant are re-read by a test.

use serde::{Deserialize, Serialize};

use super::access::Token;
use super::answer::Submission;
use super::ask::RawAsk;
use super::collection::{AnswersCollected, DeliveriesAcknowledged};
use super::dictionary::RawDictionary;
use super::digest::Digest;
use super::home::Home;
use super::id::{AskId, AskName, HomeId, OrganisationId};
use super::link::Decision;
use super::organisation::Organisation;
use super::reference::Reference;

/// A change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
pub enum Event {
    /// A dictionary was adopted in place of the one before.
    DictionaryAdopted(RawDictionary),
    /// An organisation was entered in the register, or its entry replaced.
    OrganisationRegistered(Organisation),
    /// A home was entered in the register, or its entry replaced.
    HomeRegistered(Home),
    /// An ask was submitted.
    AskSubmitted(AskSubmitted),
    /// A home sent answers, and released each to the askers on its form.
    AnswersSubmitted(Submission),
    /// A template that a submission names, kept as the home saw it.
    TemplateKept(TemplateKept),
    /// Two questions were decided to be the same, related or different.
    QuestionsLinked(Decision),
    /// A decision was taken back.
    LinkUndone(LinkUndone),
    /// A token was issued.
    TokenIssued(Token),
    /// A token was revoked.
    TokenRevoked(TokenRevoked),
    /// A caller was given answers.
    AnswersCollected(AnswersCollected),
    /// A requester says that it has stored what it was given.
    DeliveriesAcknowledged(DeliveriesAcknowledged),
}

/// An ask was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskSubmitted {
    /// Whose, and which.
    pub name: AskName,
    /// The ask as it came in.
    pub ask: RawAsk,
    /// Digest of its content: equal digests are an identical ask.
    pub content: Digest,
    /// The day of submission in London.
    pub submitted_on: jiff::civil::Date,
}

/// A template kept as a home saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateKept {
    /// Digest of the bytes.
    pub digest: Digest,
    /// The bytes, which are JSON text.
    pub template: String,
}

/// A decision was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkUndone {
    /// The decision's id.
    pub decision: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A token was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRevoked {
    /// The token's id.
    pub id: String,
}

/// What an event changes, for revisions and conflict checks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The dictionary as a whole.
    Dictionary,
    /// An organisation's entry.
    Organisation(OrganisationId),
    /// A home's entry.
    Home(HomeId),
    /// An ask.
    Ask(AskName),
    /// What a home said of a reference.
    Sheet(HomeId, Reference),
    /// A kept template.
    Template(Digest),
    /// The decisions in force.
    Links,
    /// A token.
    Token(String),
    /// What was collected of a sheet by callers of an ask.
    Collected(HomeId, Reference, AskName),
    /// Up to where an organisation has stored what it was given, of one ask or of all.
    Acknowledged(OrganisationId, Option<AskId>),
}

impl Event {
    /// The word under which the ledger files the event.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DictionaryAdopted(_) => "DictionaryAdopted",
            Self::OrganisationRegistered(_) => "OrganisationRegistered",
            Self::HomeRegistered(_) => "HomeRegistered",
            Self::AskSubmitted(_) => "AskSubmitted",
            Self::AnswersSubmitted(_) => "AnswersSubmitted",
            Self::TemplateKept(_) => "TemplateKept",
            Self::QuestionsLinked(_) => "QuestionsLinked",
            Self::LinkUndone(_) => "LinkUndone",
            Self::TokenIssued(_) => "TokenIssued",
            Self::TokenRevoked(_) => "TokenRevoked",
            Self::AnswersCollected(_) => "AnswersCollected",
            Self::DeliveriesAcknowledged(_) => "DeliveriesAcknowledged",
        }
    }

    /// What it changes.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Self::DictionaryAdopted(_) => vec![Key::Dictionary],
            Self::OrganisationRegistered(organisation) => {
                vec![Key::Organisation(organisation.id.clone())]
            }
            Self::HomeRegistered(home) => vec![Key::Home(home.id.clone())],
            Self::AskSubmitted(submitted) => vec![Key::Ask(submitted.name.clone())],
            Self::AnswersSubmitted(submission) => submission
                .references()
                .map(|reference| Key::Sheet(submission.home.clone(), reference))
                .collect(),
            Self::TemplateKept(kept) => vec![Key::Template(kept.digest)],
            Self::QuestionsLinked(_) | Self::LinkUndone(_) => vec![Key::Links],
            Self::TokenIssued(token) => vec![Key::Token(token.id.clone())],
            Self::TokenRevoked(revoked) => vec![Key::Token(revoked.id.clone())],
            Self::AnswersCollected(collected) => collected.keys(),
            Self::DeliveriesAcknowledged(said) => {
                vec![Key::Acknowledged(
                    said.organisation.clone(),
                    said.ask.clone(),
                )]
            }
        }
    }
}

impl Submission {
    /// The references that the answers speak of, each once, in order.
    pub fn references(&self) -> impl Iterator<Item = Reference> {
        let all = self.answers.iter().map(|answer| answer.reference);
        all.collect::<std::collections::BTreeSet<_>>().into_iter()
    }
}

impl AnswersCollected {
    fn keys(&self) -> Vec<Key> {
        let of = |item: &super::collection::CollectedItem| {
            Key::Collected(item.home.clone(), item.reference, self.ask.clone())
        };
        let all: std::collections::BTreeSet<Key> = self.items.iter().map(of).collect();
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
