//! A server as its callers know it, over the wire.

mod bounds;
mod stand;

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tonic::codec::CompressionEncoding::{Gzip, Zstd};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use self::stand::{HOME, Stand, ask, bearing, reason};
use super::{Data, Options, Server};
use crate::domain::access::{Grant, Role};
use crate::grpc::v1;
use crate::grpc::v1::ask_service_client::AskServiceClient;
use crate::grpc::v1::collection_service_client::CollectionServiceClient;
use crate::grpc::v1::dictionary_service_client::DictionaryServiceClient;
use crate::grpc::v1::form_service_client::FormServiceClient;
use crate::grpc::v1::insight_service_client::InsightServiceClient;
use crate::grpc::v1::token_service_client::TokenServiceClient;

#[tokio::test]
async fn one_answer_reaches_both_askers() {
    let stand = Stand::registered().await;
    let requester = v1::Role::Requester;
    let council = stand
        .token(requester, "organisations/sefton-council", &[])
        .await;
    let icb = stand.token(requester, "nhs-cheshire", &[]).await;
    submit_twice(&stand, &council, "sefton-council").await;
    submit_twice(&stand, &icb, "organisations/nhs-cheshire").await;
    let person = stand.token(v1::Role::Home, "", &[HOME]).await;
    let form = read_form(&stand, &person).await;
    let summary = form.summary.as_ref().unwrap();
    let counts = (summary.fields, summary.questions, summary.organisations);
    assert_eq!(counts, (2, 1, 2));
    answer(&stand, &person, &form, "4").await;
    let mut collection = CollectionServiceClient::new(stand.channel.clone());
    for (secret, organisation) in [(&council, "sefton-council"), (&icb, "nhs-cheshire")] {
        let list = deliveries_of(organisation);
        let taken = collection
            .list_deliveries(bearing(secret, list))
            .await
            .unwrap();
        let value = taken.get_ref().deliveries[0].value.clone().unwrap().said;
        let Some(v1::delivered_value::Said::Number(number)) = value else {
            panic!("not a number: {value:?}");
        };
        assert_eq!(number.total, "4");
    }
    stand.server.stop().await.unwrap();
}

#[tokio::test]
async fn anothers_deliveries_and_unknown_ones_look_the_same() {
    let stand = Stand::registered().await;
    let council = stand
        .token(v1::Role::Requester, "sefton-council", &[])
        .await;
    let icb = stand.token(v1::Role::Requester, "nhs-cheshire", &[]).await;
    submit_twice(&stand, &icb, "nhs-cheshire").await;
    let mut collection = CollectionServiceClient::new(stand.channel.clone());
    let list = deliveries_of("nhs-cheshire");
    let refused = collection
        .list_deliveries(bearing(&council, list))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(reason(&refused), "PERMISSION_DENIED");
    let list = deliveries_of("nobody");
    let unknown = collection
        .list_deliveries(bearing(&council, list))
        .await
        .unwrap_err();
    assert_eq!(unknown.message(), refused.message());
    assert_eq!(unknown.details(), refused.details());
}

/// Submits an ask and submits it again: the second time nothing is created.
async fn submit_twice(stand: &Stand, secret: &str, organisation: &str) {
    let mut asks = AskServiceClient::new(stand.channel.clone());
    let request = v1::SubmitAskRequest {
        ask: Some(ask(organisation, "beds")),
        request_id: "123e4567-e89b-42d3-a456-426614174000".into(),
        ..v1::SubmitAskRequest::default()
    };
    let first = asks
        .submit_ask(bearing(secret, request.clone()))
        .await
        .unwrap();
    assert_eq!(first.get_ref().outcome(), v1::SubmitOutcome::Created);
    let again = asks.submit_ask(bearing(secret, request)).await.unwrap();
    assert_ne!(again.get_ref().outcome(), v1::SubmitOutcome::Created);
}

async fn read_form(stand: &Stand, person: &str) -> v1::Form {
    let mut forms = FormServiceClient::new(stand.channel.clone()).accept_compressed(Zstd);
    let get = v1::GetFormRequest {
        name: format!("{HOME}/forms/2026-11"),
    };
    let form = forms
        .get_form(bearing(person, get))
        .await
        .unwrap()
        .into_inner();
    form.form.unwrap()
}

