//! What probably means the same in other words: suggested to whoever asks and to the data lead, and
//! joined by nobody but them.

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use serde_json::json;
use tonic::{Code, Status};

use super::world::{Client, HOME, World, ask, field_of, paths};

const COUNCIL: &str = "organisations/sefton-council/asks/beds";
const DAY: &str = "2020-06-03";

/// What the council asks: two things that the dictionary knows, one that it does not.
pub(crate) fn council_ask() -> RawAsk {
    ask(
        "sefton-council",
        "beds",
        json!([
            {"name": "B1", "label": "Beds in use", "type": "count", "timing": "as-at"},
            {"name": "B2", "label": "How many residents fell?", "type": "count", "timing": "during"},
            {"name": "X1", "label": "Snow shovels in the shed", "type": "count", "timing": "as-at"},
        ]),
    )
}

/// What the CCG asks: the same in other words.
pub(crate) fn ccg_ask() -> RawAsk {
    ask(
        "south-sefton-ccg",
        "call",
        json!([
            {"name": "beds", "label": "Used beds", "type": "count", "timing": "as-at"},
            {"name": "shovels", "label": "Number of snow shovels in the shed", "type": "count",
                "timing": "as-at"},
        ]),
    )
}

impl Client {
    pub(crate) async fn suggestions(
        &self,
        wanted: v1::ListSuggestionsRequest,
    ) -> Result<v1::ListSuggestionsResponse, Status> {
        let mut dictionary = DictionaryServiceClient::new(self.channel());
        let listed = dictionary.list_suggestions(self.request(wanted)).await?;
        Ok(listed.into_inner())
    }
}

/// The ids of the elements that a field looks like, or the first field that asks the same.
fn looks_like(candidates: &[v1::Candidate]) -> Vec<String> {
    let told = candidates.iter().map(|own| match own.asked.first() {
        Some(asked) => format!("{} {}", asked.ask, asked.field),
        None => own.element.clone(),
    });
    told.collect()
}

fn of_field<'a>(suggestions: &'a [v1::FieldSuggestion], field: &str) -> &'a [v1::Candidate] {
    let found = suggestions.iter().find(|own| own.field == field);
    found.map_or(&[], |own| &own.candidates)
}

#[tokio::test]
async fn an_asker_settles_what_her_fields_look_like_as_she_brings_them_in() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let previewed = council.preview(&council_ask()).await.unwrap();
    let beds = &previewed.fields[0].suggestions;
    assert_eq!(looks_like(beds)[0], "beds.occupied", "{beds:#?}");
    assert!(beds[0].can_join && beds.len() <= 3);
    let untold = council.submit_ask(&council_ask()).await.unwrap();
    assert_eq!(untold.suggestions, [], "nobody asked");
    let submitted = council.submit_ask_told(&council_ask()).await.unwrap();
    let told = of_field(&submitted.suggestions, "B1");
    assert_eq!(told, beds, "what was previewed is what is told");
    assert_eq!(told[0].tier(), v1::SuggestionTier::LikelySame);

    let element = v1::DecisionSide {
        element: "beds.occupied".into(),
        ..v1::DecisionSide::default()
    };
    let decision = v1::NewDecision {
        a: Some(field_of(COUNCIL, "B1")),
        b: Some(element),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    council.decide(vec![decision]).await.unwrap();
    let again = council.submit_ask_told(&council_ask()).await.unwrap();
    assert_eq!(of_field(&again.suggestions, "B1"), [], "it is settled");
    let form = world.manager(HOME).await.form(HOME, DAY).await.unwrap();
    assert!(
        form.entries
            .iter()
            .any(|own| own.element == "beds.occupied")
    );

    // What another openly asks is told, and what it asks privately is not.
    let ccg = world.requester("south-sefton-ccg").await;
    let previewed = ccg.preview(&ccg_ask()).await.unwrap();
    let shovels = &previewed.fields[1].suggestions;
    assert_eq!(
        looks_like(shovels),
        [format!("{COUNCIL} X1")],
        "{shovels:#?}"
    );
    assert_eq!(shovels[0].organisations, ["organisations/sefton-council"]);
    let mut private = council_ask();
    private.private = true;
    let current = council.get_ask(COUNCIL).await.unwrap();
    let amend = v1::AmendAskRequest {
        name: COUNCIL.into(),
        ask: Some(private.try_into().unwrap()),
        etag: current.etag,
        suggest: true,
        ..v1::AmendAskRequest::default()
    };
    let mut asks = AskServiceClient::new(council.channel());
    let amended = asks.amend_ask(council.request(amend)).await.unwrap();
    assert!(!amended.into_inner().suggestions.is_empty(), "B2 is left");
    let previewed = ccg.preview(&ccg_ask()).await.unwrap();
    assert_eq!(
        previewed.fields[1].suggestions,
        [],
        "a private ask is not told of"
    );
    world.stop().await;
}

#[tokio::test]
async fn the_data_lead_has_a_queue_and_a_requester_sees_only_hers() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let all = steward.suggestions(v1::ListSuggestionsRequest::default());
    let all = all.await.unwrap().suggestions;
    let labels: Vec<&str> = all.iter().map(|own| own.label.as_str()).collect();
    assert!(labels.len() >= 4, "{labels:?}");
    // Beds are asked twice of one home, every day: the dearest, and the shovels likewise.
    for row in &all {
        let expected = match row.label.as_str() {
            "How many residents fell?" => (365, 0),
            _ => (365, 365),
        };
        let counted = (row.entries_a_year, row.saves_a_year);
        assert_eq!((row.homes, counted), (1, expected), "{row:#?}");
    }
    assert_eq!(all.last().unwrap().label, "How many residents fell?");

    let own = ccg.suggestions(v1::ListSuggestionsRequest::default());
    let own = own.await.unwrap().suggestions;
    let asked: Vec<&str> = own.iter().map(|row| row.asked[0].field.as_str()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    for row in &own {
        assert_eq!(row.organisations, ["organisations/south-sefton-ccg"]);
    }
    let others = v1::ListSuggestionsRequest {
        organisation: "organisations/sefton-council".into(),
        ..v1::ListSuggestionsRequest::default()
    };
    let refused = ccg.suggestions(others).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    // Page by page it is the same list.
    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = v1::ListSuggestionsRequest {
            page_size: 1,
            page_token,
            ..v1::ListSuggestionsRequest::default()
        };
        let page = steward.suggestions(page).await.unwrap();
        paged.extend(page.suggestions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    let wrong = v1::ListSuggestionsRequest {
        field: "B1".into(),
        ..v1::ListSuggestionsRequest::default()
    };
    let refused = steward.suggestions(wrong).await.unwrap_err();
    assert_eq!(paths(&refused), ["field"]);
    world.stop().await;
}
