//! Units of measure and exact conversion between those of one dimension.
//!
//! Every unit is an exact rational multiple of its dimension's base, so that a conversion is either
//! exact or says that it was rounded. Codes are UCUM's; money, which UCUM lacks, has its own.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::decimal::Decimal;
use crate::domain::fraction::Fraction;
use crate::domain::id::shown;
use crate::domain::limits::DECIMALS_MAX;

/// What a unit measures. Quantities of one dimension can be converted into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Time, also where it is counted in shifts.
    Time,
    /// Mass.
    Mass,
    /// Length.
    Length,
    /// Volume.
    Volume,
    /// Posts or people, as whole-time equivalents.
    WholeTimeEquivalent,
    /// Any other ratio.
    Ratio,
    /// Money.
    Money,
}

impl Dimension {
    /// The code of the unit in which the dimension is based.
    #[must_use]
    pub fn base_code(self) -> &'static str {
        match self {
            Self::Time => "s",
            Self::Mass => "g",
            Self::Length => "m",
            Self::Volume => "m3",
            Self::WholeTimeEquivalent => "{wte}",
            Self::Ratio => "1",
            Self::Money => "GBP",
        }
    }
}

/// A unit in which a quantity or an amount of money is given. Text and JSON: its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Unit {
    /// `s`
    Second,
    /// `min`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `wk`
    Week,
    /// `{shift-8h}`
    Shift8h,
    /// `{shift-12h}`
    Shift12h,
    /// `mg`
    Milligram,
    /// `g`
    Gram,
    /// `kg`
    Kilogram,
    /// `cm`
    Centimetre,
    /// `m`
    Metre,
    /// `mL`
    Millilitre,
    /// `L`
    Litre,
    /// `m3`
    CubicMetre,
    /// `{wte}`
    WholeTimeEquivalent,
    /// `1`
    One,
    /// `GBP`
    Pound,
    /// `p`
    Penny,
    /// `kGBP`
    ThousandPounds,
}

/// What is fixed about a unit: code, plain English, dimension, and base units per unit as an
/// exact fraction.
struct Facts {
    code: &'static str,
    label: &'static str,
    dimension: Dimension,
    numerator: i128,
    denominator: i128,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 20] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Shift8h,
        Self::Shift12h,
        Self::Milligram,
        Self::Gram,
        Self::Kilogram,
        Self::Centimetre,
        Self::Metre,
        Self::Millilitre,
        Self::Litre,
        Self::CubicMetre,
        Self::WholeTimeEquivalent,
        Self::One,
        Self::Pound,
        Self::Penny,
        Self::ThousandPounds,
    ];

    /// The unit's code, such as `h` or `{shift-12h}`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.facts().code
    }

    /// The unit in plain English, such as "hours"; empty for a bare ratio.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// What the unit measures.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        self.facts().dimension
    }

    /// How many of its dimension's base one of it is.
    pub(super) fn in_base(self) -> Fraction {
        let facts = self.facts();
        Fraction::reduced(facts.numerator, facts.denominator)
    }

    fn facts(self) -> Facts {
        use Dimension::{Length, Mass, Money, Ratio, Time, Volume};
        let (code, label, dimension, numerator, denominator) = match self {
            Self::Second => ("s", "seconds", Time, 1, 1),
            Self::Minute => ("min", "minutes", Time, 60, 1),
            Self::Hour => ("h", "hours", Time, 3_600, 1),
            Self::Day => ("d", "days", Time, 86_400, 1),
            Self::Week => ("wk", "weeks", Time, 604_800, 1),
            Self::Shift8h => ("{shift-8h}", "8-hour shifts", Time, 28_800, 1),
            Self::Shift12h => ("{shift-12h}", "12-hour shifts", Time, 43_200, 1),
            Self::Milligram => ("mg", "milligrams", Mass, 1, 1_000),
            Self::Gram => ("g", "grams", Mass, 1, 1),
            Self::Kilogram => ("kg", "kilograms", Mass, 1_000, 1),
            Self::Centimetre => ("cm", "centimetres", Length, 1, 100),
            Self::Metre => ("m", "metres", Length, 1, 1),
            Self::Millilitre => ("mL", "millilitres", Volume, 1, 1_000_000),
            Self::Litre => ("L", "litres", Volume, 1, 1_000),
            Self::CubicMetre => ("m3", "cubic metres", Volume, 1, 1),
            Self::WholeTimeEquivalent => (
                "{wte}",
                "whole-time equivalents",
                Dimension::WholeTimeEquivalent,
                1,
                1,
            ),
            Self::One => ("1", "", Ratio, 1, 1),
            Self::Pound => ("GBP", "£", Money, 1, 1),
            Self::Penny => ("p", "pence", Money, 1, 100),
            Self::ThousandPounds => ("kGBP", "£000s", Money, 1_000, 1),
        };
        Facts {
            code,
            label,
            dimension,
            numerator,
            denominator,
        }
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(code: &str) -> Result<Self, UnitError> {
        Self::ALL
            .into_iter()
            .find(|unit| unit.code() == code)
            .ok_or_else(|| UnitError::Unknown(shown(code)))
    }
}

