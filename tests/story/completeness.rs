//! How far homes are with asks that are filed elsewhere, taken back or changed, and with fields that
//! are not for every home.

use askonce::grpc::v1;
use askonce::grpc::v1::Completeness::{self, Closed, Coming, Done, Due, Filed, Late};
use serde_json::json;

use super::two_bodies::{COUNCIL, DAY, both_ask, council_ask};
use super::world::{Client, HOME, OTHER_HOME, World, answer, ask};

/// The state of each home, with the fields in and wanted of it.
async fn states(council: &Client, period: &str) -> Vec<(Completeness, u32, u32)> {
    let found = council.completeness(COUNCIL, &[period]).await;
    let counted = found.counts[0].states.iter().map(|count| count.homes);
    assert_eq!(counted.sum::<u64>(), found.counts[0].homes);
    assert_eq!(found.counts[0].homes, found.homes.len() as u64);
    let wanted: u32 = found.homes.iter().map(|row| row.wanted).sum();
    assert_eq!(found.counts[0].wanted, u64::from(wanted));
    let rows = found.homes.iter();
    rows.map(|row| (row.state(), row.received, row.wanted))
        .collect()
}

/// The home answers a field of the council's on its form for a day.
async fn say(manager: &Client, home: &str, field: &str, said: serde_json::Value) {
    let form = manager.form(home, DAY).await.unwrap();
    let given = answer(&form, COUNCIL, field, said);
    manager.answer(&form, vec![given]).await.unwrap();
}

async fn mark(manager: &Client, period: &str, filed: bool) {
    let message = v1::MarkFiledRequest {
        name: format!("homes/{HOME}/forms/{period}"),
        ask: COUNCIL.into(),
        filed: Some(filed),
        ..v1::MarkFiledRequest::default()
    };
    let marked = manager.forms().mark_filed(manager.request(message)).await;
    marked.unwrap();
}

#[tokio::test]
async fn an_ask_filed_elsewhere_is_late_until_the_home_says_that_it_is_filed() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut tracker = council_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    council.submit_ask(&tracker).await.unwrap();
    let manager = world.manager(HOME).await;
    assert_eq!(states(&council, DAY).await, [(Late, 0, 3)]);
    say(&manager, HOME, "B2", json!({"number": "30"})).await;
    assert_eq!(
        states(&council, DAY).await,
        [(Late, 0, 3)],
        "nothing is sent"
    );
    assert_eq!(states(&council, "2199-06-03").await, [(Coming, 0, 3)]);
    mark(&manager, DAY, true).await;
    assert_eq!(states(&council, DAY).await, [(Filed, 0, 3)]);
    assert_eq!(states(&council, "2020-06-04").await, [(Late, 0, 3)]);
    mark(&manager, DAY, false).await;
    assert_eq!(states(&council, DAY).await, [(Late, 0, 3)]);
    world.stop().await;
}

#[tokio::test]
async fn what_was_sent_before_an_ask_was_to_be_filed_elsewhere_does_not_file_it() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    for field in ["B2", "D6", "E1"] {
        say(&manager, HOME, field, json!({"declined": "not-held"})).await;
    }
    assert_eq!(
        states(&council, DAY).await,
        [(Completeness::Declined, 3, 3)]
    );
    let etag = council.get_ask(COUNCIL).await.unwrap().etag;
    let mut tracker = council_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    council.amend(COUNCIL, &tracker, &etag).await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Late, 3, 3)]);
    mark(&manager, DAY, true).await;
    assert_eq!(states(&council, DAY).await, [(Filed, 3, 3)]);
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_chased_for_an_ask_that_was_withdrawn() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    say(&manager, HOME, "B2", json!({"number": "30"})).await;
    for field in ["B2", "D6", "E1"] {
        let form = manager.form(HOME, "2020-06-04").await.unwrap();
        let given = answer(&form, COUNCIL, field, json!({"declined": "not-held"}));
        manager.answer(&form, vec![given]).await.unwrap();
    }
    council.withdraw(COUNCIL, "no longer needed").await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Closed, 1, 3)]);
    assert_eq!(
        states(&council, "2020-06-04").await,
        [(Completeness::Declined, 3, 3)],
        "what is complete stays so"
    );
    let all = "organisations/sefton-council/asks/-";
    let found = council.completeness(all, &[DAY]).await;
    assert_eq!((found.homes, found.counts), (vec![], vec![]));
    world.stop().await;
}

#[tokio::test]
async fn nobody_chases_a_home_that_has_closed() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    say(&manager, HOME, "B2", json!({"number": "30"})).await;
    let operator = world.operator().await;
    operator.succeed_home(HOME, "", "2020-06-10").await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Closed, 1, 3)]);
    let after = council.completeness(COUNCIL, &["2020-06-10"]).await;
    assert_eq!((after.homes, after.counts[0].homes), (vec![], 0));
    world.stop().await;
}

