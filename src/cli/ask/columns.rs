//! The columns of a sheet of fields and the items of an ask's head: what each means, what is
//! allowed, and by which other headings officers call it.
//!
//! This is the source of the template's help sheet and of what headings are read as; a test holds
//! it complete.

mod fields;
mod head;

use crate::domain::field_type::{
    Compulsion, Lines, Moment, ReferenceSpan, Reuse, Sensitivity, TypeWord,
};
use crate::domain::unit::Unit;

pub(super) use self::fields::FIELD_COLUMNS;
pub(super) use self::head::HEAD_ITEMS;

/// A column of a sheet of fields, or an item of an ask's head.
#[derive(Debug)]
pub(super) struct Column {
    /// Its heading.
    pub(super) name: &'static str,
    /// Other headings that mean it.
    pub(super) aliases: &'static [&'static str],
    /// What it means.
    pub(super) means: &'static str,
    /// What may stand in it.
    pub(super) allowed: &'static str,
    /// An example.
    pub(super) example: &'static str,
    /// How wide it is in a workbook, in characters.
    pub(super) width: usize,
    /// Whether a date is what it is for; elsewhere a spreadsheet made one of something else.
    pub(super) takes_dates: bool,
}

/// A column that takes no dates.
macro_rules! column {
    ($name:literal, $width:literal, [$($alias:literal),*], $means:literal, $allowed:expr, $example:literal) => {
        column!(@ $name, $width, [$($alias),*], $means, $allowed, $example, false)
    };
    ($name:literal, $width:literal, dates, [$($alias:literal),*], $means:literal, $allowed:expr, $example:literal) => {
        column!(@ $name, $width, [$($alias),*], $means, $allowed, $example, true)
    };
    (@ $name:literal, $width:literal, [$($alias:literal),*], $means:literal, $allowed:expr, $example:literal, $dates:literal) => {
        Column {
            name: $name,
            aliases: &[$($alias),*],
            means: $means,
            allowed: $allowed,
            example: $example,
            width: $width,
            takes_dates: $dates,
        }
    };
}

use column;

impl Column {
    /// Whether a heading means this column, whatever its case, blanks and punctuation.
    pub(super) fn is_called(&self, heading: &str) -> bool {
        let bare = bare(heading);
        bare == self::bare(self.name) || self.aliases.iter().any(|alias| bare == self::bare(alias))
    }

    /// The closed words of the column, for a list to choose from; none where it takes any text.
    pub(super) fn words(&self) -> Vec<&'static str> {
        match self.name {
            "type" => TypeWord::ALL.iter().map(|word| word.as_str()).collect(),
            "timing" => vec!["as-at", "during", "standing"],
            "unit" => Unit::ALL.iter().map(|unit| unit.code()).collect(),
            "required" => vec!["yes", "no"],
            "compulsion" => Compulsion::ALL.iter().map(|word| word.as_str()).collect(),
            "reuse" => Reuse::ALL.iter().map(|word| word.as_str()).collect(),
            "sensitivity" => Sensitivity::ALL.iter().map(|word| word.as_str()).collect(),
            "moment" => Moment::ALL.iter().map(|word| word.as_str()).collect(),
            "reference" => ReferenceSpan::ALL
                .iter()
                .map(|word| word.as_str())
                .collect(),
            "lines" => Lines::ALL.iter().map(|word| word.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// A cell's text as the broker writes it: one of the column's words, whatever its case and
    /// whether blanks stand for its hyphens; any other text as it is.
    pub(super) fn word(&self, text: &str) -> String {
        let known = self.words().into_iter();
        let same = |word: &str| self.name != "unit" && bare(word) == bare(text);
        let found = known.into_iter().find(|word| same(word));
        found.map_or_else(|| text.to_owned(), ToOwned::to_owned)
    }
}

/// A heading without what people vary: case, blanks, punctuation.
pub(super) fn bare(heading: &str) -> String {
    let letters = heading.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_heading_means_two_columns() {
        for columns in [FIELD_COLUMNS, HEAD_ITEMS] {
            let mut seen: BTreeMap<String, &str> = BTreeMap::new();
            for column in columns {
                for heading in std::iter::once(&column.name).chain(column.aliases) {
                    let before = seen.insert(bare(heading), column.name);
                    assert_eq!(before, None, "{heading} of {}", column.name);
                }
                let texts = [column.means, column.allowed, column.example];
                assert!(texts.iter().all(|text| !text.is_empty()), "{column:?}");
            }
        }
    }

    #[test]
    fn headings_and_words_are_read_as_people_write_them() {
        let find = |heading: &str| {
            let mut columns = FIELD_COLUMNS.iter();
            columns
                .find(|column| column.is_called(heading))
                .map(|column| column.name)
        };
        for (heading, expected) in [
            ("name", Some("name")),
            ("  REF ", Some("name")),
            ("Answer  Type:", Some("type")),
            ("max_age_days", Some("max_age_days")),
            ("Max age days", Some("max_age_days")),
            ("Must answer?", Some("required")),
            ("Internal remarks", None),
        ] {
            assert_eq!(find(heading), expected, "{heading}");
        }
        let word = |name: &str, text: &str| {
            let column = FIELD_COLUMNS.iter().find(|column| column.name == name);
            column.unwrap().word(text)
        };
        assert_eq!(word("type", "Yes/No"), "yes-no");
        assert_eq!(word("timing", "As at"), "as-at");
        assert_eq!(word("timing", "during:P12M"), "during:P12M");
        assert_eq!(word("unit", "M"), "M", "the case of a unit has a meaning");
        assert_eq!(word("label", "Count"), "Count");
    }
}
