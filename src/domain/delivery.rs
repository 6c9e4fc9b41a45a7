//! A delivery: an answer re-expressed for one field of one ask.
//!
//! Invariants: the value never changes its meaning or, silently, its unit or precision; what
//! happened to it on the way is said by flags. Nothing is ever withheld or altered for being small:
//! small counts of residents are flagged, not hidden.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Cell, DeclineReason, Grid, Number, Said, Value};
use super::decimal::Decimal;
use super::dictionary::Population;
use super::field_type::{ChoiceOption, FieldType, Sensitivity};
use super::id::DimensionId;
use super::limits::SMALL_COUNT_MAX;
use super::template::{Demand, Entry, EntryOption, Input};
use super::text::normalise;
use super::unit::{Unit, compare, convert};

/// How a delivered value came about, or what to mind about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// Just as the home gave it.
    AsGiven,
    /// In another unit than the home stated.
    Converted,
    /// To fewer decimals than the home stated.
    Rounded,
    /// Added up from a finer breakdown.
    Summed,
    /// Only the whole is known, not the breakdown wanted.
    NotBrokenDown,
    /// Breakdowns that state the same whole state it differently.
    TotalsDisagree,
    /// Outside the limits of the field.
    OutsideLimits,
    /// Not one of the field's options.
    NotAnOption,
    /// No value: a coded reason instead.
    Declined,
    /// Takes the place of what was delivered before.
    Corrected,
    /// A small count of residents: do not publish.
    DoNotPublish,
    /// Worked out from other answers, or from the register.
    WorkedOut,
}

impl Flag {
    /// Every flag with its word.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::AsGiven, "as-given"),
        (Self::Converted, "converted"),
        (Self::Rounded, "rounded"),
        (Self::Summed, "summed"),
        (Self::NotBrokenDown, "not-broken-down"),
        (Self::TotalsDisagree, "totals-disagree"),
        (Self::OutsideLimits, "outside-limits"),
        (Self::NotAnOption, "not-an-option"),
        (Self::Declined, "declined"),
        (Self::Corrected, "corrected"),
        (Self::DoNotPublish, "do-not-publish"),
        (Self::WorkedOut, "worked-out"),
    ];

    /// The flag's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(flag, _)| *flag == self)
            .map_or("as-given", |(_, word)| word)
    }
}

/// A value in the requester's own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// A number, whole or in boxes, in the field's unit and decimals.
    Number {
        /// The whole, where the field wants no breakdown or has only it.
        total: Option<Decimal>,
        /// The field's unit; none for counts and percentages.
        unit: Option<Unit>,
        /// The boxes wanted.
        grid: Option<Grid>,
    },
    /// Yes or no.
    YesNo(bool),
    /// A date.
    Date(jiff::civil::Date),
    /// A text.
    Text(String),
    /// The field's own codes of what was chosen, and the labels of what it has no code for.
    Options {
        /// Codes, in the field's order.
        codes: Vec<String>,
        /// Labels without a code of the field's.
        others: Vec<String>,
    },
    /// A reason why there is no value.
    Declined {
        /// The reason.
        reason: DeclineReason,
        /// More of it, in the home's words.
        note: String,
    },
}

/// What one field of one ask receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The value.
    pub value: Delivered,
    /// How it came about, and what to mind.
    pub flags: BTreeSet<Flag>,
    /// Highest sensitivity of any demand on the question.
    pub sensitivity: Sensitivity,
}

/// Re-expresses an answer for one demand of the entry that it was given on.
///
/// A number that the field's unit and decimals cannot hold within 18 digits is delivered as the
/// home stated it, unit and all.
#[must_use]
pub fn deliver(answer: &Answer, entry: &Entry, demand: &Demand, is_correction: bool) -> Delivery {
    let mut flags = BTreeSet::new();
    let value = match &answer.said {
        Said::Declined { reason, note } => {
            flags.insert(Flag::Declined);
            Delivered::Declined {
                reason: *reason,
                note: note.clone(),
            }
        }
        Said::Value(value) => value_for(value, entry, demand, &mut flags),
    };
    if answer.is_worked_out() {
        flags.insert(Flag::WorkedOut);
    }
    let changed = [
        Flag::Converted,
        Flag::Rounded,
        Flag::Summed,
        Flag::Declined,
        Flag::WorkedOut,
    ];
    if changed.iter().all(|flag| !flags.contains(flag)) {
        flags.insert(Flag::AsGiven);
    }
    if is_correction {
        flags.insert(Flag::Corrected);
    }
    if is_small_count(&value, entry) {
        flags.insert(Flag::DoNotPublish);
    }
    Delivery {
        value,
        flags,
        sensitivity: entry.sensitivity.value,
    }
}

