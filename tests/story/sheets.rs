//! An officer without a developer: her own spreadsheet in, a workbook of answers out.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use askonce::domain::ask::RawAsk;
use askonce::domain::field::RawField;
use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};
use serde_json::json;

use super::command_line::{Outcome, askonce};
use super::real_asks;
use super::world::{Client, HOME, World, answer};

/// Runs a command against the broker as a caller.
pub(super) async fn run(world: &World, client: &Client, arguments: &[&str]) -> Outcome {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let secret = client.secret().to_owned();
    tokio::task::spawn_blocking(move || askonce(&all, &secret))
        .await
        .unwrap()
}

/// The ask's head as rows of a sheet.
fn head(ask: &RawAsk) -> Vec<Vec<String>> {
    let row = |item: &str, value: &str| vec![item.to_owned(), value.to_owned()];
    let mut rows = vec![
        row("Item", "Value"),
        row("Who asks", &ask.organisation),
        row("ask", &ask.ask),
        row("Purpose", &ask.purpose),
        row("Lawful basis", &ask.legal_basis),
        row("contact", &ask.contact),
        row("notice", &ask.notice),
        row("How often", &ask.cadence),
        row("from", &ask.from),
        row("until", &ask.until),
        row("periods", &ask.periods.join("; ")),
    ];
    if let Some(window) = &ask.window {
        rows.push(row("opens", &window.opens));
        rows.push(row("Deadline", &window.closes));
    }
    rows.extend(ask.targets.homes.iter().map(|home| row("home", home)));
    rows.extend(ask.targets.areas.iter().map(|area| row("area", area)));
    rows
}

/// The fields of an ask under an officer's own headings.
fn field_rows(fields: &[RawField]) -> Vec<Vec<String>> {
    let headings = [
        "Ref",
        "Question text",
        "Answer type",
        "When",
        "UoM",
        "Decimal places",
        "Minimum",
        "Maximum",
        "Split by",
        "Answer options",
        "What counts",
        "Notes",
        "Section",
        "Mandatory",
        "compulsion",
        "reuse",
        "Max age (days)",
        "sensitivity",
        "moment",
        "reference",
        "earliest",
        "latest",
        "Character limit",
        "lines",
        "element",
    ];
    let mut rows = vec![headings.map(ToOwned::to_owned).to_vec()];
    for field in fields {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let count = |number: &Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
        let options = field.options.iter().flatten();
        let options = options.map(|option| format!("{}={}", option.code, option.label));
        rows.push(vec![
            field.name.clone(),
            field.label.clone(),
            field.kind.clone(),
            field.timing.clone(),
            given(&field.unit),
            count(&field.decimals),
            given(&field.min),
            given(&field.max),
            field.breakdown.clone().unwrap_or_default().join(" | "),
            options.collect::<Vec<_>>().join("; "),
            field.definition.clone(),
            field.guidance.clone(),
            field.topic.clone(),
            if field.required { "YES" } else { "" }.to_owned(),
            given(&field.compulsion),
            given(&field.reuse),
            count(&field.max_age_days),
            given(&field.sensitivity),
            given(&field.moment),
            given(&field.reference),
            given(&field.earliest),
            given(&field.latest),
            count(&field.max_length),
            given(&field.lines),
            given(&field.element),
        ]);
    }
    rows
}

/// A workbook of sheets of texts; what is a number is one, as a person would type it.
pub(super) fn workbook(path: &Path, sheets: &[(&str, Vec<Vec<String>>)]) {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                match cell.parse::<f64>() {
                    Ok(number) => drop(sheet.write(row, column, number).unwrap()),
                    Err(_) => drop(sheet.write(row, column, cell.as_str()).unwrap()),
                }
            }
        }
    }
    book.save(path).unwrap();
}

