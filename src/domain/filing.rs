//! Asks that a home files itself, in another system: whether it has.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{AskName, HomeId};
use super::period::Period;

/// A home says that it has filed an ask for a period, or that it has not after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskFiled {
    /// The home.
    pub home: HomeId,
    /// The ask.
    pub ask: AskName,
    /// The form's period.
    pub period: Period,
    /// Who says so, in the home's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filed_by: String,
    /// When it was said.
    pub at: Timestamp,
    /// Whether it is filed.
    pub is_filed: bool,
}

/// An ask that is filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// When the home said so.
    pub at: Timestamp,
    /// Who said so, in the home's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// The asks that a home has filed for a period.
pub type Filings = BTreeMap<AskName, Filed>;

impl AskFiled {
    /// Brings what a home has filed up to date.
    pub fn apply(&self, filings: &mut Filings) {
        if self.is_filed {
            let filed = Filed {
                at: self.at,
                by: self.filed_by.clone(),
            };
            filings.insert(self.ask.clone(), filed);
        } else {
            filings.remove(&self.ask);
        }
    }
}
