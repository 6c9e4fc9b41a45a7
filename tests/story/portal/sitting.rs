//! A manager answers a form, or all that is open: nothing that she types is lost, and what she
//! sends is what she saw.

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use serde_json::{Value as Json, json};

use super::client::Browser;
use super::site::{EMAIL, Site};
use crate::world::{HOME, OTHER_HOME, ask};

pub(super) const DAY: &str = "2026-11-24";
pub(super) const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const FORM: &str = "/homes/1-466088203/forms/2026-11-24";
pub(super) const PAGE: &str = "/homes/1-466088203/forms/2026-11-24/topics/1";
const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";

pub(super) fn beds() -> Json {
    json!({"name": "beds", "label": "How many beds are occupied?", "type": "count",
           "timing": "as-at", "min": 0, "max": 60, "required": true})
}

pub(super) fn falls() -> Json {
    json!({"name": "falls", "label": "How many falls were there?", "type": "count",
           "timing": "during"})
}

/// An ask of one day only.
pub(super) fn of_the_day(organisation: &str, id: &str, fields: Json) -> RawAsk {
    let mut ask = ask(organisation, id, fields);
    ask.from = DAY.into();
    ask.until = DAY.into();
    ask
}

/// A site at which the council asks this, and the browser of the home's manager.
pub(super) async fn asked(fields: Json) -> (Site, Browser) {
    let site = Site::new().await;
    submit(&site, of_the_day("sefton-council", "daily", fields)).await;
    site.invite("Ann", EMAIL, &[HOME]).await;
    let browser = site.signed_in(EMAIL, "Ann Archer").await;
    (site, browser)
}

pub(super) async fn submit(site: &Site, ask: RawAsk) {
    let requester = site.world.requester(&ask.organisation).await;
    requester.submit_ask(&ask).await.unwrap();
}

/// The field of an entry's answer on the page.
pub(super) async fn field(site: &Site, period: &str, asked: &str, word: &str) -> String {
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, period).await.unwrap();
    let serves = |entry: &&v1::FormEntry| entry.demands.iter().any(|own| own.field == asked);
    let entry = form.entries.iter().find(serves).expect("it is asked");
    format!("{}.{word}", entry.id)
}

/// What a body got, as number by field.
pub(super) async fn numbers(site: &Site, organisation: &str, ask: &str) -> Vec<(String, String)> {
    let requester = site.world.requester(organisation).await;
    let deliveries = requester.deliveries(ask).await.unwrap();
    let number = |own: v1::Delivery| {
        let said = own.value.and_then(|value| value.said);
        let number = match said {
            Some(v1::delivered_value::Said::Number(number)) => number.total,
            other => format!("{other:?}"),
        };
        (own.field, number)
    };
    deliveries.into_iter().map(number).collect()
}

pub(super) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = pairs.iter();
    own.map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[tokio::test]
async fn what_is_typed_is_checked_shown_again_and_sent_once() {
    let (site, mut browser) = asked(json!([beds(), falls()])).await;
    let (beds, falls) = (
        field(&site, DAY, "beds", "number").await,
        field(&site, DAY, "falls", "number").await,
    );
    browser.get(FORM).await.says("2 questions to answer");
    let page = browser.get(PAGE).await;
    page.says("How many beds are occupied?")
        .says("Body sefton-council");
    let filled = page.form_to(PAGE).set(&beds, "lots").set(&falls, "1");
    let page = filled.press(&mut browser, "on").await;
    assert_eq!(page.status, 422);
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    page.says("There is a problem").says("Enter a whole number");
    assert_eq!(page.value_of(&beds).as_deref(), Some("lots"));
    // It is kept as it was typed, and cannot be sent.
    browser.get(CHECK).await.says("Enter a whole number");
    let page = browser.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&beds, "600");
    let page = filled.press(&mut browser, "on").await;
    page.says("Please look again")
        .says("expects between 0 and 60");
    let page = page.form_to(PAGE).press(&mut browser, "on").await;
    assert_eq!(page.path, CHECK);
    page.says("600")
        .says("Body sefton-council: 2 answers")
        .says("I am Ann Archer");
    let send = page.form_to(CHECK);
    let again = page.form_to(CHECK);
    let page = send.press(&mut browser, "").await;
    page.says("Your answers are sent");
    let receipt = page.path.clone();
    let page = again.press(&mut browser, "").await;
    assert_eq!(page.path, receipt, "sent twice, it is sent once");
    let got = numbers(&site, "sefton-council", COUNCIL).await;
    assert_eq!(got, pairs(&[("beds", "600"), ("falls", "1")]));
    browser.get(FORM).await.says("Everything is answered");
}

