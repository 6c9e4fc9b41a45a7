//! Collections, acknowledgements, what wakes a reader, and what the ledger says of itself.

use askonce::domain::collection::DeliveriesAcknowledged;
use askonce::domain::event::Event;
use askonce::store::Store;

use crate::backend::{Subject, hold, record};
use crate::fixtures::{
    append, ask, ask_name, at, collected, home_id, reference, submission, submitted, token,
};

const BEDS: &str = "How many beds?";
const OCTOBER: &str = "at/2026-10-31";
const NOVEMBER: &str = "at/2026-11-30";

#[test]
fn who_took_what_is_kept_once_a_caller_and_grows() {
    hold(async |subject| {
        let name = ask_name("sefton", "a");
        let said = submission(
            1,
            "R1",
            &[(BEDS, NOVEMBER, "10")],
            std::slice::from_ref(&name),
        );
        record(subject.store(), append([Event::AnswersSubmitted(said)])).await;
        let takings = [
            ("tok-1", 1, collected(&name, &[(1, NOVEMBER, &["f0"], 1)])),
            ("tok-2", 2, collected(&name, &[(1, NOVEMBER, &["f0"], 1)])),
            ("tok-1", 3, collected(&name, &[(1, NOVEMBER, &["f1"], 3)])),
        ];
        for (by, second, event) in takings {
            let mut next = append([event]);
            next.by = by.to_owned();
            next.at = at(second);
            record(subject.store(), next).await;
        }
        for _ in 0..2 {
            let store = subject.store();
            let (home, november) = (home_id(1), reference(NOVEMBER));
            let found = store.collected(&home, &november, &name).await.unwrap();
            let told: Vec<_> = found
                .iter()
                .map(|one| (one.by.as_str(), one.sequence, one.first_at, one.at))
                .collect();
            let expected = [("tok-1", 4, at(1), at(3)), ("tok-2", 3, at(2), at(2))];
            assert_eq!(told, expected);
            let fields: Vec<_> = found[0]
                .fields
                .iter()
                .map(|(f, v)| (f.as_str(), *v))
                .collect();
            assert_eq!(fields, [("f0", 1), ("f1", 3)]);
            assert_eq!(found[0].sheet_sequence(), 3);
            let of_home = store.collections(&home, None).await.unwrap();
            let order: Vec<u64> = of_home.iter().map(|one| one.sequence).collect();
            assert_eq!(order, [3, 4], "by the last time");
            let other = "wirral".parse().unwrap();
            assert_eq!(store.collections(&home, Some(&other)).await.unwrap(), []);
            assert_eq!(store.collections(&home_id(2), None).await.unwrap(), []);
            subject.reopen();
            subject.reopen_without_index();
        }
    });
}

#[test]
fn what_is_acknowledged_only_grows_for_an_ask_and_for_all() {
    hold(async |subject| {
        let organisation: askonce::domain::id::OrganisationId = "sefton".parse().unwrap();
        let one: askonce::domain::id::AskId = "a".parse().unwrap();
        for (ask, through) in [(Some(&one), 5), (None, 3), (Some(&one), 4), (None, 9)] {
            let said = DeliveriesAcknowledged {
                organisation: organisation.clone(),
                ask: ask.cloned(),
                through,
            };
            record(
                subject.store(),
                append([Event::DeliveriesAcknowledged(said)]),
            )
            .await;
        }
        for _ in 0..2 {
            let store = subject.store();
            let of_one = store.acknowledged(&organisation, Some(&one)).await.unwrap();
            let of_one = of_one.unwrap();
            assert_eq!((of_one.value.through, of_one.revision), (5, 1));
            let of_all = store
                .acknowledged(&organisation, None)
                .await
                .unwrap()
                .unwrap();
            assert_eq!((of_all.value.through, of_all.revision), (9, 4));
            assert_eq!(of_all.value.by, "tok-1");
            let other = "wirral".parse().unwrap();
            assert_eq!(store.acknowledged(&other, None).await.unwrap(), None);
            subject.reopen();
        }
    });
}

