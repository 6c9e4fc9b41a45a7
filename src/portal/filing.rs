//! What the home files itself in another system: the values to copy there, and the tick that it did.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::broker::{FormView, MarkFiled};
use crate::domain::calendar::civil_london;
use crate::domain::copy_sheet::{Copy, CopyField, CopySheet};
use crate::domain::delivery::Delivered;
use crate::domain::form::Form;
use crate::domain::id::{AskName, HomeId};
use crate::domain::period::Period;
use crate::domain::template::{Demand, Entry};

use super::left::name_of;
use super::page::{Chrome, html};
use super::posted::Posted;
use super::session::SignedIn;
use super::worklist::form_path;
use super::{Portal, PortalError, delivered, shown, words};

pub(super) fn routes() -> Router<Arc<Portal>> {
    let path = "/homes/{home}/forms/{period}/file/{organisation}/{ask}";
    Router::new().route(path, get(copy).post(tick))
}

/// A value to copy.
struct Row {
    field: String,
    label: String,
    of: String,
    value: Option<String>,
    unit: String,
    notes: Vec<&'static str>,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "filing.html")]
struct FilingPage {
    chrome: Chrome,
    csrf: String,
    home: HomeId,
    path: String,
    title: String,
    caption: String,
    due: String,
    purpose: String,
    notice: String,
    contact: String,
    rows: Vec<Row>,
    missing: usize,
    form: String,
    filed: Option<String>,
    /// Whether anything was answered anew after it was filed.
    is_changed: bool,
}

/// The form that is meant, and the ask on it.
async fn wanted(
    portal: &Portal,
    home: &HomeId,
    (period, organisation, ask): (&str, &str, &str),
) -> Result<(FormView, AskName), PortalError> {
    let not_found = |_| PortalError::NotFound;
    let period: Period = period.parse().map_err(|_| PortalError::NotFound)?;
    let name = AskName {
        organisation: organisation.parse().map_err(not_found)?,
        ask: ask.parse().map_err(not_found)?,
    };
    let view = portal.broker.get_form(home, period).await?;
    if view.form.template.is_filed_elsewhere(&name) {
        return Ok((view, name));
    }
    Err(PortalError::NotFound)
}

async fn copy(
    State(portal): State<Arc<Portal>>,
    Path((home, period, organisation, ask)): Path<(String, String, String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let (view, name) = wanted(&portal, &home, (&period, &organisation, &ask)).await?;
    let sheets = &view.copy_sheets;
    let sheet = sheets.iter().find(|sheet| sheet.ask == name);
    let own = view.form.template.ask(&name);
    let (Some(sheet), Some(own)) = (sheet, own) else {
        return Err(PortalError::NotFound);
    };
    let now = civil_london(portal.now());
    let rows = rows(&view.form, sheet);
    let when = shown::due(own.window.closes, now.date());
    let whom = name_of(&name.organisation, &view.organisations);
    let form = &view.form;
    let filed = form.filings.get(&name);
    let title = words::filing::title(&sheet.filed_elsewhere);
    let page = FilingPage {
        chrome: who.chrome(&title).await?,
        csrf: who.csrf().to_owned(),
        path: form_path(form, &format!("/file/{}/{}", name.organisation, name.ask)),
        caption: words::filing::caption(
            &portal.broker.home(&home).await?.name,
            &form.template.body().period.label(),
        ),
        due: words::worklist::due(&when, own.window.closes < now && filed.is_none(), &whom),
        purpose: own.purpose.clone(),
        notice: own.notice.clone(),
        contact: own.contact.clone(),
        missing: rows.iter().filter(|row| row.value.is_none()).count(),
        is_changed: rows
            .iter()
            .any(|row| row.notes.contains(&words::delivered::CORRECTED)),
        rows,
        form: form_path(form, ""),
        filed: filed.map(|filed| words::filing::filed(&shown::moment(filed.at), &filed.by)),
        title,
        home,
    };
    Ok(html(&page))
}

fn rows(form: &Form, sheet: &CopySheet) -> Vec<Row> {
    let row = |field: &CopyField| {
        let entry = form.template.entry(&field.entry)?;
        let demand = entry.demand(&sheet.ask, field.field.as_str())?;
        Some(row(field, entry, demand))
    };
    sheet.fields.iter().filter_map(row).collect()
}

fn row(field: &CopyField, entry: &Entry, demand: &Demand) -> Row {
    let copy = field.copy.as_ref();
    Row {
        field: field.field.to_string(),
        label: field.label.clone(),
        of: shown::speaks_of(field.reference, copy.and_then(|copy| copy.on)),
        value: copy.map(|copy| delivered::bare(&copy.delivery, entry, demand)),
        unit: unit(copy, demand),
        notes: copy.map_or_else(Vec::new, |copy| delivered::notes(&copy.delivery)),
    }
}

/// The unit of a figure as it is copied; where nothing is answered yet, that which is wanted.
fn unit(copy: Option<&Copy>, demand: &Demand) -> String {
    let unit = match copy.map(|copy| &copy.delivery.value) {
        Some(Delivered::Number { unit, .. }) => *unit,
        Some(_) => None,
        None => demand.field.kind.unit(),
    };
    unit.map_or("", |unit| unit.label()).to_owned()
}

async fn tick(
    State(portal): State<Arc<Portal>>,
    Path((home, period, organisation, ask)): Path<(String, String, String, String)>,
    posted: Posted,
) -> Result<Response, PortalError> {
    let home = posted.who.home(&home)?;
    if posted.who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    let (view, name) = wanted(&portal, &home, (&period, &organisation, &ask)).await?;
    let is_filed = match posted.fields.one("filed") {
        "yes" => true,
        "no" => false,
        _ => return Err(PortalError::Malformed),
    };
    let path = form_path(
        &view.form,
        &format!("/file/{}/{}", name.organisation, name.ask),
    );
    let system = view
        .form
        .template
        .ask(&name)
        .map(|own| own.filed_elsewhere.clone());
    let system = system.unwrap_or_default();
    let said = MarkFiled {
        period: view.form.template.body().period,
        ask: name,
        is_filed,
        filed_by: posted.who.answered_by.clone(),
        home: home.clone(),
    };
    // Saying the same again changes nothing, so that no request id is needed.
    portal
        .broker
        .mark_filed(&posted.who.caller(), said, "")
        .await?;
    let (to, notice) = if is_filed {
        (format!("/homes/{home}"), words::filing::ticked(&system))
    } else {
        (path, words::filing::unticked(&system))
    };
    posted.who.tell(notice).await?;
    Ok(Redirect::to(&to).into_response())
}
