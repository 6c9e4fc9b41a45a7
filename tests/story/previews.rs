//! What an ask would cost, told before it is submitted: and a law that it is what submitting does.

use std::collections::BTreeMap;
use std::sync::Arc;

use askonce::broker::{Broker, Caller};
use askonce::domain::access::{Grant, Proof, Role};
use askonce::domain::ask::RawAsk;
use askonce::domain::home::RawHome;
use askonce::domain::id::HomeId;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::powers::RawPowers;
use askonce::domain::preview::Fate;
use askonce::grpc::v1;
use askonce::grpc::v1::FieldFate::{AlreadyAsked, New, NotAsked};
use askonce::store::memory::MemoryStore;
use proptest::prelude::*;
use serde_json::json;

use super::command_line::askonce;
use super::two_bodies::{COUNCIL, ccg_ask, council_ask, decisions};
use super::world::{Client, World, ask};

/// Whether a count is told exactly, as this.
fn is(told: Option<v1::HomeCount>, count: u64) -> bool {
    told.is_some_and(|told| (told.at_least, told.at_most) == (count, count))
}

fn home_ids(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("1-{}", 500_000_000 + n))
        .collect()
}

/// A council that asks forty homes for the day, a CCG that means to, and what it means to ask.
async fn forty_homes() -> (World, Client, Client, RawAsk) {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let ids = home_ids(38);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world
        .operator()
        .await
        .register_homes(&ids, "E08000014")
        .await;
    council
        .submit_ask(&everywhere(council_ask()))
        .await
        .unwrap();
    let more = json!([
        {"name": "falls", "label": "Falls", "type": "count", "timing": "during",
         "compulsion": "contractual"},
        {"name": "why", "label": "Why so many?", "type": "text", "timing": "during",
         "only_if": {"field": "falls", "min": "5"}, "applies_to": ["Hospices"]}
    ]);
    let mut asked = everywhere(ccg_ask());
    asked
        .fields
        .extend(ask("south-sefton-ccg", "x", more).fields);
    (world, council, ccg, asked)
}

/// The ask to every home of the area, from today on, so that the next period is the same for all.
fn everywhere(mut ask: RawAsk) -> RawAsk {
    ask.targets.homes.clear();
    ask.targets.areas = vec!["E08000014".into()];
    ask.from = String::new();
    ask
}

fn fates(told: &v1::PreviewAskResponse) -> Vec<v1::FieldFate> {
    told.fields.iter().map(v1::FieldPreview::fate).collect()
}

