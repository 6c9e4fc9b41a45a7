//! What holds of every append: all or nothing, checked, safe to repeat, in order.

use askonce::domain::event::{Event, Key};
use askonce::store::{Appended, Store, StoreError};

use crate::backend::{hold, record};
use crate::fixtures::{
    append, ask, at, expect, home, home_id, organisation, request, submitted, token,
};

async fn count(store: &dyn Store) -> usize {
    store.events(0, 1_000).await.unwrap().len()
}

#[test]
fn an_append_is_all_or_nothing() {
    hold(async |subject| {
        let store = subject.store();
        let known = Key::Home(home_id(1));
        record(store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
        let mut both = append([
            Event::HomeRegistered(home(1, "Oak")),
            Event::HomeRegistered(home(2, "Ash")),
        ]);
        both.expectations = vec![expect(known.clone(), 0), expect(Key::Home(home_id(2)), 0)];
        let appended = store.append(both.clone()).await.unwrap();
        assert_eq!(
            appended,
            Appended::Conflict {
                keys: vec![known.clone()]
            }
        );
        assert_eq!(
            store.home(&home_id(1)).await.unwrap().unwrap().value.name,
            "Elm"
        );
        assert_eq!(store.home(&home_id(2)).await.unwrap(), None);
        assert_eq!(count(store).await, 1);
        both.expectations[0].revision = 1;
        assert_eq!(record(store, both).await, 2);
        assert_eq!(store.home(&home_id(1)).await.unwrap().unwrap().revision, 2);
        assert_eq!(store.home(&home_id(2)).await.unwrap().unwrap().revision, 3);
    });
}

#[test]
fn every_conflict_is_named() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::TokenIssued(token("tok-1"))])).await;
        let keys = [
            Key::Dictionary,
            Key::Links,
            Key::Token("tok-1".to_owned()),
            Key::Home(home_id(1)),
        ];
        let mut next = append([Event::TokenIssued(token("tok-2"))]);
        next.expectations = keys.iter().map(|key| expect(key.clone(), 7)).collect();
        let appended = store.append(next).await.unwrap();
        assert_eq!(
            appended,
            Appended::Conflict {
                keys: keys.to_vec()
            }
        );
    });
}

#[test]
fn of_two_at_once_that_expect_the_same_one_wins() {
    hold(async |subject| {
        let store = subject.store();
        for round in 0..20 {
            let contender = |name: &str| {
                let mut append = append([Event::HomeRegistered(home(1, name))]);
                append.expectations = vec![expect(Key::Home(home_id(1)), round)];
                append
            };
            let (one, other) = tokio::join!(
                store.append(contender("Elm")),
                store.append(contender("Oak"))
            );
            let recorded = |appended: &Appended| matches!(appended, Appended::Recorded { .. });
            let (one, other) = (one.unwrap(), other.unwrap());
            assert!(recorded(&one) != recorded(&other), "{one:?} {other:?}");
        }
        assert_eq!(count(store).await, 20);
    });
}

#[test]
fn of_two_identical_asks_of_other_names_at_once_one_is_recorded() {
    hold(async |subject| {
        let store = subject.store();
        for round in 0..20 {
            let label = format!("Beds of kind {round}");
            let contender = |name: &str| {
                let name = format!("{name}-{round}");
                let ask = ask(("a", &name), &[1], &[], &[&label]);
                let mut append = append([submitted(&ask)]);
                append.expectations = vec![expect(Key::AskContent(ask.content), 0)];
                append
            };
            let (one, other) = (contender("one"), contender("other"));
            assert_eq!(one.expectations, other.expectations, "one content");
            let (one, other) = tokio::join!(store.append(one), store.append(other));
            let recorded = |appended: &Appended| matches!(appended, Appended::Recorded { .. });
            let (one, other) = (one.unwrap(), other.unwrap());
            assert!(recorded(&one) != recorded(&other), "{one:?} {other:?}");
        }
        assert_eq!(count(store).await, 20);
    });
}

#[test]
fn a_request_may_be_repeated_and_is_recorded_once() {
    hold(async |subject| {
        let store = subject.store();
        let mut first = append([
            Event::HomeRegistered(home(1, "Elm")),
            Event::HomeRegistered(home(2, "Oak")),
        ]);
        first.idempotency = Some(request("r-1", "elm and oak"));
        first.expectations = vec![expect(Key::Home(home_id(1)), 0)];
        let seen = request("r-1", "elm and oak");
        assert_eq!(store.seen(&seen).await.unwrap(), None);
        record(store, append([Event::TokenIssued(token("tok-1"))])).await;
        assert_eq!(record(store, first.clone()).await, 2);
        let replayed = Appended::Replayed { first: 2 };
        assert_eq!(store.append(first.clone()).await.unwrap(), replayed);
        subject.reopen();
        let store = subject.store();
        assert_eq!(store.append(first.clone()).await.unwrap(), replayed);
        assert_eq!(store.seen(&seen).await.unwrap(), Some(replayed));
        let other = request("r-1", "ash");
        first.idempotency = Some(other);
        assert_eq!(
            store.append(first).await.unwrap(),
            Appended::RequestIdReused
        );
        assert_eq!(
            store.seen(&other).await.unwrap(),
            Some(Appended::RequestIdReused)
        );
        assert_eq!(count(store).await, 3);
    });
}

