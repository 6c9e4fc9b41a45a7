//! Deliveries as a workbook: the values as numbers, dates and texts, what to mind of them, and a
//! sheet that says what the file is.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::grpc::v1;
use crate::grpc::v1::delivered_value::Said;
use crate::grpc::v1::{DeliveryFlag, FieldType};

use super::super::value;
use super::export::Table;
use crate::tabular::Result;
use crate::tabular::workbook::{Paper, Style, write};

/// Width of a column of values in characters, at least.
const VALUE_WIDTH: usize = 12;

/// A cell of the sheet of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// Nothing was delivered.
    Nothing,
    /// A decimal number.
    Number(String),
    /// A date.
    Date(String),
    /// A text.
    Text(String),
}

impl Typed {
    /// The value of a delivery, whole.
    pub(super) fn of(said: &v1::DeliveredValue) -> Self {
        match &said.said {
            None => Self::Nothing,
            Some(Said::Number(number)) if number.grid.is_none() => {
                Self::Number(number.total.clone())
            }
            Some(Said::Date(date)) => Self::Date(date.clone()),
            Some(_) => Self::Text(value::delivered(said)),
        }
    }

    fn write(&self, paper: &mut Paper<'_>, row: usize, column: usize) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Number(number) => paper.number(row, column, number),
            Self::Date(date) => paper.date(row, column, date),
            Self::Text(text) => paper.text(row, column, text, Style::Plain),
        }
    }
}

/// What the workbook says of itself.
pub(super) struct About<'a> {
    /// The ask.
    pub(super) ask: &'a v1::Ask,
    /// The home that was asked for alone; empty for all.
    pub(super) home: &'a str,
    /// The period that was asked for alone; empty for all.
    pub(super) period: &'a str,
    /// The sequence after which changes were asked for.
    pub(super) after: u64,
    /// When it was written.
    pub(super) at: Timestamp,
}

/// The workbook of an ask's deliveries.
///
/// # Errors
/// More than a workbook holds.
pub(super) fn workbook(about: &About<'_>, deliveries: &[v1::Delivery]) -> Result<Vec<u8>> {
    let table = Table::of(about.ask, deliveries, false);
    let values = |paper: &mut Paper<'_>| values(paper, &table);
    let flags = |paper: &mut Paper<'_>| flags(paper, about.ask, deliveries);
    let what = |paper: &mut Paper<'_>| about_sheet(paper, about, deliveries, &table);
    write(
        &format!("Deliveries of {}", about.ask.name),
        Some(about.at),
        &[("values", &values), ("flags", &flags), ("about", &what)],
    )
}

fn values(paper: &mut Paper<'_>, table: &Table<'_>) -> Result<()> {
    for (place, heading) in table.headings().iter().enumerate() {
        let width = heading.chars().count().max(VALUE_WIDTH) + 2;
        paper.column(place, width, Style::Plain)?;
        paper.text(0, place, heading, Style::Heading)?;
    }
    for (nth, row) in table.rows().enumerate() {
        paper.text(nth + 1, 0, row.home, Style::Plain)?;
        paper.text(nth + 1, 1, row.period, Style::Plain)?;
        for (place, cell) in row.cells.iter().enumerate() {
            cell.write(paper, nth + 1, place + 2)?;
        }
    }
    paper.freeze(1, 2)
}

/// One row for each flag of a value that is not just as the home gave it.
fn flags(paper: &mut Paper<'_>, ask: &v1::Ask, deliveries: &[v1::Delivery]) -> Result<()> {
    let headings = [
        ("home", 18),
        ("period", 12),
        ("field", 20),
        ("flag", 18),
        ("what it means", 60),
        ("note of the home", 40),
        ("worked out from", 60),
    ];
    for (place, (heading, width)) in headings.into_iter().enumerate() {
        paper.column(place, width, Style::Wrapped)?;
        paper.text(0, place, heading, Style::Heading)?;
    }
    let order = |name: &str| ask.fields.iter().position(|field| field.name == name);
    let mut sorted: Vec<&v1::Delivery> = deliveries.iter().collect();
    sorted.sort_by_key(|d| (d.home.as_str(), d.period.as_str(), order(&d.field)));
    let mut row = 0;
    for delivery in sorted {
        let words = value::flags(delivery);
        for (flag, word) in delivery.flags().zip(words) {
            if flag == DeliveryFlag::AsGiven {
                continue;
            }
            row += 1;
            let said = delivery.value.clone().unwrap_or_default();
            let note = match flag {
                DeliveryFlag::Declined => value::delivered_note(&said),
                _ => "",
            };
            let means = meaning(flag, &said);
            let from = match flag {
                DeliveryFlag::WorkedOut => super::worked_out_from(delivery),
                _ => String::new(),
            };
            let cells = [
                bare(&delivery.home),
                &delivery.period,
                &delivery.field,
                &word,
                &means,
                note,
                &from,
            ];
            for (place, cell) in cells.into_iter().enumerate() {
                paper.text(row, place, cell, Style::Wrapped)?;
            }
        }
    }
    paper.freeze(1, 0)
}

