//! What is offered is said to be right; a figure has a unit of her choice, an answer its own day.

use askonce::grpc::v1;
use serde_json::json;

use super::paper::{Paper, download, upload};
use super::{DAY, FILE, SHEET, refused};
use crate::portal::client::{Browser, Page};
use crate::portal::site::{EMAIL, Site};
use crate::world::{Client, HOME, answer, ask};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";

/// A question with an offer from the day before, one in two units, one that has its own day.
async fn asked() -> (Site, Browser) {
    let site = Site::new().await;
    let council = site.world.requester("sefton-council").await;
    let fields = json!([
        {"name": "beds", "label": "How many beds are made?", "type": "count", "timing": "as-at",
         "max_age_days": 7},
        {"name": "cover", "label": "Agency cover", "type": "quantity", "unit": "h",
         "decimals": 2, "timing": "during"},
        {"name": "done", "label": "Was the drill held?", "type": "yes-no", "timing": "as-at",
         "moment": "on-completion"}
    ]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let ccg = site.world.requester("south-sefton-ccg").await;
    let fields = json!([
        {"name": "minutes", "label": "Agency cover", "type": "quantity", "unit": "min",
         "timing": "during"}
    ]);
    ccg.submit_ask(&ask("south-sefton-ccg", "call", fields))
        .await
        .unwrap();
    let manager = site.world.manager(HOME).await;
    let before = manager.form(HOME, "2026-11-23").await.unwrap();
    let beds = answer(&before, COUNCIL, "beds", json!({"number": "30"}));
    manager.answer(&before, vec![beds]).await.unwrap();
    site.invite("Ann", EMAIL, &[HOME]).await;
    let browser = site.signed_in(EMAIL, "Ann Archer").await;
    (site, browser)
}

/// What is typed for the beds and not sent.
async fn beds_typed(manager: &Client) -> Option<v1::Answer> {
    let form = manager.form(HOME, DAY).await.unwrap();
    let entry = answer(&form, COUNCIL, "beds", json!({})).entry;
    let entries = form.draft?.entries.into_iter();
    let mut typed = entries.filter_map(|known| known.answer);
    typed.find(|answer| answer.entry == entry)
}

/// Says of the beds, in a file, that what it shows is still right; uploads it.
async fn confirm<'a>(site: &Site, browser: &'a mut Browser, bytes: &[u8]) -> &'a Page {
    let mut paper = Paper::of_csv(bytes);
    paper.fill("beds are made", "Still right? (Yes)", "yes");
    browser.get(SHEET).await;
    upload(site, browser, SHEET, &[], (FILE, paper.csv())).await
}

