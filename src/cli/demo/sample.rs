//! The sample: invented homes, bodies, asks, decisions and answers.

use crate::grpc::v1;

use super::super::answers::{self, Given};
use super::super::ask::{self, Written};
use super::super::decisions;
use super::super::failure::{Failure, Result};
use super::super::file::Source;
use super::super::homes;
use super::super::organisations;
use super::super::out::{self, Format, Listing};
use super::super::sheet::Sheet;

/// The home whose form is shown and filled in.
pub(super) const HOME: &str = "1-9000000001";

/// Who answers for it.
pub(super) const ANSWERED_BY: &str = "Jo Reed, manager";

/// The bodies that ask.
pub(super) const BODIES: [&str; 4] = ["council", "icb", "tracker", "public-health"];

/// By which address she signs in.
pub(super) const EMAIL: &str = "jo.reed@seaholly.example";

/// What the bodies without an area of their own are granted: the area, and a statutory power.
pub(super) const GRANTS: [(&str, &str, &str); 2] = [
    (
        "tracker",
        "E92000001",
        "Health and Social Care Act 2012, section 277A",
    ),
    ("public-health", "E08000099", ""),
];

pub(super) fn organisations() -> Result<Sheet> {
    let text = include_str!("organisations.csv");
    organisations::read(&Source::of("organisations.csv", text))
}

pub(super) fn homes() -> Result<Sheet> {
    homes::read(&Source::of("homes.csv", include_str!("homes.csv")))
}

pub(super) fn asks() -> Result<Vec<Written>> {
    ask::written(&Source::of("asks.json", include_str!("asks.json")))
}

pub(super) fn decisions() -> Result<Sheet> {
    decisions::read(&Source::of("decisions.csv", include_str!("decisions.csv")))
}

/// The home's answers to its form. They stand in the sample by an asker's name of the question,
/// because an entry's id depends on the day.
pub(super) fn answers(form: &v1::Form) -> Result<Given> {
    let source = Source::of("answers.csv", include_str!("answers.csv"));
    let columns = ["ask_id", "local_name", "value", "unit", "reason", "note"];
    let sheet = Sheet::read(&source, &columns, &[])?;
    let mut answers = Listing::new(["entry", "value", "unit", "reason", "note"]);
    for row in &sheet.rows {
        let ask = sheet.cell(row, "ask_id");
        let field = sheet.cell(row, "local_name");
        let asks = |demand: &v1::EntryDemand| {
            demand.ask.rsplit('/').next() == Some(ask) && demand.field == field
        };
        let entry = form
            .entries
            .iter()
            .find(|entry| entry.demands.iter().any(asks));
        let missing = || Failure::refused(format!("{ask} {field} is not on the form"));
        let entry = entry.ok_or_else(missing)?;
        let cells = ["value", "unit", "reason", "note"].map(|column| sheet.cell(row, column));
        answers.add(
            std::iter::once(entry.id.as_str())
                .chain(cells)
                .map(out::text),
        );
    }
    let text = answers.render(Format::Csv)?;
    answers::read(Source::of("answers.csv", &text), form)
}
