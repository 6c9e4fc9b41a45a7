//! A copy of a data folder beside its server.

use std::path::PathBuf;

use serde_json::json;

use crate::store::embedded;

use super::super::failure::Result;
use super::super::out::{self, Format, Listing};
use super::unopened;

/// Copy a data folder while its server goes on, and check the copy
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The copy is the store as it was at some moment meanwhile; put in the folder's place it serves, \
    its index made again. Of a database: pg_basebackup, or pg_dump."
)]
pub(crate) struct Backup {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the copy goes: a folder that is empty or is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Backup {
    /// Runs the command.
    pub(crate) fn run(&self, format: Format) -> Result<()> {
        let copied = embedded::back_up(&self.data, &self.to).map_err(unopened)?;
        let found = &copied.verified;
        let chain = found.head_chain.to_string();
        if format == Format::Table {
            return out::data(&format!(
                "{} holds {} events ({} erased) and {} drafts.\nLast event {}, chain value\n{chain}\n",
                self.to.display(),
                found.events,
                found.erased,
                copied.drafts,
                found.head_sequence,
            ));
        }
        let columns = [
            "to",
            "events",
            "erased",
            "drafts",
            "head_sequence",
            "head_chain",
        ];
        let mut listing = Listing::new(columns);
        listing.add([
            json!(self.to.display().to_string()),
            json!(found.events),
            json!(found.erased),
            json!(copied.drafts),
            json!(found.head_sequence),
            json!(chain),
        ]);
        listing.print(format)
    }
}
