//! Keeping what is typed on a page, in the draft of each form: nothing that was typed is lost, and
//! whoever typed in the same place meanwhile is shown beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::broker::{BrokerError, DraftedForm, SaveDraft, nothing_happened};
use crate::domain::check::RawAnswer;
use crate::domain::draft::check_typed;
use crate::domain::field_type::Timing;
use crate::domain::form::Need;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::{Entry, EntryId};
use crate::domain::unlike::is_unlike;

use super::super::posted::{Fields, Posted};
use super::super::question::{
    Column, Source, fingerprint, normal, plain_faults, plain_warning, read,
};
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, shown, words};
use super::alike::{Beside, Copied, Seen, copies_to, copy_to};
use super::topic::TopicPage;
use super::{Instead, Sitting};

/// How often what was typed is saved again because somebody else typed meanwhile.
const SAVES_MAX: usize = 3;

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

/// An entry as a page showed it.
struct Shown {
    period: Period,
    entry: String,
}

/// What somebody typed on a page, as it is to be kept: for each form its answers.
#[derive(Default)]
struct Typing {
    forms: BTreeMap<usize, Vec<RawAnswer>>,
    /// What has changed meanwhile, so that something typed cannot be kept.
    changes: Vec<String>,
}

/// What became of what was typed.
#[derive(Default)]
struct Kept {
    /// What is shown as typed, though it is not kept.
    instead: Instead,
    /// What somebody else typed there.
    theirs: BTreeMap<String, String>,
    /// Why it could not be kept.
    errors: BTreeMap<String, String>,
}

