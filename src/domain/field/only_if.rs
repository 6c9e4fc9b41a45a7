//! A condition on another field of the same ask: the field is put only if it holds by what is
//! answered.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Field;
use super::raw::text_or_number;
use crate::domain::decimal::Decimal;
use crate::domain::fault::Faults;
use crate::domain::field_type::{FieldType, TypeWord};
use crate::domain::id::{FieldName, shown};
use crate::domain::limits::OPTIONS_MAX;

/// What a yes-or-no field is compared with.
const YES_NO: [&str; 2] = ["yes", "no"];

/// A condition as submitted: `equals` for a yes-no or a choice, `min` and `max` for a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOnlyIf {
    /// The requester's name of the field whose answer decides.
    pub field: String,
    /// `yes` or `no`, or codes of options: one of them is the answer or among it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// The least number, in that field's unit.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub min: Option<String>,
    /// The greatest number, in that field's unit.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub max: Option<String>,
}

/// A condition, well formed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyIf {
    /// The field whose answer decides.
    pub field: FieldName,
    /// What its answer must be.
    pub test: Test,
}

/// What the answer to another field must be. A reason why there is none never passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// One of these: `yes` or `no`, or the other field's own codes of its options.
    Equals(BTreeSet<String>),
    /// A number within these bounds, in the other field's unit; one of them is given.
    Between {
        /// The least.
        min: Option<Decimal>,
        /// The greatest.
        max: Option<Decimal>,
    },
}

impl OnlyIf {
    /// Checks a condition as far as that needs no other field.
    ///
    /// # Errors
    /// Every fault, by path within the condition.
    pub fn parse(raw: RawOnlyIf) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: &dyn fmt::Display| Faults::one("", error.to_string());
        let field = faults.take("field", raw.field.parse().map_err(|e| said(&e)));
        let mut bound = |path: &str, text: Option<&String>| {
            let text = text?;
            faults.take(path, text.parse::<Decimal>().map_err(|e| said(&e)))
        };
        let (min, max) = (
            bound("min", raw.min.as_ref()),
            bound("max", raw.max.as_ref()),
        );
        let is_bounded = raw.min.is_some() || raw.max.is_some();
        if raw.equals.is_empty() && !is_bounded {
            faults.add("", "say what the answer must be: equals, or min and max");
        }
        if !raw.equals.is_empty() && is_bounded {
            faults.add("", "give equals, or min and max, not both");
        }
        if raw.equals.len() > OPTIONS_MAX {
            faults.add("equals", format!("are more than {OPTIONS_MAX}"));
        }
        if min.zip(max).is_some_and(|(min, max)| max < min) {
            faults.add("max", "is less than min");
        }
        faults.into_result()?;
        let test = if is_bounded {
            Test::Between { min, max }
        } else {
            Test::Equals(raw.equals.into_iter().collect())
        };
        let field = field.ok_or_else(|| Faults::one("field", "is missing"))?;
        Ok(Self { field, test })
    }

    /// The condition as it would be submitted.
    #[must_use]
    pub fn to_raw(&self) -> RawOnlyIf {
        let mut raw = RawOnlyIf {
            field: self.field.to_string(),
            ..RawOnlyIf::default()
        };
        match &self.test {
            Test::Equals(values) => raw.equals = values.iter().cloned().collect(),
            Test::Between { min, max } => {
                raw.min = min.map(|bound| bound.to_string());
                raw.max = max.map(|bound| bound.to_string());
            }
        }
        raw
    }

    /// Whether the answer to a field of this kind can decide.
    ///
    /// # Errors
    /// Why it cannot, by path within the condition.
    pub fn fits(&self, other: &Field) -> Result<(), Faults> {
        let word = other.kind.word();
        match &self.test {
            Test::Equals(values) => match &other.kind {
                FieldType::YesNo => known(values, &YES_NO, "yes or no"),
                FieldType::Choice { options } | FieldType::Choices { options } => {
                    let codes: Vec<&str> = options.iter().map(|o| o.code.as_str()).collect();
                    known(values, &codes, "a code of its options")
                }
                _ => Err(Faults::one(
                    "equals",
                    format!("needs a yes-no or a choice, and {} is a {word}", other.name),
                )),
            },
            Test::Between { .. } => match word {
                TypeWord::Count | TypeWord::Quantity | TypeWord::Percentage | TypeWord::Money => {
                    Ok(())
                }
                _ => Err(Faults::one(
                    "min",
                    format!("and max need a number, and {} is a {word}", other.name),
                )),
            },
        }
    }
}

fn known(values: &BTreeSet<String>, known: &[&str], expected: &str) -> Result<(), Faults> {
    let mut faults = Faults::new();
    for value in values {
        if !known.contains(&value.as_str()) {
            faults.add("equals", format!("{} is not {expected}", shown(value)));
        }
    }
    faults.into_result()
}

/// As people read it: `Q4 is yes`, `beds is 5 or more`.
impl fmt::Display for OnlyIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is ", self.field)?;
        match &self.test {
            Test::Equals(values) => {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                f.write_str(&values.join(" or "))
            }
            Test::Between {
                min: Some(min),
                max: Some(max),
            } => write!(f, "{min} to {max}"),
            Test::Between { min: Some(min), .. } => write!(f, "{min} or more"),
            Test::Between { max, .. } => write!(f, "{} or less", max.unwrap_or(Decimal::ZERO)),
        }
    }
}
