//! What an asker may decide by itself: of its own fields, that they are an element or another field
//! of its own, while nobody else asks the same question.
//!
//! Such a decision changes what its own field means and nobody else's. Anything wider is for the
//! data lead.

use crate::domain::fault::Faults;
use crate::domain::id::{AskName, OrganisationId};
use crate::store::AskFilter;

use super::decide::{RawDecision, RawSide};
use super::{Broker, BrokerError};

/// Most asks that are looked through for another asker of a question: one that so many ask is not
/// one organisation's to decide.
const ASKS_LOOKED_THROUGH_MAX: usize = 1_000;

/// What is wrong with a side that is not the asker's.
const NOT_OWN: &str = "is not yours to decide: name a field of your own ask, or an element";

impl Broker {
    /// Checks that decisions are about fields of one organisation's own asks.
    ///
    /// # Errors
    /// Every side that is not, by path, in the same words whether or not it exists.
    pub async fn check_own_decisions(
        &self,
        own: &OrganisationId,
        decisions: &[RawDecision],
    ) -> Result<(), BrokerError> {
        let mut faults = Faults::new();
        for (position, raw) in decisions.iter().enumerate() {
            let path = format!("decisions[{position}]");
            let sides = [("a", &raw.a), ("b", &raw.b)];
            let mut fields = 0;
            for (name, side) in sides {
                let checked = self.check_own_side(own, side).await?;
                fields += usize::from(!side.ask.is_empty());
                faults.take(&format!("{path}.{name}"), checked);
            }
            if fields == 0 {
                faults.add(
                    path,
                    "is about no field of yours; the data lead decides that",
                );
            }
        }
        Ok(faults.into_result()?)
    }

    /// Whether a decision is in force that one organisation's own token made.
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
        let tokens = self.store.tokens().await?;
        let author = tokens
            .iter()
            .find(|token| token.value.id == decision.author);
        Ok(author.is_some_and(|token| token.value.grant.organisation.as_ref() == Some(own)))
    }

    async fn check_own_side(
        &self,
        own: &OrganisationId,
        side: &RawSide,
    ) -> Result<Result<(), Faults>, BrokerError> {
        if !side.question.is_empty() {
            return Ok(Err(Faults::one("question", NOT_OWN)));
        }
        if side.ask.is_empty() {
            return Ok(Ok(()));
        }
        let name = side.ask.parse::<AskName>().ok();
        let Some(name) = name.filter(|name| name.organisation == *own) else {
            return Ok(Err(Faults::one("ask", NOT_OWN)));
        };
        // What is missing is named by the use case itself.
        let Some(ask) = self.store.ask(&name).await? else {
            return Ok(Ok(()));
        };
        let Some(field) = ask.value.field(&side.field) else {
            return Ok(Ok(()));
        };
        let asked = AskFilter {
            questions: Some(vec![field.question]),
            ..AskFilter::default()
        };
        let asks = self.store.asks(&asked, None, ASKS_LOOKED_THROUGH_MAX);
        let asks = asks.await?;
        let is_own = asks.len() < ASKS_LOOKED_THROUGH_MAX
            && asks.iter().all(|ask| ask.value.name.organisation == *own);
        Ok(if is_own {
            Ok(())
        } else {
            let message = "is asked by others in the same words; the data lead decides that";
            Err(Faults::one("field", message))
        })
    }
}
