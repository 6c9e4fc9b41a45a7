//! Shorter spans that make up a longer one exactly.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::answer::{Cell, Grid, Number, Said, Value};
use crate::domain::decimal::Decimal;
use crate::domain::dictionary::{Element, Follows, OverTime};
use crate::domain::digest::QuestionId;
use crate::domain::field_type::Timing;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Entry, EntryGrid, NumberInput};

use super::Knowledge;
use super::amount::Amount;
use super::parts::DEPTH_MAX;

/// Most spans that are added up: the days of a year.
const TILES_MAX: usize = 366;

/// Shorter spans without gap or overlap, each with its number; none for one still to be answered.
type Tiles<'a> = Vec<Option<&'a SheetAnswer>>;

impl<'a> Knowledge<'a> {
    /// The sum of shorter spans that make up a span; waiting for those still to be answered, if
    /// there are others that are not.
    pub(super) fn summed(
        &self,
        question: &QuestionId,
        reference: Reference,
        is_count: bool,
    ) -> Option<Amount> {
        let key = (*question, reference);
        if let Some(known) = self.memo.sums.borrow().get(&key) {
            return known.clone();
        }
        let sum = self.summed_anew(question, reference, is_count);
        self.memo.sums.borrow_mut().insert(key, sum.clone());
        sum
    }

    fn summed_anew(
        &self,
        question: &QuestionId,
        reference: Reference,
        is_count: bool,
    ) -> Option<Amount> {
        let tiles = self.tiles(question, reference)?;
        let mut sum = Amount::default();
        let mut total = None;
        let mut is_waiting = false;
        for tile in tiles {
            let Some(given) = tile else {
                is_waiting = true;
                continue;
            };
            let amount = Amount::given(given, is_count)?;
            let estimate = amount.estimate;
            sum.take_in(amount);
            total = match (total, estimate) {
                (None, own) => own,
                (Some(total), Some(own)) => Some(total.plus(&own)?),
                (Some(_), None) => return None,
            };
        }
        sum.estimate = total.filter(|_| !is_waiting);
        Some(sum)
    }

    /// The sums box by box of every breakdown that an entry takes; none unless each span was broken
    /// down in just that way, by the codes in use.
    pub(super) fn summed_boxes(&self, entry: &Entry, number: &NumberInput) -> Option<Said> {
        let tiles = self.tiles(&entry.question, entry.reference)?;
        let numbers: Option<Vec<&Number>> = tiles.into_iter().map(number_of).collect();
        let numbers = numbers?;
        let unit = numbers.first()?.unit;
        if numbers.iter().any(|number| number.unit != unit) {
            return None;
        }
        let grids = number
            .grids
            .iter()
            .map(|wanted| summed_grid(wanted, &numbers));
        Some(Said::Value(Value::Number(Number {
            total: None,
            unit,
            grids: grids.collect::<Option<_>>()?,
        })))
    }

    /// Whether an entry is not answered, and might be by spans that are shorter than those at hand.
    #[must_use]
    pub fn lacks_shorter_spans(&self, entry: &Entry) -> bool {
        let is_number = entry.number().is_some() && entry.timing == Timing::During;
        is_number && self.given(&entry.question, &entry.reference).is_none() && {
            match self.element(entry) {
                Some(element) => self.lacks(element, entry.reference, 0),
                None => self.tiles(&entry.question, entry.reference).is_none(),
            }
        }
    }

    fn lacks(&self, element: &Element, reference: Reference, depth: usize) -> bool {
        if element.timing() != Timing::During || depth > DEPTH_MAX {
            return false;
        }
        if self.given(&element.question, &reference).is_some() {
            return false;
        }
        if element.over_time == Some(OverTime::Sum) {
            return self.tiles(&element.question, reference).is_none();
        }
        let Some(Follows::Formula(formula)) = &element.follows else {
            return false;
        };
        formula.parts().iter().any(|part| {
            let element = self.dictionary.element(&part.element);
            element.is_some_and(|element| self.lacks(element, reference, depth + 1))
        })
    }

