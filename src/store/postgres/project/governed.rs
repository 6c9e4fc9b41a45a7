//! What means the same by decision, what the dictionary holds, and the templates that homes saw.

use std::cmp::Ordering;
use std::sync::OnceLock;

use tokio_postgres::types::Type;

use super::Gathered;
use super::column::{Column, Day, Instant, Values, count, said};
use super::row::{Row, Sort, row, statement};
use crate::domain::dictionary::{
    self, ElementApproved, ElementProposed, ElementRetired, RawDictionary, RawElement, Topic,
};
use crate::domain::event::{LinkUndone, TemplateKept};
use crate::domain::id::{ElementId, OrganisationId};
use crate::domain::link;
use crate::domain::objection::{DecisionObjected, ObjectionAnswered};
use crate::store::index::{Fact, Noted};
use crate::store::postgres::place::EventAt;

row! {
    DecisionRow<'a> in "decisions", Latest by (decision_id) {
        decision_id: &'a str,
        question_a: String,
        question_b: String,
        verdict: &'a str,
        reason: &'a str,
        organisation_id: Option<&'a str>,
        decided_at: Instant,
    }
}

row! {
    DecisionUndoingRow<'a> in "decision_undoings", Latest by (decision_id) {
        decision_id: &'a str,
        reason: &'a str,
        undone_at: Instant,
    }
}

row! {
    ObjectionRow<'a> in "objections", Latest by (decision_id, objection_id) {
        decision_id: &'a str,
        objection_id: &'a str,
        organisation_id: &'a str,
        reason: &'a str,
        on_behalf: bool,
        objected_at: Instant,
    }
}

row! {
    ObjectionAnswerRow<'a> in "objection_answers", Latest by (decision_id, objection_id) {
        decision_id: &'a str,
        objection_id: &'a str,
        reason: &'a str,
        answered_at: Instant,
    }
}

row! {
    DictionaryRow<'a> in "dictionaries", Once by (version) {
        version: &'a str,
        elements: i32,
        recorded_at: Instant,
    }
}

row! {
    ElementRow<'a> in "elements", Latest by (element_id) {
        element_id: &'a str,
        question_id: Option<String>,
        label: &'a str,
        definition: &'a str,
        r#type: &'a str,
        timing: &'a str,
        topic: &'a str,
        unit: Option<&'a str>,
        retired_on: Option<Day>,
    }
}

row! {
    ElementRetirementRow<'a> in "element_retirements", Latest by (element_id) {
        element_id: &'a str,
        retired_on: Day,
        reason: &'a str,
        successor: Option<&'a str>,
    }
}

row! {
    ElementProposalRow<'a> in "element_proposals", Latest by (element_id) {
        element_id: &'a str,
        label: &'a str,
        reason: &'a str,
        organisation_id: Option<&'a str>,
        proposed_at: Instant,
    }
}

row! {
    TemplateRow<'a> in "templates", Latest by (template) {
        template: &'a [u8],
        size_bytes: i32,
    }
}

impl<'a> Gathered<'a> {
    pub(super) fn add_dictionary(&mut self, at: EventAt, noted: &'a Noted) {
        let Fact::Dictionary(dictionary) = &noted.fact else {
            debug_assert!(false, "a dictionary is read as a dictionary");
            return;
        };
        let raw = dictionary.raw();
        self.dictionaries.push(DictionaryRow {
            version: &raw.version,
            elements: count(raw.elements.len()),
            recorded_at: Instant(noted.at),
            at,
        });
        let question = |row: &RawElement| question_of(dictionary, row);
        let rows = raw.elements.iter();
        let rows = rows.map(|row| element_row(at, row, question(row)));
        self.elements.extend(rows);
    }

    pub(super) fn add_approved(&mut self, at: EventAt, approved: &'a ElementApproved) {
        let element = &approved.element;
        let question = alone(element).and_then(|alone| question_of(&alone, element));
        self.elements.push(element_row(at, element, question));
    }

