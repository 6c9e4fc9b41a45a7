//! A field: one item of an ask, in the requester's own words, name, unit, codes and limits.
//!
//! A [`Field`] is well formed by itself: every member is within its bounds, belongs to the type and
//! the timing, and its texts can be normalised. What it is checked against elsewhere (the
//! dictionary, the other fields of its ask) is not known here. Written down, it is a [`RawField`],
//! and reads back the same.

mod joinable;
mod only_if;
mod raw;
mod shared;
mod wording;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::fault::Faults;
use crate::domain::field_type::{
    Compulsion, FieldType, Moment, ReferenceRule, Reuse, Sensitivity, Timing,
};
use crate::domain::id::{ElementId, FieldName, shown};
use crate::domain::limits::{
    DEFINITION_CHARS_MAX, GUIDANCE_CHARS_MAX, HOME_TEXT_CHARS_MAX, LABEL_CHARS_MAX,
    MAX_AGE_DAYS_MAX, SERVICES_PER_HOME_MAX, TOPIC_CHARS_MAX,
};
use crate::domain::text::{normalise, normalise_optional};

pub use self::only_if::{OnlyIf, RawOnlyIf, Test};
pub use self::raw::RawField;
pub use self::shared::SharedField;

/// One item of an ask, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawField")]
pub struct Field {
    /// The requester's key, kept verbatim.
    pub name: FieldName,
    /// The wording.
    pub label: String,
    /// What counts and what does not: part of the meaning. Blank beside an element.
    pub definition: String,
    /// Help for whoever answers: no part of the meaning.
    pub guidance: String,
    /// The dictionary's entry for what is asked, if the requester names one.
    pub element: Option<ElementId>,
    /// The heading under which the requester puts it.
    pub topic: String,
    /// Of which time it speaks: part of the meaning.
    pub timing: Timing,
    /// What kind of answer it takes, with its limits.
    pub kind: FieldType,
    /// Whether a blank is refused.
    pub required: bool,
    /// How strongly the home is bound to answer.
    pub compulsion: Compulsion,
    /// What may be done with what is already known.
    pub reuse: Reuse,
    /// Oldest acceptable answer, in days; as-at only. Unset: of this reference only.
    pub max_age_days: Option<u32>,
    /// The moment of which it speaks; meaningful for as-at only.
    pub moment: Moment,
    /// How carefully answers must be handled.
    pub sensitivity: Sensitivity,
    /// Of which span, relative to the ask's period, it speaks.
    pub reference: ReferenceRule,
    /// The service types of the homes that it is asked of, normalised; empty for every home.
    pub applies_to: BTreeSet<String>,
    /// On which answer to another field of its ask it is put at all.
    pub only_if: Option<OnlyIf>,
}

impl Field {
    /// Checks a submitted field.
    ///
    /// # Errors
    /// Every fault, by path within the field.
    pub fn parse(raw: RawField) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let name = raw.name.parse();
        let name = name.map_err(|error| faults.add("name", format!("{error}")));
        let rest = Self::parse_unnamed(RawField {
            name: String::new(),
            ..raw
        });
        match (name, faults.take("", rest)) {
            (Ok(name), Some(rest)) => Ok(Self { name, ..rest }),
            _ => Err(faults),
        }
    }

    /// Checks a submitted field that needs no name, giving it a stand-in; a name that it does
    /// have is not looked at.
    ///
    /// # Errors
    /// Every fault, by path within the field.
    pub fn parse_unnamed(raw: RawField) -> Result<Self, Faults> {
        let mut checker = Checker::default();
        checker.check_texts(&raw);
        let element = checker.word("element", raw.element.as_deref());
        let timing = checker.word::<Timing>("timing", Some(&raw.timing));
        let kind = checker.faults.take("", FieldType::parse(&raw));
        let compulsion = checker.word("compulsion", raw.compulsion.as_deref());
        let reuse = checker.word("reuse", raw.reuse.as_deref());
        let sensitivity = checker.word("sensitivity", raw.sensitivity.as_deref());
        let moment = checker.word("moment", raw.moment.as_deref());
        let reference = checker.word("reference", raw.reference.as_deref());
        let reference: ReferenceRule = reference.unwrap_or_default();
        if let Some(timing) = timing {
            checker.check_timing(timing, &raw, reference);
        }
        let applies_to = checker.services(&raw.applies_to);
        let only_if = raw.only_if.clone().map(OnlyIf::parse).transpose();
        let only_if = checker.faults.take("only_if", only_if).flatten();
        // Each of these is missing only if its fault was noted.
        let (Some(timing), Some(kind), true) = (timing, kind, checker.faults.is_empty()) else {
            return Err(checker.faults);
        };
        Ok(Self {
            name: unnamed(),
            label: raw.label,
            definition: raw.definition,
            guidance: raw.guidance,
            element,
            topic: raw.topic,
            timing,
            kind,
            required: raw.required,
            compulsion: compulsion.unwrap_or_default(),
            reuse: reuse.unwrap_or_default(),
            max_age_days: raw.max_age_days,
            moment: moment.unwrap_or_default(),
            sensitivity: sensitivity.unwrap_or_default(),
            reference,
            applies_to,
            only_if,
        })
    }

    /// Whether it is asked of a home with these services, normalised.
    #[must_use]
    pub fn is_of(&self, services: &BTreeSet<String>) -> bool {
        self.applies_to.is_empty() || !self.applies_to.is_disjoint(services)
    }

    /// The field as it would be submitted, defaults left out.
    #[must_use]
    pub fn to_raw(&self) -> RawField {
        let mut raw = RawField {
            name: self.name.to_string(),
            label: self.label.clone(),
            definition: self.definition.clone(),
            guidance: self.guidance.clone(),
            element: self.element.as_ref().map(ToString::to_string),
            topic: self.topic.clone(),
            timing: self.timing.to_string(),
            required: self.required,
            compulsion: unless_default(self.compulsion),
            reuse: unless_default(self.reuse),
            max_age_days: self.max_age_days,
            sensitivity: unless_default(self.sensitivity),
            moment: unless_default(self.moment),
            reference: unless_default(self.reference),
            applies_to: self.applies_to.iter().cloned().collect(),
            only_if: self.only_if.as_ref().map(OnlyIf::to_raw),
            ..RawField::default()
        };
        self.kind.write_to(&mut raw);
        raw
    }
}

