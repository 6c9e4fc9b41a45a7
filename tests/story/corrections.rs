//! One answer put right, once for everyone who holds the old one, and for nobody else.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask, decisions, flags, number, told};
use super::world::{Client, HOME, World, answer, ask, paths, reason};

async fn correct(
    client: &Client,
    name: &str,
    answer: v1::Answer,
    request_id: &str,
) -> Result<v1::CorrectAnswerResponse, Status> {
    let message = v1::CorrectAnswerRequest {
        name: name.into(),
        answer: Some(answer),
        answered_by: "Sam".into(),
        request_id: request_id.into(),
        ..v1::CorrectAnswerRequest::default()
    };
    let corrected = client
        .forms()
        .correct_answer(client.request(message))
        .await?;
    Ok(corrected.into_inner())
}

#[tokio::test]
async fn a_correction_goes_to_those_who_hold_the_old_answer_and_not_to_who_asked_since() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = |number: &str| answer(&form, COUNCIL, "B2", json!({"number": number}));
    let sent = manager.answer(&form, vec![beds("30")]).await.unwrap();
    let first = sent.receipt.unwrap();
    // The window of a day in 2020 has closed long ago, and the form is another by now.
    ccg.submit_ask(&ccg_ask()).await.unwrap();

    let same = correct(&manager, &first.name, beds("30"), "")
        .await
        .unwrap();
    assert!(same.unchanged && same.receipt.is_none());
    let request = "123e4567-e89b-42d3-a456-426614174001";
    let corrected = correct(&manager, &first.name, beds("120"), request)
        .await
        .unwrap();
    assert_eq!(
        corrected.warnings.len(),
        1,
        "the council did not expect so many"
    );
    let receipt = corrected.receipt.clone().unwrap();
    assert_eq!(
        (receipt.answered_by.as_str(), receipt.answers.len()),
        ("Sam", 1)
    );
    assert_eq!(
        receipt.template, first.template,
        "checked on the form that it was given on"
    );
    let again = correct(&manager, &first.name, beds("120"), request)
        .await
        .unwrap();
    assert_eq!(again.receipt, corrected.receipt);

    let to_council = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(number(told(&to_council, "B2")).0, "120");
    assert!(flags(told(&to_council, "B2")).contains(&v1::DeliveryFlag::Corrected));
    assert_eq!(
        ccg.deliveries(CCG).await.unwrap(),
        [],
        "it holds no old answer"
    );
    let today = manager.form(HOME, DAY).await.unwrap();
    let entry = today
        .entries
        .iter()
        .find(|entry| entry.id == beds("").entry)
        .unwrap();
    assert_eq!(
        entry.unreleased.len(),
        1,
        "the CCG is still to be asked for"
    );

    let stale = correct(&manager, &first.name, beds("31"), "")
        .await
        .unwrap_err();
    assert_eq!((stale.code(), &*reason(&stale)), (Code::Aborted, "STALE"));
    let current = stale.get_details_error_info().unwrap().metadata["current"].clone();
    assert_eq!(
        current, receipt.name,
        "the receipt of the answer in force is told"
    );
    correct(&manager, &current, beds("31"), "").await.unwrap();
    let name = today.summary.unwrap().name;
    correct(&manager, &name, beds("32"), "").await.unwrap();
    let to_council = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(number(told(&to_council, "B2")).0, "32");
    world.stop().await;
}

#[tokio::test]
async fn a_correction_follows_the_form_of_then_though_its_question_has_left_it() {
    let world = World::new().await;
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let minutes = |number: &str| answer(&form, CCG, "agency_minutes", json!({"number": number}));
    let gloves = |label: &str| answer(&form, CCG, "gloves_rag", json!({"options": [label]}));
    let given = vec![minutes("90"), gloves("Green")];
    let receipt = manager.answer(&form, given).await.unwrap().receipt.unwrap();
    // The council asks the same in other words, and a data lead joins them: of each pair one entry
    // leaves the form.
    let council = world.requester("sefton-council").await;
    council.submit_ask(&council_ask()).await.unwrap();
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let form_name = form.summary.clone().unwrap().name;
    correct(&manager, &form_name, minutes("60"), "")
        .await
        .unwrap();
    correct(&manager, &receipt.name, gloves("Red"), "")
        .await
        .unwrap();
    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(
        number(told(&to_ccg, "agency_minutes")),
        ("60".into(), "min".into())
    );
    let wrong = correct(&manager, &form_name, gloves("Critical"), "")
        .await
        .unwrap_err();
    assert_eq!(
        paths(&wrong),
        ["answer.options[0]"],
        "the CCG's form had no such option"
    );
    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert!(flags(told(&to_ccg, "gloves_rag")).contains(&v1::DeliveryFlag::Corrected));
    assert_eq!(council.deliveries(COUNCIL).await.unwrap(), []);
    world.stop().await;
}

