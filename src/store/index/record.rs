//! What the index keeps of each thing, and under which key.
//!
//! Records are few and coarse, and hold no bodies but small ones: an ask and a sheet hold where in
//! the ledger they were said, and what lists need.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::codec::{In, Out};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::id::{AreaCode, AskId, AskName, HomeId, OrganisationId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::store::{Appended, Idempotency, StoreError};

/// Where an event stands: its sequence, and where its backend finds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its sequence.
    pub(crate) sequence: u64,
    /// The ledger's segment; 0 where there are none.
    pub(crate) segment: u64,
    /// Byte offset in the segment.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) length: u32,
}

impl Place {
    pub(super) fn write(self, out: &mut Out) {
        out.number(self.sequence);
        out.number(self.segment);
        out.number(self.offset);
        out.number(u64::from(self.length));
    }

    pub(super) fn read(input: &mut In<'_>) -> Option<Self> {
        Some(Self {
            sequence: input.number()?,
            segment: input.number()?,
            offset: input.number()?,
            length: u32::try_from(input.number()?).ok()?,
        })
    }

    /// A record that is a place.
    pub(super) fn encode(self) -> Vec<u8> {
        let mut out = Out::default();
        self.write(&mut out);
        out.0
    }

    /// The place that a record is.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut input = In(bytes);
        let place = Self::read(&mut input);
        place
            .filter(|_| input.end().is_some())
            .ok_or_else(|| damaged("a place"))
    }
}

/// An ask, or the name of one that something was released to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskRecord {
    /// The number under which postings know the name, for good.
    pub(super) id: u32,
    /// The ask, if it was submitted.
    pub(super) ask: Option<AskEntry>,
}

/// What lists need of an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskEntry {
    /// Where it was submitted.
    pub(super) place: Place,
    /// Digest of its content.
    pub(super) content: Digest,
    /// What it asks.
    pub(super) questions: Vec<QuestionId>,
    /// The homes that it names.
    pub(super) homes: Vec<HomeId>,
    /// The areas that it names.
    pub(super) areas: Vec<AreaCode>,
    /// The first and the last day asked for.
    pub(super) days: (Date, Date),
    /// The day after which it asks for no further period.
    pub(super) expires_on: Option<Date>,
    /// Where it was taken back, if it was.
    pub(super) withdrawn: Option<Place>,
    /// What made its request safe to repeat.
    pub(super) idempotency: Option<Idempotency>,
}

impl AskEntry {
    /// The request that it was submitted by, if that is safe to repeat.
    pub(super) fn request(&self) -> Option<(Digest, RequestRecord)> {
        let idempotency = self.idempotency?;
        let record = RequestRecord {
            first: self.place.sequence,
            content: idempotency.content,
        };
        Some((idempotency.request, record))
    }
}

impl AskRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Out::default();
        out.number(u64::from(self.id));
        let Some(ask) = &self.ask else {
            return out.0;
        };
        ask.place.write(&mut out);
        out.raw(ask.content.as_bytes());
        out.count(ask.questions.len());
        for question in &ask.questions {
            out.raw(question.as_bytes());
        }
        out.count(ask.homes.len());
        for home in &ask.homes {
            out.text(home.as_str());
        }
        out.count(ask.areas.len());
        for area in &ask.areas {
            out.text(area.as_str());
        }
        for day in [ask.days.0, ask.days.1] {
            out.text(&day.to_string());
        }
        let expires_on = ask.expires_on.map(|day| day.to_string());
        out.text(&expires_on.unwrap_or_default());
        match &ask.withdrawn {
            Some(place) => {
                out.number(1);
                place.write(&mut out);
            }
            None => out.number(0),
        }
        if let Some(idempotency) = &ask.idempotency {
            out.raw(idempotency.request.as_bytes());
            out.raw(idempotency.content.as_bytes());
        }
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or_else(|| damaged("an ask"))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut input = In(bytes);
        let id = u32::try_from(input.number()?).ok()?;
        if input.end().is_some() {
            return Some(Self { id, ask: None });
        }
        let place = Place::read(&mut input)?;
        let content = Digest::from_bytes(input.raw()?);
        let questions = (0..input.count()?)
            .map(|_| input.raw().map(QuestionId::from_bytes))
            .collect::<Option<_>>()?;
        let homes = (0..input.count()?)
            .map(|_| input.text()?.parse().ok())
            .collect::<Option<_>>()?;
        let areas = (0..input.count()?)
            .map(|_| input.text()?.parse().ok())
            .collect::<Option<_>>()?;
        let days = (input.text()?.parse().ok()?, input.text()?.parse().ok()?);
        let expires_on = match input.text()? {
            "" => None,
            day => Some(day.parse().ok()?),
        };
        let withdrawn = match input.number()? {
            0 => None,
            _ => Some(Place::read(&mut input)?),
        };
        let mut idempotency = None;
        if input.end().is_none() {
            idempotency = Some(Idempotency {
                request: Digest::from_bytes(input.raw()?),
                content: Digest::from_bytes(input.raw()?),
            });
            input.end()?;
        }
        let ask = Some(AskEntry {
            place,
            content,
            questions,
            homes,
            areas,
            days,
            expires_on,
            withdrawn,
            idempotency,
        });
        Some(Self { id, ask })
    }
}

