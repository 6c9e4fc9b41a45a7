//! What one who runs a broker sees of it: lines and measurements, and in none of them an answer, a
//! secret or an id of anybody.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt;

use super::program::Program;
use super::world::{Client, HOME, answer, ask};

/// A figure, a note and a label that stand nowhere else.
const FIGURE: &str = "73519264";
const NOTE: &str = "the boiler of quetzal lodge";
const LABEL: &str = "Number of quokkas in residence";

/// A label may hold only a word of these shapes: a method, a service, a code, a cache, a bound.
const LABELS: [&str; 6] = [
    "rpc_service",
    "rpc_method",
    "rpc_response_status_code",
    "cache",
    "reason",
    "le",
];

/// What a page over HTTP says: its status and its body.
async fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status").parse().unwrap();
    (status, body.to_owned())
}

/// An ask, an answer, a delivery, and refusals; everything said that must not be logged.
async fn story(program: &Program, operator: &str) -> Vec<String> {
    let client = Client::connect(program.address.clone(), operator.to_owned()).await;
    client
        .register_organisation("sefton-council", "council")
        .await;
    client.grant("sefton-council", &["E08000014"], &[]).await;
    client.register_homes(&[HOME], "E08000014").await;
    let manager = client.issue("home", "", &[HOME]).await;
    let council = client.issue("requester", "sefton-council", &[]).await;
    let fields = json!([{"name": "quokkas", "label": LABEL, "type": "count", "timing": "as-at"}]);
    let asked = ask("sefton-council", "census", fields);
    client.submit_ask(&asked).await.unwrap();
    let home = Client::connect(program.address.clone(), manager.clone()).await;
    let form = home.form(HOME, "2020-06-03").await.unwrap();
    let name = "organisations/sefton-council/asks/census";
    let wrong = answer(&form, name, "quokkas", json!({"number": NOTE}));
    let refused = home.answer(&form, vec![wrong]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let right = answer(&form, name, "quokkas", json!({"number": FIGURE}));
    home.answer(&form, vec![right]).await.unwrap();
    let requester = Client::connect(program.address.clone(), council.clone()).await;
    assert_eq!(requester.deliveries(name).await.unwrap().len(), 1);
    let stranger = Client::connect(program.address.clone(), "askonce_nobodys".into()).await;
    assert!(stranger.get_ask(name).await.is_err());
    let said = [
        FIGURE,
        NOTE,
        LABEL,
        "quokkas",
        "census",
        HOME,
        "sefton-council",
    ];
    let secrets = [operator.to_owned(), manager, council];
    said.map(ToOwned::to_owned)
        .into_iter()
        .chain(secrets)
        .collect()
}

#[tokio::test]
async fn a_line_says_how_each_call_went_and_nothing_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let all = ["--log-level", "warn,askonce=trace", "--log-format", "json"];
    let program = Program::serve(data, &all).await;
    let private = story(&program, &operator).await;
    let client = Client::connect(program.address.clone(), operator).await;
    let refused = client.get_ask("organisations/nobody/asks/none").await;
    let refused = refused.unwrap_err();
    let id = refused.metadata().get("x-request-id").expect("an id");
    let id = id.to_str().unwrap().to_owned();
    let details = refused.get_error_details();
    assert_eq!(details.request_info().unwrap().request_id, id);
    drop(client);
    program.terminate();
    let (code, log) = program.ended().await;
    assert_eq!(code, Some(0));
    let events: Vec<Json> = log
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let calls: Vec<&Json> = events
        .iter()
        .filter(|event| event["message"] == "call")
        .collect();
    let seen: BTreeSet<(&str, &str, &str)> = calls
        .iter()
        .map(|call| {
            let word = |name: &str| call[name].as_str().expect("a word");
            assert!(call["duration_ms"].as_f64().is_some_and(|took| took >= 0.0));
            assert!(!word("correlation_id").is_empty());
            (word("method"), word("role"), word("code"))
        })
        .collect();
    for expected in [
        ("ImportHomes", "operator", "OK"),
        ("SubmitAnswers", "home", "INVALID_ARGUMENT"),
        ("SubmitAnswers", "home", "OK"),
        ("ListDeliveries", "requester", "OK"),
        ("GetAsk", "unknown", "UNAUTHENTICATED"),
        ("GetAsk", "operator", "NOT_FOUND"),
    ] {
        assert!(seen.contains(&expected), "{expected:?} of {seen:#?}");
    }
    let own = calls.iter().filter(|call| call["correlation_id"] == *id);
    assert_eq!(
        own.count(),
        1,
        "the id that the caller was told is logged once"
    );
    for line in &log {
        assert!(!line.contains("askonce_"), "a secret: {line}");
        for word in &private {
            assert!(!line.contains(word.as_str()), "{word}: {line}");
        }
    }
}

