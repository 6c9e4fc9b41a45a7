//! Proposing, approving and retiring elements of the dictionary.
//!
//! Anybody who keeps or asks may propose; the data lead decides. Nothing that was asked or answered
//! changes: what an element means stays as long as it is in force, and an ask that names a retired
//! one goes on.

use std::sync::Arc;

use crate::domain::dictionary::{
    Dictionary, Element, ElementApproved, ElementChange, ElementProposed, ElementRetired,
    RawElement, Retirement,
};
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::{ElementId, shown};
use crate::domain::limits::{PROPOSALS_MAX, REASON_CHARS_MAX};
use crate::store::{Expectation, Stored};

use super::merge_elements::{Merger, Retired};
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// What the data lead decides of an element.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Approval {
    /// The element's id.
    pub id: ElementId,
    /// The element as it is to be; none for just as proposed.
    pub element: Option<RawElement>,
    /// Digest of the dictionary that the data lead saw; empty for whatever it is.
    pub etag: String,
    /// Why.
    pub reason: String,
}

/// An element that is no longer wanted.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Retiring {
    /// The element's id.
    pub id: ElementId,
    /// What is to be used instead.
    pub successor: Option<ElementId>,
    /// Whether what named it is to be one question with the successor from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub merge: bool,
    /// Whether to say what a merger would change, and change nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub validate_only: bool,
    /// Digest of the dictionary that the data lead saw; empty for whatever it is.
    pub etag: String,
    /// Why.
    pub reason: String,
}

impl Broker {
    /// The proposals that are open, by the element's id.
    ///
    /// # Errors
    /// As the store says.
    pub async fn proposals(&self) -> Result<Vec<Stored<Arc<ElementProposed>>>, BrokerError> {
        Ok(self.store.proposals().await?)
    }

    /// Proposes an element, or that one in force be otherwise. A later proposal of the same id
    /// takes the place of an earlier one by the same proposer.
    ///
    /// # Errors
    /// Every fault of the element, by path; a proposal of the same id by somebody else.
    pub async fn propose_element(
        &self,
        caller: &Caller,
        element: RawElement,
        reason: &str,
        request_id: &str,
    ) -> Result<ElementProposed, BrokerError> {
        let content = (&element, reason);
        let idempotency = idempotency(caller, "ProposeElement", request_id, &content)?;
        check_reason(reason)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.proposed_before(first).await;
        }
        let proposed = ElementProposed {
            element,
            reason: reason.to_owned(),
            organisation: caller.grant.organisation.clone(),
            proposed_at: self.now(),
        };
        for _ in 0..ATTEMPTS_MAX {
            self.dictionary_with(&approved(&proposed.element, reason))
                .await?;
            let id = &proposed.element.id;
            let open = self.store.proposals().await?;
            let same = open.iter().find(|other| other.value.element.id == *id);
            if same.is_some_and(|same| same.value.organisation != proposed.organisation) {
                return Err(BrokerError::Exists {
                    resource: format!("the proposal elements/{id}"),
                });
            }
            if same.is_none() && open.len() >= PROPOSALS_MAX {
                let message = format!("{PROPOSALS_MAX} proposals are open; settle some first");
                return Err(Faults::one("", message).into());
            }
            let unchanged = Expectation {
                key: Key::Proposal(id.clone()),
                revision: same.map_or(0, |same| same.revision),
            };
            let events = vec![Event::ElementProposed(proposed.clone())];
            let landed = self.record(caller, events, vec![unchanged], idempotency);
            match landed.await? {
                Some(Landed::Now) => return Ok(proposed),
                Some(Landed::Before { first }) => return self.proposed_before(first).await,
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// A proposal as it was recorded, whatever became of it since.
    async fn proposed_before(&self, first: u64) -> Result<ElementProposed, BrokerError> {
        match self.event_at(first).await? {
            Event::ElementProposed(proposed) => Ok(proposed),
            _ => Err(BrokerError::Internal(format!("no proposal at {first}"))),
        }
    }

    /// Brings a proposed element into force, as proposed or as the data lead words it.
    ///
    /// # Errors
    /// Every fault of the element, by path; no proposal of that id where no element is given; a
    /// dictionary that has changed since it was seen; a change of what an element means.
    pub async fn approve_element(
        &self,
        caller: &Caller,
        approval: &Approval,
        request_id: &str,
    ) -> Result<Arc<Element>, BrokerError> {
        let idempotency = idempotency(caller, "ApproveElement", request_id, approval)?;
        check_reason(&approval.reason)?;
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return self.element(&approval.id).await;
        }
        for _ in 0..ATTEMPTS_MAX {
            let element = self.approved_content(approval).await?;
            let change = approved(&element, &approval.reason);
            let (before, after) = self.dictionary_with(&change).await?;
            check_fresh(&approval.etag, &before.value)?;
            let events = vec![Event::ElementApproved(ElementApproved {
                element,
                reason: approval.reason.clone(),
            })];
            let unchanged = dictionary_unchanged(before.revision);
            let landed = self.record(caller, events, vec![unchanged], idempotency);
            if landed.await?.is_some() {
                let element = after.element(&approval.id).cloned();
                let lost = "an element that was approved is not in the dictionary";
                return element.ok_or_else(|| BrokerError::Internal(lost.to_owned()));
            }
        }
        Err(BrokerError::Contended)
    }

    /// Retires an element, or turns a proposal down where no element of that id is in force. A merger
    /// may also come later, of an element that is retired.
    ///
    /// # Errors
    /// If there is neither; a successor that is not in force; elements that follow from it; a
    /// dictionary that has changed since it was seen; every reason why it cannot be one with its
    /// successor, where it is to be.
    pub async fn retire_element(
        &self,
        caller: &Caller,
        retiring: &Retiring,
        request_id: &str,
    ) -> Result<Retired, BrokerError> {
        let idempotency = idempotency(caller, "RetireElement", request_id, retiring)?;
        check_reason(&retiring.reason)?;
        // Looked for first: retiring itself changed the dictionary that was seen.
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return Ok(Retired::default());
        }
        for _ in 0..ATTEMPTS_MAX {
            let dictionary = self.store.dictionary().await?;
            check_fresh(&retiring.etag, &dictionary.value)?;
            let merging = self.merger(caller, retiring, &dictionary.value).await?;
            let merger = check_retiring(retiring, &dictionary.value, merging)?;
            let known = dictionary.value.element(&retiring.id);
            let open = self.store.proposals().await?;
            let is_proposed = open
                .iter()
                .any(|open| open.value.element.id == retiring.id.as_str());
            if known.is_none() && !is_proposed {
                return Err(no_element(&retiring.id));
            }
            let mut events = Vec::new();
            let mut unchanged = vec![dictionary_unchanged(dictionary.revision)];
            if known.is_none_or(|known| known.retired.is_none()) || is_proposed {
                events.push(self.retirement(retiring));
            }
            let mut retired = Retired::default();
            if let Some(merger) = merger {
                events.push(merger.event);
                unchanged.push(merger.unchanged);
                retired = merger.retired;
            }
            if retiring.validate_only {
                retired.decision = None;
                return Ok(retired);
            }
            if events.is_empty() {
                return Ok(retired);
            }
            let landed = self.record(caller, events, unchanged, idempotency);
            if landed.await?.is_some() {
                return Ok(retired);
            }
        }
        Err(BrokerError::Contended)
    }

