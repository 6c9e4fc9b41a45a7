//! The main job on real requests: asks as their senders word them, real homes, a data lead's
//! decisions; in over gRPC, one form out, answers back to each asker.
//!
//! The requests lie beside the project, not in it. Where they are not there, these stories say so
//! and pass: nothing else depends on them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::domain::check::RawAnswer;
use askonce::grpc::v1;
use askonce::server::Data;
use serde_json::json;

use super::command_line::{Outcome, askonce};
use super::real_asks;
use super::world::{Client, World};

/// Where the requests lie, if they do.
pub(super) fn real_data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no real requests beside the project; this story needs them");
    None
}

pub(super) fn text(folder: &std::path::Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// Every body that asks in the two files.
const BODIES: [(&str, &str); 7] = [
    ("dhsc", "government-department"),
    ("sefton-council", "council"),
    ("cheshire-merseyside-icb", "icb"),
    ("mwl-trust", "nhs-trust"),
    ("nhs-england", "nhs-england"),
    ("south-sefton-ccg", "ccg"),
    ("phe-north-west", "public-health-body"),
];

/// A broker that knows the bodies and the 56 homes, which were imported from their register.
pub(super) async fn world_with_homes(data: Data, folder: &std::path::Path) -> (World, Vec<String>) {
    let world = World::on(data).await;
    let operator = world.operator().await;
    for (id, kind) in BODIES {
        operator.register_organisation(id, kind).await;
        let england = ["organisations", "grant", id, "--area", "E92000001"];
        let granted = run(&world, &operator, &england).await;
        assert_eq!(granted.code, 0, "{}", granted.stderr);
    }
    let file = folder.join("homes.csv");
    let imported = run(
        &world,
        &operator,
        &["homes", "import", file.to_str().unwrap()],
    )
    .await;
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let listed = run(&world, &operator, &["homes", "list", "--output", "json"]).await;
    let homes: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(homes.len(), 56);
    let ids: Vec<String> = text(folder, "homes.csv")
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').find(|cell| cell.starts_with("1-")))
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(ids.len(), 56);
    (world, ids)
}

/// Runs a command against the broker as a caller.
/// Runs the program against a world.
pub(crate) async fn run(world: &World, client: &Client, arguments: &[&str]) -> Outcome {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let secret = client.secret().to_owned();
    tokio::task::spawn_blocking(move || askonce(&all, &secret))
        .await
        .unwrap()
}

pub(super) async fn submit(world: &World, asks: &[RawAsk]) {
    for ask in asks {
        let requester = world.requester(&ask.organisation).await;
        let submitted = requester
            .submit_ask(ask)
            .await
            .unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(submitted.ask.unwrap().fields.len(), ask.fields.len());
    }
}

/// An answer of the right kind to an entry.
pub(super) fn some_answer(entry: &v1::FormEntry) -> v1::Answer {
    let mut said = match entry.r#type() {
        v1::FieldType::YesNo => json!({"yes_no": true}),
        v1::FieldType::Date => json!({"date": "2020-05-30"}),
        v1::FieldType::Text => json!({"text": "as on file"}),
        v1::FieldType::Choice | v1::FieldType::Choices => {
            json!({"options": [entry.options[0].label]})
        }
        _ if entry.grids.is_empty() => json!({"number": "2"}),
        _ => {
            let grids: Vec<_> = entry
                .grids
                .iter()
                .map(|grid| {
                    let dimension = &grid.dimensions[0];
                    let cells: Vec<_> = dimension
                        .codes
                        .iter()
                        .map(|code| json!({"codes": [code.code], "value": "1"}))
                        .collect();
                    json!({"dimensions": [dimension.id], "cells": cells})
                })
                .collect();
            json!({"grids": grids})
        }
    };
    said["entry"] = json!(entry.id);
    if let Some(window) = entry.reference.strip_prefix("on/") {
        said["on"] = json!(&window[..10]);
    }
    let raw: RawAnswer = serde_json::from_value(said).unwrap();
    raw.try_into().unwrap()
}

fn counts(form: &v1::Form) -> (u32, u32, u32) {
    let summary = form.summary.as_ref().unwrap();
    (summary.fields, summary.questions, summary.entries)
}

fn template(form: &v1::Form) -> String {
    form.summary.as_ref().unwrap().template.clone()
}

