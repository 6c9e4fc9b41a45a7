//! What callers do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use askonce::grpc::v1::form_service_client::FormServiceClient;

use tonic::Request;
use tonic::transport::Channel;

use super::broker::{AREA, As, Broker, ORGANISATION, home};

/// The month that forms are for.
const PERIOD: &str = "2026-11";

/// Numbers no two asks alike.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A home whose form nobody reads: thousands of asks gather on it.
const ASKED_HOME: u32 = 5_000;

/// One home of the area.
pub(crate) fn one_home() -> v1::Targets {
    v1::Targets {
        homes: vec![format!("homes/{}", home(ASKED_HOME))],
        ..v1::Targets::default()
    }
}

/// Every home of the area.
pub(crate) fn all_homes() -> v1::Targets {
    v1::Targets {
        areas: vec![AREA.into()],
        ..v1::Targets::default()
    }
}

/// Fields of an ask where nothing else is said.
pub(crate) const FIELDS: u64 = 10;

/// Submits an ask of ten fields, half of them asked by others too.
pub(crate) async fn submit(broker: Arc<Broker>, caller: usize, targets: v1::Targets) {
    submit_fields(broker, caller, targets, FIELDS).await;
}

/// Submits an ask of so many fields, half of them asked by others too.
pub(crate) async fn submit_fields(
    broker: Arc<Broker>,
    caller: usize,
    targets: v1::Targets,
    fields: u64,
) {
    let mut asks = AskServiceClient::new(broker.channel(caller));
    let request = broker.request(As::Requester, next_ask(targets, fields));
    asks.submit_ask(request).await.expect("the ask is accepted");
}

/// Sends the same to whoever takes it.
pub(crate) async fn submit_to(channel: Channel, targets: v1::Targets) {
    let mut asks = AskServiceClient::new(channel);
    let request = Request::new(next_ask(targets, FIELDS));
    asks.submit_ask(request).await.expect("the ask is accepted");
}

/// An ask that nobody submitted before.
fn next_ask(targets: v1::Targets, fields: u64) -> v1::SubmitAskRequest {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let field = |place: u64| {
        let label = match place % 2 {
            0 => format!("Number of beds of kind {}", (number + place) % 200),
            _ => format!("Number of things of kind {number} and {place}"),
        };
        count_field(place, label)
    };
    // Of another month than the forms that are read, which would change under their readers.
    let ask = v1::Ask {
        periods: vec!["2026-10".into()],
        targets: Some(targets),
        fields: (0..fields).map(field).collect(),
        ..head(&format!("ask-{number}"))
    };
    v1::SubmitAskRequest {
        ask: Some(ask),
        request_id: format!("{number:032x}"),
        ..v1::SubmitAskRequest::default()
    }
}

/// Two asks of the same sixty fields to the homes that managers answer for.
pub(crate) async fn ask_for_sixty(broker: &Broker) -> anyhow::Result<()> {
    let field = |place| count_field(place, format!("How many things of kind {place} are there?"));
    let fields: Vec<v1::Field> = (0..60).map(field).collect();
    let mut asks = AskServiceClient::new(broker.channel(0));
    for number in 0..2 {
        let ask = v1::Ask {
            purpose: format!("purpose {number}"),
            periods: vec![PERIOD.into()],
            targets: Some(v1::Targets {
                homes: (0..100).map(|n| format!("homes/{}", home(n))).collect(),
                ..v1::Targets::default()
            }),
            fields: fields.clone(),
            ..head(&format!("sixty-{number}"))
        };
        let message = v1::SubmitAskRequest {
            ask: Some(ask),
            ..v1::SubmitAskRequest::default()
        };
        asks.submit_ask(broker.request(As::Requester, message))
            .await?;
    }
    Ok(())
}

/// Reads a home's form.
pub(crate) async fn get_form(broker: &Broker, caller: usize, number: u32) -> v1::GetFormResponse {
    let mut forms = FormServiceClient::new(broker.channel(caller));
    let name = format!("homes/{}/forms/{PERIOD}", home(number));
    let request = broker.request(As::Manager, v1::GetFormRequest { name });
    let answered = forms.get_form(request).await;
    answered.expect("the form is there").into_inner()
}

/// Reads a home's form and answers ten of its questions.
pub(crate) async fn answer(broker: &Broker, caller: usize, number: u32) {
    let form = get_form(broker, caller, number).await.form;
    let form = form.expect("a form comes back");
    let answers = form.entries.iter().take(10).map(|entry| v1::Answer {
        entry: entry.id.clone(),
        number: (number % 90).to_string(),
        ..v1::Answer::default()
    });
    let message = v1::SubmitAnswersRequest {
        name: format!("homes/{}/forms/{PERIOD}", home(number)),
        template: form
            .summary
            .map(|summary| summary.template)
            .unwrap_or_default(),
        answers: answers.collect(),
        ..v1::SubmitAnswersRequest::default()
    };
    let mut forms = FormServiceClient::new(broker.channel(caller));
    let request = broker.request(As::Manager, message);
    forms
        .submit_answers(request)
        .await
        .expect("answers are taken");
}

/// Reads a page of an ask's deliveries.
pub(crate) async fn list_deliveries(broker: &Broker, caller: usize) {
    let message = v1::ListDeliveriesRequest {
        parent: format!("organisations/{ORGANISATION}/asks/sixty-0"),
        page_size: 100,
        ..v1::ListDeliveriesRequest::default()
    };
    let mut deliveries = CollectionServiceClient::new(broker.channel(caller));
    let request = broker.request(As::Requester, message);
    let listed = deliveries.list_deliveries(request).await;
    listed.expect("deliveries are listed");
}

fn head(ask: &str) -> v1::Ask {
    v1::Ask {
        organisation: ORGANISATION.into(),
        ask: ask.into(),
        purpose: "contract and quality monitoring".into(),
        legal_basis: "6(1)(e)".into(),
        ..v1::Ask::default()
    }
}

fn count_field(place: u64, label: String) -> v1::Field {
    v1::Field {
        name: format!("f{place}"),
        label,
        timing: "as-at".into(),
        r#type: v1::FieldType::Count.into(),
        min: "0".into(),
        max: "999".into(),
        ..v1::Field::default()
    }
}
