//! The decisions in force, those objected to first, and what became of all that were ever made.
//!
//! A body is told of decisions about questions of its own asks, and of what one with them; of others'
//! private asks it is told nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::digest::QuestionId;
use crate::domain::id::{ElementId, OrganisationId};
use crate::domain::link::{Decision, Links};
use crate::domain::objection::DecisionLife;
use crate::store::AskFilter;

use super::demands::with_predecessors;
use super::{Broker, BrokerError};

/// Most asks of one body that are looked through for its questions.
const OWN_ASKS_MAX: usize = 5_000;

/// Most asks that are looked through for one that may be told: past that a wording is not told.
const WORDINGS_LOOKED_THROUGH_MAX: usize = 50;

/// Most decisions that one history tells, the latest: of a question that was joined and parted for
/// years.
const HISTORY_MAX: usize = 200;

/// Which decisions to list; every condition given must hold.
#[derive(Debug, Clone, Default)]
pub struct DecisionFilter {
    /// Only those that an objection is open to.
    pub is_objected: bool,
    /// Only those about this question, or one that is the same by decision.
    pub question: Option<QuestionId>,
    /// Only those about questions of this body's asks.
    pub organisation: Option<OrganisationId>,
    /// For a reader from this body: only those about questions of its own asks. None: all.
    pub reader: Option<OrganisationId>,
}

/// One side of a decision, in words.
#[derive(Debug, Clone, Default)]
pub struct SideWords {
    /// How it is asked; empty where that may not be told, or nobody asks it now.
    pub label: String,
    /// The element whose question it is.
    pub element: Option<ElementId>,
}

/// A decision with what was said of it.
#[derive(Debug, Clone)]
pub struct DecisionView {
    /// The decision, objections to it, and how it was taken back.
    pub life: Arc<DecisionLife>,
    /// Its sides in words.
    pub sides: [SideWords; 2],
}

/// Where a decision stands in the list: those objected to come first.
pub type DecisionPlace = (bool, String);

impl Broker {
    /// Decisions in force after a place, at most `limit`: those objected to first, then by id.
    ///
    /// # Errors
    /// As the store says.
    pub async fn list_decisions(
        &self,
        filter: &DecisionFilter,
        after: Option<&DecisionPlace>,
        limit: usize,
    ) -> Result<Vec<DecisionView>, BrokerError> {
        let links = self.store.links().await?.value;
        let objected = self.store.objected_decisions().await?;
        let mut of_bodies = Vec::new();
        for body in [&filter.organisation, &filter.reader].into_iter().flatten() {
            of_bodies.push(self.questions_of(body, &links).await?);
        }
        let question = filter.question.map(|own| links.representative(&own));
        let is_wanted = |decision: &Decision| {
            let ends = [decision.a, decision.b].map(|own| links.representative(&own));
            (!filter.is_objected || objected.contains(&decision.id))
                && question.is_none_or(|own| ends.contains(&own))
                && of_bodies
                    .iter()
                    .all(|own| ends.iter().any(|end| own.contains(end)))
        };
        let place = |decision: &Decision| (!objected.contains(&decision.id), decision.id.clone());
        let wanted = links.decisions().filter(|own| is_wanted(own));
        let mut places: Vec<DecisionPlace> = wanted
            .map(|own| place(own))
            .filter(|own| after.is_none_or(|after| own > after))
            .collect();
        places.sort();
        places.truncate(limit);
        let mut views = Vec::with_capacity(places.len());
        for (_, id) in places {
            // One that was undone meanwhile is not listed.
            let life = self.store.decision_life(&id).await?;
            if let Some(life) = life.filter(|life| life.value.undone.is_none()) {
                let reader = filter.reader.as_ref();
                views.push(self.decision_view(life.value, reader).await?);
            }
        }
        Ok(views)
    }

    /// Where a decision of a list stands in it.
    #[must_use]
    pub fn place_of(view: &DecisionView) -> DecisionPlace {
        (!view.life.is_objected(), view.life.decision.id.clone())
    }

    /// The decisions about questions that were ever made, as they were made, undone ones too.
    pub(super) async fn history_of(
        &self,
        questions: &BTreeSet<QuestionId>,
    ) -> Result<Vec<DecisionView>, BrokerError> {
        let lives = self.store.decisions_about(questions, HISTORY_MAX).await?;
        let mut history = Vec::with_capacity(lives.len());
        for life in lives {
            history.push(self.decision_view(life, None).await?);
        }
        Ok(history)
    }

    async fn decision_view(
        &self,
        life: Arc<DecisionLife>,
        reader: Option<&OrganisationId>,
    ) -> Result<DecisionView, BrokerError> {
        let a = self.side_words(life.decision.a, reader).await?;
        let b = self.side_words(life.decision.b, reader).await?;
        let sides = [a, b];
        Ok(DecisionView { life, sides })
    }

    /// A question in the words of an element, or of an ask that the reader may know of.
    async fn side_words(
        &self,
        question: QuestionId,
        reader: Option<&OrganisationId>,
    ) -> Result<SideWords, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        if let Some(element) = dictionary.element_of(&question) {
            return Ok(SideWords {
                label: element.field.label.clone(),
                element: Some(element.id.clone()),
            });
        }
        let asked = AskFilter {
            questions: Some(vec![question]),
            ..AskFilter::default()
        };
        let asks = self.store.asks(&asked, None, WORDINGS_LOOKED_THROUGH_MAX);
        let told = asks.await?.into_iter().find(|ask| {
            let is_own = |reader: &OrganisationId| ask.value.name.organisation == *reader;
            !ask.value.raw.private || reader.is_none_or(is_own)
        });
        let label = told.and_then(|ask| {
            let own = ask.value.fields.iter().find(|own| own.question == question);
            own.map(|own| own.field.label.clone())
        });
        Ok(SideWords {
            label: label.unwrap_or_default(),
            element: None,
        })
    }

    /// What a body asks, or one that it came after: by the questions that stand for what is one.
    async fn questions_of(
        &self,
        body: &OrganisationId,
        links: &Links,
    ) -> Result<BTreeSet<QuestionId>, BrokerError> {
        let successions = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        let mut questions = BTreeSet::new();
        for organisation in with_predecessors(body, &successions, today) {
            let filter = AskFilter {
                organisation: Some(organisation),
                ..AskFilter::default()
            };
            let asks = self.store.asks(&filter, None, OWN_ASKS_MAX).await?;
            let fields = asks.iter().flat_map(|ask| &ask.value.fields);
            questions.extend(fields.map(|own| links.representative(&own.question)));
        }
        Ok(questions)
    }
}
