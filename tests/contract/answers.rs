//! Answers: sheets, receipts, moments, and what was released to whom.

use askonce::domain::event::{Event, Key};
use askonce::domain::link::Links;
use askonce::domain::sheet::Sheet;
use askonce::store::{ReleasedSheet, Store};
use jiff::civil::date;

use crate::backend::{hold, record};
use crate::fixtures::{append, ask_name, expect, home_id, question, reference, submission};

const BEDS: &str = "How many beds?";
const STAFF: &str = "How many staff?";
const OCTOBER: &str = "at/2026-10-31";
const NOVEMBER: &str = "at/2026-11-30";

async fn released(store: &dyn Store, ask: &str, after: u64, limit: usize) -> Vec<(u64, String)> {
    let found = store
        .released(&ask_name("sefton", ask), after, limit)
        .await
        .unwrap();
    let row = |sheet: &ReleasedSheet| {
        (
            sheet.sequence,
            format!("{} {}", sheet.home, sheet.reference),
        )
    };
    found.iter().map(row).collect()
}

fn sheet(n: usize, at: &str) -> String {
    format!("{} {at}", home_id(n))
}

#[test]
fn a_sheet_is_what_its_submissions_say_in_order() {
    hold(async |subject| {
        let first = submission(
            1,
            "R1",
            &[(BEDS, NOVEMBER, "10"), (STAFF, NOVEMBER, "5")],
            &[],
        );
        let second = submission(
            1,
            "R2",
            &[(BEDS, NOVEMBER, "11"), (BEDS, OCTOBER, "9")],
            &[],
        );
        let other = submission(2, "R3", &[(BEDS, NOVEMBER, "30")], &[]);
        for said in [&first, &second, &other] {
            record(
                subject.store(),
                append([Event::AnswersSubmitted(said.clone())]),
            )
            .await;
        }
        for _ in 0..2 {
            let store = subject.store();
            let november = store
                .sheet(&home_id(1), &reference(NOVEMBER))
                .await
                .unwrap();
            let mut expected = Sheet::default();
            expected.apply(&reference(NOVEMBER), 1, &first);
            expected.apply(&reference(NOVEMBER), 2, &second);
            assert_eq!((november.value.as_ref(), november.revision), (&expected, 2));
            let beds = november
                .value
                .answer(&question(BEDS), &Links::default())
                .unwrap();
            assert_eq!((beds.sequence, beds.corrects), (2, Some(1)));
            let october = store.sheet(&home_id(1), &reference(OCTOBER)).await.unwrap();
            assert_eq!(october.revision, 2);
            let nothing = store
                .sheet(&home_id(3), &reference(NOVEMBER))
                .await
                .unwrap();
            assert_eq!((nothing.value.is_empty(), nothing.revision), (true, 0));
            subject.reopen();
        }
        let mut next = append([Event::AnswersSubmitted(second)]);
        next.expectations = vec![
            expect(Key::Sheet(home_id(1), reference(NOVEMBER)), 2),
            expect(Key::Sheet(home_id(1), reference("standing")), 0),
        ];
        record(subject.store(), next).await;
        let november = subject
            .store()
            .sheet(&home_id(1), &reference(NOVEMBER))
            .await
            .unwrap();
        assert_eq!(november.revision, 4);
    });
}

#[test]
fn a_submission_is_found_by_its_receipt_at_its_home_only() {
    hold(async |subject| {
        let said = submission(1, "R1/2", &[(BEDS, NOVEMBER, "10")], &[]);
        record(
            subject.store(),
            append([Event::AnswersSubmitted(said.clone())]),
        )
        .await;
        for _ in 0..2 {
            let store = subject.store();
            let found = store.receipt(&home_id(1), "R1/2").await.unwrap().unwrap();
            assert_eq!((found.value.as_ref(), found.revision), (&said, 1));
            assert_eq!(store.receipt(&home_id(2), "R1/2").await.unwrap(), None);
            assert_eq!(store.receipt(&home_id(1), "R1").await.unwrap(), None);
            subject.reopen();
        }
    });
}

#[test]
fn a_released_sheet_stands_once_at_its_last_change() {
    hold(async |subject| {
        let (a, b) = (ask_name("sefton", "a"), ask_name("sefton", "b"));
        let said = [
            submission(1, "R1", &[(BEDS, NOVEMBER, "10")], &[a.clone(), b.clone()]),
            submission(2, "R2", &[(BEDS, NOVEMBER, "20")], std::slice::from_ref(&a)),
            submission(3, "R3", &[(BEDS, NOVEMBER, "30")], &[b]),
            submission(1, "R4", &[(STAFF, NOVEMBER, "11")], &[a]),
            submission(2, "R5", &[(BEDS, OCTOBER, "9")], &[]),
        ];
        for said in said {
            record(subject.store(), append([Event::AnswersSubmitted(said)])).await;
        }
        for _ in 0..2 {
            let store = subject.store();
            let of_a = vec![(2, sheet(2, NOVEMBER)), (4, sheet(1, NOVEMBER))];
            assert_eq!(released(store, "a", 0, 9).await, of_a);
            assert_eq!(released(store, "a", 2, 9).await, of_a[1..]);
            assert_eq!(released(store, "a", 3, 9).await, of_a[1..]);
            assert_eq!(released(store, "a", 4, 9).await, []);
            assert_eq!(released(store, "a", 0, 1).await, of_a[..1]);
            let of_b = [(3, sheet(3, NOVEMBER)), (4, sheet(1, NOVEMBER))];
            assert_eq!(released(store, "b", 0, 9).await, of_b);
            assert_eq!(released(store, "never", 0, 9).await, []);
            assert_eq!(store.ask(&ask_name("sefton", "a")).await.unwrap(), None);
            subject.reopen();
        }
    });
}

