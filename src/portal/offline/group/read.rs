//! Reading a group's workbook back, every fault at its cell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::tabular::grid::letters;
use crate::tabular::{Grid, GridRow};

use super::super::super::words::offline as words;
use super::super::save::Filed;
use super::super::sheet::etag_of_mark;
use super::super::taken::{Asked, Given, Member, Rows, answer};
use super::book::HOME_KEY;
use super::{Group, Own};

/// The answers in a workbook, by home.
///
/// # Errors
/// Every fault, at its cell.
pub(super) fn answers(grid: &Grid, group: &Group, today: Date) -> Result<Vec<Filed>, Vec<String>> {
    let mut rows = grid.rows.iter();
    let Some(keys) = rows.find(|row| is_keys(row)) else {
        return Err(vec![words::NOT_OURS.to_owned()]);
    };
    let mut reading = Reading {
        group,
        today,
        columns: Vec::new(),
        reference: None,
        seen: BTreeSet::new(),
        faults: Vec::new(),
    };
    reading.columns(keys);
    let Some(at) = reading.reference else {
        return Err(vec![words::NOT_OURS.to_owned()]);
    };
    let filed: Vec<Filed> = rows.filter_map(|row| reading.row(row, at)).collect();
    if reading.faults.is_empty() && filed.is_empty() {
        reading.faults.push(words::NO_ANSWERS.to_owned());
    }
    match reading.faults.as_slice() {
        [] => Ok(filed),
        _ => Err(reading.faults),
    }
}

/// The homes that a workbook names, whosever they are.
pub(super) fn homes(grid: &Grid) -> BTreeSet<HomeId> {
    let mut rows = grid.rows.iter();
    let keys = rows.find(|row| is_keys(row));
    let at = keys.and_then(|keys| keys.cells.iter().position(|key| key.text() == HOME_KEY));
    let named = rows.filter_map(|row| {
        let reference = row.cell(at?).text();
        reference.split_whitespace().next()?.parse().ok()
    });
    named.collect()
}

fn is_keys(row: &GridRow) -> bool {
    row.cell(0).text() == words::column::REFERENCE
}

/// A workbook while it is read.
struct Reading<'a> {
    group: &'a Group,
    today: Date,
    /// Where each line stands.
    columns: Vec<(usize, String)>,
    /// Where the homes' references stand.
    reference: Option<usize>,
    /// The homes that are answered for.
    seen: BTreeSet<HomeId>,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn columns(&mut self, keys: &GridRow) {
        for (place, cell) in keys.cells.iter().enumerate().skip(1) {
            let key = cell.text().to_owned();
            if key.is_empty() {
                continue;
            }
            if key == HOME_KEY {
                self.reference = Some(place);
            } else if self.columns.iter().any(|(_, known)| *known == key) {
                self.faults.push(words::column_twice(&letters(place)));
            } else {
                self.columns.push((place, key));
            }
        }
    }

    /// What is filled in for a home; none where that is nothing, or wrong.
    fn row(&mut self, row: &GridRow, at: usize) -> Option<Filed> {
        let cells = self.columns.iter();
        let filled = cells.filter(|(place, _)| !row.cell(*place).is_blank());
        let filled: Vec<(usize, String)> = filled.cloned().collect();
        if filled.is_empty() {
            return None;
        }
        let place = words::place(row.number, words::column::REFERENCE);
        let mut reference = row.cell(at).text().split_whitespace();
        let parts = (reference.next(), reference.next(), reference.next());
        let (Some(home), Some(period), Some(mark)) = parts else {
            self.faults.push(words::fault(&place, words::NO_REFERENCE));
            return None;
        };
        let own = home.parse::<HomeId>().ok();
        let own = own.and_then(|home| self.group.homes.iter().find(|own| own.home == home));
        let Some(own) = own else {
            self.faults.push(words::fault(&place, words::NOT_YOUR_HOME));
            return None;
        };
        if period.parse::<Period>().ok() != Some(self.group.period) {
            let message = words::other_period(&self.group.period.label());
            self.faults.push(words::fault(&place, &message));
            return None;
        }
        if !self.seen.insert(own.home.clone()) {
            self.faults.push(words::fault(&place, words::HOME_TWICE));
            return None;
        }
        self.of_home(own, row, &filled, mark)
    }

    fn of_home(
        &mut self,
        own: &Own,
        row: &GridRow,
        filled: &[(usize, String)],
        mark: &str,
    ) -> Option<Filed> {
        let lines = own.lines();
        let entries = own.view.form.template.entries();
        let cell_place =
            |place: usize, wording: &str| words::cell_place(row.number, &letters(place), wording);
        let mut by_entry: BTreeMap<usize, Rows> = BTreeMap::new();
        for (place, key) in filled {
            if !lines.contains_key(key) {
                let at = cell_place(*place, &own.name);
                self.faults
                    .push(words::fault(&at, words::NOT_ASKED_OF_HOME));
            }
        }
        // Of a breakdown the blank boxes count too: they are what is missing.
        for (place, key) in &self.columns {
            let Some(line) = lines.get(key) else {
                continue;
            };
            let at = cell_place(*place, &entries[line.entry].wording.value);
            let cell = (at.clone(), row.cell(*place).clone());
            let given = Given {
                place: at,
                known: String::new(),
                cells: BTreeMap::from([(Member::Answer, cell)]),
            };
            let rows = by_entry.entry(line.entry).or_default();
            match &line.part {
                None => rows.whole = given,
                Some(part) => rows.parts.push((part.clone(), given)),
            }
        }
        let mut answers = Vec::new();
        for (place, rows) in &by_entry {
            let asked = Asked::of(&own.view, *place, self.today);
            answers.extend(answer(&asked, rows, &mut self.faults));
        }
        (!answers.is_empty()).then(|| Filed {
            home: own.home.clone(),
            period: self.group.period,
            etag: etag_of_mark(mark).to_owned(),
            answers,
        })
    }
}
