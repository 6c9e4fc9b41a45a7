//! A template: the merged view of a set of demands, the same for every home with the same asks.
//!
//! Merging is the union of sets of demands; a template is a pure view of that set, so it is
//! order-free, idempotent and associative by construction, and byte-identical wherever it is
//! computed. Every merged attribute says from which demands it came.

mod bearing;
mod key;
mod merge;
mod number;
mod options;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::bearing::{Bearing, bearings, entries_of};
pub use self::key::{EntryId, TemplateKey};
pub use self::merge::{Put, puts};

use super::ask::{SharedAsk, basis_of};
use super::decimal::Decimal;
use super::dictionary::{Dictionary, Population};
use super::digest::{Digest, QuestionId, derive};
use super::field::SharedField;
use super::field_type::{Lines, Sensitivity, Timing};
use super::id::{AskName, DimensionId, ElementId};
use super::link::Links;
use super::period::Period;
use super::reference::Reference;
use super::unit::Unit;
use super::window::Window;

const DIGEST_CONTEXT: &str = "askonce 2026-11-21 template v1";

/// One field of one ask seen from its question: who wants it, in which shape. Of which reference,
/// its entry says; by when, its ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// The ask.
    pub ask: AskName,
    /// What the field means.
    pub question: QuestionId,
    /// The field as submitted: the contract that deliveries follow.
    pub field: SharedField,
}

/// An attribute of an entry with the demands that it came from, by place; none for what the
/// dictionary says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The attribute.
    pub value: T,
    /// Places in the entry's list of demands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<u32>,
}

/// One question of one reference, as the home sees it, with every demand that it serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Id: a hash of question and reference.
    pub id: EntryId,
    /// The question that answers are stored under: it stands for all that are one by decision.
    pub question: QuestionId,
    /// The questions that are one here by decision, itself among them; empty if it stands alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<QuestionId>,
    /// The dictionary's element, if one is among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<ElementId>,
    /// What an answer must speak of.
    pub reference: Reference,
    /// State, events over a span, or standing fact.
    pub timing: Timing,
    /// The question in words.
    pub wording: Sourced<String>,
    /// What counts and what does not; empty for nothing said.
    pub definition: Sourced<String>,
    /// Heading under which it stands.
    pub topic: Sourced<String>,
    /// Highest sensitivity of any demand.
    pub sensitivity: Sourced<Sensitivity>,
    /// Whom a number counts, where the dictionary says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<Population>,
    /// What may be entered.
    pub input: Input,
    /// Who wants it, ordered by ask and field name.
    pub demands: Vec<Demand>,
}

/// What may be entered for an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Input {
    /// A whole number of things.
    Count(NumberInput),
    /// A measured amount.
    Quantity(NumberInput),
    /// A share of a hundred.
    Percentage(NumberInput),
    /// An amount of money.
    Money(NumberInput),
    /// Yes or no.
    YesNo,
    /// A date.
    Date {
        /// The earliest that any demand takes; none if one takes any.
        earliest: Sourced<Option<jiff::civil::Date>>,
        /// The latest that any demand takes; none if one takes any.
        latest: Sourced<Option<jiff::civil::Date>>,
    },
    /// A text.
    Text {
        /// The longest that any demand takes, in code points.
        max_length: Sourced<u32>,
        /// Several lines if any demand takes them.
        lines: Sourced<Lines>,
    },
    /// One of these.
    Choice {
        /// The options, in order.
        options: Vec<EntryOption>,
    },
    /// Any of these.
    Choices {
        /// The options, in order.
        options: Vec<EntryOption>,
    },
}

/// What may be entered for a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberInput {
    /// The unit of entry; none for counts and percentages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Sourced<Unit>>,
    /// Further units in which it may be entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_units: Vec<Unit>,
    /// Decimals of entry, in the unit of entry.
    pub decimals: Sourced<u32>,
    /// The least that any demand takes, in the unit of entry; none if one takes any.
    pub min: Sourced<Option<Decimal>>,
    /// The most that any demand takes, in the unit of entry; none if one takes any.
    pub max: Sourced<Option<Decimal>>,
    /// Breakdowns asked for; a total is asked only where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grids: Vec<EntryGrid>,
}

