//! `init`: the first operator token of a new data folder, or of an empty database.

use crate::domain::access::{Grant, Role};
use crate::server::{Data, issue_offline};

use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::settings::KeptArgs;

/// What the first token is called in the list of tokens.
const LABEL: &str = "first operator";

/// Make a data folder, if need be, or lay the tables of an empty database, and an operator token
/// for it, whose secret is shown this once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "No server may have the folder open; those on a database may go on. Lost the \
    token? Stop the server of a folder, run this again, then revoke the lost one."
)]
pub(crate) struct Init {
    #[command(flatten)]
    kept: KeptArgs,
}

impl Init {
    /// Runs the command.
    pub(crate) async fn run(&self, format: Format) -> Result<()> {
        let data = self.kept.load()?.kept();
        let data = data.map_err(|faults| Failure::of_faults("nothing is made:", &faults))?;
        let issued = issue_offline(&data, LABEL, Grant::unbound(Role::Operator)).await;
        let secret = issued.map_err(|error| Failure::refused(format!("{error:#}")))?;
        let place = match &data {
            Data::Memory | Data::Given(_) => String::new(),
            Data::Embedded(folder) => folder.display().to_string(),
            Data::Postgres(terms) => terms.url.clone(),
        };
        if format == Format::Table {
            out::note(format_args!(
                "{place} is ready. This is an operator's token; it cannot be shown again:"
            ));
            return out::data(&format!("{secret}\n"));
        }
        let mut listing = Listing::new(["data", "role", "secret"]);
        listing.add([place, Role::Operator.to_string(), secret].map(out::text));
        listing.print(format)
    }
}
