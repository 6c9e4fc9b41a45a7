//! A home says that nothing has changed: what its form offers is still true.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::check::{RawAnswer, check};
use crate::domain::digest::Digest;
use crate::domain::fault::Faults;
use crate::domain::field_type::Timing;
use crate::domain::form::{EntryState, Form, Need, Offered};
use crate::domain::id::{HomeId, shown};
use crate::domain::limits::ANSWERS_PER_SUBMISSION_MAX;
use crate::domain::period::Period;
use crate::domain::template::{Entry, EntryId};

use super::submit_answers::{check_fresh, check_name};
use super::{Broker, BrokerError, Caller, SubmitAnswers, SubmittedAnswers, idempotency};

/// What a home confirms.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ConfirmUnchanged {
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// Digest of the template that the home saw.
    pub template: Digest,
    /// The form's etag as the home saw it: it says which offers.
    pub etag: String,
    /// The entries to confirm; none for every state and standing fact that the form offers something
    /// for.
    pub entries: Vec<String>,
    /// Who confirms, in the home's words.
    pub answered_by: String,
}

/// What was confirmed, and what not.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// What was sent, with the form as it stands now.
    pub submitted: SubmittedAnswers,
    /// What could not be confirmed, in the form's order.
    pub not_confirmed: Vec<NotConfirmed>,
}

/// An entry that could not be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotConfirmed {
    /// The entry.
    pub entry: EntryId,
    /// Why not.
    pub reason: WhyNot,
    /// The same in a sentence.
    pub message: String,
}

/// Why an entry could not be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// It speaks of what happened during a time.
    During,
    /// The form offers nothing.
    NothingOffered,
    /// It is answered and sent to all who ask.
    Sent,
    /// What is offered is no answer to the question as it is put now.
    NoLongerFits,
}

impl Broker {
    /// Confirms what a form offers for states and standing facts, as answers given anew; for what
    /// happened during a time, what was worked out and is listed. Sending it twice under one request
    /// id is harmless.
    ///
    /// # Errors
    /// Every fault, by path; a form that has changed since the home saw it; a request id used for
    /// something else.
    pub async fn confirm_unchanged(
        &self,
        caller: &Caller,
        asked: ConfirmUnchanged,
        request_id: &str,
    ) -> Result<Confirmed, BrokerError> {
        check_envelope(&asked)?;
        let idempotency = idempotency(caller, "ConfirmUnchanged", request_id, &asked)?;
        let before = self.seen_before(idempotency.as_ref()).await?;
        let form = self.load_form(&asked.home, asked.period).await?.form;
        if before.is_none() {
            check_fresh(&asked.template, &asked.etag, &form)?;
        }
        let today = self.now_in_london().date();
        let (answers, mut not_confirmed) = match chosen(&asked.entries, &form, today) {
            // What was confirmed stays so, though an entry has left the form since.
            Err(_) if before.is_some() => (Vec::new(), Vec::new()),
            chosen => chosen?,
        };
        if answers.is_empty() && before.is_none() {
            let submitted = SubmittedAnswers {
                submission: None,
                warnings: Vec::new(),
                form,
            };
            return Ok(Confirmed {
                submitted,
                not_confirmed,
            });
        }
        let sent = SubmitAnswers {
            home: asked.home,
            period: asked.period,
            template: asked.template,
            etag: asked.etag,
            answers,
            answered_by: asked.answered_by,
            draft_etag: String::new(),
            send_worked_out: false,
            none_in: Vec::new(),
        };
        let submitted = match self.submitted_before(&sent, idempotency.as_ref()).await? {
            Some(before) => before,
            None => self.submit(caller, sent, idempotency, false).await?,
        };
        let receipt = submitted.submission.iter();
        let confirmed = receipt.flat_map(|submission| &submission.answers);
        let confirmed: BTreeSet<EntryId> = confirmed.map(|answer| answer.entry).collect();
        not_confirmed.retain(|own| !confirmed.contains(&own.entry));
        Ok(Confirmed {
            submitted,
            not_confirmed,
        })
    }
}

fn check_envelope(asked: &ConfirmUnchanged) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if asked.etag.is_empty() {
        faults.add("etag", "is needed: it says which offers were seen");
    }
    if asked.entries.len() > ANSWERS_PER_SUBMISSION_MAX {
        let message = format!("are more than {ANSWERS_PER_SUBMISSION_MAX}");
        faults.add("entries", message);
    }
    check_name("answered_by", &asked.answered_by, &mut faults);
    faults.into_result()
}

