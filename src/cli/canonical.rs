//! `canonical`: what fields mean, as bytes and hashes; needs no broker.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::canonical::canonicalise;
use crate::domain::fault::Faults;
use crate::domain::field::{Field, RawField};

use super::failure::Result;
use super::file::Source;
use super::out::{self, Format, Listing};

/// The canonical form, question id and digest of each field.
#[derive(Debug, clap::Args)]
pub(crate) struct Canonical {
    /// A JSON array of fields, or of rows with a member `field`; `-` for standard input.
    #[arg(default_value = "-")]
    file: String,
}

/// A field by itself or as a member of a row.
#[derive(Deserialize)]
struct Row {
    field: Value,
}

/// What becomes of a field.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Meaning {
        normalised: String,
        canonical: String,
        question: String,
        field_digest: String,
    },
    Refused {
        refused: String,
        /// Where, if a single thing is wrong at a place; several are said with theirs.
        #[serde(skip_serializing_if = "String::is_empty")]
        path: String,
    },
}

impl Canonical {
    /// Runs the command.
    pub(crate) fn run(&self, format: Option<Format>) -> Result<()> {
        let rows: Vec<Value> = Source::read(&self.file)?.json_list()?;
        let outcomes: Vec<Outcome> = rows.into_iter().map(outcome).collect();
        match format {
            None | Some(Format::Json) => out::data(&out::json_text(&outcomes)?),
            Some(other) => listing(&outcomes).print(other),
        }
    }
}

fn outcome(row: Value) -> Outcome {
    let field = match Row::deserialize(&row) {
        Ok(row) => row.field,
        Err(_) => row,
    };
    let read = RawField::deserialize(field);
    let read = read.map_err(|error| Faults::one("", error.to_string()));
    let parsed = read.and_then(|raw| {
        let is_named = !raw.name.is_empty();
        let parse = if is_named {
            Field::parse
        } else {
            Field::parse_unnamed
        };
        parse(raw).and_then(|field| canonicalise(&field))
    });
    match parsed {
        Ok(canonical) => Outcome::Meaning {
            normalised: canonical.normalised,
            canonical: canonical.meaning,
            question: canonical.question.to_string(),
            field_digest: canonical.field_digest.to_string(),
        },
        Err(faults) => refused(&faults),
    }
}

fn refused(faults: &Faults) -> Outcome {
    let mut all = faults.iter();
    match (all.next(), all.next()) {
        (Some(only), None) => Outcome::Refused {
            refused: only.message.clone(),
            path: only.path.clone(),
        },
        _ => Outcome::Refused {
            refused: faults.to_string(),
            path: String::new(),
        },
    }
}

fn listing(outcomes: &[Outcome]) -> Listing {
    let columns = [
        "normalised",
        "question",
        "canonical",
        "field_digest",
        "refused",
    ];
    let mut listing = Listing::new(columns).hiding(["canonical", "field_digest"]);
    for outcome in outcomes {
        let cells = match outcome {
            Outcome::Meaning {
                normalised,
                canonical,
                question,
                field_digest,
            } => [normalised, question, canonical, field_digest, ""].map(out::text),
            Outcome::Refused { refused, .. } => ["", "", "", "", refused].map(out::text),
        };
        listing.add(cells);
    }
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_rows_with_fields_come_out_alike_and_faults_are_said() {
        let field = serde_json::json!({"label": "Beds?", "type": "count", "timing": "as-at"});
        let plain = serde_json::to_value(outcome(field.clone())).unwrap();
        let row = serde_json::json!({"why": "x", "field": field});
        assert_eq!(serde_json::to_value(outcome(row)).unwrap(), plain);
        assert_eq!(plain["normalised"], "beds");
        let bad = serde_json::json!({"label": "?", "type": "count", "timing": "as-at"});
        let refused = serde_json::to_value(outcome(bad)).unwrap();
        assert_eq!(refused["refused"], "nothing is left of the text");
        assert_eq!(refused["path"], "label");
    }
}
