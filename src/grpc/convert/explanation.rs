//! What is behind a question.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use crate::broker::{Explained, Explanation, OfferWords};
use crate::domain::dictionary::Dictionary;
use crate::domain::fault::Faults;
use crate::domain::form::EntryState;
use crate::domain::id::{ElementId, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::template::{Entry, Input, NumberInput, Sourced};
use crate::domain::unit::Unit;
use crate::grpc::v1;

use super::ask::demand_row;
use super::dictionary::{decision, element};
use super::entry::entry;
use super::form::Asking;
use super::names::text;
use super::objection::decision_view;

/// What is asked about, `questions/{question id}` or `elements/{element}`.
pub(crate) fn explained(member: &str, name: &str) -> Result<Explained, Faults> {
    if let Some(id) = name.strip_prefix("questions/") {
        return text(member, id).map(Explained::Question);
    }
    if let Some(id) = name.strip_prefix("elements/") {
        return text::<ElementId>(member, id).map(Explained::Element);
    }
    let message = "expected questions/{question id} or elements/{element}";
    Err(Faults::one(member, message))
}

/// An explanation in full.
pub(crate) fn explanation(
    found: &Explanation,
    organisations: &BTreeMap<OrganisationId, Arc<Organisation>>,
    dictionary: &Dictionary,
) -> v1::ExplainQuestionResponse {
    let asking = Asking::of(&found.merged, organisations);
    let merged = found.entries().map(|own| v1::MergedEntry {
        entry: Some(entry(
            own,
            &EntryState::default(),
            &OfferWords::default(),
            asking,
        )),
        sources: sources(own),
    });
    let own = found.element.as_deref();
    v1::ExplainQuestionResponse {
        question: found.question.to_string(),
        members: found.members.iter().map(ToString::to_string).collect(),
        element: own.map(|own| element(own, dictionary)),
        decisions: found.decisions.iter().map(|own| decision(own)).collect(),
        demands: found.demands.iter().map(demand_row).collect(),
        has_more_demands: found.has_more_demands,
        period: found.merged.body().period.to_string(),
        merged: merged.collect(),
        history: found
            .history
            .iter()
            .map(|own| decision_view(own, None))
            .collect(),
        compared: None,
    }
}

/// Why each attribute is as it is.
fn sources(own: &Entry) -> Vec<v1::AttributeSource> {
    let (wording, topic) = if own.element.is_some() {
        ("the dictionary's wording", "the dictionary's topic")
    } else {
        (
            "the wording of most organisations; of equals, the shortest",
            "the topic of most organisations",
        )
    };
    let mut sources = vec![
        source("wording", &own.wording, wording),
        source("definition", &own.definition, "of whom the wording is"),
        source("topic", &own.topic, topic),
    ];
    let sensitivity = Sourced {
        value: own.sensitivity.value.to_string(),
        from: own.sensitivity.from.clone(),
    };
    sources.push(source("sensitivity", &sensitivity, "the highest of any"));
    match &own.input {
        Input::Count(number)
        | Input::Quantity(number)
        | Input::Percentage(number)
        | Input::Money(number) => sources.extend(number_sources(number)),
        Input::Date { earliest, latest } => {
            sources.push(bound("earliest", earliest, "the earliest that any takes"));
            sources.push(bound("latest", latest, "the latest that any takes"));
        }
        Input::Text { max_length, .. } => {
            sources.push(source("max_length", max_length, "the longest of any"));
        }
        Input::YesNo | Input::Choice { .. } | Input::Choices { .. } => {}
    }
    sources.retain(|source| !source.value.is_empty());
    sources
}

fn number_sources(number: &NumberInput) -> Vec<v1::AttributeSource> {
    let unit = number.unit.as_ref().map(|unit| Sourced {
        value: Unit::code(unit.value),
        from: unit.from.clone(),
    });
    let rule = "a unit that holds every step that anybody wants";
    let unit = unit.map(|unit| source("unit", &unit, rule));
    let mut sources: Vec<_> = unit.into_iter().collect();
    sources.extend([
        source("decimals", &number.decimals, "as many as anybody wants"),
        bound("min", &number.min, "the least that any takes"),
        bound("max", &number.max, "the most that any takes"),
    ]);
    sources
}

fn bound<T: Display>(
    attribute: &str,
    bound: &Sourced<Option<T>>,
    rule: &str,
) -> v1::AttributeSource {
    let value = bound.value.as_ref().map(ToString::to_string);
    let told = Sourced {
        value: value.unwrap_or_default(),
        from: bound.from.clone(),
    };
    source(attribute, &told, rule)
}

fn source<T: Display>(attribute: &str, sourced: &Sourced<T>, rule: &str) -> v1::AttributeSource {
    v1::AttributeSource {
        attribute: attribute.to_owned(),
        value: sourced.value.to_string(),
        rule: rule.to_owned(),
        demands: sourced.from.clone(),
    }
}
