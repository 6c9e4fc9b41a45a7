//! `suggestions`: what questions probably mean, and settling it, one by one or as a sheet.

mod export;
mod import;
mod side;
mod table;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::grpc::v1;

use self::export::Export;
use self::import::Import;
use self::side::{side, split_field};
use super::connect::{Remote, ServerArgs};
use super::convert::{coded, word};
use super::decisions::read_map;
use super::deliveries::full_name;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};

/// What questions may be in other words: to be decided by people, never by likeness alone
#[derive(Debug, Subcommand)]
pub(crate) enum Suggestions {
    /// List what is asked with what it may be: what spares homes most comes first
    List {
        #[command(flatten)]
        wanted: Wanted,
        /// Also what was decided already and what has no candidate
        #[arg(long)]
        all: bool,
    },
    /// Show a field with what it may be, and why
    Show {
        /// The field: ORGANISATION/ASK/FIELD
        field: String,
    },
    /// Decide what a field is, of an element or of another question
    Decide(Decide),
    /// Take a decision back: what it alone joined is apart again
    Undo {
        /// The decision's id, such as `d_abc`
        decision: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    Export(Export),
    Import(Import),
}

/// Which suggestions are wanted.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Wanted {
    /// Only of questions that this organisation asks
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
    /// Only of this ask: organisations/ID/asks/ASK, or ID/ASK
    #[arg(long, value_name = "ASK", default_value = "")]
    ask: String,
    /// Only of this topic, by heading or id
    #[arg(long, value_name = "TEXT", default_value = "")]
    topic: String,
    /// Candidates of this tier at least: likely-same, possible, related or none
    #[arg(long, value_name = "TIER", default_value = "")]
    tier: String,
}

/// Decide what a field is, of an element or of another question
#[derive(Debug, clap::Args)]
pub(crate) struct Decide {
    /// The field: ORGANISATION/ASK/FIELD
    field: String,
    /// What it is compared with: an element's id, a question's, or another ORGANISATION/ASK/FIELD
    element: String,
    #[command(flatten)]
    verdict: VerdictWords,
    /// Which options mean the same, by label, such as `R=red; A=amber`
    #[arg(long, value_name = "MAP", default_value = "")]
    options: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Check everything and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was decided; the same where none is given.
#[derive(Debug, clap::Args)]
struct VerdictWords {
    /// They are the same question
    #[arg(long, group = "verdict")]
    same: bool,
    /// The one may help to answer the other; they are never merged
    #[arg(long, group = "verdict")]
    related: bool,
    /// They are different: it is not suggested again
    #[arg(long, group = "verdict")]
    different: bool,
}

impl VerdictWords {
    fn verdict(&self) -> v1::Verdict {
        match (self.same, self.related, self.different) {
            (_, true, _) => v1::Verdict::Related,
            (_, _, true) => v1::Verdict::Different,
            _ => v1::Verdict::Same,
        }
    }
}

impl Suggestions {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::List { wanted, all } => {
                let remote = server.connect().await?;
                let request = wanted.request(!all, if *all { "none" } else { "possible" })?;
                listing(&read(&remote, request).await?).print(format)
            }
            Self::Show { field } => show(&server.connect().await?, field, format).await,
            Self::Decide(command) => command.run(server, format).await,
            Self::Undo { decision, reason } => {
                let id = decision.strip_prefix("decisions/").unwrap_or(decision);
                let request = v1::UndoDecisionRequest {
                    name: format!("decisions/{id}"),
                    reason: reason.clone(),
                    validate_only: false,
                };
                let remote = server.connect().await?;
                remote.dictionary().undo_decision(request).await?;
                out::note(format_args!("{id} is no longer in force"));
                Ok(())
            }
            Self::Export(command) => command.run(server).await,
            Self::Import(command) => command.run(server, format).await,
        }
    }
}

