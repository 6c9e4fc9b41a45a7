//! What an asker may decide by itself: of its own fields, that they are an element or another field
//! of its own, while nobody else asks the same question.
//!
//! Such a decision changes what its own field means and nobody else's. Anything wider is for the
//! data lead.

use std::collections::BTreeSet;

use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, ElementId, OrganisationId};
use crate::domain::link::{Links, Verdict};
use crate::store::AskFilter;

use super::decide::{RawDecision, RawSide};
use super::{Broker, BrokerError, Caller, idempotency};

/// Most asks that are looked through for another asker of a question: one that so many ask is not
/// one organisation's to decide.
const ASKS_LOOKED_THROUGH_MAX: usize = 1_000;

/// What is wrong with a side that is not the asker's.
const NOT_OWN: &str = "is not yours to decide: name a field of your own ask, or an element";

impl Broker {
    /// Checks that decisions are about fields of one organisation's own asks, and make one of no
    /// elements that are two. What was recorded before under this request id is not judged again.
    ///
    /// # Errors
    /// Every side that is not, by path, in the same words whether or not it exists; decisions that
    /// would join elements.
    pub async fn check_own_decisions(
        &self,
        caller: &Caller,
        own: &OrganisationId,
        decisions: &[RawDecision],
        request_id: &str,
    ) -> Result<(), BrokerError> {
        let idempotency = idempotency(caller, "DecideSuggestions", request_id, &decisions)?;
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return Ok(());
        }
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let mut faults = Faults::new();
        let mut joined = Joined::new(&links, &dictionary);
        for (position, raw) in decisions.iter().enumerate() {
            let path = format!("decisions[{position}]");
            let sides = [("a", &raw.a), ("b", &raw.b)];
            let (mut fields, mut questions) = (0, Vec::new());
            for (name, side) in sides {
                let checked = self.check_own_side(own, side, &links).await?;
                fields += usize::from(!side.ask.is_empty());
                let asked = faults.take(&format!("{path}.{name}"), checked).flatten();
                questions.extend(asked.or_else(|| element_of(side, &dictionary)));
            }
            if fields == 0 {
                faults.add(
                    path,
                    "is about no field of yours; the data lead decides that",
                );
            } else if let (Verdict::Same, [a, b]) = (raw.verdict, questions.as_slice())
                && joined.joins_elements(a, b)
            {
                let message = "would make two elements one; the data lead decides that";
                faults.add(path, message);
            }
        }
        Ok(faults.into_result()?)
    }

    /// Whether a decision is in force that is one organisation's own, however its author was known.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_own_decision(
        &self,
        own: &OrganisationId,
        id: &str,
    ) -> Result<bool, BrokerError> {
        let links = self.store.links().await?.value;
        let Some(decision) = links.decision(id) else {
            return Ok(false);
        };
        if let Some(whose) = &decision.organisation {
            return Ok(whose == own);
        }
        // Of decisions that do not say it, the token of their author does.
        let author = self.store.token(&decision.author).await?;
        Ok(author.is_some_and(|token| token.value.grant.organisation.as_ref() == Some(own)))
    }

    async fn check_own_side(
        &self,
        own: &OrganisationId,
        side: &RawSide,
        links: &Links,
    ) -> Result<Result<Option<QuestionId>, Faults>, BrokerError> {
        if !side.question.is_empty() {
            return Ok(Err(Faults::one("question", NOT_OWN)));
        }
        if side.ask.is_empty() {
            return Ok(Ok(None));
        }
        let name = side.ask.parse::<AskName>().ok();
        let Some(name) = name.filter(|name| name.organisation == *own) else {
            return Ok(Err(Faults::one("ask", NOT_OWN)));
        };
        // What is missing is named by the use case itself.
        let Some(ask) = self.store.ask(&name).await? else {
            return Ok(Ok(None));
        };
        let Some(field) = ask.value.field(&side.field) else {
            return Ok(Ok(None));
        };
        // What is one with it by decision would be joined to the other side as well.
        let members = links.members(&field.question);
        let asked = AskFilter {
            questions: Some(members.into_iter().collect()),
            ..AskFilter::default()
        };
        let asks = self.store.asks(&asked, None, ASKS_LOOKED_THROUGH_MAX);
        let asks = asks.await?;
        let is_own = asks.len() < ASKS_LOOKED_THROUGH_MAX
            && asks.iter().all(|ask| ask.value.name.organisation == *own);
        Ok(if is_own {
            Ok(Some(field.question))
        } else {
            let message = "is asked by others too, in the same words or by decision; the data \
                           lead decides that";
            Err(Faults::one("field", message))
        })
    }
}

/// The question of an element that a side names.
fn element_of(side: &RawSide, dictionary: &Dictionary) -> Option<QuestionId> {
    let id = side.element.parse::<ElementId>().ok()?;
    dictionary.element(&id).map(|element| element.question)
}

/// Questions that are one, once decisions are in force beside those that are.
struct Joined<'a> {
    links: &'a Links,
    dictionary: &'a Dictionary,
    /// Disjoint.
    groups: Vec<BTreeSet<QuestionId>>,
}

impl<'a> Joined<'a> {
    fn new(links: &'a Links, dictionary: &'a Dictionary) -> Self {
        Self {
            links,
            dictionary,
            groups: Vec::new(),
        }
    }

    /// Joins two questions; whether elements come to be one by it that were not.
    fn joins_elements(&mut self, a: &QuestionId, b: &QuestionId) -> bool {
        let mut group = self.links.members(a);
        group.extend(self.links.members(b));
        let (touched, apart): (Vec<_>, Vec<_>) = std::mem::take(&mut self.groups)
            .into_iter()
            .partition(|known| !known.is_disjoint(&group));
        group.extend(touched.into_iter().flatten());
        let elements = group.iter();
        let elements = elements.filter(|own| self.dictionary.element_of(own).is_some());
        let classes: BTreeSet<_> = elements.map(|own| self.links.representative(own)).collect();
        self.groups = apart;
        self.groups.push(group);
        classes.len() > 1
    }
}
