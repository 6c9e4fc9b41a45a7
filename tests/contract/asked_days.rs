//! The days that asks are asked for: a home's asks of other days are not given.

use std::collections::BTreeSet;

use askonce::domain::ask::{Ask, Targets};
use askonce::domain::event::{AskWithdrawn, Event};
use askonce::domain::id::HomeId;
use askonce::store::{AskFilter, Standing, Store};
use jiff::civil::{Date, date};

use crate::backend::{Subject, hold, record};
use crate::fixtures::{EVER, append, ask, ask_for, council, home, home_id, submitted};

/// A row of a table of lists: organisation, home, standing, day, asks found.
type Listed<'a> = (
    Option<&'a str>,
    Option<usize>,
    Standing,
    &'a str,
    &'a [&'a str],
);

/// The asks of home 1 for some days.
async fn asked(store: &dyn Store, (first, last): (Date, Date)) -> Vec<String> {
    let asks = store.asks_of_home(&home_id(1), first, last).await.unwrap();
    asks.iter().map(|ask| ask.name.ask.to_string()).collect()
}

/// The asks of the class that home 1 is of, for some days.
async fn of_class(store: &dyn Store, (first, last): (Date, Date)) -> Vec<String> {
    let targets = Targets {
        homes: BTreeSet::from([home_id(1)]),
        ..Targets::default()
    };
    let classes = store.home_classes(&targets, first, last).await.unwrap();
    assert_eq!(classes.len(), 1, "it is a class by itself, asked or not");
    let names = classes[0].asks.iter();
    names.map(|name| name.ask.to_string()).collect()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Reopens the subject in one way, then in the other.
fn again(subject: &mut Subject, round: usize) {
    match round {
        0 => subject.reopen(),
        _ => subject.reopen_without_index(),
    }
}

#[test]
fn a_home_is_given_the_asks_whose_periods_share_a_day_with_what_is_wanted() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
        let mut until = ask(("sefton", "until"), &[1], &[], &["Beds"]).raw.clone();
        until.until = "2026-12-10".to_owned();
        let until = Ask::parse(until, None, date(2026, 11, 21)).unwrap();
        let asks = [
            ask_for(("sefton", "day"), &[1], &[], &["2026-11-20"]),
            ask_for(
                ("sefton", "two"),
                &[],
                &[council(1)],
                &["2026-09", "2027-01-04"],
            ),
            ask_for(("sefton", "elsewhere"), &[2], &[], &["2026-11-20"]),
            ask(("sefton", "ever"), &[1], &[], &["Staff"]),
        ];
        let asks = asks
            .iter()
            .map(|ask| submitted(ask))
            .chain([submitted(&until)]);
        record(store, append(asks)).await;
        let table: [(&str, &str, &[&str]); 9] = [
            ("2026-11-20", "2026-11-20", &["day", "ever", "two", "until"]),
            ("2026-11-19", "2026-11-19", &["ever", "two", "until"]),
            // A month is asked for as a whole, although the ask begins or ends within it.
            ("2026-11-01", "2026-11-01", &["ever", "two", "until"]),
            ("2026-12-31", "2026-12-31", &["ever", "two", "until"]),
            ("2027-01-01", "2027-01-03", &["ever", "two"]),
            ("2027-01-05", "2199-12-31", &["ever"]),
            ("2026-08-31", "2026-09-01", &["two"]),
            ("1990-01-01", "2026-08-31", &[]),
            ("2026-10-01", "2026-11-20", &["day", "ever", "two", "until"]),
        ];
        for round in 0..3 {
            for (first, last, expected) in table {
                let days = (day(first), day(last));
                assert_eq!(asked(subject.store(), days).await, expected, "{days:?}");
                assert_eq!(of_class(subject.store(), days).await, expected, "{days:?}");
            }
            again(subject, round);
        }
    });
}

#[test]
fn an_ask_moves_to_other_days_when_it_is_amended_and_to_none_when_it_is_taken_back() {
    hold(async |subject| {
        let store = subject.store();
        record(store, append([Event::HomeRegistered(home(1, "Elm"))])).await;
        let was = ask_for(("sefton", "a"), &[1], &[], &["2026-11-20"]);
        let is = ask_for(("sefton", "a"), &[1], &[], &["2026-11-21"]);
        let (old, new) = (day("2026-11-20"), day("2026-11-21"));
        record(store, append([submitted(&was)])).await;
        assert_eq!(asked(store, (old, old)).await, ["a"]);
        let Event::AskSubmitted(said) = submitted(&is) else {
            panic!("a submission submits");
        };
        record(store, append([Event::AskAmended(said)])).await;
        for round in 0..3 {
            let store = subject.store();
            assert_eq!(asked(store, (old, old)).await, [""; 0]);
            assert_eq!(asked(store, (new, new)).await, ["a"]);
            assert_eq!(of_class(store, (new, new)).await, ["a"]);
            again(subject, round);
        }
        let taken = AskWithdrawn {
            name: is.name.clone(),
            reason: "asked elsewhere".to_owned(),
            revision: 3,
            on_behalf: false,
        };
        record(subject.store(), append([Event::AskWithdrawn(taken)])).await;
        for round in 0..3 {
            assert_eq!(asked(subject.store(), EVER).await, [""; 0]);
            assert_eq!(of_class(subject.store(), EVER).await, [""; 0]);
            again(subject, round);
        }
        record(subject.store(), append([submitted(&was)])).await;
        assert_eq!(asked(subject.store(), (old, old)).await, ["a"]);
        assert_eq!(asked(subject.store(), (new, new)).await, [""; 0]);
    });
}

#[test]
fn lists_of_asks_are_narrowed_by_days_beside_anything_else() {
    hold(async |subject| {
        let store = subject.store();
        let asks = [
            ask_for(("sefton", "a"), &[1], &[], &["2026-11-20"]),
            ask_for(("sefton", "b"), &[2], &[], &["2026-11-21"]),
            ask_for(("wirral", "c"), &[1], &[], &["2026-11-21"]),
        ];
        record(store, append(asks.iter().map(|ask| submitted(ask)))).await;
        let taken = AskWithdrawn {
            name: asks[0].name.clone(),
            reason: String::new(),
            revision: 1,
            on_behalf: false,
        };
        record(store, append([Event::AskWithdrawn(taken)])).await;
        let table: [Listed<'_>; 7] = [
            (None, None, Standing::InForce, "2026-11-21", &["b", "c"]),
            (None, None, Standing::InForce, "2026-11-20", &[]),
            (None, None, Standing::Withdrawn, "2026-11-20", &["a"]),
            (None, None, Standing::Either, "2026-11-21", &["b", "c"]),
            (Some("sefton"), None, Standing::Either, "2026-11-21", &["b"]),
            (Some("bolton"), None, Standing::Either, "2026-11-21", &[]),
            (None, Some(1), Standing::InForce, "2026-11-21", &["c"]),
        ];
        for round in 0..3 {
            for (organisation, home, standing, on, expected) in table {
                let filter = AskFilter {
                    organisation: organisation.map(|id| id.parse().unwrap()),
                    home: home.map(|n| -> HomeId { home_id(n) }),
                    standing,
                    days: Some((day(on), day(on))),
                    ..AskFilter::default()
                };
                let found = subject.store().asks(&filter, None, 9).await.unwrap();
                let found: Vec<_> = found
                    .iter()
                    .map(|ask| ask.value.name.ask.as_str())
                    .collect();
                assert_eq!(found, expected, "{filter:?}");
            }
            again(subject, round);
        }
    });
}
