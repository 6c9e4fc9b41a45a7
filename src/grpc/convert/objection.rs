//! Decisions with what was said of them, versions of elements, and words for the matcher.

use crate::broker::{DecisionView, SuggestedWord};
use crate::domain::dictionary::{ElementVersion, VersionCause};
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;
use crate::domain::matcher::Term;
use crate::domain::objection::{Objection, ObjectionAnswered};
use crate::domain::terms::WithdrawnWords;
use crate::grpc::v1;

use super::dictionary::decision;
use super::names::made_id;
use super::time::instant;

/// The decision and the objection of a name, `decisions/{decision}/objections/{id}`.
pub(crate) fn objection_name(member: &str, name: &str) -> Result<(String, String), Faults> {
    let parts = name.strip_prefix("decisions/");
    let parts = parts.and_then(|rest| rest.split_once("/objections/"));
    let Some((decision, objection)) = parts else {
        let message = "expected decisions/{decision}/objections/{id}";
        return Err(Faults::one(member, message));
    };
    Ok((made_id(member, decision)?, made_id(member, objection)?))
}

/// A decision with what was said of it, as it may be told to a body, or to whoever sees all.
pub(crate) fn decision_view(view: &DecisionView, to: Option<&OrganisationId>) -> v1::Decision {
    let life = &view.life;
    let [a, b] = &view.sides;
    let element = |side: &crate::broker::SideWords| {
        let element = side.element.as_ref();
        element.map(ToString::to_string).unwrap_or_default()
    };
    let whose = life.decision.organisation.as_ref();
    let is_told = |own: Option<&OrganisationId>| to.is_none() || own.is_none() || own == to;
    let objections = life.objections.iter();
    let objections = objections.filter(|own| is_told(Some(&own.objected.organisation)));
    let undone = life.undone.as_ref();
    let mut known = decision(&life.decision);
    let is_hidden = |side: &crate::broker::SideWords| {
        to.is_some() && side.label.is_empty() && side.element.is_none()
    };
    if is_hidden(a) || is_hidden(b) {
        // Of what others ask in private not even a guess can be confirmed.
        known.options.clear();
        known.suggested = None;
        for (own, id) in [(a, &mut known.a), (b, &mut known.b)] {
            if is_hidden(own) {
                id.clear();
            }
        }
    }
    if !is_told(whose) {
        known.reason.clear();
    }
    v1::Decision {
        author: if is_told(whose) {
            known.author.clone()
        } else {
            String::new()
        },
        organisation: match whose {
            Some(own) if is_told(whose) => own.resource(),
            _ => String::new(),
        },
        a_label: a.label.clone(),
        b_label: b.label.clone(),
        a_element: element(a),
        b_element: element(b),
        objections: objections.map(objection).collect(),
        objected: life.is_objected(),
        undone_at: undone.map(|own| instant(own.undone_at)),
        undone_by: undone.map_or_else(String::new, |own| token(&own.author)),
        undone_reason: undone.map_or_else(String::new, |own| own.reason.clone()),
        ..known
    }
}

/// An objection with its answer.
pub(crate) fn objection(own: &Objection) -> v1::Objection {
    let said = &own.objected;
    let answered = own.answered.as_ref();
    let told = |part: fn(&ObjectionAnswered) -> String| answered.map(part).unwrap_or_default();
    v1::Objection {
        name: format!("decisions/{}/objections/{}", said.decision, said.id),
        organisation: said.organisation.resource(),
        reason: said.reason.clone(),
        author: token(&said.author),
        on_behalf: said.on_behalf,
        objected_at: Some(instant(said.objected_at)),
        answer: told(|answered| answered.reason.clone()),
        answered_by: told(|answered| token(&answered.author)),
        answered_at: answered.map(|answered| instant(answered.answered_at)),
    }
}

fn token(id: &str) -> String {
    format!("tokens/{id}")
}

/// A version of an element.
pub(crate) fn version(version: &ElementVersion) -> v1::ElementVersion {
    let retired = version.element.retired.as_ref();
    let successor = retired.and_then(|own| own.successor.as_ref());
    let cause = match version.cause {
        VersionCause::Adopted => v1::ElementVersionCause::Adopted,
        VersionCause::Approved => v1::ElementVersionCause::Approved,
        VersionCause::Retired => v1::ElementVersionCause::Retired,
    };
    v1::ElementVersion {
        // It was well formed when it came into force, so its words are known.
        element: version.element.clone().try_into().ok(),
        from: Some(instant(version.from)),
        until: version.until.map(instant),
        cause: cause.into(),
        author: token(&version.author),
        reason: version.reason.clone(),
        retired_on: retired.map(|own| own.on.to_string()).unwrap_or_default(),
        successor: successor.map(ToString::to_string).unwrap_or_default(),
    }
}

/// A term.
pub(crate) fn term(term: &Term) -> v1::Term {
    v1::Term {
        facet: term.facet.clone(),
        value: term.value.clone(),
        says: term.says.clone(),
        words: term.words.clone(),
        implies: term.implies.clone(),
        usually: term.usually.clone(),
        within: term.within.clone(),
        beside: term.beside.clone(),
    }
}

/// A term to be added, as it comes in.
pub(crate) fn raw_term(term: v1::Term) -> Term {
    Term {
        facet: term.facet,
        value: term.value,
        says: term.says,
        words: term.words,
        implies: term.implies,
        usually: term.usually,
        within: term.within,
        beside: term.beside,
    }
}

/// Words to be withdrawn, as they come in.
pub(crate) fn withdrawn(term: v1::Term) -> WithdrawnWords {
    WithdrawnWords {
        facet: term.facet,
        value: term.value,
        words: term.words,
    }
}

/// A word that is not known.
pub(crate) fn suggested_word(word: &SuggestedWord) -> v1::TermSuggestion {
    let examples = word.examples.iter();
    let examples = examples.map(|(element, label)| v1::TermExample {
        element: element.to_string(),
        label: label.clone(),
    });
    v1::TermSuggestion {
        word: word.word.clone(),
        wordings: word.wordings,
        examples: examples.collect(),
    }
}
