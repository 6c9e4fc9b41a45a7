//! Putting an answer right, once for everybody who holds it.

use super::{CCG, COUNCIL, Ground, all, ccg_ask, ground, home};
use crate::two_bodies::{number, told};
use crate::world::OTHER_HOME;

/// A home that has sent its beds to two bodies; where it corrects them, and the entry.
async fn sent() -> (Ground, String, String) {
    let ground = ground().await;
    ground.ccg.submit_ask(&ccg_ask()).await.unwrap();
    let receipt = ground.answered(&all()).await;
    let entry = ground.entry("B2").await;
    let path = home(&format!("/receipts/{receipt}/correct/{entry}"));
    (ground, path, entry)
}

#[tokio::test]
async fn a_correction_reaches_everybody_who_holds_the_answer() {
    let (ground, path, entry) = sent().await;
    let mut browser = ground.browser().await;
    let page = browser.get(&path).await;
    page.says("Correct an answer")
        .says("Beds filled")
        .says("You answered: 30")
        .says("Who receives the correction")
        .says("Body sefton-council")
        .says("Body south-sefton-ccg");
    let number_of = format!("{entry}.number");
    assert_eq!(page.value_of(&number_of).as_deref(), Some("30"));
    let request = page.value_of("request").unwrap();
    let fields = [(number_of.as_str(), "31"), ("request", &*request)];
    let page = browser.post(&path, &fields).await.clone();
    page.says("Your correction goes to Body sefton-council and Body south-sefton-ccg.");
    for (client, ask, field) in [(&ground.council, COUNCIL, "B2"), (&ground.ccg, CCG, "beds")] {
        let delivered = client.deliveries(ask).await.unwrap();
        assert_eq!(number(told(&delivered, field)).0, "31");
    }
    let receipts = page.path.clone();
    browser.get("/who").await;
    let again = browser.post(&path, &fields).await;
    assert_eq!(again.path, receipts, "sending twice is harmless");
    browser.get("/who").await;
    let stale = browser.get(&path).await;
    assert_eq!(stale.status, 409);
    stale.says("This answer was given anew since");
    assert!(stale.links().contains(&receipts), "{:?}", stale.links());
    ground.site.world.stop().await;
}

#[tokio::test]
async fn what_is_no_answer_is_said_and_what_is_unexpected_is_asked_again() {
    let (ground, path, entry) = sent().await;
    let mut browser = ground.browser().await;
    let number_of = format!("{entry}.number");
    browser.get(&path).await;
    for wrong in ["", "thirty", "1.5"] {
        let page = browser.post(&path, &[(&number_of, wrong)]).await;
        assert_eq!(page.status, 422, "{wrong}");
        assert!(page.title().starts_with("Error: "), "{wrong}");
        page.says("There is a problem");
    }
    let page = browser.post(&path, &[(&number_of, "30")]).await;
    page.says("That is the answer which they have already.");
    let page = browser.post(&path, &[(&number_of, "75")]).await;
    page.says("Please look once more")
        .says("Body sefton-council")
        .says("60");
    assert_eq!(
        page.value_of(&number_of).as_deref(),
        Some("75"),
        "what was typed stays"
    );
    let confirmed = page.value_of("confirmed").unwrap();
    let other = [(number_of.as_str(), "76"), ("confirmed", &*confirmed)];
    browser
        .post(&path, &other)
        .await
        .says("Please look once more");
    let same = [(number_of.as_str(), "75"), ("confirmed", &*confirmed)];
    browser
        .post(&path, &same)
        .await
        .says("Your answers are sent");
    let delivered = ground.council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(
        number(told(&delivered, "B2")).0,
        "75",
        "a true answer is never refused"
    );
    ground.site.world.stop().await;
}

#[tokio::test]
async fn an_answer_may_be_put_right_into_a_reason_why_there_is_none() {
    let (ground, path, entry) = sent().await;
    let mut browser = ground.browser().await;
    browser.get(&path).await;
    let (why, note) = (format!("{entry}.why"), format!("{entry}.note"));
    let fields = [
        (why.as_str(), "not-held"),
        (note.as_str(), "the book is lost"),
    ];
    let page = browser.post(&path, &fields).await;
    page.says("We do not hold this information: the book is lost");
    ground.site.world.stop().await;
}

#[tokio::test]
async fn only_what_is_on_a_receipt_of_hers_can_be_corrected() {
    let (ground, path, entry) = sent().await;
    let mut browser = ground.browser().await;
    let (receipt_path, _) = path.rsplit_once('/').unwrap();
    for wrong in [
        format!("{receipt_path}/e_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        format!("{receipt_path}/x"),
        home(&format!("/receipts/r_aaaaaaaaaaaaaaaa/correct/{entry}")),
        path.replace(crate::world::HOME, OTHER_HOME),
    ] {
        assert_eq!(browser.get(&wrong).await.status, 404, "{wrong}");
        browser.get(&path).await;
        let number_of = format!("{entry}.number");
        let page = browser.post(&wrong, &[(&number_of, "31")]).await;
        assert_eq!(page.status, 404, "{wrong}");
    }
    let forged = browser.post_bare(&path, &[("x", "y")], &[]).await;
    assert_eq!(forged.status, 403);
    ground.site.world.stop().await;
}
