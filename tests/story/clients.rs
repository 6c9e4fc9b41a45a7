//! The main job driven by four clients that were not written here: buf curl, grpcurl, grpcio of
//! Python, and grpc-js.
//!
//! One story for all four: a step added to [`main_job`] is taken by each. A driver does no more
//! than carry out a [`Call`] and say what came of it.

mod line;
mod shell;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use self::line::Line;
use self::shell::Shell;
use super::world::{HOME, World};

/// How long a client may take for the whole story on a slow machine.
const STORY_DEADLINE: Duration = Duration::from_secs(240);

/// One call, in protobuf's own JSON.
#[derive(Debug, Serialize)]
struct Call<'a> {
    /// The method as `Service/Method`, of `askonce.v1`.
    method: &'a str,
    /// The caller's token.
    secret: &'a str,
    /// What is sent: one message, or those of a stream.
    requests: Vec<Json>,
    /// After how many messages to hang up; 0 to hear the stream out.
    take: usize,
}

/// What came of a call.
#[derive(Debug, Deserialize)]
struct Outcome {
    messages: Vec<Json>,
    refusal: Option<Refusal>,
}

/// A status that is not OK, with its google.rpc details decoded by the client.
#[derive(Debug, Deserialize)]
struct Refusal {
    code: i32,
    message: String,
    details: Vec<Json>,
}

/// A client that was not written here.
trait Foreign {
    fn carry_out(&mut self, call: &Call<'_>) -> Outcome;
}

/// Someone who calls through a foreign client.
struct Caller<'a> {
    client: &'a mut dyn Foreign,
    secret: &'a str,
}

impl Caller<'_> {
    /// The one answer to one request.
    fn ask(&mut self, method: &str, request: Json) -> Json {
        let mut messages = self.stream(method, vec![request], 0);
        assert_eq!(messages.len(), 1, "{method}: {messages:?}");
        messages.remove(0)
    }

    /// The answers of a stream, or the first few.
    fn stream(&mut self, method: &str, requests: Vec<Json>, take: usize) -> Vec<Json> {
        let outcome = self.call(method, requests, take);
        assert!(outcome.refusal.is_none(), "{method}: {outcome:?}");
        outcome.messages
    }

    /// Why a request is refused.
    fn refused(&mut self, method: &str, request: Json) -> Refusal {
        let outcome = self.call(method, vec![request], 0);
        assert!(outcome.messages.is_empty(), "{method}: {outcome:?}");
        outcome.refusal.expect("the request is refused")
    }

    fn call(&mut self, method: &str, requests: Vec<Json>, take: usize) -> Outcome {
        self.client.carry_out(&Call {
            method,
            secret: self.secret,
            requests,
            take,
        })
    }
}

impl Refusal {
    /// The detail of a type of google.rpc.
    fn detail(&self, kind: &str) -> &Json {
        let is_one = |detail: &&Json| {
            detail["@type"].as_str() == Some(&format!("type.googleapis.com/google.rpc.{kind}"))
        };
        let found = self.details.iter().find(is_one);
        found.unwrap_or_else(|| panic!("no {kind} in {self:?}"))
    }
}

/// The tokens of those in the story.
struct Tokens {
    operator: String,
    council: String,
    manager: String,
}

/// A row enters the register, an ask is made, answered and collected, and a wrong one is refused.
fn main_job(client: &mut dyn Foreign, tokens: &Tokens) {
    streams(&mut Caller {
        client,
        secret: &tokens.operator,
    });
    let mut council = Caller {
        client,
        secret: &tokens.council,
    };
    let submitted = council.ask("AskService/SubmitAsk", json!({"ask": ask()}));
    let name = submitted["ask"]["name"].clone();
    assert_eq!(name, "organisations/sefton-council/asks/daily");
    answers(&mut Caller {
        client,
        secret: &tokens.manager,
    });
    let mut council = Caller {
        client,
        secret: &tokens.council,
    };
    let page = council.ask("CollectionService/ListDeliveries", json!({"parent": name}));
    let deliveries = page["deliveries"].as_array().expect("there are some");
    let received = deliveries
        .iter()
        .map(|row| (&row["field"], &row["value"]["number"]["total"]));
    let received: Vec<_> = received.collect();
    assert_eq!(
        received,
        [(&json!("B2"), &json!("31")), (&json!("D6"), &json!("0.12"))]
    );
    watch(&mut council, &name, deliveries);
    refusals(&mut council);
}

/// A stream without end, left after its first message; then taken up from where that came to.
fn watch(council: &mut Caller<'_>, name: &Json, deliveries: &[Json]) {
    let method = "CollectionService/WatchDeliveries";
    let first = council.stream(method, vec![json!({"parent": name})], 1);
    assert_eq!(first[0]["deliveries"], json!(deliveries));
    let cursor = first[0]["cursor"].as_str().expect("it says where it is");
    let onward = json!({"parent": name, "afterCursor": cursor, "heartbeatSeconds": 1});
    let next = council.stream(method, vec![onward], 1);
    assert_eq!(next[0].get("deliveries").unwrap_or(&json!([])), &json!([]));
    assert_eq!(next[0]["isCaughtUp"], json!(true), "{next:?}");
}