pub(super) async fn save(
    State(portal): State<Arc<Portal>>,
    Path((home, name, at)): Path<(String, String, usize)>,
    Posted { who, fields }: Posted,
) -> Result<Response, PortalError> {
    let home = who.home(&home)?;
    let shown = shown_columns(&fields);
    let periods: BTreeSet<Period> = shown.iter().map(|own| own.period).collect();
    let periods: Vec<Period> = periods.into_iter().collect();
    let before = Sitting::load_with(&portal, &home, &name, &periods).await?;
    let action = fields.one("do");
    let mut typing = typed(&before, &fields, &shown);
    typing.add_at_once(&before, &shown, action);
    let changes = std::mem::take(&mut typing.changes);
    let seen = Seen {
        fields: &fields,
        typed: typing.by_entry(),
    };
    let mut kept = keep(&portal, &home, &who, &before, &fields, typing).await;
    let mut sitting = Sitting::load(&portal, &home, &name).await?;
    let is_kept = kept.instead.is_empty() && changes.is_empty();
    if let Some(to) = copies_to(action).filter(|_| is_kept) {
        match copy_to(&portal, &who, &sitting, to, &seen).await? {
            Copied::Kept(path) => return Ok(Redirect::to(&path).into_response()),
            Copied::Not(why) => _ = kept.errors.insert(to.to_owned(), why),
            Copied::Beside(theirs) => {
                kept.add_beside(theirs);
                sitting = Sitting::load(&portal, &home, &name).await?;
            }
        }
    }
    if action == "back" && is_kept {
        who.tell(words::sitting::SAVED).await?;
        return Ok(Redirect::to(&sitting.path()).into_response());
    }
    // The page may have gone, with all that was asked on it.
    let Some(mut page) = page_of(&who, &sitting, at, &kept).await? else {
        who.tell(words::sitting::SAVED_AND_CHANGED).await?;
        return Ok(Redirect::to(&sitting.path()).into_response());
    };
    page.changes = changes;
    page.changes
        .extend(changes_of(&page, &sitting, &before, &shown));
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

/// What a page showed: each entry with the period of its form.
fn shown_columns(fields: &Fields) -> Vec<Shown> {
    let column = |text: &str| {
        let (period, entry) = text.split_once(' ')?;
        Some(Shown {
            period: period.parse().ok()?,
            entry: entry.to_owned(),
        })
    };
    fields.all("seen").filter_map(column).collect()
}

/// What was changed on a page: what is as it was shown is left to whoever changed it meanwhile.
fn typed(sitting: &Sitting, fields: &Fields, shown: &[Shown]) -> Typing {
    let mut typing = Typing::default();
    for own in shown {
        let was = format!("{}.was", own.entry);
        // What is not asked has no field, and nothing typed there goes.
        if !fields.has(&was) {
            continue;
        }
        let Some(place) = sitting.place_of(own.period, &own.entry) else {
            let number = fields.one(&format!("{}.number", own.entry));
            let text = fields.one(&format!("{}.text", own.entry));
            for lost in [number, text].iter().filter(|lost| !lost.trim().is_empty()) {
                typing.changes.push(words::sitting::not_kept(lost));
            }
            continue;
        };
        let source = sitting.source(place);
        let answer = match read(source.entry, fields) {
            Some(typed) if typed.confirm => {
                let seen = fields.one(&format!("{}.offer", own.entry));
                let Some(typed) = kept_offer(&source, typed, seen) else {
                    let wording = &source.entry.wording.value;
                    typing.changes.push(words::sitting::offer_changed(wording));
                    continue;
                };
                Some(typed)
            }
            typed => typed,
        };
        let is_hidden = answer.is_none() && source.has_hidden_total();
        if is_hidden || fingerprint(answer.as_ref()) == fields.one(&was) {
            continue;
        }
        let blank = || RawAnswer {
            entry: own.entry.clone(),
            ..RawAnswer::default()
        };
        let answers = typing.forms.entry(place.form).or_default();
        answers.push(answer.unwrap_or_else(blank));
    }
    typing
}

/// What is said to be right, as the very value that was seen; as it was posted, if another was given,
/// too; none if something else is offered by now.
fn kept_offer(source: &Source<'_>, typed: RawAnswer, seen: &str) -> Option<RawAnswer> {
    let alone = RawAnswer {
        entry: typed.entry.clone(),
        confirm: true,
        on: typed.on.clone(),
        ..RawAnswer::default()
    };
    if typed != alone {
        return Some(typed);
    }
    let mut offers = source.offers();
    let offer = offers.find(|offer| fingerprint(Some(offer)) == seen)?;
    Some(RawAnswer {
        on: typed.on,
        ..offer
    })
}

impl Typing {
    /// What is typed, by entry.
    fn by_entry(&self) -> BTreeMap<String, RawAnswer> {
        let answers = self.forms.values().flatten();
        answers
            .map(|answer| (answer.entry.clone(), answer.clone()))
            .collect()
    }

    /// Adds what one button says of all that is left on a page: that nothing happened, or that
    /// nothing has changed.
    fn add_at_once(&mut self, sitting: &Sitting, shown: &[Shown], action: &str) {
        for own in shown {
            let Some(place) = sitting.place_of(own.period, &own.entry) else {
                continue;
            };
            let source = sitting.source(place);
            let answers = self.forms.entry(place.form).or_default();
            let is_typed = answers.iter().any(|typed| typed.entry == own.entry);
            if source.typed().is_some() || is_typed {
                continue;
            }
            let is_it = |entry: &Entry| entry.id == source.entry.id;
            let answer = match action {
                "none" => nothing_happened(&source.form.form, is_it).next(),
                "unchanged" => unchanged(&source),
                _ => None,
            };
            answers.extend(answer.map(|answer| normal(&answer, source.entry)));
        }
        self.forms.retain(|_, answers| !answers.is_empty());
    }
}

/// What is offered of a state, as it would be typed.
fn unchanged(source: &Source<'_>) -> Option<RawAnswer> {
    let is_state = matches!(source.entry.timing, Timing::AsAt | Timing::Standing);
    let is_offered = source.would_be().need == Need::Confirm;
    source.offers().next().filter(|_| is_state && is_offered)
}

/// Keeps what was typed in each form's draft, all of it but where somebody else typed meanwhile. What
/// cannot be kept is shown again.
async fn keep(
    portal: &Portal,
    home: &HomeId,
    who: &SignedIn,
    sitting: &Sitting,
    fields: &Fields,
    typing: Typing,
) -> Kept {
    let mut kept = Kept::default();
    for (at, answers) in typing.forms {
        let period = sitting.forms[at].form.template.body().period;
        let (well, too_long): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|answer| check_typed(answer).is_ok());
        kept.refuse(too_long, words::trouble::TOO_LONG);
        let draft = SaveDraft {
            home: home.clone(),
            period,
            etag: fields.one(&format!("draft.{period}")).to_owned(),
            answers: well,
            saved_by: who.answered_by.clone(),
        };
        keep_in(portal, draft, &mut kept).await;
    }
    kept
}

