//! Whoever writes by one broker and reads by another says what she has seen, and reads what she wrote.

use std::sync::Arc;

use askonce::broker::Broker;
use askonce::domain::dictionary::Dictionary;
use askonce::domain::event::Event;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::server::{Data, Given};
use askonce::store::embedded::{EmbeddedStore, Options};
use askonce::store::memory::MemoryStore;
use askonce::store::{Append, Store};
use futures_util::FutureExt;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio_stream::StreamExt;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::lag::Lag;
use crate::world::{Client, World, ask};

const REVISION: &str = "askonce-revision";
const ASK: &str = "organisations/sefton-council/asks/beds";

fn beds() -> Json {
    json!([{"name": "beds", "label": "Beds occupied", "type": "count", "timing": "as-at"}])
}

fn get(name: &str) -> v1::GetAskRequest {
    v1::GetAskRequest {
        name: name.into(),
        ..v1::GetAskRequest::default()
    }
}

fn submit(id: &str) -> v1::SubmitAskRequest {
    v1::SubmitAskRequest {
        ask: Some(ask("sefton-council", id, beds()).try_into().unwrap()),
        ..v1::SubmitAskRequest::default()
    }
}

/// A request that says what its caller has seen.
fn having_seen<T>(caller: &Client, revision: &str, message: T) -> Request<T> {
    let mut request = caller.request(message);
    let revision = revision.parse().unwrap();
    request.metadata_mut().append(REVISION, revision);
    request
}

fn revision(told: &MetadataMap) -> Option<u64> {
    let told = told.get(REVISION)?.to_str().unwrap();
    Some(told.parse().unwrap())
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .expect("it has a reason")
        .reason
        .clone()
}

/// A broker that writes, one that is behind it, and a council's token, which both know.
async fn apart() -> (Lag, [World; 2], String) {
    let lag = Lag::new();
    let ahead = World::settled_on(lag.ahead()).await;
    let secret = ahead.requester("sefton-council").await.secret().to_owned();
    lag.follow().await;
    let behind = World::on(lag.behind()).await;
    (lag, [ahead, behind], secret)
}

#[tokio::test]
async fn a_reader_waits_for_what_was_written_elsewhere_and_is_served_when_it_comes() {
    let (lag, [ahead, behind], secret) = apart().await;
    let mut writing = AskServiceClient::new(ahead.client(secret.clone()).channel());
    let council = behind.client(secret);
    let mut reading = AskServiceClient::new(council.channel());
    let submitted = writing.submit_ask(council.request(submit("beds"))).await;
    let seen = revision(submitted.unwrap().metadata()).expect("it is told");
    // Without saying so she is told what this broker knows, and how far it reads.
    let status = reading.get_ask(council.request(get(ASK))).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(revision(status.metadata()).unwrap() < seen);
    // Saying so she waits.
    let asked = having_seen(&council, &seen.to_string(), get(ASK));
    let (read, ()) = tokio::join!(reading.get_ask(asked), lag.follow());
    let read = read.unwrap();
    assert_eq!(revision(read.metadata()), Some(seen));
    assert_eq!(read.into_inner().ask.unwrap().name, ASK);
}

