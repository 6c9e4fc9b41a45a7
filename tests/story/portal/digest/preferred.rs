//! A person says on which days she wants it.

use super::super::client::Browser;
use super::super::site::{EMAIL, Site};
use super::{FIRST, asked, ccg_ask, says};
use crate::world::HOME;

const BO: &str = "bo@rowan-house.example";
const CY: &str = "cy@rowan-house.example";

async fn prefers(site: &Site, email: &str, days: &str) -> Browser {
    let mut browser = site.signed_in(email, "Somebody").await;
    browser.get("/preferences").await;
    browser.post("/preferences", &[("days", days)]).await;
    assert_eq!(browser.page.status, 200);
    browser
}

/// The choices that the page shows as hers.
fn chosen(browser: &Browser) -> Vec<&str> {
    let tags = browser.page.html.split("<input").skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    let checked = tags.filter(|tag| tag.ends_with(" checked"));
    checked
        .filter_map(|tag| tag.split("value=\"").nth(1)?.split('"').next())
        .collect()
}

#[tokio::test]
async fn on_mondays_only_she_hears_of_all_that_is_new_since_her_last_and_never_is_never() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    for (name, email, days) in [("Bo", BO, "mondays"), ("Cy", CY, "never")] {
        site.invite(name, email, &[HOME]).await;
        prefers(&site, email, days).await;
    }
    assert_eq!(site.morning(FIRST).await, 1);
    assert_eq!(site.letters(1).await[0].to.as_str(), EMAIL);
    let ccg = site.world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    site.morning("2026-11-27").await;
    says(
        &site.letters(1).await[0],
        "Body south-sefton-ccg: mutual aid",
    );
    assert_eq!(site.morning("2026-11-30").await, 2);
    let letters = site.letters(2).await;
    // Ann was told of both by then, Bo of neither.
    assert_eq!(letters[0].subject, format!("Home {HOME}: 2 forms due"));
    assert_eq!(letters[1].to.as_str(), BO);
    assert_eq!(
        letters[1].subject,
        format!("Home {HOME}: 2 forms due, 2 new requests")
    );
    says(&letters[1], "once a week, on Monday");
    site.morning("2026-12-07").await;
    let letters = site.letters(2).await;
    assert!(letters.iter().all(|letter| !letter.subject.contains("new")));
    site.world.stop().await;
}

#[tokio::test]
async fn after_a_bank_holiday_a_week_begins_on_its_first_working_day() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    site.invite("Bo", BO, &[HOME]).await;
    prefers(&site, BO, "mondays").await;
    let table = [
        // The Christmas of 2026: Friday and, for Boxing Day, Monday.
        ("2026-12-24", 1),
        ("2026-12-25", 0),
        ("2026-12-26", 0),
        ("2026-12-27", 0),
        ("2026-12-28", 0),
        ("2026-12-29", 2),
        ("2026-12-30", 1),
        ("2027-01-01", 0),
        ("2027-01-04", 2),
    ];
    for (day, letters) in table {
        assert_eq!(site.morning(day).await, letters, "{day}");
        site.letters(letters).await;
    }
    site.world.stop().await;
}

#[tokio::test]
async fn her_choice_is_hers_stays_and_is_asked_for_plainly() {
    let site = asked(Site::new().await, &[HOME]).await;
    site.invite("Bo", BO, &[HOME]).await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let home = ann.get("/").await;
    assert!(home.links().contains(&"/preferences".to_owned()));
    ann.get("/preferences").await.says("Every working day");
    assert_eq!(chosen(&ann), ["every-working-day"]);
    for wrong in ["", "Mondays", "daily"] {
        let page = ann.post("/preferences", &[("days", wrong)]).await;
        page.says("Choose when");
        assert_eq!(
            (page.status, page.title().starts_with("Error: ")),
            (422, true)
        );
    }
    for _ in 0..2 {
        let page = ann.post("/preferences", &[("days", "mondays")]).await;
        page.says("We e-mail you on Mondays only");
        assert_eq!(page.path, "/preferences");
    }
    assert_eq!(chosen(&ann), ["mondays"]);
    let mut later = site.signed_in(EMAIL, "Ann").await;
    later.get("/preferences").await;
    assert_eq!(chosen(&later), ["mondays"]);
    let mut bo = site.signed_in(BO, "Bo").await;
    bo.get("/preferences").await;
    assert_eq!(chosen(&bo), ["every-working-day"]);
    // What another site posts in her name is refused, and whoever follows a letter signs in first.
    let forged = ann
        .post_bare("/preferences", &[("days", "never")], &[])
        .await;
    assert_eq!(forged.status, 403);
    let mut stranger = site.browser();
    assert_eq!(stranger.get("/preferences").await.path, "/sign-in");
    site.world.stop().await;
}
