//! Why two questions are, or are not, one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Standing;
use crate::broker::explain_question::unknown;
use crate::broker::{Broker, BrokerError, Explained};
use crate::domain::digest::QuestionId;
use crate::domain::field::Field;
use crate::domain::id::ElementId;
use crate::domain::link::{Decision, Links, Verdict};
use crate::domain::matcher::Compared;

/// How two questions stand to each other.
#[derive(Debug, Clone)]
pub struct Against {
    /// The first question.
    pub a: QuestionId,
    /// The second.
    pub b: QuestionId,
    /// Whether they are one, and by what.
    pub between: Between,
    /// How their wordings compare, facet by facet.
    pub compared: Compared,
    /// Why they cannot be joined as they are, said of the first; none where they can.
    pub differs: Vec<String>,
}

/// Whether two questions are one, and by what.
#[derive(Debug, Clone)]
pub enum Between {
    /// They mean the same by themselves.
    OneMeaning,
    /// They are one by these decisions, in the order of the path from the first to the second.
    OneByDecision(Vec<Arc<Decision>>),
    /// These decisions keep them apart, as related or different.
    Apart(Verdict, Vec<Arc<Decision>>),
    /// Nobody decided it.
    Undecided,
}

/// A side of a comparison.
struct Side {
    question: QuestionId,
    field: Arc<Field>,
    element: Option<ElementId>,
}

impl Broker {
    /// Why two questions, or a question and an element, are or are not one.
    ///
    /// # Errors
    /// A question that nobody asks and that is no element's; an element that there is not.
    pub async fn explain_against(
        &self,
        a: &Explained,
        b: &Explained,
    ) -> Result<Against, BrokerError> {
        let standing = self.standing_suggestions(None).await?;
        let state = self.suggesting.asked.read();
        let side = |explained: &Explained| {
            standing
                .side(&state, explained)
                .ok_or_else(|| unknown(explained))
        };
        let (a, b) = (side(a)?, side(b)?);
        Ok(Against {
            between: between(&standing.links, &a.question, &b.question),
            compared: standing.compared(&a, &b),
            differs: a.field.differs_from(&b.field),
            a: a.question,
            b: b.question,
        })
    }
}

impl Standing<'_> {
    fn side(&self, state: &super::State, explained: &Explained) -> Option<Side> {
        let element = match explained {
            Explained::Element(id) => self.dictionary.element(id),
            Explained::Question(question) => self.dictionary.element_of(question),
        };
        match (element, explained) {
            (Some(element), _) => Some(Side {
                question: element.question,
                field: Arc::new(element.field.clone()),
                element: Some(element.id.clone()),
            }),
            (None, Explained::Question(question)) => Some(Side {
                question: *question,
                field: Arc::clone(&state.question(question)?.field),
                element: None,
            }),
            (None, Explained::Element(_)) => None,
        }
    }

    /// How two wordings compare; an element's by the alias that is nearest.
    fn compared(&self, a: &Side, b: &Side) -> Compared {
        let index = self.matching.index();
        let read = |side: &Side| index.lexicon().read(&side.field.as_wording());
        let (of_a, of_b) = (read(a), read(b));
        let own = index.compare(&of_a, &of_b);
        let Some(element) = b.element.as_ref().filter(|_| a.element.is_none()) else {
            return own;
        };
        let found = self.matching.find_read(&of_a, usize::MAX);
        let found = found.into_iter().find(|(id, _)| *id == element);
        match found {
            Some((_, nearest)) if nearest.score > own.score => nearest,
            _ => own,
        }
    }
}

fn between(links: &Links, a: &QuestionId, b: &QuestionId) -> Between {
    if a == b {
        return Between::OneMeaning;
    }
    // What a decision would contradict is what is decided.
    let contradicted = |verdict: Verdict| {
        let next = Decision {
            id: String::new(),
            a: *a,
            b: *b,
            verdict,
            options: Vec::new(),
            reason: String::new(),
            author: String::new(),
            organisation: None,
            decided_at: jiff::Timestamp::UNIX_EPOCH,
            passed_over: BTreeMap::new(),
            suggested: None,
        };
        links.contradiction(&next)
    };
    let decisions = |path: Vec<String>| -> Vec<Arc<Decision>> {
        let known = path.iter().filter_map(|id| links.decision(id));
        known.cloned().collect()
    };
    if let Some(same) = contradicted(Verdict::Different) {
        return Between::OneByDecision(decisions(same.path));
    }
    match contradicted(Verdict::Same) {
        Some(apart) => Between::Apart(apart.verdict, decisions(apart.path)),
        None => Between::Undecided,
    }
}
