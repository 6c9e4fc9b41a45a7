//! `match`: which wordings probably mean the same, from files; needs no broker.

use std::sync::Arc;

use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::limits::DEFINITION_CHARS_MAX;
use crate::domain::matcher::{Entry, Index, Lexicon, Wording};

use super::failure::{Failure, Result};
use super::file::Source;
use super::out::{self, Format, Listing};
use super::sheet::{Row, Sheet};

/// What the column of a wording to look up may be called.
const TEXTS: [&str; 4] = ["text", "wording", "label", "question"];

/// Most elements listed for a wording.
const TOP_MAX: u8 = 100;

/// Tell which wordings probably mean the same, and why; nothing is ever joined by it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Pairs have the columns id,text_a,definition_a,type_a,unit_a,timing_a,text_b,\
    definition_b,type_b,unit_b,timing_b, wordings to look up id,text,definition,type,unit,timing: all \
    but id and the texts may be empty or missing, further columns are passed over. Types, units and \
    timings may be spelt as forms spell them: whole number, £000s, last 6 months. Tiers: likely same, \
    possible, related, none; the score, 0 to 1, is to order by."
)]
pub(crate) struct Match {
    /// Compares the two wordings of each row
    #[arg(long, value_name = "FILE.csv", required_unless_present = "query")]
    pairs: Option<String>,
    /// Looks the wording of each row up
    #[arg(long, value_name = "FILE.csv", conflicts_with = "pairs")]
    query: Option<String>,
    /// Where wordings are looked up: `dictionary` for the program's own, or a dictionary's JSON file
    #[arg(
        long,
        value_name = "dictionary|FILE.json",
        default_value = "dictionary"
    )]
    against: String,
    /// How many elements to list for a wording, 1 to 100
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u8).range(1..=i64::from(TOP_MAX)))]
    top: u8,
}

impl Match {
    /// Runs the command.
    pub(crate) fn run(&self, format: Format) -> Result<()> {
        let dictionary = self.dictionary()?;
        let in_force = |element: &&Arc<Element>| element.retired.is_none();
        let elements: Vec<&Arc<Element>> = dictionary.elements().filter(in_force).collect();
        let entries: Vec<Entry> = elements.iter().map(|element| element.as_entry()).collect();
        let index = Index::new(Lexicon::starter(), &entries);
        let listing = match (&self.pairs, &self.query) {
            (Some(pairs), _) => compare(&index, &Source::read(pairs)?)?,
            (None, Some(query)) => look_up(&index, &elements, &Source::read(query)?, self.top)?,
            (None, None) => return Err(Failure::usage("give --pairs or --query")),
        };
        listing.print(format)
    }

    fn dictionary(&self) -> Result<Arc<Dictionary>> {
        if self.against == "dictionary" {
            return Ok(Dictionary::starter());
        }
        let read = Dictionary::parse(Source::read(&self.against)?.json()?);
        let refused = |faults| {
            let headline = format!("{} is not a dictionary, for", self.against);
            Failure::of_faults(headline, &faults)
        };
        Ok(Arc::new(read.map_err(refused)?))
    }
}

/// The tier of each pair.
fn compare(index: &Index, source: &Source) -> Result<Listing> {
    let sheet = Sheet::read_any(source, &["id", "text_a", "text_b"])?;
    let mut listing = Listing::new(["id", "score", "tier", "explanation"]);
    let mut reasons = Vec::new();
    for row in &sheet.rows {
        let sides = [("text_a", "_a"), ("text_b", "_b")];
        let sides = sides.map(|columns| wording(&sheet, row, columns, &mut reasons));
        let [a, b] = sides.map(|wording| index.read(&wording));
        let compared = index.compare(&a, &b);
        listing.add([
            out::text(sheet.cell(row, "id")),
            out::text(format!("{:.3}", compared.score)),
            out::text(compared.tier.as_str()),
            out::text(compared.explanation()),
        ]);
    }
    refuse(&sheet, reasons)?;
    Ok(listing)
}

/// The elements that each wording most probably means.
fn look_up(index: &Index, elements: &[&Arc<Element>], source: &Source, top: u8) -> Result<Listing> {
    let sheet = Sheet::read_any(source, &["id"])?;
    let Some(text) = TEXTS.into_iter().find(|name| sheet.has(name)) else {
        let reason = "line 1: the column text is missing".to_owned();
        return refuse(&sheet, vec![reason]).map(|()| Listing::default());
    };
    let mut listing = Listing::new(["id", "rank", "element", "score", "tier"]);
    let mut reasons = Vec::new();
    for row in &sheet.rows {
        let wording = wording(&sheet, row, (text, ""), &mut reasons);
        let found = index.find(&wording, usize::from(top));
        for (rank, found) in (1..).zip(found) {
            let rank: u32 = rank;
            listing.add([
                out::text(sheet.cell(row, "id")),
                rank.into(),
                out::text(elements[found.entry].id.as_str()),
                out::text(format!("{:.3}", found.compared.score)),
                out::text(found.compared.tier.as_str()),
            ]);
        }
    }
    refuse(&sheet, reasons)?;
    Ok(listing)
}

/// One side of a row: its text's column, and what the names of its other columns end in. What is
/// wrong with it is noted by line and column.
fn wording(
    sheet: &Sheet,
    row: &Row,
    (text, side): (&str, &str),
    reasons: &mut Vec<String>,
) -> Wording {
    let mut cell = |name: &str, chars_max: usize, is_required: bool| {
        let column = match name {
            "text" => text.to_owned(),
            name => format!("{name}{side}"),
        };
        let cell = sheet.cell(row, &column);
        if cell.is_empty() && is_required {
            reasons.push(row.fault(&column, "is empty"));
        } else if cell.chars().count() > chars_max {
            let message = format!("is longer than {chars_max} characters");
            reasons.push(row.fault(&column, &message));
        }
        cell.to_owned()
    };
    Wording {
        label: cell("text", DEFINITION_CHARS_MAX, true),
        definition: cell("definition", DEFINITION_CHARS_MAX, false),
        options: Vec::new(),
        kind: cell("type", DEFINITION_CHARS_MAX, false),
        unit: cell("unit", DEFINITION_CHARS_MAX, false),
        timing: cell("timing", DEFINITION_CHARS_MAX, false),
    }
}

fn refuse(sheet: &Sheet, reasons: Vec<String>) -> Result<()> {
    if reasons.is_empty() {
        return Ok(());
    }
    let headline = format!("{} cannot be matched, for", sheet.name);
    Err(Failure::refused(headline).because(reasons))
}
