//! An event as the index takes it in: read and checked, which is most of the work, and done
//! where the event comes from, so that the one writer need not.

use std::sync::Arc;

use jiff::Timestamp;

use super::decided::Governed;
use crate::domain::access::{Token, TokenRotated};
use crate::domain::answer::Submission;
use crate::domain::ask::{Ask, Schedule, SharedAsk};
use crate::domain::collection::{AnswersCollected, DeliveriesAcknowledged};
use crate::domain::dictionary::{Dictionary, ElementChange, ElementProposed};
use crate::domain::digest::Digest;
use crate::domain::event::{AskSubmitted, Event, TemplateKept};
use crate::domain::filing::AskFiled;
use crate::domain::home::Home;
use crate::domain::id::{AskName, HomeId, OrganisationId};
use crate::domain::letter::{DigestPreferred, DigestSent};
use crate::domain::link::Decision;
use crate::domain::organisation::Organisation;
use crate::domain::person::{Person, PersonRemoved};
use crate::domain::powers::Powers;
use crate::domain::release::AnswersReleased;
use crate::domain::succession::Succession;
use crate::domain::template::Template;
use crate::store::{Idempotency, StoreError};

/// What an event says.
#[derive(Debug, Clone)]
pub(crate) enum Fact {
    /// A dictionary was adopted.
    Dictionary(Arc<Dictionary>),
    /// An organisation's entry.
    Organisation(Arc<Organisation>),
    /// A home's entry.
    Home(Arc<Home>),
    /// An ask.
    Ask(SharedAsk),
    /// The ask of this name was taken back.
    Withdrawn(AskName),
    /// What an organisation may ask.
    Powers(Arc<Powers>),
    /// A submission.
    Submission(Arc<Submission>),
    /// A release of answers given before.
    Released(Arc<AnswersReleased>),
    /// Whether an ask is filed.
    Filed(AskFiled),
    /// A template.
    Template(Arc<Template>),
    /// A decision.
    Linked(Arc<Decision>),
    /// Something of a decision that was made, or of words.
    Governed(Governed),
    /// A token.
    TokenIssued(Arc<Token>),
    /// The token of this id was revoked.
    TokenRevoked(String),
    /// Something of the registers of who is who.
    Register(RegisterFact),
    /// A proposal of an element.
    Proposed(Arc<ElementProposed>),
    /// A change of the dictionary.
    Changed(ElementChange),
    /// Answers were given to whoever did this.
    Collected(Arc<AnswersCollected>),
    /// What was given is stored.
    Acknowledged(DeliveriesAcknowledged),
    /// The digest of a home goes to its people.
    Digest(DigestSent),
}

/// What an event says of who is who.
#[derive(Debug, Clone)]
pub(crate) enum RegisterFact {
    /// How an organisation ended; none if it did not after all.
    OrganisationEnded(OrganisationId, Option<Succession<OrganisationId>>),
    /// How a home ended; none if it did not after all.
    HomeEnded(HomeId, Option<Succession<HomeId>>),
    /// A person's entry.
    Invited(Arc<Person>),
    /// A person was removed.
    Removed(PersonRemoved),
    /// A person said on which days she wants digests.
    Preferred(DigestPreferred),
    /// A token got another secret.
    Rotated(TokenRotated),
}

/// A fact with what is known of its recording but its place.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    /// The fact.
    pub(crate) fact: Fact,
    /// On whose authority.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What makes the request safe to repeat; with the first event of a request only.
    pub(crate) idempotency: Option<Idempotency>,
}

impl Fact {
    /// Reads an event.
    ///
    /// # Errors
    /// Why the event can never be read back, so that it must not be recorded.
    pub(crate) fn of(event: &Event) -> Result<Self, String> {
        Self::of_known(event, &[])
    }

