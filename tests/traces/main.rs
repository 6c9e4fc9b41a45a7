//! Traces, as a collector sees them that the real program sends them to: what leads where, and that
//! nothing is in them that was said. Only with the feature `otlp`.

#[path = "../story/ask_client.rs"]
#[expect(dead_code, reason = "what others do with asks")]
mod ask_client;
#[path = "../story/command_line.rs"]
mod command_line;
#[path = "../story/program.rs"]
mod program;
#[path = "../story/registrar.rs"]
#[expect(dead_code, reason = "what others do with the register")]
mod registrar;
#[path = "../../src/cli/traces/sampler.rs"]
mod sampler;
#[path = "../throwaway/postgres.rs"]
#[expect(dead_code, reason = "dumps and poolers are for others")]
mod throwaway;
#[path = "../story/world.rs"]
#[expect(dead_code, reason = "there is more to the world than traces")]
mod world;

mod away;
mod calls;
mod collector;
mod database;

use std::net::Ipv4Addr;

use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use serde_json::json;
use tokio::net::TcpListener;
use tonic::Status;

use self::world::{Client, HOME, ask};

/// A label and a figure that stand nowhere else.
const LABEL: &str = "Number of quokkas in residence";
const FIGURE: &str = "73519264";

/// The ask of the stories.
const ASK: &str = "organisations/sefton-council/asks/census";

/// What a caller says of its own span, as W3C trace context has it, and how that is known.
struct Caller {
    trace: &'static str,
    span: &'static str,
    traceparent: &'static str,
}

/// One who traces its call.
const TRACING: Caller = Caller {
    trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    span: "00f067aa0ba902b7",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
};

/// One who does not.
const NOT_TRACING: Caller = Caller {
    trace: "0af7651916cd43dd8448eb211c80319c",
    span: "b7ad6b7169203331",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
};

/// A listener of this machine, and where it is.
async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A body and a home, for an ask.
async fn settle(operator: &Client) {
    operator
        .register_organisation("sefton-council", "council")
        .await;
    operator.grant("sefton-council", &["E08000014"], &[]).await;
    operator.register_homes(&[HOME], "E08000014").await;
}

/// Submits the ask within a caller's span.
async fn submit(client: &Client, caller: &Caller) -> Result<v1::SubmitAskResponse, Status> {
    let fields = json!([{"name": "quokkas", "label": LABEL, "type": "count", "timing": "as-at"}]);
    let asked = ask("sefton-council", "census", fields);
    let message = v1::SubmitAskRequest {
        ask: Some(asked.try_into().unwrap()),
        ..v1::SubmitAskRequest::default()
    };
    let mut request = client.request(message);
    let metadata = request.metadata_mut();
    metadata.insert("traceparent", caller.traceparent.parse().unwrap());
    metadata.insert("tracestate", "vendor=wombat".parse().unwrap());
    let mut asks = AskServiceClient::new(client.channel());
    Ok(asks.submit_ask(request).await?.into_inner())
}
