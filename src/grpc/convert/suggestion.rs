//! What questions may be, and why two are or are not one.

use crate::broker::{
    Against, Alike, AskedQuestions, Between, Candidate, FieldSuggestion, Like, Suggestion,
};
use crate::domain::digest::QuestionId;
use crate::domain::fault::Faults;
use crate::domain::field::Field;
use crate::domain::id::OrganisationId;
use crate::domain::link::Verdict;
use crate::domain::matcher::{Reason, Stand, Tier};
use crate::domain::unit::Unit;
use crate::grpc::v1;

use super::dictionary::decision;
use super::field::option;

/// Fields, and organisations, of a question that are named.
const ASKERS_TOLD_MAX: usize = 20;

/// What the fields of an ask look like.
pub(crate) fn field_suggestions(found: &[FieldSuggestion]) -> Vec<v1::FieldSuggestion> {
    let told = found.iter().map(|own| v1::FieldSuggestion {
        field: own.field.to_string(),
        candidates: own.candidates.iter().map(candidate).collect(),
    });
    told.collect()
}

/// What a question may be.
pub(crate) fn candidate(candidate: &Candidate) -> v1::Candidate {
    let field = candidate.field();
    let Alike {
        tier,
        score,
        explanation,
    } = &candidate.alike;
    let (element, asked) = match &candidate.what {
        Like::Element(element) => (element.id.to_string(), None),
        Like::Asked(asked) => (String::new(), Some(asked)),
    };
    v1::Candidate {
        element,
        question: candidate.question().to_string(),
        label: field.label.clone(),
        definition: field.definition.clone(),
        r#type: v1::FieldType::from(field.kind.word()).into(),
        unit: unit(field),
        timing: field.timing.to_string(),
        options: field.kind.options().iter().cloned().map(option).collect(),
        tier: v1::SuggestionTier::from(*tier).into(),
        score: *score,
        explanation: explanation.clone(),
        can_join: candidate.differs.is_empty(),
        differs: candidate.differs.clone(),
        asked: asked.map(askers).unwrap_or_default(),
        asked_count: asked.map_or(0, |asked| count(asked.askers.len())),
        organisations: asked.map(organisations).unwrap_or_default(),
    }
}

/// A question that is asked, with what it may be.
pub(crate) fn suggestion(suggestion: &Suggestion) -> v1::Suggestion {
    let asked = &suggestion.asked;
    let field = &asked.field;
    let element = suggestion.element.as_ref();
    v1::Suggestion {
        question: asked.question.to_string(),
        asked: askers(asked),
        asked_count: count(asked.askers.len()),
        organisations: organisations(asked),
        label: field.label.clone(),
        definition: field.definition.clone(),
        r#type: v1::FieldType::from(field.kind.word()).into(),
        unit: unit(field),
        timing: field.timing.to_string(),
        options: field.kind.options().iter().cloned().map(option).collect(),
        topic: field.topic.clone(),
        element: element.map(ToString::to_string).unwrap_or_default(),
        is_decided: suggestion.is_decided,
        homes: suggestion.homes,
        entries_a_year: suggestion.entries,
        saves_a_year: suggestion.saves,
        candidates: suggestion.candidates.iter().map(candidate).collect(),
    }
}

/// The least tier that is wanted.
pub(crate) fn tier(member: &str, number: i32) -> Result<Tier, Faults> {
    match v1::SuggestionTier::try_from(number) {
        Ok(v1::SuggestionTier::None) => Ok(Tier::None),
        Ok(v1::SuggestionTier::Unspecified | v1::SuggestionTier::Related) => Ok(Tier::Related),
        Ok(v1::SuggestionTier::Possible) => Ok(Tier::Possible),
        Ok(v1::SuggestionTier::LikelySame) => Ok(Tier::LikelySame),
        Err(_) => Err(Faults::one(member, "is not a tier that is known here")),
    }
}

/// Why two questions are, or are not, one.
pub(crate) fn compared(against: &Against) -> v1::ComparedQuestions {
    let (stand, path) = match &against.between {
        Between::OneMeaning => (v1::QuestionsStand::OneByMeaning, None),
        Between::OneByDecision(path) => (v1::QuestionsStand::OneByDecision, Some(path)),
        Between::Apart(Verdict::Related, path) => (v1::QuestionsStand::DecidedRelated, Some(path)),
        Between::Apart(_, path) => (v1::QuestionsStand::DecidedDifferent, Some(path)),
        Between::Undecided => (v1::QuestionsStand::Undecided, None),
    };
    let compared = &against.compared;
    v1::ComparedQuestions {
        question: against.b.to_string(),
        stand: stand.into(),
        path: path
            .into_iter()
            .flatten()
            .map(|own| decision(own))
            .collect(),
        tier: v1::SuggestionTier::from(compared.tier).into(),
        score: compared.score,
        facets: compared.reasons.iter().map(facet).collect(),
        explanation: compared.explanation(),
        differs: against.differs.clone(),
    }
}

fn facet(reason: &Reason) -> v1::ComparedFacet {
    let stand = match reason.stand {
        Stand::Different => v1::FacetStand::Different,
        Stand::Related => v1::FacetStand::Related,
        Stand::Narrower => v1::FacetStand::Narrower,
        Stand::Unsaid => v1::FacetStand::Unsaid,
        Stand::Agrees => v1::FacetStand::Agrees,
    };
    v1::ComparedFacet {
        stand: stand.into(),
        facet: reason.facet.clone(),
        first: reason.first.clone(),
        second: reason.second.clone(),
    }
}

impl From<Tier> for v1::SuggestionTier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::None => Self::None,
            Tier::Related => Self::Related,
            Tier::Possible => Self::Possible,
            Tier::LikelySame => Self::LikelySame,
        }
    }
}

/// Where a page of suggestions says to go on.
pub(crate) fn suggestion_place(text: &str) -> Option<(u64, u32, QuestionId)> {
    let mut parts = text.split(' ');
    let saves = parts.next()?.parse().ok()?;
    let near = parts.next()?.parse().ok()?;
    Some((saves, near, parts.next()?.parse().ok()?))
}

fn askers(asked: &AskedQuestions) -> Vec<v1::AskedField> {
    let first = asked.askers.iter().take(ASKERS_TOLD_MAX);
    let told = first.map(|(ask, field)| v1::AskedField {
        ask: ask.to_string(),
        field: field.to_string(),
    });
    told.collect()
}

fn organisations(asked: &AskedQuestions) -> Vec<String> {
    let first = asked.organisations.iter().take(ASKERS_TOLD_MAX);
    first.map(OrganisationId::resource).collect()
}

fn unit(field: &Field) -> String {
    field.kind.unit().map_or("", Unit::code).to_owned()
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
