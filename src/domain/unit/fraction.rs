//! Exact fractions, for converting between units.

use std::cmp::Ordering;

use crate::domain::decimal::Decimal;
use crate::domain::limits::DECIMALS_MAX;

/// An exact fraction in lowest terms, its denominator above nought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
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
        let (mut divisor, mut rest) = (denominator, numerator.abs());
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// Times a number; `None` if that overflows.
    pub(super) fn times(self, value: Decimal) -> Option<Self> {
        let (mantissa, scale) = value.parts();
        Some(Self::reduced(
            self.numerator.checked_mul(mantissa)?,
            self.denominator.checked_mul(10_i128.checked_pow(scale)?)?,
        ))
    }

    /// Times 10^`decimals`; `None` if that overflows.
    pub(super) fn scaled_up(self, decimals: u32) -> Option<Self> {
        let power = 10_i128.checked_pow(decimals)?;
        Some(Self::reduced(
            self.numerator.checked_mul(power)?,
            self.denominator,
        ))
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
