//! Check answers, declare, send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tracing::Instrument;

use crate::broker::BrokerError;
use crate::domain::form::Need;
use crate::domain::id::HomeId;
use crate::domain::template::EntryId;

use super::super::page::{Chrome, html_with};
use super::super::posted::Posted;
use super::super::question::{Column, Source, column};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::once::Showing;
use super::save::judge;
use super::send::{Refused, Seen, Sender, is_as_shown, send_all};
use super::{Place, Sitting};

/// Most questions without an answer that are listed one by one.
const OPEN_SHOWN: usize = 12;

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "check.html")]
struct CheckPage {
    chrome: Chrome,
    csrf: String,
    home: String,
    path: String,
    title: String,
    answered_by: String,
    /// Names this showing of the page, so that sending it twice is harmless.
    token: String,
    seen: Vec<Seen>,
    /// What has changed since it was shown before.
    changed: bool,
    sections: Vec<Section>,
    errors: Vec<Line>,
    open: Vec<Line>,
    /// The same by topic, where it is too much to be listed one by one.
    open_topics: Vec<OpenTopic>,
    receivers: Vec<(String, usize)>,
    elsewhere: Vec<(String, String)>,
    /// How many answers are sent.
    answers: usize,
    /// Whether answers given before are asked for by others now, by the address of the page to
    /// send them.
    also: Vec<(String, String)>,
}

/// The answers of a page of questions.
struct Section {
    title: String,
    lines: Vec<Line>,
}

/// A topic with questions that are not answered yet.
struct OpenTopic {
    title: String,
    count: usize,
    path: String,
}

