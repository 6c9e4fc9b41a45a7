//! Answers that were given, sent to others who ask.

use serde_json::json;

use super::{CCG, Ground, WEEK, all, ccg_ask, ground, home};
use crate::two_bodies::{number, told};

/// A home whose answers a second body asks for.
async fn answered_before() -> Ground {
    let ground = ground().await;
    ground.answered(&all()).await;
    ground.ccg.submit_ask(&ccg_ask()).await.unwrap();
    ground
}

fn also() -> String {
    home(&format!("/forms/{WEEK}/also"))
}

#[tokio::test]
async fn a_home_sends_what_it_gave_to_whom_it_ticks_and_no_other() {
    let ground = answered_before().await;
    let mut browser = ground.browser().await;
    let page = browser.get(&also()).await;
    page.says("Body south-sefton-ccg")
        .says("mutual aid")
        .says("By which right: 6(1)(e)")
        .says("data@body.example")
        .says("360 minutes")
        .is_silent_on("Gloves");
    assert_eq!(
        page.title(),
        "Send answers that you gave to others who ask – AskOnce"
    );
    let kept: Vec<(&str, String)> = ["template", "etag", "request"]
        .map(|name| (name, page.value_of(name).unwrap()))
        .to_vec();
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let page = browser.post(&also(), &fields).await;
    assert_eq!(page.status, 422);
    page.says("Tick whom to send to");
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    assert_eq!(ground.ccg.deliveries(CCG).await.unwrap(), []);

    fields.push(("to", CCG));
    let page = browser.post(&also(), &fields).await.clone();
    page.says("They receive what you answered.")
        .says("Answers that you had given");
    let to_ccg = ground.ccg.deliveries(CCG).await.unwrap();
    assert_eq!(number(told(&to_ccg, "beds")).0, "30");
    browser
        .get(&also())
        .await
        .says("Everybody who asks has what you answered.");
    browser.get("/who").await;
    let again = browser.post(&also(), &fields).await;
    assert_eq!(again.path, page.path, "sending twice is harmless");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn a_form_that_changed_meanwhile_is_shown_again_and_nothing_is_sent() {
    let ground = answered_before().await;
    let mut browser = ground.browser().await;
    let page = browser.get(&also()).await;
    let kept = ["template", "etag", "request"].map(|name| (name, page.value_of(name).unwrap()));
    let beds = [("B2", json!({"number": "31"}))];
    ground.answered(&beds).await;
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (*n, v.as_str())).collect();
    fields.push(("to", CCG));
    let before = ground.ccg.deliveries(CCG).await.unwrap();
    let page = browser.post(&also(), &fields).await.clone();
    assert_eq!(page.status, 409);
    page.says("Nothing was sent yet")
        .says("The form has changed since you opened this page");
    assert!(page.html.contains(" checked"), "what was ticked is ticked");
    assert_eq!(
        ground.ccg.deliveries(CCG).await.unwrap(),
        before,
        "nothing was sent by it"
    );
    let kept = ["template", "etag", "request"].map(|name| (name, page.value_of(name).unwrap()));
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (*n, v.as_str())).collect();
    fields.push(("to", CCG));
    browser
        .post(&also(), &fields)
        .await
        .says("They receive what you answered.");
    let to_ccg = ground.ccg.deliveries(CCG).await.unwrap();
    assert_eq!(told(&to_ccg, "agency_minutes").field, "agency_minutes");
    ground.site.world.stop().await;
}
