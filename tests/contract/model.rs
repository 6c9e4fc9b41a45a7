//! Any operations, in any order: the stores say the same after each, whatever is reopened or
//! taken away between.

use askonce::domain::collection::DeliveriesAcknowledged;
use askonce::domain::event::{Event, Key};
use askonce::domain::id::{AskName, HomeId};
use askonce::domain::letter::{DigestDays, DigestPreferred, DigestSent};
use askonce::store::{Append, AskFilter, Idempotency, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::backend::Subject;
use crate::fixtures::{
    append, ask, ask_for, ask_name, asked_ever, at, collected, council, digest, expect, filed,
    home, home_id, organisation, person, question, reference, released, request, revoked, same,
    submission, submitted, template, token, undone,
};
use crate::governed::{answered as answered_objection, objected, taught};

/// Runs of the model; each takes some twenty milliseconds, or seconds under `PROPTEST_CASES`.
const CASES: u32 = 60;

/// Runs of the model on databases, each of which takes half a second.
const CASES_OF_DATABASES: u32 = 12;

const STEPS_MAX: usize = 24;

const LABELS: [&str; 4] = [
    "How many beds?",
    "How many staff?",
    "How many falls?",
    "Bed count",
];
const BODIES: [&str; 2] = ["sefton", "wirral"];
const REFERENCES: [&str; 6] = [
    "at/2026-10-31",
    "at/2026-11-30",
    "on/2026-11-08T00:00..2026-11-16T23:59",
    "span/2026-11-01..2026-11-30",
    "span/2026-11-02..2026-11-08",
    "standing",
];
const DECISIONS: [&str; 2] = ["d-1", "d-2"];
const TOKENS: [&str; 3] = ["tok-1", "tok-2", "tok-3"];

/// What is done.
#[derive(Debug, Clone)]
enum Step {
    /// Appends these, expecting a key to have a revision of so much less than it has.
    Append(Vec<Event>, Option<(Key, u64)>, Option<Idempotency>),
    /// Closes and opens again.
    Reopen,
    /// The same with the index taken away between.
    ReopenWithoutIndex,
}

fn pick<T: Clone + std::fmt::Debug + 'static>(from: &[T]) -> impl Strategy<Value = T> + use<T> {
    proptest::sample::select(from.to_vec())
}

fn name() -> impl Strategy<Value = AskName> {
    (pick(&BODIES), pick(&["a", "b", "C"])).prop_map(|(body, id)| ask_name(body, id))
}

fn asked() -> impl Strategy<Value = Event> {
    let homes = proptest::sample::subsequence(vec![0, 1, 2], 1..=2);
    let labels = proptest::sample::subsequence(LABELS.to_vec(), 1..=3);
    let days = proptest::option::of(pick(&["2026-11-20", "2026-12"]));
    let asked = (name(), homes, any::<bool>(), labels, days);
    asked.prop_map(|(name, homes, by_area, labels, days)| {
        let areas = if by_area {
            vec![council(0)]
        } else {
            Vec::new()
        };
        let of = (name.organisation.as_str(), name.ask.as_str());
        submitted(&*match days {
            Some(days) => ask_for(of, &homes, &areas, &[days]),
            None => ask(of, &homes, &areas, &labels),
        })
    })
}

fn answered() -> impl Strategy<Value = Event> {
    let answer = (pick(&LABELS), pick(&REFERENCES), pick(&["1", "2"]));
    let answers = proptest::collection::vec(answer, 1..4);
    let names = proptest::collection::vec(name(), 0..3);
    (0..3_usize, pick(&["R1", "R2", "R3"]), answers, names).prop_map(|(n, receipt, said, to)| {
        Event::AnswersSubmitted(submission(n, receipt, &said, &to))
    })
}

fn sent_later() -> impl Strategy<Value = Event> {
    let given = (pick(&LABELS), pick(&REFERENCES), 1..20_u64);
    let given = proptest::collection::vec(given, 1..4);
    let names = proptest::collection::vec(name(), 1..3);
    (0..3_usize, pick(&["R1", "R2", "R3"]), given, names).prop_map(|(n, receipt, given, to)| {
        Event::AnswersReleased(released(n, receipt, &given, &to))
    })
}

fn taken() -> impl Strategy<Value = Event> {
    let item = (0..3_usize, pick(&REFERENCES), 1..20_u64);
    let items = proptest::collection::vec(item, 1..3);
    (name(), items).prop_map(|(ask, items)| {
        let mut all: Vec<(usize, &str, &[&str], u64)> = Vec::new();
        for (n, at, sequence) in items {
            all.push((n, at, &["f0", "f1"], sequence));
        }
        collected(&ask, &all)
    })
}