    pub(super) fn add_retired(&mut self, at: EventAt, retired: &'a ElementRetired) {
        let how = &retired.retired;
        self.element_retirements.push(ElementRetirementRow {
            element_id: retired.element.as_str(),
            retired_on: Day(how.on),
            reason: &how.reason,
            successor: how.successor.as_ref().map(ElementId::as_str),
            at,
        });
    }

    pub(super) fn add_proposed(&mut self, at: EventAt, proposed: &'a ElementProposed) {
        self.element_proposals.push(ElementProposalRow {
            element_id: &proposed.element.id,
            label: &proposed.element.label,
            reason: &proposed.reason,
            organisation_id: proposed.organisation.as_ref().map(OrganisationId::as_str),
            proposed_at: Instant(proposed.proposed_at),
            at,
        });
    }

    pub(super) fn add_decision(&mut self, at: EventAt, decision: &'a link::Decision) {
        self.decisions.push(DecisionRow {
            decision_id: &decision.id,
            question_a: decision.a.to_string(),
            question_b: decision.b.to_string(),
            verdict: decision.verdict.as_str(),
            reason: &decision.reason,
            organisation_id: decision.organisation.as_ref().map(OrganisationId::as_str),
            decided_at: Instant(decision.decided_at),
            at,
        });
    }

    pub(super) fn add_undone(&mut self, at: EventAt, noted: &Noted, undone: &'a LinkUndone) {
        self.decision_undoings.push(DecisionUndoingRow {
            decision_id: &undone.decision,
            reason: &undone.reason,
            undone_at: Instant(noted.at),
            at,
        });
    }

    pub(super) fn add_objected(&mut self, at: EventAt, objected: &'a DecisionObjected) {
        self.objections.push(ObjectionRow {
            decision_id: &objected.decision,
            objection_id: &objected.id,
            organisation_id: objected.organisation.as_str(),
            reason: &objected.reason,
            on_behalf: objected.on_behalf,
            objected_at: Instant(objected.objected_at),
            at,
        });
    }

    pub(super) fn add_answered(&mut self, at: EventAt, answered: &'a ObjectionAnswered) {
        self.objection_answers.push(ObjectionAnswerRow {
            decision_id: &answered.decision,
            objection_id: &answered.objection,
            reason: &answered.reason,
            answered_at: Instant(answered.answered_at),
            at,
        });
    }

    pub(super) fn add_template(&mut self, at: EventAt, kept: &'a TemplateKept) {
        self.templates.push(TemplateRow {
            template: kept.digest.as_bytes(),
            size_bytes: count(kept.template.len()),
            at,
        });
    }
}

fn element_row(at: EventAt, row: &RawElement, question: Option<String>) -> ElementRow<'_> {
    ElementRow {
        element_id: &row.id,
        question_id: question,
        label: &row.label,
        definition: &row.definition,
        r#type: &row.kind,
        timing: &row.timing,
        topic: &row.topic,
        unit: row.unit.as_deref().and_then(said),
        retired_on: row.retired.as_ref().map(|retired| Day(retired.on)),
        at,
    }
}

fn question_of(dictionary: &dictionary::Dictionary, row: &RawElement) -> Option<String> {
    let id = row.id.parse().ok()?;
    let element = dictionary.element(&id)?;
    Some(element.question.to_string())
}

/// A dictionary of one element, without what ties it to others: its question does not depend on
/// them.
fn alone(row: &RawElement) -> Option<dictionary::Dictionary> {
    let element = RawElement {
        dimensions: Vec::new(),
        formula: None,
        bands: None,
        ..row.clone()
    };
    let topic = Topic {
        id: row.topic.clone(),
        label: row.topic.clone(),
    };
    let raw = RawDictionary {
        version: String::new(),
        topics: vec![topic],
        dimensions: Vec::new(),
        elements: vec![element],
    };
    dictionary::Dictionary::parse(raw).ok()
}