    /// Reads an event of which some asks may be at hand already read.
    ///
    /// # Errors
    /// As [`Fact::of`].
    pub(crate) fn of_known(event: &Event, asks: &[SharedAsk]) -> Result<Self, String> {
        Ok(match event {
            Event::DictionaryAdopted(raw) => {
                let parsed = Dictionary::parse(raw.clone());
                Self::Dictionary(Arc::new(parsed.map_err(|faults| faults.to_string())?))
            }
            Event::OrganisationRegistered(entry) => Self::Organisation(Arc::new(entry.clone())),
            Event::HomeRegistered(entry) => Self::Home(Arc::new(entry.clone())),
            Event::AskSubmitted(submitted) | Event::AskAmended(submitted) => {
                Self::Ask(read_ask(submitted, asks)?)
            }
            Event::AskWithdrawn(withdrawn) => Self::Withdrawn(withdrawn.name.clone()),
            Event::PowersGranted(powers) => Self::Powers(Arc::new(powers.clone())),
            Event::AnswersSubmitted(submission) => Self::Submission(Arc::new(submission.clone())),
            Event::AnswersReleased(released) => Self::Released(Arc::new(released.clone())),
            Event::AskFiled(filed) => Self::Filed(filed.clone()),
            Event::TemplateKept(kept) => Self::Template(read_template(kept)?),
            Event::QuestionsLinked(decision) => Self::Linked(Arc::new(decision.clone())),
            Event::LinkUndone(undone) => Self::Governed(Governed::Undone(undone.clone())),
            Event::DecisionObjected(objected) => {
                Self::Governed(Governed::Objected(Arc::new(objected.clone())))
            }
            Event::ObjectionAnswered(answered) => {
                Self::Governed(Governed::Answered(Arc::new(answered.clone())))
            }
            Event::TermsDecided(decided) => {
                Self::Governed(Governed::Terms(Arc::new(decided.clone())))
            }
            Event::TokenIssued(token) => Self::TokenIssued(Arc::new(token.clone())),
            Event::TokenRevoked(revoked) => Self::TokenRevoked(revoked.id.clone()),
            Event::OrganisationSucceeded(_)
            | Event::OrganisationSuccessionUndone(_)
            | Event::HomeSucceeded(_)
            | Event::HomeSuccessionUndone(_)
            | Event::PersonInvited(_)
            | Event::PersonRemoved(_)
            | Event::DigestPreferred(_)
            | Event::TokenRotated(_) => Self::Register(RegisterFact::of(event)?),
            Event::ElementProposed(proposed) => Self::Proposed(Arc::new(proposed.clone())),
            Event::ElementApproved(approved) => {
                Self::Changed(ElementChange::Approved(Arc::new(approved.clone())))
            }
            Event::ElementRetired(retired) => {
                Self::Changed(ElementChange::Retired(Arc::new(retired.clone())))
            }
            Event::AnswersCollected(collected) => Self::Collected(Arc::new(collected.clone())),
            Event::DeliveriesAcknowledged(said) => Self::Acknowledged(said.clone()),
            Event::DigestSent(sent) => Self::Digest(sent.clone()),
        })
    }
}

impl RegisterFact {
    fn of(event: &Event) -> Result<Self, String> {
        Ok(match event {
            Event::OrganisationSucceeded(succession) => {
                let id = succession.predecessor.clone();
                Self::OrganisationEnded(id, Some(succession.clone()))
            }
            Event::OrganisationSuccessionUndone(undone) => {
                Self::OrganisationEnded(undone.predecessor.clone(), None)
            }
            Event::HomeSucceeded(succession) => {
                Self::HomeEnded(succession.predecessor.clone(), Some(succession.clone()))
            }
            Event::HomeSuccessionUndone(undone) => {
                Self::HomeEnded(undone.predecessor.clone(), None)
            }
            Event::PersonInvited(person) => Self::Invited(Arc::new(person.clone())),
            Event::PersonRemoved(removed) => Self::Removed(removed.clone()),
            Event::DigestPreferred(preferred) => Self::Preferred(preferred.clone()),
            Event::TokenRotated(rotated) => Self::Rotated(rotated.clone()),
            other => return Err(format!("{} says nothing of who is who", other.kind())),
        })
    }
}

fn read_ask(submitted: &AskSubmitted, known: &[SharedAsk]) -> Result<SharedAsk, String> {
    if let Some(ask) = known.iter().find(|ask| would_read_as(submitted, ask)) {
        return Ok(Arc::clone(ask));
    }
    let parsed = Ask::parse(submitted.ask.clone(), None, submitted.submitted_on);
    let mut ask = parsed.map_err(|faults| format!("the ask is not well formed: {faults}"))?;
    ask.provenance = submitted.provenance.clone();
    if ask.name != submitted.name {
        return Err(format!("the ask is {}, not {}", ask.name, submitted.name));
    }
    same_digest("the ask", ask.content, submitted.content)?;
    Ok(Arc::new(ask))
}

/// Whether reading the event would give just this ask. Its parts are compared instead of read,
/// which costs a small part of that; and an ask only comes about by being read.
fn would_read_as(submitted: &AskSubmitted, ask: &Ask) -> bool {
    let is_of_that_day = match &ask.schedule {
        Schedule::Recurring { from, .. } => {
            !submitted.ask.from.is_empty() || *from == submitted.submitted_on
        }
        Schedule::Periods(_) => true,
    };
    is_of_that_day
        && ask.name == submitted.name
        && ask.content == submitted.content
        && ask.provenance == submitted.provenance
        && ask.raw == submitted.ask
}

fn read_template(kept: &TemplateKept) -> Result<Arc<Template>, String> {
    let read = Template::from_bytes(kept.template.clone().into_bytes());
    let template = read.map_err(|error| format!("the template does not read: {error}"))?;
    same_digest("the template", template.digest(), kept.digest)?;
    Ok(Arc::new(template))
}

fn same_digest(what: &str, found: Digest, said: Digest) -> Result<(), String> {
    if found == said {
        Ok(())
    } else {
        Err(format!("{what} has the digest {found}, not {said}"))
    }
}

/// A damaged-store error for an event that was recorded and does not read back.
pub(crate) fn unreadable(sequence: u64, why: &str) -> StoreError {
    StoreError::Damaged(format!("event {sequence} does not read back: {why}"))
}
