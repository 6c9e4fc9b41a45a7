//! Asks: by name, by content, by who asks, of whom and what.

use std::collections::BTreeSet;

use askonce::domain::ask::{Ask, Targets};
use askonce::domain::event::{Event, Key};
use askonce::domain::id::AskName;
use askonce::store::{AskFilter, Store};
use jiff::civil::date;

use crate::backend::{hold, record};
use crate::fixtures::{
    EVER, append, ask, ask_name, asked_ever, council, expect, home, home_id, question, submitted,
};

async fn names(store: &dyn Store, filter: &AskFilter) -> Vec<String> {
    let asks = store.asks(filter, None, 100).await.unwrap();
    asks.iter().map(|ask| ask.value.name.to_string()).collect()
}

fn of_organisation(id: &str) -> AskFilter {
    AskFilter {
        organisation: Some(id.parse().unwrap()),
        ..AskFilter::default()
    }
}

fn of_home(n: usize) -> AskFilter {
    AskFilter {
        home: Some(home_id(n)),
        ..AskFilter::default()
    }
}

fn of_questions(labels: &[&str]) -> AskFilter {
    AskFilter {
        questions: Some(labels.iter().map(|label| question(label)).collect()),
        ..AskFilter::default()
    }
}

fn named(ids: &[(&str, &str)]) -> Vec<String> {
    ids.iter()
        .map(|(organisation, ask)| ask_name(organisation, ask).to_string())
        .collect()
}

#[test]
fn the_day_on_which_an_ask_expires_is_that_of_its_last_revision() {
    hold(async |subject| {
        let dated = |expires_on: &str| {
            let mut raw = ask(("sefton", "beds"), &[1], &[], &["Beds"]).raw.clone();
            raw.expires_on = expires_on.into();
            Ask::parse(raw, None, date(2026, 11, 21)).unwrap()
        };
        let names = [ask_name("sefton", "beds"), ask_name("sefton", "none")];
        for (day, expected) in [
            ("2026-12-31", Some(date(2026, 12, 31))),
            ("", None),
            ("2027-01-31", Some(date(2027, 1, 31))),
        ] {
            record(subject.store(), append([submitted(&dated(day))])).await;
            for _ in 0..2 {
                let expiries = subject.store().expiries(&names).await.unwrap();
                assert_eq!(expiries, [expected, None], "{day}");
                subject.reopen();
            }
        }
    });
}

#[test]
fn an_ask_is_found_by_name_and_by_content() {
    hold(async |subject| {
        let wanted = ask(
            ("sefton", "beds"),
            &[1],
            &[],
            &["How many beds?", "How many staff?"],
        );
        let twin = ask(
            ("sefton", "also-beds"),
            &[1],
            &[],
            &["How many beds?", "How many staff?"],
        );
        assert_eq!(wanted.content, twin.content);
        let other = ask(("sefton", "other"), &[2], &[], &["How many beds?"]);
        record(
            subject.store(),
            append([submitted(&wanted), submitted(&twin)]),
        )
        .await;
        for _ in 0..2 {
            let store = subject.store();
            let found = store.ask(&wanted.name).await.unwrap().unwrap();
            assert_eq!((&found.value, found.revision), (&wanted, 1));
            assert_eq!(store.ask(&other.name).await.unwrap(), None);
            let identical = store.identical_ask(&wanted.content).await.unwrap();
            assert_eq!(identical.as_ref(), Some(&wanted.name));
            assert_eq!(store.identical_ask(&other.content).await.unwrap(), None);
            subject.reopen();
        }
        let mut again = append([submitted(&other)]);
        again.expectations = vec![expect(Key::Ask(other.name.clone()), 0)];
        assert_eq!(record(subject.store(), again).await, 3);
    });
}

#[test]
fn asks_list_by_who_asks_of_whom_and_what() {
    hold(async |subject| {
        let store = subject.store();
        let homes = [1, 2, 3].map(|n| Event::HomeRegistered(home(n, "Elm")));
        record(store, append(homes)).await;
        let asks = [
            ask(("wirral", "b"), &[1], &[], &["How many beds?"]),
            ask(
                ("sefton", "c"),
                &[2],
                &[council(1)],
                &["How many beds?", "How many staff?"],
            ),
            ask(("sefton", "B"), &[9], &["E92000001"], &["How many falls?"]),
            ask(("sefton", "a"), &[2, 9], &[], &["How many staff?"]),
        ];
        record(store, append(asks.iter().map(|ask| submitted(ask)))).await;
        for _ in 0..2 {
            let store = subject.store();
            let (wb, sc, sb, sa) = (
                ("wirral", "b"),
                ("sefton", "c"),
                ("sefton", "B"),
                ("sefton", "a"),
            );
            assert_eq!(
                names(store, &AskFilter::default()).await,
                named(&[sb, sa, sc, wb])
            );
            assert_eq!(
                names(store, &of_organisation("sefton")).await,
                named(&[sb, sa, sc])
            );
            assert_eq!(names(store, &of_organisation("bolton")).await, named(&[]));
            assert_eq!(names(store, &of_home(1)).await, named(&[sb, sc, wb]));
            assert_eq!(names(store, &of_home(2)).await, named(&[sb, sa, sc]));
            assert_eq!(names(store, &of_home(3)).await, named(&[sb]));
            assert_eq!(names(store, &of_home(9)).await, named(&[sb, sa]));
            let beds_or_falls = of_questions(&["How many beds?", "How many falls?"]);
            assert_eq!(names(store, &beds_or_falls).await, named(&[sb, sc, wb]));
            assert_eq!(names(store, &of_questions(&[])).await, named(&[]));
            let all = AskFilter {
                questions: of_questions(&["How many staff?"]).questions,
                home: Some(home_id(2)),
                ..of_organisation("sefton")
            };
            assert_eq!(names(store, &all).await, named(&[sa, sc]));
            let of_home_1 = asked_ever(store, &home_id(1)).await;
            let found: Vec<_> = of_home_1.iter().map(|ask| ask.name.to_string()).collect();
            assert_eq!(found, named(&[sb, sc, wb]));
            subject.reopen();
        }
    });
}

