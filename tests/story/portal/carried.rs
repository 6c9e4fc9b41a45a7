//! A manager is signed out while she types: nothing that she typed is lost, and nothing is kept of
//! her until somebody is signed in again.

use askonce::domain::ask::RawAsk;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::client::{Browser, Page};
use super::site::{EMAIL, Site};
use crate::world::{HOME, OTHER_HOME, ask};

const PAGE: &str = "/homes/1-466088203/forms/2026-11-24/topics/1";
const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";
const SHEET: &str = "/homes/1-466088203/forms/2026-11-24/sheet";

/// What a hand types that would be something else to a browser, were it not escaped.
const TYPED: &str = "\"><script>alert(1)</script>\n& <b>two</b> lines";

fn daily() -> RawAsk {
    let fields = json!([
        {"name": "beds", "label": "How many beds are occupied?", "type": "count", "timing": "as-at"},
        {"name": "more", "label": "Anything else?", "type": "text", "timing": "as-at"}
    ]);
    let mut ask = ask("sefton-council", "daily", fields);
    ask.from = "2026-11-24".into();
    ask
}

async fn asked() -> (Site, Browser) {
    let site = Site::new().await;
    let requester = site.world.requester("sefton-council").await;
    requester.submit_ask(&daily()).await.unwrap();
    site.invite("Ann", EMAIL, &[HOME]).await;
    let ann = site.signed_in(EMAIL, "Ann Archer").await;
    (site, ann)
}

/// The fields of the page by the end of their names, such as `number` and `text`.
fn field(page: &Page, word: &str) -> String {
    let mut names = page.html.split("name=\"").skip(1);
    let mut names = names.by_ref().filter_map(|rest| rest.split('"').next());
    let name = names.find(|name| name.ends_with(word) && name.len() > word.len());
    name.unwrap_or_else(|| panic!("nothing ends in {word}"))
        .to_owned()
}

/// What she typed, on its way.
async fn typed(ann: &mut Browser) -> super::hand::Filled {
    let page = ann.get(PAGE).await;
    let (beds, more) = (field(page, ".number"), field(page, ".text"));
    page.form_to(PAGE).set(&beds, "31").set(&more, TYPED)
}

/// Signs somebody in within a browser that is there, as in another tab.
async fn sign_in(site: &mut Site, browser: &mut Browser, email: &str) {
    let link = site.mailed_link(email).await;
    let shown = std::mem::take(&mut browser.page);
    browser.get(&link).await;
    browser.post(&link, &[]).await.says("Who is answering?");
    browser.page = shown;
}

async fn answer_as(browser: &mut Browser, name: &str) {
    let shown = std::mem::take(&mut browser.page);
    browser.get("/who").await;
    browser.post("/who", &[("name", name)]).await;
    browser.page = shown;
}

fn is_carried(page: &Page) {
    assert_eq!(page.status, 403);
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.html.contains("<script"), "{}", page.html);
    let fields = page.html.matches("type=\"hidden\"").count();
    assert!(fields > 3, "{}", page.html);
}

#[tokio::test]
async fn what_is_typed_while_the_session_ends_is_saved_once_she_is_signed_in_again() {
    let (mut site, mut ann) = asked().await;
    let filled = typed(&mut ann).await;
    site.clock.forward(SignedDuration::from_hours(3));
    let page = filled.press(&mut ann, "on").await;
    page.says("You were signed out while you typed. Nothing is lost");
    is_carried(page);
    assert!(page.links().contains(&"/sign-in".to_owned()));
    assert!(page.html.contains("target=\"_blank\""));
    assert_eq!(page.value_of("csrf"), None);
    // Nothing is kept for a stranger: there is no session, not even one of nobody.
    assert!(ann.cookies.is_empty(), "{:?}", ann.cookies);
    // She goes on too early, and then before she has said who answers.
    let page = ann.page.form_to(PAGE).press(&mut ann, "").await;
    page.says("You are not signed in yet");
    is_carried(page);
    sign_in(&mut site, &mut ann, EMAIL).await;
    let page = ann.page.form_to(PAGE).press(&mut ann, "").await;
    page.says("It is not said yet who is answering");
    is_carried(page);
    answer_as(&mut ann, "Bo Brook").await;
    let page = ann.page.form_to(PAGE).press(&mut ann, "").await;
    page.says("Save what I typed").says("Answering as Bo Brook");
    is_carried(page);
    // Until she presses that, nothing of it is there.
    let page = page.form_to(PAGE);
    ann.get(CHECK).await.is_silent_on("31");
    let page = page.press(&mut ann, "").await;
    assert_eq!((page.status, &*page.path), (200, CHECK));
    page.says("31")
        .says("<script>alert(1)</script> & <b>two</b> lines");
    let more = field(ann.get(PAGE).await, ".text");
    let content = ann.page.html.split(&format!("name=\"{more}\"")).nth(1);
    let content = content.unwrap().split("</textarea>").next().unwrap();
    assert!(content.contains('\n'), "the line stays broken: {content}");
}

