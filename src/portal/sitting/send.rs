//! Sending what is typed, form by form: just what the page showed, or nothing.

use std::collections::BTreeMap;

use crate::broker::{BrokerError, Caller, DraftedForm, ReleaseAnswers, SubmitAnswers};
use crate::domain::answer::Said;
use crate::domain::check::RawAnswer;
use crate::domain::form::{EntryState, Form, Need};
use crate::domain::id::AskName;
use crate::domain::template::EntryId;

use super::super::posted::Fields;
use super::super::question::Source;
use super::super::{Portal, PortalError};
use super::once::Sent;
use super::{Place, Sitting};

/// A form as a page showed it.
pub(super) struct Seen {
    pub(super) period: String,
    pub(super) template: String,
    pub(super) etag: String,
    pub(super) draft: String,
}

/// Why nothing was sent.
pub(super) enum Refused {
    /// Something has changed since the page was shown.
    Changed,
    /// Something is to be put right first, or nothing is typed.
    NotYet,
    /// It could not be.
    Failed(PortalError),
}

/// Who sends.
pub(super) struct Sender {
    pub(super) caller: Caller,
    pub(super) answered_by: String,
}

impl Seen {
    /// A form as it stands.
    pub(super) fn of(form: &DraftedForm) -> Self {
        Self {
            period: form.form.template.body().period.to_string(),
            template: form.view.form.template.digest().to_string(),
            etag: form.view.form.etag.to_string(),
            draft: version(form),
        }
    }

    fn is_as_posted(&self, fields: &Fields) -> bool {
        let posted = |word: &str| fields.one(&format!("{word}.{}", self.period));
        posted("template") == self.template
            && posted("etag") == self.etag
            && posted("draft") == self.draft
    }
}

/// Which state of the draft a form was shown with; empty for none.
fn version(form: &DraftedForm) -> String {
    let draft = form.view.draft.as_ref();
    draft.map_or_else(String::new, |draft| draft.version.to_string())
}

/// Whether every form is as the page showed it.
pub(super) fn is_as_shown(sitting: &Sitting, fields: &Fields) -> bool {
    let mut forms = sitting.forms.iter();
    forms.all(|form| Seen::of(form).is_as_posted(fields))
}

/// Sends everything of a sitting that is typed or goes without typing. Short times go before long
/// ones, which may follow from them.
pub(super) async fn send_all(
    portal: &Portal,
    sitting: &Sitting,
    sender: &Sender,
) -> Result<Sent, Refused> {
    // What is typed for a question that is not asked now stays where it is.
    let is_wrong = |source: Source<'_>| {
        let typed = source.form.typed.get(&source.entry.id);
        source.would_be().is_put && typed.is_some_and(Result::is_err)
    };
    if sitting.sources().any(is_wrong) {
        return Err(Refused::NotYet);
    }
    let mut order: Vec<usize> = (0..sitting.forms.len()).collect();
    order.sort_by_key(|at| {
        let period = sitting.forms[*at].form.template.body().period;
        let days = period.start().until(period.last_day());
        (days.map_or(0, |span| span.get_days()), period.start())
    });
    let mut sent = Sent {
        receipts: Vec::new(),
        is_part: false,
    };
    let of = |at: &usize| Sending {
        portal,
        sitting,
        sender,
        at: *at,
    };
    for at in &order {
        if let Err(error) = of(at).send(&mut sent).await {
            return sent_or_refused(sent, error);
        }
    }
    // What a later form answered of an earlier one.
    for at in &order {
        match of(at).release_rest().await {
            Ok(receipt) => sent.receipts.extend(receipt),
            Err(error) => return sent_or_refused(sent, error),
        }
    }
    if sent.receipts.is_empty() {
        return Err(Refused::NotYet);
    }
    Ok(sent)
}

/// What was sent is sent, whatever became of the rest, which waits where it was typed.
fn sent_or_refused(sent: Sent, error: BrokerError) -> Result<Sent, Refused> {
    if !sent.receipts.is_empty() {
        tracing::info!(%error, "a sitting was sent in part");
        return Ok(Sent {
            is_part: true,
            ..sent
        });
    }
    match error {
        BrokerError::Stale { .. } => Err(Refused::Changed),
        other => Err(Refused::Failed(other.into())),
    }
}

/// The sending of one form of a sitting.
struct Sending<'a> {
    portal: &'a Portal,
    sitting: &'a Sitting,
    sender: &'a Sender,
    at: usize,
}