#[tokio::test]
async fn two_people_on_one_page_see_each_other_only_where_both_typed() {
    let (site, mut ann) = asked(json!([beds(), falls()])).await;
    let mut bob = site.signed_in(EMAIL, "Bob Bell").await;
    let (beds, falls) = (
        field(&site, DAY, "beds", "number").await,
        field(&site, DAY, "falls", "number").await,
    );
    let of_ann = ann.get(PAGE).await.form_to(PAGE);
    let of_bob = bob.get(PAGE).await.form_to(PAGE);
    let later = bob.page.form_to(PAGE);
    of_ann
        .set(&beds, "30")
        .press(&mut ann, "back")
        .await
        .says("saved");
    // Where only one typed, both stand.
    of_bob
        .set(&falls, "2")
        .press(&mut bob, "back")
        .await
        .says("saved");
    let page = ann.get(PAGE).await;
    assert_eq!(page.value_of(&beds).as_deref(), Some("30"));
    assert_eq!(page.value_of(&falls).as_deref(), Some("2"));
    // Where both did, neither is lost.
    let page = later.set(&beds, "31").press(&mut bob, "on").await;
    page.says("Ann Archer answered 30 here");
    assert_eq!(page.value_of(&beds).as_deref(), Some("31"));
    let page = page.form_to(PAGE).press(&mut bob, "back").await;
    page.says("saved");
    assert_eq!(bob.get(PAGE).await.value_of(&beds).as_deref(), Some("31"));
}

#[tokio::test]
async fn a_page_that_was_left_open_changes_nothing_that_nobody_typed_on_it() {
    let (site, mut browser) = asked(json!([beds(), falls()])).await;
    let beds = field(&site, DAY, "beds", "number").await;
    let stale = browser.get(PAGE).await.form_to(PAGE);
    let fresh = browser.page.form_to(PAGE);
    fresh.set(&beds, "30").press(&mut browser, "back").await;
    stale.press(&mut browser, "back").await.says("saved");
    let page = browser.get(PAGE).await;
    assert_eq!(page.value_of(&beds).as_deref(), Some("30"));
    // Emptied by hand, it goes.
    page.form_to(PAGE)
        .clear(&beds)
        .press(&mut browser, "back")
        .await;
    assert_eq!(browser.get(PAGE).await.value_of(&beds).as_deref(), Some(""));
}

#[tokio::test]
async fn a_form_that_changes_meanwhile_says_what_changed_and_sends_nothing_unseen() {
    let (site, mut browser) = asked(json!([beds()])).await;
    let beds = field(&site, DAY, "beds", "number").await;
    let filled = browser.get(PAGE).await.form_to(PAGE).set(&beds, "30");
    submit(
        &site,
        of_the_day("south-sefton-ccg", "daily", json!([falls()])),
    )
    .await;
    let page = filled.press(&mut browser, "on").await;
    page.says("This page has changed")
        .says("New: “How many falls were there?”");
    assert_eq!(page.value_of(&beds).as_deref(), Some("30"));
    let shown = browser.get(CHECK).await.form_to(CHECK);
    // Another body comes to ask the same before it is sent.
    let same = json!([{"name": "b", "label": "How many beds are occupied?", "type": "count",
                       "timing": "as-at"}]);
    submit(&site, of_the_day("nhs-england", "daily", same)).await;
    let page = shown.press(&mut browser, "").await;
    page.says("Something has changed since you looked");
    page.says("Body nhs-england: 1 answer");
    assert_eq!(numbers(&site, "sefton-council", COUNCIL).await, []);
    page.form_to(CHECK)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
    let nhs = "organisations/nhs-england/asks/daily";
    assert_eq!(
        numbers(&site, "nhs-england", nhs).await,
        pairs(&[("b", "30")])
    );
}

#[tokio::test]
async fn a_question_that_depends_on_another_is_asked_once_that_is_answered() {
    let fields = json!([
        {"name": "outbreak", "label": "Is there an outbreak?", "type": "yes-no", "timing": "as-at"},
        {"name": "ill", "label": "How many residents are ill?", "type": "count", "timing": "as-at",
         "only_if": {"field": "outbreak", "equals": ["yes"]}}
    ]);
    let (site, mut browser) = asked(fields).await;
    let outbreak = field(&site, DAY, "outbreak", "yes_no").await;
    let ill = field(&site, DAY, "ill", "number").await;
    let page = browser.get(PAGE).await;
    page.says("Asked only if you answer “Yes” to “Is there an outbreak?”");
    assert_eq!(page.value_of(&ill), None);
    let page = page
        .form_to(PAGE)
        .set(&outbreak, "yes")
        .press(&mut browser, "on")
        .await;
    page.says("Because of your answers, this is asked too: “How many residents are ill?”");
    let page = page
        .form_to(PAGE)
        .set(&ill, "3")
        .press(&mut browser, "on")
        .await;
    assert_eq!(page.path, CHECK);
    page.says("Agree and send 2 answers");
    // Taken back, what hangs on it does not go, and holds nothing up.
    let page = browser.get(PAGE).await;
    page.form_to(PAGE)
        .set(&outbreak, "no")
        .set(&ill, "some")
        .press(&mut browser, "on")
        .await;
    let page = browser.get(CHECK).await;
    page.says("Agree and send 1 answer");
    page.form_to(CHECK)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
}

