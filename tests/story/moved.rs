//! A ledger that moves into a database when one machine is not enough, and back; and a copy of a folder
//! beside its server.

use std::path::Path;

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::server::{Data, DatabaseTerms};
use serde_json::{Value, json};

use super::command_line::{Outcome, askonce};
use super::program::Program;
use super::throwaway::Server;
use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask, decisions};
use super::world::{Client, HOME, OTHER_HOME, World, answer, ask};

/// An ask that ends, so that its forms are few.
fn ending(mut ask: RawAsk) -> RawAsk {
    ask.until = "2020-06-30".into();
    ask.targets.homes = vec![HOME.into(), OTHER_HOME.into()];
    ask
}

/// The main job: two bodies ask, a data lead decides, homes answer, one is corrected, one ask is amended,
/// one taken back, and somebody types without sending.
async fn lived(world: &World) {
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let mut narrow = ending(council_ask());
    narrow.fields.truncate(2);
    let first = council.submit_ask(&narrow).await.unwrap().ask.unwrap();
    ccg.submit_ask(&ending(ccg_ask())).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    steward.decide(decisions()[..1].to_vec()).await.unwrap();
    let wider = ending(council_ask());
    council.amend(COUNCIL, &wider, &first.etag).await.unwrap();
    let once = json!([{"name": "x", "label": "Vacancies", "type": "count", "timing": "as-at"}]);
    council
        .submit_ask(&ending(ask("sefton-council", "once", once)))
        .await
        .unwrap();
    for home in [HOME, OTHER_HOME] {
        let manager = world.manager(home).await;
        answer_all(&manager, home, "30").await;
        correct(&manager, home, "32").await;
    }
    let name = "organisations/sefton-council/asks/once";
    council
        .withdraw(name, "it is counted elsewhere")
        .await
        .unwrap();
    assert!(!council.deliveries(COUNCIL).await.unwrap().is_empty());
    assert!(!ccg.deliveries(CCG).await.unwrap().is_empty());
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, "2020-06-04").await.unwrap();
    let message = v1::SaveDraftRequest {
        name: form.summary.clone().unwrap().name,
        answers: vec![answer(&form, COUNCIL, "B2", json!({"number": "31"}))],
        saved_by: "Jo".into(),
        ..v1::SaveDraftRequest::default()
    };
    let saved = manager.forms().save_draft(manager.request(message)).await;
    saved.unwrap();
}

async fn answer_all(manager: &Client, home: &str, beds: &str) {
    let form = manager.form(home, DAY).await.unwrap();
    let given = vec![
        answer(&form, COUNCIL, "B2", json!({"number": beds})),
        answer(&form, COUNCIL, "D6", json!({"number": "60", "unit": "min"})),
        answer(&form, CCG, "gloves_rag", json!({"options": ["Amber"]})),
        answer(
            &form,
            "organisations/sefton-council/asks/once",
            "x",
            json!({"number": "2"}),
        ),
    ];
    manager.answer(&form, given).await.unwrap();
}

async fn correct(manager: &Client, home: &str, beds: &str) {
    let form = manager.form(home, DAY).await.unwrap();
    let message = v1::CorrectAnswerRequest {
        name: form.summary.clone().unwrap().name,
        answer: Some(answer(&form, COUNCIL, "B2", json!({"number": beds}))),
        answered_by: "Sam".into(),
        ..v1::CorrectAnswerRequest::default()
    };
    let mut forms = manager.forms();
    let corrected = forms.correct_answer(manager.request(message)).await;
    corrected.unwrap();
}

/// Runs the program where it may block.
async fn run(arguments: &[&str]) -> Outcome {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let running = tokio::task::spawn_blocking(move || askonce(&arguments, ""));
    running.await.unwrap()
}

/// Runs a command on what is kept somewhere; what it says as JSON.
async fn said(command: &[&str], kept: &[&str]) -> Value {
    let json = ["--output", "json"];
    let outcome = run(&[&["ledger"], command, kept, &json[..]].concat()).await;
    assert_eq!(outcome.code, 0, "{command:?}: {}", outcome.stderr);
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap();
    said[0].clone()
}

async fn exported(kept: &[&str]) -> String {
    let outcome = run(&[&["ledger", "export"], kept].concat()).await;
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.stdout
}

/// The digest of every template and delivery, and the last event with its chain value.
async fn compared(kept: &[&str]) -> (Value, Value, Value) {
    let verified = said(&["verify"], kept).await;
    let head = (
        verified["head_sequence"].clone(),
        verified["head_chain"].clone(),
    );
    (said(&["digest"], kept).await, head.0, head.1)
}