#[test]
fn homes_that_are_asked_the_same_are_one_class() {
    hold(async |subject| {
        let store = subject.store();
        let homes = [1, 2, 4, 5].map(|n| Event::HomeRegistered(home(n, "Elm")));
        record(store, append(homes)).await;
        let by_area = ask(("sefton", "a"), &[], &[council(1)], &["How many beds?"]);
        let by_name = ask(("wirral", "b"), &[4], &[], &["How many beds?"]);
        record(
            store,
            append([&by_area, &by_name].map(|ask| submitted(ask))),
        )
        .await;
        for _ in 0..2 {
            let store = subject.store();
            let england = Targets {
                areas: BTreeSet::from(["E92000001".parse().unwrap()]),
                ..Targets::default()
            };
            let classes = store.home_classes(&england, EVER.0, EVER.1).await.unwrap();
            let told: Vec<_> = classes
                .iter()
                .map(|class| (class.homes.clone(), class.asks.clone()))
                .collect();
            let (area, name) = (&by_area.name, &by_name.name);
            let expected = [
                (vec![home_id(1)], vec![area.clone()]),
                (vec![home_id(2), home_id(5)], vec![]),
                (vec![home_id(4)], vec![area.clone(), name.clone()]),
            ];
            assert_eq!(told, expected);
            let one = Targets {
                homes: BTreeSet::from([home_id(5), home_id(9)]),
                ..Targets::default()
            };
            let classes = store.home_classes(&one, EVER.0, EVER.1).await.unwrap();
            assert_eq!(classes.len(), 1);
            assert_eq!(classes[0].homes, [home_id(5)]);
            subject.reopen();
        }
    });
}

#[test]
fn a_home_that_moves_is_asked_by_its_new_area() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
        let by_area = ask(("sefton", "a"), &[], &[council(1)], &["How many beds?"]);
        record(store, append([submitted(&by_area)])).await;
        assert_eq!(asked_ever(store, &home_id(1)).await.len(), 1);
        let mut moved = home(1, "Elm").row;
        moved.area_code = council(2).to_owned();
        let moved = askonce::domain::home::Home::parse(moved).unwrap();
        record(store, append([Event::HomeRegistered(moved)])).await;
        assert!(asked_ever(store, &home_id(1)).await.is_empty());
    });
}

#[test]
fn lists_of_asks_page_in_order_however_they_are_narrowed() {
    hold(async |subject| {
        let store = subject.store();
        let mut all: Vec<AskName> = Vec::new();
        for n in 0..60 {
            let body = ["sefton", "wirral"][n % 2];
            let label = if n % 20 == 0 {
                "How many falls?"
            } else {
                "How many beds?"
            };
            let ask = ask((body, &format!("a-{n}")), &[n % 3], &[], &[label]);
            record(store, append([submitted(&ask)])).await;
            all.push(ask.name.clone());
        }
        all.sort();
        let filters = [
            AskFilter::default(),
            of_organisation("wirral"),
            of_home(1),
            of_questions(&["How many falls?"]),
            of_questions(&["How many beds?"]),
        ];
        for filter in filters {
            let whole = names(store, &filter).await;
            let mut paged: Vec<String> = Vec::new();
            let mut after = None;
            while let page = store.asks(&filter, after.as_ref(), 4).await.unwrap()
                && let Some(last) = page.last()
            {
                assert!(page.len() <= 4);
                after = Some(last.value.name.clone());
                paged.extend(page.iter().map(|ask| ask.value.name.to_string()));
            }
            assert_eq!(paged, whole, "{filter:?}");
            let kept = all
                .iter()
                .map(AskName::to_string)
                .filter(|name| whole.contains(name));
            assert_eq!(whole, kept.collect::<Vec<_>>(), "{filter:?}");
        }
    });
}

#[test]
fn an_ask_that_takes_the_place_of_another_takes_its_postings() {
    hold(async |subject| {
        let store = subject.store();
        let old = ask(("sefton", "a"), &[1], &[], &["How many beds?"]);
        let new = ask(("sefton", "a"), &[2], &[], &["How many staff?"]);
        record(store, append([submitted(&old)])).await;
        record(store, append([submitted(&new)])).await;
        for _ in 0..2 {
            let store = subject.store();
            assert_eq!(store.ask(&new.name).await.unwrap().unwrap().revision, 2);
            assert!(names(store, &of_home(1)).await.is_empty());
            assert!(
                names(store, &of_questions(&["How many beds?"]))
                    .await
                    .is_empty()
            );
            assert_eq!(names(store, &of_home(2)).await, named(&[("sefton", "a")]));
            assert_eq!(store.identical_ask(&old.content).await.unwrap(), None);
            assert!(store.identical_ask(&new.content).await.unwrap().is_some());
            subject.reopen();
        }
    });
}
