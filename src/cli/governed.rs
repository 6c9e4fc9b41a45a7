//! `dictionary list --decisions|object|answer|versions|terms|undo`: what became of decisions, of
//! elements over time, and the words that the matcher was taught.

use clap::Subcommand;

use crate::grpc::v1;

use super::connect::ServerArgs;
use super::convert::word;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::pages::{PAGE_SIZE, all_pages};
use super::token::moment;

/// Which decisions to list.
#[derive(Debug, clap::Args)]
pub(crate) struct Decided {
    /// The decisions instead of the elements, those objected to first
    #[arg(long)]
    decisions: bool,
    /// Only decisions that an objection is open to
    #[arg(long, requires = "decisions")]
    objected: bool,
    /// Only decisions about this question, such as `q_abc…`, or one that is the same
    #[arg(
        long,
        value_name = "QUESTION",
        default_value = "",
        requires = "decisions"
    )]
    question: String,
    /// Only decisions about questions that this organisation asks
    #[arg(long, value_name = "ID", default_value = "", requires = "decisions")]
    organisation: String,
}

/// Object to a decision about a question that you ask (askers; data leads for them)
#[derive(Debug, clap::Args)]
pub(crate) struct Object {
    /// The decision's id, such as `d_abc`
    decision: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// For which organisation, by data leads and operators [default: your own]
    #[arg(long, value_name = "ID", default_value = "")]
    organisation: String,
}

