//! Answers as a sheet: a row for each question, its value written as people write it.

use crate::domain::check::{RawAnswer, RawCell, RawGrid};
use crate::domain::id::shown;
use crate::grpc::v1;

use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::out::{self, Listing};
use super::super::sheet::{Row, Sheet};
use super::super::{known, value};

/// Columns that a sheet of answers must have.
const REQUIRED: [&str; 2] = ["entry", "value"];

/// Columns that it may have; the last seven are the template's and are not sent as answers.
const OPTIONAL: [&str; 12] = [
    "unit",
    "on",
    "reason",
    "note",
    "confirm",
    "question",
    "answered_as",
    "offered",
    "template",
    "to_do",
    "offered_from",
    "does_not_agree_with",
];

/// What says that none of the options is chosen.
const NONE_OF_THESE: &str = "none of these";

/// The column in which a member of an answer stands.
pub(super) fn column_of(member: &str) -> &str {
    let end = member.find(['.', '[']).unwrap_or(member.len());
    match &member[..end] {
        "declined" => "reason",
        "number" | "grids" | "yes_no" | "date" | "text" | "options" => "value",
        other => other,
    }
}

/// A sheet of the questions that are open, or of all.
pub(super) fn template(form: &v1::Form, all: bool) -> Listing {
    let columns = [
        "entry",
        "question",
        "answered_as",
        "offered",
        "value",
        "unit",
        "on",
        "reason",
        "note",
        "confirm",
        "template",
        "to_do",
        "offered_from",
        "does_not_agree_with",
    ];
    let digest = form.summary.clone().unwrap_or_default().template;
    let hidden = [
        "unit",
        "on",
        "reason",
        "note",
        "confirm",
        "template",
        "offered_from",
        "does_not_agree_with",
    ];
    let mut listing = Listing::new(columns).hiding(hidden);
    for entry in &form.entries {
        if !all && !is_open(entry) {
            continue;
        }
        let question = format!("{} ({})", entry.wording, entry.reference_label);
        let given = |given: &Option<v1::GivenAnswer>| {
            out::text(given.as_ref().map(value::given).unwrap_or_default())
        };
        // What was worked out before and not looked at gives way to what is worked out now.
        let offered = match &entry.answer {
            Some(_) if !has_to_do(entry) => &entry.answer,
            _ => &entry.offered,
        };
        listing.add([
            out::text(entry.id.as_str()),
            out::text(question),
            out::text(how(entry)),
            given(offered),
            out::text(""),
            out::text(entry.unit.as_str()),
            out::text(""),
            out::text(""),
            out::text(""),
            out::text(""),
            out::text(digest.as_str()),
            out::text(known::to_do(entry)),
            out::text(known::offered_from(entry)),
            out::texts(known::disagreeing(entry)),
        ]);
    }
    listing
}

/// Whether an entry is still to be answered, confirmed or sent as it was worked out.
pub(super) fn is_open(entry: &v1::FormEntry) -> bool {
    entry.answer.is_none() || has_to_do(entry)
}

fn has_to_do(entry: &v1::FormEntry) -> bool {
    use v1::EntryNeed;

    !matches!(
        entry.need(),
        EntryNeed::Unspecified | EntryNeed::Nothing | EntryNeed::Send
    )
}

