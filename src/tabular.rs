//! Tables that come in and go out as files: CSV, and workbooks of spreadsheet programs.
//!
//! **Architecture invariant:** a file comes from a stranger. What it is, is told by its content and
//! never by its name; nothing of it is kept that lies outside the bounds; and no text that goes out
//! is ever taken for a formula.

pub(crate) mod csv;
pub(crate) mod grid;
mod refused;
pub(crate) mod text;
pub(crate) mod workbook;

pub(crate) use self::grid::{Cell, Grid, GridRow};
pub(crate) use self::refused::{Refused, Result};
