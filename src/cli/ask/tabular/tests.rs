//! Asks in tables: whatever an officer writes is read, or refused by its cell.

use super::super::{book, sheet};
use super::*;
use crate::domain::field::RawField;
use crate::tabular::grid::{Cell, GridRow, Merged};

fn reading(columns: &[(&str, &str)], ignore_columns: bool) -> Reading {
    let pair = |(ours, yours): &(&str, &str)| ((*ours).to_owned(), (*yours).to_owned());
    Reading {
        columns: columns.iter().map(pair).collect(),
        ignore_columns,
        sheet: None,
    }
}

fn grid(rows: &[&[&str]]) -> Grid {
    let rows = (1..).zip(rows).map(|(number, cells)| GridRow {
        number,
        cells: cells.iter().map(|cell| Cell::of_text(cell)).collect(),
    });
    Grid {
        file: "x.xlsx".into(),
        sheet: Some("fields".into()),
        rows: rows.collect(),
        merged: Vec::new(),
    }
}

fn sheets(fields: Grid) -> Sheets {
    Sheets { fields, head: None }
}

fn read(fields: Grid, reading: &Reading) -> Result<Tabular> {
    sheets(fields).read(&Header::default(), reading)
}

fn faults(fields: Grid, reading: &Reading) -> Vec<String> {
    read(fields, reading)
        .err()
        .map(|failure| failure.reasons)
        .unwrap_or_default()
}

#[test]
fn a_template_reads_back_as_the_ask_that_it_shows() {
    let mut packed = Book::open("t.xlsx", book::template().unwrap()).unwrap();
    assert_eq!(packed.sheets(), [FIELDS, ASK, HELP]);
    let plain = Reading::default();
    let sheets = Sheets::of_book("t.xlsx", &mut packed, &plain).unwrap();
    let read = sheets.read(&Header::default(), &plain).unwrap();
    assert_eq!(read.unread, []);
    assert_eq!(read.raw.fields, sheet::examples());
    assert_eq!(read.raw.cadence, "monthly");
    assert_eq!(
        read.raw.window.map(|window| window.closes).as_deref(),
        Some("end+10wd")
    );
    let fault = |path: &str| read.places.fault("t.xlsx", path, "is wrong");
    assert_eq!(
        fault("fields[1].options[0].label"),
        "t.xlsx: fields!J3 (options): is wrong"
    );
    assert_eq!(fault("purpose"), "t.xlsx: ask!B4 (purpose): is wrong");
    assert_eq!(fault("targets"), "t.xlsx: ask!B20 (homes): is wrong");
    assert_eq!(fault("window.closes"), "t.xlsx: ask!B19 (closes): is wrong");
    assert_eq!(fault("fields"), "t.xlsx: is wrong");
}

#[test]
fn an_officers_own_headings_are_read_and_her_names_kept() {
    let rows: [&[&str]; 3] = [
        &["REF", "Question Text", "Answer type", "When", "Mandatory?"],
        &["Q1 (a)", "Beds in use", "Count", "As at", "Y"],
        &["q1 (A)", "Do you have a matron?", "Yes/No", "standing", ""],
    ];
    let raw = read(grid(&rows), &Reading::default()).unwrap().raw;
    let names: Vec<&str> = raw.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        ["Q1 (a)", "q1 (A)"],
        "names are kept letter for letter"
    );
    let RawField {
        kind,
        timing,
        required,
        ..
    } = &raw.fields[0];
    assert_eq!(
        (kind.as_str(), timing.as_str(), *required),
        ("count", "as-at", true)
    );
    assert_eq!(raw.fields[1].kind, "yes-no");
}

