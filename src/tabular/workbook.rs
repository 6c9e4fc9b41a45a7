//! Workbooks as spreadsheet programs write them (`.xlsx`): bounded reading, and writing.
//!
//! **Architecture invariant:** a workbook comes from a stranger. Nothing of it is unpacked before
//! its size is known to be within bounds, no cell is kept that lies outside them, and no formula
//! is ever worked out: what counts is the value that was saved with it.

mod kind;
mod pack;
mod read;
mod write;

pub(crate) use self::kind::{Kind, kind_of};
pub(crate) use self::read::Book;
pub(crate) use self::write::{Fill, List, Paper, Style, write};

/// Largest workbook that is read, in bytes as packed: a hundred times a long ask.
const PACKED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most that a workbook may unpack to, in bytes: what an office computer holds with ease.
const UNPACKED_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Most parts of a workbook: a sheet is one, beside a dozen of the workbook itself.
const PARTS_MAX: usize = 1_000;

/// Most sheets of a workbook.
const SHEETS_MAX: usize = 100;

/// Last row that may hold something: an ask may name 20,000 homes, one a row.
const ROWS_MAX: usize = 25_000;

/// Last column that may hold something: the questions of a long form with the boxes of their
/// breakdowns, a column each.
const COLUMNS_MAX: usize = 1_000;

/// Most cells of a sheet that hold something.
const CELLS_MAX: usize = 250_000;

/// Most cells of a sheet counted with the blank ones before them in their rows, each of which takes
/// its place in memory: 20,000 homes in rows of a hundred columns.
const PLACES_MAX: usize = 2_000_000;

/// Most characters of a cell, counted as UTF-16 as spreadsheet programs do: they hold no more.
const CELL_CHARS_MAX: usize = 32_767;

/// Most text of all cells of a sheet, in bytes. Cells may share one text that the file has once, so
/// what the file unpacks to does not bound what its cells come to.
const TEXT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most ranges of joined cells that are looked at.
const MERGED_MAX: usize = 1_000;