/// Keep a decision that was objected to, and say why (data leads)
#[derive(Debug, clap::Args)]
pub(crate) struct Answer {
    /// The objection, `decisions/d_abc/objections/o_abc`, as listed
    objection: String,
    /// Why the decision is kept
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Take a decision back: what it alone joined is apart again
#[derive(Debug, clap::Args)]
pub(crate) struct Undo {
    /// The decision's id, such as `d_abc`
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Say what it would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// List the versions of an element: from when until when, by whom and why
#[derive(Debug, clap::Args)]
pub(crate) struct Versions {
    /// The element's id
    element: String,
}

/// The words that the matcher was taught (data leads)
#[derive(Debug, Subcommand)]
pub(crate) enum Terms {
    /// List the words that were added
    List,
    /// List words of accepted wordings that the matcher does not know
    Suggested,
    /// Add words that say a value of a facet
    Add {
        /// Facet and value, such as `who:residents`
        value: String,
        /// The words, each as one argument; `a + b` where both stand anywhere
        #[arg(required = true)]
        words: Vec<String>,
        /// The value in plain words, for a new one
        #[arg(long, value_name = "TEXT", default_value = "")]
        says: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Withdraw words that were added
    Withdraw {
        /// Facet and value, such as `who:residents`
        value: String,
        /// The words [default: all of the value]
        words: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Check everything and write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

impl Decided {
    /// Whether decisions are to be listed.
    pub(crate) fn is_wanted(&self) -> bool {
        self.decisions
    }

    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let remote = server.connect().await?;
        let named = |collection: &str, id: &str| match id.rsplit('/').next() {
            Some(id) if !id.is_empty() => format!("{collection}/{id}"),
            _ => String::new(),
        };
        let decisions = all_pages(async |page_token| {
            let request = v1::ListDecisionsRequest {
                page_size: PAGE_SIZE,
                page_token,
                objected: self.objected,
                question: named("questions", &self.question),
                organisation: named("organisations", &self.organisation),
            };
            let page = remote.dictionary().list_decisions(request).await?;
            let page = page.into_inner();
            Ok((page.decisions, page.next_page_token))
        });
        listing(&decisions.await?).print(format)
    }
}

fn listing(decisions: &[v1::Decision]) -> Listing {
    let columns = [
        "decision",
        "a",
        "b",
        "verdict",
        "options",
        "reason",
        "author",
        "decided_at",
        "a_label",
        "b_label",
        "organisation",
        "objections",
    ];
    let hidden = ["a", "b", "options", "author", "decided_at", "organisation"];
    let mut listing = Listing::new(columns).hiding(hidden);
    for decision in decisions {
        let options = decision.options.iter();
        let options = options.map(|pair| format!("{}={}", pair.a, pair.b));
        let objections = decision.objections.iter().map(|own| {
            let said = match own.answer.as_str() {
                "" => "open".to_owned(),
                answer => format!("answered: {answer}"),
            };
            format!("{} {}: {} ({said})", own.name, own.organisation, own.reason)
        });
        let id = decision.name.strip_prefix("decisions/");
        listing.add([
            out::text(id.unwrap_or(&decision.name)),
            out::text(decision.a.as_str()),
            out::text(decision.b.as_str()),
            out::text(word(decision.verdict().as_str_name(), "VERDICT")),
            out::texts(options),
            out::text(decision.reason.as_str()),
            out::text(decision.author.as_str()),
            out::text(moment(decision.decided_at.as_ref())),
            out::text(decision.a_label.as_str()),
            out::text(decision.b_label.as_str()),
            out::text(decision.organisation.as_str()),
            out::texts(objections),
        ]);
    }
    listing
}

impl Object {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let organisation = match self.organisation.rsplit('/').next() {
            Some(id) if !id.is_empty() => format!("organisations/{id}"),
            _ => String::new(),
        };
        let request = v1::ObjectToDecisionRequest {
            name: decision_name(&self.decision),
            reason: self.reason.clone(),
            organisation,
            request_id: String::new(),
        };
        let remote = server.connect().await?;
        let said = remote.dictionary().object_to_decision(request).await?;
        let objection = said.into_inner().objection.unwrap_or_default();
        out::note(format_args!("{} is open", objection.name));
        Ok(())
    }
}

impl Answer {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let request = v1::AnswerObjectionRequest {
            name: self.objection.clone(),
            reason: self.reason.clone(),
            request_id: String::new(),
        };
        let remote = server.connect().await?;
        remote.dictionary().answer_objection(request).await?;
        out::note(format_args!("{} is answered", self.objection));
        Ok(())
    }
}

impl Undo {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs) -> Result<()> {
        let request = v1::UndoDecisionRequest {
            name: decision_name(&self.id),
            reason: self.reason.clone(),
            validate_only: self.dry_run,
        };
        let remote = server.connect().await?;
        let undone = remote.dictionary().undo_decision(request).await?;
        let effect = undone.into_inner().effect.unwrap_or_default();
        let id = self.id.rsplit('/').next().unwrap_or_default();
        let said = if self.dry_run { "would be" } else { "is" };
        let changes = changes(&effect);
        out::note(format_args!("{id} {said} no longer in force: {changes}"));
        Ok(())
    }
}

impl Versions {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let id = self.element.rsplit('/').next().unwrap_or_default();
        let remote = server.connect().await?;
        let versions = all_pages(async |page_token| {
            let request = v1::ListElementVersionsRequest {
                name: format!("elements/{id}"),
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = remote.dictionary().list_element_versions(request).await?;
            let page = page.into_inner();
            Ok((page.versions, page.next_page_token))
        });
        let columns = [
            "from",
            "until",
            "cause",
            "label",
            "definition",
            "reason",
            "successor",
            "author",
        ];
        let mut listing = Listing::new(columns).hiding(["definition", "author"]);
        for version in versions.await? {
            let cause = word(version.cause().as_str_name(), "ELEMENT_VERSION_CAUSE");
            let element = version.element.unwrap_or_default();
            listing.add([
                out::text(moment(version.from.as_ref())),
                out::text(moment(version.until.as_ref())),
                out::text(cause),
                out::text(element.label),
                out::text(element.definition),
                out::text(version.reason),
                out::text(version.successor),
                out::text(version.author),
            ]);
        }
        listing.print(format)
    }
}

impl Terms {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::List => list_terms(server, format).await,
            Self::Suggested => list_suggested(server, format).await,
            Self::Add {
                value,
                words,
                says,
                reason,
                dry_run,
            } => {
                let term = v1::Term {
                    says: says.clone(),
                    ..term(value, words)?
                };
                let request = v1::DecideTermsRequest {
                    add: vec![term],
                    reason: reason.clone(),
                    validate_only: *dry_run,
                    ..v1::DecideTermsRequest::default()
                };
                teach(server, request).await
            }
            Self::Withdraw {
                value,
                words,
                reason,
                dry_run,
            } => {
                let request = v1::DecideTermsRequest {
                    withdraw: vec![term(value, words)?],
                    reason: reason.clone(),
                    validate_only: *dry_run,
                    ..v1::DecideTermsRequest::default()
                };
                teach(server, request).await
            }
        }
    }
}

