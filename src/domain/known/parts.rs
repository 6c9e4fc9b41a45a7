//! The numbers that a formula is made of.

use std::collections::BTreeSet;

use crate::domain::answer::{Grid, Number, Said, Value};
use crate::domain::decimal::Decimal;
use crate::domain::dictionary::{Element, Follows, OverTime};
use crate::domain::estimate::Estimate;
use crate::domain::field_type::{FieldType, Timing};
use crate::domain::formula::{Formula, Part};
use crate::domain::id::DimensionId;
use crate::domain::reference::Reference;

use super::amount::{self, Amount};
use super::{Knowledge, Register};

/// How deep formulas are followed. Those of one dictionary never go round in circles; this bounds the
/// work that a long chain of them makes.
pub(super) const DEPTH_MAX: usize = 16;

impl Knowledge<'_> {
    /// What a formula comes to at a reference; none if a part of it is neither known nor asked.
    pub(super) fn by_formula(
        &self,
        formula: &Formula,
        reference: Reference,
        depth: usize,
    ) -> Option<Amount> {
        let mut parts = Vec::new();
        let mut whole = Amount::default();
        let mut days = BTreeSet::new();
        for part in formula.parts() {
            let amount = self.part(part, reference, depth)?;
            whole.draw_on(&amount);
            days.extend(amount.on);
            parts.push((part, amount.estimate));
        }
        // Of two days of one window nothing follows for either.
        if days.len() > 1 {
            return None;
        }
        if parts.iter().all(|(_, estimate)| estimate.is_some()) {
            let value_of = |wanted: &Part| {
                let found = parts.iter().find(|(part, _)| *part == wanted);
                found.and_then(|(_, estimate)| *estimate)
            };
            whole.estimate = Some(formula.evaluate(value_of)?);
        }
        Some(whole)
    }

    pub(super) fn part(&self, part: &Part, reference: Reference, depth: usize) -> Option<Amount> {
        let element = self.dictionary.element(&part.element)?;
        match &part.code {
            None => self.amount(element, reference, depth),
            Some((dimension, code)) => self.boxed(element, reference, dimension, code),
        }
    }

    /// The number of an element at a reference: as given, else from the register, its formula or
    /// shorter spans, else still to be answered.
    pub(super) fn amount(
        &self,
        element: &Element,
        reference: Reference,
        depth: usize,
    ) -> Option<Amount> {
        let key = (element.question, of_element(element, reference));
        if let Some(known) = self.memo.amounts.borrow().get(&key) {
            return known.clone();
        }
        let amount = self.amount_anew(element, key.1, depth);
        self.memo.amounts.borrow_mut().insert(key, amount.clone());
        amount
    }

    fn amount_anew(&self, element: &Element, reference: Reference, depth: usize) -> Option<Amount> {
        let is_count = is_count(element);
        let key = self.key(&element.question, reference);
        // A standing fact that is settled goes before one that was said long ago.
        let settled = self.settled.get(&key).map(Amount::settled);
        if let Some(given) = self.given(&element.question, &reference) {
            let standing = settled.filter(|_| reference == Reference::Standing);
            return standing.or_else(|| Amount::given(given, is_count));
        }
        let ways = [
            settled,
            self.registered_amount(element, is_count),
            self.formula_amount(element, reference, depth),
            self.summed_amount(element, reference, is_count),
        ];
        let mut ways: Vec<Amount> = ways.into_iter().flatten().collect();
        ways.sort_by_key(|amount| amount.estimate.is_none());
        let estimates: Vec<Estimate> = ways.iter().filter_map(|own| own.estimate).collect();
        let (first, others) = estimates.split_first().unzip();
        let agree = |first: &Estimate| others.into_iter().flatten().all(|own| first.agrees(own));
        let is_certain = first.is_none_or(agree);
        let asked = || self.asked.contains_key(&key).then(Amount::default);
        let mut best = ways.into_iter().next().or_else(asked)?;
        best.is_certain &= is_certain;
        Some(best)
    }

    fn registered_amount(&self, element: &Element, is_count: bool) -> Option<Amount> {
        let fact = element.register?;
        let estimate = match self.register {
            Register::Of(home) => Some(amount::of_value(&home.fact(fact)?, is_count)?),
            Register::EveryFact => None,
            Register::Nothing => return None,
        };
        Some(Amount {
            estimate,
            ..Amount::default()
        })
    }

    fn formula_amount(
        &self,
        element: &Element,
        reference: Reference,
        depth: usize,
    ) -> Option<Amount> {
        match element.follows.as_ref()? {
            Follows::Formula(formula) if depth < DEPTH_MAX => {
                self.by_formula(formula, reference, depth + 1)
            }
            _ => None,
        }
    }

    fn summed_amount(
        &self,
        element: &Element,
        reference: Reference,
        is_count: bool,
    ) -> Option<Amount> {
        let adds_up = element.over_time == Some(OverTime::Sum);
        let summed = || self.summed(&element.question, reference, is_count);
        adds_up.then(summed).flatten()
    }

    /// One box of a breakdown that the home gave, or is to give.
    fn boxed(
        &self,
        element: &Element,
        reference: Reference,
        dimension: &DimensionId,
        code: &str,
    ) -> Option<Amount> {
        let reference = of_element(element, reference);
        if let Some(given) = self.given(&element.question, &reference) {
            let Said::Value(Value::Number(number)) = &given.answer.said else {
                return None;
            };
            let estimate = box_of(number, dimension, code, is_count(element))?;
            return Some(Amount::stated(given, estimate));
        }
        let asked = self
            .asked
            .get(&self.key(&element.question, reference))?
            .contains(dimension);
        asked.then(Amount::default)
    }
}

/// Whether an element's numbers are whole numbers of things.
fn is_count(element: &Element) -> bool {
    matches!(element.field.kind, FieldType::Count { .. })
}

/// What an element speaks of beside one that speaks of `reference`.
fn of_element(element: &Element, reference: Reference) -> Reference {
    match element.timing() {
        Timing::Standing => Reference::Standing,
        _ => reference,
    }
}

/// The figure of a code, added up over the other dimensions of the first grid that has it.
fn box_of(
    number: &Number,
    dimension: &DimensionId,
    code: &str,
    is_count: bool,
) -> Option<Estimate> {
    let figure = |grid: &Grid| -> Option<Decimal> {
        let at = grid.dimensions.iter().position(|own| own == dimension)?;
        let mut boxes = grid
            .cells
            .iter()
            .filter(|cell| cell.codes.get(at).is_some_and(|own| own == code));
        let first = boxes.next()?.value;
        boxes.try_fold(first, |sum, cell| sum.checked_add(cell.value))
    };
    let figure = number.grids.iter().find_map(figure)?;
    amount::of_figure(figure, number, is_count)
}