/// Answers the first entry, and reads the receipt.
async fn answer(stand: &Stand, person: &str, form: &v1::Form, number: &str) {
    let mut forms = FormServiceClient::new(stand.channel.clone()).send_compressed(Gzip);
    let summary = form.summary.clone().unwrap();
    let answers = v1::SubmitAnswersRequest {
        name: summary.name,
        template: summary.template,
        answers: vec![v1::Answer {
            entry: form.entries[0].id.clone(),
            number: number.into(),
            ..v1::Answer::default()
        }],
        ..v1::SubmitAnswersRequest::default()
    };
    let sent = forms
        .submit_answers(bearing(person, answers))
        .await
        .unwrap();
    let receipt = sent.into_inner().receipt.unwrap();
    assert_eq!(
        receipt.answers[0].releases.len(),
        form.entries[0].demands.len()
    );
    let get = v1::GetReceiptRequest {
        name: receipt.name.clone(),
    };
    let read = forms.get_receipt(bearing(person, get)).await.unwrap();
    assert_eq!(read.into_inner().receipt.unwrap(), receipt);
}

fn deliveries_of(organisation: &str) -> v1::ListDeliveriesRequest {
    v1::ListDeliveriesRequest {
        parent: format!("organisations/{organisation}/asks/beds"),
        ..v1::ListDeliveriesRequest::default()
    }
}

#[tokio::test]
async fn health_is_told_to_whoever_asks_at_any_load() {
    let full = Stand::new(|options| options.calls_max = 0).await;
    let mut health = HealthClient::new(full.channel.clone());
    for service in ["", "askonce.v1.AskService"] {
        let check = HealthCheckRequest {
            service: service.into(),
        };
        let told = health.check(Request::new(check)).await.unwrap();
        assert_eq!(told.get_ref().status, 1, "{service}");
    }
}

#[tokio::test]
async fn lists_go_on_by_tokens_and_a_requester_finds_the_demands_of_all_who_ask() {
    let stand = Stand::registered().await;
    let council = stand
        .token(v1::Role::Requester, "sefton-council", &[])
        .await;
    let mut asks = AskServiceClient::new(stand.channel.clone());
    for organisation in ["sefton-council", "nhs-cheshire"] {
        for name in ["a", "b", "c"] {
            let request = v1::SubmitAskRequest {
                ask: Some(ask(organisation, name)),
                ..v1::SubmitAskRequest::default()
            };
            asks.submit_ask(bearing(&stand.operator, request))
                .await
                .unwrap();
        }
    }
    let mut list = v1::ListAsksRequest {
        parent: "organisations/-".into(),
        page_size: 2,
        ..v1::ListAsksRequest::default()
    };
    let mut names = Vec::new();
    loop {
        let page = asks
            .list_asks(bearing(&council, list.clone()))
            .await
            .unwrap()
            .into_inner();
        names.extend(page.asks.into_iter().map(|ask| ask.name));
        list.page_token = page.next_page_token;
        if list.page_token.is_empty() {
            break;
        }
    }
    let own = ["a", "b", "c"].map(|ask| format!("organisations/sefton-council/asks/{ask}"));
    assert_eq!(names, own);
    let mut insight = InsightServiceClient::new(stand.channel.clone());
    let find = v1::FindDemandsRequest {
        text: "beds available".into(),
        ..v1::FindDemandsRequest::default()
    };
    let of_all = ("", 6);
    let of_one = ("organisations/sefton-council", 3);
    for secret in [&council, &stand.operator] {
        for (organisation, demands) in [of_all, of_one] {
            let find = v1::FindDemandsRequest {
                organisation: organisation.into(),
                ..find.clone()
            };
            let found = insight.find_demands(bearing(secret, find)).await.unwrap();
            assert_eq!(found.into_inner().demands.len(), demands);
        }
    }
}

