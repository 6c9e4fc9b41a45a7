//! Making an element that is retired one with its successor: what named it is one question with that
//! from then on.

use std::collections::BTreeMap;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::link::{Decision, Links, Verdict};
use crate::store::Expectation;

use super::decide::{check_alike, told_of};
use super::effect::Effect;
use super::govern_elements::Retiring;
use super::{Broker, BrokerError, Caller};

/// What retiring an element changes beside the dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// The decision that makes it one with its successor; none where it is not to be, or is already.
    pub decision: Option<String>,
    /// What that changes.
    pub effect: Option<Effect>,
}

/// A merger as it would be recorded.
pub(super) struct Merger {
    pub(super) event: Event,
    pub(super) unchanged: Expectation,
    pub(super) retired: Retired,
}

impl Broker {
    /// The decision that makes an element one with its successor; none where it is not to be, where
    /// they are already, and where there are no two elements. Or else every reason why it cannot be:
    /// another type, timing or dimension, decisions that keep them apart, with their path.
    ///
    /// # Errors
    /// As the store says.
    pub(super) async fn merger(
        &self,
        caller: &Caller,
        retiring: &Retiring,
        dictionary: &Dictionary,
    ) -> Result<Result<Option<Merger>, Faults>, BrokerError> {
        let links = self.store.links().await?;
        let successor = retiring.successor.as_ref();
        let successor = successor.and_then(|id| dictionary.element(id));
        let retired = dictionary.element(&retiring.id);
        let (true, Some(retired), Some(successor)) = (retiring.merge, retired, successor) else {
            return Ok(Ok(None));
        };
        let decision = Decision {
            id: self.new_id("d_"),
            a: retired.question,
            b: successor.question,
            verdict: Verdict::Same,
            options: Vec::new(),
            reason: retiring.reason.clone(),
            author: caller.token_id.clone(),
            organisation: None,
            decided_at: self.now(),
            passed_over: BTreeMap::new(),
            suggested: None,
        };
        if let Err(faults) = check(retired, successor, &decision, &links.value) {
            return Ok(Err(faults));
        }
        let (a, b) = (
            links.value.members(&decision.a),
            links.value.members(&decision.b),
        );
        if a.contains(&decision.b) {
            return Ok(Ok(None));
        }
        let asked = self.asked_today(&a.union(&b).copied().collect()).await?;
        let retired = Retired {
            effect: Some(asked.effect(Verdict::Same, &a, &b)),
            decision: Some(decision.id.clone()),
        };
        Ok(Ok(Some(Merger {
            event: Event::QuestionsLinked(decision),
            unchanged: Expectation {
                key: Key::Links,
                revision: links.revision,
            },
            retired,
        })))
    }
}

/// Every reason why two elements cannot be one.
fn check(a: &Element, b: &Element, decision: &Decision, links: &Links) -> Result<(), Faults> {
    let mut alike = Faults::new();
    check_alike(&a.field, &b.field, &mut alike);
    let mut faults = Faults::new();
    for fault in alike.iter() {
        faults.add("successor", fault.message.as_str());
    }
    if let Some(against) = links.contradiction(decision) {
        faults.add("successor", told_of(&against));
    }
    faults.into_result()
}
