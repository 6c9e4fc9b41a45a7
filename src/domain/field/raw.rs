//! A field as it comes over the wire, nothing checked yet.
//!
//! This is the JSON shape of a field: flat, every member optional but `label`, `type` and `timing`.
//! It is also how a checked field is written down, so its members are never renamed or removed.

use serde::{Deserialize, Deserializer, Serialize};

use super::only_if::RawOnlyIf;
use crate::domain::field_type::ChoiceOption;

/// A field as submitted. Which values are allowed is said at the members of
/// [`Field`](super::Field).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawField {
    /// The requester's key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The wording.
    pub label: String,
    /// What counts and what does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// Help for whoever answers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guidance: String,
    /// A dictionary element's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// The heading under which it stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// Of which time it speaks.
    pub timing: String,
    /// What kind of answer it takes.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a blank is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// How strongly the home is bound to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compulsion: Option<String>,
    /// What may be done with what is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<String>,
    /// Oldest acceptable answer, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u32>,
    /// How carefully answers must be handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<String>,
    /// The moment of an as-at field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<String>,
    /// Which span relative to the ask's period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The unit's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Digits after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
    /// Least number accepted.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub min: Option<String>,
    /// Greatest number accepted.
    #[serde(
        default,
        deserialize_with = "text_or_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub max: Option<String>,
    /// Dimension ids by which the number is broken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Vec<String>>,
    /// Earliest date accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<String>,
    /// Latest date accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Longest text accepted, in code points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// One line or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
    /// What may be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<ChoiceOption>>,
    /// Service types: only homes with one of them are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applies_to: Vec<String>,
    /// On which answer to another field it is put at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<RawOnlyIf>,
}

impl RawField {
    /// The members set that only some types have, by name.
    #[must_use]
    pub fn type_members(&self) -> Vec<&'static str> {
        [
            ("unit", self.unit.is_some()),
            ("decimals", self.decimals.is_some()),
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("breakdown", self.breakdown.is_some()),
            ("earliest", self.earliest.is_some()),
            ("latest", self.latest.is_some()),
            ("max_length", self.max_length.is_some()),
            ("lines", self.lines.is_some()),
            ("options", self.options.is_some()),
        ]
        .into_iter()
        .filter_map(|(member, is_set)| is_set.then_some(member))
        .collect()
    }
}

/// Reads a bound as a text, or as a JSON number, which people write by hand.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a number, as a text or as such")]
    enum Bound {
        Text(String),
        Number(serde_json::Number),
    }
    Ok(match Option::<Bound>::deserialize(deserializer)? {
        None => None,
        Some(Bound::Text(text)) => Some(text),
        Some(Bound::Number(number)) => Some(number.to_string()),
    })
}
