//! What a requester and a manager do on an ordinary day.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::two_bodies::{
    CCG, COUNCIL, DAY, both_ask, ccg_ask, council_ask, decisions, flags, number, told,
};
use super::world::{HOME, World, answer};

#[tokio::test]
async fn an_answer_given_once_reaches_each_asker_in_its_own_terms() {
    let (world, council, ccg) = both_ask().await;
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let summary = form.summary.clone().unwrap();
    assert_eq!(
        (summary.fields, summary.questions, summary.entries),
        (6, 3, 3)
    );
    let answers = vec![
        answer(&form, COUNCIL, "B2", json!({"number": "120"})),
        answer(&form, COUNCIL, "D6", json!({"number": "90", "unit": "min"})),
        answer(&form, COUNCIL, "E1", json!({"options": ["Low"]})),
    ];
    let sent = manager.answer(&form, answers).await.unwrap();
    assert_eq!(
        sent.warnings.len(),
        1,
        "the council did not expect 120 beds"
    );
    assert_eq!(sent.form.unwrap().state(), v1::FormState::Done);

    let to_council = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(
        number(told(&to_council, "B2")),
        ("120".into(), String::new())
    );
    assert!(flags(told(&to_council, "B2")).contains(&v1::DeliveryFlag::OutsideLimits));
    assert_eq!(
        number(told(&to_council, "D6")),
        ("0.12".into(), "{shift-12h}".into())
    );
    assert!(flags(told(&to_council, "D6")).contains(&v1::DeliveryFlag::Rounded));
    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(
        number(told(&to_ccg, "agency_minutes")),
        ("90".into(), "min".into())
    );
    assert_eq!(
        flags(told(&to_ccg, "agency_minutes")),
        [v1::DeliveryFlag::AsGiven]
    );
    let Some(v1::delivered_value::Said::Options(gloves)) =
        told(&to_ccg, "gloves_rag").value.clone().unwrap().said
    else {
        panic!("not options");
    };
    assert_eq!(gloves.codes, ["A"]);
    world.stop().await;
}

#[tokio::test]
async fn a_requester_sees_its_own_fields_only_and_pages_do_not_change_that() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let answers = vec![answer(&form, COUNCIL, "B2", json!({"number": "30"}))];
    manager.answer(&form, answers).await.unwrap();
    for page_size in [1, 2, 1_000] {
        let seen = council.deliveries_by(COUNCIL, page_size).await.unwrap();
        let fields: Vec<&str> = seen.iter().map(|d| d.field.as_str()).collect();
        assert_eq!(fields, ["B2"]);
    }
    let theirs = council.deliveries(CCG).await.unwrap_err();
    let unknown = council
        .deliveries("organisations/nobody/asks/none")
        .await
        .unwrap_err();
    assert_eq!(theirs.code(), Code::PermissionDenied);
    assert_eq!(
        (theirs.code(), theirs.message()),
        (unknown.code(), unknown.message())
    );
    for role in [Role::Analyst, Role::Steward] {
        let curious = world
            .of_role(role)
            .await
            .deliveries(COUNCIL)
            .await
            .unwrap_err();
        assert_eq!(curious.code(), Code::PermissionDenied, "{role}");
    }
    world.stop().await;
}

#[tokio::test]
async fn who_asks_after_the_answer_is_told_nothing_until_the_home_sends_it() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let before = manager.form(HOME, DAY).await.unwrap();
    let given = answer(&before, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&before, vec![given.clone()]).await.unwrap();

    ccg.submit_ask(&ccg_ask()).await.unwrap();
    assert_eq!(ccg.deliveries(CCG).await.unwrap().len(), 0);
    let stale = manager.answer(&before, vec![given]).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);

    let form = manager.form(HOME, DAY).await.unwrap();
    let entry = form.entries.iter().find(|e| e.answer.is_some()).unwrap();
    assert_eq!(entry.unreleased.len(), 1);
    let confirmed = answer(&form, CCG, "beds", json!({"confirm": true}));
    manager.answer(&form, vec![confirmed]).await.unwrap();
    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(number(told(&to_ccg, "beds")).0, "30");
    world.stop().await;
}

#[tokio::test]
async fn a_mistake_is_corrected_once_for_all_askers() {
    let (world, council, ccg) = both_ask().await;
    let manager = world.manager(HOME).await;
    for figure in ["30", "31"] {
        let form = manager.form(HOME, DAY).await.unwrap();
        let given = answer(&form, COUNCIL, "B2", json!({"number": figure}));
        manager.answer(&form, vec![given]).await.unwrap();
    }
    for (client, name, field) in [(&council, COUNCIL, "B2"), (&ccg, CCG, "beds")] {
        let deliveries = client.deliveries(name).await.unwrap();
        assert_eq!(deliveries.len(), 1, "the present value stands once");
        let delivery = told(&deliveries, field);
        assert_eq!(number(delivery).0, "31");
        assert!(flags(delivery).contains(&v1::DeliveryFlag::Corrected));
    }
    world.stop().await;
}

#[tokio::test]
async fn submitting_twice_is_harmless() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let id = "123e4567-e89b-42d3-a456-426614174000";
    let outcome = |response: v1::SubmitAskResponse| response.outcome();
    let first = council.submit_ask_as(&council_ask(), id).await.unwrap();
    assert_eq!(outcome(first), v1::SubmitOutcome::Created);
    let again = council.submit_ask_as(&council_ask(), id).await.unwrap();
    assert_ne!(outcome(again), v1::SubmitOutcome::Created);
    let mut renamed = council_ask();
    renamed.ask = String::new();
    let identical = council.submit_ask(&renamed).await.unwrap();
    assert_eq!(identical.ask.clone().unwrap().name, COUNCIL);
    assert_eq!(outcome(identical), v1::SubmitOutcome::Identical);
    let mut other = council_ask();
    other.purpose = "something else".into();
    let taken = council.submit_ask(&other).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    other.ask = "other".into();
    let reused = council.submit_ask_as(&other, id).await.unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists);
    assert_eq!(
        council
            .list_asks("organisations/sefton-council", 1)
            .await
            .unwrap()
            .len(),
        1
    );

    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = || vec![answer(&form, COUNCIL, "B2", json!({"number": "30"}))];
    let first = manager
        .answer_as(&form, given(), id)
        .await
        .unwrap()
        .receipt
        .unwrap();
    let again = manager
        .answer_as(&form, given(), id)
        .await
        .unwrap()
        .receipt
        .unwrap();
    assert_eq!(first.name, again.name);
    assert_eq!(manager.receipt(&first.name).await.unwrap(), first);
    let changed = vec![answer(&form, COUNCIL, "B2", json!({"number": "31"}))];
    let reused = manager.answer_as(&form, changed, id).await.unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists);
    world.stop().await;
}
