//! A manager answers in a spreadsheet: what she types there comes into the form, or every fault is
//! told at its cell; and a group's office fills in one workbook for several homes.

mod group;
mod offered;
mod paper;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use serde_json::json;

use super::client::Browser;
use super::site::{EMAIL, Site};
use crate::world::{Client, HOME, OTHER_HOME, ask};

use self::paper::{Paper, Typed, download, fetch, upload};

const DAY: &str = "2026-11-24";
const SHEET: &str = "/homes/1-466088203/forms/2026-11-24/sheet";
const FILE: &str = "answers.csv";

/// A question of every kind.
fn every_kind() -> RawAsk {
    let options = json!([
        {"code": "r", "label": "Red"},
        {"code": "g", "label": "Green, with white"},
        {"code": "b", "label": "Blue"}
    ]);
    ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "count", "label": "How many beds are made?", "type": "count",
             "timing": "as-at", "definition": "Beds,\nnot cots."},
            {"name": "hours", "label": "Agency cover", "type": "quantity", "unit": "h",
             "decimals": 2, "timing": "during"},
            {"name": "share", "label": "Share of doors that close", "type": "percentage",
             "decimals": 1, "timing": "as-at"},
            {"name": "spent", "label": "Spent on paint", "type": "money", "unit": "GBP",
             "decimals": 2, "timing": "during"},
            {"name": "away", "label": "Staff away by reason", "type": "count", "timing": "as-at",
             "breakdown": ["covid_absence_reason"]},
            {"name": "open", "label": "Is the gate open?", "type": "yes-no", "timing": "as-at"},
            {"name": "visit", "label": "Day of the last drill", "type": "date",
             "timing": "standing"},
            {"name": "more", "label": "=HYPERLINK(\"http://x\";\"Anything else?\")",
             "type": "text", "timing": "as-at"},
            {"name": "door", "label": "Colour of the door", "type": "choice", "timing": "as-at",
             "options": options.clone()},
            {"name": "walls", "label": "Colours of the walls", "type": "choices",
             "timing": "as-at", "options": options},
            {"name": "mice", "label": "How many mice were seen?", "type": "count",
             "timing": "during"}
        ]),
    )
}

/// A site at which that is asked, and the browser of the home's manager.
async fn asked() -> (Site, Browser) {
    let site = Site::new().await;
    let council = site.world.requester("sefton-council").await;
    council.submit_ask(&every_kind()).await.unwrap();
    site.invite("Ann", EMAIL, &[HOME]).await;
    let browser = site.signed_in(EMAIL, "Ann Archer").await;
    (site, browser)
}

/// What is typed on a form and not sent, by the field that asks it: shortly written.
async fn typed(client: &Client, home: &str) -> BTreeMap<String, String> {
    let form = client.form(home, DAY).await.unwrap();
    let field = |entry: &str| {
        let known = form.entries.iter().find(|known| known.id == entry).unwrap();
        known.demands[0].field.clone()
    };
    let draft = form.draft.clone().unwrap_or_default();
    let typed = draft.entries.into_iter().filter_map(|entry| entry.answer);
    typed
        .map(|answer| (field(&answer.entry), short(&answer)))
        .collect()
}

