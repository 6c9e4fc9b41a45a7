//! A manager signs in by a link that comes by e-mail; whoever is not invited learns nothing.

use jiff::SignedDuration;
use reqwest::Method;
use reqwest::header::DATE;

use super::client::Page;
use super::site::{EMAIL, Site};
use crate::world::HOME;

const GONE: &str = "This link no longer works";

async fn site() -> Site {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    site
}

#[tokio::test]
async fn a_link_signs_in_once_however_often_it_was_looked_at() {
    let mut site = site().await;
    let link = site.mailed_link(EMAIL).await;
    // What checks mail for harm opens every link, and sends nothing.
    let mut scanner = site.browser();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let seen = scanner.send(method, &link, None, &[]).await;
        assert_eq!(seen.status, 200);
    }
    assert!(scanner.cookies.is_empty());
    let mut ann = site.browser();
    ann.get(&link).await.says("Continue to your forms");
    let who = ann.post(&link, &[]).await;
    who.says("Who is answering?");
    assert_eq!(who.path, "/who");
    assert_eq!(who.value_of("name").as_deref(), Some("Ann Archer"));
    let home = ann.post("/who", &[("name", "Ann Archer, deputy")]).await;
    home.says("Answering as Ann Archer, deputy");
    for link in [
        &*link,
        "/sign-in/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "/sign-in/x",
    ] {
        let mut again = site.browser();
        let looked = again.get(link).await.clone();
        let gone = again.post(link, &[]).await;
        for page in [&looked, gone] {
            page.says(GONE);
            assert_eq!(
                (page.status, page.links().contains(&"/sign-in".into())),
                (410, true)
            );
        }
        assert!(again.cookies.is_empty());
    }
}

#[tokio::test]
async fn a_link_works_for_half_an_hour() {
    let mut site = site().await;
    let (first, second) = (site.mailed_link(EMAIL).await, site.mailed_link(EMAIL).await);
    site.clock.forward(SignedDuration::from_secs(30 * 60 - 1));
    let mut ann = site.browser();
    ann.get(&first).await;
    ann.post(&first, &[]).await.says("Who is answering?");
    site.clock.forward(SignedDuration::from_secs(1));
    let mut late = site.browser();
    late.get(&second).await.says(GONE);
    late.post(&second, &[]).await.says(GONE);
}

#[tokio::test]
async fn a_letter_holds_the_link_and_nothing_of_the_home() {
    let mut site = site().await;
    let mut browser = site.browser();
    // Addresses are compared without regard to case, and the letter goes to hers as it is known.
    browser
        .post("/sign-in", &[("email", "ANN@Rowan-House.example")])
        .await;
    let letter = site.letter().await;
    assert_eq!(letter.to.as_str(), EMAIL);
    assert_eq!(letter.subject, "Your link to sign in to AskOnce");
    let links = letter.text.lines().filter(|line| line.contains("://"));
    assert_eq!(links.count(), 1);
    for word in [HOME, "Ann", "Home "] {
        assert!(!letter.text.contains(word), "{word}: {}", letter.text);
    }
    assert_eq!(format!("{letter:?}"), "Letter(…)");
}

