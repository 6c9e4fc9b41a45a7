//! Nonsense sent to every method: the broker answers it with a typed error, says nothing of its
//! inside, never breaks, and serves the next caller.

mod bodies;
mod fills;

use std::sync::{Mutex, Once};

use futures_util::StreamExt;
use prost::Message;
use prost_reflect::MethodDescriptor;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use askonce::grpc::policy::TABLE;
use askonce::grpc::v1;
use askonce::grpc::v1::registry_service_client::RegistryServiceClient;

use super::access::addressed;
use super::access::ground::Ground;
use super::access::wire::{self, Reply};
use super::world::World;

/// Calls that are sent at once to one method.
const AT_ONCE: usize = 16;

/// The threads of brokers that are attacked: a panic on one of them is the broker's.
const BROKER_THREAD: &str = "attacked-broker";

/// The only codes that nonsense may be answered with.
const CODES: [Code; 9] = [
    Code::Ok,
    Code::InvalidArgument,
    Code::NotFound,
    Code::AlreadyExists,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::PermissionDenied,
    Code::ResourceExhausted,
    Code::Unimplemented,
];

/// What no answer may hold: our files, types and libraries, and the words of a broken program.
const INSIDE: [&str; 14] = [
    ".rs",
    "src/",
    "target/",
    "::",
    "panicked",
    "unwrap",
    "RefCell",
    "prost",
    "tonic",
    "tokio",
    "sled",
    "serde",
    "backtrace",
    "Option<",
];

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Runs a story on threads whose panics are kept apart, and fails if there was one.
fn attacked(story: impl Future<Output = ()>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() == Some(BROKER_THREAD) {
                PANICS.lock().unwrap().push(panic.to_string());
            }
            before(panic);
        }));
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name(BROKER_THREAD)
        // One is enough, and leaves the other stories a core.
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(story);
    let panics = std::mem::take(&mut *PANICS.lock().unwrap());
    assert!(panics.is_empty(), "the broker panicked: {panics:#?}");
}

#[test]
fn every_method_answers_nonsense_with_a_typed_error_and_the_broker_serves_on() {
    attacked(async {
        let ground = Ground::new().await;
        let mut complaints = Vec::new();
        let mut sent = 0;
        for method in wire::methods() {
            let cases = bodies::all(&base(&method, &ground));
            sent += cases.len();
            complaints.extend(attack(&ground, &method, cases).await);
            assert!(
                serves(&ground.channel).await,
                "dead after {}",
                wire::short(&method)
            );
        }
        assert!(sent > 2_000, "only {sent} cases were made");
        let all = complaints.len();
        complaints.truncate(60);
        assert!(all == 0, "{all} of {sent}:\n{}\n", complaints.join("\n"));
        ground.clear().await;
    });
}

/// A request about the caller's own: what is sent differs from it in one thing.
fn base(method: &MethodDescriptor, ground: &Ground) -> prost_reflect::DynamicMessage {
    let members = addressed::members(method).unwrap_or_else(|why| panic!("{why}"));
    addressed::request(method, members, ground, None)
}

/// Sends each case as a caller whom the policy lets in, and says what is wrong with the answers.
async fn attack(
    ground: &Ground,
    method: &MethodDescriptor,
    cases: Vec<bodies::Case>,
) -> Vec<String> {
    let path = wire::path(method);
    let row = TABLE.iter().find(|(row, _)| *row == path);
    let (_, grants) = row.unwrap_or_else(|| panic!("{path}: who may call it?"));
    let secret = grants.iter().find_map(|(role, _)| {
        let mut tokens = ground.roles.iter();
        tokens
            .find(|(other, _)| other == role)
            .map(|(_, secret)| secret)
    });
    let secret = secret.expect("somebody may call it");
    let answers = futures_util::stream::iter(cases).map(|case| async move {
        let sending = wire::call(
            &ground.channel,
            method,
            Some(secret),
            case.headers,
            case.body,
        );
        (case.what, sending.await)
    });
    let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
    let wrong = answers.iter().flat_map(|(what, reply)| {
        let method = wire::short(method);
        let complaints = complaints(reply).into_iter();
        complaints.map(move |complaint| format!("{method}: {what}: {complaint}"))
    });
    wrong.collect()
}

/// What is wrong with an answer.
fn complaints(reply: &Reply) -> Vec<String> {
    let status = &reply.status;
    let mut found = Vec::new();
    if !CODES.contains(&status.code()) {
        found.push(format!("{:?} ({})", status.code(), status.message()));
    }
    if status.code() == Code::Ok {
        return found;
    }
    let details = status.get_error_details();
    let domain = details.error_info().map(|info| info.domain.as_str());
    if domain != Some("askonce") {
        let said = (status.code(), status.message());
        found.push(format!("without a reason: {said:?}"));
    }
    let said = format!("{} {details:?}", status.message());
    // The debug form of the details names google.rpc's own types without their paths.
    let leaks = INSIDE.iter().filter(|word| said.contains(*word));
    found.extend(leaks.map(|word| format!("tells `{word}` of the inside: {said}")));
    found
}

async fn serves(channel: &Channel) -> bool {
    let mut health = HealthClient::new(channel.clone());
    let checked = health.check(HealthCheckRequest::default()).await;
    checked.is_ok_and(|reply| reply.into_inner().status == ServingStatus::Serving as i32)
}

#[test]
fn a_message_that_unpacks_to_more_than_may_be_is_refused() {
    attacked(async {
        let world = World::new().await;
        let channel = Channel::from_shared(world.address()).unwrap();
        let channel = channel.connect().await.unwrap();
        let operator = world.operator().await;
        let bomb = v1::GetHomeRequest {
            name: "0".repeat(64 * 1024 * 1024),
        };
        for packing in [
            tonic::codec::CompressionEncoding::Gzip,
            tonic::codec::CompressionEncoding::Zstd,
        ] {
            let registry = RegistryServiceClient::new(channel.clone());
            let mut request = Request::new(bomb.clone());
            let bearer = format!("Bearer {}", operator.secret()).parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
            let refused = registry.send_compressed(packing).get_home(request).await;
            let status = refused.unwrap_err();
            assert_eq!(
                status.code(),
                Code::ResourceExhausted,
                "{packing}: {status}"
            );
            let details = status.get_error_details();
            let reason = details.error_info().map(|info| info.reason.clone());
            assert_eq!(reason.as_deref(), Some("MESSAGE_TOO_LARGE"), "{packing}");
        }
        assert!(serves(&channel).await);
        assert!(bomb.encoded_len() > askonce::grpc::MESSAGE_BYTES_MAX);
        drop(channel);
        world.stop().await;
    });
}

#[test]
fn what_to_look_for_is_found_in_an_answer() {
    let reply = |status| Reply {
        status,
        messages: Vec::new(),
    };
    let bare = complaints(&reply(tonic::Status::internal("src/store.rs panicked")));
    assert_eq!(bare.len(), 5, "{bare:?}");
    let fine = complaints(&reply(tonic::Status::ok("")));
    assert!(fine.is_empty(), "{fine:?}");
}
