//! Keeping what is typed on a page, in the draft of each form: nothing that was typed is lost, and
//! whoever typed in the same place meanwhile is shown beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::broker::{BrokerError, SaveDraft, nothing_happened};
use crate::domain::check::RawAnswer;
use crate::domain::field_type::Timing;
use crate::domain::form::Need;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::EntryId;
use crate::domain::unlike::is_unlike;

use super::super::posted::{Fields, Posted};
use super::super::question::{Column, Source, fingerprint, plain_faults, plain_warning, read};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::topic::TopicPage;
use super::{Instead, Page, Sitting};

/// Puts what is wrong with what a column holds, and what is worth a second look, on it.
pub(super) fn judge(column: &mut Column, source: &Source<'_>) {
    let Some(typed) = source.typed() else {
        return;
    };
    match source.form.typed.get(&source.entry.id) {
        Some(Err(faults)) => {
            column.errors = plain_faults(faults, &typed.answer, source.entry);
        }
        Some(Ok(checked)) => {
            let warnings = checked.warnings.iter();
            column.warnings = warnings.map(|own| plain_warning(own, source)).collect();
            if let Some(last) = &source.last
                && is_unlike(&checked.answer, &last.answer)
            {
                let last = shown::said(&last.answer.said, source.entry);
                column.warnings.push(words::trouble::unlike(&last));
            }
        }
        None => {}
    }
}

/// What somebody typed on a page, as it is to be kept: for each form its answers.
#[derive(Default)]
struct Typing {
    forms: BTreeMap<usize, Vec<RawAnswer>>,
}

/// What became of what was typed.
#[derive(Default)]
struct Kept {
    /// What is shown as typed, because somebody else typed something else there.
    instead: Instead,
    /// What somebody else typed there.
    theirs: BTreeMap<String, String>,
}

pub(super) async fn save(
    State(portal): State<Arc<Portal>>,
    Path((home, name, at)): Path<(String, String, usize)>,
    Posted { who, fields }: Posted,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let before = Sitting::load(&portal, &home, &name).await?;
    let action = fields.one("do");
    let seen: BTreeSet<&str> = fields.all("seen").collect();
    let mut typing = typed(&before, &fields, &seen);
    typing.add_at_once(&before, at, action);
    let kept = keep(&portal, &home, &who, &before, &fields, typing).await?;
    let sitting = Sitting::load(&portal, &home, &name).await?;
    if action == "back" && kept.instead.is_empty() {
        who.tell(words::sitting::SAVED).await?;
        return Ok(Redirect::to(&sitting.path()).into_response());
    }
    // The page may have gone, with all that was asked on it.
    let Some(mut page) = page_of(&who, &sitting, at, &kept).await? else {
        who.tell(words::sitting::SAVED_AND_CHANGED).await?;
        return Ok(Redirect::to(&sitting.path()).into_response());
    };
    page.changes = changes(&page, &sitting, &before, &seen);
    let warned = warnings(&page);
    let is_to_look_at = warned != fields.one("warned") && !warned.is_empty();
    let at_once = matches!(action, "none" | "unchanged");
    if page.has_errors()
        || is_to_look_at
        || at_once
        || !kept.instead.is_empty()
        || !page.changes.is_empty()
    {
        page.warned = warned;
        if at_once {
            page.chrome.notice = Some(words::sitting::FILLED_IN.to_owned());
        }
        return Ok(page.response());
    }
    let next = if at < sitting.pages.len() {
        format!("{}/topics/{}", sitting.path(), at + 1)
    } else {
        format!("{}/check", sitting.path())
    };
    Ok(Redirect::to(&next).into_response())
}

