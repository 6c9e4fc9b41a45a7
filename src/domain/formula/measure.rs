//! What a formula measures: time, money, a plain number, or so much of the one for each of another.

use std::collections::BTreeMap;
use std::fmt;

use super::{Formula, Node, Operator, Part};
use crate::domain::unit::{Dimension, Unit};

/// A product of powers of dimensions; none of them for a plain number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::domain) struct Measure(BTreeMap<Dimension, i32>);

impl Measure {
    /// What a number in a unit measures. A count, a percentage and a ratio are plain numbers.
    pub(in crate::domain) fn of(unit: Option<Unit>) -> Self {
        let dimension = unit.map(Unit::dimension);
        let dimension = dimension.filter(|dimension| *dimension != Dimension::Ratio);
        Self(
            dimension
                .map(|dimension| (dimension, 1))
                .into_iter()
                .collect(),
        )
    }

    /// The product with another to the power of one, or of minus one.
    fn times(mut self, other: &Self, power: i32) -> Self {
        for (dimension, exponent) in &other.0 {
            *self.0.entry(*dimension).or_default() += exponent * power;
        }
        self.0.retain(|_, exponent| *exponent != 0);
        self
    }
}

impl fmt::Display for Measure {
    /// Writes `a plain number`, `GBP`, `GBP/s`, `s^2` or `1/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("a plain number");
        }
        let side = |wanted: i32| {
            let of_side = self.0.iter().filter(|(_, power)| power.signum() == wanted);
            let powers: Vec<String> = of_side
                .map(|(dimension, power)| match power.abs() {
                    1 => dimension.base_code().to_owned(),
                    power => format!("{}^{power}", dimension.base_code()),
                })
                .collect();
            powers.join(".")
        };
        let (above, below) = (side(1), side(-1));
        f.write_str(if above.is_empty() { "1" } else { &above })?;
        if below.is_empty() {
            return Ok(());
        }
        write!(f, "/{below}")
    }
}

impl Formula {
    /// What it measures, given what its parts do.
    ///
    /// # Errors
    /// The first two different measures that it adds, or takes one from the other.
    pub(in crate::domain) fn measure(
        &self,
        measure_of: impl Fn(&Part) -> Measure,
    ) -> Result<Measure, (Measure, Measure)> {
        let parts: Vec<Measure> = self.parts.iter().map(measure_of).collect();
        measure(&self.root, &parts)
    }
}

fn measure(node: &Node, parts: &[Measure]) -> Result<Measure, (Measure, Measure)> {
    match node {
        Node::Number(_) => Ok(Measure::default()),
        Node::Part(place) => Ok(parts.get(*place).cloned().unwrap_or_default()),
        Node::Sum(terms) => {
            let mut measures = terms.iter().map(|term| measure(term, parts));
            let first = measures.next().unwrap_or_else(|| Ok(Measure::default()));
            measures.try_fold(first?, |sum, term| equal(sum, term?))
        }
        Node::Binary(left, operator, right) => {
            let (left, right) = (measure(left, parts)?, measure(right, parts)?);
            match operator {
                Operator::Plus | Operator::Minus => equal(left, right),
                Operator::Times => Ok(left.times(&right, 1)),
                Operator::Over => Ok(left.times(&right, -1)),
            }
        }
    }
}

fn equal(left: Measure, right: Measure) -> Result<Measure, (Measure, Measure)> {
    if left == right {
        Ok(left)
    } else {
        Err((left, right))
    }
}
