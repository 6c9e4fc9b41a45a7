//! Reading a type's members from a submitted field.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;

use crate::domain::decimal::Decimal;
use crate::domain::fault::Faults;
use crate::domain::field::{RawField, parse_date};
use crate::domain::field_type::{ChoiceOption, FieldType, TypeWord};
use crate::domain::id::{DimensionId, shown};
use crate::domain::limits::{
    BREAKDOWN_DIMENSIONS_MAX, DECIMALS_MAX, OPTION_CODE_CHARS_MAX, OPTION_LABEL_CHARS_MAX,
    OPTIONS_MAX, TEXT_CHARS_DEFAULT, TEXT_CHARS_MAX,
};
use crate::domain::text::normalise;
use crate::domain::unit::{Dimension, Unit};

/// Reads the members of one submitted field, noting every fault and carrying on with a stand-in.
pub(super) struct Reader<'a> {
    raw: &'a RawField,
    faults: Faults,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a RawField) -> Self {
        let faults = Faults::new();
        Self { raw, faults }
    }

    /// The type `word` with its limits.
    pub(super) fn read(mut self, word: TypeWord) -> Result<FieldType, Faults> {
        self.refuse_strangers(word);
        let read = self.read_members(word);
        self.faults.into_result()?;
        Ok(read)
    }

    fn refuse_strangers(&mut self, word: TypeWord) {
        for member in self.raw.type_members() {
            if !word.members().contains(&member) {
                let message = format!("a field of type {word} takes no {member}");
                self.faults.add(member, message);
            }
        }
    }

    fn read_members(&mut self, word: TypeWord) -> FieldType {
        match word {
            TypeWord::Count => {
                let (min, max) = self.number_bounds(0);
                FieldType::Count {
                    min,
                    max,
                    breakdown: self.breakdown(),
                }
            }
            TypeWord::Quantity => {
                let (unit, decimals) = (self.quantity_unit(), self.decimals());
                let (min, max) = self.number_bounds(decimals);
                FieldType::Quantity {
                    unit,
                    decimals,
                    min,
                    max,
                    breakdown: self.breakdown(),
                }
            }
            TypeWord::Percentage => {
                let decimals = self.decimals();
                let (min, max) = self.number_bounds(decimals);
                FieldType::Percentage { decimals, min, max }
            }
            TypeWord::Money => {
                let (unit, decimals) = (self.money_unit(), self.decimals());
                let (min, max) = self.number_bounds(decimals);
                FieldType::Money {
                    unit,
                    decimals,
                    min,
                    max,
                    breakdown: self.breakdown(),
                }
            }
            TypeWord::YesNo => FieldType::YesNo,
            TypeWord::Date => self.date(),
            TypeWord::Text => self.text(),
            TypeWord::Choice => FieldType::Choice {
                options: self.options(),
            },
            TypeWord::Choices => FieldType::Choices {
                options: self.options(),
            },
        }
    }

    /// A member as the value it should be; a fault, and `None`, if it is none.
    fn value<T: FromStr<Err: Display>>(&mut self, member: &str, text: Option<&str>) -> Option<T> {
        text?
            .parse()
            .map_err(|error| self.faults.add(member, format!("{error}")))
            .ok()
    }

    fn quantity_unit(&mut self) -> Unit {
        if self.raw.unit.is_none() {
            self.faults
                .add("unit", "a quantity needs a unit, such as h");
        }
        let unit = self.value("unit", self.raw.unit.as_deref());
        let unit = unit.unwrap_or(Unit::One);
        if unit.dimension() == Dimension::Money {
            let message = format!("{unit} is a unit of money: expected type money");
            self.faults.add("unit", message);
        }
        unit
    }

    fn money_unit(&mut self) -> Unit {
        let unit = self.value("unit", self.raw.unit.as_deref());
        let unit = unit.unwrap_or(Unit::Pound);
        if unit.dimension() != Dimension::Money {
            let message = format!("{unit} is not a unit of money: expected GBP, p or kGBP");
            self.faults.add("unit", message);
        }
        unit
    }

    fn decimals(&mut self) -> u32 {
        let decimals = self.raw.decimals.unwrap_or(0);
        if decimals > DECIMALS_MAX {
            let message = format!("{decimals} decimals: expected at most {DECIMALS_MAX}");
            self.faults.add("decimals", message);
        }
        decimals
    }

    fn number_bounds(&mut self, decimals: u32) -> (Option<Decimal>, Option<Decimal>) {
        let min = self.number_bound("min", self.raw.min.as_deref(), decimals);
        let max = self.number_bound("max", self.raw.max.as_deref(), decimals);
        if let (Some(least), Some(most)) = (min, max)
            && least > most
        {
            let message = format!("min {least} is above max {most}");
            self.faults.add("min", message);
        }
        (min, max)
    }

    fn number_bound(&mut self, member: &str, text: Option<&str>, decimals: u32) -> Option<Decimal> {
        let bound: Decimal = self.value(member, text)?;
        if bound.decimals() > decimals {
            let message =
                format!("{bound} has more decimals than answers have: expected at most {decimals}");
            self.faults.add(member, message);
        }
        Some(bound)
    }

    fn breakdown(&mut self) -> BTreeSet<DimensionId> {
        let mut dimensions = BTreeSet::new();
        for (position, text) in self.raw.breakdown.iter().flatten().enumerate() {
            dimensions
                .extend(self.value::<DimensionId>(&format!("breakdown[{position}]"), Some(text)));
        }
        if dimensions.len() > BREAKDOWN_DIMENSIONS_MAX {
            let message = format!(
                "{} dimensions: expected at most {BREAKDOWN_DIMENSIONS_MAX}",
                dimensions.len()
            );
            self.faults.add("breakdown", message);
        }
        dimensions
    }

    fn date(&mut self) -> FieldType {
        let earliest = self.date_bound("earliest", self.raw.earliest.as_deref());
        let latest = self.date_bound("latest", self.raw.latest.as_deref());
        if let (Some(first), Some(last)) = (earliest, latest)
            && first > last
        {
            let message = format!("earliest {first} is after latest {last}");
            self.faults.add("earliest", message);
        }
        FieldType::Date { earliest, latest }
    }

    fn date_bound(&mut self, member: &str, text: Option<&str>) -> Option<Date> {
        let date = parse_date(text?);
        date.map_err(|message| self.faults.add(member, message))
            .ok()
    }

    fn text(&mut self) -> FieldType {
        let max_length = self.raw.max_length.unwrap_or(TEXT_CHARS_DEFAULT);
        if !(1..=TEXT_CHARS_MAX).contains(&max_length) {
            let message = format!("max_length {max_length}: expected 1 to {TEXT_CHARS_MAX}");
            self.faults.add("max_length", message);
        }
        let lines = self.value("lines", self.raw.lines.as_deref());
        FieldType::Text {
            max_length,
            lines: lines.unwrap_or_default(),
        }
    }

    fn options(&mut self) -> Vec<ChoiceOption> {
        let options = self.raw.options.as_deref().unwrap_or_default();
        // An element brings its own options; a field may leave them to it.
        if options.is_empty() && self.raw.element.is_none() {
            self.faults
                .add("options", "a choice needs options to choose from");
        }
        if options.len() > OPTIONS_MAX {
            let message = format!("{} options: expected at most {OPTIONS_MAX}", options.len());
            self.faults.add("options", message);
        }
        let mut codes = HashSet::new();
        for (position, option) in options.iter().enumerate() {
            self.check_option(position, option);
            if !codes.insert(&option.code) {
                let message = format!("the code {} is given twice", shown(&option.code));
                self.faults
                    .add(format!("options[{position}].code"), message);
            }
        }
        options.to_vec()
    }

    fn check_option(&mut self, position: usize, option: &ChoiceOption) {
        let code_chars = option.code.chars().count();
        if !(1..=OPTION_CODE_CHARS_MAX).contains(&code_chars)
            || option.code.chars().any(char::is_control)
        {
            let message =
                format!("expected a code of 1 to {OPTION_CODE_CHARS_MAX} printable characters");
            self.faults
                .add(format!("options[{position}].code"), message);
        }
        let path = format!("options[{position}].label");
        if option.label.chars().count() > OPTION_LABEL_CHARS_MAX {
            let message = format!("too long: expected at most {OPTION_LABEL_CHARS_MAX} characters");
            self.faults.add(path, message);
        } else if let Err(error) = normalise(&option.label) {
            self.faults.add(path, error.to_string());
        }
    }
}