/// What was changed on a page: what is as it was shown is left to whoever changed it meanwhile.
fn typed(sitting: &Sitting, fields: &Fields, seen: &BTreeSet<&str>) -> Typing {
    let mut typing = Typing::default();
    for (at, form) in sitting.forms.iter().enumerate() {
        for entry in form.form.template.entries() {
            let id = entry.id.to_string();
            let first = sitting.forms[..at].iter();
            let is_elsewhere = first
                .clone()
                .any(|form| form.form.template.entry(&entry.id).is_some());
            if !seen.contains(id.as_str()) || is_elsewhere {
                continue;
            }
            let answer = read(entry, fields);
            if fingerprint(answer.as_ref()) == fields.one(&format!("{id}.was")) {
                continue;
            }
            let blank = || RawAnswer {
                entry: id.clone(),
                ..RawAnswer::default()
            };
            let answers = typing.forms.entry(at).or_default();
            answers.push(answer.unwrap_or_else(blank));
        }
    }
    typing
}

impl Typing {
    /// Adds what one button says of all that is left on a page: that nothing happened, or that
    /// nothing has changed.
    fn add_at_once(&mut self, sitting: &Sitting, at: usize, action: &str) {
        let page = at.checked_sub(1).and_then(|place| sitting.pages.get(place));
        let places = page.into_iter().flat_map(Page::places);
        for place in places {
            let source = sitting.source(place);
            let own = self.forms.entry(place.form).or_default();
            let id = source.entry.id.to_string();
            if source.typed().is_some() || own.iter().any(|typed| typed.entry == id) {
                continue;
            }
            let answer = match action {
                "none" => {
                    nothing_happened(&source.form.form, |entry| entry.id == source.entry.id).next()
                }
                "unchanged" => unchanged(&source),
                _ => None,
            };
            own.extend(answer);
        }
        self.forms.retain(|_, answers| !answers.is_empty());
    }
}

/// That what is offered is right, of a state.
fn unchanged(source: &Source<'_>) -> Option<RawAnswer> {
    let is_state = matches!(source.entry.timing, Timing::AsAt | Timing::Standing);
    let is_offered = source.would_be().need == Need::Confirm && source.would_be().offered.is_some();
    (is_state && is_offered).then(|| RawAnswer {
        entry: source.entry.id.to_string(),
        confirm: true,
        ..RawAnswer::default()
    })
}

/// Keeps what was typed in each form's draft, all of it but where somebody else typed meanwhile.
async fn keep(
    portal: &Portal,
    home: &HomeId,
    who: &SignedIn,
    sitting: &Sitting,
    fields: &Fields,
    typing: Typing,
) -> Result<Kept, PortalError> {
    let mut kept = Kept::default();
    for (at, answers) in typing.forms {
        let period = sitting.forms[at].form.template.body().period;
        let draft = SaveDraft {
            home: home.clone(),
            period,
            etag: fields.one(&format!("draft.{period}")).to_owned(),
            answers,
            saved_by: who.answered_by.clone(),
        };
        keep_in(portal, draft, &mut kept).await?;
    }
    Ok(kept)
}

async fn keep_in(
    portal: &Portal,
    mut draft: SaveDraft,
    kept: &mut Kept,
) -> Result<(), PortalError> {
    let (current, entries) = match portal.broker.save_draft(&draft).await {
        Ok(_) => return Ok(()),
        Err(BrokerError::DraftChanged { current, entries }) => (current, entries),
        Err(BrokerError::Invalid(_)) => return Err(PortalError::TooLarge),
        Err(other) => return Err(other.into()),
    };
    let conflicts: BTreeSet<String> = entries.iter().map(EntryId::to_string).collect();
    let (mine, others): (Vec<RawAnswer>, Vec<RawAnswer>) = draft
        .answers
        .drain(..)
        .partition(|answer| conflicts.contains(&answer.entry));
    for answer in mine {
        let who = theirs(portal, &draft.home, draft.period, &answer.entry).await?;
        kept.theirs.insert(answer.entry.clone(), who);
        kept.instead.insert(answer.entry.clone(), Some(answer));
    }
    if others.is_empty() {
        return Ok(());
    }
    draft.etag = current;
    draft.answers = others;
    match portal.broker.save_draft(&draft).await {
        Ok(_) => Ok(()),
        // Again in between: all of it is shown, and the next try is against what is there then.
        Err(BrokerError::DraftChanged { .. }) => {
            for answer in draft.answers {
                let who = theirs(portal, &draft.home, draft.period, &answer.entry).await?;
                kept.theirs.insert(answer.entry.clone(), who);
                kept.instead.insert(answer.entry.clone(), Some(answer));
            }
            Ok(())
        }
        Err(other) => Err(other.into()),
    }
}

