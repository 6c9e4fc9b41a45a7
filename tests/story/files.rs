//! What the program does with files, without a broker.

use serde_json::{Value as Json, json};

use super::command_line::{Outcome, askonce};

/// Writes files into a folder and runs a command on them.
fn run_on(files: &[(&str, String)], arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = std::collections::BTreeMap::new();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        paths.insert((*name).to_owned(), path.to_str().unwrap().to_owned());
    }
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| {
            paths
                .get(*argument)
                .cloned()
                .unwrap_or_else(|| (*argument).to_owned())
        })
        .collect();
    askonce(&arguments, "")
}

#[test]
fn the_published_vectors_come_out_as_published() {
    let vectors = include_str!("../../proto/vectors/meaning.json");
    let done = run_on(
        &[("vectors.json", vectors.to_owned())],
        &["canonical", "vectors.json"],
    );
    assert_eq!(done.code, 0, "{}", done.stderr);
    let expected: Vec<Json> = serde_json::from_str(vectors).unwrap();
    let said: Vec<Json> = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(said.len(), expected.len());
    for (row, said) in expected.iter().zip(&said) {
        for member in [
            "normalised",
            "canonical",
            "question",
            "field_digest",
            "refused",
        ] {
            assert_eq!(
                said.get(member),
                row.get(member),
                "{member} of {}",
                row["why"]
            );
        }
    }
}

fn ask(organisation: &str, label: &str) -> String {
    json!({
        "organisation": organisation, "ask": "daily", "purpose": "p", "legal_basis": "l",
        "periods": ["2026-11"], "targets": {"homes": ["1-466088203"]},
        "fields": [{"name": "x", "label": label, "type": "count", "timing": "as-at", "min": 0}]
    })
    .to_string()
}

#[test]
fn asks_and_decisions_in_files_make_one_template() {
    let decisions = "ask_id,local_name,item\norganisations/a/asks/daily,x,beds.occupied\n\
                     organisations/b/asks/daily,x,beds.occupied\n";
    let files = [
        ("a.json", ask("a", "Beds in use")),
        ("b.json", ask("b", "Beds filled")),
        ("decisions.csv", decisions.to_owned()),
    ];
    let place = [
        "--home",
        "1-466088203",
        "--period",
        "2026-11",
        "--output",
        "json",
    ];
    let apart = run_on(
        &files,
        &[&["merge", "a.json", "b.json"][..], &place].concat(),
    );
    let joined = ["merge", "a.json", "b.json", "--decisions", "decisions.csv"];
    let joined = run_on(&files, &[&joined[..], &place].concat());
    let turned = ["merge", "b.json", "a.json", "--decisions", "decisions.csv"];
    let turned = run_on(&files, &[&turned[..], &place].concat());
    let entries = |outcome: &Outcome| {
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let template: Json = serde_json::from_str(&outcome.stdout).unwrap();
        template["entries"].as_u64()
    };
    assert_eq!(entries(&apart), Some(2));
    assert_eq!(entries(&joined), Some(1));
    assert_eq!(
        joined.stdout, turned.stdout,
        "the order of files does not matter"
    );
}

#[test]
fn malformed_files_are_refused_with_line_and_column() {
    let cases = [
        (
            "ask.json",
            "{\n  \"organisation\": \"a\",\n  \"fields\": [}\n",
            "line 3",
        ),
        (
            "ask.json",
            "{\"organisation\": \"a\", \"colour\": \"red\"}",
            "colour",
        ),
        ("ask.json", "", "ask.json"),
    ];
    for (name, text, expected) in cases {
        let files = [(name, text.to_owned())];
        let place = [
            "merge",
            name,
            "--home",
            "1-466088203",
            "--period",
            "2026-11",
        ];
        let refused = run_on(&files, &place);
        assert_eq!(refused.code, 1, "{text}: {}", refused.stdout);
        assert!(
            refused.stderr.contains(expected),
            "{expected}: {}",
            refused.stderr
        );
    }
}

#[test]
fn a_folder_in_use_says_so_and_a_strange_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("format"), "askonce-data 99\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let refused = askonce(&["ledger", "verify", "--data", path], "");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("99"), "{}", refused.stderr);
    let nowhere = folder.path().join("nowhere");
    let missing = askonce(&["serve", "--data", nowhere.to_str().unwrap()], "");
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("askonce init") && !nowhere.exists());
    let open = askonce(&["serve", "--data", path, "--listen", "0.0.0.0:0"], "");
    assert!(open.code != 0 && !open.stderr.is_empty(), "{open:?}");
    let unreachable = askonce(&["--server", "http://127.0.0.1:1", "homes", "list"], "x");
    assert_eq!(unreachable.code, 3, "{}", unreachable.stderr);
}
