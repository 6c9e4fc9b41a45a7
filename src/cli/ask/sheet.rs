//! Fields of an ask as a sheet: a row for each field, its members as columns.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::field::{RawField, RawOnlyIf};
use crate::domain::field_type::ChoiceOption;
use crate::domain::id::shown;

use super::super::out::{self, Listing};
use super::columns::FIELD_COLUMNS;
use super::condition;
use super::table::{Headings, Reader};
use crate::tabular::grid::Grid;

/// Columns that a sheet of fields must have.
pub(super) const REQUIRED: [&str; 4] = ["name", "label", "type", "timing"];

/// A sheet to be filled in, with a few rows that show how.
pub(super) fn template() -> Listing {
    listing(&examples())
}

/// Fields that show how a sheet is filled in.
pub(super) fn examples() -> Vec<RawField> {
    let text = |text: &str| Some(text.to_owned());
    let option = |code: &str, label: &str| ChoiceOption {
        code: code.into(),
        label: label.into(),
    };
    let beds = RawField {
        name: "B1".into(),
        label: "Beds occupied at the end of the month".into(),
        topic: "Beds and occupancy".into(),
        kind: "count".into(),
        timing: "as-at".into(),
        min: text("0"),
        max: text("200"),
        required: true,
        ..RawField::default()
    };
    let gloves = RawField {
        name: "P1".into(),
        label: "Supply of gloves".into(),
        topic: "Protective equipment".into(),
        kind: "choice".into(),
        timing: "as-at".into(),
        options: Some(vec![
            option("R", "Red"),
            option("A", "Amber"),
            option("G", "Green"),
        ]),
        ..RawField::default()
    };
    let short = RawField {
        name: "P2".into(),
        label: "Which sizes are short".into(),
        topic: "Protective equipment".into(),
        kind: "text".into(),
        timing: "as-at".into(),
        only_if: Some(RawOnlyIf {
            field: "P1".into(),
            equals: vec!["R".into(), "A".into()],
            ..RawOnlyIf::default()
        }),
        ..RawField::default()
    };
    vec![beds, gloves, short]
}

/// Fields as a sheet.
pub(super) fn listing(fields: &[RawField]) -> Listing {
    let mut listing = Listing::new(FIELD_COLUMNS.iter().map(|column| column.name));
    for field in fields {
        listing.add(FIELD_COLUMNS.iter().map(|column| cell(field, column.name)));
    }
    listing
}

/// What a field says in a column, as a sheet writes it.
pub(super) fn cell(field: &RawField, column: &str) -> Value {
    match column {
        "options" => out::text(options_text(field.options.as_deref().unwrap_or(&[]))),
        "breakdown" => out::text(field.breakdown.as_deref().unwrap_or(&[]).join("|")),
        "applies_to" => out::text(field.applies_to.join("|")),
        "only_if" => {
            let only_if = field.only_if.as_ref().map(condition::text);
            out::text(only_if.unwrap_or_default())
        }
        column => {
            let mut row = serde_json::to_value(field).unwrap_or_default();
            row.get_mut(column).map(Value::take).unwrap_or_default()
        }
    }
}

/// The fields of a sheet whose headings are known, and what could not be read of them, by path.
pub(super) fn fields(grid: &Grid, headings: &Headings) -> (Vec<RawField>, Vec<(String, String)>) {
    let mut unread = Vec::new();
    let rows = grid.rows.iter().skip(1).enumerate();
    let fields = rows.map(|(nth, row)| {
        let mut reader = Reader {
            headings,
            row,
            faults: Vec::new(),
        };
        let field = field(&mut reader);
        let faults = reader.faults.into_iter();
        unread.extend(faults.map(|(column, why)| (format!("fields[{nth}].{column}"), why)));
        field
    });
    let fields = fields.collect();
    (fields, unread)
}

fn field(reader: &mut Reader<'_>) -> RawField {
    let mut cells: BTreeMap<&'static str, String> = BTreeMap::new();
    for column in FIELD_COLUMNS {
        cells.insert(column.name, reader.cell(column));
    }
    let cell = |column: &str| cells.get(column).cloned().unwrap_or_default();
    let given = |column: &str| Some(cell(column)).filter(|text| !text.is_empty());
    let mut number = |column: &'static str| {
        let text = given(column)?;
        let number = text.parse::<u32>().ok();
        if number.is_none() {
            let why = format!("{} is not a whole number", shown(&text));
            reader.faults.push((column, why));
        }
        number
    };
    let (decimals, max_age_days) = (number("decimals"), number("max_age_days"));
    let max_length = number("max_length");
    let options = given("options").map(|text| options(&text));
    let options = options.transpose().unwrap_or_else(|why| {
        reader.faults.push(("options", why));
        None
    });
    let only_if = given("only_if").map(|text| condition::read(&text));
    let only_if = only_if.transpose().unwrap_or_else(|why| {
        reader.faults.push(("only_if", why));
        None
    });
    let ids = |text: String| text.split('|').map(|id| id.trim().to_owned()).collect();
    RawField {
        name: cell("name"),
        label: cell("label"),
        definition: cell("definition"),
        guidance: cell("guidance"),
        element: given("element"),
        topic: cell("topic"),
        timing: cell("timing"),
        kind: cell("type"),
        required: cell("required") == "yes",
        compulsion: given("compulsion"),
        reuse: given("reuse"),
        max_age_days,
        sensitivity: given("sensitivity"),
        moment: given("moment"),
        reference: given("reference"),
        unit: given("unit"),
        decimals,
        min: given("min"),
        max: given("max"),
        breakdown: given("breakdown").map(ids),
        earliest: given("earliest"),
        latest: given("latest"),
        max_length,
        lines: given("lines"),
        options,
        applies_to: given("applies_to").map(ids).unwrap_or_default(),
        only_if,
    }
}

