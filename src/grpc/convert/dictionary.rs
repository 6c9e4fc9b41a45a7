//! Elements of the dictionary, and decisions.

use crate::broker::{Decided, DecidedOne, RawDecision, RawOptionPair, RawSide};
use crate::domain::access::Role;
use crate::domain::dictionary::{Dictionary, Element, Follows};
use crate::domain::fault::Faults;
use crate::domain::field_type::FieldType;
use crate::domain::link::{Decision, OptionPair};
use crate::domain::unit::Unit;
use crate::grpc::v1;

use super::effect::effect;
use super::field::option;
use super::terms::known;
use super::time::instant;

/// An element, its topic by heading.
pub(crate) fn element(element: &Element, dictionary: &Dictionary) -> v1::Element {
    let field = &element.field;
    let topic = dictionary.topic(&field.topic);
    let topic = topic.map_or(&field.topic, |(_, topic)| &topic.label);
    let lines = match &field.kind {
        FieldType::Text { lines, .. } => v1::Lines::from(*lines),
        _ => v1::Lines::Unspecified,
    };
    let population = element.population.map(v1::Population::from);
    let (formula, bands) = match &element.follows {
        Some(Follows::Formula(formula)) => (formula.to_string(), None),
        Some(Follows::Bands(bands)) => (String::new(), Some(v1::ElementBands::from(bands))),
        None => (String::new(), None),
    };
    let register = element.register.map(v1::RegisterFact::from);
    let over_time = element.over_time.map(v1::OverTime::from);
    v1::Element {
        name: format!("elements/{}", element.id),
        id: element.id.to_string(),
        question: element.question.to_string(),
        label: field.label.clone(),
        definition: field.definition.clone(),
        topic: topic.clone(),
        r#type: v1::FieldType::from(field.kind.word()).into(),
        timing: field.timing.to_string(),
        unit: field.kind.unit().map_or("", Unit::code).to_owned(),
        decimals: field.kind.decimals().unwrap_or(0),
        options: field.kind.options().iter().cloned().map(option).collect(),
        lines: lines.into(),
        sensitivity: v1::Sensitivity::from(field.sensitivity).into(),
        population: population.unwrap_or(v1::Population::Unspecified).into(),
        dimensions: element.dimensions.iter().map(ToString::to_string).collect(),
        aliases: element.aliases.clone(),
        formula,
        bands,
        register: register.unwrap_or(v1::RegisterFact::Unspecified).into(),
        over_time: over_time.unwrap_or(v1::OverTime::Unspecified).into(),
        ..retirement(element)
    }
}

fn retirement(element: &Element) -> v1::Element {
    let Some(retired) = &element.retired else {
        return v1::Element::default();
    };
    let successor = retired.successor.as_ref().map(ToString::to_string);
    v1::Element {
        retired_on: retired.on.to_string(),
        retired_reason: retired.reason.clone(),
        successor: successor.unwrap_or_default(),
        ..v1::Element::default()
    }
}

/// A decision as it comes in.
pub(crate) fn raw_decision(decision: v1::NewDecision) -> Result<RawDecision, Faults> {
    let verdict = known::<v1::Verdict>("verdict", decision.verdict)?;
    let pair = |pair: v1::OptionPair| RawOptionPair {
        a: pair.a,
        b: pair.b,
    };
    Ok(RawDecision {
        a: side(decision.a),
        b: side(decision.b),
        verdict: verdict.ok_or_else(|| {
            Faults::one("verdict", "is missing; expected same, related or different")
        })?,
        options: decision.options.into_iter().map(pair).collect(),
        reason: decision.reason,
    })
}

/// What became of a decision; where nothing was to be written, what would.
pub(crate) fn decided(one: DecidedOne, validate_only: bool, to: Role) -> v1::DecisionResult {
    let (outcome, id) = match one.decided {
        Decided::Recorded(_) if validate_only => (v1::DecisionOutcome::Valid, None),
        Decided::Recorded(id) => (v1::DecisionOutcome::Recorded, Some(id)),
        Decided::Valid => (v1::DecisionOutcome::Valid, None),
        Decided::Standing(id) => {
            let in_force = (!id.is_empty()).then_some(id);
            (v1::DecisionOutcome::Standing, in_force)
        }
        Decided::OneQuestion => (v1::DecisionOutcome::OneQuestion, None),
    };
    v1::DecisionResult {
        outcome: outcome.into(),
        decision: id.map(|id| format!("decisions/{id}")).unwrap_or_default(),
        effect: one.effect.map(|own| effect(&own, to)),
    }
}

/// A decision in force.
pub(crate) fn decision(decision: &Decision) -> v1::Decision {
    let pair = |pair: &OptionPair| v1::OptionPair {
        a: pair.a.clone(),
        b: pair.b.clone(),
    };
    v1::Decision {
        name: format!("decisions/{}", decision.id),
        a: decision.a.to_string(),
        b: decision.b.to_string(),
        verdict: v1::Verdict::from(decision.verdict).into(),
        options: decision.options.iter().map(pair).collect(),
        reason: decision.reason.clone(),
        author: format!("tokens/{}", decision.author),
        decided_at: Some(instant(decision.decided_at)),
        suggested: decision.suggested.as_ref().map(|own| v1::Suggested {
            tier: v1::SuggestionTier::from(own.tier).into(),
            explanation: own.explanation.clone(),
        }),
        ..v1::Decision::default()
    }
}

/// A side; an absent one names nothing.
fn side(side: Option<v1::DecisionSide>) -> RawSide {
    let side = side.unwrap_or_default();
    RawSide {
        ask: side.ask,
        field: side.field,
        element: side.element,
        question: side.question,
    }
}
