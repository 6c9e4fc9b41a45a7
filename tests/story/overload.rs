//! Ten times what a broker takes: what it takes is done, the rest is told to come back, and then all
//! is as before.

use std::net::IpAddr;

use askonce::domain::access::{Grant, Role};
use askonce::grpc::v1;
use askonce::server::{Data, Options, Server};
use tokio::net::TcpListener;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use super::half_sent::HalfSent;
use super::world::reason;

/// Calls that the broker takes at once.
const CAPACITY: usize = 8;
/// Callers at once.
const CALLERS: usize = 10 * CAPACITY;

const PATH: &str = "/askonce.v1.DictionaryService/ListElements";

/// A caller of its own name and address.
struct Caller {
    channel: Channel,
    secret: String,
}

impl Caller {
    async fn new(server: &Server, number: usize) -> Self {
        let grant = Grant::unbound(Role::Analyst);
        let secret = server.issue_token("a caller", grant).await.unwrap();
        let host = u8::try_from(number + 2).unwrap();
        let channel = Channel::from_shared(format!("http://{}", server.addr()))
            .unwrap()
            .local_address(Some(IpAddr::from([127, 0, 0, host])))
            .connect()
            .await
            .unwrap();
        Self { channel, secret }
    }

    /// Begins a call, which is in flight until it is ended.
    fn begin(&self) -> HalfSent {
        let message = v1::ListElementsRequest {
            page_size: 1,
            ..v1::ListElementsRequest::default()
        };
        HalfSent::begin(&self.channel, PATH, &self.secret, &message)
    }

    async fn is_well(&self) -> bool {
        let mut health = HealthClient::new(self.channel.clone());
        let told = health.check(HealthCheckRequest::default()).await;
        told.unwrap().into_inner().status == 1
    }
}

fn is_shed(refused: &Status) {
    assert_eq!(
        (refused.code(), &*reason(refused)),
        (Code::ResourceExhausted, "OVERLOADED"),
        "{refused:?}"
    );
    assert!(refused.get_error_details().retry_info().is_some());
}

/// All callers at once: how many were served. The rest was shed, without waiting for them.
async fn wave(callers: &[Caller]) -> usize {
    let mut waiting: Vec<HalfSent> = callers.iter().map(Caller::begin).collect();
    let mut shed = 0;
    while waiting.len() > CAPACITY {
        let (answered, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(HalfSent::is_answered);
        for call in answered {
            is_shed(&call.end().await.unwrap_err());
            shed += 1;
        }
        waiting = rest;
        tokio::task::yield_now().await;
    }
    assert_eq!(shed, callers.len() - CAPACITY);
    let one_too_many = callers[0].begin().end().await;
    is_shed(&one_too_many.unwrap_err());
    assert!(callers[0].is_well().await, "health answers at any load");
    let mut served = 0;
    for call in waiting {
        call.end().await.expect("what was let in is done");
        served += 1;
    }
    served
}

#[tokio::test]
async fn at_ten_times_its_capacity_a_broker_does_what_it_can_and_sheds_the_rest() {
    if !cfg!(target_os = "linux") {
        assert_ne!(
            std::env::var("ASKONCE_TESTS_SKIP").as_deref(),
            Ok("forbid"),
            "callers cannot have addresses of their own here"
        );
        eprintln!("SKIPPED: callers cannot have addresses of their own here, as they can on Linux");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        calls_max: CAPACITY,
        ..Options::new(Data::Memory)
    };
    let server = Server::start(options, listener).await.unwrap();
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        callers.push(Caller::new(&server, number).await);
    }
    // Each wave needs all seats: those of the last are free again, to the last one.
    for number in 0..3 {
        assert_eq!(wave(&callers).await, CAPACITY, "wave {number}");
    }
    for caller in &callers {
        caller.begin().end().await.expect("there is room again");
    }
    drop(callers);
    server.stop().await.unwrap();
}
