//! Elements become one, and what each was at other times is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use askonce::server::{Data, Options, Server};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use super::two_bodies::DAY;
use super::world::{Client, HOME, World, ask, paths};

fn element(id: &str, label: &str) -> v1::NewElement {
    v1::NewElement {
        id: id.into(),
        label: label.into(),
        topic: "falls".into(),
        r#type: v1::FieldType::Count as i32,
        timing: "during".into(),
        ..v1::NewElement::default()
    }
}

impl Client {
    async fn bring(&self, element: v1::NewElement, reason: &str) {
        let message = v1::ApproveElementRequest {
            name: format!("elements/{}", element.id),
            element: Some(element),
            reason: reason.into(),
            ..v1::ApproveElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let approving = dictionary.approve_element(self.request(message));
        approving.await.unwrap();
    }

    async fn merge(
        &self,
        element: &str,
        successor: &str,
        validate_only: bool,
    ) -> Result<v1::RetireElementResponse, Status> {
        let message = v1::RetireElementRequest {
            name: format!("elements/{element}"),
            successor: successor.into(),
            reason: "one and the same".into(),
            merge: true,
            validate_only,
            ..v1::RetireElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let retiring = dictionary.retire_element(self.request(message)).await?;
        Ok(retiring.into_inner())
    }

    async fn element(&self, id: &str, as_of: &str) -> Result<v1::Element, Status> {
        let message = v1::GetElementRequest {
            name: format!("elements/{id}"),
            as_of: as_of.into(),
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let got = dictionary.get_element(self.request(message)).await?;
        Ok(got.into_inner().element.unwrap())
    }

    async fn versions(&self, id: &str) -> Result<Vec<v1::ElementVersion>, Status> {
        let message = v1::ListElementVersionsRequest {
            name: format!("elements/{id}"),
            ..v1::ListElementVersionsRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let listed = dictionary.list_element_versions(self.request(message));
        Ok(listed.await?.into_inner().versions)
    }
}

/// Two bodies that ask for two elements which are one.
async fn two_elements() -> (World, Client) {
    let world = World::new().await;
    let steward = world.of_role(Role::Steward).await;
    let (night, dark) = (
        element("falls.at_night", "Falls at night"),
        element("falls.dark", "Falls in the dark"),
    );
    steward.bring(night, "asked for").await;
    steward.bring(dark, "asked for").await;
    for (body, named) in [
        ("sefton-council", "falls.at_night"),
        ("south-sefton-ccg", "falls.dark"),
    ] {
        let field = json!([{"name": "n", "label": "Falls, late", "type": "count",
                            "timing": "during", "element": named}]);
        let client = world.requester(body).await;
        client.submit_ask(&ask(body, "falls", field)).await.unwrap();
    }
    (world, steward)
}

#[tokio::test]
async fn what_named_an_element_is_one_question_with_its_successor_once_they_are_merged() {
    let (world, steward) = two_elements().await;
    let manager = world.manager(HOME).await;
    let apart = manager.form(HOME, DAY).await.unwrap();
    assert_eq!(apart.entries.len(), 2);
    let weighed = steward.merge("falls.at_night", "falls.dark", true).await;
    let weighed = weighed.unwrap();
    assert!(weighed.decision.is_empty());
    assert_eq!(weighed.effect.unwrap().questions.unwrap().at_most, 1);
    assert!(
        steward
            .element("falls.at_night", "")
            .await
            .unwrap()
            .retired_on
            .is_empty()
    );

    let merged = steward.merge("falls.at_night", "falls.dark", false).await;
    let merged = merged.unwrap();
    assert_eq!(merged.effect, weighed.effect);
    let form = manager.form(HOME, DAY).await.unwrap();
    let [entry] = form.entries.as_slice() else {
        panic!("one entry: {:?}", form.entries);
    };
    assert_eq!(entry.element, "falls.dark", "the one that is in force");
    assert_eq!(entry.wording, "Falls in the dark");
    let dark = steward.element("falls.dark", "").await.unwrap();
    assert_eq!(dark.accepted, ["Falls at night"]);
    let again = steward.merge("falls.at_night", "falls.dark", false).await;
    assert!(again.unwrap().decision.is_empty(), "twice is harmless");

    steward.undo(&merged.decision).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    assert_eq!(form.entries.len(), 2, "apart again, though one is retired");
    let dark = steward.element("falls.dark", "").await.unwrap();
    assert!(dark.accepted.is_empty());
    let later = steward.merge("falls.at_night", "falls.dark", false).await;
    assert!(!later.unwrap().decision.is_empty(), "also of a retired one");
    world.stop().await;
}

#[tokio::test]
async fn a_merger_is_refused_with_every_reason_against_it() {
    let (world, steward) = two_elements().await;
    let refused = steward.merge("falls.at_night", "beds.occupied", false);
    let refused = refused.await.unwrap_err();
    assert_eq!(paths(&refused), ["successor"], "as-at, not during");
    let side = |id: &str| {
        Some(v1::DecisionSide {
            element: id.into(),
            ..v1::DecisionSide::default()
        })
    };
    let between = |a: &str, b: &str, verdict: v1::Verdict| v1::NewDecision {
        a: side(a),
        b: side(b),
        verdict: verdict as i32,
        ..v1::NewDecision::default()
    };
    let decided = vec![
        between("falls.at_night", "falls.all", v1::Verdict::Same),
        between("falls.all", "falls.dark", v1::Verdict::Different),
    ];
    let decided = steward.decide(decided).await.unwrap();
    let refused = steward.merge("falls.at_night", "falls.dark", false);
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for one in &decided {
        let id = one.decision.trim_start_matches("decisions/");
        assert!(format!("{refused:?}").contains(id), "the path is named");
    }
    let night = steward.element("falls.at_night", "").await.unwrap();
    assert!(night.retired_on.is_empty(), "nothing of it was done");
    world.stop().await;
}

#[tokio::test]
async fn each_version_of_an_element_says_from_when_until_when_by_whom_and_why() {
    let now = Arc::new(AtomicI64::new(0));
    let turn = |day: &str| {
        let noon: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
        now.store(noon.as_second(), Ordering::SeqCst);
    };
    turn("2026-11-01");
    let told = Arc::clone(&now);
    let clock = Arc::new(move || {
        let second = told.load(Ordering::SeqCst);
        Timestamp::from_second(second).unwrap()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options::new(Data::Memory);
    let server = Server::start_by(options, listener, clock).await.unwrap();
    let world = World::of(server).await;
    let steward = world.of_role(Role::Steward).await;
    turn("2026-11-02");
    let first = element("falls.at_night", "Night falls");
    steward.bring(first, "three bodies ask it").await;
    turn("2026-11-04");
    let reworded = element("falls.at_night", "Falls between ten and six");
    steward.bring(reworded, "what is night?").await;
    turn("2026-11-06");
    let merged = steward.merge("falls.at_night", "falls.all", false);
    merged.await.unwrap();

    let versions = steward.versions("falls.at_night").await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|own| {
            let label = own.element.as_ref().unwrap().label.as_str();
            (own.cause(), label, own.reason.as_str())
        })
        .collect();
    let (approved, retired) = (
        v1::ElementVersionCause::Approved,
        v1::ElementVersionCause::Retired,
    );
    assert_eq!(
        told,
        [
            (approved, "Night falls", "three bodies ask it"),
            (approved, "Falls between ten and six", "what is night?"),
            (retired, "Falls between ten and six", "one and the same"),
        ]
    );
    for (one, next) in versions.iter().zip(&versions[1..]) {
        assert_eq!(one.until, next.from);
        assert!(one.author.starts_with("tokens/"));
    }
    assert_eq!(versions[2].until, None);
    assert_eq!(versions[2].successor, "falls.all");

    let as_of = async |day: &str| steward.element("falls.at_night", day).await;
    assert_eq!(as_of("2026-11-03").await.unwrap().label, "Night falls");
    let reworded = as_of("2026-11-05").await.unwrap();
    assert_eq!(reworded.label, "Falls between ten and six");
    assert!(reworded.retired_on.is_empty());
    assert!(!as_of("2026-11-06").await.unwrap().retired_on.is_empty());
    let before = as_of("2026-11-01").await.unwrap_err();
    assert_eq!(before.code(), Code::NotFound);
    let malformed = as_of("yesterday").await.unwrap_err();
    assert_eq!(paths(&malformed), ["as_of"]);
    let never = steward.versions("falls.never").await.unwrap_err();
    assert_eq!(never.code(), Code::NotFound);
    let adopted = steward.versions("falls.all").await.unwrap();
    assert_eq!(adopted.len(), 1);
    assert_eq!(adopted[0].cause(), v1::ElementVersionCause::Adopted);
    world.stop().await;
}

#[tokio::test]
async fn what_others_follow_from_is_not_merged_and_all_that_is_wrong_is_told_at_once() {
    let (world, steward) = two_elements().await;
    let nowhere = steward.merge("falls.at_night", "", false).await;
    assert_eq!(paths(&nowhere.unwrap_err()), ["successor"]);
    let unlike = steward.merge("falls.all", "beds.occupied", false).await;
    let mut told = paths(&unlike.unwrap_err());
    told.sort();
    assert_eq!(told, ["name", "successor"]);
    world.stop().await;
}
