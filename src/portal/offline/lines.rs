//! The lines of a form on paper: each question, with a line for every box of its breakdowns below.

use crate::broker::FormView;
use crate::domain::check::{RawAnswer, check};
use crate::domain::draft::{Draft, Typed};
use crate::domain::form::{EntryState, Need};
use crate::domain::template::{Entry, EntryOption, Input};
use crate::tabular::workbook::Style;

use super::super::shown;
use super::super::words::offline as words;
use super::super::words::offline::how;
use super::reader::{YES_NO, reasons};

/// A line: a question, or a box of one of its breakdowns.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What tells it from every other line of a form.
    pub(super) key: String,
    /// The place of its entry on the form.
    pub(super) entry: usize,
    /// The box of which breakdown it is; none for the question itself.
    pub(super) part: Option<Part>,
}

/// A box of a breakdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The place of the breakdown in the entry.
    pub(super) grid: usize,
    /// A code of each dimension.
    pub(super) codes: Vec<String>,
}

/// The lines of a form: topics in the order in which they first come, questions in that of the form.
pub(super) fn lines(entries: &[Entry]) -> Vec<Line> {
    let mut topics: Vec<&str> = Vec::new();
    for entry in entries {
        let topic = entry.topic.value.as_str();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    let of_topic = |topic: &str| {
        let own = entries.iter().enumerate();
        let own = own.filter(move |(_, entry)| entry.topic.value == topic);
        own.flat_map(|(place, entry)| of_entry(place, entry))
            .collect::<Vec<_>>()
    };
    topics.into_iter().flat_map(of_topic).collect()
}

fn of_entry(place: usize, entry: &Entry) -> Vec<Line> {
    let mut lines = vec![Line {
        key: entry.id.to_string(),
        entry: place,
        part: None,
    }];
    let grids = entry.number().map_or(&[][..], |input| &input.grids);
    for (at, grid) in grids.iter().enumerate() {
        let ids = grid
            .dimensions
            .iter()
            .map(|dimension| dimension.id.as_str());
        let ids = ids.collect::<Vec<_>>().join(",");
        for codes in grid.boxes() {
            lines.push(Line {
                key: format!("{} {ids}={}", entry.id, codes.join(",")),
                entry: place,
                part: Some(Part { grid: at, codes }),
            });
        }
    }
    lines
}

impl Line {
    /// What the box is called, behind what the breakdown is by; none for the question itself.
    pub(super) fn part_label(&self, entry: &Entry) -> Option<String> {
        let part = self.part.as_ref()?;
        let grid = entry.number()?.grids.get(part.grid)?;
        let by = grid.dimensions.iter().map(|own| own.label.as_str());
        let by = by.collect::<Vec<_>>().join(", ");
        let own = shown::box_label(&part.codes, Some(grid));
        Some(words::part_of(&by, &own))
    }

    /// How to answer it.
    pub(super) fn how(&self, entry: &Entry) -> String {
        let options = || {
            let names = entry.options().iter().map(EntryOption::name);
            names.collect::<Vec<_>>().join("; ")
        };
        let number = |text: String| {
            let has_parts = entry.number().is_some_and(|input| !input.grids.is_empty());
            if has_parts && self.part.is_none() {
                format!("{}. {text}", how::PARTS)
            } else {
                text
            }
        };
        match &entry.input {
            Input::Count(_) => number(how::COUNT.to_owned()),
            Input::Percentage(_) => number(how::PERCENTAGE.to_owned()),
            Input::Quantity(input) | Input::Money(input) => {
                let unit = input.unit.as_ref().map_or("", |unit| unit.value.label());
                let others = input.other_units.iter().map(|unit| unit.label());
                number(how::number(unit, &others.collect::<Vec<_>>()))
            }
            Input::YesNo => how::YES_NO.to_owned(),
            Input::Date { .. } => how::DATE.to_owned(),
            Input::Text { max_length, .. } => how::text(max_length.value),
            Input::Choice { .. } => how::one_of(&options()),
            Input::Choices { .. } => how::any_of(&options()),
        }
    }

    /// How its cell looks.
    pub(super) fn style(entry: &Entry) -> Style {
        match &entry.input {
            Input::Count(_) | Input::Quantity(_) | Input::Percentage(_) | Input::Money(_) => {
                Style::NumberEntry
            }
            Input::Date { .. } => Style::DateEntry,
            _ => Style::Entry,
        }
    }

    /// The words that its cell may be chosen from; empty where it is typed.
    pub(super) fn choices(entry: &Entry) -> Vec<String> {
        match &entry.input {
            Input::YesNo => YES_NO.map(str::to_owned).to_vec(),
            Input::Choice { options } => {
                let names = options.iter().map(|option| option.name().to_owned());
                names.collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Every reason why there may be no answer.
pub(super) fn reason_list() -> Vec<String> {
    reasons().map(str::to_owned).collect()
}

/// What is known of an entry: typed so far, offered with where it comes from, or answered.
pub(super) fn known(view: &FormView, place: usize) -> String {
    let own = typed_known(view, place).or_else(|| offered_known(view, place));
    own.or_else(|| answered_known(view, place))
        .unwrap_or_default()
}

/// What is typed for an entry so far, and by whom.
pub(super) fn typed_known(view: &FormView, place: usize) -> Option<String> {
    let entry = &view.form.template.entries()[place];
    let typed = typed(view.draft.as_deref(), entry)?;
    let value = typed_words(&typed.answer, entry, &view.form.entries[place]);
    Some(words::typed_so_far(&value, &typed.by))
}

/// What is offered for an entry, and where it comes from.
pub(super) fn offered_known(view: &FormView, place: usize) -> Option<String> {
    let entry = &view.form.template.entries()[place];
    let state = &view.form.entries[place];
    let is_offered = !matches!(state.need, Need::Nothing | Need::Send);
    let offered = state.offered.as_ref().filter(|_| is_offered)?;
    let from = view.words.get(&entry.id).map_or("", |words| &words.offered);
    let value = shown::said(&offered.answer.said, entry);
    Some(words::offered(&value, from))
}

fn answered_known(view: &FormView, place: usize) -> Option<String> {
    let entry = &view.form.template.entries()[place];
    let answered = view.form.entries[place].answer.as_ref()?;
    Some(words::answered(&shown::said(&answered.answer.said, entry)))
}

/// A text on one line, so that the rows of a file are its lines.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was typed for an entry and not sent.
pub(super) fn typed<'a>(draft: Option<&'a Draft>, entry: &Entry) -> Option<&'a Typed> {
    draft?.entries.get(&entry.id)?.typed.as_ref()
}

/// What was typed as people read it; what cannot be an answer, as it was typed.
pub(super) fn typed_words(raw: &RawAnswer, entry: &Entry, state: &EntryState) -> String {
    let today = jiff::civil::Date::ZERO;
    let dateless = RawAnswer {
        on: None,
        ..raw.clone()
    };
    // Of which day it speaks does not matter here.
    let day = entry.reference.last_day().unwrap_or(today);
    if let Ok(checked) = check(&dateless, entry, state.confirmable(), day) {
        return shown::said(&checked.answer.said, entry);
    }
    let cells = raw.grids.iter().flat_map(|grid| &grid.cells);
    let cells = cells.map(|cell| format!("{}: {}", cell.codes.join(", "), cell.value));
    let texts = [&raw.number, &raw.date, &raw.text, &raw.declined];
    let texts = texts.into_iter().flatten().cloned();
    texts.chain(cells).collect::<Vec<_>>().join("; ")
}
