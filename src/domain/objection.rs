//! What became of a decision: who objected, what the data lead said to that, and who took it back.
//!
//! A decision that is objected to stays in force until it is undone. An objection is open until it is
//! answered, with the reason why the decision is kept, or until the decision is undone.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::OrganisationId;
use super::link::Decision;

/// A body says that a decision about a question of its asks is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionObjected {
    /// Id, by which it is answered.
    pub id: String,
    /// The decision's id.
    pub decision: String,
    /// Which body objects.
    pub organisation: OrganisationId,
    /// Why.
    pub reason: String,
    /// Who said so: a token's id.
    pub author: String,
    /// Whether somebody else said it for the body.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_behalf: bool,
    /// When.
    pub objected_at: Timestamp,
}

/// The data lead keeps a decision that was objected to, and says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionAnswered {
    /// The objection's id.
    pub objection: String,
    /// The decision's id.
    pub decision: String,
    /// Why it is kept.
    pub reason: String,
    /// Who answered: a token's id.
    pub author: String,
    /// When.
    pub answered_at: Timestamp,
}

/// An objection, and what was said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// What the body said.
    pub objected: DecisionObjected,
    /// Why the decision is kept, once the data lead has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<ObjectionAnswered>,
}

/// How a decision was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Why; empty if not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who: a token's id.
    pub author: String,
    /// When.
    pub undone_at: Timestamp,
}

/// A decision with all that was said of it since, in force or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionLife {
    /// What was decided.
    pub decision: Arc<Decision>,
    /// How it was taken back; none while it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Undone>,
    /// Objections to it, as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<Objection>,
}

impl DecisionLife {
    /// A decision as it comes into force.
    #[must_use]
    pub fn of(decision: Arc<Decision>) -> Self {
        Self {
            decision,
            undone: None,
            objections: Vec::new(),
        }
    }

    /// The objections that wait for an answer: none once the decision is undone.
    pub fn open_objections(&self) -> impl Iterator<Item = &DecisionObjected> {
        let is_in_force = self.undone.is_none();
        let open = move |own: &&Objection| is_in_force && own.answered.is_none();
        self.objections.iter().filter(open).map(|own| &own.objected)
    }

    /// Whether an objection waits for an answer.
    #[must_use]
    pub fn is_objected(&self) -> bool {
        self.open_objections().next().is_some()
    }

    /// Takes an objection in.
    pub fn object(&mut self, objected: DecisionObjected) {
        let answered = None;
        self.objections.push(Objection { objected, answered });
    }

    /// Takes an answer in; one to an objection that is not there says nothing.
    pub fn answer(&mut self, answered: ObjectionAnswered) {
        let mut all = self.objections.iter_mut();
        if let Some(own) = all.find(|own| own.objected.id == answered.objection) {
            own.answered = Some(answered);
        }
    }
}
