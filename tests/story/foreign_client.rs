//! The main job driven by a client that was not written here.

use std::process::Command;

use askonce::server::Data;

use super::world::World;

/// Whether the Python that is installed has grpcio; if not, says so, or fails where skipping is
/// forbidden.
fn has_grpcio() -> bool {
    let probe = Command::new("python3")
        .args(["-c", "import grpc, grpc_tools.protoc"])
        .output();
    if probe.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let message = "python3 with grpcio and grpcio-tools is not installed";
    let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|word| word == "forbid");
    assert!(!is_forbidden, "{message}, and skipping is forbidden");
    eprintln!("SKIPPED: {message}; this story needs them");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn python_drives_the_main_job_and_reads_an_error_with_its_details() {
    if !has_grpcio() {
        return;
    }
    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let address = world.address().trim_start_matches("http://").to_owned();
    let secret = operator.secret().to_owned();
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().to_path_buf();
    let run = tokio::task::spawn_blocking(move || {
        let project = env!("CARGO_MANIFEST_DIR");
        Command::new("python3")
            .arg(format!("{project}/tests/story/client.py"))
            .arg(format!("{project}/proto"))
            .arg(&folder)
            .args([address, secret])
            .output()
    });
    let output = run.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("the main job is done"), "{said}");
    world.stop().await;
}
