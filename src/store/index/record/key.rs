//! Keys, each beginning with a byte that names its kind.

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
