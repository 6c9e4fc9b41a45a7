//! How an event stands in the ledger: its kind in the header, and as its body
//!
//! ```text
//! {"at":"…","by":"…","idempotency":{"request":"…","content":"…"},"event":{…}}
//! ```
//!
//! The time is the request's own; the header has the time of the frame, which many requests share.
//! What makes a request safe to repeat stands with its first event only.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use super::ledger::{Body, LedgerError, NewEvent, Position, SALT_BYTES, Stored};
use crate::domain::event::Event;
use crate::store::index::{Fact, Noted, Place, unreadable};
use crate::store::{Append, Idempotency, Recorded, StoreError};

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fresh random bytes, never given before.
    fn salt(&self) -> [u8; SALT_BYTES];
}

impl<F: Fn() -> [u8; SALT_BYTES] + Send + Sync> Entropy for F {
    fn salt(&self) -> [u8; SALT_BYTES] {
        self()
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a, T> {
    at: Timestamp,
    by: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idempotency: Option<Idempotency>,
    event: T,
}

/// An event as the ledger gave it back.
pub(crate) struct Opened {
    pub(crate) recorded: Recorded,
    pub(crate) idempotency: Option<Idempotency>,
}

impl Opened {
    /// The event as the index takes it in.
    pub(crate) fn note(&self) -> Result<Noted, StoreError> {
        let sequence = self.recorded.sequence;
        let fact = Fact::of(&self.recorded.event).map_err(|why| unreadable(sequence, &why))?;
        Ok(Noted {
            fact,
            by: self.recorded.by.clone(),
            at: self.recorded.at,
            idempotency: self.idempotency,
        })
    }
}

/// Makes ledger events of a request's events.
///
/// # Errors
/// [`StoreError::Refused`] for an event that is too large.
pub(crate) fn seal(append: &Append, entropy: &dyn Entropy) -> Result<Vec<NewEvent>, StoreError> {
    let seal = |(position, event): (usize, &Event)| {
        let envelope = Envelope {
            at: append.at,
            by: Cow::Borrowed(append.by.as_str()),
            idempotency: append.idempotency.filter(|_| position == 0),
            event: Content(event),
        };
        let body = serde_json::to_vec(&envelope)
            .expect("an event is made of texts, numbers and lists, which JSON can hold");
        NewEvent::new(event.kind(), body, entropy.salt()).map_err(|error| refused(&error))
    };
    append.events.iter().enumerate().map(seal).collect()
}

/// A refusal by the ledger, before anything was written.
pub(crate) fn refused(error: &LedgerError) -> StoreError {
    StoreError::Refused(error.to_string())
}

/// Reads a stored event back; none if it was erased.
///
/// # Errors
/// [`StoreError::Damaged`] for one that this version cannot read.
pub(crate) fn open(stored: Stored) -> Result<Option<Opened>, StoreError> {
    match stored.body {
        Body::Present(body) => read_body(stored.sequence, &stored.kind, &body).map(Some),
        Body::Erased => Ok(None),
    }
}

/// Reads the body of an event back.
///
/// # Errors
/// [`StoreError::Damaged`] for one that this version cannot read.
pub(crate) fn read_body(sequence: u64, kind: &str, body: &[u8]) -> Result<Opened, StoreError> {
    let (at, by, idempotency, event) =
        read(kind, body).map_err(|why| unreadable(sequence, &why))?;
    let recorded = Recorded {
        sequence,
        at,
        by,
        event,
    };
    Ok(Opened {
        recorded,
        idempotency,
    })
}

/// Where an event stands, as the index keeps it.
pub(crate) fn place(position: Position) -> Place {
    Place {
        sequence: position.sequence,
        segment: position.segment,
        offset: position.offset,
        length: position.length,
    }
}

/// Where an event stands, as the ledger wants it.
pub(crate) fn position(place: Place) -> Position {
    Position {
        sequence: place.sequence,
        segment: place.segment,
        offset: place.offset,
        length: place.length,
    }
}

type Parts = (Timestamp, String, Option<Idempotency>, Event);

fn read(kind: &str, body: &[u8]) -> Result<Parts, String> {
    match kind {
        "DictionaryAdopted" => read_as(body, Event::DictionaryAdopted),
        "OrganisationRegistered" => read_as(body, Event::OrganisationRegistered),
        "HomeRegistered" => read_as(body, Event::HomeRegistered),
        "AskSubmitted" => read_as(body, Event::AskSubmitted),
        "AnswersSubmitted" => read_as(body, Event::AnswersSubmitted),
        "AnswersReleased" => read_as(body, Event::AnswersReleased),
        "AskFiled" => read_as(body, Event::AskFiled),
        "TemplateKept" => read_as(body, Event::TemplateKept),
        "QuestionsLinked" => read_as(body, Event::QuestionsLinked),
        "LinkUndone" => read_as(body, Event::LinkUndone),
        "DecisionObjected" => read_as(body, Event::DecisionObjected),
        "ObjectionAnswered" => read_as(body, Event::ObjectionAnswered),
        "TermsDecided" => read_as(body, Event::TermsDecided),
        "TokenIssued" => read_as(body, Event::TokenIssued),
        "AskAmended" => read_as(body, Event::AskAmended),
        "AskWithdrawn" => read_as(body, Event::AskWithdrawn),
        "PowersGranted" => read_as(body, Event::PowersGranted),
        "TokenRevoked" => read_as(body, Event::TokenRevoked),
        "TokenRotated" => read_as(body, Event::TokenRotated),
        "OrganisationSucceeded" => read_as(body, Event::OrganisationSucceeded),
        "OrganisationSuccessionUndone" => read_as(body, Event::OrganisationSuccessionUndone),
        "HomeSucceeded" => read_as(body, Event::HomeSucceeded),
        "HomeSuccessionUndone" => read_as(body, Event::HomeSuccessionUndone),
        "PersonInvited" => read_as(body, Event::PersonInvited),
        "PersonRemoved" => read_as(body, Event::PersonRemoved),
        "ElementProposed" => read_as(body, Event::ElementProposed),
        "ElementApproved" => read_as(body, Event::ElementApproved),
        "ElementRetired" => read_as(body, Event::ElementRetired),
        "AnswersCollected" => read_as(body, Event::AnswersCollected),
        "DeliveriesAcknowledged" => read_as(body, Event::DeliveriesAcknowledged),
        "DigestSent" => read_as(body, Event::DigestSent),
        "DigestPreferred" => read_as(body, Event::DigestPreferred),
        _ => Err(format!("this version knows no {kind}")),
    }
}

fn read_as<T: DeserializeOwned>(body: &[u8], event: fn(T) -> Event) -> Result<Parts, String> {
    let read = serde_json::from_slice::<Envelope<'_, T>>(body);
    // What serde says quotes what it read, which may be an answer; the log gets only the place.
    let envelope = read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!(
            "the body does not read ({:?}) at {line}:{column}",
            error.classify()
        )
    })?;
    let by = envelope.by.into_owned();
    Ok((envelope.at, by, envelope.idempotency, event(envelope.event)))
}

