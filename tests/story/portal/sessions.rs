//! How a session begins, how long it lasts, and how it ends.

use jiff::SignedDuration;

use super::site::{EMAIL, Site};
use super::slow::Slow;
use crate::world::{HOME, OTHER_HOME};

const COOKIE: &str = "__Host-askonce";

async fn site() -> Site {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    site
}

#[tokio::test]
async fn a_session_begins_under_a_new_id_and_none_that_was_planted() {
    let mut site = site().await;
    let mut ann = site.browser();
    ann.get(&format!("/homes/{HOME}/seen")).await;
    let before = ann.cookies[COOKIE].clone();
    let link = site.mailed_link(EMAIL).await;
    ann.post(&link, &[]).await;
    let after = ann.cookies[COOKIE].clone();
    assert_ne!(before, after);
    // Whoever knew the one before is nobody.
    let mut thief = site.browser();
    thief.cookies.insert(COOKIE.into(), before);
    assert_eq!(thief.get("/who").await.path, "/sign-in");
    // An id that we never gave is not taken for one.
    let link = site.mailed_link(EMAIL).await;
    let mut planted = site.browser();
    planted
        .cookies
        .insert(COOKIE.into(), "AAAAAAAAAAAAAAAAAAAAAA".into());
    planted.post(&link, &[]).await.says("Who is answering?");
    assert_ne!(planted.cookies[COOKIE], "AAAAAAAAAAAAAAAAAAAAAA");
    assert_ne!(planted.cookies[COOKIE], after);
    // The cookie is only this host's, only sent by its own pages, and no script's.
    let link = site.mailed_link(EMAIL).await;
    let set = site
        .browser()
        .send(reqwest::Method::POST, &link, None, &[])
        .await;
    let set = set.headers["set-cookie"].to_str().unwrap().to_owned();
    for term in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(term), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");
}

#[tokio::test]
async fn a_session_ends_when_nothing_is_asked_for_or_after_a_long_shift() {
    let site = site().await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let almost = SignedDuration::from_secs(2 * 3_600 - 1);
    site.clock.forward(almost);
    assert_eq!(ann.get("/who").await.path, "/who");
    site.clock.forward(almost);
    assert_eq!(ann.get("/who").await.path, "/who", "it was used meanwhile");
    site.clock.forward(SignedDuration::from_hours(2));
    assert_eq!(ann.get("/who").await.path, "/sign-in", "it was idle");
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    for hour in 1..12 {
        site.clock.forward(SignedDuration::from_hours(1));
        assert_eq!(ann.get("/who").await.path, "/who", "hour {hour}");
    }
    site.clock.forward(SignedDuration::from_hours(1));
    assert_eq!(
        ann.get("/who").await.path,
        "/sign-in",
        "it was used all the time"
    );
}

#[tokio::test]
async fn signed_out_means_out_for_whoever_holds_the_cookie() {
    let site = site().await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let mut thief = site.browser();
    thief.cookies = ann.cookies.clone();
    assert_eq!(thief.get("/who").await.path, "/who");
    let out = ann.post("/sign-out", &[]).await;
    assert_eq!(out.path, "/sign-in");
    assert!(ann.cookies.is_empty());
    assert_eq!(thief.get("/who").await.path, "/sign-in");
    // Doing so again is harmless.
    assert_eq!(thief.post("/sign-out", &[]).await.path, "/sign-in");
}

#[tokio::test]
async fn a_slow_page_does_not_undo_what_was_said_meanwhile() {
    let site = site().await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let token = ann.get("/who").await.value_of("csrf").unwrap();
    let cookie = format!("{COOKIE}={}", ann.cookies[COOKIE]);
    let body = format!("name=&csrf={token}");
    let slow = Slow::begin(&site, "/who", &[("cookie", &cookie)], &body).await;
    ann.post("/who", &[("name", "Bo")]).await;
    let answered = slow.end().await;
    assert!(answered.contains("Enter your name"), "{answered}");
    ann.get("/who").await.says("Answering as Bo");
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_her_link_is_worth_nothing() {
    let mut site = site().await;
    let bo = site.invite("Bo", "bo@rowan-house.example", &[HOME]).await;
    let mut browser = site.signed_in("bo@rowan-house.example", "Bo").await;
    let link = site.mailed_link("bo@rowan-house.example").await;
    site.remove(&bo).await;
    assert_eq!(browser.get("/who").await.path, "/sign-in");
    browser.get(&link).await;
    browser
        .post(&link, &[])
        .await
        .says("This link no longer works");
    // Invited anew she is another, and signs in anew.
    site.invite("Bo", "bo@rowan-house.example", &[HOME]).await;
    assert_eq!(browser.get("/who").await.path, "/sign-in");
}

#[tokio::test]
async fn anothers_home_and_an_unknown_one_look_the_same() {
    let site = site().await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    for rest in ["", "/calendar", "/seen", "/forms/2026-W48", "/forms/now"] {
        let mut seen = Vec::new();
        for home in [OTHER_HOME, "1-999999999", "x"] {
            let page = ann.get(&format!("/homes/{home}{rest}")).await;
            seen.push((page.status, page.html.clone()));
        }
        assert_eq!(seen[0].0, 404, "{rest}");
        assert!(seen.iter().all(|one| *one == seen[0]), "{rest}");
    }
}
