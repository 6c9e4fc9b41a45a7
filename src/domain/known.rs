//! What is already known of an entry that nobody has answered: worked out or carried over, never
//! asked twice.
//!
//! A pure view of what a home has said, of its entry in the register and of the dictionary. Only
//! answers that the home gave are sources: what was worked out before, and not looked at, is worked
//! out anew, so that it follows its sources and no order of events matters.

mod amount;
mod carried;
mod parts;
mod tiles;
mod web;
mod words;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use super::answer::{Answer, Said, Value};
use super::delivery::option_of;
use super::dictionary::{Dictionary, Element, Follows, OverTime};
use super::digest::QuestionId;
use super::estimate::Estimate;
use super::field_type::Timing;
use super::form::Sheets;
use super::home::Home;
use super::id::DimensionId;
use super::link::Links;
use super::reference::Reference;
use super::sheet::SheetAnswer;
use super::template::{Entry, EntryGrid, Input};
use super::text::normalise;
use super::unit::Unit;
use super::worked_out::{How, Source, WorkedOut};

use self::amount::Amount;

pub use self::amount::agree;
pub use self::web::Web;

/// A question of a reference, by the question that stands for all that are one with it.
pub type Asked = (QuestionId, Reference);

/// What there is to work with.
#[derive(Debug, Clone)]
pub struct Knowledge<'a> {
    /// What the home said.
    pub sheets: &'a Sheets,
    /// Which questions are one.
    pub links: &'a Links,
    /// How elements follow from one another.
    pub dictionary: &'a Dictionary,
    /// What the register says of the home.
    pub register: Register<'a>,
    /// What is to be answered anyway, with the dimensions by which it is broken down.
    pub asked: BTreeMap<Asked, BTreeSet<DimensionId>>,
    /// What goes without typing with whatever is sent next.
    pub settled: BTreeMap<Asked, Known>,
    /// The numbers of elements, once worked out.
    pub memo: Memo,
}

/// What was worked out on the way, by question and reference: much builds on the same numbers.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    /// The numbers of elements.
    amounts: RefCell<HashMap<Asked, Option<Amount>>>,
    /// The sums of shorter spans.
    sums: RefCell<HashMap<Asked, Option<Amount>>>,
}

/// What the register says.
#[derive(Debug, Clone, Copy)]
pub enum Register<'a> {
    /// This of a home.
    Of(&'a Home),
    /// Something of every fact that an element names, whatever it is: no one home is meant.
    EveryFact,
    /// Nothing.
    Nothing,
}

/// A value that nobody need type.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The value; none as long as something that it follows from is still to be answered.
    pub said: Option<Said>,
    /// The very date, where the reference is a window.
    pub on: Option<Date>,
    /// In which way it is known.
    pub how: How,
    /// From which answers.
    pub from: Vec<Source>,
    /// When the latest of them was given; none for what the register says.
    pub given_at: Option<Timestamp>,
    /// When the latest of those was given that speak of a time.
    pub dated_at: Option<Timestamp>,
    /// Whether it follows strictly. Else the home must look at it, whatever its askers allow.
    pub is_certain: bool,
    /// The number with the precision at which it is known.
    estimate: Option<Estimate>,
}

/// What an entry's demands say of what is known already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freshness {
    /// The oldest state that all of them take, in days; none for that of the very reference only.
    pub max_age_days: Option<u32>,
    /// What the form before speaks of where this one speaks of the entry's reference.
    pub before: Option<Reference>,
}

impl Known {
    /// As an answer to an entry that the home has not looked at; none while there is no value.
    #[must_use]
    pub fn answer(&self, entry: &Entry) -> Option<Answer> {
        Some(Answer {
            entry: entry.id,
            question: entry.question,
            reference: entry.reference,
            on: self.on,
            said: self.said.clone()?,
            worked_out: Some(self.worked_out()),
        })
    }

    /// How it is known, as it is kept.
    #[must_use]
    pub fn worked_out(&self) -> WorkedOut {
        WorkedOut {
            how: self.how,
            from: self.from.clone(),
            confirmed: false,
        }
    }

