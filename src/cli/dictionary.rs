//! `dictionary`: the elements, and what data leads decided of fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Subcommand;

use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::digest::QuestionId;
use crate::domain::field::Field;
use crate::domain::limits::DECISIONS_PER_BATCH_MAX;
use crate::domain::period::EARLIEST;
use crate::grpc::v1;

use super::ask;
use super::connect::{self, Remote, ServerArgs};
use super::convert::{element_field, too_old, word};
use super::decisions::{self, Known, Pair, Side};
use super::elements::{Approve, Propose, Retire, proposals};
use super::explain::Explain;
use super::failure::{Exit, Failure, Result};
use super::file::Source;
use super::governed::{Answer, Decided, Object, Terms, Undo, Versions, counts};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::sheet::Sheet;
use super::show::{self, Show};

/// The data dictionary, and decisions that fields are the same question.
#[derive(Debug, Subcommand)]
pub(crate) enum Dictionary {
    /// List elements by id, or the decisions in force
    List(Decided),
    Show(Show),
    /// Record a sheet of decisions, all or none (data leads)
    #[command(
        after_help = "Columns: ask_id,local_name,item and, for choices, options. Fields that \
        share an item are the same question; an item that is an element of the dictionary links \
        them to it. ask_id is an ask's full name, or its id where only one ask has it. options says \
        which option stands for which of the item's, such as R=red; A=amber; G=green."
    )]
    Decide {
        /// The sheet; `-` for standard input
        #[arg(long, value_name = "FILE.csv")]
        file: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    Propose(Propose),
    /// List the proposals that are open (data leads)
    Proposals,
    Approve(Approve),
    Retire(Retire),
    /// Say what is behind a question: who asks it in which words, what was decided, what it merges into
    Explain(Explain),
    Object(Object),
    Answer(Answer),
    Undo(Undo),
    Versions(Versions),
    /// List, add and withdraw words for the matcher (data leads)
    #[command(subcommand)]
    Terms(Terms),
}

impl Dictionary {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::List(decided) if decided.is_wanted() => decided.run(server, format).await,
            Self::List(_) => {
                let elements = elements(&server.connect().await?).await?;
                element_listing(&elements).print(format)
            }
            Self::Show(show) => show.run(server, format).await,
            Self::Decide {
                file,
                reason,
                dry_run,
            } => {
                let sheet = decisions::read(&Source::read(file)?)?;
                let remote = server.connect().await?;
                decide(&remote, &sheet, reason, *dry_run)
                    .await?
                    .print(format)
            }
            Self::Propose(propose) => propose.run(server).await,
            Self::Proposals => proposals(server, format).await,
            Self::Approve(approve) => approve.run(server).await,
            Self::Retire(retire) => retire.run(server).await,
            Self::Explain(explain) => explain.run(server, format).await,
            Self::Object(object) => object.run(server).await,
            Self::Answer(answer) => answer.run(server).await,
            Self::Undo(undo) => undo.run(server).await,
            Self::Versions(versions) => versions.run(server, format).await,
            Self::Terms(terms) => terms.run(server, format).await,
        }
    }
}

/// Records a sheet of decisions; what became of each.
pub(crate) async fn decide(
    remote: &Remote,
    sheet: &Sheet,
    reason: &str,
    dry_run: bool,
) -> Result<Listing> {
    let asks = ask::list(remote, "-", "").await?;
    let asks = asks
        .iter()
        .map(parsed)
        .collect::<Result<Vec<SharedAsk>>>()?;
    let pairs = decisions::resolve(sheet, &asks, &known(remote).await?)?;
    let batches: Vec<&[Pair]> = pairs.chunks(DECISIONS_PER_BATCH_MAX).collect();
    // More than one request can hold are all checked before the first is recorded.
    if batches.len() > 1 && !dry_run {
        for batch in &batches {
            send(remote, sheet, batch, reason, true).await?;
        }
    }
    let effects = ["asks", "organisations", "homes", "open_forms", "questions"];
    let columns = ["line", "first", "second", "outcome", "decision"];
    let mut listing = Listing::new(columns.into_iter().chain(effects));
    for batch in batches {
        let results = send(remote, sheet, batch, reason, dry_run).await?;
        for (pair, result) in batch.iter().zip(results) {
            let outcome = word(result.outcome().as_str_name(), "DECISION_OUTCOME");
            let id = result.decision.strip_prefix("decisions/");
            let effect = result.effect.as_ref();
            let own = effect.map(|own| (own.asks, own.organisations));
            let [homes, forms, questions] = effect.map(counts).unwrap_or_default();
            listing.add([
                pair.line.into(),
                out::text(side_text(&pair.a.0)),
                out::text(side_text(&pair.b.0)),
                out::text(outcome),
                out::text(id.unwrap_or_default()),
                own.map(|own| own.0).into(),
                own.map(|own| own.1).into(),
                out::text(homes),
                out::text(forms),
                out::text(questions),
            ]);
        }
    }
    Ok(listing)
}

