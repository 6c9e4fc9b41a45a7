//! On which days a person wants the e-mail about her homes: hers alone, whatever homes she has.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::domain::letter::DigestDays;

use super::page::{Chrome, html, html_with};
use super::posted::Posted;
use super::session::SignedIn;
use super::{Portal, PortalError, words};

/// Where they are said.
const PATH: &str = "/preferences";

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route(PATH, get(show).post(save))
}

struct Choice {
    value: &'static str,
    text: &'static str,
    is_chosen: bool,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "preferences.html")]
struct PreferencesPage {
    chrome: Chrome,
    csrf: String,
    choices: Vec<Choice>,
    error: &'static str,
}

impl PreferencesPage {
    async fn new(who: &SignedIn, error: &'static str) -> Result<Self, PortalError> {
        let chrome = who.chrome(words::preferences::TITLE).await?;
        let choices = DigestDays::ALL.into_iter().map(|(days, value)| Choice {
            value,
            text: words::preferences::days(days),
            is_chosen: who.person.digest == days,
        });
        Ok(Self {
            chrome: chrome.with_errors(!error.is_empty()),
            csrf: who.csrf().to_owned(),
            choices: choices.collect(),
            error,
        })
    }
}

async fn show(who: SignedIn) -> Result<Response, PortalError> {
    Ok(html(&PreferencesPage::new(&who, "").await?))
}

async fn save(
    State(portal): State<Arc<Portal>>,
    Posted { who, fields }: Posted,
) -> Result<Response, PortalError> {
    let Some(days) = DigestDays::of_word(fields.one("days")) else {
        let page = PreferencesPage::new(&who, words::preferences::CHOOSE).await?;
        return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let broker = &portal.broker;
    broker
        .prefer_digest(&who.caller(), &who.person.id, days)
        .await?;
    who.tell(words::preferences::saved(days)).await?;
    Ok(Redirect::to(PATH).into_response())
}