/// How to write the value of an entry.
fn how(entry: &v1::FormEntry) -> String {
    let labels = entry.options.iter().map(|option| option.label.as_str());
    let labels = labels.collect::<Vec<_>>().join("; ");
    let codes = |grid: &v1::EntryGrid| -> String {
        let boxes = combinations(grid)
            .into_iter()
            .map(|codes| format!("{codes}="));
        boxes.collect::<Vec<_>>().join("; ")
    };
    match entry.r#type() {
        v1::FieldType::Choice => format!("one of: {labels}"),
        v1::FieldType::Choices => format!("any of: {labels}"),
        v1::FieldType::Date => "YYYY-MM-DD".to_owned(),
        _ if entry.grids.is_empty() => value::entry_type(entry),
        _ => entry
            .grids
            .iter()
            .map(codes)
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

/// The boxes of a breakdown, each its codes with `/` between them.
fn combinations(grid: &v1::EntryGrid) -> Vec<String> {
    let mut boxes = vec![String::new()];
    for dimension in &grid.dimensions {
        let longer = |head: &String| {
            let codes = dimension.codes.iter().map(|code| code.code.as_str());
            let joint = if head.is_empty() { "" } else { "/" };
            codes
                .map(|code| format!("{head}{joint}{code}"))
                .collect::<Vec<_>>()
        };
        boxes = boxes.iter().flat_map(longer).collect();
    }
    boxes
}

/// Reads a sheet: the template that it names, if any, and each answer with its line. Rows left
/// blank are left out.
pub(super) fn read(source: &Source, form: &v1::Form) -> Result<(String, Vec<(usize, RawAnswer)>)> {
    let sheet = Sheet::read(source, &REQUIRED, &OPTIONAL)?;
    let mut answers = Vec::new();
    let mut template = String::new();
    let mut reasons = Vec::new();
    for row in &sheet.rows {
        let own = sheet.cell(row, "template");
        if template.is_empty() {
            own.clone_into(&mut template);
        } else if own != template {
            reasons.push(row.fault("template", "is another than in the rows before"));
        }
        match answer(&sheet, row, form) {
            Ok(read) => answers.extend(read.map(|answer| (row.line, answer))),
            Err((column, message)) => reasons.push(row.fault(column, &message)),
        }
    }
    if reasons.is_empty() {
        return Ok((template, answers));
    }
    let headline = format!("{} cannot be read as answers", source.name);
    Err(Failure::refused(headline).because(reasons))
}

fn answer(
    sheet: &Sheet,
    row: &Row,
    form: &v1::Form,
) -> std::result::Result<Option<RawAnswer>, (&'static str, String)> {
    let given = |column: &str| Some(sheet.cell(row, column)).filter(|text| !text.is_empty());
    let confirm = match given("confirm").map(str::to_lowercase).as_deref() {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => return Err(("confirm", "expected yes or nothing".to_owned())),
    };
    let (text, reason) = (given("value"), given("reason"));
    if text.is_none() && reason.is_none() && !confirm {
        return Ok(None);
    }
    let id = sheet.cell(row, "entry");
    let Some(entry) = form.entries.iter().find(|entry| entry.id == id) else {
        return Err(("entry", format!("{} is not on this form", shown(id))));
    };
    let mut answer = RawAnswer {
        entry: id.to_owned(),
        declined: reason.map(str::to_owned),
        note: given("note").unwrap_or_default().to_owned(),
        on: given("on").map(str::to_owned),
        confirm,
        ..RawAnswer::default()
    };
    if let Some(text) = text {
        set_value(&mut answer, entry, text).map_err(|message| ("value", message))?;
        // A template gives the unit of entry beside every row; elsewhere it says nothing.
        let is_number = answer.number.is_some() || !answer.grids.is_empty();
        answer.unit = given("unit").filter(|_| is_number).map(str::to_owned);
    }
    Ok(Some(answer))
}

/// Reads a value as the entry's type has it.
fn set_value(
    answer: &mut RawAnswer,
    entry: &v1::FormEntry,
    text: &str,
) -> std::result::Result<(), String> {
    use v1::FieldType;

    match entry.r#type() {
        FieldType::YesNo => {
            answer.yes_no = Some(match text.to_lowercase().as_str() {
                "yes" | "y" | "true" => true,
                "no" | "n" | "false" => false,
                _ => return Err("expected yes or no".to_owned()),
            });
        }
        FieldType::Date => answer.date = Some(text.to_owned()),
        FieldType::Text | FieldType::Unspecified => answer.text = Some(text.to_owned()),
        FieldType::Choice => answer.options = Some(vec![text.to_owned()]),
        FieldType::Choices if text.eq_ignore_ascii_case(NONE_OF_THESE) => {
            answer.options = Some(Vec::new());
        }
        FieldType::Choices => {
            let labels = text.split(';').map(|label| label.trim().to_owned());
            answer.options = Some(labels.filter(|label| !label.is_empty()).collect());
        }
        FieldType::Count | FieldType::Quantity | FieldType::Percentage | FieldType::Money => {
            for part in text.split('|').map(str::trim) {
                if part.contains('=') {
                    answer.grids.push(grid(entry, part)?);
                } else if answer.number.replace(part.to_owned()).is_some() {
                    return Err("has two totals".to_owned());
                }
            }
        }
    }
    Ok(())
}

/// Reads the boxes of a breakdown, `nurse=3; care=10; other=4`: that of the entry which has just
/// these boxes, else the first that has them all.
fn grid(entry: &v1::FormEntry, text: &str) -> std::result::Result<RawGrid, String> {
    let mut cells: Vec<(String, String)> = Vec::new();
    for part in text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (code, figure) = part
            .split_once('=')
            .ok_or_else(|| "expected boxes such as nurse=3; care=10; other=4".to_owned())?;
        cells.push((code.trim().to_owned(), figure.trim().to_owned()));
    }
    let has_all = |boxes: &Vec<String>| cells.iter().all(|(code, _)| boxes.contains(code));
    let all: Vec<Vec<String>> = entry.grids.iter().map(combinations).collect();
    let exact = all
        .iter()
        .position(|boxes| has_all(boxes) && boxes.len() == cells.len());
    let Some(found) = exact.or_else(|| all.iter().position(has_all)) else {
        let known: Vec<String> = all.iter().map(|boxes| boxes.join(", ")).collect();
        return Err(match known.as_slice() {
            [] => "is not broken down on this form; give one figure".to_owned(),
            known => format!(
                "has a box that the form does not; expected {}",
                known.join(" or ")
            ),
        });
    };
    let cell = |(code, figure): (String, String)| RawCell {
        codes: code.split('/').map(str::to_owned).collect(),
        value: figure,
    };
    let dimensions = entry.grids[found].dimensions.iter();
    Ok(RawGrid {
        dimensions: dimensions.map(|dimension| dimension.id.clone()).collect(),
        cells: cells.into_iter().map(cell).collect(),
    })
}

#[cfg(test)]
mod tests;
