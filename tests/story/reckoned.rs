//! What is worked out, offered or told by the register is counted apart: before an ask is submitted,
//! and in what homes were put to.

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::FieldFate::{AlreadyAsked, New, WorkedOut};
use askonce::grpc::v1::form_service_client::FormServiceClient;
use askonce::grpc::v1::insight_service_client::InsightServiceClient;
use serde_json::json;

use super::command_line::askonce;
use super::two_bodies::{COUNCIL, DAY};
use super::world::{Client, HOME, World, answer, ask};

/// Homes of the area beside the first.
const MORE_HOMES: usize = 37;

/// An ask of the council to every home of its area, from today on.
fn everywhere(organisation: &str, name: &str, fields: serde_json::Value) -> RawAsk {
    let mut ask = ask(organisation, name, fields);
    ask.targets.homes.clear();
    ask.targets.areas = vec!["E08000014".into()];
    ask.from = String::new();
    ask
}

fn of_element(id: &str, kind: &str, reuse: &str) -> serde_json::Value {
    json!({"name": id, "element": id, "label": id, "type": kind, "timing": "as-at", "reuse": reuse})
}

/// A council that asks forty homes how many beds are vacant, each way by itself.
async fn beds_are_asked() -> (World, Client, Client) {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let ids: Vec<String> = (0..MORE_HOMES)
        .map(|n| format!("1-{}", 500_000_000 + n))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world
        .operator()
        .await
        .register_homes(&ids, "E08000014")
        .await;
    let parts = [
        "beds.vacant.reserved",
        "beds.vacant.open",
        "beds.vacant.closed",
    ];
    let parts = parts.map(|id| of_element(id, "count", "confirm"));
    let asked = everywhere("sefton-council", "vacant", json!(parts));
    council.submit_ask(&asked).await.unwrap();
    (world, council, ccg)
}

fn fates(told: &v1::PreviewAskResponse) -> Vec<v1::FieldFate> {
    told.fields.iter().map(v1::FieldPreview::fate).collect()
}

fn exactly(count: Option<v1::HomeCount>) -> Option<u64> {
    let count = count?;
    (count.at_least == count.at_most).then_some(count.at_least)
}

async fn run(world: &World, client: &Client, command: &[&str]) -> String {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(command.iter().map(|argument| (*argument).to_owned()));
    let secret = client.secret().to_owned();
    let running = tokio::task::spawn_blocking(move || askonce(&all, &secret));
    let outcome = running.await.unwrap();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout
}

async fn previewed(world: &World, client: &Client, ask: &RawAsk) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ask.json");
    std::fs::write(&file, serde_json::to_string(ask).unwrap()).unwrap();
    let told = run(world, client, &["ask", "preview", file.to_str().unwrap()]).await;
    eprintln!("$ askonce ask preview ask.json\n{told}");
    told
}

