//! Answers: the value given for a question, or a coded reason why there is none.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::digest::{Digest, QuestionId};
use super::id::{AskName, DimensionId, FieldName, HomeId, IdError, shown};
use super::period::Period;
use super::reference::Reference;
use super::template::EntryId;
use super::unit::Unit;
use super::worked_out::WorkedOut;

/// What a home said to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// A value. Zero and "none" are values.
    Value(Value),
    /// A coded reason why there is none.
    Declined {
        /// The reason.
        reason: DeclineReason,
        /// More of it, in the home's words; empty for none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Of a count, quantity, percentage or money.
    Number(Number),
    /// Of a yes-or-no.
    YesNo(bool),
    /// Of a date.
    Date(Date),
    /// Of a text.
    Text(String),
    /// Of a choice (one) or choices (any number): keys of the entry's options.
    Options(BTreeSet<String>),
}

/// A number as the home stated it, whole or in boxes.
///
/// Invariant: there is a total or a grid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The whole, where it was given as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Decimal>,
    /// The unit in which every figure is stated; none for counts and percentages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Breakdowns, each complete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<Grid>,
}

/// A number broken down by dimensions that are exclusive and exhaustive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// The dimensions, in order.
    pub dimensions: Vec<DimensionId>,
    /// The boxes.
    pub cells: Vec<Cell>,
}

/// One box of a breakdown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// A code of each dimension, in their order.
    pub codes: Vec<String>,
    /// The figure.
    pub value: Decimal,
}

impl Grid {
    /// The sum of the boxes; none if it cannot be held exactly.
    #[must_use]
    pub fn total(&self) -> Option<Decimal> {
        let mut cells = self.cells.iter();
        cells.try_fold(Decimal::ZERO, |sum, cell| sum.checked_add(cell.value))
    }
}

impl Number {
    /// The whole: as given, else the sum of the first grid that can be summed.
    #[must_use]
    pub fn whole(&self) -> Option<Decimal> {
        self.total
            .or_else(|| self.grids.iter().find_map(Grid::total))
    }

    /// Whether everything that states the whole states the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let stated = self.total.into_iter();
        let totals: BTreeSet<_> = stated
            .chain(self.grids.iter().filter_map(Grid::total))
            .collect();
        totals.len() <= 1
    }
}

/// Why there is no value. Each is a thing of its own; none of them is zero, and none is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeclineReason {
    /// The home does not hold the information.
    NotHeld,
    /// The question does not apply to the home.
    NotApplicable,
    /// It is not clear what is asked.
    NotClear,
    /// It takes too long to work out.
    TakesTooLong,
    /// It was already given to the asker in another way.
    AlreadyGiven,
}

impl DeclineReason {
    /// Every reason with its word.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::NotHeld, "not-held"),
        (Self::NotApplicable, "not-applicable"),
        (Self::NotClear, "not-clear"),
        (Self::TakesTooLong, "takes-too-long"),
        (Self::AlreadyGiven, "already-given"),
    ];

    /// The reason's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(reason, _)| *reason == self)
            .map_or("not-held", |(_, word)| word)
    }
}

impl fmt::Display for DeclineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeclineReason {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text);
        found.map(|(reason, _)| *reason).ok_or_else(|| {
            IdError(format!(
                "{} is not a reason; expected not-held, not-applicable, not-clear, \
                 takes-too-long or already-given",
                shown(text)
            ))
        })
    }
}

/// An answer as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The entry of the template that it was given on.
    pub entry: EntryId,
    /// The question that it answers: links made or undone later do not change it.
    pub question: QuestionId,
    /// What it speaks of.
    pub reference: Reference,
    /// The very date, where the reference is a window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// What was said.
    pub said: Said,
    /// How it came about, where nobody typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked_out: Option<WorkedOut>,
}

impl Answer {
    /// Whether the home gave it: typed it, or said that what was worked out is right.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.worked_out.as_ref().is_none_or(|own| own.confirmed)
    }

    /// Whether it is to be told from what the home itself stated: computed, or carried over from
    /// another day without its having looked.
    #[must_use]
    pub fn is_worked_out(&self) -> bool {
        let own = self.worked_out.as_ref();
        own.is_some_and(|own| own.how.is_computed() || !own.confirmed)
    }
}

/// The home's act of sending an answer to an asker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which answer: its place in the submission.
    pub answer: u32,
    /// To which ask.
    pub ask: AskName,
    /// For which of its fields.
    pub field: FieldName,
    /// For which period of the ask.
    pub period: Period,
    /// The template whose demand the delivery follows, where it is not the submission's own: a
    /// correction reaches askers of earlier forms in the shape that they asked for then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Digest>,
    /// Digest of the purpose and legal basis that it was made for; none where what stood then was
    /// not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Digest>,
}

/// What a home sent in one go: answers, and to whom each is released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Receipt number.
    pub receipt: String,
    /// The home.
    pub home: HomeId,
    /// The form's period.
    pub period: Period,
    /// The template that the home saw.
    pub template: Digest,
    /// Who answered, in the home's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answered_by: String,
    /// When.
    pub submitted_at: Timestamp,
    /// The answers.
    pub answers: Vec<Answer>,
    /// To whom each is released.
    pub releases: Vec<Release>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn boxes_give_the_whole_and_tell_when_totals_disagree() {
        let cell = |code: &str, value: &str| Cell {
            codes: vec![code.into()],
            value: decimal(value),
        };
        let grid = |dimension: &str, cells: Vec<Cell>| Grid {
            dimensions: vec![dimension.parse().unwrap()],
            cells,
        };
        let mut number = Number {
            grids: vec![grid(
                "job_role",
                vec![cell("nurse", "1"), cell("care", "4")],
            )],
            ..Number::default()
        };
        assert_eq!(number.whole(), Some(decimal("5")));
        assert!(number.agrees());
        number.grids.push(grid("reason", vec![cell("unwell", "6")]));
        assert!(!number.agrees());
        assert_eq!(number.whole(), Some(decimal("5")));
    }
}
