//! Decisions that questions are the same: made, contradicted, undone.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::Code;

use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, ccg_ask, decisions, number, same, told};
use super::world::{HOME, answer, field_of, paths};

#[tokio::test]
async fn a_link_can_be_undone_and_nothing_delivered_changes() {
    let (world, _, ccg) = both_ask().await;
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
async fn after_a_link_is_undone_each_asker_receives_the_answer_to_its_own_question() {
    for order in [["D6", "agency_minutes"], ["agency_minutes", "D6"]] {
        let (world, council, ccg) = both_ask().await;
        let steward = world.of_role(Role::Steward).await;
        let decided = steward.decide(decisions()).await.unwrap();
        let manager = world.manager(HOME).await;
        let form = manager.form(HOME, DAY).await.unwrap();
        let joint = answer(&form, COUNCIL, "D6", json!({"number": "60", "unit": "min"}));
        manager.answer(&form, vec![joint]).await.unwrap();
        steward.undo(&decided[0].decision).await.unwrap();

        let form = manager.form(HOME, DAY).await.unwrap();
        let said = |field: &str| match field {
            "D6" => answer(&form, COUNCIL, "D6", json!({"number": "12", "unit": "h"})),
            _ => answer(&form, CCG, "agency_minutes", json!({"number": "5"})),
        };
        manager
            .answer(&form, order.map(said).to_vec())
            .await
            .unwrap();
        let to_council = council.deliveries(COUNCIL).await.unwrap();
        let to_ccg = ccg.deliveries(CCG).await.unwrap();
        assert_eq!(number(told(&to_council, "D6")).0, "1", "{order:?}");
        assert_eq!(number(told(&to_ccg, "agency_minutes")).0, "5", "{order:?}");

        let form = manager.form(HOME, DAY).await.unwrap();
        let corrected = answer(&form, COUNCIL, "D6", json!({"number": "24", "unit": "h"}));
        manager.answer(&form, vec![corrected]).await.unwrap();
        let to_ccg = ccg.deliveries(CCG).await.unwrap();
        assert_eq!(
            number(told(&to_ccg, "agency_minutes")).0,
            "5",
            "not its question"
        );
        world.stop().await;
    }
}

#[tokio::test]
async fn answers_given_apart_are_sent_anew_once_their_questions_are_joined() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    for (ask, field, figure) in [(COUNCIL, "D6", "1"), (CCG, "agency_minutes", "90")] {
        let form = manager.form(HOME, DAY).await.unwrap();
        let given = answer(&form, ask, field, json!({"number": figure}));
        manager.answer(&form, vec![given]).await.unwrap();
    }
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let joint = form
        .entries
        .iter()
        .find(|entry| entry.demands.len() == 2 && entry.answer.is_some());
    assert_eq!(
        joint.unwrap().unreleased.len(),
        1,
        "one asker has another answer"
    );
    let confirmed = answer(&form, COUNCIL, "D6", json!({"confirm": true}));
    manager.answer(&form, vec![confirmed]).await.unwrap();
    let to_council = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(number(told(&to_council, "D6")).0, "0.12");
    world.stop().await;
}

#[tokio::test]
async fn a_link_that_would_join_what_was_decided_different_is_refused_with_its_path() {
    let (world, _, _) = both_ask().await;
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

/// What became of decisions: what they change is told once.
fn decided(mut results: Vec<v1::DecisionResult>) -> Vec<v1::DecisionResult> {
    for result in &mut results {
        result.effect = None;
    }
    results
}

#[tokio::test]
async fn a_batch_of_decisions_sent_again_has_the_result_that_it_had() {
    let (world, _, _) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    let id = "123e4567-e89b-42d3-a456-426614174000";
    let decide = async || decided(steward.decide_as(decisions(), id).await.unwrap());
    let first = decide().await;
    assert_eq!(decide().await, first);
    steward.undo(&first[0].decision).await.unwrap();
    assert_eq!(decide().await, first);
    let other = vec![decisions().remove(0)];
    let reused = steward.decide_as(other, id).await.unwrap_err();
    assert_eq!(reused.code(), Code::AlreadyExists);
    world.stop().await;
}

#[tokio::test]
async fn a_batch_sent_again_has_the_result_that_it_had_whatever_became_of_what_it_names() {
    let (world, council, ccg) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    let [hours, gloves]: [_; 2] = decisions().try_into().unwrap();
    let stood = steward.decide(vec![hours.clone()]).await.unwrap();
    let id = "123e4567-e89b-42d3-a456-426614174000";
    let beds = same("B2", "beds", &[]);
    let batch = vec![beds, hours, gloves.clone(), gloves];
    let decide = async || decided(steward.decide_as(batch.clone(), id).await.unwrap());
    let first = decide().await;
    let outcomes: Vec<_> = first.iter().map(v1::DecisionResult::outcome).collect();
    let standing = v1::DecisionOutcome::Standing;
    let recorded = v1::DecisionOutcome::Recorded;
    let one = v1::DecisionOutcome::OneQuestion;
    assert_eq!(outcomes, [one, standing, recorded, standing]);
    assert_eq!(first[1].decision, stood[0].decision);
    assert_eq!(first[3].decision, first[2].decision);
    // Something else is recorded after it.
    let related = v1::NewDecision {
        verdict: v1::Verdict::Related as i32,
        b: Some(field_of(COUNCIL, "B2")),
        ..same("D6", "", &[])
    };
    steward.decide(vec![related]).await.unwrap();
    assert_eq!(decide().await, first);
    // What stood is undone, the fields mean something else or are gone, an ask is taken back.
    steward.undo(&stood[0].decision).await.unwrap();
    let mut other = ccg_ask();
    other.fields[0].label = "Beds that are clean".into();
    other.fields.truncate(1);
    let etag = ccg.get_ask(CCG).await.unwrap().etag;
    ccg.amend(CCG, &other, &etag).await.unwrap();
    assert_eq!(decide().await, first);
    council.withdraw(COUNCIL, "no longer needed").await.unwrap();
    assert_eq!(decide().await, first);
    let fresh = steward.decide(batch.clone()).await.unwrap_err();
    assert_eq!(
        fresh.code(),
        Code::InvalidArgument,
        "sent anew, it is judged anew"
    );
    world.stop().await;
}