/// What each body asked for it received under its own names, and nothing else.
async fn each_receives_its_own(world: &World, asks: &[RawAsk]) -> usize {
    let mut delivered = 0;
    for ask in asks {
        let name = format!("organisations/{}/asks/{}", ask.organisation, ask.ask);
        let requester = world.requester(&ask.organisation).await;
        let deliveries = requester.deliveries(&name).await.unwrap();
        let mut received: Vec<&str> = deliveries.iter().map(|d| d.field.as_str()).collect();
        let mut asked: Vec<&str> = ask.fields.iter().map(|f| f.name.as_str()).collect();
        received.sort_unstable();
        asked.sort_unstable();
        assert_eq!(received, asked, "{name}");
        delivered += received.len();
    }
    delivered
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_of_june_2020_is_66_entries_instead_of_113() {
    let Some(folder) = real_data() else { return };
    let data = tempfile::tempdir().unwrap();
    let store = Data::Embedded(data.path().to_path_buf());
    let (world, homes) = world_with_homes(store.clone(), &folder).await;
    let asks = real_asks::read(&text(&folder, "asks_2020.json"), &homes);
    submit(&world, &asks).await;
    let home = &homes[0];
    let manager = world.manager(home).await;
    let apart = manager.form(home, "2020-06-03").await.unwrap();
    assert_eq!(
        counts(&apart),
        (113, 113, 113),
        "fields, questions, entries: four bodies, no decision"
    );

    let file = folder.join("decisions_2020.csv");
    let arguments = ["dictionary", "decide", "--file", file.to_str().unwrap()];
    let steward = world.of_role(Role::Steward).await;
    let decided = run(&world, &steward, &arguments).await;
    assert_eq!(decided.code, 0, "{}", decided.stderr);
    let form = manager.form(home, "2020-06-03").await.unwrap();
    assert_eq!(
        counts(&form),
        (113, 61, 66),
        "fields, questions, entries: with the decisions"
    );

    let answers = form.entries.iter().map(some_answer).collect();
    let sent = manager.answer(&form, answers).await.unwrap();
    assert_eq!(sent.form.unwrap().state(), v1::FormState::Done);
    assert_eq!(each_receives_its_own(&world, &asks).await, 113);

    world.stop().await;
    let path = data.path().to_str().unwrap().to_owned();
    same_after(&store, home, &form, &asks).await;
    let rebuilt = askonce(&["ledger", "rebuild", "--data", &path], "");
    assert_eq!(rebuilt.code, 0, "{}", rebuilt.stderr);
    same_after(&store, home, &form, &asks).await;

    let (memory, _) = world_with_homes(Data::Memory, &folder).await;
    submit(&memory, &asks).await;
    let steward = memory.of_role(Role::Steward).await;
    assert_eq!(run(&memory, &steward, &arguments).await.code, 0);
    let other = memory
        .manager(home)
        .await
        .form(home, "2020-06-03")
        .await
        .unwrap();
    assert_eq!(
        template(&other),
        template(&form),
        "byte-identical on another backend"
    );
    memory.stop().await;

    let verified = askonce(&["ledger", "verify", "--data", &path], "");
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    flip_a_byte_in_the_middle(data.path());
    let noticed = askonce(&["ledger", "verify", "--data", &path], "");
    assert_eq!(noticed.code, 1, "{}", noticed.stdout);
}

/// A broker started anew on the same data has the same template, byte for byte, and the same
/// deliveries.
async fn same_after(store: &Data, home: &str, form: &v1::Form, asks: &[RawAsk]) {
    let world = World::on(store.clone()).await;
    let after = world
        .manager(home)
        .await
        .form(home, "2020-06-03")
        .await
        .unwrap();
    assert_eq!(template(&after), template(form));
    assert_eq!(each_receives_its_own(&world, asks).await, 113);
    world.stop().await;
}

fn flip_a_byte_in_the_middle(data: &std::path::Path) {
    let folder = std::fs::read_dir(data.join("ledger")).unwrap();
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|e| e == "ledger");
    let segment = folder
        .map(|entry| entry.unwrap().path())
        .find(is_segment)
        .unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_asks_of_today_make_a_form_for_each_of_their_periods() {
    let Some(folder) = real_data() else { return };
    let (world, homes) = world_with_homes(Data::Memory, &folder).await;
    let asks = real_asks::read(&text(&folder, "asks.json"), &homes);
    submit(&world, &asks).await;
    let file = folder.join("decisions.csv");
    let arguments = ["dictionary", "decide", "--file", file.to_str().unwrap()];
    let steward = world.of_role(Role::Steward).await;
    let decided = run(&world, &steward, &arguments).await;
    assert_eq!(decided.code, 0, "{}", decided.stderr);
    let home = &homes[7];
    let manager = world.manager(home).await;
    let mut made = BTreeMap::new();
    for period in ["2026-11", "2026-Q4", "2026-W47", "2026-11-20"] {
        let form = manager.form(home, period).await.unwrap();
        made.insert(period, counts(&form));
        let answers = form.entries.iter().map(some_answer).collect();
        manager.answer(&form, answers).await.unwrap();
    }
    let expected = BTreeMap::from([
        ("2026-11", (71, 68, 71)),
        ("2026-Q4", (47, 47, 47)),
        ("2026-W47", (11, 11, 11)),
        ("2026-11-20", (20, 20, 20)),
    ]);
    assert_eq!(made, expected, "fields, questions, entries by period");
    let fields: usize = asks.iter().map(|ask| ask.fields.len()).sum();
    assert_eq!(fields, 149);
    assert_eq!(each_receives_its_own(&world, &asks).await, 149);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_with_a_fault_in_every_row_says_which_where_and_what_was_expected() {
    let Some(folder) = real_data() else { return };
    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let file = folder.join("homes_as_published.csv");
    let imported = run(
        &world,
        &operator,
        &["homes", "import", file.to_str().unwrap()],
    )
    .await;
    assert_eq!(imported.code, 1);
    let said = format!("{}{}", imported.stdout, imported.stderr);
    for line in 2..=57 {
        assert!(
            said.contains(&format!("line {line}, column area_code")),
            "line {line}: {said}"
        );
    }
    assert!(said.contains("1 too few"), "{said}");
    let listed = run(&world, &operator, &["homes", "list", "--output", "json"]).await;
    assert_eq!(listed.stdout.trim(), "[]", "nothing was stored");
    world.stop().await;
}
