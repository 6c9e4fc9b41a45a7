//! How elements follow from each other and from the register, checked when all are read.
//!
//! What follows speaks of the same time as what it follows from, or of facts that stand: no stock
//! is ever summed over time, and no flow makes a stock. What it measures is what its formula makes.
//! Nothing follows from itself, by however many steps. One box of a breakdown is read as it was
//! given and is never worked out, so that it closes no circle.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use super::{Element, OverTime, RawBands, RawDictionary, RawElement};
use crate::domain::fault::Faults;
use crate::domain::field_type::{FieldType, Timing, TypeWord};
use crate::domain::formula::{Band, Bands, Formula, Measure, Part};
use crate::domain::home::RegisterFact;
use crate::domain::id::{DimensionId, ElementId, shown};
use crate::domain::unit::Dimension;

/// Most steps by which an element follows from what is given: each is worked out on the way.
pub(super) const FOLLOWS_STEPS_MAX: usize = 16;

/// How an element follows from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follows {
    /// A number, from numbers.
    Formula(Formula),
    /// A choice, from a number.
    Bands(Bands),
}

impl Follows {
    /// The elements that it names, by id: whole or by a box.
    #[must_use]
    pub fn elements(&self) -> BTreeSet<&ElementId> {
        match self {
            Self::Formula(formula) => formula.parts().iter().map(|part| &part.element).collect(),
            Self::Bands(bands) => [&bands.of].into(),
        }
    }

    /// The elements whose whole numbers it reads: those that may follow from others in turn.
    fn wholes(&self) -> BTreeSet<&ElementId> {
        match self {
            Self::Formula(formula) => {
                let wholes = formula.parts().iter().filter(|part| part.code.is_none());
                wholes.map(|part| &part.element).collect()
            }
            Self::Bands(bands) => [&bands.of].into(),
        }
    }

    /// The member of an element that says so.
    fn member(&self) -> &'static str {
        match self {
            Self::Formula(_) => "formula",
            Self::Bands(_) => "bands",
        }
    }
}

/// Checks how each element follows from others, and notes it there. A circle is told of the element
/// at place `changed`, if that is in it.
pub(super) fn check(
    raw: &RawDictionary,
    elements: &mut BTreeMap<ElementId, Element>,
    changed: Option<usize>,
    faults: &mut Faults,
) {
    let context = Context { raw, elements };
    let mut found = BTreeMap::new();
    for (position, row) in raw.elements.iter().enumerate() {
        // A row that is no element, or is given again below, has its own fault.
        let element = row.id.parse().ok().and_then(|id| elements.get(&id));
        let Some(element) = element.filter(|element| element.rank.1 == position) else {
            continue;
        };
        let mut own = Faults::new();
        check_register(element, &mut own);
        check_over_time(element, &mut own);
        if let Some(follows) = context.read(element, row, &mut own) {
            found.insert(element.id.clone(), follows);
        }
        faults.absorb(&format!("elements[{position}]"), own);
    }
    let place_of = |id: &ElementId| elements.get(id).map_or(0, |element| element.rank.1);
    order::check(&found, place_of, changed, faults);
    for (id, follows) in found {
        if let Some(element) = elements.get_mut(&id) {
            element.follows = Some(follows);
        }
    }
}

fn check_register(element: &Element, faults: &mut Faults) {
    let Some(fact) = element.register else {
        return;
    };
    let (expected, word) = match fact {
        RegisterFact::Beds => (TypeWord::Count, "how many beds"),
        RegisterFact::Services => (TypeWord::Choices, "services"),
        RegisterFact::CqcId => (TypeWord::Text, "an id"),
        RegisterFact::Name => (TypeWord::Text, "a name"),
        RegisterFact::Postcode => (TypeWord::Text, "a postcode"),
        RegisterFact::Ods => (TypeWord::Text, "a code"),
        RegisterFact::Provider => (TypeWord::Text, "a provider"),
    };
    let given = element.field.kind.word();
    if given != expected {
        let message = format!("says {word}: expected an element of type {expected}, not {given}");
        faults.add("register", message);
    }
    if element.timing() != Timing::Standing {
        let timing = element.timing();
        let message =
            format!("the register says what stands until it changes, not what is {timing}");
        faults.add("register", message);
    }
}

