//! `init`: a new data folder's first operator token.

use std::path::PathBuf;

use crate::domain::access::{Grant, Role};
use crate::server::{Data, issue_offline};

use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};

/// What the first token is called in the list of tokens.
const LABEL: &str = "first operator";

/// Make a data folder, if need be, and an operator token for it, whose secret is shown this once
#[derive(Debug, clap::Args)]
#[command(
    after_help = "No server may have the folder open. Lost the token? Stop the server, run \
    this again, then revoke the lost one."
)]
pub(crate) struct Init {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Init {
    /// Runs the command.
    pub(crate) async fn run(&self, format: Format) -> Result<()> {
        let data = Data::Embedded(self.data.clone());
        let issued = issue_offline(&data, LABEL, Grant::unbound(Role::Operator)).await;
        let secret = issued.map_err(|error| Failure::refused(format!("{error:#}")))?;
        if format == Format::Table {
            out::note(format_args!(
                "{} is ready. This is an operator's token; it cannot be shown again:",
                self.data.display()
            ));
            return out::data(&format!("{secret}\n"));
        }
        let mut listing = Listing::new(["data", "role", "secret"]);
        let folder = self.data.display().to_string();
        listing.add([folder, Role::Operator.to_string(), secret].map(out::text));
        listing.print(format)
    }
}