#[tokio::test]
async fn a_standing_fact_is_corrected_for_who_holds_that_very_answer() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let fields = json!([{"name": "reg", "label": "Registered beds", "type": "count",
        "timing": "standing"}]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let mut receipts = Vec::new();
    for (day, number) in [
        ("2020-06-03", "40"),
        ("2020-06-04", "42"),
        ("2020-06-05", "42"),
    ] {
        let form = manager.form(HOME, day).await.unwrap();
        let beds = answer(&form, COUNCIL, "reg", json!({"number": number}));
        receipts.extend(manager.answer(&form, vec![beds]).await.unwrap().receipt);
    }
    let form = manager.form(HOME, "2020-06-05").await.unwrap();
    let beds = answer(&form, COUNCIL, "reg", json!({"number": "43"}));
    let stale = correct(&manager, &receipts[0].name, beds.clone(), "")
        .await
        .unwrap_err();
    assert_eq!(reason(&stale), "STALE");
    correct(&manager, &receipts[2].name, beds, "")
        .await
        .unwrap();
    let deliveries = council.deliveries(COUNCIL).await.unwrap();
    let mut told: Vec<_> = deliveries
        .iter()
        .map(|d| (d.period.as_str(), number(d).0))
        .collect();
    told.sort();
    let expected = [
        ("2020-06-03", "40"),
        ("2020-06-04", "42"),
        ("2020-06-05", "43"),
    ];
    assert_eq!(told, expected.map(|(day, number)| (day, number.to_owned())));
    world.stop().await;
}

#[tokio::test]
async fn what_was_never_answered_cannot_be_corrected() {
    let (world, ..) = super::two_bodies::both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let name = form.summary.clone().unwrap().name;
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "3"}));
    let unanswered = correct(&manager, &name, beds.clone(), "")
        .await
        .unwrap_err();
    assert_eq!(paths(&unanswered), ["answer.entry"]);
    let receipt = format!("{name}/receipts/r_never");
    let unknown = correct(&manager, &receipt, beds.clone(), "")
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let sent = manager
        .answer(&form, vec![beds])
        .await
        .unwrap()
        .receipt
        .unwrap();
    let cover = answer(&form, COUNCIL, "D6", json!({"number": "3"}));
    let other = correct(&manager, &sent.name, cover, "").await.unwrap_err();
    assert_eq!(paths(&other), ["answer.entry"]);
    let confirm = answer(&form, COUNCIL, "B2", json!({"confirm": true}));
    let confirm = correct(&manager, &sent.name, confirm, "")
        .await
        .unwrap_err();
    assert_eq!(paths(&confirm), ["answer.confirm"]);
    let text = answer(&form, COUNCIL, "B2", json!({"text": "many"}));
    let text = correct(&manager, &sent.name, text, "").await.unwrap_err();
    assert_eq!(paths(&text), ["answer.text"]);
    world.stop().await;
}

#[tokio::test]
async fn a_correction_reaches_who_holds_the_answer_though_the_ask_was_withdrawn() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = |number: &str| answer(&form, COUNCIL, "B2", json!({"number": number}));
    let sent = manager.answer(&form, vec![beds("30")]).await.unwrap();
    let first = sent.receipt.unwrap();
    council.withdraw(COUNCIL, "asked by mistake").await.unwrap();
    let today = manager.form(HOME, DAY).await.unwrap();
    assert_eq!(today.entries, [], "nothing is asked of the day any more");
    correct(&manager, &first.name, beds("31"), "")
        .await
        .unwrap();
    let told_of = |deliveries: &[v1::Delivery]| number(told(deliveries, "B2")).0;
    assert_eq!(told_of(&council.deliveries(COUNCIL).await.unwrap()), "31");
    let name = today.summary.unwrap().name;
    correct(&manager, &name, beds("32"), "").await.unwrap();
    let deliveries = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(told_of(&deliveries), "32");
    assert!(flags(told(&deliveries, "B2")).contains(&v1::DeliveryFlag::Corrected));
    world.stop().await;
}
