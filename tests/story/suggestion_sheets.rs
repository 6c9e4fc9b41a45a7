//! A data lead's sheet: exported, filled in, read back; every fault by line and column; twice the same.

use std::collections::BTreeMap;
use std::path::Path;

use askonce::domain::access::Role;
use askonce::domain::ask::RawAsk;
use serde_json::json;

use super::command_line::Outcome;
use super::main_job::run;
use super::suggestions::{ccg_ask, council_ask};
use super::world::{Client, HOME, World, ask};

const DAY: &str = "2020-06-03";

/// A row by the names of its columns.
pub(super) type Cells = BTreeMap<String, String>;

/// The rows of a sheet.
pub(super) fn read(path: &Path) -> Vec<Cells> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize();
    rows.map(|row| row.unwrap()).collect()
}

/// Writes rows with their columns in the order of the alphabet, and one more of somebody's own.
pub(super) fn write(path: &Path, rows: &[Cells]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    let mut columns: Vec<&String> = rows[0].keys().collect();
    let own = "My own notes".to_owned();
    columns.push(&own);
    writer.write_record(&columns).unwrap();
    for row in rows {
        let cells = columns
            .iter()
            .map(|column| row.get(*column).map_or("x", String::as_str));
        writer.write_record(cells).unwrap();
    }
    writer.flush().unwrap();
}

fn of<'a>(rows: &'a mut [Cells], field: &str) -> &'a mut Cells {
    let row = rows.iter_mut().find(|row| row["field"] == field);
    row.unwrap_or_else(|| panic!("no row of {field}"))
}

fn fill(rows: &mut [Cells], field: &str, cells: &[(&str, &str)]) {
    for (column, text) in cells {
        of(rows, field).insert((*column).to_owned(), (*text).to_owned());
    }
}

/// What a third body asks: a choice in its own words, and something of its own.
fn nhs_ask() -> RawAsk {
    ask(
        "nhs-england",
        "sitrep",
        json!([
            {"name": "S1", "label": "Overall staffing position", "type": "choice", "timing": "as-at",
                "options": [{"code": "G", "label": "Fine"}, {"code": "R", "label": "Not enough"}]},
            {"name": "S2", "label": "Sledges in the shed", "type": "count", "timing": "as-at"},
        ]),
    )
}

/// A broker with three asks and a data lead.
async fn first_week() -> (World, Client) {
    let world = World::new().await;
    for ask in [council_ask(), ccg_ask(), nhs_ask()] {
        let requester = world.requester(&ask.organisation).await;
        requester.submit_ask(&ask).await.unwrap();
    }
    let steward = world.of_role(Role::Steward).await;
    (world, steward)
}

async fn export(world: &World, steward: &Client, path: &Path) -> Vec<Cells> {
    std::fs::remove_file(path).ok();
    let file = path.to_str().unwrap();
    let exported = run(world, steward, &["suggestions", "export", file]).await;
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    read(path)
}

async fn import(world: &World, steward: &Client, path: &Path, more: &[&str]) -> Outcome {
    let mut arguments = vec!["suggestions", "import", path.to_str().unwrap()];
    arguments.extend(more);
    run(world, steward, &arguments).await
}

async fn decisions(world: &World, steward: &Client) -> usize {
    let arguments = ["dictionary", "list", "--decisions", "--output", "json"];
    let listed = run(world, steward, &arguments).await;
    let decisions: Vec<serde_json::Value> = serde_json::from_str(&listed.stdout).unwrap();
    decisions.len()
}