/// A flag in words.
fn meaning(flag: DeliveryFlag, said: &v1::DeliveredValue) -> String {
    let text = match flag {
        DeliveryFlag::Unspecified => "Not known to this program",
        DeliveryFlag::AsGiven => "Just as the home gave it",
        DeliveryFlag::Converted => "The home stated it in another unit; converted to yours",
        DeliveryFlag::Rounded => "The home stated more decimals; rounded to yours",
        DeliveryFlag::Summed => "Added up from a finer breakdown",
        DeliveryFlag::NotBrokenDown => "Only the whole is known, not the breakdown that you want",
        DeliveryFlag::TotalsDisagree => "The home's breakdowns state the same whole differently",
        DeliveryFlag::OutsideLimits => "Outside the limits of your field",
        DeliveryFlag::NotAnOption => "Not one of your options; the home's own label in brackets",
        DeliveryFlag::Declined => {
            let reason = match &said.said {
                Some(Said::Declined(declined)) => value::reason(declined),
                _ => String::new(),
            };
            return format!("The home gave no value: {reason}");
        }
        DeliveryFlag::Corrected => "Takes the place of what was delivered before",
        DeliveryFlag::DoNotPublish => "A small count of residents: do not publish",
        DeliveryFlag::WorkedOut => "Worked out from the home's other answers, or from the register",
    };
    text.to_owned()
}

fn about_sheet(
    paper: &mut Paper<'_>,
    about: &About<'_>,
    deliveries: &[v1::Delivery],
    table: &Table<'_>,
) -> Result<()> {
    for (place, width) in [20, 60, 14, 14].into_iter().enumerate() {
        paper.column(place, width, Style::Wrapped)?;
    }
    let homes: BTreeSet<&str> = deliveries.iter().map(|d| d.home.as_str()).collect();
    let periods: BTreeSet<&str> = deliveries.iter().map(|d| d.period.as_str()).collect();
    let periods: Vec<&str> = periods.into_iter().collect();
    let latest = deliveries.iter().map(|d| d.sequence).max();
    let period = match (about.period, periods.as_slice()) {
        ("", []) => "none yet".to_owned(),
        ("", [only]) => (*only).to_owned(),
        ("", [first, .., last]) => format!("{} periods, {first} to {last}", periods.len()),
        (asked, _) => asked.to_owned(),
    };
    let home = match about.home {
        "" => "all that released answers",
        home => home,
    };
    let after = match about.after {
        0 => "everything".to_owned(),
        after => format!("changes after {after}"),
    };
    let texts = [
        ("ask", about.ask.name.as_str()),
        ("purpose", &about.ask.purpose),
        ("legal basis", &about.ask.legal_basis),
        ("period", &period),
        ("homes asked for", home),
        ("extent", &after),
        (
            "exported at",
            &about.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ),
    ];
    let mut row = 0;
    for (name, text) in texts {
        paper.text(row, 0, name, Style::Heading)?;
        paper.text(row, 1, text, Style::Wrapped)?;
        row += 1;
    }
    let counts = [
        ("homes", homes.len().to_string()),
        ("rows", table.rows().count().to_string()),
        ("latest change", latest.unwrap_or(0).to_string()),
    ];
    for (name, count) in counts {
        paper.text(row, 0, name, Style::Heading)?;
        paper.number(row, 1, &count)?;
        row += 1;
    }
    fields(paper, about.ask, row + 1)
}

/// The columns of the values, in the requester's own words.
fn fields(paper: &mut Paper<'_>, ask: &v1::Ask, first: usize) -> Result<()> {
    for (place, heading) in ["field", "wording", "type", "unit"].into_iter().enumerate() {
        paper.text(first, place, heading, Style::Heading)?;
    }
    for (nth, field) in ask.fields.iter().enumerate() {
        let kind = match field.r#type() {
            FieldType::Unspecified => String::new(),
            kind => super::super::convert::word(kind.as_str_name(), "FIELD_TYPE"),
        };
        let cells = [&field.name, &field.label, &kind, &field.unit];
        for (place, cell) in cells.into_iter().enumerate() {
            paper.text(first + 1 + nth, place, cell, Style::Wrapped)?;
        }
    }
    Ok(())
}

/// A home's id.
fn bare(home: &str) -> &str {
    home.strip_prefix("homes/").unwrap_or(home)
}

#[cfg(test)]
mod tests;
