//! The letter that tells a home's people in the morning what is due and who asks anew.

mod going;
mod preferred;

use askonce::domain::ask::RawAsk;
use askonce::server::Letter;
use serde_json::{Value as Json, json};

use super::site::{EMAIL, Site};
use crate::world::{HOME, OTHER_HOME, answer};

const COUNCIL: &str = "organisations/sefton-council/asks/week";

/// The first morning of most stories: a Wednesday.
const FIRST: &str = "2026-11-25";

/// A weekly ask, answered until eleven on the Monday after its week.
fn weekly(organisation: &str, id: &str, homes: &[&str], fields: Json) -> RawAsk {
    let mut ask = json!({
        "organisation": organisation,
        "ask": id,
        "purpose": "mutual aid\nbetween homes",
        "legal_basis": "6(1)(e)",
        "cadence": "weekly",
        "from": "2026-11-23",
        "window": {"opens": "start", "closes": "end+1d@11:00", "roll": false},
        "targets": {"homes": homes},
    });
    ask["fields"] = fields;
    serde_json::from_value(ask).unwrap()
}

fn council_ask(homes: &[&str]) -> RawAsk {
    let fields = json!([
        {"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at"},
        {"name": "D6", "label": "Agency cover", "type": "quantity", "unit": "h", "timing": "during"}
    ]);
    weekly("sefton-council", "week", homes, fields)
}

fn ccg_ask() -> RawAsk {
    let fields = json!([
        {"name": "visits", "label": "Visits by a doctor", "type": "count", "timing": "during"}
    ]);
    weekly("south-sefton-ccg", "call", &[HOME], fields)
}

/// A site where a council asks a home, or two, that Ann answers for.
async fn asked(site: Site, homes: &[&str]) -> Site {
    site.invite("Ann Archer", EMAIL, homes).await;
    let council = site.world.requester("sefton-council").await;
    council.submit_ask(&council_ask(homes)).await.unwrap();
    site
}

impl Site {
    /// So many letters, by whom they go to, and then none.
    async fn letters(&mut self, many: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        for _ in 0..many {
            letters.push(self.letter().await);
        }
        letters.sort_by_key(|letter| (letter.to.as_str().to_owned(), letter.subject.clone()));
        assert!(self.has_no_letter());
        letters
    }

    async fn answer_all(&self, week: &str) {
        let manager = self.world.manager(HOME).await;
        let form = manager.form(HOME, week).await.unwrap();
        let said = [
            ("B2", json!({"number": "37"})),
            ("D6", json!({"number": "6", "unit": "h"})),
        ];
        let said = said.map(|(field, said)| answer(&form, COUNCIL, field, said));
        manager.answer(&form, said.into()).await.unwrap();
    }
}

fn says(letter: &Letter, words: &str) {
    assert!(letter.text.contains(words), "{words:?}: {}", letter.text);
}

fn is_silent_on(letter: &Letter, words: &str) {
    let whole = format!("{}\n{}", letter.subject, letter.text);
    assert!(!whole.contains(words), "{words:?}: {whole}");
}

#[tokio::test]
async fn a_morning_s_letter_says_what_is_due_to_whom_and_who_asks_anew() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    assert_eq!(site.morning(FIRST).await, 1);
    let letter = &site.letters(1).await[0];
    assert_eq!(letter.to.as_str(), EMAIL);
    assert_eq!(
        letter.subject,
        format!("Home {HOME}: 1 form due, 1 new request")
    );
    says(
        letter,
        "Due in the next 7 days\n\n- Week ending Sunday 29 November 2026: 2 to answer. ",
    );
    says(
        letter,
        "Due Monday 30 November 2026 at 11:00, for Body sefton-council.",
    );
    says(letter, "- Body sefton-council: mutual aid between homes\n");
    let links: Vec<_> = letter
        .text
        .lines()
        .filter(|line| line.contains("://"))
        .collect();
    let preferences = format!("{}/preferences", site.url);
    assert_eq!(links, [&format!("{}/homes/{HOME}", site.url), &preferences]);
    assert_eq!(letter.unsubscribe.as_ref(), Some(&preferences));
    site.world.stop().await;
}

