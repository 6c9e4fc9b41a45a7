//! Moving a ledger from one store to another and back, and copies of one: nothing is lost, nothing
//! taken by half.

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use askonce::domain::draft::Draft;
use askonce::domain::event::Event;
use askonce::store::embedded::{self, ledger};
use askonce::store::moving::{MoveError, Moved};
use askonce::store::postgres;
use askonce::store::{Append, Appended, PutDraft, Store};
use tempfile::TempDir;

use crate::backend::{database, database_options, open, open_database, record};
use crate::fixtures::{
    append, ask, collected, filed, home, home_id, organisation, person, released, request, revoked,
    same, submission, submitted, template, token, undone,
};
use crate::throwaway::{Database, Server};

const BEDS: &str = "How many beds?";
const STAFF: &str = "How many staff?";
const NOVEMBER: &str = "at/2026-11-30";

/// Requests of every sort, each with an id.
fn requests() -> Vec<Append> {
    let (ours, theirs) = (
        ask(("sefton", "a"), &[1, 2], &[], &[BEDS]),
        ask(("icb", "b"), &[], &["E08000014"], &[STAFF, BEDS]),
    );
    let (_, kept) = template(&[ours.clone(), theirs.clone()]);
    let to = [ours.name.clone(), theirs.name.clone()];
    let said = submission(1, "R1", &[(BEDS, NOVEMBER, "10 \u{1F6CF} \"beds\"\\")], &to);
    let groups = vec![
        vec![Event::OrganisationRegistered(organisation(
            "sefton", "Council",
        ))],
        (1..=40)
            .map(|n| Event::HomeRegistered(home(n, "Elm")))
            .collect(),
        vec![submitted(&ours)],
        vec![submitted(&theirs)],
        vec![kept],
        vec![Event::AnswersSubmitted(said)],
        vec![Event::AnswersReleased(released(
            1,
            "R2",
            &[(BEDS, NOVEMBER, 45)],
            &to[1..],
        ))],
        vec![Event::AskFiled(filed(1, &to[0], true))],
        vec![same("d1", BEDS, STAFF)],
        vec![undone("d1")],
        vec![collected(&to[0], &[(1, NOVEMBER, &["f0"], 46)])],
        vec![Event::TokenIssued(token("tok-2")), revoked("tok-2")],
        vec![Event::PersonInvited(person("p1", "ann@example.org", &[1]))],
    ];
    let numbered = groups.into_iter().enumerate().map(|(n, events)| {
        let id = format!("r-{n}");
        let mut append = append(events);
        append.idempotency = Some(request(&id, &id));
        append
    });
    numbered.collect()
}

fn draft() -> PutDraft {
    PutDraft {
        home: home_id(2),
        period: "2026-11".parse().unwrap(),
        expected: None,
        draft: Some(Draft::new("f_a".to_owned())),
    }
}

/// A folder with all sorts of events in it, one of them erased, and a draft.
async fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for append in requests() {
        record(&store, append).await;
    }
    assert!(store.put_draft(draft()).await.unwrap());
    store.close().await;
    drop(store);
    erase_last(&dir.path().join("ledger"));
    dir
}

fn erase_last(dir: &Path) {
    let mut last = None;
    let mut note = |stored: ledger::Stored, _| {
        last = Some(stored.position);
        Ok::<(), std::io::Error>(())
    };
    let options = ledger::Options::default();
    let (mut ledger, _) = ledger::Ledger::open(dir, options, None, &mut note).unwrap();
    ledger.erase(last.unwrap()).unwrap();
}

fn out_of(dir: &Path) -> (Vec<u8>, Moved) {
    let mut out = Vec::new();
    let moved = embedded::export_ledger(dir, &mut out, &|_| {}).unwrap();
    (out, moved)
}

async fn out_of_database(database: &Database<'_>) -> (Vec<u8>, Moved) {
    let mut out = Vec::new();
    let options = database_options(database);
    let moved = postgres::export_ledger(&options, &mut out, &|_| {}).await;
    (out, moved.unwrap())
}

