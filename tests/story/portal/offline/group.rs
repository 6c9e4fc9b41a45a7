//! A group's office and its homes fill in their topics, each in one workbook.

use serde_json::json;

use super::paper::{Paper, Typed, download, upload};
use super::{DAY, typed};
use crate::portal::site::Site;
use crate::world::{HOME, OTHER_HOME, answer, ask};

const PAGE: &str = "/workbook?period=2026-11-24";
const BOOK: &str = "/workbook/answers.xlsx?period=2026-11-24";
const OFFICE: &str = "office@group.example";

/// A group of two homes: both are asked for beds, one for paint.
async fn asked() -> (Site, crate::portal::client::Browser) {
    let site = Site::new().await;
    let council = site.world.requester("sefton-council").await;
    let mut both = ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "beds", "label": "How many beds are made?", "type": "count",
             "timing": "as-at", "topic": "Beds"},
            {"name": "away", "label": "Staff away by reason", "type": "count", "timing": "as-at",
             "breakdown": ["covid_absence_reason"], "topic": "Staff"}
        ]),
    );
    both.targets.homes = vec![HOME.to_owned(), OTHER_HOME.to_owned()];
    council.submit_ask(&both).await.unwrap();
    let one = ask(
        "sefton-council",
        "paint",
        json!([
            {"name": "spent", "label": "Spent on paint", "type": "money", "unit": "GBP",
             "decimals": 2, "timing": "during", "topic": "Money"}
        ]),
    );
    council.submit_ask(&one).await.unwrap();
    site.invite("Olive", OFFICE, &[HOME, OTHER_HOME]).await;
    let browser = site.signed_in(OFFICE, "Olive Office").await;
    (site, browser)
}

/// The column of a question of a workbook.
fn column(paper: &Paper, wording: &str) -> usize {
    let row = 1;
    (1..1_000)
        .take_while(|at| !paper.cell(row, *at).is_empty())
        .find(|at| paper.cell(row, *at).contains(wording))
        .unwrap_or_else(|| panic!("no column asks {wording}"))
}

#[tokio::test]
async fn one_workbook_comes_into_the_draft_of_each_home() {
    let (site, mut office) = asked().await;
    office.get("/workbook").await.says("24 November 2026");
    let page = office.get(PAGE).await;
    page.says("Beds 1 question")
        .says("Staff 1 question")
        .says("Money 1 question");
    let bytes = download(&site, &office, BOOK).await;
    let paper = Paper::of_xlsx(&bytes);
    let (one, other) = (paper.row(HOME), paper.row(OTHER_HOME));
    let beds = column(&paper, "beds are made");
    let unwell = column(&paper, "Unwell with");
    let isolating = column(&paper, "Well but");
    let paint = column(&paper, "Spent on paint");
    assert_eq!(paper.cell(0, paint), "Money");
    let wrong = [
        (one, beds, Typed::Number(12.5)),
        (one, unwell, Typed::Number(2.0)),
        (other, beds, Typed::Number(8.0)),
        (other, paint, Typed::Number(5.0)),
    ];
    let file = ("a.xlsx", paper.xlsx(&wrong));
    let fields = [("period", DAY)];
    let page = upload(&site, &mut office, "/workbook", &fields, file).await;
    assert_eq!(page.status, 422);
    page.says("Nothing was saved.")
        .says(": write a whole number")
        .says(": fill in every line")
        .says(": this is not asked of the home");
    let (ann, bob) = (
        site.world.manager(HOME).await,
        site.world.manager(OTHER_HOME).await,
    );
    assert!(typed(&ann, HOME).await.is_empty());
    assert!(typed(&bob, OTHER_HOME).await.is_empty(), "all or none");
    let right = [
        (one, beds, Typed::Number(12.0)),
        (one, unwell, Typed::Number(2.0)),
        (one, isolating, Typed::Number(0.0)),
        (one, paint, Typed::Text("n/a")),
        (other, beds, Typed::Number(8.0)),
    ];
    let file = ("a.xlsx", paper.xlsx(&right));
    let page = upload(&site, &mut office, "/workbook", &fields, file).await;
    page.says("3 answers were read from your file")
        .says("1 answer was read from your file")
        .says(&format!("Home {HOME}: check and send"));
    for home in [HOME, OTHER_HOME] {
        let check = format!("/homes/{home}/forms/{DAY}/check");
        assert!(page.links().contains(&check), "{:?}", page.links());
    }
    let said = typed(&ann, HOME).await;
    assert_eq!(said["beds"], "12");
    assert_eq!(said["away"], "isolating=0 unwell=2");
    assert_eq!(said["spent"], "decline_reason_not_applicable");
    assert_eq!(typed(&bob, OTHER_HOME).await["beds"], "8");
    site.world.stop().await;
}

