//! Range, unit, decimals and breakdowns of a number, merged.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::decimal::Decimal;
use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::id::DimensionId;
use crate::domain::reference::Reference;
use crate::domain::unit::{Unit, convert_exact, step_decimals};

use super::merge::{Wanted, places, widest};
use super::{EntryGrid, GridCode, GridDimension, NumberInput, Sourced};

pub(super) fn merge(
    reference: Reference,
    group: &[Wanted],
    element: Option<&Element>,
    dictionary: &Dictionary,
) -> NumberInput {
    let (unit, decimals) = unit_of_entry(group, element);
    let in_entry_unit = |value: Decimal, from: Option<Unit>| match (from, &unit) {
        (Some(from), Some(to)) => convert_exact(value, from, to.value),
        _ => Some(value),
    };
    // A bound that cannot be held exactly in the unit of entry is dropped: the range only widens.
    let min = |w: &Wanted| {
        let kind = &w.demand.field.kind;
        kind.bounds()
            .0
            .and_then(|min| in_entry_unit(min, kind.unit()))
    };
    let max = |w: &Wanted| {
        let kind = &w.demand.field.kind;
        kind.bounds()
            .1
            .and_then(|max| in_entry_unit(max, kind.unit()))
    };
    let units = group.iter().filter_map(|w| w.demand.field.kind.unit());
    let demanded: BTreeSet<Unit> = units.collect();
    let chosen = unit.as_ref().map(|unit| unit.value);
    NumberInput {
        other_units: demanded
            .into_iter()
            .filter(|u| Some(*u) != chosen)
            .collect(),
        decimals,
        min: widest(group, min, |new, old| new < old),
        max: widest(group, max, |new, old| new > old),
        grids: grids(reference, group, dictionary),
        unit,
    }
}

/// The element's unit if it can hold every demanded step exactly; else the finest demanded unit
/// that can; else the finest demanded, any of them being enterable. With it, the decimals that the
/// steps need.
fn unit_of_entry(
    group: &[Wanted],
    element: Option<&Element>,
) -> (Option<Sourced<Unit>>, Sourced<u32>) {
    let steps: Vec<(Option<Unit>, u32)> = group
        .iter()
        .map(|w| (w.demand.field.kind.unit(), decimals_of(w)))
        .collect();
    let most = steps
        .iter()
        .map(|(_, decimals)| *decimals)
        .max()
        .unwrap_or(0);
    let own = element.and_then(|element| element.field.kind.unit());
    let mut demanded: Vec<Unit> = steps.iter().filter_map(|(unit, _)| *unit).collect();
    demanded.sort_by(|a, b| finer(*a, *b));
    demanded.dedup();
    let Some(finest) = demanded.first().copied() else {
        let from = places(group, |w| decimals_of(w) == most);
        return (None, Sourced { value: most, from });
    };
    let holds = |entry: Unit| -> Option<u32> {
        let mut needed = 0;
        for (unit, decimals) in &steps {
            needed = needed.max(step_decimals((*unit)?, *decimals, entry)?);
        }
        Some(needed)
    };
    let chosen = own
        .into_iter()
        .chain(demanded)
        .find_map(|unit| holds(unit).map(|decimals| (unit, decimals)));
    let (unit, decimals) = chosen.unwrap_or((finest, most));
    let has = |w: &Wanted| w.demand.field.kind.unit() == Some(unit);
    let needs = |w: &Wanted| {
        let step = |from| step_decimals(from, decimals_of(w), unit);
        w.demand.field.kind.unit().and_then(step) == Some(decimals)
    };
    let unit_sourced = Sourced {
        value: unit,
        from: places(group, has),
    };
    let decimals_sourced = Sourced {
        value: decimals,
        from: places(group, needs),
    };
    (Some(unit_sourced), decimals_sourced)
}

fn decimals_of(wanted: &Wanted) -> u32 {
    wanted.demand.field.kind.decimals().unwrap_or(0)
}

fn finer(a: Unit, b: Unit) -> std::cmp::Ordering {
    let one = Decimal::from_parts(1, 0).unwrap_or(Decimal::ZERO);
    crate::domain::unit::compare((one, a), (one, b))
        .unwrap_or(std::cmp::Ordering::Equal)
        .then_with(|| a.cmp(&b))
}

/// The maximal requested sets of dimensions: what refines another replaces it.
fn grids(reference: Reference, group: &[Wanted], dictionary: &Dictionary) -> Vec<EntryGrid> {
    let mut wanted: BTreeMap<Vec<DimensionId>, Vec<u32>> = BTreeMap::new();
    for (place, demand) in (0u32..).zip(group) {
        let dimensions = demand.demand.field.kind.breakdown();
        if !dimensions.is_empty() {
            let key = dimensions.iter().cloned().collect();
            wanted.entry(key).or_default().push(place);
        }
    }
    let sets: Vec<BTreeSet<DimensionId>> = wanted
        .keys()
        .map(|dimensions| dimensions.iter().cloned().collect())
        .collect();
    let is_refined = |dimensions: &[DimensionId]| {
        let own: BTreeSet<DimensionId> = dimensions.iter().cloned().collect();
        sets.iter().any(|set| own.is_subset(set) && own != *set)
    };
    wanted
        .into_iter()
        .filter(|(dimensions, _)| !is_refined(dimensions))
        .map(|(dimensions, from)| EntryGrid {
            dimensions: dimensions
                .into_iter()
                .map(|id| dimension(id, &reference, dictionary))
                .collect(),
            from,
        })
        // Of a day on which no code is in use there is nothing to break down.
        .filter(|grid| grid.dimensions.iter().all(|d| !d.codes.is_empty()))
        .collect()
}

fn dimension(id: DimensionId, reference: &Reference, dictionary: &Dictionary) -> GridDimension {
    let known = dictionary.dimension(&id);
    let in_use = known.map_or_else(Vec::new, |dimension| {
        let code = |code: &crate::domain::dictionary::DimensionCode| GridCode {
            code: code.code.clone(),
            label: code.label.clone(),
        };
        match reference.last_day() {
            Some(day) => dimension.codes_on(day).map(code).collect(),
            None => dimension.codes.iter().map(code).collect(),
        }
    });
    GridDimension {
        label: known.map_or_else(|| id.to_string(), |dimension| dimension.label.clone()),
        codes: in_use,
        id,
    }
}
