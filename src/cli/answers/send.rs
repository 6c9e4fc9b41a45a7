//! `answers confirm-unchanged`, `decline` and `release`: what takes no new value.

use crate::domain::answer::DeclineReason;
use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::out::{self, Format};
use super::super::{form, known, value};
use super::{receipt_text, told};

/// Say that nothing has changed: confirm what the form offers for states and standing facts
#[derive(Debug, clap::Args)]
pub(crate) struct ConfirmUnchanged {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// Only this entry, by id; may be given several times
    #[arg(long = "entry", value_name = "ID")]
    entries: Vec<String>,
    /// Who confirms
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
}

/// Say why one question has no answer
#[derive(Debug, clap::Args)]
pub(crate) struct Decline {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// The entry's id, from the form
    entry: String,
    /// not-held, not-applicable, not-clear, takes-too-long or already-given
    reason: String,
    /// More of the reason
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
}

/// Send answers that were given already to askers who came later
#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    /// The home, by CQC location id
    home: String,
    /// The period, such as 2026-11-21, 2026-W47 or 2026-11
    period: String,
    /// The asks to send to, organisations/ID/asks/ASK
    #[arg(required = true)]
    asks: Vec<String>,
    /// Only this entry, by id; may be given several times
    #[arg(long = "entry", value_name = "ID")]
    entries: Vec<String>,
    /// Who sends
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
}

impl ConfirmUnchanged {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let form = form::read(remote, &self.home, &self.period).await?;
        let summary = form.summary.clone().unwrap_or_default();
        let request = v1::ConfirmUnchangedRequest {
            name: summary.name,
            template: summary.template,
            etag: summary.etag,
            entries: self.entries.clone(),
            answered_by: self.by.clone(),
            request_id: String::new(),
        };
        let response = remote.forms().confirm_unchanged(request).await;
        let response = response?.into_inner();
        for not in &response.not_confirmed {
            let entry = form.entries.iter().find(|entry| entry.id == not.entry);
            let wording = entry.map_or(not.entry.as_str(), |entry| &entry.wording);
            out::note(format_args!("not confirmed: {wording}: {}", not.message));
        }
        for warning in &response.warnings {
            let entry = form.entries.iter().find(|entry| entry.id == warning.entry);
            let wording = entry.map_or(warning.entry.as_str(), |entry| &entry.wording);
            out::note(format_args!("please check: {wording}: {}", warning.message));
        }
        told(response.receipt.as_ref(), format, || {
            match &response.receipt {
                Some(receipt) => confirmed_text(receipt, &form),
                None => "There is nothing to confirm; nothing was sent.".into(),
            }
        })
    }
}

/// A receipt in a sentence, then what was confirmed.
fn confirmed_text(receipt: &v1::Receipt, form: &v1::Form) -> String {
    let mut lines = vec![receipt_text(receipt)];
    for answer in &receipt.answers {
        let entry = form.entries.iter().find(|entry| entry.id == answer.entry);
        let wording = entry.map_or(answer.entry.as_str(), |entry| &entry.wording);
        let given = v1::GivenAnswer {
            value: answer.value.clone(),
            ..v1::GivenAnswer::default()
        };
        let from = answer.worked_out.as_ref().filter(|own| !own.confirmed);
        let from = from.map_or_else(String::new, |own| format!(" ({})", known::from(own)));
        lines.push(format!("  {wording}: {}{from}", value::given(&given)));
    }
    lines.join("\n")
}

impl Decline {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let reason = self.reason.parse::<DeclineReason>();
        let reason = reason.map_err(|error| Failure::refused(error.to_string()))?;
        let form = form::read(remote, &self.home, &self.period).await?;
        let summary = form.summary.unwrap_or_default();
        let request = v1::DeclineQuestionRequest {
            name: summary.name,
            template: summary.template,
            etag: summary.etag,
            entry: self.entry.clone(),
            reason: v1::DeclineReason::from(reason).into(),
            note: self.note.clone(),
            answered_by: self.by.clone(),
            request_id: String::new(),
        };
        let response = remote.forms().decline_question(request).await;
        let response = response?.into_inner();
        let receipt = response.receipt.unwrap_or_default();
        told(Some(&receipt), format, || receipt_text(&receipt))
    }
}

impl Release {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let form = form::read(remote, &self.home, &self.period).await?;
        let summary = form.summary.unwrap_or_default();
        let request = v1::ReleaseAnswersRequest {
            name: summary.name,
            template: summary.template,
            etag: summary.etag,
            asks: self.asks.clone(),
            entries: self.entries.clone(),
            released_by: self.by.clone(),
            request_id: String::new(),
        };
        let response = remote.forms().release_answers(request).await;
        let response = response?.into_inner();
        told(response.receipt.as_ref(), format, || {
            match &response.receipt {
                Some(receipt) => receipt_text(receipt),
                None => "They have all of it already; nothing was sent.".into(),
            }
        })
    }
}
