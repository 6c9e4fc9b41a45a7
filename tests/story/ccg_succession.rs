//! The published register of clinical commissioning groups goes in whole, by the command line.

use std::collections::BTreeSet;
use std::path::PathBuf;

use askonce::grpc::v1;
use askonce::server::Data;
use serde_json::Value as Json;

use super::command_line::{Outcome, askonce};
use super::world::{Client, World};

/// The published file, where it is at hand; if not, says so, or fails where skipping is forbidden.
fn published() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let named = std::env::var_os("ASKONCE_TESTS_DATA").map(PathBuf::from);
    let file = named.unwrap_or(path).join("ccg_succession_2021.csv");
    if file.exists() {
        return Some(file);
    }
    let message = format!("{} is not there", file.display());
    let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|word| word == "forbid");
    assert!(!is_forbidden, "{message}, and skipping is forbidden");
    eprintln!("SKIPPED: {message}; this story needs it");
    None
}

async fn run(world: &World, operator: &Client, arguments: &[&str]) -> Outcome {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let secret = operator.secret().to_owned();
    let running = tokio::task::spawn_blocking(move || askonce(&all, &secret));
    running.await.unwrap()
}

/// Rows of a listing by their outcome.
fn count(rows: &[Json], outcome: &str) -> usize {
    rows.iter().filter(|row| row["outcome"] == outcome).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_of_2021_goes_in_whole_and_twice_is_harmless() {
    let Some(file) = published() else {
        return;
    };
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |place: usize| {
        rows.iter()
            .map(|row| row[place].to_owned())
            .collect::<BTreeSet<_>>()
    };
    let changed = rows.iter().filter(|row| row[0] != row[1]).count();
    let codes: BTreeSet<String> = column(0).union(&column(1)).cloned().collect();
    let (groups, boards) = (column(1).len(), column(5).len());
    assert!(
        rows.len() == 224 && changed > 100 && boards == 42,
        "the file is the one meant"
    );

    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let path = file.to_str().unwrap();
    let mut arguments = vec![
        "organisations",
        "succeed",
        "--file",
        path,
        "--on",
        "2021-04-01",
    ];
    arguments.extend(["--icb-on", "2022-07-01", "--output", "json"]);
    for (round, word) in ["recorded", "unchanged"].iter().enumerate() {
        let done = run(&world, &operator, &arguments).await;
        assert_eq!(done.code, 0, "{}", done.stderr);
        let added = if round == 0 { codes.len() + boards } else { 0 };
        assert!(
            done.stderr
                .contains(&format!("{added} organisations registered")),
            "{}",
            done.stderr
        );
        let told: Vec<Json> = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(count(&told, word), changed + groups);
        assert_eq!(count(&told, "no succession"), rows.len() - changed);
        assert_eq!(told.len(), rows.len() + groups, "every row has a result");
        let lines: BTreeSet<_> = told
            .iter()
            .map(|row| row["line"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, (2..=rows.len() as u64 + 1).collect());
    }
    the_chain_of_tees_valley_is_known(&world, &operator, &rows).await;
    world.stop().await;
}

async fn the_chain_of_tees_valley_is_known(
    world: &World,
    operator: &Client,
    rows: &[csv::StringRecord],
) {
    let old = operator.get_organisation("ods:00C").await.unwrap();
    assert_eq!(old.name, "organisations/ccg-00c");
    let ended = old.ended.unwrap();
    assert_eq!(
        (&*ended.successor, &*ended.on),
        ("organisations/ccg-16c", "2021-04-01")
    );
    let merged = operator.get_organisation("gss:E38000247").await.unwrap();
    let into: Vec<_> = rows
        .iter()
        .filter(|row| &row[1] == "16C" && &row[0] != "16C")
        .collect();
    assert_eq!(merged.began.len(), into.len());
    let ended = merged.ended.unwrap();
    assert_eq!(
        (&*ended.successor, &*ended.on),
        ("organisations/icb-qhm", "2022-07-01")
    );
    let shown = run(world, operator, &["organisations", "show", "ods:16c"]).await;
    assert!(
        shown.stdout.contains("TEES VALLEY") && shown.stdout.contains("icb-qhm"),
        "{shown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_of_ones_own_is_recorded_row_by_row_and_an_ask_is_carried_on() {
    let (world, _, _) = super::two_bodies::both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    operator.grant("cheshire-icb", &["E08000014"], &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("successions.csv");
    let text = "predecessor,successor,on\nsouth-sefton-ccg,cheshire-icb,2020-07-01\n\
                nobody,cheshire-icb,2020-07-01\nsefton-council,sefton-council,soon\n";
    std::fs::write(&sheet, text).unwrap();
    let path = sheet.to_str().unwrap();
    let done = run(
        &world,
        &operator,
        &["organisations", "succeed", "--file", path],
    )
    .await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stdout.contains("1 recorded") && done.stdout.contains("2 refused"),
        "{done:?}"
    );
    for told in ["line 3: nobody", "line 4: sefton-council"] {
        assert!(done.stderr.contains(told), "{}", done.stderr);
    }
    let steward = world.of_role(askonce::domain::access::Role::Steward).await;
    let arguments = [
        "ask",
        "continue",
        "south-sefton-ccg/call",
        "--as",
        "cheshire-icb",
    ];
    for word in ["created", "identical"] {
        let done = run(&world, &steward, &arguments).await;
        assert_eq!(
            done.stdout, "organisations/cheshire-icb/asks/call\n",
            "{}",
            done.stderr
        );
        assert!(done.stderr.contains(word), "{}", done.stderr);
    }
    let icb = world.requester("cheshire-icb").await;
    let ask = icb
        .get_ask("organisations/cheshire-icb/asks/call")
        .await
        .unwrap();
    assert_eq!(
        (ask.from.as_str(), ask.continues.as_str()),
        ("2020-07-01", super::two_bodies::CCG)
    );
    let closed = ["homes", "close", "1-466088203", "--on", "2020-07-01"];
    assert_eq!(run(&world, &operator, &closed).await.code, 0);
    let listed = run(
        &world,
        &operator,
        &["homes", "list", "--closed", "-o", "csv"],
    )
    .await;
    assert!(listed.stdout.contains("1-466088203") && !listed.stdout.contains("1-1938268568"));
    let shown = run(&world, &operator, &["homes", "show", "cqc:1-466088203"]).await;
    assert!(shown.stdout.contains("2020-07-01"), "{}", shown.stdout);
    people_and_tokens(&world, &operator).await;
    world.stop().await;
}

async fn people_and_tokens(world: &World, operator: &Client) {
    let home = "1-1938268568";
    let invite = [
        "people",
        "invite",
        "--name",
        "Ann",
        "--email",
        "ann@b.example",
        "--home",
        home,
    ];
    let invited = run(
        world,
        operator,
        &[&invite[..], &["--output", "json"]].concat(),
    )
    .await;
    let people: Vec<Json> = serde_json::from_str(&invited.stdout).unwrap();
    assert_eq!(
        people[0]["answers_for"],
        serde_json::json!([home]),
        "{}",
        invited.stderr
    );
    let id = people[0]["person"].as_str().unwrap().to_owned();
    let listed = run(world, operator, &["people", "list", "--home", home]).await;
    assert!(listed.stdout.contains("ann@b.example"), "{}", listed.stdout);
    assert_eq!(
        run(world, operator, &["people", "remove", &id]).await.code,
        0
    );
    let listed = run(world, operator, &["people", "list"]).await;
    assert_eq!(listed.stdout, "Nothing to show.\n");
    let mut issue = vec![
        "token", "issue", "--role", "home", "--label", "lead", "--home", home,
    ];
    issue.extend(["--lead", "--output", "json"]);
    let issued = run(world, operator, &issue).await;
    let issued: Vec<Json> = serde_json::from_str(&issued.stdout).unwrap();
    let lead = world.client(issued[0]["secret"].as_str().unwrap().to_owned());
    let invited = run(world, &lead, &invite).await;
    assert_eq!(invited.code, 0, "{}", invited.stderr);
    let token = issued[0]["token"].as_str().unwrap();
    let rotated = run(
        world,
        operator,
        &["token", "rotate", token, "--overlap-hours", "0"],
    )
    .await;
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    let request = lead.request(v1::GetHomeRequest {
        name: format!("homes/{home}"),
    });
    let refused = lead.registry().get_home(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    let listed = run(
        world,
        operator,
        &["token", "list", "--role", "home", "--live"],
    )
    .await;
    assert!(listed.stdout.contains("lead"), "{}", listed.stdout);
}