/// A stream both ways, heard out, then left after its first message.
fn streams(operator: &mut Caller<'_>) {
    let row = |id: &str, index: u32| {
        let kind = "ORGANISATION_KIND_COUNCIL";
        json!({"index": index, "row": {"id": id, "name": id, "kind": kind}})
    };
    let rows = || vec![row("east-council", 1), row("west-council", 2)];
    let outcomes = |results: &[Json]| -> Vec<(Json, Json)> {
        let outcome = |result: &Json| (result["index"].clone(), result["outcome"].clone());
        results.iter().map(outcome).collect()
    };
    let method = "RegistryService/ImportOrganisations";
    let entered = operator.stream(method, rows(), 0);
    let added = json!("IMPORT_OUTCOME_ADDED");
    assert_eq!(
        outcomes(&entered),
        [(json!(1), added.clone()), (json!(2), added)]
    );
    let again = operator.stream(method, rows(), 1);
    let unchanged = json!("IMPORT_OUTCOME_UNCHANGED");
    assert_eq!(outcomes(&again), [(json!(1), unchanged)]);
}

fn ask() -> Json {
    json!({
        "organisation": "organisations/sefton-council",
        "ask": "daily",
        "purpose": "mutual aid",
        "legalBasis": "6(1)(e)",
        "periods": ["2020-06-03"],
        "targets": {"homes": [format!("homes/{HOME}")]},
        "fields": [
            {"name": "B2", "label": "Beds filled", "type": "FIELD_TYPE_COUNT", "timing": "as-at"},
            {"name": "D6", "label": "Agency cover", "type": "FIELD_TYPE_QUANTITY",
             "unit": "{shift-12h}", "decimals": 2, "timing": "during"}
        ]
    })
}

/// The home reads its form and answers both questions, one in a unit of its own.
fn answers(manager: &mut Caller<'_>) {
    let name = format!("homes/{HOME}/forms/2020-06-03");
    let form = manager.ask("FormService/GetForm", json!({"name": name}))["form"].clone();
    let entries = form["entries"].as_array().expect("the form has entries");
    let serving = |field: &str| {
        let serves = |entry: &&Json| entry["demands"][0]["field"] == *field;
        entries.iter().find(serves).expect("it is asked")["id"].clone()
    };
    let sent = manager.ask(
        "FormService/SubmitAnswers",
        json!({
            "name": name,
            "template": form["summary"]["template"],
            "answers": [
                {"entry": serving("B2"), "number": "31"},
                {"entry": serving("D6"), "number": "90", "unit": "min"}
            ]
        }),
    );
    let receipt = sent["receipt"]["name"].as_str().expect("a receipt is had");
    assert!(receipt.starts_with(&name), "{receipt}");
}

/// A wrong ask and an unknown one, with what the client makes of the details.
fn refusals(council: &mut Caller<'_>) {
    let mut wrong = ask();
    wrong["fields"][0]["label"] = json!("");
    wrong["fields"][1]["unit"] = json!("bushel");
    let refusal = council.refused("AskService/SubmitAsk", json!({"ask": wrong}));
    assert_eq!(refusal.code, tonic::Code::InvalidArgument as i32);
    assert!(refusal.message.starts_with("2 faults: "), "{refusal:?}");
    let info = refusal.detail("ErrorInfo");
    assert_eq!(info["reason"], "INVALID_REQUEST");
    assert_eq!(info["domain"], "askonce");
    let violations = refusal.detail("BadRequest")["fieldViolations"].clone();
    let violations = violations.as_array().expect("faults are told");
    let fields: Vec<_> = violations.iter().map(|fault| &fault["field"]).collect();
    assert_eq!(fields, ["ask.fields[0].label", "ask.fields[1].unit"]);

    let name = "organisations/sefton-council/asks/none";
    let refusal = council.refused("AskService/GetAsk", json!({"name": name}));
    assert_eq!(refusal.code, tonic::Code::NotFound as i32);
    let resource = refusal.detail("ResourceInfo");
    assert_eq!(resource["resourceType"], "askonce.v1/Ask");
    assert_eq!(resource["resourceName"], name);
}

/// Tells the story through a client, made for the broker's address; none if it is not installed.
async fn tell(start: impl FnOnce(String) -> Option<Box<dyn Foreign>> + Send + 'static) {
    let world = World::new().await;
    let tokens = Tokens {
        operator: world.operator().await.secret().to_owned(),
        council: world.requester("sefton-council").await.secret().to_owned(),
        manager: world.manager(HOME).await.secret().to_owned(),
    };
    let address = world.address().trim_start_matches("http://").to_owned();
    let story = tokio::task::spawn_blocking(move || {
        if let Some(mut client) = start(address) {
            main_job(client.as_mut(), &tokens);
        }
    });
    let told = tokio::time::timeout(STORY_DEADLINE, story).await;
    let told = told.expect("the client is done in time");
    told.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()));
    world.stop().await;
}

/// Says that a client is absent, or fails where skipping is forbidden.
fn absent(what: &str) {
    let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|word| word == "forbid");
    assert!(
        !is_forbidden,
        "{what} is not installed, and skipping is forbidden"
    );
    eprintln!("SKIPPED: {what} is not installed; this story needs it");
}

#[tokio::test(flavor = "multi_thread")]
async fn buf_curl_drives_the_main_job_by_reflection_alone() {
    tell(|address| Some(Box::new(Shell::buf_curl(address)?))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpcurl_drives_the_main_job_by_reflection_alone() {
    tell(|address| Some(Box::new(Shell::grpcurl(address)?))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_grpcio_drives_the_main_job() {
    tell(|address| Some(Box::new(Line::grpcio(address)?))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_js_drives_the_main_job() {
    tell(|address| Some(Box::new(Line::grpc_js(address)?))).await;
}
