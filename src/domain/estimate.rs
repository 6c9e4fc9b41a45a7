//! A number as it is known: its value, and the interval of true values that its statement implies.
//!
//! Who writes 85.7 says something between 85.65 and 85.75. Numbers stated at different precision
//! are compared by such intervals before they are called inconsistent, and what is worked out from
//! them has the interval that its parts imply. Everything is exact: fractions, never floats; what
//! overflows them is `None`.
//!
//! An estimate is held in the base unit of its dimension (a plain number: as it is) and does not
//! know which that is: which may be added to which is settled where a formula is read.

use crate::domain::decimal::Decimal;
use crate::domain::fraction::Fraction;
use crate::domain::limits::DECIMALS_MAX;
use crate::domain::unit::Unit;

/// A number with the interval of true values that it may stand for.
///
/// Invariant: the value lies in the interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    value: Fraction,
    interval: Interval,
}

/// Which true values are implied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interval {
    /// From the one to the other, both included.
    Between(Fraction, Fraction),
    /// Any at all: something was divided by what may be nought.
    Any,
}

/// A number in a unit, as it can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The number, in the unit and to the decimals wanted.
    pub value: Decimal,
    /// Whether it differs from the exact one.
    pub rounded: bool,
}

impl Estimate {
    /// A number that was stated, in its unit (none: a plain number).
    ///
    /// It stands for everything that is rounded to it: half a step of 10^-`decimals` of its own
    /// unit below and above, both ends included, since it is not known how ties were rounded.
    /// `decimals` is how many the entry asks for. A number has lost the noughts at its end, so that
    /// "2" and "2.00" are one: of what it shows and what the entry asks for the finer is believed.
    /// `None` for more decimals than a number has, and on overflow.
    #[must_use]
    pub fn stated(value: Decimal, decimals: u32, unit: Option<Unit>) -> Option<Self> {
        let decimals = decimals.max(value.decimals());
        let step = Decimal::from_parts(1, decimals).ok()?;
        let half = Fraction::from(step).times(Fraction::reduced(1, 2))?;
        let stated = Fraction::from(value);
        let base = |number: Fraction| number.times(in_base(unit));
        Some(Self {
            value: base(stated)?,
            interval: Interval::Between(
                base(stated.plus(half.negated()?)?)?,
                base(stated.plus(half)?)?,
            ),
        })
    }

    /// A number that stands for itself alone, in its unit: a count, or what a formula says.
    /// `None` on overflow.
    #[must_use]
    pub fn exact(value: Decimal, unit: Option<Unit>) -> Option<Self> {
        let value = Fraction::from(value).times(in_base(unit))?;
        Some(Self {
            value,
            interval: Interval::Between(value, value),
        })
    }

    /// The sum; `None` on overflow.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let interval = match (self.interval, other.interval) {
            (Interval::Between(low, high), Interval::Between(other_low, other_high)) => {
                Interval::Between(low.plus(other_low)?, high.plus(other_high)?)
            }
            _ => Interval::Any,
        };
        Some(Self {
            value: self.value.plus(other.value)?,
            interval,
        })
    }

    /// The difference; `None` on overflow. The two are taken as independent of each other, here as
    /// in every operation: an interval is never too narrow, and may be wider than it need be.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let interval = match other.interval {
            Interval::Between(low, high) => Interval::Between(high.negated()?, low.negated()?),
            Interval::Any => Interval::Any,
        };
        self.plus(&Self {
            value: other.value.negated()?,
            interval,
        })
    }

    /// The product; `None` on overflow.
    #[must_use]
    pub fn times(&self, other: &Self) -> Option<Self> {
        let interval = match (self.interval, other.interval) {
            (Interval::Between(low, high), Interval::Between(other_low, other_high)) => {
                let corners = [
                    low.times(other_low)?,
                    low.times(other_high)?,
                    high.times(other_low)?,
                    high.times(other_high)?,
                ];
                let (first, rest) = (corners[0], &corners[1..]);
                let least = rest.iter().fold(first, |least, each| least.min(*each));
                let greatest = rest.iter().fold(first, |most, each| most.max(*each));
                Interval::Between(least, greatest)
            }
            _ => Interval::Any,
        };
        Some(Self {
            value: self.value.times(other.value)?,
            interval,
        })
    }

    /// The quotient; `None` where it is divided by nought, and on overflow. Divided by what may be
    /// nought it may be anything.
    #[must_use]
    pub fn over(&self, other: &Self) -> Option<Self> {
        let interval = match other.interval {
            Interval::Between(low, high) if low > Fraction::ZERO || high < Fraction::ZERO => {
                Interval::Between(high.inverted()?, low.inverted()?)
            }
            _ => Interval::Any,
        };
        self.times(&Self {
            value: other.value.inverted()?,
            interval,
        })
    }

    /// The value in a unit, rounded half to even to `decimals` digits after the point; `None` if it
    /// has too many digits to be written.
    #[must_use]
    pub fn told(&self, unit: Option<Unit>, decimals: u32) -> Option<Told> {
        if decimals > DECIMALS_MAX {
            return None;
        }
        let own = self.value.times(in_base(unit).inverted()?)?;
        let (mantissa, rounded) = own.scaled_up(decimals)?.to_integer_half_even();
        let value = Decimal::from_parts(mantissa, decimals).ok()?;
        Some(Told { value, rounded })
    }

    /// Whether both may be right: whether some true value is implied by the one and by the other.
    /// Intervals that touch share one.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        match (self.interval, other.interval) {
            (Interval::Between(low, high), Interval::Between(other_low, other_high)) => {
                low <= other_high && other_low <= high
            }
            _ => true,
        }
    }

    /// The value in the base unit of its dimension.
    pub(super) fn value(&self) -> Fraction {
        self.value
    }
}

/// How many of the base of its dimension one of a unit is; a plain number is its own base.
fn in_base(unit: Option<Unit>) -> Fraction {
    unit.unwrap_or(Unit::One).in_base()
}

#[cfg(test)]
mod tests;
