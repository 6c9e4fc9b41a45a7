//! From the cells of a question to its answer, every fault at its cell.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::broker::FormView;
use crate::domain::check::{RawAnswer, RawCell, RawGrid, check};
use crate::domain::fault::Fault;
use crate::domain::form::{EntryState, Need};
use crate::domain::template::{Entry, EntryGrid, Input};
use crate::domain::unit::Unit;
use crate::tabular::Cell;

use super::super::question::offer_as_typed;
use super::super::words::offline as words;
use super::lines::{Part, offered_known, one_line, typed, typed_known};
use super::reader;

/// What a cell of a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    /// That what is offered is right.
    Right,
    /// The answer.
    Answer,
    /// Its unit.
    Unit,
    /// Why there is none.
    WhyNot,
    /// More of that.
    Note,
    /// The very day that it speaks of.
    Day,
}

/// The cells of a line that were filled in, each with the place by which messages call it.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// By which messages call the line.
    pub(super) place: String,
    /// What stands there as known already; empty where the file does not say.
    pub(super) known: String,
    /// What is filled in.
    pub(super) cells: BTreeMap<Member, (String, Cell)>,
}

/// An entry to which cells were filled in.
pub(super) struct Asked<'a> {
    view: &'a FormView,
    /// Its place on the form.
    place: usize,
    entry: &'a Entry,
    state: &'a EntryState,
    /// What is typed for it already.
    typed: Option<&'a RawAnswer>,
    today: Date,
}

impl<'a> Asked<'a> {
    /// The entry at a place of a form.
    pub(super) fn of(view: &'a FormView, place: usize, today: Date) -> Self {
        let entry = &view.form.template.entries()[place];
        let typed = typed(view.draft.as_deref(), entry);
        Self {
            view,
            place,
            entry,
            state: &view.form.entries[place],
            typed: typed.map(|typed| &typed.answer),
            today,
        }
    }

    /// What is offered to be said right, as it would be typed.
    fn offered(&self) -> Option<RawAnswer> {
        let is_to_confirm = self.state.need == Need::Confirm;
        let offered = self.state.offered.as_ref().filter(|_| is_to_confirm)?;
        Some(offer_as_typed(&offered.answer, self.entry))
    }

    /// The value of which these words told when the file was written; none where they tell of
    /// another, or of none, by now. What is typed since may be that value: a file may come twice.
    fn told_by(&self, words: &str) -> Option<RawAnswer> {
        let is_it = |known: &Option<String>| {
            let known = known.as_deref().unwrap_or_default();
            !words.is_empty() && one_line(known) == one_line(words)
        };
        if is_it(&offered_known(self.view, self.place)) {
            return self.offered();
        }
        let is_typed = is_it(&typed_known(self.view, self.place));
        self.typed.filter(|_| is_typed).cloned()
    }
}

/// The lines of an entry.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The question's own.
    pub(super) whole: Given,
    /// Those of its boxes.
    pub(super) parts: Vec<(Part, Given)>,
}

impl Given {
    fn cell(&self, member: Member) -> Option<&Cell> {
        self.cells.get(&member).map(|(_, cell)| cell)
    }

    fn place(&self, member: Member) -> &str {
        let known = self.cells.get(&member);
        known.map_or(&self.place, |(place, _)| place)
    }

    fn fault(&self, member: Member, message: &str) -> String {
        words::fault(self.place(member), message)
    }

    /// Whether nothing is filled in.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.values().all(|(_, cell)| cell.is_blank())
    }
}

/// The answer that an entry's lines give; none where they are blank, or where something is wrong.
pub(super) fn answer(
    asked: &Asked<'_>,
    rows: &Rows,
    faults: &mut Vec<String>,
) -> Option<RawAnswer> {
    let is_blank = rows.whole.is_blank() && rows.parts.iter().all(|(_, given)| given.is_blank());
    if is_blank {
        return None;
    }
    let before = faults.len();
    let raw = Taking {
        asked,
        rows,
        unit: None,
        faults,
    }
    .raw();
    if faults.len() > before {
        return None;
    }
    match check(&raw, asked.entry, asked.state.confirmable(), asked.today) {
        Ok(_) => Some(raw),
        Err(found) => {
            for fault in found.iter() {
                let told = placed(fault, &raw, asked.entry, rows);
                if !faults.contains(&told) {
                    faults.push(told);
                }
            }
            None
        }
    }
}

/// The lines of an entry while they are read.
struct Taking<'a, 'f> {
    asked: &'a Asked<'a>,
    rows: &'a Rows,
    /// The unit in which figures are stated.
    unit: Option<Unit>,
    faults: &'f mut Vec<String>,
}