#[tokio::test]
async fn a_refusal_names_every_fault_by_its_path() {
    let stand = Stand::registered().await;
    let mut wrong = ask("sefton-council", "beds");
    wrong.fields[0].label = String::new();
    wrong.purpose = String::new();
    let request = v1::SubmitAskRequest {
        ask: Some(wrong),
        ..v1::SubmitAskRequest::default()
    };
    let mut asks = AskServiceClient::new(stand.channel.clone());
    let refused = asks
        .submit_ask(bearing(&stand.operator, request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(paths, ["ask.purpose", "ask.fields[0].label"]);
}

#[tokio::test]
async fn who_is_unknown_or_of_another_role_is_told_so_and_no_more() {
    let stand = Stand::new(|_| {}).await;
    let analyst = stand.token(v1::Role::Analyst, "", &[]).await;
    let mut tokens = TokenServiceClient::new(stand.channel.clone());
    let list = v1::ListTokensRequest::default();
    let nobody = tokens
        .list_tokens(Request::new(list.clone()))
        .await
        .unwrap_err();
    assert_eq!(
        (nobody.code(), &*reason(&nobody)),
        (Code::Unauthenticated, "UNAUTHENTICATED")
    );
    let wrong = tokens
        .list_tokens(bearing("askonce_x", list.clone()))
        .await
        .unwrap_err();
    assert_eq!(wrong.code(), Code::Unauthenticated);
    let denied = tokens
        .list_tokens(bearing(&analyst, list.clone()))
        .await
        .unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let listed = tokens
        .list_tokens(bearing(&stand.operator, list))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.tokens.len(), 2);
    let own = listed
        .tokens
        .iter()
        .find(|token| token.role() == v1::Role::Analyst);
    let revoke = v1::RevokeTokenRequest {
        name: own.unwrap().name.clone(),
    };
    tokens
        .revoke_token(bearing(&stand.operator, revoke))
        .await
        .unwrap();
    let mut dictionary = DictionaryServiceClient::new(stand.channel.clone());
    let read = v1::ListElementsRequest::default();
    let revoked = dictionary
        .list_elements(bearing(&analyst, read.clone()))
        .await
        .unwrap_err();
    assert_eq!(revoked.code(), Code::Unauthenticated);
    let read = dictionary
        .list_elements(bearing(&stand.operator, read))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(read.elements.len(), 100);
    assert!(!read.next_page_token.is_empty());
}

#[tokio::test]
async fn over_a_limit_is_an_error_that_names_it() {
    let stand = Stand::new(|_| {}).await;
    let mut asks = AskServiceClient::new(stand.channel.clone());
    let large = v1::GetAskRequest {
        name: "x".repeat(5 << 20),
        ..v1::GetAskRequest::default()
    };
    let refused = asks
        .get_ask(bearing(&stand.operator, large))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
    );
    let full = Stand::new(|options| options.calls_max = 0).await;
    let mut asks = AskServiceClient::new(full.channel.clone());
    let get = v1::GetAskRequest::default();
    let shed = asks
        .get_ask(bearing(&full.operator, get))
        .await
        .unwrap_err();
    assert_eq!(
        (shed.code(), &*reason(&shed)),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    assert!(shed.get_error_details().retry_info().is_some());
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_up_the_stop() {
    let deadline = Duration::from_millis(200);
    let stand = Stand::new(|options| options.drain_deadline = deadline).await;
    let mut silent = TcpStream::connect(stand.server.addr()).await.unwrap();
    // The server knows of the connection once it answers one that was made after it.
    stand.token(v1::Role::Analyst, "", &[]).await;
    let begun = tokio::time::Instant::now();
    stand.server.stop().await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), silent.read_to_end(&mut rest));
    let _ = closed.await.expect("the connection is closed");
}

#[tokio::test]
async fn a_connection_that_stays_silent_is_closed() {
    let stand = Stand::new(|options| options.silence_deadline = Duration::from_millis(50)).await;
    let mut silent = TcpStream::connect(stand.server.addr()).await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), silent.read_to_end(&mut rest));
    let _ = closed.await.expect("the connection is closed");
}

#[tokio::test]
async fn a_folder_keeps_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Embedded(folder.path().join("data"));
    let grant = Grant::unbound(Role::Operator);
    let first = super::issue_offline(&data, "the first operator", grant)
        .await
        .unwrap();
    for _ in 0..2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::start(Options::new(data.clone()), listener)
            .await
            .unwrap();
        let address = format!("http://{}", server.addr());
        let mut tokens = TokenServiceClient::connect(address).await.unwrap();
        let list = v1::ListTokensRequest::default();
        let listed = tokens
            .list_tokens(bearing(&first, list))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(listed.tokens.len(), 1);
        drop(tokens);
        server.stop().await.unwrap();
    }
}

#[tokio::test]
async fn plain_text_stays_on_loopback_unless_allowed() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = Server::start(Options::new(Data::Memory), listener).await;
    assert!(refused.err().unwrap().to_string().contains("not loopback"));
}