/// A question with its answer.
struct Line {
    wording: String,
    heading: String,
    value: String,
    from: String,
    warnings: Vec<String>,
    errors: Vec<String>,
    needed_by: String,
    change: String,
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((home, name)): Path<(String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    if who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    page(&portal, &home, &name, &who, false).await
}

pub(super) async fn send(
    State(portal): State<Arc<Portal>>,
    Path((home, name)): Path<(String, String)>,
    Posted { who, fields }: Posted,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    if who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    let path = format!("/homes/{home}/receipts/");
    let sending = {
        let portal = Arc::clone(&portal);
        let (home, name) = (home.clone(), name.clone());
        let sender = Sender {
            caller: who.caller(),
            answered_by: who.answered_by.clone(),
        };
        let is_as_declared = fields.one("answered_by") == who.answered_by;
        async move {
            let token = fields.one("token");
            let cell = portal.sendings.of(token);
            let showing = Showing::new(&portal, &home, token);
            let first = cell.get_or_try_init(|| async {
                let failed = |error: BrokerError| Refused::Failed(error.into());
                if let Some(sent) = showing.begin().await.map_err(failed)? {
                    return Ok(sent);
                }
                let sent = async {
                    let sitting = Sitting::load(&portal, &home, &name).await;
                    let sitting = sitting.map_err(Refused::Failed)?;
                    if !is_as_declared || !is_as_shown(&sitting, &fields) {
                        return Err(Refused::Changed);
                    }
                    send_all(&portal, &sitting, &sender).await
                };
                let sent = sent.await;
                // What became of it stands, even if the other brokers cannot be told.
                let telling = match &sent {
                    Ok(sent) => showing.sent(sent).await,
                    Err(_) => showing.give_up().await,
                };
                if let Err(error) = telling {
                    tracing::warn!(?error, "other brokers do not know what became of a sending");
                }
                sent
            });
            first.await.cloned()
        }
    };
    // To its end, whatever becomes of the browser or the request's deadline.
    match tokio::spawn(sending.in_current_span()).await {
        Ok(Ok(sent)) => {
            if sent.is_part {
                who.tell(words::check::SENT_IN_PART).await?;
            }
            let path = format!("{path}{}", sent.receipts.join(","));
            Ok(Redirect::to(&path).into_response())
        }
        Ok(Err(Refused::Changed)) => page(&portal, &home, &name, &who, true).await,
        Ok(Err(Refused::NotYet)) => page(&portal, &home, &name, &who, false).await,
        Ok(Err(Refused::Failed(error))) => Err(error),
        Err(broken) => Err(PortalError::Broken(broken.to_string())),
    }
}

async fn page(
    portal: &Portal,
    home: &HomeId,
    name: &str,
    who: &SignedIn,
    changed: bool,
) -> Result<Response, PortalError> {
    let sitting = Sitting::load(portal, home, name).await?;
    let mut page = CheckPage {
        chrome: who.chrome(words::check::TITLE).await?,
        csrf: who.csrf().to_owned(),
        home: sitting.home.row.name.clone(),
        path: sitting.path(),
        title: sitting.title(),
        answered_by: who.answered_by.clone(),
        token: portal.random_text::<20>(),
        seen: sitting.forms.iter().map(Seen::of).collect(),
        changed,
        sections: Vec::new(),
        errors: Vec::new(),
        open: Vec::new(),
        open_topics: Vec::new(),
        receivers: receivers(&sitting),
        elsewhere: Vec::new(),
        answers: 0,
        also: Vec::new(),
    };
    for ask in super::list::asks(&sitting) {
        if !ask.filed_elsewhere.is_empty() {
            page.elsewhere.push((ask.name, ask.filed_elsewhere));
        }
    }
    for at in 0..sitting.pages.len() {
        page.add(&sitting, at);
    }
    page.add_also(&sitting);
    let has_errors = !page.errors.is_empty();
    page.chrome.has_errors = has_errors;
    let status = if has_errors {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok(html_with(status, &page))
}

impl CheckPage {
    /// Whether each question that is not answered yet is listed.
    fn lists_open(&self) -> bool {
        self.open.len() <= OPEN_SHOWN
    }

    /// Adds what stands on a page of questions.
    fn add(&mut self, sitting: &Sitting, at: usize) {
        for topic in &sitting.pages[at].topics {
            let (mut lines, open_before) = (Vec::new(), self.open.len());
            for place in topic.questions.iter().flatten() {
                let source = sitting.source(*place);
                if !source.would_be().is_put {
                    continue;
                }
                // What the register says is not put right here.
                let is_fixed = source.would_be().need == Need::Register;
                let change = if is_fixed {
                    String::new()
                } else {
                    format!("{}/topics/{}#q-{}", self.path, at + 1, source.entry.id)
                };
                let line = Line::of(sitting, *place, change);
                let typed = source.form.typed.get(&source.entry.id);
                match (typed, source.would_be().need) {
                    (Some(Err(_)), _) => self.errors.push(line),
                    (Some(Ok(_)), _) | (None, Need::WorkedOut | Need::Register) => lines.push(line),
                    (None, Need::Answer | Need::Confirm) => self.open.push(line),
                    (None, Need::Nothing | Need::Send) => {}
                }
            }
            if self.open.len() > open_before {
                self.open_topics.push(OpenTopic {
                    title: topic.title(),
                    count: self.open.len() - open_before,
                    path: format!("{}/topics/{}", self.path, at + 1),
                });
            }
            self.answers += lines.len();
            if !lines.is_empty() {
                let title = topic.title();
                self.sections.push(Section { title, lines });
            }
        }
    }

    /// What answers given before are asked for by others now, by form.
    fn add_also(&mut self, sitting: &Sitting) {
        for form in &sitting.forms {
            let count = form.view.form.count(Need::Send);
            if count > 0 {
                let period = form.form.template.body().period;
                let path = format!("/homes/{}/forms/{period}/also", sitting.home.id);
                let words = words::check::also(count, &period.label());
                self.also.push((words, path));
            }
        }
    }
}

impl Line {
    fn of(sitting: &Sitting, place: Place, change: String) -> Self {
        let source = sitting.source(place);
        let column = column_of(&source);
        let mut needed_by: Vec<String> = Vec::new();
        for demand in source.entry.demands.iter().filter(|own| own.field.required) {
            let name = source.name_of(&demand.ask.organisation);
            if !needed_by.contains(&name) {
                needed_by.push(name);
            }
        }
        let needed_by: Vec<&str> = needed_by.iter().map(String::as_str).collect();
        let known = column.worked_out;
        let typed = source.form.typed.get(&source.entry.id);
        let typed = typed.and_then(|checked| checked.as_ref().ok());
        let value = match (typed, &known) {
            (Some(checked), _) => shown::said(&checked.answer.said, source.entry),
            (None, Some(known)) => known.value.clone(),
            (None, None) => String::new(),
        };
        let mut warnings = column.warnings;
        warnings.extend(column.disagreeing);
        Self {
            wording: source.entry.wording.value.clone(),
            heading: shown::speaks_of(source.entry.reference, None),
            value,
            from: known.map(|known| known.from).unwrap_or_default(),
            warnings,
            errors: column.errors,
            needed_by: words::listed(&needed_by),
            change,
        }
    }
}

fn column_of(source: &Source<'_>) -> Column {
    let mut column = column(source, None);
    judge(&mut column, source);
    column
}

/// Who receives how many answers once what is typed is sent, in the order of their names.
fn receivers(sitting: &Sitting) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, BTreeSet<EntryId>> = BTreeMap::new();
    let sent: BTreeSet<EntryId> = sitting
        .sources()
        .filter(goes)
        .map(|own| own.entry.id)
        .collect();
    for (at, form) in sitting.forms.iter().enumerate() {
        let template = &form.form.template;
        for (place, entry) in template.entries().iter().enumerate() {
            if !sent.contains(&entry.id) {
                continue;
            }
            let source = sitting.source(Place {
                form: at,
                entry: place,
            });
            let waiting = &source.would_be().waiting;
            for (number, demand) in (0u32..).zip(&entry.demands) {
                if waiting.contains(&number) || template.is_filed_elsewhere(&demand.ask) {
                    continue;
                }
                let name = source.name_of(&demand.ask.organisation);
                counts.entry(name).or_default().insert(entry.id);
            }
        }
    }
    counts
        .into_iter()
        .map(|(name, entries)| (name, entries.len()))
        .collect()
}

/// Whether an entry is sent with what is typed.
fn goes(source: &Source<'_>) -> bool {
    let is_well = source.form.typed.get(&source.entry.id).map(Result::is_ok);
    let goes = is_well.unwrap_or(matches!(
        source.would_be().need,
        Need::WorkedOut | Need::Register
    ));
    goes && source.would_be().is_put
}
