//! What can happen: every change is one of these, and the ledger keeps them for ever.
//!
//! The shapes are frozen once released: a change is a new variant beside the old. Samples of every
//! variant are re-read by a test.

use serde::{Deserialize, Serialize};

use super::access::{Token, TokenRotated};
use super::answer::Submission;
use super::ask::{Provenance, RawAsk};
use super::collection::{AnswersCollected, DeliveriesAcknowledged};
use super::dictionary::{ElementApproved, ElementProposed, ElementRetired, RawDictionary};
use super::digest::Digest;
use super::filing::AskFiled;
use super::home::Home;
use super::id::{AskId, AskName, HomeId, OrganisationId};
use super::identifier::{HomeIdentifier, OrganisationIdentifier};
use super::letter::{DigestPreferred, DigestSent};
use super::link::Decision;
use super::objection::{DecisionObjected, ObjectionAnswered};
use super::organisation::Organisation;
use super::period::Period;
use super::person::{Person, PersonRemoved};
use super::powers::Powers;
use super::reference::Reference;
use super::release::AnswersReleased;
use super::succession::{Succession, SuccessionUndone};
use super::terms::TermsDecided;

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
    /// An ask took the place of what it was before.
    AskAmended(AskSubmitted),
    /// An ask was taken back: it is asked of nobody until it is submitted again.
    AskWithdrawn(AskWithdrawn),
    /// What an organisation may ask was granted, in place of what was granted before.
    PowersGranted(Powers),
    /// A home sent answers, and released each to the askers on its form.
    AnswersSubmitted(Submission),
    /// A home released answers given before to askers who came later.
    AnswersReleased(AnswersReleased),
    /// A home said whether it has filed an ask that is filed elsewhere.
    AskFiled(AskFiled),
    /// A template that a submission names, kept as the home saw it.
    TemplateKept(TemplateKept),
    /// Two questions were decided to be the same, related or different.
    QuestionsLinked(Decision),
    /// A decision was taken back.
    LinkUndone(LinkUndone),
    /// A body objected to a decision.
    DecisionObjected(DecisionObjected),
    /// The data lead keeps a decision that was objected to.
    ObjectionAnswered(ObjectionAnswered),
    /// Words for the matcher were added or withdrawn.
    TermsDecided(TermsDecided),
    /// A token was issued.
    TokenIssued(Token),
    /// A token was revoked.
    TokenRevoked(TokenRevoked),
    /// A token got another secret.
    TokenRotated(TokenRotated),
    /// An organisation ended and another came after it, or what was said of that was corrected.
    OrganisationSucceeded(Succession<OrganisationId>),
    /// That an organisation ended was taken back.
    OrganisationSuccessionUndone(SuccessionUndone<OrganisationId>),
    /// A home was registered anew or closed, or what was said of that was corrected.
    HomeSucceeded(Succession<HomeId>),
    /// That a home ended was taken back.
    HomeSuccessionUndone(SuccessionUndone<HomeId>),
    /// A person was invited to homes, or to further ones: her entry as it stands from now on.
    PersonInvited(Person),
    /// A person was removed from homes.
    PersonRemoved(PersonRemoved),
    /// An element was proposed for the dictionary.
    ElementProposed(ElementProposed),
    /// An element came into force, or took the place of what was in force under its id.
    ElementApproved(ElementApproved),
    /// An element was retired, or a proposal of one turned down.
    ElementRetired(ElementRetired),
    /// A caller was given answers.
    AnswersCollected(AnswersCollected),
    /// A requester says that it has stored what it was given.
    DeliveriesAcknowledged(DeliveriesAcknowledged),
    /// The digest of a home goes to its people.
    DigestSent(DigestSent),
    /// A person said on which days she wants digests.
    DigestPreferred(DigestPreferred),
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
    /// The day of submission in London: the first of a cadence that names none. Of an amended ask,
    /// the day on which it was submitted first.
    pub submitted_on: jiff::civil::Date,
    /// How it came to be recorded.
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

