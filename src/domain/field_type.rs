//! What kind of answer a field takes, with the limits that belong to that kind.
//!
//! A [`FieldType`] is only ever made from a submitted field, complete and consistent: members that
//! belong to another type are faults, bounds are in order and no finer than the answers.

mod reader;
mod reference_rule;
mod terms;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::decimal::Decimal;
use crate::domain::fault::Faults;
use crate::domain::field::RawField;
use crate::domain::id::DimensionId;
use crate::domain::unit::{Dimension, Unit};

pub use self::reference_rule::{ClockTime, ReferenceRule, ReferenceSpan};
pub use self::terms::{Compulsion, LookBack, Moment, Reuse, Sensitivity, TermError, Timing};

use self::reader::Reader;
use self::terms::terms;

terms!(
    /// A type's word alone, part of a question's meaning.
    TypeWord, "a type", {
        /// How many: a whole number.
        Count = "count",
        /// How much, in a unit.
        Quantity = "quantity",
        /// A share in per cent.
        Percentage = "percentage",
        /// An amount of money.
        Money = "money",
        /// Yes or no.
        YesNo = "yes-no",
        /// A date.
        Date = "date",
        /// Free text.
        Text = "text",
        /// One of several options.
        Choice = "choice",
        /// Any of several options.
        Choices = "choices",
    }
);

terms!(
    /// How many lines a text may have.
    #[derive(Default)]
    Lines, "a number of lines", {
        /// One.
        #[default]
        Single = "single",
        /// Any number.
        Multi = "multi",
    }
);

/// What kind of answer a field takes, with its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// How many: a whole number.
    Count {
        /// Least number accepted.
        min: Option<Decimal>,
        /// Greatest number accepted.
        max: Option<Decimal>,
        /// By which dimensions it is broken down.
        breakdown: BTreeSet<DimensionId>,
    },
    /// How much, in a unit of any dimension but money.
    Quantity {
        /// The unit of answers and bounds.
        unit: Unit,
        /// Digits after the point.
        decimals: u32,
        /// Least number accepted.
        min: Option<Decimal>,
        /// Greatest number accepted.
        max: Option<Decimal>,
        /// By which dimensions it is broken down.
        breakdown: BTreeSet<DimensionId>,
    },
    /// A share in per cent.
    Percentage {
        /// Digits after the point.
        decimals: u32,
        /// Least number accepted.
        min: Option<Decimal>,
        /// Greatest number accepted.
        max: Option<Decimal>,
    },
    /// An amount of money.
    Money {
        /// The unit of answers and bounds.
        unit: Unit,
        /// Digits after the point.
        decimals: u32,
        /// Least number accepted.
        min: Option<Decimal>,
        /// Greatest number accepted.
        max: Option<Decimal>,
        /// By which dimensions it is broken down.
        breakdown: BTreeSet<DimensionId>,
    },
    /// Yes or no.
    YesNo,
    /// A date.
    Date {
        /// Earliest date accepted.
        earliest: Option<Date>,
        /// Latest date accepted.
        latest: Option<Date>,
    },
    /// Free text.
    Text {
        /// Longest text accepted, in code points.
        max_length: u32,
        /// One line or several.
        lines: Lines,
    },
    /// One of several options.
    Choice {
        /// What may be chosen, in the requester's order; empty only beside an element.
        options: Vec<ChoiceOption>,
    },
    /// Any of several options.
    Choices {
        /// What may be chosen, in the requester's order; empty only beside an element.
        options: Vec<ChoiceOption>,
    },
}

/// One option of a choice, as submitted and as kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// The requester's code, kept verbatim, unique in its field.
    pub code: String,
    /// The wording.
    pub label: String,
}

impl TypeWord {
    /// The members of a submitted field that belong to the type.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Count => &["min", "max", "breakdown"],
            Self::Quantity | Self::Money => &["unit", "decimals", "min", "max", "breakdown"],
            Self::Percentage => &["decimals", "min", "max"],
            Self::YesNo => &[],
            Self::Date => &["earliest", "latest"],
            Self::Text => &["max_length", "lines"],
            Self::Choice | Self::Choices => &["options"],
        }
    }
}