#[tokio::test]
async fn what_is_typed_on_a_page_of_a_session_of_before_needs_one_press_more() {
    let (site, mut ann) = asked().await;
    let filled = typed(&mut ann).await;
    let other = site.signed_in(EMAIL, "Ann Archer").await;
    ann.cookies = other.cookies;
    let page = filled.press(&mut ann, "back").await;
    is_carried(page);
    let page = page.form_to(PAGE).press(&mut ann, "").await;
    page.says("saved");
    assert_eq!(page.status, 200);
    // To send takes a look at what is sent, as ever.
    let page = ann.get(CHECK).await;
    let send = page.form_to(CHECK).set("csrf", "of before");
    let page = send.press(&mut ann, "").await;
    page.says("nothing is sent yet").says("Send it now");
    let page = page.form_to(CHECK).press(&mut ann, "").await;
    page.says("Your answers are sent");
}

#[tokio::test]
async fn what_another_declared_is_not_sent_in_her_name() {
    let (mut site, mut ann) = asked().await;
    typed(&mut ann).await.press(&mut ann, "on").await.says("31");
    let send = ann.page.form_to(CHECK);
    site.clock.forward(SignedDuration::from_hours(3));
    send.press(&mut ann, "").await.says("nothing is sent yet");
    sign_in(&mut site, &mut ann, EMAIL).await;
    answer_as(&mut ann, "Bo Brook").await;
    let page = ann.page.form_to(CHECK).press(&mut ann, "").await;
    let page = page.form_to(CHECK).press(&mut ann, "").await;
    page.says("I am Bo Brook")
        .is_silent_on("Your answers are sent");
}

#[tokio::test]
async fn nothing_is_carried_for_another_site_or_to_anothers_home() {
    let (mut site, mut ann) = asked().await;
    let fields = [("x.number", "666"), ("csrf", "of before")];
    let refused: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://other.example")],
        &[("origin", "null")],
        // No browser says where it comes from.
        &[],
    ];
    for headers in refused {
        let page = ann.post_bare(PAGE, &fields, headers).await;
        page.says("Nothing was changed");
        assert_eq!(page.status, 403, "{headers:?}");
        assert!(!page.html.contains("666"), "{headers:?}");
    }
    for home in [OTHER_HOME, "1-999999999", "x"] {
        let path = format!("/homes/{home}/forms/2026-11-24/topics/1");
        let page = ann.post_own(&path, &fields).await;
        page.says("Page not found");
        assert_eq!(page.status, 404, "{home}");
        assert!(!page.html.contains("666"), "{home}");
    }
    // Somebody else signs in where she typed: the home is not his.
    let filled = typed(&mut ann).await;
    site.clock.forward(SignedDuration::from_hours(3));
    filled.press(&mut ann, "on").await;
    site.invite("Cy", "cy@elm.example", &[OTHER_HOME]).await;
    sign_in(&mut site, &mut ann, "cy@elm.example").await;
    answer_as(&mut ann, "Cy").await;
    let page = ann.page.form_to(PAGE).press(&mut ann, "").await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_file_that_came_too_late_is_chosen_again() {
    let (mut site, mut ann) = asked().await;
    ann.get(SHEET).await;
    let upload = |token: &str, file: &str| {
        format!(
            "--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--b\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{file}\r\n\
             --b--\r\n"
        )
    };
    let own = site.url.clone();
    let headers = [
        ("origin", &*own),
        ("content-type", "multipart/form-data; boundary=b"),
    ];
    // With the token of another session.
    let body = upload("of before", "a,b");
    let page = ann.send(Method::POST, SHEET, Some(body), &headers).await;
    page.says("choose it once more").is_silent_on("a,b");
    assert_eq!(page.status, 403);
    // Without any, however long the file is.
    site.clock.forward(SignedDuration::from_hours(3));
    let body = upload("of before", &"a,b\r\n".repeat(400_000));
    let page = ann.send(Method::POST, SHEET, Some(body), &headers).await;
    page.says("choose it once more");
    assert_eq!(page.status, 403);
    assert!(page.links().contains(&SHEET.to_owned()));
    // The link leads there, once she has signed in.
    assert_eq!(ann.get(SHEET).await.path, "/sign-in");
    sign_in(&mut site, &mut ann, EMAIL).await;
    ann.get("/who").await;
    assert_eq!(ann.post("/who", &[("name", "Ann")]).await.path, SHEET);
}