#[tokio::test]
async fn topics_are_given_to_office_or_home_and_end_in_the_same_draft() {
    let (site, mut office) = asked().await;
    site.invite("Ann", super::EMAIL, &[HOME]).await;
    office.get(PAGE).await;
    let bytes = download(&site, &office, &format!("{BOOK}&topic=Money")).await;
    let paper = Paper::of_xlsx(&bytes);
    assert_eq!(column(&paper, "Spent on paint"), 1, "the one topic");
    assert_eq!(paper.cell(1, 2), "", "{:?}", paper.cell(1, 2));
    let own = super::SHEET;
    let mut ann = site.signed_in(super::EMAIL, "Ann Archer").await;
    let sheet = download(&site, &ann, &format!("{own}.csv")).await;
    let mut sheet = Paper::of_csv(&sheet);
    sheet.fill("beds are made", "Answer", "7");
    ann.get(own).await;
    upload(&site, &mut ann, own, &[], ("a.csv", sheet.csv())).await;
    let paint = [(paper.row(HOME), 1, Typed::Text("£20"))];
    let file = ("a.xlsx", paper.xlsx(&paint));
    let page = upload(&site, &mut office, "/workbook", &[("period", DAY)], file).await;
    page.says("1 answer was read from your file");
    let manager = site.world.manager(HOME).await;
    let said = typed(&manager, HOME).await;
    assert_eq!((&*said["beds"], &*said["spent"]), ("7", "20 GBP"));
    site.world.stop().await;
}

#[tokio::test]
async fn a_row_of_another_home_another_form_or_no_home_at_all_is_refused() {
    let (site, mut office) = asked().await;
    office.get(PAGE).await;
    let bytes = download(&site, &office, BOOK).await;
    let reference = |paper: &Paper, row: usize| {
        let last = (1..1_000)
            .find(|at| paper.cell(row, *at).contains(HOME))
            .unwrap();
        (last, paper.cell(row, last).to_owned())
    };
    for (from, to, expected) in [
        (HOME, "1-999999999", "not one of your homes"),
        (HOME, OTHER_HOME, "this home is in another row too"),
        (DAY, "2026-11-23", "not for Tuesday 24 November 2026"),
        (HOME, "", "the reference at the end"),
    ] {
        let mut paper = Paper::of_xlsx(&bytes);
        let row = paper.row(HOME);
        let other = paper.row(OTHER_HOME);
        let beds = column(&paper, "beds are made");
        let (at, text) = reference(&paper, row);
        paper.set(row, at, &text.replace(from, to));
        let cells = [
            (row, beds, Typed::Number(1.0)),
            (other, beds, Typed::Number(2.0)),
        ];
        let file = ("a.xlsx", paper.xlsx(&cells));
        let page = upload(&site, &mut office, "/workbook", &[("period", DAY)], file).await;
        assert_eq!(page.status, 422, "{from} to {to}");
        page.says(expected);
    }
    for home in [HOME, OTHER_HOME] {
        let manager = site.world.manager(home).await;
        assert!(typed(&manager, home).await.is_empty());
    }
    site.world.stop().await;
}

/// The notes of a workbook: what each cell of the sheet of answers says in its own.
fn notes(bytes: &[u8]) -> String {
    let mut package = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut part = package.by_name("xl/comments1.xml").unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut part, &mut text).unwrap();
    text
}