impl Taking<'_, '_> {
    fn raw(mut self) -> RawAnswer {
        let whole = &self.rows.whole;
        let entry = self.asked.entry;
        let mut raw = RawAnswer::default();
        if let Some(cell) = filled(whole, Member::Answer) {
            match reader::answer(cell, entry) {
                Ok(read) => raw = read,
                Err(message) => self.faults.push(whole.fault(Member::Answer, message)),
            }
        }
        let in_cell = raw.unit.as_deref().and_then(|unit| unit.parse().ok());
        self.state_unit(whole, Member::Answer, in_cell);
        if let Some(cell) = filled(whole, Member::Unit) {
            match reader::unit(cell, entry) {
                Ok(unit) => self.state_unit(whole, Member::Unit, Some(unit)),
                Err(message) => self.faults.push(whole.fault(Member::Unit, message)),
            }
        }
        raw.grids = self.grids();
        if raw.declined.is_some() && !raw.grids.is_empty() {
            let told = whole.fault(Member::Answer, words::ANSWER_AND_REASON);
            self.faults.push(told);
        }
        let has_value = raw.number.is_some() || !raw.grids.is_empty();
        raw.unit = self.unit.filter(|_| has_value).map(|unit| unit.to_string());
        self.decline(&mut raw);
        let kept = self.kept(&raw);
        let is_kept = kept.is_some();
        raw = kept.unwrap_or(raw);
        if let Some(cell) = filled(whole, Member::Day) {
            match reader::date(cell) {
                Ok(day) => raw.on = Some(day.to_string()),
                Err(message) => self.faults.push(whole.fault(Member::Day, message)),
            }
        }
        if !is_kept {
            self.keep_parts(&mut raw);
        }
        raw.entry = entry.id.to_string();
        raw
    }

    /// Takes note of the unit of a figure: all of an answer are stated in one.
    fn state_unit(&mut self, given: &Given, member: Member, unit: Option<Unit>) {
        match (self.unit, unit) {
            (Some(known), Some(unit)) if known != unit => {
                self.faults.push(given.fault(member, words::SEVERAL_UNITS));
            }
            (_, Some(unit)) => self.unit = Some(unit),
            (_, None) => {}
        }
    }

    /// The breakdowns of which a box is filled in: with what is typed in the others already.
    fn grids(&mut self) -> Vec<RawGrid> {
        let entry = self.asked.entry;
        let shapes = entry.number().map_or(&[][..], |input| &input.grids);
        let mut grids = Vec::new();
        for (at, shape) in shapes.iter().enumerate() {
            let mut cells: BTreeMap<Vec<String>, String> = BTreeMap::new();
            let own = self.rows.parts.iter().filter(|(part, _)| part.grid == at);
            for (part, given) in own.clone() {
                let Some(cell) = filled(given, Member::Answer) else {
                    continue;
                };
                match reader::figure(cell, entry) {
                    Ok(figure) => {
                        self.state_unit(given, Member::Answer, figure.unit);
                        cells.insert(part.codes.clone(), figure.number);
                    }
                    Err(message) => {
                        self.faults.push(given.fault(Member::Answer, message));
                        // It is told of once.
                        cells.insert(part.codes.clone(), "0".to_owned());
                    }
                }
            }
            if cells.is_empty() {
                continue;
            }
            for (codes, value) in self.typed_boxes(shape) {
                cells.entry(codes).or_insert(value);
            }
            for missing in shape
                .boxes()
                .into_iter()
                .filter(|codes| !cells.contains_key(codes))
            {
                let row = own.clone().find(|(part, _)| part.codes == missing);
                let given = row.map_or(&self.rows.whole, |(_, given)| given);
                self.faults
                    .push(given.fault(Member::Answer, words::PART_MISSING));
            }
            let cells = cells
                .into_iter()
                .map(|(codes, value)| RawCell { codes, value });
            grids.push(RawGrid {
                dimensions: dimensions(shape),
                cells: cells.collect(),
            });
        }
        grids
    }

    /// What is typed in the boxes of a breakdown already, in the unit in which it is stated here.
    fn typed_boxes(&self, shape: &EntryGrid) -> Vec<(Vec<String>, String)> {
        let Some(typed) = self.asked.typed.filter(|typed| self.is_in_unit(typed)) else {
            return Vec::new();
        };
        let own = typed
            .grids
            .iter()
            .find(|grid| grid.dimensions == dimensions(shape));
        let cells = own.into_iter().flat_map(|grid| &grid.cells);
        cells
            .map(|cell| (cell.codes.clone(), cell.value.clone()))
            .collect()
    }

    fn is_in_unit(&self, typed: &RawAnswer) -> bool {
        let own = self
            .asked
            .entry
            .number()
            .and_then(|input| input.unit.as_ref());
        let own = own.map(|unit| unit.value);
        let theirs = typed.unit.as_ref().map_or(own, |unit| unit.parse().ok());
        self.unit.or(own) == theirs
    }

    /// What is typed already and was left blank here stays: the total beside boxes, boxes beside it.
    fn keep_parts(&self, raw: &mut RawAnswer) {
        let is_number = raw.number.is_some() || !raw.grids.is_empty();
        let Asked {
            entry,
            state,
            today,
            ..
        } = *self.asked;
        let is_whole = |typed: &&RawAnswer| {
            check(typed, entry, state.confirmable(), today).is_ok() && self.is_in_unit(typed)
        };
        let Some(typed) = self.asked.typed.filter(|_| is_number).filter(is_whole) else {
            return;
        };
        raw.number = raw.number.take().or_else(|| typed.number.clone());
        for grid in &typed.grids {
            if !raw
                .grids
                .iter()
                .any(|own| own.dimensions == grid.dimensions)
            {
                raw.grids.push(grid.clone());
            }
        }
    }

