//! No secret reaches a log, however much is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use askonce::domain::access::{Grant, Role};
use serde_json::json;
use tonic::Code;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::authority::{Authority, Files};
use super::issuer::{Signer, claims, taken};
use super::{Site, outcome};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn secrets_appear_in_no_log_and_a_lock_out_in_one_line() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // Beside a lone subscriber, what is logged first on another story's thread, which has none, would
    // count as unwanted by all.
    let _beside = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    // The server's tasks run on this very thread.
    let guard = tracing::subscriber::set_default(subscriber);
    let authority = Authority::new();
    let files = Files::new(&authority.server());
    let signer = Signer::edwards();
    files.write(
        "jwks.json",
        &json!({"keys": [signer.public("e")]}).to_string(),
    );
    let site = Site::new(|options| {
        options.access.tls = Some(files.tls());
        options.access.jwt = Some(taken(files.path("jwks.json")));
        options.failures.failures_max = 3;
    })
    .await;
    let channel = site.encrypted(&authority, None).await.unwrap();
    site.fill(&channel).await;
    let secret = site.secret(Grant::unbound(Role::Operator)).await;
    let jwt = signer.sign(&json!({"alg": "EdDSA", "kid": "e"}), &claims());
    let expired = {
        let mut claims = claims();
        claims["exp"] = json!(1);
        signer.sign(&json!({"alg": "EdDSA", "kid": "e"}), &claims)
    };
    assert_eq!(outcome(&channel, &secret).await, Code::Ok);
    assert_eq!(outcome(&channel, &jwt).await, Code::Ok);
    assert_eq!(outcome(&channel, &expired).await, Code::Unauthenticated);
    let wrong = "askonce_wrongwrongwrong";
    for _ in 0..6 {
        outcome(&channel, wrong).await;
    }
    files.write("server.key", &authority.server().key);
    assert!(site.server.reload().is_err());
    site.server.stop().await.unwrap();
    drop(guard);
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        logged.contains("a JWT is refused why=\"it has expired\""),
        "{logged}"
    );
    // The libraries below log too, down to frames: all of it was looked through.
    for library in ["TRACE h2::", "TRACE tonic::"] {
        assert!(logged.contains(library), "{library} logged nothing");
    }
    assert_eq!(logged.matches("the address is locked out").count(), 1);
    let key = std::fs::read_to_string(files.path("server.key")).unwrap();
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    for kept in [secret.as_str(), &jwt, &expired, wrong]
        .into_iter()
        .chain(lines)
    {
        let line = logged.lines().find(|line| line.contains(kept));
        assert_eq!(line, None, "a secret is logged");
    }
}