/// A sheet: what it is folded from, and to whom something on it was released.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SheetRecord {
    /// The submissions that touch it, in order.
    pub(super) places: Vec<Place>,
    /// Numbers of the asks, in order.
    pub(super) asks: Vec<u32>,
}

impl SheetRecord {
    /// The sequence of its last change.
    pub(super) fn revision(&self) -> u64 {
        self.places.last().map_or(0, |place| place.sequence)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Out::default();
        out.count(self.places.len());
        for place in &self.places {
            place.write(&mut out);
        }
        out.count(self.asks.len());
        for ask in &self.asks {
            out.number(u64::from(*ask));
        }
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let mut input = In(bytes);
            let places = (0..input.count()?)
                .map(|_| Place::read(&mut input))
                .collect::<Option<_>>()?;
            let asks = (0..input.count()?)
                .map(|_| u32::try_from(input.number()?).ok())
                .collect::<Option<_>>()?;
            input.end().map(|()| Self { places, asks })
        };
        read().ok_or_else(|| damaged("a sheet"))
    }
}

/// A request that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestRecord {
    /// Sequence of its first event.
    pub(crate) first: u64,
    /// Digest of what was requested.
    pub(crate) content: Digest,
}

impl RequestRecord {
    /// What becomes of a request that comes under the same id again.
    pub(super) fn again(self, idempotency: &Idempotency) -> Appended {
        if self.content == idempotency.content {
            Appended::Replayed { first: self.first }
        } else {
            Appended::RequestIdReused
        }
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut out = Out::default();
        out.number(self.first);
        out.raw(self.content.as_bytes());
        out.0
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let mut input = In(bytes);
            let first = input.number()?;
            let content = Digest::from_bytes(input.raw()?);
            input.end().map(|()| Self { first, content })
        };
        read().ok_or_else(|| damaged("a request"))
    }
}

/// Something small, kept whole with its revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Small<T> {
    pub(super) revision: u64,
    pub(super) value: T,
}

impl<T: Serialize + DeserializeOwned> Small<T> {
    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("what the ledger keeps as JSON can be kept as JSON again")
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|_| damaged("an entry"))
    }
}

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("an index record is not {what}"))
}

/// Keys, each beginning with a byte that names its kind.
pub(super) mod key {
    use super::{
        AskId, AskName, Digest, HomeId, OrganisationId, Period, Reference, StoreError, damaged,
    };

    pub(in super::super) const ASKS: &[u8] = b"a";
    pub(in super::super) const HOMES: &[u8] = b"h";
    pub(in super::super) const ORGANISATIONS: &[u8] = b"o";
    pub(in super::super) const SHEETS: &[u8] = b"s";
    pub(in super::super) const REQUESTS: &[u8] = b"i";
    pub(in super::super) const TOKENS: &[u8] = b"k";
    pub(in super::super) const POWERS: &[u8] = b"g";
    pub(in super::super) const DECISIONS: &[u8] = b"l";
    pub(in super::super) const DICTIONARY: &[u8] = b"d";
    /// Decisions with what became of them, undone ones too.
    pub(in super::super) const LIVES: &[u8] = b"D";
    pub(in super::super) const TERMS: &[u8] = b"W";
    /// Changes of the dictionary since it was adopted, by sequence.
    pub(in super::super) const CHANGES: &[u8] = b"e";
    pub(in super::super) const PROPOSALS: &[u8] = b"p";
    /// Holds the sequence of the last event that changed the decisions.
    pub(in super::super) const LINKS: &[u8] = b"L";
    pub(in super::super) const ORGANISATION_SUCCESSIONS: &[u8] = b"xo/";
    pub(in super::super) const HOME_SUCCESSIONS: &[u8] = b"xh/";
    pub(in super::super) const PEOPLE: &[u8] = b"xp/";
    /// Hold the sequence of the last event that changed the successions.
    pub(in super::super) const ORGANISATION_SUCCESSIONS_AT: &[u8] = b"xO";
    pub(in super::super) const HOME_SUCCESSIONS_AT: &[u8] = b"xH";

    fn key(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut key = kind.to_vec();
        for part in parts {
            key.extend_from_slice(part);
        }
        key
    }

    pub(in super::super) fn ask(name: &AskName) -> Vec<u8> {
        let (organisation, ask) = (name.organisation.as_str(), name.ask.as_str());
        key(ASKS, &[organisation.as_bytes(), b"/", ask.as_bytes()])
    }

    pub(in super::super) fn ask_name(key: &[u8]) -> Result<AskName, StoreError> {
        let read = || {
            let (organisation, ask) = rest(ASKS, key)?.split_once('/')?;
            Some(AskName {
                organisation: organisation.parse().ok()?,
                ask: ask.parse().ok()?,
            })
        };
        read().ok_or_else(|| damaged("under an ask's name"))
    }