fn check_over_time(element: &Element, faults: &mut Faults) {
    let Some(OverTime::Sum) = element.over_time else {
        return;
    };
    let kind = &element.field.kind;
    let is_share = matches!(kind, FieldType::Percentage { .. });
    if !is_number(kind) || is_share || kind.dimension() == Some(Dimension::Ratio) {
        let message = "only how many, how much and how much money add up over time: no share, no \
                       rate, nothing that is not a number";
        faults.add("over_time", message);
    }
    if element.timing() != Timing::During {
        let timing = element.timing();
        let message = format!("only what is during a span adds up over time, not what is {timing}");
        faults.add("over_time", message);
    }
}

fn is_number(kind: &FieldType) -> bool {
    kind.decimals().is_some()
}

/// What the parts of a formula are looked up in.
struct Context<'a> {
    raw: &'a RawDictionary,
    elements: &'a BTreeMap<ElementId, Element>,
}

impl Context<'_> {
    fn read(&self, own: &Element, row: &RawElement, faults: &mut Faults) -> Option<Follows> {
        let kind = &own.field.kind;
        if row.formula.is_some() && row.bands.is_some() {
            faults.add(
                "bands",
                "an element follows by a formula or by bands, not by both",
            );
        }
        if row.formula.is_some() && !is_number(kind) {
            let message = format!("only a number follows by a formula, not a {}", kind.word());
            faults.add("formula", message);
        }
        if row.bands.is_some() && !matches!(kind, FieldType::Choice { .. }) {
            let message = format!("only a choice follows by bands, not a {}", kind.word());
            faults.add("bands", message);
        }
        let formula = row.formula.as_deref();
        let formula = formula.and_then(|text| self.formula(own, text, faults));
        let bands = row.bands.as_ref();
        let bands = bands.and_then(|raw| self.bands(own, raw, faults));
        formula.map(Follows::Formula).or(bands.map(Follows::Bands))
    }

    fn formula(&self, own: &Element, text: &str, faults: &mut Faults) -> Option<Formula> {
        let read = text
            .parse::<Formula>()
            .map_err(|error| Faults::one("", error.to_string()));
        let formula = faults.take("formula", read)?;
        let mut told = Faults::new();
        let mut seen = BTreeSet::new();
        let mut are_known = true;
        for part in formula.parts() {
            let is_first = seen.insert(&part.element);
            let found = self.part(own, &part.element, &mut told, is_first);
            are_known &= found.is_some();
            if let (Some(found), Some((dimension, code))) = (found, &part.code) {
                self.check_box(found, dimension, code, &mut told);
            }
        }
        if are_known {
            self.check_measure(own, &formula, &mut told);
        }
        faults.absorb("formula", told);
        Some(formula)
    }

    /// The element that is read, if it is known; its faults are told where it is first named.
    fn part(
        &self,
        own: &Element,
        id: &ElementId,
        faults: &mut Faults,
        is_first: bool,
    ) -> Option<&Element> {
        let Some(found) = self.elements.get(id) else {
            let is_faulty = self.raw.elements.iter().any(|row| row.id == id.as_str());
            if is_first && !is_faulty {
                faults.add("", unknown(id));
            }
            return None;
        };
        if is_first {
            check_part(own, found, faults);
        }
        Some(found)
    }

    fn check_box(&self, of: &Element, dimension: &DimensionId, code: &str, faults: &mut Faults) {
        if !of.dimensions.contains(dimension) {
            let message = format!("{} is not broken down by {dimension}", of.id);
            faults.add("", message);
            return;
        }
        let known = self
            .raw
            .dimensions
            .iter()
            .find(|known| known.id == *dimension);
        let Some(known) = known else {
            return;
        };
        if !known.codes.iter().any(|known| known.code == code) {
            let codes: Vec<&str> = known
                .codes
                .iter()
                .map(|known| known.code.as_str())
                .collect();
            let codes = codes.join(", ");
            let message = format!(
                "{} is not a code of {dimension}: expected one of {codes}",
                shown(code)
            );
            faults.add("", message);
        }
    }

    fn check_measure(&self, own: &Element, formula: &Formula, faults: &mut Faults) {
        let measure_of = |part: &Part| {
            let found = self.elements.get(&part.element);
            Measure::of(found.and_then(|found| found.field.kind.unit()))
        };
        let expected = Measure::of(own.field.kind.unit());
        match formula.measure(measure_of) {
            Err((left, right)) => {
                let message =
                    format!("adds or subtracts {left} and {right}, which measure different things");
                faults.add("", message);
            }
            Ok(made) if is_number(&own.field.kind) && made != expected => {
                let message = format!("makes {made}, and {} is {expected}", own.id);
                faults.add("", message);
            }
            Ok(_) => {}
        }
    }

    fn bands(&self, own: &Element, raw: &RawBands, faults: &mut Faults) -> Option<Bands> {
        let mut told = Faults::new();
        let id = raw.of.parse::<ElementId>();
        let id = told.take("of", id.map_err(|error| Faults::one("", error.to_string())));
        let mut of_faults = Faults::new();
        let of = id
            .as_ref()
            .and_then(|id| self.part(own, id, &mut of_faults, true));
        told.absorb("of", of_faults);
        let unit = of.and_then(|of| of.field.kind.unit());
        check_steps(own, raw, &mut told);
        faults.absorb("bands", told);
        let step = |step: &super::RawBand| Band {
            option: step.option.clone(),
            from: step.from,
        };
        Some(Bands {
            of: id?,
            unit,
            steps: raw.steps.iter().map(step).collect(),
        })
    }
}

