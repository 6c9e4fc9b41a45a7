//! The columns of a sheet of fields and the items of an ask's head: what each means, what is
//! allowed, and by which other headings officers call it.
//!
//! This is the source of the template's help sheet and of what headings are read as; a test holds
//! it complete.

use crate::domain::field_type::{Compulsion, Moment, ReferenceSpan, Reuse, Sensitivity, TypeWord};
use crate::domain::unit::Unit;

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

/// What is known of each column of a sheet of fields.
pub(super) const FIELD_COLUMNS: &[Column] = &[
    column!("name", 14, ["Ref", "Ref no", "Reference no", "Reference number", "Field", "Field name",
        "Local name", "Variable", "Code", "ID", "Key", "No", "Number", "Item", "Question no", "Question number", "Question ref"],
        "Your own name for the field. Answers come back to you under it, letter for letter.",
        "1 to 64 characters; no two fields of the ask share one. Required.", "B1"),
    column!("label", 44, ["Question", "Question text", "Wording", "Question wording", "Item wording", "Data item"],
        "The question as the home reads it.",
        "Up to 500 characters. Required.", "Beds occupied at the end of the month"),
    column!("type", 12, ["Answer type", "Data type", "Field type", "Response type", "Kind", "Type of answer", "Format"],
        "What sort of answer it takes.",
        "count (whole number), quantity (number with a unit), percentage, money, yes-no, date, text, choice (one option), choices (several options). Required.", "count"),
    column!("timing", 14, ["When", "Time basis", "As at or during", "Point or period"],
        "Of which time the answer speaks.",
        "as-at (how things stand at a moment), during (what happened in the period), standing (hardly ever changes), or a look-back such as during:P12M (the last 12 months) or during:P7D. Required.", "as-at"),
    column!("unit", 10, ["Units", "Unit of measure", "UoM", "Measured in"],
        "The unit of a quantity or of money.",
        "A code: s, min, h, d, wk, {shift-8h}, {shift-12h}, mg, g, kg, cm, m, mL, L, m3, {wte}, 1; for money GBP, p, kGBP. Quantities need one; others take none.", "h"),
    column!("decimals", 10, ["Decimal places", "dp", "Places"],
        "Digits after the point.",
        "0 to 9; blank is 0. Not for counts.", "1"),
    column!("min", 10, ["Minimum", "Min value", "Minimum value", "At least", "Lowest"],
        "The least number you accept. A home's answer below it is still delivered, with a flag.",
        "A number, or blank for none.", "0"),
    column!("max", 10, ["Maximum", "Max value", "Maximum value", "At most", "Highest"],
        "The greatest number you accept. A home's answer above it is still delivered, with a flag.",
        "A number, or blank for none. For percentages write 100, not 100%.", "200"),
    column!("breakdown", 16, ["Broken down by", "Split by", "Breakdown by", "Dimensions"],
        "How the number is split.",
        "Dimension ids of the dictionary, several with | between them; blank for none.", "job_role"),
    column!("options", 32, ["Choices", "Answer options", "Response options", "Allowed values", "Options list", "Codes", "Values"],
        "What may be chosen, in the order in which homes see it.",
        "code=label with ; between: your code, then what the home reads. A label alone is its own code. For choice and choices only.", "R=Red; A=Amber; G=Green"),
    column!("definition", 32, ["What counts", "Definitions", "Meaning", "Counting rule"],
        "What counts and what does not. Part of the question's meaning: equal questions have equal definitions.",
        "Up to 2,000 characters.", "Count residents present at midnight"),
    column!("guidance", 32, ["Help", "Help text", "Notes", "Guidance notes", "Instructions", "Hint"],
        "Help for whoever answers. No part of the meaning.",
        "Up to 2,000 characters.", "Include respite residents"),
    column!("topic", 20, ["Section", "Group", "Theme", "Category", "Heading", "Topic area"],
        "The heading under which it stands.",
        "Up to 100 characters.", "Beds and occupancy"),
    column!("required", 10, ["Mandatory", "Must answer", "Is required", "Required?", "Compulsory"],
        "Whether a blank is refused. A home may always say why it has no answer.",
        "yes or no; blank is no.", "yes"),
    column!("element", 18, ["Dictionary", "Element id", "Dictionary id", "Dictionary element"],
        "The entry of the dictionary that you ask for, if you know it.",
        "An id from `askonce dictionary list`; leave the definition blank then.", "beds.occupied"),
    column!("compulsion", 13, ["Obligation", "Legal duty", "Duty"],
        "How strongly the home is bound to answer.",
        "voluntary, contractual or statutory; blank is voluntary.", "contractual"),
    column!("reuse", 12, ["Re-use", "Reuse rule"],
        "What may be done with what is already known.",
        "derive (filled in without asking), confirm (offered, to be confirmed), always-ask; blank is confirm.", "confirm"),
    column!("max_age_days", 14, ["Max age", "Maximum age", "Oldest answer in days", "Maximum age in days"],
        "Oldest answer that you accept, in days. For as-at only.",
        "A whole number up to 3,660; blank: of this very period.", "7"),
    column!("sensitivity", 12, ["Sensitive", "Confidentiality"],
        "How carefully answers must be handled.",
        "none, commercial or personal; blank is none.", "commercial"),
    column!("moment", 15, ["Moment of count"],
        "The moment of an as-at field.",
        "period-end or on-completion; blank is period-end.", "period-end"),
    column!("reference", 14, ["Refers to", "Span", "Reference period"],
        "Which span it speaks of, relative to the ask's period.",
        "same, previous, last-month, last-week, last-day or first-day; a clock time may follow, such as same@12:00. Blank is same.", "same"),
    column!("earliest", 12, dates, ["Earliest date", "Not before"],
        "Earliest date accepted. For dates only.",
        "YYYY-MM-DD, or a date cell.", "2020-01-01"),
    column!("latest", 12, dates, ["Latest date", "Not after"],
        "Latest date accepted. For dates only.",
        "YYYY-MM-DD, or a date cell.", "2030-12-31"),
    column!("max_length", 12, ["Maximum length", "Longest text", "Character limit", "Max characters"],
        "Longest text accepted, in characters. For texts only.",
        "A whole number up to 10,000; blank is 500.", "200"),
    column!("lines", 10, ["Number of lines", "Text lines"],
        "Whether a text may run over several lines. For texts only.",
        "one or several; blank is one.", "several"),
];