impl Wanted {
    /// The request for them; of a tier where none is named.
    fn request(&self, is_undecided: bool, tier: &str) -> Result<v1::ListSuggestionsRequest> {
        let named = match self.tier.as_str() {
            "" => tier,
            named => named,
        };
        let by_name = v1::SuggestionTier::from_str_name;
        let tier = coded(named, "SUGGESTION_TIER", by_name).ok_or_else(|| {
            let message =
                format!("--tier {named}: expected likely-same, possible, related or none");
            Failure::usage(message)
        })?;
        let organisation = match self.organisation.as_str() {
            "" => String::new(),
            id => format!("organisations/{}", id.trim_start_matches("organisations/")),
        };
        let ask = match self.ask.as_str() {
            "" => String::new(),
            ask => full_name(ask)?,
        };
        Ok(v1::ListSuggestionsRequest {
            organisation,
            ask,
            topic: self.topic.clone(),
            tier_at_least: tier,
            undecided_only: is_undecided,
            ..v1::ListSuggestionsRequest::default()
        })
    }
}

/// Every suggestion that is wanted.
async fn read(remote: &Remote, request: v1::ListSuggestionsRequest) -> Result<Vec<v1::Suggestion>> {
    all_pages(async |page_token| {
        let request = v1::ListSuggestionsRequest {
            page_size: PAGE_SIZE,
            page_token,
            ..request.clone()
        };
        let page = remote.dictionary().list_suggestions(request).await?;
        let page = page.into_inner();
        Ok((page.suggestions, page.next_page_token))
    })
    .await
}

async fn show(remote: &Remote, field: &str, format: Format) -> Result<()> {
    let (ask, name) = split_field(field)?;
    let request = v1::ListSuggestionsRequest {
        ask,
        field: name,
        tier_at_least: v1::SuggestionTier::None.into(),
        candidates_max: 10,
        ..v1::ListSuggestionsRequest::default()
    };
    let found = read(remote, request).await?;
    let Some(suggestion) = found.first() else {
        return Err(Failure::refused(format!("{field} is not asked")));
    };
    if format == Format::Table {
        let element = match suggestion.element.as_str() {
            "" => String::new(),
            element => format!("\nIt is the element {element}."),
        };
        out::data(&format!(
            "{}\n{}; asked of {} homes, {} entries a year{element}\n\n",
            suggestion.label,
            shape(suggestion.r#type(), &suggestion.unit, &suggestion.timing),
            suggestion.homes,
            suggestion.entries_a_year,
        ))?;
    }
    let mut listing = Listing::new(["candidate", "wording", "tier", "score", "why", "asked_by"]);
    for candidate in &suggestion.candidates {
        listing.add([
            out::text(candidate_text(candidate)),
            out::text(candidate.label.as_str()),
            out::text(tier_text(candidate)),
            out::text(format!("{:.2}", candidate.score)),
            out::text(why(candidate)),
            out::texts(candidate.organisations.iter().cloned()),
        ]);
    }
    listing.print(format)
}

impl Decide {
    async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let (ask, field) = split_field(&self.field)?;
        let verdict = self.verdict.verdict();
        let map = read_map(&self.options);
        let map = map.map_err(|why| Failure::usage(format!("--options: {why}")))?;
        let decision = v1::NewDecision {
            a: Some(v1::DecisionSide {
                ask,
                field,
                ..v1::DecisionSide::default()
            }),
            b: Some(side(&self.element)?),
            verdict: verdict.into(),
            options: map
                .into_iter()
                .map(|(a, b)| v1::OptionPair { a, b })
                .collect(),
            reason: self.reason.clone(),
        };
        let request = v1::DecideSuggestionsRequest {
            decisions: vec![decision],
            validate_only: self.dry_run,
            ..v1::DecideSuggestionsRequest::default()
        };
        let remote = server.connect().await?;
        let decided = remote.dictionary().decide_suggestions(request).await?;
        let mut listing = Listing::new(["field", "verdict", "with", "outcome", "decision"]);
        for result in decided.into_inner().results {
            listing.add([
                out::text(self.field.as_str()),
                out::text(word(verdict.as_str_name(), "VERDICT")),
                out::text(self.element.as_str()),
                out::text(word(result.outcome().as_str_name(), "DECISION_OUTCOME")),
                out::text(result.decision.trim_start_matches("decisions/")),
            ]);
        }
        listing.print(format)
    }
}

