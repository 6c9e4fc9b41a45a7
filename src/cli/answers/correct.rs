//! `answers correct`: one answer put right, for everyone who holds the old one.

use crate::domain::check::RawAnswer;
use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::form;
use super::super::out::{self, Format};
use super::{receipt_text, told};

/// Correct one answer, however long ago it was sent
#[derive(Debug, clap::Args)]
#[command(after_help = "The correction goes to exactly those who hold the old answer.")]
pub(crate) struct Correct {
    /// The home, by CQC location id
    home: String,
    /// The period of the form that it was sent on
    period: String,
    /// The entry's id, from the form or the receipt
    entry: String,
    /// The receipt that it was sent under; refused if the answer has changed since
    #[arg(long, value_name = "ID")]
    receipt: Option<String>,
    #[command(flatten)]
    value: NewValue,
    /// Who corrects
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What is right.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What is right (give one)")]
struct NewValue {
    /// A number
    #[arg(long, value_name = "FIGURE")]
    number: Option<String>,
    /// The unit of the number, if it is not the question's own
    #[arg(long, value_name = "CODE", requires = "number")]
    unit: Option<String>,
    /// Yes (true) or no (false)
    #[arg(long, value_name = "true|false")]
    yes_no: Option<bool>,
    /// A date, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
    /// A text
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// The label of an option; may be given several times
    #[arg(long = "option", value_name = "LABEL")]
    options: Vec<String>,
    /// None of the options
    #[arg(long, conflicts_with = "options")]
    none_of_these: bool,
    /// A reason why there is no answer, such as not-held
    #[arg(long, value_name = "REASON")]
    declined: Option<String>,
    /// More of the reason
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// The day that it speaks of, where the question is answered on completion
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// An answer in JSON instead, for boxes of a breakdown; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["number", "yes_no", "date", "text"])]
    file: Option<String>,
}

impl NewValue {
    fn answer(&self, entry: &str) -> Result<RawAnswer> {
        let mut answer = match &self.file {
            Some(file) => Source::read(file)?.json::<RawAnswer>()?,
            None => RawAnswer {
                number: self.number.clone(),
                unit: self.unit.clone(),
                yes_no: self.yes_no,
                date: self.date.clone(),
                text: self.text.clone(),
                options: (self.none_of_these || !self.options.is_empty())
                    .then(|| self.options.clone()),
                declined: self.declined.clone(),
                note: self.note.clone(),
                on: self.on.clone(),
                ..RawAnswer::default()
            },
        };
        entry.clone_into(&mut answer.entry);
        Ok(answer)
    }
}

impl Correct {
    /// Runs the command.
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let answer = v1::Answer::try_from(self.value.answer(&self.entry)?);
        let answer = answer.map_err(|faults| Failure::refused(faults.to_string()))?;
        let form = form::name(&self.home, &self.period);
        let request = v1::CorrectAnswerRequest {
            name: match &self.receipt {
                Some(receipt) => format!("{form}/receipts/{receipt}"),
                None => form,
            },
            answer: Some(answer),
            etag: String::new(),
            answered_by: self.by.clone(),
            request_id: String::new(),
            validate_only: self.dry_run,
        };
        let response = remote.forms().correct_answer(request).await;
        let response = response?.into_inner();
        for warning in &response.warnings {
            out::note(format_args!("please check: {}", warning.message));
        }
        told(response.receipt.as_ref(), format, || {
            match &response.receipt {
                Some(receipt) => receipt_text(receipt),
                None if response.unchanged => {
                    "That is the answer already; nothing was sent.".into()
                }
                None => "Nothing is wrong; nothing was sent.".into(),
            }
        })
    }
}
