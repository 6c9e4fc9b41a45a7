//! Writing a workbook: sheets of typed cells in one plain look.
//!
//! A text is written as a text whatever it begins with, so that none is ever taken for a formula;
//! no formula is written at all.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, Formula, Note, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::super::grid::letters;
use super::super::{Refused, Result};

/// Behind headings.
const HEADING_COLOUR: Color = Color::RGB(0x00E3_ECF4);

/// Of what is there to be read, not to be changed.
const QUIET_COLOUR: Color = Color::RGB(0x0059_5959);

/// Behind what is to be filled in.
const ENTRY_COLOUR: Color = Color::RGB(0x00FF_F9E0);

/// Behind what is not asked.
const GREYED_COLOUR: Color = Color::RGB(0x00D9_D9D9);

/// Around what is to be filled in.
const ENTRY_LINE: Color = Color::RGB(0x00A6_A6A6);

/// Most digits of a number that a spreadsheet keeps.
const DIGITS_MAX: u32 = 15;

/// The first date that every spreadsheet program agrees on.
const EARLIEST: Date = jiff::civil::date(1900, 3, 1);

/// Widest and narrowest column that is set by its content, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;

/// Width of a note, in pixels, and what fits in it: characters on a line, its height in pixels, and
/// how many lines a note is shown with at most.
const NOTE_WIDTH_PX: u32 = 240;
const NOTE_LINE_CHARS: usize = 34;
const NOTE_LINE_PX: u32 = 16;
const NOTE_LINES_MAX: u32 = 20;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// A heading of a column.
    Heading,
    /// Explained, not filled in.
    Quiet,
    /// Broken into lines where it is long.
    Wrapped,
    /// Broken into lines, and bold.
    Strong,
    /// To be filled in, with a text that stays as it is typed.
    Entry,
    /// To be filled in with a number.
    NumberEntry,
    /// To be filled in with a date.
    DateEntry,
    /// Not asked.
    Greyed,
}

impl Style {
    fn format(self) -> Format {
        // Of the format "text": what is typed there later stays as typed.
        let text = Format::new()
            .set_num_format("@")
            .set_align(FormatAlign::Top);
        match self {
            Self::Plain => text,
            Self::Heading => (text.set_bold().set_text_wrap()).set_background_color(HEADING_COLOUR),
            Self::Quiet => text.set_text_wrap().set_font_color(QUIET_COLOUR),
            Self::Wrapped => text.set_text_wrap(),
            Self::Strong => text.set_text_wrap().set_bold(),
            Self::Entry => entry(text.set_text_wrap()),
            Self::NumberEntry => entry(text.set_num_format("General")),
            Self::DateEntry => entry(text.set_num_format("d mmmm yyyy")),
            Self::Greyed => text.set_background_color(GREYED_COLOUR),
        }
    }
}

/// What is open to be typed in where all else is locked.
fn entry(format: Format) -> Format {
    format
        .set_unlocked()
        .set_background_color(ENTRY_COLOUR)
        .set_border(FormatBorder::Thin)
        .set_border_color(ENTRY_LINE)
}

/// What fills in a sheet.
pub(crate) type Fill<'a> = &'a dyn Fn(&mut Paper<'_>) -> Result<()>;

/// A list of words on another sheet.
pub(crate) struct List<'a> {
    /// The sheet, its name a single word.
    pub(crate) sheet: &'a str,
    /// Its column, from 0.
    pub(crate) column: usize,
    /// How many words there are, from the first row on.
    pub(crate) cells: usize,
}

/// A sheet that is being written.
pub(crate) struct Paper<'a> {
    sheet: &'a mut Worksheet,
}

