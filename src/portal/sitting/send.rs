//! Sending what is typed, form by form: just what the page showed, or nothing.

use std::collections::BTreeMap;

use crate::broker::{BrokerError, DraftedForm, ReleaseAnswers, SubmitAnswers};
use crate::domain::answer::Said;
use crate::domain::form::{Form, Need};
use crate::domain::id::AskName;
use crate::domain::template::EntryId;

use super::super::posted::Fields;
use super::super::question::Source;
use super::super::session::SignedIn;
use super::super::{Portal, PortalError, words};
use super::Sitting;

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
}

impl Seen {
    /// A form as it stands.
    pub(super) fn of(form: &DraftedForm) -> Self {
        let draft = form.view.draft.as_ref();
        Self {
            period: form.form.template.body().period.to_string(),
            template: form.view.form.template.digest().to_string(),
            etag: form.view.form.etag.to_string(),
            draft: draft.map_or_else(String::new, |draft| draft.version.to_string()),
        }
    }

    fn is_as_posted(&self, fields: &Fields) -> bool {
        let posted = |word: &str| fields.one(&format!("{word}.{}", self.period));
        posted("template") == self.template
            && posted("etag") == self.etag
            && posted("draft") == self.draft
    }
}

/// Sends everything of a sitting that is typed or goes without typing; the receipts.
pub(super) async fn send_all(
    portal: &Portal,
    sitting: &Sitting,
    who: &SignedIn,
    fields: &Fields,
) -> Result<Result<Vec<String>, Refused>, PortalError> {
    let is_fresh = |form: &DraftedForm| Seen::of(form).is_as_posted(fields);
    if !sitting.forms.iter().all(is_fresh) {
        return Ok(Err(Refused::Changed));
    }
    // What is typed for a question that is not asked now stays where it is.
    let is_wrong = |source: Source<'_>| {
        let typed = source.form.typed.get(&source.entry.id);
        source.would_be().is_put && typed.is_some_and(Result::is_err)
    };
    if sitting.sources().any(is_wrong) {
        return Ok(Err(Refused::NotYet));
    }
    let mut receipts = Vec::new();
    for form in &sitting.forms {
        match send_one(portal, sitting, form, who).await {
            Ok(own) => receipts.extend(own),
            Err(BrokerError::Stale { .. }) if receipts.is_empty() => {
                return Ok(Err(Refused::Changed));
            }
            // What was sent is sent; the rest waits where it was typed.
            Err(BrokerError::Stale { .. } | BrokerError::Contended) => {
                who.tell(words::check::SENT_IN_PART).await?;
                break;
            }
            Err(other) => return Err(other.into()),
        }
    }
    if receipts.is_empty() {
        return Ok(Err(Refused::NotYet));
    }
    Ok(Ok(receipts))
}

/// Sends one form as it was shown. What is sent of a form before may already answer it in part: then
/// that is sent to those who ask on this one.
async fn send_one(
    portal: &Portal,
    sitting: &Sitting,
    shown: &DraftedForm,
    who: &SignedIn,
) -> Result<Vec<String>, BrokerError> {
    let home = &sitting.home.id;
    let period = shown.form.template.body().period;
    let fresh = portal.broker.drafted_form(home, period).await?;
    if fresh.view.form.template.digest() != shown.view.form.template.digest() {
        return Err(BrokerError::Stale {
            what: "the form".to_owned(),
            current: String::new(),
        });
    }
    let mut receipts = Vec::new();
    let form = match release(portal, sitting, &fresh, who).await? {
        Some(receipt) => {
            receipts.push(receipt);
            portal.broker.drafted_form(home, period).await?
        }
        None => fresh,
    };
    let draft = form.view.draft.as_ref();
    let typed = |id: &EntryId| {
        let typed = draft?.entries.get(id)?.typed.as_ref();
        typed.filter(|_| form.typed.get(id).is_some_and(Result::is_ok))
    };
    let put = form.form.entries().filter(|(_, state)| state.is_put);
    let answers = put.filter_map(|(entry, _)| Some(typed(&entry.id)?.answer.clone()));
    // What follows goes with it only as it was shown.
    let send_worked_out = follows(&form.form) == follows(&shown.form);
    let sent = SubmitAnswers {
        home: home.clone(),
        period,
        template: form.view.form.template.digest(),
        etag: form.view.form.etag.to_string(),
        answers: answers.collect(),
        answered_by: who.answered_by.clone(),
        draft_etag: draft.map_or_else(String::new, |draft| draft.version.to_string()),
        send_worked_out,
        none_in: Vec::new(),
    };
    if sent.answers.is_empty() && (!send_worked_out || follows(&form.form).is_empty()) {
        return Ok(receipts);
    }
    let submitted = portal
        .broker
        .submit_answers(&who.caller(), sent, "", false)
        .await?;
    receipts.extend(submitted.submission.map(|own| own.receipt.clone()));
    Ok(receipts)
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

/// Sends what another form of the sitting just answered to those who ask it on this one.
async fn release(
    portal: &Portal,
    sitting: &Sitting,
    form: &DraftedForm,
    who: &SignedIn,
) -> Result<Option<String>, BrokerError> {
    let was_typed = |id: &EntryId| sitting.forms.iter().any(|own| own.typed.contains_key(id));
    let mut asks: Vec<AskName> = Vec::new();
    let mut entries = Vec::new();
    for (entry, state) in form.view.form.entries() {
        if state.need != Need::Send || !was_typed(&entry.id) {
            continue;
        }
        entries.push(entry.id.to_string());
        for place in &state.unreleased {
            let demand = usize::try_from(*place)
                .ok()
                .and_then(|at| entry.demands.get(at));
            if let Some(demand) = demand.filter(|own| !asks.contains(&own.ask)) {
                asks.push(demand.ask.clone());
            }
        }
    }
    if entries.is_empty() {
        return Ok(None);
    }
    let sent = ReleaseAnswers {
        home: sitting.home.id.clone(),
        period: form.form.template.body().period,
        template: form.view.form.template.digest(),
        etag: form.view.form.etag.to_string(),
        asks,
        entries,
        released_by: who.answered_by.clone(),
    };
    let sent = portal
        .broker
        .release_answers(&who.caller(), sent, "")
        .await?;
    Ok(sent.receipt.map(|receipt| receipt.receipt().to_owned()))
}
