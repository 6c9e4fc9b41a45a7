//! The data lead's sheet: a row for each question that is left to decide, with what it may be, and
//! columns to be filled in.

use crate::cli::convert::word;
use crate::grpc::v1;
use crate::tabular::Result;
use crate::tabular::csv;
use crate::tabular::workbook::{Paper, Style, write};

use super::{candidate_text, field_text, tier_text, why};

/// The sheet of suggestions in a workbook.
pub(super) const SHEET: &str = "suggestions";
/// The sheet that explains.
const HELP: &str = "help";

/// Candidates of each question.
pub(super) const CANDIDATES: usize = 5;

/// What is told of each question, with widths in characters.
const TOLD: [(&str, usize); 12] = [
    ("ask", 30),
    ("field", 16),
    ("wording", 44),
    ("definition", 30),
    ("type", 10),
    ("unit", 8),
    ("timing", 10),
    ("options", 20),
    ("homes", 8),
    ("saves_a_year", 12),
    ("topic", 16),
    ("also_asked_as", 24),
];

/// What is told of each candidate, with widths; the number comes behind.
const OF_CANDIDATE: [(&str, usize); 4] = [
    ("candidate", 24),
    ("wording", 36),
    ("tier", 12),
    ("why", 44),
];

/// What is to be filled in, with widths and what it takes.
const FILLED_IN: [(&str, usize, &str); 7] = [
    (
        "decision",
        12,
        "same, related, different, new or skip; blank is skip. \"different\" rejects the element named, \
         or every candidate of the row; \"new\" rejects every candidate.",
    ),
    (
        "element",
        24,
        "What the field is the same as, related to or different from: an element's id, or another \
         field as ORGANISATION/ASK/FIELD. Blank with \"same\": candidate_1.",
    ),
    (
        "option_map",
        24,
        "For a choice: which of its options stands for which of the other's, such as R=red; A=amber; \
         G=green. Options of the same words are one by themselves.",
    ),
    ("reason", 30, "Why, at most 500 characters."),
    (
        "new_id",
        20,
        "With \"new\": the id of an element to propose, such as falls.at_night.",
    ),
    (
        "new_label",
        30,
        "With \"new\": its question in plain English.",
    ),
    (
        "new_topic",
        16,
        "With \"new\": its topic's id in the dictionary, such as falls.",
    ),
];

/// The words of the column `decision`.
pub(super) const DECISIONS: [&str; 5] = ["same", "related", "different", "new", "skip"];

/// Headings with widths, in order.
fn headings() -> Vec<(String, usize)> {
    let told = TOLD.map(|(name, width)| (name.to_owned(), width));
    let candidates = (1..=CANDIDATES)
        .flat_map(|place| OF_CANDIDATE.map(|(name, width)| (format!("{name}_{place}"), width)));
    let filled_in = FILLED_IN.map(|(name, width, _)| (name.to_owned(), width));
    told.into_iter()
        .chain(candidates)
        .chain(filled_in)
        .collect()
}

/// What is told of a question, up to the columns to be filled in.
fn row(suggestion: &v1::Suggestion) -> Vec<String> {
    let first = suggestion.asked.first().cloned().unwrap_or_default();
    let also = suggestion.asked.iter().skip(1).map(field_text);
    let options = suggestion.options.iter();
    let options = options.map(|option| format!("{}={}", option.code, option.label));
    let join = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join("; ");
    let mut row = vec![
        first.ask.clone(),
        first.field.clone(),
        suggestion.label.clone(),
        suggestion.definition.clone(),
        word(suggestion.r#type().as_str_name(), "FIELD_TYPE"),
        suggestion.unit.clone(),
        suggestion.timing.clone(),
        join(&mut options.into_iter()),
        suggestion.homes.to_string(),
        suggestion.saves_a_year.to_string(),
        suggestion.topic.clone(),
        join(&mut also.into_iter()),
    ];
    for place in 0..CANDIDATES {
        let Some(candidate) = suggestion.candidates.get(place) else {
            row.extend(OF_CANDIDATE.map(|_| String::new()));
            continue;
        };
        row.push(candidate_text(candidate));
        row.push(candidate.label.clone());
        row.push(tier_text(candidate));
        row.push(why(candidate));
    }
    row
}

/// The sheet as CSV.
///
/// # Errors
/// What cannot be written.
pub(super) fn as_csv(suggestions: &[v1::Suggestion]) -> Result<String> {
    let blank = FILLED_IN.map(|_| String::new());
    let heading: Vec<String> = headings().into_iter().map(|(name, _)| name).collect();
    let rows = suggestions.iter().map(|suggestion| {
        let mut row = row(suggestion);
        row.extend(blank.clone());
        row
    });
    csv::written(std::iter::once(heading).chain(rows))
}

/// The sheet as a workbook, with what is allowed in each column.
///
/// # Errors
/// More than a workbook holds.
pub(super) fn as_workbook(suggestions: &[v1::Suggestion]) -> Result<Vec<u8>> {
    let fill = |paper: &mut Paper<'_>| fill_in(paper, suggestions);
    write("Suggestions", None, &[(SHEET, &fill), (HELP, &help)])
}

fn fill_in(paper: &mut Paper<'_>, suggestions: &[v1::Suggestion]) -> Result<()> {
    let headings = headings();
    let first_filled = headings.len() - FILLED_IN.len();
    for (place, (name, width)) in headings.iter().enumerate() {
        let style = if place < first_filled {
            Style::Wrapped
        } else {
            Style::Entry
        };
        paper.column(place, *width, style)?;
        paper.text(0, place, name, Style::Heading)?;
    }
    for (nth, suggestion) in suggestions.iter().enumerate() {
        for (place, text) in row(suggestion).iter().enumerate() {
            match headings[place].0.as_str() {
                "homes" | "saves_a_year" => paper.number(nth + 1, place, text)?,
                _ => paper.text(nth + 1, place, text, Style::Wrapped)?,
            }
        }
    }
    let hint = format!("Expected one of: {}.", DECISIONS.join(", "));
    paper.offer(
        first_filled,
        1..=suggestions.len().max(1),
        &DECISIONS,
        &hint,
    )?;
    paper.freeze(1, 3)
}

fn help(paper: &mut Paper<'_>) -> Result<()> {
    paper.column(0, 16, Style::Plain)?;
    paper.column(1, 60, Style::Wrapped)?;
    paper.text(0, 0, "column", Style::Heading)?;
    paper.text(0, 1, "what it takes", Style::Heading)?;
    for (nth, (name, _, takes)) in FILLED_IN.iter().enumerate() {
        paper.text(nth + 1, 0, name, Style::Plain)?;
        paper.text(nth + 1, 1, takes, Style::Wrapped)?;
    }
    let steps = [
        "Check it without writing anything: askonce suggestions import FILE --dry-run",
        "Record it: askonce suggestions import FILE. Doing so twice does no harm.",
        "Columns may stand in another order, and you may add columns of your own.",
    ];
    for (nth, step) in steps.iter().enumerate() {
        paper.text(FILLED_IN.len() + 2 + nth, 0, step, Style::Plain)?;
    }
    Ok(())
}
