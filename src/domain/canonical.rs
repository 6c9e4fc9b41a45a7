//! What a field means, as bytes: canonical JSON, question id and field digest.
//!
//! Everything here is a function of the field alone and frozen as version 1; `proto/CANONICAL.md`
//! is its published description. The JSON structs below list their members in code-point order and
//! hold only strings, whole numbers, booleans and nulls: written without white space, that is
//! canonical JSON (RFC 8785) already.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::domain::decimal::Decimal;
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::fault::Faults;
use crate::domain::field::{Field, OnlyIf, Test};
use crate::domain::field_type::{FieldType, Lines, Moment, ReferenceRule, Timing, TypeWord};
use crate::domain::id::{DimensionId, ElementId};
use crate::domain::text::{normalise, normalise_optional};
use crate::domain::unit::{Dimension, Unit};

/// The version of the canonical form.
const VERSION: u8 = 1;

/// What a field means, canonicalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The label, normalised, also where an element makes it irrelevant to the meaning.
    pub normalised: String,
    /// The meaning as canonical JSON.
    pub meaning: String,
    /// The id of the question: the meaning's hash.
    pub question: QuestionId,
    /// The digest of contract and meaning.
    pub field_digest: Digest,
}

/// The canonical form of a field.
///
/// # Errors
/// If the label, the definition or an option's label cannot be normalised: never of a field that
/// [`Field::parse`] returned and no one altered.
pub fn canonicalise(field: &Field) -> Result<Canonical, Faults> {
    let texts = Texts::of(field)?;
    let meaning = meaning_of(field, &texts);
    let json = to_json(&meaning);
    let field_digest = Digest::of_field(&to_json(&FieldJson {
        contract: contract_of(field, &texts),
        meaning,
        v: VERSION,
    }));
    Ok(Canonical {
        question: QuestionId::of_meaning(&json),
        meaning: json,
        field_digest,
        normalised: texts.label,
    })
}

/// The id of a dictionary element's own question: that of every field that names it.
///
/// The dimension counts for a quantity only and must then be given.
#[must_use]
pub fn element_question(
    element: &ElementId,
    word: TypeWord,
    timing: Timing,
    dimension: Option<Dimension>,
) -> QuestionId {
    let meaning = Meaning {
        concept: Concept::Element {
            element: element.as_str(),
        },
        timing,
        word,
        unit: dimension_code(word, dimension),
        v: VERSION,
    };
    QuestionId::of_meaning(&to_json(&meaning))
}

/// The texts of a field, normalised.
struct Texts {
    label: String,
    definition: Option<String>,
    /// Distinct option labels, sorted by code point; empty for a type without options.
    options: BTreeSet<String>,
}

impl Texts {
    fn of(field: &Field) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let mut noted = |path: String, error: &dyn ToString| faults.add(path, error.to_string());
        let label = normalise(&field.label).map_err(|error| noted("label".into(), &error));
        let definition = normalise_optional(&field.definition)
            .map_err(|error| noted("definition".into(), &error));
        let mut options = BTreeSet::new();
        for (position, option) in field.kind.options().iter().enumerate() {
            match normalise(&option.label) {
                Ok(text) => drop(options.insert(text)),
                Err(error) => noted(format!("options[{position}].label"), &error),
            }
        }
        if field.element.is_some() && matches!(definition, Ok(Some(_))) {
            noted("definition".into(), &"an element brings its own definition");
        }
        match (label, definition, faults.is_empty()) {
            (Ok(label), Ok(definition), true) => Ok(Self {
                label,
                definition,
                options,
            }),
            _ => Err(faults),
        }
    }
}

/// Which question a field asks. Members in code-point order.
#[derive(Serialize)]
struct Meaning<'a> {
    concept: Concept<'a>,
    #[serde(serialize_with = "as_text")]
    timing: Timing,
    #[serde(rename = "type")]
    word: TypeWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    v: u8,
}

/// What a question is about. Members in code-point order.
#[derive(Serialize)]
#[serde(untagged)]
enum Concept<'a> {
    Element {
        element: &'a str,
    },
    Words {
        #[serde(skip_serializing_if = "Option::is_none")]
        definition: Option<&'a str>,
        label: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        options: Option<&'a BTreeSet<String>>,
    },
}

/// What is hashed into a field digest. Members in code-point order.
#[derive(Serialize)]
struct FieldJson<'a> {
    contract: Contract<'a>,
    meaning: Meaning<'a>,
    v: u8,
}