pub(super) fn sheet_rows(packed: &[u8], sheet: &str) -> Vec<Vec<Data>> {
    let mut book = Xlsx::new(Cursor::new(packed.to_vec())).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

fn beds(organisation: &str) -> RawAsk {
    serde_json::from_value(json!({
        "organisation": organisation, "ask": "beds", "purpose": "winter capacity",
        "legal_basis": "6(1)(e)", "cadence": "daily", "from": "2020-06-01",
        "window": {"opens": "start", "closes": "end+1d@11:00", "roll": true},
        "targets": {"homes": [HOME]},
        "fields": [
            {"name": "Q1 (a)", "label": "Beds in use", "type": "count", "timing": "as-at",
             "min": "0", "max": "200", "required": true},
            {"name": "=Q2", "label": "Hours of agency staff", "type": "quantity", "unit": "h",
             "decimals": 2, "timing": "during"},
            {"name": "Q3", "label": "Day of the last fire drill", "type": "date",
             "timing": "standing"},
            {"name": "Q4", "label": "Anything else", "type": "text", "timing": "during"},
            {"name": "Q5", "label": "Vacant rooms", "type": "count", "timing": "as-at"},
        ],
    }))
    .unwrap()
}

/// The home answers the fields of an ask for beds.
async fn answer_everything(world: &World, name: &str) {
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, "2020-06-02").await.unwrap();
    let answers = vec![
        answer(&form, name, "Q1 (a)", json!({"number": "41"})),
        answer(&form, name, "=Q2", json!({"number": "37.5", "unit": "h"})),
        answer(&form, name, "Q3", json!({"date": "2020-05-30"})),
        answer(
            &form,
            name,
            "Q4",
            json!({"text": "=HYPERLINK(\"http://evil.example\")"}),
        ),
        answer(&form, name, "Q5", json!({"declined": "not-held"})),
    ];
    manager.answer(&form, answers).await.unwrap();
}

/// The workbook of those answers: numbers as numbers, dates as dates, texts as texts.
fn holds_what_was_answered(packed: &[u8]) {
    let values = sheet_rows(packed, "values");
    let headings: Vec<String> = values[0].iter().map(ToString::to_string).collect();
    assert_eq!(
        headings,
        ["home", "period", "Q1 (a)", "=Q2", "Q3", "Q4", "Q5"]
    );
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(values.len(), 2, "one home, one day");
    assert_eq!(
        values[1][..4],
        [
            text(HOME),
            text("2020-06-02"),
            Data::Float(41.0),
            Data::Float(37.5)
        ]
    );
    match &values[1][4] {
        Data::DateTime(day) => assert_eq!(day.to_ymd_hms_milli(), (2020, 5, 30, 0, 0, 0, 0)),
        other => panic!("{other:?} is no date"),
    }
    assert_eq!(
        values[1][5..],
        [
            text("=HYPERLINK(\"http://evil.example\")"),
            text("not-held")
        ]
    );
    let flags = sheet_rows(packed, "flags");
    let said = flags
        .iter()
        .any(|row| row.contains(&text("The home gave no value: not-held")));
    assert!(said, "{flags:?}");
}

