//! What people type and do not send: two at once, two tabs, a form that changes under their hands.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::server::Data;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, ccg_ask, council_ask, same};
use super::world::{Client, HOME, OTHER_HOME, World, answer, paths, reason};

/// Saves what was typed by somebody who saw this etag.
async fn save(client: &Client, etag: &str, answers: Vec<v1::Answer>) -> Result<v1::Draft, Status> {
    let message = v1::SaveDraftRequest {
        name: format!("homes/{HOME}/forms/{DAY}"),
        etag: etag.into(),
        answers,
        saved_by: "Jo".into(),
    };
    let saved = client.forms().save_draft(client.request(message)).await?;
    Ok(saved.into_inner().draft.expect("a draft comes back"))
}

async fn kept(client: &Client) -> v1::Draft {
    let form = client.form(HOME, DAY).await.unwrap();
    form.draft.unwrap_or_default()
}

fn numbers(draft: &v1::Draft) -> Vec<String> {
    let typed = draft.entries.iter().flat_map(|entry| &entry.answer);
    let mut numbers: Vec<String> = typed.map(|answer| answer.number.clone()).collect();
    numbers.sort();
    numbers
}

/// The entries that a refusal says somebody else changed.
fn in_conflict(status: &Status) -> Vec<String> {
    let details = status.get_details_precondition_failure();
    let violations = details
        .map(|details| details.violations)
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| violation.subject)
        .collect()
}

#[tokio::test]
async fn two_people_type_in_different_places_and_both_are_kept() {
    let (world, council, _) = both_ask().await;
    let (jo, sam) = (world.manager(HOME).await, world.manager(HOME).await);
    let form = jo.form(HOME, DAY).await.unwrap();
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    let cover = answer(&form, COUNCIL, "D6", json!({"number": "half a shift?"}));
    let first = save(&jo, "", vec![beds.clone()]).await.unwrap();
    let both = save(&sam, "", vec![cover.clone()]).await.unwrap();
    assert_eq!(
        numbers(&both),
        ["30", "half a shift?"],
        "nothing is checked yet"
    );
    assert_ne!(first.etag, both.etag);
    assert_eq!(
        save(&jo, &both.etag, vec![beds.clone()]).await.unwrap(),
        both,
        "the same again"
    );
    let shown = sam.form(HOME, DAY).await.unwrap();
    assert_eq!(shown.draft.as_ref(), Some(&both));
    let (before, after) = (form.summary.unwrap(), shown.summary.unwrap());
    assert_eq!(
        (&before.etag, after.answered),
        (&after.etag, 0),
        "nothing is answered"
    );
    assert_eq!(council.deliveries(COUNCIL).await.unwrap(), []);
    let typed = &both.entries[0];
    assert_eq!((typed.saved_by.as_str(), typed.has_left), ("Jo", false));
    let [beds, cover] = [beds, cover].map(|answer| v1::Answer {
        entry: answer.entry,
        ..v1::Answer::default()
    });
    let less = save(&jo, &both.etag, vec![beds]).await.unwrap();
    assert_eq!(numbers(&less), ["half a shift?"]);
    assert_eq!(
        save(&jo, &less.etag, vec![cover]).await.unwrap(),
        v1::Draft::default()
    );
    assert_eq!(jo.form(HOME, DAY).await.unwrap().draft, None);
    world.stop().await;
}

#[tokio::test]
async fn two_tabs_with_another_value_for_one_entry_are_told_and_nothing_is_overwritten() {
    let (world, ..) = both_ask().await;
    let (jo, sam) = (world.manager(HOME).await, world.manager(HOME).await);
    let form = jo.form(HOME, DAY).await.unwrap();
    let beds = |number: &str| answer(&form, COUNCIL, "B2", json!({"number": number}));
    let cover = answer(&form, COUNCIL, "D6", json!({"number": "2"}));
    let seen = save(&jo, "", vec![beds("30")]).await.unwrap();
    let changed = save(&sam, &seen.etag, vec![beds("8642")]).await.unwrap();
    let refused = save(&jo, &seen.etag, vec![beds("7654"), cover])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::Aborted, "DRAFT_CHANGED")
    );
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.metadata["current"], changed.etag);
    assert_eq!(in_conflict(&refused), [beds("").entry]);
    let said = format!("{refused:?} {:?}", refused.get_error_details());
    assert!(
        !said.contains("7654") && !said.contains("8642"),
        "an error quotes what was typed"
    );
    assert_eq!(kept(&jo).await, changed, "nothing of it was saved");
    let mine = save(&jo, &changed.etag, vec![beds("32")]).await.unwrap();
    assert_eq!(numbers(&mine), ["32"]);
    world.stop().await;
}

