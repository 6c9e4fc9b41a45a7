//! Two bodies ask the same in other words, and nobody has decided yet: the home finds both together
//! and need not type twice.

use std::collections::BTreeMap;

use askonce::grpc::v1;
use serde_json::{Value as Json, json};

use super::client::{Browser, Page};
use super::site::Site;
use super::sitting::{COUNCIL, DAY, PAGE, field, numbers, of_the_day, pairs, submit};
use crate::world::{HOME, field_of};

const CCG: &str = "organisations/south-sefton-ccg/asks/daily";
const CHECK: &str = "/homes/1-466088203/forms/2026-11-24/check";

fn count(name: &str, label: &str, topic: &str) -> Json {
    json!({"name": name, "label": label, "type": "count", "timing": "as-at", "topic": topic})
}

fn hours(name: &str, label: &str, unit: &str) -> Json {
    json!({"name": name, "label": label, "type": "quantity", "unit": unit, "decimals": 1,
           "timing": "during", "topic": "Hours"})
}

/// A site at which two bodies ask these, and the browser of the home's manager.
async fn both_ask(council: Json, ccg: Json) -> (Site, Browser) {
    let (site, browser) = super::sitting::asked(council).await;
    submit(&site, of_the_day("south-sefton-ccg", "daily", ccg)).await;
    (site, browser)
}

async fn beds() -> (Site, Browser) {
    both_ask(
        json!([
            count("used", "Beds in use", "Rooms"),
            count("visits", "How many visitors came?", "Rooms"),
        ]),
        json!([count("filled", "Filled beds", "Use of rooms")]),
    )
    .await
}

/// The button that copies to a question.
fn button(page: &Page) -> String {
    let mut values = page.html.split("name=\"do\" value=\"").skip(1);
    let found = values.find_map(|rest| {
        let value = rest.split('"').next()?;
        value.starts_with("same.").then(|| value.to_owned())
    });
    found.expect("there is a button that copies")
}

async fn form(site: &Site) -> v1::Form {
    let manager = site.world.manager(HOME).await;
    manager.form(HOME, DAY).await.unwrap()
}

/// The wordings of a form with those that each is likely the same as.
async fn likely(site: &Site) -> Vec<(String, String)> {
    let form = form(site).await;
    let wording = |id: &str| {
        let mut entries = form.entries.iter();
        entries.find(|own| own.id == id).unwrap().wording.clone()
    };
    let pairs = form.entries.iter().flat_map(|entry| {
        let others = entry.likely_same.iter();
        others.map(|other| {
            assert!(!other.explanation.is_empty());
            (entry.wording.clone(), wording(&other.entry))
        })
    });
    pairs.collect()
}

#[tokio::test]
async fn what_may_be_the_same_stands_together_and_is_answered_with_one_press() {
    let (site, mut ann) = beds().await;
    let upper = field(&site, DAY, "used", "number").await;
    let lower = field(&site, DAY, "filled", "number").await;
    let (visits, before) = (
        field(&site, DAY, "visits", "number").await,
        form(&site).await,
    );
    let page = ann.get(PAGE).await;
    page.says("This may be the same question as “Beds in use”, above")
        .says("Same answer as above")
        .is_silent_on("Use of rooms");
    let place = |words: &str| page.html.find(words).unwrap();
    let (own, other) = (
        place(&format!("id=\"{upper}\"")),
        place(&format!("id=\"{lower}\"")),
    );
    let visitors = place(&format!("id=\"{visits}\""));
    assert!(
        own < other && !(own..other).contains(&visitors),
        "they stand together"
    );
    // Nothing is answered above.
    let same = button(page);
    let page = page.form_to(PAGE).press(&mut ann, &same).await;
    assert_eq!(page.status, 422);
    page.says("There is no answer above to copy. Answer “Beds in use” first");
    assert!(page.title().starts_with("Error: "));
    // What cannot be an answer is not copied; nothing that is typed is lost.
    let filled = page.form_to(PAGE).set(&upper, "some").set(&visits, "7");
    let page = filled.press(&mut ann, &same).await;
    page.says("Put right the answer to “Beds in use”, above");
    assert_eq!(page.value_of(&visits).as_deref(), Some("7"));
    let filled = page.form_to(PAGE).set(&upper, "3");
    let page = filled.press(&mut ann, &same).await;
    assert_eq!(
        (page.status, &*page.path),
        (200, &*format!("{PAGE}#q-{}", &same[5..]))
    );
    page.says("The same answer is filled in and saved");
    for (name, value) in [(&upper, "3"), (&lower, "3"), (&visits, "7")] {
        assert_eq!(page.value_of(name).as_deref(), Some(value));
    }
    // Pressed again, it changes nothing; nothing is sent, and the form is what it was.
    page.form_to(PAGE)
        .press(&mut ann, &same)
        .await
        .says("filled in and saved");
    assert_eq!(numbers(&site, "sefton-council", COUNCIL).await, []);
    assert_eq!(numbers(&site, "south-sefton-ccg", CCG).await, []);
    let template = |form: &v1::Form| form.summary.clone().unwrap().template;
    assert_eq!(template(&form(&site).await), template(&before));
    // They stay two: each may still be answered otherwise, and each body gets its own field.
    let filled = ann.get(PAGE).await.form_to(PAGE).set(&lower, "4");
    filled.press(&mut ann, "on").await;
    let page = ann.get(CHECK).await;
    page.form_to(CHECK)
        .press(&mut ann, "")
        .await
        .says("Your answers are sent");
    let council = numbers(&site, "sefton-council", COUNCIL).await;
    assert_eq!(council, pairs(&[("used", "3"), ("visits", "7")]));
    let ccg = numbers(&site, "south-sefton-ccg", CCG).await;
    assert_eq!(ccg, pairs(&[("filled", "4")]));
}

