//! Writing the sheet of a form.

use crate::tabular::workbook::{Fill, Paper, Style, write};
use crate::tabular::{Result, csv as text};

use super::super::super::words::offline::sheet as words;
use super::super::lines::{Line, one_line, reason_list};
use super::super::lists::Lists;
use super::super::reader::YES_NO;
use super::super::taken::Member;
use super::{Column, Sheet, is_open};

/// What tells spreadsheet programs that a CSV is UTF-8.
const MARK: &str = "\u{feff}";

/// The sheet as CSV.
///
/// # Errors
/// What cannot be written.
pub(in super::super) fn csv(sheet: &Sheet<'_>) -> Result<Vec<u8>> {
    let headings = sheet
        .columns
        .iter()
        .map(|column| column.heading().to_owned());
    let row = |line: &Line| {
        let cells = sheet
            .columns
            .iter()
            .map(|column| one_line(&sheet.text(line, *column)));
        cells.collect::<Vec<String>>()
    };
    let rows = std::iter::once(headings.collect()).chain(sheet.lines.iter().map(row));
    Ok(format!("{MARK}{}", text::written::<Vec<String>>(rows)?).into_bytes())
}

/// The sheet as a workbook: what to do, the sheet, and the lists that its cells are chosen from.
///
/// # Errors
/// More than a workbook holds.
pub(in super::super) fn xlsx(sheet: &Sheet<'_>, title: &str) -> Result<Vec<u8>> {
    let lists = lists(sheet);
    let help = |paper: &mut Paper<'_>| help(paper, title, &words::HELP_LINES);
    let answers = |paper: &mut Paper<'_>| answers(paper, sheet, &lists);
    let lists = |paper: &mut Paper<'_>| lists.write(paper);
    let sheets: [(&str, Fill<'_>); 3] = [
        (words::HELP, &help),
        (words::ANSWERS, &answers),
        (words::LISTS, &lists),
    ];
    write(title, None, &sheets)
}

/// The first sheet, which says what to do.
///
/// # Errors
/// More than a sheet holds.
pub(in super::super) fn help(paper: &mut Paper<'_>, title: &str, lines: &[&str]) -> Result<()> {
    paper.column(0, 100, Style::Wrapped)?;
    paper.text(0, 0, title, Style::Heading)?;
    for (place, line) in lines.iter().enumerate() {
        paper.text(place + 2, 0, line, Style::Wrapped)?;
    }
    paper.lock();
    Ok(())
}

fn answers(paper: &mut Paper<'_>, sheet: &Sheet<'_>, lists: &Lists) -> Result<()> {
    for (place, column) in sheet.columns.iter().enumerate() {
        paper.column(place, column.width(), Style::Wrapped)?;
        paper.text(0, place, column.heading(), Style::Heading)?;
    }
    for (nth, line) in sheet.lines.iter().enumerate() {
        for (place, column) in sheet.columns.iter().enumerate() {
            let at = (nth + 1, place);
            match column {
                Column::Fill(member) => to_fill(paper, at, sheet, line, *member)?,
                Column::Question if line.part.is_none() => {
                    paper.text(at.0, at.1, &sheet.text(line, *column), Style::Strong)?;
                }
                Column::Reference => {
                    paper.text(at.0, at.1, &sheet.text(line, *column), Style::Quiet)?;
                }
                _ => paper.text(at.0, at.1, &sheet.text(line, *column), Style::Wrapped)?,
            }
            if let Some(list) = lists.find(&list_of(sheet, line, *column)) {
                let hint = super::super::super::words::offline::how::NOT_LISTED;
                paper.choose(at, &list, hint)?;
            }
        }
    }
    let question = sheet
        .columns
        .iter()
        .position(|column| *column == Column::Question);
    paper.freeze(1, question.map_or(0, |place| place + 1))?;
    paper.across(1)?;
    paper.lock();
    Ok(())
}

fn to_fill(
    paper: &mut Paper<'_>,
    (row, column): (usize, usize),
    sheet: &Sheet<'_>,
    line: &Line,
    member: Member,
) -> Result<()> {
    let entry = sheet.entry(line);
    let style = match member {
        _ if !is_open(sheet.view, line, entry, member) => Style::Greyed,
        Member::Answer => Line::style(entry),
        Member::Day => Style::DateEntry,
        Member::Right | Member::Unit | Member::WhyNot | Member::Note => Style::Entry,
    };
    paper.blank(row, column, style)
}

/// The lists that the cells of a sheet are chosen from.
fn lists(sheet: &Sheet<'_>) -> Lists {
    let mut lists = Lists::default();
    for line in &sheet.lines {
        for column in &sheet.columns {
            lists.add(list_of(sheet, line, *column));
        }
    }
    lists
}

/// The words that a cell is chosen from; none where it is typed.
fn list_of(sheet: &Sheet<'_>, line: &Line, column: Column) -> Vec<String> {
    let entry = sheet.entry(line);
    match column {
        Column::Fill(member) if !is_open(sheet.view, line, entry, member) => Vec::new(),
        Column::Fill(Member::WhyNot) => reason_list(),
        Column::Fill(Member::Right) => vec![YES_NO[0].to_owned()],
        Column::Fill(Member::Answer) => Line::choices(entry),
        Column::Fill(Member::Unit) => units(sheet, line),
        _ => Vec::new(),
    }
}

/// The units in which a number may be given, by their names.
fn units(sheet: &Sheet<'_>, line: &Line) -> Vec<String> {
    let Some(input) = sheet.entry(line).number() else {
        return Vec::new();
    };
    if input.other_units.is_empty() {
        return Vec::new();
    }
    let own = input.unit.iter().map(|unit| unit.value);
    let all = own.chain(input.other_units.iter().copied());
    all.map(|unit| unit.label().to_owned()).collect()
}
