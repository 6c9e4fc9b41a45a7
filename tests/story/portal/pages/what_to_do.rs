//! What there is to do, and when.

use super::super::site::{EMAIL, Site};
use super::{CCG, all, ccg_ask, ground, home};
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
        .says("Nothing was sent yet");
    let links = page.links();
    for wanted in [
        home("/forms/now"),
        home("/forms/2026-W48"),
        home("/seen"),
        home("/questions"),
    ] {
        assert!(links.contains(&wanted), "{wanted}: {links:?}");
    }
    page.says("Week ending Sunday 6 December 2026")
        .says("Opens Monday 30 November: 3 questions, for Body sefton-council")
        .is_silent_on("you were asked");
    let page = browser.get(&home("/questions")).await;
    page.says("you were asked 3 times and answered 0");
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
        .says("Nothing is announced for the next weeks");
    browser
        .get(&home("/questions"))
        .await
        .says("asked 0 times and answered 0")
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
async fn a_list_of_homes_counts_as_the_list_of_a_home_does() {
    let ground = ground().await;
    let both = [HOME, OTHER_HOME];
    ground.site.invite("Ann Archer", EMAIL, &both).await;
    // Late since three weeks and since two, open, and coming: the first is likely to be left.
    ground.site.clock.set("2026-12-20T09:00:00Z");
    let mut browser = ground.browser().await;
    browser
        .get(&home(""))
        .await
        .says("9 to answer, on 3 forms.");
    browser
        .get("/homes")
        .await
        .says("9 to answer")
        .says("Was due Monday 7 December at 11:00, for Body sefton-council.");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn many_homes_stand_on_several_pages_each_of_them_once() {
    let site = Site::new().await;
    let ids: Vec<String> = (0..23).map(|at| format!("1-2000000{at:02}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let operator = site.world.operator().await;
    operator.register_homes(&ids, "E08000014").await;
    site.invite("Ann Archer", EMAIL, &ids).await;
    let mut browser = site.signed_in(EMAIL, "Ann").await;
    let mut told = Vec::new();
    let mut next = Some("/homes".to_owned());
    while let Some(path) = next {
        let links = browser.get(&path).await.links();
        let homes = links.iter().filter(|link| link.starts_with("/homes/"));
        told.push(homes.cloned().collect::<Vec<String>>());
        next = links
            .into_iter()
            .find(|link| link.starts_with("/homes?after="));
    }
    let sizes: Vec<usize> = told.iter().map(Vec::len).collect();
    assert_eq!(sizes, [20, 3]);
    let wanted: Vec<String> = ids.iter().map(|id| format!("/homes/{id}")).collect();
    assert_eq!(told.concat(), wanted);
    site.world.stop().await;
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
async fn the_calendar_calls_nothing_done_that_somebody_still_lacks() {
    let ground = ground().await;
    ground.answered(&all()).await;
    let mut call = ccg_ask();
    call.window.as_mut().unwrap().closes = "end+2d@11:00".into();
    ground.ccg.submit_ask(&call).await.unwrap();
    let mut browser = ground.browser().await;
    let week = "Week ending Sunday 29 November 2026";
    let november = home("/calendar?month=2026-11");
    let december = home("/calendar?month=2026-12");
    // What the one has is done, though the other lacks it.
    let page = browser.get(&november).await;
    page.says(&format!("{week} for Body sefton-council Done"));
    let lacking = format!("{week} for Body south-sefton-ccg Open");
    browser.get(&december).await.says(&lacking);
    ground.site.clock.set("2026-12-02T09:00:00Z");
    // Her session has ended meanwhile.
    let mut browser = ground.browser().await;
    let late = format!("{week} for Body south-sefton-ccg Late");
    browser.get(&december).await.says(&late);

    let also = home("/forms/2026-W48/also");
    let page = browser.get(&also).await;
    let mut fields = vec![("to", CCG.to_owned())];
    for name in ["template", "etag", "request"] {
        fields.push((name, page.value_of(name).unwrap()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser.post(&also, &fields).await;
    let done = format!("{week} for Body south-sefton-ccg Done");
    browser.get(&december).await.says(&done);
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