/// Whether a number lies outside what a field takes.
#[must_use]
pub fn is_outside(kind: &FieldType, value: Decimal, unit: Option<Unit>) -> bool {
    let (min, max) = kind.bounds();
    let order = |bound: Decimal| match (unit, kind.unit()) {
        (Some(stated), Some(own)) => compare((value, stated), (bound, own)),
        _ => Some(value.cmp(&bound)),
    };
    min.and_then(order).is_some_and(std::cmp::Ordering::is_lt)
        || max.and_then(order).is_some_and(std::cmp::Ordering::is_gt)
}

fn value_for(
    value: &Value,
    entry: &Entry,
    demand: &Demand,
    flags: &mut BTreeSet<Flag>,
) -> Delivered {
    let kind = &demand.field.kind;
    match value {
        Value::Number(number) => number_for(number, kind, flags),
        Value::YesNo(yes) => Delivered::YesNo(*yes),
        Value::Date(day) => {
            if let FieldType::Date { earliest, latest } = kind {
                let early = earliest.is_some_and(|earliest| *day < earliest);
                if early || latest.is_some_and(|latest| latest < *day) {
                    flags.insert(Flag::OutsideLimits);
                }
            }
            Delivered::Date(*day)
        }
        Value::Text(text) => {
            if let FieldType::Text { max_length, .. } = kind
                && text.chars().count() > *max_length as usize
            {
                flags.insert(Flag::OutsideLimits);
            }
            Delivered::Text(text.clone())
        }
        Value::Options(keys) => options_for(keys, entry, demand, flags),
    }
}

fn number_for(number: &Number, kind: &FieldType, flags: &mut BTreeSet<Flag>) -> Delivered {
    if !number.agrees() {
        flags.insert(Flag::TotalsDisagree);
    }
    let whole = number.whole();
    if whole.is_some_and(|whole| is_outside(kind, whole, number.unit)) {
        flags.insert(Flag::OutsideLimits);
    }
    let grid = wanted_grid(number, kind.breakdown(), flags);
    let total = if grid.is_some() { None } else { whole };
    if grid.is_none() && number.total.is_none() {
        flags.insert(Flag::Summed);
    }
    let target = kind.unit().or(number.unit);
    let decimals = kind.decimals().unwrap_or(0);
    let mut change = BTreeSet::new();
    let mut express = |value: Decimal| express(value, number.unit, target, decimals, &mut change);
    let told = total.map(&mut express);
    let cells = grid.as_ref().map(|grid| {
        let cell = |cell: &Cell| {
            express(cell.value).map(|value| Cell {
                codes: cell.codes.clone(),
                value,
            })
        };
        grid.cells.iter().map(cell).collect::<Option<Vec<Cell>>>()
    });
    if told == Some(None) || cells == Some(None) {
        return Delivered::Number {
            total,
            unit: number.unit,
            grid,
        };
    }
    flags.extend(change);
    let dimensions = grid.map(|grid| grid.dimensions).unwrap_or_default();
    Delivered::Number {
        total: told.flatten(),
        unit: target,
        grid: cells.flatten().map(|cells| Grid { dimensions, cells }),
    }
}

/// One figure in the field's unit and decimals; none if it cannot be held.
fn express(
    value: Decimal,
    from: Option<Unit>,
    to: Option<Unit>,
    decimals: u32,
    change: &mut BTreeSet<Flag>,
) -> Option<Decimal> {
    let (from, to) = (from.unwrap_or(Unit::One), to.unwrap_or(Unit::One));
    let converted = convert(value, from, to, decimals).ok()?;
    if from != to {
        change.insert(Flag::Converted);
    }
    if converted.rounded {
        change.insert(Flag::Rounded);
    }
    Some(converted.value)
}

