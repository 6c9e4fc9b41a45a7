//! The data dictionary: governed concepts, each with its plain wording, type and dimensions.
//!
//! A dictionary is a value: adopted whole, identified by the digest of its content, never changed
//! in place. Its order (topics, then elements within the file) is the order of the form.

mod follows;
mod governance;
mod reader;
mod version;
mod wordings;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::digest::{Digest, QuestionId, derive};
use super::fault::Faults;
use super::field::Field;
use super::field_type::{ChoiceOption, FieldType, Timing};
use super::home::RegisterFact;
use super::id::{DimensionId, ElementId, shown};
use super::limits::{BOXES_PER_GRID_MAX, ELEMENTS_MAX};
use super::link::Links;

pub use self::follows::Follows;
pub use self::governance::{
    ElementApproved, ElementChange, ElementProposed, ElementRetired, Retirement,
};
pub use self::version::{ElementVersion, Said, VersionCause, versions};

const DIGEST_CONTEXT: &str = "askonce 2026-11-21 dictionary v1";
const STARTER: &str = include_str!("dictionary/starter.json");

/// A dictionary file as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDictionary {
    /// Edition, in the words of whoever keeps it.
    pub version: String,
    /// Topics in the order of the form.
    pub topics: Vec<Topic>,
    /// Dimensions by which numbers may be broken down.
    pub dimensions: Vec<Dimension>,
    /// Elements in the order of the form within their topic.
    pub elements: Vec<RawElement>,
}

/// A part of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Id, such as `beds`.
    pub id: String,
    /// Heading, such as `Beds and occupancy`.
    pub label: String,
}

/// An exclusive and exhaustive way to break a number down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Id, such as `job_role`.
    pub id: DimensionId,
    /// Heading, such as `Job role`.
    pub label: String,
    /// What the codes divide, and how.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// The code list.
    pub codes: Vec<DimensionCode>,
}

/// One code of a dimension, with the days on which it is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionCode {
    /// The code.
    pub code: String,
    /// What it means.
    pub label: String,
    /// First day in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Dimension {
    /// The codes in use on a day.
    pub fn codes_on(&self, day: Date) -> impl Iterator<Item = &DimensionCode> {
        self.codes.iter().filter(move |code| {
            code.from.is_none_or(|from| from <= day) && code.until.is_none_or(|until| day <= until)
        })
    }
}

/// An element as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawElement {
    /// Id, such as `beds.occupied`.
    pub id: String,
    /// The question in plain English.
    pub label: String,
    /// What counts and what does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// Type word, as of a field.
    #[serde(rename = "type")]
    pub kind: String,
    /// Timing, as of a field.
    pub timing: String,
    /// The topic's id.
    pub topic: String,
    /// UCUM code of the unit of entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Decimals of entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
    /// Options of a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<ChoiceOption>>,
    /// `multi` for a text of several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
    /// Sensitivity, as of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<String>,
    /// Whom a number counts: `residents` makes small numbers unfit to publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<Population>,
    /// Dimensions by which it is usually broken down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<DimensionId>,
    /// How a number follows from other elements, such as `beds.max - beds.occupied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// How a choice follows from a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<RawBands>,
    /// What of a home's entry in the register says it, so that no home is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<RegisterFact>,
    /// How a number of a span follows from those of shorter spans that make it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_time: Option<OverTime>,
    /// The same in the words of different bodies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Since when it is retired: no new ask may name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retirement>,
}

/// How a choice follows from a number: each option begins where the one before ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBands {
    /// The element whose number decides; in its unit the options begin.
    pub of: String,
    /// The options in the order of the numbers.
    pub steps: Vec<RawBand>,
}

/// One option of [`RawBands`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBand {
    /// The option's code.
    pub option: String,
    /// The least number that it takes; none, of the first only, where it takes any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Decimal>,
}

/// How a number of a span follows from those of shorter spans that make it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverTime {
    /// It is their sum: what happened in one was not what happened in another.
    Sum,
}

/// Whom a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Population {
    /// People who live in the home.
    Residents,
    /// People who work in it.
    Staff,
}

/// An element, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Id.
    pub id: ElementId,
    /// The question that any field naming it means.
    pub question: QuestionId,
    /// Wording, definition, type, timing and topic, in the shape of a field.
    pub field: Field,
    /// Whom it counts.
    pub population: Option<Population>,
    /// Usual dimensions.
    pub dimensions: Vec<DimensionId>,
    /// How it follows from other elements.
    pub follows: Option<Follows>,
    /// What of a home's entry in the register says it.
    pub register: Option<RegisterFact>,
    /// How a span's number follows from those of shorter spans.
    pub over_time: Option<OverTime>,
    /// The same in the words of different bodies.
    pub aliases: Vec<String>,
    /// Place in the form: topic, then place in the file.
    pub rank: (usize, usize),
    /// Since when it is retired; none while it is in force.
    pub retired: Option<Retirement>,
}