    fn retirement(&self, retiring: &Retiring) -> Event {
        Event::ElementRetired(ElementRetired {
            element: retiring.id.clone(),
            retired: Retirement {
                on: self.now_in_london().date(),
                reason: retiring.reason.clone(),
                successor: retiring.successor.clone(),
            },
        })
    }

    async fn element(&self, id: &ElementId) -> Result<Arc<Element>, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let found = dictionary.element(id).cloned();
        found.ok_or_else(|| no_element(id))
    }

    /// The element to be approved: as worded now, or as proposed.
    async fn approved_content(&self, approval: &Approval) -> Result<RawElement, BrokerError> {
        if let Some(element) = &approval.element {
            if element.id == approval.id.as_str() {
                return Ok(element.clone());
            }
            let message = format!(
                "is {}, not {}, which is approved",
                shown(&element.id),
                approval.id
            );
            return Err(Faults::one("element.id", message).into());
        }
        let open = self.store.proposals().await?;
        let is_it =
            |open: &&Stored<Arc<ElementProposed>>| open.value.element.id == approval.id.as_str();
        let found = open.iter().find(is_it);
        let found = found.map(|open| open.value.element.clone());
        found.ok_or_else(|| no_element(&approval.id))
    }

    /// The dictionary in force, and as it would be after a change.
    async fn dictionary_with(
        &self,
        change: &ElementChange,
    ) -> Result<(Stored<Arc<Dictionary>>, Dictionary), BrokerError> {
        let before = self.store.dictionary().await?;
        let after = before.value.with(change);
        let after = after.map_err(|faults| {
            let mut placed = Faults::new();
            placed.absorb("element", faults);
            placed
        })?;
        Ok((before, after))
    }
}

fn approved(element: &RawElement, reason: &str) -> ElementChange {
    ElementChange::Approved(Arc::new(ElementApproved {
        element: element.clone(),
        reason: reason.to_owned(),
    }))
}

fn dictionary_unchanged(revision: u64) -> Expectation {
    Expectation {
        key: Key::Dictionary,
        revision,
    }
}

fn no_element(id: &ElementId) -> BrokerError {
    BrokerError::NotFound {
        resource: format!("elements/{id}"),
    }
}

fn check_reason(reason: &str) -> Result<(), Faults> {
    if reason.chars().count() <= REASON_CHARS_MAX {
        return Ok(());
    }
    let message = format!("is longer than {REASON_CHARS_MAX} characters");
    Err(Faults::one("reason", message))
}

fn check_fresh(etag: &str, dictionary: &Dictionary) -> Result<(), BrokerError> {
    let current = dictionary.digest().to_string();
    if etag.is_empty() || etag == current {
        return Ok(());
    }
    Err(BrokerError::Stale {
        what: "the dictionary".to_owned(),
        current,
    })
}

/// Every reason why an element cannot be retired, or merged; the merger, if there is to be one.
fn check_retiring(
    retiring: &Retiring,
    dictionary: &Dictionary,
    merging: Result<Option<Merger>, Faults>,
) -> Result<Option<Merger>, Faults> {
    let mut faults = Faults::new();
    faults.take("", check_successor(retiring, dictionary));
    faults.take("", dictionary.check_unused(&retiring.id));
    let merger = faults.take("", merging).flatten();
    faults.into_result()?;
    Ok(merger)
}

fn check_successor(retiring: &Retiring, dictionary: &Dictionary) -> Result<(), Faults> {
    let Some(successor) = &retiring.successor else {
        let message = "is missing; say into which element it is merged";
        let missing = retiring.merge.then(|| Faults::one("successor", message));
        return missing.map_or(Ok(()), Err);
    };
    let in_force = dictionary.element(successor);
    let in_force = in_force.is_some_and(|element| element.retired.is_none());
    if in_force && *successor != retiring.id {
        return Ok(());
    }
    let message = format!("{successor} is not another element in force");
    Err(Faults::one("successor", message))
}