#[test]
fn sheets_released_to_any_ask_of_an_organisation_stand_once_in_the_order_of_changes() {
    hold(async |subject| {
        let asks = [
            ask(("sefton", "a"), &[1, 2], &[], &[BEDS]),
            ask(("sefton", "b"), &[1], &[], &[BEDS]),
            ask(("wirral", "a"), &[1], &[], &[BEDS]),
        ];
        record(
            subject.store(),
            append(asks.iter().map(|ask| submitted(ask))),
        )
        .await;
        let (a, b, c) = (&asks[0].name, &asks[1].name, &asks[2].name);
        let said = [
            submission(1, "R1", &[(BEDS, NOVEMBER, "1")], &[a.clone(), b.clone()]),
            submission(2, "R2", &[(BEDS, NOVEMBER, "2")], std::slice::from_ref(a)),
            submission(1, "R3", &[(BEDS, OCTOBER, "3")], std::slice::from_ref(c)),
            submission(1, "R4", &[(BEDS, OCTOBER, "4")], std::slice::from_ref(b)),
        ];
        for said in said {
            record(subject.store(), append([Event::AnswersSubmitted(said)])).await;
        }
        for _ in 0..2 {
            let store = subject.store();
            let sefton = "sefton".parse().unwrap();
            let found = store.released_to(&sefton, 0, 9).await.unwrap();
            let order: Vec<u64> = found.iter().map(|sheet| sheet.sequence).collect();
            assert_eq!(order, [4, 5, 7]);
            let found = store.released_to(&sefton, 4, 1).await.unwrap();
            assert_eq!((found.len(), found[0].sequence), (1, 5));
            let homes = [home_id(1), home_id(2), home_id(3)];
            let references = [reference(OCTOBER), reference(NOVEMBER)];
            let found = store.released_among(a, &homes, &references).await.unwrap();
            let sequences: Vec<u64> = found.iter().map(|sheet| sheet.sequence).collect();
            assert_eq!(sequences, [4, 5]);
            let found = store.sheets_of_home(&home_id(1), 1).await.unwrap();
            assert_eq!((found.len(), found[0].sequence), (1, 7), "the latest");
            let asked = store
                .asked_questions(&[a.clone(), ask_name("sefton", "none")])
                .await;
            let counts: Vec<usize> = asked.unwrap().iter().map(Vec::len).collect();
            assert_eq!(counts, [1, 0]);
            subject.reopen();
        }
    });
}

#[test]
fn a_reader_is_woken_by_releases_alone_and_told_up_to_where_it_may_read() {
    hold(async |subject| {
        let mut changes = subject.store().changes();
        changes.mark_unchanged();
        record(
            subject.store(),
            append([Event::TokenIssued(token("tok-9"))]),
        )
        .await;
        assert!(!changes.has_changed().unwrap());
        assert_eq!(*subject.store().changes().borrow(), 1);
        let said = submission(1, "R1", &[(BEDS, NOVEMBER, "1")], &[]);
        record(subject.store(), append([Event::AnswersSubmitted(said)])).await;
        assert!(changes.has_changed().unwrap());
        assert_eq!(*changes.borrow_and_update(), 2);
        if let Subject::Embedded(..) = subject {
            drop(changes);
            subject.reopen();
            assert_eq!(*subject.store().changes().borrow(), 2);
        }
    });
}

async fn head(store: &dyn Store) -> Option<(u64, String)> {
    let head = store.checkpoint().await.unwrap();
    head.map(|head| (head.sequence, head.chain))
}

#[test]
fn the_ledger_is_read_with_its_chain_and_checked_while_it_is_written() {
    hold(async |subject| {
        for id in 0..5 {
            let issued = Event::TokenIssued(token(&format!("tok-{id}")));
            record(subject.store(), append([issued])).await;
        }
        let store = subject.store();
        let entries = store.ledger(2, 2).await.unwrap();
        let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequences, [3, 4]);
        assert!(entries.iter().all(|entry| entry.kind == "TokenIssued"));
        assert!(entries.iter().all(|entry| entry.recorded.is_some()));
        let Some((sequence, chain)) = head(store).await else {
            assert!(entries.iter().all(|entry| entry.chain.is_empty()));
            assert!(store.walk_ledger().await.unwrap().is_none());
            return;
        };
        let all = store.ledger(0, 100).await.unwrap();
        assert_eq!((all.len() as u64, &all[4].chain), (sequence, &chain));
        let mut walk = store.walk_ledger().await.unwrap().unwrap();
        let found = walk.check(2).await.unwrap();
        assert_eq!((found.events, found.is_done), (2, false));
        let issued = Event::TokenIssued(token("tok-late"));
        record(store, append([issued])).await;
        let found = walk.check(100).await.unwrap();
        assert_eq!((found.events, found.is_done, found.damage), (5, true, None));
        assert_eq!((found.sequence, found.chain), (sequence, chain));
    });
}

#[test]
fn a_check_finds_what_was_changed_and_says_where() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let subject = Subject::embedded();
        for id in 0..5 {
            let issued = Event::TokenIssued(token(&format!("tok-{id}")));
            record(subject.store(), append([issued])).await;
        }
        let Subject::Embedded(Some(store), dir) = &subject else {
            unreachable!("it was made so");
        };
        let ledger = std::fs::read_dir(dir.path().join("ledger")).unwrap();
        let segment = ledger.map(|file| file.unwrap().path()).next().unwrap();
        let text = std::fs::read_to_string(&segment).unwrap();
        let altered = text.replacen("for tests", "for texts", 3);
        assert_ne!(text, altered);
        std::fs::write(&segment, altered).unwrap();
        let mut walk = store.walk_ledger().await.unwrap().unwrap();
        let found = walk.check(100).await.unwrap();
        assert!(!found.is_done && found.events == 0, "{found:?}");
        let damage = found.damage.unwrap();
        assert!(damage.contains("at byte"), "{damage}");
        assert!(
            !damage.contains("texts"),
            "nothing that was said is told: {damage}"
        );
    });
}
