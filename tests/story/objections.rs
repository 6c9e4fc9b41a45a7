//! Whoever asks is told of decisions about its questions, may object, and is answered.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use serde_json::json;
use tonic::{Code, Status};

use super::two_bodies::{CCG, DAY, both_ask, ccg_ask, council_ask, decisions, same};
use super::world::{Client, HOME, World, ask, field_of, paths, reason};

impl Client {
    /// The decisions that it is told of.
    pub(crate) async fn decisions(
        &self,
        wanted: v1::ListDecisionsRequest,
    ) -> Result<Vec<v1::Decision>, Status> {
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = v1::ListDecisionsRequest {
                page_size: 1,
                page_token,
                ..wanted.clone()
            };
            let page = dictionary.list_decisions(self.request(message)).await?;
            let page = page.into_inner();
            all.extend(page.decisions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    async fn all_decisions(&self) -> Vec<v1::Decision> {
        let all = self.decisions(v1::ListDecisionsRequest::default()).await;
        all.unwrap()
    }

    async fn object(
        &self,
        decision: &str,
        organisation: &str,
        reason: &str,
    ) -> Result<v1::Objection, Status> {
        let message = v1::ObjectToDecisionRequest {
            name: decision.into(),
            reason: reason.into(),
            organisation: organisation.into(),
            ..v1::ObjectToDecisionRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let said = dictionary.object_to_decision(self.request(message)).await?;
        Ok(said.into_inner().objection.unwrap())
    }

    async fn keep(&self, objection: &str, reason: &str) -> Result<v1::Objection, Status> {
        let message = v1::AnswerObjectionRequest {
            name: objection.into(),
            reason: reason.into(),
            ..v1::AnswerObjectionRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let said = dictionary.answer_objection(self.request(message)).await?;
        Ok(said.into_inner().objection.unwrap())
    }
}

const WHY: &str = "ours leaves nights out";

fn objected_only() -> v1::ListDecisionsRequest {
    v1::ListDecisionsRequest {
        objected: true,
        ..v1::ListDecisionsRequest::default()
    }
}

/// Both bodies, the data lead, and the decisions, by name.
async fn decided() -> (World, Client, Client, Client, Vec<String>) {
    let (world, council, ccg) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    let decided = steward.decide(decisions()).await.unwrap();
    let names = decided.into_iter().map(|one| one.decision).collect();
    (world, council, ccg, steward, names)
}

#[tokio::test]
async fn an_objection_stands_first_for_the_data_lead_until_it_is_answered() {
    let (world, _, ccg, steward, names) = decided().await;
    let manager = world.manager(HOME).await;
    let joined = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    let mut sorted = names.clone();
    sorted.sort();
    let (first, last) = (&sorted[0], &sorted[1]);
    let objection = ccg.object(last, "", WHY).await.unwrap();
    assert_eq!(objection.organisation, "organisations/south-sefton-ccg");
    assert!(!objection.on_behalf);
    assert_eq!(ccg.object(last, "", WHY).await.unwrap(), objection);
    let another = ccg.object(last, "", "and weekends").await.unwrap_err();
    assert_eq!(another.code(), Code::AlreadyExists);

    let listed = steward.all_decisions().await;
    let order: Vec<_> = listed.iter().map(|own| &own.name).collect();
    assert_eq!(order, [last, first], "what is objected to comes first");
    assert_eq!(listed[0].objections, std::slice::from_ref(&objection));
    assert!(listed[0].objected);
    let only = steward.decisions(objected_only()).await.unwrap();
    assert_eq!(only.len(), 1);
    let still = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    assert_eq!(still.template, joined.template, "it stays in force");

    let kept = steward.keep(&objection.name, "so does theirs").await;
    let kept = kept.unwrap();
    assert_eq!(kept.answer, "so does theirs");
    let again = steward.keep(&objection.name, "so does theirs").await;
    assert_eq!(again.unwrap(), kept);
    let other = steward.keep(&objection.name, "no").await.unwrap_err();
    assert_eq!(other.code(), Code::FailedPrecondition);
    assert_eq!(reason(&other), "OBJECTION_ANSWERED");
    assert!(steward.decisions(objected_only()).await.unwrap().is_empty());
    let told = ccg.all_decisions().await;
    let told = told.iter().find(|own| own.name == *last).unwrap();
    assert_eq!(told.objections[0].answer, "so does theirs");

    // It may be said anew, and undoing the decision closes it as well.
    let anew = ccg.object(last, "", "nights are ours").await.unwrap();
    steward.undo(last).await.unwrap();
    let closed = steward.keep(&anew.name, "no").await.unwrap_err();
    assert_eq!(closed.code(), Code::NotFound);
    assert!(steward.decisions(objected_only()).await.unwrap().is_empty());
    let gone = steward.object(last, "organisations/south-sefton-ccg", WHY);
    assert_eq!(gone.await.unwrap_err().code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_told_of_decisions_about_what_it_does_not_ask_nor_objects_to_them() {
    let (world, council, ccg, steward, names) = decided().await;
    for body in [&council, &ccg] {
        assert_eq!(body.all_decisions().await.len(), 2, "every asker joined");
    }
    let phe = world.requester("phe-north-west").await;
    let beds = json!([{"name": "beds", "label": "Beds filled", "type": "count",
                       "timing": "as-at"}]);
    phe.submit_ask(&ask("phe-north-west", "beds", beds))
        .await
        .unwrap();
    assert!(phe.all_decisions().await.is_empty());
    let refused = phe.object(&names[0], "", WHY).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unknown = phe.object("decisions/d_none", "", WHY).await.unwrap_err();
    assert_eq!(unknown.message(), refused.message());
    let for_other = phe
        .object(&names[0], "organisations/south-sefton-ccg", WHY)
        .await;
    assert_eq!(for_other.unwrap_err().code(), Code::PermissionDenied);
    let others = v1::ListDecisionsRequest {
        organisation: "organisations/south-sefton-ccg".into(),
        ..v1::ListDecisionsRequest::default()
    };
    let refused = council.decisions(others.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(steward.decisions(others).await.unwrap().len(), 2);

    // The data lead objects for a body that says so by telephone, if it asks that.
    let nobody = steward.object(&names[0], "", WHY).await.unwrap_err();
    assert_eq!(paths(&nobody), ["organisation"]);
    let phe = steward.object(&names[0], "organisations/phe-north-west", WHY);
    assert_eq!(paths(&phe.await.unwrap_err()), ["organisation"]);
    let by_phone = steward.object(&names[0], "organisations/south-sefton-ccg", WHY);
    assert!(by_phone.await.unwrap().on_behalf);
    assert!(
        council
            .all_decisions()
            .await
            .iter()
            .all(|own| own.objections.is_empty()),
        "whose objection it is, is not told to others"
    );
    let blank = ccg.object(&names[1], "", " ").await.unwrap_err();
    assert_eq!(paths(&blank), ["reason"]);
    world.stop().await;
}

#[tokio::test]
async fn of_others_private_asks_an_asker_is_told_nothing() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let mut private = ccg_ask();
    private.private = true;
    ccg.submit_ask(&private).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let joined = vec![same("D6", "agency_minutes", &[])];
    steward.decide(joined).await.unwrap();
    let labels = async |client: &Client| {
        let told = client.all_decisions().await;
        (told[0].a_label.clone(), told[0].b_label.clone())
    };
    let (ours, theirs) = ("Agency cover".to_owned(), "Agency time".to_owned());
    assert_eq!(labels(&council).await, (ours.clone(), String::new()));
    assert_eq!(labels(&ccg).await, (ours.clone(), theirs.clone()));
    assert_eq!(labels(&steward).await, (ours, theirs));
    // What the matcher said of the two would tell how the other asks it.
    let suggested = async |client: &Client| client.all_decisions().await.remove(0).suggested;
    assert_eq!(suggested(&council).await, None);
    let told = suggested(&steward).await;
    let told = told.expect("the words are alike, and that is kept beside the decision");
    assert_ne!(told.tier(), v1::SuggestionTier::None);
    assert!(!told.explanation.is_empty());
    assert_eq!(suggested(&ccg).await, Some(told));
    world.stop().await;
}

#[tokio::test]
async fn what_was_decided_and_undone_before_is_explained() {
    let (world, _, ccg, steward, names) = decided().await;
    let objection = ccg.object(&names[0], "", WHY).await.unwrap();
    steward.undo(&names[0]).await.unwrap();
    let found = steward.all_decisions().await;
    assert_eq!(found.len(), 1);
    let different = v1::NewDecision {
        verdict: v1::Verdict::Different as i32,
        ..same("D6", "agency_minutes", &[])
    };
    steward.decide(vec![different]).await.unwrap();
    let wanted = v1::FindDemandsRequest {
        organisation: "organisations/south-sefton-ccg".into(),
        ..v1::FindDemandsRequest::default()
    };
    let demands = steward.find_demands(wanted).await.unwrap();
    let agency = demands.iter().find(|own| own.field == "agency_minutes");
    let message = v1::ExplainQuestionRequest {
        name: format!("questions/{}", agency.unwrap().question),
        ..v1::ExplainQuestionRequest::default()
    };
    let mut dictionary = DictionaryServiceClient::new(steward.channel());
    let explained = dictionary.explain_question(steward.request(message)).await;
    let explained = explained.unwrap().into_inner();
    assert_eq!(explained.decisions.len(), 1, "in force");
    let [before, now] = explained.history.as_slice() else {
        panic!("both are told: {:?}", explained.history);
    };
    assert_eq!(before.name, names[0]);
    assert_eq!(before.undone_reason, "they differ after all");
    assert!(before.undone_at.is_some() && before.undone_by.starts_with("tokens/"));
    assert_eq!(before.objections, [objection]);
    assert!(!before.objected, "undoing closed it");
    assert_eq!(now.verdict(), v1::Verdict::Different);
    assert!(now.undone_at.is_none() && !now.b_label.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn an_asker_joined_by_way_of_another_may_object_too() {
    let (world, _, _, steward, names) = decided().await;
    let phe = world.requester("phe-north-west").await;
    let time = json!([{"name": "temps", "label": "Temps", "type": "quantity", "unit": "h",
                       "timing": "during"}]);
    let name = "organisations/phe-north-west/asks/temps";
    phe.submit_ask(&ask("phe-north-west", "temps", time))
        .await
        .unwrap();
    let further = v1::NewDecision {
        a: Some(field_of(name, "temps")),
        b: Some(field_of(CCG, "agency_minutes")),
        ..same("", "", &[])
    };
    steward.decide(vec![further]).await.unwrap();
    assert_eq!(phe.all_decisions().await.len(), 2);
    phe.object(&names[0], "", WHY).await.unwrap();
    assert_eq!(steward.decisions(objected_only()).await.unwrap().len(), 1);
    world.stop().await;
}
