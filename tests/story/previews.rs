//! What an ask would cost, told before it is submitted: and a law that it is what submitting does.

use std::collections::BTreeMap;
use std::sync::Arc;

use askonce::broker::{Broker, Caller};
use askonce::domain::access::{Grant, Role};
use askonce::domain::ask::RawAsk;
use askonce::domain::home::RawHome;
use askonce::domain::id::HomeId;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::powers::RawPowers;
use askonce::domain::preview::Fate;
use askonce::grpc::v1;
use askonce::store::memory::MemoryStore;
use proptest::prelude::*;
use serde_json::json;

use super::two_bodies::{ccg_ask, council_ask, decisions};
use super::world::{World, ask};

fn exactly(count: u64) -> Option<v1::HomeCount> {
    Some(v1::HomeCount {
        at_least: count,
        at_most: count,
    })
}

fn few() -> Option<v1::HomeCount> {
    Some(v1::HomeCount {
        at_least: 1,
        at_most: 9,
    })
}

fn home_ids(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("1-{}", 500_000_000 + n))
        .collect()
}

#[tokio::test]
async fn a_preview_says_what_each_field_would_become_and_writes_nothing() {
    let world = World::new().await;
    let operator = world.operator().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let ids = home_ids(38);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    operator.register_homes(&ids, "E08000014").await;
    let everywhere = |mut ask: RawAsk| {
        ask.targets.homes.clear();
        ask.targets.areas = vec!["E08000014".into()];
        // From today on, so that the next period is the same for all.
        ask.from = String::new();
        ask
    };
    council
        .submit_ask(&everywhere(council_ask()))
        .await
        .unwrap();
    let mut asked = everywhere(ccg_ask());
    asked.fields.extend(
        ask(
            "south-sefton-ccg",
            "x",
            json!([
                {"name": "falls", "label": "Falls", "type": "count", "timing": "during",
                 "compulsion": "contractual"},
                {"name": "why", "label": "Why so many?", "type": "text", "timing": "during",
                 "only_if": {"field": "falls", "min": "5"}, "applies_to": ["Hospices"]}
            ]),
        )
        .fields,
    );
    let told = ccg.preview(&asked).await.unwrap();
    assert_eq!(told.homes, exactly(40));
    assert_eq!(told.homes_newly_asked, exactly(0));
    let fates: Vec<_> = told.fields.iter().map(v1::FieldPreview::fate).collect();
    use v1::FieldFate::{AlreadyAsked, New, NotAsked};
    assert_eq!(fates, [AlreadyAsked, New, New, New, NotAsked]);
    assert_eq!(told.fields[0].organisation_names, ["Body sefton-council"]);
    assert_eq!(
        (told.fields[0].homes_new, told.fields[3].homes_new),
        (exactly(0), exactly(40))
    );
    assert_eq!(told.question_homes, exactly(120));
    assert_eq!(told.fields[4].condition, "falls is 5 or more");
    assert!(
        ccg.list_asks("organisations/south-sefton-ccg", 10)
            .await
            .unwrap()
            .is_empty()
    );

    // What the data lead joined is one question, and a private ask is counted but not named.
    let stands = ccg.submit_ask(&asked).await.unwrap().ask.unwrap();
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    ccg.withdraw(&stands.name, "to be previewed again")
        .await
        .unwrap();
    let theirs = council
        .get_ask("organisations/sefton-council/asks/daily")
        .await
        .unwrap();
    let mut private = everywhere(council_ask());
    private.private = true;
    council
        .amend(&theirs.name, &private, &theirs.etag)
        .await
        .unwrap();
    let told = ccg.preview(&asked).await.unwrap();
    let fates: Vec<_> = told.fields.iter().map(v1::FieldPreview::fate).collect();
    assert_eq!(
        fates,
        [AlreadyAsked, AlreadyAsked, AlreadyAsked, New, NotAsked]
    );
    assert_eq!(
        (
            told.fields[0].organisations,
            told.fields[0].organisation_names.len()
        ),
        (1, 0)
    );
    assert_eq!(
        (told.question_homes, told.fields[3].saved),
        (exactly(40), exactly(40))
    );
    world.stop().await;
}

#[tokio::test]
async fn few_homes_are_not_counted_out() {
    let world = World::new().await;
    let ccg = world.requester("south-sefton-ccg").await;
    let told = ccg.preview(&ccg_ask()).await.unwrap();
    assert_eq!(told.homes.unwrap().at_least, 1);
    assert_eq!(told.homes, told.fields[0].homes_new);
    assert_eq!(
        told.homes,
        few().map(|few| v1::HomeCount { at_most: 1, ..few })
    );
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
