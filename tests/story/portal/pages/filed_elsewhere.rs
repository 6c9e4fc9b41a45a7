//! What the home files itself, in another system.

use super::{Ground, WEEK, all, ccg_ask, ground, home};

async fn tracked() -> Ground {
    let ground = ground().await;
    let mut tracker = ccg_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    ground.ccg.submit_ask(&tracker).await.unwrap();
    ground
}

fn copy() -> String {
    home(&format!("/forms/{WEEK}/file/south-sefton-ccg/call"))
}

#[tokio::test]
async fn values_to_copy_stand_in_that_systems_order_and_units_until_it_is_ticked() {
    let ground = tracked().await;
    let [beds, cover, _] = all();
    ground.answered(&[beds]).await;
    let mut browser = ground.browser().await;
    let page = browser.get(&copy()).await;
    page.says("Copy to Capacity Tracker")
        .says("Due Monday 30 November at 11:00, for Body south-sefton-ccg.")
        .says("1 question is not answered yet. Answer them")
        .says("Not answered yet")
        .says("agency_minutes");
    ground.answered(&[cover]).await;
    browser
        .get(&copy())
        .await
        .says("360 (in the unit that they use) minutes")
        .is_silent_on("Not answered yet");
    browser
        .get(&home(""))
        .await
        .says("Capacity Tracker")
        .says("Not ticked as filed");

    let [.., gloves] = all();
    ground.answered(&[gloves]).await;
    let page = browser.get(&home("/calendar")).await;
    page.says("Due by 11:00").is_silent_on("Done");

    let filed = [("filed", "yes")];
    browser.get(&copy()).await;
    let page = browser.post(&copy(), &filed).await;
    assert_eq!(page.path, home(""));
    page.says("Capacity Tracker is ticked as filed.")
        .is_silent_on("Not ticked as filed");
    browser.get(&home("/calendar")).await.says("Done");
    browser.get(&copy()).await;
    let page = browser.post(&copy(), &filed).await;
    assert_eq!(page.status, 200, "ticking twice is harmless");
    let page = browser.get(&copy()).await;
    page.says("Filed. Jo at the desk ticked it on Tuesday 24 November 2026 at 09:00.");

    ground.site.clock.set("2026-11-24T10:00:00Z");
    let [(field, _), ..] = all();
    ground
        .answered(&[(field, serde_json::json!({"number": "31"}))])
        .await;
    let page = browser.get(&copy()).await;
    page.says("Some answers have changed since you filed it")
        .says("31 (changed since you filed it)");
    let page = browser.post(&copy(), &[("filed", "no")]).await;
    page.says("Capacity Tracker is no longer ticked as filed.")
        .says("I have filed it");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn nothing_else_can_be_ticked_and_no_page_of_another_site_ticks_anything() {
    let ground = tracked().await;
    let mut browser = ground.browser().await;
    for path in [
        home(&format!("/forms/{WEEK}/file/sefton-council/week")),
        home(&format!("/forms/{WEEK}/file/south-sefton-ccg/none")),
        home("/forms/2026-W10/file/south-sefton-ccg/call"),
        home("/forms/x/file/south-sefton-ccg/call"),
    ] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
        browser.get(&copy()).await;
        assert_eq!(
            browser.post(&path, &[("filed", "yes")]).await.status,
            404,
            "{path}"
        );
    }
    browser.get(&copy()).await;
    assert_eq!(
        browser.post(&copy(), &[("filed", "perhaps")]).await.status,
        400
    );
    assert_eq!(
        browser
            .post_bare(&copy(), &[("filed", "yes")], &[])
            .await
            .status,
        403
    );
    browser.get(&copy()).await.says("I have filed it");
    ground.site.world.stop().await;
}
