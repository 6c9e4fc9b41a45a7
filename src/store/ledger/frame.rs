//! Frames: how one is written around its events, and how one is read back and judged.
//!
//! The judgement has three outcomes, which decide whether a crash may be to blame: the frame holds; it may
//! be *unfinished* (its checksum or a body does not verify, as after a write cut short); or it *contradicts*
//! the ledger (its checksum verifies, so it was written whole, and still it does not fit).

use super::chain::{CHECKSUM_BYTES, Checksum, Digest, Hashes, from_hex, push_hex};
use super::event::{self, parse_number, push_number};
use super::{FRAME_BYTES_MAX, FRAME_EVENTS_MAX, Position, Stored};

/// Longest frame line, in bytes with its newline: the word, three numbers and a checksum.
pub(super) const FRAME_LINE_BYTES_MAX: usize = 96;

const WORD: &[u8] = b"frame ";

/// What a frame line says.
pub(super) struct FrameLine<'a> {
    pub(super) first: u64,
    pub(super) events: usize,
    pub(super) payload_bytes: usize,
    /// Bytes of the line itself, with its newline.
    pub(super) line_bytes: usize,
    checksum: Checksum,
    /// The three numbers as written, which end what the checksum covers.
    numbers: &'a [u8],
}

/// Where a frame begins, and what must come before it, if known.
pub(super) struct Expected {
    pub(super) segment: u64,
    /// Byte offset of the frame line.
    pub(super) offset: u64,
    /// The sequence that its first event must have.
    pub(super) sequence: Option<u64>,
    /// The chain value before its first event.
    pub(super) chain: Option<Digest>,
}

/// Why a frame does not hold.
pub(super) enum FrameFault {
    /// A write cut short could look like this.
    Unfinished { offset: u64, why: &'static str },
    /// It was written whole, yet does not fit what stands before it, or is not understood.
    Contradiction { offset: u64, why: String },
}

/// The frame line for a payload whose events have been added to the frame checksum of `hashes`.
pub(super) fn line(
    hashes: &mut Hashes,
    first: u64,
    events: usize,
    payload_bytes: usize,
) -> Vec<u8> {
    let mut line = Vec::with_capacity(FRAME_LINE_BYTES_MAX);
    line.extend_from_slice(WORD);
    push_number(&mut line, first);
    line.push(b' ');
    push_number(&mut line, events as u64);
    line.push(b' ');
    push_number(&mut line, payload_bytes as u64);
    let checksum = hashes.frame_end(&line[WORD.len()..]);
    line.push(b' ');
    push_hex(&mut line, &checksum);
    line.push(b'\n');
    line
}

/// Reads a frame line at the start of `text`, which may go on behind it; `None` if there is none.
pub(super) fn parse_line(text: &[u8]) -> Option<FrameLine<'_>> {
    let rest = text[..text.len().min(FRAME_LINE_BYTES_MAX)].strip_prefix(WORD)?;
    let rest = &rest[..rest.iter().position(|byte| *byte == b'\n')?];
    let (numbers, checksum) =
        rest.split_at_checked(rest.len().checked_sub(2 * CHECKSUM_BYTES + 1)?)?;
    let mut parts = numbers.split(|byte| *byte == b' ').map(parse_number);
    let (first, events, bytes) = (parts.next()??, parts.next()??, parts.next()??);
    let (events, payload_bytes) = (usize::try_from(events).ok()?, usize::try_from(bytes).ok()?);
    let bounded = (1..=FRAME_EVENTS_MAX).contains(&events) && payload_bytes <= FRAME_BYTES_MAX;
    (bounded && parts.next().is_none()).then_some(())?;
    Some(FrameLine {
        first,
        events,
        payload_bytes,
        line_bytes: WORD.len() + rest.len() + 1,
        checksum: from_hex(checksum.strip_prefix(b" ")?)?,
        numbers,
    })
}

/// Verifies a frame's payload and returns its events.
pub(super) fn decode(
    hashes: &mut Hashes,
    expected: &Expected,
    line: &FrameLine<'_>,
    payload: &[u8],
) -> Result<Vec<Stored>, FrameFault> {
    let lines = split(hashes, line, payload).ok_or(FrameFault::Unfinished {
        offset: expected.offset,
        why: "a frame does not match its checksum",
    })?;
    if let Some(sequence) = expected.sequence.filter(|sequence| *sequence != line.first) {
        let why = format!("event {sequence} is expected, event {} found", line.first);
        let offset = expected.offset;
        return Err(FrameFault::Contradiction { offset, why });
    }
    let mut events = Vec::with_capacity(lines.len());
    let mut unfinished = None;
    let mut before = expected.chain;
    let mut offset = expected.offset + line.line_bytes as u64;
    for ((header_line, body_line), sequence) in lines.into_iter().zip(line.first..) {
        let contradiction = |why: &str| FrameFault::Contradiction {
            offset,
            why: format!("event {sequence}: {why}"),
        };
        let header = event::parse_header(header_line).map_err(contradiction)?;
        if header.sequence != sequence {
            return Err(contradiction("its header has another sequence"));
        }
        if before.is_some_and(|before| hashes.chain(&before, header.open) != header.chain) {
            return Err(contradiction(
                "the chain does not continue the event before",
            ));
        }
        before = Some(header.chain);
        let length = header_line.len() + body_line.len();
        match event::parse_body(hashes, body_line, &header.commitment) {
            Ok((body, salt)) => events.push(Stored {
                position: Position {
                    sequence,
                    segment: expected.segment,
                    offset,
                    length: u32::try_from(length).expect("a frame is smaller than 4 GiB"),
                },
                sequence,
                recorded_at: header.recorded_at.to_owned(),
                kind: header.kind.to_owned(),
                commitment: header.commitment,
                chain: header.chain,
                body,
                salt,
            }),
            Err(why) => {
                let offset = offset + header_line.len() as u64;
                unfinished.get_or_insert(FrameFault::Unfinished { offset, why });
            }
        }
        offset += length as u64;
    }
    unfinished.map_or(Ok(events), Err)
}

/// The header and body lines of a payload, if they are as many as the frame says and match its checksum.
fn split<'a>(
    hashes: &mut Hashes,
    line: &FrameLine<'_>,
    payload: &'a [u8],
) -> Option<Vec<(&'a [u8], &'a [u8])>> {
    hashes.frame_begin();
    let mut lines = Vec::with_capacity(line.events);
    let mut rest = payload.split_inclusive(|byte| *byte == b'\n');
    for _ in 0..line.events {
        let (header, body) = (rest.next()?, rest.next()?);
        hashes.frame_event(header, body.len());
        lines.push((header, body));
    }
    let whole = rest.next().is_none() && payload.ends_with(b"\n");
    (whole && hashes.frame_end(line.numbers) == line.checksum).then_some(lines)
}