#[tokio::test]
async fn one_submits_while_the_other_types_and_neither_loses_anything() {
    let (world, ..) = both_ask().await;
    let (jo, sam) = (world.manager(HOME).await, world.manager(HOME).await);
    let form = jo.form(HOME, DAY).await.unwrap();
    let beds = |number: &str| answer(&form, COUNCIL, "B2", json!({"number": number}));
    let cover = answer(&form, COUNCIL, "D6", json!({"number": "2"}));
    save(&jo, "", vec![beds("30")]).await.unwrap();
    let seen = jo.form(HOME, DAY).await.unwrap();
    let typed = save(&sam, &kept(&sam).await.etag, vec![cover.clone()])
        .await
        .unwrap();
    jo.answer(&seen, vec![beds("30")]).await.unwrap();
    let left = kept(&sam).await;
    assert_eq!(
        numbers(&left),
        ["2"],
        "what was sent has left, what Sam typed stays"
    );
    let late = save(&sam, &typed.etag, vec![beds("29")]).await.unwrap_err();
    assert_eq!(
        in_conflict(&late),
        [beds("").entry],
        "it was sent meanwhile"
    );
    save(&sam, &left.etag, vec![beds("29")]).await.unwrap();

    // Jo sends once more, not having seen what Sam typed since: it stays.
    let message = v1::SubmitAnswersRequest {
        name: form.summary.clone().unwrap().name,
        template: form.summary.clone().unwrap().template,
        answers: vec![beds("8642")],
        draft_etag: left.etag,
        ..v1::SubmitAnswersRequest::default()
    };
    jo.forms()
        .submit_answers(jo.request(message))
        .await
        .unwrap();
    assert_eq!(numbers(&kept(&sam).await), ["2", "29"]);

    // A stale etag of the form refuses, and loses nothing of the draft.
    let stale = sam.answer(&seen, vec![cover]).await.unwrap_err();
    assert_eq!((stale.code(), &*reason(&stale)), (Code::Aborted, "STALE"));
    assert_eq!(numbers(&kept(&sam).await), ["2", "29"]);
    let form = sam.form(HOME, DAY).await.unwrap();
    let all = kept(&sam)
        .await
        .entries
        .into_iter()
        .filter_map(|entry| entry.answer);
    sam.answer(&form, all.collect()).await.unwrap();
    assert_eq!(
        sam.form(HOME, DAY).await.unwrap().draft,
        None,
        "all of it was sent"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_draft_outlives_changes_of_the_form_and_says_what_has_left_it() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    council.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let seen = manager.form(HOME, DAY).await.unwrap();
    let cover = answer(&seen, COUNCIL, "D6", json!({"number": "2"}));
    save(&manager, "", vec![cover.clone()]).await.unwrap();
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let refused = manager
        .answer(&seen, vec![cover.clone()])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::Aborted, "STALE")
    );
    let form = manager.form(HOME, DAY).await.unwrap();
    let current = refused.get_details_error_info().unwrap().metadata["current"].clone();
    assert_eq!(current, form.summary.clone().unwrap().template);
    assert_eq!(numbers(&form.draft.clone().unwrap()), ["2"]);

    // Two questions become one: what was typed for the one that leaves is shown as such.
    let minutes = answer(&form, CCG, "agency_minutes", json!({"number": "90"}));
    let etag = form.draft.unwrap().etag;
    save(&manager, &etag, vec![minutes]).await.unwrap();
    let steward = world.of_role(Role::Steward).await;
    steward
        .decide(vec![same("D6", "agency_minutes", &[])])
        .await
        .unwrap();
    let draft = kept(&manager).await;
    let left: Vec<_> = draft
        .entries
        .iter()
        .filter(|entry| entry.has_left)
        .collect();
    assert_eq!((draft.entries.len(), left.len()), (2, 1));
    assert!(["Agency cover", "Agency time"].contains(&left[0].wording.as_str()));
    let gone = left[0].answer.clone().unwrap();
    let blank = v1::Answer {
        entry: gone.entry,
        ..v1::Answer::default()
    };
    let kept = save(&manager, &draft.etag, vec![blank]).await.unwrap();
    assert_eq!(kept.entries.len(), 1, "what has left can be discarded");
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_by_path_and_anothers_home_stays_closed() {
    let (world, ..) = both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "x".repeat(20_001)}));
    let other = v1::Answer {
        entry: "e_nowhere".into(),
        text: "x".into(),
        ..v1::Answer::default()
    };
    let fine = answer(&form, COUNCIL, "D6", json!({"number": "2"}));
    let sent = vec![beds, other, fine.clone(), fine];
    let refused = save(&manager, "", sent).await.unwrap_err();
    let expected = ["answers[0].number", "answers[1].entry", "answers[3].entry"];
    assert_eq!(paths(&refused), expected);
    let nothing = save(&manager, "never", Vec::new()).await.unwrap_err();
    assert_eq!(paths(&nothing), ["answers", "etag"]);
    let stranger = world.manager(OTHER_HOME).await;
    let denied = save(&stranger, "", Vec::new()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    world.stop().await;
}

#[tokio::test]
async fn a_draft_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Embedded(folder.path().to_path_buf());
    let world = World::on(data()).await;
    let operator = world.operator().await;
    operator
        .register_organisation("sefton-council", "council")
        .await;
    operator.register_homes(&[HOME], "E08000014").await;
    operator.grant("sefton-council", &["E08000014"], &[]).await;
    operator.submit_ask(&council_ask()).await.unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let beds = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    let saved = save(&manager, "", vec![beds]).await.unwrap();
    world.stop().await;
    let world = World::on(data()).await;
    let manager = world.manager(HOME).await;
    assert_eq!(kept(&manager).await, saved);
    world.stop().await;
}
