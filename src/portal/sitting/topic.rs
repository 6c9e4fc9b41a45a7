//! A page of questions of one topic.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::domain::field_type::Timing;
use crate::domain::form::Need;

use super::super::page::{Chrome, html_with};
use super::super::question::{InputView, Question};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, words};
use super::{Instead, Sitting};

#[derive(askama::Template)]
#[template(path = "topic.html")]
pub(super) struct TopicPage {
    pub(super) chrome: Chrome,
    csrf: String,
    path: String,
    at: usize,
    pages: usize,
    caption: String,
    title: String,
    pub(super) questions: Vec<Question>,
    /// Which draft was seen, by period.
    seen: Vec<(String, String)>,
    /// Notices of those who ask here.
    notices: Vec<(String, String)>,
    /// Whether numbers of events are to be answered here.
    has_events: bool,
    /// Whether states are offered here to be confirmed.
    has_states: bool,
    /// What is to be looked at again before going on; empty for nothing.
    pub(super) warned: String,
    /// What has changed on the page since it was shown.
    pub(super) changes: Vec<String>,
}

impl TopicPage {
    /// A page of a sitting, from 1; `instead` is what to show as typed in place of what drafts hold.
    pub(super) async fn of(
        who: &SignedIn,
        sitting: &Sitting,
        at: usize,
        instead: &Instead,
    ) -> Result<Self, PortalError> {
        let page = at.checked_sub(1).and_then(|place| sitting.pages.get(place));
        let page = page.ok_or(PortalError::NotFound)?;
        let questions = page.questions.iter();
        let questions: Vec<Question> = questions
            .map(|places| sitting.question(places, instead))
            .collect();
        let seen = sitting.forms.iter().map(|form| {
            let draft = form.view.draft.as_ref();
            let version = draft.map_or_else(String::new, |draft| draft.version.to_string());
            (form.form.template.body().period.to_string(), version)
        });
        let title = page.title();
        let sources = || {
            page.questions
                .iter()
                .flatten()
                .map(|place| sitting.source(*place))
        };
        let is_state = |timing: Timing| matches!(timing, Timing::AsAt | Timing::Standing);
        let has_states = sources().any(|own| {
            own.would_be().need == Need::Confirm
                && own.typed().is_none()
                && is_state(own.entry.timing)
        });
        let has_events = sources().any(|own| {
            own.would_be().need == Need::Answer
                && own.typed().is_none()
                && !is_state(own.entry.timing)
                && own.entry.number().is_some()
        });
        Ok(Self {
            chrome: who.chrome(title.clone()).await?,
            csrf: who.csrf().to_owned(),
            path: sitting.path(),
            at,
            pages: sitting.pages.len(),
            caption: format!("{}, {}", sitting.home.row.name, sitting.title()),
            title,
            seen: seen.collect(),
            notices: notices(sitting, &questions),
            has_events,
            has_states,
            questions,
            warned: String::new(),
            changes: Vec::new(),
        })
    }

    /// Whether anything on it is to be put right.
    pub(super) fn has_errors(&self) -> bool {
        self.questions.iter().any(Question::has_errors)
    }

    pub(super) fn response(mut self) -> Response {
        let has_errors = self.has_errors();
        self.chrome.has_errors = has_errors;
        let status = if has_errors {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        html_with(status, &self)
    }
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((home, name, at)): Path<(String, String, usize)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let sitting = Sitting::load(&portal, &home, &name).await?;
    let page = TopicPage::of(&who, &sitting, at, &Instead::new()).await?;
    Ok(page.response())
}

/// What those say who ask on a page that the home must know, each once.
fn notices(sitting: &Sitting, questions: &[Question]) -> Vec<(String, String)> {
    let here = |name: &str| {
        let mut askers = questions.iter().flat_map(|question| &question.askers);
        askers.any(|asker| asker.name == name)
    };
    let asks = super::list::asks(sitting).into_iter();
    asks.filter(|ask| !ask.notice.is_empty() && here(&ask.name))
        .map(|ask| (ask.name, ask.notice))
        .collect()
}
