//! What the home itself said goes before what was worked out, and nobody gets a value unseen who did
//! not allow that.

use askonce::domain::dictionary::Dictionary;
use askonce::grpc::v1;
use askonce::server::Data;
use serde_json::{Value as Json, json};
use tonic::Code;

use super::later_askers::release;
use super::what_is_known;
use super::world::{Client, HOME, World, answer, ask, paths};

const AREA: &str = "E08000014";
const COUNCIL: &str = "organisations/sefton-council/asks/daily";
const ICB: &str = "organisations/icb/asks/daily";
const DAY: &str = "2020-06-03";

fn field(element: &str, kind: &str, timing: &str, reuse: &str) -> Json {
    json!({"name": element, "label": element, "element": element, "type": kind, "timing": timing, "reuse": reuse})
}

fn occupancy(reuse: &str) -> Json {
    let mut field = field("beds.occupancy_pct", "percentage", "as-at", reuse);
    field["decimals"] = json!(1);
    field
}

/// A home of forty registered beds, of which a council asks daily how many are occupied; occupancy
/// may be worked out.
async fn settled(more: &[Json]) -> (World, Client, Client) {
    let world = World::on(Data::Memory).await;
    let operator = world.operator().await;
    let home = v1::HomeRow {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        beds: "40".into(),
        area_code: AREA.into(),
        ..v1::HomeRow::default()
    };
    operator.import_homes(vec![home]).await;
    for (id, kind) in [("sefton-council", "council"), ("icb", "icb")] {
        operator.register_organisation(id, kind).await;
        operator.grant(id, &[AREA], &[]).await;
    }
    let council = world.requester("sefton-council").await;
    let mut fields = vec![
        field("beds.occupied", "count", "as-at", "confirm"),
        occupancy("derive"),
        field("id.cqc", "text", "standing", "confirm"),
    ];
    fields.extend_from_slice(more);
    let asked = ask("sefton-council", "daily", json!(fields));
    council.submit_ask(&asked).await.unwrap();
    let manager = world.manager(HOME).await;
    (world, council, manager)
}

async fn send(
    client: &Client,
    form: &v1::Form,
    answers: Vec<v1::Answer>,
    send_worked_out: bool,
) -> Result<v1::FormSummary, tonic::Status> {
    let change = |message: &mut v1::SubmitAnswersRequest| message.send_worked_out = send_worked_out;
    let sent = what_is_known::send(client, form, answers, change).await?;
    Ok(sent.form.unwrap())
}

fn said(form: &v1::Form, field: &str, number: &str) -> v1::Answer {
    answer(form, COUNCIL, field, json!({"number": number}))
}

fn entry<'a>(form: &'a v1::Form, element: &str) -> &'a v1::FormEntry {
    form.entries
        .iter()
        .find(|own| own.element == element)
        .unwrap()
}

fn value(given: Option<&v1::GivenAnswer>) -> String {
    let said = given
        .and_then(|given| given.value.as_ref())
        .and_then(|value| value.said.as_ref());
    match said {
        Some(v1::value::Said::Number(number)) => number.total.clone(),
        other => format!("{other:?}"),
    }
}

