//! Stories told in a real browser: Chromium, driven by chromedriver.
//!
//! What they need and this machine has not is said loudly, and fails where skipping is forbidden.

mod alike;
#[path = "../story/ask_client.rs"]
#[expect(dead_code, reason = "the stories over gRPC use more of it")]
mod ask_client;
mod audit;
mod driver;
mod form;
mod hand;
mod instruments;
mod journey;
mod mail;
mod real;
#[path = "../story/real_asks.rs"]
mod real_asks;
mod sign_in;
mod stage;
mod tab;
mod workbook;
#[path = "../story/world.rs"]
#[expect(dead_code, reason = "the stories over gRPC use more of it")]
mod world;

/// Says that something is absent, or fails where skipping is forbidden.
fn absent(what: &str) {
    let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|word| word == "forbid");
    assert!(
        !is_forbidden,
        "{what} is not installed, and skipping is forbidden"
    );
    eprintln!("SKIPPED: {what} is not installed; this story needs it");
}
