//! A group's office and its homes fill in their topics, each in one workbook.

use serde_json::json;

use super::paper::{Paper, Typed, download, upload};
use super::{DAY, typed};
use crate::portal::site::Site;
use crate::world::{HOME, OTHER_HOME, ask};

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
    (1..)
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
        .says("Check and send");
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
        let last = (1..)
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
