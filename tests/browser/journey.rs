//! The whole of it as a home's manager lives it: a link in an e-mail, what there is to do, the form,
//! topic by topic, a look over, the receipt, and a mistake put right.

use super::audit::{self, Audit};
use super::form::{AGENCY, BEDS, INSURANCE, fill_in, is_received, received};
use super::hand::{Hand, Person};
use super::stage::{COUNCIL, HOME, ICB, LATER, LATER_NAME, Stage};
use super::tab::{LAPTOP, PHONE, Scripts, Tab};
use askonce::server::Mail;

/// With what somebody goes through it.
struct Way {
    scripts: Scripts,
    width: u32,
    hand: Hand,
    /// Whether every page is looked over on the way.
    is_looked_over: bool,
}

/// Goes the whole way; nothing where there is no browser.
async fn go(way: Way) {
    if way.is_looked_over && !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(way.scripts).await else {
        return;
    };
    tab.resize(way.width).await;
    let stage = Stage::set(Mail::Nowhere).await;
    let person = Person {
        tab: &tab,
        hand: way.hand,
    };
    let audit = Audit::new(way.is_looked_over);
    sign_in(&stage, &person, &audit).await;
    answer(&person, &audit).await;
    is_received(&stage).await;
    correct(&stage, &person, &audit).await;
    file(&stage, &person, &audit).await;
    send_on(&stage, &person, &audit).await;
    look_around(&stage, &person, &audit).await;
    stage.stop().await;
    audit.end();
}

async fn sign_in(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    person.tab.go(&stage.link().await).await;
    audit.page(person.tab, "sign-in-link").await;
    person.press("Continue").await;
    audit.page(person.tab, "who").await;
    person
        .type_in("", "Who is answering?", "Jo Reed, manager")
        .await;
    person.press("Continue").await;
}

/// From the list of what there is to do to the receipt.
async fn answer(person: &Person<'_>, audit: &Audit) {
    assert_eq!(person.tab.path().await, format!("/homes/{HOME}"));
    audit.page(person.tab, "worklist").await;
    person.press("Answer everything that is open").await;
    audit.page(person.tab, "topics-at-first").await;
    person.press_topic().await;
    a_mistake_is_told(person, audit).await;
    fill_in(person, audit).await;
    audit.page(person.tab, "check").await;
    person.press_first("Agree and send").await;
    let path = person.tab.path().await;
    assert!(
        path.starts_with(&format!("/homes/{HOME}/receipts/")),
        "{path}"
    );
    audit.page(person.tab, "receipt").await;
}

/// What cannot be read is told at the top, where the focus is, and at its field, and is kept.
async fn a_mistake_is_told(person: &Person<'_>, audit: &Audit) {
    person.type_in(INSURANCE, "Day", "soon").await;
    person.press("Save and continue").await;
    let title = person.tab.title().await;
    assert!(title.starts_with("Error: "), "{title}");
    assert!(
        person.tab.comes_true(audit::FOCUS).await,
        "one is led there"
    );
    audit.page(person.tab, "topic-error").await;
    let field = person.control(INSURANCE, "Day").await;
    assert_eq!(field.prop("value").await.unwrap().as_deref(), Some("soon"));
}

/// A figure was wrong: it is put right once, for whoever has it.
async fn correct(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    person.press(&format!("Correct {AGENCY}")).await;
    audit.page(person.tab, "correct").await;
    person.type_in("", "Answer", "40").await;
    person.press("Send the correction").await;
    audit.page(person.tab, "corrected").await;
    let lines = received(stage, ICB).await;
    assert!(
        lines.contains(&"agency_minutes: 2400 min".to_owned()),
        "{lines:?}"
    );
}

/// What a body takes only in its own system is copied there and ticked.
async fn file(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    let page = stage.at(&format!("/homes/{HOME}/forms/2026-11/file/dhsc/tracker"));
    person.tab.go(&page).await;
    audit.page(person.tab, "file").await;
    person.press("I have filed it").await;
    audit.page(person.tab, "filed").await;
    let text = person.tab.text().await;
    assert!(
        text.contains("Capacity Tracker is ticked as filed."),
        "{text}"
    );
}

/// Somebody asks later for what was answered: it is sent on, nothing is typed.
async fn send_on(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    let before = received(stage, COUNCIL).await;
    stage.is_asked_later().await;
    person.tab.go(&stage.at(&format!("/homes/{HOME}"))).await;
    audit.page(person.tab, "worklist-asked-later").await;
    person.press_first("Send to").await;
    audit.page(person.tab, "also").await;
    person.press("Send to those ticked").await;
    assert!(person.tab.title().await.starts_with("Error: "));
    audit.page(person.tab, "also-error").await;
    person
        .pick("", &format!("Send these to {LATER_NAME}"))
        .await;
    person.press("Send to those ticked").await;
    audit.page(person.tab, "also-sent").await;
    assert_eq!(received(stage, LATER).await, ["beds: 44"]);
    assert_eq!(received(stage, COUNCIL).await, before);
}

/// The other pages of the home.
async fn look_around(stage: &Stage, person: &Person<'_>, audit: &Audit) {
    for (path, name) in [
        ("", "worklist-afterwards"),
        ("/calendar", "calendar"),
        ("/seen", "seen"),
        ("/questions", "questions"),
        ("/forms/2026-11", "topics-afterwards"),
        ("/forms/2026-11/print", "print"),
        ("/forms/2026-11/sheet", "sheet"),
        ("/forms/2026-11/also", "also-nothing"),
        ("/forms/2026-11/sheet/none", "not-found"),
    ] {
        person
            .tab
            .go(&stage.at(&format!("/homes/{HOME}{path}")))
            .await;
        let title = person.tab.title().await;
        assert_eq!(
            title.starts_with("Page not found"),
            name == "not-found",
            "{path}"
        );
        audit.page(person.tab, name).await;
    }
    person
        .tab
        .go(&stage.at(&format!("/homes/{HOME}/questions")))
        .await;
    person.press(BEDS).await;
    audit.page(person.tab, "question").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_answers_a_form_once_for_all_who_ask() {
    go(Way {
        scripts: Scripts::On,
        width: LAPTOP,
        hand: Hand::Mouse,
        is_looked_over: true,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_answers_a_form_on_a_small_phone_without_scripts() {
    go(Way {
        scripts: Scripts::Off,
        width: PHONE,
        hand: Hand::Mouse,
        is_looked_over: false,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_answers_a_form_by_keyboard_alone_without_scripts() {
    go(Way {
        scripts: Scripts::Off,
        width: LAPTOP,
        hand: Hand::Keyboard,
        is_looked_over: false,
    })
    .await;
}
