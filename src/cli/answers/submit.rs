//! `answers submit`: what a home answers, with what follows from it.

use crate::domain::fault::Fault;
use crate::grpc::v1;

use super::super::connect::{self, Remote};
use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::form;
use super::super::out::{self, Format};
use super::{Given, answers_text, read, told};

/// Send answers: any part of the form, with what is worked out from them
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What the form shows as worked out goes along, and what follows from the answers \
    sent, unless --leave-worked-out is given. What the form shows as to be confirmed goes only with \
    yes in the column confirm of its row, or with answers confirm-unchanged."
)]
pub(crate) struct Submit {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// A sheet (.csv) or JSON; `-` for JSON on standard input; none to send what is worked out, or
    /// --none, alone
    file: Option<String>,
    /// A topic of the form, by its heading, of which nothing happened: every number of events that
    /// is still to be answered there is 0; may be given several times
    #[arg(long = "none", value_name = "TOPIC")]
    none_in: Vec<String>,
    /// Send the answers alone, without what is worked out
    #[arg(long)]
    leave_worked_out: bool,
    /// Who answers
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// How answers are sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sending {
    /// Who answers.
    pub(crate) by: String,
    /// Check everything and write nothing.
    pub(crate) dry_run: bool,
    /// Send the answers alone, without what is worked out.
    pub(crate) leave_worked_out: bool,
    /// Topics of the form of which nothing happened.
    pub(crate) none_in: Vec<String>,
}

impl Submit {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let source = self.file.as_deref().map(Source::read).transpose()?;
        let form = form::read(remote, &self.home, &self.period).await?;
        let given = match source {
            Some(source) => read(source, &form)?,
            None => Given::nothing(),
        };
        let sending = Sending {
            by: self.by.clone(),
            dry_run: self.dry_run,
            leave_worked_out: self.leave_worked_out,
            none_in: self.none_in.iter().map(|own| heading(own, &form)).collect(),
        };
        let idle = sending.none_in.iter().filter(|own| is_idle(own, &form));
        for topic in idle {
            out::note(format_args!(
                "--none {topic}: no number of events is left to be answered there"
            ));
        }
        let response = submit(remote, &form, &given, &sending).await?;
        for warning in warnings(&given, &response, &form) {
            out::note(format_args!("please check: {warning}"));
        }
        told(response.receipt.as_ref(), format, || {
            summary(&response, sending.dry_run)
        })
    }
}

/// A topic as the form words its heading; as it was typed, where the form has no such heading.
fn heading(typed: &str, form: &v1::Form) -> String {
    let typed = typed.trim();
    let alike = |entry: &&v1::FormEntry| entry.topic.to_lowercase() == typed.to_lowercase();
    let found = form.entries.iter().find(alike);
    found.map_or(typed, |entry| &entry.topic).to_owned()
}

/// Whether a topic of the form has no number of events that is still to be answered.
fn is_idle(topic: &str, form: &v1::Form) -> bool {
    use v1::FieldType;

    let is_of_events = |entry: &v1::FormEntry| {
        let adds_up = matches!(
            entry.r#type(),
            FieldType::Count | FieldType::Quantity | FieldType::Money
        );
        adds_up && entry.timing.starts_with("during") && entry.need() == v1::EntryNeed::Answer
    };
    let mut own = form.entries.iter().filter(|entry| entry.topic == topic);
    let is_known = own.clone().next().is_some();
    is_known && !own.any(is_of_events)
}

