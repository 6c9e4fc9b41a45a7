//! Who asks for what is answered already: the home sends what it gave, in one call.

use askonce::grpc::v1;
use serde_json::json;
use tonic::{Code, Status};

use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask, flags, number, told};
use super::world::{Client, HOME, World, answer, paths, reason};

const REQUEST: &str = "123e4567-e89b-42d3-a456-426614174000";

pub(super) async fn release(
    client: &Client,
    form: &v1::Form,
    asks: &[&str],
    request_id: &str,
) -> Result<v1::ReleaseAnswersResponse, Status> {
    let summary = form.summary.clone().unwrap();
    let message = v1::ReleaseAnswersRequest {
        name: summary.name,
        template: summary.template,
        etag: summary.etag,
        asks: asks.iter().map(|ask| (*ask).to_owned()).collect(),
        released_by: "Jo".into(),
        request_id: request_id.into(),
        ..v1::ReleaseAnswersRequest::default()
    };
    let sent = client
        .forms()
        .release_answers(client.request(message))
        .await?;
    Ok(sent.into_inner())
}

/// A world in which the council was answered before the CCG asked.
async fn answered_before() -> (World, Client, Client, Client) {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&form, vec![beds]).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    (world, council, ccg, manager)
}

#[tokio::test]
async fn whoever_asks_later_is_sent_the_very_answer_and_nobody_else_notices() {
    let (world, council, ccg, manager) = answered_before().await;
    let before = council.deliveries(COUNCIL).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    assert_eq!(ccg.deliveries(CCG).await.unwrap(), []);
    let sent = release(&manager, &form, &[CCG], REQUEST).await.unwrap();
    let receipt = sent.receipt.clone().unwrap();
    assert_eq!(receipt.answers.len(), 1);
    assert_eq!(receipt.answers[0].releases.len(), 1);
    assert_eq!(receipt.answered_by, "Jo");
    assert_eq!(manager.receipt(&receipt.name).await.unwrap(), receipt);

    let to_ccg = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(to_ccg.len(), 1);
    assert_eq!(number(told(&to_ccg, "beds")).0, "30");
    assert_eq!(flags(&to_ccg[0]), [v1::DeliveryFlag::AsGiven]);
    assert_eq!(
        to_ccg[0].answered_at, before[0].answered_at,
        "it was given when it was given"
    );
    assert_eq!(receipt.answers[0].given_at, before[0].answered_at);
    assert!(
        to_ccg[0].sequence > before[0].sequence,
        "its feed has moved"
    );
    let after = council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(after.len(), 1);
    assert_eq!(
        (&after[0].value, &after[0].flags),
        (&before[0].value, &before[0].flags)
    );

    let again = release(&manager, &form, &[CCG], REQUEST).await.unwrap();
    assert_eq!(
        again.receipt, sent.receipt,
        "the same request has the same receipt"
    );
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = form
        .entries
        .iter()
        .find(|entry| entry.answer.is_some())
        .unwrap();
    assert_eq!((beds.unreleased.len(), &beds.offered), (0, &None));
    let nothing = release(&manager, &form, &[CCG], "").await.unwrap();
    assert_eq!(nothing.receipt, None, "they have all of it already");
    let correction = answer(&form, COUNCIL, "B2", json!({"number": "31"}));
    manager.answer(&form, vec![correction]).await.unwrap();
    let corrected = ccg.deliveries(CCG).await.unwrap();
    assert_eq!(number(told(&corrected, "beds")).0, "31");
    assert!(flags(&corrected[0]).contains(&v1::DeliveryFlag::Corrected));
    world.stop().await;
}

#[tokio::test]
async fn a_release_must_be_knowing_and_names_every_fault() {
    let (world, _, ccg, manager) = answered_before().await;
    let seen = manager.form(HOME, DAY).await.unwrap();
    let beds = answer(&seen, COUNCIL, "B2", json!({"number": "31"}));
    let sent = manager.answer(&seen, vec![beds]).await.unwrap();
    assert_eq!(sent.receipt.unwrap().answers[0].releases.len(), 2);
    let stale = release(&manager, &seen, &[CCG], "").await.unwrap_err();
    assert_eq!((stale.code(), &*reason(&stale)), (Code::Aborted, "STALE"));
    let form = manager.form(HOME, DAY).await.unwrap();
    let nobody = "organisations/nhs-england/asks/none";
    let wrong = release(&manager, &form, &[CCG, nobody, CCG], "")
        .await
        .unwrap_err();
    assert_eq!(paths(&wrong), ["asks[1]", "asks[2]"]);
    let open = form
        .entries
        .iter()
        .find(|entry| entry.answer.is_none())
        .unwrap();
    let summary = form.summary.clone().unwrap();
    let message = v1::ReleaseAnswersRequest {
        name: summary.name,
        template: summary.template,
        etag: summary.etag,
        asks: vec![CCG.into()],
        entries: vec![open.id.clone(), "e_none".into()],
        ..v1::ReleaseAnswersRequest::default()
    };
    let wrong = manager
        .forms()
        .release_answers(manager.request(message))
        .await
        .unwrap_err();
    assert_eq!(paths(&wrong), ["entries[1]", "entries[0]"]);
    let blind = v1::Form {
        summary: Some(v1::FormSummary {
            etag: String::new(),
            ..form.summary.clone().unwrap()
        }),
        ..form
    };
    let wrong = release(&manager, &blind, &[], "").await.unwrap_err();
    assert_eq!(paths(&wrong), ["etag", "asks"]);
    assert_eq!(ccg.deliveries(CCG).await.unwrap().len(), 1);
    world.stop().await;
}
