//! A form on paper: every question with what is known, and room to write.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::page::{Chrome, html};
use super::super::question::{InputView, Question};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::list::{AskView, asks};
use super::{Instead, Sitting};

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "print.html")]
struct PrintPage {
    chrome: Chrome,
    home: String,
    path: String,
    title: String,
    asks: Vec<AskView>,
    topics: Vec<Topic>,
}

/// A topic with its questions.
struct Topic {
    title: String,
    questions: Vec<(Question, Vec<Known>)>,
}

/// What is known of a column; empty for nothing.
struct Known {
    value: String,
    from: String,
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((home, name)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let sitting = Sitting::load(&portal, &home, &name).await?;
    let all = sitting.pages.iter().flat_map(|page| &page.topics);
    let topics = all.map(|topic| Topic {
        title: topic.title(),
        questions: sitting
            .questions(topic, &Instead::new())
            .zip(&topic.questions)
            .map(|(question, places)| {
                let known = places.iter().map(|place| Known::of(&sitting, *place));
                (question, known.collect())
            })
            .collect(),
    });
    let page = PrintPage {
        chrome: who.chrome(words::print::title(&sitting.title())).await?,
        home: sitting.home.row.name.clone(),
        path: sitting.path(),
        title: sitting.title(),
        asks: asks(&sitting),
        topics: topics.collect(),
    };
    Ok(html(&page))
}

impl Known {
    fn of(sitting: &Sitting, place: super::Place) -> Self {
        let source = sitting.source(place);
        let state = source.would_be();
        let answer = state.answer.as_ref().map(|known| &known.answer);
        let offered = state.offered.as_ref().map(|offered| &offered.answer);
        let from = offered.filter(|_| answer.is_none());
        let from = from.and_then(|_| source.form.words.get(&source.entry.id));
        Self {
            value: answer
                .or(offered)
                .map(|known| shown::said(&known.said, source.entry))
                .unwrap_or_default(),
            from: from.map(|words| words.offered.clone()).unwrap_or_default(),
        }
    }
}
