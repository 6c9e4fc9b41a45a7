//! How an answer came about that nobody typed: from which answers, and whether the home looked.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::digest::QuestionId;
use super::reference::Reference;

/// How an answer was worked out, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkedOut {
    /// In which way.
    pub how: How,
    /// The answers that it was worked out from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    /// Whether the home said that it is right. One that it did not look at follows its sources.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

/// In which way something is known that nobody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The home's entry in the register says it.
    Register,
    /// By the formula of an element.
    Formula,
    /// By the band that a number lies in.
    Band,
    /// As the sum of shorter spans.
    Sum,
    /// It was said of another day.
    Earlier,
    /// It is a standing fact that was said more than a year ago.
    Standing,
    /// It did not apply last time.
    NotApplicable,
}

/// An answer that another was worked out from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The question that it was given to.
    pub question: QuestionId,
    /// What it speaks of.
    pub reference: Reference,
    /// The very date, where the reference is a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
}

impl How {
    /// Every way with its word.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Register, "register"),
        (Self::Formula, "formula"),
        (Self::Band, "band"),
        (Self::Sum, "sum"),
        (Self::Earlier, "earlier"),
        (Self::Standing, "standing"),
        (Self::NotApplicable, "not-applicable"),
    ];

    /// The way's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(how, _)| *how == self);
        found.map_or("earlier", |(_, word)| word)
    }

    /// Whether the value is another than any that was given: computed, and not carried over.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(
            self,
            Self::Register | Self::Formula | Self::Band | Self::Sum
        )
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
