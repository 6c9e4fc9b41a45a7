//! Two brokers on one store, behind a proxy that sends each request to either: whoever is signed in
//! does not notice.

use std::sync::Arc;

use askonce::server::{Data, Given};
use askonce::store::memory::MemoryStore;
use futures_util::future::join_all;
use jiff::SignedDuration;

use super::client::Browser;
use super::site::{EMAIL, Site, StillClock};
use super::sitting::{beds, field, of_the_day};
use crate::world::HOME;

const GONE: &str = "This link no longer works";
const PAGE: &str = "/homes/1-466088203/forms/2026-11-24/topics/1";
const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";

/// Two brokers on one store, one clock, and Ann, who answers for a home that a council asks.
async fn two() -> [Site; 2] {
    let store = Given(Arc::new(MemoryStore::new()));
    let clock = StillClock::at("2026-11-24T09:00:00Z");
    let at = async || {
        let data = Data::Given(store.clone());
        Site::bare(clock.clone(), |options| options.data = data).await
    };
    let [first, second] = [at().await, at().await];
    first.world.settle().await;
    first.invite("Ann Archer", EMAIL, &[HOME]).await;
    let council = first.world.requester("sefton-council").await;
    let ask = of_the_day("sefton-council", "beds", serde_json::json!([beds()]));
    council.submit_ask(&ask).await.unwrap();
    [first, second]
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
    let beds = field(&first, "2026-11-24", "q_beds", "number").await;
    let page = ann.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&beds, "37");
    filled.press(&mut ann, "on").await;
    let mut there = at(&second, &ann);
    first.world.stop().await;
    there.get(CHECK).await.says("37");
    let sent = there.page.form_to(CHECK).press(&mut there, "").await;
    sent.says("37");
    assert!(sent.path.contains("/receipts/"), "{}", sent.path);
}
