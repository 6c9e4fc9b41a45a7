//! A token gets another secret without a break, and one that is revoked opens nothing at once.

use askonce::broker::{Caller, NewToken, Shown, Verdict};
use askonce::domain::access::{Grant, Proof, Role};
use askonce::domain::id::OrganisationId;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::succession::Succession;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::server::Data;
use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::registrar::{Clocked, itself};
use super::world::{Client, World, paths, reason};

const CALLS: usize = 40;

async fn issue(operator: &Client, role: v1::Role) -> (String, String) {
    let request = operator.request(v1::IssueTokenRequest {
        label: "a system".into(),
        role: role.into(),
        ..v1::IssueTokenRequest::default()
    });
    let issued = operator
        .tokens()
        .issue_token(request)
        .await
        .unwrap()
        .into_inner();
    (issued.token.unwrap().name, issued.secret)
}

async fn rotate(
    operator: &Client,
    name: &str,
    overlap_seconds: i64,
) -> Result<v1::RotateTokenResponse, Status> {
    let request = operator.request(v1::RotateTokenRequest {
        name: name.into(),
        overlap: Some(prost_types::Duration {
            seconds: overlap_seconds,
            nanos: 0,
        }),
    });
    Ok(operator.tokens().rotate_token(request).await?.into_inner())
}

async fn revoke(operator: &Client, name: &str) -> Result<(), Status> {
    let request = operator.request(v1::RevokeTokenRequest { name: name.into() });
    operator.tokens().revoke_token(request).await?;
    Ok(())
}

async fn calls(client: &Client) -> Result<(), Status> {
    client
        .list_homes(v1::ListHomesRequest::default())
        .await
        .map(|_| ())
}

async fn list(operator: &Client, role: v1::Role, live: bool) -> Vec<v1::Token> {
    let request = operator.request(v1::ListTokensRequest {
        role: role.into(),
        live,
        ..v1::ListTokensRequest::default()
    });
    operator
        .tokens()
        .list_tokens(request)
        .await
        .unwrap()
        .into_inner()
        .tokens
}

#[tokio::test]
async fn calls_with_the_old_and_the_new_secret_all_pass_while_a_token_is_rotated() {
    let world = World::new().await;
    let operator = world.operator().await;
    let (name, secret) = issue(&operator, v1::Role::Steward).await;
    let old = world.client(secret);
    let under_load = async {
        for _ in 0..CALLS {
            calls(&old).await.unwrap();
        }
    };
    let (rotated, ()) = tokio::join!(rotate(&operator, &name, 3_600), under_load);
    let rotated = rotated.unwrap();
    let token = rotated.token.unwrap();
    assert_eq!(
        (token.name.as_str(), token.former_end_at.len()),
        (name.as_str(), 1)
    );
    let new = world.client(rotated.secret);
    for _ in 0..CALLS {
        let (one, other) = tokio::join!(calls(&old), calls(&new));
        one.unwrap();
        other.unwrap();
    }
    // Without an overlap, the secret before ends at once; that before it has its own end.
    let last = rotate(&operator, &name, 0).await.unwrap();
    assert_eq!(calls(&new).await.unwrap_err().code(), Code::Unauthenticated);
    calls(&old).await.unwrap();
    calls(&world.client(last.secret.clone())).await.unwrap();
    // Revoking ends all of them.
    revoke(&operator, &name).await.unwrap();
    for client in [old, world.client(last.secret)] {
        assert_eq!(
            calls(&client).await.unwrap_err().code(),
            Code::Unauthenticated
        );
    }
    let refused = rotate(&operator, &name, 60).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "TOKEN_ENDED")
    );
    world.stop().await;
}

#[tokio::test]
async fn a_former_secret_ends_with_its_overlap_to_the_moment() {
    let clocked = Clocked::at("2026-11-21T12:00:00Z");
    let (broker, caller) = (&clocked.broker, itself());
    let new = NewToken {
        label: "a system".into(),
        grant: Grant::unbound(Role::Steward),
        expires_at: Some("2026-12-01T00:00:00Z".parse().unwrap()),
    };
    let issued = broker.issue_token(&caller, new).await.unwrap();
    let id = &issued.token.id;
    let hour = Some(SignedDuration::from_hours(1));
    let rotated = broker.rotate_token(&caller, id, hour).await.unwrap();
    let opens = async |secret: &str| {
        let shown = Shown {
            bearer: Some(secret),
            ..Shown::default()
        };
        match broker.authenticate(shown).await.unwrap() {
            Verdict::Known(caller) => Some(caller),
            _ => None,
        }
    };
    for (now, old, new) in [
        ("2026-11-21T12:59:59Z", true, true),
        ("2026-11-21T13:00:00Z", false, true),
        ("2026-12-01T00:00:00Z", false, false),
    ] {
        clocked.turn(now);
        let found = (
            opens(&issued.secret).await,
            opens(&rotated.issued.secret).await,
        );
        assert_eq!((found.0.is_some(), found.1.is_some()), (old, new), "{now}");
        if let (Some(old), Some(new)) = found {
            assert_eq!(old, new, "it is the same caller");
        }
    }
}

