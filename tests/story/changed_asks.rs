//! Asks that are amended, withdrawn, revived and expire; and who submits for whom.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, ccg_ask, council_ask, number, told};
use super::world::{Client, HOME, World, answer, ask, paths, reason};

/// Beds answered at a home, by whatever asks for them.
async fn answer_beds(manager: &Client, ask: &str, field: &str, figure: &str) {
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = answer(&form, ask, field, json!({"number": figure}));
    manager.answer(&form, vec![given]).await.unwrap();
}

#[tokio::test]
async fn an_amended_ask_keeps_what_it_has_and_gets_what_is_new_only_when_it_is_sent() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let manager = world.manager(HOME).await;
    let mut narrow = council_ask();
    narrow.fields.truncate(1);
    let first = council.submit_ask(&narrow).await.unwrap().ask.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    answer_beds(&manager, COUNCIL, "B2", "30").await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let minutes = answer(
        &form,
        CCG,
        "agency_minutes",
        json!({"number": "90", "unit": "min"}),
    );
    manager.answer(&form, vec![minutes]).await.unwrap();

    // Widened to what the home has told somebody else already.
    let mut wider = narrow.clone();
    wider.fields.push(ccg_ask().fields[1].clone());
    let second = council.amend(COUNCIL, &wider, &first.etag).await.unwrap();
    assert_eq!(second.outcome(), v1::SubmitOutcome::Created);
    let second = second.ask.unwrap();
    assert_eq!(second.previous_revision, first.revision);
    let seen = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(seen.len(), 1, "nothing new is delivered: {seen:?}");
    let form = manager.form(HOME, DAY).await.unwrap();
    let confirmed = answer(&form, COUNCIL, "agency_minutes", json!({"confirm": true}));
    manager.answer(&form, vec![confirmed]).await.unwrap();
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 2);

    let was = council.get_ask_at(COUNCIL, first.revision).await.unwrap();
    assert_eq!((was.fields.len(), &was.etag), (1, &first.etag));
    let stale = council.amend(COUNCIL, &narrow, &first.etag).await;
    let stale = stale.unwrap_err();
    assert_eq!((stale.code(), &*reason(&stale)), (Code::Aborted, "STALE"));
    let same = council.amend(COUNCIL, &wider, &second.etag).await.unwrap();
    assert_eq!(same.outcome(), v1::SubmitOutcome::Identical);
    let unknown = council.get_ask_at(COUNCIL, 1).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn another_purpose_needs_another_release_and_what_was_sent_stays_readable() {
    let (world, council, ccg) = both_ask().await;
    let manager = world.manager(HOME).await;
    answer_beds(&manager, COUNCIL, "B2", "30").await;
    let etag = council.get_ask(COUNCIL).await.unwrap().etag;
    let mut other = council_ask();
    other.purpose = "setting fees".into();
    council.amend(COUNCIL, &other, &etag).await.unwrap();

    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = |form: &v1::Form| {
        let found = form.entries.iter().find(|entry| entry.answer.is_some());
        found.cloned().unwrap()
    };
    let asked_anew: Vec<&str> = beds(&form)
        .unreleased
        .iter()
        .map(|place| place_of(&form, *place))
        .collect();
    assert_eq!(asked_anew, [COUNCIL], "the CCG's purpose is as it was");
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 1);
    let confirmed = answer(&form, COUNCIL, "B2", json!({"confirm": true}));
    manager.answer(&form, vec![confirmed]).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    assert!(beds(&form).unreleased.is_empty());
    assert_eq!(ccg.deliveries(CCG).await.unwrap().len(), 1);
    world.stop().await;
}

fn place_of(form: &v1::Form, place: u32) -> &str {
    let entry = form.entries.iter().find(|entry| entry.answer.is_some());
    &entry.unwrap().demands[place as usize].ask
}

