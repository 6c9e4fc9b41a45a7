//! Writing a group's workbook.

use std::collections::BTreeSet;

use crate::tabular::Result;
use crate::tabular::workbook::{Fill, Paper, Style, write};

use super::super::super::words::offline as words;
use super::super::lines::{Line, known, reason_list};
use super::super::lists::Lists;
use super::super::sheet::{about, etag_of, help, mark_of};
use super::{Column, Group, is_open};

/// Rows above those of the homes: topic, question, what it is about, how to answer, and what tells
/// the columns apart.
const HEADINGS: usize = 5;

/// Most notes of a workbook: each is a drawing, of which spreadsheet programs take long to show many.
const NOTES_MAX: usize = 10_000;

/// Width of a column of answers, in characters.
const ANSWER_WIDTH: usize = 22;

/// What stands in the last row of headings above the references of the homes.
pub(super) const HOME_KEY: &str = "home";

/// The workbook, of some topics alone; of all if none is named.
///
/// # Errors
/// More than a workbook holds.
pub(super) fn workbook(group: &Group, topics: &BTreeSet<String>) -> Result<Vec<u8>> {
    let mut columns = group.columns();
    columns.retain(|column| topics.is_empty() || topics.contains(group.topic(column)));
    let mut lists = Lists::default();
    for column in &columns {
        lists.add(Line::choices(group.entry(column)));
    }
    let title = words::title(words::group::TITLE, &group.title());
    let mut notes = notes(group, &columns);
    let mut lines = words::sheet::GROUP_LINES.map(str::to_owned).to_vec();
    if notes.len() > NOTES_MAX {
        notes.truncate(NOTES_MAX);
        lines.push(words::group::notes_left_out(NOTES_MAX));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let help = |paper: &mut Paper<'_>| help(paper, &title, &lines);
    let answers = |paper: &mut Paper<'_>| {
        answers(paper, group, &columns, &lists)?;
        let mut notes = notes.iter();
        notes.try_for_each(|((row, column), text)| paper.note(*row, *column, text))
    };
    let lists = |paper: &mut Paper<'_>| lists.write(paper);
    let sheets: [(&str, Fill<'_>); 4] = [
        (words::sheet::HELP, &help),
        (words::sheet::ANSWERS, &answers),
        (words::sheet::REASONS, &reasons),
        (words::sheet::LISTS, &lists),
    ];
    write(&title, None, &sheets)
}

fn reasons(paper: &mut Paper<'_>) -> Result<()> {
    paper.column(0, 60, Style::Wrapped)?;
    for (row, reason) in reason_list().iter().enumerate() {
        paper.text(row, 0, reason, Style::Wrapped)?;
    }
    paper.lock();
    Ok(())
}

fn answers(paper: &mut Paper<'_>, group: &Group, columns: &[Column], lists: &Lists) -> Result<()> {
    paper.column(0, 30, Style::Wrapped)?;
    let names = [
        words::column::TOPIC,
        words::column::QUESTION,
        words::column::ABOUT,
        words::column::HOW,
        words::column::REFERENCE,
    ];
    for (row, name) in names.into_iter().enumerate() {
        paper.text(row, 0, name, Style::Heading)?;
    }
    for (nth, column) in columns.iter().enumerate() {
        heading(paper, nth + 1, group, column)?;
    }
    let last = columns.len() + 1;
    paper.column(last, 12, Style::Wrapped)?;
    paper.text(HEADINGS - 1, last, HOME_KEY, Style::Quiet)?;
    for (nth, own) in group.homes.iter().enumerate() {
        let row = HEADINGS + nth;
        paper.text(row, 0, &own.name, Style::Strong)?;
        let form = &own.view.form;
        let known = own.lines();
        for (nth, column) in columns.iter().enumerate() {
            let line = known.get(&column.key);
            let Some(line) = line.filter(|line| is_open(&form.entries[line.entry])) else {
                paper.blank(row, nth + 1, Style::Greyed)?;
                continue;
            };
            let entry = &form.template.entries()[line.entry];
            paper.blank(row, nth + 1, Line::style(entry))?;
            if let Some(list) = lists.find(&Line::choices(entry)) {
                paper.choose((row, nth + 1), &list, words::how::NOT_LISTED)?;
            }
        }
        let reference = format!(
            "{} {} {}",
            own.home,
            group.period,
            mark_of(&etag_of(&own.view))
        );
        paper.text(row, last, &reference, Style::Quiet)?;
    }
    paper.freeze(HEADINGS, 1)?;
    paper.across(HEADINGS)?;
    paper.lock();
    Ok(())
}

/// What we have already, at its cell.
fn notes(group: &Group, columns: &[Column]) -> Vec<((usize, usize), String)> {
    let mut notes = Vec::new();
    for (nth, own) in group.homes.iter().enumerate() {
        let lines = own.lines();
        for (at, column) in columns.iter().enumerate() {
            // It stands with the question, not with its parts.
            let line = lines.get(&column.key).filter(|line| line.part.is_none());
            let Some(line) = line.filter(|line| is_open(&own.view.form.entries[line.entry])) else {
                continue;
            };
            let text = known(&own.view, line.entry);
            if !text.is_empty() && notes.len() <= NOTES_MAX {
                notes.push(((HEADINGS + nth, at + 1), text));
            }
        }
    }
    notes
}

fn heading(paper: &mut Paper<'_>, at: usize, group: &Group, column: &Column) -> Result<()> {
    let entry = group.entry(column);
    let line = &column.line;
    let wording = match line.part_label(entry) {
        Some(part) => format!("{}\n{part}", entry.wording.value),
        None => entry.wording.value.clone(),
    };
    paper.column(at, ANSWER_WIDTH, Style::Wrapped)?;
    paper.text(0, at, group.topic(column), Style::Heading)?;
    paper.text(1, at, &wording, Style::Heading)?;
    paper.text(2, at, &about(entry.reference), Style::Wrapped)?;
    paper.text(3, at, &line.how(entry), Style::Wrapped)?;
    paper.text(HEADINGS - 1, at, &column.key, Style::Quiet)
}
