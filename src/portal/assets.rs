//! The stylesheet, under a name that changes with it, so that browsers may keep it for good.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::domain::digest::derive;

use super::Portal;

const STYLE: &str = include_str!("style.css");

const STYLE_CONTEXT: &str = "askonce 2026-11-22 portal stylesheet v1";

/// Where the stylesheet is.
pub(super) fn style_path() -> &'static str {
    static PATH: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let digest = derive(STYLE_CONTEXT, STYLE.as_bytes()).to_string();
        format!("/assets/{}.css", &digest[..16])
    });
    &PATH
}

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route(style_path(), get(style))
}

async fn style() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, STYLE)
}
