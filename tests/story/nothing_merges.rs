//! Nothing merges on likeness alone, anywhere: every way in which likeness is looked at, and after each
//! the forms, their templates and the ids of their questions are as they were. Only a decision changes
//! them.

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use serde_json::json;
use tokio_stream::StreamExt;

use super::main_job::run;
use super::world::{Client, HOME, World, answer, ask, field_of};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const CCG: &str = "organisations/south-sefton-ccg/asks/call";
const DAY: &str = "2020-06-03";

/// Wordings that are all likely the same as one another, and as an element.
fn asks() -> [RawAsk; 2] {
    let beds = |name: &str, label: &str| json!({"name": name, "label": label, "type": "count", "timing": "as-at"});
    [
        ask("sefton-council", "daily", json!([beds("B", "Beds in use")])),
        ask("south-sefton-ccg", "call", json!([beds("b", "Bed in use")])),
    ]
}

/// What must not change: the form's template, and who asks what under which id.
async fn picture(world: &World) -> (String, Vec<(String, String, String)>) {
    let form = world.manager(HOME).await.form(HOME, DAY).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let demands = steward.find_demands(v1::FindDemandsRequest::default());
    let mut demands: Vec<_> = demands
        .await
        .unwrap()
        .into_iter()
        .map(|own| (own.ask, own.question, own.element))
        .collect();
    demands.sort();
    (form.summary.unwrap().template, demands)
}

async fn explain(client: &Client, name: &str, against: &str) -> v1::ComparedQuestions {
    let message = v1::ExplainQuestionRequest {
        name: name.into(),
        against: against.into(),
        ..v1::ExplainQuestionRequest::default()
    };
    let mut dictionary = DictionaryServiceClient::new(client.channel());
    let explained = dictionary.explain_question(client.request(message)).await;
    explained.unwrap().into_inner().compared.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_merges_on_likeness_alone_anywhere() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let steward = world.of_role(Role::Steward).await;
    let manager = world.manager(HOME).await;
    let [daily, call] = asks();
    council.submit_ask(&daily).await.unwrap();
    let submitted = ccg.submit_ask(&call).await.unwrap();
    let like = &submitted.suggestions[0].candidates;
    let likely = like
        .iter()
        .filter(|own| own.tier() == v1::SuggestionTier::LikelySame);
    assert_eq!(
        likely.count(),
        2,
        "the element, and what the council asks: {like:#?}"
    );
    let before = picture(&world).await;
    assert_eq!(before.1.len(), 2);
    assert_ne!(before.1[0].1, before.1[1].1, "two questions");
    assert!(before.1.iter().all(|(_, _, element)| element.is_empty()));
    let unchanged = async |what: &str| assert_eq!(picture(&world).await, before, "{what}");

    ccg.submit_ask(&call).await.unwrap();
    unchanged("submitted again").await;
    ccg.preview(&call).await.unwrap();
    unchanged("previewed").await;
    let mut asks = AskServiceClient::new(ccg.channel());
    let current = ccg.get_ask(CCG).await.unwrap();
    let amend = v1::AmendAskRequest {
        name: CCG.into(),
        ask: Some(call.clone().try_into().unwrap()),
        etag: current.etag,
        ..v1::AmendAskRequest::default()
    };
    asks.amend_ask(ccg.request(amend)).await.unwrap();
    unchanged("amended to the same").await;
    let streamed = v1::SubmitAsksRequest {
        ask: Some(call.clone().try_into().unwrap()),
        ..v1::SubmitAsksRequest::default()
    };
    let stream = ccg.request(tokio_stream::iter(vec![streamed]));
    let mut results = asks.submit_asks(stream).await.unwrap().into_inner();
    assert!(results.next().await.unwrap().unwrap().refusal.is_none());
    unchanged("streamed").await;

    let listed = steward
        .suggestions(v1::ListSuggestionsRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.suggestions.len(), 2);
    unchanged("listed").await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["left.csv", "left.xlsx"] {
        let file = folder.path().join(name);
        let file = file.to_str().unwrap();
        for verb in ["export", "import"] {
            let done = run(&world, &steward, &["suggestions", verb, file]).await;
            assert_eq!(done.code, 0, "{}", done.stderr);
            unchanged(&format!("{verb} of {name}, unfilled")).await;
        }
    }
    for arguments in [
        &["suggestions", "list", "--all"][..],
        &["suggestions", "show", "sefton-council/daily/B"],
        &[
            "dictionary",
            "explain",
            "beds.occupied",
            "--against",
            &before.1[0].1,
        ],
    ] {
        let done = run(&world, &steward, arguments).await;
        assert_eq!(done.code, 0, "{}", done.stderr);
        unchanged(&arguments.join(" ")).await;
    }
    let question = |place: usize| format!("questions/{}", before.1[place].1);
    let compared = explain(&steward, &question(0), &question(1)).await;
    assert_eq!(compared.stand(), v1::QuestionsStand::Undecided);
    assert_eq!(compared.tier(), v1::SuggestionTier::LikelySame);
    unchanged("explained").await;

    // An answer to the one is none to the other, and reaches nobody who asked the other.
    let form = manager.form(HOME, DAY).await.unwrap();
    assert_eq!(form.entries.len(), 2);
    let beds = answer(&form, COUNCIL, "B", json!({"number": "31"}));
    manager.answer(&form, vec![beds]).await.unwrap();
    unchanged("answered").await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = form.entries.iter().filter(|entry| entry.answer.is_some());
    assert_eq!(given.count(), 1);
    assert_eq!(ccg.deliveries(CCG).await.unwrap(), []);
    assert_eq!(council.deliveries(COUNCIL).await.unwrap().len(), 1);

    // A decision, and nothing else, makes them one: so the picture above can change at all.
    let same = v1::NewDecision {
        a: Some(field_of(COUNCIL, "B")),
        b: Some(field_of(CCG, "b")),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    let decided = steward.decide(vec![same]).await.unwrap();
    assert_ne!(picture(&world).await, before);
    let compared = explain(&steward, &question(0), &question(1)).await;
    assert_eq!(compared.stand(), v1::QuestionsStand::OneByDecision);
    assert_eq!(compared.path[0].name, decided[0].decision);
    steward.undo(&decided[0].decision).await.unwrap();
    unchanged("undone").await;
    let apart = v1::NewDecision {
        a: Some(field_of(COUNCIL, "B")),
        b: Some(field_of(CCG, "b")),
        verdict: v1::Verdict::Different as i32,
        ..v1::NewDecision::default()
    };
    steward.decide(vec![apart]).await.unwrap();
    unchanged("decided different").await;
    let compared = explain(&steward, &question(1), &question(0)).await;
    assert_eq!(compared.stand(), v1::QuestionsStand::DecidedDifferent);
    world.stop().await;
}
