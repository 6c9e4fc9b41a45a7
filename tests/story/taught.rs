//! Words that the data lead teaches the matcher, and wordings that were accepted.

use askonce::broker::Broker;
use askonce::domain::access::Role;
use askonce::domain::matcher::{Tier, Wording};
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use serde_json::json;
use tonic::Status;

use super::two_bodies::COUNCIL;
use super::world::{Client, World, ask, field_of, paths};

impl Client {
    async fn teach(&self, batch: v1::DecideTermsRequest) -> Result<Vec<v1::Term>, Status> {
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let taught = dictionary.decide_terms(self.request(batch)).await?;
        Ok(taught.into_inner().terms)
    }

    async fn terms(&self, suggested: bool) -> v1::ListTermsResponse {
        let message = v1::ListTermsRequest {
            suggested,
            ..v1::ListTermsRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let listed = dictionary.list_terms(self.request(message)).await;
        listed.unwrap().into_inner()
    }

    async fn accepted(&self, element: &str) -> Vec<String> {
        let message = v1::GetElementRequest {
            name: format!("elements/{element}"),
            ..v1::GetElementRequest::default()
        };
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let got = dictionary.get_element(self.request(message)).await;
        got.unwrap().into_inner().element.unwrap().accepted
    }
}

fn term(facet: &str, value: &str, words: &[&str]) -> v1::Term {
    v1::Term {
        facet: facet.into(),
        value: value.into(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..v1::Term::default()
    }
}

fn add(terms: Vec<v1::Term>) -> v1::DecideTermsRequest {
    v1::DecideTermsRequest {
        add: terms,
        ..v1::DecideTermsRequest::default()
    }
}

#[tokio::test]
async fn the_data_lead_teaches_words_and_withdraws_them() {
    let world = World::new().await;
    let steward = world.of_role(Role::Steward).await;
    let known = term("who", "residents", &["zogglers", "zoggling folk"]);
    let check = v1::DecideTermsRequest {
        validate_only: true,
        ..add(vec![known.clone()])
    };
    assert_eq!(steward.teach(check).await.unwrap().len(), 1);
    assert!(steward.terms(false).await.terms.is_empty(), "only checked");
    let taught = steward.teach(add(vec![known.clone()])).await.unwrap();
    assert_eq!(taught[0].words, ["zogglers", "zoggling folk"]);
    assert_eq!(steward.terms(false).await.terms, taught);

    let faulty = v1::DecideTermsRequest {
        add: vec![
            known.clone(),
            term("nothing", "at-all", &["x"]),
            term("who", "residents", &["zog", "!"]),
        ],
        withdraw: vec![
            term("who", "residents", &["never said"]),
            term("who", "staff", &[]),
        ],
        ..v1::DecideTermsRequest::default()
    };
    let refused = steward.teach(faulty).await.unwrap_err();
    let mut told = paths(&refused);
    told.sort();
    assert_eq!(
        told,
        [
            "add[1].facet",
            "add[2].words[1]",
            "withdraw[0].words[0]",
            "withdraw[1]"
        ]
    );
    let empty = steward.teach(add(Vec::new())).await.unwrap_err();
    assert_eq!(paths(&empty), ["add"]);
    let withdrawn = v1::DecideTermsRequest {
        withdraw: vec![term("who", "residents", &["zogglers"])],
        ..v1::DecideTermsRequest::default()
    };
    let left = steward.teach(withdrawn).await.unwrap();
    assert_eq!(left[0].words, ["zoggling folk"]);
    let rest = v1::DecideTermsRequest {
        withdraw: vec![term("who", "residents", &[])],
        ..v1::DecideTermsRequest::default()
    };
    assert!(steward.teach(rest).await.unwrap().is_empty());
    assert!(steward.terms(false).await.terms.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn an_accepted_wording_is_an_alias_as_long_as_its_decision_stands() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let fields = json!([
        {"name": "D6", "label": "Zoggling cover bought in", "type": "quantity", "unit": "h",
         "timing": "during"},
        {"name": "D7", "label": "Other cover", "type": "quantity", "unit": "h", "timing": "during"}
    ]);
    let asked = ask("sefton-council", "daily", fields);
    council.submit_ask(&asked).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    assert!(steward.accepted("agency.hours").await.is_empty());
    let hours = v1::DecisionSide {
        element: "agency.hours".into(),
        ..v1::DecisionSide::default()
    };
    let decision = v1::NewDecision {
        a: Some(field_of(COUNCIL, "D6")),
        b: Some(hours),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    let decided = steward.decide(vec![decision]).await.unwrap();
    let manager = world.manager(super::world::HOME).await;
    assert_eq!(
        manager.accepted("agency.hours").await,
        ["Zoggling cover bought in"],
        "whoever reads elements"
    );
    let suggested = steward.terms(true).await.suggestions;
    let zoggling = suggested.iter().find(|own| own.word == "zoggling");
    let zoggling = zoggling.expect("a word that the matcher does not know");
    assert_eq!(zoggling.wordings, 1);
    assert_eq!(zoggling.examples[0].element, "agency.hours");
    let taught = term("who", "agency-zogglers", &["zoggling"]);
    steward.teach(add(vec![taught])).await.unwrap();
    let suggested = steward.terms(true).await.suggestions;
    assert!(suggested.iter().all(|own| own.word != "zoggling"));

    steward.undo(&decided[0].decision).await.unwrap();
    assert!(manager.accepted("agency.hours").await.is_empty());
    assert!(steward.terms(true).await.suggestions.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_wording_of_private_asks_alone_is_neither_matched_with_nor_shown() {
    let clocked = super::registrar::Clocked::at("2026-11-21T12:00:00Z");
    let broker = &clocked.broker;
    let caller = super::registrar::itself();
    super::commuting::registered(broker, &caller).await;
    let label = "Zoggling cover bought in";
    let fields = json!([{"name": "D6", "label": label, "type": "quantity", "unit": "h",
                         "timing": "during"}]);
    let mut asked = ask("body-a", "one", fields);
    asked.private = true;
    asked.targets.homes = vec![super::commuting::HOME.into()];
    broker.submit_ask(&caller, asked, "", false).await.unwrap();
    let found = async |broker: &Broker| {
        let wording = Wording {
            label: label.into(),
            kind: "quantity".into(),
            unit: "h".into(),
            timing: "during".into(),
            ..Wording::default()
        };
        let matching = broker.matching().await.unwrap();
        let found = matching.find(&wording, 1);
        let (element, compared) = found.first()?;
        Some((element.to_string(), compared.tier))
    };
    let decided = super::commuting::decide(
        broker,
        &caller,
        ("organisations/body-a/asks/one", "D6"),
        "agency.hours",
    )
    .await;
    let likely = Some(("agency.hours".to_owned(), Tier::LikelySame));
    assert_ne!(found(broker).await, likely);
    let accepted = broker.accepted().await.unwrap();
    let hours = "agency.hours".parse().unwrap();
    assert_eq!(accepted.of(&hours).len(), 1);
    assert_eq!(accepted.told(&hours).count(), 0);
    let undoing = broker.undo_decision(&caller, &decided, "", false);
    undoing.await.unwrap();
    let accepted = broker.accepted().await.unwrap();
    assert_eq!(accepted.of(&hours).len(), 0, "it falls out again");
}