/// What the council holds of a field for a day.
async fn held(council: &Client, field: &str) -> String {
    let deliveries = council.deliveries(COUNCIL).await.unwrap();
    let of = |own: &&v1::Delivery| own.field == field && own.period == DAY;
    let last = deliveries.iter().rfind(of).unwrap();
    match last.value.as_ref().and_then(|value| value.said.as_ref()) {
        Some(v1::delivered_value::Said::Number(number)) => number.total.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_home_types_stays_though_what_it_was_worked_out_from_changes_with_it() {
    let (world, council, manager) = settled(&[]).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let sent = send(
        &manager,
        &form,
        vec![said(&form, "beds.occupied", "34")],
        true,
    )
    .await;
    assert_eq!(sent.unwrap().state(), v1::FormState::Done);
    assert_eq!(held(&council, "beds.occupancy_pct").await, "85");

    let form = manager.form(HOME, DAY).await.unwrap();
    let both = vec![
        said(&form, "beds.occupied", "36"),
        said(&form, "beds.occupancy_pct", "91"),
    ];
    send(&manager, &form, both, true).await.unwrap();
    assert_eq!(held(&council, "beds.occupied").await, "36");
    assert_eq!(held(&council, "beds.occupancy_pct").await, "91");
    let form = manager.form(HOME, DAY).await.unwrap();
    let shown = entry(&form, "beds.occupancy_pct");
    assert_eq!(value(shown.answer.as_ref()), "91");
    assert_eq!(
        value(shown.disagreeing.first()),
        "90",
        "which is right the home must say"
    );

    // By itself, what was not looked at follows, and what was looked at does not.
    let form = manager.form(HOME, DAY).await.unwrap();
    send(
        &manager,
        &form,
        vec![said(&form, "beds.occupied", "38")],
        true,
    )
    .await
    .unwrap();
    assert_eq!(held(&council, "beds.occupancy_pct").await, "91");
    world.stop().await;
}

/// The occupancy band that is offered for the day, once the council asks it.
async fn band_asked_later(council: &Client, manager: &Client) -> Vec<String> {
    let band = Dictionary::starter();
    let band = band
        .raw()
        .elements
        .iter()
        .find(|own| own.id == "beds.occupancy_band")
        .unwrap();
    let mut later = field("beds.occupancy_band", "choice", "as-at", "derive");
    later["options"] = json!(band.options);
    council
        .submit_ask(&ask("sefton-council", "later", json!([later])))
        .await
        .unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let shown = entry(&form, "beds.occupancy_band").offered.clone().unwrap();
    let Some(v1::value::Said::Options(chosen)) = shown.value.and_then(|value| value.said) else {
        panic!("an option is offered");
    };
    chosen.keys
}

#[tokio::test]
async fn a_form_that_is_done_stays_so_though_the_register_speaks_on_others() {
    let (world, council, manager) = settled(&[]).await;
    for day in [DAY, "2020-06-04", "2020-06-05"] {
        let form = manager.form(HOME, day).await.unwrap();
        send(
            &manager,
            &form,
            vec![said(&form, "beds.occupied", "34")],
            true,
        )
        .await
        .unwrap();
    }
    // Another name, and more beds, from today on.
    let home = v1::HomeRow {
        cqc_id: HOME.into(),
        name: "Rowan Court".into(),
        beds: "60".into(),
        area_code: AREA.into(),
        ..v1::HomeRow::default()
    };
    world.operator().await.import_homes(vec![home]).await;
    for day in [DAY, "2020-06-04", "2020-06-05"] {
        let form = manager.form(HOME, day).await.unwrap();
        assert_eq!(
            form.summary.as_ref().unwrap().state(),
            v1::FormState::Done,
            "{day}"
        );
        let shown = entry(&form, "beds.occupancy_pct");
        assert_eq!(
            value(shown.answer.as_ref()),
            "85",
            "as it was when there were forty"
        );
    }
    // What is asked later of that day follows from what was sent of it.
    assert_eq!(
        band_asked_later(&council, &manager).await,
        ["85% to under 95%"]
    );
    // A correction of that day does not bring today's beds into it.
    let form = manager.form(HOME, DAY).await.unwrap();
    send(
        &manager,
        &form,
        vec![said(&form, "beds.occupied", "35")],
        true,
    )
    .await
    .unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let shown = entry(&form, "beds.occupancy_pct");
    assert_eq!(value(shown.answer.as_ref()), "85");
    assert_eq!(
        shown.need(),
        v1::EntryNeed::Confirm,
        "the home says what is right"
    );
    world.stop().await;
}

#[tokio::test]
async fn who_wants_a_look_gets_no_value_that_nobody_looked_at() {
    let (world, _, manager) = settled(&[]).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    send(
        &manager,
        &form,
        vec![said(&form, "beds.occupied", "34")],
        true,
    )
    .await
    .unwrap();
    let icb = world.requester("icb").await;
    icb.submit_ask(&ask("icb", "daily", json!([occupancy("confirm")])))
        .await
        .unwrap();
    let form = manager.form(HOME, DAY).await.unwrap();
    let shown = entry(&form, "beds.occupancy_pct");
    assert_eq!(shown.need(), v1::EntryNeed::Confirm);
    release(&manager, &form, &[ICB], "").await.unwrap();
    assert!(icb.deliveries(ICB).await.unwrap().is_empty());
    let confirmed = v1::Answer {
        entry: shown.id.clone(),
        confirm: true,
        ..v1::Answer::default()
    };
    send(&manager, &form, vec![confirmed], false).await.unwrap();
    assert_eq!(icb.deliveries(ICB).await.unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_question_may_depend_on_what_is_worked_out_with_the_answers_sent() {
    let mut depends = field("beds.vacant.closed", "count", "as-at", "confirm");
    depends["only_if"] = json!({"field": "beds.occupancy_pct", "max": "90"});
    let (world, council, manager) = settled(&[depends]).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let wrong = vec![
        said(&form, "beds.occupied", "39"),
        said(&form, "beds.vacant.closed", "1"),
    ];
    let refused = send(&manager, &form, wrong, true).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(paths(&refused), ["answers[1].entry"]);
    let right = vec![
        said(&form, "beds.occupied", "34"),
        said(&form, "beds.vacant.closed", "1"),
    ];
    let sent = send(&manager, &form, right, true).await.unwrap();
    assert_eq!(sent.state(), v1::FormState::Done);
    assert_eq!(held(&council, "beds.vacant.closed").await, "1");
    world.stop().await;
}
