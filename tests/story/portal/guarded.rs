//! What pages refuse, whoever sends it, and what every response says to the browser.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::{EMAIL, Site};
use super::slow::Slow;
use crate::world::HOME;

#[tokio::test]
async fn what_another_site_sends_in_her_name_is_refused() {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let other = site.signed_in(EMAIL, "Ann elsewhere").await;
    let others = {
        let mut other = other;
        other.get("/who").await.value_of("csrf").unwrap()
    };
    let own = ann.get("/who").await.value_of("csrf").unwrap();
    let table: [(&str, &[(&str, &str)]); 7] = [
        ("", &[]),
        ("wrong", &[]),
        (&others, &[]),
        (&own, &[("sec-fetch-site", "cross-site")]),
        (&own, &[("sec-fetch-site", "same-site")]),
        (&own, &[("origin", "https://other.example")]),
        (&own, &[("origin", "null")]),
    ];
    for (token, headers) in table {
        for (path, fields) in [
            ("/who", &[("name", "Eve"), ("csrf", token)][..]),
            ("/sign-out", &[("csrf", token)]),
        ] {
            let page = ann.post_bare(path, fields, headers).await;
            page.says("Nothing was changed");
            assert_eq!(page.status, 403, "{path} {headers:?}");
        }
    }
    ann.get("/who")
        .await
        .says("Answering as Ann")
        .is_silent_on("Eve");
    let same = [("sec-fetch-site", "same-origin"), ("origin", &*site.url)];
    let fields = [("name", "Bo"), ("csrf", &*own)];
    assert_eq!(ann.post_bare("/who", &fields, &same).await.status, 200);
    ann.get("/who").await.says("Answering as Bo");
    // An older browser says where a page of ours is, and nothing else.
    let fields = [("name", "Cy"), ("csrf", &*own)];
    assert_eq!(ann.post_own("/who", &fields).await.status, 200);
    ann.get("/who").await.says("Answering as Cy");
    // Nor is anybody signed in by another site, as somebody else.
    let mut victim = site.browser();
    let crossed = [("sec-fetch-site", "cross-site")];
    let page = victim.post_bare("/sign-in/abc", &[], &crossed).await;
    assert_eq!(page.status, 403);
}

#[tokio::test]
async fn every_response_says_what_a_browser_may_do_with_it() {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    let style = ann.get("/who").await.html.clone();
    let style = style.split("href=\"/assets/").nth(1).unwrap();
    let style = format!("/assets/{}", style.split('"').next().unwrap());
    let table = [
        (Method::GET, "/who", 200),
        (Method::GET, "/sign-in", 200),
        (Method::GET, "/sign-in/abc", 410),
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/homes/1-999999999", 404),
        (Method::DELETE, "/who", 405),
        (Method::POST, "/sign-out", 403),
        (Method::POST, "/sign-in", 422),
        (Method::GET, &style, 200),
    ];
    for (method, path, status) in table {
        let page = ann.send(method.clone(), path, None, &[]).await;
        assert_eq!(page.status, status, "{method} {path}");
        let header = |name: &str| {
            page.headers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        let policy = header("content-security-policy");
        for term in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(term), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains("script-src"),
            "{policy}"
        );
        for (name, value) in [
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(header(name), value, "{path}");
        }
        let caching = if path == style {
            "public, max-age=31536000, immutable"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control"), caching, "{method} {path}");
        // In plain text a browser must not be told to keep to encrypted connections.
        assert_eq!(header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_rest_goes_on() {
    let site = Site::new().await;
    site.invite("Ann Archer", EMAIL, &[HOME]).await;
    let mut ann = site.signed_in(EMAIL, "Ann").await;
    ann.get("/who").await;
    let token = ann.page.value_of("csrf").unwrap();
    let long = format!("csrf={token}&name={}", "x".repeat(600 << 10));
    let many = format!("csrf={token}&name=Eve{}", "&a=b".repeat(20_001));
    for body in [long, many] {
        let page = ann.send(Method::POST, "/who", Some(body), &[]).await;
        page.says("Nothing was changed");
        assert_eq!(page.status, 413);
    }
    let head = "x".repeat(64 << 10);
    let page = ann
        .send(Method::GET, "/who", None, &[("x-much", &head)])
        .await;
    assert_eq!(page.status, 431);
    let path = format!("/{}", "x".repeat(20 << 10));
    assert_eq!(ann.send(Method::GET, &path, None, &[]).await.status, 404);
    ann.get("/who").await.says("Answering as Ann");
}

#[tokio::test]
async fn who_sends_slowly_from_one_place_leaves_seats_for_another() {
    let site = Site::with(|options| {
        let portal = options.portal.as_mut().unwrap();
        portal.requests_max = 4;
        portal.trusted_proxy = Some([127, 0, 0, 1].into());
    });
    let site = site.await;
    let from = |address: &'static str| [("x-forwarded-for", address)];
    let (greedy, other) = (from("203.0.113.9"), from("198.51.100.7"));
    let mut slow = Vec::new();
    for _ in 0..2 {
        slow.push(Slow::begin(&site, "/sign-in", &greedy, "email=x").await);
    }
    let mut browser = site.browser();
    let mut status = async |headers: &[(&str, &str)]| {
        let page = browser.send(Method::GET, "/sign-in", None, headers).await;
        page.status
    };
    assert_eq!(status(&greedy).await, 503, "it holds what is free");
    assert_eq!(status(&other).await, 200);
    // What ends is free again.
    let ended = slow.pop().unwrap().end().await;
    assert!(ended.starts_with("HTTP/1.1 422"), "{ended}");
    assert_eq!(status(&greedy).await, 200);
    assert_eq!(status(&other).await, 200);
}

#[tokio::test]
async fn past_its_seats_or_its_time_a_page_says_to_come_back() {
    let full = Site::with(|options| options.portal.as_mut().unwrap().requests_max = 0).await;
    let page = full.browser().get("/sign-in").await.clone();
    page.says("Not just now");
    assert_eq!(
        (page.status, &page.headers["retry-after"]),
        (503, &"5".parse().unwrap())
    );
    let slow = Site::with(|options| {
        let portal = options.portal.as_mut().unwrap();
        portal.request_deadline = Duration::from_millis(50);
    });
    let slow = slow.await;
    let address = slow.world.server.portal_addr().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The rest of what was announced never comes.
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nemail=";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut read = [0; 12];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"HTTP/1.1 503");
}