impl Sending<'_> {
    fn shown(&self) -> &DraftedForm {
        &self.sitting.forms[self.at]
    }

    /// Sends one form as it was shown. What was sent of a form before may already answer it in part:
    /// then that goes to those who ask on this one.
    async fn send(&self, sent: &mut Sent) -> Result<(), BrokerError> {
        let mut fresh = self.fresh().await?;
        if let Some(receipt) = self.release(&fresh).await? {
            sent.receipts.push(receipt);
            fresh = self.fresh().await?;
        }
        let answers = self.answers(&fresh)?;
        // What follows goes with it only as it was shown.
        let shown = follows(&self.shown().form);
        let send_worked_out = follows(&fresh.form) == shown;
        sent.is_part |= !send_worked_out;
        if answers.is_empty() && (!send_worked_out || shown.is_empty()) {
            return Ok(());
        }
        let sending = SubmitAnswers {
            home: self.sitting.home.id.clone(),
            period: fresh.form.template.body().period,
            template: fresh.view.form.template.digest(),
            etag: fresh.view.form.etag.to_string(),
            answers,
            answered_by: self.sender.answered_by.clone(),
            draft_etag: version(&fresh),
            send_worked_out,
            none_in: Vec::new(),
        };
        let broker = &self.portal.broker;
        let submitted = broker.submit_answers(&self.sender.caller, sending, "", false);
        let receipt = submitted.await?.submission;
        sent.receipts.extend(receipt.map(|own| own.receipt.clone()));
        Ok(())
    }

    /// Sends what forms that went after this one answered of it.
    async fn release_rest(&self) -> Result<Option<String>, BrokerError> {
        let shown = self.shown();
        let period = shown.form.template.body().period;
        let home = &self.sitting.home.id;
        let now = self.portal.broker.drafted_form(home, period).await?;
        if now.view.form.template.digest() != shown.view.form.template.digest() {
            return Err(stale());
        }
        self.release(&now).await
    }

    /// The form as it is by now, if neither its questions nor its draft are other than shown.
    async fn fresh(&self) -> Result<DraftedForm, BrokerError> {
        let shown = self.shown();
        let period = shown.form.template.body().period;
        let home = &self.sitting.home.id;
        let fresh = self.portal.broker.drafted_form(home, period).await?;
        let is_same = fresh.view.form.template.digest() == shown.view.form.template.digest()
            && version(&fresh) == version(shown);
        if is_same { Ok(fresh) } else { Err(stale()) }
    }

    /// What was shown as typed on this form, in the form's order.
    fn answers(&self, fresh: &DraftedForm) -> Result<Vec<RawAnswer>, BrokerError> {
        let places = self.sitting.places().filter(|place| place.form == self.at);
        let mut places: Vec<Place> = places.collect();
        places.sort_by_key(|place| place.entry);
        let mut answers = Vec::new();
        for place in places {
            let source = self.sitting.source(place);
            let Some(typed) = source.typed().filter(|_| source.would_be().is_put) else {
                continue;
            };
            let Some(Ok(shown)) = source.form.typed.get(&source.entry.id) else {
                continue;
            };
            let now = fresh.typed.get(&source.entry.id);
            let now = now.and_then(|now| now.as_ref().ok()).ok_or_else(stale)?;
            if now.answer.said != shown.answer.said {
                return Err(stale());
            }
            let state = &fresh.view.form.entries[place.entry];
            answers.push(RawAnswer {
                on: typed.answer.on.clone(),
                ..said(&typed.answer, &shown.answer.said, state)
            });
        }
        Ok(answers)
    }

    /// Sends what another form of the sitting just answered to those who ask it on this one.
    async fn release(&self, form: &DraftedForm) -> Result<Option<String>, BrokerError> {
        let typed_on = |at: usize, id: &EntryId| {
            let mut places = self.sitting.places().filter(|place| place.form == at);
            places.any(|place| self.sitting.source(place).entry.id == *id)
        };
        let forms = 0..self.sitting.forms.len();
        let others: Vec<usize> = forms.filter(|at| *at != self.at).collect();
        let was_typed = |id: &EntryId| {
            let mut others = others.iter();
            others.any(|at| self.sitting.forms[*at].typed.contains_key(id) && typed_on(*at, id))
        };
        let mut asks: Vec<AskName> = Vec::new();
        let mut entries = Vec::new();
        for (entry, state) in form.view.form.entries() {
            if state.need != Need::Send || !was_typed(&entry.id) {
                continue;
            }
            entries.push(entry.id.to_string());
            for place in &state.unreleased {
                let demand = usize::try_from(*place).ok();
                let demand = demand.and_then(|at| entry.demands.get(at));
                if let Some(demand) = demand.filter(|own| !asks.contains(&own.ask)) {
                    asks.push(demand.ask.clone());
                }
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let sending = ReleaseAnswers {
            home: self.sitting.home.id.clone(),
            period: form.form.template.body().period,
            template: form.view.form.template.digest(),
            etag: form.view.form.etag.to_string(),
            asks,
            entries,
            released_by: self.sender.answered_by.clone(),
        };
        let broker = &self.portal.broker;
        let sent = broker
            .release_answers(&self.sender.caller, sending, "")
            .await?;
        Ok(sent.receipt.map(|receipt| receipt.receipt().to_owned()))
    }
}

/// An answer as it is sent: where it is just what the form offers, as that said to be right, so that
/// it keeps what it was worked out from.
fn said(typed: &RawAnswer, said: &Said, state: &EntryState) -> RawAnswer {
    let offered = state
        .offered
        .as_ref()
        .filter(|_| state.need == Need::Confirm);
    if offered.is_none_or(|offered| offered.answer.said != *said) {
        return typed.clone();
    }
    RawAnswer {
        entry: typed.entry.clone(),
        confirm: true,
        ..RawAnswer::default()
    }
}

/// What goes without typing, by entry.
fn follows(form: &Form) -> BTreeMap<EntryId, Said> {
    let known = form.entries().filter_map(|(entry, state)| {
        let goes = matches!(state.need, Need::WorkedOut | Need::Register);
        let offered = state.offered.as_ref().filter(|_| goes)?;
        Some((entry.id, offered.answer.said.clone()))
    });
    known.collect()
}

fn stale() -> BrokerError {
    BrokerError::Stale {
        what: "the form".to_owned(),
        current: String::new(),
    }
}