#[tokio::test]
async fn an_officer_asks_by_spreadsheet_and_gets_one_back_under_her_own_names() {
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let ask = beds("sefton-council");
    workbook(
        &path,
        &[("Data items", field_rows(&ask.fields)), ("ask", head(&ask))],
    );
    let file = path.to_str().unwrap();
    let sent = run(
        &world,
        &officer,
        &["ask", "submit", file, "--output", "json"],
    )
    .await;
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let name = "organisations/sefton-council/asks/beds";
    let stored: RawAsk = officer.get_ask(name).await.unwrap().try_into().unwrap();
    let names = |ask: &RawAsk| -> Vec<String> {
        let fields = ask.fields.iter();
        fields.map(|field| field.name.clone()).collect()
    };
    assert_eq!(names(&stored), names(&ask));
    let again = run(&world, &officer, &["ask", "submit", file]).await;
    assert!(
        again.stdout.contains("identical") || again.stdout.contains("replayed"),
        "{again:?}"
    );

    answer_everything(&world, name).await;
    let out = folder.path().join("answers.xlsx");
    let out = out.to_str().unwrap();
    let export = ["deliveries", "export", "sefton-council/beds", "--file", out];
    let done = run(&world, &officer, &export).await;
    assert_eq!(done.code, 0, "{}", done.stderr);
    let packed = std::fs::read(out).unwrap();
    holds_what_was_answered(&packed);
    let csv = run(&world, &officer, &export[..3]).await;
    assert!(
        csv.stdout.starts_with("home,period,Q1 (a),'=Q2,Q3,Q4,Q5\n"),
        "{}",
        csv.stdout
    );
    let twice = run(&world, &officer, &export).await;
    assert!(
        twice.code == 1 && twice.stderr.contains("is there already"),
        "{twice:?}"
    );
    world.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_workbook_is_named_by_its_cell_all_at_once() {
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let mut ask = beds("sefton-council");
    ask.legal_basis = String::new();
    ask.targets.homes = vec!["elm house".into()];
    let mut rows = field_rows(&ask.fields);
    "kount".clone_into(&mut rows[1][2]);
    "perhaps".clone_into(&mut rows[2][13]);
    "two".clone_into(&mut rows[2][5]);
    rows[3][0] = rows[1][0].clone();
    workbook(&path, &[("fields", rows), ("ask", head(&ask))]);
    let file = path.to_str().unwrap();
    let refused = run(&world, &officer, &["ask", "submit", file]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    for expected in [
        "fields!C2 (Answer type): \"kount\" is not a type: expected one of count",
        "fields!F3 (Decimal places): \"two\" is not a whole number",
        "fields!N3 (Mandatory): \"perhaps\" is neither; expected yes or no",
        "fields!A4 (Ref):",
        "ask!B5 (legal_basis):",
        "ask!B14 (homes): \"elm house\"",
    ] {
        assert!(
            refused.stderr.contains(expected),
            "{expected}:\n{}",
            refused.stderr
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn columns_of_her_own_are_mapped_or_left_out_as_she_says() {
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let ask = beds("sefton-council");
    let mut rows = field_rows(&ask.fields);
    "What we want to know".clone_into(&mut rows[0][1]);
    "Approved by".clone_into(&mut rows[0][11]);
    workbook(&path, &[("fields", rows), ("ask", head(&ask))]);
    let file = path.to_str().unwrap();
    let refused = run(&world, &officer, &["ask", "submit", file]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains("fields!L1: \"Approved by\" is not a column"),
        "{refused:?}"
    );
    let said = ["--column", "label=What we want to know", "--ignore-columns"];
    let sent = run(
        &world,
        &officer,
        &[&["ask", "submit", file][..], &said].concat(),
    )
    .await;
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    assert!(
        sent.stderr.contains("left out fields!L1: \"Approved by\""),
        "{}",
        sent.stderr
    );
    world.stop().await;
}

#[tokio::test]
async fn real_asks_sent_as_workbooks_are_the_same_asks() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/asks.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: no real requests beside the project; this story needs them");
        return;
    };
    let world = World::new().await;
    let operator = world.operator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut fields = 0;
    let asks = real_asks::read(&text, &[HOME.to_owned()]);
    for (nth, mut ask) in asks.into_iter().enumerate() {
        operator
            .register_organisation(&ask.organisation, "council")
            .await;
        operator.grant(&ask.organisation, &["E92000001"], &[]).await;
        // Whether a window rolls on is not for sheets to say.
        ask.window.iter_mut().for_each(|window| window.roll = true);
        let ask = &ask;
        let requester = world.requester(&ask.organisation).await;
        let first = requester.submit_ask(ask).await.unwrap();
        let path = folder.path().join(format!("{nth}.xlsx"));
        workbook(
            &path,
            &[("fields", field_rows(&ask.fields)), ("ask", head(ask))],
        );
        let arguments = ["ask", "submit", path.to_str().unwrap(), "--output", "json"];
        let second = run(&world, &requester, &arguments).await;
        assert_eq!(second.code, 0, "{}", second.stderr);
        let name = first.ask.unwrap().name;
        let is_same = second.stdout.contains(&name) && !second.stdout.contains("\"created\"");
        assert!(is_same, "{}", second.stdout);
        fields += ask.fields.len();
    }
    assert_eq!(fields, 149);
    world.stop().await;
}

#[test]
fn a_file_is_read_as_what_it_is_and_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let submit = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        askonce(&["ask", "submit", path.to_str().unwrap()], "x")
    };
    let old = submit("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 more");
    assert!(
        old.code == 1 && old.stderr.contains("Excel 97 to 2003"),
        "{old:?}"
    );
    let csv = submit("csv.xlsx", b"name,colour\nx,red\n");
    let told = "is CSV text, though its name says an Excel workbook";
    assert!(csv.code == 1 && csv.stderr.contains(told), "{csv:?}");
    assert!(
        csv.stderr
            .contains("line 1, column 2: \"colour\" is not a column"),
        "{csv:?}"
    );
    let torn = submit("torn.xlsx", b"PK\x03\x04 torn");
    assert!(
        torn.code == 1 && torn.stderr.contains("damaged workbook"),
        "{torn:?}"
    );
}

#[tokio::test]
async fn a_cell_that_a_spreadsheet_changed_is_told_by_its_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("return.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("fields").unwrap();
    for (column, heading) in (0..).zip(["name", "label", "type", "timing", "max"]) {
        sheet.write(0, column, heading).unwrap();
    }
    let date = Format::new().set_num_format("d-mmm");
    sheet.write_with_format(1, 0, 46_000, &date).unwrap();
    sheet.write(1, 1, "Beds").unwrap();
    let percent = Format::new().set_num_format("0%");
    sheet.write_with_format(1, 4, 0.5, &percent).unwrap();
    book.save(&path).unwrap();
    let world = World::new().await;
    let officer = world.requester("sefton-council").await;
    let file = path.to_str().unwrap();
    let refused = run(&world, &officer, &["ask", "submit", file]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    for expected in [
        "fields!A2 (name): is a date, 2025-12-09, which a spreadsheet may have made",
        "fields!C2 (type):",
        "fields!D2 (timing):",
        "--purpose:",
    ] {
        assert!(
            refused.stderr.contains(expected),
            "{expected}:\n{}",
            refused.stderr
        );
    }
    world.stop().await;
}

#[test]
fn a_template_goes_to_a_file_that_is_not_there_yet_in_the_shape_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, opening) in [("a.xlsx", "PK"), ("a.csv", "name,label"), ("a.json", "{")] {
        let path = path(name);
        let done = askonce(&["ask", "template", &path], "");
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(
            std::fs::read(&path)
                .unwrap()
                .starts_with(opening.as_bytes())
        );
        let again = askonce(&["ask", "template", &path], "");
        assert!(
            again.code == 1 && again.stderr.contains("is there already"),
            "{again:?}"
        );
    }
    let piped = askonce(&["ask", "template", "--output", "xlsx"], "");
    assert!(piped.code == 0 && piped.stdout.starts_with("PK"));
    for arguments in [
        &["homes", "list", "--output", "xlsx"][..],
        &["ask", "template", "b.txt"],
        &["ask", "template", "b.csv", "--output", "xlsx"],
    ] {
        let refused = askonce(arguments, "");
        assert_eq!(refused.code, 2, "{arguments:?}: {}", refused.stderr);
    }
}

#[test]
fn the_completions_of_bash_are_a_script_that_bash_reads() {
    let script = askonce(&["completions", "bash"], "");
    assert_eq!(script.code, 0, "{}", script.stderr);
    assert!(script.stdout.contains("deliveries"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("askonce.bash");
    std::fs::write(&path, &script.stdout).unwrap();
    let mut bash = Command::new("bash");
    match bash.arg("-n").arg(&path).stdin(Stdio::null()).output() {
        Ok(read) => assert!(
            read.status.success(),
            "{}",
            String::from_utf8_lossy(&read.stderr)
        ),
        Err(error) => {
            let is_forbidden = std::env::var("ASKONCE_TESTS_SKIP").is_ok_and(|v| v == "forbid");
            assert!(!is_forbidden, "no bash: {error}");
            eprintln!("SKIPPED: no bash ({error}); its completions were not read");
        }
    }
    let unknown = askonce(&["completions", "cmd"], "");
    assert_eq!(unknown.code, 2);
}