/// Sends answers.
///
/// # Errors
/// Every fault, placed in the file that the answers were read from.
pub(crate) async fn submit(
    remote: &Remote,
    form: &v1::Form,
    given: &Given,
    sending: &Sending,
) -> Result<v1::SubmitAnswersResponse> {
    let summary = form.summary.clone().unwrap_or_default();
    let goes_along = !sending.leave_worked_out && summary.worked_out > 0;
    if given.answers.is_empty() && sending.none_in.is_empty() && !goes_along {
        return Err(Failure::refused(given.has_none()));
    }
    let mut reasons = Vec::new();
    let mut answers = Vec::with_capacity(given.answers.len());
    let mut places = Vec::with_capacity(given.answers.len());
    for (place, answer) in given.answers.iter().enumerate() {
        match v1::Answer::try_from(answer.clone()) {
            Ok(message) => {
                answers.push(message);
                places.push(place);
            }
            Err(faults) => {
                let said = |fault: &Fault| given.placed(place, &fault.path, &fault.message);
                reasons.extend(faults.iter().map(said));
            }
        }
    }
    let request = v1::SubmitAnswersRequest {
        name: summary.name,
        template: match given.template.as_str() {
            "" => summary.template,
            template => template.to_owned(),
        },
        etag: summary.etag.clone(),
        answers,
        answered_by: sending.by.clone(),
        request_id: String::new(),
        // What cannot be sent is a fault; the others are then only checked, to name theirs too.
        validate_only: sending.dry_run || !reasons.is_empty(),
        draft_etag: form.draft.clone().unwrap_or_default().etag,
        send_worked_out: !sending.leave_worked_out,
        none_in: sending.none_in.clone(),
    };
    match remote.forms().submit_answers(request).await {
        Ok(response) if reasons.is_empty() => return Ok(response.into_inner()),
        Ok(_) => {}
        Err(status) => {
            let faults = connect::faults(&status);
            if faults.is_empty() {
                return Err(Failure::from(status).because(reasons));
            }
            let topics = |fault| of_topic(fault, sending, form);
            let faults = faults.into_iter().map(topics);
            reasons.extend(faults.map(|fault| match fault {
                Ok(said) => said,
                Err(fault) => given.fault(&places, fault),
            }));
        }
    }
    Err(Failure::refused("nothing was sent, for").because(reasons))
}

/// A fault of a topic, with the topics that the form has; else the fault as it was.
fn of_topic(
    (path, message): (String, String),
    sending: &Sending,
    form: &v1::Form,
) -> std::result::Result<String, (String, String)> {
    let place = path
        .strip_prefix("none_in[")
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|place| place.parse::<usize>().ok());
    let Some(topic) = place.and_then(|place| sending.none_in.get(place)) else {
        return Err((path, message));
    };
    let mut known: Vec<&str> = form.entries.iter().map(|own| own.topic.as_str()).collect();
    known.dedup();
    Ok(format!(
        "--none {topic}: {message}; its topics are {}",
        known.join(", ")
    ))
}

/// What was taken, in a sentence.
pub(crate) fn summary(response: &v1::SubmitAnswersResponse, dry_run: bool) -> String {
    let form = response.form.clone().unwrap_or_default();
    let (answered, entries) = (form.answered, form.entries);
    match &response.receipt {
        None if dry_run => "Nothing is wrong; nothing was sent.".to_owned(),
        None => "There is nothing to send; nothing was sent.".to_owned(),
        Some(receipt) => {
            let releases: usize = receipt.answers.iter().map(|a| a.releases.len()).sum();
            let number = receipt.name.rsplit('/').next().unwrap_or_default();
            let fields = if releases == 1 { "field" } else { "fields" };
            format!(
                "Receipt {number}: {}, sent to {releases} {fields}; {answered} of {entries} \
                 questions answered",
                answers_text(receipt)
            )
        }
    }
}

/// What is worth a second look, placed in the file; by the question's wording where it is not there.
fn warnings(given: &Given, response: &v1::SubmitAnswersResponse, form: &v1::Form) -> Vec<String> {
    let placed = |warning: &v1::AnswerWarning| {
        let place = warning.answer as usize;
        let entry = form.entries.iter().find(|entry| entry.id == warning.entry);
        match entry.filter(|_| place >= given.answers.len()) {
            Some(entry) => format!("{}: {}", entry.wording, warning.message),
            None => given.placed(place, "", &warning.message),
        }
    };
    response.warnings.iter().map(placed).collect()
}