    /// Whether another value says the same, each as precisely as it is known.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (&self.estimate, &other.estimate) {
            (Some(own), Some(other)) => own.agrees(other),
            _ => match (&self.said, &other.said) {
                (Some(own), Some(other)) => agree(own, other, false),
                _ => true,
            },
        }
    }

    /// Whether what the home said is the same, each as precisely as it is known. A reason why there is
    /// no value contradicts nothing.
    #[must_use]
    pub fn says(&self, said: &Said, is_count: bool) -> bool {
        let (Said::Value(value), Some(own)) = (said, &self.said) else {
            return true;
        };
        match (&self.estimate, amount::of_value(value, is_count)) {
            (Some(own), Some(other)) => own.agrees(&other),
            _ => agree(own, said, is_count),
        }
    }

    /// A standing fact that was said long ago.
    #[must_use]
    pub fn standing(given: &SheetAnswer, entry: &Entry) -> Option<Self> {
        Self::carried(given, entry, None, How::Standing)
    }

    /// What was worked out and sent, and stands: others follow from it as it was sent.
    #[must_use]
    pub fn sent(known: &SheetAnswer, entry: &Entry) -> Option<Self> {
        let own = known.answer.worked_out.as_ref()?;
        let sent = Self::carried(known, entry, known.answer.on, own.how)?;
        Some(Self {
            from: own.from.clone(),
            is_certain: true,
            ..sent
        })
    }

    /// What will be known, once it is answered.
    fn awaited(how: How) -> Self {
        Self {
            said: None,
            on: None,
            how,
            from: Vec::new(),
            given_at: None,
            dated_at: None,
            is_certain: true,
            estimate: None,
        }
    }

    /// What was said of another day, as the entry takes it; none if it is no answer to it.
    fn carried(given: &SheetAnswer, entry: &Entry, on: Option<Date>, how: How) -> Option<Self> {
        let answer = &given.answer;
        let said = fitted(&answer.said, entry)?;
        let estimate = match &said {
            Said::Value(value) => amount::of_value(value, matches!(entry.input, Input::Count(_))),
            Said::Declined { .. } => None,
        };
        Some(Self {
            said: Some(said),
            on,
            how,
            from: vec![Source {
                question: answer.question,
                reference: answer.reference,
                on: answer.on,
            }],
            given_at: Some(given.given_at),
            dated_at: (answer.reference != Reference::Standing).then_some(given.given_at),
            is_certain: matches!(how, How::Earlier),
            estimate,
        })
    }
}

impl<'a> Knowledge<'a> {
    /// Everything that says what an entry asks, in the order in which it is to be believed: the
    /// register, what the entry's element follows from, shorter spans, states of another day. What
    /// waits for an answer comes after what does not.
    #[must_use]
    pub fn of(&self, entry: &Entry, freshness: Freshness) -> Vec<Known> {
        let element = self.element(entry);
        let mut all = Vec::new();
        if let Some(element) = element {
            all.extend(self.registered(element, entry));
            all.extend(self.following(element, entry));
        }
        all.extend(self.summed_up(element, entry));
        all.extend(self.earlier(entry, freshness.max_age_days));
        if all.is_empty() {
            all.extend(self.not_applicable(entry, freshness.before));
        }
        all.sort_by_key(|known| known.said.is_none());
        all
    }

