//! The file: frozen, and found out wherever it is not as it was written.

use super::*;
use crate::store::ledger::{MovedEvent, NewEvent, Said, chain_value};

/// A file as it was written by the first version.
const SAMPLE: &str = include_str!("sample-v1.jsonl");

const AT: &str = "2026-11-22T09:00:00.5Z";

/// Every thing in a file, or why it is refused.
fn read(text: &str) -> Result<(Vec<Item>, Moved), MoveError> {
    let mut bytes = text.as_bytes();
    let mut file = LedgerFile::begin(&mut bytes)?;
    let mut items = Vec::new();
    loop {
        match file.next()? {
            Item::End(moved) => return Ok((items, moved)),
            item => items.push(item),
        }
    }
}

fn written(items: &[Item]) -> String {
    let mut out = Vec::new();
    let mut file = Exporting::begin(&mut out).unwrap();
    for item in items {
        match item {
            Item::Event(event) => file.event(event).unwrap(),
            Item::Draft(home, period, draft) => file.draft(home, *period, draft).unwrap(),
            Item::End(_) => {}
        }
    }
    file.end().unwrap();
    String::from_utf8(out).unwrap()
}

/// An event after another, as a ledger would have it.
fn event(sequence: u64, before: &Digest, body: &str) -> MovedEvent {
    let salt = [u8::try_from(sequence).unwrap(); 16];
    let new = NewEvent::new("Something", body.as_bytes().to_vec(), salt).unwrap();
    let commitment = *new.commitment();
    MovedEvent {
        sequence,
        recorded_at: AT.to_owned(),
        kind: "Something".to_owned(),
        commitment,
        chain: chain_value(before, (sequence, AT), "Something", &commitment),
        said: Some(Said {
            salt,
            body: body.to_owned(),
        }),
    }
}

/// Two events, the second of them erased, and a draft.
fn items() -> Vec<Item> {
    // A body is kept to the letter, whatever JSON might also allow.
    let first = event(1, &Digest::ZERO, "{\"a\" : 1.50,\"b\":\"\\u00e9é\"}");
    let mut second = event(2, &first.chain, "{\"gone\":true}");
    second.said = None;
    let draft = crate::domain::draft::Draft::new("d-1".to_owned());
    vec![
        Item::Event(first),
        Item::Event(second),
        Item::Draft(
            "1-100000001".parse().unwrap(),
            "2026-11".parse().unwrap(),
            draft,
        ),
    ]
}

/// Asserts that a file is refused at a line, in words that say why.
#[track_caller]
fn refused(text: &str, at: u64, words: &str) {
    match read(text) {
        Err(MoveError::File { line, why }) => {
            assert_eq!(line, at, "{why}");
            assert!(why.contains(words), "{why}");
        }
        other => panic!("{words}: {other:?}"),
    }
}

#[test]
fn what_the_first_version_wrote_reads_and_is_written_the_same() {
    let (items, moved) = read(SAMPLE).unwrap();
    assert_eq!((moved.events, moved.erased, moved.drafts), (2, 1, 1));
    assert_eq!(written(&items), SAMPLE);
}

#[test]
fn a_body_comes_back_to_the_letter() {
    let text = written(&items());
    assert_eq!(text, SAMPLE);
    let (back, _) = read(&text).unwrap();
    let body = |items: &[Item]| match &items[0] {
        Item::Event(event) => event.said.clone().unwrap().body,
        other => panic!("{other:?}"),
    };
    assert_eq!(body(&back), body(&items()));
}

#[test]
fn a_file_cut_after_any_byte_is_refused() {
    for end in 0..SAMPLE.len() {
        let Some(cut) = SAMPLE.get(..end) else {
            continue;
        };
        let refused = read(cut);
        assert!(matches!(refused, Err(MoveError::File { .. })), "at {end}");
    }
    let whole_lines: Vec<&str> = SAMPLE.split_inclusive('\n').collect();
    refused(&whole_lines[..3].concat(), 4, "it was cut");
}

#[test]
fn a_file_with_any_byte_changed_is_refused() {
    for place in 0..SAMPLE.len() {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes[place] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        assert!(read(&text).is_err(), "at {place}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_event() {
    let line = |number: usize| SAMPLE.lines().nth(number - 1).unwrap();
    let with = |number: usize, text: &str| SAMPLE.replace(line(number), text);
    refused("{\"sequence\":1}\n", 1, "names the format");
    refused(
        &with(1, "{\"format\":\"askonce-ledger-export 2\"}"),
        1,
        "another version",
    );
    let changed = line(2).replace("1.50", "1.51");
    refused(&with(2, &changed), 2, "event 1: its body does not match");
    let changed = line(3).replace("Something", "Anything");
    refused(
        &with(3, &changed),
        3,
        "event 2: its header does not continue",
    );
    let lost = SAMPLE.replace(&format!("{}\n", line(2)), "");
    refused(&lost, 2, "event 1: event 2 stands in its place");
    refused(&with(4, "{\"draft\":7}"), 4, "the draft does not read");
    let lost = SAMPLE.replace(&format!("{}\n", line(4)), "");
    refused(&lost, 4, "it should hold 2 events and 1 drafts");
    let changed = line(4).replace("d-1", "d-2");
    refused(&with(4, &changed), 5, "not as it was written");
    refused(&format!("{SAMPLE}\n"), 6, "behind the end");
}
