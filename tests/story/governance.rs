//! How elements come into the dictionary and go: proposed by whoever asks, decided by the data lead.

use askonce::domain::access::Role;
use askonce::domain::dictionary::RawElement;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use serde_json::json;
use tonic::{Code, Status};

use super::world::{Client, HOME, World, ask, paths};

fn falls(label: &str) -> v1::NewElement {
    let element = RawElement {
        id: "falls.at_night".into(),
        label: label.into(),
        kind: "count".into(),
        timing: "during".into(),
        topic: "falls".into(),
        ..RawElement::default()
    };
    element.try_into().unwrap()
}

impl Client {
    async fn propose(&self, element: v1::NewElement) -> Result<v1::ElementProposal, Status> {
        let message = v1::ProposeElementRequest {
            element: Some(element),
            reason: "three bodies ask it".into(),
            ..v1::ProposeElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let answered = dictionary.propose_element(self.request(message)).await?;
        Ok(answered
            .into_inner()
            .proposal
            .expect("a proposal comes back"))
    }

    async fn approve(
        &self,
        element: Option<v1::NewElement>,
        etag: &str,
    ) -> Result<v1::Element, Status> {
        let message = v1::ApproveElementRequest {
            name: "elements/falls.at_night".into(),
            element,
            etag: etag.into(),
            ..v1::ApproveElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let answered = dictionary.approve_element(self.request(message)).await?;
        Ok(answered
            .into_inner()
            .element
            .expect("an element comes back"))
    }

    async fn retire(&self, successor: &str) -> Result<(), Status> {
        let message = v1::RetireElementRequest {
            name: "elements/falls.at_night".into(),
            successor: successor.into(),
            ..v1::RetireElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        dictionary.retire_element(self.request(message)).await?;
        Ok(())
    }

    async fn proposals(&self) -> Result<Vec<v1::ElementProposal>, Status> {
        let message = v1::ListProposalsRequest::default();
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let answered = dictionary.list_proposals(self.request(message)).await?;
        Ok(answered.into_inner().proposals)
    }
}

#[tokio::test]
async fn an_element_is_proposed_approved_asked_and_retired() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let steward = world.of_role(Role::Steward).await;
    let proposal = council.propose(falls("Night falls")).await.unwrap();
    assert_eq!(proposal.organisation, "organisations/sefton-council");
    assert_eq!(steward.proposals().await.unwrap(), [proposal]);
    let refused = council.approve(None, "").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let stale = steward.approve(None, &"0".repeat(64)).await.unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    let reworded = falls("How many falls were there between ten and six?");
    let element = steward.approve(Some(reworded), "").await.unwrap();
    assert_eq!(
        element.label,
        "How many falls were there between ten and six?"
    );
    assert!(steward.proposals().await.unwrap().is_empty());

    let asked = ask(
        "sefton-council",
        "falls",
        json!([{"name": "n", "label": "night falls", "type": "count", "timing": "during",
                "element": "falls.at_night"}]),
    );
    council.submit_ask(&asked).await.unwrap();
    let manager = world.manager(HOME).await;
    let before = manager.form(HOME, "2020-06-03").await.unwrap();
    assert_eq!(before.entries[0].wording, element.label);

    let nowhere = steward.retire("falls.nowhere").await.unwrap_err();
    assert_eq!(paths(&nowhere), ["successor"]);
    steward.retire("").await.unwrap();
    steward.retire("").await.unwrap();
    let after = manager.form(HOME, "2020-06-03").await.unwrap();
    assert_eq!(
        after.entries[0].wording, element.label,
        "what is asked goes on"
    );
    let mut again = asked.clone();
    again.ask = "falls-again".into();
    again.purpose = "another".into();
    let refused = council.submit_ask(&again).await.unwrap_err();
    assert_eq!(paths(&refused), ["ask.fields[0].element"]);
    world.stop().await;
}

#[tokio::test]
async fn a_proposal_with_faults_names_them_and_anothers_stays() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let bad = v1::NewElement {
        topic: "nowhere".into(),
        r#type: v1::FieldType::Quantity as i32,
        ..falls("?")
    };
    let refused = council.propose(bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        paths(&refused),
        ["element.topic", "element.label", "element.unit"]
    );
    council.propose(falls("Night falls")).await.unwrap();
    council.propose(falls("Falls at night")).await.unwrap();
    let taken = ccg.propose(falls("Nocturnal falls")).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let steward = world.of_role(Role::Steward).await;
    let open = steward.proposals().await.unwrap();
    let labels: Vec<_> = open
        .iter()
        .map(|open| open.element.as_ref().unwrap().label.as_str())
        .collect();
    assert_eq!(labels, ["Falls at night"]);
    steward.retire("").await.unwrap();
    assert!(steward.proposals().await.unwrap().is_empty());
    let gone = steward.approve(None, "").await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn retiring_twice_under_one_request_id_is_harmless_although_the_dictionary_changed() {
    let world = World::new().await;
    let steward = world.of_role(Role::Steward).await;
    let mut dictionary = DictionaryServiceClient::new(steward.channel());
    let listed = v1::ListElementsRequest::default();
    let listed = dictionary.list_elements(steward.request(listed)).await;
    let retiring = v1::RetireElementRequest {
        name: "elements/visit.in".into(),
        etag: listed.unwrap().into_inner().digest,
        request_id: "123e4567-e89b-42d3-a456-426614174000".into(),
        ..v1::RetireElementRequest::default()
    };
    for _ in 0..2 {
        let again = steward.request(retiring.clone());
        dictionary.retire_element(again).await.unwrap();
    }
    let other = v1::RetireElementRequest {
        reason: "another".into(),
        ..retiring
    };
    let refused = dictionary.retire_element(steward.request(other)).await;
    assert_eq!(refused.unwrap_err().code(), Code::AlreadyExists);
    world.stop().await;
}

#[tokio::test]
async fn a_proposal_sent_again_under_its_request_id_is_the_first_whatever_became_of_it() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let message = v1::ProposeElementRequest {
        element: Some(falls("Night falls")),
        reason: "three bodies ask it".into(),
        request_id: "123e4567-e89b-42d3-a456-426614174000".into(),
    };
    let send = async |message: v1::ProposeElementRequest| {
        let mut dictionary = DictionaryServiceClient::new(council.channel());
        let sent = dictionary.propose_element(council.request(message)).await;
        sent.map(|answered| answered.into_inner().proposal.unwrap())
    };
    let first = send(message.clone()).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    steward.approve(None, "").await.unwrap();
    assert_eq!(send(message.clone()).await.unwrap(), first);
    assert!(steward.proposals().await.unwrap().is_empty());
    let other = v1::ProposeElementRequest {
        reason: "four do".into(),
        ..message
    };
    let refused = send(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    world.stop().await;
}
