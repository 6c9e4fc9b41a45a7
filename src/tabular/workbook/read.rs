//! Reading a workbook cell by cell, so that no more is ever held than lies within the bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use jiff::civil::Date;

use super::super::grid::{Cell, Grid, GridRow, Merged, letters, place};
use super::super::{Refused, Result};
use super::{
    CELL_CHARS_MAX, CELLS_MAX, COLUMNS_MAX, MERGED_MAX, PLACES_MAX, ROWS_MAX, SHEETS_MAX,
    TEXT_BYTES_MAX, pack,
};

/// Digits of a number that a spreadsheet keeps and shows; what follows is noise of its arithmetic.
const DIGITS: usize = 15;

/// A workbook, open for reading.
pub(crate) struct Book {
    name: String,
    xlsx: Xlsx<Cursor<Vec<u8>>>,
    sheets: Vec<String>,
    has_macros: bool,
}

impl Book {
    /// Opens a workbook.
    ///
    /// # Errors
    /// One that is too large, damaged, or of another program.
    pub(crate) fn open(name: &str, bytes: Vec<u8>) -> Result<Self> {
        let has_macros = pack::check(name, &bytes)?;
        let xlsx = Xlsx::new(Cursor::new(bytes)).map_err(|error| unread(name, &error))?;
        let sheets = xlsx.sheets_metadata().iter();
        let sheets = sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let sheets: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
        if sheets.len() > SHEETS_MAX {
            let message = format!("{name} has more than {SHEETS_MAX} sheets");
            return Err(Refused::new(message));
        }
        Ok(Self {
            name: name.to_owned(),
            xlsx,
            sheets,
            has_macros,
        })
    }

    /// Whether there are macros in it. None is ever run.
    pub(crate) fn has_macros(&self) -> bool {
        self.has_macros
    }

    /// The names of its sheets, in order.
    pub(crate) fn sheets(&self) -> &[String] {
        &self.sheets
    }

    /// The rows of a sheet that hold something.
    ///
    /// # Errors
    /// A sheet that is damaged or holds more than it may.
    pub(crate) fn grid(&mut self, sheet: &str) -> Result<Grid> {
        let percents = self.percents(sheet).map_err(|e| unread(&self.name, &e))?;
        let mut filled = Filled::default();
        let mut reader = (self.xlsx.worksheet_cells_reader(sheet))
            .map_err(|error| unread(&self.name, &error))?;
        loop {
            let next = reader.next_cell_with_formula_metadata();
            let Some(found) = next.map_err(|error| unread(&self.name, &error))? else {
                break;
            };
            if is_too_long(&found.value) {
                return Err(too_long(&self.name, sheet, found.pos));
            }
            let mut cell = cell_of(&found.value);
            // A formula that gives an empty text was saved with that text.
            if found.value == DataRef::Empty && found.formula.is_some() {
                let what = "a formula whose value was not saved with it";
                cell = Cell::Bad(what.to_owned());
            }
            if let (Cell::Number(number), true) = (&cell, percents.contains(&found.pos)) {
                cell = Cell::Text(per_cent(number));
            }
            if !filled.put(found.pos, cell) {
                return Err(too_much(&self.name, sheet));
            }
        }
        drop(reader);
        let rows = filled.rows.into_iter().map(|(row, cells)| GridRow {
            number: row as usize + 1,
            cells,
        });
        Ok(Grid {
            file: self.name.clone(),
            sheet: Some(sheet.to_owned()),
            rows: rows.collect(),
            merged: self.merged(sheet)?,
        })
    }

    /// The cells that show their number as a percentage.
    fn percents(&mut self, sheet: &str) -> std::result::Result<BTreeSet<(u32, u32)>, XlsxError> {
        let mut reader = self.xlsx.worksheet_cells_reader(sheet)?;
        let is_percent: Vec<bool> = (reader.styles().iter())
            .map(|style| {
                let format = style.number_format.as_ref();
                format.is_some_and(|format| format.format_code.contains('%'))
            })
            .collect();
        let mut percents = BTreeSet::new();
        while let Some((row, column, style)) = reader.next_style_id()? {
            let is_within = (row as usize) < ROWS_MAX && (column as usize) < COLUMNS_MAX;
            if is_within && is_percent.get(style) == Some(&true) {
                percents.insert((row, column));
            }
        }
        Ok(percents)
    }

    fn merged(&mut self, sheet: &str) -> Result<Vec<Merged>> {
        let merged = self.xlsx.merge_cells_by_sheet_name(sheet);
        let merged = merged.map_err(|error| unread(&self.name, &error))?;
        if merged.len() > MERGED_MAX {
            let name = &self.name;
            let message = format!("{name}: {sheet} has more than {MERGED_MAX} joined cells");
            return Err(Refused::new(message));
        }
        let corner = |(row, column): (u32, u32)| format!("{}{}", letters(column as usize), row + 1);
        let merged = merged.into_iter().map(|merged| Merged {
            range: format!("{}:{}", corner(merged.start), corner(merged.end)),
            rows: (merged.start.0 as usize + 1, merged.end.0 as usize + 1),
        });
        Ok(merged.collect())
    }
}

