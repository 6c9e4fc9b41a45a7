//! What a home has been asked over a year, and what it said to each question.

mod trend;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::broker::{AskedQuestion, History};
use crate::domain::calendar::{civil_london, parse_day};
use crate::domain::id::HomeId;
use crate::domain::period::EARLIEST;

use super::left::names_of;
use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::{Portal, PortalError, words};

/// Over how long it is counted how often a home was asked, in days.
const COUNTED_DAYS: i64 = 365;

/// Most questions on one page.
const QUESTIONS_SHOWN: usize = 60;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/homes/{home}/questions", get(questions))
        .merge(trend::routes())
}

/// A year that is looked at: its first and last day, and the last day of the one before, if that may
/// be looked at too.
pub(super) struct Year {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) before: Option<Date>,
    pub(super) is_latest: bool,
}

impl Year {
    /// The year that ends on a day; today where none is named.
    pub(super) fn read(until: &str, today: Date) -> Result<Self, PortalError> {
        let last = match until {
            "" => today,
            text => parse_day(text).map_err(|_| PortalError::NotFound)?,
        };
        let first = last.saturating_sub(COUNTED_DAYS.days());
        if today < last || first < EARLIEST {
            return Err(PortalError::NotFound);
        }
        let before = first.saturating_sub(1.day());
        let may = EARLIEST < before.saturating_sub(COUNTED_DAYS.days());
        Ok(Self {
            first,
            last,
            before: Some(before).filter(|_| may),
            is_latest: last == today,
        })
    }

    /// From when to when, in words.
    pub(super) fn words(&self) -> String {
        crate::domain::calendar::days_label(self.first, self.last, words::history::TO)
    }
}

/// A question of the list.
struct Row {
    href: String,
    wording: String,
    asked: usize,
    put: usize,
    answered: usize,
    declined: usize,
    whom: String,
}

/// The questions of a topic.
struct Topic {
    name: String,
    rows: Vec<Row>,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "questions.html")]
struct QuestionsPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    lead: String,
    saved: String,
    is_cut: bool,
    topics: Vec<Topic>,
    until: String,
    before: Option<Date>,
    is_latest: bool,
    older: Option<usize>,
    newer: Option<usize>,
}

async fn questions(
    State(portal): State<Arc<Portal>>,
    Path(home): Path<String>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let year = Year::read(query.one("until"), civil_london(portal.now()).date())?;
    let skip: usize = query.one("skip").parse().unwrap_or(0);
    let history = portal.broker.history(&home, year.first, year.last).await?;
    let put: usize = history.questions.iter().map(|own| own.put).sum();
    let all = history.questions.len();
    let page = QuestionsPage {
        chrome: who.chrome(words::history::TITLE).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        lead: words::history::lead(&year.words(), history.asked, history.answered),
        saved: words::history::saved(history.asked, put),
        is_cut: history.is_cut,
        topics: topics(&home, &history, skip),
        until: year.last.to_string(),
        before: year.before,
        is_latest: year.is_latest,
        older: Some(skip.saturating_add(QUESTIONS_SHOWN)).filter(|next| *next < all),
        newer: (skip > 0).then(|| skip.saturating_sub(QUESTIONS_SHOWN)),
        home,
    };
    Ok(html(&page))
}

fn topics(home: &HomeId, history: &History, skip: usize) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for own in history.questions.iter().skip(skip).take(QUESTIONS_SHOWN) {
        let name = &own.entry.topic.value;
        if topics.last().is_none_or(|topic| topic.name != *name) {
            topics.push(Topic {
                name: name.clone(),
                rows: Vec::new(),
            });
        }
        if let Some(topic) = topics.last_mut() {
            topic.rows.push(row(home, own, history));
        }
    }
    topics
}

fn row(home: &HomeId, own: &AskedQuestion, history: &History) -> Row {
    Row {
        href: format!("/homes/{home}/questions/{}", own.question),
        wording: own.entry.wording.value.clone(),
        asked: own.asked,
        put: own.put,
        answered: own.answered,
        declined: own.declined,
        whom: names_of(&own.askers, &history.organisations),
    }
}
