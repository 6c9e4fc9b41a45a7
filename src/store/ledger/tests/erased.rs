//! A body can be erased for good; its header, and everything after it, still verifies.

use super::*;

#[test]
fn an_erased_body_reads_as_erased_and_the_ledger_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[3, 9, 3]);
    let erased = [1, 4, 14];
    {
        let mut ledger = open(dir.path(), SMALL);
        let reader = ledger.reader();
        for index in erased {
            let before = reader.read(positions[index]).unwrap();
            ledger.erase(positions[index]).unwrap();
            ledger.erase(positions[index]).unwrap();
            let after = reader.read(positions[index]).unwrap();
            assert_eq!(
                after,
                Stored {
                    body: Body::Erased,
                    salt: None,
                    ..before
                }
            );
        }
        ledger.append(AT, &events(16, 1)).unwrap();
    }
    let verified = verify(dir.path()).unwrap();
    assert_eq!((verified.events, verified.erased), (16, 3));
    let (_, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
    assert_eq!(recovery.erasures_finished, 0);
    for (index, (stored, _)) in seen.iter().enumerate() {
        assert_eq!(stored.body == Body::Erased, erased.contains(&index));
    }
    let all: Vec<u8> = files(dir.path())
        .iter()
        .flat_map(|path| std::fs::read(path).unwrap())
        .collect();
    let text = String::from_utf8(all).unwrap();
    assert!(!text.contains("\"number\":5,") && text.contains("\"number\":6,"));
}

#[test]
fn an_erasure_cut_short_at_any_byte_is_finished_at_the_next_open() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[2, 2]);
    let place = positions[1];
    let path = files(dir.path()).pop().unwrap();
    let before = std::fs::read(&path).unwrap();
    open(dir.path(), SMALL).erase(place).unwrap();
    let after = std::fs::read(&path).unwrap();
    assert_eq!(before.len(), after.len());
    let name = format!(
        "{}.erase-{}-{}",
        segment::file_name(1),
        place.offset,
        place.length
    );
    let start = usize::try_from(place.offset).unwrap();
    for border in start..start + place.length as usize {
        for (front, back) in [(&after, &before), (&before, &after)] {
            let mixed = [&front[..border], &back[border..]].concat();
            std::fs::write(&path, mixed).unwrap();
            std::fs::write(dir.path().join(&name), b"").unwrap();
            let (_, recovery, seen) = replay(dir.path(), SMALL, None).unwrap();
            assert_eq!((recovery.events, recovery.erasures_finished), (4, 1));
            assert_eq!(seen[1].0.body, Body::Erased);
            assert_eq!(std::fs::read(&path).unwrap(), after);
            assert!(!dir.path().join(&name).exists());
        }
    }
}

#[test]
fn an_altered_erased_line_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let positions = write(dir.path(), SMALL, &[1, 1]);
    open(dir.path(), SMALL).erase(positions[0]).unwrap();
    let path = files(dir.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let end = usize::try_from(positions[0].offset).unwrap() + positions[0].length as usize;
    bytes[end - 5] = b'x';
    std::fs::write(&path, &bytes).unwrap();
    assert!(is_damaged(&verify(dir.path())));
}

#[test]
fn a_body_that_looks_like_an_erased_line_is_not_one() {
    let dir = tempfile::tempdir().unwrap();
    let body = b"{\"erased\":\"....\"}".to_vec();
    let mut ledger = open(dir.path(), SMALL);
    let group = [NewEvent::new("AskSubmitted", body.clone(), [1; SALT_BYTES]).unwrap()];
    let positions = ledger.append(AT, &group).unwrap();
    let stored = ledger.reader().read(positions[0]).unwrap();
    assert_eq!(stored.body, Body::Present(body));
}
