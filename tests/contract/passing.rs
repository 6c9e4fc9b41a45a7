//! What passes: kept until its time, given to one taker, bounded by kind.

use std::sync::Arc;

use askonce::domain::digest::{Digest, derive};
use askonce::store::{Passing, PassingKind, Putting, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::backend::hold;

/// More bytes than anything that passes may have.
const TOO_MANY_BYTES: usize = 1 << 20;

fn key(name: &str) -> Digest {
    derive("askonce contract passing", name.as_bytes())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

/// Something that expires at a second, and ends at another.
fn passing(kind: PassingKind, name: &str, value: &str, expires: i64, ends: i64) -> Passing {
    Passing {
        kind,
        key: key(name),
        value: value.into(),
        expires_at: at(expires),
        ends_at: at(ends),
    }
}

async fn put(store: &dyn Store, putting: Putting, passing: Passing, now: i64) -> bool {
    let passed = store.passing().put(putting, passing, at(now));
    passed.await.unwrap()
}

async fn get(store: &dyn Store, name: &str, now: i64) -> Option<String> {
    text(store.passing().get(&key(name), at(now)).await)
}

async fn keep(store: &dyn Store, name: &str, until: i64, now: i64) -> Option<String> {
    let key = key(name);
    let kept = store.passing().keep(&key, at(until), at(now));
    text(kept.await)
}

async fn take(store: &dyn Store, name: &str, now: i64) -> Option<String> {
    text(store.passing().take(&key(name), at(now)).await)
}

fn text(found: Result<Option<Vec<u8>>, StoreError>) -> Option<String> {
    found
        .unwrap()
        .map(|value| String::from_utf8(value).unwrap())
}

#[test]
fn what_passes_is_found_until_its_time_and_taken_once() {
    hold(async |subject| {
        let store = subject.store();
        let link = |value| passing(PassingKind::SignInLink, "a link", value, 10, 10);
        assert_eq!(get(store, "a link", 0).await, None);
        assert_eq!(take(store, "a link", 0).await, None);
        assert!(put(store, Putting::New, link("Ann"), 0).await);
        assert!(
            !put(store, Putting::New, link("Bo"), 0).await,
            "one is there"
        );
        assert_eq!(get(store, "a link", 9).await.as_deref(), Some("Ann"));
        assert_eq!(
            get(store, "a link", 9).await.as_deref(),
            Some("Ann"),
            "looking uses nothing up"
        );
        assert_eq!(get(store, "another", 9).await, None);
        assert_eq!(take(store, "a link", 9).await.as_deref(), Some("Ann"));
        assert_eq!(take(store, "a link", 9).await, None);
        assert_eq!(get(store, "a link", 9).await, None);
        // At its time it is gone, for whoever looks and whoever takes; another may be in its place.
        assert!(put(store, Putting::New, link("Ann"), 0).await);
        assert_eq!(get(store, "a link", 10).await, None);
        assert_eq!(keep(store, "a link", 20, 10).await, None);
        assert_eq!(take(store, "a link", 10).await, None);
        assert!(put(store, Putting::New, link("Ann"), 0).await);
        let later = passing(PassingKind::SignInLink, "a link", "Bo", 20, 20);
        assert!(put(store, Putting::New, later, 10).await);
        assert_eq!(take(store, "a link", 11).await.as_deref(), Some("Bo"));
    });
}

#[test]
fn what_is_kept_on_ends_all_the_same_and_what_is_over_does_not_come_back() {
    hold(async |subject| {
        let store = subject.store();
        let session =
            |kind, value, expires| passing(kind, "a session", value, expires, expires + 90);
        let (stranger, own) = (PassingKind::Stranger, PassingKind::Session);
        assert!(!put(store, Putting::InPlace, session(own, "none", 10), 0).await);
        assert!(put(store, Putting::New, session(stranger, "somebody", 10), 0).await);
        assert_eq!(
            keep(store, "a session", 19, 9).await.as_deref(),
            Some("somebody")
        );
        // It becomes another kind, and its end stays.
        assert!(put(store, Putting::InPlace, session(own, "Ann", 28), 18).await);
        assert_eq!(
            keep(store, "a session", 500, 27).await.as_deref(),
            Some("Ann")
        );
        assert_eq!(get(store, "a session", 99).await.as_deref(), Some("Ann"));
        assert_eq!(get(store, "a session", 100).await, None, "it has ended");
        assert!(!put(store, Putting::InPlace, session(own, "Ann", 120), 100).await);
        assert!(put(store, Putting::New, session(own, "Bo", 110), 100).await);
        assert_eq!(take(store, "a session", 101).await.as_deref(), Some("Bo"));
        assert!(!put(store, Putting::InPlace, session(own, "Bo", 111), 101).await);
        assert_eq!(get(store, "a session", 101).await, None);
    });
}

#[test]
fn of_many_who_take_at_once_one_gets_it() {
    const TAKERS: usize = 16;
    hold(async |subject| {
        for round in 0..20 {
            let name = format!("link {round}");
            let link = passing(PassingKind::SignInLink, &name, "Ann", 10, 10);
            assert!(put(subject.store(), Putting::New, link, 0).await);
            let together = Arc::new(tokio::sync::Barrier::new(TAKERS));
            let takers = (0..TAKERS).map(|_| {
                let (together, name, store) = (Arc::clone(&together), &name, subject.store());
                async move {
                    together.wait().await;
                    take(store, name, 1).await
                }
            });
            let taken = futures_util::future::join_all(takers).await;
            assert_eq!(taken.iter().flatten().count(), 1, "{taken:?}");
        }
    });
}

#[test]
fn strangers_put_out_strangers_alone_and_what_is_too_large_is_refused() {
    hold(async |subject| {
        let store = subject.store();
        let ann = passing(PassingKind::Session, "ann", "Ann", 1_000, 1_000);
        assert!(put(store, Putting::New, ann, 0).await);
        let over = PassingKind::Stranger.count_max() + 300;
        for n in 0..over {
            // Later ones expire later.
            let ends = 100 + i64::try_from(n).unwrap();
            let name = format!("stranger {n}");
            let stranger = passing(PassingKind::Stranger, &name, "x", ends, ends);
            assert!(put(store, Putting::New, stranger, 0).await);
        }
        // A sweep comes within so many.
        let mut left = 0;
        for n in 0..over {
            left += usize::from(get(store, &format!("stranger {n}"), 1).await.is_some());
        }
        let most = PassingKind::Stranger.count_max() + 256;
        assert!(
            left <= most && left >= PassingKind::Stranger.count_max(),
            "{left}"
        );
        assert_eq!(get(store, "stranger 0", 1).await, None, "the first is out");
        let last = format!("stranger {}", over - 1);
        assert_eq!(get(store, &last, 1).await.as_deref(), Some("x"));
        assert_eq!(get(store, "ann", 1).await.as_deref(), Some("Ann"));
        let mut large = passing(PassingKind::Session, "large", "", 10, 10);
        large.value = vec![0; TOO_MANY_BYTES];
        let refused = store.passing().put(Putting::New, large, at(0)).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(_))),
            "{refused:?}"
        );
        let wait = at(0).checked_add(SignedDuration::from_hours(1)).unwrap();
        let found = store.passing().get(&key("large"), wait).await.unwrap();
        assert_eq!(found, None);
    });
}
