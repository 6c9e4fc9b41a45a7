//! Receipts, and who has collected.

use serde_json::json;

use super::{COUNCIL, all, ccg_ask, ground, home};

#[tokio::test]
async fn a_receipt_says_who_receives_what_in_whose_terms() {
    let ground = ground().await;
    ground.ccg.submit_ask(&ccg_ask()).await.unwrap();
    let receipt = ground.answered(&all()).await;
    let mut browser = ground.browser().await;
    let path = home(&format!("/receipts/{receipt}"));
    let page = browser.get(&path).await;
    page.says("Your answers are sent")
        .says(&receipt)
        .says("sent on Tuesday 24 November 2026 at 09:00 by Jo at the front desk")
        .says("Body sefton-council: 3 answers")
        .says("Body south-sefton-ccg: 2 answers")
        .says("6 hours")
        .says("360 minutes (in the unit that they use)")
        .says("Low (code low)")
        .says("What for: mutual aid");
    assert!(page.links().iter().any(|link| link.contains("/correct/e_")));
    let only = browser.get(&format!("{path}?to=south-sefton-ccg")).await;
    only.says("360 minutes").is_silent_on("code low");
    for wrong in [
        format!("{path}?to=nhs-england"),
        home("/receipts/r_aaaaaaaaaaaaaaaa"),
        home(&format!("/receipts/{receipt},r_aaaaaaaaaaaaaaaa")),
        home("/receipts/,"),
    ] {
        assert_eq!(browser.get(&wrong).await.status, 404, "{wrong}");
    }
    ground.site.world.stop().await;
}

#[tokio::test]
async fn a_receipt_says_what_is_still_to_be_done() {
    let ground = ground().await;
    let mut tracker = ccg_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    ground.ccg.submit_ask(&tracker).await.unwrap();
    let [beds, ..] = all();
    let receipt = ground.answered(&[beds]).await;
    let mut browser = ground.browser().await;
    let page = browser.get(&home(&format!("/receipts/{receipt}"))).await;
    page.says("What this does not file")
        .says("Capacity Tracker: week ending Sunday 29 November 2026")
        .says("1 of 2 answers ready to copy")
        .says("2 to answer")
        .is_silent_on("Body south-sefton-ccg: 1 answer");
    let copy = home("/forms/2026-W48/file/south-sefton-ccg/call");
    assert!(page.links().contains(&copy));
    ground.site.world.stop().await;
}

#[tokio::test]
async fn several_receipts_stand_on_one_page() {
    let ground = ground().await;
    let [beds, cover, gloves] = all();
    let one = ground.answered(&[beds]).await;
    let other = ground.answered(&[cover, gloves]).await;
    let mut browser = ground.browser().await;
    let page = browser
        .get(&home(&format!("/receipts/{one},{other}")))
        .await;
    page.says(&one)
        .says(&other)
        .says("Body sefton-council: 3 answers");
    let many = vec![one.as_str(); 21].join(",");
    assert_eq!(
        browser
            .get(&home(&format!("/receipts/{many}")))
            .await
            .status,
        200,
        "one, told often"
    );
    ground.site.world.stop().await;
}

#[tokio::test]
async fn the_home_sees_who_has_collected_which_answers() {
    let ground = ground().await;
    ground.answered(&all()).await;
    let mut browser = ground.browser().await;
    browser
        .get(&home("/seen"))
        .await
        .says("Nobody has collected");
    assert_eq!(ground.council.deliveries(COUNCIL).await.unwrap().len(), 3);
    let page = browser.get(&home("/seen")).await;
    page.says("Body sefton-council")
        .says("Week ending Sunday 29 November 2026 3 answers")
        .says("Beds filled")
        .says("Agency cover")
        .says("Tuesday 24 November 2026 at 09:00")
        .is_silent_on("30")
        .is_silent_on("Older");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn what_was_collected_stands_on_pages_the_latest_first_each_of_it_once() {
    let ground = ground().await;
    ground.site.clock.set("2027-06-02T09:00:00Z");
    let weeks: Vec<String> = (48..=53)
        .map(|week| format!("2026-W{week}"))
        .chain((1..=21).map(|week| format!("2027-W{week:02}")))
        .collect();
    for week in &weeks {
        ground
            .answered_of(week, &[("B2", json!({"number": "30"}))])
            .await;
    }
    // All of it in one go, so that a page ends within what was taken at once.
    let taken = ground.council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(taken.len(), weeks.len());
    let mut browser = ground.browser().await;
    let page = browser.get(&home("/seen")).await.clone();
    page.says("Week ending Sunday 30 May 2027")
        .is_silent_on("Week ending Sunday 29 November 2026")
        .is_silent_on("Back to the latest");
    assert_eq!(page.html.matches("<th scope=\"row\">").count(), 25);
    let older = page.links();
    let older = older.iter().find(|link| link.contains("before=")).unwrap();
    let page = browser.get(older).await;
    page.says("Week ending Sunday 6 December 2026")
        .says("Week ending Sunday 29 November 2026")
        .is_silent_on("Older")
        .says("Back to the latest");
    assert_eq!(page.html.matches("<th scope=\"row\">").count(), 2);
    for wrong in ["before=1", "form=2026-W48", "before=x&form=2026-W48"] {
        let path = home(&format!("/seen?{wrong}"));
        assert_eq!(browser.get(&path).await.status, 404, "{wrong}");
    }
    ground.site.world.stop().await;
}
