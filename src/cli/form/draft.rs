//! `form draft`: what was typed and not sent.

use clap::Subcommand;
use serde_json::{Value, json};
use tonic_types::StatusExt as _;

use crate::domain::check::RawAnswer;
use crate::domain::fault::Fault;
use crate::grpc::v1;

use super::super::answers;
use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::out::{self, Format, Listing};

/// What was typed for a form and not sent
#[derive(Debug, Subcommand)]
pub(crate) enum Draft {
    /// Show what was typed, by whom, and what of it has left the form
    Show {
        /// The home, by CQC location id
        home: String,
        /// The period, such as 2026-11-21, 2026-W47 or 2026-11
        period: String,
    },
    /// Keep what was typed: any part of the form, nothing of it checked
    #[command(
        after_help = "A sheet or JSON as for answers submit. In JSON, an answer that has only \
        its entry discards what was typed for it. Without --etag, entries that somebody else has \
        typed in are a conflict."
    )]
    Save {
        /// The home, by CQC location id
        home: String,
        /// The period, such as 2026-11-21, 2026-W47 or 2026-11
        period: String,
        /// A sheet (.csv) or JSON; `-` for JSON on standard input
        file: String,
        /// The draft's etag as it was seen; see form draft show -o json
        #[arg(long, value_name = "ETAG", default_value = "")]
        etag: String,
        /// Who types
        #[arg(long, value_name = "NAME", default_value = "")]
        by: String,
    },
}

impl Draft {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Format) -> Result<()> {
        match self {
            Self::Show { home, period } => {
                let form = super::read(remote, home, period).await?;
                show(&form.draft.unwrap_or_default(), format)
            }
            Self::Save {
                home,
                period,
                file,
                etag,
                by,
            } => {
                let form = super::read(remote, home, period).await?;
                let request = v1::SaveDraftRequest {
                    name: super::name(home, period),
                    etag: etag.clone(),
                    answers: typed(Source::read(file)?, &form)?,
                    saved_by: by.clone(),
                };
                let saved = remote.forms().save_draft(request).await;
                let saved = saved.map_err(|status| with_conflicts(status, &form))?;
                show(&saved.into_inner().draft.unwrap_or_default(), format)
            }
        }
    }
}

/// What a file says was typed; in JSON, what names its entry alone too.
fn typed(source: Source, form: &v1::Form) -> Result<Vec<v1::Answer>> {
    let raw: Vec<RawAnswer> = if source.is_csv() {
        answers::read(source, form)?.answers
    } else {
        source.json_list()?
    };
    let (mut typed, mut reasons) = (Vec::new(), Vec::new());
    for (place, answer) in raw.into_iter().enumerate() {
        match v1::Answer::try_from(answer) {
            Ok(answer) => typed.push(answer),
            Err(faults) => {
                let said = |fault: &Fault| format!("answers[{place}].{fault}");
                reasons.extend(faults.iter().map(said));
            }
        }
    }
    if reasons.is_empty() {
        return Ok(typed);
    }
    Err(Failure::refused("nothing was saved, for").because(reasons))
}

/// A refusal with the questions in conflict, in words.
fn with_conflicts(status: tonic::Status, form: &v1::Form) -> Failure {
    let details = status.get_details_precondition_failure();
    let violations = details
        .map(|details| details.violations)
        .unwrap_or_default();
    let reasons = violations.into_iter().map(|violation| {
        let entry = form.entries.iter().find(|own| own.id == violation.subject);
        let wording = entry.map_or(violation.subject.as_str(), |entry| &entry.wording);
        format!("{wording}: {}", violation.description)
    });
    let reasons: Vec<String> = reasons.collect();
    Failure::from(status).because(reasons)
}

fn show(draft: &v1::Draft, format: Format) -> Result<()> {
    if format == Format::Json {
        let entries: Vec<Value> = draft.entries.iter().map(entry_json).collect();
        let etag = out::text(draft.etag.as_str());
        return out::data(&out::json_text(&json!({"etag": etag, "entries": entries}))?);
    }
    let columns = [
        "entry", "question", "typed", "saved_by", "saved_at", "has_left",
    ];
    let mut listing = Listing::new(columns);
    for entry in &draft.entries {
        let at = entry.saved_at.as_ref().map(ToString::to_string);
        let answer = entry.answer.clone().unwrap_or_default();
        listing.add([
            out::text(answer.entry.as_str()),
            out::text(entry.wording.as_str()),
            out::text(said(&answer)),
            out::text(entry.saved_by.as_str()),
            out::text(at.unwrap_or_default()),
            Value::from(entry.has_left),
        ]);
    }
    listing.print(format)
}

fn entry_json(entry: &v1::DraftEntry) -> Value {
    let answer = entry
        .answer
        .clone()
        .and_then(|answer| RawAnswer::try_from(answer).ok());
    json!({
        "answer": answer,
        "question": entry.wording,
        "saved_by": out::text(entry.saved_by.as_str()),
        "saved_at": entry.saved_at.as_ref().map(ToString::to_string),
        "has_left": entry.has_left,
    })
}

/// What was typed, as one text.
fn said(answer: &v1::Answer) -> String {
    let boxes = answer.grids.iter().map(super::value::boxes);
    let yes_no = answer
        .yes_no
        .map(|yes| super::value::yes_no(yes).to_owned());
    let declined = match answer.declined() {
        v1::DeclineReason::Unspecified => None,
        reason => Some(super::word(reason.as_str_name(), "DECLINE_REASON")),
    };
    let texts = [&answer.number, &answer.unit, &answer.date, &answer.text];
    let texts = texts.into_iter().filter(|text| !text.is_empty()).cloned();
    let none = answer.none_of_these.then(|| "none of these".to_owned());
    let confirm = answer.confirm.then(|| "still true".to_owned());
    let parts = texts
        .chain(boxes)
        .chain(yes_no)
        .chain(answer.options.iter().cloned())
        .chain(none)
        .chain(declined)
        .chain(confirm);
    parts.collect::<Vec<_>>().join(" ")
}
