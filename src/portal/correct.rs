//! Putting right an answer that was sent: once, for everybody who holds it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::broker::{BrokerError, CorrectAnswer, Correctable};
use crate::domain::answer::DeclineReason;
use crate::domain::calendar::civil_london;
use crate::domain::check::{Checked, RawAnswer, check};
use crate::domain::digest::derive;
use crate::domain::id::HomeId;
use crate::domain::period::Period;

use super::left::{Names, name_of};
use super::page::{Chrome, html_with};
use super::posted::Posted;
use super::question::{
    DateView, InputView, as_typed, is_on_completion, plain_faults, plain_warning_of, read,
};
use super::session::SignedIn;
use super::{Portal, PortalError, shown, words};

const CONFIRMED_CONTEXT: &str = "askonce 2026-11-22 portal correction v1";

pub(super) fn routes() -> Router<Arc<Portal>> {
    let path = "/homes/{home}/receipts/{receipt}/correct/{entry}";
    Router::new().route(path, get(show).post(correct))
}

/// Which answer is meant, by its address.
struct Place {
    home: HomeId,
    receipt: String,
    entry: String,
    period: Period,
}

impl Place {
    async fn read(
        portal: &Portal,
        who: &SignedIn,
        (home, receipt, entry): (String, String, String),
    ) -> Result<Self, PortalError> {
        let home = who.home(&home)?;
        let period = portal.broker.receipt(&home, &receipt).await?.period();
        Ok(Self {
            home,
            receipt,
            entry,
            period,
        })
    }

    fn receipt_path(&self) -> String {
        format!("/homes/{}/receipts/{}", self.home, self.receipt)
    }

    fn path(&self) -> String {
        format!("{}/correct/{}", self.receipt_path(), self.entry)
    }
}

/// What the fields of an answer belong to, as the parts of a page name it.
struct Asked {
    wording: String,
}

/// The fields in which the right answer is typed.
struct Typing {
    name: String,
    heading: String,
    input: InputView,
    on: Option<DateView>,
    why: String,
    note: String,
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Typing {
    /// The reasons why there may be no answer: the word, and what it says.
    #[expect(clippy::unused_self, reason = "a template calls it on what it shows")]
    fn reasons(&self) -> Vec<(&'static str, &'static str)> {
        let all = DeclineReason::ALL.iter();
        all.map(|(reason, word)| (*word, shown::reason_words(*reason)))
            .collect()
    }
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "correct.html")]
struct CorrectPage {
    chrome: Chrome,
    csrf: String,
    caption: String,
    receipt_path: String,
    path: String,
    question: Asked,
    definition: String,
    column: Typing,
    present: String,
    given: String,
    holders: Vec<String>,
    /// What was typed when it was warned of, if it was.
    confirmed: String,
    request: String,
    is_unchanged: bool,
}

#[derive(askama::Template)]
#[template(config = "src/portal/askama.toml", path = "corrected_before.html")]
struct CorrectedBeforePage {
    chrome: Chrome,
    receipt_path: String,
    /// Where it can be corrected again.
    newer: String,
}

async fn show(
    State(portal): State<Arc<Portal>>,
    Path(path): Path<(String, String, String)>,
    who: SignedIn,
) -> Result<Response, PortalError> {
    let place = Place::read(&portal, &who, path).await?;
    let known = match correctable(&portal, &place).await {
        Ok(known) => known,
        Err(error) => return refused(&place, &who, error).await,
    };
    let typed = as_typed(&known.known.answer);
    let page = page(&portal, &who, &place, &known, Some(&typed)).await?;
    Ok(html_with(StatusCode::OK, &page))
}

async fn correctable(portal: &Portal, place: &Place) -> Result<Correctable, BrokerError> {
    let (receipt, entry) = (&place.receipt, &place.entry);
    portal
        .broker
        .correctable(&place.home, place.period, receipt, entry)
        .await
}

/// What is shown where an answer cannot be corrected under this receipt.
async fn refused(
    place: &Place,
    who: &SignedIn,
    error: BrokerError,
) -> Result<Response, PortalError> {
    match error {
        BrokerError::Stale { current, .. } => {
            let latest = current.rsplit('/').next().unwrap_or_default();
            let page = CorrectedBeforePage {
                chrome: who.chrome(words::correct::BEFORE_TITLE).await?,
                receipt_path: place.receipt_path(),
                newer: format!("/homes/{}/receipts/{latest}", place.home),
            };
            Ok(html_with(StatusCode::CONFLICT, &page))
        }
        // It is not on that receipt.
        BrokerError::Invalid(_) => Err(PortalError::NotFound),
        other => Err(other.into()),
    }
}

