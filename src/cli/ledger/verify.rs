//! Checking what is kept, and the digest of what is derived from it.

use serde_json::{Value, json};

use crate::server::keeping::{self, Verified};

use super::super::failure::Result;
use super::super::out::{self, Format, Listing};
use super::{KeptArgs, counter, failed};

/// Check every chain value and commitment: of a data folder that no server has open, or of a database
/// beside those on it
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    kept: KeptArgs,
}

/// Show a digest of every template and every delivery as they are derived from the ledger, to compare
/// two stores after a move: of a data folder that no server has open, or of a database
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The digest depends on the ledger alone, and on the version of the program: compare what \
    one version says of both stores."
)]
pub(crate) struct Derived {
    #[command(flatten)]
    kept: KeptArgs,
}

impl Verify {
    /// Runs the command.
    pub(crate) async fn run(&self, format: Format) -> Result<()> {
        let data = self.kept.data()?;
        let counted = counter("events checked");
        let verified = keeping::verify(&data, &counted).await;
        drop(counted);
        match verified.map_err(|error| failed(&*error))? {
            Verified::Embedded(found) => {
                let torn = found.torn.as_ref().map(|torn| format!("{torn:?}"));
                if torn.is_some() && format == Format::Table {
                    out::note("the last write was not finished; it will be cut at the next start");
                }
                let chain = found.head_chain.to_string();
                let within = format!(" in {} segments, {} bytes", found.segments, found.bytes);
                let columns = [
                    ("events", json!(found.events)),
                    ("erased", json!(found.erased)),
                    ("segments", json!(found.segments)),
                    ("bytes", json!(found.bytes)),
                    ("head_sequence", json!(found.head_sequence)),
                    ("head_chain", json!(chain)),
                    ("torn", json!(torn)),
                ];
                told(format, columns, &within)
            }
            Verified::Postgres(found) => {
                let chain = found.head_chain.to_string();
                let columns = [
                    ("events", json!(found.events)),
                    ("erased", json!(found.erased)),
                    ("unsealed", json!(found.unsealed)),
                    ("head_sequence", json!(found.head_sequence)),
                    ("head_chain", json!(chain)),
                ];
                let waiting = match found.unsealed {
                    0 => String::new(),
                    events => format!(" beside {events} that wait for their place"),
                };
                told(format, columns, &waiting)
            }
        }
    }
}

/// Says what was found, in words or by columns.
fn told<const N: usize>(
    format: Format,
    columns: [(&'static str, Value); N],
    more: &str,
) -> Result<()> {
    if format == Format::Table {
        let of = |name: &str| {
            let found = columns.iter().find(|(column, _)| *column == name);
            found.map_or(String::new(), |(_, value)| out::text_of(value, " "))
        };
        return out::data(&format!(
            "The ledger holds: {} events ({} erased){more}.\nLast event {}, chain value\n{}\n",
            of("events"),
            of("erased"),
            of("head_sequence"),
            of("head_chain"),
        ));
    }
    let mut listing = Listing::new(columns.iter().map(|(name, _)| *name));
    listing.add(columns.map(|(_, value)| value));
    listing.print(format)
}

impl Derived {
    /// Runs the command.
    pub(crate) async fn run(&self, format: Format) -> Result<()> {
        let data = self.kept.data()?;
        let counted = counter("forms and deliveries derived");
        let derived = keeping::derived(&data, &counted).await;
        drop(counted);
        let derived = derived.map_err(|error| failed(&*error))?;
        let (templates, delivered) = (derived.templates.to_string(), derived.delivered.to_string());
        if format == Format::Table {
            return out::data(&format!(
                "From {} events:\n{templates} of the templates of {} forms\n{delivered} of {} deliveries\n",
                derived.sequence, derived.forms, derived.deliveries,
            ));
        }
        let columns = [
            "head_sequence",
            "forms",
            "templates",
            "deliveries",
            "delivered",
        ];
        let mut listing = Listing::new(columns);
        listing.add([
            json!(derived.sequence),
            json!(derived.forms),
            json!(templates),
            json!(derived.deliveries),
            json!(delivered),
        ]);
        listing.print(format)
    }
}