impl TryFrom<String> for Unit {
    type Error = UnitError;

    fn try_from(code: String) -> Result<Self, UnitError> {
        code.parse()
    }
}

impl From<Unit> for &'static str {
    fn from(unit: Unit) -> Self {
        unit.code()
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a unit or a conversion cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// No such code; holds the text as a message may show it.
    #[error(
        "{0} is not a unit: expected s, min, h, d, wk, {{shift-8h}}, {{shift-12h}}, mg, g, kg, cm, m, mL, L, m3, {{wte}}, 1, GBP, p or kGBP"
    )]
    Unknown(String),
    /// The two units measure different things.
    #[error("{from} cannot be converted to {to}: they measure different things")]
    OtherDimension {
        /// The unit given.
        from: Unit,
        /// The unit wanted.
        to: Unit,
    },
    /// The converted number has more digits, or was wanted with more decimals, than a number has.
    #[error("the converted number has too many digits")]
    OutOfRange,
}

/// A number in another unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    /// The number, in the unit and to the decimals wanted.
    pub value: Decimal,
    /// Whether it differs from the exact one.
    pub rounded: bool,
}

/// `value` re-expressed in unit `to`, rounded half to even to `decimals` digits after the point.
///
/// # Errors
/// If the units measure different things, or the result is too long to be held exactly.
pub fn convert(
    value: Decimal,
    from: Unit,
    to: Unit,
    decimals: u32,
) -> Result<Converted, UnitError> {
    if from.dimension() != to.dimension() {
        return Err(UnitError::OtherDimension { from, to });
    }
    if decimals > DECIMALS_MAX {
        return Err(UnitError::OutOfRange);
    }
    let scaled = ratio(from, to)
        .and_then(|factor| factor.times(value.into()))
        .and_then(|exact| exact.scaled_up(decimals))
        .ok_or(UnitError::OutOfRange)?;
    let (mantissa, rounded) = scaled.to_integer_half_even();
    let value = Decimal::from_parts(mantissa, decimals).map_err(|_| UnitError::OutOfRange)?;
    Ok(Converted { value, rounded })
}

/// `value` re-expressed in unit `to`, if that can be written exactly.
#[must_use]
pub fn convert_exact(value: Decimal, from: Unit, to: Unit) -> Option<Decimal> {
    let exact = ratio(from, to)?.times(value.into())?;
    let decimals = exact.decimals()?;
    let (mantissa, _) = exact.scaled_up(decimals)?.to_integer_half_even();
    Decimal::from_parts(mantissa, decimals).ok()
}

/// Which of two quantities is greater, exactly; `None` if they measure different things.
#[must_use]
pub fn compare(left: (Decimal, Unit), right: (Decimal, Unit)) -> Option<Ordering> {
    // The first in the second's unit is a fraction; the second over one is compared crosswise.
    let left = ratio(left.1, right.1)?.times(left.0.into())?;
    let (mantissa, scale) = right.0.parts();
    let crosswise = mantissa.checked_mul(left.denominator())?;
    let straight = left.numerator().checked_mul(10_i128.checked_pow(scale)?)?;
    Some(straight.cmp(&crosswise))
}

/// How many decimals a number in unit `entry` needs so that every step of 10^-`step_decimals` of
/// `step_unit` can be entered exactly; `None` if no number of at most nine decimals does.
#[must_use]
pub fn step_decimals(step_unit: Unit, step_decimals: u32, entry: Unit) -> Option<u32> {
    let step = Decimal::from_parts(1, step_decimals).ok()?;
    ratio(step_unit, entry)?.times(step.into())?.decimals()
}