/// The dictionary, checked and indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    raw: RawDictionary,
    elements: BTreeMap<ElementId, Arc<Element>>,
    by_question: HashMap<QuestionId, ElementId>,
    digest: Digest,
}

impl Dictionary {
    /// The dictionary that the program brings.
    #[must_use]
    pub fn starter() -> Arc<Self> {
        static PARSED: LazyLock<Arc<Dictionary>> = LazyLock::new(|| {
            let raw = serde_json::from_str(STARTER);
            let raw = raw.expect("the starter dictionary is part of the program and tested");
            let parsed = Dictionary::parse(raw);
            Arc::new(parsed.expect("the starter dictionary is part of the program and tested"))
        });
        PARSED.clone()
    }

    /// A dictionary without entries: every field then stands for itself.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            raw: RawDictionary {
                version: "empty".into(),
                topics: Vec::new(),
                dimensions: Vec::new(),
                elements: Vec::new(),
            },
            elements: BTreeMap::new(),
            by_question: HashMap::new(),
            digest: derive(DIGEST_CONTEXT, b"empty"),
        }
    }

    /// Checks and indexes a dictionary.
    ///
    /// # Errors
    /// Every fault of every topic, dimension and element, by path.
    pub fn parse(raw: RawDictionary) -> Result<Self, Faults> {
        Self::parse_changed(raw, None)
    }

    /// As [`Self::parse`], of a dictionary that differs from one in the element at a place at most:
    /// the others are not read again, and what elements are wrong together is told of that one, if it
    /// is one of them.
    fn parse_changed(
        raw: RawDictionary,
        changed: Option<(&Dictionary, usize)>,
    ) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        reader::check_dimensions(&raw, &mut faults);
        if raw.elements.len() > ELEMENTS_MAX {
            faults.add("elements", format!("are more than {ELEMENTS_MAX}"));
        }
        let topics: HashMap<&str, usize> = raw
            .topics
            .iter()
            .enumerate()
            .map(|(rank, topic)| (topic.id.as_str(), rank))
            .collect();
        let mut elements = BTreeMap::new();
        let mut by_question = HashMap::new();
        for (position, row) in raw.elements.iter().enumerate() {
            let prefix = format!("elements[{position}]");
            let known = changed.filter(|(_, place)| *place != position);
            let known = known.and_then(|(before, _)| before.as_read(row, position));
            let parsed = match known {
                Some(known) => Ok(known),
                None => reader::parse_element(row, position, &topics),
            };
            let Some(element) = faults.take(&prefix, parsed) else {
                continue;
            };
            by_question.insert(element.question, element.id.clone());
            let id = element.id.clone();
            if elements.insert(id, element).is_some() {
                let message = format!("{} is given twice", shown(&row.id));
                faults.add(format!("{prefix}.id"), message);
            }
        }
        let changed = changed.map(|(_, place)| place);
        follows::check(&raw, &mut elements, changed, &mut faults);
        faults.into_result()?;
        let elements = elements.into_iter();
        let bytes = serde_json_canonicalizer::to_vec(&raw)
            .map_err(|error| Faults::one("", error.to_string()))?;
        Ok(Self {
            raw,
            elements: elements
                .map(|(id, element)| (id, Arc::new(element)))
                .collect(),
            by_question,
            digest: derive(DIGEST_CONTEXT, &bytes),
        })
    }

    /// The element of a row as it was read by itself, if the row stands here at this place.
    fn as_read(&self, row: &RawElement, position: usize) -> Option<Element> {
        if self.raw.elements.get(position)? != row {
            return None;
        }
        let known = self.element(&row.id.parse().ok()?)?;
        Some(Element {
            follows: None,
            ..Element::clone(known)
        })
    }

    /// The dictionary as written.
    #[must_use]
    pub fn raw(&self) -> &RawDictionary {
        &self.raw
    }

    /// Digest of the whole content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// An element by id.
    #[must_use]
    pub fn element(&self, id: &ElementId) -> Option<&Arc<Element>> {
        self.elements.get(id)
    }

    /// The element whose question this is.
    #[must_use]
    pub fn element_of(&self, question: &QuestionId) -> Option<&Arc<Element>> {
        self.element(self.by_question.get(question)?)
    }

    /// The element of a question or of one that is one with it by decision; the least by id where
    /// several were joined, those that are retired last.
    #[must_use]
    pub fn element_among(&self, question: &QuestionId, links: &Links) -> Option<&Arc<Element>> {
        let members = links.members(question);
        let elements = members.iter().filter_map(|member| self.element_of(member));
        elements.min_by_key(|own| (own.retired.is_some(), &own.id))
    }

    /// Every element, by id.
    pub fn elements(&self) -> impl Iterator<Item = &Arc<Element>> {
        self.elements.values()
    }

    /// A dimension by id.
    #[must_use]
    pub fn dimension(&self, id: &DimensionId) -> Option<&Dimension> {
        self.raw.dimensions.iter().find(|d| d.id == *id)
    }

    /// The topic that a text names by id or heading, with its place in the form.
    #[must_use]
    pub fn topic(&self, text: &str) -> Option<(usize, &Topic)> {
        let named = |topic: &Topic| topic.id == text || topic.label.eq_ignore_ascii_case(text);
        let mut topics = self.raw.topics.iter().enumerate();
        topics.find(|(_, topic)| named(topic))
    }

    /// Checks a field against what it names here: its element, its dimensions.
    ///
    /// # Errors
    /// Every conflict, by path within the field.
    pub fn check(&self, field: &Field) -> Result<(), Faults> {
        let mut faults = Faults::new();
        for (position, id) in field.kind.breakdown().iter().enumerate() {
            if self.dimension(id).is_none() {
                let path = format!("breakdown[{position}]");
                faults.add(path, format!("{id} is not a dimension of the dictionary"));
            }
        }
        let dimensions = field.kind.breakdown().iter();
        let boxes = dimensions
            .filter_map(|id| Some(self.dimension(id)?.codes.len()))
            .try_fold(1usize, usize::checked_mul);
        if boxes.is_none_or(|boxes| boxes > BOXES_PER_GRID_MAX) {
            let message = format!("makes more than {BOXES_PER_GRID_MAX} boxes");
            faults.add("breakdown", message);
        }
        if let Some(id) = &field.element {
            match self.element(id) {
                None => faults.add(
                    "element",
                    format!("{} is not an element of the dictionary", shown(id.as_str())),
                ),
                Some(element) => element.check(field, &mut faults),
            }
        }
        faults.into_result()
    }
}

