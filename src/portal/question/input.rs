//! The fields in which an answer is typed: what each shows, and under which name it is posted.
//!
//! Everything of one answer is posted under the id of its entry, a full stop and a word.

use crate::domain::check::{RawAnswer, RawGrid};
use crate::domain::delivery::option_of;
use crate::domain::field_type::Lines;
use crate::domain::template::{Entry, EntryGrid, Input, NumberInput};
use crate::domain::text::normalise;
use crate::domain::unit::Unit;

use super::super::shown::box_label;

/// How an answer is typed.
pub(crate) enum InputView {
    /// A number.
    Number {
        /// As typed.
        value: String,
        /// Whether it is a whole number.
        is_whole: bool,
        /// In which unit.
        unit: UnitView,
    },
    /// A number in boxes.
    Grids {
        /// The breakdowns.
        grids: Vec<GridView>,
        /// In which unit.
        unit: UnitView,
    },
    /// Yes or no.
    YesNo {
        /// What is chosen; none for nothing.
        value: Option<bool>,
    },
    /// A date.
    Date(DateView),
    /// A text.
    Text {
        /// As typed.
        value: String,
        /// Whether it may have several lines.
        is_long: bool,
    },
    /// One of some options.
    Choice(Vec<OptionView>),
    /// Any of some options.
    Choices {
        /// The options.
        options: Vec<OptionView>,
        /// Whether "none of these" is chosen.
        is_none: bool,
    },
}

/// A date in three boxes.
#[derive(Default)]
pub(crate) struct DateView {
    pub(crate) day: String,
    pub(crate) month: String,
    pub(crate) year: String,
}

impl DateView {
    /// Whether nothing was typed.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.day, &self.month, &self.year]
            .iter()
            .all(|part| part.is_empty())
    }
}

/// In which unit a number is typed.
#[derive(Default)]
pub(crate) struct UnitView {
    /// What stands behind the number; empty for none.
    pub(crate) label: &'static str,
    /// The units to choose from; none where there is no choice.
    pub(crate) choices: Vec<UnitChoice>,
}

/// A unit to choose.
pub(crate) struct UnitChoice {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
    pub(crate) is_chosen: bool,
}

/// A breakdown.
pub(crate) struct GridView {
    /// What it is broken down by.
    pub(crate) caption: String,
    /// The heading of the rows.
    pub(crate) side: String,
    /// Headings of the columns of boxes; one without words where there is one column.
    pub(crate) heads: Vec<String>,
    /// Rows of boxes.
    pub(crate) rows: Vec<RowView>,
    /// The name under which it is posted that empty boxes are nought.
    pub(crate) zeros: String,
}

/// A row of boxes.
pub(crate) struct RowView {
    pub(crate) label: String,
    pub(crate) cells: Vec<BoxView>,
}

/// A box.
pub(crate) struct BoxView {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) value: String,
}

/// An option.
pub(crate) struct OptionView {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

impl InputView {
    /// The fields of an entry, with what is typed in them.
    pub(crate) fn of(entry: &Entry, typed: Option<&RawAnswer>) -> Self {
        let text = |member: fn(&RawAnswer) -> &Option<String>| {
            let typed = typed.and_then(|typed| member(typed).clone());
            typed.unwrap_or_default()
        };
        match &entry.input {
            Input::Count(number)
            | Input::Quantity(number)
            | Input::Percentage(number)
            | Input::Money(number) => Self::number(entry, number, typed),
            Input::YesNo => Self::YesNo {
                value: typed.and_then(|typed| typed.yes_no),
            },
            Input::Date { .. } => Self::Date(DateView::of(&text(|typed| &typed.date))),
            Input::Text { lines, .. } => Self::Text {
                value: text(|typed| &typed.text),
                is_long: lines.value == Lines::Multi,
            },
            Input::Choice { .. } => Self::Choice(options(entry, typed)),
            Input::Choices { .. } => Self::Choices {
                options: options(entry, typed),
                is_none: typed
                    .is_some_and(|typed| typed.options.as_ref().is_some_and(Vec::is_empty)),
            },
        }
    }

    fn number(entry: &Entry, number: &NumberInput, typed: Option<&RawAnswer>) -> Self {
        let unit = UnitView::of(entry, number, typed);
        if number.grids.is_empty() {
            return Self::Number {
                value: typed
                    .and_then(|typed| typed.number.clone())
                    .unwrap_or_default(),
                is_whole: matches!(entry.input, Input::Count(_)),
                unit,
            };
        }
        let grids = number.grids.iter().enumerate();
        let grids = grids.map(|(place, grid)| GridView::of(entry, place, grid, typed));
        Self::Grids {
            grids: grids.collect(),
            unit,
        }
    }
}

impl DateView {
    /// The parts of a date as it was typed: year, month, day.
    pub(crate) fn of(typed: &str) -> Self {
        let mut parts = typed.splitn(3, '-');
        let mut part = || {
            let part = parts.next().unwrap_or_default();
            let short = part.trim_start_matches('0');
            if short.is_empty() { part } else { short }.to_owned()
        };
        Self {
            year: part(),
            month: part(),
            day: part(),
        }
    }
}

impl UnitView {
    /// Whether one is to be chosen yet.
    pub(crate) fn is_unchosen(&self) -> bool {
        self.choices.iter().all(|choice| !choice.is_chosen)
    }