/// A breakdown asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryGrid {
    /// Its dimensions, in order.
    pub dimensions: Vec<GridDimension>,
    /// Demands that want just this breakdown.
    pub from: Vec<u32>,
}

/// A dimension of a breakdown with the codes in use on the reference's last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridDimension {
    /// Id in the dictionary.
    pub id: DimensionId,
    /// Heading.
    pub label: String,
    /// Codes and what they mean.
    pub codes: Vec<GridCode>,
}

/// A code of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridCode {
    /// The code.
    pub code: String,
    /// What it means.
    pub label: String,
}

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryOption {
    /// What an answer names it by: the normalised label, numbered where others have it too.
    pub key: String,
    /// The label shown.
    pub label: String,
    /// Normalised labels that mean the same, the key among them.
    pub means: Vec<String>,
    /// Who accepts it, and under which label.
    pub accepted: Vec<Accepted>,
}

/// A demand that accepts an option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accepted {
    /// Place in the entry's list of demands.
    pub demand: u32,
    /// The demand's own label of the option, normalised.
    pub label: String,
}

/// An ask as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateAsk {
    /// Whose, and which.
    pub name: AskName,
    /// What the answers are for.
    pub purpose: String,
    /// By which right it asks.
    pub legal_basis: String,
    /// Whom a home may turn to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// What the home must know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notice: String,
    /// Reference of the sharing agreement or the data-protection impact assessment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agreement: String,
    /// Whether purpose or legal basis was ever another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rebased: bool,
    /// The system in which the home files it itself; empty where answers are sent to the ask.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filed_elsewhere: String,
    /// When answers are taken.
    pub window: Window,
}

/// What a template says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateBody {
    /// Version of this shape.
    pub v: u32,
    /// The period.
    pub period: Period,
    /// The asks, by name.
    pub asks: Vec<TemplateAsk>,
    /// The entries, in the order of the form.
    pub entries: Vec<Entry>,
}

/// A template with its bytes and their digest.
#[derive(Debug, Clone)]
pub struct Template {
    body: TemplateBody,
    bytes: Vec<u8>,
    digest: Digest,
}

impl Template {
    /// The view of the asks that are asked of a home for a period.
    ///
    /// Asks that are not asked for the period are left out, and fields that are asked only of homes
    /// of certain services.
    #[must_use]
    pub fn of(period: Period, asks: &[SharedAsk], dictionary: &Dictionary, links: &Links) -> Self {
        Self::for_services(period, asks, &BTreeSet::new(), dictionary, links)
    }

    /// As [`Template::of`], of a home with these services, normalised.
    #[must_use]
    pub fn for_services(
        period: Period,
        asks: &[SharedAsk],
        services: &BTreeSet<String>,
        dictionary: &Dictionary,
        links: &Links,
    ) -> Self {
        Self::from_body(merge::merge(period, asks, services, dictionary, links))
    }