/// The cells of a sheet that hold something, as far as they lie within the bounds.
#[derive(Default)]
struct Filled {
    rows: BTreeMap<u32, Vec<Cell>>,
    /// How many hold something.
    cells: usize,
    /// How many they are with the blank ones before them.
    places: usize,
    /// How much text they hold, in bytes.
    text_bytes: usize,
}

impl Filled {
    /// Puts a cell in its place, from 0; whether that is within the bounds.
    fn put(&mut self, (row, column): (u32, u32), cell: Cell) -> bool {
        if cell.is_blank() {
            return true;
        }
        let place = usize::try_from(column).unwrap_or(usize::MAX);
        if row as usize >= ROWS_MAX || place >= COLUMNS_MAX {
            return false;
        }
        self.cells += 1;
        self.text_bytes += cell.text().len();
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= place {
            self.places += place + 1 - cells.len();
            cells.resize(place + 1, Cell::Blank);
        }
        cells[place] = cell;
        self.cells <= CELLS_MAX && self.places <= PLACES_MAX && self.text_bytes <= TEXT_BYTES_MAX
    }
}

fn unread(name: &str, error: &XlsxError) -> Refused {
    Refused::new(format!(
        "{name} is a damaged workbook ({error}); open it and save it again"
    ))
}

fn too_much(name: &str, sheet: &str) -> Refused {
    Refused::new(format!(
        "{name}: the sheet {sheet} holds more than is read: at most {CELLS_MAX} cells down to \
         row {ROWS_MAX} and column {}, {PLACES_MAX} with the blank ones between them, of {} MB of \
         text in all",
        letters(COLUMNS_MAX - 1),
        TEXT_BYTES_MAX / (1024 * 1024)
    ))
}

fn too_long(name: &str, sheet: &str, (row, column): (u32, u32)) -> Refused {
    let place = place(Some(sheet), row as usize + 1, column as usize);
    Refused::new(format!(
        "{name}: {place} holds a text of more than {CELL_CHARS_MAX} characters, which no \
         spreadsheet program keeps"
    ))
}

/// Whether a cell holds more than any spreadsheet program keeps in one; told before any of it is
/// copied.
fn is_too_long(value: &DataRef<'_>) -> bool {
    let text = match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.as_str()
        }
        DataRef::SharedString(text) => *text,
        _ => return false,
    };
    // A character takes at least as many bytes as UTF-16 has units for it.
    text.len() > CELL_CHARS_MAX && text.encode_utf16().nth(CELL_CHARS_MAX).is_some()
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Blank,
        DataRef::String(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Int(number) => Cell::Number(number.to_string()),
        DataRef::Float(number) => number_cell(*number),
        DataRef::Bool(yes) => Cell::YesNo(*yes),
        DataRef::DateTime(moment) => moment_cell(moment),
        DataRef::DateTimeIso(text) => Cell::Date(iso_moment(text)),
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::Error(error) => Cell::Bad(format!("the error {error}")),
    }
}

fn number_cell(number: f64) -> Cell {
    if number.is_finite() {
        Cell::Number(number_text(number))
    } else {
        Cell::Bad("no number".to_owned())
    }
}

/// A number as a spreadsheet shows it in full: `1.0` is `1`, and `0.1 + 0.2` is `0.3`.
fn number_text(number: f64) -> String {
    let rounded: f64 = format!("{number:.*e}", DIGITS - 1)
        .parse()
        .expect("a number that was just written reads back");
    // A zero has no sign.
    format!("{}", rounded + 0.0)
}

/// What a cell shows that is formatted as a percentage: `0.5` is `50%`.
fn per_cent(number: &str) -> String {
    let number: f64 = number.parse().unwrap_or_default();
    format!("{}%", number_text(number * 100.0))
}

/// A date, with its time of day where that is not midnight; or a time of day alone.
fn moment_cell(moment: &ExcelDateTime) -> Cell {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    let has_time = (hour, minute, second) != (0, 0, 0);
    if moment.is_duration() || (0.0..1.0).contains(&moment.as_f64()) {
        return Cell::Text(time);
    }
    let date = i16::try_from(year).ok();
    let date = date.and_then(|year| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(year, month, day).ok()
    });
    match date {
        // Excel has a 29 February 1900, and days before its first; nobody means them.
        _ if moment.as_f64() < 0.0 => Cell::Bad("a date before all dates".to_owned()),
        None => Cell::Bad("a date that never was".to_owned()),
        Some(date) if has_time => Cell::Date(format!("{date}T{time}")),
        Some(date) => Cell::Date(date.to_string()),
    }
}

/// A date written out, without a midnight.
fn iso_moment(text: &str) -> String {
    let date = text.split_once('T').filter(|(_, time)| {
        let digits = time.chars().filter(char::is_ascii_digit);
        digits.clone().all(|digit| digit == '0')
    });
    date.map_or(text, |(date, _)| date).to_owned()
}

#[cfg(test)]
mod tests;