impl Paper<'_> {
    /// Writes a text; nothing where it is empty.
    pub(crate) fn text(
        &mut self,
        row: usize,
        column: usize,
        text: &str,
        style: Style,
    ) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (row, column) = place(row, column)?;
        let written = (self.sheet).write_string_with_format(row, column, text, &style.format());
        written.map(drop).map_err(|error| unwritten(&error))
    }

    /// Leaves a cell blank, in a look of its own.
    pub(crate) fn blank(&mut self, row: usize, column: usize, style: Style) -> Result<()> {
        let (row, column) = place(row, column)?;
        let written = self.sheet.write_blank(row, column, &style.format());
        written.map(drop).map_err(|error| unwritten(&error))
    }

    /// Writes a note on a cell, which is seen where somebody points at it; nothing where it is empty.
    pub(crate) fn note(&mut self, row: usize, column: usize, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (row, column) = place(row, column)?;
        let lines = u32::try_from(text.chars().count() / NOTE_LINE_CHARS).unwrap_or(u32::MAX);
        let lines = lines.saturating_add(2).min(NOTE_LINES_MAX);
        let note = Note::new(text).add_author_prefix(false);
        let note = note.set_width(NOTE_WIDTH_PX);
        let note = note.set_height(lines * NOTE_LINE_PX);
        let written = self.sheet.insert_note(row, column, &note);
        written.map(drop).map_err(|error| unwritten(&error))
    }

    /// Locks every cell but those that are to be filled in: against slips, without a password.
    pub(crate) fn lock(&mut self) {
        let options = ProtectionOptions {
            format_columns: true,
            format_rows: true,
            ..ProtectionOptions::default()
        };
        self.sheet.protect_with_options(&options);
    }

    /// Takes the sheet out of sight.
    pub(crate) fn hide(&mut self) {
        self.sheet.set_hidden(true);
    }

    /// Prints the sheet across, every column on one page and its headings on each.
    pub(crate) fn across(&mut self, headings: usize) -> Result<()> {
        self.sheet.set_landscape().set_print_fit_to_pages(1, 0);
        let (last, _) = place(headings.saturating_sub(1), 0)?;
        let set = self.sheet.set_repeat_rows(0, last);
        set.map(drop).map_err(|error| unwritten(&error))
    }

    /// Offers, in a cell, a list to choose from that stands on another sheet: so many cells of a
    /// column from its first row on.
    pub(crate) fn choose(
        &mut self,
        (row, column): (usize, usize),
        list: &List<'_>,
        hint: &str,
    ) -> Result<()> {
        let letters = letters(list.column);
        let range = format!("={}!${letters}$1:${letters}${}", list.sheet, list.cells);
        let rule = DataValidation::new().allow_list_formula(Formula::new(range));
        let rule = rule.set_error_style(DataValidationErrorStyle::Warning);
        let rule = rule.set_error_message(hint).map_err(|e| unwritten(&e))?;
        let (row, column) = place(row, column)?;
        let set = (self.sheet).add_data_validation(row, column, row, column, &rule);
        set.map(drop).map_err(|error| unwritten(&error))
    }

    /// Writes a decimal number as a number with its own decimals; as a text, where it has more
    /// digits than a spreadsheet keeps.
    pub(crate) fn number(&mut self, row: usize, column: usize, number: &str) -> Result<()> {
        let Some((value, decimals)) = number_of(number) else {
            return self.text(row, column, number, Style::Plain);
        };
        let shown = match decimals {
            0 => "0".to_owned(),
            decimals => format!("0.{}", "0".repeat(decimals)),
        };
        let format = Format::new().set_num_format(shown);
        let (row, column) = place(row, column)?;
        let written = (self.sheet).write_number_with_format(row, column, value, &format);
        written.map(drop).map_err(|error| unwritten(&error))
    }

    /// Writes a date `YYYY-MM-DD` as a date; as a text, where spreadsheets do not agree on it.
    pub(crate) fn date(&mut self, row: usize, column: usize, date: &str) -> Result<()> {
        let read = date.parse::<Date>().ok().filter(|day| *day >= EARLIEST);
        let Some(day) = read else {
            return self.text(row, column, date, Style::Plain);
        };
        let format = Format::new().set_num_format("yyyy-mm-dd");
        let (row, column) = place(row, column)?;
        let written = (self.sheet).write_datetime_with_format(row, column, day, &format);
        written.map(drop).map_err(|error| unwritten(&error))
    }

    /// Keeps the first rows and columns in sight.
    pub(crate) fn freeze(&mut self, rows: usize, columns: usize) -> Result<()> {
        let (row, column) = place(rows, columns)?;
        let frozen = self.sheet.set_freeze_panes(row, column);
        frozen.map(drop).map_err(|error| unwritten(&error))
    }

    /// Makes a column as wide as so many characters need, within reason, and of the format "text".
    pub(crate) fn column(&mut self, column: usize, chars: usize, style: Style) -> Result<()> {
        let (_, column) = place(0, column)?;
        let chars = chars.clamp(*WIDTHS.start(), *WIDTHS.end());
        let width = u32::try_from(chars).unwrap_or_default();
        let set = self.sheet.set_column_width(column, width);
        let set = set.and_then(|sheet| sheet.set_column_format(column, &style.format()));
        set.map(drop).map_err(|error| unwritten(&error))
    }

    /// Offers words in a column, from one row to another, as a list to choose from.
    pub(crate) fn offer(
        &mut self,
        column: usize,
        rows: std::ops::RangeInclusive<usize>,
        words: &[&str],
        hint: &str,
    ) -> Result<()> {
        let (first, at) = place(*rows.start(), column)?;
        let (last, _) = place(*rows.end(), column)?;
        let rule = DataValidation::new().allow_list_strings(words);
        let rule = rule.and_then(|rule| rule.set_error_message(hint));
        // A word that is typed is warned of, not forbidden: some columns take more than the list.
        let rule = rule.map(|rule| rule.set_error_style(DataValidationErrorStyle::Warning));
        let rule = rule.map_err(|error| unwritten(&error))?;
        let set = (self.sheet).add_data_validation(first, at, last, at, &rule);
        set.map(drop).map_err(|error| unwritten(&error))
    }
}

