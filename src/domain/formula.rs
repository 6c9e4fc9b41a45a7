//! How a number follows from other elements: the small language of the dictionary's formulas.
//!
//! ```text
//! 100 * beds.occupied / beds.registered
//! sum(beds.vacant.open, beds.vacant.reserved) + beds.vacant.closed
//! staff.direct[job_role=nurse] - staff.absent_other
//! ```
//!
//! Numbers, elements, one box of an element's breakdown, `+ - * /`, brackets and `sum(…)`. An
//! element's id may hold a `-`, so a minus has white space on both sides. There is no minus sign of
//! a number: what falls below nought is a difference. A formula is pure and total: evaluated, it
//! says a number, or nothing where a part is not known.
//!
//! What an element is (that it exists, is a number, of which time it speaks) is settled in the
//! dictionary; the language knows only that parts are named well.

mod bands;
mod measure;
mod reader;
mod write;

use std::fmt;
use std::str::FromStr;

use crate::domain::decimal::Decimal;
use crate::domain::estimate::Estimate;
use crate::domain::fraction::Fraction;
use crate::domain::id::{DimensionId, ElementId};

pub use self::bands::{Band, Bands};
pub(super) use self::measure::Measure;

/// Longest formula, in code points, white space aside: thirty elements with long names.
pub const FORMULA_CHARS_MAX: usize = 500;

/// Most elements and boxes that one formula names: more than anyone can check by eye.
pub const FORMULA_PARTS_MAX: usize = 30;

/// Most brackets and sums of a formula inside each other.
pub const FORMULA_DEPTH_MAX: usize = 16;

/// How a number follows from others. Text: as above, in one way of spacing and bracketing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// Each once, in order of appearance.
    parts: Vec<Part>,
    root: Node,
}

/// What a formula reads: an element, or one box of its breakdown by one dimension.
///
/// Text: `staff.direct` or `staff.direct[job_role=nurse]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The element.
    pub element: ElementId,
    /// The box: the dimension, and which of its codes; none for the whole.
    pub code: Option<(DimensionId, String)>,
}

/// Why a text is not a formula: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct FormulaError {
    /// The place, in code points from 1; one past the end where something is missing there.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

/// A part of the formula's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Number(Decimal),
    /// A place in the formula's parts.
    Part(usize),
    /// At least one term.
    Sum(Vec<Node>),
    Binary(Box<Node>, Operator, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

impl Formula {
    /// What it reads: each part once, in order of appearance; at least one.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What it says of its parts, each looked up once; `None` if one is not known, if something is
    /// divided by nought, or on overflow.
    #[must_use]
    pub fn evaluate(&self, value_of: impl Fn(&Part) -> Option<Estimate>) -> Option<Estimate> {
        let values: Option<Vec<Estimate>> = self.parts.iter().map(value_of).collect();
        self.root.evaluate(&values?)
    }

    /// The formula in plain words, such as `100 × occupied beds ÷ registered beds`, with the parts
    /// as `label_of` calls them and brackets only where it would say something else without.
    #[must_use]
    pub fn words(&self, label_of: impl Fn(&Part) -> String) -> String {
        write::in_words(self, &label_of)
    }
}

impl FromStr for Formula {
    type Err = FormulaError;

    fn from_str(text: &str) -> Result<Self, FormulaError> {
        reader::read(text)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write::as_formula(self))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.element)?;
        match &self.code {
            Some((dimension, code)) => write!(f, "[{dimension}={code}]"),
            None => Ok(()),
        }
    }
}

impl Node {
    fn evaluate(&self, values: &[Estimate]) -> Option<Estimate> {
        match self {
            Self::Number(number) => Estimate::exact(*number, None),
            Self::Part(place) => values.get(*place).copied(),
            Self::Sum(terms) => {
                let (first, rest) = terms.split_first()?;
                let first = first.evaluate(values)?;
                rest.iter()
                    .try_fold(first, |sum, term| sum.plus(&term.evaluate(values)?))
            }
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.evaluate(values)?, right.evaluate(values)?);
                match operator {
                    Operator::Plus => left.plus(&right),
                    Operator::Minus => left.minus(&right),
                    Operator::Times => left.times(&right),
                    Operator::Over => left.over(&right),
                }
            }
        }
    }

    /// What it is whatever its parts are, where that can be seen.
    fn constant(&self) -> Option<Fraction> {
        match self {
            Self::Number(number) => Some(Fraction::from(*number)),
            Self::Part(_) => None,
            Self::Sum(terms) => terms
                .iter()
                .try_fold(Fraction::ZERO, |sum, term| sum.plus(term.constant()?)),
            Self::Binary(left, Operator::Minus, right) if left == right => Some(Fraction::ZERO),
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.constant(), right.constant());
                match operator {
                    Operator::Plus => left?.plus(right?),
                    Operator::Minus => left?.plus(right?.negated()?),
                    Operator::Times | Operator::Over if left == Some(Fraction::ZERO) => left,
                    Operator::Times if right == Some(Fraction::ZERO) => right,
                    Operator::Times => left?.times(right?),
                    Operator::Over => left?.times(right?.inverted()?),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