/// What is known of each item of an ask's head.
pub(super) const HEAD_ITEMS: &[Column] = &[
    column!("organisation", 18, ["Organisation id", "Who asks", "Requester", "Your organisation"],
        "Who asks: your organisation's id.", "An id that the broker knows. Required.", "sefton-council"),
    column!("ask", 18, ["Ask id", "Id", "Return id", "Short name"],
        "The ask's id, by which you will find it again.", "Lower-case words joined by -; blank: made from the content.", "beds-monthly"),
    column!("purpose", 18, ["What for", "Why"],
        "What the answers are for. Every home reads it.", "Up to 2,000 characters. Required.", "To plan winter capacity"),
    column!("legal_basis", 18, ["Lawful basis", "Legal power", "By which right"],
        "By which right you ask. Every home reads it.", "Up to 2,000 characters. Required.", "Care Act 2014, section 5"),
    column!("contact", 18, ["Contact details", "Contact person", "Questions to"],
        "Whom a home may turn to.", "Up to 2,000 characters.", "returns@sefton.example, 0151 496 0000"),
    column!("notice", 18, ["Note to homes", "Important"],
        "What the home must know, such as what answering does not notify.", "Up to 2,000 characters.", "This does not replace a notification to the regulator"),
    column!("cadence", 18, ["How often", "Frequency"],
        "How often you ask.", "daily, weekly, monthly, quarterly, yearly or financial-yearly; or else list periods below.", "monthly"),
    column!("periods", 18, dates, ["Period", "For which periods"],
        "The very periods asked for, instead of a cadence.", "Such as 2026-11-21, 2026-W47, 2026-11, 2026-Q4, FY2026-Q3, FY2026 or 2026; several with ; between, or a row each. Keep the cell's format as text.", "2026-11; 2026-12"),
    column!("from", 18, dates, ["Start", "First day", "Start date", "From date"],
        "First day of the cadence.", "YYYY-MM-DD, or a date cell; blank: the day of submission.", "2026-12-01"),
    column!("until", 18, dates, ["End", "Last day", "End date", "Until date"],
        "Last day of the cadence.", "YYYY-MM-DD, or a date cell; blank: no end.", "2027-11-30"),
    column!("opens", 18, ["Window opens", "Opens on"],
        "When answers are first taken, relative to each period.", "start or end, with days after it such as end+1d; blank, with closes blank too: the usual window.", "end+1d"),
    column!("closes", 18, ["Window closes", "Closes on", "Deadline", "Due"],
        "Until when answers are taken, relative to each period.", "Such as end+10wd (working days), end+10d@17:00 (with a time).", "end+10wd"),
    column!("homes", 18, ["Home", "Home id", "CQC location id", "CQC id", "Location id"],
        "The homes asked.", "CQC location ids, several with ; between, or a row each.", "1-466088203; 1-1938268568"),
    column!("areas", 18, ["Area", "Area code", "GSS code"],
        "The areas asked: every home that lies in one.", "GSS codes, several with ; between, or a row each.", "E08000014"),
];

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
            "reference" => ReferenceSpan::ALL.iter().map(|word| word.as_str()).collect(),
            "lines" => vec!["one", "several"],
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
            columns.find(|column| column.is_called(heading)).map(|column| column.name)
        };
        for (heading, expected) in [
            ("name", Some("name")),
            ("  REF ", Some("name")),
            ("Answer  Type:", Some("type")),
            ("max_age_days", Some("max_age_days")),
            ("Max age days", Some("max_age_days")),
            ("Required?", Some("required")),
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
