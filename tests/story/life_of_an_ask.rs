//! What a requester, a manager, a data lead and an analyst do on an ordinary day.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::world::{HOME, OTHER_HOME, World, answer, ask, field_of, paths, reason};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const CCG: &str = "organisations/south-sefton-ccg/asks/call";
const DAY: &str = "2020-06-03";

fn council_ask() -> askonce::domain::ask::RawAsk {
    ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at", "max": "99"},
            {"name": "D6", "label": "Agency cover", "type": "quantity", "unit": "{shift-12h}",
             "decimals": 2, "timing": "during"},
            {"name": "E1", "label": "Gloves", "type": "choice", "timing": "as-at",
             "options": [{"code": "critical", "label": "Critical"}, {"code": "low", "label": "Low"}]}
        ]),
    )
}

fn ccg_ask() -> askonce::domain::ask::RawAsk {
    ask(
        "south-sefton-ccg",
        "call",
        json!([
            {"name": "beds", "label": "beds filled?", "type": "count", "timing": "as-at"},
            {"name": "agency_minutes", "label": "Agency time", "type": "quantity", "unit": "min",
             "timing": "during"},
            {"name": "gloves_rag", "label": "RAG for gloves", "type": "choice", "timing": "as-at",
             "options": [{"code": "R", "label": "Red"}, {"code": "A", "label": "Amber"},
                         {"code": "G", "label": "Green"}]}
        ]),
    )
}

fn same(a: &str, b: &str, options: &[(&str, &str)]) -> v1::NewDecision {
    let options = options.iter().map(|(a, b)| v1::OptionPair {
        a: (*a).into(),
        b: (*b).into(),
    });
    v1::NewDecision {
        a: Some(field_of(COUNCIL, a)),
        b: Some(field_of(CCG, b)),
        verdict: v1::Verdict::Same as i32,
        options: options.collect(),
        reason: "read side by side".into(),
    }
}

fn decisions() -> Vec<v1::NewDecision> {
    vec![
        same("D6", "agency_minutes", &[]),
        same("E1", "gloves_rag", &[("Critical", "Red"), ("Low", "Amber")]),
    ]
}

fn flags(delivery: &v1::Delivery) -> Vec<v1::DeliveryFlag> {
    delivery.flags().collect()
}

fn told<'a>(deliveries: &'a [v1::Delivery], field: &str) -> &'a v1::Delivery {
    deliveries
        .iter()
        .find(|d| d.field == field)
        .expect("the field was delivered")
}

fn number(delivery: &v1::Delivery) -> (String, String) {
    match delivery
        .value
        .as_ref()
        .and_then(|value| value.said.as_ref())
    {
        Some(v1::delivered_value::Said::Number(number)) => {
            (number.total.clone(), number.unit.clone())
        }
        other => panic!("not a number: {other:?}"),
    }
}