/// What the data lead types: one thing is an element, two are one another, one is skipped, one is new.
fn decide(rows: &mut [Cells]) {
    fill(rows, "B1", &[("decision", "same")]);
    fill(
        rows,
        "beds",
        &[
            ("decision", "Same"),
            ("element", "beds.occupied"),
            ("reason", "alike"),
        ],
    );
    fill(rows, "shovels", &[("decision", "same")]);
    fill(rows, "B2", &[("decision", "skip")]);
    let words = [
        ("new_id", "shed.sledges"),
        ("new_label", "Sledges in the shed"),
        ("new_topic", "beds"),
    ];
    fill(rows, "S2", &[("decision", "new")]);
    fill(rows, "S2", &words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_leads_first_week_is_a_sheet_that_comes_back() {
    let (world, steward) = first_week().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.csv");
    let mut rows = export(&world, &steward, &path).await;
    assert_eq!(rows.len(), 7, "a row for each question that is left");
    assert_eq!(of(&mut rows, "B1")["candidate_1"], "beds.occupied");
    assert_eq!(
        of(&mut rows, "shovels")["candidate_1"],
        "sefton-council/beds/X1"
    );
    assert_eq!(
        rows.last().unwrap()["saves_a_year"],
        "0",
        "the dearest come first"
    );

    // Unfilled, it decides nothing.
    let unfilled = import(&world, &steward, &path, &[]).await;
    assert_eq!(unfilled.code, 0, "{}", unfilled.stderr);
    assert_eq!(decisions(&world, &steward).await, 0);

    decide(&mut rows);
    write(&path, &rows);
    let dry = import(&world, &steward, &path, &["--dry-run"]).await;
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stderr.contains("would be recorded"), "{}", dry.stderr);
    assert_eq!(
        decisions(&world, &steward).await,
        0,
        "a dry run writes nothing"
    );
    let done = import(&world, &steward, &path, &[]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    let recorded = decisions(&world, &steward).await;
    assert!(recorded >= 3, "{}", done.stdout);
    let form = world.manager(HOME).await.form(HOME, DAY).await.unwrap();
    assert_eq!(form.entries.len(), 5, "two pairs of seven are one each");

    // Importing twice does nothing more, and what is settled is in no further sheet.
    let again = import(&world, &steward, &path, &[]).await;
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("0 decisions are recorded"),
        "{}",
        again.stderr
    );
    assert_eq!(decisions(&world, &steward).await, recorded);
    let proposals = run(
        &world,
        &steward,
        &["dictionary", "proposals", "--output", "json"],
    )
    .await;
    assert_eq!(
        proposals.stdout.matches("shed.sledges").count(),
        1,
        "{}",
        proposals.stdout
    );
    let left = export(&world, &steward, &path).await;
    let mut fields: Vec<&str> = left.iter().map(|row| row["field"].as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["B2", "S1"], "what was skipped stays");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_sheet_is_named_by_line_and_column_and_then_it_decides_nothing() {
    let (world, steward) = first_week().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.csv");
    let mut rows = export(&world, &steward, &path).await;
    fill(&mut rows, "B1", &[("decision", "samee")]);
    fill(
        &mut rows,
        "B2",
        &[("decision", "same"), ("element", "no.such")],
    );
    fill(&mut rows, "X1", &[("decision", "related"), ("element", "")]);
    fill(
        &mut rows,
        "S2",
        &[("decision", "new"), ("new_id", "shed.sledges")],
    );
    fill(
        &mut rows,
        "beds",
        &[("decision", "same"), ("element", "occupancy.percent")],
    );
    write(&path, &rows);
    let line = |field: &str| {
        let place = rows.iter().position(|row| row["field"] == field).unwrap();
        format!("line {}, column ", place + 2)
    };
    let refused = import(&world, &steward, &path, &[]).await;
    assert_eq!(refused.code, 1);
    for (field, column) in [
        ("B1", "decision: \"samee\" is no decision"),
        ("B2", "element: \"no.such\" is neither an element"),
        ("X1", "element: is empty"),
        ("S2", "new_label: is empty"),
        ("S2", "new_topic: is empty"),
    ] {
        let expected = format!("{}{column}", line(field));
        assert!(
            refused.stderr.contains(&expected),
            "{expected}: {}",
            refused.stderr
        );
    }
    assert_eq!(decisions(&world, &steward).await, 0);

    std::fs::write(&path, "ask,decision,decision\n").unwrap();
    let refused = import(&world, &steward, &path, &[]).await;
    assert!(
        refused.stderr.contains("the column field is missing"),
        "{}",
        refused.stderr
    );
    assert!(
        refused
            .stderr
            .contains("column 3: \"decision\" is given twice")
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_in_a_sheet_never_returns_and_what_is_undone_does() {
    let (world, steward) = first_week().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.csv");
    let mut rows = export(&world, &steward, &path).await;
    // Two wordings of one thing, and then: that thing is not the element.
    fill(
        &mut rows,
        "B1",
        &[
            ("decision", "same"),
            ("element", "south-sefton-ccg/call/beds"),
        ],
    );
    fill(&mut rows, "B2", &[("decision", "different")]);
    write(&path, &rows);
    let done = import(&world, &steward, &path, &[]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    let decide = [
        "suggestions",
        "decide",
        "sefton-council/beds/B1",
        "beds.occupied",
        "--different",
    ];
    let rejected = run(&world, &steward, &decide).await;
    assert_eq!(rejected.code, 0, "{}", rejected.stderr);
    let id = rejected
        .stdout
        .split_whitespace()
        .find(|word| word.starts_with("d_"));
    let id = id.expect("the decision is named").to_owned();
    let shown = async |field: &str| {
        let show = ["suggestions", "show", field, "--output", "json"];
        run(&world, &steward, &show).await.stdout
    };
    for field in ["sefton-council/beds/B1", "south-sefton-ccg/call/beds"] {
        let told = shown(field).await;
        assert!(!told.contains("\"beds.occupied\""), "{field}: {told}");
    }
    let fell = shown("sefton-council/beds/B2").await;
    for place in 1..=5 {
        let candidate = &of(&mut rows, "B2")[&format!("candidate_{place}")];
        assert!(
            candidate.is_empty() || !fell.contains(&format!("\"{candidate}\"")),
            "{fell}"
        );
    }
    let undone = run(&world, &steward, &["suggestions", "undo", &id]).await;
    assert_eq!(undone.code, 0, "{}", undone.stderr);
    let told = shown("south-sefton-ccg/call/beds").await;
    assert!(told.contains("\"beds.occupied\""), "{told}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_goes_out_with_words_to_choose_from_and_comes_back() {
    let (world, steward) = first_week().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.xlsx");
    let file = path.to_str().unwrap();
    let exported = run(&world, &steward, &["suggestions", "export", file]).await;
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let unfilled = import(&world, &steward, &path, &[]).await;
    assert_eq!(unfilled.code, 0, "{}", unfilled.stderr);
    assert_eq!(decisions(&world, &steward).await, 0);

    // Filled in by a person: the same sheet with two words typed.
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let range = calamine::Reader::worksheet_range(&mut book, "suggestions").unwrap();
    let mut rows: Vec<Vec<String>> = range
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect();
    let column = rows[0].iter().position(|name| name == "decision").unwrap();
    let options = rows[0]
        .iter()
        .position(|name| name == "option_map")
        .unwrap();
    let element = rows[0].iter().position(|name| name == "element").unwrap();
    for row in rows.iter_mut().skip(1) {
        match row[1].as_str() {
            "B1" => row[column] = "same".into(),
            "S1" => {
                row[column] = "same".into();
                row[element] = "workforce.rag".into();
                row[options] = "G=green; R=red".into();
            }
            _ => {}
        }
    }
    let filled = folder.path().join("filled.xlsx");
    super::sheets::workbook(&filled, &[("suggestions", rows)]);
    let done = import(&world, &steward, &filled, &[]).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(decisions(&world, &steward).await, 2, "{}", done.stdout);
    let form = world.manager(HOME).await.form(HOME, DAY).await.unwrap();
    let rag = form
        .entries
        .iter()
        .find(|own| own.element == "workforce.rag");
    assert!(rag.is_some(), "the choice is the element");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_at_the_shell_is_told_what_her_fields_look_like_and_settles_it() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ask.json");
    std::fs::write(&path, serde_json::to_string(&council_ask()).unwrap()).unwrap();
    let file = path.to_str().unwrap();
    for (arguments, is_data) in [
        (&["ask", "preview", file][..], true),
        (&["ask", "submit", file, "--dry-run"], false),
        (&["ask", "submit", file], false),
    ] {
        let done = run(&world, &council, arguments).await;
        assert_eq!(done.code, 0, "{}", done.stderr);
        let told = if is_data { &done.stdout } else { &done.stderr };
        let line = "B1 looks like beds.occupied (likely same): ";
        assert!(told.contains(line), "{arguments:?}: {told}");
    }
    let preview = ["ask", "preview", file, "--output", "json"];
    let previewed = run(&world, &council, &preview).await.stdout;
    let previewed: serde_json::Value = serde_json::from_str(&previewed).unwrap();
    let first = &previewed[0]["fields"][0]["looks_like"][0];
    assert_eq!(first["candidate"], "beds.occupied");
    assert_eq!(first["can_join"], true);

    let list = ["suggestions", "list", "--output", "csv"];
    let listed = run(&world, &council, &list).await.stdout;
    assert!(listed.contains("sefton-council/beds/B1"), "{listed}");
    let decide = [
        "suggestions",
        "decide",
        "sefton-council/beds/B1",
        "beds.occupied",
    ];
    let decided = run(&world, &council, &decide).await;
    assert!(decided.stdout.contains("recorded"), "{}", decided.stderr);
    let listed = run(&world, &council, &list).await.stdout;
    assert!(
        !listed.contains("sefton-council/beds/B1"),
        "it is settled: {listed}"
    );
    let unlike = [
        "suggestions",
        "decide",
        "sefton-council/beds/B2",
        "beds.occupied",
    ];
    let refused = run(&world, &council, &unlike).await;
    assert!(
        refused.stderr.contains("is as-at, the other during"),
        "{}",
        refused.stderr
    );
    world.stop().await;
}
