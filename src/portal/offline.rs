//! Forms as spreadsheets: the questions of a form as CSV or a workbook to be filled in and uploaded;
//! and a group's workbook, one row for each home.
//!
//! **Architecture invariant:** what is uploaded goes into drafts and nowhere else. Every fault is
//! named by its cell, and then nothing is saved; what somebody typed since the file was downloaded
//! is never written over but by choice.

mod form;
mod group;
mod lines;
mod lists;
mod reader;
mod save;
mod sheet;
mod taken;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{Portal, PortalError};

/// Most faults of a file that are shown at once: what can be put right in one go.
const FAULTS_SHOWN_MAX: usize = 50;

/// Type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Type of CSV.
const CSV: &str = "text/csv; charset=utf-8";

pub(super) fn routes() -> Router<Arc<Portal>> {
    let sheet = "/homes/{home}/forms/{period}/sheet";
    Router::new()
        .route(sheet, get(form::show).post(form::upload))
        .route(&format!("{sheet}.csv"), get(form::csv))
        .route(&format!("{sheet}.xlsx"), get(form::xlsx))
        .route(
            "/workbook",
            get(group::page::show).post(group::page::upload),
        )
        .route("/workbook/answers.xlsx", get(group::page::xlsx))
        .route("/workbook/choices", post(save::choose))
}

/// A file to be kept by the browser.
fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The faults of a file as they are shown.
fn shown_faults(mut faults: Vec<String>) -> Vec<String> {
    let more = faults.len().saturating_sub(FAULTS_SHOWN_MAX);
    if more > 0 {
        faults.truncate(FAULTS_SHOWN_MAX);
        faults.push(super::words::offline::more_faults(more));
    }
    faults
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
fn unwritten(refused: crate::tabular::Refused) -> PortalError {
    PortalError::Broken(refused.to_string())
}
