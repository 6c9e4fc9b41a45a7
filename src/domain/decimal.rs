//! Exact decimal numbers: what answers, bounds and conversions are made of.
//!
//! A [`Decimal`] has at most [`DIGITS_MAX`] digits and [`DECIMALS_MAX`] of them after the point. It
//! is always held without trailing fractional zeros and never as minus zero, so that equal numbers
//! are equal, hash alike and are written alike. There is no way in or out through a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::id::shown;
use crate::domain::limits::{DECIMALS_MAX, DIGITS_MAX};

/// The first magnitude with too many digits.
const MANTISSA_END: i128 = 10_i128.pow(DIGITS_MAX);

/// An exact decimal number of at most 18 digits, 9 of them decimals. JSON: a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(rust_decimal::Decimal);

/// Why something is not a [`Decimal`]: what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text does not follow the grammar; holds the text as a message may show it.
    #[error("{0} is not a number: expected digits, such as 12, -3 or 0.25")]
    Grammar(String),
    /// More digits than can be held exactly.
    #[error("the number is too long: expected at most {DIGITS_MAX} digits")]
    TooManyDigits,
    /// More decimals than can be held exactly.
    #[error("the number is too fine: expected at most {DECIMALS_MAX} digits after the point")]
    TooManyDecimals,
}

impl Decimal {
    /// Nought.
    pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

    /// The number `mantissa` × 10^-`scale`.
    ///
    /// # Errors
    /// If it needs more digits or decimals than a [`Decimal`] has; trailing fractional zeros do
    /// not count.
    pub fn from_parts(mantissa: i128, scale: u32) -> Result<Self, DecimalError> {
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            // Nought would otherwise be divided `scale` times.
            scale = if mantissa == 0 { 0 } else { scale - 1 };
        }
        if scale > DECIMALS_MAX {
            return Err(DecimalError::TooManyDecimals);
        }
        if mantissa <= -MANTISSA_END || mantissa >= MANTISSA_END {
            return Err(DecimalError::TooManyDigits);
        }
        Ok(Self(rust_decimal::Decimal::from_i128_with_scale(
            mantissa, scale,
        )))
    }

    /// The number as (mantissa, scale): mantissa × 10^-scale, with the smallest scale that does.
    #[must_use]
    pub fn parts(self) -> (i128, u32) {
        (self.0.mantissa(), self.0.scale())
    }

    /// How many digits stand after the point.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }

    /// Whether nothing stands after the point.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.decimals() == 0
    }

    /// Whether it is below nought.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// The exact sum, or `None` if it has too many digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.decimals().max(other.decimals());
        // Both terms stay below 10^27: a mantissa below 10^18, shifted by at most 9 digits.
        let shifted = |term: Self| term.0.mantissa() * 10_i128.pow(scale - term.decimals());
        Self::from_parts(shifted(self) + shifted(other), scale).ok()
    }
}

impl TryFrom<i64> for Decimal {
    type Error = DecimalError;

    fn try_from(whole: i64) -> Result<Self, DecimalError> {
        Self::from_parts(whole.into(), 0)
    }
}

impl From<u32> for Decimal {
    fn from(whole: u32) -> Self {
        Self(whole.into())
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `-?[0-9]+(\.[0-9]+)?`; leading zeros and trailing fractional zeros do not matter.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(DecimalError::Grammar(shown(text))),
            None => (unsigned, ""),
        };
        if !is_digits(whole) {
            return Err(DecimalError::Grammar(shown(text)));
        }
        let magnitude = magnitude(whole, fraction.trim_end_matches('0'))?;
        let is_negative = unsigned.len() < text.len();
        let (mantissa, scale) = magnitude;
        Self::from_parts(if is_negative { -mantissa } else { mantissa }, scale)
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;

    fn try_from(text: String) -> Result<Self, DecimalError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> String {
        decimal.to_string()
    }
}

impl fmt::Display for Decimal {
    /// Writes the canonical text: no exponent, no leading zeros, no trailing fractional zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Mantissa and scale of digits before and after the point, refused before they can overflow.
fn magnitude(whole: &str, fraction: &str) -> Result<(i128, u32), DecimalError> {
    let scale = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooManyDecimals)?;
    if scale > DECIMALS_MAX {
        return Err(DecimalError::TooManyDecimals);
    }
    let mut mantissa = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa * 10 + i128::from(digit - b'0');
        if mantissa >= MANTISSA_END {
            return Err(DecimalError::TooManyDigits);
        }
    }
    Ok((mantissa, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_is_written_in_one_way_only() {
        for (given, written) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.000", "0"),
            ("0999.0", "999"),
            ("007", "7"),
            ("1.50", "1.5"),
            ("-00.25", "-0.25"),
            ("100", "100"),
            ("0.000000001", "0.000000001"),
            ("0.1000000000000", "0.1"),
            ("999999999999999999", "999999999999999999"),
            ("-999999999.999999999", "-999999999.999999999"),
        ] {
            assert_eq!(decimal(given).to_string(), written, "{given}");
            assert_eq!(decimal(given), decimal(written));
        }
    }

    #[test]
    fn what_is_not_a_plain_number_is_refused() {
        for bad in [
            "", "-", ".", ".5", "5.", "+1", "1e3", "1_000", "1,000", " 1", "1 ", "--1", "1.2.3",
            "٣", "NaN", "0x1", "1.-2",
        ] {
            let refused = bad.parse::<Decimal>();
            assert!(matches!(refused, Err(DecimalError::Grammar(_))), "{bad}");
        }
        for (bad, why) in [
            ("1000000000000000000", DecimalError::TooManyDigits),
            ("1000000000.000000001", DecimalError::TooManyDigits),
            ("0.0000000001", DecimalError::TooManyDecimals),
        ] {
            assert_eq!(bad.parse::<Decimal>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn whole_numbers_come_in_checked() {
        assert_eq!(Decimal::try_from(-42_i64).unwrap().to_string(), "-42");
        assert_eq!(Decimal::from(7_u32), decimal("7"));
        assert_eq!(
            Decimal::try_from(i64::MAX),
            Err(DecimalError::TooManyDigits)
        );
    }

    #[test]
    fn json_is_a_string() {
        let json = serde_json::to_string(&decimal("1.50")).unwrap();
        assert_eq!(json, "\"1.5\"");
        assert_eq!(
            serde_json::from_str::<Decimal>(&json).unwrap(),
            decimal("1.5")
        );
        assert!(serde_json::from_str::<Decimal>("1.5").is_err());
    }

    #[test]
    fn a_sum_is_exact_or_none() {
        let sum = decimal("0.1").checked_add(decimal("0.2"));
        assert_eq!(sum, Some(decimal("0.3")));
        let most = decimal("999999999999999999");
        assert_eq!(most.checked_add(Decimal::from(1)), None);
        assert_eq!(most.checked_add(decimal("-1.0")).unwrap().parts().1, 0);
    }

    proptest! {
        #[test]
        fn text_and_parts_read_back(mantissa in -999_999_999_999_999_999_i128..=999_999_999_999_999_999, scale in 0_u32..=9) {
            let number = Decimal::from_parts(mantissa, scale).unwrap();
            prop_assert_eq!(number.to_string().parse::<Decimal>().unwrap(), number);
            let (again, at) = number.parts();
            prop_assert_eq!(Decimal::from_parts(again, at).unwrap(), number);
            prop_assert_eq!(again * 10_i128.pow(scale - at), mantissa);
        }
    }
}
