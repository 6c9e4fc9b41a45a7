//! A checkpoint saves replaying what is applied, and proves that it is still there.

use super::*;

#[test]
fn opening_from_any_checkpoint_replays_exactly_what_follows() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[1, 3, 9, 2, 12, 1]);
    let (ledger, _, all) = replay(dir.path(), SMALL, None).unwrap();
    let head = ledger.checkpoint();
    drop(ledger);
    assert_eq!(all.last().unwrap().1, head);
    for (index, (_, checkpoint)) in all.iter().enumerate() {
        let (ledger, recovery, seen) = replay(dir.path(), SMALL, Some(*checkpoint)).unwrap();
        assert_eq!(seen, all[index + 1..]);
        assert_eq!(recovery.events, seen.len() as u64);
        assert_eq!(ledger.checkpoint(), head);
    }
}

#[test]
fn appends_go_on_after_a_checkpointed_open() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[1, 3]);
    let (ledger, _, seen) = replay(dir.path(), SMALL, None).unwrap();
    let head = ledger.checkpoint();
    drop(ledger);
    for checkpoint in [head, seen[1].1] {
        let (mut ledger, ..) = replay(dir.path(), SMALL, Some(checkpoint)).unwrap();
        let next = events(ledger.checkpoint().sequence + 1, 1);
        ledger.append(AT, &next).unwrap();
    }
    assert_eq!(verify(dir.path()).unwrap().events, 6);
}

#[test]
fn what_stands_before_the_checkpoint_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[8, 8, 8]);
    let (ledger, ..) = replay(dir.path(), SMALL, None).unwrap();
    let head = ledger.checkpoint();
    drop(ledger);
    let path = files(dir.path()).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[500] ^= 0x01;
    std::fs::write(&path, bytes).unwrap();
    assert!(replay(dir.path(), SMALL, Some(head)).is_ok());
    assert!(is_damaged(&replay(dir.path(), SMALL, None)));
}

#[test]
fn a_checkpoint_that_the_ledger_does_not_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[8, 8, 3, 2]);
    let (ledger, _, seen) = replay(dir.path(), SMALL, None).unwrap();
    let head = ledger.checkpoint();
    drop(ledger);
    let refused = |from: Checkpoint| {
        matches!(
            replay(dir.path(), SMALL, Some(from)),
            Err(LedgerError::CheckpointMismatch { .. })
        )
    };
    assert!(refused(Checkpoint {
        chain: Digest([1; Digest::BYTES]),
        ..head
    }));
    assert!(refused(Checkpoint {
        chain: seen[0].1.chain,
        ..head
    }));
    assert!(refused(Checkpoint {
        sequence: head.sequence - 2,
        ..head
    }));
    assert!(refused(Checkpoint {
        sequence: head.sequence + 1,
        ..head
    }));
    assert!(refused(Checkpoint { segment: 2, ..head }));
    assert!(refused(Checkpoint {
        frame: head.frame + 1,
        ..head
    }));
    assert!(refused(Checkpoint {
        frame: 1 << 40,
        ..head
    }));
    std::fs::remove_file(files(dir.path()).pop().unwrap()).unwrap();
    assert!(refused(head));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        replay(empty.path(), SMALL, Some(head)),
        Err(LedgerError::CheckpointMismatch { .. })
    ));
}

#[test]
fn a_checkpoint_tells_damage_in_the_last_frame_from_a_torn_write() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2, 2]);
    let (ledger, ..) = replay(dir.path(), SMALL, None).unwrap();
    let head = ledger.checkpoint();
    drop(ledger);
    let path = files(dir.path()).pop().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let last = usize::try_from(head.frame).unwrap();
    for index in last..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x01;
        std::fs::write(&path, &flipped).unwrap();
        let opened = replay(dir.path(), SMALL, Some(head));
        assert!(
            is_damaged(&opened) || matches!(opened, Err(LedgerError::CheckpointMismatch { .. })),
            "byte {index}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), flipped);
    }
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(is_damaged(&replay(dir.path(), SMALL, Some(head))));
}

#[test]
fn a_torn_frame_after_the_checkpoint_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2, 2, 2]);
    let (ledger, _, seen) = replay(dir.path(), SMALL, None).unwrap();
    drop(ledger);
    let path = files(dir.path()).pop().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let (ledger, recovery, tail) = replay(dir.path(), SMALL, Some(seen[1].1)).unwrap();
    assert_eq!((recovery.events, tail.len()), (2, 2));
    assert!(recovery.torn.is_some());
    assert_eq!(ledger.checkpoint(), seen[3].1);
}

#[test]
fn positions_and_checkpoints_survive_json() {
    let dir = tempfile::tempdir().unwrap();
    let position = write(dir.path(), SMALL, &[2])[1];
    let checkpoint = open(dir.path(), SMALL).checkpoint();
    let text = serde_json::to_string(&(position, checkpoint)).unwrap();
    assert_eq!(
        serde_json::from_str::<(Position, Checkpoint)>(&text).unwrap(),
        (position, checkpoint)
    );
}