fn acknowledged() -> impl Strategy<Value = Event> {
    (name(), any::<bool>(), 0..20_u64).prop_map(|(name, of_all, through)| {
        Event::DeliveriesAcknowledged(DeliveriesAcknowledged {
            organisation: name.organisation,
            ask: (!of_all).then_some(name.ask),
            through,
        })
    })
}

fn told() -> impl Strategy<Value = Event> {
    let days = pick(&["2026-11-23", "2026-11-24", "2026-11-25"]);
    let asks = proptest::collection::btree_set(name(), 0..3);
    (0..3_usize, days, any::<bool>(), asks).prop_map(|(n, day, begins_week, asks)| {
        Event::DigestSent(DigestSent {
            home: home_id(n),
            day: day.parse().unwrap(),
            begins_week,
            asks,
        })
    })
}

/// Somebody is invited, or says when she wants digests.
fn people() -> impl Strategy<Value = Event> {
    let choices = DigestDays::ALL.map(|(days, _)| days);
    let homes = proptest::sample::subsequence(vec![0, 1, 2], 1..=2);
    let invited =
        homes.prop_map(|homes| Event::PersonInvited(person("p_1", "ann@b.example", &homes)));
    let prefers = pick(&choices).prop_map(|digest| {
        let person = "p_1".to_owned();
        Event::DigestPreferred(DigestPreferred { person, digest })
    });
    prop_oneof![invited, prefers]
}

