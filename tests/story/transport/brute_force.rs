//! Whoever guesses is slowed down, and nobody else.

use std::time::Duration;

use askonce::domain::access::{Grant, Role};
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use super::issuer::{Signer, claims, taken};
use super::{Site, call, outcome};
use crate::world::reason;

/// Failures that are taken here.
const FAILURES: u32 = 5;

#[tokio::test]
async fn guesses_are_told_to_wait_and_valid_tokens_pass_from_the_same_address() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("jwks.json");
    let signer = Signer::edwards();
    std::fs::write(&keys, json!({"keys": [signer.public("e")]}).to_string()).unwrap();
    let site = Site::new(|options| {
        options.access.jwt = Some(taken(keys));
        options.failures.failures_max = FAILURES;
        options.failures.forgiven_after = Duration::from_secs(3_600);
    })
    .await;
    let channel = site.plain().await;
    site.fill(&channel).await;
    let used = site.secret(Grant::unbound(Role::Operator)).await;
    let fresh = site.secret(Grant::unbound(Role::Analyst)).await;
    let header = json!({"alg": "EdDSA", "kid": "e"});
    let jwt = |subject: &str| {
        let mut claims = claims();
        claims["sub"] = json!(subject);
        signer.sign(&header, &claims)
    };
    let (known, late) = (jwt("known"), jwt("late"));
    assert_eq!(outcome(&channel, &known).await, Code::Ok);
    // To show nothing is no guess.
    for _ in 0..20 {
        assert_eq!(outcome(&channel, "").await, Code::Unauthenticated);
    }
    for guess in 0..FAILURES {
        let code = outcome(&channel, &format!("askonce_guess{guess}")).await;
        assert_eq!(code, Code::Unauthenticated, "{guess}");
    }
    for guess in ["askonce_another", "a.b.c", "nonsense"] {
        let refused = call(&channel, guess).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{guess}");
        assert_eq!(reason(&refused), "TOO_MANY_ATTEMPTS");
        let details = refused.get_error_details();
        let wait = details.retry_info().and_then(|info| info.retry_delay);
        assert!(
            wait.is_some_and(|wait| wait > Duration::from_secs(60)),
            "{wait:?}"
        );
    }
    // From another connection, too; and whoever has a token passes, used before or not.
    let other = site.plain().await;
    assert_eq!(
        outcome(&other, "askonce_another").await,
        Code::ResourceExhausted
    );
    assert_eq!(outcome(&other, &used).await, Code::Ok);
    assert_eq!(outcome(&channel, &fresh).await, Code::Ok);
    // A JWT that was let in before passes; the signature of another is not looked at for now.
    assert_eq!(outcome(&channel, &known).await, Code::Ok);
    assert_eq!(outcome(&channel, &late).await, Code::ResourceExhausted);
    assert_eq!(outcome(&channel, "").await, Code::Unauthenticated);
}
