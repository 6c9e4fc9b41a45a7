//! What every page has around it, and how it is sent.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::assets::style_path;
use super::error::PortalError;

/// What stands around a page.
pub(super) struct Chrome {
    /// Its title, without the name of the service.
    pub(super) title: String,
    /// Whether something on it is to be put right: its title says so first.
    pub(super) has_errors: bool,
    /// Who is signed in.
    pub(super) who: Option<Who>,
    /// What happened just now, if something did.
    pub(super) notice: Option<String>,
}

/// Who is signed in.
pub(super) struct Who {
    /// Who answers, in her words.
    pub(super) answered_by: String,
    /// What her forms carry.
    pub(super) csrf: String,
}

impl Chrome {
    /// Around a page for whoever comes.
    pub(super) fn plain(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            has_errors: false,
            who: None,
            notice: None,
        }
    }

    /// The same for a page with something to be put right.
    pub(super) fn with_errors(self, has_errors: bool) -> Self {
        Self { has_errors, ..self }
    }

    #[expect(clippy::unused_self, reason = "a template calls it on what it shows")]
    pub(super) fn style(&self) -> &'static str {
        style_path()
    }
}

/// A page.
pub(super) fn html(page: &impl Template) -> Response {
    html_with(StatusCode::OK, page)
}

/// A page under another status.
pub(super) fn html_with(status: StatusCode, page: &impl Template) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    match page.render() {
        Ok(text) => (status, headers, text).into_response(),
        Err(error) => PortalError::Broken(error.to_string()).into_response(),
    }
}