    /// Spans that make up a span: of those answered if they do, else with those to be answered. The
    /// longest come first, so that a month's own number goes before those of its days.
    fn tiles(&self, question: &QuestionId, reference: Reference) -> Option<Tiles<'a>> {
        let Reference::Span { first, last } = reference else {
            return None;
        };
        let tiled = |with_asked| {
            let mut found = Vec::new();
            let mut dead = BTreeSet::new();
            let way = Way {
                knowledge: self,
                question,
                first,
                last,
                with_asked,
            };
            way.on_from(first, &mut found, &mut dead).then_some(found)
        };
        tiled(false).or_else(|| (!self.asked.is_empty()).then(|| tiled(true))?)
    }
}

/// A search for spans that make up `first..=last`.
struct Way<'k, 'a> {
    knowledge: &'k Knowledge<'a>,
    question: &'k QuestionId,
    first: Date,
    last: Date,
    with_asked: bool,
}

impl<'a> Way<'_, 'a> {
    /// Goes on from a day to the end; `dead` holds the days from which there is no way.
    fn on_from(&self, day: Date, found: &mut Tiles<'a>, dead: &mut BTreeSet<Date>) -> bool {
        if day > self.last {
            return true;
        }
        if found.len() == TILES_MAX || dead.contains(&day) {
            return false;
        }
        for (end, tile) in self.starting(day).into_iter().rev() {
            found.push(tile);
            if self.on_from(end.saturating_add(1.day()), found, dead) {
                return true;
            }
            found.pop();
        }
        dead.insert(day);
        false
    }

    /// The spans that start on a day, shorter than the whole, by their last day.
    fn starting(&self, day: Date) -> BTreeMap<Date, Option<&'a SheetAnswer>> {
        let span = |last| Reference::Span { first: day, last };
        let mut spans = BTreeMap::new();
        let key = |last| self.knowledge.key(self.question, span(last));
        let is_shorter = |end: Date| day != self.first || end != self.last;
        if self.with_asked {
            let asked = self.knowledge.asked.range(key(day)..=key(self.last));
            let ends = asked.filter_map(|((_, reference), _)| reference.last_day());
            spans.extend(ends.filter(|end| is_shorter(*end)).map(|end| (end, None)));
        }
        for (reference, sheet) in self.knowledge.sheets.range(span(day)..=span(self.last)) {
            let given = sheet.answer(self.question, self.knowledge.links);
            let given =
                given.filter(|known| known.answer.is_given() && number_of(Some(known)).is_some());
            if let (Some(end), Some(given)) = (reference.last_day(), given)
                && is_shorter(end)
            {
                spans.insert(end, Some(given));
            }
        }
        spans
    }
}

fn number_of(given: Option<&SheetAnswer>) -> Option<&Number> {
    match &given?.answer.said {
        Said::Value(Value::Number(number)) => Some(number),
        _ => None,
    }
}

fn summed_grid(wanted: &EntryGrid, numbers: &[&Number]) -> Option<Grid> {
    let dimensions: Vec<_> = wanted.dimensions.iter().map(|own| own.id.clone()).collect();
    let mut sums: BTreeMap<Vec<String>, Decimal> = BTreeMap::new();
    let boxes: usize = wanted
        .dimensions
        .iter()
        .map(|own| own.codes.len())
        .product();
    for number in numbers {
        let grid = number
            .grids
            .iter()
            .find(|grid| grid.dimensions == dimensions)?;
        if grid.cells.len() != boxes {
            return None;
        }
        for cell in &grid.cells {
            let sum = sums.entry(cell.codes.clone()).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(cell.value)?;
        }
    }
    let is_in_use = |codes: &Vec<String>| {
        let mut pairs = codes.iter().zip(&wanted.dimensions);
        pairs.all(|(code, dimension)| dimension.codes.iter().any(|own| own.code == *code))
    };
    if sums.len() != boxes || !sums.keys().all(is_in_use) {
        return None;
    }
    let cell = |(codes, value)| Cell { codes, value };
    Some(Grid {
        dimensions,
        cells: sums.into_iter().map(cell).collect(),
    })
}
