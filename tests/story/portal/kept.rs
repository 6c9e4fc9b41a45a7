//! What is typed stays, whatever else happens: other forms, other people, other ways of typing; and
//! what is sent is what was shown.

use askonce::grpc::v1;
use serde_json::json;

use super::client::Browser;
use super::site::{EMAIL, Site};
use super::sitting::{
    COUNCIL, DAY, PAGE, asked, beds, falls, field, numbers, of_the_day, pairs, submit,
};
use crate::world::{HOME, answer};

const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";
const NOW: &str = "/homes/1-466088203/forms/now";
const NOW_PAGE: &str = "/homes/1-466088203/forms/now/topics/1";
const WEEKLY: &str = "organisations/nhs-england/asks/weekly";

/// A weekly form that asks for the beds of the day, too, and for the falls of the week.
async fn and_weekly(site: &Site) -> String {
    let fields = json!([
        {"name": "w_beds", "label": "How many beds are occupied?", "type": "count", "timing": "as-at"},
        {"name": "w_falls", "label": "How many falls were there?", "type": "count", "timing": "during"}
    ]);
    let mut weekly = of_the_day("nhs-england", "weekly", fields);
    weekly.cadence = "weekly-wed".into();
    weekly.from = "2026-11-18".into();
    weekly.until = DAY.into();
    submit(site, weekly).await;
    let manager = site.world.manager(HOME).await;
    let listed = manager
        .list_forms(HOME, "2026-11-10", "2026-12-05")
        .await
        .unwrap();
    let periods = listed.iter().map(|form| form.period.clone());
    let mut others = periods.filter(|period| period != DAY);
    others.next().expect("there is a weekly form")
}

/// Saves something typed for the form of the day, as a program does.
async fn save_draft(site: &Site, answers: Vec<v1::Answer>) -> v1::Draft {
    let manager = site.world.manager(HOME).await;
    let message = v1::SaveDraftRequest {
        name: format!("homes/{HOME}/forms/{DAY}"),
        answers,
        saved_by: "The office".into(),
        ..v1::SaveDraftRequest::default()
    };
    let saved = manager.forms().save_draft(manager.request(message)).await;
    saved.unwrap().into_inner().draft.unwrap_or_default()
}

async fn drafted(site: &Site) -> Vec<v1::DraftEntry> {
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    form.draft.unwrap_or_default().entries
}

#[tokio::test]
async fn what_follows_from_what_is_typed_is_offered_kept_as_it_was_seen_and_sent() {
    let share = json!({"name": "share", "label": "Occupancy", "type": "percentage", "decimals": 1,
                       "timing": "as-at", "element": "beds.occupancy_pct"});
    let of = |name: &str, element: &str, timing: &str| json!({"name": name, "label": name, "type": "count", "timing": timing, "element": element});
    let all = json!([
        of("occupied", "beds.occupied", "as-at"),
        of("most", "beds.registered", "standing"),
        share
    ]);
    let (site, mut browser) = asked(all).await;
    let occupied = field(&site, DAY, "occupied", "number").await;
    let most = field(&site, DAY, "most", "number").await;
    let keep = field(&site, DAY, "share", "keep").await;
    let page = browser.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&occupied, "30").set(&most, "40");
    filled.press(&mut browser, "on").await;
    let page = browser.get(PAGE).await;
    page.says("Yes, it is 75");
    page.form_to(PAGE)
        .set(&keep, "yes")
        .press(&mut browser, "on")
        .await;
    let page = browser.get(CHECK).await;
    page.says("Agree and send 3 answers")
        .is_silent_on("There is a problem");
    page.form_to(CHECK)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
    let got = numbers(&site, "sefton-council", COUNCIL).await;
    assert!(
        got.contains(&("share".to_owned(), "75".to_owned())),
        "{got:?}"
    );
}

