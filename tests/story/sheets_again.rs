//! An ask that an officer weighs, sends and changes by the same spreadsheet.

use std::path::Path;

use askonce::domain::ask::RawAsk;
use serde_json::Value;

use super::sheets::{run, workbook};
use super::world::{Client, HOME, World};

const BEDS: &str = "organisations/sefton-council/asks/beds";

fn rows(cells: &[&[&str]]) -> Vec<Vec<String>> {
    let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    cells.iter().map(row).collect()
}

/// The officer's workbook, with what she says of review, condition and privacy.
fn save(path: &Path, [review, condition, private]: [&str; 3]) {
    let fields = rows(&[
        &[
            "Ref",
            "Question",
            "type",
            "timing",
            "Services",
            "Ask only if",
        ],
        &[
            "Q1",
            "Falls",
            "count",
            "during",
            "Nursing homes | Hospices",
            "",
        ],
        &["Q2", "Why so many falls", "text", "during", "", condition],
    ]);
    let head = rows(&[
        &["Who asks", "sefton-council"],
        &["ask", "beds"],
        &["Purpose", "winter capacity"],
        &["Lawful basis", "6(1)(e)"],
        &["How often", "Daily"],
        &["from", "2020-06-01"],
        &["Review date", review],
        &["Expiry date", "2039-12-31"],
        &["DPIA", "DPIA 7"],
        &["Filed in", "Capacity Tracker"],
        &["Private", private],
        &["home", HOME],
    ]);
    workbook(path, &[("fields", fields), ("ask", head)]);
}

async fn stored(officer: &Client) -> (RawAsk, String) {
    let ask = officer.get_ask(BEDS).await.unwrap();
    let etag = ask.etag.clone();
    (ask.try_into().unwrap(), etag)
}

#[tokio::test]
async fn one_workbook_is_weighed_sent_and_amended() {
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let file = path.to_str().unwrap();
    save(&path, ["2038-06-01", "Q1 >= 5", "Y"]);
    let weighed = run(&world, &officer, &["ask", "preview", file, "-o", "json"]).await;
    assert_eq!(weighed.code, 0, "{}", weighed.stderr);
    let told: Value = serde_json::from_str(&weighed.stdout).unwrap();
    assert_eq!(told[0]["ask"], BEDS);
    assert!(officer.get_ask(BEDS).await.is_err(), "nothing is written");

    let sent = run(&world, &officer, &["ask", "submit", file]).await;
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let (ask, etag) = stored(&officer).await;
    assert_eq!(
        (&*ask.review_on, &*ask.expires_on),
        ("2038-06-01", "2039-12-31")
    );
    assert_eq!((&*ask.agreement, ask.private), ("DPIA 7", true));
    assert_eq!(ask.filed_elsewhere, "Capacity Tracker");
    assert_eq!(ask.fields[0].applies_to, ["hospices", "nursing homes"]);
    let only_if = ask.fields[1].only_if.clone().unwrap();
    assert_eq!((&*only_if.field, only_if.min.as_deref()), ("Q1", Some("5")));

    save(&path, ["2038-09-01", "Q1 in 5..9", "no"]);
    let amend = [
        "ask",
        "amend",
        file,
        "--etag",
        &etag,
        "--agreement",
        "DPIA 8",
    ];
    let amended = run(&world, &officer, &amend).await;
    assert_eq!(amended.code, 0, "{}", amended.stderr);
    let (ask, _) = stored(&officer).await;
    assert_eq!((&*ask.review_on, ask.private), ("2038-09-01", false));
    assert_eq!(ask.agreement, "DPIA 8", "an option stands before the sheet");
    let csv = run(&world, &officer, &["ask", "show", BEDS, "-o", "csv"]).await;
    assert!(csv.stdout.contains(",Q1 in 5..9"), "{}", csv.stdout);
    world.stop().await;
}

#[tokio::test]
async fn whichever_command_reads_it_every_fault_has_its_cell() {
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let file = path.to_str().unwrap();
    save(&path, ["June", "Q1 is five", "perhaps"]);
    for command in [
        &["ask", "preview", file][..],
        &["ask", "submit", file, "--dry-run"],
        &["ask", "amend", file, "--etag", "x"],
    ] {
        let refused = run(&world, &officer, command).await;
        assert_eq!((refused.code, &*refused.stdout), (1, ""), "{refused:?}");
        for expected in [
            "fields!F3 (Ask only if): expected FIELD = yes",
            "ask!B7 (review_on):",
            "ask!B11 (private): \"perhaps\" is neither; expected yes or no",
        ] {
            let is_told = refused.stderr.contains(expected);
            assert!(is_told, "{expected}: {}", refused.stderr);
        }
    }
    world.stop().await;
}