#[tokio::test]
async fn what_was_sent_for_another_purpose_or_question_is_still_to_come() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    say(&manager, HOME, "B2", json!({"number": "30"})).await;
    assert_eq!(states(&council, DAY).await, [(Late, 1, 3)]);
    let etag = council.get_ask(COUNCIL).await.unwrap().etag;
    let mut changed = council_ask();
    changed.fields[0].label = "Beds that are empty".into();
    let amended = council.amend(COUNCIL, &changed, &etag).await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Late, 0, 3)]);
    let etag = amended.ask.unwrap().etag;
    let amended = council.amend(COUNCIL, &council_ask(), &etag).await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Late, 1, 3)], "as it was");
    let etag = amended.ask.unwrap().etag;
    let mut changed = council_ask();
    changed.purpose = "setting fees".into();
    council.amend(COUNCIL, &changed, &etag).await.unwrap();
    assert_eq!(states(&council, DAY).await, [(Late, 0, 3)]);
    say(&manager, HOME, "B2", json!({"confirm": true})).await;
    assert_eq!(states(&council, DAY).await, [(Late, 1, 3)]);
    world.stop().await;
}

/// Two homes of different services, and the council's daily ask of both.
async fn asked_by_services(fields: serde_json::Value) -> (World, Client) {
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
        row(OTHER_HOME, "Residential homes"),
        row(HOME, "Nursing homes"),
    ];
    operator.import_homes(rows).await;
    let mut asked = ask("sefton-council", "daily", fields);
    asked.targets.homes.push(OTHER_HOME.into());
    let council = world.requester("sefton-council").await;
    council.submit_ask(&asked).await.unwrap();
    (world, council)
}

#[tokio::test]
async fn a_field_counts_for_homes_of_its_services_and_a_home_without_fields_is_not_asked() {
    let (world, council) = asked_by_services(json!([
        {"name": "a", "label": "Beds", "type": "count", "timing": "as-at"},
        {"name": "b", "label": "Nurses", "type": "count", "timing": "as-at",
         "applies_to": ["nursing homes"]}
    ]))
    .await;
    assert_eq!(states(&council, DAY).await, [(Late, 0, 1), (Late, 0, 2)]);
    let manager = world.manager(OTHER_HOME).await;
    say(&manager, OTHER_HOME, "a", json!({"number": "3"})).await;
    assert_eq!(states(&council, DAY).await, [(Done, 1, 1), (Late, 0, 2)]);
    world.stop().await;

    let (world, council) = asked_by_services(json!([
        {"name": "b", "label": "Nurses", "type": "count", "timing": "as-at",
         "applies_to": ["nursing homes"]}
    ]))
    .await;
    assert_eq!(states(&council, DAY).await, [(Late, 0, 1)]);
    world.stop().await;
}

#[tokio::test]
async fn a_conditional_field_counts_once_its_condition_is_known_to_hold() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let asked = ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "sick", "label": "Is anybody ill?", "type": "yes-no", "timing": "as-at"},
            {"name": "many", "label": "How many are ill?", "type": "count", "timing": "as-at",
             "only_if": {"field": "sick", "equals": ["yes"]}},
            {"name": "staff", "label": "How many are staff?", "type": "count", "timing": "as-at",
             "only_if": {"field": "many", "min": "2"}}
        ]),
    );
    council.submit_ask(&asked).await.unwrap();
    let manager = world.manager(HOME).await;
    let form_state = async || {
        let form = manager.form(HOME, DAY).await.unwrap();
        form.summary.unwrap().state() == v1::FormState::Done
    };
    assert_eq!(states(&council, DAY).await, [(Late, 0, 1)]);
    for (field, said, expected) in [
        ("sick", json!({"yes_no": true}), (Late, 1, 2)),
        ("many", json!({"number": "2"}), (Late, 2, 3)),
        ("staff", json!({"declined": "not-held"}), (Done, 3, 3)),
        ("many", json!({"number": "1"}), (Done, 3, 3)),
        ("sick", json!({"yes_no": false}), (Done, 3, 3)),
    ] {
        say(&manager, HOME, field, said).await;
        assert_eq!(states(&council, DAY).await, [expected], "{field}");
        assert_eq!(form_state().await, expected.0 == Done, "{field}");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_the_home_told_others_does_not_tell_that_a_condition_holds() {
    let (world, council, ccg) = both_ask().await;
    let manager = world.manager(HOME).await;
    say(&manager, HOME, "B2", json!({"number": "30"})).await;
    let fields = json!([
        {"name": "beds", "label": "Beds filled", "type": "count", "timing": "as-at"},
        {"name": "why", "label": "Why so many?", "type": "text", "timing": "as-at",
         "only_if": {"field": "beds", "min": "20"}}
    ]);
    let late = ask("south-sefton-ccg", "late", fields);
    ccg.submit_ask(&late).await.unwrap();
    let name = "organisations/south-sefton-ccg/asks/late";
    let wanted = async || {
        let found = ccg.completeness(name, &[DAY]).await;
        (found.homes[0].received, found.homes[0].wanted)
    };
    assert_eq!(wanted().await, (0, 1), "the council was told how many");
    let form = manager.form(HOME, DAY).await.unwrap();
    let again = answer(&form, name, "beds", json!({"confirm": true}));
    manager.answer(&form, vec![again]).await.unwrap();
    assert_eq!(wanted().await, (1, 2));
    let open = council.completeness(COUNCIL, &["2199-06-03"]).await;
    assert_ne!(open.homes[0].state(), Due, "its window is far off");
    world.stop().await;
}
