//! Accepted wordings: what bodies call an element, once a decision says that it is that.
//!
//! They follow from the decisions in force, so that undoing one takes its wording back. They help the
//! matcher to find the element, and show in the dictionary, but for those that only private asks use.

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::id::ElementId;
use crate::domain::link::Links;
use crate::store::AskFilter;

use super::{Broker, BrokerError};

/// Most accepted wordings of one element.
const ACCEPTED_PER_ELEMENT_MAX: usize = 50;

/// Most accepted wordings of all elements together: some of every body for every element of today.
const ACCEPTED_MAX: usize = 20_000;

/// Most asks of a question that are looked through for one that is not private.
const ASKS_LOOKED_THROUGH_MAX: usize = 20;

/// How many states of dictionary and decisions are kept: the one in force, and the one before it.
const STATES_CACHED: usize = 2;

/// What somebody calls an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedWording {
    /// The label.
    pub label: String,
    /// The question of these words.
    pub question: QuestionId,
    /// Whether only private asks use it, so that it is nobody else's to know.
    pub is_private: bool,
}

/// The accepted wordings by element.
#[derive(Debug, Default)]
pub struct Accepted {
    by_element: BTreeMap<ElementId, Vec<AcceptedWording>>,
}

impl Accepted {
    /// What an element is called by decision.
    #[must_use]
    pub fn of(&self, element: &ElementId) -> &[AcceptedWording] {
        self.by_element.get(element).map_or(&[], Vec::as_slice)
    }

    /// The labels that may be told of.
    pub fn told(&self, element: &ElementId) -> impl Iterator<Item = &str> {
        let told = self.of(element).iter().filter(|own| !own.is_private);
        told.map(|own| own.label.as_str())
    }

    /// All of them, by element.
    pub fn iter(&self) -> impl Iterator<Item = (&ElementId, &AcceptedWording)> {
        let all = self.by_element.iter();
        all.flat_map(|(id, wordings)| wordings.iter().map(move |own| (id, own)))
    }
}

/// What was worked out last.
pub(super) struct AcceptedCache {
    states: Cache<(Digest, Digest), Arc<Accepted>>,
    /// By question, which never means anything else: those that are not private.
    wordings: Cache<QuestionId, Arc<AcceptedWording>>,
}

impl AcceptedCache {
    pub(super) fn new() -> Self {
        Self {
            states: Cache::new(STATES_CACHED),
            wordings: Cache::new(ACCEPTED_MAX),
        }
    }
}

impl Broker {
    /// The accepted wordings of the dictionary in force.
    ///
    /// # Errors
    /// As the store says.
    pub async fn accepted(&self) -> Result<Arc<Accepted>, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let links = self.store.links().await?.value;
        self.accepted_of(&dictionary, &links).await
    }

    pub(super) async fn accepted_of(
        &self,
        dictionary: &Dictionary,
        links: &Links,
    ) -> Result<Arc<Accepted>, BrokerError> {
        let key = (dictionary.digest(), links.digest());
        if let Some(known) = self.accepted_cache.states.get(&key) {
            return Ok(known);
        }
        let mut accepted = Accepted::default();
        let mut left = ACCEPTED_MAX;
        let in_force = dictionary.elements().filter(|own| own.retired.is_none());
        for element in in_force {
            let Some(class) = links.class(&element.question) else {
                continue;
            };
            let mut own = Vec::new();
            for question in class.members.iter().filter(|q| **q != element.question) {
                if own.len() >= ACCEPTED_PER_ELEMENT_MAX.min(left) {
                    break;
                }
                match dictionary.element_of(question) {
                    Some(merged) => own.extend(words_of(merged)),
                    None => own.extend(self.accepted_wording(question).await?),
                }
            }
            own.truncate(ACCEPTED_PER_ELEMENT_MAX.min(left));
            left -= own.len();
            accepted.by_element.insert(element.id.clone(), own);
        }
        let accepted = Arc::new(accepted);
        self.accepted_cache
            .states
            .insert(key, Arc::clone(&accepted));
        Ok(accepted)
    }

    /// How a question is asked; none while nobody asks it.
    async fn accepted_wording(
        &self,
        question: &QuestionId,
    ) -> Result<Option<AcceptedWording>, BrokerError> {
        if let Some(known) = self.accepted_cache.wordings.get(question) {
            return Ok(Some(AcceptedWording::clone(&known)));
        }
        let filter = AskFilter {
            questions: Some(vec![*question]),
            ..AskFilter::default()
        };
        let asks = self.store.asks(&filter, None, ASKS_LOOKED_THROUGH_MAX);
        let asks = asks.await?;
        let open = asks.iter().find(|ask| !ask.value.raw.private);
        let Some(ask) = open.or(asks.first()) else {
            return Ok(None);
        };
        let mut fields = ask.value.fields.iter();
        let field = fields.find(|own| own.question == *question);
        let wording = field.map(|own| AcceptedWording {
            label: own.field.label.clone(),
            question: *question,
            is_private: open.is_none(),
        });
        if let Some(wording) = wording.as_ref().filter(|own| !own.is_private) {
            let kept = Arc::new(wording.clone());
            self.accepted_cache.wordings.insert(*question, kept);
        }
        Ok(wording)
    }
}

/// What an element that was merged into another is called.
fn words_of(merged: &Element) -> impl Iterator<Item = AcceptedWording> {
    let own = std::iter::once(&merged.field.label).chain(&merged.aliases);
    own.map(|label| AcceptedWording {
        label: label.clone(),
        question: merged.question,
        is_private: false,
    })
}