#[tokio::test]
async fn one_button_says_that_nothing_happened_and_a_reason_says_why_not() {
    let pressure = json!({"name": "sores", "label": "How many new pressure ulcers?", "type": "count",
                          "timing": "during"});
    let (site, mut browser) = asked(json!([beds(), falls(), pressure])).await;
    let id = field(&site, DAY, "beds", "why").await;
    let note = field(&site, DAY, "beds", "note").await;
    let page = browser
        .get(PAGE)
        .await
        .form_to(PAGE)
        .press(&mut browser, "none")
        .await;
    page.says("Filled in below and saved");
    let falls = field(&site, DAY, "falls", "number").await;
    let sores = field(&site, DAY, "sores", "number").await;
    assert_eq!(page.value_of(&falls).as_deref(), Some("0"));
    assert_eq!(page.value_of(&sores).as_deref(), Some("0"));
    let filled = page
        .form_to(PAGE)
        .set(&id, "not-held")
        .set(&note, "Ask the office");
    let page = filled.press(&mut browser, "on").await;
    page.says("We do not hold this information: Ask the office");
    page.form_to(CHECK)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
    let got = site
        .world
        .requester("sefton-council")
        .await
        .deliveries(COUNCIL)
        .await
        .unwrap();
    let declined = got.iter().find(|own| own.field == "beds").unwrap();
    let said = declined.value.as_ref().and_then(|value| value.said.clone());
    assert!(
        matches!(said, Some(v1::delivered_value::Said::Declined(_))),
        "{said:?}"
    );
}

#[tokio::test]
async fn all_that_is_open_is_answered_in_one_go_and_the_same_is_asked_once() {
    let (site, mut browser) = asked(json!([beds(), falls()])).await;
    // A weekly form asks for the beds of one of the days, and for the falls of the week.
    let fields = json!([
        {"name": "w_beds", "label": "How many beds are occupied?", "type": "count", "timing": "as-at"},
        {"name": "w_falls", "label": "How many falls were there?", "type": "count", "timing": "during"}
    ]);
    let mut weekly = of_the_day("nhs-england", "weekly", fields);
    weekly.cadence = "weekly".into();
    weekly.from = "2026-11-18".into();
    weekly.until = DAY.into();
    submit(&site, weekly).await;
    let forms = site.world.manager(HOME).await;
    let listed = forms
        .list_forms(HOME, "2026-11-10", "2026-12-05")
        .await
        .unwrap();
    assert!(listed.len() >= 2, "{listed:?}");
    let now = format!("/homes/{HOME}/forms/now");
    let page = browser.get(&now).await;
    page.says("Everything that is open");
    let topic = format!("{now}/topics/1");
    let page = browser.get(&topic).await;
    let once = page.text().matches("How many falls were there? ").count();
    assert!(once >= 1);
    let numbers_shown = page.html.matches(".number\" name=").count();
    let entries: usize = 2 * listed.len();
    assert!(
        numbers_shown <= entries,
        "{numbers_shown} fields for {entries} entries"
    );
    let mut filled = page.form_to(&topic);
    for name in number_fields(&page.html) {
        filled = filled.set(&name, "4");
    }
    let mut page = filled.press(&mut browser, "on").await.clone();
    while page.path.contains("/topics/") {
        let path = page.path.clone();
        page = page.form_to(&path).press(&mut browser, "on").await.clone();
    }
    let check = format!("{now}/check");
    assert_eq!(page.path, check);
    page.form_to(&check)
        .press(&mut browser, "")
        .await
        .says("Your answers are sent");
    browser
        .get(&now)
        .await
        .says("There is nothing to answer just now");
    let got = numbers(&site, "sefton-council", COUNCIL).await;
    assert_eq!(got, pairs(&[("beds", "4"), ("falls", "4")]));
}

/// The names of the fields for numbers.
fn number_fields(html: &str) -> Vec<String> {
    let names = html.split("name=\"").skip(1);
    let names = names.filter_map(|rest| rest.split('"').next());
    names
        .filter(|name| name.ends_with(".number"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn another_home_and_no_form_look_the_same() {
    let (site, mut browser) = asked(json!([beds()])).await;
    submit(&site, {
        let mut ask = of_the_day("south-sefton-ccg", "daily", json!([falls()]));
        ask.targets.homes = vec![OTHER_HOME.into()];
        ask
    })
    .await;
    let theirs = format!("/homes/{OTHER_HOME}/forms/{DAY}");
    for path in [
        theirs.clone(),
        format!("{theirs}/topics/1"),
        format!("{theirs}/check"),
        format!("{theirs}/print"),
        "/homes/1-999999999/forms/now".to_owned(),
        format!("/homes/{HOME}/forms/2026-11-23"),
        format!("/homes/{HOME}/forms/soon"),
        format!("{PAGE}0"),
        format!("/homes/{HOME}/forms/{DAY}/topics/0"),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 404, "{path}");
        page.says("Page not found");
    }
    browser
        .get(&format!("{FORM}/print"))
        .await
        .says("How many beds are occupied?");
}
