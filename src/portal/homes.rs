//! Where a person begins: her one home, or the list of her homes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::broker::FormsFilter;
use crate::domain::calendar::civil_london;
use crate::domain::form::Form;
use crate::domain::id::HomeId;

use super::left::{Left, names_of, tag};
use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::worklist::{LATE_DAYS, is_long_past};
use super::{Portal, PortalError, shown, words};

/// Most homes on one page: each costs a reading of its forms.
const HOMES_SHOWN: usize = 20;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/", get(start))
        .route("/homes", get(homes))
}

/// A home of the list.
struct Row {
    home: HomeId,
    name: String,
    left: String,
    due: String,
    tag: &'static str,
    class: &'static str,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "homes.html")]
struct HomesPage {
    chrome: Chrome,
    rows: Vec<Row>,
    /// After which home the next page begins.
    next: Option<HomeId>,
    is_first: bool,
    has_workbook: bool,
}

async fn start(who: SignedIn) -> Response {
    if who.answered_by.is_empty() {
        return Redirect::to("/who").into_response();
    }
    let mut homes = who.person.homes.keys();
    match (homes.next(), homes.next()) {
        (Some(home), None) => Redirect::to(&format!("/homes/{home}")).into_response(),
        _ => Redirect::to("/homes").into_response(),
    }
}

async fn homes(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let after = query.one("after");
    let own = who.person.homes.keys();
    let mut rest = own.filter(|home| home.as_str() > after);
    let mut rows = Vec::new();
    for home in rest.by_ref().take(HOMES_SHOWN) {
        rows.push(row(&portal, home).await?);
    }
    let last = rows.last().map(|row: &Row| row.home.clone());
    let page = HomesPage {
        chrome: who.chrome(words::homes::TITLE).await?,
        next: last.filter(|_| rest.next().is_some()),
        rows,
        is_first: after.is_empty(),
        has_workbook: who.person.homes.len() > 1,
    };
    Ok(html(&page))
}

/// What is left at a home, of the forms alone that are open and not long past.
async fn row(portal: &Portal, home: &HomeId) -> Result<Row, PortalError> {
    let now = civil_london(portal.now());
    let filter = FormsFilter {
        closing_from: Some(now.date().saturating_sub(LATE_DAYS.days())),
        ..FormsFilter::default()
    };
    let mut left = Left::default();
    let mut soonest: Option<(Form, Left)> = None;
    for form in portal.broker.list_forms(home, &filter).await? {
        let own = Left::of(&form, now);
        if own.total() == 0 || is_long_past(own.due, now) {
            continue;
        }
        left.add(&own);
        if soonest
            .as_ref()
            .is_none_or(|(_, known)| own.due < known.due)
        {
            soonest = Some((form, own));
        }
    }
    let due = match &soonest {
        Some((form, own)) => due(portal, form, own, now).await?,
        None => String::new(),
    };
    let is_done = left.total() == 0;
    let (tag, class, words) = if is_done {
        (words::homes::DONE, "done", words::homes::NOTHING.to_owned())
    } else {
        let (tag, class) = tag(left.due, now);
        (tag, class, left.words())
    };
    Ok(Row {
        name: portal.broker.home(home).await?.name.clone(),
        home: home.clone(),
        left: words,
        due,
        tag,
        class,
    })
}

/// When the next of a form is due, and to whom.
async fn due(
    portal: &Portal,
    form: &Form,
    left: &Left,
    now: DateTime,
) -> Result<String, PortalError> {
    let Some(due) = left.due else {
        return Ok(String::new());
    };
    let names = portal.broker.names_of(&form.template).await?;
    let when = shown::due(due, now.date());
    let whom = names_of(&left.due_to, &names);
    Ok(words::worklist::due(&when, due < now, &whom))
}