#[tokio::test]
async fn an_offer_that_changed_since_it_was_seen_is_not_confirmed() {
    let (site, _) = asked(json!([beds()])).await;
    let mut before = of_the_day(
        "nhs-england",
        "fresh",
        json!([
            {"name": "b", "label": "How many beds are occupied?", "type": "count", "timing": "as-at",
             "max_age_days": 7, "reuse": "confirm"}
        ]),
    );
    before.from = "2026-11-25".into();
    before.until = "2026-11-25".into();
    submit(&site, before).await;
    site.clock.set("2026-11-25T09:00:00Z");
    let manager = site.world.manager(HOME).await;
    let said =
        |form: &v1::Form, number: &str| answer(form, COUNCIL, "beds", json!({"number": number}));
    let form = manager.form(HOME, DAY).await.unwrap();
    manager
        .answer(&form, vec![said(&form, "30")])
        .await
        .unwrap();
    let next = "/homes/1-466088203/forms/2026-11-25/topics/1";
    // A day later she signs in anew.
    let mut browser = site.signed_in(EMAIL, "Ann Archer").await;
    let keep = field(&site, "2026-11-25", "b", "keep").await;
    let shown = browser.get(next).await.says("Yes, it is 30").form_to(next);
    let form = manager.form(HOME, DAY).await.unwrap();
    manager
        .answer(&form, vec![said(&form, "31")])
        .await
        .unwrap();
    let page = shown.set(&keep, "yes").press(&mut browser, "on").await;
    page.says("has changed: look at it again")
        .says("Yes, it is 31");
    page.form_to(next)
        .set(&keep, "yes")
        .press(&mut browser, "on")
        .await;
    let check = "/homes/1-466088203/forms/2026-11-25/check";
    let page = browser.get(check).await;
    page.says("31").is_silent_on("There is a problem");
    page.form_to(check)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
}

#[tokio::test]
async fn a_number_typed_on_one_form_shows_where_another_asks_for_the_same() {
    let (site, mut browser) = asked(json!([beds(), falls()])).await;
    let week = and_weekly(&site).await;
    let weekly = format!("/homes/{HOME}/forms/{week}/topics/1");
    let typed = field(&site, &week, "w_beds", "number").await;
    let page = browser.get(&weekly).await;
    page.form_to(&weekly)
        .set(&typed, "38")
        .press(&mut browser, "back")
        .await;
    let page = browser.get(NOW_PAGE).await;
    assert_eq!(
        page.value_of(&typed).as_deref(),
        Some("38"),
        "{}",
        page.text()
    );
    // Typed otherwise on the other form, both show before anything goes.
    let page = browser.get(PAGE).await;
    page.form_to(PAGE)
        .set(&typed, "40")
        .press(&mut browser, "back")
        .await;
    browser.get(NOW_PAGE).await.says("somebody typed");
    let page = browser.get(NOW_PAGE).await;
    let shown = page.value_of(&typed).unwrap();
    let check = format!("{NOW}/check");
    let page = browser.get(&check).await;
    page.says("Agree and send 1 answer");
    page.form_to(&check)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
    let council = numbers(&site, "sefton-council", COUNCIL).await;
    assert_eq!(council, pairs(&[("beds", &shown)]));
    assert_eq!(
        numbers(&site, "nhs-england", WEEKLY).await,
        pairs(&[("w_beds", &shown)])
    );
}

#[tokio::test]
async fn what_is_typed_for_a_form_that_somebody_finishes_meanwhile_is_shown_again() {
    let (site, mut browser) = asked(json!([beds()])).await;
    let week = and_weekly(&site).await;
    let id = field(&site, DAY, "beds", "number").await;
    let stale = browser.get(NOW_PAGE).await.form_to(NOW_PAGE).set(&id, "33");
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = answer(&form, COUNCIL, "beds", json!({"number": "30"}));
    manager.answer(&form, vec![given]).await.unwrap();
    let page = stale.press(&mut browser, "on").await;
    assert!(
        page.text().contains("33") || page.value_of(&id).as_deref() == Some("33"),
        "{week}"
    );
    let kept = drafted(&site).await;
    let form = manager.form(HOME, &week).await.unwrap();
    let elsewhere = form.draft.unwrap_or_default().entries;
    let numbers = kept
        .iter()
        .chain(&elsewhere)
        .filter_map(|own| own.answer.as_ref());
    assert!(
        numbers
            .map(|own| own.number.as_str())
            .any(|number| number == "33")
    );
}