#[tokio::test]
async fn a_yes_is_to_what_stood_beside_it_and_to_nothing_else() {
    let (site, mut browser) = asked().await;
    let manager = site.world.manager(HOME).await;
    let csv = format!("{SHEET}.csv");
    let before = download(&site, &browser, &csv).await;
    let receipts = manager.form(HOME, "2026-11-23").await.unwrap();
    let beds = answer(&receipts, COUNCIL, "beds", json!({"number": "33"}));
    manager.answer(&receipts, vec![beds]).await.unwrap();

    // She saw 30; by now 33 is offered.
    let page = confirm(&site, &mut browser, &before).await;
    assert_eq!(page.status, 422, "{}", page.text());
    page.says("Nothing was saved.")
        .says("Still right? (Yes): “What we have already” is no longer what it was");
    assert_eq!(beds_typed(&manager).await, None);
    let mut without = Paper::of_csv(&before);
    let known = without.column("What we have already");
    let row = without.row("beds are made");
    without
        .fill("beds are made", "Still right? (Yes)", "yes")
        .set(row, known, "");
    let told = ["is no longer what it was"];
    refused(&site, &mut browser, without.csv(), &told).await;

    let now = download(&site, &browser, &csv).await;
    confirm(&site, &mut browser, &now)
        .await
        .says("1 answer was read from your file");
    let typed = beds_typed(&manager).await.unwrap();
    assert_eq!((&*typed.number, typed.confirm), ("33", false));
    // The same file twice is as once.
    confirm(&site, &mut browser, &now)
        .await
        .says("1 answer was read from your file");
    assert_eq!(beds_typed(&manager).await.unwrap(), typed);

    // She types another figure; a file that shows it is a Yes to that one.
    let mut paper = Paper::of_csv(&download(&site, &browser, &csv).await);
    paper.fill("beds are made", "Answer", "35");
    browser.get(SHEET).await;
    upload(&site, &mut browser, SHEET, &[], (FILE, paper.csv())).await;
    let shown = download(&site, &browser, &csv).await;
    assert!(
        String::from_utf8(shown.clone())
            .unwrap()
            .contains("Typed so far: 35")
    );
    confirm(&site, &mut browser, &shown).await.says("1 answer");
    assert_eq!(beds_typed(&manager).await.unwrap().number, "35");
    site.world.stop().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in one go")]
async fn an_offer_is_confirmed_a_unit_chosen_and_the_day_said() {
    let (site, mut browser) = asked().await;
    let bytes = download(&site, &browser, &format!("{SHEET}.csv")).await;
    let mut paper = Paper::of_csv(&bytes);
    let (beds, known) = (
        paper.row("beds are made"),
        paper.column("What we have already"),
    );
    assert!(paper.cell(beds, known).starts_with("30. What you said"));
    let mut wrong = Paper::of_csv(&bytes);
    wrong
        .fill("beds are made", "Still right? (Yes)", "no")
        .fill("Agency cover", "Answer", "2 hours")
        .fill("Agency cover", "Unit", "minutes")
        .fill("drill held", "Answer", "yes")
        .fill("drill held", "Day it is about", "1 October 2026");
    let told = [
        "write the right answer in the column “Answer”",
        "give all figures of one question in the same unit",
        "write the day that your answer is about",
    ];
    refused(&site, &mut browser, wrong.csv(), &told).await;
    let mut both = Paper::of_csv(&bytes);
    both.fill("beds are made", "Still right? (Yes)", "Yes")
        .fill("beds are made", "Answer", "31");
    refused(
        &site,
        &mut browser,
        both.csv(),
        &["say Yes or give another answer"],
    )
    .await;
    let mut nothing = Paper::of_csv(&bytes);
    nothing.fill("drill held", "Still right? (Yes)", "Yes");
    refused(
        &site,
        &mut browser,
        nothing.csv(),
        &["nothing to be confirmed any more"],
    )
    .await;
    paper
        .fill("beds are made", "Still right? (Yes)", "Yes")
        .fill("Agency cover", "Answer", "90")
        .fill("Agency cover", "Unit", "minutes")
        .fill("drill held", "Answer", "yes")
        .fill("drill held", "Day it is about", "24/11/2026");
    browser.get(SHEET).await;
    let page = upload(&site, &mut browser, SHEET, &[], (FILE, paper.csv())).await;
    page.says("3 answers were read from your file");
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let draft = form.draft.clone().unwrap();
    let typed = |field: &str| -> v1::Answer {
        let entry = answer(&form, COUNCIL, field, json!({})).entry;
        let answers = draft
            .entries
            .iter()
            .filter_map(|entry| entry.answer.clone());
        answers
            .into_iter()
            .find(|answer| answer.entry == entry)
            .unwrap()
    };
    let beds = typed("beds");
    assert_eq!(
        (&*beds.number, beds.confirm),
        ("30", false),
        "the value that was seen"
    );
    let cover = typed("cover");
    assert_eq!((&*cover.number, &*cover.unit), ("90", "min"));
    let done = typed("done");
    assert_eq!((done.yes_no, &*done.on), (Some(true), "2026-11-24"));
    site.world.stop().await;
}
