//! Answers released to who came later, and what a home has filed elsewhere.

use askonce::domain::answer::Submission;
use askonce::domain::event::{Event, Key};
use askonce::domain::sheet::ReleaseKey;
use askonce::store::{Append, Appended, Store};

use crate::backend::{hold, record};
use crate::fixtures::{
    append, ask_name, at, expect, filed, home_id, reference, released, submission,
};

const BEDS: &str = "How many beds?";
const NOVEMBER: &str = "at/2026-11-30";

fn beds(receipt: &str, said: &str) -> Submission {
    submission(
        1,
        receipt,
        &[(BEDS, NOVEMBER, said)],
        &[ask_name("sefton", "a")],
    )
}

fn later(receipt: &str, sequence: u64) -> Event {
    let given = [(BEDS, NOVEMBER, sequence)];
    Event::AnswersReleased(released(1, receipt, &given, &[ask_name("wirral", "b")]))
}

/// Text, time and flag of what an ask holds.
async fn holds(store: &dyn Store, organisation: &str, ask: &str) -> Option<(String, String, bool)> {
    let sheet = store
        .sheet(&home_id(1), &reference(NOVEMBER))
        .await
        .unwrap();
    let key = ReleaseKey {
        ask: ask_name(organisation, ask),
        period: "2026-11".parse().unwrap(),
        field: "f0".parse().unwrap(),
    };
    let released = sheet.value.released(&key)?;
    let said = format!("{:?}", released.answer.said);
    Some((said, released.given_at.to_string(), released.is_correction))
}

#[test]
fn a_release_sends_the_very_answer_and_touches_no_other() {
    hold(async |subject| {
        record(
            subject.store(),
            append([Event::AnswersSubmitted(beds("R1", "10"))]),
        )
        .await;
        let first = holds(subject.store(), "sefton", "a").await;
        let mut next = append([later("R2", 1)]);
        next.at = at(50);
        record(subject.store(), next).await;
        for round in 0..3 {
            let store = subject.store();
            assert_eq!(holds(store, "sefton", "a").await, first);
            let (said, given_at, is_correction) = holds(store, "wirral", "b").await.unwrap();
            assert!(said.contains("10"), "{said}");
            assert_eq!((given_at, is_correction), (at(1).to_string(), false));
            let sheet = store
                .sheet(&home_id(1), &reference(NOVEMBER))
                .await
                .unwrap();
            assert_eq!(sheet.revision, 2);
            let feed = store
                .released(&ask_name("wirral", "b"), 1, 9)
                .await
                .unwrap();
            assert_eq!(feed.len(), 1);
            assert_eq!((feed[0].sequence, &feed[0].home), (2, &home_id(1)));
            assert_eq!(store.receipt(&home_id(1), "R2").await.unwrap(), None);
            let receipt = store.release(&home_id(1), "R2").await.unwrap().unwrap();
            assert_eq!(
                (receipt.revision, receipt.value.answers[0].sequence),
                (2, 1)
            );
            assert_eq!(store.release(&home_id(1), "R1").await.unwrap(), None);
            assert_eq!(store.release(&home_id(2), "R2").await.unwrap(), None);
            if round == 0 {
                subject.reopen();
            } else {
                subject.reopen_without_index();
            }
        }
    });
}

#[test]
fn a_release_of_what_is_no_longer_in_force_sends_nothing() {
    hold(async |subject| {
        let said = [beds("R1", "10"), beds("R2", "11")];
        record(subject.store(), append(said.map(Event::AnswersSubmitted))).await;
        record(subject.store(), append([later("R3", 1)])).await;
        for _ in 0..2 {
            assert_eq!(holds(subject.store(), "wirral", "b").await, None);
            subject.reopen_without_index();
        }
        record(subject.store(), append([later("R4", 2)])).await;
        let (said, _, is_correction) = holds(subject.store(), "wirral", "b").await.unwrap();
        assert!(said.contains("11") && !is_correction, "{said}");
        record(
            subject.store(),
            append([Event::AnswersSubmitted(beds("R5", "12"))]),
        )
        .await;
        let (said, ..) = holds(subject.store(), "wirral", "b").await.unwrap();
        assert!(
            said.contains("11"),
            "what was sent stays until another is sent: {said}"
        );
    });
}

#[test]
fn a_release_expects_the_sheet_to_be_as_it_was_read() {
    hold(async |subject| {
        record(
            subject.store(),
            append([Event::AnswersSubmitted(beds("R1", "10"))]),
        )
        .await;
        let expecting = |revision| Append {
            expectations: vec![expect(
                Key::Sheet(home_id(1), reference(NOVEMBER)),
                revision,
            )],
            ..append([later("R2", 1)])
        };
        let refused = subject.store().append(expecting(0)).await.unwrap();
        assert!(matches!(refused, Appended::Conflict { .. }), "{refused:?}");
        record(subject.store(), expecting(1)).await;
        let again = subject.store().append(expecting(1)).await.unwrap();
        assert!(
            matches!(again, Appended::Conflict { .. }),
            "it has changed by the release"
        );
    });
}

#[test]
fn what_is_filed_is_told_by_home_and_period_and_can_be_taken_back() {
    hold(async |subject| {
        let (a, b) = (ask_name("sefton", "a"), ask_name("wirral", "b"));
        let november = "2026-11".parse().unwrap();
        let says = |ask, is_filed| append([Event::AskFiled(filed(1, ask, is_filed))]);
        record(subject.store(), says(&a, true)).await;
        record(subject.store(), says(&b, true)).await;
        let mut back = says(&a, false);
        back.expectations = vec![expect(Key::Filings(home_id(1), november), 2)];
        let stale = Append {
            expectations: vec![expect(Key::Filings(home_id(1), november), 1)],
            ..back.clone()
        };
        let stale = subject.store().append(stale).await.unwrap();
        assert!(matches!(stale, Appended::Conflict { .. }), "{stale:?}");
        record(subject.store(), back).await;
        for _ in 0..2 {
            let store = subject.store();
            let filings = store.filings(&home_id(1), november).await.unwrap();
            let asks: Vec<_> = filings.value.keys().collect();
            assert_eq!((asks, filings.revision), (vec![&b], 3));
            assert_eq!(filings.value[&b].by, "the manager");
            let other = store.filings(&home_id(2), november).await.unwrap();
            assert_eq!((other.value.len(), other.revision), (0, 0));
            let december = store.filings(&home_id(1), "2026-12".parse().unwrap()).await;
            assert_eq!(december.unwrap().revision, 0);
            subject.reopen_without_index();
        }
    });
}
