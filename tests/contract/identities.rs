//! Who is who: identifiers, successions, people, and tokens with several secrets.

use std::collections::BTreeSet;

use askonce::domain::access::TokenRotated;
use askonce::domain::event::{Event, Key};
use askonce::domain::home::{Home, RawHome};
use askonce::domain::id::{HomeId, OrganisationId};
use askonce::domain::organisation::{Organisation, RawOrganisation};
use askonce::domain::person::{Person, PersonRemoved};
use askonce::domain::succession::{Succession, SuccessionUndone};
use askonce::store::{Appended, AskFilter};
use jiff::civil::{Date, date};

use crate::backend::{hold, record};
use crate::fixtures::{
    EVER, append, ask, ask_name, asked_ever, at, digest, expect, home, home_id, organisation,
    person, revoked, submitted, token,
};

fn with_ods(n: usize, ods: &str) -> Event {
    let row = RawHome {
        ods: ods.to_owned(),
        uprn: format!("{n}"),
        local: vec![format!("sefton:H-{n}")],
        ..RawHome::from(home(n, "Elm"))
    };
    Event::HomeRegistered(Home::parse(row).unwrap())
}

fn body(id: &str, ods: &str) -> Event {
    let row = RawOrganisation {
        ods: ods.to_owned(),
        gss: "E38000247".to_owned(),
        ..RawOrganisation::from(organisation(id, "Body"))
    };
    Event::OrganisationRegistered(Organisation::parse(row).unwrap())
}

fn id(text: &str) -> OrganisationId {
    text.parse().unwrap()
}

fn ended(old: &str, new: &str, on: Date) -> Event {
    Event::OrganisationSucceeded(Succession {
        predecessor: id(old),
        successor: Some(id(new)),
        on,
    })
}

fn anew(old: usize, new: Option<usize>, on: Date) -> Event {
    Event::HomeSucceeded(Succession {
        predecessor: home_id(old),
        successor: new.map(home_id),
        on,
    })
}

