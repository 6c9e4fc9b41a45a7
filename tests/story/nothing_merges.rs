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

/// Two bodies that ask in words that are likely the same, and how that looks while nobody decided.
struct Stage {
    world: World,
    council: Client,
    ccg: Client,
    steward: Client,
    before: (String, Vec<(String, String, String)>),
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let council = world.requester("sefton-council").await;
        let ccg = world.requester("south-sefton-ccg").await;
        let [daily, call] = asks();
        council.submit_ask(&daily).await.unwrap();
        let submitted = ccg.submit_ask_told(&call).await.unwrap();
        let like = &submitted.suggestions[0].candidates;
        let is_likely = |own: &&v1::Candidate| own.tier() == v1::SuggestionTier::LikelySame;
        let likely = like.iter().filter(is_likely).count();
        assert_eq!(
            likely, 2,
            "the element, and what the council asks: {like:#?}"
        );
        let before = picture(&world).await;
        assert_eq!(before.1.len(), 2);
        assert_ne!(before.1[0].1, before.1[1].1, "two questions");
        assert!(before.1.iter().all(|(_, _, element)| element.is_empty()));
        Self {
            steward: world.of_role(Role::Steward).await,
            world,
            council,
            ccg,
            before,
        }
    }

    async fn unchanged(&self, what: &str) {
        assert_eq!(picture(&self.world).await, self.before, "{what}");
    }

    fn question(&self, place: usize) -> String {
        format!("questions/{}", self.before.1[place].1)
    }

    /// Every way in which an ask comes in.
    async fn bring_in(&self) {
        let (ccg, [_, call]) = (&self.ccg, asks());
        ccg.submit_ask_told(&call).await.unwrap();
        self.unchanged("submitted again").await;
        ccg.preview(&call).await.unwrap();
        self.unchanged("previewed").await;
        let mut asks = AskServiceClient::new(ccg.channel());
        let current = ccg.get_ask(CCG).await.unwrap();
        let amend = v1::AmendAskRequest {
            name: CCG.into(),
            ask: Some(call.clone().try_into().unwrap()),
            etag: current.etag,
            suggest: true,
            ..v1::AmendAskRequest::default()
        };
        asks.amend_ask(ccg.request(amend)).await.unwrap();
        self.unchanged("amended to the same").await;
        let streamed = v1::SubmitAsksRequest {
            ask: Some(call.try_into().unwrap()),
            ..v1::SubmitAsksRequest::default()
        };
        let stream = ccg.request(tokio_stream::iter(vec![streamed]));
        let mut results = asks.submit_asks(stream).await.unwrap().into_inner();
        assert!(results.next().await.unwrap().unwrap().refusal.is_none());
        self.unchanged("streamed").await;
    }

    /// Every way in which suggestions are looked at.
    async fn look(&self) {
        let (world, steward) = (&self.world, &self.steward);
        let all = v1::ListSuggestionsRequest::default();
        let listed = steward.suggestions(all).await.unwrap();
        assert_eq!(listed.suggestions.len(), 2);
        self.unchanged("listed").await;
        let folder = tempfile::tempdir().unwrap();
        for name in ["left.csv", "left.xlsx"] {
            let file = folder.path().join(name);
            let file = file.to_str().unwrap();
            for verb in ["export", "import"] {
                let done = run(world, steward, &["suggestions", verb, file]).await;
                assert_eq!(done.code, 0, "{}", done.stderr);
                self.unchanged(&format!("{verb} of {name}, unfilled")).await;
            }
        }
        let first = &self.before.1[0].1;
        for arguments in [
            &["suggestions", "list", "--all"][..],
            &["suggestions", "show", "sefton-council/daily/B"],
            &["dictionary", "explain", "beds.occupied", "--against", first],
        ] {
            let done = run(world, steward, arguments).await;
            assert_eq!(done.code, 0, "{}", done.stderr);
            self.unchanged(&arguments.join(" ")).await;
        }
        let compared = explain(steward, &self.question(0), &self.question(1)).await;
        assert_eq!(compared.stand(), v1::QuestionsStand::Undecided);
        assert_eq!(compared.tier(), v1::SuggestionTier::LikelySame);
        self.unchanged("explained").await;
    }

    /// An answer to the one is none to the other, and reaches nobody who asked the other.
    async fn answer(&self) {
        let manager = self.world.manager(HOME).await;
        let form = manager.form(HOME, DAY).await.unwrap();
        assert_eq!(form.entries.len(), 2);
        let beds = answer(&form, COUNCIL, "B", json!({"number": "31"}));
        manager.answer(&form, vec![beds]).await.unwrap();
        self.unchanged("answered").await;
        let form = manager.form(HOME, DAY).await.unwrap();
        let given = form.entries.iter().filter(|entry| entry.answer.is_some());
        assert_eq!(given.count(), 1);
        assert_eq!(self.ccg.deliveries(CCG).await.unwrap(), []);
        let received = self.council.deliveries(COUNCIL).await.unwrap();
        assert_eq!(received.len(), 1);
    }

    async fn decide(&self, verdict: v1::Verdict) -> String {
        let decision = v1::NewDecision {
            a: Some(field_of(COUNCIL, "B")),
            b: Some(field_of(CCG, "b")),
            verdict: verdict as i32,
            ..v1::NewDecision::default()
        };
        let decided = self.steward.decide(vec![decision]).await.unwrap();
        decided[0].decision.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_merges_on_likeness_alone_anywhere() {
    let stage = Stage::new().await;
    stage.bring_in().await;
    stage.look().await;
    stage.answer().await;

    // A decision, and nothing else, makes them one: so what was looked at can change at all.
    let (first, second) = (stage.question(0), stage.question(1));
    let decision = stage.decide(v1::Verdict::Same).await;
    assert_ne!(picture(&stage.world).await, stage.before);
    let compared = explain(&stage.steward, &first, &second).await;
    assert_eq!(compared.stand(), v1::QuestionsStand::OneByDecision);
    assert_eq!(compared.path[0].name, decision);
    stage.steward.undo(&decision).await.unwrap();
    stage.unchanged("undone").await;
    stage.decide(v1::Verdict::Different).await;
    stage.unchanged("decided different").await;
    let compared = explain(&stage.steward, &second, &first).await;
    assert_eq!(compared.stand(), v1::QuestionsStand::DecidedDifferent);
    stage.world.stop().await;
}
