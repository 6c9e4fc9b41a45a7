//! One word for a topic, the register's word, and a sum in nobody's words but the reader's own.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;

use super::super::main_job::run;
use super::super::two_bodies::{COUNCIL, flags, number, told};
use super::super::world::{HOME, World, answer, ask, field_of};
use super::{MONTHLY, MONTHS, QUARTER, QUARTERLY, asking, entry, events, monthly, shell};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_of_which_nothing_happened_is_answered_with_one_word() {
    let world = World::new().await;
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&monthly()).await.unwrap();
    let manager = world.manager(HOME).await;
    let page = shell(&world, &manager, &["form", "show", HOME, "2020-05"]).await;
    assert!(page.contains("2 questions: 2 to answer"), "{page}");
    let headings = ["Falls", "Incidents"];
    assert!(headings.iter().all(|own| page.contains(own)), "{page}");
    let none = |topics: &[&'static str]| {
        let topics = topics.iter().flat_map(|topic| ["--none", *topic]);
        let all = ["answers", "submit", HOME, "2020-05"].into_iter();
        all.chain(topics).collect::<Vec<&'static str>>()
    };
    let unknown = run(&world, &manager, &none(&["Falls", "Dragons"])).await;
    assert_eq!(unknown.code, 1);
    for expected in ["--none Dragons: ", "its topics are Falls, Incidents"] {
        assert!(unknown.stderr.contains(expected), "{}", unknown.stderr);
    }
    assert_eq!(ccg.deliveries(MONTHLY).await.unwrap(), []);
    let done = shell(&world, &manager, &none(&["falls"])).await;
    assert!(done.contains("1 answer, sent to 1 field; 1 of 2"), "{done}");
    let to_ccg = ccg.deliveries(MONTHLY).await.unwrap();
    assert_eq!(to_ccg.len(), 1);
    assert_eq!(number(told(&to_ccg, "F")).0, "0");
    assert_eq!(flags(&to_ccg[0]), [v1::DeliveryFlag::AsGiven]);
    let again = run(&world, &manager, &none(&["Falls"])).await;
    assert!(
        again
            .stderr
            .contains("--none Falls: no number of events is left"),
        "{}",
        again.stderr
    );
    assert!(
        again.stdout.contains("There is nothing to send"),
        "{}",
        again.stdout
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_register_says_goes_along_and_is_not_asked() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let fields = json!([
        {"name": "id", "label": "Location", "type": "text", "timing": "standing",
         "element": "id.cqc"},
        {"name": "beds", "label": "Beds filled", "type": "count", "timing": "as-at"},
    ]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let day = "2020-06-03";
    let page = shell(&world, &manager, &["form", "show", HOME, day]).await;
    for expected in [
        "2 questions: 1 to answer, 1 from the register",
        "1-466088203: from the home’s entry in the register.",
    ] {
        assert!(page.contains(expected), "{expected} is not in:\n{page}");
    }
    let form = manager.form(HOME, day).await.unwrap();
    let beds = answer(&form, COUNCIL, "beds", json!({})).entry;
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    let text = format!("entry,value\n{beds},30\n");
    std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let submit = ["answers", "submit", HOME, day, path, "--leave-worked-out"];
    let sent = shell(&world, &manager, &submit).await;
    assert!(
        sent.contains("1 answer, and 1 value from the register, sent to 2 fields"),
        "{sent}"
    );
    let list = ["deliveries", "list", "sefton-council/daily"];
    let list = shell(&world, &council, &list).await;
    assert!(list.contains("the home’s entry in the register"), "{list}");
    world.stop().await;
}

#[tokio::test]
async fn a_sum_of_what_another_asked_in_private_is_told_in_the_readers_own_words() {
    let world = World::new().await;
    let ccg = world.requester("south-sefton-ccg").await;
    let council = world.requester("sefton-council").await;
    let secret = json!([events("T", "Tumbles in our covert audit", "", "confirm")]);
    let mut private = asking("south-sefton-ccg", "month", "monthly", secret);
    private.private = true;
    ccg.submit_ask(&private).await.unwrap();
    let own = json!([events("slips", "Slips and trips", "", "confirm")]);
    let quarter = asking("sefton-council", "quarter", "quarterly", own);
    council.submit_ask(&quarter).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    let decision = v1::NewDecision {
        a: Some(field_of(MONTHLY, "T")),
        b: Some(field_of(QUARTERLY, "slips")),
        verdict: v1::Verdict::Same.into(),
        reason: "read side by side".into(),
        ..v1::NewDecision::default()
    };
    steward.decide(vec![decision]).await.unwrap();
    let manager = world.manager(HOME).await;
    for month in MONTHS {
        let form = manager.form(HOME, month).await.unwrap();
        let falls = answer(&form, MONTHLY, "T", json!({"number": "2"}));
        manager.answer(&form, vec![falls]).await.unwrap();
    }
    let form = manager.form(HOME, QUARTER).await.unwrap();
    let offered = entry(&form, "slips");
    assert_eq!(
        offered.need(),
        v1::EntryNeed::Confirm,
        "nobody has said that these numbers add up"
    );
    let sum = answer(&form, QUARTERLY, "slips", json!({"confirm": true}));
    manager.answer(&form, vec![sum]).await.unwrap();
    let deliveries = council.deliveries(QUARTERLY).await.unwrap();
    assert_eq!(number(&deliveries[0]).0, "6");
    let told = deliveries[0].worked_out.as_ref().unwrap();
    assert_eq!((told.how(), told.sources.len()), (v1::WorkedOutHow::Sum, 3));
    assert!(
        told.sources
            .iter()
            .all(|own| own.wording == "Slips and trips")
    );
    let all = format!("{deliveries:?}").to_lowercase();
    for secret in ["covert", "tumbles", "south-sefton"] {
        assert!(!all.contains(secret), "{all}");
    }
    world.stop().await;
}
