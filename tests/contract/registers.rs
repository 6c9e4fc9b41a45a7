//! The registers: organisations, homes, tokens, decisions, dictionary, templates.

use std::collections::BTreeSet;

use askonce::domain::dictionary::{
    Dictionary, ElementApproved, ElementProposed, ElementRetired, RawElement, Retirement,
};
use askonce::domain::event::{Event, Key};
use askonce::domain::id::ElementId;
use askonce::store::Appended;

use crate::backend::{hold, record};
use crate::fixtures::{
    append, ask, at, digest, expect, home, home_id, organisation, question, revoked, same,
    template, token, undone,
};

#[test]
fn an_empty_store_has_nothing() {
    hold(async |subject| {
        let store = subject.store();
        assert_eq!(store.dictionary().await.unwrap().revision, 0);
        assert_eq!(
            *store.dictionary().await.unwrap().value,
            Dictionary::empty()
        );
        assert_eq!(store.links().await.unwrap().revision, 0);
        assert!(store.homes(None, 9).await.unwrap().is_empty());
        assert!(store.organisations(None, 9).await.unwrap().is_empty());
        assert!(store.tokens().await.unwrap().is_empty());
        assert!(store.events(0, 9).await.unwrap().is_empty());
        assert!(store.template(&digest("x")).await.unwrap().is_none());
        store.ready().await.unwrap();
    });
}

#[test]
fn entries_are_replaced_and_list_in_the_order_of_their_ids() {
    hold(async |subject| {
        let store = subject.store();
        let bodies = ["sefton", "bolton", "wirral"];
        let enter = |id: &&str| Event::OrganisationRegistered(organisation(id, "Council"));
        record(store, append(bodies.iter().map(enter))).await;
        let homes = [3, 1, 2].map(|n| Event::HomeRegistered(home(n, "Elm")));
        record(store, append(homes)).await;
        record(store, append([Event::HomeRegistered(home(1, "Oak"))])).await;
        for _ in 0..2 {
            let store = subject.store();
            let all = store.organisations(None, 9).await.unwrap();
            let ids: Vec<_> = all.iter().map(|entry| entry.id.as_str()).collect();
            assert_eq!(ids, ["bolton", "sefton", "wirral"]);
            let page = store.organisations(Some(&all[0].id), 1).await.unwrap();
            assert_eq!(page, all[1..2]);
            let one = store.organisation(&all[1].id).await.unwrap().unwrap();
            assert_eq!((one.value, one.revision), (all[1].clone(), 1));
            let homes = store.homes(None, 2).await.unwrap();
            assert_eq!([&homes[0].id, &homes[1].id], [&home_id(1), &home_id(2)]);
            let rest = store.homes(Some(&homes[1].id), 9).await.unwrap();
            assert_eq!(
                rest.iter().map(|home| &home.id).collect::<Vec<_>>(),
                [&home_id(3)]
            );
            let replaced = store.home(&home_id(1)).await.unwrap().unwrap();
            assert_eq!(
                (replaced.value.name.as_str(), replaced.revision),
                ("Oak", 7)
            );
            subject.reopen();
        }
    });
}

#[test]
fn a_token_is_found_by_its_hash_and_stays_listed_when_revoked() {
    hold(async |subject| {
        let store = subject.store();
        let tokens = ["tok-2", "tok-1"].map(|id| Event::TokenIssued(token(id)));
        record(store, append(tokens)).await;
        let mut revoke = append([revoked("tok-1"), revoked("tok-9")]);
        revoke.at = at(60);
        revoke.expectations = vec![expect(Key::Token("tok-1".to_owned()), 2)];
        record(store, revoke).await;
        for _ in 0..2 {
            let store = subject.store();
            let found = store
                .token_of_hash(&digest("tok-1"))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.revoked_at, Some(at(60)));
            assert!(!found.is_live(at(61)));
            let live = store
                .token_of_hash(&digest("tok-2"))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(*live, token("tok-2"));
            assert_eq!(store.token_of_hash(&digest("tok-9")).await.unwrap(), None);
            let all = store.tokens().await.unwrap();
            let listed: Vec<_> = all
                .iter()
                .map(|token| (token.value.id.as_str(), token.revision))
                .collect();
            assert_eq!(listed, [("tok-1", 3), ("tok-2", 1)]);
            subject.reopen();
        }
    });
}