fn event() -> impl Strategy<Value = Event> {
    let names = ["Elm", "Oak"];
    let home =
        (0..4_usize, pick(&names)).prop_map(|(n, name)| Event::HomeRegistered(home(n, name)));
    let body = (pick(&BODIES), pick(&names))
        .prop_map(|(id, name)| Event::OrganisationRegistered(organisation(id, name)));
    let linked = (pick(&DECISIONS), pick(&LABELS), pick(&LABELS))
        .prop_map(|(id, one, other)| same(id, one, other));
    let kept =
        pick(&LABELS).prop_map(|label| template(&[ask(("sefton", "a"), &[1], &[], &[label])]).1);
    prop_oneof![
        2 => home,
        1 => body,
        4 => asked(),
        6 => answered(),
        3 => sent_later(),
        2 => (0..3_usize, name(), any::<bool>())
            .prop_map(|(n, ask, is_filed)| Event::AskFiled(filed(n, &ask, is_filed))),
        1 => linked,
        1 => pick(&DECISIONS).prop_map(undone),
        1 => pick(&DECISIONS).prop_map(|id| objected("o-1", id)),
        1 => pick(&DECISIONS).prop_map(|id| answered_objection("o-1", id)),
        1 => pick(&LABELS).prop_map(|word| taught(&[word], &["none"])),
        1 => pick(&LABELS).prop_map(|word| taught(&["guests"], &[word])),
        1 => pick(&TOKENS).prop_map(|id| Event::TokenIssued(token(id))),
        1 => pick(&TOKENS).prop_map(revoked),
        1 => kept,
        3 => taken(),
        1 => acknowledged(),
        2 => told(),
        2 => people(),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    let sheet = (0..3_usize, pick(&REFERENCES));
    prop_oneof![
        Just(Key::Links),
        Just(Key::Terms),
        pick(&DECISIONS).prop_map(|id| Key::Decision(id.to_owned())),
        name().prop_map(Key::Ask),
        sheet.prop_map(|(n, at)| Key::Sheet(home_id(n), reference(at))),
        pick(&TOKENS).prop_map(|id| Key::Token(id.to_owned())),
        (0..3_usize).prop_map(|n| Key::Filings(home_id(n), "2026-11".parse().unwrap())),
        (0..4_usize).prop_map(|n| Key::Home(home_id(n))),
        (0..3_usize).prop_map(|n| Key::Digests(home_id(n))),
        Just(Key::People),
        (0..3_usize, pick(&REFERENCES), name()).prop_map(|(n, at, name)| Key::Collected(
            home_id(n),
            reference(at),
            name
        )),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let events = proptest::collection::vec(event(), 1..4);
    let expected = proptest::option::weighted(0.3, (key(), 0..4_u64));
    let asked = (pick(&["r-1", "r-2", "r-3"]), pick(&["x", "y"]));
    let idempotency = proptest::option::weighted(0.2, asked.prop_map(|(id, of)| request(id, of)));
    prop_oneof![
        12 => (events, expected, idempotency).prop_map(|(events, e, i)| Step::Append(events, e, i)),
        1 => Just(Step::Reopen),
        1 => Just(Step::ReopenWithoutIndex),
    ]
}

/// Everything that a store says, as text.
async fn said(store: &dyn Store) -> Vec<String> {
    let mut said = vec![
        format!("{:?}", store.events(0, 1_000).await.unwrap()),
        format!("{:?}", store.events(3, 2).await.unwrap()),
        format!("{:?}", store.dictionary().await.unwrap().revision),
        // Classes are a map without an order, so the decisions stand for them.
        format!(
            "{:?}",
            store
                .links()
                .await
                .unwrap()
                .value
                .decisions()
                .collect::<Vec<_>>()
        ),
        format!("{:?}", store.links().await.unwrap().revision),
        format!("{:?}", store.objected_decisions().await.unwrap()),
        format!("{:?}", store.decision_life(DECISIONS[0]).await.unwrap()),
        format!("{:?}", store.decision_life(DECISIONS[1]).await.unwrap()),
        format!("{:?}", store.terms().await.unwrap()),
        format!("{:?}", store.organisations(None, 9).await.unwrap()),
        format!("{:?}", store.homes(None, 9).await.unwrap()),
        format!("{:?}", store.tokens().await.unwrap()),
        format!("{:?}", store.people().await.unwrap()),
    ];
    for n in 0..4 {
        said.extend(of_home(store, &home_id(n)).await);
    }
    for body in BODIES {
        for id in ["a", "b", "C"] {
            let name = ask_name(body, id);
            said.push(format!("{:?}", store.ask(&name).await.unwrap()));
            said.push(format!("{:?}", store.released(&name, 0, 9).await.unwrap()));
            said.push(format!("{:?}", store.released(&name, 4, 1).await.unwrap()));
            let questions = store.asked_questions(std::slice::from_ref(&name)).await;
            said.push(format!("{:?}", questions.unwrap()));
            said.push(of_collection(store, &name).await);
        }
        let organisation = body.parse().unwrap();
        for (after, limit) in [(0, 9), (3, 1)] {
            let released = store.released_to(&organisation, after, limit).await;
            said.push(format!("{:?}", released.unwrap()));
        }
    }
    said.extend(listed(store).await);
    said
}

/// What a home is asked, and said.
async fn of_home(store: &dyn Store, home: &HomeId) -> Vec<String> {
    let mut said = Vec::new();
    said.push(format!("{:?}", store.home(home).await.unwrap()));
    said.push(format!("{:?}", asked_ever(store, home).await));
    for day in ["2026-11-20", "2026-11-21", "2026-12-01"] {
        let day = day.parse().unwrap();
        let asks = store.asks_of_home(home, day, day).await.unwrap();
        said.push(format!("{asks:?}"));
    }
    let november = "2026-11".parse().unwrap();
    said.push(format!(
        "{:?}",
        store.filings(home, november).await.unwrap()
    ));
    said.push(format!("{:?}", store.last_digest(home).await.unwrap()));
    let (first, last) = ("2026-10-31".parse().unwrap(), "2026-11-10".parse().unwrap());
    said.push(format!(
        "{:?}",
        store.moments(home, first, last, 2).await.unwrap()
    ));
    let spans = store.spans(home, first, "2026-11-30".parse().unwrap(), 1);
    said.push(format!("{:?}", spans.await.unwrap()));
    for at in REFERENCES {
        said.push(format!(
            "{:?}",
            store.sheet(home, &reference(at)).await.unwrap()
        ));
    }
    for receipt in ["R1", "R2", "R3"] {
        said.push(format!("{:?}", store.receipt(home, receipt).await.unwrap()));
        said.push(format!("{:?}", store.release(home, receipt).await.unwrap()));
    }
    said
}

/// What was taken of an ask, and acknowledged.
async fn of_collection(store: &dyn Store, name: &AskName) -> String {
    let mut said = Vec::new();
    let expiries = store.expiries(std::slice::from_ref(name)).await;
    said.push(format!("{:?}", expiries.unwrap()));
    let homes: Vec<_> = (0..4).map(home_id).collect();
    let references: Vec<_> = REFERENCES.iter().map(|at| reference(at)).collect();
    let released = store
        .released_among(name, &homes, &references)
        .await
        .unwrap();
    said.push(format!("{released:?}"));
    for home in &homes {
        for at in &references {
            let collected = store.collected(home, at, name).await.unwrap();
            said.push(format!("{collected:?}"));
        }
        let organisation = Some(&name.organisation);
        for of in [None, organisation] {
            let collections = store.collections(home, of).await.unwrap();
            said.push(format!("{collections:?}"));
        }
        let sheets = store.sheets_of_home(home, 3).await.unwrap();
        said.push(format!("{sheets:?}"));
    }
    for ask in [None, Some(&name.ask)] {
        let acknowledged = store.acknowledged(&name.organisation, ask).await.unwrap();
        said.push(format!("{acknowledged:?}"));
    }
    said.concat()
}

async fn listed(store: &dyn Store) -> Vec<String> {
    let mut said = Vec::new();
    for label in LABELS {
        let filter = AskFilter {
            questions: Some(vec![question(label)]),
            ..AskFilter::default()
        };
        said.push(format!("{:?}", store.asks(&filter, None, 2).await.unwrap()));
        let one = ask(("sefton", "a"), &[1], &[], &[label]);
        said.push(format!(
            "{:?}",
            store.identical_ask(&one.content).await.unwrap()
        ));
        let digest = template(&[one]).0.digest();
        let kept = store.template(&digest).await.unwrap();
        said.push(format!("{:?}", kept.map(|template| template.digest())));
    }
    for id in TOKENS {
        said.push(format!(
            "{:?}",
            store.token_of_hash(&digest(id)).await.unwrap()
        ));
    }
    said
}

/// A request with an expectation that holds or does not, by the revision that a key has.
async fn requested(store: &dyn Store, n: usize, step: &Step) -> Option<Append> {
    let Step::Append(events, expected, idempotency) = step else {
        return None;
    };
    let mut next = append(events.clone());
    next.at = at(i64::try_from(n).unwrap());
    next.idempotency = *idempotency;
    if let Some((key, off)) = expected {
        let revision = match key {
            Key::Links => store.links().await.unwrap().revision,
            Key::Terms => store.terms().await.unwrap().revision,
            Key::Decision(id) => {
                let life = store.decision_life(id).await.unwrap();
                life.map_or(0, |life| life.revision)
            }
            Key::Ask(name) => store.ask(name).await.unwrap().map_or(0, |ask| ask.revision),
            Key::Sheet(home, at) => store.sheet(home, at).await.unwrap().revision,
            Key::People => store.people().await.unwrap().revision,
            Key::Digests(home) => {
                let last = store.last_digest(home).await.unwrap();
                last.map_or(0, |last| last.revision)
            }
            Key::Filings(home, period) => store.filings(home, *period).await.unwrap().revision,
            Key::Home(home) => store
                .home(home)
                .await
                .unwrap()
                .map_or(0, |home| home.revision),
            Key::Collected(home, at, name) => {
                let taken = store.collected(home, at, name).await.unwrap();
                taken.iter().map(|taken| taken.sequence).max().unwrap_or(0)
            }
            _ => 0,
        };
        next.expectations = vec![expect(key.clone(), revision.saturating_sub(off / 2))];
    }
    Some(next)
}

/// Does the steps to a subject as to the store in memory, and compares what they say.
async fn run(mut subject: Subject, steps: &[Step]) {
    let memory = Subject::memory();
    for (n, step) in steps.iter().enumerate() {
        match step {
            Step::Reopen => subject.reopen(),
            Step::ReopenWithoutIndex => subject.reopen_without_index(),
            Step::Append(..) => {}
        }
        if let Some(next) = requested(memory.store(), n, step).await {
            let one = memory.store().append(next.clone()).await.unwrap();
            let other = subject.store().append(next).await.unwrap();
            assert_eq!(one, other, "step {n}");
        }
        let (one, other) = (said(memory.store()).await, said(subject.store()).await);
        for (one, other) in one.iter().zip(&other) {
            assert_eq!(one, other, "after step {n}");
        }
    }
}

#[test]
fn the_store_in_files_says_the_same_as_the_one_in_memory_whatever_is_done() {
    model(CASES, async || Some(Subject::embedded()));
}

#[test]
fn the_store_in_a_database_says_the_same_as_the_one_in_memory_whatever_is_done() {
    model(CASES_OF_DATABASES, Subject::postgres);
}

/// Runs the model on subjects made afresh; none are where their server is not installed.
fn model<F: AsyncFn() -> Option<Subject>>(cases: u32, fresh: F) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, seeded);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let steps = proptest::collection::vec(step(), 1..=STEPS_MAX);
    let ran = runner.run(&steps, |steps| {
        runtime.block_on(async {
            if let Some(subject) = fresh().await {
                run(subject, &steps).await;
            }
        });
        Ok(())
    });
    ran.unwrap();
}
