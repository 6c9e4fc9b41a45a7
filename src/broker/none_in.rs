//! Nothing happened: nought for every number of events of a topic.

use crate::domain::check::{RawAnswer, RawCell, RawGrid};
use crate::domain::fault::Faults;
use crate::domain::field_type::Timing;
use crate::domain::form::{Form, Need};
use crate::domain::id::{ElementId, shown};
use crate::domain::template::{Entry, EntryGrid, Input};

/// Elements that count what goes on every day: they are not nought because nothing happened.
const EVERY_DAY: [&str; 3] = ["obd", "obd.available", "med.doses"];

/// Nought for every number of events of these topics that is put and not answered.
pub(super) fn nil_answers(
    topics: &[String],
    given: &[RawAnswer],
    form: &Form,
) -> Result<Vec<RawAnswer>, Faults> {
    let mut faults = Faults::new();
    let mut nil: Vec<RawAnswer> = Vec::new();
    for (place, topic) in topics.iter().enumerate() {
        if !form.entries().any(|(entry, _)| entry.topic.value == *topic) {
            let message = format!("{} is no topic of this form", shown(topic));
            faults.add(format!("none_in[{place}]"), message);
        }
        let open = nothing_happened(form, |entry| entry.topic.value == *topic);
        let is_given = |own: &RawAnswer| {
            given
                .iter()
                .chain(&nil)
                .any(|other| other.entry == own.entry)
        };
        let open: Vec<RawAnswer> = open.filter(|own| !is_given(own)).collect();
        nil.extend(open);
    }
    faults.into_result()?;
    Ok(nil)
}

/// Nought for every number of events that is to be answered on a form, of those entries that are
/// meant.
pub fn nothing_happened<'a>(
    form: &'a Form,
    is_meant: impl Fn(&Entry) -> bool + 'a,
) -> impl Iterator<Item = RawAnswer> + 'a {
    let open = form.entries().filter(move |(entry, state)| {
        state.need == Need::Answer && is_of_events(entry) && is_meant(entry)
    });
    open.map(|(entry, _)| nil_answer(entry))
}

/// Whether an entry counts what happens, and not what goes on every day.
fn is_of_events(entry: &Entry) -> bool {
    let is_during = matches!(entry.timing, Timing::During | Timing::LookBack(_));
    let is_daily = |id: &ElementId| EVERY_DAY.contains(&id.as_str());
    is_during
        && matches!(entry.input, Input::Count(_))
        && !entry.element.as_ref().is_some_and(is_daily)
}

fn nil_answer(entry: &Entry) -> RawAnswer {
    let grids = entry.number().into_iter().flat_map(|number| &number.grids);
    let grids: Vec<RawGrid> = grids.map(nil_grid).collect();
    RawAnswer {
        entry: entry.id.to_string(),
        number: grids.is_empty().then(|| "0".to_owned()),
        grids,
        ..RawAnswer::default()
    }
}

/// A breakdown with nought in every box.
fn nil_grid(grid: &EntryGrid) -> RawGrid {
    let mut boxes = vec![Vec::new()];
    for dimension in &grid.dimensions {
        let longer = boxes.iter().flat_map(|codes: &Vec<String>| {
            dimension.codes.iter().map(move |code| {
                let mut codes = codes.clone();
                codes.push(code.code.clone());
                codes
            })
        });
        boxes = longer.collect();
    }
    let cell = |codes| RawCell {
        codes,
        value: "0".to_owned(),
    };
    RawGrid {
        dimensions: grid
            .dimensions
            .iter()
            .map(|own| own.id.to_string())
            .collect(),
        cells: boxes.into_iter().map(cell).collect(),
    }
}
