//! Fields that are asked of some homes only, and fields that wait for another answer.

use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::two_bodies::DAY;
use super::world::{Client, HOME, OTHER_HOME, World, answer, ask, paths};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const CCG: &str = "organisations/south-sefton-ccg/asks/daily";

fn entry(form: &v1::Form, ask: &str, field: &str) -> v1::FormEntry {
    let serves = |entry: &&v1::FormEntry| {
        let mut demands = entry.demands.iter();
        demands.any(|demand| demand.ask == ask && demand.field == field)
    };
    form.entries.iter().find(serves).expect("served").clone()
}

async fn say(manager: &Client, field: &str, said: serde_json::Value) -> v1::Form {
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = answer(&form, COUNCIL, field, said);
    manager.answer(&form, vec![given]).await.unwrap();
    manager.form(HOME, DAY).await.unwrap()
}

#[tokio::test]
async fn a_field_for_nursing_homes_is_asked_of_nursing_homes() {
    let world = World::new().await;
    let operator = world.operator().await;
    let row = |id: &str, service: &str| v1::HomeRow {
        cqc_id: id.into(),
        name: "Rowan House".into(),
        area_code: "E08000014".into(),
        services: vec![service.into()],
        ..v1::HomeRow::default()
    };
    let rows = vec![
        row(HOME, "Nursing  Homes"),
        row(OTHER_HOME, "Residential homes"),
    ];
    operator.import_homes(rows).await;
    let mut nursing = ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "a", "label": "Beds", "type": "count", "timing": "as-at"},
            {"name": "b", "label": "Nurses", "type": "count", "timing": "as-at",
             "applies_to": ["nursing homes"]}
        ]),
    );
    nursing.targets.homes.push(OTHER_HOME.into());
    world
        .requester("sefton-council")
        .await
        .submit_ask(&nursing)
        .await
        .unwrap();
    for (home, entries) in [(HOME, 2), (OTHER_HOME, 1)] {
        let form = world.manager(home).await.form(home, DAY).await.unwrap();
        assert_eq!(form.entries.len(), entries, "{home}");
    }
    // A home that becomes another kind of home is asked as such.
    operator
        .import_homes(vec![row(OTHER_HOME, "nursing homes")])
        .await;
    let form = world
        .manager(OTHER_HOME)
        .await
        .form(OTHER_HOME, DAY)
        .await
        .unwrap();
    assert_eq!(
        entry(&form, COUNCIL, "b").demands[0].applies_to,
        ["nursing homes"]
    );
    world.stop().await;
}

fn chained() -> serde_json::Value {
    json!([
        {"name": "open", "label": "Any outbreak?", "type": "yes-no", "timing": "as-at"},
        {"name": "how many", "label": "How many residents?", "type": "count", "timing": "as-at",
         "only_if": {"field": "open", "equals": ["yes"]}},
        {"name": "why", "label": "Why so many?", "type": "text", "timing": "as-at",
         "only_if": {"field": "how many", "min": "5"}}
    ])
}

#[tokio::test]
async fn a_question_opens_and_closes_with_the_answer_that_it_waits_for() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    council
        .submit_ask(&ask("sefton-council", "daily", chained()))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let summary = form.summary.clone().unwrap();
    assert_eq!((summary.entries, summary.put), (3, 1));
    let waits = entry(&form, COUNCIL, "how many");
    assert_eq!(
        waits.not_put_because,
        ["only if open is yes (open: Any outbreak?)"]
    );
    assert!(waits.demands[0].waiting && waits.next_due.is_empty());
    let early = vec![answer(&form, COUNCIL, "how many", json!({"number": "7"}))];
    let refused = manager.answer(&form, early).await.unwrap_err();
    assert_eq!(
        (refused.code(), paths(&refused)),
        (Code::InvalidArgument, vec!["answers[0].entry".to_owned()])
    );

    let form = say(&manager, "open", json!({"yes_no": false})).await;
    assert_eq!(form.summary.unwrap().state(), v1::FormState::Done);
    // Both at once: what opens the question comes with its answer.
    let form = manager.form(HOME, DAY).await.unwrap();
    let both = vec![
        answer(&form, COUNCIL, "how many", json!({"number": "7"})),
        answer(&form, COUNCIL, "open", json!({"yes_no": true})),
    ];
    let sent = manager.answer(&form, both).await.unwrap();
    assert_ne!(
        sent.form.unwrap().state(),
        v1::FormState::Done,
        "why is put now"
    );
    let form = say(&manager, "why", json!({"text": "It spread."})).await;
    assert_eq!(form.summary.unwrap().state(), v1::FormState::Done);
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 3);

    // Closed again, both behind it close; what was sent stays, and so do corrections of it.
    let form = say(&manager, "open", json!({"yes_no": false})).await;
    let summary = form.summary.clone().unwrap();
    assert_eq!((summary.put, summary.state()), (1, v1::FormState::Done));
    say(&manager, "how many", json!({"number": "8"})).await;
    let seen = council.deliveries(COUNCIL).await.unwrap();
    let many = super::two_bodies::told(&seen, "how many");
    assert_eq!(super::two_bodies::number(many).0, "8");
    world.stop().await;
}

#[tokio::test]
async fn what_another_asks_without_a_condition_is_put_and_sent_to_it_alone() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council
        .submit_ask(&ask("sefton-council", "daily", chained()))
        .await
        .unwrap();
    let plain = json!([{"name": "n", "label": "How many residents?", "type": "count",
                        "timing": "as-at"}]);
    ccg.submit_ask(&ask("south-sefton-ccg", "daily", plain))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    assert!(entry(&form, CCG, "n").not_put_because.is_empty());
    say(&manager, "how many", json!({"number": "7"})).await;
    assert_eq!(ccg.deliveries(CCG).await.unwrap().len(), 1);
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 0);
    let form = say(&manager, "open", json!({"yes_no": true})).await;
    let offered = entry(&form, COUNCIL, "how many");
    assert_eq!(
        offered.unreleased.len(),
        1,
        "now it is asked for: one click"
    );
    world.stop().await;
}

#[tokio::test]
async fn conditions_that_cannot_hold_are_refused_by_path() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let field = |name: &str, kind: &str, only_if: serde_json::Value| {
        json!({"name": name, "label": format!("Field {name}"), "type": kind, "timing": "as-at",
               "only_if": only_if})
    };
    let fields = json!([
        field("a", "count", json!({"field": "b", "min": "1"})),
        field("b", "count", json!({"field": "a", "min": "1"})),
        field("c", "text", json!({"field": "none", "equals": ["yes"]})),
        field("d", "text", json!({"field": "c", "equals": ["yes"]})),
        field("e", "yes-no", json!({"field": "e", "equals": ["yes"]})),
        field("f", "text", json!({"field": "e", "equals": ["maybe"]})),
        field("g", "text", json!({"field": "e"})),
    ]);
    let refused = council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await;
    let mut found = paths(&refused.unwrap_err());
    found.sort();
    let expected = [
        "ask.fields[0].only_if.field",
        "ask.fields[1].only_if.field",
        "ask.fields[2].only_if.field",
        "ask.fields[3].only_if.equals",
        "ask.fields[4].only_if.field",
        "ask.fields[5].only_if.equals",
        "ask.fields[6].only_if",
    ];
    assert_eq!(found, expected);
    world.stop().await;
}