#[tokio::test]
async fn a_cell_has_a_note_of_what_we_have_already() {
    let (site, mut office) = asked().await;
    let council = site.world.requester("sefton-council").await;
    let mut again = ask(
        "sefton-council",
        "again",
        json!([{"name": "made", "label": "How many beds are free?", "type": "count",
                "timing": "as-at", "max_age_days": 7, "topic": "Beds"}]),
    );
    again.targets.homes = vec![HOME.to_owned(), OTHER_HOME.to_owned()];
    council.submit_ask(&again).await.unwrap();
    let manager = site.world.manager(HOME).await;
    let before = manager.form(HOME, "2026-11-23").await.unwrap();
    let name = "organisations/sefton-council/asks/again";
    let made = answer(&before, name, "made", json!({"number": "30"}));
    manager.answer(&before, vec![made]).await.unwrap();

    let bytes = download(&site, &office, BOOK).await;
    let paper = Paper::of_xlsx(&bytes);
    let free = column(&paper, "beds are free");
    let cell = |row: usize| {
        format!(
            "{}{}",
            char::from(b'A' + u8::try_from(free).unwrap()),
            row + 1
        )
    };
    let own = notes(&bytes);
    assert_eq!(own.matches("<comment ").count(), 1, "{own}");
    assert!(
        own.contains(&format!("ref=\"{}\"", cell(paper.row(HOME)))),
        "{own}"
    );
    assert!(own.contains("30. What you said"), "{own}");

    office.get(PAGE).await;
    let typed_in = [(paper.row(OTHER_HOME), free, Typed::Number(8.0))];
    let file = ("a.xlsx", paper.xlsx(&typed_in));
    upload(&site, &mut office, "/workbook", &[("period", DAY)], file).await;
    let own = notes(&download(&site, &office, BOOK).await);
    assert_eq!(own.matches("<comment ").count(), 2, "{own}");
    assert!(
        own.contains(&format!("ref=\"{}\"", cell(paper.row(OTHER_HOME)))),
        "{own}"
    );
    assert!(own.contains("Typed so far: 8 (Olive Office)"), "{own}");
    site.world.stop().await;
}

#[tokio::test]
async fn more_homes_than_a_workbook_holds_are_answered_for_in_parts() {
    let site = Site::new().await;
    let operator = site.world.operator().await;
    let homes: Vec<String> = (0..101).map(|nth| format!("1-2000{nth:05}")).collect();
    let ids: Vec<&str> = homes.iter().map(String::as_str).collect();
    operator.register_homes(&ids, "E08000014").await;
    let council = site.world.requester("sefton-council").await;
    let mut all = ask(
        "sefton-council",
        "daily",
        json!([{"name": "beds", "label": "How many beds are made?", "type": "count",
                "timing": "as-at"}]),
    );
    all.targets.homes.clone_from(&homes);
    council.submit_ask(&all).await.unwrap();
    site.invite("Olive", OFFICE, &ids).await;
    let mut office = site.signed_in(OFFICE, "Olive Office").await;

    let page = office.get(PAGE).await;
    let (first, last) = (&ids[0], &ids[100]);
    page.says("Choose homes")
        .says(&format!("Home {first} to Home {} 51 homes", ids[50]))
        .says(&format!("Home {} to Home {last} 50 homes", ids[51]));
    for path in [
        BOOK.to_owned(),
        format!("{BOOK}&part=3"),
        format!("{PAGE}&part=x"),
    ] {
        let (status, _) = super::fetch(&site, &office, &path).await;
        assert_eq!(status, 404, "{path}");
    }
    let second = download(&site, &office, &format!("{BOOK}&part=2")).await;
    let second = Paper::of_xlsx(&second);
    let cells = [(second.row(last), 1, Typed::Number(4.0))];
    // It is told by the workbook which homes it is for, whatever part the page showed.
    office.get(&format!("{PAGE}&part=1")).await.says("51 homes");
    let fields = [("period", DAY), ("part", "1")];
    let file = ("a.xlsx", second.xlsx(&cells));
    let page = upload(&site, &mut office, "/workbook", &fields, file).await;
    page.says("1 answer was read from your file");
    let manager = site.world.manager(last).await;
    assert_eq!(typed(&manager, last).await["beds"], "4");

    let both = download(&site, &office, &format!("{BOOK}&part=1")).await;
    let mut both = Paper::of_xlsx(&both);
    both.append(&second, |row| row[0].starts_with("Home 1-"));
    office.get(&format!("{PAGE}&part=1")).await;
    let file = (
        "a.xlsx",
        both.xlsx(&[(both.row(first), 1, Typed::Number(5.0))]),
    );
    let page = upload(&site, &mut office, "/workbook", &fields, file).await;
    assert_eq!(page.status, 422);
    page.says("more than 100 homes").says("Nothing was saved.");
    let manager = site.world.manager(first).await;
    assert!(typed(&manager, first).await.is_empty());
    site.world.stop().await;
}