#[tokio::test]
async fn an_answer_given_once_reaches_each_asker_in_its_own_terms() {
    let world = World::new().await;
    let (council, ccg) = (
        world.requester("sefton-council").await,
        world.requester("south-sefton-ccg").await,
    );
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
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
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
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
    let world = World::new().await;
    let (council, ccg) = (
        world.requester("sefton-council").await,
        world.requester("south-sefton-ccg").await,
    );
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
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
async fn a_link_can_be_undone_and_nothing_delivered_changes() {
    let world = World::new().await;
    let (council, ccg) = (
        world.requester("sefton-council").await,
        world.requester("south-sefton-ccg").await,
    );
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let apart = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let decided = steward.decide(decisions()).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let gloves = answer(&form, COUNCIL, "E1", json!({"options": ["Critical"]}));
    manager.answer(&form, vec![gloves]).await.unwrap();
    let before = ccg.deliveries(CCG).await.unwrap();
    for decision in &decided {
        steward.undo(&decision.decision).await.unwrap();
    }
    assert_eq!(ccg.deliveries(CCG).await.unwrap(), before);
    let undone = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    assert_eq!(
        undone.template, apart.template,
        "the template is the same, byte for byte"
    );
    let again = steward.undo(&decided[0].decision).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn a_link_that_would_join_what_was_decided_different_is_refused_with_its_path() {
    let world = World::new().await;
    world
        .requester("sefton-council")
        .await
        .submit_ask(&council_ask())
        .await
        .unwrap();
    world
        .requester("south-sefton-ccg")
        .await
        .submit_ask(&ccg_ask())
        .await
        .unwrap();
    let steward = world.of_role(Role::Steward).await;
    let different = v1::NewDecision {
        verdict: v1::Verdict::Different as i32,
        ..same("D6", "agency_minutes", &[])
    };
    let recorded = steward.decide(vec![different]).await.unwrap();
    let joined = steward.decide(decisions()).await.unwrap_err();
    assert_eq!(joined.code(), Code::InvalidArgument);
    assert_eq!(paths(&joined), ["decisions[0]"]);
    assert!(
        format!("{joined:?}").contains(recorded[0].decision.trim_start_matches("decisions/")),
        "the path is named"
    );
    let listed = steward.decide(vec![decisions().remove(1)]).await.unwrap();
    assert_eq!(
        listed[0].outcome(),
        v1::DecisionOutcome::Recorded,
        "nothing of it was kept"
    );
    let unlike = v1::NewDecision {
        b: Some(field_of(CCG, "gloves_rag")),
        ..same("B2", "beds", &[])
    };
    let refused = steward.decide(vec![unlike]).await.unwrap_err();
    assert_eq!(paths(&refused), ["decisions[0].b"]);
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

#[tokio::test]
async fn an_analyst_finds_who_asks_for_what_by_question_words_and_period() {
    let world = World::new().await;
    world
        .requester("sefton-council")
        .await
        .submit_ask(&council_ask())
        .await
        .unwrap();
    world
        .requester("south-sefton-ccg")
        .await
        .submit_ask(&ccg_ask())
        .await
        .unwrap();
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let analyst = world.of_role(Role::Analyst).await;
    let find = async |wanted: v1::FindDemandsRequest| -> Vec<String> {
        let found = analyst.find_demands(wanted).await.unwrap();
        found.into_iter().map(|demand| demand.field).collect()
    };
    let by_words = v1::FindDemandsRequest {
        text: "agency".into(),
        ..v1::FindDemandsRequest::default()
    };
    let found = analyst.find_demands(by_words.clone()).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].question, found[1].question,
        "one question by decision"
    );
    let by_question = v1::FindDemandsRequest {
        question: found[0].question.clone(),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_question).await, ["D6", "agency_minutes"]);
    let by_home = v1::FindDemandsRequest {
        home: format!("homes/{OTHER_HOME}"),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_home).await, [""; 0]);
    let by_period = v1::FindDemandsRequest {
        period: "2020-06".into(),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_period).await, [""; 0]);
    world.stop().await;
}

#[tokio::test]
async fn forms_are_listed_for_the_days_that_are_asked_for() {
    let world = World::new().await;
    world
        .requester("sefton-council")
        .await
        .submit_ask(&council_ask())
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let forms = manager
        .list_forms(HOME, "2020-05-30", "2020-06-03")
        .await
        .unwrap();
    let periods: Vec<&str> = forms.iter().map(|form| form.period.as_str()).collect();
    assert_eq!(periods, ["2020-06-01", "2020-06-02", "2020-06-03"]);
    assert!(
        forms.iter().all(|form| form.state() == v1::FormState::Due),
        "long past"
    );
    let reversed = manager
        .list_forms(HOME, "2020-06-03", "2020-06-01")
        .await
        .unwrap_err();
    assert_eq!(paths(&reversed), ["until"]);
    assert_eq!(reason(&reversed), "INVALID_REQUEST");
    world.stop().await;
}