#[test]
fn decisions_stand_until_they_are_taken_back() {
    hold(async |subject| {
        let store = subject.store();
        let (beds, places) = ("How many beds?", "How many places?");
        record(
            store,
            append([same("d-1", beds, places), same("d-2", beds, "Beds")]),
        )
        .await;
        assert_eq!(
            store
                .links()
                .await
                .unwrap()
                .value
                .members(&question(beds))
                .len(),
            3
        );
        record(store, append([undone("d-2")])).await;
        for _ in 0..2 {
            let links = subject.store().links().await.unwrap();
            assert_eq!(links.revision, 3);
            let ids: Vec<_> = links.value.decisions().map(|d| d.id.as_str()).collect();
            assert_eq!(ids, ["d-1"]);
            assert_eq!(links.value.members(&question(beds)).len(), 2);
            subject.reopen();
        }
        let mut late = append([same("d-3", beds, "Beds")]);
        late.expectations = vec![expect(Key::Links, 2)];
        let appended = subject.store().append(late).await.unwrap();
        assert_eq!(
            appended,
            Appended::Conflict {
                keys: vec![Key::Links]
            }
        );
    });
}

#[test]
fn the_dictionary_adopted_last_is_in_force() {
    hold(async |subject| {
        let starter = Dictionary::starter();
        let mut next = starter.raw().clone();
        next.version = "another".to_owned();
        for raw in [starter.raw().clone(), next.clone()] {
            record(subject.store(), append([Event::DictionaryAdopted(raw)])).await;
        }
        for _ in 0..2 {
            let dictionary = subject.store().dictionary().await.unwrap();
            assert_eq!(dictionary.revision, 2);
            assert_eq!(*dictionary.value.raw(), next);
            subject.reopen();
        }
    });
}

#[test]
fn a_template_reads_back_byte_for_byte_and_counts_once() {
    hold(async |subject| {
        let asks = [ask(("sefton", "a"), &[1], &[], &["How many beds?"])];
        let (template, kept) = template(&asks);
        record(subject.store(), append([kept.clone(), kept.clone()])).await;
        for _ in 0..2 {
            let found = subject
                .store()
                .template(&template.digest())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.bytes(), template.bytes());
            assert_eq!(found.body(), template.body());
            subject.reopen();
        }
        let mut again = append([kept]);
        again.expectations = vec![expect(Key::Template(template.digest()), 1)];
        record(subject.store(), again).await;
    });
}

#[test]
fn a_dictionary_changes_by_elements_and_settles_their_proposals() {
    hold(async |subject| {
        let store = subject.store();
        let adopted = Event::DictionaryAdopted(Dictionary::starter().raw().clone());
        record(store, append([adopted])).await;
        let element = RawElement {
            id: "falls.at_night".into(),
            label: "How many falls were there at night?".into(),
            kind: "count".into(),
            timing: "during".into(),
            topic: "falls".into(),
            ..RawElement::default()
        };
        let proposed = ElementProposed {
            element: element.clone(),
            reason: String::new(),
            organisation: None,
            proposed_at: at(0),
        };
        record(store, append([Event::ElementProposed(proposed.clone())])).await;
        for _ in 0..2 {
            let open = subject.store().proposals().await.unwrap();
            assert_eq!(open.len(), 1);
            assert_eq!((&*open[0].value, open[0].revision), (&proposed, 2));
            subject.reopen();
        }
        let approved = Event::ElementApproved(ElementApproved {
            element,
            reason: String::new(),
        });
        let retired = Event::ElementRetired(ElementRetired {
            element: "falls.at_night".parse().unwrap(),
            retired: Retirement {
                on: jiff::civil::date(2026, 11, 22),
                reason: String::new(),
                successor: None,
            },
        });
        let mut wanted = append([approved]);
        wanted.expectations = vec![expect(Key::Dictionary, 1)];
        record(subject.store(), wanted.clone()).await;
        let again = subject.store().append(wanted).await.unwrap();
        assert!(matches!(again, Appended::Conflict { .. }));
        let id: ElementId = "falls.at_night".parse().unwrap();
        for retires in [false, true] {
            if retires {
                record(subject.store(), append([retired.clone()])).await;
            }
            let revision = if retires { 4 } else { 3 };
            let mut digests = BTreeSet::new();
            for _ in 0..2 {
                let store = subject.store();
                let dictionary = store.dictionary().await.unwrap();
                assert_eq!(dictionary.revision, revision);
                let element = dictionary.value.element(&id).unwrap();
                assert_eq!(element.retired.is_some(), retires);
                digests.insert(dictionary.value.digest());
                assert!(store.proposals().await.unwrap().is_empty());
                subject.reopen();
            }
            assert_eq!(digests.len(), 1, "a reopened store has the same dictionary");
        }
    });
}
