//! Why a page is not shown: a closed set, each with its own page. Nothing internal leaves.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::broker::BrokerError;

use super::page::{Chrome, html_with};
use super::words;

/// Why a page is not shown.
#[derive(Debug)]
pub(super) enum PortalError {
    /// Nobody is signed in.
    SignIn,
    /// It is not said yet who answers.
    WhoAnswers,
    /// There is no such page, or not for her.
    NotFound,
    /// The request did not come from a page of ours, or its page is too old.
    Forged,
    /// What was sent came without a session, or with the token of another: the page that shows it, to
    /// be sent again.
    SentBack(Box<Response>),
    /// What was sent is larger than is taken.
    TooLarge,
    /// What was sent is not what its page sends.
    Malformed,
    /// Too many tries.
    TooMany,
    /// Not just now; nothing was done.
    Busy,
    /// Something broke. The text is for the log.
    Broken(String),
}

impl From<BrokerError> for PortalError {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::NotFound { .. } => Self::NotFound,
            BrokerError::Busy | BrokerError::Contended | BrokerError::Unavailable => Self::Busy,
            // What a page can put right, it catches before.
            other => Self::Broken(other.to_string()),
        }
    }
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "error.html")]
struct ErrorPage {
    chrome: Chrome,
    what: &'static words::problem::Problem,
}

impl IntoResponse for PortalError {
    fn into_response(self) -> Response {
        use words::problem;

        let (status, what) = match self {
            Self::SignIn => return Redirect::to("/sign-in").into_response(),
            Self::WhoAnswers => return Redirect::to("/who").into_response(),
            Self::SentBack(page) => return *page,
            Self::NotFound => (StatusCode::NOT_FOUND, &problem::NOT_FOUND),
            Self::Forged => (StatusCode::FORBIDDEN, &problem::FORGED),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, &problem::TOO_LARGE),
            Self::Malformed => (StatusCode::BAD_REQUEST, &problem::MALFORMED),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, &problem::TOO_MANY),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, &problem::BUSY),
            Self::Broken(why) => {
                tracing::error!(why, "a page broke");
                (StatusCode::INTERNAL_SERVER_ERROR, &problem::BROKEN)
            }
        };
        let page = ErrorPage {
            chrome: Chrome::plain(what.title),
            what,
        };
        html_with(status, &page)
    }
}