/// The breakdown that a field wants: as given, or added up from a finer one.
fn wanted_grid(
    number: &Number,
    wanted: &BTreeSet<DimensionId>,
    flags: &mut BTreeSet<Flag>,
) -> Option<Grid> {
    if wanted.is_empty() {
        return None;
    }
    let covers = |grid: &&Grid| {
        let own: BTreeSet<_> = grid.dimensions.iter().cloned().collect();
        wanted.is_subset(&own)
    };
    let finest_first = number.grids.iter().filter(covers);
    let Some(grid) = finest_first.min_by_key(|grid| grid.dimensions.len()) else {
        flags.insert(Flag::NotBrokenDown);
        return None;
    };
    if grid.dimensions.len() == wanted.len() {
        return Some(grid.clone());
    }
    let kept: Vec<usize> = (0..grid.dimensions.len())
        .filter(|place| wanted.contains(&grid.dimensions[*place]))
        .collect();
    let mut sums: BTreeMap<Vec<String>, Decimal> = BTreeMap::new();
    for cell in &grid.cells {
        let codes = kept
            .iter()
            .filter_map(|place| cell.codes.get(*place).cloned());
        let sum = sums.entry(codes.collect()).or_insert(Decimal::ZERO);
        let Some(added) = sum.checked_add(cell.value) else {
            flags.insert(Flag::NotBrokenDown);
            return None;
        };
        *sum = added;
    }
    flags.insert(Flag::Summed);
    Some(Grid {
        dimensions: kept
            .iter()
            .map(|place| grid.dimensions[*place].clone())
            .collect(),
        cells: sums
            .into_iter()
            .map(|(codes, value)| Cell { codes, value })
            .collect(),
    })
}

fn options_for(
    keys: &BTreeSet<String>,
    entry: &Entry,
    demand: &Demand,
    flags: &mut BTreeSet<Flag>,
) -> Delivered {
    let is_this = |known: &Demand| known.ask == demand.ask && known.field.name == demand.field.name;
    let place = (0u32..)
        .zip(&entry.demands)
        .find(|(_, known)| is_this(known));
    let own = demand.field.kind.options();
    let mut places = BTreeSet::new();
    let mut others = Vec::new();
    for key in keys {
        let option = option_of(entry, key);
        let accepted = option.zip(place).and_then(|(option, (place, _))| {
            option
                .accepted
                .iter()
                .find(|accepted| accepted.demand == place)
        });
        let labelled = |label: &String| {
            let is = |option: &ChoiceOption| normalise(&option.label).ok().as_ref() == Some(label);
            own.iter().position(is)
        };
        match accepted.and_then(|accepted| labelled(&accepted.label)) {
            Some(place) => {
                places.insert(place);
            }
            None => others.push(option.map_or_else(|| key.clone(), |o| o.label.clone())),
        }
    }
    if !others.is_empty() {
        flags.insert(Flag::NotAnOption);
    }
    Delivered::Options {
        codes: places
            .iter()
            .map(|place| own[*place].code.clone())
            .collect(),
        others,
    }
}

/// The option that an answer names: by its key or, where the answer was given on another form, by
/// the one option that has the label.
#[must_use]
pub fn option_of<'a>(entry: &'a Entry, key: &String) -> Option<&'a EntryOption> {
    let options = entry.options();
    let by_key = options.iter().find(|option| option.key == *key);
    by_key.or_else(|| {
        let mut labelled = options.iter().filter(|option| option.means.contains(key));
        labelled.next().filter(|_| labelled.next().is_none())
    })
}

/// Whether a delivered count of residents is so small that publishing it may point at a person.
fn is_small_count(value: &Delivered, entry: &Entry) -> bool {
    let counts_residents = matches!(entry.input, Input::Count(_))
        && (entry.population == Some(Population::Residents)
            || entry.sensitivity.value == Sensitivity::Personal);
    let is_small = |value: &Decimal| {
        let (mantissa, scale) = value.parts();
        scale == 0 && (1..=SMALL_COUNT_MAX).contains(&mantissa)
    };
    match value {
        Delivered::Number { total, grid, .. } if counts_residents => {
            let cells = grid
                .iter()
                .flat_map(|grid| &grid.cells)
                .map(|cell| &cell.value);
            total.iter().chain(cells).any(is_small)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
