//! The real program told to stop: what is in flight ends, what would stay open is ended, nothing that
//! was acknowledged is lost.

use std::time::Duration;

use askonce::grpc::v1;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;
use prost::Message;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_types::StatusExt;

use super::collecting::next;
use super::half_sent::HalfSent;
use super::program::Program;
use super::two_bodies::{council_ask, number};
use super::world::{Client, HOME, answer, reason};

/// Longer than the program takes to drain, and shorter than anyone waits.
const DEADLINE: Duration = Duration::from_secs(60);

async fn channel(program: &Program) -> Channel {
    let endpoint = Channel::from_shared(program.address.clone()).unwrap();
    endpoint.connect().await.unwrap()
}

/// That the program ended, and well.
async fn ends_well(program: Program) {
    let ended = tokio::time::timeout(DEADLINE, program.ended());
    let (code, log) = ended.await.expect("it ends");
    assert_eq!(code, Some(0), "{log:#?}");
    let cut = log.iter().find(|line| line.contains("are cut"));
    assert_eq!(cut, None, "nothing had to be cut");
}

fn says_when_to_try_again(ended: &Status) {
    assert_eq!(
        (ended.code(), &*reason(ended)),
        (Code::Unavailable, "STOPPING"),
        "{ended:?}"
    );
    assert!(ended.get_error_details().retry_info().is_some());
}

#[tokio::test]
async fn a_call_in_flight_ends_and_what_it_did_is_there_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let program = Program::serve(data, &[]).await;
    let issue = v1::IssueTokenRequest {
        label: "issued while stopping".into(),
        role: v1::Role::Analyst.into(),
        ..v1::IssueTokenRequest::default()
    };
    let channel = channel(&program).await;
    let path = "/askonce.v1.TokenService/IssueToken";
    let call = HalfSent::begin(&channel, path, &operator, &issue);
    // Answered on the same connection, so the one before it has come.
    let client = Client::connect(program.address.clone(), operator.clone()).await;
    client
        .register_organisation("sefton-council", "council")
        .await;
    list_tokens(&channel, &operator).await;
    program.terminate();
    program.terminate();
    program.says("stopping").await;
    let issued = call.end().await.expect("a call in flight ends");
    let issued = v1::IssueTokenResponse::decode(issued).unwrap();
    drop((channel, client));
    ends_well(program).await;
    let again = Program::serve(data, &[]).await;
    let tokens = list_tokens(&self::channel(&again).await, &operator).await;
    let name = issued.token.unwrap().name;
    assert!(tokens.iter().any(|token| token.name == name), "{tokens:?}");
    again.terminate();
    ends_well(again).await;
}

async fn list_tokens(channel: &Channel, secret: &str) -> Vec<v1::Token> {
    use v1::token_service_client::TokenServiceClient;
    let mut tokens = TokenServiceClient::new(channel.clone());
    let mut request = Request::new(v1::ListTokensRequest::default());
    let bearer = format!("Bearer {secret}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    tokens
        .list_tokens(request)
        .await
        .unwrap()
        .into_inner()
        .tokens
}

#[tokio::test]
async fn open_streams_are_ended_and_nothing_waits_for_the_silent() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let operator = Program::init(data);
    let program = Program::serve(data, &[]).await;
    let channel = channel(&program).await;
    let address = program.address.trim_start_matches("http://");
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut watch = HealthClient::new(channel.clone())
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(watch.next().await.unwrap().unwrap().status, 1);
    let (asking, mut reflected) = reflect(&channel).await;
    let (rows, mut results) = import(&channel, &operator).await;
    program.terminate();
    let ended = loop {
        match watch.next().await.expect("it says why it ends") {
            Ok(told) => assert_eq!(told.status, 2, "not serving any more"),
            Err(ended) => break ended,
        }
    };
    says_when_to_try_again(&ended);
    says_when_to_try_again(&reflected.next().await.unwrap().unwrap_err());
    says_when_to_try_again(&results.next().await.unwrap().unwrap_err());
    drop((rows, asking, channel));
    let mut rest = Vec::new();
    let _closed_or_reset = silent.read_to_end(&mut rest).await;
    ends_well(program).await;
    let again = Program::serve(data, &[]).await;
    let client = Client::connect(again.address.clone(), operator).await;
    let unchanged = client.import_homes(vec![row()]).await;
    assert_eq!(unchanged[0].outcome(), v1::ImportOutcome::Unchanged);
    again.terminate();
    drop(client);
    ends_well(again).await;
}

