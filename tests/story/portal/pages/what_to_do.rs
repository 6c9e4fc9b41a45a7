//! What there is to do, and when.

use super::super::site::{EMAIL, Site};
use super::{all, ccg_ask, ground, home};
use crate::world::{HOME, OTHER_HOME};

#[tokio::test]
async fn a_manager_sees_at_once_what_to_do_by_when_and_for_whom() {
    let ground = ground().await;
    let mut browser = ground.browser().await;
    let page = browser.get("/").await;
    assert_eq!(page.path, home(""), "her one home");
    page.says("What to do now")
        .says("3 to answer, on one form.")
        .says("Due Monday 30 November at 11:00, for Body sefton-council.")
        .says("Week ending Sunday 29 November 2026")
        .says("Some of it is compulsory")
        .says("Nothing was sent yet")
        .says("you were asked 3 times and answered 0");
    let links = page.links();
    for wanted in [home("/forms/now"), home("/forms/2026-W48"), home("/seen")] {
        assert!(links.contains(&wanted), "{wanted}: {links:?}");
    }
    page.says("Week ending Sunday 6 December 2026")
        .says("Opens Monday 30 November: 3 questions, for Body sefton-council");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn what_is_done_leaves_the_list_and_what_is_late_says_so() {
    let ground = ground().await;
    ground.site.clock.set("2026-12-01T09:00:00Z");
    let mut browser = ground.browser().await;
    let page = browser.get(&home("")).await;
    page.says("Late").says("Was due yesterday at 11:00");
    let receipt = ground.answered(&all()).await;
    let page = browser.get(&home("")).await;
    page.is_silent_on("Was due")
        .says("3 answers, Tuesday 1 December 2026 at 09:00, by Jo at the front desk");
    assert!(
        page.links()
            .contains(&home(&format!("/receipts/{receipt}")))
    );
    ground.site.world.stop().await;
}

#[tokio::test]
async fn a_home_that_nobody_asks_is_told_so_kindly() {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let mut browser = site.signed_in(EMAIL, "Ann").await;
    let page = browser.get("/").await;
    page.says("Nothing is waiting for you")
        .says("Nothing is announced for the next weeks")
        .says("asked 0 times and answered 0");
    browser
        .get(&home("/questions"))
        .await
        .says("You were asked nothing");
    browser
        .get(&home("/seen"))
        .await
        .says("Nobody has collected");
    site.world.stop().await;
}

#[tokio::test]
async fn whoever_answers_for_several_homes_chooses_one() {
    let ground = ground().await;
    let both = [HOME, OTHER_HOME];
    ground.site.invite("Ann Archer", EMAIL, &both).await;
    let mut browser = ground.browser().await;
    let page = browser.get("/").await;
    assert_eq!(page.path, "/homes");
    page.says("Your homes")
        .says(&format!("Home {HOME}"))
        .says(&format!("Home {OTHER_HOME}"))
        .says("3 to answer")
        .says("All done");
    assert!(page.links().contains(&"/workbook".to_owned()));
    browser.get(&home("")).await.says("All homes");
    let page = browser.get(&format!("/homes?after={OTHER_HOME}")).await;
    page.is_silent_on("All done")
        .says("Back to the first homes");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn another_home_and_an_unknown_one_look_the_same_on_every_page() {
    let ground = ground().await;
    let receipt = ground.answered(&all()).await;
    let entry = ground.entry("B2").await;
    let mut browser = ground.browser().await;
    for rest in [
        String::new(),
        "/calendar".into(),
        "/seen".into(),
        "/questions".into(),
        format!("/receipts/{receipt}"),
        format!("/receipts/{receipt}/correct/{entry}"),
        "/forms/2026-W48/also".into(),
        "/forms/2026-W48/file/sefton-council/week".into(),
    ] {
        let mut told = Vec::new();
        for id in [OTHER_HOME, "1-999999999", "nonsense"] {
            let page = browser.get(&format!("/homes/{id}{rest}")).await;
            assert_eq!(page.status, 404, "{id}{rest}");
            told.push(page.text());
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{rest}");
    }
    let mut stranger = ground.site.browser();
    assert_eq!(stranger.get(&home("")).await.path, "/sign-in");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn the_calendar_says_what_opens_and_falls_due_month_by_month() {
    let ground = ground().await;
    ground.answered(&all()).await;
    let mut browser = ground.browser().await;
    let page = browser.get(&home("/calendar")).await;
    page.says("November 2026")
        .says("Monday 23")
        .says("Due by 11:00: Week ending Sunday 29 November 2026")
        .says("Done");
    assert!(page.links().contains(&home("/calendar?month=2026-12")));
    let page = browser.get(&home("/calendar?month=2026-12")).await;
    page.says("Friday 25 bank holiday")
        .says("Due by 11:00: Week ending Sunday 6 December 2026");
    for month in ["2026-13", "2026", "2030-01", "x"] {
        let path = home(&format!("/calendar?month={month}"));
        assert_eq!(browser.get(&path).await.status, 404, "{month}");
    }
    ground.site.world.stop().await;
}

#[tokio::test]
async fn answers_that_others_ask_for_too_are_on_the_list_with_nothing_to_type() {
    let ground = ground().await;
    ground.answered(&all()).await;
    ground.ccg.submit_ask(&ccg_ask()).await.unwrap();
    let mut browser = ground.browser().await;
    let page = browser.get(&home("")).await;
    page.says("Send to Body south-sefton-ccg: week ending Sunday 29 November 2026")
        .says("2 answers; nothing to type")
        .is_silent_on("Answer everything that is open");
    assert!(page.links().contains(&home("/forms/2026-W48/also")));
    ground.site.world.stop().await;
}
