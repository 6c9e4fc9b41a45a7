//! What is behind a question: its wordings, askers and decisions, and why it merges as it does.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use tonic::{Code, Status};

use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, decisions};
use super::world::{Client, HOME};

async fn explain(client: &Client, name: &str) -> Result<v1::ExplainQuestionResponse, Status> {
    let message = v1::ExplainQuestionRequest {
        name: name.into(),
        period: DAY.into(),
        ..v1::ExplainQuestionRequest::default()
    };
    let mut dictionary = DictionaryServiceClient::new(client.channel());
    let explained = dictionary.explain_question(client.request(message)).await?;
    Ok(explained.into_inner())
}

#[tokio::test]
async fn a_question_is_explained_by_its_askers_decisions_and_merged_result() {
    let (world, council, _) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    steward.decide(decisions()).await.unwrap();
    let form = world.manager(HOME).await.form(HOME, DAY).await.unwrap();
    let agency = form
        .entries
        .iter()
        .find(|entry| entry.demands.iter().any(|demand| demand.field == "D6"))
        .expect("agency time is asked");

    let analyst = world.of_role(Role::Analyst).await;
    let name = format!("questions/{}", agency.question);
    let explained = explain(&analyst, &name).await.unwrap();
    let askers: Vec<_> = explained
        .demands
        .iter()
        .map(|demand| (demand.ask.as_str(), demand.label.as_str()))
        .collect();
    assert_eq!(askers, [(COUNCIL, "Agency cover"), (CCG, "Agency time")]);
    assert_eq!(explained.members.len(), 2);
    assert_eq!(explained.decisions.len(), 1);
    assert_eq!(explained.decisions[0].reason, "read side by side");
    let [merged] = explained.merged.as_slice() else {
        panic!("one entry of one reference: {:?}", explained.merged);
    };
    let entry = merged.entry.as_ref().unwrap();
    assert_eq!(
        (&entry.wording, &entry.unit),
        (&agency.wording, &agency.unit)
    );
    assert!(entry.answer.is_none(), "no home's state is told");
    let unit = merged
        .sources
        .iter()
        .find(|source| source.attribute == "unit");
    let unit = unit.expect("why the unit is what it is");
    assert_eq!(unit.value, agency.unit);
    assert!(!unit.demands.is_empty());

    let refused = explain(&council, &name).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let nobody = format!("questions/q_{}", "a".repeat(32));
    let nobody = explain(&analyst, &nobody).await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);
    let malformed = explain(&analyst, "beds").await.unwrap_err();
    assert_eq!(malformed.code(), Code::InvalidArgument);
    let element = explain(&analyst, "elements/beds.occupied").await.unwrap();
    assert_eq!(element.element.unwrap().id, "beds.occupied");
    world.stop().await;
}