/// The confirmations to send, and what cannot be confirmed.
fn chosen(
    listed: &[String],
    form: &Form,
    today: Date,
) -> Result<(Vec<RawAnswer>, Vec<NotConfirmed>), Faults> {
    let listed = listed_entries(listed, form)?;
    let (mut answers, mut not_confirmed) = (Vec::new(), Vec::new());
    for (entry, state) in form.entries() {
        // What waits for another answer is worth a word only where it was asked about.
        let is_meant = match &listed {
            Some(listed) => listed.contains(&entry.id),
            None => state.is_put && !goes_by_itself(state),
        };
        if !is_meant {
            continue;
        }
        match confirmation(entry, state, listed.is_some(), today) {
            Ok(answer) => answers.push(answer),
            // What all have is worth a word only where it was asked about.
            Err((WhyNot::Sent, _)) if listed.is_none() => {}
            Err((reason, message)) => not_confirmed.push(NotConfirmed {
                entry: entry.id,
                reason,
                message,
            }),
        }
    }
    Ok((answers, not_confirmed))
}

/// The entries that are listed, each on the form and once; none where all are meant.
pub(super) fn listed_entries(
    listed: &[String],
    form: &Form,
) -> Result<Option<BTreeSet<EntryId>>, Faults> {
    let mut faults = Faults::new();
    let mut entries = BTreeSet::new();
    for (position, text) in listed.iter().enumerate() {
        let path = format!("entries[{position}]");
        let id = text.parse::<EntryId>().ok();
        let on_form = id.filter(|id| form.template.entry(id).is_some());
        match on_form {
            None => faults.add(path, format!("{} is not on this form", shown(text))),
            Some(id) if !entries.insert(id) => faults.add(path, "is listed twice"),
            Some(_) => {}
        }
    }
    faults.into_result()?;
    Ok((!listed.is_empty()).then_some(entries))
}

/// Whether what is offered is computed and needs nobody's look: confirmed, it would no longer follow
/// what it was worked out from.
fn goes_by_itself(state: &EntryState) -> bool {
    let is_computed = state.offered.as_ref().is_some_and(is_computed);
    is_computed && matches!(state.need, Need::WorkedOut | Need::Register)
}

/// Whether what is offered was computed from what the home said, and not only carried over.
fn is_computed(offered: &Offered) -> bool {
    let worked_out = offered.answer.worked_out.as_ref();
    worked_out.is_some_and(|own| own.how.is_computed())
}

fn confirmation(
    entry: &Entry,
    state: &EntryState,
    is_listed: bool,
    today: Date,
) -> Result<RawAnswer, (WhyNot, String)> {
    let not = |reason, message: &str| Err((reason, message.to_owned()));
    if state.answer.is_some() && state.unreleased.is_empty() && state.need != Need::Confirm {
        return not(WhyNot::Sent, "it is answered and sent to all who ask");
    }
    let is_of_events = matches!(entry.timing, Timing::During | Timing::LookBack(_));
    let is_computed = state.offered.as_ref().is_some_and(is_computed);
    if is_of_events && is_computed && !is_listed {
        let message = "it speaks of what happened during a time: look at what was worked out, and \
            confirm it by itself";
        return not(WhyNot::During, message);
    }
    if is_of_events && !is_computed && state.pending.is_none() {
        let message = "it speaks of what happened during a time, which is answered anew each time";
        return not(WhyNot::During, message);
    }
    if !state.is_put {
        return not(WhyNot::NothingOffered, "it waits for another answer");
    }
    if state.pending.is_some() {
        let message = "it follows from questions that are still to be answered";
        return not(WhyNot::NothingOffered, message);
    }
    let Some(offered) = &state.offered else {
        return not(WhyNot::NothingOffered, "the form offers nothing for it");
    };
    let answer = RawAnswer {
        entry: entry.id.to_string(),
        confirm: true,
        ..RawAnswer::default()
    };
    match check(&answer, entry, Some(&offered.answer), today) {
        Ok(_) => Ok(answer),
        Err(faults) => Err((WhyNot::NoLongerFits, faults.to_string())),
    }
}
