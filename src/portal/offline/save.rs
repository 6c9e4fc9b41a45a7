//! From answers of a file to drafts; and where somebody typed something else meanwhile, the choice
//! between the two.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use crate::broker::{BrokerError, FormView, SaveDraft};
use crate::domain::check::{RawAnswer, check};
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::{Entry, EntryId};

use super::super::page::{Chrome, html};
use super::super::posted::Posted;
use super::super::session::SignedIn;
use super::super::shown;
use super::super::words;
use super::super::{Portal, PortalError};
use super::lines::{typed, typed_words};
use super::sheet::etag_of;

/// How often what others did not change is saved while they go on typing.
const ATTEMPTS_MAX: usize = 4;

/// Answers of a file for a form.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    pub(super) home: HomeId,
    pub(super) period: Period,
    /// The etag of what was typed as it was seen.
    pub(super) etag: String,
    pub(super) answers: Vec<RawAnswer>,
}

/// What became of the answers for a form.
pub(super) struct Outcome {
    pub(super) home: HomeId,
    pub(super) period: Period,
    /// What the home is called.
    name: String,
    /// How many were saved.
    pub(super) saved: usize,
    /// What others changed meanwhile.
    pub(super) conflicts: Vec<Conflict>,
}

/// What others changed meanwhile, beside what the file has.
pub(super) struct Conflict {
    /// Under which names it is posted.
    id: String,
    wording: String,
    about: String,
    /// What stands, and how it is offered to be kept.
    saved: String,
    /// What is in the file, and how it is offered to be taken.
    file: String,
    /// What is posted to take it.
    carried: String,
}

/// A choice as its page carries it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Carried {
    home: HomeId,
    period: Period,
    /// The etag of what is typed as the page shows it.
    etag: String,
    answer: RawAnswer,
}

