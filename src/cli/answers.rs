//! `answers`: what a home answers, sent in one go.

mod correct;
mod send;
mod sheet;

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use crate::domain::check::RawAnswer;
use crate::domain::fault::Fault;
use crate::grpc::v1;

use super::connect::{self, Remote, ServerArgs};
use super::failure::{Failure, Result};
use super::file::Source;
use super::form;
use super::json_place::locate;
use super::out::{self, Format, Listing};

/// Answers of homes (their home people).
#[derive(Debug, Subcommand)]
pub(crate) enum Answers {
    /// Write a sheet of the questions that are still open, to be filled in
    #[command(
        after_help = "Output is CSV unless --output says otherwise. In the column value: a \
        number; yes or no; a date as YYYY-MM-DD; a text; an option's label, several with ; between \
        them; boxes of a breakdown as nurse=3; care=10; other=4. Or in the column reason: not-held, \
        not-applicable, not-clear, takes-too-long or already-given. Rows left blank are not sent."
    )]
    Template {
        /// The home, by CQC location id
        home: String,
        /// The period, such as 2026-11-21, 2026-W47 or 2026-11
        period: String,
        /// The questions that are answered, too
        #[arg(long)]
        all: bool,
    },
    /// Send answers: any part of the form
    Submit {
        /// The home, by CQC location id
        home: String,
        /// The period, such as 2026-11-21, 2026-W47 or 2026-11
        period: String,
        /// A sheet (.csv) or JSON; `-` for JSON on standard input
        file: String,
        /// Who answers
        #[arg(long, value_name = "NAME", default_value = "")]
        by: String,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    Correct(Box<correct::Correct>),
    ConfirmUnchanged(send::ConfirmUnchanged),
    Decline(send::Decline),
    Release(send::Release),
}

/// A JSON file of answers with the template that they were given on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersFile {
    /// Digest of the template that the home saw; empty for the form as it stands.
    #[serde(default)]
    template: String,
    answers: Vec<RawAnswer>,
}

/// Answers that were read, with what it takes to place a fault.
pub(crate) struct Given {
    /// Digest of the template that the home saw; empty for the form as it stands.
    pub(crate) template: String,
    /// The answers.
    pub(crate) answers: Vec<RawAnswer>,
    /// Where each answer stands: its line, or its path in the JSON.
    places: Vec<Place>,
    source: Source,
}

enum Place {
    Line(usize),
    Json(String),
}

impl Answers {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Option<Format>) -> Result<()> {
        let remote = server.connect().await?;
        match self {
            Self::Template { home, period, all } => {
                let form = form::read(&remote, home, period).await?;
                match format {
                    Some(Format::Json) => out::data(&out::json_text(&json_template(&form, *all))?),
                    other => sheet::template(&form, *all).print(other.unwrap_or(Format::Csv)),
                }
            }
            Self::Submit {
                home,
                period,
                file,
                by,
                dry_run,
            } => {
                let source = Source::read(file)?;
                let form = form::read(&remote, home, period).await?;
                let given = read(source, &form)?;
                let response = submit(&remote, &form, &given, by, *dry_run).await?;
                report(&given, &response, format.unwrap_or(Format::Table))
            }
            Self::Correct(command) => command.run(&remote, format).await,
            Self::ConfirmUnchanged(command) => command.run(&remote, format).await,
            Self::Decline(command) => command.run(&remote, format).await,
            Self::Release(command) => command.run(&remote, format).await,
        }
    }
}

/// Reads answers to a form.
pub(crate) fn read(source: Source, form: &v1::Form) -> Result<Given> {
    if source.is_csv() {
        let (template, rows) = sheet::read(&source, form)?;
        let (lines, answers): (Vec<usize>, Vec<RawAnswer>) = rows.into_iter().unzip();
        return Ok(Given {
            template,
            answers,
            places: lines.into_iter().map(Place::Line).collect(),
            source,
        });
    }
    let is_list = source.text.trim_start().starts_with('[');
    let (file, prefix) = if is_list {
        let (template, answers) = (String::new(), source.json()?);
        (AnswersFile { template, answers }, "")
    } else {
        (source.json::<AnswersFile>()?, "answers")
    };
    let mut given = Given {
        template: file.template,
        answers: Vec::new(),
        places: Vec::new(),
        source,
    };
    for (place, answer) in file.answers.into_iter().enumerate() {
        let blank = RawAnswer {
            entry: answer.entry.clone(),
            ..RawAnswer::default()
        };
        // What a template leaves open is not sent.
        if answer != blank {
            given.answers.push(answer);
            given.places.push(Place::Json(format!("{prefix}[{place}]")));
        }
    }
    Ok(given)
}

impl Given {
    /// Something about an answer, placed in the file.
    fn placed(&self, answer: usize, member: &str, message: &str) -> String {
        let name = &self.source.name;
        match self.places.get(answer) {
            Some(Place::Line(line)) => match sheet::column_of(member) {
                "" => format!("{name}: line {line}: {message}"),
                column => format!("{name}: line {line}, column {column}: {message}"),
            },
            Some(Place::Json(path)) => {
                let joint = if member.is_empty() { "" } else { "." };
                let said = connect::fault_text((member.to_owned(), message.to_owned()));
                match locate(&self.source.text, &format!("{path}{joint}{member}")) {
                    Some((line, column)) => format!("{name}: line {line}, column {column}: {said}"),
                    None => format!("{name}: {said}"),
                }
            }
            None => message.to_owned(),
        }
    }

