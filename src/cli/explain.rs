//! `dictionary explain`: what is behind a question, for data leads and analysts.

use crate::grpc::v1;

use super::connect::ServerArgs;
use super::convert::word;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::token::moment;

/// Which question, and for which period its merged result is shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Shows every wording and asker, the decisions that made questions one, \
    and what they merge into, each attribute with the rule and the askers that it came from."
)]
pub(crate) struct Explain {
    /// A question's id, such as `q_abc…`, or an element's, such as `beds.occupied`
    question: String,
    /// The period that merged results are of, such as 2026-11 [default: the present month]
    #[arg(long, value_name = "PERIOD", default_value = "")]
    period: String,
    /// Say why it is, or is not, one with this question or element
    #[arg(long, value_name = "QUESTION", default_value = "")]
    against: String,
}

impl Explain {
    /// Runs the command.
    pub(crate) async fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        let against = match self.against.as_str() {
            "" => String::new(),
            other => name(other),
        };
        let request = v1::ExplainQuestionRequest {
            name: name(&self.question),
            period: self.period.clone(),
            against,
        };
        let remote = server.connect().await?;
        let explained = remote.dictionary().explain_question(request).await?;
        let explained = explained.into_inner();
        match &explained.compared {
            Some(compared) => against_listing(&explained.question, compared).print(format),
            None => listing(explained)?.print(format),
        }
    }
}

/// The resource's name of a question or an element.
fn name(text: &str) -> String {
    let id = text.rsplit('/').next().unwrap_or_default();
    if text.starts_with("q_") || text.starts_with("questions/") {
        format!("questions/{id}")
    } else {
        format!("elements/{id}")
    }
}

/// Whether two questions are one, by what, and how their wordings compare.
fn against_listing(question: &str, compared: &v1::ComparedQuestions) -> Listing {
    let mut listing = Listing::new(["part", "of", "says", "because"]);
    let mut add = |part: &str, of: &str, says: String, because: String| {
        listing.add([
            out::text(part),
            out::text(of),
            out::text(says),
            out::text(because),
        ]);
    };
    let both = format!("{question} and {}", compared.question);
    let (says, because) = match compared.stand() {
        v1::QuestionsStand::OneByMeaning => ("one question", "they mean the same by themselves"),
        v1::QuestionsStand::OneByDecision => ("one question", "it was decided, see below"),
        v1::QuestionsStand::DecidedRelated => ("two questions", "they were decided related"),
        v1::QuestionsStand::DecidedDifferent => ("two questions", "they were decided different"),
        _ => ("two questions", "nobody decided that they are one"),
    };
    add("stand", &both, says.to_owned(), because.to_owned());
    for decision in &compared.path {
        let verdict = word(decision.verdict().as_str_name(), "VERDICT");
        let says = format!("{} {verdict} {}", decision.a, decision.b);
        add("decided", &decision.name, says, decision.reason.clone());
    }
    let tier = word(compared.tier().as_str_name(), "SUGGESTION_TIER").replace('-', " ");
    add("wording", &both, tier, compared.explanation.clone());
    for facet in &compared.facets {
        let stand = word(facet.stand().as_str_name(), "FACET_STAND");
        let told = |said: &[String]| match said {
            [] => "says nothing".to_owned(),
            said => format!("says {}", said.join(" and ")),
        };
        let (first, second) = (told(&facet.first), told(&facet.second));
        let because = format!("the first {first}, the second {second}");
        add("facet", &facet.facet, stand, because);
    }
    for differs in &compared.differs {
        let because = "it cannot be decided the same as it is".to_owned();
        add("shape", question, differs.clone(), because);
    }
    listing
}

fn listing(explained: v1::ExplainQuestionResponse) -> Result<Listing> {
    let mut listing = Listing::new(["part", "of", "says", "because"]);
    let mut add = |part: &str, of: &str, says: String, because: String| {
        listing.add([
            out::text(part),
            out::text(of),
            out::text(says),
            out::text(because),
        ]);
    };
    if let Some(element) = &explained.element {
        let says = match element.definition.as_str() {
            "" => element.label.clone(),
            definition => format!("{} ({definition})", element.label),
        };
        add("element", &element.id, says, String::new());
    }
    for demand in &explained.demands {
        let of = format!("{} {}", demand.ask, demand.field);
        add("asked", &of, demand.label.clone(), demand.purpose.clone());
    }
    if explained.has_more_demands {
        let says = "and more: askonce demands find --question".to_owned();
        add("asked", &explained.question, says, String::new());
    }
    for decision in &explained.decisions {
        let verdict = word(decision.verdict().as_str_name(), "VERDICT");
        let says = format!("{} {verdict} {}", decision.a, decision.b);
        add("decided", &decision.name, says, decision.reason.clone());
    }
    add_history(&mut add, &explained.history);
    for merged in explained.merged {
        let entry = merged.entry.ok_or_else(|| {
            let message = "the broker sent an entry without content; it is of another version";
            Failure::refused(message)
        })?;
        let part = format!("merged, {}", entry.reference_label);
        for source in merged.sources {
            let askers = source.demands.iter().filter_map(|place| {
                let demand = entry.demands.get(usize::try_from(*place).ok()?)?;
                Some(demand.organisation_name.clone())
            });
            let askers: std::collections::BTreeSet<String> = askers.collect();
            let askers: Vec<String> = askers.into_iter().collect();
            let because = if askers.is_empty() {
                source.rule
            } else {
                format!("{}: {}", source.rule, askers.join(", "))
            };
            add(&part, &source.attribute, source.value, because);
        }
    }
    Ok(listing)
}

/// Adds what was decided over time, who objected, and what was taken back.
fn add_history(add: &mut impl FnMut(&str, &str, String, String), history: &[v1::Decision]) {
    for decision in history {
        let verdict = word(decision.verdict().as_str_name(), "VERDICT");
        let says = format!("{} {verdict} {}", decision.a_label, decision.b_label);
        let when = moment(decision.decided_at.as_ref());
        let because = format!("{when} {}: {}", decision.author, decision.reason);
        add("history", &decision.name, says, because);
        for own in &decision.objections {
            let when = moment(own.answered_at.as_ref());
            let because = match own.answer.as_str() {
                "" => String::new(),
                answer => format!("{when} {}: {answer}", own.answered_by),
            };
            let says = format!("{} {}", own.organisation, own.reason);
            add("objection", &own.name, says, because);
        }
        if decision.undone_at.is_some() {
            let when = moment(decision.undone_at.as_ref());
            let says = format!("undone {when} by {}", decision.undone_by);
            add(
                "undone",
                &decision.name,
                says,
                decision.undone_reason.clone(),
            );
        }
    }
}
