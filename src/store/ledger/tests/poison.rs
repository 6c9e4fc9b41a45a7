//! After a write or sync that failed nothing more is written; a group refused beforehand changes nothing.

use std::fs::{File, OpenOptions};

use super::*;

fn assert_poisoned_by(replacement: File) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2]);
    {
        let mut ledger = open(dir.path(), SMALL);
        let before = ledger.checkpoint();
        ledger.replace_file(replacement);
        assert!(matches!(
            ledger.append(AT, &events(3, 1)),
            Err(LedgerError::Io { .. })
        ));
        assert!(matches!(
            ledger.append(AT, &events(3, 1)),
            Err(LedgerError::Poisoned)
        ));
        assert!(matches!(ledger.append(AT, &[]), Err(LedgerError::Poisoned)));
        assert_eq!(ledger.checkpoint(), before);
        assert_eq!(ledger.reader().checkpoint(), before);
    }
    assert_eq!(verify(dir.path()).unwrap().events, 2);
}

#[test]
fn a_failed_write_poisons_the_ledger() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_poisoned_by(File::open(file.path()).unwrap());
}

#[test]
fn a_full_disk_poisons_the_ledger() {
    assert_poisoned_by(OpenOptions::new().write(true).open("/dev/full").unwrap());
}

#[test]
fn a_failed_sync_poisons_the_ledger() {
    // The null device takes every write and cannot be synced.
    assert_poisoned_by(OpenOptions::new().write(true).open("/dev/null").unwrap());
}

#[test]
fn a_failed_rotation_poisons_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[7]);
    let mut ledger = open(dir.path(), SMALL);
    std::fs::write(segment::path(dir.path(), 8), b"in the way").unwrap();
    assert!(matches!(
        ledger.append(AT, &events(8, 7)),
        Err(LedgerError::Io { .. })
    ));
    assert!(matches!(
        ledger.append(AT, &events(8, 1)),
        Err(LedgerError::Poisoned)
    ));
    assert!(matches!(
        ledger.erase(Position {
            sequence: 1,
            segment: 1,
            offset: 0,
            length: 0
        }),
        Err(LedgerError::Poisoned)
    ));
}

#[test]
fn an_event_that_breaks_a_rule_is_refused() {
    let long = "K".repeat(KIND_BYTES_MAX + 1);
    let large = [b"{".repeat(BODY_BYTES_MAX), b"}".to_vec()].concat();
    for (kind, body) in [
        ("Asked", &b""[..]),
        ("Asked", b"[]"),
        ("Asked", b"{}\n"),
        ("Asked", b"{\n}"),
        ("Asked", &large),
        ("", b"{}"),
        ("Ask\"ed", b"{}"),
        (&long, b"{}"),
    ] {
        let refused = NewEvent::new(kind.to_owned(), body.to_vec(), [0; SALT_BYTES]);
        assert!(matches!(refused, Err(LedgerError::Rejected { .. })));
    }
}

#[test]
fn a_group_that_breaks_a_bound_is_refused_and_the_next_one_succeeds() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = open(dir.path(), Options::default());
    let mut assert_refused = |recorded_at: &str, group: &[NewEvent]| {
        let refused = ledger.append(recorded_at, group);
        assert!(matches!(refused, Err(LedgerError::Rejected { .. })));
    };
    let too_long = "0".repeat(RECORDED_AT_BYTES_MAX + 1);
    for recorded_at in ["", "now", "2026-11-21T09:00:00Z\"", &too_long] {
        assert_refused(recorded_at, &events(1, 1));
    }
    assert_refused(AT, &vec![event(1); FRAME_EVENTS_MAX + 1]);
    let body = [b"{".repeat(BODY_BYTES_MAX - 1), b"}".to_vec()].concat();
    let largest = NewEvent::new("AskSubmitted", body, [0; SALT_BYTES]).unwrap();
    assert_refused(AT, &vec![largest.clone(); 8]);
    assert_eq!(ledger.append(AT, &[largest]).unwrap().len(), 1);
    drop(ledger);
    assert_eq!(verify(dir.path()).unwrap().events, 1);
}