#[tokio::test]
async fn no_answer_no_wording_and_nobody_s_name_stands_in_a_letter() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    let manager = site.world.manager(HOME).await;
    let form = manager.form(HOME, "2026-W48").await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "37"}));
    manager.answer(&form, vec![said]).await.unwrap();
    assert_eq!(site.morning(FIRST).await, 1);
    let mut letter = site.letters(1).await.remove(0);
    says(&letter, "2026: 1 to answer.");
    // Its port is any number.
    letter.text = letter.text.replace(&site.url, "");
    for word in [
        "37", "Beds", "filled", "Agency", "Ann", "Archer", "Jo ", "sign-in",
    ] {
        is_silent_on(&letter, word);
    }
    site.world.stop().await;
}

#[tokio::test]
async fn a_letter_comes_only_if_there_is_something_to_say() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    site.morning(FIRST).await;
    site.letters(1).await;
    site.answer_all("2026-W48").await;
    // All is answered, the next week's form is not open yet, and who asks is known.
    assert_eq!(site.morning("2026-11-26").await, 0);
    let ccg = site.world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    assert_eq!(site.morning("2026-11-27").await, 1);
    let letter = &site.letters(1).await[0];
    says(letter, "Body south-sefton-ccg: mutual aid");
    says(
        letter,
        "1 to answer. Due Monday 30 November 2026 at 11:00, for Body south-sefton-ccg.",
    );
    is_silent_on(letter, "sefton-council");
    site.world.stop().await;
}

#[tokio::test]
async fn what_is_late_is_told_of_for_two_weeks() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    site.morning(FIRST).await;
    site.letters(1).await;
    site.morning("2026-12-01").await;
    let letter = &site.letters(1).await[0];
    says(
        letter,
        "Late: you can still answer\n\n- Week ending Sunday 29 November 2026",
    );
    says(
        letter,
        "Was due Monday 30 November 2026 at 11:00, for Body sefton-council.",
    );
    assert_eq!(
        letter.subject,
        format!("Home {HOME}: 1 form due, 1 form late")
    );
    site.morning("2026-12-14").await;
    says(
        &site.letters(1).await[0],
        "Week ending Sunday 29 November 2026",
    );
    site.morning("2026-12-15").await;
    is_silent_on(&site.letters(1).await[0], "29 November");
    site.world.stop().await;
}

#[tokio::test]
async fn whoever_answers_for_two_homes_gets_a_letter_of_each() {
    let mut site = asked(Site::new().await, &[HOME, OTHER_HOME]).await;
    assert_eq!(site.morning(FIRST).await, 2);
    let letters = site.letters(2).await;
    let homes = letters
        .iter()
        .map(|letter| letter.subject.split(':').next().unwrap());
    let mut expected = [HOME, OTHER_HOME].map(|home| format!("Home {home}"));
    expected.sort();
    assert_eq!(homes.collect::<Vec<_>>(), expected);
    for (letter, home) in letters.iter().zip([HOME, OTHER_HOME]) {
        let other = if home == HOME { OTHER_HOME } else { HOME };
        assert!(letter.text.contains(home) != letter.text.contains(other));
    }
    site.world.stop().await;
}

#[tokio::test]
async fn whoever_was_removed_is_told_nothing_more() {
    let mut site = asked(Site::new().await, &[HOME]).await;
    let bo = site
        .invite("Bo Bell", "bo@rowan-house.example", &[HOME])
        .await;
    assert_eq!(site.morning(FIRST).await, 2);
    site.letters(2).await;
    site.remove(&bo).await;
    assert_eq!(site.morning("2026-11-26").await, 1);
    assert_eq!(site.letters(1).await[0].to.as_str(), EMAIL);
    site.world.stop().await;
}