/// Writes a workbook of the sheets named, each filled in by its own function.
///
/// # Errors
/// More rows, columns or text than a workbook holds.
pub(crate) fn write(
    title: &str,
    at: Option<Timestamp>,
    sheets: &[(&str, Fill<'_>)],
) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    // A template says nothing of when it was written, so that equal ones are equal.
    let created = at.unwrap_or(Timestamp::UNIX_EPOCH).as_second();
    let created = ExcelDateTime::from_timestamp(created).map_err(|error| unwritten(&error))?;
    let properties = DocProperties::new().set_title(title).set_author("AskOnce");
    book.set_properties(&properties.set_creation_datetime(&created));
    for (name, fill) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).map_err(|error| unwritten(&error))?;
        fill(&mut Paper { sheet })?;
    }
    book.save_to_buffer().map_err(|error| unwritten(&error))
}

/// A number that a spreadsheet keeps whole, with how many decimals it was written.
fn number_of(text: &str) -> Option<(f64, usize)> {
    let decimal: crate::domain::decimal::Decimal = text.parse().ok()?;
    let digits = decimal.parts().0.unsigned_abs().checked_ilog10();
    if digits.is_some_and(|digits| digits >= DIGITS_MAX) {
        return None;
    }
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    Some((text.parse().ok()?, decimals))
}

fn place(row: usize, column: usize) -> Result<(u32, u16)> {
    match (u32::try_from(row), u16::try_from(column)) {
        (Ok(row), Ok(column)) => Ok((row, column)),
        _ => Err(unwritten(&XlsxError::RowColumnLimitError)),
    }
}

fn unwritten(error: &XlsxError) -> Refused {
    let message = match error {
        XlsxError::RowColumnLimitError => {
            "a workbook holds at most 1048576 rows and 16384 columns; take it as CSV".to_owned()
        }
        XlsxError::MaxStringLengthExceeded => {
            "a cell of a workbook holds at most 32767 characters; take it as CSV".to_owned()
        }
        other => format!("the workbook cannot be written: {other}"),
    };
    Refused::new(message)
}

#[cfg(test)]
mod tests {
    use super::super::super::Cell;
    use super::super::Book;
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let fill = |paper: &mut Paper<'_>| {
            paper.text(0, 0, "=HYPERLINK(\"http://x\")", Style::Plain)?;
            paper.text(0, 1, "@cmd", Style::Heading)?;
            paper.number(0, 2, "-5")?;
            paper.number(0, 3, "40.50")?;
            paper.number(0, 4, "123456789012345678")?;
            paper.date(0, 5, "2026-11-21")?;
            paper.date(0, 6, "1850-01-01")?;
            paper.text(0, 7, "", Style::Plain)?;
            paper.freeze(1, 0)?;
            paper.column(0, 400, Style::Wrapped)?;
            paper.offer(1, 1..=500, &["yes", "no"], "yes or no")
        };
        let packed = write("x", None, &[("data", &fill)]).unwrap();
        assert_eq!(packed, write("x", None, &[("data", &fill)]).unwrap());
        let grid = Book::open("x", packed).unwrap().grid("data").unwrap();
        let expected = [
            Cell::Text("=HYPERLINK(\"http://x\")".into()),
            Cell::Text("@cmd".into()),
            Cell::Number("-5".into()),
            Cell::Number("40.5".into()),
            Cell::Text("123456789012345678".into()),
            Cell::Date("2026-11-21".into()),
            Cell::Text("1850-01-01".into()),
        ];
        assert_eq!(grid.rows[0].cells, expected);
    }

    #[test]
    fn what_no_workbook_holds_is_refused_with_the_way_out() {
        let refused = |fill: &dyn Fn(&mut Paper<'_>) -> Result<()>| {
            write("x", None, &[("data", fill)]).unwrap_err().headline
        };
        let far = refused(&|paper| paper.text(1_048_576, 0, "x", Style::Plain));
        assert!(far.contains("as CSV"), "{far}");
        let long = "x".repeat(32_768);
        let long = refused(&|paper| paper.text(0, 0, &long, Style::Plain));
        assert!(long.contains("32767"), "{long}");
    }
}
