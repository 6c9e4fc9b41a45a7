//! The workbook in which an officer writes an ask: a sheet of fields, a sheet of the ask's head, and
//! a sheet that explains every column.

use std::ops::RangeInclusive;

use super::super::out;
use super::columns::{Column, FIELD_COLUMNS, HEAD_ITEMS};
use super::head::ITEM;
use super::tabular::{ASK, FIELDS, HELP};
use super::{header, sheet};
use crate::domain::limits::FIELDS_PER_ASK_MAX;
use crate::tabular::Result;
use crate::tabular::workbook::{Paper, Style, write};

/// What an officer reads first.
const STEPS: &[&str] = &[
    "1. On the sheet \"fields\", write one row for each thing you ask. The two rows there show how; write over them or delete them.",
    "2. On the sheet \"ask\", fill in who asks, why, by which right, how often, and of whom.",
    "3. Check it without sending anything: askonce ask submit FILE.xlsx --dry-run. Every fault is named by its sheet and cell.",
    "4. Send it: askonce ask submit FILE.xlsx. Sending the same twice does no harm.",
    "You may keep headings of your own: their usual names are read as well (\"also read as\", below), and any other can be named by --column, such as --column label=\"Question text\".",
    "Order of columns and rows of your sheet does not matter for reading; homes see your fields grouped by topic. Blank rows are left out.",
];

/// A workbook to be filled in.
///
/// # Errors
/// As writing a workbook fails.
pub(super) fn template() -> Result<Vec<u8>> {
    write(
        "An ask",
        None,
        &[(FIELDS, &fields), (ASK, &head), (HELP, &help)],
    )
}

fn fields(paper: &mut Paper<'_>) -> Result<()> {
    for (place, column) in FIELD_COLUMNS.iter().enumerate() {
        paper.column(place, column.width, Style::Wrapped)?;
        paper.text(0, place, column.name, Style::Heading)?;
        offer(paper, place, 1..=FIELDS_PER_ASK_MAX, column)?;
    }
    for (nth, field) in sheet::examples().iter().enumerate() {
        for (place, column) in FIELD_COLUMNS.iter().enumerate() {
            let cell = out::text_of(&sheet::cell(field, column.name), "|");
            if !cell.is_empty() {
                paper.text(nth + 1, place, &cell, Style::Wrapped)?;
            }
        }
    }
    paper.freeze(1, 1)
}

/// Lets whoever fills in rows choose among the words of a column, where it has any.
fn offer(
    paper: &mut Paper<'_>,
    place: usize,
    rows: RangeInclusive<usize>,
    column: &Column,
) -> Result<()> {
    let words = column.words();
    if words.is_empty() {
        return Ok(());
    }
    let hint = format!("Expected one of: {}.", words.join(", "));
    let hint: String = hint.chars().take(HINT_CHARS_MAX).collect();
    paper.offer(place, rows, &words, &hint)
}

/// Longest message that a spreadsheet shows beside a list, in characters.
const HINT_CHARS_MAX: usize = 255;

fn head(paper: &mut Paper<'_>) -> Result<()> {
    let headings = [
        (ITEM, 16),
        ("value", 48),
        ("what it means", 44),
        ("what is allowed", 60),
    ];
    for (place, (heading, width)) in headings.into_iter().enumerate() {
        let style = if place < 2 {
            Style::Wrapped
        } else {
            Style::Quiet
        };
        paper.column(place, width, style)?;
        paper.text(0, place, heading, Style::Heading)?;
    }
    let sample = header::sample();
    for (nth, item) in HEAD_ITEMS.iter().enumerate() {
        let row = nth + 1;
        paper.text(row, 0, item.name, Style::Plain)?;
        let value = match item.name {
            "cadence" => sample.cadence.as_str(),
            "opens" => sample.window.as_ref().map_or("", |window| &window.opens),
            "closes" => sample.window.as_ref().map_or("", |window| &window.closes),
            _ => "",
        };
        paper.text(row, 1, value, Style::Wrapped)?;
        paper.text(row, 2, item.means, Style::Quiet)?;
        let allowed = format!("{} Such as: {}", item.allowed, item.example);
        paper.text(row, 3, &allowed, Style::Quiet)?;
        offer(paper, 1, row..=row, item)?;
    }
    paper.freeze(1, 1)
}

fn help(paper: &mut Paper<'_>) -> Result<()> {
    let widths = [16, 44, 60, 30, 44];
    for (place, width) in widths.into_iter().enumerate() {
        paper.column(place, width, Style::Wrapped)?;
    }
    let mut row = 0;
    paper.text(row, 0, "How to fill in this workbook", Style::Heading)?;
    for step in STEPS {
        row += 1;
        paper.text(row, 0, step, Style::Plain)?;
    }
    for (title, columns) in [
        ("Columns of the sheet \"fields\"", FIELD_COLUMNS),
        ("Items of the sheet \"ask\"", HEAD_ITEMS),
    ] {
        row += 2;
        let headings = [
            title,
            "what it means",
            "what is allowed",
            "example",
            "also read as",
        ];
        for (place, heading) in headings.into_iter().enumerate() {
            paper.text(row, place, heading, Style::Heading)?;
        }
        for column in columns {
            row += 1;
            explain(paper, row, column)?;
        }
    }
    Ok(())
}

fn explain(paper: &mut Paper<'_>, row: usize, column: &Column) -> Result<()> {
    paper.text(row, 0, column.name, Style::Plain)?;
    let aliases = column.aliases.join(", ");
    let texts = [column.means, column.allowed, column.example, &aliases];
    for (place, text) in texts.into_iter().enumerate() {
        paper.text(row, place + 1, text, Style::Wrapped)?;
    }
    Ok(())
}
