//! Calls and pages, traced.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Identity;

use super::collector::{Collector, KIND_INTERNAL, KIND_SERVER, STATUS_ERROR, Span};
use super::program::Program;
use super::world::{Client, HOME, answer};
use super::{ASK, FIGURE, LABEL, NOT_TRACING, TRACING, listener, settle, submit};

/// A secret of a link, and what follows a path.
const LINK: &str = "bandicoot";
const QUERY: &str = "numbat";

/// All that a span may say of itself.
const KEYS: [&str; 10] = [
    "correlation_id",
    "requests",
    "askonce.role",
    "rpc.system.name",
    "rpc.service",
    "rpc.method",
    "rpc.response.status_code",
    "http.request.method",
    "http.route",
    "http.response.status_code",
];

/// A collector, encrypted; the options of a broker that sends it every trace.
async fn encrypted(folder: &std::path::Path) -> (Collector, Vec<String>) {
    let names = vec!["127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let authority = folder.join("collector.pem");
    std::fs::write(&authority, cert.pem()).unwrap();
    let identity = Identity::from_pem(cert.pem(), signing_key.serialize_pem());
    let (listener, port) = listener().await;
    let collector = Collector::serve(listener, Some(identity));
    let options = [
        format!("traces.endpoint=https://127.0.0.1:{port}"),
        format!("traces.ca_cert={}", authority.display()),
        "traces.per_mille=1000".to_owned(),
        "portal.listen=127.0.0.1:0".to_owned(),
        "portal.url=http://127.0.0.1:1".to_owned(),
        "mail.host=127.0.0.1".to_owned(),
        "mail.encryption=none".to_owned(),
        "mail.from=forms@council.example".to_owned(),
    ];
    let options = options
        .into_iter()
        .flat_map(|set| ["--set".to_owned(), set]);
    (collector, options.collect())
}

/// Every line that is an object.
fn read(log: &[String]) -> Vec<Json> {
    let lines = log.iter();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Asks for a page, with something behind its path.
async fn visit(program: &Program, path: &str) {
    let log = read(&program.log());
    let serving = log
        .iter()
        .find(|line| line["message"] == "serving the home's pages");
    let address = serving.expect("it says where")["addr"].as_str().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    assert!(response.starts_with(b"HTTP/1.1 "), "it answers");
}

/// Everything that somebody may say; what of it nobody else may read.
async fn story(program: &Program, operator: &str) -> Vec<String> {
    let client = Client::connect(program.address.clone(), operator.to_owned()).await;
    settle(&client).await;
    submit(&client, &TRACING).await.unwrap();
    let manager = client.issue("home", "", &[HOME]).await;
    let home = Client::connect(program.address.clone(), manager.clone()).await;
    let form = home.form(HOME, "2020-06-03").await.unwrap();
    let given = answer(&form, ASK, "quokkas", json!({"number": FIGURE}));
    home.answer(&form, vec![given]).await.unwrap();
    let unknown = client.get_ask("organisations/nobody/asks/none").await;
    assert!(unknown.is_err());
    // The same again: it is found, and not recorded; and its caller wants no trace of it.
    submit(&client, &NOT_TRACING).await.unwrap();
    visit(program, &format!("/sign-in/{LINK}?{QUERY}={QUERY}")).await;
    visit(program, &format!("/nowhere/{LINK}")).await;
    let said = [
        LABEL,
        FIGURE,
        LINK,
        QUERY,
        HOME,
        "quokkas",
        "census",
        "sefton",
        "wombat",
        "Jo at the",
        "askonce_",
    ];
    let said = said.into_iter().map(ToOwned::to_owned);
    said.chain([operator.to_owned(), manager]).collect()
}

#[tokio::test]
async fn a_call_is_within_its_callers_span_and_no_trace_holds_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let operator = Program::init(data);
    let (mut collector, options) = encrypted(folder.path()).await;
    let mut flags = vec!["--log-format", "json"];
    flags.extend(options.iter().map(String::as_str));
    let program = Program::serve(data, &flags).await;
    let private = story(&program, &operator).await;
    // What was not sent yet is sent before it ends.
    program.terminate();
    let (code, log) = program.ended().await;
    assert_eq!(code, Some(0), "{log:#?}");
    collector.all();

    assert!(collector.service.iter().all(|service| service == "askonce"));
    traced_call(&collector);
    let refused = collector.span("askonce.v1.AskService/GetAsk");
    assert_eq!(refused.said("rpc.response.status_code"), "NOT_FOUND");
    assert_eq!(refused.said("askonce.role"), "operator");
    assert_ne!(refused.outcome(), STATUS_ERROR, "it is the caller's");
    for (page, status) in [("GET /sign-in/{secret}", "410"), ("GET _OTHER", "404")] {
        let page = collector.span(page);
        assert_eq!(page.said("http.response.status_code"), status);
        assert_eq!((page.kind, page.parent()), (KIND_SERVER, String::new()));
    }
    let unwanted = |span: &Span| span.trace() == NOT_TRACING.trace;
    assert!(!collector.spans.iter().any(unwanted));

    for span in &collector.spans {
        for (key, value) in span.says() {
            assert!(KEYS.contains(&key), "{key}={value} in {}", span.name);
        }
    }
    let sent = String::from_utf8_lossy(&collector.bytes);
    for word in &private {
        assert!(!sent.contains(word.as_str()), "{word} was sent");
    }
    leads_to_traces(&log, &collector.spans);
}

/// That the traced call stands within its caller's span, and what it waited for within it.
fn traced_call(collector: &Collector) {
    let call = collector.span("askonce.v1.AskService/SubmitAsk");
    assert_eq!(
        (&*call.trace(), &*call.parent()),
        (TRACING.trace, TRACING.span)
    );
    assert_eq!(call.kind, KIND_SERVER);
    for (key, value) in [
        ("correlation_id", TRACING.trace),
        ("rpc.system.name", "grpc"),
        ("rpc.service", "askonce.v1.AskService"),
        ("rpc.method", "SubmitAsk"),
        ("rpc.response.status_code", "OK"),
        ("askonce.role", "operator"),
    ] {
        assert_eq!(call.said(key), value, "{key}");
    }
    let within = collector.within(call);
    let [append] = within.as_slice() else {
        panic!("one append, and no more: {within:#?}");
    };
    assert_eq!((&*append.name, append.kind), ("append", KIND_INTERNAL));
    let within = collector.within(append);
    let [write] = within.as_slice() else {
        panic!("one write, and no more: {within:#?}");
    };
    assert_eq!((&*write.name, &*write.said("requests")), ("write", "1"));
    for (inner, outer) in [(write, append), (append, &call)] {
        let is_within = outer.begun_ns <= inner.begun_ns && inner.ended_ns <= outer.ended_ns;
        assert!(is_within, "{inner:#?} in {outer:#?}");
    }
}

/// That a line of the log that names a trace leads to one, and that every traced call and page has
/// such a line.
fn leads_to_traces(log: &[String], spans: &[Span]) {
    let lines = read(log);
    let lines: Vec<&Json> = lines
        .iter()
        .filter(|line| line["message"] == "call" || line["message"] == "page")
        .collect();
    assert!(lines.len() > 8, "{log:#?}");
    for line in &lines {
        let is_of = |span: &&Span| line["correlation_id"] == *span.said("correlation_id");
        let span = spans.iter().find(is_of);
        let trace = span.map_or(Json::Null, |span| Json::from(span.trace()));
        assert_eq!(line["trace_id"], trace, "{line}");
    }
    let unwanted = |line: &&&Json| line["correlation_id"] == NOT_TRACING.trace;
    let unwanted = lines.iter().find(unwanted).expect("it is logged");
    assert_eq!(unwanted["trace_id"], Json::Null);
}
