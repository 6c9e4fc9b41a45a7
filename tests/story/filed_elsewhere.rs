//! An ask that the home files itself, in another system.

use askonce::grpc::v1;
use serde_json::json;
use tonic::{Code, Status};

use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask, number, told};
use super::world::{Client, HOME, World, answer, paths};

async fn mark(
    client: &Client,
    ask: &str,
    filed: Option<bool>,
) -> Result<v1::MarkFiledResponse, Status> {
    let message = v1::MarkFiledRequest {
        name: format!("homes/{HOME}/forms/{DAY}"),
        ask: ask.into(),
        filed,
        filed_by: "Jo".into(),
        request_id: String::new(),
    };
    let marked = client.forms().mark_filed(client.request(message)).await?;
    Ok(marked.into_inner())
}

/// A council whose ask is filed elsewhere, and a CCG whose ask is not, of one home.
struct Both {
    world: World,
    council: Client,
    ccg: Client,
    manager: Client,
}

async fn both() -> Both {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let mut tracker = council_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    let submitted = council.submit_ask(&tracker).await.unwrap();
    assert_eq!(submitted.ask.unwrap().filed_elsewhere, "Capacity Tracker");
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    Both {
        world,
        council,
        ccg,
        manager,
    }
}

/// Answers the whole form; what was sent, and the form as it stands then.
async fn answer_all(manager: &Client) -> (v1::SubmitAnswersResponse, v1::Form) {
    let form = manager.form(HOME, DAY).await.unwrap();
    let given = vec![
        answer(&form, COUNCIL, "B2", json!({"number": "30"})),
        answer(&form, COUNCIL, "D6", json!({"number": "6", "unit": "h"})),
        answer(&form, COUNCIL, "E1", json!({"options": ["Low"]})),
        answer(&form, CCG, "agency_minutes", json!({"number": "360"})),
        answer(&form, CCG, "gloves_rag", json!({"options": ["Amber"]})),
    ];
    let sent = manager.answer(&form, given).await.unwrap();
    (sent, manager.form(HOME, DAY).await.unwrap())
}

#[tokio::test]
async fn an_ask_filed_elsewhere_is_answered_and_copied_and_sent_nothing() {
    let both = both().await;
    let form = both.manager.form(HOME, DAY).await.unwrap();
    let summary = form.summary.clone().unwrap();
    assert_eq!((summary.entries, summary.state()), (5, v1::FormState::Due));
    let of_council = form.asks.iter().find(|ask| ask.ask == COUNCIL).unwrap();
    assert_eq!(of_council.filed_elsewhere, "Capacity Tracker");
    assert_eq!(of_council.filed_at, None);
    let [sheet] = form.copy_sheets.as_slice() else {
        panic!("one ask is filed elsewhere");
    };
    let names: Vec<_> = sheet.fields.iter().map(|own| own.field.as_str()).collect();
    assert_eq!(names, ["B2", "D6", "E1"], "in the ask's own order");
    assert!(sheet.fields.iter().all(|field| field.value.is_none()));

    let (sent, form) = answer_all(&both.manager).await;
    let answers = sent.receipt.unwrap().answers.into_iter();
    let mut releases = answers.flat_map(|own| own.releases);
    assert!(releases.all(|release| release.ask == CCG));
    assert!(form.entries.iter().all(|entry| entry.unreleased.is_empty()));
    assert_eq!(both.council.deliveries(COUNCIL).await.unwrap(), []);
    let to_ccg = both.ccg.deliveries(CCG).await.unwrap();
    assert_eq!(number(told(&to_ccg, "beds")).0, "30");
    let copied = &form.copy_sheets[0].fields;
    let said = |place: usize| copied[place].value.clone().and_then(|value| value.said);
    let Some(v1::delivered_value::Said::Number(shifts)) = said(1) else {
        panic!("not a number");
    };
    assert_eq!((&*shifts.total, &*shifts.unit), ("0.5", "{shift-12h}"));
    let Some(v1::delivered_value::Said::Options(gloves)) = said(2) else {
        panic!("not options");
    };
    assert_eq!(gloves.codes, ["low"], "its own code");
    both.world.stop().await;
}

#[tokio::test]
async fn an_ask_filed_elsewhere_is_due_until_it_is_filed() {
    let Both { world, manager, .. } = both().await;
    let (_, form) = answer_all(&manager).await;
    let summary = form.summary.clone().unwrap();
    assert_eq!((summary.answered, summary.state()), (5, v1::FormState::Due));
    assert_eq!(summary.next_due, "2020-06-04T11:00");
    let marked = mark(&manager, COUNCIL, None).await.unwrap();
    assert_eq!(marked.form.clone().unwrap().state(), v1::FormState::Done);
    let again = mark(&manager, COUNCIL, Some(true)).await.unwrap();
    assert_eq!(again.filed_at, marked.filed_at, "twice changes nothing");
    let listed = manager.list_forms(HOME, DAY, DAY).await.unwrap();
    let state = (listed[0].state(), &*listed[0].next_due);
    assert_eq!(state, (v1::FormState::Done, ""));
    assert_ne!(listed[0].etag, summary.etag);
    let form = manager.form(HOME, DAY).await.unwrap();
    let filed = form.asks.iter().find(|ask| ask.ask == COUNCIL).unwrap();
    assert_eq!((filed.filed_at, &*filed.filed_by), (marked.filed_at, "Jo"));
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "31"}));
    manager.answer(&form, vec![beds]).await.unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let flags: Vec<_> = form.copy_sheets[0].fields[0].flags().collect();
    assert!(
        flags.contains(&v1::DeliveryFlag::Corrected),
        "answered after it was filed"
    );
    let back = mark(&manager, COUNCIL, Some(false)).await.unwrap();
    let state = (back.filed_at, back.form.unwrap().state());
    assert_eq!(state, (None, v1::FormState::Due));
    world.stop().await;
}

#[tokio::test]
async fn a_home_may_file_without_answering_here_and_nothing_else_can_be_filed() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let mut tracker = council_ask();
    tracker.filed_elsewhere = "Capacity Tracker".into();
    council.submit_ask(&tracker).await.unwrap();
    let manager = world.manager(HOME).await;
    let marked = mark(&manager, COUNCIL, None).await.unwrap();
    let form = marked.form.unwrap();
    assert_eq!((form.answered, form.state()), (0, v1::FormState::Done));
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    for ask in [CCG, "organisations/nhs-england/asks/none"] {
        let refused = mark(&manager, ask, None).await.unwrap_err();
        assert_eq!(
            (refused.code(), paths(&refused)),
            (Code::InvalidArgument, vec!["ask".into()])
        );
    }
    let mut blank = council_ask();
    blank.filed_elsewhere = " ".into();
    let refused = council.submit_ask(&blank).await.unwrap_err();
    assert_eq!(paths(&refused), ["ask.filed_elsewhere"]);
    world.stop().await;
}