/// What is typed for the form, as number by entry.
async fn drafted(site: &Site) -> BTreeMap<String, String> {
    let draft = form(site).await.draft.unwrap_or_default();
    let typed = draft.entries.into_iter();
    let typed = typed.filter_map(|own| own.answer);
    typed.map(|own| (own.entry, own.number)).collect()
}

#[tokio::test]
async fn what_somebody_else_typed_meanwhile_is_not_copied_over_unseen() {
    let (site, mut ann) = beds().await;
    let upper = field(&site, DAY, "used", "number").await;
    let lower = field(&site, DAY, "filled", "number").await;
    let entry = |name: &str| name.strip_suffix(".number").unwrap().to_owned();
    let page = ann.get(PAGE).await;
    let same = button(page);
    let stale = page.form_to(PAGE);
    site.invite("Bob", "bob@harbour.example", &[HOME]).await;
    let mut bob = site.signed_in("bob@harbour.example", "Bob Bell").await;
    let filled = bob.get(PAGE).await.form_to(PAGE).set(&lower, "4");
    filled.press(&mut bob, "back").await;
    let page = stale.set(&upper, "3").press(&mut ann, &same).await;
    page.says("Bob Bell answered 4 here, on ")
        .says("and that is kept. The same answer as above is shown below")
        .is_silent_on("filled in and saved");
    for name in [&upper, &lower] {
        assert_eq!(page.value_of(name).as_deref(), Some("3"));
    }
    let kept = pairs_of(&[(entry(&upper), "3"), (entry(&lower), "4")]);
    assert_eq!(drafted(&site).await, kept, "what Bob typed is not lost");
    // Both are seen now: hers stands once she says so.
    page.form_to(PAGE).press(&mut ann, "on").await;
    let kept = pairs_of(&[(entry(&upper), "3"), (entry(&lower), "3")]);
    assert_eq!(drafted(&site).await, kept);
    // What she saw herself, or typed just now, is put in place of without asking.
    let page = ann.get(PAGE).await;
    let filled = page.form_to(PAGE).set(&upper, "5");
    let page = filled.press(&mut ann, &same).await;
    page.says("filled in and saved");
    let filled = page.form_to(PAGE).set(&upper, "6").set(&lower, "7");
    let page = filled.press(&mut ann, &same).await;
    page.says("filled in and saved");
    assert_eq!(page.value_of(&lower).as_deref(), Some("6"));
}

