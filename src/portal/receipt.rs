//! After sending: what went to whom, what this does not file, and how to put an answer right.

mod sent;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::DateTime;

use crate::domain::calendar::civil_london;
use crate::domain::form::Form;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::period::Period;

pub(super) use self::sent::Line;
use self::sent::Sent;
use super::left::{Left, Names, count_of, name_of, names_of, tag};
use super::page::{Chrome, html};
use super::posted::Fields;
use super::session::SignedIn;
use super::sitting::FORMS_MAX;
use super::worklist::{Task, form_path, period_of};
use super::{Portal, PortalError, shown, words};

/// Most receipts on one page: three of each form that is answered in one go, for answers and for what
/// others ask, too.
const RECEIPTS_MAX: usize = 3 * FORMS_MAX;

/// Most lines of what bodies receive that stand on the page itself; past it each body has a page of
/// its own, so that none is too long for a phone.
const LINES_SHOWN: usize = 100;

pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/homes/{home}/receipts/{receipts}", get(receipts))
}

/// What a body receives.
struct Body {
    name: String,
    count: String,
    purposes: Vec<String>,
    /// What it gets; empty where that stands on a page of its own.
    lines: Vec<Line>,
    href: String,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "receipt.html")]
struct ReceiptPage {
    chrome: Chrome,
    home: HomeId,
    home_name: String,
    sent: Vec<Sent>,
    bodies: Vec<Body>,
    /// Whether only one body's part is shown.
    is_part: bool,
    path: String,
    not_filed: Vec<Task>,
}

async fn receipts(
    State(portal): State<Arc<Portal>>,
    Path((home, receipts)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let query = Fields::read(query.unwrap_or_default().as_bytes())?;
    let only: Option<OrganisationId> = query.one("to").parse().ok();
    let ids: BTreeSet<&str> = receipts.split(',').collect();
    if ids.len() > RECEIPTS_MAX {
        return Err(PortalError::NotFound);
    }
    let mut sent = Vec::new();
    for id in ids {
        sent.push(Sent::read(&portal, &home, id).await?);
    }
    let path = format!("/homes/{home}/receipts/{receipts}");
    let bodies = bodies(&sent, only.as_ref(), &path);
    if only.is_some() && bodies.is_empty() {
        return Err(PortalError::NotFound);
    }
    let page = ReceiptPage {
        chrome: who.chrome(words::receipt::TITLE).await?,
        home_name: portal.broker.home(&home).await?.name.clone(),
        not_filed: not_filed(&portal, &home, &sent).await?,
        is_part: only.is_some(),
        bodies,
        sent,
        path,
        home,
    };
    Ok(html(&page))
}

/// What each body receives, by all of the receipts.
fn bodies(sent: &[Sent], only: Option<&OrganisationId>, path: &str) -> Vec<Body> {
    let mut of: BTreeMap<&OrganisationId, Vec<&Line>> = BTreeMap::new();
    let mut purposes: BTreeMap<&OrganisationId, BTreeSet<&str>> = BTreeMap::new();
    let mut names = Names::new();
    for own in sent {
        names.extend(own.names.clone());
        for (to, line) in &own.lines {
            of.entry(&to.organisation).or_default().push(line);
            let why = purposes.entry(&to.organisation).or_default();
            why.extend(own.purposes.get(to).map(String::as_str));
        }
    }
    let all: usize = of.values().map(Vec::len).sum();
    let is_listed = only.is_some() || all <= LINES_SHOWN;
    let wanted = of
        .into_iter()
        .filter(|(id, _)| only.is_none_or(|only| only == *id));
    let body = |(id, lines): (&OrganisationId, Vec<&Line>)| Body {
        name: name_of(id, &names),
        count: words::receipt::answers(lines.len()),
        purposes: purposes[id].iter().map(|&own| own.to_owned()).collect(),
        lines: if is_listed {
            lines.into_iter().cloned().collect()
        } else {
            Vec::new()
        },
        href: format!("{path}?to={id}"),
    };
    wanted.map(body).collect()
}

/// What is still to be done for the forms of these receipts: what is filed elsewhere, and what is
/// open still.
async fn not_filed(
    portal: &Portal,
    home: &HomeId,
    sent: &[Sent],
) -> Result<Vec<Task>, PortalError> {
    let now = civil_london(portal.now());
    let periods: BTreeSet<Period> = sent.iter().map(|own| own.period).collect();
    let mut tasks = Vec::new();
    for period in periods {
        let view = portal.broker.get_form(home, period).await?;
        tasks.extend(elsewhere(&view.form, &view.organisations, now));
        let left = Left::of(&view.form, now);
        if left.total() > 0 {
            tasks.push(open(&view.form, &left, &view.organisations, now));
        }
    }
    Ok(tasks)
}

/// The asks of a form that are filed elsewhere, ticked or not.
fn elsewhere<'a>(
    form: &'a Form,
    names: &'a Names,
    now: DateTime,
) -> impl Iterator<Item = Task> + 'a {
    let asks = form.template.body().asks.iter();
    asks.filter(|ask| ask.is_filed_elsewhere()).map(move |ask| {
        let own = count_of(form, ask);
        let name = &ask.name;
        let whom = name_of(&name.organisation, names);
        let due = shown::due(ask.window.closes, now.date());
        let (tag, class, state) = if let Some(filed) = form.filings.get(name) {
            let when = shown::moment(filed.at);
            (words::receipt::FILED, "done", words::receipt::filed(&when))
        } else {
            let closes = ask.window.closes;
            let due = words::worklist::due(&due, closes < now, &whom);
            (words::worklist::TO_FILE, tag(Some(closes), now).1, due)
        };
        Task {
            href: form_path(form, &format!("/file/{}/{}", name.organisation, name.ask)),
            text: words::worklist::file(&ask.filed_elsewhere, &form.template.body().period.label()),
            hint: vec![words::worklist::ready(own.answered, own.questions), state],
            tag,
            class,
        }
    })
}

fn open(form: &Form, left: &Left, names: &Names, now: DateTime) -> Task {
    let (tag, class) = tag(left.due, now);
    let due = left.due.map(|due| {
        let when = shown::due(due, now.date());
        words::worklist::due(&when, due < now, &names_of(&left.due_to, names))
    });
    Task {
        href: form_path(form, ""),
        text: period_of(form),
        hint: std::iter::once(left.words()).chain(due).collect(),
        tag,
        class,
    }
}
