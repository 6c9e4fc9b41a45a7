//! What became of decisions, the words that the matcher was taught, and how elements changed.

use std::collections::BTreeSet;

use askonce::domain::dictionary::{
    Dictionary, ElementApproved, ElementRetired, RawElement, Retirement,
};
use askonce::domain::event::{Event, Key};
use askonce::domain::matcher::Term;
use askonce::domain::objection::{DecisionObjected, ObjectionAnswered};
use askonce::domain::terms::{TermsDecided, WithdrawnWords};
use askonce::store::{Appended, Store};

use crate::backend::{hold, record};
use crate::fixtures::{append, at, expect, question, same, undone};

/// A body's objection to a decision.
pub(crate) fn objected(id: &str, decision: &str) -> Event {
    Event::DecisionObjected(DecisionObjected {
        id: id.to_owned(),
        decision: decision.to_owned(),
        organisation: "sefton".parse().unwrap(),
        reason: "ours leaves agency staff out".to_owned(),
        author: "tok-1".to_owned(),
        on_behalf: false,
        objected_at: at(3),
    })
}

/// The answer to an objection.
pub(crate) fn answered(id: &str, decision: &str) -> Event {
    Event::ObjectionAnswered(ObjectionAnswered {
        objection: id.to_owned(),
        decision: decision.to_owned(),
        reason: "both leave them out".to_owned(),
        author: "tok-2".to_owned(),
        answered_at: at(4),
    })
}

/// Words that are added to a value, or withdrawn from it.
pub(crate) fn taught(added: &[&str], withdrawn: &[&str]) -> Event {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let (facet, value) = ("who".to_owned(), "residents".to_owned());
    Event::TermsDecided(TermsDecided {
        added: vec![Term {
            facet: facet.clone(),
            value: value.clone(),
            words: words(added),
            ..Term::default()
        }],
        withdrawn: vec![WithdrawnWords {
            facet,
            value,
            words: words(withdrawn),
        }],
        reason: String::new(),
    })
}

async fn objected_to(store: &dyn Store) -> Vec<String> {
    let ids = store.objected_decisions().await.unwrap();
    ids.into_iter().collect()
}

#[test]
fn what_became_of_a_decision_is_kept_also_when_it_is_undone() {
    hold(async |subject| {
        let (beds, places) = ("How many beds?", "How many places?");
        let made = append([same("d-1", beds, places), same("d-2", beds, "Beds")]);
        record(subject.store(), made).await;
        record(subject.store(), append([objected("o-1", "d-1")])).await;
        record(subject.store(), append([objected("o-2", "d-2")])).await;
        assert_eq!(objected_to(subject.store()).await, ["d-1", "d-2"]);
        record(subject.store(), append([answered("o-1", "d-1")])).await;
        record(subject.store(), append([undone("d-2")])).await;
        for round in 0..3 {
            let store = subject.store();
            assert!(objected_to(store).await.is_empty());
            let kept = store.decision_life("d-1").await.unwrap().unwrap();
            assert_eq!(kept.revision, 5);
            assert!(kept.value.undone.is_none());
            let [objection] = kept.value.objections.as_slice() else {
                panic!("one objection: {kept:?}");
            };
            let answer = objection.answered.as_ref().unwrap();
            assert_eq!(answer.reason, "both leave them out");
            let gone = store.decision_life("d-2").await.unwrap().unwrap();
            assert_eq!(gone.revision, 6);
            assert!(gone.value.undone.is_some() && !gone.value.is_objected());
            assert_eq!(gone.value.objections.len(), 1);
            let about = BTreeSet::from([question(beds), question("Beds")]);
            let about = store.decisions_about(&about, 9).await.unwrap();
            let ids: Vec<_> = about.iter().map(|life| life.decision.id.as_str()).collect();
            assert_eq!(ids, ["d-1", "d-2"]);
            let links = store.links().await.unwrap();
            assert_eq!(links.revision, 6, "an objection changes no link");
            assert!(store.decision_life("d-9").await.unwrap().is_none());
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        // Whoever objects expects the decision as it was seen: undoing it is seen.
        let mut late = append([objected("o-3", "d-2")]);
        late.expectations = vec![expect(Key::Decision("d-2".into()), 4)];
        let appended = subject.store().append(late).await.unwrap();
        let keys = vec![Key::Decision("d-2".into())];
        assert_eq!(appended, Appended::Conflict { keys });
    });
}

#[test]
fn words_that_were_taught_are_kept_until_they_are_withdrawn() {
    hold(async |subject| {
        assert_eq!(subject.store().terms().await.unwrap().revision, 0);
        let first = append([taught(&["tenants", "boarders"], &["none"])]);
        record(subject.store(), first).await;
        record(
            subject.store(),
            append([taught(&["lodgers"], &["tenants"])]),
        )
        .await;
        for round in 0..3 {
            let terms = subject.store().terms().await.unwrap();
            assert_eq!(terms.revision, 2);
            let known = terms.value.term("who", "residents").unwrap();
            assert_eq!(known.words, ["boarders", "lodgers"]);
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
        let mut late = append([taught(&["guests"], &["none"])]);
        late.expectations = vec![expect(Key::Terms, 1)];
        let appended = subject.store().append(late).await.unwrap();
        let keys = vec![Key::Terms];
        assert_eq!(appended, Appended::Conflict { keys });
    });
}

#[test]
fn what_changed_an_element_is_found_by_it() {
    hold(async |subject| {
        let adopted = Event::DictionaryAdopted(Dictionary::starter().raw().clone());
        record(subject.store(), append([adopted])).await;
        let element = |id: &str| RawElement {
            id: id.into(),
            label: format!("How many {id}?"),
            kind: "count".into(),
            timing: "during".into(),
            topic: "falls".into(),
            ..RawElement::default()
        };
        let approved = |id: &str| {
            Event::ElementApproved(ElementApproved {
                element: element(id),
                reason: "asked for".into(),
            })
        };
        record(subject.store(), append([approved("falls.x")])).await;
        record(subject.store(), append([approved("falls.y")])).await;
        let retired = Event::ElementRetired(ElementRetired {
            element: "falls.x".parse().unwrap(),
            retired: Retirement {
                on: jiff::civil::date(2026, 11, 22),
                reason: String::new(),
                successor: Some("falls.y".parse().unwrap()),
            },
        });
        record(subject.store(), append([retired])).await;
        let x = "falls.x".parse().unwrap();
        for round in 0..3 {
            let store = subject.store();
            let changes = store.element_changes(&x, 9).await.unwrap();
            let found: Vec<u64> = changes.iter().map(|change| change.sequence).collect();
            assert_eq!(found, [1, 2, 4]);
            let latest = store.element_changes(&x, 2).await.unwrap();
            assert_eq!(latest, changes[1..]);
            let none = "falls.z".parse().unwrap();
            assert_eq!(store.element_changes(&none, 9).await.unwrap().len(), 1);
            match round {
                0 => subject.reopen(),
                _ => subject.reopen_without_index(),
            }
        }
    });
}
