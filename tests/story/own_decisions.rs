//! What an asker decides by itself: of its own fields, and of nobody else's.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use tonic::Code;

use super::two_bodies::{COUNCIL, DAY, both_ask, same};
use super::world::{HOME, field_of, paths};

fn element(id: &str) -> v1::DecisionSide {
    v1::DecisionSide {
        element: id.into(),
        ..v1::DecisionSide::default()
    }
}

fn is(a: v1::DecisionSide, b: v1::DecisionSide) -> v1::NewDecision {
    v1::NewDecision {
        a: Some(a),
        b: Some(b),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    }
}

#[tokio::test]
async fn an_asker_says_of_its_own_field_which_element_it_is_and_takes_that_back() {
    let (world, council, ccg) = both_ask().await;
    let manager = world.manager(HOME).await;
    let before = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    let hours = is(field_of(COUNCIL, "D6"), element("agency.hours"));
    let decided = council.decide(vec![hours]).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    assert!(
        form.entries
            .iter()
            .any(|entry| entry.element == "agency.hours")
    );
    let by_other = ccg.undo(&decided[0].decision).await.unwrap_err();
    assert_eq!(by_other.code(), Code::PermissionDenied);
    let unknown = ccg.undo("decisions/d_unknown").await.unwrap_err();
    assert_eq!(unknown.message(), by_other.message());
    council.undo(&decided[0].decision).await.unwrap();
    let undone = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    assert_eq!(undone.template, before.template);
    world.stop().await;
}

#[tokio::test]
async fn an_asker_decides_nothing_of_what_others_ask() {
    let (world, council, _) = both_ask().await;
    let beds = element("beds.occupied");
    let question = v1::DecisionSide {
        question: "q_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
        ..v1::DecisionSide::default()
    };
    let refused = [
        // Another's field, which exists, and one that does not: the same words.
        (
            same("D6", "agency_minutes", &[]),
            vec!["decisions[0].b.ask"],
        ),
        (
            is(
                field_of(COUNCIL, "D6"),
                field_of("organisations/south-sefton-ccg/asks/none", "x"),
            ),
            vec!["decisions[0].b.ask"],
        ),
        // Its own field in words that another uses too.
        (
            is(field_of(COUNCIL, "B2"), beds.clone()),
            vec!["decisions[0].a.field"],
        ),
        // No field of its own at all.
        (is(element("beds.max"), beds.clone()), vec!["decisions[0]"]),
        (
            is(question, beds),
            vec!["decisions[0].a.question", "decisions[0]"],
        ),
    ];
    let mut messages = Vec::new();
    for (decision, expected) in refused {
        let error = council.decide(vec![decision.clone()]).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(paths(&error), expected, "{decision:?}");
        messages.push(error.message().to_owned());
    }
    assert_eq!(messages[0], messages[1], "whether it exists is not told");
    let steward = world.of_role(Role::Steward).await;
    let decided = steward
        .decide(vec![same("D6", "agency_minutes", &[])])
        .await;
    assert_eq!(decided.unwrap().len(), 1, "the data lead may");
    world.stop().await;
}

#[tokio::test]
async fn an_asker_joins_nothing_of_others_by_way_of_its_own_field() {
    let (world, council, _) = both_ask().await;
    // Once the data lead made one of its field and another's, a decision on it is on both.
    let steward = world.of_role(Role::Steward).await;
    let joined = vec![same("D6", "agency_minutes", &[])];
    let joined = steward.decide(joined).await.unwrap();
    let hours = is(field_of(COUNCIL, "D6"), element("agency.hours"));
    let refused = council.decide(vec![hours.clone()]).await.unwrap_err();
    assert_eq!(paths(&refused), ["decisions[0].a.field"]);
    steward.undo(&joined[0].decision).await.unwrap();
    // Nor are two elements one because a field of its own is said to be both.
    let paid = is(element("hours.paid"), field_of(COUNCIL, "D6"));
    let both = vec![hours.clone(), paid];
    let refused = council.decide(both).await.unwrap_err();
    assert_eq!(paths(&refused), ["decisions[1]"]);
    let decided = council.decide(vec![hours]).await.unwrap();
    assert_eq!(decided.len(), 1);
    world.stop().await;
}