#[tokio::test]
async fn a_preview_says_what_each_field_would_become_and_writes_nothing() {
    let (world, _, ccg, asked) = forty_homes().await;
    let told = ccg.preview(&asked).await.unwrap();
    assert!(is(told.homes, 40) && is(told.homes_newly_asked, 0));
    assert_eq!(fates(&told), [AlreadyAsked, New, New, New, NotAsked]);
    assert_eq!(told.fields[0].organisation_names, ["Body sefton-council"]);
    assert!(is(told.fields[0].homes_new, 0) && is(told.fields[3].homes_new, 40));
    assert!(is(told.question_homes, 120));
    assert_eq!(told.fields[4].condition, "falls is 5 or more");
    let written = ccg.list_asks("organisations/south-sefton-ccg", 10).await;
    assert!(written.unwrap().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn what_was_joined_is_one_question_and_who_asks_in_private_is_not_named() {
    let (world, council, ccg, asked) = forty_homes().await;
    let stands = ccg.submit_ask(&asked).await.unwrap().ask.unwrap();
    let steward = world.of_role(Role::Steward).await;
    steward.decide(decisions()).await.unwrap();
    ccg.withdraw(&stands.name, "to be previewed again")
        .await
        .unwrap();
    let theirs = council.get_ask(COUNCIL).await.unwrap();
    let mut private = everywhere(council_ask());
    private.private = true;
    council
        .amend(&theirs.name, &private, &theirs.etag)
        .await
        .unwrap();
    let told = ccg.preview(&asked).await.unwrap();
    assert_eq!(
        fates(&told),
        [AlreadyAsked, AlreadyAsked, AlreadyAsked, New, NotAsked]
    );
    let first = &told.fields[0];
    assert_eq!(
        (first.organisations, first.organisation_names.len()),
        (1, 0)
    );
    assert!(is(told.question_homes, 40) && is(told.fields[3].saved, 40));
    world.stop().await;
}

#[tokio::test]
async fn few_homes_are_not_counted_out() {
    let world = World::new().await;
    let ccg = world.requester("south-sefton-ccg").await;
    let told = ccg.preview(&ccg_ask()).await.unwrap();
    assert_eq!(told.homes.unwrap().at_least, 1);
    assert_eq!(told.homes, told.fields[0].homes_new);
    world.stop().await;
}

#[tokio::test]
async fn an_officer_reads_the_price_of_an_ask_in_a_sentence() {
    let world = World::new().await;
    let operator = world.operator().await;
    let ids = home_ids(38);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    operator.register_homes(&ids, "E08000012").await;
    let powers = ["E08000012"];
    operator.grant("south-sefton-ccg", &powers, &[]).await;
    let ccg = world.requester("south-sefton-ccg").await;
    let mut asked = ccg_ask();
    asked.targets.homes.clear();
    asked.targets.areas = vec!["E08000012".into()];
    asked.from = String::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ask.json");
    let run = async |command: &[&str]| {
        let mut all = vec!["--server".to_owned(), world.address()];
        all.extend(command.iter().map(|argument| (*argument).to_owned()));
        let secret = ccg.secret().to_owned();
        let running = tokio::task::spawn_blocking(move || askonce(&all, &secret));
        let outcome = running.await.unwrap();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    let path = file.to_str().unwrap();
    std::fs::write(&file, serde_json::to_string(&asked).unwrap()).unwrap();
    let told = run(&["ask", "preview", path]).await;
    let expected = "3 fields: 3 are new. The 3 new questions go to 38 homes: 114 questions more \
                    in all; drop `beds`, `agency_minutes` and `gloves_rag` and it costs nothing.";
    assert!(told.contains(expected), "{told}");
    run(&["ask", "submit", path]).await;
    let told = run(&["ask", "preview", path]).await;
    assert!(
        told.contains("It costs the homes no further question."),
        "{told}"
    );
    let listed = run(&["ask", "list", "--state", "live", "--output", "json"]).await;
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let etag = listed[0]["etag"].as_str().unwrap();
    asked.contact = "care@example.org".into();
    std::fs::write(&file, serde_json::to_string(&asked).unwrap()).unwrap();
    run(&["ask", "amend", path, "--etag", etag]).await;
    let withdrawn = [
        "ask",
        "withdraw",
        "south-sefton-ccg/call",
        "--reason",
        "over",
    ];
    assert!(run(&withdrawn).await.contains("withdrawn"));
    let shown = run(&["ask", "show", "south-sefton-ccg/call"]).await;
    assert!(shown.contains("withdrawn (over)"), "{shown}");
    world.stop().await;
}

const BODIES: [&str; 3] = ["body-a", "body-b", "body-c"];
const SERVICES: [&str; 3] = ["Nursing homes", "Residential homes", "Hospices"];
const HOMES: usize = 14;

/// A random ask: which body, of which homes, which questions, and for which services each.
#[derive(Debug, Clone)]
struct Asked {
    body: usize,
    homes: Vec<usize>,
    fields: Vec<(usize, usize)>,
}

fn any_ask() -> impl Strategy<Value = Asked> {
    let homes = prop::collection::btree_set(0..HOMES, 1..HOMES);
    let fields = prop::collection::btree_map(0..7usize, 0..4usize, 1..5);
    (0..BODIES.len(), homes, fields).prop_map(|(body, homes, fields)| Asked {
        body,
        homes: homes.into_iter().collect(),
        fields: fields.into_iter().collect(),
    })
}

impl Asked {
    fn raw(&self, number: usize) -> RawAsk {
        let field = |(question, service): &(usize, usize)| {
            let applies_to: Vec<&str> = SERVICES.get(*service).copied().into_iter().collect();
            json!({"name": format!("q{question}"), "label": format!("Question {question}"),
                   "type": "count", "timing": "as-at", "applies_to": applies_to})
        };
        let ids = home_ids(HOMES);
        let homes: Vec<&String> = self.homes.iter().map(|home| &ids[*home]).collect();
        serde_json::from_value(json!({
            "organisation": BODIES[self.body], "ask": format!("ask-{number}"), "purpose": "p",
            "legal_basis": "l", "periods": ["2026-11-21"], "targets": {"homes": homes},
            "fields": self.fields.iter().map(field).collect::<Vec<_>>(),
        }))
        .unwrap()
    }
}

async fn registered() -> (Broker, Caller) {
    let noon = "2026-11-21T12:00:00Z".parse().unwrap();
    let entropy = Arc::new(|buffer: &mut [u8]| buffer.fill(7));
    let broker = Broker::new(
        Arc::new(MemoryStore::new()),
        Arc::new(move || noon),
        entropy,
    );
    let caller = Caller {
        token_id: "t".into(),
        grant: Grant::unbound(Role::Operator),
        proof: Proof::Process,
    };
    for body in BODIES {
        let row = RawOrganisation {
            id: body.into(),
            name: body.into(),
            kind: "council".into(),
            ..RawOrganisation::default()
        };
        broker.import_organisation(&caller, row).await.unwrap();
        let england = RawPowers {
            organisation: body.into(),
            areas: vec!["E92000001".into()],
            ..RawPowers::default()
        };
        broker.grant_powers(&caller, england, "", "").await.unwrap();
    }
    for (n, id) in home_ids(HOMES).into_iter().enumerate() {
        let row = RawHome {
            cqc_id: id,
            name: "Rowan House".into(),
            area_code: "E08000014".into(),
            services: vec![SERVICES[n % SERVICES.len()].to_uppercase()],
            ..RawHome::default()
        };
        broker.import_home(&caller, row).await.unwrap();
    }
    (broker, caller)
}

/// Homes of a country: so many that going through them one by one would show.
const COUNTRY: usize = 15_000;

#[test]
fn an_ask_to_fifteen_thousand_homes_is_weighed_by_class_of_homes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (broker, caller) = registered().await;
        let rows = home_ids(COUNTRY).into_iter().enumerate().skip(HOMES);
        let rows = rows.map(|(n, id)| RawHome {
            cqc_id: id,
            name: "Rowan House".into(),
            area_code: format!("E08{:06}", n % 150),
            services: vec![SERVICES[n % SERVICES.len()].into()],
            ..RawHome::default()
        });
        let results = broker.import_homes(&caller, rows.collect()).await.unwrap();
        assert!(results.iter().all(Result::is_ok));
        let asked = |number: usize, area: String| {
            let field = |question: usize| {
                json!({"name": format!("q{question}"), "label": format!("Question {question}"),
                       "type": "count", "timing": "as-at"})
            };
            let fields: Vec<_> = (number..number + 30).map(field).collect();
            let raw: RawAsk = serde_json::from_value(json!({
                "organisation": BODIES[number % 3], "ask": format!("ask-{number}"),
                "purpose": "p", "legal_basis": "l", "periods": ["2026-11-21"],
                "targets": {"areas": [area]}, "fields": fields,
            }))
            .unwrap();
            raw
        };
        for number in 0..150 {
            let raw = asked(number, format!("E08{number:06}"));
            broker.submit_ask(&caller, raw, "", false).await.unwrap();
        }
        let national = asked(200, "E92000001".into());
        let told = broker.preview_ask(national).await.unwrap().preview;
        assert_eq!(told.homes, COUNTRY as u64);
        // Of the 30 questions none is among those of the first 150 asks, which end at 179.
        assert_eq!(told.question_homes, 30 * COUNTRY as u64);
        let overlapping = broker.preview_ask(asked(160, "E92000001".into())).await;
        let overlapping = overlapping.unwrap().preview;
        assert_eq!(overlapping.fields[29].homes_new, COUNTRY as u64);
        assert!(overlapping.fields[0].homes_new < COUNTRY as u64);
    });
}

