//! A sheet: what one home has said of one reference, and to whom each answer was released.
//!
//! A sheet is a fold over the submissions and releases that touch it, in ledger order. Later answers
//! to a question take the place of earlier ones; a release holds the very answer that was sent, until
//! another is sent for the same field and period.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::answer::{Answer, Release, Submission};
use super::digest::{Digest, QuestionId};
use super::id::{AskName, FieldName};
use super::link::Links;
use super::period::Period;
use super::reference::Reference;
use super::release::AnswersReleased;

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

/// A release as it stands: the very answer that was sent, not whatever is answered since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The answer that was sent.
    pub answer: Arc<Answer>,
    /// When it was given.
    pub given_at: Timestamp,
    /// The template whose demand the delivery follows.
    pub template: Digest,
    /// Ledger sequence of the event that sent it.
    pub sequence: u64,
    /// Digest of the purpose and legal basis that it was made for; none where that was not kept.
    pub basis: Option<Digest>,
    /// Ledger sequence of the submission that gave it: of the same event, unless it was given before.
    pub given: u64,
    /// Whether something else was sent before.
    pub is_correction: bool,
}

impl Released {
    /// Whether it was made for this basis, of an ask that was, or was not, ever on another. One that
    /// does not say was made before an ask could be amended.
    #[must_use]
    pub fn is_for(&self, basis: Digest, is_rebased: bool) -> bool {
        self.basis.map_or(!is_rebased, |own| own == basis)
    }
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
            let sent = Released {
                is_correction: false,
                answer: Arc::new(answer.clone()),
                given_at: submission.submitted_at,
                template: release.template.unwrap_or(submission.template),
                basis: release.basis,
                sequence,
                given: sequence,
            };
            self.release_to(release, sent);
        }
    }

    /// Adds what was released of answers that were given before. One that is no longer in force, or
    /// was erased, is passed over: what is released is only ever the very answer that was named.
    pub fn release(&mut self, reference: &Reference, sequence: u64, released: &AnswersReleased) {
        for release in &released.releases {
            let place = usize::try_from(release.answer).ok();
            let named = place.and_then(|place| released.answers.get(place));
            let Some(named) = named.filter(|named| named.reference == *reference) else {
                continue;
            };
            let known = self.answers.get(&named.question);
            let Some(known) = known.filter(|known| known.sequence == named.sequence) else {
                continue;
            };
            let sent = Released {
                is_correction: false,
                answer: Arc::clone(&known.answer),
                given_at: known.given_at,
                template: release.template.unwrap_or(released.template),
                sequence,
                given: known.sequence,
                basis: release.basis,
            };
            self.release_to(release, sent);
        }
    }

    fn release_to(&mut self, release: &Release, sent: Released) {
        let key = ReleaseKey {
            ask: release.ask.clone(),
            period: release.period,
            field: release.field.clone(),
        };
        let differs = |before: &Released| {
            let (old, new) = (&before.answer, &sent.answer);
            before.is_correction || old.said != new.said || old.on != new.on
        };
        let is_correction = self.releases.get(&key).is_some_and(differs);
        let sent = Released {
            is_correction,
            ..sent
        };
        self.releases.insert(key, sent);
    }

    /// The answer in force to a question or to any that is one with it by decision: the latest that
    /// the home gave, else the latest that was worked out.
    #[must_use]
    pub fn answer(&self, question: &QuestionId, links: &Links) -> Option<&SheetAnswer> {
        match links.class(question) {
            None => self.answers.get(question),
            Some(class) => {
                let given = class.members.iter().filter_map(|q| self.answers.get(q));
                given.max_by_key(|known| {
                    let answer = &known.answer;
                    (answer.is_given(), known.sequence, answer.question)
                })
            }
        }
    }

    /// Every answer in force, by the question that it was given to.
    pub fn answers(&self) -> impl Iterator<Item = &SheetAnswer> {
        self.answers.values()
    }

    /// Every release, by ask, period and field.
    pub fn releases(&self) -> impl Iterator<Item = (&ReleaseKey, &Released)> {
        self.releases.iter()
    }

    /// What was released under a key, if anything was.
    #[must_use]
    pub fn released(&self, key: &ReleaseKey) -> Option<&Released> {
        self.releases.get(key)
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}