#[test]
fn sheets_that_changed_together_are_never_parted() {
    hold(async |subject| {
        let a = [ask_name("sefton", "a")];
        let three = [
            (BEDS, NOVEMBER, "1"),
            (BEDS, OCTOBER, "2"),
            (BEDS, "standing", "3"),
        ];
        let said = [
            submission(1, "R1", &three, &a),
            submission(2, "R2", &three, &a),
        ];
        record(subject.store(), append(said.map(Event::AnswersSubmitted))).await;
        let of = |n: usize, sequence: u64| {
            [OCTOBER, NOVEMBER, "standing"].map(|at| (sequence, sheet(n, at)))
        };
        for _ in 0..2 {
            let store = subject.store();
            assert_eq!(released(store, "a", 0, 1).await, of(1, 1));
            assert_eq!(released(store, "a", 1, 2).await, of(2, 2));
            subject.reopen();
        }
    });
}

#[test]
fn moments_and_windows_are_found_by_a_day_they_share() {
    hold(async |subject| {
        let early = "at/2026-11-08T12:00";
        let window = "on/2026-11-08T00:00..2026-11-16T23:59";
        let span = "span/2026-11-01..2026-11-30";
        let ats = [NOVEMBER, window, span, early, "standing", OCTOBER];
        let said = ats.map(|at| (BEDS, at, "1"));
        let said = [
            submission(1, "R1", &said, &[]),
            submission(2, "R2", &[(BEDS, "at/2026-11-09", "1")], &[]),
        ];
        record(subject.store(), append(said.map(Event::AnswersSubmitted))).await;
        let table: [(i8, i8, &[&str]); 7] = [
            (8, 30, &[early, NOVEMBER, window]),
            (1, 7, &[]),
            (1, 8, &[early, window]),
            (16, 16, &[window]),
            (17, 29, &[]),
            (30, 30, &[NOVEMBER]),
            (30, 8, &[]),
        ];
        for (first, last, expected) in table {
            let (first, last) = (date(2026, 11, first), date(2026, 11, last));
            let store = subject.store();
            let found = store.moments(&home_id(1), first, last, 9).await.unwrap();
            let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(texts, expected, "{first} {last}");
            let latest = store.moments(&home_id(1), first, last, 1).await.unwrap();
            let expected = found.iter().copied().max_by_key(|at| at.last_day());
            assert_eq!(
                latest,
                expected.into_iter().collect::<Vec<_>>(),
                "the latest stay"
            );
        }
    });
}

#[test]
fn spans_are_found_that_lie_wholly_within_the_days_asked_about() {
    hold(async |subject| {
        let month = "span/2026-11-01..2026-11-30";
        let week = "span/2026-11-02..2026-11-08";
        let day = "span/2026-11-04..2026-11-04";
        let after = "span/2026-11-05..2026-11-11";
        let year = "span/2026-01-01..2026-12-31";
        let others = [
            NOVEMBER,
            "standing",
            "on/2026-11-02T00:00..2026-11-08T23:59",
        ];
        let ats = [&[month, week, day, after, year][..], &others].concat();
        let said: Vec<_> = ats.iter().map(|at| (BEDS, *at, "1")).collect();
        let said = [
            submission(1, "R1", &said, &[]),
            submission(2, "R2", &[(BEDS, "span/2026-11-03..2026-11-03", "1")], &[]),
        ];
        record(subject.store(), append(said.map(Event::AnswersSubmitted))).await;
        let table: [(&str, &str, usize, &[&str]); 11] = [
            ("2026-11-01", "2026-11-30", 9, &[month, week, day, after]),
            ("2026-11-01", "2026-11-30", 2, &[month, after]),
            ("2026-11-01", "2026-11-30", 0, &[]),
            ("2026-11-01", "2026-11-29", 9, &[week, day, after]),
            ("2026-11-02", "2026-11-08", 9, &[week, day]),
            ("2026-11-02", "2026-11-08", 1, &[week]),
            ("2026-11-03", "2026-11-10", 9, &[day]),
            ("2026-11-04", "2026-11-04", 9, &[day]),
            ("2026-11-03", "2026-11-03", 9, &[]),
            ("2026-01-01", "2026-12-31", 1, &[year]),
            ("2026-11-30", "2026-11-01", 9, &[]),
        ];
        for _ in 0..2 {
            for (first, last, limit, expected) in table {
                let days = (first.parse().unwrap(), last.parse().unwrap());
                let (store, home) = (subject.store(), home_id(1));
                let found = store.spans(&home, days.0, days.1, limit).await.unwrap();
                let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
                assert_eq!(texts, expected, "{first} {last} {limit}");
            }
            subject.reopen();
        }
    });
}
