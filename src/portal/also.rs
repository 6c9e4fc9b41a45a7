//! Answers that were given, and that others ask for too: sent as they stand, to whom the home ticks.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::broker::{BrokerError, FormView, ReleaseAnswers};
use crate::domain::calendar::civil_london;
use crate::domain::delivery::deliver;
use crate::domain::form::{EntryState, Need};
use crate::domain::id::{AskName, HomeId};
use crate::domain::period::Period;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Demand, Entry};

use super::left::{also, name_of};
use super::page::{Chrome, html, html_with};
use super::posted::Posted;
use super::receipt::Line;
use super::session::SignedIn;
use super::worklist::{form_path, period_of};
use super::{Portal, PortalError, delivered, shown, words};

/// Under which name a body's tick is posted, with the ask's name.
const TO: &str = "to";

pub(super) fn routes() -> Router<Arc<Portal>> {
    let path = "/homes/{home}/forms/{period}/also";
    Router::new().route(path, get(offered).post(send))
}

/// An ask to which answers may be sent.
struct Offer {
    ask: AskName,
    body: String,
    count: String,
    purpose: String,
    legal_basis: String,
    contact: String,
    lines: Vec<Line>,
    is_ticked: bool,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "also.html")]
struct AlsoPage {
    chrome: Chrome,
    csrf: String,
    home: HomeId,
    path: String,
    caption: String,
    offers: Vec<Offer>,
    template: String,
    etag: String,
    request: String,
    /// What changed since the page was shown, if something did.
    changed: bool,
    /// Whether nothing was ticked.
    nothing: bool,
}

async fn view_of(portal: &Portal, home: &HomeId, period: &str) -> Result<FormView, PortalError> {
    let period: Period = period.parse().map_err(|_| PortalError::NotFound)?;
    Ok(portal.broker.get_form(home, period).await?)
}

async fn offered(
    State(portal): State<Arc<Portal>>,
    Path((home, period)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let view = view_of(&portal, &home, &period).await?;
    let page = page(&portal, &who, &view, None).await?;
    Ok(html(&page))
}

/// The page; with what was ticked before, where it is shown again.
async fn page(
    portal: &Portal,
    who: &SignedIn,
    view: &FormView,
    ticked: Option<&BTreeSet<AskName>>,
) -> Result<AlsoPage, PortalError> {
    let form = &view.form;
    let wanted = also(form, civil_london(portal.now()));
    let offers = wanted.keys().filter_map(|ask| offer(view, ask, ticked));
    Ok(AlsoPage {
        chrome: who.chrome(words::also::TITLE).await?,
        csrf: who.csrf().to_owned(),
        path: form_path(form, "/also"),
        caption: words::filing::caption(
            &portal.broker.home(&form.home).await?.name,
            &period_of(form),
        ),
        offers: offers.collect(),
        template: form.template.digest().to_string(),
        etag: form.etag.to_string(),
        request: portal.request_id(),
        changed: false,
        nothing: false,
        home: form.home.clone(),
    })
}

fn offer(view: &FormView, name: &AskName, ticked: Option<&BTreeSet<AskName>>) -> Option<Offer> {
    let form = &view.form;
    let ask = form.template.ask(name)?;
    let lines = form.entries().filter_map(|(entry, state)| {
        let (known, demand) = lacking(entry, state, name)?;
        Some(line(known, entry, demand))
    });
    let lines: Vec<Line> = lines.collect();
    Some(Offer {
        body: name_of(&name.organisation, &view.organisations),
        count: words::receipt::answers(lines.len()),
        purpose: ask.purpose.clone(),
        legal_basis: ask.legal_basis.clone(),
        contact: ask.contact.clone(),
        is_ticked: ticked.is_some_and(|ticked| ticked.contains(name)),
        ask: name.clone(),
        lines,
    })
}

/// The answer to an entry that an ask does not have yet.
fn lacking<'a>(
    entry: &'a Entry,
    state: &'a EntryState,
    ask: &AskName,
) -> Option<(&'a SheetAnswer, &'a Demand)> {
    let known = state.answer.as_ref().filter(|_| state.need == Need::Send)?;
    let mut unreleased = state.unreleased.iter().filter_map(|place| {
        let place = usize::try_from(*place).ok()?;
        entry.demands.get(place)
    });
    Some((known, unreleased.find(|demand| demand.ask == *ask)?))
}

fn line(known: &SheetAnswer, entry: &Entry, demand: &Demand) -> Line {
    let delivery = deliver(&known.answer, entry, demand, false);
    Line {
        question: demand.field.label.clone(),
        of: shown::speaks_of(entry.reference, known.answer.on),
        value: delivered::value(&delivery, entry, demand),
        notes: delivered::notes(&delivery),
    }
}

async fn send(
    State(portal): State<Arc<Portal>>,
    Path((home, period)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, PortalError> {
    let home = posted.who.home(&home)?;
    if posted.who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    let view = view_of(&portal, &home, &period).await?;
    let ticked = posted.fields.all(TO).map(str::parse);
    let ticked: Result<BTreeSet<AskName>, _> = ticked.collect();
    let ticked = ticked.map_err(|_| PortalError::Malformed)?;
    if ticked.is_empty() {
        let shown = page(&portal, &posted.who, &view, None).await?;
        let chrome = shown.chrome.with_errors(true);
        let page = AlsoPage {
            chrome,
            nothing: true,
            ..shown
        };
        return Ok(html_with(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            &page,
        ));
    }
    let template = posted.fields.one("template").parse();
    let sent = ReleaseAnswers {
        home: home.clone(),
        period: view.form.template.body().period,
        template: template.map_err(|_| PortalError::Malformed)?,
        etag: posted.fields.one("etag").to_owned(),
        asks: ticked.iter().cloned().collect(),
        entries: Vec::new(),
        released_by: posted.who.answered_by.clone(),
    };
    let request = posted.fields.one("request");
    let caller = posted.who.caller();
    match portal.broker.release_answers(&caller, sent, request).await {
        Ok(sent) => {
            let (path, notice) = if let Some(receipt) = sent.receipt {
                let path = format!("/homes/{home}/receipts/{}", receipt.receipt());
                (path, words::also::SENT)
            } else {
                (format!("/homes/{home}"), words::also::THERE_ALREADY)
            };
            posted.who.tell(notice).await?;
            Ok(Redirect::to(&path).into_response())
        }
        // Of one that has left the form meanwhile, the broker says that it is not on it.
        Err(BrokerError::Stale { .. } | BrokerError::Invalid(_)) => {
            let view = view_of(&portal, &home, &period).await?;
            let shown = page(&portal, &posted.who, &view, Some(&ticked)).await?;
            let page = AlsoPage {
                changed: true,
                ..shown
            };
            Ok(html_with(axum::http::StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(error.into()),
    }
}
