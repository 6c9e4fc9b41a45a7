//! Two brokers on one store, behind a proxy that sends each request to either: whoever is signed in
//! does not notice.

use std::sync::Arc;

use askonce::server::{Data, Given};
use askonce::store::memory::MemoryStore;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;

use super::client::Browser;
use super::site::{EMAIL, Site, StillClock};
use super::sitting::{PAGE, beds, falls, field, numbers, of_the_day, pairs, submit};
use crate::lag::Lag;
use crate::world::{HOME, OTHER_HOME};

const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const GONE: &str = "This link no longer works";
const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";

/// Two brokers on one store, one clock, and Ann, who answers for a home that a council asks.
async fn two() -> [Site; 2] {
    let store = Data::Given(Given(Arc::new(MemoryStore::new())));
    let clock = StillClock::at("2026-11-24T09:00:00Z");
    let first = at_first(&clock, store.clone()).await;
    let second = Site::bare(clock, |options| options.data = store).await;
    [first, second]
}

/// The broker that was there first.
async fn at_first(clock: &StillClock, data: Data) -> Site {
    let site = Site::bare(clock.clone(), |options| options.data = data).await;
    site.world.settle().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let fields = json!([beds(), falls()]);
    submit(&site, of_the_day("sefton-council", "daily", fields)).await;
    site
}

/// Types an answer at a broker, and comes to the page that sends it.
async fn typed(site: &Site, browser: &mut Browser) {
    let field = field(site, "2026-11-24", "beds", "number").await;
    let page = browser.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&field, "37");
    filled.press(browser, "on").await;
    browser.get(CHECK).await.says("37");
}

/// The same browser, sent to another broker.
fn at(site: &Site, other: &Browser) -> Browser {
    let mut browser = site.browser();
    browser.cookies = other.cookies.clone();
    browser.page = other.page.clone();
    browser
}

#[tokio::test]
async fn a_link_that_one_mailed_opens_at_the_other_and_once_in_all() {
    let [mut first, second] = two().await;
    let link = first.mailed_link(EMAIL).await;
    let mut ann = second.browser();
    ann.get(&link).await.says("Continue to your forms");
    ann.post(&link, &[]).await.says("Who is answering?");
    for site in [&first, &second] {
        let mut again = site.browser();
        again.get(&link).await.says(GONE);
        again.post(&link, &[]).await.says(GONE);
        assert!(again.cookies.is_empty());
    }
    // Pressed at both at once, one lets her in.
    for _ in 0..5 {
        first.clock.forward(SignedDuration::from_mins(10));
        let link = first.mailed_link(EMAIL).await;
        let pressed = [&first, &second, &first, &second].map(|site| {
            let (mut browser, link) = (site.browser(), &link);
            async move { browser.post(link, &[]).await.path.clone() }
        });
        let paths = join_all(pressed).await;
        let inside = paths.iter().filter(|path| *path == "/who");
        assert_eq!(inside.count(), 1, "{paths:?}");
    }
    // Half an hour counts at the other, too.
    let link = first.mailed_link(EMAIL).await;
    first.clock.forward(SignedDuration::from_mins(30));
    second.browser().get(&link).await.says(GONE);
}

#[tokio::test]
async fn a_session_goes_on_at_the_other_and_ends_at_both() {
    let [first, second] = two().await;
    let ann = first.signed_in(EMAIL, "Ann").await;
    let mut there = at(&second, &ann);
    there.get("/who").await.says("Answering as Ann");
    there.post("/who", &[("name", "Bo")]).await;
    let mut here = at(&first, &there);
    here.get("/who").await.says("Answering as Bo");
    // Used at either it is in use at both.
    let almost = SignedDuration::from_secs(2 * 3_600 - 1);
    for site in [&second, &first, &second] {
        first.clock.forward(almost);
        assert_eq!(at(site, &here).get("/who").await.path, "/who");
    }
    // A page that is slower than a sign-out elsewhere brings nothing back.
    here.get("/who").await;
    let mut out = at(&second, &here);
    assert_eq!(out.post("/sign-out", &[]).await.path, "/sign-in");
    assert!(out.cookies.is_empty());
    for site in [&first, &second] {
        let mut thief = at(site, &here);
        assert_eq!(thief.get("/who").await.path, "/sign-in");
        let posted = thief.post("/who", &[("name", "Cy")]).await;
        assert_eq!(posted.path, "/sign-in");
    }
}

