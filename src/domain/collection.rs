//! Collection: who took which answers, and up to where a requester says that it has stored them.

use serde::{Deserialize, Serialize};

use super::id::{AskId, AskName, FieldName, HomeId, OrganisationId};
use super::period::Period;
use super::reference::Reference;

/// A caller was given answers of an ask; recorded before they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswersCollected {
    /// The ask whose answers they are.
    pub ask: AskName,
    /// For which organisation they were taken; none for the one that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taker: Option<OrganisationId>,
    /// What was given that this caller had not been given before.
    pub items: Vec<CollectedItem>,
}

/// What was given of one home's sheet for one period of the ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedItem {
    /// The home.
    pub home: HomeId,
    /// The ask's period.
    pub period: Period,
    /// What the answers speak of.
    pub reference: Reference,
    /// The ask's fields, in order.
    pub fields: Vec<FieldName>,
    /// Ledger sequence of the sheet's last change then: which version was given.
    pub sequence: u64,
}

/// A requester says that it has stored what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveriesAcknowledged {
    /// Whose asks.
    pub organisation: OrganisationId,
    /// Which ask; none for all of the organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<AskId>,
    /// Everything that changed up to this ledger sequence is stored.
    pub through: u64,
}