    /// Reads why there is no answer.
    fn decline(&mut self, raw: &mut RawAnswer) {
        let whole = &self.rows.whole;
        if let Some(cell) = filled(whole, Member::WhyNot) {
            match reader::reason(cell) {
                Ok(_) if !is_empty(raw) => {
                    let told = whole.fault(Member::WhyNot, words::ANSWER_AND_REASON);
                    self.faults.push(told);
                }
                Ok((reason, note)) => {
                    raw.declined = Some(reason.to_string());
                    raw.note = note;
                }
                Err(message) => self.faults.push(whole.fault(Member::WhyNot, message)),
            }
        }
        let Some(cell) = filled(whole, Member::Note) else {
            return;
        };
        if raw.declined.is_none() {
            self.faults
                .push(whole.fault(Member::Note, words::NOTE_WITHOUT_REASON));
        } else if raw.note.is_empty() {
            cell.text().clone_into(&mut raw.note);
        } else {
            raw.note = format!("{}; {}", raw.note, cell.text());
        }
    }

    /// What stands beside a Yes, which is kept as the very value that was seen there.
    fn kept(&mut self, raw: &RawAnswer) -> Option<RawAnswer> {
        let whole = &self.rows.whole;
        let cell = filled(whole, Member::Right)?;
        let message = match reader::yes_no(cell) {
            Ok(true) if !is_empty(raw) => words::RIGHT_AND_ANSWER,
            Ok(true) => match self.asked.told_by(&whole.known) {
                Some(kept) => return Some(kept),
                None if self.asked.offered().is_none() => words::NO_LONGER_OFFERED,
                None => words::SHOWN_HAS_CHANGED,
            },
            Ok(false) if is_empty(raw) => words::NOT_RIGHT,
            Ok(false) => return None,
            Err(message) => message,
        };
        self.faults.push(whole.fault(Member::Right, message));
        None
    }
}

fn filled(given: &Given, member: Member) -> Option<&Cell> {
    given.cell(member).filter(|cell| !cell.is_blank())
}

fn is_empty(raw: &RawAnswer) -> bool {
    let blank = RawAnswer::default();
    RawAnswer {
        on: None,
        ..raw.clone()
    } == blank
}

fn dimensions(shape: &EntryGrid) -> Vec<String> {
    let ids = shape.dimensions.iter();
    ids.map(|dimension| dimension.id.to_string()).collect()
}

/// A fault of an answer, at its cell and in words for whoever filled it in.
fn placed(fault: &Fault, raw: &RawAnswer, entry: &Entry, rows: &Rows) -> String {
    let member = fault.path.split(['.', '[']).next().unwrap_or_default();
    let of_number = match entry.input {
        Input::Count(_) => words::COUNT,
        Input::Percentage(_) => words::PERCENTAGE,
        Input::Money(_) => words::MONEY,
        _ => words::NUMBER,
    };
    let (at, message) = match member {
        "" => (Member::Answer, words::NO_ANSWER),
        "number" => (Member::Answer, of_number),
        "grids" => return box_fault(fault, raw, entry, rows, of_number),
        "unit" => (Member::Unit, words::OTHER_UNIT),
        "date" => (Member::Answer, words::DATE),
        "text" => (Member::Answer, words::TEXT),
        "yes_no" => (Member::Answer, words::YES_OR_NO),
        "options" => (Member::Answer, words::ONE_OPTION),
        "note" => (Member::Note, words::NOTE_TOO_LONG),
        "declined" => (Member::WhyNot, words::REASON),
        "on" => {
            let message = words::on(&entry.reference.label());
            return rows.whole.fault(Member::Day, &message);
        }
        _ => (Member::Answer, fault.message.as_str()),
    };
    rows.whole.fault(at, message)
}

/// A fault of a box: `grids[0].cells[3].value`.
fn box_fault(fault: &Fault, raw: &RawAnswer, entry: &Entry, rows: &Rows, message: &str) -> String {
    let mut places = fault.path.split(['[', ']']).skip(1).step_by(2);
    let mut next = || places.next().and_then(|place| place.parse::<usize>().ok());
    let grid = next().and_then(|place| raw.grids.get(place));
    let row = grid.and_then(|grid| {
        let cell = grid.cells.get(next()?)?;
        let mut shapes = entry.number()?.grids.iter();
        let part = Part {
            grid: shapes.position(|shape| dimensions(shape) == grid.dimensions)?,
            codes: cell.codes.clone(),
        };
        rows.parts.iter().find(|(own, _)| *own == part)
    });
    let given = row.map_or(&rows.whole, |(_, given)| given);
    given.fault(Member::Answer, message)
}