async fn page(
    portal: &Portal,
    who: &SignedIn,
    place: &Place,
    known: &Correctable,
    typed: Option<&RawAnswer>,
) -> Result<CorrectPage, PortalError> {
    let entry = &known.entry;
    let names = names(portal, known).await?;
    let home = portal.broker.home(&place.home).await?;
    let by = known
        .holders
        .iter()
        .map(|ask| name_of(&ask.organisation, &names));
    let mut holders: Vec<String> = by.collect();
    holders.dedup();
    let on = typed
        .and_then(|typed| typed.on.as_deref())
        .unwrap_or_default();
    Ok(CorrectPage {
        chrome: who.chrome(words::correct::TITLE).await?,
        csrf: who.csrf().to_owned(),
        caption: words::filing::caption(&home.name, &words::capitalised(&place.period.label())),
        receipt_path: place.receipt_path(),
        path: place.path(),
        question: Asked {
            wording: entry.wording.value.clone(),
        },
        definition: entry.definition.value.clone(),
        column: Typing {
            // As the fields are posted, whichever entry of the receipt led here.
            name: entry.id.to_string(),
            heading: entry.reference.label(),
            input: InputView::of(entry, typed),
            on: is_on_completion(entry).then(|| DateView::of(on)),
            why: typed
                .and_then(|own| own.declined.clone())
                .unwrap_or_default(),
            note: typed.map(|own| own.note.clone()).unwrap_or_default(),
            errors: Vec::new(),
            warnings: Vec::new(),
        },
        present: shown::said(&known.known.answer.said, entry),
        given: words::receipt::sent(&shown::moment(known.known.given_at), &known.answered_by),
        holders,
        confirmed: String::new(),
        request: portal.request_id(),
        is_unchanged: false,
    })
}

async fn names(portal: &Portal, known: &Correctable) -> Result<Names, PortalError> {
    let mut names = Names::new();
    let asked = known.entry.demands.iter().map(|demand| &demand.ask);
    for ask in asked.chain(&known.holders) {
        let id = &ask.organisation;
        if !names.contains_key(id) {
            names.insert(id.clone(), portal.broker.organisation(id).await?);
        }
    }
    Ok(names)
}

async fn correct(
    State(portal): State<Arc<Portal>>,
    Path(path): Path<(String, String, String)>,
    Posted { who, fields }: Posted,
) -> Result<Response, PortalError> {
    let place = Place::read(&portal, &who, path).await?;
    if who.answered_by.is_empty() {
        return Ok(Redirect::to("/who").into_response());
    }
    let request = fields.one("request");
    if let Some(path) = who.sent_before(request).await? {
        return Ok(Redirect::to(&path).into_response());
    }
    let known = match correctable(&portal, &place).await {
        Ok(known) => known,
        Err(error) => return refused(&place, &who, error).await,
    };
    let typed = read(&known.entry, &fields);
    let mut page = page(&portal, &who, &place, &known, typed.as_ref()).await?;
    let mut raw = typed.unwrap_or_default();
    // Where no day is said, it speaks of the day of which the answer spoke.
    raw.on = raw
        .on
        .or_else(|| known.known.answer.on.map(|day| day.to_string()));
    let today = civil_london(portal.now()).date();
    let checked = match check(&raw, &known.entry, None, today) {
        Ok(checked) => checked,
        Err(faults) => {
            page.column.errors = plain_faults(&faults, &raw, &known.entry);
            page.chrome = page.chrome.with_errors(true);
            return Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let confirmed = confirmation(&raw);
    if !checked.warnings.is_empty() && fields.one("confirmed") != confirmed {
        page.column.warnings = warnings(&portal, &known, &checked).await?;
        page.confirmed = confirmed;
        return Ok(html_with(StatusCode::OK, &page));
    }
    let sent = CorrectAnswer {
        home: place.home.clone(),
        period: place.period,
        receipt: Some(place.receipt.clone()),
        etag: String::new(),
        answer: RawAnswer {
            entry: place.entry.clone(),
            ..raw
        },
        answered_by: who.answered_by.clone(),
    };
    let caller = who.caller();
    match portal
        .broker
        .correct_answer(&caller, sent, request, false)
        .await
    {
        Ok(corrected) => {
            let Some(submission) = corrected.submission else {
                page.is_unchanged = true;
                return Ok(html_with(StatusCode::OK, &page));
            };
            let path = format!("/homes/{}/receipts/{}", place.home, submission.receipt);
            who.sent(request, &path).await?;
            who.tell(words::correct::done(&page.holders)).await?;
            Ok(Redirect::to(&path).into_response())
        }
        Err(error) => refused(&place, &who, error).await,
    }
}

/// What is worth a second look, with who expected something else.
async fn warnings(
    portal: &Portal,
    known: &Correctable,
    checked: &Checked,
) -> Result<Vec<String>, PortalError> {
    let names = names(portal, known).await?;
    let warnings = checked.warnings.iter();
    let words = warnings.map(|own| plain_warning_of(own, &known.entry, |id| name_of(id, &names)));
    Ok(words.collect())
}

/// What tells that the very answer was warned of that is sent now.
fn confirmation(raw: &RawAnswer) -> String {
    let bytes = serde_json::to_vec(raw).expect("an answer is made of texts, which JSON can hold");
    derive(CONFIRMED_CONTEXT, &bytes).to_string()
}
