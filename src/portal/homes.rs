//! Where a person begins: her one home, or the list of her homes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::domain::id::HomeId;

use super::left::{names_of, tag};
use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
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
#[template(path = "homes.html")]
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

async fn row(portal: &Portal, home: &HomeId) -> Result<Row, PortalError> {
    let around = portal.around(home).await?;
    let left = around.left();
    let soonest = around.open().find(|own| !around.is_old(own));
    let due = soonest.and_then(|own| {
        let due = own.left.due?;
        let when = shown::due(due, around.now.date());
        let whom = names_of(&own.left.due_to, &around.names);
        Some(words::worklist::due(&when, due < around.now, &whom))
    });
    let (tag, class) = match left.total() {
        0 => (words::homes::DONE, "done"),
        _ => tag(left.due, around.now),
    };
    let words = match left.total() {
        0 => words::homes::NOTHING.to_owned(),
        _ => left.words(),
    };
    Ok(Row {
        name: portal.broker.home(home).await?.name.clone(),
        home: home.clone(),
        left: words,
        due: due.unwrap_or_default(),
        tag,
        class,
    })
}
