//! What is known of a request afterwards: neither where it went nor what it held.

use serde_json::Value as Json;

use super::client::Browser;
use super::mail_server::{MailServer, Manner};
use super::site::EMAIL;
use crate::program::Program;
use crate::world::{Client, HOME};

/// The value of a member of what a line of the log says.
fn said<'a>(line: &'a Json, member: &str) -> &'a str {
    let of = |line: &'a Json| line.get(member).and_then(Json::as_str);
    line.get("fields")
        .and_then(of)
        .or_else(|| of(line))
        .unwrap_or_default()
}

/// Every line that is an object.
fn read(log: &[String]) -> Vec<Json> {
    log.iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in one go")]
async fn the_log_and_the_measurements_hold_no_secret_no_address_and_no_home() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let mut mail = MailServer::start(Manner::default()).await;
    let mail_port = format!("mail.port={}", mail.address.port());
    let more = [
        "portal.listen=127.0.0.1:0",
        "portal.url=http://127.0.0.1:1",
        "mail.host=127.0.0.1",
        "mail.encryption=none",
        "mail.from=forms@council.example",
        &mail_port,
    ];
    let mut flags = vec!["--metrics-addr", "127.0.0.1:0"];
    flags.extend(more.iter().flat_map(|set| ["--set", *set]));
    let program = Program::serve(data, &flags).await;
    assert_eq!(
        program.says("the home's pages at ").await,
        "http://127.0.0.1:1/"
    );
    let client = Client::connect(program.address.clone(), operator).await;
    client.register_homes(&[HOME], "E08000014").await;
    super::site::invite(&client, "Ann Archer", EMAIL, &[HOME]).await;
    let serving = read(&program.log());
    let serving = serving
        .iter()
        .find(|line| said(line, "message") == "serving the home's pages");
    let address = said(serving.expect("it says where"), "addr").to_owned();
    let mut ann = Browser::new(&format!("http://{address}"));
    ann.post("/sign-in", &[("email", EMAIL)]).await;
    let letter = mail.letter().await;
    let link = letter
        .lines()
        .find_map(|line| line.strip_prefix("http://127.0.0.1:1"));
    let link = link.expect("the letter holds a link").to_owned();
    ann.post(&link, &[]).await;
    ann.post("/who", &[("name", "Ann of Rowan")]).await;
    ann.get(&format!("/homes/{HOME}?a=b")).await;
    ann.get("/nowhere/at/all").await;
    let id = ann.page.headers["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let metrics = program.says("measurements at ").await;
    let metrics = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    program.terminate();
    let (code, lines) = program.ended().await;
    assert_eq!(code, Some(0));
    let log = lines.join("\n");
    let secret = link.rsplit('/').next().unwrap();
    for private in [
        secret,
        EMAIL,
        "ann@",
        "Ann",
        HOME,
        "a=b",
        "nowhere",
        &ann.cookies["__Host-askonce"],
    ] {
        assert!(!log.contains(private), "{private} in {log}");
        assert!(!metrics.contains(private), "{private} in {metrics}");
    }
    let lines = read(&lines);
    let pages: Vec<_> = lines
        .iter()
        .filter(|line| said(line, "message") == "page")
        .collect();
    let is_there = |method: &str, route: &str| {
        pages
            .iter()
            .any(|line| said(line, "method") == method && said(line, "route") == route)
    };
    assert!(
        is_there("POST", "/sign-in/{secret}") && is_there("GET", "/homes/{home}"),
        "{log}"
    );
    let last = pages.iter().find(|line| said(line, "correlation_id") == id);
    let last = last.expect("it is found by its id");
    let status = last.get("fields").unwrap_or(last).get("status");
    assert_eq!(status.and_then(Json::as_u64), Some(404), "{last}");
    let measured = "http_server_request_duration_seconds_count{http_request_method=\"POST\",http_route=\"/sign-in/{secret}\",http_response_status_code=\"303\"} 1";
    assert!(metrics.contains(measured), "{metrics}");
}
