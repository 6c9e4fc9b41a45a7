//! Where a value comes from, in words for whoever answers.

use crate::domain::answer::{Answer, Said, Value};
use crate::domain::calendar::day_label;
use crate::domain::dictionary::Follows;
use crate::domain::digest::QuestionId;
use crate::domain::estimate::Estimate;
use crate::domain::formula::{Formula, Part};
use crate::domain::reference::Reference;
use crate::domain::template::{Entry, Template};
use crate::domain::worked_out::{How, Source, WorkedOut};

use super::Knowledge;

/// Most spans that are named one by one: a quarter's months, half a year's.
const SPANS_NAMED_MAX: usize = 6;

impl Knowledge<'_> {
    /// Where what an entry holds comes from.
    #[must_use]
    pub fn words(&self, entry: &Entry, answer: &Answer) -> String {
        let Some(own) = &answer.worked_out else {
            return String::new();
        };
        match own.how {
            How::Register => "From the home’s entry in the register.".to_owned(),
            How::Formula => self.formula_words(entry),
            How::Band => self.band_words(entry),
            How::Sum => self.sum_words(entry, own),
            How::Earlier => format!("What you said {}.", when(own.from.first())),
            How::Standing => "What you said more than a year ago.".to_owned(),
            How::NotApplicable => format!(
                "You said {} that it does not apply to the home.",
                when(own.from.first())
            ),
        }
    }

    /// Where what an entry will hold comes from, once that is answered.
    #[must_use]
    pub fn pending_words(&self, entry: &Entry) -> String {
        let Some(Follows::Formula(formula)) = self.element(entry).and_then(|e| e.follows.as_ref())
        else {
            return "Will follow from your other answers.".to_owned();
        };
        let parts = formula
            .parts()
            .iter()
            .map(|part| quoted(&self.part_label(part)));
        format!("Will be worked out from {}.", listed(parts.collect()))
    }

    /// The wording of a question: the dictionary's, else the form's own.
    #[must_use]
    pub fn wording(&self, question: &QuestionId, template: &Template) -> Option<String> {
        let element = self.dictionary.element_among(question, self.links);
        let of_element = element.map(|element| element.field.label.clone());
        of_element.or_else(|| {
            let members = self.links.members(question);
            let mut entries = template.entries().iter();
            let entry = entries.find(|entry| members.contains(&entry.question))?;
            Some(entry.wording.value.clone())
        })
    }

    fn formula_words(&self, entry: &Entry) -> String {
        let Some(Follows::Formula(formula)) = self.element(entry).and_then(|e| e.follows.as_ref())
        else {
            return "Worked out from your other answers.".to_owned();
        };
        let part = |part: &Part| {
            let label = quoted(&self.part_label(part));
            let value = self.part_value(part, entry.reference);
            value.map_or(label.clone(), |value| format!("{label} ({value})"))
        };
        let parts = formula.parts().iter().map(part).collect();
        format!(
            "Worked out from {}: {}.",
            listed(parts),
            self.reckoned(formula, entry)
        )
    }

    /// The formula with its numbers in place of its parts.
    fn reckoned(&self, formula: &Formula, entry: &Entry) -> String {
        formula.words(|part| {
            let value = self.part_value(part, entry.reference);
            value.unwrap_or_else(|| "?".to_owned())
        })
    }

    fn band_words(&self, entry: &Entry) -> String {
        let Some(Follows::Bands(bands)) = self.element(entry).and_then(|e| e.follows.as_ref())
        else {
            return "Follows from your other answers.".to_owned();
        };
        let part = Part {
            element: bands.of.clone(),
            code: None,
        };
        let label = quoted(&self.part_label(&part));
        let value = self.part_value(&part, entry.reference);
        let value = value.map_or_else(String::new, |value| format!(" ({value})"));
        format!("Follows from {label}{value}.")
    }

    fn sum_words(&self, entry: &Entry, own: &WorkedOut) -> String {
        let caution = match self.element(entry) {
            Some(_) => "",
            None => " That is right only if nothing is counted in two of them.",
        };
        if own.from.len() > SPANS_NAMED_MAX {
            let (first, last) = (own.from.first(), own.from.last());
            let count = own.from.len();
            let (first, last) = (when(first), when(last));
            return format!(
                "Added up from {count} answers: the first {first}, the last {last}.{caution}"
            );
        }
        let spans = own.from.iter().map(|source| {
            let said = self.said(source);
            let said = said.map_or_else(String::new, |said| format!(": {said}"));
            format!("{}{said}", when(Some(source)))
        });
        format!(
            "Added up from what you gave {}.{caution}",
            listed(spans.collect())
        )
    }

    fn part_label(&self, part: &Part) -> String {
        let element = self.dictionary.element(&part.element);
        let label = element.map_or_else(|| part.element.to_string(), |e| e.field.label.clone());
        let boxed = part.code.as_ref().and_then(|(dimension, code)| {
            let dimension = self.dictionary.dimension(dimension)?;
            let code = dimension.codes.iter().find(|own| own.code == *code)?;
            Some(code.label.clone())
        });
        match boxed {
            Some(boxed) => format!("{label} {boxed}"),
            None => label,
        }
    }

    fn part_value(&self, part: &Part, reference: Reference) -> Option<String> {
        let element = self.dictionary.element(&part.element)?;
        let estimate: Estimate = self.part(part, reference, 0)?.estimate?;
        let kind = &element.field.kind;
        let told = estimate.told(kind.unit(), kind.decimals().unwrap_or(0))?;
        let unit = kind
            .unit()
            .map_or_else(String::new, |unit| format!(" {}", unit.label()));
        Some(format!("{}{unit}", told.value))
    }

    /// The number that a source gave.
    fn said(&self, source: &Source) -> Option<String> {
        let given = self.given(&source.question, &source.reference)?;
        match &given.answer.said {
            Said::Value(Value::Number(number)) => {
                let unit = number
                    .unit
                    .map_or_else(String::new, |unit| format!(" {}", unit.label()));
                Some(format!("{}{unit}", number.whole()?))
            }
            _ => None,
        }
    }
}

fn when(source: Option<&Source>) -> String {
    match source {
        Some(Source { on: Some(day), .. }) => format!("on {}", day_label(*day)),
        Some(source) => source.reference.label(),
        None => "before".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("“{text}”")
}

/// `a, b and c`.
fn listed(mut items: Vec<String>) -> String {
    match (items.pop(), items.len()) {
        (None, _) => String::new(),
        (Some(last), 0) => last,
        (Some(last), _) => format!("{} and {last}", items.join(", ")),
    }
}
