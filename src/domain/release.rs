//! Answers that were given before, sent to askers who came later.
//!
//! Invariant: it names the very answers that it sends, and says nothing new: no answer and no other
//! release changes by it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::Release;
use super::digest::{Digest, QuestionId};
use super::id::HomeId;
use super::period::Period;
use super::reference::Reference;
use super::template::EntryId;

/// What a home sent in one go of what it had answered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswersReleased {
    /// Receipt number.
    pub receipt: String,
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// The template that the home saw.
    pub template: Digest,
    /// Who sent it, in the home's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub released_by: String,
    /// When.
    pub released_at: Timestamp,
    /// The answers that are sent.
    pub answers: Vec<GivenBefore>,
    /// To whom each is released.
    pub releases: Vec<Release>,
}

/// An answer that was given before, named and not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBefore {
    /// The entry of the template that shows it.
    pub entry: EntryId,
    /// The question that it was given to.
    pub question: QuestionId,
    /// What it speaks of.
    pub reference: Reference,
    /// Ledger sequence of the submission that gave it.
    pub sequence: u64,
}

impl AnswersReleased {
    /// The references that the answers speak of, each once, in order.
    pub fn references(&self) -> impl Iterator<Item = Reference> {
        let all = self.answers.iter().map(|answer| answer.reference);
        all.collect::<BTreeSet<_>>().into_iter()
    }
}