/// What an event says, without its kind.
struct Content<'a>(&'a Event);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::DictionaryAdopted(content) => content.serialize(serializer),
            Event::OrganisationRegistered(content) => content.serialize(serializer),
            Event::HomeRegistered(content) => content.serialize(serializer),
            Event::AskSubmitted(content) | Event::AskAmended(content) => {
                content.serialize(serializer)
            }
            Event::AskWithdrawn(content) => content.serialize(serializer),
            Event::PowersGranted(content) => content.serialize(serializer),
            Event::AnswersSubmitted(content) => content.serialize(serializer),
            Event::AnswersReleased(content) => content.serialize(serializer),
            Event::AskFiled(content) => content.serialize(serializer),
            Event::TemplateKept(content) => content.serialize(serializer),
            Event::QuestionsLinked(content) => content.serialize(serializer),
            Event::LinkUndone(content) => content.serialize(serializer),
            Event::DecisionObjected(content) => content.serialize(serializer),
            Event::ObjectionAnswered(content) => content.serialize(serializer),
            Event::TermsDecided(content) => content.serialize(serializer),
            Event::TokenIssued(content) => content.serialize(serializer),
            Event::TokenRevoked(content) => content.serialize(serializer),
            Event::TokenRotated(content) => content.serialize(serializer),
            Event::OrganisationSucceeded(content) => content.serialize(serializer),
            Event::OrganisationSuccessionUndone(content) => content.serialize(serializer),
            Event::HomeSucceeded(content) => content.serialize(serializer),
            Event::HomeSuccessionUndone(content) => content.serialize(serializer),
            Event::PersonInvited(content) => content.serialize(serializer),
            Event::PersonRemoved(content) => content.serialize(serializer),
            Event::ElementProposed(content) => content.serialize(serializer),
            Event::ElementApproved(content) => content.serialize(serializer),
            Event::ElementRetired(content) => content.serialize(serializer),
            Event::AnswersCollected(content) => content.serialize(serializer),
            Event::DeliveriesAcknowledged(content) => content.serialize(serializer),
            Event::DigestSent(content) => content.serialize(serializer),
            Event::DigestPreferred(content) => content.serialize(serializer),
        }
    }
}
