//! How a choice follows from a number: each option begins where the one before ends.

use crate::domain::decimal::Decimal;
use crate::domain::estimate::Estimate;
use crate::domain::id::ElementId;
use crate::domain::unit::Unit;

/// Bands of a number, each an option. Made by the dictionary, which checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bands {
    /// The element whose number decides.
    pub of: ElementId,
    /// The unit in which the bands begin: that of the element; none for a plain number.
    pub unit: Option<Unit>,
    /// The options, by ascending number; at least two.
    pub steps: Vec<Band>,
}

/// One band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The option's code.
    pub option: String,
    /// The least number that belongs to it; none, of the first only, where any below the next does.
    pub from: Option<Decimal>,
}

impl Bands {
    /// The code of the option whose band holds a number: the last that begins at or below it.
    ///
    /// The number's value alone decides, not the interval that its statement implies: a number is
    /// banded as it was written, as a person would band it, and whoever sees the choice sees the
    /// number that it came from. `None` below the first band, and where a band's beginning
    /// overflows in the number's base unit.
    #[must_use]
    pub fn option_for(&self, value: &Estimate) -> Option<&str> {
        let mut found = None;
        for step in &self.steps {
            let begins = match step.from {
                Some(from) => Estimate::exact(from, self.unit)?.value() <= value.value(),
                None => true,
            };
            if !begins {
                break;
            }
            found = Some(step.option.as_str());
        }
        found
    }
}
