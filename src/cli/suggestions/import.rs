//! `suggestions import`: a filled-in sheet becomes decisions, all checked before any is recorded.

mod plan;
mod read;

use serde_json::Value;

use self::plan::{Plan, Step};
use crate::cli::connect::{self, Remote, ServerArgs};
use crate::cli::convert::word;
use crate::cli::failure::{Failure, Result};
use crate::cli::file::read_bytes;
use crate::cli::out::{self, Format, Listing};
use crate::cli::{ask, dictionary, governed};
use crate::domain::limits::DECISIONS_PER_BATCH_MAX;
use crate::grpc::v1;

/// What is told of each row: what became of it, and what it changes.
const COLUMNS: [&str; 11] = [
    "line",
    "field",
    "verdict",
    "with",
    "outcome",
    "decision",
    "asks",
    "organisations",
    "homes",
    "open_forms",
    "questions",
];

/// Record the decisions of a sheet that was filled in
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The sheet is that of `askonce suggestions export`, its columns in any order and with \
    further ones. Everything is checked first, and every fault named by line and column; then decisions \
    are recorded in batches of 500. Doing so twice does no harm."
)]
pub(crate) struct Import {
    /// The sheet; `-` for standard input
    #[arg(value_name = "FILE.csv|.xlsx")]
    file: String,
    /// Check everything, say what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Why, for rows that give no reason of their own
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Import {
    /// Runs the command.
    pub(super) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let (name, bytes) = read_bytes(&self.file)?;
        let sheet = read::sheet(&name, bytes)?;
        let remote = server.connect().await?;
        let asks = ask::list(&remote, "-", "").await?;
        let asks = asks
            .iter()
            .map(dictionary::parsed)
            .collect::<Result<Vec<_>>>()?;
        let elements = dictionary::known(&remote).await?;
        let plan = plan::plan(&sheet, &asks, &elements, &self.reason)?;
        let batches: Vec<&[Step]> = plan.steps.chunks(DECISIONS_PER_BATCH_MAX).collect();
        // More than one request can hold are all checked before the first is recorded.
        if batches.len() > 1 || !plan.elements.is_empty() {
            for batch in &batches {
                send(&remote, &name, batch, true).await?;
            }
        }
        let mut listing = Listing::new(COLUMNS);
        let mut told = Told::default();
        for batch in batches {
            let results = send(&remote, &name, batch, self.dry_run).await?;
            for (step, result) in batch.iter().zip(results) {
                told.count(step, &result);
                listing.add(step.row(&result));
            }
        }
        for (line, element) in &plan.elements {
            let outcome = propose(&remote, element, self.dry_run).await?;
            let mut row = [const { Value::Null }; COLUMNS.len()];
            row[0] = Value::from(*line);
            row[1] = out::text(element.label.as_str());
            row[2] = out::text("new");
            row[3] = out::text(element.id.as_str());
            row[4] = out::text(outcome);
            listing.add(row);
        }
        listing.print(format)?;
        told.say(&plan, self.dry_run);
        Ok(())
    }
}

impl Step {
    fn row(&self, result: &v1::DecisionResult) -> [Value; COLUMNS.len()] {
        let verdict = self.decision.verdict();
        let effect = result.effect.as_ref();
        let own = effect.map(|own| (own.asks, own.organisations));
        let [homes, forms, questions] = effect.map(governed::counts).unwrap_or_default();
        [
            Value::from(self.line),
            out::text(self.field.as_str()),
            out::text(word(verdict.as_str_name(), "VERDICT")),
            out::text(self.with.as_str()),
            out::text(word(result.outcome().as_str_name(), "DECISION_OUTCOME")),
            out::text(result.decision.trim_start_matches("decisions/")),
            own.map(|own| own.0).into(),
            own.map(|own| own.1).into(),
            out::text(homes),
            out::text(forms),
            out::text(questions),
        ]
    }
}

/// What came of a sheet, in a sentence.
#[derive(Default)]
struct Told {
    fresh: usize,
    standing: usize,
    joined: usize,
}

impl Told {
    fn count(&mut self, step: &Step, result: &v1::DecisionResult) {
        match result.outcome() {
            v1::DecisionOutcome::Recorded | v1::DecisionOutcome::Valid => {
                self.fresh += 1;
                self.joined += usize::from(step.decision.verdict() == v1::Verdict::Same);
            }
            _ => self.standing += 1,
        }
    }

    fn say(&self, plan: &Plan, dry_run: bool) {
        let (fresh, standing, joined) = (self.fresh, self.standing, self.joined);
        let done = if dry_run {
            "would be recorded"
        } else {
            "are recorded"
        };
        out::note(format_args!(
            "{fresh} decisions {done}, {joined} of them that two questions are the same; \
             {standing} stood already; {} rows decide nothing",
            plan.skipped
        ));
    }
}

async fn send(
    remote: &Remote,
    name: &str,
    steps: &[Step],
    validate_only: bool,
) -> Result<Vec<v1::DecisionResult>> {
    let request = v1::DecideSuggestionsRequest {
        decisions: steps.iter().map(|step| step.decision.clone()).collect(),
        request_id: String::new(),
        validate_only,
    };
    match remote.dictionary().decide_suggestions(request).await {
        Ok(response) => Ok(response.into_inner().results),
        Err(status) => {
            let faults = connect::faults(&status);
            if faults.is_empty() {
                return Err(status.into());
            }
            let reasons = faults.into_iter().map(|fault| placed(steps, fault));
            Err(Failure::refused(format!("{name} decides nothing, for")).because(reasons))
        }
    }
}

/// A fault of a decision by the line and column of the sheet that it comes from.
fn placed(steps: &[Step], (path, message): (String, String)) -> String {
    let split = path
        .strip_prefix("decisions[")
        .and_then(|rest| rest.split_once(']'));
    let place = split.and_then(|(place, rest)| Some((place.parse::<usize>().ok()?, rest)));
    match place.and_then(|(place, rest)| Some((steps.get(place)?, rest))) {
        Some((step, rest)) => {
            let column = match rest.trim_start_matches('.') {
                "reason" => "reason",
                rest if rest.contains("options") => "option_map",
                rest if rest.starts_with('a') => "field",
                _ => step.column,
            };
            let with = &step.with;
            format!("line {}, column {column}: {with}: {message}", step.line)
        }
        None => connect::fault_text((path, message)),
    }
}

/// Proposes an element, unless one of its id is in force or it is proposed just so already.
async fn propose(remote: &Remote, element: &v1::NewElement, dry_run: bool) -> Result<&'static str> {
    let known = dictionary::elements(remote).await?;
    if known.iter().any(|known| known.id == element.id) {
        return Ok("in-force");
    }
    let request = v1::ListProposalsRequest {
        page_size: crate::cli::pages::PAGE_SIZE,
        ..v1::ListProposalsRequest::default()
    };
    let open = remote.dictionary().list_proposals(request).await;
    // An asker sees no proposals but makes them: the same again takes its own one's place.
    let open = open
        .map(|open| open.into_inner().proposals)
        .unwrap_or_default();
    if open.iter().any(|own| own.element.as_ref() == Some(element)) {
        return Ok("proposed-before");
    }
    if dry_run {
        return Ok("valid");
    }
    let request = v1::ProposeElementRequest {
        element: Some(element.clone()),
        reason: "several ask it, and no element is it".to_owned(),
        ..v1::ProposeElementRequest::default()
    };
    remote.dictionary().propose_element(request).await?;
    Ok("proposed")
}
