//! What a crash leaves unfinished is cut, kept beside, and nothing acknowledged goes with it.

use super::*;

/// Opens a copy whose last segment is `bytes`, and asserts that events `1..=kept` are there and more follow.
fn assert_recovers(groups: &[u64], bytes: &[u8], kept: u64, torn_at: Option<u64>) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, groups);
    let last = files(dir.path()).pop().unwrap();
    std::fs::write(&last, bytes).unwrap();
    let verified = verify(dir.path()).unwrap();
    assert_eq!(verified.events, kept);
    assert_eq!(verified.torn.as_ref().map(|torn| torn.offset), torn_at);
    {
        let (mut ledger, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
        assert_eq!(seen.len() as u64, kept);
        assert_bodies(&seen, 1);
        assert_eq!(recovery.torn, verified.torn);
        if let Some(torn) = recovery.torn.filter(|torn| torn.bytes > 0) {
            let name = last.file_name().unwrap().to_str().unwrap();
            let copy = dir.path().join(format!("{name}.torn-{}", torn.offset));
            let cut = usize::try_from(torn.offset).unwrap();
            assert_eq!(std::fs::read(copy).unwrap(), bytes[cut..]);
        }
        ledger.append(AT, &events(kept + 1, 2)).unwrap();
    }
    let (_, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
    assert_eq!((recovery.events, recovery.torn), (kept + 2, None));
    assert_bodies(&seen, 1);
}

fn last_segment(groups: &[u64]) -> (Vec<u8>, Vec<usize>) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, groups);
    let last = files(dir.path()).pop().unwrap();
    (std::fs::read(&last).unwrap(), frame_offsets(&last))
}

#[test]
fn a_last_frame_cut_at_any_byte_is_there_whole_or_not_at_all() {
    let groups = [2, 1, 2];
    let (bytes, offsets) = last_segment(&groups);
    let last = offsets[offsets.len() - 2];
    assert_recovers(&groups, &bytes[..last], 3, None);
    for end in last + 1..bytes.len() {
        assert_recovers(&groups, &bytes[..end], 3, Some(last as u64));
    }
    assert_recovers(&groups, &bytes, 5, None);
}

#[test]
fn a_last_frame_with_any_of_its_blocks_unwritten_is_cut() {
    let groups = [2, 1, 7];
    let (bytes, offsets) = last_segment(&groups);
    let last = offsets[offsets.len() - 2];
    let blocks = (bytes.len() - last).div_ceil(512);
    for written in 0..(1_u32 << blocks) - 1 {
        let mut torn = bytes.clone();
        for block in (0..blocks).filter(|block| written & (1 << block) == 0) {
            let start = last + block * 512;
            let end = bytes.len().min(start + 512);
            torn[start..end].fill(0);
        }
        assert_recovers(&groups, &torn, 3, Some(last as u64));
    }
}

#[test]
fn a_file_that_grew_without_its_bytes_is_cut() {
    let groups = [2, 1, 2];
    let (bytes, _) = last_segment(&groups);
    for zeros in [1, 95, 4_096, 3 << 20] {
        let mut grown = bytes.clone();
        grown.resize(bytes.len() + zeros, 0);
        assert_recovers(&groups, &grown, 5, Some(bytes.len() as u64));
    }
}

#[test]
fn a_segment_whose_first_line_was_not_finished_is_begun_again() {
    for groups in [&[][..], &[3, 8, 3]] {
        let kept: u64 = groups.iter().sum();
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), SMALL, groups);
        let chain = verify(dir.path()).unwrap().head_chain;
        let line = segment::first_line(kept + 1, &chain).into_bytes();
        for written in 0..line.len() {
            for zeros in [0, line.len() - written] {
                let dir = tempfile::tempdir().unwrap();
                write(dir.path(), SMALL, groups);
                let mut text = line[..written].to_vec();
                text.resize(written + zeros, 0);
                std::fs::write(segment::path(dir.path(), kept + 1), &text).unwrap();
                {
                    let (mut ledger, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
                    let torn = recovery.torn.expect("the first line is torn");
                    assert_eq!((torn.segment, torn.offset), (kept + 1, 0));
                    assert_eq!(torn.bytes, text.len() as u64);
                    assert_eq!(seen.len() as u64, kept);
                    ledger.append(AT, &events(kept + 1, 1)).unwrap();
                }
                assert_eq!(verify(dir.path()).unwrap().events, kept + 1);
            }
        }
    }
}

#[test]
fn a_segment_begun_and_not_used_is_used() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[3, 8]);
    let head = verify(dir.path()).unwrap();
    segment::create(dir.path(), 12, &head.head_chain).unwrap();
    let (mut ledger, recovery, _) = replay(dir.path(), SMALL, None).unwrap();
    assert_eq!(recovery.torn, None);
    let positions = ledger.append(AT, &events(12, 1)).unwrap();
    assert_eq!(positions[0].segment, 12);
    assert_eq!(verify(dir.path()).unwrap().events, 12);
}

#[test]
fn a_second_torn_end_at_the_same_offset_is_kept_beside_the_first() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), SMALL, &[2]);
    let path = files(dir.path()).pop().unwrap();
    let whole = std::fs::read(&path).unwrap();
    for rubbish in ["first", "second"] {
        std::fs::write(&path, [&whole[..], rubbish.as_bytes()].concat()).unwrap();
        open(dir.path(), SMALL);
    }
    let copy = |suffix: &str| {
        let name = format!("{}.torn-{}{suffix}", segment::file_name(1), whole.len());
        std::fs::read(dir.path().join(name)).unwrap()
    };
    assert_eq!(copy(""), b"first");
    assert_eq!(copy("-2"), b"second");
}
