//! A manager's day from the shell: draft, correct, confirm, decline, release, file.

use serde_json::{Value as Json, json};

use super::command_line::{Outcome, askonce};
use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask};
use super::world::{HOME, World, answer};

/// Runs a command that must succeed; what it printed.
async fn run(world: &World, secret: &str, arguments: &[&str]) -> String {
    let done = attempt(world, secret, arguments).await;
    assert_eq!(done.code, 0, "{arguments:?}: {}", done.stderr);
    done.stdout
}

async fn attempt(world: &World, secret: &str, arguments: &[&str]) -> Outcome {
    let address = world.address();
    let mut all = vec!["--server".to_owned(), address];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let secret = secret.to_owned();
    let running = tokio::task::spawn_blocking(move || askonce(&all, &secret));
    running.await.unwrap()
}

/// A broker with an ask that is filed elsewhere, the manager's secret, and two entries: of beds,
/// and of agency cover.
async fn asked() -> (World, String, [String; 2]) {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut tracker = council_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    council.submit_ask(&tracker).await.unwrap();
    let manager = world.manager(HOME).await;
    let secret = manager.secret().to_owned();
    let form = manager.form(HOME, DAY).await.unwrap();
    let entries = ["B2", "D6"].map(|field| answer(&form, COUNCIL, field, json!({})).entry);
    (world, secret, entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_drafts_submits_and_files_from_the_shell() {
    let (world, secret, [beds, cover]) = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.json");
    let file = file.to_str().unwrap();
    let typed = json!([{"entry": beds, "number": "30"}, {"entry": cover, "number": "two?"}]);
    std::fs::write(file, typed.to_string()).unwrap();
    let save = ["form", "draft", "save", HOME, DAY, file, "--by", "Jo"];
    let saved = run(&world, &secret, &save).await;
    assert!(saved.contains("two?") && saved.contains("Jo"), "{saved}");
    std::fs::write(file, json!([{"entry": beds, "number": "31"}]).to_string()).unwrap();
    let refused = attempt(&world, &secret, &save).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("Beds filled: somebody else"),
        "{}",
        refused.stderr
    );
    let shown = run(
        &world,
        &secret,
        &["-o", "json", "form", "draft", "show", HOME, DAY],
    )
    .await;
    let shown: Json = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["entries"].as_array().map(Vec::len), Some(2));
    let page = run(&world, &secret, &["form", "show", HOME, DAY]).await;
    assert!(page.contains("2 answers are typed and not sent"), "{page}");
    assert!(
        page.contains("is filed in Capacity Tracker: not filed yet"),
        "{page}"
    );

    std::fs::write(file, json!([{"entry": beds, "number": "30"}]).to_string()).unwrap();
    run(&world, &secret, &["answers", "submit", HOME, DAY, file]).await;
    let copy = run(&world, &secret, &["form", "copy", HOME, DAY]).await;
    assert!(copy.contains("B2") && copy.contains("30"), "{copy}");
    let filed = run(
        &world,
        &secret,
        &["form", "filed", HOME, DAY, COUNCIL, "--by", "Jo"],
    )
    .await;
    assert!(filed.starts_with("Filed at 20"), "{filed}");
    let back = run(
        &world,
        &secret,
        &["form", "filed", HOME, DAY, COUNCIL, "--not"],
    )
    .await;
    assert!(back.starts_with("Not filed"), "{back}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_releases_corrects_declines_and_confirms_from_the_shell() {
    let (world, secret, [beds, cover]) = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typed.json");
    let file = file.to_str().unwrap();
    std::fs::write(file, json!([{"entry": beds, "number": "30"}]).to_string()).unwrap();
    run(&world, &secret, &["answers", "submit", HOME, DAY, file]).await;
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let sent = run(&world, &secret, &["answers", "release", HOME, DAY, CCG]).await;
    assert!(sent.contains("1 answer, sent to 1 field"), "{sent}");
    let correct = ["answers", "correct", HOME, DAY, &beds, "--number", "31"];
    let corrected = run(&world, &secret, &correct).await;
    assert!(
        corrected.contains("1 answer, sent to 1 field"),
        "{corrected}"
    );
    let again = run(&world, &secret, &correct).await;
    assert!(again.contains("That is the answer already"), "{again}");
    let decline = [
        "answers", "decline", HOME, DAY, &cover, "not-held", "--note", "late",
    ];
    let declined = run(&world, &secret, &decline).await;
    assert!(
        declined.contains("1 answer, sent to 0 fields"),
        "{declined}"
    );
    let confirm = ["answers", "confirm-unchanged", HOME, DAY];
    let confirmed = attempt(&world, &secret, &confirm).await;
    assert_eq!(confirmed.code, 0, "{}", confirmed.stderr);
    assert!(
        confirmed.stdout.contains("There is nothing to confirm"),
        "{}",
        confirmed.stdout
    );
    assert!(
        confirmed.stderr.contains("Agency time: it speaks of"),
        "{}",
        confirmed.stderr
    );
    world.stop().await;
}
