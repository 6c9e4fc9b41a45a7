//! Reading the sheet of a form back, every fault at its cell.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::tabular::{Cell, Grid, GridRow};

use super::super::super::words::offline as words;
use super::super::lines::Line;
use super::super::taken::{Asked, Given, Member, Rows, answer};
use super::{Against, Answers, Column, Sheet, etag_of_mark};

/// By what a row is known again.
struct Reference<'a> {
    home: &'a str,
    period: &'a str,
    draft: &'a str,
    line: &'a str,
}

/// The answers in a sheet.
///
/// # Errors
/// Every fault, at its cell.
pub(in super::super) fn answers(
    grid: &Grid,
    against: &Against<'_>,
) -> Result<Answers, Vec<String>> {
    let Some((header, rows)) = grid.rows.split_first() else {
        return Err(vec![words::EMPTY.to_owned()]);
    };
    let columns = columns(header)?;
    let sheet = Sheet::of(against.view);
    let mut reading = Reading {
        sheet: &sheet,
        columns,
        etags: Vec::new(),
        given: BTreeMap::new(),
        seen: BTreeSet::new(),
        faults: Vec::new(),
    };
    for row in rows {
        // Of a sheet that is not for this form, that is all there is to say.
        reading.row(row).map_err(|fault| vec![fault])?;
    }
    reading.answers(against)
}

/// Where each column stands.
fn columns(header: &GridRow) -> Result<BTreeMap<Column, usize>, Vec<String>> {
    let mut columns = BTreeMap::new();
    let mut faults = Vec::new();
    let same = |heading: &str, cell: &Cell| heading.eq_ignore_ascii_case(cell.text().trim());
    for column in Column::ALL {
        let heading = column.heading();
        let mut found = header.cells.iter().enumerate();
        let mut found = found
            .by_ref()
            .filter(|(_, cell)| same(heading, cell))
            .map(|(place, _)| place);
        match (found.next(), found.next()) {
            (Some(place), None) => {
                columns.insert(column, place);
            }
            (Some(_), Some(_)) => faults.push(words::column_twice(heading)),
            (None, _) if column.is_needed() => faults.push(words::no_column(heading)),
            (None, _) => {}
        }
    }
    match faults.as_slice() {
        [] => Ok(columns),
        // Of a file without any of them there is one thing to say.
        _ if columns.is_empty() => Err(vec![words::NOT_OURS.to_owned()]),
        _ => Err(faults),
    }
}

/// A sheet while it is read.
struct Reading<'a> {
    sheet: &'a Sheet<'a>,
    columns: BTreeMap<Column, usize>,
    /// What was typed when each row was written.
    etags: Vec<String>,
    /// What was filled in, by entry.
    given: BTreeMap<usize, Rows>,
    /// Which lines were filled in.
    seen: BTreeSet<String>,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn row(&mut self, row: &GridRow) -> Result<(), String> {
        let given = self.given(row);
        let at = self.columns.get(&Column::Reference);
        let text = at.map_or("", |place| row.cell(*place).text());
        let heading = words::place(row.number, Column::Reference.heading());
        let Some(reference) = reference(text) else {
            if !given.is_blank() {
                self.faults
                    .push(words::fault(&heading, words::NO_REFERENCE));
            }
            return Ok(());
        };
        let form = &self.sheet.view.form;
        let home = reference.home.parse::<HomeId>().ok();
        if home.as_ref() != Some(&form.home) {
            return Err(words::fault(&heading, words::OTHER_HOME));
        }
        let period = form.template.body().period;
        if reference.period.parse::<Period>().ok() != Some(period) {
            return Err(words::fault(
                &heading,
                &words::other_period(&period.label()),
            ));
        }
        let line = self
            .sheet
            .lines
            .iter()
            .find(|line| line.key == reference.line);
        match line {
            Some(line) => self.take(line, reference.draft, given),
            None if given.is_blank() => {}
            None => {
                let place = given.place.clone();
                self.faults.push(words::fault(&place, words::NOT_ASKED));
            }
        }
        Ok(())
    }

    /// What is filled in in a row.
    fn given(&self, row: &GridRow) -> Given {
        let filled = self.columns.iter().filter_map(|(column, place)| {
            let Column::Fill(member) = column else {
                return None;
            };
            let at = words::place(row.number, column.heading());
            Some((*member, (at, row.cell(*place).clone())))
        });
        let known = self.columns.get(&Column::Known);
        let known = known.map_or("", |place| row.cell(*place).text());
        Given {
            place: words::row(row.number),
            known: known.to_owned(),
            cells: filled.collect(),
        }
    }

    fn take(&mut self, line: &Line, draft: &str, given: Given) {
        if !given.is_blank() {
            self.etags.push(etag_of_mark(draft).to_owned());
            if !self.seen.insert(line.key.clone()) {
                self.faults.push(words::fault(&given.place, words::TWICE));
                return;
            }
        } else if self.seen.contains(&line.key) {
            return;
        }
        let rows = self.given.entry(line.entry).or_default();
        match &line.part {
            None => rows.whole = given,
            Some(part) => {
                rows.parts.retain(|(own, _)| own != part);
                // A part has no more than its figure.
                let others = given
                    .cells
                    .iter()
                    .filter(|(member, (_, cell))| **member != Member::Answer && !cell.is_blank());
                let told = others.map(|(_, (at, _))| words::fault(at, words::ON_QUESTION));
                self.faults.extend(told);
                rows.parts.push((part.clone(), given));
            }
        }
    }

    fn answers(mut self, against: &Against<'_>) -> Result<Answers, Vec<String>> {
        let mut answers = Vec::new();
        for (place, rows) in &self.given {
            let asked = Asked::of(against.view, *place, against.today);
            answers.extend(answer(&asked, rows, &mut self.faults));
        }
        if self.faults.is_empty() && answers.is_empty() {
            self.faults.push(words::NO_ANSWERS.to_owned());
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let first = self.etags.first().cloned().unwrap_or_default();
        let is_one = self.etags.iter().all(|etag| *etag == first);
        Ok(Answers {
            // Of rows out of several files nobody knows what was seen.
            etag: if is_one { first } else { String::new() },
            answers,
        })
    }
}

fn reference(text: &str) -> Option<Reference<'_>> {
    let mut parts = text.trim().splitn(4, ' ');
    Some(Reference {
        home: parts.next()?,
        period: parts.next()?,
        draft: parts.next()?,
        line: parts.next()?,
    })
}