#[tokio::test]
async fn an_ask_for_what_follows_from_others_costs_nothing() {
    let (world, _, ccg) = beds_are_asked().await;
    let total = of_element("beds.vacant.total", "count", "derive");
    let reserved = of_element("beds.vacant.reserved", "count", "confirm");
    let asked = everywhere("south-sefton-ccg", "total", json!([total, reserved]));
    let told = ccg.preview(&asked).await.unwrap();
    assert_eq!(fates(&told), [WorkedOut, AlreadyAsked]);
    assert_eq!(exactly(told.question_homes), Some(0));
    assert_eq!(exactly(told.worked_out), exactly(told.homes));
    assert!(told.dear_fields.is_empty());
    let said = previewed(&world, &ccg, &asked).await;
    assert!(
        said.contains(
            "2 fields: 1 is already asked, 1 is worked out. It costs the homes no further question."
        ),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test]
async fn dropping_a_part_says_what_it_would_cost() {
    let (world, _, ccg) = beds_are_asked().await;
    let fields = json!([
        of_element("beds.occupied", "count", "confirm"),
        {"name": "falls", "label": "Falls", "type": "count", "timing": "during"},
        {"name": "full", "element": "beds.occupancy_operational_pct", "label": "full", "type": "percentage",
         "decimals": 1, "timing": "as-at", "reuse": "derive"},
        of_element("beds.max", "count", "confirm"),
        of_element("beds.vacant.open", "count", "confirm"),
    ]);
    let asked = everywhere("south-sefton-ccg", "full", fields);
    let told = ccg.preview(&asked).await.unwrap();
    assert_eq!(fates(&told), [New, New, WorkedOut, New, AlreadyAsked]);
    let homes = exactly(told.homes).unwrap();
    assert_eq!(exactly(told.question_homes), Some(3 * homes));
    // Without the beds taken, the share of them has to be told instead.
    assert_eq!(exactly(told.fields[0].saved), Some(homes));
    assert_eq!(exactly(told.fields[0].missed), Some(homes));
    assert_eq!(exactly(told.fields[1].missed), Some(0));
    assert_eq!(
        told.dear_fields.len(),
        4,
        "without its parts it is dear itself"
    );
    let said = previewed(&world, &ccg, &asked).await;
    assert!(
        said.contains("5 fields: 1 is already asked, 1 is worked out, 3 are new."),
        "{said}"
    );
    assert!(
        said.contains("drop `beds.occupied`, `falls`, `full` and `beds.max` and it costs nothing."),
        "{said}"
    );
    assert!(
        said.contains("Others follow from `beds.occupied` and `beds.max`"),
        "{said}"
    );
    world.stop().await;
}

#[tokio::test]
async fn an_ask_for_the_parts_spares_the_homes_the_whole() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let ids: Vec<String> = (0..MORE_HOMES)
        .map(|n| format!("1-{}", 500_000_000 + n))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    world
        .operator()
        .await
        .register_homes(&ids, "E08000014")
        .await;
    let total = json!([of_element("beds.vacant.total", "count", "derive")]);
    council
        .submit_ask(&everywhere("sefton-council", "vacant", total))
        .await
        .unwrap();
    let parts = [
        "beds.vacant.reserved",
        "beds.vacant.open",
        "beds.vacant.closed",
    ];
    let parts = parts.map(|id| of_element(id, "count", "confirm"));
    let asked = everywhere("south-sefton-ccg", "parts", json!(parts));
    let told = ccg.preview(&asked).await.unwrap();
    let homes = exactly(told.homes).unwrap();
    assert_eq!(exactly(told.question_homes), Some(3 * homes));
    assert_eq!(exactly(told.spared), Some(homes));
    assert_eq!(exactly(told.fields[1].missed), Some(homes));
    let said = previewed(&world, &ccg, &asked).await;
    assert!(said.contains("It spares them"), "{said}");
    world.stop().await;
}

#[tokio::test]
async fn an_analyst_sees_what_was_typed_and_what_was_worked_out() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let parts = [
        "beds.vacant.reserved",
        "beds.vacant.open",
        "beds.vacant.closed",
    ];
    let fields = parts.map(|id| of_element(id, "count", "confirm"));
    council
        .submit_ask(&ask("sefton-council", "daily", json!(fields)))
        .await
        .unwrap();
    let total = json!([of_element("beds.vacant.total", "count", "derive")]);
    ccg.submit_ask(&ask("south-sefton-ccg", "call", total))
        .await
        .unwrap();
    let analyst = world.of_role(Role::Analyst).await;
    let counted = async || counts(&analyst).await;
    assert_eq!(counted().await, ([3, 0, 1, 0], [0, 0, 0, 0]));
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = parts.map(|id| answer(&form, COUNCIL, id, json!({"number": "1"})));
    manager.answer(&form, said.to_vec()).await.unwrap();
    assert_eq!(counted().await, ([3, 0, 1, 0], [3, 3, 0, 0]));
    let summary = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    let rest = v1::SubmitAnswersRequest {
        name: summary.name,
        template: summary.template,
        etag: summary.etag,
        send_worked_out: true,
        ..v1::SubmitAnswersRequest::default()
    };
    let mut forms = FormServiceClient::new(manager.channel());
    forms.submit_answers(manager.request(rest)).await.unwrap();
    assert_eq!(counted().await, ([3, 0, 1, 0], [4, 3, 0, 1]));
    let line = ["burden", "--from", DAY, "--until", DAY];
    let told = run(&world, &analyst, &line).await;
    eprintln!("$ askonce burden\n{told}");
    let altogether = told.lines().find(|line| line.contains("altogether"));
    let figures: Vec<&str> = altogether.unwrap().split_whitespace().skip(1).collect();
    assert_eq!(
        figures,
        ["1", "4", "4", "4", "0", "0", "3", "3", "1"],
        "{told}"
    );
    world.stop().await;
}

/// What the questions of the day need of the home, and how they were answered.
async fn counts(analyst: &Client) -> ([u64; 4], [u64; 4]) {
    let wanted = v1::GetBurdenRequest {
        group_by: v1::BurdenGroup::Organisation.into(),
        from: DAY.into(),
        until: DAY.into(),
        ..v1::GetBurdenRequest::default()
    };
    let mut insight = InsightServiceClient::new(analyst.channel());
    let found = insight.get_burden(analyst.request(wanted)).await.unwrap();
    let total = found.into_inner().total.unwrap();
    (
        [
            total.to_answer,
            total.to_confirm,
            total.to_work_out,
            total.registered,
        ],
        [
            total.answered,
            total.typed,
            total.confirmed,
            total.worked_out,
        ],
    )
}
