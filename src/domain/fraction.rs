//! Exact fractions: what conversions between units and estimates are worked out in.

use std::cmp::Ordering;

use crate::domain::decimal::Decimal;
use crate::domain::limits::DECIMALS_MAX;

/// An exact fraction in lowest terms, its denominator above nought. Equal fractions are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// Nought.
    pub(super) const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };

    /// What is divided.
    pub(super) fn numerator(self) -> i128 {
        self.numerator
    }

    /// By what it is divided: above nought.
    pub(super) fn denominator(self) -> i128 {
        self.denominator
    }

    /// In lowest terms; `denominator` must be above nought.
    pub(super) fn reduced(numerator: i128, denominator: i128) -> Self {
        let divisor = common_divisor(numerator, denominator);
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// The sum; `None` if it overflows.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let shared = common_divisor(self.denominator, other.denominator);
        let (own, others) = (other.denominator / shared, self.denominator / shared);
        let left = self.numerator.checked_mul(own)?;
        let right = other.numerator.checked_mul(others)?;
        let denominator = self.denominator.checked_mul(own)?;
        Some(Self::reduced(left.checked_add(right)?, denominator))
    }

    /// The number below nought that is as far from it, or the other way round; `None` if that
    /// overflows.
    pub(super) fn negated(self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_neg()?,
            ..self
        })
    }

    /// The product; `None` if it overflows.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        // Cancelled crosswise first: the product then overflows only if it cannot be held at all.
        let left = common_divisor(self.numerator, other.denominator);
        let right = common_divisor(other.numerator, self.denominator);
        Some(Self {
            numerator: (self.numerator / left).checked_mul(other.numerator / right)?,
            denominator: (self.denominator / right).checked_mul(other.denominator / left)?,
        })
    }

    /// One divided by it; `None` of nought, or if that overflows.
    pub(super) fn inverted(self) -> Option<Self> {
        Some(Self {
            numerator: self.denominator.checked_mul(self.numerator.signum())?,
            denominator: self.numerator.checked_abs().filter(|below| *below != 0)?,
        })
    }

    /// Times 10^`decimals`; `None` if that overflows.
    pub(super) fn scaled_up(self, decimals: u32) -> Option<Self> {
        let power = 10_i128.checked_pow(decimals)?;
        self.times(Self {
            numerator: power,
            denominator: 1,
        })
    }

    /// How many decimals write the fraction exactly, if at most nine do.
    pub(super) fn decimals(self) -> Option<u32> {
        let mut rest = self.denominator;
        let mut count = |factor: i128| {
            let mut times = 0;
            while rest % factor == 0 {
                rest /= factor;
                times += 1;
            }
            times
        };
        let decimals = count(2).max(count(5));
        (rest == 1 && decimals <= DECIMALS_MAX).then_some(decimals)
    }

    /// The nearest integer, the even one of two as near, and whether it differs.
    pub(super) fn to_integer_half_even(self) -> (i128, bool) {
        let floor = self.numerator.div_euclid(self.denominator);
        let rest = self.numerator.rem_euclid(self.denominator);
        // Compared with what is missing to the next integer: doubling `rest` could overflow.
        let up = match rest.cmp(&(self.denominator - rest)) {
            Ordering::Less => false,
            Ordering::Equal => floor % 2 != 0,
            Ordering::Greater => true,
        };
        (floor + i128::from(up), rest != 0)
    }
}

impl From<Decimal> for Fraction {
    fn from(value: Decimal) -> Self {
        let (mantissa, scale) = value.parts();
        // A number has at most nine decimals: the power stays far below what overflows.
        Self::reduced(mantissa, 10_i128.pow(scale))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    /// Compares whole parts, then what is left over turned upside down: multiplying crosswise
    /// could overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (*self, *other);
        let mut turned = false;
        loop {
            let split = |of: Self| {
                let whole = of.numerator.div_euclid(of.denominator);
                (whole, of.numerator.rem_euclid(of.denominator))
            };
            let ((left_whole, left_rest), (right_whole, right_rest)) = (split(left), split(right));
            let order = left_whole.cmp(&right_whole).then_with(|| {
                // A rest of nought is the least; two of them are equal.
                match (left_rest, right_rest) {
                    (0, 0) => Ordering::Equal,
                    (0, _) => Ordering::Less,
                    (_, 0) => Ordering::Greater,
                    _ => Ordering::Equal,
                }
            });
            if order != Ordering::Equal || left_rest == 0 {
                return if turned { order.reverse() } else { order };
            }
            let upside_down = |of: Self, rest: i128| Self {
                numerator: of.denominator,
                denominator: rest,
            };
            left = upside_down(left, left_rest);
            right = upside_down(right, right_rest);
            turned = !turned;
        }
    }
}

/// The greatest common divisor of a number and one above nought.
fn common_divisor(number: i128, above_nought: i128) -> i128 {
    let (mut divisor, mut rest) = (above_nought.unsigned_abs(), number.unsigned_abs());
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    // It divides a number above nought that an i128 holds.
    i128::try_from(divisor).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fraction() -> impl Strategy<Value = Fraction> {
        (-1_000_000_i128..=1_000_000, 1_i128..=1_000_000)
            .prop_map(|(above, below)| Fraction::reduced(above, below))
    }

    #[test]
    fn the_greatest_and_least_numbers_overflow_to_none_and_never_panic() {
        let edges = [i128::MIN, i128::MIN + 1, -1, 0, 1, i128::MAX];
        let belows = [1, 2, 3, i128::MAX - 1, i128::MAX];
        let all: Vec<Fraction> = edges
            .iter()
            .flat_map(|above| belows.map(|below| Fraction::reduced(*above, below)))
            .collect();
        for left in &all {
            let _ = (left.negated(), left.inverted(), left.decimals());
            let _ = (left.scaled_up(9), left.to_integer_half_even());
            for right in &all {
                let _ = (left.plus(*right), left.times(*right));
                assert_eq!(left.cmp(right), right.cmp(left).reverse());
                assert_eq!(left == right, left.cmp(right) == Ordering::Equal);
            }
        }
        assert_eq!(Fraction::ZERO.inverted(), None);
    }

    proptest! {
        #[test]
        fn fractions_keep_the_laws_of_numbers(a in fraction(), b in fraction()) {
            let sum = a.plus(b).unwrap();
            prop_assert_eq!(sum, b.plus(a).unwrap());
            prop_assert_eq!(sum.plus(b.negated().unwrap()), Some(a));
            let product = a.times(b).unwrap();
            prop_assert_eq!(product, b.times(a).unwrap());
            if let Some(inverted) = b.inverted() {
                prop_assert_eq!(product.times(inverted), Some(a));
                prop_assert_eq!(inverted.inverted(), Some(b));
            }
            let crosswise = (a.numerator * b.denominator).cmp(&(b.numerator * a.denominator));
            prop_assert_eq!(a.cmp(&b), crosswise);
        }
    }
}
