//! What is written is read back, across segments, by position and in order.

use super::*;

#[test]
fn a_ledger_reads_back_what_was_appended_across_segments() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[1, 3, 9, 2, 30, 1, 1, 5]);
    assert!(
        files(dir.path()).len() > 3,
        "the groups fill several segments"
    );
    let (ledger, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
    assert_eq!(recovery.events, 52);
    assert_eq!(recovery.torn, None);
    assert_eq!(seen.len(), 52);
    assert_bodies(&seen, 1);
    let reader = ledger.reader();
    for ((stored, _), position) in seen.iter().zip(&positions) {
        assert_eq!(stored.position, *position);
        assert_eq!(reader.read(*position).unwrap(), *stored);
        assert_eq!(
            (stored.kind.as_str(), stored.recorded_at.as_str()),
            ("AskSubmitted", AT)
        );
    }
    let verified = verify(dir.path()).unwrap();
    assert_eq!(
        (verified.events, verified.erased, verified.head_sequence),
        (52, 0, 52)
    );
    assert_eq!(verified.head_chain, ledger.checkpoint().chain);
    assert_eq!(verified.segments, recovery.segments);
}

#[test]
fn appends_go_on_where_an_earlier_run_ended() {
    let dir = tempfile::tempdir().unwrap();
    for group in [3, 4, 20, 1] {
        write(dir.path(), SMALL, &[group]);
    }
    let (_, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
    assert_eq!(recovery.events, 28);
    assert_bodies(&seen, 1);
}

#[test]
fn a_scan_begins_after_any_event_and_any_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[1, 3, 9, 2, 30, 1, 1, 5]);
    let (ledger, _, seen) = replay(dir.path(), SMALL, None).unwrap();
    let sequences =
        |scan: Scan| -> Vec<u64> { scan.map(|stored| stored.unwrap().sequence).collect() };
    let checkpoints = std::iter::once(Checkpoint::START).chain(seen.iter().map(|seen| seen.1));
    for checkpoint in checkpoints {
        let after = checkpoint.sequence;
        let expected: Vec<u64> = (after + 1..=52).collect();
        for start in [Start::After(after), Start::Checkpoint(checkpoint)] {
            assert_eq!(sequences(scan(dir.path(), start).unwrap()), expected);
            assert_eq!(sequences(ledger.reader().scan(start).unwrap()), expected);
        }
    }
    assert_eq!(
        sequences(scan(dir.path(), Start::After(1_000)).unwrap()),
        Vec::<u64>::new()
    );
    assert_eq!(
        sequences(scan(dir.path(), Start::Beginning).unwrap()).len(),
        52
    );
}

#[test]
fn readers_beside_the_writer_see_every_acknowledged_event_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = open(dir.path(), SMALL);
    let (sender, receiver) = std::sync::mpsc::channel::<Position>();
    let reader = ledger.reader();
    let follower = std::thread::spawn(move || {
        let mut seen = 0;
        for position in receiver {
            assert_eq!(reader.read(position).unwrap().sequence, position.sequence);
            let head = reader.checkpoint().sequence;
            for stored in reader.scan(Start::After(seen)).unwrap() {
                seen += 1;
                assert_eq!(stored.unwrap().sequence, seen);
            }
            assert!(seen >= head);
        }
        seen
    });
    for round in 0..60 {
        let group = events(ledger.checkpoint().sequence + 1, round % 7 + 1);
        for position in ledger.append(AT, &group).unwrap() {
            sender.send(position).unwrap();
        }
    }
    drop(sender);
    assert_eq!(follower.join().unwrap(), ledger.checkpoint().sequence);
}

#[test]
fn an_empty_ledger_verifies_and_an_empty_group_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = open(dir.path(), SMALL);
    assert_eq!(ledger.append(AT, &[]).unwrap(), vec![]);
    assert_eq!(ledger.checkpoint(), Checkpoint::START);
    let verified = verify(dir.path()).unwrap();
    assert_eq!((verified.events, verified.segments), (0, 1));
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path(), SMALL);
    assert!(matches!(
        replay(dir.path(), SMALL, None),
        Err(LedgerError::InUse { .. })
    ));
    drop(ledger);
    open(dir.path(), SMALL);
}

#[test]
fn the_visitor_can_stop_the_replay() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[5]);
    let stopped = Ledger::open(dir.path(), SMALL, None, &mut |stored, _| {
        if stored.sequence < 3 {
            Ok(())
        } else {
            Err("full")
        }
    });
    assert!(matches!(
        stopped,
        Err(LedgerError::Visit { sequence: 3, .. })
    ));
}
