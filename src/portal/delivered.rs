//! Values as a body gets them: in its own units and codes.

use crate::domain::calendar::day_label;
use crate::domain::delivery::{Delivered, Delivery, Flag};
use crate::domain::field_type::ChoiceOption;
use crate::domain::template::{Demand, Entry};

use super::{shown, words};

/// A value as the body of a demand gets it.
pub(super) fn value(delivery: &Delivery, entry: &Entry, demand: &Demand) -> String {
    match &delivery.value {
        Delivered::Number { total, unit, grid } => {
            let figure = total.map(|total| shown::amount(total, *unit));
            let boxes = grid.as_ref().map(|grid| {
                let boxes = shown::labelled_boxes(grid, entry).into_iter();
                let boxes = boxes.map(|(label, figure)| {
                    words::delivered::labelled(&label, &shown::amount(figure, *unit))
                });
                boxes.collect::<Vec<_>>().join(", ")
            });
            let both = figure.into_iter().chain(boxes);
            both.collect::<Vec<_>>().join("; ")
        }
        Delivered::YesNo(true) => words::question::YES.to_owned(),
        Delivered::YesNo(false) => words::question::NO.to_owned(),
        Delivered::Date(day) => day_label(*day),
        Delivered::Text(text) => text.clone(),
        Delivered::Options { codes, others } => {
            let own = codes
                .iter()
                .map(|code| option(code, demand.field.kind.options()));
            let all: Vec<String> = own.chain(others.iter().cloned()).collect();
            if all.is_empty() {
                return words::question::NONE_OF_THESE.to_owned();
            }
            all.join("; ")
        }
        Delivered::Declined { reason, note } => match note.as_str() {
            "" => shown::reason_words(*reason).to_owned(),
            note => words::delivered::labelled(shown::reason_words(*reason), note),
        },
    }
}

/// A value to be copied into a box that has its unit beside it: without the unit.
pub(super) fn bare(delivery: &Delivery, entry: &Entry, demand: &Demand) -> String {
    let mut bare = delivery.clone();
    if let Delivered::Number { unit, .. } = &mut bare.value {
        *unit = None;
    }
    value(&bare, entry, demand)
}

/// What happened to a value on its way to a body, worth knowing.
pub(super) fn notes(delivery: &Delivery) -> Vec<&'static str> {
    let notes = delivery.flags.iter().filter_map(|flag| match flag {
        Flag::Converted => Some(words::delivered::CONVERTED),
        Flag::Rounded => Some(words::delivered::ROUNDED),
        Flag::Summed => Some(words::delivered::SUMMED),
        Flag::NotBrokenDown => Some(words::delivered::NOT_BROKEN_DOWN),
        Flag::TotalsDisagree => Some(words::delivered::TOTALS_DISAGREE),
        Flag::OutsideLimits => Some(words::delivered::OUTSIDE_LIMITS),
        Flag::NotAnOption => Some(words::delivered::NOT_AN_OPTION),
        Flag::Corrected => Some(words::delivered::CORRECTED),
        Flag::WorkedOut => Some(words::delivered::WORKED_OUT),
        Flag::AsGiven | Flag::Declined | Flag::DoNotPublish => None,
    });
    notes.collect()
}

/// An option by the body's own label and code.
fn option(code: &str, options: &[ChoiceOption]) -> String {
    let known = options.iter().find(|own| own.code == code);
    match known {
        Some(own) if own.label != own.code => words::delivered::coded(&own.label, &own.code),
        _ => code.to_owned(),
    }
}
