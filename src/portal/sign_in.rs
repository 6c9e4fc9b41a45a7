//! Signing in by a link that comes by e-mail, saying who answers, signing out.
//!
//! Looking at a link uses nothing up, since whoever checks mail for harm looks at it first: the page
//! has a button. Whether an address is somebody's is told by no page, nor by its time.

mod links;
mod tally;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use tower_sessions::Session;

use crate::broker::Source;
use crate::domain::digest::{Digest, derive};
use crate::domain::limits::{ANSWERED_BY_CHARS_MAX, EMAIL_CHARS_MAX};
use crate::domain::person::Email;

pub(super) use self::links::{add as add_link, expiry};
use self::tally::{Tally, TallyTerms};
use super::arrival::CameFrom;
use super::page::{Chrome, html, html_with};
use super::posted::{Fields, Posted};
use super::session::SignedIn;
use super::{Portal, PortalError, words};

/// How long a link that was mailed works.
pub(super) const LINK_VALID_FOR: SignedDuration = SignedDuration::from_mins(30);

/// How many random bytes the secret of a link has.
pub(super) const SECRET_BYTES: usize = 20;

/// Links to one address: three at once, for whoever cannot wait, and then one in ten minutes.
const OF_ADDRESS: TallyTerms = TallyTerms {
    in_a_row_max: 3,
    forgotten_after: SignedDuration::from_mins(10),
    counted_max: 50_000,
};

/// Links asked for from one place: an office of many homes signs in on one morning, over one line.
const OF_SOURCE: TallyTerms = TallyTerms {
    in_a_row_max: 30,
    forgotten_after: SignedDuration::from_secs(30),
    counted_max: 50_000,
};

const ADDRESS_CONTEXT: &str = "askonce 2026-11-22 sign-in address v1";

/// How often links were asked for.
#[derive(Debug)]
pub(super) struct Tallies {
    of_address: Tally<Digest>,
    of_source: Tally<Source>,
}

impl Default for Tallies {
    fn default() -> Self {
        Self {
            of_address: Tally::new(OF_ADDRESS),
            of_source: Tally::new(OF_SOURCE),
        }
    }
}

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/sign-in", get(form).post(ask))
        .route("/sign-in/sent", get(sent))
        .route("/sign-in/{secret}", get(link).post(follow))
        .route("/who", get(who).post(answer_as))
        .route("/sign-out", post(sign_out))
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "sign_in.html")]
struct FormPage {
    chrome: Chrome,
    email: String,
    error: &'static str,
}

impl FormPage {
    fn new(email: &str, error: &'static str) -> Self {
        Self {
            chrome: Chrome::plain(words::sign_in::TITLE).with_errors(!error.is_empty()),
            email: email.to_owned(),
            error,
        }
    }
}

async fn form() -> Response {
    html(&FormPage::new("", ""))
}

async fn ask(
    State(portal): State<Arc<Portal>>,
    CameFrom(source): CameFrom,
    fields: Fields,
) -> Result<Response, PortalError> {
    let (given, now) = (fields.one("email").trim(), portal.now());
    let Ok(email) = given.parse::<Email>() else {
        let page = FormPage::new(given, words::sign_in::NO_ADDRESS);
        return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    if !portal.tallies.of_source.takes(&source, now) {
        tracing::info!("links are asked for too often from one place");
        return Err(PortalError::TooMany);
    }
    let address = derive(ADDRESS_CONTEXT, email.key().as_bytes());
    if portal.tallies.of_address.takes(&address, now) {
        portal.errands.send_link(email)?;
    }
    Ok(Redirect::to("/sign-in/sent").into_response())
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "sign_in_sent.html")]
struct SentPage {
    chrome: Chrome,
}

async fn sent() -> Response {
    html(&SentPage {
        chrome: Chrome::plain(words::sign_in::SENT_TITLE),
    })
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "sign_in_link.html")]
struct LinkPage {
    chrome: Chrome,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "sign_in_gone.html")]
struct GonePage {
    chrome: Chrome,
}

async fn link(
    State(portal): State<Arc<Portal>>,
    Path(secret): Path<String>,
) -> Result<Response, PortalError> {
    if !links::is_live(&portal, &secret).await? {
        return Ok(gone());
    }
    Ok(html(&LinkPage {
        chrome: Chrome::plain(words::sign_in::LINK_TITLE),
    }))
}

/// Used, expired and never made look the same.
fn gone() -> Response {
    let page = GonePage {
        chrome: Chrome::plain(words::sign_in::GONE_TITLE),
    };
    html_with(StatusCode::GONE, &page)
}

async fn follow(
    State(portal): State<Arc<Portal>>,
    Path(secret): Path<String>,
    session: Session,
) -> Result<Response, PortalError> {
    let Some(link) = links::take(&portal, &secret).await? else {
        return Ok(gone());
    };
    let person = portal.broker.person_by_email(&link.email).await?;
    // Removed meanwhile, or another's address by now.
    let Some(person) = person.filter(|person| person.id == link.person) else {
        return Ok(gone());
    };
    SignedIn::begin(&portal, &session, &person).await?;
    Ok(Redirect::to("/who").into_response())
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "who.html")]
struct WhoPage {
    chrome: Chrome,
    csrf: String,
    name: String,
    error: String,
}

impl WhoPage {
    async fn new(who: &SignedIn, name: &str, error: String) -> Result<Self, PortalError> {
        let chrome = who.chrome(words::who::TITLE).await?;
        Ok(Self {
            chrome: chrome.with_errors(!error.is_empty()),
            csrf: who.csrf().to_owned(),
            name: name.to_owned(),
            error,
        })
    }
}

async fn who(who: SignedIn) -> Result<Response, PortalError> {
    let name = match who.answered_by.as_str() {
        "" => &who.person.name,
        name => name,
    };
    Ok(html(&WhoPage::new(&who, name, String::new()).await?))
}

async fn answer_as(Posted { who, fields }: Posted) -> Result<Response, PortalError> {
    let name = fields.one("name").trim();
    let error = if name.is_empty() {
        words::who::NO_NAME.to_owned()
    } else if name.chars().count() > ANSWERED_BY_CHARS_MAX || name.chars().any(char::is_control) {
        words::who::name_too_long(ANSWERED_BY_CHARS_MAX)
    } else {
        who.answer_as(name).await?;
        let wanted = who.take_wanted().await?;
        return Ok(Redirect::to(wanted.as_deref().unwrap_or("/")).into_response());
    };
    let page = WhoPage::new(&who, name, error).await?;
    Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn sign_out(Posted { who, .. }: Posted) -> Result<Response, PortalError> {
    who.end().await?;
    Ok(Redirect::to("/sign-in").into_response())
}