fn pairs_of(pairs: &[(String, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(entry, number)| (entry.clone(), (*number).to_owned()))
        .collect()
}

#[tokio::test]
async fn once_somebody_decides_they_part_or_are_one() {
    let (site, mut ann) = beds().await;
    let (used, filled) = ("Beds in use", "Filled beds");
    let both = [(used, filled), (filled, used)];
    let mut told = likely(&site).await;
    told.sort();
    let mut wanted = pairs(&both);
    wanted.sort();
    assert_eq!(told, wanted);
    let lead = site
        .world
        .of_role(askonce::domain::access::Role::Steward)
        .await;
    let decide = |verdict: v1::Verdict| {
        vec![v1::NewDecision {
            a: Some(field_of(COUNCIL, "used")),
            b: Some(field_of(CCG, "filled")),
            verdict: verdict as i32,
            ..v1::NewDecision::default()
        }]
    };
    for verdict in [v1::Verdict::Different, v1::Verdict::Related] {
        let decided = lead.decide(decide(verdict)).await.unwrap();
        assert_eq!(likely(&site).await, []);
        let page = ann.get(PAGE).await;
        page.is_silent_on("Same answer as above")
            .says("Use of rooms");
        lead.undo(&decided[0].decision).await.unwrap();
        ann.get(PAGE).await.says("Same answer as above");
    }
    lead.decide(decide(v1::Verdict::Same)).await.unwrap();
    assert_eq!(likely(&site).await, []);
    assert_eq!(form(&site).await.entries.len(), 2);
    ann.get(PAGE).await.is_silent_on("Same answer as above");
}

#[tokio::test]
async fn hours_above_are_minutes_below() {
    let (site, mut ann) = both_ask(
        json!([hours("hours", "Agency nursing hours", "h")]),
        json!([hours("minutes", "Agency RN hours", "min")]),
    )
    .await;
    let fields = [
        (field(&site, DAY, "hours", "number").await, "1.5", "90"),
        (field(&site, DAY, "minutes", "number").await, "45", "0.75"),
    ];
    let page = ann.get(PAGE).await;
    let same = button(page);
    let lower = format!("{}.number", &same[5..]);
    let (upper, typed, copied) = fields.iter().find(|(name, ..)| *name != lower).unwrap();
    let filled = page.form_to(PAGE).set(upper, typed);
    let page = filled.press(&mut ann, &same).await;
    assert_eq!(page.value_of(upper).as_deref(), Some(*typed));
    assert_eq!(page.value_of(&lower).as_deref(), Some(*copied));
    // A reason why there is no answer is copied, too.
    let why = upper.replace(".number", ".why");
    let filled = page.form_to(PAGE).clear(upper).set(&why, "not-held");
    let page = filled.press(&mut ann, &same).await;
    assert_eq!(page.value_of(&lower).as_deref(), Some(""));
    assert_eq!(page.html.matches("value=\"not-held\" selected").count(), 2);
}

#[tokio::test]
async fn a_sitting_of_several_days_copies_each_day_to_its_own() {
    let (site, mut ann) = super::sitting::asked(json!([count("x", "Anything?", "x")])).await;
    for (body, label) in [
        ("sefton-council", "Beds in use"),
        ("south-sefton-ccg", "Filled beds"),
    ] {
        let mut ask = of_the_day(body, "days", json!([count("used", label, "Rooms")]));
        ask.from = "2026-11-23".into();
        ask.until = "2026-11-24".into();
        submit(&site, ask).await;
    }
    let path = "/homes/1-466088203/forms/now/topics/1";
    let page = ann.get(path).await;
    page.says("Same answers as above");
    let same = button(page);
    let mut boxes: Vec<String> = Vec::new();
    for name in page.html.split("id=\"").skip(1) {
        let name = name.split('"').next().unwrap();
        if name.ends_with(".number") {
            boxes.push(name.to_owned());
        }
    }
    let at = boxes
        .iter()
        .position(|own| own.starts_with(&same[5..]))
        .unwrap();
    let (upper, lower) = (&boxes[at - 2..at], &boxes[at..at + 2]);
    // Only the second day is known: the first stays as it is.
    let filled = page.form_to(path).set(&upper[1], "2").set(&lower[0], "9");
    let page = filled.press(&mut ann, &same).await;
    for (name, value) in [
        (&upper[0], ""),
        (&upper[1], "2"),
        (&lower[0], "9"),
        (&lower[1], "2"),
    ] {
        assert_eq!(page.value_of(name).as_deref(), Some(value), "{name}");
    }
}