/// How many entries the form of each home has.
async fn entries(broker: &Broker) -> BTreeMap<HomeId, usize> {
    let period = "2026-11-21".parse().unwrap();
    let mut all = BTreeMap::new();
    for id in home_ids(HOMES) {
        let home: HomeId = id.parse().unwrap();
        let form = broker.get_form(&home, period).await.unwrap().form;
        all.insert(home, form.entries.len());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn what_a_preview_tells_is_what_submitting_does(
        asks in prop::collection::vec(any_ask(), 1..7)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (broker, caller) = registered().await;
            for (number, asked) in asks.iter().enumerate() {
                let raw = asked.raw(number);
                let told = broker.preview_ask(raw.clone()).await.unwrap().preview;
                let before = entries(&broker).await;
                let submitted = broker.submit_ask(&caller, raw, "", false).await.unwrap();
                let after = entries(&broker).await;
                let grown: usize = after.iter().map(|(home, now)| now - before[home]).sum();
                assert_eq!(told.question_homes, grown as u64);
                let by_field: u64 = told.fields.iter().map(|field| field.homes_new).sum();
                assert_eq!(by_field, grown as u64);
                let asked_newly = before.iter().filter(|(home, count)| **count == 0 && after[*home] > 0);
                assert_eq!(told.homes_newly_asked, asked_newly.count() as u64);
                for field in &told.fields {
                    assert_eq!(field.fate == Fate::New, field.homes_new > 0);
                    assert_eq!(field.saved, field.homes_new);
                }
                // Previewed again, it costs nothing: it stands.
                let again = broker.preview_ask(asked.raw(number)).await.unwrap();
                if submitted.outcome == askonce::broker::SubmitOutcome::Created {
                    assert!(again.amends.is_some());
                }
                assert_eq!(again.preview.question_homes, 0);
            }
        });
    }
}