/// An ask was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskWithdrawn {
    /// Whose, and which.
    pub name: AskName,
    /// Why.
    pub reason: String,
    /// The revision that was taken back.
    pub revision: u64,
    /// Whether somebody else took it back for the organisation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_behalf: bool,
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
    /// The ask in force whose content has this digest.
    AskContent(Digest),
    /// What a home said of a reference.
    Sheet(HomeId, Reference),
    /// What a home has filed for a period.
    Filings(HomeId, Period),
    /// A kept template.
    Template(Digest),
    /// The decisions in force.
    Links,
    /// What was said of a decision, by its id.
    Decision(String),
    /// The words that data leads taught the matcher.
    Terms,
    /// A token.
    Token(String),
    /// Every home that bears an identifier.
    HomeIdentifier(HomeIdentifier),
    /// Every organisation that bears an identifier.
    OrganisationIdentifier(OrganisationIdentifier),
    /// Which organisation came after which.
    OrganisationSuccessions,
    /// Which home came after which.
    HomeSuccessions,
    /// The people.
    People,
    /// A proposal of an element, by the element's id.
    Proposal(String),
    /// What an organisation may ask.
    Powers(OrganisationId),
    /// What was collected of a sheet by callers of an ask.
    Collected(HomeId, Reference, AskName),
    /// Up to where an organisation has stored what it was given, of one ask or of all.
    Acknowledged(OrganisationId, Option<AskId>),
    /// The digests of a home.
    Digests(HomeId),
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
            Self::AskAmended(_) => "AskAmended",
            Self::AskWithdrawn(_) => "AskWithdrawn",
            Self::PowersGranted(_) => "PowersGranted",
            Self::AnswersSubmitted(_) => "AnswersSubmitted",
            Self::AnswersReleased(_) => "AnswersReleased",
            Self::AskFiled(_) => "AskFiled",
            Self::TemplateKept(_) => "TemplateKept",
            Self::QuestionsLinked(_) => "QuestionsLinked",
            Self::LinkUndone(_) => "LinkUndone",
            Self::DecisionObjected(_) => "DecisionObjected",
            Self::ObjectionAnswered(_) => "ObjectionAnswered",
            Self::TermsDecided(_) => "TermsDecided",
            Self::TokenIssued(_) => "TokenIssued",
            Self::TokenRevoked(_) => "TokenRevoked",
            Self::TokenRotated(_) => "TokenRotated",
            Self::OrganisationSucceeded(_) => "OrganisationSucceeded",
            Self::OrganisationSuccessionUndone(_) => "OrganisationSuccessionUndone",
            Self::HomeSucceeded(_) => "HomeSucceeded",
            Self::HomeSuccessionUndone(_) => "HomeSuccessionUndone",
            Self::PersonInvited(_) => "PersonInvited",
            Self::PersonRemoved(_) => "PersonRemoved",
            Self::ElementProposed(_) => "ElementProposed",
            Self::ElementApproved(_) => "ElementApproved",
            Self::ElementRetired(_) => "ElementRetired",
            Self::AnswersCollected(_) => "AnswersCollected",
            Self::DeliveriesAcknowledged(_) => "DeliveriesAcknowledged",
            Self::DigestSent(_) => "DigestSent",
            Self::DigestPreferred(_) => "DigestPreferred",
        }
    }

    /// What it changes.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Self::DictionaryAdopted(_) => vec![Key::Dictionary],
            Self::OrganisationRegistered(organisation) => {
                let borne = organisation.identifiers().map(Key::OrganisationIdentifier);
                let own = std::iter::once(Key::Organisation(organisation.id.clone()));
                own.chain(borne).collect()
            }
            Self::HomeRegistered(home) => {
                let borne = home.identifiers().map(Key::HomeIdentifier);
                let own = std::iter::once(Key::Home(home.id.clone()));
                own.chain(borne).collect()
            }
            Self::AskSubmitted(submitted) | Self::AskAmended(submitted) => vec![
                Key::Ask(submitted.name.clone()),
                Key::AskContent(submitted.content),
            ],
            Self::AskWithdrawn(withdrawn) => vec![Key::Ask(withdrawn.name.clone())],
            Self::PowersGranted(powers) => vec![Key::Powers(powers.organisation.clone())],
            Self::AnswersSubmitted(submission) => submission
                .references()
                .map(|reference| Key::Sheet(submission.home.clone(), reference))
                .collect(),
            Self::AnswersReleased(released) => released
                .references()
                .map(|reference| Key::Sheet(released.home.clone(), reference))
                .collect(),
            Self::AskFiled(filed) => vec![Key::Filings(filed.home.clone(), filed.period)],
            Self::TemplateKept(kept) => vec![Key::Template(kept.digest)],
            Self::QuestionsLinked(decision) => vec![Key::Links, Key::Decision(decision.id.clone())],
            Self::LinkUndone(undone) => vec![Key::Links, Key::Decision(undone.decision.clone())],
            Self::DecisionObjected(objected) => vec![Key::Decision(objected.decision.clone())],
            Self::ObjectionAnswered(answered) => vec![Key::Decision(answered.decision.clone())],
            Self::TermsDecided(_) => vec![Key::Terms],
            Self::TokenIssued(token) => vec![Key::Token(token.id.clone())],
            Self::TokenRevoked(revoked) => vec![Key::Token(revoked.id.clone())],
            Self::TokenRotated(rotated) => vec![Key::Token(rotated.id.clone())],
            Self::OrganisationSucceeded(_) | Self::OrganisationSuccessionUndone(_) => {
                vec![Key::OrganisationSuccessions]
            }
            Self::HomeSucceeded(_) | Self::HomeSuccessionUndone(_) => vec![Key::HomeSuccessions],
            Self::PersonInvited(_) | Self::PersonRemoved(_) | Self::DigestPreferred(_) => {
                vec![Key::People]
            }
            Self::DigestSent(sent) => vec![Key::Digests(sent.home.clone())],
            Self::ElementProposed(proposed) => vec![Key::Proposal(proposed.element.id.clone())],
            Self::ElementApproved(approved) => changed_element(&approved.element.id),
            Self::ElementRetired(retired) => changed_element(retired.element.as_str()),
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

fn changed_element(id: &str) -> Vec<Key> {
    vec![Key::Dictionary, Key::Proposal(id.to_owned())]
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