#[test]
fn what_bears_an_identifier_is_found_by_it_until_its_entry_says_otherwise() {
    hold(async |subject| {
        let store = subject.store();
        record(
            store,
            append([
                with_ods(1, "VLKXX"),
                with_ods(2, "vlkxx"),
                body("tees", "16C"),
            ]),
        )
        .await;
        record(store, append([with_ods(2, "VLKYY")])).await;
        for round in 0..3 {
            let store = subject.store();
            let found = async |text: &str| store.homes_of(&text.parse().unwrap()).await.unwrap();
            assert_eq!(found("ods:vlkxx").await, [home_id(1)]);
            assert_eq!(found("ods:VLKYY").await, [home_id(2)]);
            assert_eq!(found("uprn:002").await, [home_id(2)]);
            assert_eq!(found("local:sefton:H-1").await, [home_id(1)]);
            assert_eq!(found(home_id(1).as_str()).await, [home_id(1)]);
            assert_eq!(found("ods:NONE").await, []);
            assert_eq!(found("1-999999999").await, []);
            for text in ["ods:16c", "gss:E38000247", "tees"] {
                let bodies = store
                    .organisations_of(&text.parse().unwrap())
                    .await
                    .unwrap();
                assert_eq!(bodies, [id("tees")], "{text}");
            }
            let mut late = append([with_ods(3, "VLKYY")]);
            let key = Key::HomeIdentifier("ods:VLKYY".parse().unwrap());
            late.expectations = vec![expect(key.clone(), 0)];
            let appended = store.append(late).await.unwrap();
            assert_eq!(
                appended,
                Appended::Conflict { keys: vec![key] },
                "another bears it"
            );
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}

#[test]
fn successions_are_corrected_and_taken_back_and_the_register_keeps_its_revision() {
    hold(async |subject| {
        let store = subject.store();
        let (first, second) = (date(2021, 4, 1), date(2022, 7, 1));
        let told = [
            ended("a", "m", first),
            ended("m", "icb", second),
            ended("b", "x", first),
        ];
        record(store, append(told)).await;
        record(store, append([ended("b", "m", first)])).await;
        let undone = SuccessionUndone {
            predecessor: id("m"),
            reason: "not yet".to_owned(),
        };
        record(store, append([Event::OrganisationSuccessionUndone(undone)])).await;
        for round in 0..3 {
            let all = subject.store().organisation_successions().await.unwrap();
            assert_eq!(all.revision, 5);
            let before = all.value.predecessors(&id("m"), first);
            assert_eq!(before, BTreeSet::from([id("a"), id("b")]));
            assert!(all.value.of(&id("m")).is_none());
            assert_eq!(
                (all.value.revision(&id("a")), all.value.revision(&id("b"))),
                (1, 4)
            );
            let mut late = append([ended("c", "m", first)]);
            late.expectations = vec![expect(Key::OrganisationSuccessions, 4)];
            let appended = subject.store().append(late).await.unwrap();
            assert!(
                matches!(appended, Appended::Conflict { .. }),
                "{appended:?}"
            );
            assert_eq!(
                subject.store().home_successions().await.unwrap().revision,
                0
            );
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}

#[test]
fn a_home_registered_anew_is_asked_what_its_predecessors_were_asked_by_name() {
    hold(async |subject| {
        let store = subject.store();
        let homes = [1, 2, 3].map(|n| Event::HomeRegistered(home(n, "Elm")));
        record(store, append(homes)).await;
        let by_name = ask(("sefton", "a"), &[1], &[], &["How many beds?"]);
        record(store, append([submitted(&by_name)])).await;
        let told = [
            anew(1, Some(2), date(2026, 11, 1)),
            anew(2, Some(3), date(2026, 12, 1)),
        ];
        record(store, append(told)).await;
        for _ in 0..2 {
            let store = subject.store();
            for n in 1..=3 {
                let asks = asked_ever(store, &home_id(n)).await;
                assert_eq!(asks.len(), 1, "home {n}");
            }
            let classes = store
                .home_classes(&by_name.targets, EVER.0, EVER.1)
                .await
                .unwrap();
            let asked: Vec<HomeId> = classes
                .iter()
                .flat_map(|class| class.homes.clone())
                .collect();
            assert_eq!(asked.into_iter().collect::<BTreeSet<_>>().len(), 3);
            let name = ask_name("sefton", "a");
            assert!(classes.iter().all(|class| class.asks == [name.clone()]));
            subject.reopen();
        }
        let undone = SuccessionUndone {
            predecessor: home_id(1),
            reason: String::new(),
        };
        record(
            subject.store(),
            append([Event::HomeSuccessionUndone(undone)]),
        )
        .await;
        let filter = AskFilter {
            home: Some(home_id(3)),
            ..AskFilter::default()
        };
        assert_eq!(
            subject.store().asks(&filter, None, 9).await.unwrap().len(),
            0
        );
    });
}

#[test]
fn a_person_is_found_by_her_address_whatever_its_case_until_she_is_removed() {
    hold(async |subject| {
        let store = subject.store();
        let invited = |person: Person| append([Event::PersonInvited(person)]);
        record(store, invited(person("p_1", "Ann@b.example", &[1]))).await;
        record(store, invited(person("p_2", "bo@b.example", &[1, 2]))).await;
        record(store, invited(person("p_1", "Ann@b.example", &[1, 2]))).await;
        let removed = |id: &str, homes: &[usize]| {
            append([Event::PersonRemoved(PersonRemoved {
                id: id.to_owned(),
                homes: homes.iter().map(|n| home_id(*n)).collect(),
            })])
        };
        record(store, removed("p_1", &[1])).await;
        record(store, removed("p_2", &[1, 2])).await;
        record(store, removed("p_9", &[])).await;
        for round in 0..3 {
            let store = subject.store();
            let ann = store
                .person_of_email("ann@b.example")
                .await
                .unwrap()
                .unwrap();
            assert_eq!(ann.homes.keys().collect::<Vec<_>>(), [&home_id(2)]);
            assert_eq!(store.person_of_email("bo@b.example").await.unwrap(), None);
            let people = store.people().await.unwrap();
            assert_eq!(people.value, [ann]);
            assert!(people.revision == 5, "{}", people.revision);
            assert!(store.was_person("p_2").await.unwrap());
            assert!(!store.was_person("p_9").await.unwrap());
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        record(subject.store(), removed("p_1", &[])).await;
        assert_eq!(subject.store().people().await.unwrap().value, []);
    });
}

#[test]
fn a_rotated_token_is_found_by_each_of_its_secrets() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::TokenIssued(token("tok-1"))])).await;
        let rotated = |n: &str, ends: i64| {
            append([Event::TokenRotated(TokenRotated {
                id: "tok-1".to_owned(),
                hash: digest(n),
                former_ends_at: at(ends),
            })])
        };
        record(store, rotated("second", 100)).await;
        let mut third = rotated("third", 300);
        third.at = at(200);
        record(store, third).await;
        for round in 0..3 {
            let store = subject.store();
            let found = async |hash: &str| store.token_of_hash(&digest(hash)).await.unwrap();
            let token = found("third").await.unwrap();
            assert_eq!(found("second").await.unwrap(), token);
            assert_eq!(
                found("tok-1").await,
                None,
                "it had ended when the next was rotated out"
            );
            assert!(token.opens_with(&digest("second"), at(299)));
            assert!(!token.opens_with(&digest("second"), at(300)));
            assert!(token.opens_with(&digest("third"), at(300)));
            assert_eq!(store.token("tok-1").await.unwrap().unwrap().revision, 3);
            assert_eq!(store.token("tok-2").await.unwrap(), None);
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        record(subject.store(), append([revoked("tok-1")])).await;
        let token = subject
            .store()
            .token_of_hash(&digest("second"))
            .await
            .unwrap()
            .unwrap();
        assert!(!token.opens_with(&digest("second"), at(1)) && !token.is_live(at(1)));
    });
}