async fn teach(server: &ServerArgs, request: v1::DecideTermsRequest) -> Result<()> {
    let words = request.add.iter().chain(&request.withdraw);
    let count: usize = words.map(|term| term.words.len()).sum();
    let said = match (request.validate_only, request.add.is_empty()) {
        (true, _) => "could be decided",
        (false, true) => "withdrawn",
        (false, false) => "added",
    };
    let remote = server.connect().await?;
    remote.dictionary().decide_terms(request).await?;
    match count {
        0 => out::note(format_args!("all of them: {said}")),
        count => out::note(format_args!("{count} of words: {said}")),
    }
    Ok(())
}

fn term(value: &str, words: &[String]) -> Result<v1::Term> {
    let Some((facet, value)) = value.split_once(':') else {
        let message = "expected a facet and a value, such as who:residents";
        return Err(Failure::refused(message));
    };
    Ok(v1::Term {
        facet: facet.to_owned(),
        value: value.to_owned(),
        words: words.to_vec(),
        ..v1::Term::default()
    })
}

async fn list_terms(server: &ServerArgs, format: Format) -> Result<()> {
    let remote = server.connect().await?;
    let terms = all_pages(async |page_token| {
        let request = v1::ListTermsRequest {
            page_size: PAGE_SIZE,
            page_token,
            suggested: false,
        };
        let page = remote.dictionary().list_terms(request).await?.into_inner();
        Ok((page.terms, page.next_page_token))
    });
    let mut listing = Listing::new(["facet", "value", "says", "words"]);
    for term in terms.await? {
        listing.add([
            out::text(term.facet),
            out::text(term.value),
            out::text(term.says),
            out::texts(term.words),
        ]);
    }
    listing.print(format)
}

async fn list_suggested(server: &ServerArgs, format: Format) -> Result<()> {
    let remote = server.connect().await?;
    let words = all_pages(async |page_token| {
        let request = v1::ListTermsRequest {
            page_size: PAGE_SIZE,
            page_token,
            suggested: true,
        };
        let page = remote.dictionary().list_terms(request).await?.into_inner();
        Ok((page.suggestions, page.next_page_token))
    });
    let mut listing = Listing::new(["word", "wordings", "of"]);
    for word in words.await? {
        let examples = word.examples.iter();
        let examples = examples.map(|own| format!("{}: {}", own.element, own.label));
        listing.add([
            out::text(word.word.as_str()),
            word.wordings.into(),
            out::texts(examples),
        ]);
    }
    listing.print(format)
}

/// What a decision changes, in words.
pub(crate) fn changes(effect: &v1::DecisionEffect) -> String {
    let [homes, forms, questions] = counts(effect);
    let (asks, bodies) = (effect.asks, effect.organisations);
    let partial = if effect.partial { ", and more" } else { "" };
    format!(
        "asks {asks}, organisations {bodies}, homes {homes}, open forms {forms}, questions {questions}{partial}"
    )
}

/// Homes, open forms and questions, each exactly or between two numbers.
pub(crate) fn counts(effect: &v1::DecisionEffect) -> [String; 3] {
    [effect.homes, effect.open_forms, effect.questions].map(|count| {
        let count = count.unwrap_or_default();
        if count.at_least == count.at_most {
            return count.at_least.to_string();
        }
        format!("{}–{}", count.at_least, count.at_most)
    })
}

fn decision_name(decision: &str) -> String {
    let id = decision.strip_prefix("decisions/").unwrap_or(decision);
    format!("decisions/{id}")
}