/// Who typed what in a place where somebody else types now.
async fn theirs(
    portal: &Portal,
    home: &HomeId,
    period: Period,
    entry: &str,
) -> Result<String, PortalError> {
    let form = portal.broker.drafted_form(home, period).await?;
    let draft = form.view.draft.as_ref();
    let found = draft.and_then(|draft| draft.typed().find(|(id, _)| id.to_string() == entry));
    let Some((id, typed)) = found else {
        return Ok(words::sitting::TAKEN_OUT.to_owned());
    };
    let entry = form.form.template.entry(id);
    let said = form.typed.get(id).and_then(|checked| checked.as_ref().ok());
    let said = said
        .zip(entry)
        .map(|(own, entry)| shown::said(&own.answer.said, entry));
    Ok(words::sitting::typed_by(
        &typed.by,
        &shown::moment(typed.at),
        said.as_deref(),
    ))
}

/// The page after what was typed is kept; none if the sitting has no such page any more.
async fn page_of(
    who: &SignedIn,
    sitting: &Sitting,
    at: usize,
    kept: &Kept,
) -> Result<Option<TopicPage>, PortalError> {
    if at == 0 || at > sitting.pages.len() {
        return Ok(None);
    }
    let mut page = TopicPage::of(who, sitting, at, &kept.instead).await?;
    let columns = page.questions_mut().flat_map(|own| &mut own.columns);
    for column in columns {
        if let Some(theirs) = kept.theirs.get(&column.name) {
            column.theirs.clone_from(theirs);
        }
    }
    Ok(Some(page))
}

/// What is asked on a page that was not when it was shown, and what is asked no more.
fn changes(
    page: &TopicPage,
    sitting: &Sitting,
    before: &Sitting,
    seen: &BTreeSet<&str>,
) -> Vec<String> {
    let mut changes = Vec::new();
    for question in page.questions() {
        let mut columns = question.columns.iter();
        if columns.any(|column| !seen.contains(column.name.as_str())) {
            changes.push(words::sitting::is_new(&question.wording));
        }
    }
    // What waited for an answer and is asked now.
    let waited = |id: &EntryId, sitting: &Sitting| {
        let mut sources = sitting.sources();
        let found = sources.find(|source| source.entry.id == *id);
        found.is_some_and(|source| !source.would_be().is_put)
    };
    for source in sitting.sources() {
        let id = source.entry.id;
        let is_here = seen.contains(id.to_string().as_str());
        if is_here && source.would_be().is_put && waited(&id, before) && source.typed().is_none() {
            changes.push(words::sitting::is_asked_now(&source.entry.wording.value));
        }
    }
    let now: BTreeSet<String> = sitting
        .sources()
        .map(|source| source.entry.id.to_string())
        .collect();
    let gone = seen.iter().filter(|id| !now.contains(**id)).count();
    if gone > 0 {
        changes.push(words::sitting::are_gone(gone));
    }
    changes
}

/// What tells the warnings of a page from others; empty for none.
fn warnings(page: &TopicPage) -> String {
    let columns = page.questions().flat_map(|own| &own.columns);
    let told = columns.filter(|column| column.is_typed).flat_map(|column| {
        let warnings = column.warnings.iter().chain(&column.disagreeing);
        warnings.map(move |warning| format!("{} {} {warning}", column.name, column.was))
    });
    let told: Vec<String> = told.collect();
    match told.as_slice() {
        [] => String::new(),
        told => {
            let digest = blake3::hash(told.join("\n").as_bytes());
            digest.to_hex()[..16].to_owned()
        }
    }
}
