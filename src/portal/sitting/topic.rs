//! A page of questions, of one topic or of several small ones.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::broker::nothing_happened;
use crate::domain::field_type::Timing;
use crate::domain::form::Need;

use super::super::page::{Chrome, html_with};
use super::super::question::{InputView, Question, Source};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, words};
use super::{Instead, Sitting};

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "topic.html")]
pub(super) struct TopicPage {
    pub(super) chrome: Chrome,
    csrf: String,
    path: String,
    at: usize,
    pages: usize,
    caption: String,
    title: String,
    topics: Vec<TopicView>,
    /// The level of the questions' headings.
    level: usize,
    /// Which draft was seen, by period.
    seen: Vec<(String, String)>,
    /// What those who ask say that the home must know: said once, on the first page.
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

/// A topic with its questions.
struct TopicView {
    title: String,
    questions: Vec<Question>,
}

impl TopicPage {
    /// The questions of the page.
    pub(super) fn questions(&self) -> impl Iterator<Item = &Question> {
        self.topics.iter().flat_map(|topic| &topic.questions)
    }

    /// The same, to be changed.
    pub(super) fn questions_mut(&mut self) -> impl Iterator<Item = &mut Question> {
        self.topics
            .iter_mut()
            .flat_map(|topic| &mut topic.questions)
    }

    /// A page of a sitting, from 1; `instead` is what to show as typed in place of what drafts hold.
    pub(super) async fn of(
        who: &SignedIn,
        sitting: &Sitting,
        at: usize,
        instead: &Instead,
    ) -> Result<Self, PortalError> {
        let page = at.checked_sub(1).and_then(|place| sitting.pages.get(place));
        let page = page.ok_or(PortalError::NotFound)?;
        let topics = page.topics.iter().map(|topic| TopicView {
            title: topic.title(),
            questions: sitting.questions(topic, instead).collect(),
        });
        let topics: Vec<TopicView> = topics.collect();
        let seen = sitting.forms.iter().map(|form| {
            let draft = form.view.draft.as_ref();
            let version = draft.map_or_else(String::new, |draft| draft.version.to_string());
            (form.form.template.body().period.to_string(), version)
        });
        let title = match topics.as_slice() {
            [only] => only.title.clone(),
            _ => words::sitting::questions_of(at, sitting.pages.len()),
        };
        let sources = || page.places().map(|place| sitting.source(place));
        let untyped = || sources().filter(|own| own.typed().is_none());
        let is_state =
            |own: &Source<'_>| matches!(own.entry.timing, Timing::AsAt | Timing::Standing);
        let has_states =
            untyped().any(|own| own.would_be().need == Need::Confirm && is_state(&own));
        let has_events = untyped().any(|own| {
            let mut nil = nothing_happened(&own.form.form, |entry| entry.id == own.entry.id);
            nil.next().is_some()
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
            notices: if at == 1 {
                notices(sitting, &topics)
            } else {
                Vec::new()
            },
            has_events,
            has_states,
            level: if topics.len() == 1 { 2 } else { 3 },
            topics,
            warned: String::new(),
            changes: Vec::new(),
        })
    }

    /// Whether anything on it is to be put right.
    pub(super) fn has_errors(&self) -> bool {
        self.questions().any(Question::has_errors)
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
fn notices(sitting: &Sitting, topics: &[TopicView]) -> Vec<(String, String)> {
    let here = |name: &str| {
        let questions = topics.iter().flat_map(|topic| &topic.questions);
        let mut askers = questions.flat_map(|question| &question.askers);
        askers.any(|asker| asker.name == name)
    };
    let asks = super::list::asks(sitting).into_iter();
    asks.filter(|ask| !ask.notice.is_empty() && here(&ask.name))
        .map(|ask| (ask.name, ask.notice))
        .collect()
}