#[tokio::test]
async fn measurements_have_a_meaning_and_no_label_names_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let program = Program::serve(data, &["--metrics-addr", "127.0.0.1:0"]).await;
    let private = story(&program, &operator).await;
    let _connected = Client::connect(program.address.clone(), operator).await;
    let page = program.says("measurements at http://").await;
    let address = page.trim_end_matches("/metrics").to_owned();
    assert_eq!(get(&address, "/livez").await, (200, "alive\n".into()));
    assert_eq!(get(&address, "/readyz").await, (200, "ready\n".into()));
    assert_eq!(get(&address, "/nothing").await.0, 404);
    let (status, text) = get(&address, "/metrics").await;
    assert_eq!(status, 200);
    for word in &private {
        assert!(!text.contains(word.as_str()), "{word} in {text}");
    }
    let samples = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    for sample in samples.clone() {
        has_help(&text, sample);
        labels_are_known(sample);
    }
    let value = |start: &str| -> Option<f64> {
        let line = samples.clone().find(|line| line.starts_with(start))?;
        line.rsplit(' ').next()?.parse().ok()
    };
    assert_eq!(value("askonce_gate_calls "), Some(0.0), "{text}");
    assert_eq!(value("askonce_gate_streams "), Some(0.0), "{text}");
    assert_eq!(value("askonce_ready "), Some(1.0), "{text}");
    for counted in [
        "rpc_server_call_duration_seconds_count",
        "askonce_store_append_duration_seconds_count",
        "askonce_store_group_requests_count",
        "askonce_ledger_events",
        "askonce_ledger_size_bytes",
        "askonce_connections_open",
    ] {
        assert!(value(counted) >= Some(1.0), "{counted} of {text}");
    }
    program.terminate();
    assert_eq!(program.ended().await.0, Some(0));
}

/// That the page says what a sample is.
fn has_help(page: &str, sample: &str) {
    let name = sample.split(['{', ' ']).next().unwrap_or_default();
    let suffixes = ["", "_bucket", "_sum", "_count"];
    let is_helped = suffixes.iter().any(|suffix| {
        let family = name.strip_suffix(suffix).unwrap_or(name);
        page.contains(&format!("# HELP {family} ")) && page.contains(&format!("# TYPE {family} "))
    });
    assert!(is_helped, "{name} has no help in {page}");
}

/// That the labels of a sample are of a closed set.
fn labels_are_known(sample: &str) {
    let Some((_, labels)) = sample.split_once('{') else {
        return;
    };
    let (labels, _) = labels.rsplit_once('}').expect("labels end");
    for label in labels.split(',') {
        let (name, value) = label.split_once('=').expect("a label has a value");
        assert!(LABELS.contains(&name), "{name} in {sample}");
        let value = value.trim_matches('"');
        let is_bound = name == "le" && (value == "+Inf" || value.parse::<f64>().is_ok());
        let is_word = |text: &str| {
            text.split(['.', '_', '-'])
                .all(|part| part.chars().all(|letter| letter.is_ascii_alphabetic()))
        };
        let value = value.replace("v1alpha", "").replace("v1", "");
        assert!(is_bound || is_word(&value), "{sample}");
    }
}
