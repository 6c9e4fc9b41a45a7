//! A body asks in other words what others ask already: both stand together, and one press answers the
//! lower as the upper; on a laptop, on a phone, by keyboard, without scripts.

use askonce::server::Mail;
use serde_json::json;

use super::audit::{self, Audit};
use super::form::BEDS;
use super::hand::{Hand, Person};
use super::stage::{HOME, LATER_NAME, Stage, monthly};
use super::tab::{LAPTOP, PHONE, Scripts, Tab};

const OTHERWISE: &str = "Filled beds";

/// The form of the home on which a body asks in other words.
async fn set() -> Stage {
    let stage = Stage::set(Mail::Nowhere).await;
    let area = "E08000014";
    stage
        .body("mwl-trust", LATER_NAME, "nhs-trust", area, &[])
        .await;
    let said = json!({"purpose": "Planning discharges from hospital",
                      "legal_basis": "UK GDPR Article 6(1)(e)"});
    let fields =
        json!([{"name": "filled", "label": OTHERWISE, "type": "count", "timing": "as-at"}]);
    let ask = monthly("mwl-trust", "words", &said, &fields);
    stage.ask(&ask).await;
    stage
}

/// What stands in a question's field.
async fn typed(person: &Person<'_>, question: &str) -> String {
    let field = person.control(question, "Answer").await;
    field.prop("value").await.unwrap().unwrap_or_default()
}

async fn press_once(scripts: Scripts, width: u32, hand: Hand, is_looked_over: bool) {
    if is_looked_over && !audit::is_ready() {
        return;
    }
    let Some(tab) = Tab::open(scripts).await else {
        return;
    };
    tab.resize(width).await;
    let (person, audit) = (Person { tab: &tab, hand }, Audit::new(is_looked_over));
    let stage = set().await;
    tab.go(&stage.link().await).await;
    person.press("Continue").await;
    person.type_in("", "Who is answering?", "Jo Reed").await;
    person.press("Continue").await;
    let page = format!("/homes/{HOME}/forms/2026-11/topics/1");
    tab.go(&stage.at(&page)).await;
    audit.page(&tab, "alike").await;
    let button = format!("Same answer as above: {OTHERWISE}");
    person.press(&button).await;
    assert!(tab.title().await.starts_with("Error: "));
    audit.page(&tab, "alike-error").await;
    person.type_in(BEDS, "Answer", "44").await;
    person.press(&button).await;
    assert_eq!(tab.path().await, page);
    assert_eq!(typed(&person, BEDS).await, "44");
    assert_eq!(typed(&person, OTHERWISE).await, "44");
    audit.page(&tab, "alike-copied").await;
    // Both are in sight where the page comes back.
    let seen = tab.script(
        "const inSight = (box) => box.top >= 0 && box.bottom <= innerHeight;\
         return [...document.querySelectorAll('input.w8')].slice(0, 2)\
           .map((own) => inSight(own.getBoundingClientRect()));",
        &[],
    );
    if scripts == Scripts::On && !is_looked_over {
        assert_eq!(seen.await, json!([true, true]));
    }
    stage.stop().await;
    audit.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_in_other_words_is_answered_by_one_press() {
    press_once(Scripts::On, LAPTOP, Hand::Mouse, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_back_where_both_are_in_sight_on_a_laptop() {
    press_once(Scripts::On, LAPTOP, Hand::Mouse, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_answers_by_keyboard_on_a_small_phone_without_scripts() {
    press_once(Scripts::Off, PHONE, Hand::Keyboard, false).await;
}
