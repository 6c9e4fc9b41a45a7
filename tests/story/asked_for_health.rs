//! Whoever runs a broker asks whether it is ready, without a token: a container's health check does.

use super::command_line::askonce;
use super::program::Program;

#[tokio::test]
async fn a_broker_says_whether_it_is_ready_to_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().expect("temporary folders have plain names");
    Program::init(data);
    let broker = Program::serve(data, &[]).await;
    let server = broker.address.clone();
    let ask = |more: &[&str]| {
        let mut all = vec!["--server", &server, "health"];
        all.extend(more);
        askonce(&all, "")
    };
    let ready = ask(&[]);
    assert_eq!((ready.code, &*ready.stdout), (0, "ready\n"), "{ready:?}");
    let ready = ask(&["--output", "json"]);
    let said: serde_json::Value = serde_json::from_str(&ready.stdout).unwrap();
    assert_eq!(said, serde_json::json!([{"ready": true}]));
    broker.terminate();
    assert_eq!(broker.ended().await.0, Some(0));
    let away = ask(&[]);
    assert_eq!((away.code, &*away.stdout), (3, ""), "{away:?}");
    assert!(away.stderr.contains("cannot be reached"), "{away:?}");
}