/// How a field wants its question answered. Members in code-point order.
///
/// Each optional member is present for its types only; [`Nullable`] members are then null unless
/// set. A member added later must be left out unless set, so that older digests stand.
#[derive(Serialize)]
struct Contract<'a> {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    applies_to: &'a BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breakdown: Option<&'a BTreeSet<DimensionId>>,
    compulsion: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest: Option<Nullable<jiff::civil::Date>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<Nullable<jiff::civil::Date>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Lines>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Nullable<Decimal>>,
    max_age_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Nullable<Decimal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if: Option<Condition<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<&'a BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceRule>,
    required: bool,
    reuse: &'static str,
    sensitivity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
}

/// On which answer to another field it is put. Members in code-point order.
#[derive(Serialize)]
struct Condition<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    equals: Option<&'a BTreeSet<String>>,
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Decimal>,
}

/// A member that is written even when it is not set.
#[derive(Serialize)]
#[serde(transparent)]
struct Nullable<T>(Option<T>);

fn meaning_of<'a>(field: &'a Field, texts: &'a Texts) -> Meaning<'a> {
    let word = field.kind.word();
    let concept = match &field.element {
        Some(element) => Concept::Element {
            element: element.as_str(),
        },
        None => Concept::Words {
            definition: texts.definition.as_deref(),
            label: &texts.label,
            options: has_options(word).then_some(&texts.options),
        },
    };
    Meaning {
        concept,
        timing: field.timing,
        word,
        unit: dimension_code(word, field.kind.dimension()),
        v: VERSION,
    }
}

fn contract_of<'a>(field: &'a Field, texts: &'a Texts) -> Contract<'a> {
    let kind = &field.kind;
    let word = kind.word();
    let (min, max) = kind.bounds();
    let is_number = kind.decimals().is_some();
    let mut contract = Contract {
        applies_to: &field.applies_to,
        breakdown: None,
        compulsion: field.compulsion.as_str(),
        decimals: kind.decimals().filter(|_| word != TypeWord::Count),
        earliest: None,
        latest: None,
        lines: None,
        max: is_number.then_some(Nullable(max)),
        max_age_days: field.max_age_days,
        max_length: None,
        min: is_number.then_some(Nullable(min)),
        moment: (field.timing == Timing::AsAt).then_some(field.moment),
        only_if: field.only_if.as_ref().map(condition),
        options: has_options(word).then_some(&texts.options),
        reference: (!field.reference.is_same()).then_some(field.reference),
        required: field.required,
        reuse: field.reuse.as_str(),
        sensitivity: field.sensitivity.as_str(),
        unit: kind.unit(),
    };
    match kind {
        FieldType::Count { breakdown, .. }
        | FieldType::Quantity { breakdown, .. }
        | FieldType::Money { breakdown, .. } => contract.breakdown = Some(breakdown),
        FieldType::Date { earliest, latest } => {
            contract.earliest = Some(Nullable(*earliest));
            contract.latest = Some(Nullable(*latest));
        }
        FieldType::Text { max_length, lines } => {
            contract.max_length = Some(*max_length);
            contract.lines = Some(*lines);
        }
        FieldType::Percentage { .. }
        | FieldType::YesNo
        | FieldType::Choice { .. }
        | FieldType::Choices { .. } => {}
    }
    contract
}

fn condition(only_if: &OnlyIf) -> Condition<'_> {
    let (equals, min, max) = match &only_if.test {
        Test::Equals(values) => (Some(values), None, None),
        Test::Between { min, max } => (None, *min, *max),
    };
    Condition {
        equals,
        field: only_if.field.as_str(),
        max,
        min,
    }
}

fn has_options(word: TypeWord) -> bool {
    matches!(word, TypeWord::Choice | TypeWord::Choices)
}

/// Money needs no dimension beside its type: it has only the one.
fn dimension_code(word: TypeWord, dimension: Option<Dimension>) -> Option<&'static str> {
    let dimension = dimension.filter(|_| word == TypeWord::Quantity);
    dimension.map(Dimension::base_code)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands members over by reference"
)]
fn as_text<S: Serializer>(timing: &Timing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timing.text())
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .expect("members are strings, whole numbers, booleans and nulls, which always serialise")
}

#[cfg(test)]
mod tests;