#[test]
fn a_column_that_is_not_known_is_named_or_left_out_never_lost_in_silence() {
    let rows: [&[&str]; 2] = [
        &["name", "What we ask", "type", "timing", "Approved by"],
        &["a", "A", "count", "as-at", "Jo"],
    ];
    let plain = faults(grid(&rows), &Reading::default());
    assert_eq!(
        plain[0],
        "fields!1: the column label is missing; if it has another heading, say so by --column \
         label=YOURS"
    );
    assert!(
        plain[1].starts_with("fields!B1: \"What we ask\" is not a column"),
        "{plain:?}"
    );
    assert!(
        plain[2].starts_with("fields!E1: \"Approved by\" is not a column"),
        "{plain:?}"
    );
    let mapped = reading(&[("label", "what we ASK")], false);
    assert_eq!(
        faults(grid(&rows), &mapped).len(),
        2,
        "one column and the list of those known"
    );
    let mapped = reading(&[("label", "what we ASK")], true);
    let read = read(grid(&rows), &mapped).unwrap();
    assert_eq!(read.raw.fields[0].label, "A");
    assert_eq!(read.places.headings.ignored, ["fields!E1: \"Approved by\""]);
    let wrong = reading(&[("colour", "type"), ("label", "Wording")], true);
    let wrong = faults(grid(&rows), &wrong);
    assert!(
        wrong[0].starts_with("--column colour=\"type\": colour is none of ours"),
        "{wrong:?}"
    );
    assert_eq!(
        wrong[1],
        "--column label=Wording: the sheet has no column headed \"Wording\""
    );
}

#[test]
fn headings_that_leave_a_doubt_are_refused_by_their_cells() {
    let rows: [&[&str]; 2] = [
        &["Ref", "Question", "type", "timing", "Wording", ""],
        &["a", "A", "count", "as-at", "B", "c"],
    ];
    let mut doubtful = grid(&rows);
    doubtful.merged = vec![
        Merged {
            range: "A1:B1".into(),
            rows: (1, 1),
        },
        Merged {
            range: "A2:A3".into(),
            rows: (2, 3),
        },
    ];
    let said = faults(doubtful, &Reading::default());
    let expected = [
        "fields!E1: \"Wording\" means label, as the column at fields!B1 does",
        "fields!F1: has no heading, but fields!F2 holds something",
        "fields!A1:B1: the cells are joined into one, in the row of headings",
        "fields!A2:A3: the cells are joined into one; expected a value in each cell",
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
    let nothing = faults(grid(&[]), &Reading::default());
    assert!(
        nothing[0].starts_with("the sheet fields holds nothing"),
        "{nothing:?}"
    );
}

#[test]
fn cells_that_cannot_be_meant_are_faults_of_their_fields() {
    let rows: [&[&str]; 2] = [
        &["name", "label", "type", "timing", "max"],
        &["", "A", "date", "as-at"],
    ];
    let mut fields = grid(&rows);
    fields.rows[1].cells[0] = Cell::Date("2026-01-02".into());
    fields.rows[1]
        .cells
        .push(Cell::Bad("the error #REF!".into()));
    let read = read(fields, &Reading::default()).unwrap();
    let said: Vec<String> = (read.unread.iter())
        .map(|(path, why)| read.places.fault("x.xlsx", path, why))
        .collect();
    let opening = "x.xlsx: fields!A2 (name): is a date, 2026-01-02, which a spreadsheet may have";
    assert!(said[0].starts_with(opening), "{said:?}");
    let opening = "x.xlsx: fields!E2 (max): holds the error #REF!; expected: A number";
    assert!(said[1].starts_with(opening), "{said:?}");
}

#[test]
fn in_csv_faults_are_placed_by_line_and_the_sheets_own_heading() {
    let text = "Ref,Question,Answer type,When\n\nQ1,A,kount,as-at\n";
    let csv = Grid::of_csv("x.csv", text).unwrap();
    let read = Sheets::of_csv(csv).read(&Header::default(), &Reading::default());
    let places = read.unwrap().places;
    let said = places.fault("x.csv", "fields[0].type", "is no type");
    assert_eq!(said, "x.csv: line 3, column Answer type: is no type");
    assert_eq!(
        places.fault("x.csv", "legal_basis", "is empty"),
        "--legal-basis: is empty"
    );
    assert_eq!(
        places.fault("x.csv", "targets.homes[1]", "is no id"),
        "--home: is no id"
    );
}
