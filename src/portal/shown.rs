//! Values and times as people read them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::domain::answer::{Cell, DeclineReason, Grid, Number, Said, Value};
use crate::domain::calendar::{civil_london, day_label, weekday_label};
use crate::domain::decimal::Decimal;
use crate::domain::delivery::option_of;
use crate::domain::reference::Reference;
use crate::domain::template::{Entry, EntryGrid, EntryOption};
use crate::domain::unit::Unit;

use super::words;

/// An answer in a line.
pub(super) fn said(said: &Said, entry: &Entry) -> String {
    match said {
        Said::Value(value) => self::value(value, entry),
        Said::Declined { reason, note } if note.is_empty() => reason_words(*reason).to_owned(),
        Said::Declined { reason, note } => format!("{}: {note}", reason_words(*reason)),
    }
}

/// A reason why there is no value, as the home chooses it.
pub(super) fn reason_words(reason: DeclineReason) -> &'static str {
    use words::question;

    match reason {
        DeclineReason::NotHeld => question::NOT_HELD,
        DeclineReason::NotApplicable => question::NOT_APPLICABLE,
        DeclineReason::NotClear => question::NOT_CLEAR,
        DeclineReason::TakesTooLong => question::TAKES_TOO_LONG,
        DeclineReason::AlreadyGiven => question::ALREADY_GIVEN,
    }
}

fn value(value: &Value, entry: &Entry) -> String {
    match value {
        Value::Number(number) => self::number(number, entry),
        Value::YesNo(true) => words::question::YES.to_owned(),
        Value::YesNo(false) => words::question::NO.to_owned(),
        Value::Date(date) => day_label(*date),
        Value::Text(text) => text.clone(),
        Value::Options(keys) if keys.is_empty() => words::question::NONE_OF_THESE.to_owned(),
        Value::Options(keys) => {
            // In the order in which they are offered.
            let mut options: Vec<_> = keys
                .iter()
                .map(|key| (key, option_of(entry, key)))
                .collect();
            let place = |option: &EntryOption| entry.options().iter().position(|own| own == option);
            options.sort_by_key(|(_, option)| option.and_then(place));
            let label = |(key, option): &(&String, Option<&EntryOption>)| {
                option.map_or_else(|| (*key).clone(), |option| option.label.clone())
            };
            options.iter().map(label).collect::<Vec<_>>().join("; ")
        }
    }
}

fn number(number: &Number, entry: &Entry) -> String {
    let whole = number.whole().map(|whole| amount(whole, number.unit));
    let boxes = number.grids.iter().map(|grid| boxes(grid, entry));
    let boxes: Vec<String> = boxes.filter(|boxes| !boxes.is_empty()).collect();
    match (whole, boxes.is_empty()) {
        (Some(whole), true) => whole,
        (Some(whole), false) => format!("{whole} ({})", boxes.join("; ")),
        (None, _) => boxes.join("; "),
    }
}

/// A figure with its unit: `37.5 hours`, `£1200`.
pub(super) fn amount(figure: Decimal, unit: Option<Unit>) -> String {
    words::delivered::with_unit(&figure.to_string(), unit.map_or("", Unit::label))
}

/// The boxes of a breakdown in the order of the question's, those of nought left out.
fn boxes(grid: &Grid, entry: &Entry) -> String {
    let cells = labelled_boxes(grid, entry).into_iter();
    let cells = cells.filter(|(_, value)| *value != Decimal::ZERO);
    let cells = cells.map(|(label, value)| format!("{label}: {value}"));
    cells.collect::<Vec<_>>().join(", ")
}

/// The boxes of a breakdown in the order of the question's, each with what it is called.
pub(super) fn labelled_boxes(grid: &Grid, entry: &Entry) -> Vec<(String, Decimal)> {
    let shape = entry.number().into_iter().flat_map(|input| &input.grids);
    let shape = shape.into_iter().find(|shape| {
        let own = shape.dimensions.iter().map(|dimension| &dimension.id);
        own.eq(&grid.dimensions)
    });
    let mut cells: Vec<&Cell> = grid.cells.iter().collect();
    cells.sort_by_key(|cell| box_place(&cell.codes, shape));
    let labelled = cells.into_iter();
    let labelled = labelled.map(|cell| (box_label(&cell.codes, shape), cell.value));
    labelled.collect()
}

/// Where a box of a breakdown stands on its form.
pub(super) fn box_place(codes: &[String], shape: Option<&EntryGrid>) -> Vec<Option<usize>> {
    let places = codes.iter().enumerate().map(|(place, code)| {
        let dimension = shape.and_then(|shape| shape.dimensions.get(place));
        dimension.and_then(|own| own.codes.iter().position(|known| known.code == *code))
    });
    places.collect()
}

/// What a box of a breakdown is called.
pub(super) fn box_label(codes: &[String], shape: Option<&EntryGrid>) -> String {
    let labels = codes.iter().enumerate().map(|(place, code)| {
        let dimension = shape.and_then(|shape| shape.dimensions.get(place));
        let known = dimension.and_then(|own| own.codes.iter().find(|known| known.code == *code));
        known.map_or(code.as_str(), |known| known.label.as_str())
    });
    labels.collect::<Vec<_>>().join(", ")
}

/// A moment as people in England read it: `Sunday 22 November 2026 at 14:05`.
pub(super) fn moment(at: Timestamp) -> String {
    minute(civil_london(at))
}

/// A time on the clocks of London, as people read it.
pub(super) fn minute(at: DateTime) -> String {
    format!("{} at {}", weekday_label(at.date()), at.strftime("%H:%M"))
}

/// Until when something is wanted, seen from today: `today at 11:00`, `tomorrow`, `Friday 27
/// November`. The last minute of a day goes without saying.
pub(super) fn due(at: DateTime, today: Date) -> String {
    let day = day(at, today);
    if at.hour() == 23 && at.minute() == 59 {
        return day;
    }
    format!("{day} at {}", at.strftime("%H:%M"))
}

/// Until when something is wanted, for whoever reads it on another day: `Monday 30 November 2026 at
/// 11:00`.
pub(super) fn due_on(at: DateTime) -> String {
    let day = weekday_label(at.date());
    match clock(at) {
        Some(clock) => format!("{day} at {clock}"),
        None => day,
    }
}

/// A day seen from today: `today`, `tomorrow`, `Friday 27 November`.
pub(super) fn day(at: DateTime, today: Date) -> String {
    let days = today
        .until(at.date())
        .map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => words::worklist::TODAY.to_owned(),
        1 => words::worklist::TOMORROW.to_owned(),
        -1 => words::worklist::YESTERDAY.to_owned(),
        _ if at.year() == today.year() => at.strftime("%A %-d %B").to_string(),
        _ => weekday_label(at.date()),
    }
}

/// Of what time an answer speaks; empty for what stands until it changes.
pub(super) fn speaks_of(reference: Reference, on: Option<Date>) -> String {
    match (reference, on) {
        (Reference::Standing, _) => String::new(),
        (_, Some(date)) => Reference::Moment { date, at: None }.label(),
        (own, None) => own.label(),
    }
}

/// A time of day that says something: none for the last minute, which is the end of the day.
pub(super) fn clock(at: DateTime) -> Option<String> {
    let is_end = at.hour() == 23 && at.minute() == 59;
    (!is_end).then(|| at.strftime("%H:%M").to_string())
}
