//! What a home's people were told last, and on which days each of them wants to be told.

use askonce::domain::event::{Event, Key};
use askonce::domain::letter::{DigestDays, DigestPreferred, DigestSent};
use askonce::domain::person::PersonRemoved;
use askonce::store::Appended;

use crate::backend::{hold, record};
use crate::fixtures::{append, ask_name, expect, home_id, person, request};

fn told(n: usize, day: &str, begins_week: bool, asks: &[&str]) -> Event {
    Event::DigestSent(DigestSent {
        home: home_id(n),
        day: day.parse().unwrap(),
        begins_week,
        asks: asks.iter().map(|id| ask_name("sefton", id)).collect(),
    })
}

#[test]
fn the_last_digest_of_a_home_stands_with_the_last_of_its_weeks() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([told(1, "2026-11-23", true, &["a"])])).await;
        record(store, append([told(1, "2026-11-24", false, &["a", "b"])])).await;
        record(store, append([told(2, "2026-11-24", false, &[])])).await;
        for round in 0..3 {
            let store = subject.store();
            let last = store.last_digest(&home_id(1)).await.unwrap().unwrap();
            assert_eq!(last.revision, 2);
            assert_eq!(last.value.day.to_string(), "2026-11-24");
            assert_eq!((last.value.asks.len(), last.value.weekly.len()), (2, 1));
            let other = store.last_digest(&home_id(2)).await.unwrap().unwrap();
            assert_eq!((other.revision, other.value.weekly.len()), (3, 0));
            assert_eq!(store.last_digest(&home_id(3)).await.unwrap(), None);
            let mut late = append([told(1, "2026-11-25", false, &[])]);
            late.expectations = vec![expect(Key::Digests(home_id(1)), 1)];
            let late = store.append(late).await.unwrap();
            assert!(matches!(late, Appended::Conflict { .. }), "{late:?}");
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}

#[test]
fn a_digest_is_recorded_once_under_its_request_whatever_was_lost_meanwhile() {
    hold(async |subject| {
        let mut once = append([told(1, "2026-11-24", false, &["a"])]);
        once.idempotency = Some(request("r-1", "x"));
        record(subject.store(), once.clone()).await;
        for round in 0..2 {
            let again = subject.store().append(once.clone()).await.unwrap();
            assert_eq!(again, Appended::Replayed { first: 1 });
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}

#[test]
fn what_a_person_prefers_stays_with_her_until_she_says_otherwise_or_is_removed() {
    hold(async |subject| {
        let store = subject.store();
        let prefers = |person: &str, digest| {
            let person = person.to_owned();
            append([Event::DigestPreferred(DigestPreferred { person, digest })])
        };
        for (id, email) in [("p_1", "ann@b.example"), ("p_2", "bo@b.example")] {
            let invited = Event::PersonInvited(person(id, email, &[1, 2]));
            record(store, append([invited])).await;
        }
        record(store, prefers("p_1", DigestDays::Never)).await;
        record(store, prefers("p_1", DigestDays::Mondays)).await;
        record(store, prefers("p_9", DigestDays::Never)).await;
        let left = Event::PersonRemoved(PersonRemoved {
            id: "p_1".to_owned(),
            homes: [home_id(1)].into(),
        });
        record(store, append([left])).await;
        for round in 0..3 {
            let store = subject.store();
            let people = store.people().await.unwrap();
            assert_eq!(people.revision, 6);
            let days: Vec<_> = people.value.iter().map(|person| person.digest).collect();
            assert_eq!(days, [DigestDays::Mondays, DigestDays::EveryWorkingDay]);
            assert!(!store.was_person("p_9").await.unwrap());
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        let gone = Event::PersonRemoved(PersonRemoved {
            id: "p_2".to_owned(),
            homes: [].into(),
        });
        record(subject.store(), append([gone])).await;
        record(subject.store(), prefers("p_2", DigestDays::Never)).await;
        for _ in 0..2 {
            let people = subject.store().people().await.unwrap();
            assert_eq!((people.value.len(), people.revision), (1, 7));
            subject.reopen_without_index();
        }
    });
}