async fn send(
    remote: &Remote,
    sheet: &Sheet,
    pairs: &[Pair],
    reason: &str,
    validate_only: bool,
) -> Result<Vec<v1::DecisionResult>> {
    let decision = |pair: &Pair| v1::NewDecision {
        a: Some(side(&pair.a.0)),
        b: Some(side(&pair.b.0)),
        verdict: v1::Verdict::Same.into(),
        options: (pair.options.iter())
            .map(|(a, b)| v1::OptionPair {
                a: a.clone(),
                b: b.clone(),
            })
            .collect(),
        reason: reason.to_owned(),
    };
    let request = v1::DecideSuggestionsRequest {
        decisions: pairs.iter().map(decision).collect(),
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
            let placed = |fault| placed(&sheet.name, pairs, fault);
            let reasons = faults.into_iter().map(placed);
            Err(Failure::refused("nothing was decided, for").because(reasons))
        }
    }
}

/// A fault of a decision by the line of the sheet that it comes from.
fn placed(name: &str, pairs: &[Pair], (path, message): (String, String)) -> String {
    let split = path
        .strip_prefix("decisions[")
        .and_then(|rest| rest.split_once(']'));
    let place = split.and_then(|(place, rest)| Some((place.parse::<usize>().ok()?, rest)));
    match place.and_then(|(place, rest)| Some((pairs.get(place)?, rest))) {
        Some((pair, rest)) => {
            let column = if rest.contains("options") {
                "options"
            } else {
                "item"
            };
            format!("{name}: line {}, column {column}: {message}", pair.line)
        }
        None => connect::fault_text((path, message)),
    }
}

pub(super) fn side(side: &Side) -> v1::DecisionSide {
    match side {
        Side::Field(ask, field) => v1::DecisionSide {
            ask: ask.to_string(),
            field: field.to_string(),
            ..v1::DecisionSide::default()
        },
        Side::Element(id) => v1::DecisionSide {
            element: id.clone(),
            ..v1::DecisionSide::default()
        },
    }
}

pub(super) fn side_text(side: &Side) -> String {
    match side {
        Side::Field(ask, field) => format!("{}/{} {field}", ask.organisation, ask.ask),
        Side::Element(id) => format!("element {id}"),
    }
}

/// An ask as the kernel knows it. A cadence's first day does not matter here.
pub(super) fn parsed(ask: &v1::Ask) -> Result<SharedAsk> {
    RawAsk::try_from(ask.clone())
        .and_then(|raw| Ask::parse(raw, None, EARLIEST))
        .map(Arc::new)
        .map_err(|faults| too_old(&ask.name, &faults))
}

/// Every element in force.
pub(super) async fn elements(remote: &Remote) -> Result<Vec<v1::Element>> {
    all_pages(async |page_token| {
        let request = v1::ListElementsRequest {
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = remote
            .dictionary()
            .list_elements(request)
            .await?
            .into_inner();
        Ok((page.elements, page.next_page_token))
    })
    .await
}

/// The elements as a sheet of decisions needs to know them.
pub(super) async fn known(remote: &Remote) -> Result<BTreeMap<String, Known>> {
    let mut known = BTreeMap::new();
    for element in elements(remote).await? {
        let too_old = |why: String| {
            let message = format!("this program is too old to read {}: {why}", element.name);
            Failure::new(Exit::Server, message)
        };
        let field = Field::parse_unnamed(element_field(&element));
        let field = field.map_err(|faults| too_old(faults.to_string()))?;
        let question = element.question.parse::<QuestionId>();
        let question = question.map_err(|error| too_old(error.to_string()))?;
        known.insert(element.id.clone(), Known { question, field });
    }
    Ok(known)
}

fn element_listing(elements: &[v1::Element]) -> Listing {
    let columns = [
        "element",
        "label",
        "type",
        "unit",
        "timing",
        "topic",
        "breakdowns",
        "definition",
        "question",
        "follows",
        "register",
        "over_time",
    ];
    let hidden = columns
        .into_iter()
        .skip_while(|column| *column != "breakdowns");
    let mut listing = Listing::new(columns).hiding(hidden);
    for element in elements {
        listing.add([
            out::text(element.id.as_str()),
            out::text(element.label.as_str()),
            out::text(word(element.r#type().as_str_name(), "FIELD_TYPE")),
            out::text(element.unit.as_str()),
            out::text(element.timing.as_str()),
            out::text(element.topic.as_str()),
            out::texts(element.dimensions.iter().cloned()),
            out::text(element.definition.as_str()),
            out::text(element.question.as_str()),
            out::text(show::follows(element)),
            out::text(show::register(element)),
            out::text(show::over_time(element)),
        ]);
    }
    listing
}
