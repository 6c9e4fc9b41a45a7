//! What a store in a database says of events that are recorded and have no place in the ledger: yet,
//! again, or for good.

use std::time::Duration;

use askonce::domain::event::Event;
use askonce::store::postgres::{Options, PostgresStore};
use askonce::store::{Append, Appended, Store, StoreError};
use tokio::task::block_in_place;
use tokio::time::{Instant, interval};

use crate::backend::{database, database_options, record};
use crate::fixtures::{append, home, request};
use crate::throwaway::Database;

/// Lets everybody read the ledger, and nobody seal.
const WRITING: &str = "LOCK TABLE ledger IN SHARE MODE";

/// The sealing lock: nobody else seals.
const SEALING: &str = "SELECT pg_advisory_xact_lock(1098083151, 2)";

/// As after a failover: events are on the disk of whoever takes over, and their places are not.
const PLACES_LOST: &str = "
DELETE FROM ledger WHERE sequence > 2;
UPDATE ledger_head h SET sequence = l.sequence, chain = l.chain, era = l.era,
    transaction = l.transaction, ordinal = l.ordinal
FROM ledger l WHERE l.sequence = 2";

/// Some events as well.
const EVENTS_LOST: &str = "
SET session_replication_role = replica;
DELETE FROM events e USING ledger l WHERE l.sequence > 3
    AND (l.era, l.transaction, l.ordinal) = (e.era, e.transaction, e.ordinal)";

/// How long all may take until it is so; a test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(60);

fn hurried(database: &Database<'_>) -> Options {
    Options {
        statement_deadline: Duration::from_secs(1),
        ..database_options(database)
    }
}

/// A store of five homes, and its database; none if PostgreSQL is not installed.
async fn five_homes() -> Option<(PostgresStore, Database<'static>)> {
    let database = database().await?;
    let store = PostgresStore::open(hurried(&database)).await.unwrap();
    for number in 1..=5 {
        record(&store, registered(number)).await;
    }
    Some((store, database))
}

fn registered(number: usize) -> Append {
    append([Event::HomeRegistered(home(number, "Elm"))])
}

async fn until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    let mut looks = interval(Duration::from_millis(20));
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "it is not so in {DEADLINE:?}");
        looks.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_place_in_time_is_unsure_and_is_one_when_it_is_sent_again() {
    let Some((store, database)) = five_homes().await else {
        return;
    };
    let other = PostgresStore::open(hurried(&database)).await.unwrap();
    let held = block_in_place(|| database.hold(WRITING));
    let begun = Instant::now();
    let sixth = || Append {
        idempotency: Some(request("R6", "a home")),
        ..registered(6)
    };
    for store in [&store, &store, &other] {
        let told = store.append(sixth()).await;
        assert!(matches!(told, Err(StoreError::Unsure(_))), "{told:?}");
        assert_eq!(store.events(0, 9).await.unwrap().len(), 5);
    }
    // That nobody can seal is no reason not to hear what was sealed: readers are let in.
    for store in [&store, &other] {
        until(|| store.measures().silence < begun.elapsed()).await;
        store.ready().await.unwrap();
    }
    let counted = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM ledger)";
    assert_eq!(block_in_place(|| database.sql(counted)).trim(), "6|5");
    drop(held);
    for store in [&store, &other] {
        let told = store.append(sixth()).await.unwrap();
        assert_eq!(told, Appended::Replayed { first: 6 });
        assert_eq!(store.events(0, 9).await.unwrap().len(), 6);
    }
    store.close().await;
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_lost_with_a_server_are_no_damage_while_they_are_sealed_again() {
    let Some((store, database)) = five_homes().await else {
        return;
    };
    let before = store.ledger(0, 9).await.unwrap();
    let held = block_in_place(|| {
        let held = database.hold(SEALING);
        database.sql(PLACES_LOST);
        held
    });
    let mut walk = store.walk_ledger().await.unwrap().unwrap();
    let told = walk.check(100).await.unwrap_err();
    let StoreError::Busy(why) = &told else {
        panic!("{told:?}");
    };
    assert_eq!(why, "event 3 has not its place again yet");
    // Nor is there an end where there is none.
    let told = store.ledger(0, 9).await.unwrap_err();
    assert!(matches!(told, StoreError::Busy(_)), "{told:?}");
    // Once another may seal, whoever waits is told.
    let (found, ()) = tokio::join!(walk.check(100), async { drop(held) });
    let found = found.unwrap();
    assert_eq!((found.is_done, &found.damage), (true, &None));
    assert_eq!((found.events, found.sequence), (5, 5));
    assert_eq!(found.chain, before[4].chain, "sealed again, it is the same");
    assert_eq!(store.ledger(0, 9).await.unwrap(), before);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_lost_with_a_server_are_damage_that_a_check_names() {
    let Some((store, database)) = five_homes().await else {
        return;
    };
    let held = block_in_place(|| {
        let held = database.hold(SEALING);
        database.sql(EVENTS_LOST);
        database.sql(PLACES_LOST);
        held
    });
    drop(held);
    let mut walk = store.walk_ledger().await.unwrap().unwrap();
    let found = walk.check(100).await.unwrap();
    let damage = found.damage.expect("two are lost");
    let expected = [2, 3].map(|end| format!("it ends at event {end}, and 5 were acknowledged"));
    assert!(expected.contains(&damage), "{damage}");
    store.close().await;
}