/// How many `to` one `from` is, if they measure the same.
fn ratio(from: Unit, to: Unit) -> Option<Fraction> {
    let (from, to) = (from.facts(), to.facts());
    (from.dimension == to.dimension).then(|| {
        // Factors are at most 10^6 either way, so these products stay below 10^12.
        Fraction::reduced(
            from.numerator * to.denominator,
            from.denominator * to.numerator,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn unit(code: &str) -> Unit {
        code.parse().unwrap()
    }

    #[test]
    fn a_unit_reads_back_by_its_code() {
        for each in Unit::ALL {
            assert_eq!(each.to_string().parse(), Ok(each));
            let json = serde_json::to_string(&each).unwrap();
            assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), each);
            assert_eq!(
                unit(each.dimension().base_code()).dimension(),
                each.dimension()
            );
        }
        for bad in ["", "H", "hours", "{WTE}", "ml", "£"] {
            assert!(matches!(bad.parse::<Unit>(), Err(UnitError::Unknown(_))));
        }
        assert_eq!(unit("{shift-12h}").label(), "12-hour shifts");
    }

    #[test]
    fn conversions_are_exact_or_say_that_they_were_rounded() {
        for (value, from, to, decimals, expected, rounded) in [
            ("90", "min", "h", 1, "1.5", false),
            ("1", "wk", "{shift-12h}", 0, "14", false),
            ("1", "{shift-8h}", "{shift-12h}", 3, "0.667", true),
            ("150", "min", "h", 0, "2", true),
            ("210", "min", "h", 0, "4", true),
            ("-150", "min", "h", 0, "-2", true),
            ("-210", "min", "h", 0, "-4", true),
            ("-10", "min", "h", 0, "0", true),
            ("1.25", "h", "h", 1, "1.2", true),
            ("1250", "p", "GBP", 2, "12.5", false),
            ("12345", "GBP", "kGBP", 1, "12.3", true),
            ("2", "L", "mL", 0, "2000", false),
            ("0.5", "m3", "mL", 0, "500000", false),
            ("999999999999", "kg", "mg", 0, "999999999999000000", false),
        ] {
            let converted = convert(decimal(value), unit(from), unit(to), decimals).unwrap();
            assert_eq!(converted.value, decimal(expected), "{value} {from} in {to}");
            assert_eq!(converted.rounded, rounded, "{value} {from} in {to}");
        }
    }

    #[test]
    fn impossible_conversions_are_errors() {
        let most = decimal("999999999999999999");
        assert_eq!(
            convert(most, unit("kg"), unit("mg"), 9),
            Err(UnitError::OutOfRange)
        );
        assert_eq!(
            convert(Decimal::ZERO, unit("h"), unit("h"), 10),
            Err(UnitError::OutOfRange)
        );
        let (from, to) = (unit("h"), unit("kg"));
        assert_eq!(
            convert(most, from, to, 0),
            Err(UnitError::OtherDimension { from, to })
        );
        assert_eq!(convert_exact(decimal("1"), unit("min"), unit("h")), None);
        assert_eq!(convert_exact(decimal("1"), unit("1"), unit("{wte}")), None);
        assert_eq!(
            convert_exact(decimal("45"), unit("min"), unit("h")),
            Some(decimal("0.75"))
        );
    }

    #[test]
    fn an_entry_unit_needs_as_many_decimals_as_the_step_says() {
        for (step, step_at, entry, expected) in [
            ("min", 0, "h", None),
            ("{shift-12h}", 2, "min", Some(1)),
            ("h", 2, "min", Some(1)),
            ("h", 0, "min", Some(0)),
            ("min", 0, "min", Some(0)),
            ("h", 9, "h", Some(9)),
            ("p", 0, "GBP", Some(2)),
            ("p", 5, "kGBP", None),
            ("mL", 4, "m3", None),
            ("mL", 3, "m3", Some(9)),
            ("h", 0, "g", None),
            ("h", 10, "min", None),
        ] {
            let decimals = step_decimals(unit(step), step_at, unit(entry));
            assert_eq!(decimals, expected, "10^-{step_at} {step} in {entry}");
        }
    }

    #[test]
    fn quantities_compare_across_units() {
        let of = |value, code| (decimal(value), unit(code));
        let order = |left, right| compare(left, right);
        assert_eq!(order(of("60", "min"), of("1", "h")), Some(Ordering::Equal));
        assert_eq!(
            order(of("1", "min"), of("0.016666666", "h")),
            Some(Ordering::Greater)
        );
        assert_eq!(order(of("-1", "h"), of("-1", "min")), Some(Ordering::Less));
        assert_eq!(order(of("1", "h"), of("1", "m")), None);
    }

    proptest! {
        #[test]
        fn an_exact_conversion_comes_back_and_compares_equal(
            mantissa in -999_999_999_999_999_999_i128..=999_999_999_999_999_999,
            scale in 0_u32..=9,
            from in 0..Unit::ALL.len(),
            to in 0..Unit::ALL.len(),
        ) {
            let (from, to) = (Unit::ALL[from], Unit::ALL[to]);
            let value = Decimal::from_parts(mantissa, scale).unwrap();
            if let Some(there) = convert_exact(value, from, to) {
                prop_assert_eq!(convert_exact(there, to, from), Some(value));
                prop_assert_eq!(compare((value, from), (there, to)), Some(Ordering::Equal));
                let converted = convert(value, from, to, 9).unwrap();
                prop_assert_eq!(converted, Converted { value: there, rounded: false });
            }
            let order = compare((value, from), (Decimal::ZERO, to));
            prop_assert_eq!(order.is_some(), from.dimension() == to.dimension());
        }
    }
}
