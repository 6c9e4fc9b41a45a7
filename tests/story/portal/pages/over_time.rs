//! What a home was asked over time, and what it said.

use serde_json::json;

use super::{all, ccg_ask, ground, home, weekly};
use crate::world::answer;

#[tokio::test]
async fn a_home_sees_how_often_it_was_asked_each_question_and_by_whom() {
    let ground = ground().await;
    ground.ccg.submit_ask(&ccg_ask()).await.unwrap();
    ground.answered(&all()).await;
    let mut browser = ground.browser().await;
    let page = browser.get(&home("/questions")).await;
    page.says("From 24 November 2025 to 24 November 2026 you were asked 5 times and answered 3.")
        .says("3 questions were left: 2 fewer")
        .says("Beds filled")
        .says("Body sefton-council and Body south-sefton-ccg")
        .says("1 of 1");
    let question = page
        .links()
        .into_iter()
        .find(|link| link.contains("/questions/q_"));
    browser
        .get(&question.unwrap())
        .await
        .says("Who asks, and why")
        .says("6(1)(e)");
    for wrong in [
        "/questions/q_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "/questions/x",
        "/questions?until=2027-01-01",
        "/questions?until=x",
    ] {
        assert_eq!(browser.get(&home(wrong)).await.status, 404, "{wrong}");
    }
    let past = browser.get(&home("/questions?until=2025-11-23")).await;
    past.says("You were asked nothing")
        .says("The last 12 months");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn an_answer_to_a_form_at_the_edge_of_the_year_counts_of_whatever_it_speaks() {
    let ground = ground().await;
    // Of Sunday 22 November, the last day of the week before; a year later that day lies before the
    // year that is looked at, whose first day the week of the form holds.
    let before = weekly(
        "sefton-council",
        "before",
        json!([{"name": "B9", "label": "Beds empty", "type": "count", "timing": "as-at",
                "reference": "previous"}]),
    );
    ground.council.submit_ask(&before).await.unwrap();
    let form = ground.form().await;
    let ask = "organisations/sefton-council/asks/before";
    let said = answer(&form, ask, "B9", json!({"number": "4"}));
    ground.manager.answer(&form, vec![said]).await.unwrap();
    ground.site.clock.set("2027-11-26T09:00:00Z");
    let mut browser = ground.browser().await;
    let page = browser.get(&home("/questions")).await;
    page.says("From 26 November 2026 to 26 November 2027 you were asked 212 times and answered 1.");
    let links = page.links().into_iter();
    let mut links = links.filter(|link| link.contains("/questions/q_"));
    // Agency cover stands before it.
    let page = browser.get(&links.nth(1).unwrap()).await;
    page.says("you were asked this 53 times and answered 1.");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn a_trend_is_a_curve_and_a_table_and_marks_what_was_declined() {
    let ground = ground().await;
    let beds = |number: &str| [("B2", json!({"number": number}))];
    ground.answered(&beds("30")).await;
    ground.site.clock.set("2026-12-01T09:00:00Z");
    let declined = [("B2", json!({"declined": "not-held"}))];
    ground.answered_of("2026-W49", &declined).await;
    ground.site.clock.set("2026-12-08T09:00:00Z");
    ground.answered_of("2026-W50", &beds("34")).await;
    let mut browser = ground.browser().await;
    let topic = browser.get(&home("/forms/2026-W50/topics/1")).await;
    topic.says("Last time: We do not hold this information");
    let page = browser.get(&home("/questions")).await;
    let links = page.links().into_iter();
    let links: Vec<String> = links
        .filter(|link| link.contains("/questions/q_"))
        .collect();
    // The wordings stand in their order: Agency cover, Beds filled, Gloves.
    let page = browser.get(&links[1]).await;
    assert_eq!(page.title(), "Beds filled – AskOnce");
    page.says("you were asked this 3 times and answered 3, 1 of them with a reason")
        .says("On 29 November 2026")
        .says("We do not hold this information No answer")
        .says("Rings mark");
    assert!(page.html.contains("<svg class=\"chart\""));
    assert!(page.html.contains("role=\"img\""));
    assert_eq!(page.html.matches("<circle class=\"dot\"").count(), 2);
    assert_eq!(page.html.matches("<circle class=\"gap\"").count(), 1);
    ground.site.world.stop().await;
}

#[tokio::test]
async fn the_form_shows_what_was_answered_the_week_before() {
    let ground = ground().await;
    ground.answered(&all()).await;
    ground.site.clock.set("2026-12-01T09:00:00Z");
    let mut browser = ground.browser().await;
    let page = browser.get(&home("/forms/2026-W49/topics/1")).await;
    page.says("Last time: 30")
        .says("Last time: 6 hours")
        .says("Last time: Low");
    ground.site.world.stop().await;
}
