//! Fields of an ask as a sheet: a row for each field, its members as columns.

use serde_json::Value;

use crate::domain::field::RawField;
use crate::domain::field_type::ChoiceOption;

use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::out::{self, Listing};
use super::super::sheet::{Row, Sheet};
use super::condition;

/// Columns that a sheet of fields must have.
const REQUIRED: [&str; 4] = ["name", "label", "type", "timing"];

/// Every column, in the order of a template.
const COLUMNS: [&str; 24] = [
    "name",
    "label",
    "type",
    "timing",
    "unit",
    "decimals",
    "min",
    "max",
    "breakdown",
    "options",
    "definition",
    "guidance",
    "topic",
    "required",
    "element",
    "compulsion",
    "reuse",
    "max_age_days",
    "sensitivity",
    "moment",
    "reference",
    "earliest",
    "latest",
    "max_length",
];

/// Columns that few need: for which homes, on which condition, and how many lines of text.
const RARE: [&str; 3] = ["applies_to", "only_if", LINES];
const LINES: &str = "lines";

/// A sheet to be filled in, with two rows that show how.
pub(super) fn template() -> Listing {
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
    listing(&[beds, gloves])
}

/// Fields as a sheet.
pub(super) fn listing(fields: &[RawField]) -> Listing {
    let mut listing = Listing::new(COLUMNS.into_iter().chain(RARE));
    for field in fields {
        let row = serde_json::to_value(field).unwrap_or_default();
        let cell = |column: &str| match (column, row.get(column)) {
            ("options", _) => out::text(options_text(field.options.as_deref().unwrap_or(&[]))),
            ("breakdown", Some(Value::Array(ids))) => {
                let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
                out::text(ids.join("|"))
            }
            ("applies_to", _) => out::text(field.applies_to.join("|")),
            ("only_if", _) => out::text(
                field
                    .only_if
                    .as_ref()
                    .map(condition::text)
                    .unwrap_or_default(),
            ),
            (_, found) => found.cloned().unwrap_or_default(),
        };
        listing.add(COLUMNS.into_iter().chain(RARE).map(cell));
    }
    listing
}

/// Reads a sheet of fields, with the line on which each starts.
pub(super) fn read(source: &Source) -> Result<(Vec<RawField>, Vec<usize>)> {
    let mut optional = COLUMNS.to_vec();
    optional.retain(|column| !REQUIRED.contains(column));
    optional.extend(RARE);
    let sheet = Sheet::read(source, &REQUIRED, &optional)?;
    let mut reasons = Vec::new();
    let fields = sheet
        .rows
        .iter()
        .map(|row| field(&sheet, row, &mut reasons));
    let fields: Vec<RawField> = fields.collect();
    if !reasons.is_empty() {
        let headline = format!("{} cannot be read as fields", source.name);
        return Err(Failure::refused(headline).because(reasons));
    }
    Ok((fields, sheet.rows.iter().map(|row| row.line).collect()))
}

fn field(sheet: &Sheet, row: &Row, reasons: &mut Vec<String>) -> RawField {
    let cell = |column: &str| sheet.cell(row, column).to_owned();
    let given = |column: &str| Some(cell(column)).filter(|text| !text.is_empty());
    let mut number = |column: &str| {
        let text = given(column)?;
        let number = text.parse::<u32>().ok();
        if number.is_none() {
            reasons.push(row.fault(column, "is not a whole number"));
        }
        number
    };
    let (decimals, max_age_days) = (number("decimals"), number("max_age_days"));
    let max_length = number("max_length");
    let required = match cell("required").to_lowercase().as_str() {
        "" | "no" | "false" => false,
        "yes" | "true" => true,
        _ => {
            reasons.push(row.fault("required", "expected yes or no"));
            false
        }
    };
    let options = given("options").map(|text| options(&text));
    let options = options.transpose().unwrap_or_else(|why| {
        reasons.push(row.fault("options", &why));
        None
    });
    let only_if = given("only_if").map(|text| condition::read(&text));
    let only_if = only_if.transpose().unwrap_or_else(|why| {
        reasons.push(row.fault("only_if", &why));
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
        required,
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
        lines: given(LINES),
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
    use super::*;

    #[test]
    fn a_template_reads_back_as_the_fields_that_it_shows() {
        let text = template().render(Format::Csv).unwrap();
        let (fields, lines) = read(&Source::of("t.csv", &text)).unwrap();
        assert_eq!(lines, [2, 3]);
        assert!(fields[0].required);
        assert_eq!(fields[1].options.as_ref().map(Vec::len), Some(3));
        assert_eq!(listing(&fields).render(Format::Csv).unwrap(), text);
        let text = "name,label,type,timing,applies_to,only_if\na,A,count,as-at,Nursing homes|Hospices,b = yes\n";
        let (fields, _) = read(&Source::of("t.csv", text)).unwrap();
        assert_eq!(fields[0].applies_to, ["Nursing homes", "Hospices"]);
        let again = listing(&fields).render(Format::Csv).unwrap();
        assert_eq!(read(&Source::of("t.csv", &again)).unwrap().0, fields);
    }

    #[test]
    fn cells_that_cannot_be_read_are_named_and_paths_lead_to_their_columns() {
        let text = "name,label,type,timing,decimals,required\na,A,quantity,during,two,perhaps\n";
        let reasons = read(&Source::of("t.csv", text)).unwrap_err().reasons;
        assert_eq!(
            reasons,
            [
                "line 2, column decimals: is not a whole number",
                "line 2, column required: expected yes or no",
            ]
        );
        assert_eq!(field_of("fields[3].options[0].label"), Some((3, "options")));
        assert_eq!(field_of("fields[12]"), Some((12, "")));
        assert_eq!(field_of("purpose"), None);
    }
}
