//! The embedded store in service: many at once, closing, stopping, and work on a closed folder.

use std::sync::Arc;

use askonce::domain::event::Event;
use askonce::store::embedded::{self, EmbeddedStore, ledger};
use askonce::store::{Append, Appended, Store, StoreError};

use crate::backend::{open, options, record};
use crate::fixtures::{append, home, home_id, organisation};

const WRITERS: usize = 32;
const APPENDS_EACH: usize = 25;

fn numbered(n: usize) -> Append {
    append([Event::HomeRegistered(home(n, "Elm"))])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_append_at_once_is_all_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(open(dir.path()));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0..APPENDS_EACH {
                let number = writer * APPENDS_EACH + n;
                acknowledged.push((record(store.as_ref(), numbered(number)).await, number));
            }
            acknowledged
        });
    }
    let mut acknowledged: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    drop(store);
    let store = open(dir.path());
    let all = u64::try_from(WRITERS * APPENDS_EACH).unwrap();
    assert!(
        acknowledged
            .iter()
            .map(|(sequence, _)| *sequence)
            .eq(1..=all)
    );
    let events = store.events(0, usize::MAX).await.unwrap();
    let found = events
        .iter()
        .map(|recorded| (recorded.sequence, &recorded.event));
    let homes: Vec<_> = acknowledged
        .iter()
        .map(|(s, n)| (*s, Event::HomeRegistered(home(*n, "Elm"))))
        .collect();
    assert!(found.eq(homes.iter().map(|(sequence, event)| (*sequence, event))));
}

#[tokio::test]
async fn a_closed_store_has_written_what_waited_and_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let (appended, ()) = tokio::join!(store.append(numbered(1)), store.close());
    assert_eq!(appended.unwrap(), Appended::Recorded { first: 1 });
    let error = store.append(numbered(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error}");
    assert!(store.ready().await.is_err());
    assert!(store.home(&home_id(1)).await.unwrap().is_some());
    store.close().await;
    drop(store);
    assert!(open(dir.path()).home(&home_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_store_whose_write_fails_stops_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut small = options();
    // Each append begins a segment, so that one fails once the folder is gone.
    small.ledger.segment_bytes_max = 1;
    let store = EmbeddedStore::open(dir.path(), small).unwrap();
    record(&store, numbered(1)).await;
    let stopped = store.stopped();
    std::fs::remove_dir_all(dir.path().join("ledger")).unwrap();
    for n in 2..4 {
        let error = store.append(numbered(n)).await.unwrap_err();
        assert!(matches!(error, StoreError::Stopped(_)), "{error}");
    }
    assert!(matches!(store.ready().await, Err(StoreError::Stopped(_))));
    assert!(!stopped.await.is_empty());
    store.close().await;
}

#[tokio::test]
async fn a_request_that_fits_into_no_frame_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let one = Event::OrganisationRegistered(organisation("sefton", "Council"));
    let many = append(std::iter::repeat_n(one, ledger::FRAME_EVENTS_MAX + 1));
    let error = store.append(many).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
    assert_eq!(record(&store, numbered(1)).await, 1);
}

#[tokio::test]
async fn a_closed_folder_is_verified_exported_and_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    assert!(embedded::verify(dir.path()).is_err(), "it is no store yet");
    let store = open(dir.path());
    for n in 0..3 {
        record(&store, numbered(n)).await;
    }
    assert!(embedded::verify(dir.path()).is_err(), "it is in use");
    drop(store);
    assert_eq!(embedded::verify(dir.path()).unwrap().events, 3);
    let rebuilt = embedded::rebuild(dir.path(), ledger::Options::default());
    assert_eq!(rebuilt.unwrap(), 3);
    let mut out = Vec::new();
    assert_eq!(embedded::export(dir.path(), &mut out).unwrap(), 3);
    let lines: Vec<serde_json::Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[2]["sequence"], 3);
    assert_eq!(lines[2]["kind"], "HomeRegistered");
    assert_eq!(lines[2]["body"]["name"], "Elm");
    assert_eq!(lines[2]["by"], "tok-1");
}