/// Puts answers into a form's draft; what others changed meanwhile is left as it is, and told.
///
/// # Errors
/// As the broker says.
pub(super) async fn save(
    portal: &Portal,
    who: &SignedIn,
    mut filed: Filed,
) -> Result<Outcome, PortalError> {
    let mut left: Vec<RawAnswer> = Vec::new();
    let mut saved = 0;
    for _ in 0..ATTEMPTS_MAX {
        if filed.answers.is_empty() {
            break;
        }
        let sent = SaveDraft {
            home: filed.home.clone(),
            period: filed.period,
            etag: filed.etag.clone(),
            answers: filed.answers.clone(),
            saved_by: who.answered_by.clone(),
        };
        match portal.broker.save_draft(&sent).await {
            Ok(_) => saved = std::mem::take(&mut filed.answers).len(),
            Err(BrokerError::DraftChanged { entries, .. }) => {
                let entries: Vec<String> = entries.iter().map(EntryId::to_string).collect();
                let is_left = |answer: &RawAnswer| entries.contains(&answer.entry);
                left.extend(
                    filed
                        .answers
                        .iter()
                        .filter(|answer| is_left(answer))
                        .cloned(),
                );
                filed.answers.retain(|answer| !is_left(answer));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !filed.answers.is_empty() {
        return Err(PortalError::Busy);
    }
    let view = portal.broker.get_form(&filed.home, filed.period).await?;
    let home = portal.broker.home_view(&filed.home).await?.home;
    Ok(Outcome {
        name: home.row.name.clone(),
        conflicts: conflicts(&view, &left),
        home: filed.home,
        period: filed.period,
        saved,
    })
}

fn conflicts(view: &FormView, left: &[RawAnswer]) -> Vec<Conflict> {
    let entries = view.form.entries();
    let conflicts = entries.filter_map(|(entry, state)| {
        let answer = left
            .iter()
            .find(|answer| answer.entry == entry.id.to_string())?;
        let file = typed_words(answer, entry, state);
        let (saved, by) = match typed(view.draft.as_deref(), entry) {
            Some(typed) => (typed_words(&typed.answer, entry, state), typed.by.as_str()),
            None => (answered(view, entry), ""),
        };
        let carried = Carried {
            home: view.form.home.clone(),
            period: view.form.template.body().period,
            etag: etag_of(view),
            answer: answer.clone(),
        };
        Some(Conflict {
            id: format!("{}-{}", view.form.home, entry.id),
            wording: entry.wording.value.clone(),
            about: super::sheet::about(entry.reference),
            saved: words::offline::saved_now(&saved, by),
            file: words::offline::in_file(&file),
            carried: serde_json::to_string(&carried)
                .expect("a choice is made of texts, lists and numbers, which JSON can hold"),
        })
    });
    conflicts.collect()
}

/// What was answered, where nothing is typed any more.
fn answered(view: &FormView, entry: &Entry) -> String {
    let mut entries = view.form.entries();
    let known = entries.find(|(own, _)| own.id == entry.id);
    let answer = known.and_then(|(_, state)| state.answer.as_ref());
    answer.map_or_else(
        || words::offline::NOTHING_TYPED.to_owned(),
        |known| shown::said(&known.answer.said, entry),
    )
}

#[derive(Template)]
#[template(config = "src/portal/askama.toml", path = "offline_taken.html")]
struct TakenPage {
    chrome: Chrome,
    csrf: String,
    outcomes: Vec<Outcome>,
}

impl TakenPage {
    /// Where the file was uploaded, as far as that can be told: one home's form, or a workbook.
    fn back(&self) -> String {
        match self.outcomes.as_slice() {
            [only] => format!("/homes/{}/forms/{}/sheet", only.home, only.period),
            _ => "/workbook".to_owned(),
        }
    }

    fn has_conflicts(&self) -> bool {
        self.outcomes
            .iter()
            .any(|outcome| !outcome.conflicts.is_empty())
    }
}

/// What became of a file: on to check answers where it was one form's and nothing is to be chosen.
///
/// # Errors
/// If the session cannot be read.
pub(super) async fn told(who: &SignedIn, outcomes: Vec<Outcome>) -> Result<Response, PortalError> {
    if let [only] = outcomes.as_slice()
        && only.conflicts.is_empty()
    {
        who.tell(words::offline::answers_read(only.saved)).await?;
        return Ok(Redirect::to(&only.check()).into_response());
    }
    let chrome = who.chrome(words::offline::TAKEN).await?;
    Ok(html(&TakenPage {
        csrf: who.csrf().to_owned(),
        chrome,
        outcomes,
    }))
}

impl Outcome {
    /// Where its answers are checked.
    fn check(&self) -> String {
        format!("/homes/{}/forms/{}/check", self.home, self.period)
    }
}

/// Takes the choices between what is typed and what is in a file.
pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    posted: Posted,
) -> Result<Response, PortalError> {
    let mut forms: Vec<Filed> = Vec::new();
    for text in posted.fields.all("carried") {
        let carried: Carried = serde_json::from_str(text).map_err(|_| PortalError::Malformed)?;
        let home = posted.who.home(carried.home.as_str())?;
        let id = format!("{home}-{}", carried.answer.entry);
        let is_taken = posted.fields.one(&format!("take.{id}")) == "file";
        let known = forms.iter_mut().find(|filed| {
            filed.home == home && filed.period == carried.period && filed.etag == carried.etag
        });
        let taken = is_taken.then_some(carried.answer);
        match known {
            Some(filed) => filed.answers.extend(taken),
            None => forms.push(Filed {
                home,
                period: carried.period,
                etag: carried.etag,
                answers: taken.into_iter().collect(),
            }),
        }
    }
    let mut outcomes = Vec::new();
    for filed in forms {
        check_carried(&portal, &filed).await?;
        outcomes.push(save(&portal, &posted.who, filed).await?);
    }
    if outcomes.is_empty() {
        return Err(PortalError::Malformed);
    }
    told(&posted.who, outcomes).await
}

/// Holds what a page carried against the form again: it may have changed, or the page be forged.
async fn check_carried(portal: &Portal, filed: &Filed) -> Result<(), PortalError> {
    let form = portal
        .broker
        .get_form(&filed.home, filed.period)
        .await?
        .form;
    let today = crate::domain::calendar::civil_london(portal.now()).date();
    let is_well = |answer: &RawAnswer| {
        let mut entries = form.entries();
        let known = entries.find(|(entry, _)| entry.id.to_string() == answer.entry);
        known.is_some_and(|(entry, state)| check(answer, entry, state.confirmable(), today).is_ok())
    };
    if filed.answers.iter().all(is_well) {
        return Ok(());
    }
    Err(PortalError::Malformed)
}
