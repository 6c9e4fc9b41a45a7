//! A sheet: what one home has said of one reference, and to whom each answer was released.
//!
//! A sheet is a fold over the submissions that touch it, in ledger order. Later answers to a
//! question take the place of earlier ones; releases add up and follow the answer that they name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::answer::{Answer, Submission};
use super::digest::{Digest, QuestionId};
use super::id::{AskName, FieldName};
use super::link::Links;
use super::period::Period;
use super::reference::Reference;

/// One home's answers of one reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    answers: BTreeMap<QuestionId, SheetAnswer>,
    releases: BTreeMap<ReleaseKey, Released>,
}

/// An answer on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetAnswer {
    /// The answer in force.
    pub answer: Arc<Answer>,
    /// Ledger sequence of the submission that gave it.
    pub sequence: u64,
    /// When it was given.
    pub given_at: Timestamp,
    /// Ledger sequence of the answer whose place it took, if any.
    pub corrects: Option<u64>,
}

/// Who was sent what: a field of an ask, for one of its periods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseKey {
    /// The ask.
    pub ask: AskName,
    /// For which of its periods.
    pub period: Period,
    /// Its field.
    pub field: FieldName,
}

/// A release as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The question whose answer was sent.
    pub question: QuestionId,
    /// The template whose demand the delivery follows.
    pub template: Digest,
    /// Ledger sequence of the first release: a later answer is then a correction.
    pub first_sequence: u64,
    /// Ledger sequence of the last release.
    pub sequence: u64,
}

impl Sheet {
    /// Adds what a submission says of `reference`.
    pub fn apply(&mut self, reference: &Reference, sequence: u64, submission: &Submission) {
        for answer in &submission.answers {
            if answer.reference != *reference {
                continue;
            }
            let corrects = self.answers.get(&answer.question).map(|old| old.sequence);
            let given = SheetAnswer {
                answer: Arc::new(answer.clone()),
                sequence,
                given_at: submission.submitted_at,
                corrects,
            };
            self.answers.insert(answer.question, given);
        }
        for release in &submission.releases {
            let place = usize::try_from(release.answer).ok();
            let answer = place.and_then(|place| submission.answers.get(place));
            let Some(answer) = answer.filter(|answer| answer.reference == *reference) else {
                continue;
            };
            let key = ReleaseKey {
                ask: release.ask.clone(),
                period: release.period,
                field: release.field.clone(),
            };
            let first_sequence = self
                .releases
                .get(&key)
                .map_or(sequence, |r| r.first_sequence);
            let released = Released {
                question: answer.question,
                template: release.template.unwrap_or(submission.template),
                first_sequence,
                sequence,
            };
            self.releases.insert(key, released);
        }
    }

    /// The answer in force to a question or to any that is one with it by decision: the latest.
    #[must_use]
    pub fn answer(&self, question: &QuestionId, links: &Links) -> Option<&SheetAnswer> {
        match links.class(question) {
            None => self.answers.get(question),
            Some(class) => {
                let given = class.members.iter().filter_map(|q| self.answers.get(q));
                given.max_by_key(|answer| (answer.sequence, answer.answer.question))
            }
        }
    }

    /// The answer in force to this very question.
    #[must_use]
    pub fn answer_to(&self, question: &QuestionId) -> Option<&SheetAnswer> {
        self.answers.get(question)
    }

    /// Every release, by ask, period and field.
    pub fn releases(&self) -> impl Iterator<Item = (&ReleaseKey, &Released)> {
        self.releases.iter()
    }

    /// A release, if it was made.
    #[must_use]
    pub fn release(&self, key: &ReleaseKey) -> Option<&Released> {
        self.releases.get(key)
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}
