//! Streams of deliveries that end when what opened them no longer would.

use askonce::server::{CertificateName, JWT_LEEWAY};
use tonic::Code;
use tonic::transport::Channel;

use super::super::collecting::ended;
use super::certificates::Known;
use super::issuer::now;
use super::jwt::Issued;
use super::{outcome, requester};
use crate::world::Client;

const COUNCIL: &str = "organisations/council/asks/-";
const ICB: &str = "organisations/icb/asks/-";

/// Seconds that a JWT has left: enough to open a stream on a busy machine.
const LEFT_S: i64 = 4;

fn over(channel: &Channel, bearer: &str) -> Client {
    Client::over(channel.clone(), bearer.to_owned())
}

#[tokio::test]
async fn a_stream_opened_with_a_jwt_ends_when_that_expires() {
    let issued = Issued::new(|_| {}).await;
    let leeway = i64::try_from(JWT_LEEWAY.as_secs()).unwrap();
    let short = issued.until(now() + LEFT_S - leeway);
    let long = issued.until(now() + 300);
    let mut lasting = over(&issued.channel, &long).watch(COUNCIL, "").await;
    let mut stream = over(&issued.channel, &short).watch(COUNCIL, "").await;
    assert!(stream.message().await.unwrap().is_some(), "it is open");
    assert_eq!(ended(&mut stream).await.code(), Code::Unauthenticated);
    assert_eq!(
        outcome(&issued.channel, &short).await,
        Code::Unauthenticated
    );
    // Another one of the same subject goes on.
    for _ in 0..3 {
        assert!(lasting.message().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_stream_opened_by_certificate_ends_when_its_name_leaves_the_table_or_is_anothers() {
    let known = Known::new(|_| {}).await;
    known.site.fill(&known.channel(None).await).await;
    let council = known.channel(Some(&known.council)).await;
    let icb = known.channel(Some(&known.icb)).await;
    let mut stream = over(&council, "").watch(COUNCIL, "").await;
    let mut others = over(&icb, "").watch(ICB, "").await;
    assert!(stream.message().await.unwrap().is_some(), "it is open");
    let digest = CertificateName::Sha256(known.icb.sha256);
    let rest = [(digest.clone(), requester("icb"))].into();
    known.site.server.set_certificates(rest);
    assert_eq!(ended(&mut stream).await.code(), Code::Unauthenticated);
    for _ in 0..2 {
        assert!(others.message().await.unwrap().is_some(), "it goes on");
    }
    let another = [(digest, requester("council"))].into();
    known.site.server.set_certificates(another);
    assert_eq!(ended(&mut others).await.code(), Code::Unauthenticated);
}
