//! The life of an ask, from its submission over its amendments to its end; and what organisations
//! are granted.

use std::collections::BTreeSet;
use std::sync::Arc;

use askonce::domain::ask::{Ask, Provenance, Targets};
use askonce::domain::event::{AskSubmitted, AskWithdrawn, Event, Key};
use askonce::domain::powers::Powers;
use askonce::store::{AskFilter, Standing, Store};

use crate::backend::{hold, record};
use crate::fixtures::{
    EVER, append, ask, asked_ever, council, expect, home, home_id, question, submission, submitted,
};

fn withdrawn(ask: &Ask, revision: u64) -> Event {
    Event::AskWithdrawn(AskWithdrawn {
        name: ask.name.clone(),
        reason: "asked elsewhere".to_owned(),
        revision,
        on_behalf: false,
    })
}

fn amended(ask: &Ask) -> Event {
    let Event::AskSubmitted(said) = submitted(ask) else {
        panic!("a submission submits");
    };
    Event::AskAmended(AskSubmitted { ..said })
}

async fn listed(store: &dyn Store, standing: Standing) -> Vec<(String, u64)> {
    let filter = AskFilter {
        standing,
        ..AskFilter::default()
    };
    let asks = store.asks(&filter, None, 100).await.unwrap();
    let told = asks
        .iter()
        .map(|ask| (ask.value.name.ask.to_string(), ask.revision));
    told.collect()
}

#[test]
fn an_ask_that_was_taken_back_asks_nobody_and_stays_readable() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
        let one = ask(("sefton", "a"), &[1], &[council(1)], &["How many beds?"]);
        let other = ask(("sefton", "b"), &[1], &[], &["How many staff?"]);
        record(store, append([submitted(&one), submitted(&other)])).await;
        let said = submission(
            1,
            "r-1",
            &[("How many beds?", "standing", "9")],
            std::slice::from_ref(&one.name),
        );
        record(store, append([Event::AnswersSubmitted(said)])).await;
        let mut taken = append([withdrawn(&one, 2)]);
        taken.expectations = vec![expect(Key::Ask(one.name.clone()), 2)];
        assert_eq!(record(store, taken).await, 5);
        for round in 0..3 {
            let store = subject.store();
            let found = store.ask(&one.name).await.unwrap().unwrap();
            assert_eq!((&found.value, found.revision), (&one, 5));
            let why = store.withdrawal(&one.name).await.unwrap().unwrap();
            assert_eq!((why.value.revision, why.revision), (2, 5));
            assert!(store.withdrawal(&other.name).await.unwrap().is_none());
            assert_eq!(store.identical_ask(&one.content).await.unwrap(), None);
            let asked = asked_ever(store, &home_id(1)).await;
            assert_eq!(asked, std::slice::from_ref(&other));
            let beds = AskFilter {
                questions: Some(vec![question("How many beds?")]),
                ..AskFilter::default()
            };
            assert!(store.asks(&beds, None, 9).await.unwrap().is_empty());
            assert_eq!(
                listed(store, Standing::InForce).await,
                [("b".to_owned(), 3)]
            );
            assert_eq!(
                listed(store, Standing::Withdrawn).await,
                [("a".to_owned(), 5)]
            );
            assert_eq!(listed(store, Standing::Either).await.len(), 2);
            let england = Targets {
                areas: BTreeSet::from(["E92000001".parse().unwrap()]),
                ..Targets::default()
            };
            let classes = store.home_classes(&england, EVER.0, EVER.1).await.unwrap();
            assert_eq!(classes[0].asks, std::slice::from_ref(&other.name));
            assert_eq!(store.released(&one.name, 0, 9).await.unwrap().len(), 1);
            let sefton = &one.name.organisation;
            assert_eq!(store.released_to(sefton, 0, 9).await.unwrap().len(), 1);
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        // Submitted again it asks again, under the number that it always had.
        let mut back = append([submitted(&one)]);
        back.expectations = vec![expect(Key::Ask(one.name.clone()), 5)];
        record(subject.store(), back).await;
        for _ in 0..2 {
            let store = subject.store();
            assert!(store.withdrawal(&one.name).await.unwrap().is_none());
            assert_eq!(asked_ever(store, &home_id(1)).await.len(), 2);
            assert_eq!(store.released(&one.name, 0, 9).await.unwrap().len(), 1);
            subject.reopen();
        }
    });
}

#[test]
fn an_amended_ask_takes_the_place_of_what_it_was_and_both_are_in_the_feed() {
    hold(async |subject| {
        let store = subject.store();
        let was = ask(("sefton", "a"), &[1], &[], &["How many beds?"]);
        record(store, append([submitted(&was)])).await;
        let mut next = Ask::clone(&ask(("sefton", "a"), &[2], &[], &["How many staff?"]));
        next.provenance = Provenance {
            by: "tok-1".to_owned(),
            on_behalf: true,
            replaces: 1,
            rebased: true,
        };
        let next = Arc::new(next);
        let mut amend = append([amended(&next)]);
        amend.asks = vec![Arc::clone(&next)];
        amend.expectations = vec![expect(Key::Ask(was.name.clone()), 1)];
        record(store, amend).await;
        for _ in 0..2 {
            let store = subject.store();
            let found = store.ask(&was.name).await.unwrap().unwrap();
            assert_eq!((&found.value, found.revision), (&next, 2));
            assert!(asked_ever(store, &home_id(1)).await.is_empty());
            assert_eq!(store.identical_ask(&was.content).await.unwrap(), None);
            let events = store.events(0, 9).await.unwrap();
            let kinds: Vec<_> = events.iter().map(|event| event.event.kind()).collect();
            assert_eq!(kinds, ["AskSubmitted", "AskAmended"]);
            subject.reopen();
        }
    });
}

#[test]
fn what_an_organisation_is_granted_is_replaced_as_a_whole() {
    hold(async |subject| {
        let granted = |area: &str, power: &str| Powers {
            organisation: "sefton".parse().unwrap(),
            areas: BTreeSet::from([area.parse().unwrap()]),
            statutory: BTreeSet::from([power.to_owned()]),
        };
        let id = granted("E08000014", "x").organisation;
        assert!(subject.store().powers(&id).await.unwrap().is_none());
        let first = Event::PowersGranted(granted("E08000014", "Care Act"));
        record(subject.store(), append([first])).await;
        let mut second = append([Event::PowersGranted(granted("E92000001", "Other Act"))]);
        second.expectations = vec![expect(Key::Powers(id.clone()), 1)];
        record(subject.store(), second).await;
        for round in 0..3 {
            let found = subject.store().powers(&id).await.unwrap().unwrap();
            assert_eq!(*found.value, granted("E92000001", "Other Act"));
            assert_eq!(found.revision, 2);
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}
