//! What the matcher suggests of questions that are about to be decided, kept beside the decision: so
//! that it is known later what whoever decided was told.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Alike, Standing};
use crate::broker::{Broker, BrokerError};
use crate::domain::digest::QuestionId;
use crate::domain::field::Field;
use crate::domain::id::ElementId;
use crate::domain::link::{Decision, Suggested};
use crate::domain::matcher::Tier;

/// Pairs compared before others have their turn: some milliseconds.
const PAIRS_AT_A_TIME: usize = 4;

/// A question and how it is asked.
type Worded<'a> = (&'a QuestionId, &'a Field);

impl Broker {
    /// Lets decisions say what is suggested of their questions now, given how these are asked. It
    /// changes nothing else of them.
    ///
    /// # Errors
    /// As the store says.
    pub(in crate::broker) async fn keep_suggested(
        &self,
        decisions: &mut [Decision],
        words: &HashMap<QuestionId, Arc<Field>>,
    ) -> Result<(), BrokerError> {
        let standing = self.standing_words().await?;
        for some in decisions.chunks_mut(PAIRS_AT_A_TIME) {
            for decision in some {
                let worded = |question| Some((question, &**words.get(question)?));
                let sides = worded(&decision.a).zip(worded(&decision.b));
                decision.suggested = sides.and_then(|(a, b)| standing.suggested(a, b));
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

impl Standing<'_> {
    /// What is suggested of two questions by their words alone, whatever was decided of them; none if
    /// they have little in common.
    fn suggested(&self, a: Worded<'_>, b: Worded<'_>) -> Option<Suggested> {
        let element = |worded: Worded<'_>| self.dictionary.element_of(worded.0);
        // As the queue says it: of a question, which element it may be.
        let found = match (element(a), element(b)) {
            (None, Some(element)) => self.found_as(a, &element.id),
            (Some(element), None) => self.found_as(b, &element.id),
            _ => None,
        };
        let Alike {
            tier, explanation, ..
        } = found.unwrap_or_else(|| {
            let index = self.matching.index();
            let read = |worded: Worded<'_>| index.lexicon().read(&worded.1.as_wording());
            index.compare(&read(a), &read(b)).into()
        });
        (tier > Tier::None).then_some(Suggested { tier, explanation })
    }

    /// How alike a question and an element are, where the question's words find it.
    fn found_as(&self, (question, field): Worded<'_>, element: &ElementId) -> Option<Alike> {
        let looked_up = self.look_up(question, field);
        let mut elements = looked_up.elements.iter();
        let found = elements.find(|(id, _)| id == element);
        found.map(|(_, alike)| alike.clone())
    }
}
