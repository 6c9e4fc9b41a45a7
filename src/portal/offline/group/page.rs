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
use super::part::{Part, parts, several};
use super::read::{answers, homes};
use super::{Group, HOMES_MAX, book};

/// Most homes that are looked through for open forms: homes of a group are asked much the same.
const HOMES_LOOKED_AT: usize = 20;

/// How far ahead a form may begin to be listed, in days.
const AHEAD_DAYS: i64 = 7;

#[derive(Template)]
#[template(config = "src/portal/askama.toml", path = "offline_group.html")]
struct GroupPage {
    chrome: Chrome,
    csrf: String,
    /// The forms to choose from: their period, and what it is called.
    periods: Vec<(Period, String)>,
    /// The parts of her homes to choose from, where they are more than a workbook holds.
    parts: Vec<Part>,
    /// The form that was chosen.
    chosen: Option<Chosen>,
    faults: Vec<String>,
}

/// A form that was chosen.
struct Chosen {
    period: Period,
    label: String,
    /// Which part of her homes, from 1.
    part: usize,
    /// How many of them are asked anything.
    homes: usize,
    topics: Vec<(String, usize)>,
}

/// A form of some of her homes.
struct Choice {
    period: Period,
    /// The parts of her homes.
    parts: Vec<Part>,
    /// The place of the one that was chosen; none where it is still to be chosen.
    part: Option<usize>,
}

impl Choice {
    /// What a page or an upload names.
    async fn read(portal: &Portal, who: &SignedIn, fields: &Fields) -> Result<Self, PortalError> {
        let period = fields.one("period").parse();
        let period = period.map_err(|_| PortalError::NotFound)?;
        let parts = parts(portal, who).await?;
        let part = match fields.one("part") {
            "" if parts.len() > 1 => None,
            "" => Some(0),
            text => {
                let number: usize = text.parse().map_err(|_| PortalError::NotFound)?;
                let place = parts.iter().position(|part| part.number == number);
                Some(place.ok_or(PortalError::NotFound)?)
            }
        };
        Ok(Self {
            period,
            parts,
            part,
        })
    }

    /// The part that was chosen.
    fn part(&self) -> Result<&Part, PortalError> {
        let part = self.part.and_then(|place| self.parts.get(place));
        part.ok_or(PortalError::NotFound)
    }

    /// The forms of the part that was chosen.
    async fn group(&self, portal: &Portal) -> Result<Group, PortalError> {
        Group::load(portal, self.period, &self.part()?.homes).await
    }

    async fn page(
        self,
        portal: &Portal,
        who: &SignedIn,
        faults: Vec<String>,
    ) -> Result<Response, PortalError> {
        let group = self.group(portal).await?;
        if group.homes.is_empty() && self.parts.len() == 1 {
            return Err(PortalError::NotFound);
        }
        let chosen = Chosen {
            period: self.period,
            label: group.title(),
            part: self.part()?.number,
            homes: group.homes.len(),
            topics: group.topics(),
        };
        let status = match faults.as_slice() {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let blank = GroupPage::blank(who).await?;
        let page = GroupPage {
            chrome: blank.chrome.with_errors(!faults.is_empty()),
            faults: shown_faults(faults),
            chosen: Some(chosen),
            ..blank
        };
        Ok(html_with(status, &page))
    }
}

impl GroupPage {
    async fn blank(who: &SignedIn) -> Result<Self, PortalError> {
        Ok(Self {
            chrome: who.chrome(words::offline::group::TITLE).await?,
            csrf: who.csrf().to_owned(),
            periods: Vec::new(),
            parts: Vec::new(),
            chosen: None,
            faults: Vec::new(),
        })
    }
}

/// Shows which forms there are, the parts of her homes, or the topics of one.
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
    let choice = Choice::read(&portal, &who, &query).await?;
    if choice.part.is_some() {
        return choice.page(&portal, &who, Vec::new()).await;
    }
    let page = GroupPage {
        periods: vec![(choice.period, words::capitalised(&choice.period.label()))],
        parts: choice.parts,
        ..GroupPage::blank(&who).await?
    };
    Ok(html_with(StatusCode::OK, &page))
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
    let page = GroupPage {
        periods: periods.into_iter().rev().map(label).collect(),
        ..GroupPage::blank(who).await?
    };
    Ok(html_with(StatusCode::OK, &page))
}

/// The workbook.
pub(in super::super) async fn xlsx(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let choice = Choice::read(&portal, &who, &query).await?;
    let group = choice.group(&portal).await?;
    if group.homes.is_empty() {
        return Err(PortalError::NotFound);
    }
    let topics = query.all("topic").map(str::to_owned).collect();
    let bytes = uploads::apart(move || book::workbook(&group, &topics)).await?;
    let name = match (choice.parts.len(), choice.part) {
        (2.., Some(place)) => format!("answers-{}-{}.xlsx", choice.period, place + 1),
        _ => format!("answers-{}.xlsx", choice.period),
    };
    Ok(download(&name, XLSX, bytes.map_err(unwritten)?))
}

/// Takes a workbook that was filled in: into every home's draft, or into none. Which homes they are,
/// the workbook says, as far as they are hers.
pub(in super::super) async fn upload(
    State(portal): State<Arc<Portal>>,
    uploaded: Uploaded,
) -> Result<Response, PortalError> {
    let Uploaded { who, fields, file } = uploaded;
    let choice = Choice::read(&portal, &who, &fields).await?;
    let grid = match uploads::read(file, words::offline::sheet::ANSWERS).await? {
        Ok(grid) => grid,
        Err(faults) => return choice.page(&portal, &who, faults).await,
    };
    let mut named = homes(&grid);
    named.retain(|home| who.person.homes.contains_key(home));
    if named.len() > HOMES_MAX {
        let fault = words::offline::group::too_many_homes(HOMES_MAX);
        return choice.page(&portal, &who, vec![fault]).await;
    }
    let group = Group::load(&portal, choice.period, &named).await?;
    let today = civil_london(portal.now()).date();
    let filed = match uploads::apart(move || answers(&grid, &group, today)).await? {
        Ok(filed) => filed,
        Err(faults) => return choice.page(&portal, &who, faults).await,
    };
    let mut outcomes = Vec::with_capacity(filed.len());
    for filed in filed {
        outcomes.push(save(&portal, &who, filed).await?);
    }
    told(&who, outcomes).await
}
