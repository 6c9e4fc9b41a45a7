//! Which questions follow from which, by the dictionary alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::link::Links;

/// Which questions follow from which; each by the question that stands for all that are one with it.
#[derive(Debug, Clone, Default)]
pub struct Web {
    parts: BTreeMap<QuestionId, BTreeSet<QuestionId>>,
    followers: BTreeMap<QuestionId, BTreeSet<QuestionId>>,
}

impl Web {
    /// What the elements of a dictionary say.
    #[must_use]
    pub fn of(dictionary: &Dictionary, links: &Links) -> Self {
        let mut web = Self::default();
        for element in dictionary.elements() {
            let Some(follows) = &element.follows else {
                continue;
            };
            let follower = links.representative(&element.question);
            let parts = follows.elements().into_iter();
            for part in parts.filter_map(|id| dictionary.element(id)) {
                let part = links.representative(&part.question);
                web.parts.entry(follower).or_default().insert(part);
                web.followers.entry(part).or_default().insert(follower);
            }
        }
        web
    }

    /// Whether a question follows from others.
    #[must_use]
    pub fn follows(&self, question: &QuestionId) -> bool {
        self.parts.contains_key(question)
    }

    /// Some questions, and all that any of them follows from.
    #[must_use]
    pub fn with_parts(&self, questions: BTreeSet<QuestionId>) -> BTreeSet<QuestionId> {
        reached(questions, &self.parts)
    }

    /// Some questions, and all that follow from any of them.
    #[must_use]
    pub fn with_followers(&self, questions: BTreeSet<QuestionId>) -> BTreeSet<QuestionId> {
        reached(questions, &self.followers)
    }

    /// All that bears on what some questions, and those that follow from them, cost.
    #[must_use]
    pub fn around(&self, questions: BTreeSet<QuestionId>) -> BTreeSet<QuestionId> {
        self.with_parts(self.with_followers(questions))
    }
}

fn reached(
    mut found: BTreeSet<QuestionId>,
    ways: &BTreeMap<QuestionId, BTreeSet<QuestionId>>,
) -> BTreeSet<QuestionId> {
    let mut next: Vec<QuestionId> = found.iter().copied().collect();
    while let Some(question) = next.pop() {
        let further = ways.get(&question).into_iter().flatten();
        next.extend(further.filter(|question| found.insert(**question)));
    }
    found
}
