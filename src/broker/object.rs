//! Objecting to a decision, and keeping it all the same.
//!
//! What is objected to stays in force until it is undone, which closes the objection as well. Whoever
//! may not know of a decision is told so in the same words, whether or not there is one.

use crate::domain::digest::QuestionId;
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::{OrganisationId, shown};
use crate::domain::limits::{OBJECTIONS_PER_DECISION_MAX, REASON_CHARS_MAX};
use crate::domain::link::Decision;
use crate::domain::objection::{DecisionLife, DecisionObjected, Objection, ObjectionAnswered};
use crate::store::{AskFilter, Expectation, Stored};

use super::demands::with_predecessors;
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// An objection as it comes in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Objecting {
    /// The decision's id.
    pub decision: String,
    /// Which body objects.
    pub organisation: OrganisationId,
    /// Why.
    pub reason: String,
    /// Whether somebody else says it for the body.
    pub on_behalf: bool,
}

/// An answer to an objection as it comes in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Answering {
    /// The decision's id.
    pub decision: String,
    /// The objection's id.
    pub objection: String,
    /// Why the decision is kept.
    pub reason: String,
}

impl Broker {
    /// Whether a decision in force is about a question of a body's own asks, or of one that is the
    /// same by decision: then it is told of it, and may object.
    ///
    /// # Errors
    /// As the store says.
    pub async fn is_asker_of(&self, own: &OrganisationId, id: &str) -> Result<bool, BrokerError> {
        let links = self.store.links().await?.value;
        let Some(decision) = links.decision(id) else {
            return Ok(false);
        };
        let mut questions = links.members(&decision.a);
        questions.extend(links.members(&decision.b));
        let questions: Vec<QuestionId> = questions.into_iter().collect();
        let successions = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        for organisation in with_predecessors(own, &successions, today) {
            let filter = AskFilter {
                organisation: Some(organisation),
                questions: Some(questions.clone()),
                ..AskFilter::default()
            };
            if !self.store.asks(&filter, None, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records that a body objects to a decision in force about a question of its asks. Saying the
    /// same again while it is open makes no difference.
    ///
    /// # Errors
    /// If there is no such decision, or body; no reason, or an over-long one; a body that asks
    /// nothing of it; another objection of the same body that is open.
    pub async fn object_to_decision(
        &self,
        caller: &Caller,
        objecting: &Objecting,
        request_id: &str,
    ) -> Result<Objection, BrokerError> {
        let idempotency = idempotency(caller, "ObjectToDecision", request_id, objecting)?;
        check_reason(&objecting.reason)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.objected_before(first).await;
        }
        self.organisation(&objecting.organisation).await?;
        for _ in 0..ATTEMPTS_MAX {
            let life = self.life_in_force(&objecting.decision).await?;
            let own = &objecting.organisation;
            if !self.is_asker_of(own, &objecting.decision).await? {
                let message = format!("{own} asks none of the questions that it is about");
                return Err(Faults::one("organisation", message).into());
            }
            if let Some(open) = open_of(&life.value, own) {
                if open.objected.reason == objecting.reason {
                    return Ok(open.clone());
                }
                let resource = resource(&open.objected);
                return Err(BrokerError::Exists { resource });
            }
            if life.value.objections.len() >= OBJECTIONS_PER_DECISION_MAX {
                let message =
                    format!("was objected to {OBJECTIONS_PER_DECISION_MAX} times: the most");
                return Err(Faults::one("name", message).into());
            }
            let objected = DecisionObjected {
                id: self.new_id("o_"),
                decision: objecting.decision.clone(),
                organisation: own.clone(),
                reason: objecting.reason.clone(),
                author: caller.token_id.clone(),
                on_behalf: objecting.on_behalf,
                objected_at: self.now(),
            };
            let events = vec![Event::DecisionObjected(objected.clone())];
            let unchanged = unchanged(&life);
            let landed = self.record(caller, events, vec![unchanged], idempotency);
            match landed.await? {
                Some(Landed::Now) => {
                    let answered = None;
                    return Ok(Objection { objected, answered });
                }
                Some(Landed::Before { first }) => return self.objected_before(first).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// Records why a decision is kept that was objected to.
    ///
    /// # Errors
    /// If there is no such objection that is open; no reason, or an over-long one.
    pub async fn answer_objection(
        &self,
        caller: &Caller,
        answering: &Answering,
        request_id: &str,
    ) -> Result<Objection, BrokerError> {
        let idempotency = idempotency(caller, "AnswerObjection", request_id, answering)?;
        check_reason(&answering.reason)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.objected_before(first).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let life = self.life_in_force(&answering.decision).await?;
            let found = objection_of(&life.value, &answering.objection);
            let Some(objection) = found else {
                let id = shown(&answering.objection);
                let resource = format!("decisions/{}/objections/{id}", answering.decision);
                return Err(BrokerError::NotFound { resource });
            };
            if let Some(known) = &objection.answered {
                if known.reason == answering.reason {
                    return Ok(objection.clone());
                }
                return Err(BrokerError::Precondition {
                    reason: "OBJECTION_ANSWERED",
                    subject: resource(&objection.objected),
                    message: "is answered already".to_owned(),
                });
            }
            let answered = ObjectionAnswered {
                objection: answering.objection.clone(),
                decision: answering.decision.clone(),
                reason: answering.reason.clone(),
                author: caller.token_id.clone(),
                answered_at: self.now(),
            };
            let events = vec![Event::ObjectionAnswered(answered.clone())];
            let unchanged = unchanged(&life);
            let landed = self.record(caller, events, vec![unchanged], idempotency);
            if landed.await?.is_some() {
                return Ok(Objection {
                    answered: Some(answered),
                    ..objection.clone()
                });
            }
        }
        Err(BrokerError::Contended)
    }

    /// A decision in force with what was said of it.
    async fn life_in_force(
        &self,
        id: &str,
    ) -> Result<Stored<std::sync::Arc<DecisionLife>>, BrokerError> {
        let life = self.store.decision_life(id).await?;
        let in_force = life.filter(|life| life.value.undone.is_none());
        in_force.ok_or_else(|| BrokerError::NotFound {
            resource: format!("decisions/{}", shown(id)),
        })
    }

    /// The objection that a request recorded before, as it stands.
    async fn objected_before(&self, first: u64) -> Result<Objection, BrokerError> {
        let (decision, objection) = match self.event_at(first).await? {
            Event::DecisionObjected(said) => (said.decision, said.id),
            Event::ObjectionAnswered(said) => (said.decision, said.objection),
            _ => return Err(BrokerError::Internal(format!("no objection at {first}"))),
        };
        let life = self.store.decision_life(&decision).await?;
        let found = life.and_then(|life| objection_of(&life.value, &objection).cloned());
        found.ok_or_else(|| BrokerError::Internal(format!("{objection} is not kept")))
    }
}

/// The resource name of an objection.
fn resource(objected: &DecisionObjected) -> String {
    format!("decisions/{}/objections/{}", objected.decision, objected.id)
}

fn objection_of<'a>(life: &'a DecisionLife, id: &str) -> Option<&'a Objection> {
    life.objections.iter().find(|own| own.objected.id == id)
}

fn open_of<'a>(life: &'a DecisionLife, own: &OrganisationId) -> Option<&'a Objection> {
    let mut open = life.objections.iter().filter(|o| o.answered.is_none());
    open.find(|objection| objection.objected.organisation == *own)
}

/// Undoing a decision is said of it too, so that it is in force while this holds.
fn unchanged(life: &Stored<std::sync::Arc<DecisionLife>>) -> Expectation {
    let Decision { id, .. } = life.value.decision.as_ref();
    Expectation {
        key: Key::Decision(id.clone()),
        revision: life.revision,
    }
}

fn check_reason(reason: &str) -> Result<(), Faults> {
    if reason.trim().is_empty() {
        return Err(Faults::one("reason", "is missing; say why"));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        let message = format!("is longer than {REASON_CHARS_MAX} characters");
        return Err(Faults::one("reason", message));
    }
    Ok(())
}