    /// Reads a template back from its bytes.
    ///
    /// # Errors
    /// What is not the bytes of a template.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, serde_json::Error> {
        let body = serde_json::from_slice(&bytes)?;
        let digest = derive(DIGEST_CONTEXT, &bytes);
        Ok(Self {
            body,
            bytes,
            digest,
        })
    }

    fn from_body(body: TemplateBody) -> Self {
        let bytes = serde_json::to_vec(&body)
            .expect("a template is made of texts, numbers and lists, which JSON can hold");
        let digest = derive(DIGEST_CONTEXT, &bytes);
        Self {
            body,
            bytes,
            digest,
        }
    }

    /// What it says.
    #[must_use]
    pub fn body(&self) -> &TemplateBody {
        &self.body
    }

    /// The entries, in the order of the form.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.body.entries
    }

    /// An ask by name.
    #[must_use]
    pub fn ask(&self, ask: &AskName) -> Option<&TemplateAsk> {
        let asks = &self.body.asks;
        let place = asks.binary_search_by(|known| known.name.cmp(ask)).ok()?;
        Some(&asks[place])
    }

    /// When an ask takes answers.
    #[must_use]
    pub fn window(&self, ask: &AskName) -> Option<Window> {
        self.ask(ask).map(|ask| ask.window)
    }

    /// Whether the home files an ask itself, in another system: nothing is released to it.
    #[must_use]
    pub fn is_filed_elsewhere(&self, ask: &AskName) -> bool {
        self.ask(ask).is_some_and(TemplateAsk::is_filed_elsewhere)
    }

    /// An entry by id.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.body.entries.iter().find(|entry| entry.id == *id)
    }

    /// Its bytes: JSON with members in a fixed order.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Digest of its bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// How many fields the asks have between them for this period.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.body.entries.iter().map(|e| e.demands.len()).sum()
    }

    /// How many distinct questions there are; one asked of two references counts once.
    #[must_use]
    pub fn questions(&self) -> usize {
        let questions = self.body.entries.iter().map(|entry| entry.question);
        questions.collect::<std::collections::BTreeSet<_>>().len()
    }
}

impl TemplateAsk {
    /// The digest of purpose and legal basis, which a release is made for.
    #[must_use]
    pub fn basis(&self) -> Digest {
        basis_of(&self.purpose, &self.legal_basis)
    }

    /// Whether the home files it itself, in another system.
    #[must_use]
    pub fn is_filed_elsewhere(&self) -> bool {
        !self.filed_elsewhere.is_empty()
    }
}

impl Entry {
    /// The questions whose answers fill this entry.
    pub fn questions(&self) -> impl Iterator<Item = QuestionId> {
        let alone = self.members.is_empty().then_some(self.question);
        self.members.iter().copied().chain(alone)
    }

    /// Whether any demand requires it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.demands.iter().any(|demand| demand.field.required)
    }

    /// The demand of a field of an ask.
    #[must_use]
    pub fn demand(&self, ask: &AskName, field: &str) -> Option<&Demand> {
        let of = |d: &&Demand| d.ask == *ask && d.field.name.as_str() == field;
        self.demands.iter().find(of)
    }

    /// What may be entered, where it is a number.
    #[must_use]
    pub fn number(&self) -> Option<&NumberInput> {
        match &self.input {
            Input::Count(number)
            | Input::Quantity(number)
            | Input::Percentage(number)
            | Input::Money(number) => Some(number),
            _ => None,
        }
    }

    /// The options, where it is a choice.
    #[must_use]
    pub fn options(&self) -> &[EntryOption] {
        match &self.input {
            Input::Choice { options } | Input::Choices { options } => options,
            _ => &[],
        }
    }
}

impl EntryOption {
    /// What tells it from the others: its label; its key where others have the label too.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.means.contains(&self.key) {
            &self.label
        } else {
            &self.key
        }
    }
}

impl EntryGrid {
    /// Every box, as a code of each dimension, the first dimension changing slowest.
    #[must_use]
    pub fn boxes(&self) -> Vec<Vec<String>> {
        let mut boxes = vec![Vec::new()];
        for dimension in &self.dimensions {
            let longer = |codes: &Vec<String>| {
                let heads = dimension.codes.iter().map(|code| {
                    let mut codes = codes.clone();
                    codes.push(code.code.clone());
                    codes
                });
                heads.collect::<Vec<_>>()
            };
            boxes = boxes.iter().flat_map(longer).collect();
        }
        boxes
    }
}

impl Input {
    /// The type's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Count(_) => "count",
            Self::Quantity(_) => "quantity",
            Self::Percentage(_) => "percentage",
            Self::Money(_) => "money",
            Self::YesNo => "yes-no",
            Self::Date { .. } => "date",
            Self::Text { .. } => "text",
            Self::Choice { .. } => "choice",
            Self::Choices { .. } => "choices",
        }
    }
}