#[test]
fn a_request_repeated_at_once_is_recorded_once() {
    hold(async |subject| {
        let store = subject.store();
        for round in 0..20 {
            let twin = |round: usize| {
                let mut append = append([Event::HomeRegistered(home(round, "Elm"))]);
                append.idempotency = Some(request(&format!("r-{round}"), "elm"));
                append
            };
            let (one, other) = tokio::join!(store.append(twin(round)), store.append(twin(round)));
            let first = round as u64 + 1;
            let expected = [Appended::Recorded { first }, Appended::Replayed { first }];
            let found = [one.unwrap(), other.unwrap()];
            let turned = [found[1].clone(), found[0].clone()];
            assert!(found == expected || turned == expected, "{found:?}");
        }
    });
}

#[test]
fn a_conflict_leaves_the_request_id_free() {
    hold(async |subject| {
        let store = subject.store();
        let mut first = append([Event::HomeRegistered(home(1, "Elm"))]);
        first.idempotency = Some(request("r-1", "elm"));
        first.expectations = vec![expect(Key::Home(home_id(1)), 5)];
        let appended = store.append(first.clone()).await.unwrap();
        assert!(matches!(appended, Appended::Conflict { .. }));
        first.expectations.clear();
        assert_eq!(record(store, first).await, 1);
    });
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    hold(async |subject| {
        let store = subject.store();
        let refused = async |events: Vec<Event>| {
            let error = store.append(append(events)).await.unwrap_err();
            assert!(matches!(error, StoreError::Refused(_)), "{error}");
        };
        refused(Vec::new()).await;
        let Event::AskSubmitted(mut event) =
            submitted(&ask(("sefton", "a"), &[1], &[], &["How many beds?"]))
        else {
            unreachable!("an ask was submitted")
        };
        event.ask.purpose = String::new();
        let fine = Event::HomeRegistered(home(1, "Elm"));
        refused(vec![fine, Event::AskSubmitted(event)]).await;
        assert_eq!(count(store).await, 0);
    });
}

#[test]
fn an_ask_at_hand_is_taken_only_for_the_one_that_is_submitted() {
    hold(async |subject| {
        let asks = ["a", "b", "c"].map(|id| ask(("sefton", id), &[1], &[], &["How many beds?"]));
        let other_day = |mut event: Event| {
            let Event::AskSubmitted(submitted) = &mut event else {
                unreachable!("an ask was submitted")
            };
            submitted.submitted_on = submitted.submitted_on.tomorrow().unwrap();
            event
        };
        let mut one = append([submitted(&asks[0])]);
        one.asks = vec![asks[1].clone(), asks[0].clone()];
        record(subject.store(), one).await;
        let mut another = append([submitted(&asks[1])]);
        another.asks = vec![asks[0].clone()];
        record(subject.store(), another).await;
        let mut later = append([other_day(submitted(&asks[2]))]);
        later.asks = vec![asks[2].clone()];
        record(subject.store(), later).await;
        let mut found = Vec::new();
        for _ in 0..2 {
            let mut now = Vec::new();
            for ask in &asks {
                now.push(subject.store().ask(&ask.name).await.unwrap().unwrap());
            }
            found.push(now);
            subject.reopen_without_index();
        }
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0][0].value, asks[0]);
        assert_ne!(found[0][2].value.schedule, asks[2].schedule);
    });
}

#[test]
fn the_request_of_an_ask_is_known_also_when_another_has_taken_its_place() {
    hold(async |subject| {
        let submit = |id: &str, label: &str| {
            let mut next = append([submitted(&ask(("sefton", "a"), &[1], &[], &[label]))]);
            next.idempotency = Some(request(id, label));
            next
        };
        record(subject.store(), submit("r1", "How many beds?")).await;
        record(subject.store(), submit("r2", "How many rooms?")).await;
        for step in 0..3 {
            let store = subject.store();
            for (id, label, first) in [("r1", "How many beds?", 1), ("r2", "How many rooms?", 2)] {
                let again = store.append(submit(id, label)).await.unwrap();
                assert_eq!(again, Appended::Replayed { first });
                let other = store.append(submit(id, "How many floors?")).await.unwrap();
                assert_eq!(other, Appended::RequestIdReused);
            }
            assert_eq!(store.seen(&request("r3", "")).await.unwrap(), None);
            assert_eq!(count(store).await, 2);
            if step == 0 {
                subject.reopen();
            } else {
                subject.reopen_without_index();
            }
        }
    });
}

#[test]
fn the_feed_is_in_the_order_of_the_ledger_and_pages() {
    hold(async |subject| {
        let mut expected = Vec::new();
        for n in 0..300 {
            let event = Event::OrganisationRegistered(organisation(&format!("o-{n}"), "Body"));
            let mut next = append([event.clone()]);
            next.by = format!("tok-{n}");
            next.at = at(n);
            let sequence = record(subject.store(), next).await;
            expected.push((sequence, at(n), format!("tok-{n}"), event));
        }
        for _ in 0..2 {
            let store = subject.store();
            let mut found = Vec::new();
            while let page = store.events(found.len() as u64, 7).await.unwrap()
                && !page.is_empty()
            {
                assert!(page.len() <= 7);
                found.extend(page.into_iter().map(|r| (r.sequence, r.at, r.by, r.event)));
            }
            assert_eq!(found, expected);
            assert_eq!(store.events(250, 1).await.unwrap()[0].sequence, 251);
            assert!(store.events(300, 5).await.unwrap().is_empty());
            assert!(store.events(u64::MAX, 5).await.unwrap().is_empty());
            store.ready().await.unwrap();
            subject.reopen();
        }
    });
}