impl FieldType {
    /// The type's word.
    #[must_use]
    pub fn word(&self) -> TypeWord {
        match self {
            Self::Count { .. } => TypeWord::Count,
            Self::Quantity { .. } => TypeWord::Quantity,
            Self::Percentage { .. } => TypeWord::Percentage,
            Self::Money { .. } => TypeWord::Money,
            Self::YesNo => TypeWord::YesNo,
            Self::Date { .. } => TypeWord::Date,
            Self::Text { .. } => TypeWord::Text,
            Self::Choice { .. } => TypeWord::Choice,
            Self::Choices { .. } => TypeWord::Choices,
        }
    }

    /// The unit of answers, for a quantity or money.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match self {
            Self::Quantity { unit, .. } | Self::Money { unit, .. } => Some(*unit),
            _ => None,
        }
    }

    /// What the answers measure, for a quantity or money.
    #[must_use]
    pub fn dimension(&self) -> Option<Dimension> {
        self.unit().map(Unit::dimension)
    }

    /// How many digits after the point an answer has, for a number.
    #[must_use]
    pub fn decimals(&self) -> Option<u32> {
        match self {
            Self::Count { .. } => Some(0),
            Self::Quantity { decimals, .. }
            | Self::Percentage { decimals, .. }
            | Self::Money { decimals, .. } => Some(*decimals),
            _ => None,
        }
    }

    /// The least and greatest number accepted; both unset if the type is not a number.
    #[must_use]
    pub fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        match self {
            Self::Count { min, max, .. }
            | Self::Quantity { min, max, .. }
            | Self::Percentage { min, max, .. }
            | Self::Money { min, max, .. } => (*min, *max),
            _ => (None, None),
        }
    }

    /// The dimensions of its breakdown; none if the type cannot have one.
    #[must_use]
    pub fn breakdown(&self) -> &BTreeSet<DimensionId> {
        static NONE: BTreeSet<DimensionId> = BTreeSet::new();
        match self {
            Self::Count { breakdown, .. }
            | Self::Quantity { breakdown, .. }
            | Self::Money { breakdown, .. } => breakdown,
            _ => &NONE,
        }
    }

    /// The options of a choice; none if the type is not a choice.
    #[must_use]
    pub fn options(&self) -> &[ChoiceOption] {
        match self {
            Self::Choice { options } | Self::Choices { options } => options,
            _ => &[],
        }
    }

    /// Reads the type and its limits from a submitted field, which may leave out options if it
    /// names an element.
    ///
    /// # Errors
    /// Every fault, at the member that is wrong.
    pub fn parse(raw: &RawField) -> Result<Self, Faults> {
        let word: TypeWord = match raw.kind.parse() {
            Ok(word) => word,
            Err(error) => return Err(Faults::one("type", format!("{error}"))),
        };
        Reader::new(raw).read(word)
    }

    /// Writes the type and its limits into a field to be submitted.
    pub(crate) fn write_to(&self, raw: &mut RawField) {
        self.word().as_str().clone_into(&mut raw.kind);
        raw.unit = self.unit().map(|unit| unit.to_string());
        // None is the default, and a count has no such member.
        raw.decimals = self.decimals().filter(|decimals| *decimals > 0);
        let (min, max) = self.bounds();
        raw.min = min.map(|bound| bound.to_string());
        raw.max = max.map(|bound| bound.to_string());
        let breakdown: Vec<String> = self.breakdown().iter().map(ToString::to_string).collect();
        raw.breakdown = (!breakdown.is_empty()).then_some(breakdown);
        raw.options = (!self.options().is_empty()).then(|| self.options().to_vec());
        match self {
            Self::Date { earliest, latest } => {
                raw.earliest = earliest.map(|date| date.to_string());
                raw.latest = latest.map(|date| date.to_string());
            }
            Self::Text { max_length, lines } => {
                raw.max_length = Some(*max_length);
                raw.lines = Some(lines.to_string());
            }
            _ => {}
        }
    }
}
