//! What is wrong is refused with every fault at its place, and nothing of it is kept.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::world::{HOME, OTHER_HOME, World, answer, ask, paths, reason};

fn beds() -> serde_json::Value {
    json!([{"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at"}])
}

const DAILY: &str = "organisations/sefton-council/asks/daily";

#[tokio::test]
async fn an_ask_with_faults_is_refused_with_every_fault_and_nothing_is_kept() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut bad = ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "a", "label": "Beds", "type": "count", "timing": "as-at", "min": "9", "max": "1"},
            {"name": "a", "label": "", "type": "quantity", "unit": "bushel", "timing": "as-at"},
            {"name": "b", "label": "x", "element": "no.such", "type": "count", "timing": "as-at"}
        ]),
    );
    bad.purpose = String::new();
    bad.targets.homes = vec![HOME.into(), "1-999999999".into(), "12".into()];
    let refused = council.submit_ask(&bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let named = paths(&refused);
    for path in [
        "ask.purpose",
        "ask.targets.homes[1]",
        "ask.targets.homes[2]",
        "ask.fields[1].name",
        "ask.fields[1].label",
        "ask.fields[1].unit",
        "ask.fields[2].element",
    ] {
        assert!(
            named.iter().any(|known| known == path),
            "{path} is not among {named:?}"
        );
    }
    assert_eq!(
        council
            .list_asks("organisations/sefton-council", 10)
            .await
            .unwrap(),
        []
    );
    world.stop().await;
}

#[tokio::test]
async fn equal_meanings_of_one_reference_twice_in_one_ask_name_both_fields() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let twice = ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "first", "label": "Beds filled", "type": "count", "timing": "as-at"},
            {"name": "second", "label": "beds filled?", "type": "count", "timing": "as-at"}
        ]),
    );
    let refused = council.submit_ask(&twice).await.unwrap_err();
    assert_eq!(paths(&refused), ["ask.fields[1]"]);
    assert!(
        format!("{refused:?}").contains("first"),
        "the other field is named too"
    );
    world.stop().await;
}

#[tokio::test]
async fn an_organisation_acts_for_itself_only_and_a_person_for_her_homes() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let theirs = ask("south-sefton-ccg", "daily", beds());
    let unknown = ask("nobody", "daily", beds());
    let refusals = [
        council.submit_ask(&theirs).await.unwrap_err(),
        council.submit_ask(&unknown).await.unwrap_err(),
    ];
    council
        .submit_ask(&ask("sefton-council", "daily", beds()))
        .await
        .unwrap();
    let stranger_home = world.manager(OTHER_HOME).await;
    let others = [
        stranger_home.form(HOME, "2020-06-03").await.unwrap_err(),
        stranger_home
            .form("1-999999999", "2020-06-03")
            .await
            .unwrap_err(),
    ];
    for pair in [refusals, others] {
        let said = pair.map(|status| (status.code(), status.message().to_owned()));
        assert_eq!(said[0].0, Code::PermissionDenied);
        assert_eq!(
            said[0], said[1],
            "another's and an unknown one look the same"
        );
    }
    for role in [Role::Analyst, Role::Steward, Role::Operator] {
        let client = world.of_role(role).await;
        let refused = client.form(HOME, "2020-06-03").await.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::PermissionDenied,
            "{role} reads no answers"
        );
    }
    let nobody = world.stranger().form(HOME, "2020-06-03").await.unwrap_err();
    assert_eq!(nobody.code(), Code::Unauthenticated);
    world.stop().await;
}

#[tokio::test]
async fn answers_with_faults_are_refused_whole_and_blank_questions_are_left_open() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let fields = json!([
        {"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at"},
        {"name": "F2", "label": "Help needed?", "type": "yes-no", "timing": "as-at"}
    ]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, "2020-06-03").await.unwrap();
    let good = answer(&form, DAILY, "F2", json!({"yes_no": true}));
    let bad = answer(&form, DAILY, "B2", json!({"number": "some"}));
    let elsewhere = v1::Answer {
        entry: "e_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
        number: "1".into(),
        ..v1::Answer::default()
    };
    let sent = vec![good.clone(), bad, elsewhere];
    let refused = manager.answer(&form, sent).await.unwrap_err();
    assert_eq!(paths(&refused), ["answers[1].number", "answers[2].entry"]);
    assert!(
        !format!("{refused:?}").contains("some help"),
        "no answer in an error"
    );
    let still = manager.form(HOME, "2020-06-03").await.unwrap();
    assert_eq!(still.summary.unwrap().answered, 0);
    let part = manager
        .answer(&form, vec![good])
        .await
        .unwrap()
        .form
        .unwrap();
    assert_eq!((part.answered, part.entries), (1, 2));
    let none = manager.answer(&form, Vec::new()).await.unwrap_err();
    assert_eq!(paths(&none), ["answers"]);
    world.stop().await;
}

#[tokio::test]
async fn names_and_periods_that_cannot_be_are_refused_with_what_was_expected() {
    let world = World::new().await;
    let manager = world.manager(HOME).await;
    for period in ["2020-13", "2020-W54", "2020-06-31", "yesterday", ""] {
        let refused = manager.form(HOME, period).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{period}");
        assert_eq!(reason(&refused), "INVALID_REQUEST");
        assert_eq!(paths(&refused), ["name"]);
    }
    let empty = manager.form(HOME, "2020-06-03").await.unwrap();
    assert_eq!(
        empty.entries,
        [],
        "nothing is asked: a form without entries"
    );
    let council = world.requester("sefton-council").await;
    let missing = council
        .get_ask("organisations/sefton-council/asks/none")
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    let malformed = council.get_ask("sefton").await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    world.stop().await;
}
