//! What the embedded store does about damage: an index is made again, a ledger is cut where a
//! crash explains it, and refused where nothing does.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use askonce::domain::event::Event;
use askonce::store::embedded::{EmbeddedStore, OpenError};
use askonce::store::{Recorded, Store};
use tempfile::TempDir;

use crate::backend::{open, options, record};
use crate::fixtures::{append, ask, asked_ever, home, home_id, submission, submitted};

const BEDS: &str = "How many beds?";
const NOVEMBER: &str = "at/2026-11-30";

/// What a few reads say.
#[derive(Debug, PartialEq)]
struct Reads {
    events: Vec<Recorded>,
    asks: Vec<String>,
    revision: u64,
    released: usize,
}

async fn reads(store: &EmbeddedStore) -> Reads {
    let name = ask(("sefton", "a"), &[1], &[], &[BEDS]).name.clone();
    let asks = asked_ever(store, &home_id(1)).await;
    let sheet = store
        .sheet(&home_id(1), &NOVEMBER.parse().unwrap())
        .await
        .unwrap();
    Reads {
        events: store.events(0, 1_000).await.unwrap(),
        asks: asks.iter().map(|ask| ask.name.to_string()).collect(),
        revision: sheet.revision,
        released: store.released(&name, 0, 9).await.unwrap().len(),
    }
}

/// A folder with some hundred events in it, and what reads of it say.
fn filled() -> (TempDir, Reads) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let found = run(async {
        let wanted = ask(("sefton", "a"), &[1], &[], &[BEDS]);
        record(&store, append([submitted(&wanted)])).await;
        for n in 0..150 {
            record(&store, append([Event::HomeRegistered(home(n, "Elm"))])).await;
        }
        let to = [wanted.name.clone()];
        let said = submission(1, "R1", &[(BEDS, NOVEMBER, "10")], &to);
        record(&store, append([Event::AnswersSubmitted(said)])).await;
        let found = reads(&store).await;
        store.close().await;
        found
    });
    assert_eq!(found.released, 1);
    (dir, found)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    runtime.unwrap().block_on(future)
}

fn segment(dir: &Path) -> PathBuf {
    let entries = fs::read_dir(dir.join("ledger")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.remove(0)
}

fn refusal(dir: &Path) -> String {
    match EmbeddedStore::open(dir, options()) {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    }
}

fn serves_the_same(dir: &Path, expected: &Reads) {
    let store = open(dir);
    run(async {
        assert_eq!(&reads(&store).await, expected);
        let next = append([Event::HomeRegistered(home(500, "Oak"))]);
        let first = record(&store, next).await;
        assert_eq!(first, expected.events.len() as u64 + 1);
    });
}

#[test]
fn a_missing_index_is_made_again() {
    let (dir, expected) = filled();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    serves_the_same(dir.path(), &expected);
}

#[test]
fn an_index_left_behind_is_brought_level() {
    let (dir, expected) = filled();
    let (index, kept) = (dir.path().join("index"), dir.path().join("kept"));
    let behind = tempfile::tempdir().unwrap();
    fs::rename(&index, behind.path().join("index")).unwrap();
    // An index that holds the first events only: of a ledger cut back for as long as it is made.
    let ledger = dir.path().join("ledger");
    fs::rename(&ledger, &kept).unwrap();
    fs::create_dir(&ledger).unwrap();
    let whole = fs::read(segment_in(&kept)).unwrap();
    let text = String::from_utf8_lossy(&whole).into_owned();
    let cut = text.match_indices("\nframe ").nth(40).unwrap().0 + 1;
    let name = segment_in(&kept).file_name().unwrap().to_owned();
    fs::write(ledger.join(&name), &whole[..cut]).unwrap();
    drop(open(dir.path()));
    fs::write(ledger.join(&name), &whole).unwrap();
    serves_the_same(dir.path(), &expected);
    assert!(!dir.path().join("index.set-aside-1").exists());
}

fn segment_in(ledger: &Path) -> PathBuf {
    fs::read_dir(ledger)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
}

#[test]
fn a_broken_index_is_set_aside_and_made_again() {
    let (dir, expected) = filled();
    fill(&dir.path().join("index/conf"), 0xA5);
    serves_the_same(dir.path(), &expected);
    assert!(dir.path().join("index.set-aside-1").exists());
    let store = open(dir.path());
    assert_eq!(
        run(store.home(&home_id(500))).unwrap().unwrap().value.name,
        "Oak"
    );
    assert!(!dir.path().join("index.set-aside-2").exists());
}

#[test]
fn an_index_that_lost_its_log_is_brought_level() {
    for byte in [0xA5, 0] {
        let (dir, expected) = filled();
        fill(&dir.path().join("index/db"), byte);
        serves_the_same(dir.path(), &expected);
    }
}

fn fill(path: &Path, byte: u8) {
    let length = usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
    fs::write(path, vec![byte; length]).unwrap();
}

#[test]
fn a_torn_snapshot_of_the_index_does_no_harm() {
    let (dir, expected) = filled();
    fs::write(
        dir.path().join("index/snap.0000000000000000.generating"),
        b"torn",
    )
    .unwrap();
    serves_the_same(dir.path(), &expected);
    assert!(!dir.path().join("index.set-aside-1").exists());
}

#[test]
fn an_index_of_another_ledger_is_set_aside() {
    let (dir, expected) = filled();
    let (other, _) = filled();
    let store = open(other.path());
    run(record(
        &store,
        append([Event::HomeRegistered(home(7, "Ash"))]),
    ));
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    fs::rename(other.path().join("index"), dir.path().join("index")).unwrap();
    serves_the_same(dir.path(), &expected);
    assert!(dir.path().join("index.set-aside-1").exists());
}

#[test]
fn a_flipped_byte_in_the_ledger_is_refused_with_its_place() {
    let (dir, _) = filled();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let path = segment(dir.path());
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
    drop(file);
    let said = refusal(dir.path());
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(said.contains(&name) && said.contains("at byte "), "{said}");
    assert_eq!(refusal(dir.path()), said);
}

#[test]
fn a_torn_end_of_the_ledger_is_cut() {
    let (dir, expected) = filled();
    let path = segment(dir.path());
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"frame 153 1 400 00").unwrap();
    drop(file);
    serves_the_same(dir.path(), &expected);
}

#[test]
fn a_folder_is_opened_by_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let said = refusal(dir.path());
    let expected = format!("{} is in use by another process", dir.path().display());
    assert!(said.starts_with(&expected), "{said}");
    drop(store);
    drop(open(dir.path()));
}

#[test]
fn a_folder_of_another_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    fs::write(dir.path().join("format"), "askonce-data 2\n").unwrap();
    let error = EmbeddedStore::open(dir.path(), options()).err().unwrap();
    assert!(matches!(error, OpenError::Format { .. }));
    let said = error.to_string();
    assert!(
        said.contains("\"askonce-data 2\"") && said.contains("askonce-data 1"),
        "{said}"
    );
}
