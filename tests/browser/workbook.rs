//! A group's office fills in one workbook for its homes, and settles what a home typed meanwhile.

use std::io::Cursor;
use std::path::PathBuf;

use askonce::grpc::v1;
use askonce::server::Mail;
use calamine::{Reader, Xlsx};
use serde_json::json;

use super::audit::{self, Audit};
use super::hand::{Hand, Person};
use super::stage::{EMAIL, HOME, HOME_NAME, Stage, monthly};
use super::tab::{LAPTOP, Scripts, Tab};

/// Another home of the group.
const OTHER: &str = "1-1938268568";

/// The page of November's workbook.
const PAGE: &str = "/workbook?period=2026-11";

const BEDS: &str = "Beds made";
const DRILL: &str = "Day of the last fire drill";

/// Two homes of one office, asked the same.
async fn set() -> Stage {
    let stage = Stage::set(Mail::Nowhere).await;
    let home = v1::HomeRow {
        cqc_id: OTHER.into(),
        name: "Elm Court Residential and Nursing Home".into(),
        area_code: "E08000014".into(),
        ..v1::HomeRow::default()
    };
    let imported = stage.operator().import_homes(vec![home]).await;
    assert_eq!(imported[0].faults, []);
    stage.invite(EMAIL, &[HOME, OTHER]).await;
    let fields = json!([
        {"name": "beds", "label": BEDS, "type": "count", "timing": "as-at"},
        {"name": "drill", "label": DRILL, "type": "date", "timing": "standing"}
    ]);
    let said = json!({
        "purpose": "Knowing that homes are ready for a fire",
        "legal_basis": "UK GDPR Article 6(1)(e): public task",
    });
    let mut ask = monthly("sefton-council", "drills", &said, &fields);
    ask.targets.homes.push(OTHER.to_owned());
    stage.ask(&ask).await;
    stage
}

/// The cells of the workbook's answers, as whoever is signed in here downloads it.
async fn cells(stage: &Stage, tab: &Tab) -> Vec<Vec<String>> {
    let request = reqwest::Client::new()
        .get(stage.at("/workbook/answers.xlsx?period=2026-11"))
        .header("cookie", tab.cookies().await);
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    let bytes = answer.bytes().await.unwrap();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("Answers").unwrap();
    let row = |row: &[calamine::Data]| row.iter().map(ToString::to_string).collect();
    range.rows().map(row).collect()
}

/// The same with answers for homes, as a file that a spreadsheet program saves.
fn filled(tab: &Tab, cells: &[Vec<String>], answers: &[(&str, &str, &str)]) -> PathBuf {
    let mut cells = cells.to_vec();
    for (home, wording, answer) in answers {
        let column = cells[1].iter().position(|cell| cell == wording).unwrap();
        let of_home = |row: &&mut Vec<String>| row.iter().any(|cell| cell.starts_with(home));
        let row = cells.iter_mut().find(of_home).unwrap();
        (*answer).clone_into(&mut row[column]);
    }
    let path = tab.folder().join("answers.csv");
    let mut writer = csv::Writer::from_path(&path).unwrap();
    for row in cells {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
    path
}

/// Uploads a file on the workbook's page.
async fn upload(stage: &Stage, person: &Person<'_>, file: &std::path::Path) {
    person.tab.go(&stage.at(PAGE)).await;
    let field = person.tab.find("#file").await;
    field.send_keys(file.to_str().unwrap()).await.unwrap();
    person.press("Upload and check").await;
}

async fn says(tab: &Tab, words: &str) {
    let text = tab.text().await;
    assert!(text.contains(words), "{words}\n{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_uploads_one_workbook_for_its_homes_and_chooses_where_both_typed() {
    if !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(Scripts::On).await else {
        return;
    };
    tab.resize(LAPTOP).await;
    let stage = set().await;
    let person = Person {
        tab: &tab,
        hand: Hand::Mouse,
    };
    let audit = Audit::new(true);
    tab.go(&stage.link().await).await;
    person.press("Continue").await;
    person
        .type_in("", "Who is answering?", "Olive Office")
        .await;
    person.press("Continue").await;
    tab.go(&stage.at("/workbook")).await;
    audit.page(&tab, "workbook-forms").await;
    person.press("November 2026").await;
    audit.page(&tab, "workbook").await;
    let empty = cells(&stage, &tab).await;

    let both = [(HOME, BEDS, "41"), (OTHER, BEDS, "20")];
    upload(&stage, &person, &filled(&tab, &empty, &both)).await;
    audit.page(&tab, "workbook-read").await;
    says(&tab, "1 answer was read from your file").await;
    let wrong = [(HOME, BEDS, "about 40"), (OTHER, DRILL, "soon")];
    upload(&stage, &person, &filled(&tab, &empty, &wrong)).await;
    assert!(tab.title().await.starts_with("Error: "));
    audit.page(&tab, "workbook-error").await;

    // The same old file, with another figure than the one that is typed since.
    let changed = [
        (HOME, BEDS, "44"),
        (HOME, DRILL, "9 November 2026"),
        (OTHER, BEDS, "20"),
    ];
    upload(&stage, &person, &filled(&tab, &empty, &changed)).await;
    audit.page(&tab, "workbook-changed").await;
    says(&tab, HOME_NAME).await;
    person.pick("", "Take what is in your file: 44").await;
    person.press("Save my choices").await;
    says(&tab, "1 answer was read from your file").await;
    assert_eq!(
        tab.path().await,
        format!("/homes/{HOME}/forms/2026-11/check")
    );
    stage.stop().await;
    audit.end();
}