fn into(dir: &Path, file: &[u8]) -> Result<Moved, MoveError> {
    let options = ledger::Options::default();
    embedded::import_ledger(dir, &mut BufReader::new(file), options, &|_| {})
}

async fn into_database(database: &Database<'_>, file: &[u8]) -> Result<Moved, MoveError> {
    let options = database_options(database);
    postgres::import_ledger(&options, &mut BufReader::new(file), &|_| {}).await
}

/// Holds a store that took a ledger against the one that it came from.
async fn alike(store: &dyn Store, origin: &dyn Store) {
    assert_eq!(
        store.checkpoint().await.unwrap(),
        origin.checkpoint().await.unwrap()
    );
    assert_eq!(
        store.ledger(0, 1_000).await.unwrap(),
        origin.ledger(0, 1_000).await.unwrap()
    );
    let put = draft();
    let (home, period) = (&put.home, put.period);
    let kept = store.draft(home, period).await.unwrap();
    assert!(kept.is_some());
    assert_eq!(kept, origin.draft(home, period).await.unwrap());
    let sheet = async |store: &dyn Store| {
        let (home, reference) = (home_id(1), NOVEMBER.parse().unwrap());
        let sheet = store.sheet(&home, &reference).await.unwrap();
        (format!("{:?}", sheet.value), sheet.revision)
    };
    assert_eq!(sheet(store).await, sheet(origin).await);
}

