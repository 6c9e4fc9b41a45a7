//! What no crash explains stops the ledger, with file and offset, wherever it is.

use std::path::Path;

use super::*;

/// What verify makes of a ledger: `true` if damaged, `false` if torn; to find nothing is a failure.
fn is_called_damaged(dir: &Path) -> bool {
    match verify(dir) {
        Err(LedgerError::Damaged { .. }) => true,
        Ok(Verified { torn: Some(_), .. }) => false,
        other => panic!("unexpected: {other:?}"),
    }
}

#[test]
fn every_flipped_byte_is_noticed_and_refused_unless_in_the_last_frame() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2, 1, 2]);
    let path = files(dir.path()).pop().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let offsets = frame_offsets(&path);
    let last = offsets[offsets.len() - 2];
    for index in 0..bytes.len() {
        for flip in [0x01, bytes[index] ^ b'\n']
            .into_iter()
            .filter(|flip| *flip != 0)
        {
            let mut flipped = bytes.clone();
            flipped[index] ^= flip;
            std::fs::write(&path, &flipped).unwrap();
            let damaged = is_called_damaged(dir.path());
            assert!(
                damaged || index >= last,
                "byte {index} ^ {flip:#x} is refused"
            );
            // Open walks as verify does, and syncs besides: a sample shows that it refuses the same.
            if damaged && index % 17 == 0 {
                assert!(is_damaged(&replay(dir.path(), SMALL, None)), "byte {index}");
            }
        }
    }
}

#[test]
fn every_flipped_byte_of_an_earlier_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2, 6, 1, 7, 1]);
    let path = files(dir.path()).remove(0);
    let bytes = std::fs::read(&path).unwrap();
    for index in (0..bytes.len()).step_by(3) {
        let mut flipped = bytes.clone();
        flipped[index] ^= 0x01;
        std::fs::write(&path, &flipped).unwrap();
        assert!(is_called_damaged(dir.path()), "byte {index} is refused");
    }
}

#[test]
fn a_flipped_body_byte_is_a_commitment_failure_at_its_offset() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[2, 1]);
    let path = files(dir.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let place = positions[1];
    let end = usize::try_from(place.offset).unwrap() + place.length as usize;
    bytes[end - 4] ^= 0x01;
    std::fs::write(&path, &bytes).unwrap();
    let Err(LedgerError::Damaged {
        segment,
        offset,
        why,
    }) = verify(dir.path())
    else {
        panic!("the flip is damage");
    };
    assert_eq!(segment, 1);
    assert!((place.offset..end as u64).contains(&offset), "{offset}");
    assert!(why.contains("does not match its commitment"), "{why}");
}

#[test]
fn a_reader_refuses_a_flipped_body_and_a_position_of_another_event() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[2, 1]);
    let ledger = open(dir.path(), SMALL);
    let reader = ledger.reader();
    let other = Position {
        sequence: 2,
        ..positions[0]
    };
    assert!(is_damaged(&reader.read(other)));
    for shifted in [-1_i32, 1] {
        let offset = positions[1]
            .offset
            .checked_add_signed(shifted.into())
            .unwrap();
        assert!(is_damaged(&reader.read(Position {
            offset,
            ..positions[1]
        })));
        let length = positions[1].length.checked_add_signed(shifted).unwrap();
        assert!(is_damaged(&reader.read(Position {
            length,
            ..positions[1]
        })));
    }
    let beyond = Position {
        offset: 1 << 40,
        ..positions[1]
    };
    assert!(is_damaged(&reader.read(beyond)));
    let path = files(dir.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let end = usize::try_from(positions[1].offset).unwrap() + positions[1].length as usize;
    bytes[end - 4] ^= 0x01;
    std::fs::write(&path, &bytes).unwrap();
    assert!(is_damaged(&reader.read(positions[1])));
    assert!(reader.read(positions[0]).is_ok());
}

#[test]
fn a_missing_segment_is_refused_at_the_front_and_in_the_middle() {
    for missing in [0, 1, 2] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), SMALL, &[8, 8, 8, 8]);
        let paths = files(dir.path());
        assert_eq!(paths.len(), 4);
        std::fs::remove_file(&paths[missing]).unwrap();
        assert!(is_damaged(&verify(dir.path())));
        assert!(is_damaged(&replay(dir.path(), SMALL, None)));
    }
}

#[test]
fn an_earlier_segment_cut_short_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[4, 4, 8, 8]);
    let path = files(dir.path()).remove(0);
    let bytes = std::fs::read(&path).unwrap();
    for end in [
        0,
        10,
        bytes.len() / 2,
        frame_offsets(&path)[1],
        bytes.len() - 1,
    ] {
        std::fs::write(&path, &bytes[..end]).unwrap();
        assert!(is_damaged(&replay(dir.path(), SMALL, None)), "cut at {end}");
    }
}

#[test]
fn frames_dropped_repeated_or_swapped_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[1, 1, 1]);
    let path = files(dir.path()).pop().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let offsets = frame_offsets(&path);
    let frame = |index: usize| &bytes[offsets[index]..offsets[index + 1]];
    for order in [
        &[1, 2][..],
        &[0, 2],
        &[0, 0],
        &[0, 1, 1, 2],
        &[0, 2, 1],
        &[0, 1, 2, 0],
    ] {
        let frames: Vec<&[u8]> = order.iter().map(|index| frame(*index)).collect();
        let text = [&bytes[..offsets[0]], &frames.concat()].concat();
        std::fs::write(&path, text).unwrap();
        assert!(
            is_damaged(&replay(dir.path(), SMALL, None)),
            "order {order:?}"
        );
    }
}

#[test]
fn a_frame_from_another_ledger_does_not_continue_the_chain() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(ours.path(), SMALL, &[1, 1]);
    let mut ledger = open(theirs.path(), SMALL);
    ledger
        .append("2026-11-21T10:00:00Z", &events(1, 1))
        .unwrap();
    ledger.append(AT, &events(2, 1)).unwrap();
    let (our_path, their_path) = (files(ours.path()).remove(0), files(theirs.path()).remove(0));
    let (our_bytes, their_bytes) = (
        std::fs::read(&our_path).unwrap(),
        std::fs::read(&their_path).unwrap(),
    );
    let (our_second, their_second) = (frame_offsets(&our_path)[1], frame_offsets(&their_path)[1]);
    let mixed = [&our_bytes[..our_second], &their_bytes[their_second..]].concat();
    std::fs::write(&our_path, mixed).unwrap();
    let Err(LedgerError::Damaged { why, .. }) = verify(ours.path()) else {
        panic!("another chain is damage");
    };
    assert!(why.contains("chain"), "{why}");
}

#[test]
fn an_unknown_format_version_is_refused_even_in_an_empty_segment() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path(), SMALL);
    let path = files(dir.path()).pop().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("ledger 1 ", "ledger 2 ")).unwrap();
    let Err(LedgerError::Damaged { why, offset: 0, .. }) = verify(dir.path()) else {
        panic!("an unknown version is refused");
    };
    assert!(why.contains("version 2"), "{why}");
    assert!(is_damaged(&replay(dir.path(), SMALL, None)));
}

#[test]
fn damage_leaves_the_files_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2, 1, 2]);
    let path = files(dir.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[300] ^= 0x01;
    std::fs::write(&path, &bytes).unwrap();
    assert!(is_damaged(&replay(dir.path(), SMALL, None)));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