type Asking = mpsc::Sender<ServerReflectionRequest>;
type Reflected = tonic::Streaming<tonic_reflection::pb::v1::ServerReflectionResponse>;

/// A stream of reflection that was answered once and stays open.
async fn reflect(channel: &Channel) -> (Asking, Reflected) {
    let (asking, asked) = mpsc::channel(1);
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    asking.send(list).await.unwrap();
    let mut reflection = ServerReflectionClient::new(channel.clone());
    let stream = reflection.server_reflection_info(ReceiverStream::new(asked));
    let mut stream = stream.await.unwrap().into_inner();
    assert!(stream.next().await.unwrap().is_ok());
    (asking, stream)
}

fn row() -> v1::HomeRow {
    v1::HomeRow {
        cqc_id: "1-466088203".into(),
        name: "The Elms".into(),
        area_code: "E08000014".into(),
        ..v1::HomeRow::default()
    }
}

type Rows = mpsc::Sender<v1::ImportHomesRequest>;

/// An import of which one row is done and more may come.
async fn import(
    channel: &Channel,
    secret: &str,
) -> (Rows, tonic::Streaming<v1::ImportHomesResponse>) {
    let (rows, sent) = mpsc::channel(1);
    let first = v1::ImportHomesRequest {
        index: 1,
        row: Some(row()),
    };
    rows.send(first).await.unwrap();
    let mut registry = RegistryServiceClient::new(channel.clone());
    let mut request = Request::new(ReceiverStream::new(sent));
    let bearer = format!("Bearer {secret}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    let mut results = registry.import_homes(request).await.unwrap().into_inner();
    let result = results.next().await.unwrap().unwrap();
    assert_eq!(result.outcome(), v1::ImportOutcome::Added);
    (rows, results)
}

const DAY: &str = "2020-06-03";
const ASK: &str = "organisations/sefton-council/asks/daily";

/// The home says how many beds are filled.
async fn say_beds(manager: &Client, beds: &str) {
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, ASK, "B2", serde_json::json!({"number": beds}));
    manager.answer(&form, vec![said]).await.unwrap();
}

/// The figures of a message, in its order.
fn figures(message: &v1::WatchDeliveriesResponse) -> Vec<String> {
    let deliveries = message.deliveries.iter();
    deliveries.map(|delivery| number(delivery).0).collect()
}

#[tokio::test]
async fn an_open_watch_is_ended_and_taken_up_from_its_cursor_with_nothing_lost() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let secret = Program::init(data);
    let program = Program::serve(data, &[]).await;
    let operator = Client::connect(program.address.clone(), secret).await;
    operator
        .register_organisation("sefton-council", "council")
        .await;
    operator.grant("sefton-council", &["E08000014"], &[]).await;
    operator.register_homes(&[HOME], "E08000014").await;
    let council = operator.issue("requester", "sefton-council", &[]).await;
    let manager = operator.issue("home", "", &[HOME]).await;
    let council = Client::connect(program.address.clone(), council).await;
    let manager = Client::connect(program.address.clone(), manager).await;
    council.submit_ask(&council_ask()).await.unwrap();
    let mut stream = council.watch(ASK, "").await;
    say_beds(&manager, "30").await;
    let taken = next(&mut stream).await;
    assert_eq!(figures(&taken), ["30"]);
    // Whether this one still comes or not, the cursor tells it.
    say_beds(&manager, "31").await;
    program.terminate();
    let mut cursor = taken.cursor;
    let mut seen = vec!["30".to_owned()];
    let why = loop {
        match stream.message().await {
            Ok(Some(told)) => {
                seen.extend(figures(&told));
                cursor = told.cursor;
            }
            Ok(None) => panic!("it says why it ends"),
            Err(why) => break why,
        }
    };
    says_when_to_try_again(&why);
    let (council, manager) = (council.secret().to_owned(), manager.secret().to_owned());
    drop((stream, operator));
    ends_well(program).await;

    let again = Program::serve(data, &[]).await;
    let council = Client::connect(again.address.clone(), council).await;
    let manager = Client::connect(again.address.clone(), manager).await;
    let mut stream = council.watch(ASK, &cursor).await;
    say_beds(&manager, "32").await;
    while seen.last().is_none_or(|last| last != "32") {
        seen.extend(figures(&next(&mut stream).await));
    }
    // A figure that was corrected before it was read is not told any more.
    assert!(
        ["30 31 32", "30 32"].contains(&&*seen.join(" ")),
        "each once, in order: {seen:?}"
    );
    again.terminate();
    drop(stream);
    ends_well(again).await;
}