fn text(path: &Path) -> &str {
    path.to_str()
        .expect("a temporary folder is called in plain letters")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_moves_into_a_database_and_back_and_says_the_same() {
    let Some(server) = Server::shared() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (folder, file) = (dir.path().join("data"), dir.path().join("ledger.jsonl"));
    let world = World::settled_on(Data::Embedded(folder.clone())).await;
    lived(&world).await;
    world.stop().await;
    let kept = ["--data", text(&folder)];
    std::fs::write(&file, exported(&kept).await).unwrap();
    let before = compared(&kept).await;
    assert_eq!(before.0["forms"], 60, "of thirty days and two homes");
    assert!(before.0["deliveries"].as_u64().unwrap() > 9, "{before:?}");

    let database = server.database();
    let url = format!("postgres.url={}", database.url());
    let kept = ["--set", "store=postgres", "--set", &url];
    let taken = said(&["import", text(&file)], &kept).await;
    assert_eq!(
        (&taken["drafts"], &taken["head_chain"]),
        (&json!(1), &before.2)
    );
    assert_eq!(compared(&kept).await, before);

    // It serves, goes on, and is exported while it does.
    let terms = DatabaseTerms::new(database.url());
    let world = World::on(Data::Postgres(terms)).await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, "2020-06-04").await.unwrap();
    assert_eq!(
        form.draft.as_ref().unwrap().entries.len(),
        1,
        "what was typed is there"
    );
    let given = answer(&form, COUNCIL, "B2", json!({"number": "33"}));
    manager.answer(&form, vec![given]).await.unwrap();
    let council = world.requester("sefton-council").await;
    let delivered = council.deliveries(COUNCIL).await.unwrap();
    let file = dir.path().join("again.jsonl");
    std::fs::write(&file, exported(&kept).await).unwrap();
    let after = compared(&kept).await;
    assert_ne!(after.0["delivered"], before.0["delivered"]);
    world.stop().await;

    let back = dir.path().join("back");
    let kept = ["--data", text(&back)];
    said(&["import", text(&file)], &kept).await;
    assert_eq!(compared(&kept).await, after);
    let world = World::on(Data::Embedded(back.clone())).await;
    let council = world.requester("sefton-council").await;
    assert_eq!(council.deliveries(COUNCIL).await.unwrap(), delivered);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, file) = (dir.path().join("data"), dir.path().join("ledger.jsonl"));
    Program::init(text(&folder));
    let kept = ["--data", text(&folder)];
    let whole = exported(&kept).await;
    let target = dir.path().join("target");
    let refused = async |content: &str, words: &str| {
        std::fs::write(&file, content).unwrap();
        let target = ["ledger", "import", text(&file), "--data", text(&target)];
        let outcome = run(&target).await;
        assert_eq!(outcome.code, 1, "{}", outcome.stdout);
        let is_said = outcome.stderr.contains(words);
        assert!(is_said, "{words}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("nothing is taken"),
            "{}",
            outcome.stderr
        );
    };
    refused(
        "",
        "ledger.jsonl: line 1: this is no file of `askonce ledger export`",
    )
    .await;
    let plain = run(&["ledger", "export", "--plain", kept[0], kept[1]]).await;
    refused(&plain.stdout, "line 1: this is no file").await;
    let cut = &whole[..=whole.trim_end().rfind('\n').unwrap()];
    refused(cut, "it was cut").await;
    let changed = whole.replace("first operator", "first imposter");
    refused(&changed, "its body does not match its commitment").await;
    std::fs::write(&file, &whole).unwrap();
    let twice = ["ledger", "import", text(&file), "--data", text(&target)];
    assert_eq!(run(&twice).await.code, 0);
    let again = run(&twice).await;
    assert_eq!(again.code, 1);
    assert!(
        again.stderr.contains("holds a ledger already, of 2 events"),
        "{}",
        again.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_copied_while_it_is_served_and_the_copy_serves() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, copy) = (dir.path().join("data"), dir.path().join("copy"));
    let secret = Program::init(text(&folder));
    let program = Program::serve(text(&folder), &[]).await;
    let operator = Client::connect(program.address.clone(), secret.clone()).await;
    operator.register_homes(&[HOME], "E08000014").await;
    let kept = ["--data", text(&folder)];
    let in_use = run(&[&["ledger", "verify"], &kept[..]].concat()).await;
    assert!(in_use.stderr.contains("in use"), "{}", in_use.stderr);
    let copied = said(&["backup", "--to", text(&copy)], &kept).await;
    assert_eq!(copied["head_sequence"], 3);
    operator.register_homes(&[OTHER_HOME], "E08000014").await;
    let onto_it = run(&["ledger", "backup", "--to", text(&copy), kept[0], kept[1]]).await;
    assert!(
        onto_it.stderr.contains("it is not empty"),
        "{}",
        onto_it.stderr
    );
    program.terminate();
    assert_eq!(program.ended().await.0, Some(0));
    let verified = said(&["verify"], &["--data", text(&copy)]).await;
    assert_eq!(verified["head_chain"], copied["head_chain"]);
    let restored = Program::serve(text(&copy), &[]).await;
    let operator = Client::connect(restored.address.clone(), secret).await;
    operator.register_homes(&[OTHER_HOME], "E08000014").await;
}