/// Reads `R=Red; A=Amber`: code, then label; a label by itself is its own code.
fn options(text: &str) -> std::result::Result<Vec<ChoiceOption>, String> {
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let option = |part: &str| {
        let (code, label) = part.split_once('=').unwrap_or((part, part));
        ChoiceOption {
            code: code.trim().to_owned(),
            label: label.trim().to_owned(),
        }
    };
    let options: Vec<ChoiceOption> = parts.map(option).collect();
    if options.is_empty() {
        return Err("has no option; expected R=Red; A=Amber".to_owned());
    }
    Ok(options)
}

fn options_text(options: &[ChoiceOption]) -> String {
    let pair = |option: &ChoiceOption| format!("{}={}", option.code, option.label);
    options.iter().map(pair).collect::<Vec<_>>().join("; ")
}

/// The field's place and the column that a path such as `fields[3].options[0].label` names.
pub(super) fn field_of(path: &str) -> Option<(usize, &str)> {
    let (place, rest) = path.strip_prefix("fields[")?.split_once(']')?;
    let member = rest.trim_start_matches('.');
    let end = member.find(['.', '[']).unwrap_or(member.len());
    Some((place.parse().ok()?, &member[..end]))
}

#[cfg(test)]
mod tests {
    use super::super::super::out::Format;
    use super::super::table::Reading;
    use super::*;
    use crate::domain::field::Field;

    fn read(text: &str) -> (Vec<RawField>, Vec<(String, String)>) {
        let grid = Grid::of_csv("t.csv", text).unwrap();
        let headings = Headings::read(&grid, FIELD_COLUMNS, &REQUIRED, &Reading::default());
        assert_eq!(headings.faults, [""; 0]);
        fields(&grid, &headings)
    }

    #[test]
    fn a_template_reads_back_as_the_fields_that_it_shows() {
        let text = template().render(Format::Csv).unwrap();
        let (fields, unread) = read(&text);
        assert_eq!(unread, []);
        assert_eq!(fields, examples());
        assert_eq!(listing(&fields).render(Format::Csv).unwrap(), text);
        let text = "name,label,type,timing,applies_to,only_if\n\
                    a,A,count,as-at,Nursing homes|Hospices,b = yes\n";
        let (fields, _) = read(text);
        assert_eq!(fields[0].applies_to, ["Nursing homes", "Hospices"]);
        let again = listing(&fields).render(Format::Csv).unwrap();
        assert_eq!(read(&again).0, fields);
    }

    #[test]
    fn cells_that_cannot_be_read_are_named_and_paths_lead_to_their_columns() {
        let text = "name,label,type,timing,decimals,required\na,A,quantity,during,two,perhaps\n";
        let (_, unread) = read(text);
        let said = |(path, why): (&str, &str)| (path.to_owned(), why.to_owned());
        let expected = [
            (
                "fields[0].required",
                "\"perhaps\" is neither; expected yes or no",
            ),
            ("fields[0].decimals", "\"two\" is not a whole number"),
        ];
        assert_eq!(unread, expected.map(said));
        assert_eq!(field_of("fields[3].options[0].label"), Some((3, "options")));
        assert_eq!(field_of("fields[12]"), Some((12, "")));
        assert_eq!(field_of("purpose"), None);
    }

    /// The faults of a column's cell on a row of a type that has such a column.
    fn faults_of(column: &str, text: &str) -> Vec<String> {
        let kind = match column {
            "unit" if ["GBP", "p", "kGBP"].contains(&text) => "money",
            "unit" | "decimals" => "quantity",
            "options" => "choice",
            "earliest" | "latest" => "date",
            "max_length" | "lines" => "text",
            _ => "count",
        };
        let mut cells = BTreeMap::from([
            ("name", "x"),
            ("label", "X"),
            ("type", kind),
            ("timing", "as-at"),
        ]);
        match (column, text) {
            ("type", "choice" | "choices") => drop(cells.insert("options", "R=Red; G=Green")),
            ("type", "quantity") | ("decimals", _) => drop(cells.insert("unit", "h")),
            _ => (),
        }
        cells.insert(column, text);
        let quoted = |cell: &&str| format!("\"{cell}\"");
        let values: Vec<String> = cells.values().map(quoted).collect();
        let headings: Vec<&str> = cells.keys().copied().collect();
        let text = format!("{}\n{}\n", headings.join(","), values.join(","));
        let (mut fields, unread) = read(&text);
        let faults = Field::parse(fields.remove(0)).err().unwrap_or_default();
        let faults = faults.iter().map(ToString::to_string);
        faults
            .chain(unread.into_iter().map(|(_, why)| why))
            .collect()
    }

    #[test]
    fn every_example_and_every_word_that_is_offered_is_taken() {
        for column in FIELD_COLUMNS {
            for text in column.words().into_iter().chain([column.example]) {
                let faults = faults_of(column.name, text);
                assert_eq!(faults, [""; 0], "{} = {text}", column.name);
            }
        }
        assert_eq!(faults_of("type", "kount").len(), 1);
    }
}
