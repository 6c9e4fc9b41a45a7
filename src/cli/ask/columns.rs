//! The columns of a sheet of fields and the items of an ask's head: what each means, what is
//! allowed, and by which other headings officers call it.
//!
//! This is the source of the template's columns and help sheet, of what headings are read as, and of
//! the options that say an ask's head. A test holds it complete: whatever an ask or a field says has
//! its place here, or a reason why it has none.

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

/// The words of a cadence.
const CADENCES: [&str; 6] = [
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "yearly",
    "financial-yearly",
];

/// Items that may hold several values.
const LISTS: [&str; 3] = ["periods", "homes", "areas"];

/// The words of what either is so or is not.
const YES_NO: [&str; 2] = ["yes", "no"];

impl Column {
    /// Whether an item of a head may have several values.
    pub(super) fn is_list(&self) -> bool {
        LISTS.contains(&self.name)
    }

    /// Whether it is answered by yes or no; blank is no.
    pub(super) fn is_yes_no(&self) -> bool {
        self.words() == YES_NO
    }

    /// The option of the command line that says an item of a head, without its dashes: `legal-basis`.
    pub(super) fn option(&self) -> String {
        let one = self.name.strip_suffix('s').filter(|_| self.is_list());
        one.unwrap_or(self.name).replace('_', "-")
    }

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
            "required" | "private" => YES_NO.to_vec(),
            "cadence" => CADENCES.to_vec(),
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
        if self.is_yes_no() {
            return yes_no(text).unwrap_or(text).to_owned();
        }
        let same = |word: &str| self.name != "unit" && bare(word) == bare(text);
        let found = known.into_iter().find(|word| same(word));
        found.map_or_else(|| text.to_owned(), ToOwned::to_owned)
    }
}

/// What people write for yes and for no, as one of these two words; none for anything else.
fn yes_no(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "y" | "1" => Some("yes"),
        "no" | "false" | "n" | "0" => Some("no"),
        _ => None,
    }
}

/// The path of an item of a head in an ask.
pub(super) fn path_of(item: &str) -> String {
    match item {
        "homes" | "areas" => format!("targets.{item}"),
        "opens" | "closes" => format!("window.{item}"),
        item => item.to_owned(),
    }
}

/// A heading without what people vary: case, blanks, punctuation.
pub(super) fn bare(heading: &str) -> String {
    let letters = heading.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::domain::ask::{RawAsk, RawTargets};
    use crate::domain::field::RawField;
    use crate::domain::window::RawWindowRule;

    /// What an ask says that no sheet does, each with the reason.
    const NO_ITEM: [(&str, &str); 3] = [
        (
            "continues",
            "ask continue says it of an ask that it reads itself",
        ),
        ("fields", "they are the rows of a sheet of their own"),
        (
            "window.roll",
            "a window on a day off rolls on, unless a developer says otherwise in JSON",
        ),
    ];

    /// What a field says that no sheet does, each with the reason.
    const NO_COLUMN: [(&str, &str); 0] = [];

    /// The members of a shape, as reading one that has none of them tells.
    fn members<T: DeserializeOwned>(within: &str) -> Vec<String> {
        let refused = serde_json::from_str::<T>(r#"{"no such member": 0}"#);
        let told = refused.err().expect("every shape refuses what it lacks");
        let told = told.to_string();
        let quoted = told.split('`').skip(1).step_by(2);
        let names: Vec<&str> = quoted.collect();
        assert_eq!(names.first(), Some(&"no such member"), "{told}");
        assert!(names.len() > 2, "{told}");
        names[1..]
            .iter()
            .map(|name| format!("{within}{name}"))
            .collect()
    }

    #[test]
    fn whatever_an_ask_says_has_an_item_or_column_or_a_reason_for_none() {
        let mut of_ask = members::<RawAsk>("");
        of_ask.retain(|name| !["targets", "window"].contains(&name.as_str()));
        of_ask.extend(members::<RawTargets>("targets."));
        of_ask.extend(members::<RawWindowRule>("window."));
        let items = HEAD_ITEMS.iter().map(|item| path_of(item.name)).collect();
        let columns = FIELD_COLUMNS
            .iter()
            .map(|own| own.name.to_owned())
            .collect();
        for (what, members, known, without) in [
            ("an ask", of_ask, items, &NO_ITEM[..]),
            ("a field", members::<RawField>(""), columns, &NO_COLUMN[..]),
        ] {
            let mut known: BTreeSet<String> = known;
            for (name, reason) in without {
                assert!(!reason.is_empty(), "{name}");
                assert!(known.insert((*name).to_owned()), "{name} has a place");
            }
            let members: BTreeSet<String> = members.into_iter().collect();
            let lost: Vec<_> = members.difference(&known).collect();
            assert!(
                lost.is_empty(),
                "{what} says {lost:?}, which no sheet does: add it to the columns, or a reason"
            );
            let strange: Vec<_> = known.difference(&members).collect();
            assert!(
                strange.is_empty(),
                "{strange:?} is nothing that {what} says"
            );
        }
    }

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