    fn of(entry: &Entry, number: &NumberInput, typed: Option<&RawAnswer>) -> Self {
        let Some(own) = number.unit.as_ref().map(|unit| unit.value) else {
            let label = match entry.input {
                Input::Percentage(_) => "%",
                _ => "",
            };
            return Self {
                label,
                choices: Vec::new(),
            };
        };
        if number.other_units.is_empty() {
            return Self {
                label: own.label(),
                choices: Vec::new(),
            };
        }
        // Hours must not be sent as minutes because nobody looked: nothing is chosen beforehand.
        let has_figure = |typed: &&RawAnswer| typed.number.is_some() || !typed.grids.is_empty();
        let typed = typed.filter(has_figure);
        let typed = typed.map(|typed| typed.unit.as_deref().unwrap_or(own.code()));
        let all = std::iter::once(own).chain(number.other_units.iter().copied());
        let choice = |unit: Unit| UnitChoice {
            code: unit.code(),
            label: unit.label(),
            is_chosen: Some(unit.code()) == typed,
        };
        Self {
            label: "",
            choices: all.map(choice).collect(),
        }
    }
}

impl GridView {
    fn of(entry: &Entry, place: usize, grid: &EntryGrid, typed: Option<&RawAnswer>) -> Self {
        let typed = typed.and_then(|typed| raw_of(&typed.grids, grid));
        let labels: Vec<&str> = grid
            .dimensions
            .iter()
            .map(|own| own.label.as_str())
            .collect();
        // Two dimensions make a table of rows and columns; any other number, one column of boxes.
        let is_crossed = grid.dimensions.len() == 2;
        let across = if is_crossed {
            grid.dimensions[1].codes.len().max(1)
        } else {
            1
        };
        let boxes: Vec<(Vec<String>, BoxView)> = grid
            .boxes()
            .into_iter()
            .enumerate()
            .map(|(at, codes)| {
                let cell = BoxView {
                    name: box_name(entry, place, at),
                    label: box_label(&codes, Some(grid)),
                    value: typed.map_or(String::new(), |typed| value_of(typed, grid, &codes)),
                };
                (codes, cell)
            })
            .collect();
        let mut rows: Vec<RowView> = Vec::new();
        for (at, (codes, cell)) in boxes.into_iter().enumerate() {
            if at % across == 0 {
                let shown = if is_crossed { &codes[..1] } else { &codes[..] };
                rows.push(RowView {
                    label: box_label(shown, Some(grid)),
                    cells: Vec::with_capacity(across),
                });
            }
            if let Some(row) = rows.last_mut() {
                row.cells.push(cell);
            }
        }
        let heads = if is_crossed {
            let codes = grid.dimensions[1].codes.iter();
            codes.map(|code| code.label.clone()).collect()
        } else {
            vec![String::new()]
        };
        Self {
            caption: labels.join(" × "),
            side: if is_crossed {
                labels[0].to_owned()
            } else {
                labels.join(", ")
            },
            heads,
            rows,
            zeros: zeros_name(entry, place),
        }
    }
}

/// Under which name a box is posted.
pub(super) fn box_name(entry: &Entry, grid: usize, place: usize) -> String {
    format!("{}.g{grid}.{place}", entry.id)
}

/// Under which name it is posted that the empty boxes of a breakdown are nought.
pub(super) fn zeros_name(entry: &Entry, grid: usize) -> String {
    format!("{}.g{grid}.zeros", entry.id)
}

/// What was typed for a breakdown.
pub(super) fn raw_of<'a>(typed: &'a [RawGrid], grid: &EntryGrid) -> Option<&'a RawGrid> {
    let own: Vec<&str> = grid.dimensions.iter().map(|own| own.id.as_str()).collect();
    let same = |raw: &&RawGrid| {
        own.len() == raw.dimensions.len()
            && own.iter().all(|id| raw.dimensions.iter().any(|d| d == id))
    };
    typed.iter().find(same)
}

/// What was typed in a box, whichever way round its dimensions stand.
pub(super) fn value_of(typed: &RawGrid, grid: &EntryGrid, codes: &[String]) -> String {
    let wanted = |dimension: &String| {
        let mut own = grid.dimensions.iter();
        let place = own.position(|own| own.id.as_str() == dimension)?;
        codes.get(place)
    };
    let wanted: Vec<Option<&String>> = typed.dimensions.iter().map(wanted).collect();
    let is_it = |codes: &Vec<String>| codes.iter().map(Some).eq(wanted.iter().copied());
    let cell = typed.cells.iter().find(|cell| is_it(&cell.codes));
    cell.map_or_else(String::new, |cell| cell.value.clone())
}

fn options(entry: &Entry, typed: Option<&RawAnswer>) -> Vec<OptionView> {
    let typed = typed.and_then(|typed| typed.options.as_deref());
    let chosen = typed.unwrap_or_default().iter().filter_map(|label| {
        let label = normalise(label).ok()?;
        Some(option_of(entry, &label)?.key.as_str())
    });
    let chosen: Vec<&str> = chosen.collect();
    let view = |option: &crate::domain::template::EntryOption| OptionView {
        key: option.key.clone(),
        label: option.label.clone(),
        is_chosen: chosen.contains(&option.key.as_str()),
    };
    entry.options().iter().map(view).collect()
}
