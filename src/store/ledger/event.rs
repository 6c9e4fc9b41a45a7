//! The two lines of an event: written by hand, read strictly.
//!
//! A line that differs from what this module writes, even by a space, is not understood: there is one
//! canonical text per event, which is what the chain hashes.

use std::io::Write as _;

use super::chain::{Digest, Hashes, from_hex, push_hex};
use super::{
    BODY_BYTES_MAX, Body, HEADER_LINE_BYTES_MAX, KIND_BYTES_MAX, RECORDED_AT_BYTES_MAX, SALT_BYTES,
};

const VERSION: &[u8] = b"{\"v\":";
const SEQUENCE: &[u8] = b"1,\"sequence\":";
const RECORDED_AT: &[u8] = b",\"recorded_at\":\"";
const KIND: &[u8] = b"\",\"kind\":\"";
const COMMITMENT: &[u8] = b"\",\"commitment\":\"";
const CHAIN: &[u8] = b",\"chain\":\"";
const SALT: &[u8] = b"{\"salt\":\"";
const BODY: &[u8] = b"\",\"body\":";
const ERASED_OPEN: &[u8] = b"{\"erased\":\"";
const ERASED_CLOSE: &[u8] = b"\"}\n";

/// Bytes of a header line from the comma before `chain` to the end, with its newline.
const CHAIN_MEMBER_BYTES: usize = CHAIN.len() + 2 * Digest::BYTES + 3;

/// Bytes of a body line beside the body itself.
pub(super) const BODY_LINE_OVERHEAD_BYTES: usize = SALT.len() + 2 * SALT_BYTES + BODY.len() + 2;

/// What a header line says.
pub(super) struct Header<'a> {
    pub(super) sequence: u64,
    pub(super) recorded_at: &'a str,
    pub(super) kind: &'a str,
    pub(super) commitment: Digest,
    pub(super) chain: Digest,
    /// The line up to the comma before `chain`: what the chain covers.
    pub(super) open: &'a [u8],
}

/// What is written of an event.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) recorded_at: &'a str,
    pub(super) kind: &'a str,
    pub(super) commitment: &'a Digest,
    /// The salt and the body; none of an erased one.
    pub(super) said: Option<(&'a [u8; SALT_BYTES], &'a [u8])>,
}

/// Checks what a new event must keep to; the error names the rule.
pub(super) fn check(kind: &str, body: &[u8]) -> Result<(), &'static str> {
    check_kind(kind)?;
    if body.len() > BODY_BYTES_MAX {
        return Err("the body of an event is too large");
    }
    if !(body.starts_with(b"{") && body.ends_with(b"}")) {
        return Err("the body of an event is not a JSON object");
    }
    if body.contains(&b'\n') {
        return Err("the body of an event is more than one line");
    }
    Ok(())
}

/// Checks what the kind of an event must keep to; the error names the rule.
pub(super) fn check_kind(kind: &str) -> Result<(), &'static str> {
    if kind.is_empty() || kind.len() > KIND_BYTES_MAX {
        return Err("the kind of an event is empty or too long");
    }
    if !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("the kind of an event has characters other than letters and digits");
    }
    Ok(())
}

/// Whether a time stamp has only the characters of RFC 3339, so that it needs no escaping.
pub(super) fn is_time_stamp(text: &str) -> bool {
    (1..=RECORDED_AT_BYTES_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"TZ:.+-".contains(&byte))
}

/// Appends an event's two lines to `out` and returns its chain value and the bytes of its header line.
pub(super) fn push(
    out: &mut Vec<u8>,
    hashes: &mut Hashes,
    before: &Digest,
    sequence: u64,
    event: &Lines<'_>,
) -> (Digest, usize) {
    let start = out.len();
    let numbered = (sequence, event.recorded_at);
    push_open_header(out, numbered, event.kind, event.commitment);
    let chain = hashes.chain(before, &out[start..]);
    out.extend_from_slice(CHAIN);
    push_hex(out, &chain.0);
    out.extend_from_slice(b"\"}\n");
    let header_line_bytes = out.len() - start;

    if let Some((salt, body)) = event.said {
        out.extend_from_slice(SALT);
        push_hex(out, salt);
        out.extend_from_slice(BODY);
        out.extend_from_slice(body);
        out.extend_from_slice(b"}\n");
    } else {
        out.extend_from_slice(ERASED_OPEN);
        out.extend_from_slice(ERASED_CLOSE);
    }
    (chain, header_line_bytes)
}

/// Appends an event's header up to the comma before `chain`: what the chain covers.
pub(super) fn push_open_header(
    out: &mut Vec<u8>,
    (sequence, recorded_at): (u64, &str),
    kind: &str,
    commitment: &Digest,
) {
    out.extend_from_slice(VERSION);
    out.extend_from_slice(SEQUENCE);
    push_number(out, sequence);
    out.extend_from_slice(RECORDED_AT);
    out.extend_from_slice(recorded_at.as_bytes());
    out.extend_from_slice(KIND);
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(COMMITMENT);
    push_hex(out, &commitment.0);
    out.push(b'"');
}