    /// A fault by path in a request that holds the answers of these places, placed in the file.
    fn fault(&self, places: &[usize], (path, message): (String, String)) -> String {
        let split = path
            .strip_prefix("answers[")
            .and_then(|rest| rest.split_once(']'));
        let sent = split.and_then(|(place, rest)| Some((place.parse::<usize>().ok()?, rest)));
        match sent.and_then(|(place, rest)| Some((*places.get(place)?, rest))) {
            Some((place, rest)) => self.placed(place, rest.trim_start_matches('.'), &message),
            None => connect::fault_text((path, message)),
        }
    }
}

/// Sends answers.
///
/// # Errors
/// Every fault, placed in the file that the answers were read from.
pub(crate) async fn submit(
    remote: &Remote,
    form: &v1::Form,
    given: &Given,
    by: &str,
    dry_run: bool,
) -> Result<v1::SubmitAnswersResponse> {
    if given.answers.is_empty() {
        let message = format!("{} has no answer", given.source.name);
        return Err(Failure::refused(message));
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
    let summary = form.summary.clone().unwrap_or_default();
    let request = v1::SubmitAnswersRequest {
        name: summary.name,
        template: match given.template.as_str() {
            "" => summary.template,
            template => template.to_owned(),
        },
        etag: summary.etag.clone(),
        answers,
        answered_by: by.to_owned(),
        request_id: String::new(),
        // What cannot be sent is a fault; the others are then only checked, to name theirs too.
        validate_only: dry_run || !reasons.is_empty(),
        draft_etag: form.draft.clone().unwrap_or_default().etag,
        send_worked_out: true,
        none_in: Vec::new(),
    };
    match remote.forms().submit_answers(request).await {
        Ok(response) if reasons.is_empty() => return Ok(response.into_inner()),
        Ok(_) => {}
        Err(status) => {
            let faults = connect::faults(&status);
            if faults.is_empty() {
                return Err(Failure::from(status).because(reasons));
            }
            reasons.extend(faults.into_iter().map(|fault| given.fault(&places, fault)));
        }
    }
    Err(Failure::refused("nothing was sent, for").because(reasons))
}

/// Says what was taken, to whom it went, and what is worth a second look.
fn report(given: &Given, response: &v1::SubmitAnswersResponse, format: Format) -> Result<()> {
    for warning in warnings(given, response) {
        out::note(format_args!("please check: {warning}"));
    }
    let format = Some(format);
    told(response.receipt.as_ref(), format, || summary(response))
}

/// Says what was recorded: a sentence for people, a row an answer for programs.
fn told(
    receipt: Option<&v1::Receipt>,
    format: Option<Format>,
    sentence: impl FnOnce() -> String,
) -> Result<()> {
    let format = format.unwrap_or(Format::Table);
    if format == Format::Table {
        return out::data(&format!("{}\n", sentence()));
    }
    let receipt = receipt.cloned().unwrap_or_default();
    let mut listing = Listing::new(["receipt", "entry", "answered_for", "sent_to", "fields"]);
    for answer in &receipt.answers {
        let asks = answer.releases.iter().map(|release| release.ask.as_str());
        let fields = answer
            .releases
            .iter()
            .map(|r| format!("{} {}", r.ask, r.field));
        let organisations = asks.filter_map(|ask| ask.split('/').nth(1));
        let distinct: std::collections::BTreeSet<&str> = organisations.collect();
        listing.add([
            out::text(receipt.name.rsplit('/').next().unwrap_or_default()),
            out::text(answer.entry.as_str()),
            out::text(answer.reference_label.as_str()),
            out::texts(distinct),
            out::texts(fields),
        ]);
    }
    listing.print(format)
}

/// A receipt in a sentence: its number, how many answers, to how many fields.
fn receipt_text(receipt: &v1::Receipt) -> String {
    let releases: usize = receipt.answers.iter().map(|a| a.releases.len()).sum();
    let number = receipt.name.rsplit('/').next().unwrap_or_default();
    let answers = match receipt.answers.len() {
        1 => "1 answer".to_owned(),
        many => format!("{many} answers"),
    };
    let fields = if releases == 1 { "field" } else { "fields" };
    format!("Receipt {number}: {answers}, sent to {releases} {fields}")
}

/// What was taken, in a sentence.
pub(crate) fn summary(response: &v1::SubmitAnswersResponse) -> String {
    let form = response.form.clone().unwrap_or_default();
    let (answered, entries) = (form.answered, form.entries);
    match &response.receipt {
        None => "Nothing is wrong; nothing was sent.".to_owned(),
        Some(receipt) => {
            let releases: usize = receipt.answers.iter().map(|a| a.releases.len()).sum();
            let number = receipt.name.rsplit('/').next().unwrap_or_default();
            format!(
                "Receipt {number}: {} answers, sent to {releases} fields; {answered} of {entries} \
                 questions answered",
                receipt.answers.len()
            )
        }
    }
}

/// What is worth a second look, placed in the file.
pub(crate) fn warnings(given: &Given, response: &v1::SubmitAnswersResponse) -> Vec<String> {
    let placed =
        |warning: &v1::AnswerWarning| given.placed(warning.answer as usize, "", &warning.message);
    response.warnings.iter().map(placed).collect()
}

/// Open questions as JSON to be filled in.
fn json_template(form: &v1::Form, all: bool) -> AnswersFile {
    let open = form
        .entries
        .iter()
        .filter(|entry| all || entry.answer.is_none());
    let blank = |entry: &v1::FormEntry| RawAnswer {
        entry: entry.id.clone(),
        ..RawAnswer::default()
    };
    AnswersFile {
        template: form.summary.clone().unwrap_or_default().template,
        answers: open.map(blank).collect(),
    }
}