#[tokio::test]
async fn a_stream_goes_on_while_its_caller_may_read() {
    let clocked = Clocked::at("2026-11-21T12:00:00Z");
    let (broker, caller) = (&clocked.broker, itself());
    for id in ["old-council", "new-council"] {
        let row = RawOrganisation {
            id: id.into(),
            name: id.into(),
            kind: "council".into(),
            ..RawOrganisation::default()
        };
        broker.import_organisation(&caller, row).await.unwrap();
    }
    let old: OrganisationId = "old-council".parse().unwrap();
    let grant = |id: &str| Grant::parse("requester", id, &[]).unwrap();
    let new = NewToken {
        label: "a system".into(),
        grant: grant("new-council"),
        expires_at: None,
    };
    let issued = broker.issue_token(&caller, new).await.unwrap();
    let known = |token_id: &str, id: &str, proof: Proof| Caller {
        token_id: token_id.into(),
        grant: grant(id),
        proof,
    };
    let until = jiff::Timestamp::MAX;
    let hash = issued.token.hash;
    let successor = known(&issued.token.id, "new-council", Proof::Token { hash });
    let within = known("within", "old-council", Proof::Process);
    let by_jwt = known("jwt:a-system", "old-council", Proof::Jwt { until });
    let by_certificate = known("cert:urn:a-system", "old-council", Proof::Certificate);
    let by_none = known("t_none", "old-council", Proof::Token { hash });
    let read = async |caller: &Caller| broker.may_still_read(caller, &old).await.unwrap();
    assert!(!read(&successor).await, "it is another's yet");
    assert!(read(&within).await, "no token need stand behind it");
    assert!(!read(&by_jwt).await, "its issuer is taken no longer");
    assert!(!read(&by_none).await, "no such token was ever issued");
    assert!(!read(&by_certificate).await, "the table has it no longer");
    let succession = Succession {
        predecessor: old.clone(),
        successor: Some("new-council".parse().unwrap()),
        on: "2026-11-21".parse().unwrap(),
    };
    broker
        .succeed_organisation(&caller, succession, "", "")
        .await
        .unwrap();
    assert!(read(&successor).await);
    assert!(!read(&within).await, "its organisation has ended");
    broker
        .revoke_token(&caller, &issued.token.id)
        .await
        .unwrap();
    assert!(!read(&successor).await);
}

#[tokio::test]
async fn rotation_is_bounded() {
    let world = World::new().await;
    let operator = world.operator().await;
    let (name, _) = issue(&operator, v1::Role::Analyst).await;
    for wrong in [-1, 30 * 86_400 + 1] {
        assert_eq!(
            paths(&rotate(&operator, &name, wrong).await.unwrap_err()),
            ["overlap"]
        );
    }
    assert_eq!(
        rotate(&operator, "tokens/t_none", 1)
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    for _ in 0..3 {
        rotate(&operator, &name, 3_600).await.unwrap();
    }
    let refused = rotate(&operator, &name, 3_600).await.unwrap_err();
    assert_eq!(reason(&refused), "TOO_MANY_SECRETS");
    let council = world.requester("sefton-council").await;
    assert_eq!(
        rotate(&council, &name, 1).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    world.stop().await;
}

#[tokio::test]
async fn the_last_operator_stays_and_tokens_are_listed_by_role_and_life() {
    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let own = list(&operator, v1::Role::Operator, true).await;
    assert_eq!(own.len(), 1);
    let refused = revoke(&operator, &own[0].name).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "LAST_OPERATOR")
    );
    let (other, secret) = issue(&operator, v1::Role::Operator).await;
    issue(&operator, v1::Role::Analyst).await;
    let second = world.client(secret);
    // Each revokes the other at once: one of them stays.
    let (one, two) = tokio::join!(revoke(&operator, &other), revoke(&second, &own[0].name));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let left = if one.is_ok() { &operator } else { &second };
    assert_eq!(list(left, v1::Role::Operator, true).await.len(), 1);
    assert_eq!(list(left, v1::Role::Operator, false).await.len(), 2);
    assert_eq!(list(left, v1::Role::Unspecified, false).await.len(), 3);
    assert_eq!(list(left, v1::Role::Home, false).await.len(), 0);
    world.stop().await;
}

#[tokio::test]
async fn a_stream_of_asks_ends_when_its_token_is_revoked() {
    let world = World::new().await;
    let operator = world.operator().await;
    let (name, secret) = issue(&operator, v1::Role::Steward).await;
    let steward = world.client(secret);
    let (sender, sent) = mpsc::channel(1);
    let request = steward.request(ReceiverStream::new(sent));
    let mut asks = AskServiceClient::new(steward.channel());
    let submitting = asks.submit_asks(request).await;
    let mut results = submitting.unwrap().into_inner();
    let empty = v1::SubmitAsksRequest {
        ask: Some(v1::Ask::default()),
        ..v1::SubmitAsksRequest::default()
    };
    sender.send(empty.clone()).await.unwrap();
    let judged = results.next().await.unwrap().unwrap();
    assert!(
        judged.refusal.is_some(),
        "it is judged, and not well formed"
    );
    revoke(&operator, &name).await.unwrap();
    sender.send(empty).await.unwrap();
    let ended = results.next().await.unwrap().unwrap_err();
    assert_eq!(ended.code(), Code::Unauthenticated);
    world.stop().await;
}
