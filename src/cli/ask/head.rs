//! What an ask says beside its fields, read from a sheet: an item in the first column, its value in
//! the second, whatever else stands beside them.

use std::collections::BTreeMap;

use super::columns::{Column, HEAD_ITEMS, bare};
use super::table::check;
use crate::domain::id::shown;
use crate::tabular::grid::{Cell, Grid};

/// The heading of the first column of a head, for which a row of headings is known.
pub(super) const ITEM: &str = "item";

/// The head of an ask as its sheet says it.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Each item's values.
    pub(super) values: BTreeMap<&'static str, Vec<String>>,
    /// Where each item's values stand; where an item is named but blank, the cell for it.
    pub(super) places: BTreeMap<&'static str, Vec<String>>,
    /// What is wrong with the sheet.
    pub(super) faults: Vec<String>,
    /// What is wrong with values, by item.
    pub(super) unread: Vec<(&'static str, String)>,
}

impl Head {
    /// Reads the sheet of an ask's head.
    pub(super) fn read(grid: &Grid) -> Self {
        let mut head = Self::default();
        let rows = grid.rows.iter().enumerate();
        for (place, row) in rows {
            let (item, value) = (row.cell(0), row.cell(1));
            let is_heading = place == 0 && bare(item.text()) == ITEM;
            if is_heading || value.is_blank() && item.is_blank() {
                continue;
            }
            let at = |column: usize| grid.place(row.number, column);
            if item.is_blank() {
                head.faults.push(format!(
                    "{}: names no item, but {} holds a value",
                    at(0),
                    at(1)
                ));
                continue;
            }
            let known = HEAD_ITEMS.iter().find(|known| known.is_called(item.text()));
            match known {
                Some(known) => head.take(known, value, &at(1)),
                None if value.is_blank() => (),
                None => {
                    let items: Vec<&str> = HEAD_ITEMS.iter().map(|item| item.name).collect();
                    head.faults.push(format!(
                        "{}: {} is not an item of an ask; expected one of {}",
                        at(0),
                        shown(item.text()),
                        items.join(", ")
                    ));
                }
            }
        }
        head
    }

    fn take(&mut self, item: &'static Column, value: &Cell, at: &str) {
        let text = match check(value, item).and_then(|text| unless_a_month(item, value, text)) {
            Ok(text) => text,
            Err(why) => {
                self.unread.push((item.name, why));
                self.places
                    .entry(item.name)
                    .or_default()
                    .push(at.to_owned());
                return;
            }
        };
        let is_list = item.is_list();
        let split = |text: &str| {
            let parts = text.split([';', '\n']).map(str::trim);
            parts
                .filter(|part| !part.is_empty())
                .map(ToOwned::to_owned)
                .collect()
        };
        let values: Vec<String> = match text.as_str() {
            "" => Vec::new(),
            text if is_list => split(text),
            text => vec![text.to_owned()],
        };
        let places = self.places.entry(item.name).or_default();
        let before = self.values.entry(item.name).or_default();
        if !is_list && !before.is_empty() && !values.is_empty() {
            let why = format!("{at}: {} is said already at {}", item.name, places[0]);
            self.faults.push(why);
            return;
        }
        if before.is_empty() {
            // A blank cell is the place of its item until one is filled in.
            places.clear();
        }
        places.extend(std::iter::repeat_n(at.to_owned(), values.len().max(1)));
        before.extend(values);
    }

    /// Where an item's value stands, by its place in a list; none where the sheet lacks the item.
    pub(super) fn place(&self, item: &str, nth: usize) -> Option<&str> {
        let places = self.places.get(item)?;
        places.get(nth).or(places.last()).map(String::as_str)
    }
}

/// Refuses a date that a spreadsheet may have made of a month: `2026-11` typed into a cell becomes
/// the first of November, which is a period as well, and another.
fn unless_a_month(
    item: &Column,
    value: &Cell,
    text: String,
) -> std::result::Result<String, String> {
    if item.name == "periods" && matches!(value, Cell::Date(_)) && text.ends_with("-01") {
        let month = text.strip_suffix("-01").unwrap_or(&text);
        return Err(format!(
            "is the date {text}, which a spreadsheet makes of the month {month} too; give the cell \
             the format Text and type the period again"
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::grid::GridRow;

    fn head(rows: &[(&str, Cell)]) -> Head {
        let rows = (1..).zip(rows).map(|(number, (item, value))| GridRow {
            number,
            cells: vec![Cell::of_text(item), value.clone(), Cell::of_text("help")],
        });
        Head::read(&Grid {
            file: "x.xlsx".into(),
            sheet: Some("ask".into()),
            rows: rows.collect(),
            merged: Vec::new(),
        })
    }

    #[test]
    fn items_are_read_under_their_usual_names_and_lists_from_several_cells() {
        let head = head(&[
            ("item", Cell::of_text("value")),
            ("Lawful basis", Cell::of_text("Care Act")),
            ("home", Cell::of_text("1-1; 1-2")),
            ("homes", Cell::of_text("1-3")),
            ("From", Cell::Date("2026-12-01".into())),
            ("Periods", Cell::Number("2026".into())),
            ("contact", Cell::Blank),
            ("Approved by", Cell::Blank),
        ]);
        assert_eq!((head.faults.len(), head.unread.len()), (0, 0), "{head:?}");
        assert_eq!(head.values["legal_basis"], ["Care Act"]);
        assert_eq!(head.values["homes"], ["1-1", "1-2", "1-3"]);
        assert_eq!(head.place("homes", 1), Some("ask!B3"));
        assert_eq!(head.place("homes", 2), Some("ask!B4"));
        assert_eq!(head.values["from"], ["2026-12-01"]);
        assert_eq!(head.values["periods"], ["2026"]);
        assert_eq!(head.place("contact", 0), Some("ask!B7"));
        assert_eq!(head.place("purpose", 0), None);
    }

    #[test]
    fn every_fault_of_a_head_has_its_cell() {
        let head = head(&[
            ("purpose", Cell::of_text("a")),
            ("What for", Cell::of_text("b")),
            ("Colour", Cell::of_text("red")),
            ("", Cell::of_text("x")),
            ("periods", Cell::Date("2026-11-01".into())),
            ("contact", Cell::Bad("the error #REF!".into())),
        ]);
        assert_eq!(head.faults[0], "ask!B2: purpose is said already at ask!B1");
        assert!(head.faults[1].starts_with("ask!A3: \"Colour\" is not an item"));
        assert_eq!(
            head.faults[2],
            "ask!A4: names no item, but ask!B4 holds a value"
        );
        assert!(
            head.unread[0].1.contains("the month 2026-11 too"),
            "{head:?}"
        );
        assert!(head.unread[1].1.starts_with("holds the error #REF!"));
        assert_eq!(head.place("periods", 0), Some("ask!B5"));
    }
}