/// Keeps what was typed in one draft; where somebody else typed meanwhile, both are shown.
async fn keep_in(portal: &Portal, mut draft: SaveDraft, kept: &mut Kept) {
    for _ in 0..SAVES_MAX {
        if draft.answers.is_empty() {
            return;
        }
        let (current, entries) = match portal.broker.save_draft(&draft).await {
            Ok(_) => return,
            Err(BrokerError::DraftChanged { current, entries }) => (current, entries),
            Err(error) => {
                tracing::warn!(%error, "what was typed is not kept");
                return kept.refuse(draft.answers, words::trouble::NOT_KEPT);
            }
        };
        let conflicts: BTreeSet<String> = entries.iter().map(EntryId::to_string).collect();
        let (mine, others) = draft
            .answers
            .drain(..)
            .partition(|answer| conflicts.contains(&answer.entry));
        draft.answers = others;
        draft.etag = current;
        kept.add_conflicts(portal, &draft, mine).await;
    }
    kept.refuse(draft.answers, words::trouble::NOT_KEPT);
}

impl Kept {
    /// Shows again what is not kept, and why.
    fn refuse(&mut self, answers: Vec<RawAnswer>, why: &'static str) {
        for answer in answers {
            self.errors.insert(answer.entry.clone(), why.to_owned());
            self.instead.insert(answer.entry.clone(), Some(answer));
        }
    }

    /// Shows what would be copied beside what somebody else typed there.
    fn add_beside(&mut self, beside: Vec<Beside>) {
        for Beside { answer, theirs } in beside {
            self.theirs.insert(answer.entry.clone(), theirs);
            self.instead.insert(answer.entry.clone(), Some(answer));
        }
    }

    /// Shows beside what was typed what somebody else typed in the same places.
    async fn add_conflicts(&mut self, portal: &Portal, draft: &SaveDraft, mine: Vec<RawAnswer>) {
        let form = portal.broker.drafted_form(&draft.home, draft.period).await;
        for answer in mine {
            let theirs = form.as_ref().map(|form| theirs(form, &answer.entry));
            let theirs = theirs.unwrap_or_else(|_| words::sitting::TAKEN_OUT.to_owned());
            self.theirs.insert(answer.entry.clone(), theirs);
            self.instead.insert(answer.entry.clone(), Some(answer));
        }
    }
}

/// Who typed what in a place where somebody else types now.
fn theirs(form: &DraftedForm, entry: &str) -> String {
    let draft = form.view.draft.as_ref();
    let found = draft.and_then(|draft| draft.typed().find(|(id, _)| id.to_string() == entry));
    let Some((id, typed)) = found else {
        return words::sitting::TAKEN_OUT.to_owned();
    };
    let entry = form.form.template.entry(id);
    let said = form.typed.get(id).and_then(|checked| checked.as_ref().ok());
    let said = said
        .zip(entry)
        .map(|(own, entry)| shown::said(&own.answer.said, entry));
    words::sitting::typed_by(&typed.by, &shown::moment(typed.at), said.as_deref())
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
        if let Some(why) = kept.errors.get(&column.name) {
            column.errors = vec![why.clone()];
        }
    }
    Ok(Some(page))
}

/// What is asked on a page that was not when it was shown, and what is asked no more.
fn changes_of(
    page: &TopicPage,
    sitting: &Sitting,
    before: &Sitting,
    shown: &[Shown],
) -> Vec<String> {
    let shown: BTreeSet<&str> = shown.iter().map(|own| own.entry.as_str()).collect();
    let mut changes = Vec::new();
    for question in page.questions() {
        let mut columns = question.columns.iter();
        if columns.any(|column| !shown.contains(column.name.as_str())) {
            changes.push(words::sitting::is_new(&question.wording));
        }
    }
    // What waited for an answer and is asked now.
    let waiting = before.sources().filter(|source| !source.would_be().is_put);
    let waited: BTreeSet<EntryId> = waiting.map(|source| source.entry.id).collect();
    let mut now = BTreeSet::new();
    for source in sitting.sources() {
        let id = source.entry.id.to_string();
        let is_asked = source.would_be().is_put && source.typed().is_none();
        if shown.contains(id.as_str()) && is_asked && waited.contains(&source.entry.id) {
            changes.push(words::sitting::is_asked_now(&source.entry.wording.value));
        }
        now.insert(id);
    }
    let gone = shown.iter().filter(|id| !now.contains(**id)).count();
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