#[tokio::test]
async fn a_name_that_comes_to_mean_something_else_opens_no_answer() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let both = vec![
        answer(&form, COUNCIL, "B2", json!({"number": "30"})),
        answer(
            &form,
            CCG,
            "agency_minutes",
            json!({"number": "90", "unit": "min"}),
        ),
    ];
    manager.answer(&form, both).await.unwrap();
    let etag = council.get_ask(COUNCIL).await.unwrap().etag;
    let mut sly = council_ask();
    sly.fields = ccg_ask().fields[1..2].to_vec();
    sly.fields[0].name = "B2".into();
    council.amend(COUNCIL, &sly, &etag).await.unwrap();
    let seen = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(number(told(&seen, "B2")).0, "30", "only what it had");
    let form = manager.form(HOME, DAY).await.unwrap();
    let entry = form.entries.iter().find(|entry| {
        let mut demands = entry.demands.iter();
        demands.any(|demand| demand.ask == COUNCIL)
    });
    assert_eq!(
        entry.unwrap().unreleased.len(),
        1,
        "it is offered, not sent"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_withdrawn_ask_leaves_the_form_gets_corrections_and_comes_back_as_a_revision() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    answer_beds(&manager, COUNCIL, "B2", "30").await;
    let withdrawn = council
        .withdraw(COUNCIL, "asked by the CCG now")
        .await
        .unwrap();
    assert_eq!(withdrawn.state(), v1::AskState::Withdrawn);
    assert_eq!(withdrawn.withdrawn_because, "asked by the CCG now");
    let again = council.withdraw(COUNCIL, "twice").await.unwrap();
    assert_eq!(again.etag, withdrawn.etag, "the first stands");
    let amended = council
        .amend(COUNCIL, &council_ask(), &withdrawn.etag)
        .await;
    let amended = amended.unwrap_err();
    assert_eq!(
        (amended.code(), &*reason(&amended)),
        (Code::FailedPrecondition, "ASK_WITHDRAWN")
    );

    let form = manager.form(HOME, DAY).await.unwrap();
    assert!(form.asks.iter().all(|asking| asking.ask != COUNCIL));
    assert_eq!(form.summary.unwrap().fields, 3);
    answer_beds(&manager, CCG, "beds", "31").await;
    let seen = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(number(told(&seen, "B2")).0, "31", "a correction reaches it");
    let form = manager.form(HOME, DAY).await.unwrap();
    let minutes = answer(
        &form,
        CCG,
        "agency_minutes",
        json!({"number": "9", "unit": "min"}),
    );
    manager.answer(&form, vec![minutes]).await.unwrap();
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 1);

    let states = |states: Vec<v1::AskState>| {
        let council = council.clone();
        async move {
            let listed = council.list_asks_in("organisations/sefton-council", &states);
            listed.await.unwrap().len()
        }
    };
    assert_eq!(states(vec![]).await, 1);
    assert_eq!(states(vec![v1::AskState::Live]).await, 0);
    assert_eq!(states(vec![v1::AskState::Withdrawn]).await, 1);

    let mut revived = ccg_ask();
    (revived.organisation, revived.ask) = ("sefton-council".into(), "daily".into());
    revived.contact = "new@example.org".into();
    let back = council.submit_ask(&revived).await.unwrap();
    assert_eq!(back.outcome(), v1::SubmitOutcome::Created);
    let back = back.ask.unwrap();
    assert_eq!(
        (back.state(), back.previous_revision),
        (v1::AskState::Live, withdrawn.revision)
    );
    let seen = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(seen.len(), 1, "never more than was released: {seen:?}");
    let then = council
        .get_ask_at(COUNCIL, withdrawn.revision)
        .await
        .unwrap();
    assert_eq!(then.state(), v1::AskState::Withdrawn);
    assert_eq!(then.fields.len(), 3);
    world.stop().await;
}

#[tokio::test]
async fn an_expired_ask_asks_for_no_further_period_and_stands_in_its_lists_as_such() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut dated = council_ask();
    dated.review_on = "2020-06-02".into();
    dated.expires_on = "2020-06-03".into();
    dated.agreement = "DPIA 7".into();
    let stands = council.submit_ask(&dated).await.unwrap().ask.unwrap();
    assert_eq!(
        stands.state(),
        v1::AskState::Expired,
        "its day is long past"
    );
    let manager = world.manager(HOME).await;
    let asked = manager.form(HOME, "2020-06-03").await.unwrap();
    assert_eq!(asked.asks[0].agreement, "DPIA 7");
    assert!(
        manager
            .form(HOME, "2020-06-04")
            .await
            .unwrap()
            .asks
            .is_empty()
    );
    dated.ask = "other".into();
    dated.review_on = "2020-05-01".into();
    dated.expires_on = "2020-04-01".into();
    let refused = council.submit_ask(&dated).await.unwrap_err();
    let expected = ["ask.review_on", "ask.expires_on", "ask.expires_on"];
    assert_eq!(paths(&refused), expected);
    world.stop().await;
}

