//! The lists that cells of a workbook are chosen from, on a sheet of their own: there a list may be
//! as long as it is, and its words may have commas in them.

use crate::tabular::Result;
use crate::tabular::workbook::{List, Paper, Style};

use super::super::words::offline::sheet as words;

/// Lists, each a column of their sheet.
#[derive(Default)]
pub(super) struct Lists(Vec<Vec<String>>);

impl Lists {
    /// Adds a list, unless it is empty or there already.
    pub(super) fn add(&mut self, list: Vec<String>) {
        if !list.is_empty() && !self.0.contains(&list) {
            self.0.push(list);
        }
    }

    /// Where a list stands.
    pub(super) fn find(&self, wanted: &[String]) -> Option<List<'static>> {
        let column = self.0.iter().position(|list| list == wanted)?;
        Some(List {
            sheet: words::LISTS,
            column,
            cells: wanted.len(),
        })
    }

    /// Writes the sheet, which is out of sight.
    pub(super) fn write(&self, paper: &mut Paper<'_>) -> Result<()> {
        for (column, list) in self.0.iter().enumerate() {
            for (row, word) in list.iter().enumerate() {
                paper.text(row, column, word, Style::Plain)?;
            }
        }
        paper.lock();
        paper.hide();
        Ok(())
    }
}