/// Holds that every request that was recorded is replayed under its old sequence, and that what is
/// new comes after.
async fn goes_on(store: &dyn Store, events: u64) {
    let mut first = 1;
    // What the last one said is erased, its request id with it.
    let requests = requests();
    for append in &requests[..requests.len() - 1] {
        let replayed = Appended::Replayed { first };
        assert_eq!(store.append(append.clone()).await.unwrap(), replayed);
        first += append.events.len() as u64;
    }
    let mut other = requests[0].clone();
    other.idempotency = Some(request("r-0", "something else"));
    assert_eq!(
        store.append(other).await.unwrap(),
        Appended::RequestIdReused
    );
    let new = append([Event::HomeRegistered(home(77, "Oak"))]);
    assert_eq!(record(store, new).await, events + 1);
    assert!(store.home(&home_id(77)).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_goes_to_a_database_and_back_and_stays_the_same() {
    let Some(empty) = database().await else {
        return;
    };
    let folder = filled().await;
    let (file, moved) = out_of(folder.path());
    assert_eq!((moved.erased, moved.drafts), (1, 1));
    assert_eq!(into_database(&empty, &file).await.unwrap(), moved);
    let verified = postgres::verify(&database_options(&empty), &|_| {}).await;
    let verified = verified.unwrap();
    assert_eq!(
        (verified.events, verified.erased, verified.head_chain),
        (moved.events, 1, moved.head_chain)
    );
    assert_eq!(
        out_of_database(&empty).await,
        (file, moved),
        "the same file, byte for byte"
    );
    let origin = open(folder.path());
    let store = open_database(&empty).await;
    alike(&store, &origin).await;
    goes_on(&store, moved.events).await;
    store.close().await;
    let store = open_database(&empty).await;
    assert!(store.home(&home_id(77)).await.unwrap().is_some());

    // Online, and back into a folder.
    let (file, moved) = out_of_database(&empty).await;
    let back = tempfile::tempdir().unwrap();
    assert_eq!(into(back.path(), &file).unwrap(), moved);
    assert_eq!(out_of(back.path()), (file, moved));
    let back = open(back.path());
    alike(&back, &store).await;
    let again = append([Event::HomeRegistered(home(78, "Ash"))]);
    assert_eq!(record(&back, again).await, moved.events + 1);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_projections_say_of_a_ledger_does_not_depend_on_how_it_came() {
    let (Some(lived), Some(taken)) = (database().await, database().await) else {
        return;
    };
    let store = open_database(&lived).await;
    for append in requests() {
        record(&store, append).await;
    }
    store.close().await;
    let (file, _) = out_of_database(&lived).await;
    into_database(&taken, &file).await.unwrap();
    for statement in [
        "SELECT count(*) FROM homes",
        "SELECT count(*) FROM ask_fields",
        "SELECT count(*) FROM receipts",
        "SELECT count(*) FROM releases",
        "SELECT count(*) FROM decisions",
        "SELECT string_agg(encode(request, 'hex'), ',' ORDER BY request) FROM requests",
        "SELECT * FROM who_asked_what ORDER BY 1, 2, 3",
    ] {
        assert_eq!(lived.sql(statement), taken.sql(statement), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_not_empty_takes_nothing() {
    let folder = filled().await;
    let (file, _) = out_of(folder.path());
    let refused = into(folder.path(), &file).unwrap_err();
    assert!(matches!(refused, MoveError::NotEmpty(_)), "{refused}");
    assert!(refused.to_string().contains("53 events"), "{refused}");
    assert_eq!(out_of(folder.path()).0, file);
    let Some(database) = database().await else {
        return;
    };
    let store = open_database(&database).await;
    record(&store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
    store.close().await;
    let refused = into_database(&database, &file).await.unwrap_err();
    assert!(matches!(refused, MoveError::NotEmpty(_)), "{refused}");
    assert!(refused.to_string().contains("1 events"), "{refused}");
    assert_eq!(database.sql("SELECT count(*) FROM events").trim(), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_whole_leaves_nothing_and_the_whole_one_is_taken_after_it() {
    let folder = filled().await;
    let (file, moved) = out_of(folder.path());
    let mut changed = file.clone();
    let place = file.len() / 2;
    changed[place] ^= 1;
    let taken = tempfile::tempdir().unwrap();
    let faulty = [
        &file[..file.len() - 2],
        &file[..file.len() / 3],
        &changed[..],
    ];
    for fault in faulty {
        let refused = into(taken.path(), fault).unwrap_err();
        assert!(matches!(refused, MoveError::File { .. }), "{refused}");
        assert!(!taken.path().join("incoming").exists());
        assert_eq!(out_of_nothing(taken.path()), 0);
    }
    // One that was killed half-way.
    let left = taken.path().join("incoming/ledger");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("00000000000000000001.ledger"), "half").unwrap();
    assert_eq!(into(taken.path(), &file).unwrap(), moved);
    assert_eq!(out_of(taken.path()).0, file);
    let Some(database) = database().await else {
        return;
    };
    for fault in faulty {
        let refused = into_database(&database, fault).await.unwrap_err();
        assert!(matches!(refused, MoveError::File { .. }), "{refused}");
        assert_eq!(database.sql("SELECT count(*) FROM events").trim(), "0");
    }
    assert_eq!(into_database(&database, &file).await.unwrap(), moved);
}

/// How many events a folder holds that should hold none.
fn out_of_nothing(dir: &Path) -> u64 {
    let is_there = dir.join("ledger").exists();
    if is_there {
        embedded::verify(dir).unwrap().events
    } else {
        0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_tampered_with_does_not_verify_and_is_not_exported() {
    let Some(taken) = database().await else {
        return;
    };
    let folder = filled().await;
    let (file, _) = out_of(folder.path());
    into_database(&taken, &file).await.unwrap();
    let server = Server::shared().unwrap();
    for (tampering, words) in [
        (
            "UPDATE events SET body = replace(body, 'Council', 'Counsel') WHERE transaction = 1",
            "the body of event 1",
        ),
        (
            "UPDATE events SET kind = 'HomeForgotten' WHERE transaction = 9",
            "event 9 does not match the chain",
        ),
        (
            "DELETE FROM ledger WHERE sequence = 53",
            "ends at event 52, and at 53",
        ),
        (
            "DELETE FROM ledger WHERE sequence = 20",
            "event 21 comes after 19",
        ),
        (
            "INSERT INTO events VALUES (1, 3, 7, '2026-11-22T09:00:00Z', 'Hidden', '\\x00', NULL, NULL)",
            "1 events were recorded before event 53 and are not in the ledger",
        ),
    ] {
        let copy = server.copy_of(taken.name());
        copy.sql(tampering);
        let found = postgres::verify(&database_options(&copy), &|_| {}).await;
        let found = found.unwrap_err().to_string();
        assert!(found.contains(words), "{tampering}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_beside_the_writer_is_the_store_of_a_moment_and_serves() {
    let folder = filled().await;
    let mut small = crate::backend::options();
    small.ledger.segment_bytes_max = 1 << 16;
    let store = embedded::EmbeddedStore::open(folder.path(), small).unwrap();
    let is_done = AtomicBool::new(false);
    let writing = async {
        let mut n = 100;
        while !is_done.load(Ordering::Relaxed) {
            record(&store, append([Event::HomeRegistered(home(n, "Elm"))])).await;
            n += 1;
        }
    };
    let copying = async {
        let mut copies = Vec::new();
        for _ in 0..8 {
            let dir = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().to_owned(), dir.path().join("copy"));
            let acknowledged = store.checkpoint().await.unwrap().unwrap().sequence;
            let copy = tokio::task::spawn_blocking(move || embedded::back_up(&from, &to));
            let made = copy.await.unwrap().unwrap();
            assert_eq!(made.drafts, 1);
            assert!(made.verified.events >= acknowledged);
            assert_eq!(made.verified.torn, None);
            copies.push((dir, made));
        }
        is_done.store(true, Ordering::Relaxed);
        copies
    };
    let ((), copies) = tokio::join!(writing, copying);
    for (dir, copied) in copies {
        let copy = dir.path().join("copy");
        assert_eq!(embedded::verify(&copy).unwrap(), copied.verified);
        let restored = open(&copy);
        let events = restored.ledger(0, usize::MAX).await.unwrap();
        assert_eq!(events.len() as u64, copied.verified.events);
        let origin = store.ledger(0, events.len()).await.unwrap();
        assert_eq!(events, origin, "what was there, and nothing else");
        let new = append([Event::HomeRegistered(home(77, "Oak"))]);
        assert_eq!(record(&restored, new).await, copied.verified.events + 1);
        let put = draft();
        assert!(
            restored
                .draft(&put.home, put.period)
                .await
                .unwrap()
                .is_some()
        );
        let refused = embedded::back_up(folder.path(), &copy).unwrap_err();
        assert!(refused.to_string().contains("not empty"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_restored_into_a_fresh_server_goes_on_where_it_was() {
    let Some(origin) = database().await else {
        return;
    };
    // Of many transactions, so that the other server's count from less.
    origin.sql(
        "DO $$ BEGIN FOR n IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$",
    );
    let store = open_database(&origin).await;
    for append in requests() {
        record(&store, append).await;
    }
    assert!(store.put_draft(draft()).await.unwrap());
    let before = out_of_database(&origin).await;
    let elsewhere = Server::start().expect("the other one started");
    let restored = elsewhere.database();
    // Roles are the server's, and in no dump of a database.
    let role = "CREATE ROLE askonce_analyst NOLOGIN";
    elsewhere.node().sql("postgres", role);
    origin.dump_into(&restored);
    assert_eq!(out_of_database(&restored).await, before);
    let era = |of: &Database<'_>| of.sql("SELECT era FROM ledger_head").trim().to_owned();
    let was = era(&restored);
    let again = open_database(&restored).await;
    assert_ne!(era(&restored), was, "transactions count anew");
    alike(&again, &store).await;
    let events = before.1.events;
    goes_on_from(&again, events).await;
    again.close().await;
    let again = open_database(&restored).await;
    assert!(again.home(&home_id(77)).await.unwrap().is_some());
    let verified = postgres::verify(&database_options(&restored), &|_| {}).await;
    assert_eq!(verified.unwrap().events, events + 1);
    again.close().await;
    store.close().await;
}

/// As [`goes_on`], of a ledger of which nothing was erased.
async fn goes_on_from(store: &dyn Store, events: u64) {
    let requests = requests();
    let last = requests.last().unwrap();
    let first = events + 1 - last.events.len() as u64;
    let replayed = Appended::Replayed { first };
    assert_eq!(store.append(last.clone()).await.unwrap(), replayed);
    goes_on(store, events).await;
}
