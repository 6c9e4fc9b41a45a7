//! `answers`: what a home answers, sent in one go.

mod correct;
mod send;
mod sheet;
mod submit;

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use crate::domain::check::RawAnswer;
use crate::grpc::v1;

use super::connect::{self, ServerArgs};
use super::failure::Result;
use super::file::Source;
use super::json_place::locate;
use super::out::{self, Format, Listing};
use super::{form, known};

pub(crate) use self::submit::{Sending, submit, summary};

/// Answers of homes (their home people).
#[derive(Debug, Subcommand)]
pub(crate) enum Answers {
    /// Write a sheet of the questions that are still open, to be filled in
    #[command(
        after_help = "Output is CSV unless --output says otherwise. In the column value: a \
        number; yes or no; a date as YYYY-MM-DD; a text; an option's label, several with ; between \
        them; boxes of a breakdown as nurse=3; care=10; other=4. Or in the column reason: not-held, \
        not-applicable, not-clear, takes-too-long or already-given. Or yes in the column confirm, to \
        say that what stands under offered is right; offered_from says where it comes from. Rows \
        left blank are not sent, but what is worked out goes along."
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
    /// Send answers: any part of the form, with what is worked out from them
    Submit(submit::Submit),
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
            Self::Submit(command) => command.run(&remote, format).await,
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
    /// No answers, of no file.
    fn nothing() -> Self {
        Self {
            template: String::new(),
            answers: Vec::new(),
            places: Vec::new(),
            source: Source::of("", ""),
        }
    }

    /// That there is nothing to send.
    fn has_none(&self) -> String {
        match self.source.name.as_str() {
            "" => "there is nothing to send; name a file of answers".to_owned(),
            name => format!("{name} has no answer"),
        }
    }

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
    let columns = [
        "receipt",
        "entry",
        "answered_for",
        "sent_to",
        "fields",
        "worked_out",
        "worked_out_from",
    ];
    let mut listing = Listing::new(columns);
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
            out::text(
                answer
                    .worked_out
                    .as_ref()
                    .map(known::how)
                    .unwrap_or_default(),
            ),
            out::text(
                answer
                    .worked_out
                    .as_ref()
                    .map(known::from)
                    .unwrap_or_default(),
            ),
        ]);
    }
    listing.print(format)
}

/// A receipt in a sentence: its number, how many answers, to how many fields.
fn receipt_text(receipt: &v1::Receipt) -> String {
    let releases: usize = receipt.answers.iter().map(|a| a.releases.len()).sum();
    let number = receipt.name.rsplit('/').next().unwrap_or_default();
    let fields = if releases == 1 { "field" } else { "fields" };
    let answers = answers_text(receipt);
    format!("Receipt {number}: {answers}, sent to {releases} {fields}")
}

/// What a receipt holds: "12 answers, and 8 values that were worked out".
fn answers_text(receipt: &v1::Receipt) -> String {
    let is_of_register = |own: &v1::WorkedOut| own.how() == v1::WorkedOutHow::Register;
    let (mut given, mut worked_out, mut registered) = (0, 0, 0);
    for answer in &receipt.answers {
        match answer.worked_out.as_ref().filter(|own| !own.confirmed) {
            None => given += 1,
            Some(own) if is_of_register(own) => registered += 1,
            Some(_) => worked_out += 1,
        }
    }
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        many_of => Some(format!("{many_of} {many}")),
    };
    let parts = [
        counted(given, "answer", "answers"),
        counted(
            worked_out,
            "value that was worked out",
            "values that were worked out",
        ),
        counted(
            registered,
            "value from the register",
            "values from the register",
        ),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => "0 answers".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}

/// Open questions as JSON to be filled in.
fn json_template(form: &v1::Form, all: bool) -> AnswersFile {
    let open = form
        .entries
        .iter()
        .filter(|entry| all || sheet::is_open(entry));
    let blank = |entry: &v1::FormEntry| RawAnswer {
        entry: entry.id.clone(),
        ..RawAnswer::default()
    };
    AnswersFile {
        template: form.summary.clone().unwrap_or_default().template,
        answers: open.map(blank).collect(),
    }
}
