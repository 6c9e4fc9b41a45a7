//! What a decision would change, told before it is made: and that it is what making it changes.

use std::sync::Arc;

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use askonce::server::{Data, Options, Server};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::Code;

use super::two_bodies::{COUNCIL, ccg_ask, council_ask, decisions, same};
use super::world::{Client, HOME, World, ask, field_of};

const TODAY: &str = "2026-11-21";

/// A broker at noon of a day, with both bodies and forty homes: the council asks all of them.
pub(crate) async fn noon() -> (World, Client, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(|| "2026-11-21T12:00:00Z".parse().unwrap());
    let options = Options::new(Data::Memory);
    let server = Server::start_by(options, listener, clock).await.unwrap();
    let world = World::of(server).await;
    world.settle().await;
    let ids: Vec<String> = (0..38).map(|n| format!("1-{}", 500_000_000 + n)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let operator = world.operator().await;
    operator.register_homes(&ids, "E08000014").await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let asked = everywhere(council_ask());
    council.submit_ask(&asked).await.unwrap();
    (world, council, ccg)
}

fn everywhere(mut ask: RawAsk) -> RawAsk {
    ask.targets.homes.clear();
    ask.targets.areas = vec!["E08000014".into()];
    ask
}

async fn weigh(client: &Client, decisions: Vec<v1::NewDecision>) -> Vec<v1::DecisionEffect> {
    let message = v1::DecideSuggestionsRequest {
        decisions,
        validate_only: true,
        ..v1::DecideSuggestionsRequest::default()
    };
    let mut dictionary = DictionaryServiceClient::new(client.channel());
    let told = dictionary.decide_suggestions(client.request(message)).await;
    let results = told.unwrap().into_inner().results.into_iter();
    results
        .map(|result| {
            assert_eq!(result.outcome(), v1::DecisionOutcome::Valid);
            result.effect.expect("what it would change is told")
        })
        .collect()
}

async fn weigh_undoing(client: &Client, decision: &str) -> v1::DecisionEffect {
    let message = v1::UndoDecisionRequest {
        name: decision.into(),
        validate_only: true,
        ..v1::UndoDecisionRequest::default()
    };
    let mut dictionary = DictionaryServiceClient::new(client.channel());
    let told = dictionary.undo_decision(client.request(message)).await;
    told.unwrap().into_inner().effect.unwrap()
}

fn ends(count: Option<v1::HomeCount>) -> (u64, u64) {
    let count = count.unwrap();
    (count.at_least, count.at_most)
}

/// Homes, open forms and questions, told exactly.
fn counts(effect: &v1::DecisionEffect) -> [u64; 3] {
    [effect.homes, effect.open_forms, effect.questions].map(|count| {
        let (low, high) = ends(count);
        assert_eq!(low, high);
        low
    })
}

#[tokio::test]
async fn what_a_decision_would_change_is_what_it_changes_and_undoing_it_gives_back() {
    let (world, _, ccg) = noon().await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let manager = world.manager(HOME).await;
    let before = manager.form(HOME, TODAY).await.unwrap();
    let weighed = weigh(&steward, decisions()).await;
    for effect in &weighed {
        assert_eq!((effect.asks, effect.organisations), (2, 2));
        assert_eq!(counts(effect), [40, 40, 1], "the CCG asks one home of them");
        assert!(!effect.partial);
    }
    let unwritten = manager.form(HOME, TODAY).await.unwrap();
    assert_eq!(unwritten.summary, before.summary);

    let decided = steward.decide(decisions()).await.unwrap();
    let effects: Vec<_> = decided.iter().map(|one| one.effect.unwrap()).collect();
    assert_eq!(effects, weighed);
    let after = manager.form(HOME, TODAY).await.unwrap();
    let saved: u64 = weighed.iter().map(|effect| counts(effect)[2]).sum();
    assert_eq!(
        before.entries.len() - after.entries.len(),
        usize::try_from(saved).unwrap()
    );
    for (decision, effect) in decided.iter().zip(&weighed) {
        let given_back = weigh_undoing(&steward, &decision.decision).await;
        assert_eq!(given_back, *effect);
        steward.undo(&decision.decision).await.unwrap();
        let again = steward.undo(&decision.decision).await.unwrap_err();
        assert_eq!(again.code(), Code::NotFound);
    }
    let undone = manager.form(HOME, TODAY).await.unwrap();
    assert_eq!(undone.summary, before.summary);
    world.stop().await;
}

#[tokio::test]
async fn only_what_joins_questions_changes_forms_and_only_once() {
    let (world, council, ccg) = noon().await;
    ccg.submit_ask(&everywhere(ccg_ask())).await.unwrap();
    let more = json!([{"name": "temps", "label": "Temps", "type": "quantity", "unit": "h",
                       "timing": "during"}]);
    let more = everywhere(ask("sefton-council", "more", more));
    council.submit_ask(&more).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let temps = || Some(field_of("organisations/sefton-council/asks/more", "temps"));
    let apart = v1::NewDecision {
        verdict: v1::Verdict::Related as i32,
        ..same("D6", "agency_minutes", &[])
    };
    let told = weigh(&steward, vec![apart]).await;
    assert_eq!(counts(&told[0]), [40, 0, 0]);
    let joined = same("D6", "agency_minutes", &[]);
    let with_temps = v1::NewDecision {
        b: temps(),
        ..joined.clone()
    };
    let round = v1::NewDecision {
        a: temps(),
        ..joined.clone()
    };
    let told = weigh(&steward, vec![joined, with_temps, round]).await;
    let asks: Vec<u32> = told.iter().map(|effect| effect.asks).collect();
    assert_eq!(asks, [2, 3, 3], "each counts those before it as in force");
    let counted: Vec<[u64; 3]> = told.iter().map(counts).collect();
    assert_eq!(counted, [[40, 40, 40], [40, 40, 40], [40, 0, 0]]);
    world.stop().await;
}

#[tokio::test]
async fn an_asker_is_not_told_of_few_homes_exactly() {
    let (world, council, _) = noon().await;
    let more = json!([{"name": "temps", "label": "Temps", "type": "quantity", "unit": "h",
                       "timing": "during"}]);
    let mut few = ask("sefton-council", "few", more);
    few.targets.homes = vec![HOME.into()];
    council.submit_ask(&few).await.unwrap();
    let own = v1::NewDecision {
        a: Some(field_of(COUNCIL, "D6")),
        b: Some(field_of("organisations/sefton-council/asks/few", "temps")),
        verdict: v1::Verdict::Same as i32,
        ..v1::NewDecision::default()
    };
    let told = weigh(&council, vec![own.clone()]).await;
    assert_eq!(ends(told[0].homes), (40, 40));
    assert_eq!(ends(told[0].questions), (1, 9));
    let steward = world.of_role(Role::Steward).await;
    let told = weigh(&steward, vec![own]).await;
    assert_eq!(counts(&told[0]), [40, 40, 1]);
    world.stop().await;
}