impl Element {
    /// The element's timing.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.field.timing
    }

    fn check(&self, field: &Field, faults: &mut Faults) {
        let id = &self.id;
        if let Some(retired) = &self.retired {
            let instead = retired.successor.as_ref();
            let instead = instead.map_or_else(String::new, |other| format!("; use {other}"));
            let message = format!("{id} is retired since {}{instead}", retired.on);
            faults.add("element", message);
        }
        let (own, given) = (&self.field.kind, &field.kind);
        if own.word() != given.word() {
            let message = format!("{id} is a {}, not a {}", own.word(), given.word());
            faults.add("type", message);
        } else if own.dimension() != given.dimension() {
            let code = |kind: &FieldType| kind.dimension().map_or("none", |d| d.base_code());
            let message = format!("{id} is measured in {}, not {}", code(own), code(given));
            faults.add("unit", message);
        }
        if self.field.timing != field.timing {
            let message = format!("{id} is {}, not {}", self.field.timing, field.timing);
            faults.add("timing", message);
        }
    }
}

#[cfg(test)]
mod starter;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_starter_dictionary_is_well_formed_and_covers_the_field() {
        let starter = Dictionary::starter();
        assert!(starter.elements().count() >= 120);
        let labels: BTreeSet<_> = starter.elements().map(|e| &e.field.label).collect();
        assert_eq!(labels.len(), starter.elements().count());
        for element in starter.elements() {
            let found = starter.element_of(&element.question);
            assert_eq!(found.map(|e| &e.id), Some(&element.id));
        }
    }

    #[test]
    fn every_fault_of_a_dictionary_is_named() {
        let raw: RawDictionary = serde_json::from_str(
            r#"{"version":"1","topics":[{"id":"beds","label":"Beds"}],"dimensions":[],
            "elements":[
              {"id":"Beds","label":"?","type":"count","timing":"as-at","topic":"x"},
              {"id":"beds.max","label":"Beds","type":"count","timing":"as-at","topic":"beds",
               "dimensions":["shift"]},
              {"id":"beds.max","label":"Beds","type":"count","timing":"as-at","topic":"beds"}]}"#,
        )
        .unwrap();
        let faults = Dictionary::parse(raw).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "elements[1].dimensions",
                "elements[0].id",
                "elements[0].topic",
                "elements[0].label",
                "elements[2].id"
            ]
        );
    }
}