fn short(answer: &v1::Answer) -> String {
    let mut parts = vec![
        answer.number.clone(),
        answer.unit.clone(),
        answer.date.clone(),
        answer.text.clone(),
        answer.options.join("+"),
        answer.note.clone(),
    ];
    parts.extend(answer.yes_no.map(|yes| yes.to_string()));
    parts.extend(answer.none_of_these.then(|| "none".to_owned()));
    if answer.declined != 0 {
        parts.push(answer.declined().as_str_name().to_lowercase());
    }
    for grid in &answer.grids {
        let cells = grid.cells.iter();
        parts.extend(cells.map(|cell| format!("{}={}", cell.codes.join("/"), cell.value)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn expected() -> BTreeMap<String, String> {
    [
        ("count", "1234"),
        ("hours", "90 min"),
        ("share", "92.5"),
        ("spent", "1200.50 GBP"),
        ("away", "isolating=1 unwell=2"),
        ("open", "true"),
        ("visit", "2026-11-01"),
        ("more", "=1+1"),
        ("door", "Green, with white"),
        ("walls", "Red+Blue"),
        ("mice", "we were away decline_reason_not_held"),
    ]
    .into_iter()
    .map(|(field, said)| (field.to_owned(), said.to_owned()))
    .collect()
}

#[tokio::test]
async fn answers_of_every_kind_come_back_from_csv() {
    let (site, mut browser) = asked().await;
    let ann = site.world.manager(HOME).await;
    browser.get(SHEET).await.says("Answer in a spreadsheet");
    let bytes = download(&site, &browser, &format!("{SHEET}.csv")).await;
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(
        text.contains("\"'=HYPERLINK("),
        "a formula goes out: {text}"
    );
    assert!(!text.trim_end().replace("\r\n", "").contains("not\ncots"));
    let mut paper = Paper::of_csv(&bytes);
    paper
        .fill("beds are made", "Answer", "1,234")
        .fill("Agency cover", "Answer", "90 mins")
        .fill("doors that close", "Answer", "92.5%")
        .fill("Spent on paint", "Answer", "£1,200.50")
        .fill("Unwell with", "Answer", "2")
        .fill("Well but", "Answer", "1")
        .fill("gate open", "Answer", "Y")
        .fill("last drill", "Answer", "Sunday 1 November 2026")
        .fill("Anything else", "Answer", "=1+1")
        .fill("Colour of the door", "Answer", "green, with white")
        .fill("Colours of the walls", "Answer", "Red; Blue")
        .fill("mice", "Why not", "We do not hold this information")
        .fill("mice", "Note to your reason", "we were away");
    let page = upload(&site, &mut browser, SHEET, &[], (FILE, paper.csv())).await;
    page.says("11 answers were read from your file");
    assert!(
        page.path.ends_with("/forms/2026-11-24/check"),
        "{}",
        page.path
    );
    let mut said = expected();
    said.insert("door".into(), "green, with white".into());
    assert_eq!(typed(&ann, HOME).await, said);
    // What is typed goes out again as no formula, and blank cells change nothing.
    let bytes = download(&site, &browser, &format!("{SHEET}.csv")).await;
    let mut paper = Paper::of_csv(&bytes);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("Typed so far: =1+1 (Ann Archer)"), "{text}");
    paper.fill("absence: Well but", "Answer", "4");
    browser.get(SHEET).await;
    let page = upload(&site, &mut browser, SHEET, &[], (FILE, paper.csv())).await;
    page.says("1 answer was read from your file");
    said.insert("away".into(), "isolating=4 unwell=2".into());
    assert_eq!(typed(&ann, HOME).await, said);
    site.world.stop().await;
}

#[tokio::test]
async fn answers_of_every_kind_come_back_from_a_workbook_in_its_own_types() {
    let (site, mut browser) = asked().await;
    let ann = site.world.manager(HOME).await;
    browser.get(SHEET).await;
    let bytes = download(&site, &browser, &format!("{SHEET}.xlsx")).await;
    let mut paper = Paper::of_xlsx(&bytes);
    paper
        .fill("mice", "Why not", "Not held")
        .fill("mice", "Note to your reason", "we were away");
    let answer = paper.column("Answer");
    let typed_in = [
        ("beds are made", Typed::Number(1234.0)),
        ("Agency cover", Typed::Text("90 min")),
        ("doors that close", Typed::Share(0.925)),
        ("Spent on paint", Typed::Text("£1,200.50")),
        ("Unwell with", Typed::Number(2.0)),
        ("Well but", Typed::Number(1.0)),
        ("gate open", Typed::Yes(true)),
        ("last drill", Typed::Day(2026, 11, 1)),
        ("Anything else", Typed::Text("=1+1")),
        ("Colour of the door", Typed::Text("Green, with white")),
        ("Colours of the walls", Typed::Text("Red; Blue")),
    ];
    let typed_in = typed_in.map(|(says, typed)| (paper.row(says), answer, typed));
    let file = ("whatever.bin", paper.xlsx(&typed_in));
    let page = upload(&site, &mut browser, SHEET, &[], file).await;
    page.says("11 answers were read from your file");
    assert_eq!(typed(&ann, HOME).await, expected());
    site.world.stop().await;
}

/// Uploads a file that is refused; asserts what is said, and that nothing is saved.
async fn refused(site: &Site, browser: &mut Browser, bytes: Vec<u8>, expected: &[&str]) {
    browser.get(SHEET).await;
    let page = upload(site, browser, SHEET, &[], (FILE, bytes)).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    page.says("Nothing was saved.");
    for words in expected {
        page.says(words);
    }
    let ann = site.world.manager(HOME).await;
    assert_eq!(typed(&ann, HOME).await, BTreeMap::new());
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in one go")]
async fn every_fault_is_told_at_its_cell_and_nothing_is_saved() {
    let (site, mut browser) = asked().await;
    let bytes = download(&site, &browser, &format!("{SHEET}.csv")).await;
    let paper = || Paper::of_csv(&bytes);
    let mut many = paper();
    many.fill("beds are made", "Answer", "about 12")
        .fill("Agency cover", "Answer", "3 kg")
        .fill("Unwell with", "Answer", "2")
        .fill("gate open", "Answer", "perhaps")
        .fill("last drill", "Answer", "1/11/26")
        .fill("Colour of the door", "Answer", "Pink")
        .fill("mice", "Answer", "3")
        .fill("mice", "Why not", "Not held")
        .fill("Spent on paint", "Answer", "5")
        .fill("Spent on paint", "Note to your reason", "roughly");
    let row = |says: &str| many.row(says) + 1;
    let told = [
        format!("Row {}, Answer: write a whole number", row("beds are made")),
        format!(
            "Row {}, Answer: the question is not measured in",
            row("Agency")
        ),
        format!("Row {}, Answer: fill in every line of", row("Well but")),
        format!("Row {}, Answer: write Yes or No", row("gate open")),
        format!("Row {}, Answer: write the year in full", row("last drill")),
        format!(
            "Row {}, Answer: choose one of the options",
            row("of the door")
        ),
        format!("Row {}, Why not: give an answer or a reason", row("mice")),
        format!("Row {}, Note to your reason: choose a reason", row("paint")),
    ];
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    refused(&site, &mut browser, many.csv(), &told).await;

    refused(
        &site,
        &mut browser,
        paper().csv(),
        &["has no answers in it"],
    )
    .await;
    let mut twice = paper();
    let beds = twice.row("beds are made");
    twice.fill("beds are made", "Answer", "3").repeat(beds);
    refused(&site, &mut browser, twice.csv(), &["in another row too"]).await;
    let reference = paper().column("Reference (do not change)");
    let changed = |from: &str, to: &str| {
        let mut paper = paper();
        paper.fill("beds are made", "Answer", "3");
        let text = paper.cell(beds, reference).replace(from, to);
        paper.set(beds, reference, &text);
        paper.csv()
    };
    let other_home = changed(HOME, OTHER_HOME);
    refused(&site, &mut browser, other_home, &["not for this home"]).await;
    let no_home = changed(HOME, "1-999999999");
    refused(&site, &mut browser, no_home, &["not for this home"]).await;
    let other_day = changed(DAY, "2026-11-23");
    refused(
        &site,
        &mut browser,
        other_day,
        &["not for Tuesday 24 November 2026"],
    )
    .await;
    let no_more = changed(" e_", " e_aaaa");
    refused(&site, &mut browser, no_more, &["no longer asked"]).await;
    let mut bare = paper();
    bare.fill("beds are made", "Answer", "3")
        .set(beds, reference, "");
    refused(
        &site,
        &mut browser,
        bare.csv(),
        &["the reference at the end"],
    )
    .await;
    let mut column = paper();
    let why = column.column("Why not");
    column.set(0, why, "Grund");
    refused(&site, &mut browser, column.csv(), &["no column “Why not”"]).await;
    let mut two = paper();
    two.set(0, why, "Answer");
    refused(
        &site,
        &mut browser,
        two.csv(),
        &["the column “Answer” twice"],
    )
    .await;
    site.world.stop().await;
}

/// A ZIP archive of parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook with a part more.
fn with_part(packed: &[u8], name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut part, &mut bytes).unwrap();
        parts.push((part.name().unwrap().to_string(), bytes));
    }
    parts.push((name.to_owned(), b"x".to_vec()));
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    package(&parts)
}

#[tokio::test]
async fn a_file_is_judged_by_its_content_and_never_by_its_name() {
    let (site, mut browser) = asked().await;
    let xlsx = download(&site, &browser, &format!("{SHEET}.xlsx")).await;
    let bomb = vec![b' '; 140 << 20];
    let bomb = package(&[("xl/workbook.xml", &bomb[..])]);
    assert!(bomb.len() < 4 << 20, "it is small as it comes");
    let other = Workbook::one_sheet("Holidays");
    let table: [(Vec<u8>, &str); 11] = [
        (Vec::new(), "Choose the file"),
        (b"%PDF-1.7".to_vec(), "is a PDF"),
        (b"<html><table>".to_vec(), "web page"),
        (b"{\"a\": 1}".to_vec(), "not one that was downloaded here"),
        (b"a,b\n1,2\n".to_vec(), "not one that was downloaded here"),
        (b"a,\xff\n".to_vec(), "not UTF-8"),
        (xlsx[..xlsx.len() / 2].to_vec(), "damaged"),
        (package(&[("word/document.xml", b"x")]), "Word document"),
        (with_part(&xlsx, "xl/vbaProject.bin"), "macros"),
        (bomb, "unpacks to more"),
        (other, "no sheet “Answers”"),
    ];
    for (bytes, expected) in table {
        refused(&site, &mut browser, bytes, &[expected]).await;
    }
    let large = vec![b'x'; (4 << 20) + 1];
    refused(&site, &mut browser, large, &["larger than 4 MB"]).await;
    site.world.stop().await;
}

struct Workbook;

impl Workbook {
    fn one_sheet(name: &str) -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().set_name(name).unwrap();
        book.save_to_buffer().unwrap()
    }
}

#[tokio::test]
async fn a_sheet_is_for_whoever_answers_for_the_home_and_from_her_own_page() {
    let (site, mut ann) = asked().await;
    let theirs = format!("/homes/{OTHER_HOME}/forms/{DAY}/sheet");
    for path in [
        theirs.clone(),
        format!("{theirs}.csv"),
        format!("{theirs}.xlsx"),
        "/homes/1-999999999/forms/2026-11-24/sheet.csv".to_owned(),
        format!("/homes/{HOME}/forms/2026-11/sheet.csv"),
        format!("/homes/{HOME}/forms/whenever/sheet.csv"),
        "/workbook".to_owned(),
        format!("/workbook?period={DAY}"),
        format!("/workbook/answers.xlsx?period={DAY}"),
    ] {
        let (status, _) = fetch(&site, &ann, &path).await;
        assert_eq!(status, 404, "{path}");
    }
    let stranger = site.browser();
    let (status, _) = fetch(&site, &stranger, &format!("{SHEET}.csv")).await;
    assert_eq!(status, 303, "she is led to sign in");
    let bytes = download(&site, &ann, &format!("{SHEET}.csv")).await;
    let mut paper = Paper::of_csv(&bytes);
    paper.fill("beds are made", "Answer", "3");
    let to_other = upload(&site, &mut ann, &theirs, &[], (FILE, paper.csv())).await;
    assert!([403, 404].contains(&to_other.status), "{}", to_other.status);
    ann.page.html = "name=\"csrf\" value=\"forged\">".to_owned();
    let forged = upload(&site, &mut ann, SHEET, &[], (FILE, paper.csv())).await;
    assert_eq!(forged.status, 403);
    let manager = site.world.manager(HOME).await;
    assert_eq!(typed(&manager, HOME).await, BTreeMap::new());
    site.world.stop().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in one go")]
async fn what_somebody_typed_since_the_download_stays_until_she_chooses_the_files() {
    let (site, mut ann) = asked().await;
    let manager = site.world.manager(HOME).await;
    let bytes = download(&site, &ann, &format!("{SHEET}.csv")).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let council = "organisations/sefton-council/asks/daily";
    let message = v1::SaveDraftRequest {
        name: format!("homes/{HOME}/forms/{DAY}"),
        answers: vec![
            crate::world::answer(&form, council, "count", json!({"number": "7"})),
            crate::world::answer(&form, council, "open", json!({"yes_no": true})),
        ],
        saved_by: "Sam Smith".into(),
        ..v1::SaveDraftRequest::default()
    };
    let saved = manager.forms().save_draft(manager.request(message)).await;
    saved.unwrap();
    let mut paper = Paper::of_csv(&bytes);
    paper
        .fill("beds are made", "Answer", "9")
        .fill("gate open", "Answer", "No")
        .fill("mice", "Answer", "0");
    ann.get(SHEET).await;
    let page = upload(&site, &mut ann, SHEET, &[], (FILE, paper.csv())).await;
    page.says("1 answer was read from your file")
        .says("These were changed since you downloaded the file")
        .says("Keep what is saved: 7 (typed by Sam Smith)")
        .says("Take what is in your file: 9")
        .says("Keep what is saved: Yes (typed by Sam Smith)");
    let kept = typed(&manager, HOME).await;
    let said = |field: &str| kept.get(field).map(String::as_str);
    assert_eq!(
        [said("count"), said("open"), said("mice")],
        [Some("7"), Some("true"), Some("0")]
    );
    let carried = page.html.split("name=\"carried\"").skip(1);
    let carried: Vec<String> = carried
        .map(|rest| super::client::Page {
            html: format!("name=\"carried\"{rest}"),
            ..super::client::Page::default()
        })
        .map(|piece| piece.value_of("carried").unwrap())
        .collect();
    let names = page.html.split("name=\"take.").skip(1).step_by(2);
    let names: Vec<String> = names
        .map(|rest| format!("take.{}", rest.split('"').next().unwrap()))
        .collect();
    assert_eq!((carried.len(), names.len()), (2, 2), "{}", page.html);
    let fields = [
        ("carried", carried[0].as_str()),
        ("carried", &carried[1]),
        (&names[0], "file"),
        (&names[1], "saved"),
    ];
    let page = ann.post("/workbook/choices", &fields).await;
    page.says("1 answer was read from your file");
    let kept = typed(&manager, HOME).await;
    assert_eq!((&*kept["count"], &*kept["open"]), ("9", "true"));
    // The same choice once more changes nothing; another, of a page that is too old, is told.
    ann.post("/workbook/choices", &fields)
        .await
        .says("1 answer");
    assert_eq!(typed(&manager, HOME).await, kept);
    let other = carried[0].replace("\"9\"", "\"11\"");
    let fields = [("carried", other.as_str()), (&names[0], "file")];
    let page = ann.post("/workbook/choices", &fields).await;
    page.says("Keep what is saved: 9 (typed by Ann Archer)")
        .says("Take what is in your file: 11");
    assert_eq!(typed(&manager, HOME).await, kept);
    let theirs = other.replace(HOME, OTHER_HOME);
    for (carried, expected) in [(theirs.as_str(), 404), ("{}", 400), ("", 400)] {
        let fields = [("carried", carried)];
        ann.get(SHEET).await;
        let page = ann.post("/workbook/choices", &fields).await;
        assert_eq!(page.status, expected, "{carried}");
    }
    site.world.stop().await;
}