#[tokio::test]
async fn who_submits_for_an_organisation_is_kept() {
    let world = World::new().await;
    let steward = world.of_role(Role::Steward).await;
    let council = world.requester("sefton-council").await;
    let submitted = steward.submit_ask(&council_ask()).await.unwrap();
    let ask = submitted.ask.unwrap();
    assert!(ask.submitted_on_behalf);
    assert!(
        ask.submitted_by.starts_with("tokens/t_"),
        "{}",
        ask.submitted_by
    );
    let mut own = council_ask();
    own.contact = "own@example.org".into();
    let amended = council.amend(COUNCIL, &own, &ask.etag).await.unwrap();
    let amended = amended.ask.unwrap();
    assert!(!amended.submitted_on_behalf);
    assert_ne!(amended.submitted_by, ask.submitted_by);
    let ccg = world.requester("south-sefton-ccg").await;
    let theirs = ccg.withdraw(COUNCIL, "not mine").await.unwrap_err();
    assert_eq!(theirs.code(), Code::PermissionDenied);
    world.stop().await;
}

#[tokio::test]
async fn nobody_asks_outside_its_powers_whoever_submits_for_it() {
    let world = World::new().await;
    let operator = world.operator().await;
    operator.register_organisation("elsewhere", "council").await;
    let elsewhere = world.requester("elsewhere").await;
    let statutory = json!([{"name": "a", "label": "A", "type": "count", "timing": "as-at",
                            "compulsion": "statutory"}]);
    let mut wide = ask("elsewhere", "x", statutory);
    wide.targets.areas = vec!["E08000014".into()];
    for client in [&elsewhere, &operator] {
        let outside = client.submit_ask(&wide).await.unwrap_err();
        let expected = [
            "ask.targets.areas[0]",
            "ask.targets.homes[0]",
            "ask.statutory_power",
        ];
        assert_eq!(paths(&outside), expected);
        let previewed = client.preview(&wide).await.unwrap_err();
        assert_eq!(paths(&previewed), expected);
    }
    wide.statutory_power = "Care Act 2014, section 5".into();
    let granted = operator.grant("elsewhere", &["E92000001"], &[]).await;
    let without = elsewhere.submit_ask(&wide).await.unwrap_err();
    assert_eq!(paths(&without), ["ask.statutory_power"]);
    let power = ["Care Act 2014, section 5"];
    let more = operator.grant("elsewhere", &["E92000001"], &power).await;
    assert_ne!(granted.etag, more.etag);
    let stands = elsewhere.submit_ask(&wide).await.unwrap().ask.unwrap();
    // What stands is held to its powers when it changes.
    operator.grant("elsewhere", &[], &[]).await;
    wide.contact = "x@example.org".into();
    let amended = elsewhere.amend(&stands.name, &wide, &stands.etag).await;
    assert_eq!(paths(&amended.unwrap_err()).len(), 3);
    world.stop().await;
}

#[tokio::test]
async fn a_bad_ask_in_a_stream_stops_no_other() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let field =
        |label: &str| json!([{"name": "a", "label": label, "type": "count", "timing": "as-at"}]);
    let mut bad = ask("sefton-council", "bad", field("?"));
    bad.purpose = String::new();
    let mut asks = vec![ask("sefton-council", "one", field("One")), bad];
    asks.push(ask("south-sefton-ccg", "theirs", field("Two")));
    asks.extend(
        (0..200).map(|n| ask("sefton-council", &format!("n{n}"), field(&format!("N {n}")))),
    );
    let results = council.submit_asks(&asks).await;
    assert_eq!(results.len(), asks.len());
    let indexes: Vec<u32> = results.iter().map(|result| result.index).collect();
    assert_eq!(indexes, (0..203).collect::<Vec<u32>>(), "in order");
    let refusal = results[1].refusal.as_ref().unwrap();
    let faults: Vec<&str> = refusal
        .faults
        .iter()
        .map(|fault| fault.path.as_str())
        .collect();
    assert_eq!((refusal.code, &*refusal.reason), (3, "INVALID_REQUEST"));
    assert_eq!(faults, ["ask.purpose", "ask.fields[0].label"]);
    assert_eq!(
        results[2].refusal.as_ref().unwrap().reason,
        "PERMISSION_DENIED"
    );
    let taken = results.iter().filter(|result| result.ask.is_some()).count();
    assert_eq!(taken, 201);
    let again = council.submit_asks(&asks[..1]).await;
    assert_eq!(again[0].outcome(), v1::SubmitOutcome::Identical);
    world.stop().await;
}