#[tokio::test]
async fn when_a_broker_dies_the_sitting_goes_on_at_the_other() {
    let [first, second] = two().await;
    let mut ann = first.signed_in(EMAIL, "Ann").await;
    typed(&first, &mut ann).await;
    let mut there = at(&second, &ann);
    first.world.stop().await;
    there.get(CHECK).await.says("37");
    let form = there.page.form_to(CHECK);
    let sent = form.press(&mut there, "").await;
    sent.says("Your answers are sent");
}

#[tokio::test]
async fn a_button_pressed_twice_sends_once_whichever_broker_hears_it() {
    let [first, second] = two().await;
    let mut ann = first.signed_in(EMAIL, "Ann").await;
    typed(&first, &mut ann).await;
    let [one, other] = [(); 2].map(|()| ann.page.form_to(CHECK));
    let [mut here, mut there] = [at(&first, &ann), at(&second, &ann)];
    tokio::join!(one.press(&mut here, ""), other.press(&mut there, ""));
    for browser in [&here, &there] {
        browser.page.says("Your answers are sent");
        assert_eq!(browser.page.path, here.page.path, "it is one receipt");
    }
    let late = ann.page.form_to(CHECK);
    let late = late.press(&mut ann, "").await;
    assert_eq!(late.path, here.page.path);
    let got = numbers(&second, "sefton-council", COUNCIL).await;
    assert_eq!(got, pairs(&[("beds", "37")]));
}

#[tokio::test]
async fn what_was_sent_at_one_shows_at_the_other_though_it_is_behind() {
    let (lag, clock) = (Lag::new(), StillClock::at("2026-11-24T09:00:00Z"));
    let first = at_first(&clock, lag.ahead()).await;
    lag.follow().await;
    let second = Site::bare(clock, |options| options.data = lag.behind()).await;
    let mut ann = first.signed_in(EMAIL, "Ann").await;
    typed(&first, &mut ann).await;
    let send = ann.page.form_to(CHECK);
    let receipt = send.press(&mut ann, "").await.path.clone();
    let mut there = at(&second, &ann);
    // It waits, and then shows what it can.
    assert_eq!(there.get(&receipt).await.status, 404);
    // When it comes meanwhile, she does not notice.
    tokio::join!(there.get(&receipt), lag.follow());
    there.page.says("37");
    // Signed out, she carries nothing.
    assert!(there.cookies.len() > 1);
    there.get("/who").await;
    there.post("/sign-out", &[]).await;
    assert!(there.cookies.is_empty());
}

#[tokio::test]
async fn each_home_has_one_letter_a_morning_from_all_brokers_together() {
    let [mut first, mut second] = two().await;
    first
        .invite("Bo", "bo@rowan-house.example", &[OTHER_HOME])
        .await;
    let mut weekly = of_the_day("nhs-england", "weekly", json!([falls()]));
    weekly.until = String::new();
    weekly.targets.homes = vec![HOME.into(), OTHER_HOME.into()];
    submit(&first, weekly).await;
    for day in ["2026-11-25", "2026-11-26", "2026-11-27"] {
        let mornings = tokio::join!(first.morning(day), second.morning(day));
        assert_eq!(mornings.0 + mornings.1, 2, "{day}: {mornings:?}");
        let mut told = Vec::new();
        for (site, letters) in [(&mut first, mornings.0), (&mut second, mornings.1)] {
            for _ in 0..letters {
                told.push(site.letter().await.to.as_str().to_owned());
            }
            assert!(site.has_no_letter());
        }
        told.sort();
        assert_eq!(told, [EMAIL, "bo@rowan-house.example"]);
        let again = tokio::join!(first.morning(day), second.morning(day));
        assert_eq!(again, (0, 0));
    }
}