    /// The answer that the home gave at a reference to a question or to one that is one with it.
    fn given(&self, question: &QuestionId, reference: &Reference) -> Option<&'a SheetAnswer> {
        let known = self.sheets.get(reference)?.answer(question, self.links)?;
        known.answer.is_given().then_some(known)
    }

    fn key(&self, question: &QuestionId, reference: Reference) -> Asked {
        (self.links.representative(question), reference)
    }

    fn element(&self, entry: &Entry) -> Option<&'a Element> {
        let element = self.dictionary.element(entry.element.as_ref()?)?;
        Some(element.as_ref())
    }

    fn registered(&self, element: &Element, entry: &Entry) -> Option<Known> {
        let (said, estimate) = match self.register {
            Register::Of(home) => {
                let fact = home.fact(element.register?)?;
                let is_count = matches!(entry.input, Input::Count(_));
                let estimate = amount::of_value(&fact, is_count);
                (Some(Said::Value(as_entered(fact, entry)?)), estimate)
            }
            Register::EveryFact => {
                element.register?;
                (None, None)
            }
            Register::Nothing => return None,
        };
        Some(Known {
            said,
            on: None,
            how: How::Register,
            from: Vec::new(),
            given_at: None,
            dated_at: None,
            is_certain: true,
            estimate,
        })
    }

    fn following(&self, element: &Element, entry: &Entry) -> Option<Known> {
        match element.follows.as_ref()? {
            Follows::Formula(formula) => {
                if entry.number().is_none_or(|number| !number.grids.is_empty()) {
                    return None;
                }
                let amount = self.by_formula(formula, entry.reference, 0)?;
                let said = match &amount.estimate {
                    Some(estimate) => Some(amount::said_of(entry, estimate)?),
                    None => None,
                };
                Some(amount.known(said, How::Formula, true))
            }
            Follows::Bands(bands) => {
                let of = self.dictionary.element(&bands.of)?;
                let amount = self.amount(of, entry.reference, 0)?;
                let said = match &amount.estimate {
                    Some(estimate) => {
                        let is_given = self.given(&of.question, &entry.reference).is_some();
                        let told = if is_given {
                            *estimate
                        } else {
                            as_told(of, estimate)?
                        };
                        let code = bands.option_for(&told)?;
                        Some(Said::Value(chosen(element, code, entry)?))
                    }
                    None => None,
                };
                let mut known = amount.known(said, How::Band, true);
                known.estimate = None;
                Some(known)
            }
        }
    }

    /// The sum of shorter spans, for what is a number of events. Of a question that is no element's
    /// nobody has said that its numbers add up, so that the home must look.
    fn summed_up(&self, element: Option<&Element>, entry: &Entry) -> Option<Known> {
        let is_certain = match element {
            Some(element) => element.over_time == Some(OverTime::Sum),
            None if !may_add_up(&entry.input) => return None,
            None => false,
        };
        let may = is_certain || element.is_none();
        if !may || entry.timing != Timing::During {
            return None;
        }
        let number = entry.number()?;
        let is_count = matches!(entry.input, Input::Count(_));
        let amount = self.summed(&entry.question, entry.reference, is_count)?;
        let said = match &amount.estimate {
            None => None,
            Some(_) if !number.grids.is_empty() => Some(self.summed_boxes(entry, number)?),
            Some(estimate) => Some(amount::said_of(entry, estimate)?),
        };
        Some(amount.known(said, How::Sum, is_certain))
    }
}

/// Whether numbers of this kind may add up: shares and ratios do not, nor do posts.
fn may_add_up(input: &Input) -> bool {
    match input {
        Input::Count(_) | Input::Money(_) => true,
        Input::Quantity(number) => {
            let unit = number.unit.as_ref().map(|unit| unit.value);
            !matches!(unit, None | Some(Unit::One | Unit::WholeTimeEquivalent))
        }
        _ => false,
    }
}

/// A number as it is told where its element is asked: what follows from a rounded number follows from
/// it as it was sent.
fn as_told(element: &Element, estimate: &Estimate) -> Option<Estimate> {
    let kind = &element.field.kind;
    let told = estimate.told(kind.unit(), kind.decimals().unwrap_or(0))?;
    Estimate::exact(told.value, kind.unit())
}

/// What was said on another form, as this entry takes it; none if it is no answer to it.
fn fitted(said: &Said, entry: &Entry) -> Option<Said> {
    match said {
        Said::Value(Value::Options(keys)) => {
            let here = keys
                .iter()
                .map(|key| Some(option_of(entry, key)?.key.clone()));
            let here: Option<BTreeSet<String>> = here.collect();
            Some(Said::Value(Value::Options(here?)))
        }
        Said::Value(Value::Number(number)) => {
            let has = |wanted: &EntryGrid| {
                let own = || wanted.dimensions.iter().map(|dimension| &dimension.id);
                number
                    .grids
                    .iter()
                    .any(|grid| grid.dimensions.iter().eq(own()))
            };
            let mut wanted = entry.number()?.grids.iter();
            wanted.all(has).then(|| said.clone())
        }
        _ => Some(said.clone()),
    }
}

/// What the register says, as the entry takes it.
fn as_entered(fact: Value, entry: &Entry) -> Option<Value> {
    match (&entry.input, fact) {
        (Input::Text { .. }, Value::Text(text)) => Some(Value::Text(text)),
        (Input::Count(_), Value::Number(number)) => Some(Value::Number(number)),
        (Input::Choices { .. }, Value::Options(labels)) => {
            let keys = labels.iter().map(|label| option_key(label, entry));
            keys.collect::<Option<BTreeSet<_>>>().map(Value::Options)
        }
        _ => None,
    }
}

/// The option of a code of an element, as the entry takes it.
fn chosen(element: &Element, code: &str, entry: &Entry) -> Option<Value> {
    let options = element.field.kind.options();
    let label = &options.iter().find(|option| option.code == code)?.label;
    Some(Value::Options(BTreeSet::from([option_key(label, entry)?])))
}

fn option_key(label: &str, entry: &Entry) -> Option<String> {
    let label = normalise(label).ok()?;
    Some(option_of(entry, &label)?.key.clone())
}
