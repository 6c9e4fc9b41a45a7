//! The pages of a group's workbook: which form, which topics, and the upload.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::ToSpan;

use crate::broker::FormsFilter;
use crate::domain::calendar::civil_london;
use crate::domain::form::FormState;
use crate::domain::period::Period;

use super::super::super::page::{Chrome, html_with};
use super::super::super::posted::{Fields, Uploaded};
use super::super::super::session::SignedIn;
use super::super::super::words;
use super::super::super::{Portal, PortalError};
use super::super::save::{save, told};
use super::super::{XLSX, download, shown_faults, unwritten, upload as uploads};
use super::read::answers;
use super::{Group, book, several};

/// Most homes that are looked through for open forms: homes of a group are asked much the same.
const HOMES_LOOKED_AT: usize = 20;

/// How far ahead a form may begin to be listed, in days.
const AHEAD_DAYS: i64 = 7;

#[derive(Template)]
#[template(path = "offline_group.html")]
struct GroupPage {
    chrome: Chrome,
    csrf: String,
    /// The forms to choose from: their period, and what it is called.
    periods: Vec<(Period, String)>,
    /// The form that was chosen.
    chosen: Option<Chosen>,
    faults: Vec<String>,
}

/// A form that was chosen.
struct Chosen {
    period: Period,
    label: String,
    homes: usize,
    topics: Vec<(String, usize)>,
}

/// Shows which forms there are, or the topics of one.
pub(in super::super) async fn show(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    if who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    if !query.has("period") {
        return periods_page(&portal, &who).await;
    }
    let group = Group::load(&portal, &who, period(query.one("period"))?).await?;
    page(&who, &group, Vec::new()).await
}

fn period(text: &str) -> Result<Period, PortalError> {
    text.parse().map_err(|_| PortalError::NotFound)
}

async fn periods_page(portal: &Portal, who: &SignedIn) -> Result<Response, PortalError> {
    let today = civil_london(portal.now()).date();
    let filter = FormsFilter {
        states: BTreeSet::from([FormState::Open, FormState::Due]),
        until: Some(today.saturating_add(AHEAD_DAYS.days())),
        ..FormsFilter::default()
    };
    let mut periods: BTreeSet<(jiff::civil::Date, Period)> = BTreeSet::new();
    for home in several(who)?.take(HOMES_LOOKED_AT) {
        for form in portal.broker.list_forms(home, &filter).await? {
            let period = form.template.body().period;
            periods.insert((period.last_day(), period));
        }
    }
    let label = |(_, period): (_, Period)| (period, words::capitalised(&period.label()));
    let chrome = who.chrome(words::offline::group::TITLE).await?;
    Ok(html_with(
        StatusCode::OK,
        &GroupPage {
            csrf: who.csrf().to_owned(),
            chrome,
            periods: periods.into_iter().rev().map(label).collect(),
            chosen: None,
            faults: Vec::new(),
        },
    ))
}

async fn page(who: &SignedIn, group: &Group, faults: Vec<String>) -> Result<Response, PortalError> {
    let chrome = who.chrome(words::offline::group::TITLE).await?;
    let status = match faults.as_slice() {
        [] => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = GroupPage {
        csrf: who.csrf().to_owned(),
        chrome: chrome.with_errors(!faults.is_empty()),
        periods: Vec::new(),
        chosen: Some(Chosen {
            period: group.period,
            label: group.title(),
            homes: group.homes.len(),
            topics: group.topics(),
        }),
        faults: shown_faults(faults),
    };
    Ok(html_with(status, &page))
}

/// The workbook.
pub(in super::super) async fn xlsx(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let group = Group::load(&portal, &who, period(query.one("period"))?).await?;
    let topics = query.all("topic").map(str::to_owned).collect();
    let bytes = book::workbook(&group, &topics).map_err(unwritten)?;
    let name = format!("answers-{}.xlsx", group.period);
    Ok(download(&name, XLSX, bytes))
}

/// Takes a workbook that was filled in: into every home's draft, or into none.
pub(in super::super) async fn upload(
    State(portal): State<Arc<Portal>>,
    uploaded: Uploaded,
) -> Result<Response, PortalError> {
    let Uploaded { who, fields, file } = uploaded;
    let group = Group::load(&portal, &who, period(fields.one("period"))?).await?;
    let grid = uploads::read(file, words::offline::sheet::ANSWERS).await?;
    let today = civil_london(portal.now()).date();
    let filed = match grid.and_then(|grid| answers(&grid, &group, today)) {
        Ok(filed) => filed,
        Err(faults) => return page(&who, &group, faults).await,
    };
    let mut outcomes = Vec::with_capacity(filed.len());
    for filed in filed {
        outcomes.push(save(&portal, &who, filed).await?);
    }
    told(&who, outcomes).await
}
