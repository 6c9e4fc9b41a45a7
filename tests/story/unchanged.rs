//! "Nothing has changed", and one question that has no answer.

use askonce::grpc::v1;
use serde_json::json;
use tonic::{Code, Status};

use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask, flags, number, told};
use super::world::{Client, HOME, World, answer, ask, paths, reason};

async fn confirm(
    client: &Client,
    form: &v1::Form,
    entries: Vec<String>,
    request_id: &str,
) -> Result<v1::ConfirmUnchangedResponse, Status> {
    let summary = form.summary.clone().unwrap();
    let message = v1::ConfirmUnchangedRequest {
        name: summary.name,
        template: summary.template,
        etag: summary.etag,
        entries,
        answered_by: "Jo".into(),
        request_id: request_id.into(),
    };
    let confirmed = client
        .forms()
        .confirm_unchanged(client.request(message))
        .await?;
    Ok(confirmed.into_inner())
}

fn why(response: &v1::ConfirmUnchangedResponse, entry: &str) -> Option<v1::NotConfirmedReason> {
    let not = response.not_confirmed.iter().find(|not| not.entry == entry);
    not.map(v1::NotConfirmed::reason)
}

#[tokio::test]
async fn what_is_offered_is_confirmed_and_what_is_not_says_why() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = vec![
        answer(&form, COUNCIL, "B2", json!({"number": "30"})),
        answer(&form, COUNCIL, "D6", json!({"number": "2"})),
    ];
    manager.answer(&form, given).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let id = |asked: &str, field: &str| answer(&form, asked, field, json!({})).entry;
    let request = "123e4567-e89b-42d3-a456-426614174002";
    let said = confirm(&manager, &form, Vec::new(), request).await.unwrap();
    let receipt = said.receipt.clone().unwrap();
    assert_eq!(receipt.answers.len(), 1);
    assert_eq!(receipt.answers[0].entry, id(COUNCIL, "B2"));
    assert_eq!(receipt.answers[0].releases.len(), 2);
    assert_eq!(
        why(&said, &id(CCG, "agency_minutes")),
        Some(v1::NotConfirmedReason::During)
    );
    let nothing = Some(v1::NotConfirmedReason::NothingOffered);
    assert_eq!(why(&said, &id(CCG, "gloves_rag")), nothing);
    assert_eq!(
        why(&said, &id(COUNCIL, "D6")),
        None,
        "it is sent, and was not asked about"
    );
    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(number(told(&to_ccg, "beds")).0, "30");
    assert_eq!(flags(&to_ccg[0]), [v1::DeliveryFlag::AsGiven]);

    let again = confirm(&manager, &form, Vec::new(), request).await.unwrap();
    assert_eq!(
        (again.receipt, again.not_confirmed.len()),
        (said.receipt, 3)
    );
    let stale = confirm(&manager, &form, Vec::new(), "").await.unwrap_err();
    assert_eq!((stale.code(), &*reason(&stale)), (Code::Aborted, "STALE"));
    let form = manager.form(HOME, DAY).await.unwrap();
    let listed = vec![id(COUNCIL, "B2"), id(CCG, "gloves_rag")];
    let nothing_left = confirm(&manager, &form, listed.clone(), "").await.unwrap();
    assert_eq!(nothing_left.receipt, None);
    assert_eq!(
        why(&nothing_left, &listed[0]),
        Some(v1::NotConfirmedReason::Sent)
    );
    assert_eq!(why(&nothing_left, &listed[1]), nothing);
    let wrong = vec![listed[0].clone(), listed[0].clone(), "e_none".into()];
    let wrong = confirm(&manager, &form, wrong, "").await.unwrap_err();
    assert_eq!(paths(&wrong), ["entries[1]", "entries[2]"]);
    world.stop().await;
}

#[tokio::test]
async fn a_standing_fact_is_confirmed_day_after_day_and_dated_anew() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let fields = json!([{"name": "reg", "label": "Registered beds", "type": "count",
        "timing": "standing"}]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, "2020-06-03").await.unwrap();
    let beds = answer(&form, COUNCIL, "reg", json!({"number": "40"}));
    manager.answer(&form, vec![beds]).await.unwrap();
    for day in ["2020-06-04", "2020-06-05"] {
        let form = manager.form(HOME, day).await.unwrap();
        let said = confirm(&manager, &form, Vec::new(), "").await.unwrap();
        assert_eq!(said.receipt.unwrap().answers.len(), 1);
        assert_eq!(said.form.unwrap().state(), v1::FormState::Done);
    }
    let deliveries = council.deliveries(COUNCIL).await.unwrap();
    let days: Vec<_> = deliveries
        .iter()
        .map(|d| (d.period.as_str(), number(d).0))
        .collect();
    assert_eq!(days.len(), 3);
    assert!(days.iter().all(|(_, beds)| beds == "40"), "{days:?}");
    let times: std::collections::BTreeSet<_> = deliveries
        .iter()
        .map(|d| d.answered_at.map(|at| (at.seconds, at.nanos)))
        .collect();
    assert_eq!(times.len(), 3, "each is an answer of its own");
    world.stop().await;
}

#[tokio::test]
async fn a_declined_question_reaches_its_asker_with_the_reason() {
    let (world, council, _) = super::two_bodies::both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let summary = form.summary.clone().unwrap();
    let decline = |entry: &str, reason: v1::DeclineReason, note: &str| v1::DeclineQuestionRequest {
        name: summary.name.clone(),
        template: summary.template.clone(),
        etag: String::new(),
        entry: entry.into(),
        reason: reason.into(),
        note: note.into(),
        answered_by: "Jo".into(),
        request_id: "123e4567-e89b-42d3-a456-426614174003".into(),
    };
    let entry = answer(&form, COUNCIL, "D6", json!({})).entry;
    let message = decline(
        &entry,
        v1::DeclineReason::NotHeld,
        "agency invoices come late",
    );
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let sent = manager
            .forms()
            .decline_question(manager.request(message.clone()))
            .await;
        receipts.extend(sent.unwrap().into_inner().receipt);
    }
    assert_eq!(receipts[0], receipts[1]);
    let told_to = council.deliveries(COUNCIL).await.unwrap();
    let Some(v1::delivered_value::Said::Declined(declined)) =
        told(&told_to, "D6").value.clone().unwrap().said
    else {
        panic!("not declined");
    };
    assert_eq!(declined.reason(), v1::DeclineReason::NotHeld);
    assert_eq!(declined.note, "agency invoices come late");
    let mut wrong = decline("e_none", v1::DeclineReason::Unspecified, &"x".repeat(501));
    wrong.request_id.clear();
    let refused = manager
        .forms()
        .decline_question(manager.request(wrong.clone()))
        .await;
    assert_eq!(paths(&refused.unwrap_err()), ["reason"]);
    wrong.reason = v1::DeclineReason::NotClear.into();
    wrong.entry.clone_from(&entry);
    let refused = manager
        .forms()
        .decline_question(manager.request(wrong))
        .await;
    assert_eq!(paths(&refused.unwrap_err()), ["note"]);
    world.stop().await;
}