    pub(in super::super) fn sheet(home: &HomeId, reference: &Reference) -> Vec<u8> {
        let reference = reference.to_string();
        key(
            SHEETS,
            &[home.as_str().as_bytes(), b"/", reference.as_bytes()],
        )
    }

    pub(in super::super) fn sheet_name(key: &[u8]) -> Result<(HomeId, Reference), StoreError> {
        let read = || {
            let (home, reference) = rest(SHEETS, key)?.split_once('/')?;
            Some((home.parse().ok()?, reference.parse().ok()?))
        };
        read().ok_or_else(|| damaged("under a sheet's name"))
    }

    pub(in super::super) fn organisation(id: &OrganisationId) -> Vec<u8> {
        key(ORGANISATIONS, &[id.as_str().as_bytes()])
    }

    pub(in super::super) fn home(id: &HomeId) -> Vec<u8> {
        key(HOMES, &[id.as_str().as_bytes()])
    }

    pub(in super::super) fn powers(id: &OrganisationId) -> Vec<u8> {
        key(POWERS, &[id.as_str().as_bytes()])
    }

    pub(in super::super) fn token(id: &str) -> Vec<u8> {
        key(TOKENS, &[id.as_bytes()])
    }

    pub(in super::super) fn decision(id: &str) -> Vec<u8> {
        key(DECISIONS, &[id.as_bytes()])
    }

    pub(in super::super) fn life(id: &str) -> Vec<u8> {
        key(LIVES, &[id.as_bytes()])
    }

    /// Where an element was changed; of no element, where the whole dictionary was.
    pub(in super::super) fn element_changes(element: &str) -> Vec<u8> {
        key(b"E/", &[element.as_bytes()])
    }

    pub(in super::super) fn organisation_succession(id: &OrganisationId) -> Vec<u8> {
        key(ORGANISATION_SUCCESSIONS, &[id.as_str().as_bytes()])
    }

    pub(in super::super) fn home_succession(id: &HomeId) -> Vec<u8> {
        key(HOME_SUCCESSIONS, &[id.as_str().as_bytes()])
    }

    pub(in super::super) fn person(id: &str) -> Vec<u8> {
        key(PEOPLE, &[id.as_bytes()])
    }

    pub(in super::super) fn person_id(key: &[u8]) -> Result<String, StoreError> {
        let id = rest(PEOPLE, key).map(ToOwned::to_owned);
        id.ok_or_else(|| damaged("under a person's id"))
    }

    pub(in super::super) fn change(sequence: u64) -> Vec<u8> {
        key(CHANGES, &[&sequence.to_be_bytes()])
    }

    pub(in super::super) fn proposal(element: &str) -> Vec<u8> {
        key(PROPOSALS, &[element.as_bytes()])
    }

    pub(in super::super) fn digests(home: &HomeId) -> Vec<u8> {
        key(b"m", &[home.as_str().as_bytes()])
    }

    pub(in super::super) fn template(digest: &Digest) -> Vec<u8> {
        key(b"t", &[digest.as_bytes()])
    }

    pub(in super::super) fn filings(home: &HomeId, period: Period) -> Vec<u8> {
        let period = period.to_string();
        key(b"f", &[home.as_str().as_bytes(), b"/", period.as_bytes()])
    }

    pub(in super::super) fn request(digest: &Digest) -> Vec<u8> {
        key(REQUESTS, &[digest.as_bytes()])
    }

    pub(in super::super) fn request_digest(key: &[u8]) -> Result<Digest, StoreError> {
        let digest = key.strip_prefix(REQUESTS).map(<[u8; 32]>::try_from);
        match digest {
            Some(Ok(digest)) => Ok(Digest::from_bytes(digest)),
            _ => Err(damaged("under a request's digest")),
        }
    }

    pub(in super::super) fn receipt(home: &HomeId, receipt: &str) -> Vec<u8> {
        key(b"r", &[home.as_str().as_bytes(), b"/", receipt.as_bytes()])
    }

    pub(in super::super) fn collected(home: &HomeId, reference: &Reference, ask: u32) -> Vec<u8> {
        let (reference, ask) = (reference.to_string(), ask.to_string());
        let (home, reference) = (home.as_str().as_bytes(), reference.as_bytes());
        key(b"c", &[home, b"/", reference, b" ", ask.as_bytes()])
    }

    pub(in super::super) fn acknowledged(
        organisation: &OrganisationId,
        ask: Option<&AskId>,
    ) -> Vec<u8> {
        let ask = ask.map_or("", AskId::as_str);
        key(
            b"A",
            &[organisation.as_str().as_bytes(), b"/", ask.as_bytes()],
        )
    }

    fn rest<'a>(kind: &[u8], key: &'a [u8]) -> Option<&'a str> {
        std::str::from_utf8(key.strip_prefix(kind)?).ok()
    }
}

#[cfg(test)]
mod tests;