impl TryFrom<RawField> for Field {
    type Error = Faults;

    fn try_from(raw: RawField) -> Result<Self, Faults> {
        Self::parse(raw)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_raw().serialize(serializer)
    }
}

/// Reads a date written `YYYY-MM-DD` and in no other way.
///
/// # Errors
/// What was expected.
pub fn parse_date(text: &str) -> Result<Date, String> {
    // The parser also reads other ISO 8601 shapes; equal dates must be written alike.
    let date = text.parse::<Date>().ok();
    date.filter(|date| text.len() == 10 && date.to_string() == text)
        .ok_or_else(|| format!("{} is not a date: expected YYYY-MM-DD", shown(text)))
}

/// The name that stands in where a field needs none, as in a dictionary.
fn unnamed() -> FieldName {
    "unnamed"
        .parse()
        .expect("the stand-in is short, printable and not blank")
}

fn unless_default<T: Copy + Default + PartialEq + Display>(value: T) -> Option<String> {
    (value != T::default()).then(|| value.to_string())
}

/// Checks the members of one submitted field, noting every fault.
#[derive(Default)]
struct Checker {
    faults: Faults,
}

impl Checker {
    /// A member as the word it should be; a fault, and `None`, if it is none.
    fn word<T: FromStr<Err: Display>>(&mut self, member: &str, text: Option<&str>) -> Option<T> {
        text?
            .parse()
            .map_err(|error| self.faults.add(member, format!("{error}")))
            .ok()
    }

    /// Service types, normalised as the services of homes are to be compared with them.
    fn services(&mut self, named: &[String]) -> BTreeSet<String> {
        if named.len() > SERVICES_PER_HOME_MAX {
            let message = format!("are more than {SERVICES_PER_HOME_MAX}");
            self.faults.add("applies_to", message);
            return BTreeSet::new();
        }
        let mut services = BTreeSet::new();
        for (position, text) in named.iter().enumerate() {
            let path = format!("applies_to[{position}]");
            if !self.is_short(&path, text, HOME_TEXT_CHARS_MAX) {
                continue;
            }
            match normalise(text) {
                Ok(service) => {
                    if !services.insert(service) {
                        self.faults.add(path, "is given twice");
                    }
                }
                Err(error) => self.faults.add(path, error.to_string()),
            }
        }
        services
    }

    fn check_texts(&mut self, raw: &RawField) {
        if self.is_short("label", &raw.label, LABEL_CHARS_MAX)
            && let Err(error) = normalise(&raw.label)
        {
            self.faults.add("label", error.to_string());
        }
        if self.is_short("definition", &raw.definition, DEFINITION_CHARS_MAX) {
            self.check_definition(raw);
        }
        self.is_short("guidance", &raw.guidance, GUIDANCE_CHARS_MAX);
        self.is_short("topic", &raw.topic, TOPIC_CHARS_MAX);
    }

    fn check_definition(&mut self, raw: &RawField) {
        match normalise_optional(&raw.definition) {
            Ok(Some(_)) if raw.element.is_some() => self.faults.add(
                "definition",
                "an element brings its own definition: leave this empty or name no element",
            ),
            Ok(_) => {}
            Err(error) => self.faults.add("definition", error.to_string()),
        }
    }

    fn is_short(&mut self, member: &str, text: &str, chars_max: usize) -> bool {
        // A text of so few bytes cannot have more characters; most are.
        let is_short = text.len() <= chars_max || text.chars().count() <= chars_max;
        if !is_short {
            let message = format!("too long: expected at most {chars_max} characters");
            self.faults.add(member, message);
        }
        is_short
    }

    /// Members that only make sense for some timings.
    fn check_timing(&mut self, timing: Timing, raw: &RawField, reference: ReferenceRule) {
        if let Some(days) = raw.max_age_days
            && !(1..=MAX_AGE_DAYS_MAX).contains(&days)
        {
            let message = format!("{days} days: expected 1 to {MAX_AGE_DAYS_MAX}");
            self.faults.add("max_age_days", message);
        }
        if timing == Timing::AsAt {
            return;
        }
        let strangers = [
            ("max_age_days", raw.max_age_days.is_some()),
            ("moment", raw.moment.is_some()),
        ];
        for (member, is_set) in strangers {
            if is_set {
                let message = format!("only an as-at field takes {member}, not one {timing}");
                self.faults.add(member, message);
            }
        }
        if reference.at.is_some() {
            let message = format!("only an as-at field takes a clock time, not one {timing}");
            self.faults.add("reference", message);
        }
        if timing == Timing::Standing && !reference.is_same() {
            let message = "a standing fact belongs to no span: expected same, or nothing";
            self.faults.add("reference", message);
        }
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests;