/// Reads a header line, with its newline; the error says why it is not one.
pub(super) fn parse_header(line: &[u8]) -> Result<Header<'_>, &'static str> {
    const SHAPE: &str = "an event header has another shape than this format's";
    if line.len() > HEADER_LINE_BYTES_MAX || line.len() < CHAIN_MEMBER_BYTES {
        return Err(SHAPE);
    }
    let rest = line.strip_prefix(VERSION).ok_or(SHAPE)?;
    let rest = rest
        .strip_prefix(SEQUENCE)
        .ok_or("an event header has a version that this build does not know")?;
    let (open, chain) = line.split_at(line.len() - CHAIN_MEMBER_BYTES);
    let parse = || {
        let (sequence, rest) = rest.split_at_checked(rest.iter().position(|b| *b == b',')?)?;
        let (recorded_at, rest) = until_quote(rest.strip_prefix(RECORDED_AT)?)?;
        let (kind, rest) = until_quote(rest.strip_prefix(KIND)?)?;
        let commitment = rest
            .strip_prefix(COMMITMENT)?
            .get(..2 * Digest::BYTES + 1)?
            .strip_suffix(b"\"")?;
        Some(Header {
            sequence: parse_number(sequence)?,
            recorded_at: std::str::from_utf8(recorded_at).ok()?,
            kind: std::str::from_utf8(kind).ok()?,
            commitment: Digest::from_hex(commitment)?,
            chain: Digest::from_hex(chain.strip_prefix(CHAIN)?.strip_suffix(b"\"}\n")?)?,
            open,
        })
    };
    let header = parse().ok_or(SHAPE)?;
    // The members were read from the front and the chain from the back: they must meet.
    if canonical_open_bytes(&header) == open.len() {
        Ok(header)
    } else {
        Err(SHAPE)
    }
}

/// Reads a body line, with its newline, and checks it against its commitment; the error says what is wrong.
/// The salt comes with the body, none with an erased one.
pub(super) fn parse_body(
    hashes: &mut Hashes,
    line: &[u8],
    commitment: &Digest,
) -> Result<(Body, Option<[u8; SALT_BYTES]>), &'static str> {
    if is_erased(line) {
        return Ok((Body::Erased, None));
    }
    let parse = || {
        let rest = line.strip_prefix(SALT)?;
        let (salt, rest) = rest.split_at_checked(2 * SALT_BYTES)?;
        let body = rest.strip_prefix(BODY)?.strip_suffix(b"}\n")?;
        Some((from_hex(salt)?, body))
    };
    let (salt, body) = parse().ok_or("an event body has another shape than this format's")?;
    if hashes.commitment(&salt, body) != *commitment {
        return Err("an event body does not match its commitment");
    }
    Ok((Body::Present(body.to_vec()), Some(salt)))
}

/// The line that stands for an erased body: as long as the body line it replaces.
///
/// `None` if no body line is that short.
pub(super) fn erased_line(length: usize) -> Option<Vec<u8>> {
    let dots = length.checked_sub(ERASED_OPEN.len() + ERASED_CLOSE.len())?;
    let mut line = ERASED_OPEN.to_vec();
    line.resize(ERASED_OPEN.len() + dots, b'.');
    line.extend_from_slice(ERASED_CLOSE);
    Some(line)
}

fn is_erased(line: &[u8]) -> bool {
    line.strip_prefix(ERASED_OPEN)
        .and_then(|rest| rest.strip_suffix(ERASED_CLOSE))
        .is_some_and(|dots| dots.iter().all(|byte| *byte == b'.'))
}

/// Appends a number in decimal.
pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    write!(out, "{number}").expect("a vector takes every write");
}

/// Reads a decimal number as [`push_number`] writes it: no sign, no leading zero.
pub(super) fn parse_number(text: &[u8]) -> Option<u64> {
    let canonical =
        text.iter().all(u8::is_ascii_digit) && (text.len() == 1 || text.first()? != &b'0');
    let text = canonical.then_some(text)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn until_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    text.split_at_checked(text.iter().position(|byte| *byte == b'"')?)
}

fn canonical_open_bytes(header: &Header<'_>) -> usize {
    let digits = header.sequence.checked_ilog10().unwrap_or(0) as usize + 1;
    let fixed = [VERSION, SEQUENCE, RECORDED_AT, KIND, COMMITMENT];
    let fixed: usize = fixed.iter().map(|text| text.len()).sum();
    fixed + digits + header.recorded_at.len() + header.kind.len() + 2 * Digest::BYTES + 1
}