fn listing(suggestions: &[v1::Suggestion]) -> Listing {
    let columns = [
        "field",
        "wording",
        "homes",
        "saves_a_year",
        "looks_like",
        "tier",
        "why",
        "also",
        "type",
        "unit",
        "timing",
        "element",
        "question",
    ];
    let hidden = ["also", "type", "unit", "timing", "question"];
    let mut listing = Listing::new(columns).hiding(hidden);
    for suggestion in suggestions {
        let first = suggestion.candidates.first();
        let others = suggestion.candidates.iter().skip(1).map(candidate_text);
        listing.add([
            out::text(suggestion.asked.first().map(field_text).unwrap_or_default()),
            out::text(suggestion.label.as_str()),
            Value::from(suggestion.homes),
            Value::from(suggestion.saves_a_year),
            out::text(first.map(candidate_text).unwrap_or_default()),
            out::text(first.map(tier_text).unwrap_or_default()),
            out::text(first.map(why).unwrap_or_default()),
            out::texts(others),
            out::text(word(suggestion.r#type().as_str_name(), "FIELD_TYPE")),
            out::text(suggestion.unit.as_str()),
            out::text(suggestion.timing.as_str()),
            out::text(suggestion.element.as_str()),
            out::text(suggestion.question.as_str()),
        ]);
    }
    listing
}

/// A line for each field that looks like something, such as `Q05 looks like beds.occupied (likely
/// same): beds`.
pub(crate) fn looks_like(suggestions: &[v1::FieldSuggestion]) -> Vec<String> {
    let lines = suggestions.iter().flat_map(|own| {
        let lines = own.candidates.iter().map(|candidate| {
            let (what, tier) = (candidate_text(candidate), tier_text(candidate));
            format!(
                "{} looks like {what} ({tier}): {}",
                own.field,
                why(candidate)
            )
        });
        lines.collect::<Vec<_>>()
    });
    lines.collect()
}

/// Candidates as JSON for programs.
pub(crate) fn as_json(candidates: &[v1::Candidate]) -> Vec<Value> {
    let told = candidates.iter().map(|candidate| {
        json!({
            "candidate": candidate_text(candidate),
            "question": candidate.question,
            "wording": candidate.label,
            "tier": tier_text(candidate),
            "why": candidate.explanation,
            "can_join": candidate.can_join,
            "differs": candidate.differs,
        })
    });
    told.collect()
}

/// By what a candidate is named: its element, or the first field that asks it.
fn candidate_text(candidate: &v1::Candidate) -> String {
    let asked = candidate.asked.first().map(field_text);
    asked.unwrap_or_else(|| candidate.element.clone())
}

/// A field as it is named on the command line, `ORGANISATION/ASK/FIELD`.
fn field_text(asked: &v1::AskedField) -> String {
    let ask = asked.ask.strip_prefix("organisations/");
    let ask = ask.unwrap_or(&asked.ask).replacen("/asks/", "/", 1);
    format!("{ask}/{}", asked.field)
}

fn tier_text(candidate: &v1::Candidate) -> String {
    word(candidate.tier().as_str_name(), "SUGGESTION_TIER").replace('-', " ")
}

/// Why it may be, and why it cannot be joined where it cannot.
fn why(candidate: &v1::Candidate) -> String {
    if candidate.can_join {
        return candidate.explanation.clone();
    }
    let differs = candidate.differs.join(", and ");
    format!(
        "cannot be joined as it {differs}; {}",
        candidate.explanation
    )
}

/// Type, unit and timing in a few words.
fn shape(kind: v1::FieldType, unit: &str, timing: &str) -> String {
    let kind = word(kind.as_str_name(), "FIELD_TYPE");
    let parts = [kind.as_str(), unit, timing].into_iter();
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}
