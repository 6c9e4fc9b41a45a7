//! A data lead's and an asker's words about decisions, at the command line.

use askonce::domain::access::Role;
use serde_json::Value as Json;

use super::command_line::{Outcome, askonce};
use super::two_bodies::{CCG, COUNCIL, both_ask};
use super::world::{Client, World};

async fn run(world: &World, who: &Client, arguments: &[&str]) -> Outcome {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let secret = who.secret().to_owned();
    let running = tokio::task::spawn_blocking(move || askonce(&all, &secret));
    running.await.unwrap()
}

/// What a command that succeeds says, as rows.
async fn rows(world: &World, who: &Client, arguments: &[&str]) -> Vec<Json> {
    let mut all = arguments.to_vec();
    all.extend(["--output", "json"]);
    let said = run(world, who, &all).await;
    assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

/// What a command that succeeds notes.
async fn note(world: &World, who: &Client, arguments: &[&str]) -> String {
    let said = run(world, who, arguments).await;
    assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
    said.stderr
}

#[tokio::test]
async fn decisions_are_weighed_objected_to_answered_and_undone_at_the_shell() {
    let (world, _, ccg) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    let dir = tempfile::tempdir().unwrap();
    let sheet = dir.path().join("decisions.csv");
    let lines = format!(
        "ask_id,local_name,item\n{COUNCIL},D6,agency.hours\n{CCG},agency_minutes,agency.hours\n"
    );
    std::fs::write(&sheet, lines).unwrap();
    let decide = ["dictionary", "decide", "--file", sheet.to_str().unwrap()];
    let dry = [&decide[..], &["--dry-run"]].concat();
    let weighed = rows(&world, &steward, &dry).await;
    assert_eq!(weighed[1]["asks"], 2, "{weighed:?}");
    assert_eq!(weighed[1]["questions"], "1");
    let decided = rows(&world, &steward, &decide).await;
    let id = decided[1]["decision"].as_str().unwrap();

    let object = [
        "dictionary",
        "object",
        id,
        "--reason",
        "ours leaves nights out",
    ];
    let said = note(&world, &ccg, &object).await;
    let name = said
        .split_whitespace()
        .find(|word| word.starts_with("decisions/"));
    let name = name.unwrap_or_else(|| panic!("its name is told: {said}"));
    let listed = ["dictionary", "list", "--decisions", "--objected"];
    let objected = rows(&world, &steward, &listed).await;
    assert_eq!(objected[0]["decision"], id);
    let answer = ["dictionary", "answer", name, "--reason", "so does theirs"];
    note(&world, &steward, &answer).await;
    assert!(rows(&world, &steward, &listed).await.is_empty());
    let explained = rows(&world, &steward, &["dictionary", "explain", "agency.hours"]).await;
    let parts: Vec<&str> = explained
        .iter()
        .filter_map(|row| row["part"].as_str())
        .collect();
    assert!(parts.contains(&"objection"), "{parts:?}");

    let undo = ["dictionary", "undo", id, "--dry-run"];
    let foretold = note(&world, &steward, &undo).await;
    assert!(
        foretold.contains("would be") && foretold.contains("questions 1"),
        "{foretold}"
    );
    note(&world, &steward, &undo[..3]).await;
    let again = run(&world, &steward, &undo[..3]).await;
    assert_ne!(again.code, 0);
    world.stop().await;
}

#[tokio::test]
async fn words_are_taught_and_elements_merged_at_the_shell() {
    let (world, _, _) = both_ask().await;
    let steward = world.of_role(Role::Steward).await;
    let add = ["dictionary", "terms", "add", "who:residents", "zogglers"];
    note(&world, &steward, &add).await;
    let listed = rows(&world, &steward, &["dictionary", "terms", "list"]).await;
    assert_eq!(listed[0]["value"], "residents");
    let suggested = rows(&world, &steward, &["dictionary", "terms", "suggested"]).await;
    assert!(suggested.is_empty());
    let withdraw = [
        "dictionary",
        "terms",
        "withdraw",
        "who:residents",
        "zogglers",
    ];
    note(&world, &steward, &withdraw).await;
    let listed = rows(&world, &steward, &["dictionary", "terms", "list"]).await;
    assert!(listed.is_empty());
    let malformed = ["dictionary", "terms", "add", "residents", "zogglers"];
    assert_ne!(run(&world, &steward, &malformed).await.code, 0);

    let merge = ["dictionary", "retire", "visit.in", "--merge"];
    assert_ne!(run(&world, &steward, &merge).await.code, 0, "into what?");
    let versions = rows(
        &world,
        &steward,
        &["dictionary", "versions", "agency.hours"],
    )
    .await;
    assert_eq!(versions[0]["cause"], "adopted");
    world.stop().await;
}