#[tokio::test]
async fn a_wait_ends_at_its_bound_and_what_is_no_revision_is_refused() {
    let (_lag, [ahead, behind], secret) = apart().await;
    let mut writing = AskServiceClient::new(ahead.client(secret.clone()).channel());
    let council = behind.client(secret);
    let mut reading = AskServiceClient::new(council.channel());
    let submitted = writing.submit_ask(council.request(submit("beds"))).await;
    let seen = revision(submitted.unwrap().metadata()).expect("it is told");
    let asked = having_seen(&council, &seen.to_string(), get(ASK));
    let status = reading.get_ask(asked).await.unwrap_err();
    assert_eq!(
        (status.code(), &*reason(&status)),
        (Code::Unavailable, "BEHIND")
    );
    let retry = status.get_error_details().retry_info().cloned();
    assert!(retry.and_then(|retry| retry.retry_delay).is_some());
    assert!(revision(status.metadata()).unwrap() < seen);
    for wrong in ["x", "-1", "18446744073709551616"] {
        let asked = having_seen(&council, wrong, get(ASK));
        let status = reading.get_ask(asked).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{wrong}");
        let details = status.get_error_details();
        let fault = &details.bad_request().unwrap().field_violations[0];
        assert_eq!(fault.field, REVISION);
    }
    let mut twice = having_seen(&council, "1", get(ASK));
    twice.metadata_mut().append(REVISION, "1".parse().unwrap());
    let status = reading.get_ask(twice).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_stranger_has_nobody_wait_and_is_told_nothing() {
    let (_lag, [_, behind], _) = apart().await;
    let stranger = behind.stranger();
    let mut reading = AskServiceClient::new(stranger.channel());
    for revision_sent in ["18446744073709551615", "nonsense"] {
        let asked = having_seen(&stranger, revision_sent, get(ASK));
        let status = reading.get_ask(asked).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(revision(status.metadata()), None);
    }
}

#[tokio::test]
async fn a_stream_says_at_its_end_up_to_where_it_wrote() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut asks = AskServiceClient::new(council.channel());
    let requests: Vec<_> = (0..3)
        .map(|n| v1::SubmitAsksRequest {
            ask: Some(
                ask("sefton-council", &format!("ask-{n}"), beds_by(n))
                    .try_into()
                    .unwrap(),
            ),
            ..v1::SubmitAsksRequest::default()
        })
        .collect();
    let request = council.request(tokio_stream::iter(requests));
    let submitted = asks.submit_asks(request).await.unwrap();
    assert!(revision(submitted.metadata()).is_some());
    let mut results = submitted.into_inner();
    let mut count = 0;
    while let Some(result) = results.next().await {
        result.unwrap();
        count += 1;
    }
    assert_eq!(count, 3);
    let trailers = results.trailers().await.unwrap().unwrap_or_default();
    let ended = revision(&trailers).expect("it is told at the end");
    let read = asks.get_ask(council.request(get("organisations/sefton-council/asks/ask-2")));
    let now = revision(read.await.unwrap().metadata()).unwrap();
    assert_eq!(ended, now);
}

fn beds_by(n: usize) -> Json {
    json!([{"name": "beds", "label": format!("Beds on floor {n}"), "type": "count", "timing": "as-at"}])
}

#[tokio::test]
async fn a_list_goes_on_at_another_broker() {
    let folder = tempfile::tempdir().unwrap();
    let salt = Arc::new(|| [7; 16]);
    let store = EmbeddedStore::open(folder.path(), Options::new(salt)).unwrap();
    let store = Given(Arc::new(store));
    let first = World::settled_on(Data::Given(store.clone())).await;
    let second = World::on(Data::Given(store)).await;
    let council = first.requester("sefton-council").await;
    for n in 0..3 {
        let asked = ask("sefton-council", &format!("ask-{n}"), beds_by(n));
        council.submit_ask(&asked).await.unwrap();
    }
    let mut names = Vec::new();
    let mut page_token = String::new();
    for world in [&first, &second, &first] {
        let mut asks = AskServiceClient::new(world.stranger().channel());
        let message = v1::ListAsksRequest {
            parent: "organisations/sefton-council".into(),
            page_size: 1,
            page_token,
            ..v1::ListAsksRequest::default()
        };
        let page = asks.list_asks(council.request(message)).await;
        let page = page.unwrap().into_inner();
        names.extend(page.asks.into_iter().map(|ask| ask.name));
        page_token = page.next_page_token;
    }
    let expected = [0, 1, 2].map(|n| format!("organisations/sefton-council/asks/ask-{n}"));
    assert_eq!((names, &*page_token), (expected.to_vec(), ""));
}

#[tokio::test]
async fn a_broker_that_is_waited_for_is_asked_nothing_until_it_has_come_level() {
    let store = Arc::new(MemoryStore::new());
    let broker = Broker::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(|| Timestamp::UNIX_EPOCH),
        Arc::new(|bytes: &mut [u8]| bytes.fill(7)),
    );
    let write = async || {
        let append = Append {
            events: vec![Event::DictionaryAdopted(
                Dictionary::starter().raw().clone(),
            )],
            asks: Vec::new(),
            expectations: Vec::new(),
            idempotency: None,
            by: "a story".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        store.append(append).await.unwrap();
    };
    assert_eq!(broker.reads_to(), 0);
    assert!(broker.is_level_with(0).await);
    let mut waiting = Box::pin(broker.is_level_with(2));
    assert_eq!((&mut waiting).now_or_never(), None);
    write().await;
    assert_eq!((&mut waiting).now_or_never(), None, "one is missing");
    write().await;
    assert_eq!((&mut waiting).now_or_never(), Some(true));
    assert_eq!(broker.reads_to(), 2);
}