/// A response as one could compare it with another.
fn comparable(page: &Page) -> (u16, Vec<(String, String)>, String) {
    let headers = page
        .headers
        .iter()
        .filter(|(name, _)| *name != DATE && *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (page.status, headers.collect(), page.html.clone())
}

#[tokio::test]
async fn whether_an_address_is_known_shows_nowhere() {
    let mut site = site().await;
    let mut browser = site.browser();
    let mut seen = Vec::new();
    for address in ["nobody@rowan-house.example", EMAIL] {
        // The fourth in a row is past what one address gets.
        for _ in 0..4 {
            let body = format!("email={address}");
            let answer = browser
                .send(Method::POST, "/sign-in", Some(body), &[])
                .await;
            seen.push(comparable(&answer));
        }
    }
    assert_eq!(seen[0].0, 303);
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
    browser
        .get("/sign-in/sent")
        .await
        .says("If that address is one that we know");
    for _ in 0..3 {
        assert_eq!(site.letter().await.to.as_str(), EMAIL);
    }
    // Another while later she gets one more, and what came before it would have gone before it.
    site.clock.forward(SignedDuration::from_mins(10));
    site.mailed_link(EMAIL).await;
    assert!(site.has_no_letter());
}

#[tokio::test]
async fn one_place_asks_for_so_many_links_and_then_waits() {
    let site = site().await;
    let mut browser = site.browser();
    for number in 0..30 {
        let address = format!("a{number}@rowan-house.example");
        let page = browser.post("/sign-in", &[("email", &address)]).await;
        assert_eq!(page.status, 200, "{number}");
    }
    let refused = browser.post("/sign-in", &[("email", EMAIL)]).await;
    refused.says("Too many tries");
    assert_eq!(refused.status, 429);
    // Nobody sits behind a proxy that is not known to: what it says counts for nothing.
    let forwarded = [("x-forwarded-for", "203.0.113.9")];
    let page = browser
        .post_bare("/sign-in", &[("email", EMAIL)], &forwarded)
        .await;
    assert_eq!(page.status, 429);
    site.clock.forward(SignedDuration::from_secs(30));
    let page = browser.post("/sign-in", &[("email", EMAIL)]).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn behind_a_known_proxy_each_client_is_counted_for_itself() {
    let proxied = Site::with(|options| {
        let portal = options.portal.as_mut().unwrap();
        portal.trusted_proxy = Some([127, 0, 0, 1].into());
    });
    let site = proxied.await;
    let mut browser = site.browser();
    for (client, count, last) in [("203.0.113.9", 31, 429), ("203.0.113.10", 1, 200)] {
        let forwarded = [("x-forwarded-for", client)];
        for _ in 0..count {
            browser
                .post_bare("/sign-in", &[("email", EMAIL)], &forwarded)
                .await;
        }
        assert_eq!(browser.page.status, last, "{client}");
    }
}

#[tokio::test]
async fn what_is_no_address_or_no_name_is_said_beside_it() {
    let site = site().await;
    let mut browser = site.browser();
    for wrong in ["", "ann", "ann@rowan", "<b>@\"x"] {
        let page = browser.post("/sign-in", &[("email", wrong)]).await;
        page.says("Enter an e-mail address");
        assert!(page.title().starts_with("Error: "));
        assert_eq!(page.status, 422);
        assert_eq!(page.value_of("email").as_deref(), Some(wrong));
    }
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let long = "x".repeat(101);
    for (wrong, said) in [("  ", "Enter your name"), (&*long, "100 letters at most")] {
        ann.get("/who").await;
        let page = ann.post("/who", &[("name", wrong)]).await;
        page.says(said);
        assert_eq!(
            (page.status, page.title().starts_with("Error: ")),
            (422, true)
        );
    }
    ann.post("/who", &[("name", "<b>Bo & Co</b>")]).await;
    ann.get("/who").await.says("Answering as <b>Bo & Co</b>");
}

#[tokio::test]
async fn nothing_is_answered_before_it_is_said_who_answers() {
    let mut site = site().await;
    let link = site.mailed_link(EMAIL).await;
    let mut ann = site.browser();
    ann.post(&link, &[]).await;
    let asked = format!("/homes/{HOME}?x=1");
    assert_eq!(ann.get(&asked).await.path, "/who");
    let page = ann.post("/who", &[("name", "Ann")]).await;
    assert_eq!((page.status, &page.path), (200, &asked));
}

#[tokio::test]
async fn whoever_wanted_a_page_is_taken_to_it_once_she_has_signed_in() {
    let mut site = site().await;
    let deep = format!("/homes/{HOME}/seen");
    let table = [
        (&*deep, &*deep),
        ("/", "/"),
        // What a browser would take for another site is kept by nobody.
        ("//other.example/x", "/"),
        ("/\\other.example", "/"),
    ];
    for (asked, reached) in table {
        let mut ann = site.browser();
        ann.get(asked).await;
        let link = site.mailed_link(EMAIL).await;
        assert!(!link.contains("homes"));
        ann.get(&link).await;
        let token = ann.post(&link, &[]).await.value_of("csrf").unwrap();
        let body = format!("name=Ann&csrf={token}");
        let page = ann.send(Method::POST, "/who", Some(body), &[]).await;
        assert_eq!(page.headers["location"], reached, "{asked}");
        site.clock.forward(SignedDuration::from_mins(10));
    }
}
