//! An ask that comes as CSV or as a workbook: which sheets it lies in, and where in them a fault is.

use super::super::failure::{Failure, Result};
use super::super::out;
use super::columns::{Column, FIELD_COLUMNS, HEAD_ITEMS, bare, path_of};
use super::head::Head;
use super::header::Header;
use super::sheet;
use super::table::{Headings, Reading};
use crate::domain::ask::RawAsk;
use crate::domain::id::shown;
use crate::tabular::grid::Grid;
use crate::tabular::workbook::Book;

/// The sheet of fields in a workbook of ours.
pub(super) const FIELDS: &str = "fields";
/// The sheet of the ask's head.
pub(super) const ASK: &str = "ask";
/// The sheet that explains.
pub(super) const HELP: &str = "help";

/// An ask that was read from a table.
pub(super) struct Tabular {
    /// The ask.
    pub(super) raw: RawAsk,
    /// Where what it says stands.
    pub(super) places: Places,
    /// What could not be read, by path.
    pub(super) unread: Vec<(String, String)>,
}

/// Where in a table the parts of an ask stand.
pub(super) struct Places {
    headings: Headings,
    /// The sheet of fields, in a workbook.
    sheet: Option<String>,
    /// The row of each field.
    rows: Vec<usize>,
    /// The head's sheet, where there is one.
    head: Option<Head>,
}

/// The sheets of a table: of fields, and of the ask's head if it has one.
pub(super) struct Sheets {
    fields: Grid,
    head: Option<Grid>,
}

impl Sheets {
    /// CSV: fields alone.
    pub(super) fn of_csv(fields: Grid) -> Self {
        Self { fields, head: None }
    }

    /// The sheets of a workbook.
    ///
    /// # Errors
    /// A workbook of which it is not plain which sheet holds the fields.
    pub(super) fn of_book(file: &str, book: &mut Book, reading: &Reading) -> Result<Self> {
        let called = |name: &str| {
            let sheets = book.sheets().iter();
            let mut found = sheets.filter(|sheet| bare(sheet) == bare(name));
            found.next().cloned()
        };
        let head = called(ASK);
        let fields = match &reading.sheet {
            Some(name) => called(name),
            None => called(FIELDS).or_else(|| {
                let ours = [ASK, HELP];
                let others = book.sheets().iter();
                let mut others = others.filter(|sheet| !ours.contains(&bare(sheet).as_str()));
                others.next().filter(|_| others.next().is_none()).cloned()
            }),
        };
        let Some(fields) = fields else {
            let sheets: Vec<String> = book.sheets().iter().map(|sheet| shown(sheet)).collect();
            let sheets = sheets.join(", ");
            let message = match &reading.sheet {
                Some(name) => format!("{file} has no sheet {}; it has {sheets}", shown(name)),
                None => {
                    format!("{file} has the sheets {sheets}; say by --sheet which holds the fields")
                }
            };
            return Err(Failure::refused(message));
        };
        Ok(Self {
            fields: book.grid(&fields)?,
            head: match head {
                Some(head) => Some(book.grid(&head)?),
                None => None,
            },
        })
    }

    /// Reads the ask. What the command line says of its head takes the place of what the sheet says.
    ///
    /// # Errors
    /// Everything that is wrong with headings and items: what stands under them is not known.
    pub(super) fn read(&self, header: &Header, reading: &Reading) -> Result<Tabular> {
        let grid = &self.fields;
        let headings = Headings::read(grid, FIELD_COLUMNS, &sheet::REQUIRED, reading);
        let head = self.head.as_ref().map(Head::read);
        let mut faults = headings.faults.clone();
        faults.extend(head.iter().flat_map(|head| head.faults.clone()));
        Headings::refuse(&grid.file, faults)?;
        if !headings.ignored.is_empty() {
            let ignored = headings.ignored.join("; ");
            out::note(format_args!("{}: left out {ignored}", grid.file));
        }
        let (fields, mut unread) = sheet::fields(grid, &headings);
        let mut header = header.clone();
        if let Some(head) = &head {
            header.fill(&head.values);
            let of_head = head.unread.iter();
            unread.extend(of_head.map(|(item, why)| (path_of(item), why.clone())));
        }
        unread.extend(header.half_a_window());
        Ok(Tabular {
            raw: header.ask(fields),
            unread,
            places: Places {
                sheet: grid.sheet.clone(),
                rows: grid.rows.iter().skip(1).map(|row| row.number).collect(),
                headings,
                head,
            },
        })
    }
}

impl Places {
    /// A fault with its place: `fields!D7 (Answer type): …`, `line 7, column type: …`, or by the
    /// option that says it.
    pub(super) fn fault(&self, file: &str, path: &str, message: &str) -> String {
        if let Some((nth, member)) = sheet::field_of(path)
            && let Some(row) = self.rows.get(nth)
        {
            let place = self.headings.place(self.sheet.as_deref(), *row, member);
            return format!("{file}: {place}: {message}");
        }
        if path == "fields" || path.is_empty() {
            return format!("{file}: {message}");
        }
        let (item, nth) = item_of(path);
        let known = HEAD_ITEMS.iter().find(|known| known.name == item);
        let option = known.map_or_else(|| item.replace('_', "-"), Column::option);
        let Some(head) = &self.head else {
            return format!("--{option}: {message}");
        };
        match head.place(item, nth) {
            Some(place) => format!("{file}: {place} ({item}): {message}"),
            None => format!("{file}: the sheet {ASK}, item {item}, or --{option}: {message}"),
        }
    }
}

/// The item of a head that a path such as `targets.homes[3]` speaks of, and which of its values.
fn item_of(path: &str) -> (&str, usize) {
    let path = match path {
        "targets" => "homes",
        "window" => "opens",
        path => path
            .strip_prefix("targets.")
            .or(path.strip_prefix("window."))
            .unwrap_or(path),
    };
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let nth = path[end..]
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    let nth = nth.and_then(|(nth, _)| nth.parse().ok());
    (&path[..end], nth.unwrap_or(0))
}

#[cfg(test)]
mod tests;
