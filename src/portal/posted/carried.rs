//! What was posted without a session, or from a page of a session of before: it goes back to the
//! browser, to be sent again once somebody is signed in.
//!
//! **Architecture invariant:** nothing of it is kept here: the page that is shown holds it, in hidden
//! fields. It is taken only with the present session's token, so only once somebody who is signed in,
//! and whose home it is about, has looked at that page and pressed its button. Of what no browser
//! says that it comes from a page of ours, nothing is carried.

use axum::http::header::{HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

use super::super::PortalError;
use super::super::page::{Chrome, html_with};
use super::super::session::SignedIn;
use super::super::words;
use super::{CSRF, Fields};

/// The pages whose posts are carried: those of homes, and what follows a workbook.
const OF_HOMES: &str = "/homes/";
const OF_WORKBOOK: &str = "/workbook";

/// Says that a post comes from the page that carries it.
const AGAIN: &str = "sent-again";

/// Tells, in newer browsers, from where a request comes; the older say so by `Origin`.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where something was posted that can be sent again.
pub(super) struct Place {
    /// The path with its query: that of one of our pages.
    path: String,
}

/// What is to be done before it can be sent again.
enum Step {
    /// Sign in, elsewhere.
    SignIn,
    /// Say who answers, elsewhere.
    SayWho,
    /// Nothing: it goes with this token.
    Send(String),
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "carried.html")]
struct CarriedPage<'a> {
    chrome: Chrome,
    path: &'a str,
    step: Step,
    lead: &'static str,
    go: &'static str,
    /// Whether it was said that the step is done, and it is not.
    not_yet: bool,
    fields: Vec<(&'a str, &'a str)>,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "choose_again.html")]
struct ChooseAgainPage<'a> {
    chrome: Chrome,
    path: &'a str,
}

impl Place {
    /// Where a request goes, if what it posts can be carried.
    pub(super) fn of(parts: &Parts) -> Option<Self> {
        let path = parts.uri.path();
        let is_carried = path.starts_with(OF_HOMES) || path.starts_with(OF_WORKBOOK);
        if !is_carried || !is_vouched_for(&parts.headers) {
            return None;
        }
        let path = parts.uri.path_and_query().map(PathAndQuery::as_str);
        Some(Self {
            path: path?.to_owned(),
        })
    }

    /// Has a browser carry what it posted until it can be sent.
    pub(super) async fn carry(
        &self,
        who: Result<SignedIn, PortalError>,
        fields: &Fields,
    ) -> PortalError {
        let shown = self.carried_page(who, fields).await;
        shown.unwrap_or_else(|why| why)
    }

    /// Has a file chosen again, which no page can carry.
    pub(super) async fn choose_again(&self, who: Result<SignedIn, PortalError>) -> PortalError {
        let chrome = match self.looked_at(who).await {
            Ok((chrome, _)) => chrome,
            Err(why) => return why,
        };
        let page = ChooseAgainPage {
            chrome,
            path: &self.path,
        };
        sent_back(&page)
    }

    async fn carried_page(
        &self,
        who: Result<SignedIn, PortalError>,
        fields: &Fields,
    ) -> Result<PortalError, PortalError> {
        let (chrome, step) = self.looked_at(who).await?;
        let is_ours = |name: &str| name == CSRF || name == AGAIN;
        let carried = fields.0.iter().filter(|(name, _)| !is_ours(name));
        let is_send = matches!(step, Step::Send(_));
        let (lead, go) = self.words();
        Ok(sent_back(&CarriedPage {
            chrome,
            path: &self.path,
            step,
            lead,
            go,
            not_yet: fields.has(AGAIN) && !is_send,
            fields: carried
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
        }))
    }

    /// What stands around the page, and what is to be done on it: with whoever is signed in by now,
    /// and no page at all about a home that is not hers.
    async fn looked_at(
        &self,
        who: Result<SignedIn, PortalError>,
    ) -> Result<(Chrome, Step), PortalError> {
        let plain = Chrome::plain(words::carried::TITLE);
        match who {
            Ok(who) => {
                if let Some(rest) = self.path.strip_prefix(OF_HOMES) {
                    who.home(rest.split(['/', '?']).next().unwrap_or_default())?;
                }
                let chrome = who.chrome(words::carried::TITLE).await?;
                Ok((chrome, Step::Send(who.csrf().to_owned())))
            }
            Err(PortalError::SignIn) => Ok((plain, Step::SignIn)),
            Err(PortalError::WhoAnswers) => Ok((plain, Step::SayWho)),
            Err(other) => Err(other),
        }
    }

    /// What is said of what was posted, and on the button that sends it: some pages only keep what is
    /// typed, others send it.
    fn words(&self) -> (&'static str, &'static str) {
        use words::carried;

        let path = self.path.split('?').next().unwrap_or_default();
        let sends = path.ends_with("/check") || path.ends_with("/also");
        if sends || path.contains("/correct/") {
            (carried::NOT_SENT, carried::SEND)
        } else if path.contains("/file/") {
            (carried::NOT_DONE, carried::GO_ON)
        } else {
            (carried::TYPED, carried::SAVE)
        }
    }
}

/// Whether a browser says from where a request comes. What it said has been looked at before any
/// page is (`guard`): a request of another site does not get here.
fn is_vouched_for(headers: &HeaderMap) -> bool {
    let says = |name| headers.get(name).is_some_and(|value| !value.is_empty());
    says(FETCH_SITE) || says(ORIGIN)
}

/// Under the status of what is refused: nothing of it was done.
fn sent_back(page: &impl askama::Template) -> PortalError {
    let response = html_with(StatusCode::FORBIDDEN, page).into_response();
    PortalError::SentBack(Box::new(response))
}