#[tokio::test]
async fn a_question_that_is_not_asked_just_now_keeps_what_was_typed_for_it() {
    let fields = json!([
        {"name": "outbreak", "label": "Is there an outbreak?", "type": "yes-no", "timing": "as-at"},
        {"name": "ill", "label": "How many residents are ill?", "type": "count", "timing": "as-at",
         "only_if": {"field": "outbreak", "equals": ["yes"]}}
    ]);
    let (site, mut browser) = asked(fields).await;
    let outbreak = field(&site, DAY, "outbreak", "yes_no").await;
    let ill = field(&site, DAY, "ill", "number").await;
    for (said, typed) in [
        ("yes", None),
        ("yes", Some("3")),
        ("no", None),
        ("yes", None),
    ] {
        let page = browser.get(PAGE).await;
        let mut filled = page.form_to(PAGE).set(&outbreak, said);
        if let Some(typed) = typed {
            filled = filled.set(&ill, typed);
        }
        filled.press(&mut browser, "back").await;
    }
    assert_eq!(browser.get(PAGE).await.value_of(&ill).as_deref(), Some("3"));
}

#[tokio::test]
async fn a_text_too_long_to_keep_costs_nothing_else() {
    let more = json!({"name": "more", "label": "Anything else?", "type": "text", "timing": "as-at",
                      "lines": "multi"});
    let (site, mut browser) = asked(json!([beds(), more])).await;
    let (beds, text) = (
        field(&site, DAY, "beds", "number").await,
        field(&site, DAY, "more", "text").await,
    );
    let long = "long ".repeat(10_000);
    let page = browser.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&beds, "30").set(&text, &long);
    let page = filled.press(&mut browser, "on").await;
    assert_eq!(page.status, 422);
    page.says("too long to be saved");
    assert_eq!(page.value_of(&beds).as_deref(), Some("30"));
    assert!(
        page.html.contains("long long long"),
        "what she wrote is there to be shortened"
    );
    assert_eq!(drafted(&site).await.len(), 1);
}

#[tokio::test]
async fn what_a_program_typed_is_left_as_it_is_by_who_only_looks() {
    let hours = json!({"name": "hours", "label": "Agency cover", "type": "quantity", "unit": "h",
                       "decimals": 2, "timing": "during"});
    let colours = json!({"name": "walls", "label": "Colours of the walls", "type": "choices",
                         "timing": "as-at", "options": [{"code": "r", "label": "Red"},
                         {"code": "b", "label": "Blue"}]});
    let (site, mut browser) = asked(json!([hours, colours])).await;
    let minutes = json!([{"name": "m", "label": "Agency cover", "type": "quantity", "unit": "min",
                          "decimals": 0, "timing": "during"}]);
    submit(&site, of_the_day("south-sefton-ccg", "daily", minutes)).await;
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let answers = vec![
        answer(&form, COUNCIL, "hours", json!({"number": "12"})),
        answer(&form, COUNCIL, "walls", json!({"options": ["Blue", "RED"]})),
    ];
    save_draft(&site, answers).await;
    let before = drafted(&site).await;
    let page = browser.get(PAGE).await;
    page.form_to(PAGE).press(&mut browser, "back").await;
    assert_eq!(drafted(&site).await, before);
    browser.get(CHECK).await.is_silent_on("There is a problem");
}

#[tokio::test]
async fn a_button_pressed_twice_at_once_sends_once() {
    let (site, mut browser) = asked(json!([beds(), falls()])).await;
    let id = field(&site, DAY, "beds", "number").await;
    browser
        .get(PAGE)
        .await
        .form_to(PAGE)
        .set(&id, "30")
        .press(&mut browser, "back")
        .await;
    let shown = browser.get(CHECK).await.clone();
    let mut other = Browser::new(&site.url);
    other.cookies.clone_from(&browser.cookies);
    let (one, two) = (shown.form_to(CHECK), shown.form_to(CHECK));
    let (one, two) = tokio::join!(one.press(&mut browser, ""), two.press(&mut other, ""));
    one.says("Your answers are sent");
    assert_eq!(one.path, two.path);
    let manager = site.world.manager(HOME).await;
    let summary = manager.form(HOME, DAY).await.unwrap().summary.unwrap();
    assert_eq!(summary.answered, 1);
}

#[tokio::test]
async fn who_answers_is_who_declared() {
    let (site, mut browser) = asked(json!([beds()])).await;
    let id = field(&site, DAY, "beds", "number").await;
    browser
        .get(PAGE)
        .await
        .form_to(PAGE)
        .set(&id, "30")
        .press(&mut browser, "back")
        .await;
    let shown = browser
        .get(CHECK)
        .await
        .says("I am Ann Archer")
        .form_to(CHECK);
    browser.get("/who").await;
    browser.post("/who", &[("name", "Bob Bell")]).await;
    let page = shown.press(&mut browser, "").await;
    page.says("Something has changed since you looked")
        .says("I am Bob Bell");
}