/// Checks that an element may be read by another.
fn check_part(own: &Element, part: &Element, faults: &mut Faults) {
    let id = &part.id;
    if own.id == *id {
        faults.add("", format!("{id} would follow from itself"));
        return;
    }
    if !is_number(&part.field.kind) {
        let message = format!("{id} is a {}, not a number", part.field.kind.word());
        faults.add("", message);
    }
    // What is retired stays as it was.
    if let (Some(retired), None) = (&part.retired, &own.retired) {
        let instead = retired.successor.as_ref();
        let instead = instead.map_or_else(String::new, |other| format!("; use {other}"));
        faults.add("", format!("{id} is retired since {}{instead}", retired.on));
    }
    let (timing, wanted) = (part.timing(), own.timing());
    if timing != wanted && timing != Timing::Standing {
        let allowed = match wanted {
            Timing::Standing => "only from standing elements".to_owned(),
            _ => format!("only from elements that are {wanted} or standing"),
        };
        let message = format!("{id} is {timing}: what is {wanted} follows {allowed}");
        faults.add("", message);
    }
}

fn check_steps(own: &Element, raw: &RawBands, faults: &mut Faults) {
    if raw.steps.len() < 2 {
        faults.add("steps", "bands need two options at least");
    }
    let options = own.field.kind.options();
    let mut seen = BTreeSet::new();
    let mut before = None;
    for (place, step) in raw.steps.iter().enumerate() {
        let path = format!("steps[{place}]");
        let is_own = options.iter().any(|option| option.code == step.option);
        if !is_own && !options.is_empty() {
            let codes: Vec<&str> = options.iter().map(|option| option.code.as_str()).collect();
            let codes = codes.join(", ");
            let message = format!(
                "{} is not an option: expected one of {codes}",
                shown(&step.option)
            );
            faults.add(format!("{path}.option"), message);
        }
        if !seen.insert(&step.option) {
            let message = format!("{} is given twice", shown(&step.option));
            faults.add(format!("{path}.option"), message);
        }
        match (step.from, before) {
            (None, _) if place > 0 => {
                let message = "is missing; only the first option takes any number";
                faults.add(format!("{path}.from"), message);
            }
            (Some(from), Some(before)) if from <= before => {
                let message =
                    format!("{from} is not more than {before}, where the option before begins");
                faults.add(format!("{path}.from"), message);
            }
            _ => {}
        }
        before = step.from.or(before);
    }
}

fn unknown(id: &ElementId) -> String {
    let hint = if id.as_str().contains('-') {
        "; a minus between two elements needs white space on both sides"
    } else {
        ""
    };
    format!(
        "{} is not an element of the dictionary{hint}",
        shown(id.as_str())
    )
}

#[cfg(test)]
mod tests;
