//! `ledger`: checking, moving, copying and rebuilding what is kept, without a server; and what a
//! server says of the ledger that it has open.

mod backup;
mod moving;
mod remote;
mod verify;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::store::embedded::{self, OpenError};

use super::connect::ServerArgs;
use super::failure::{Failure, Result};
use super::out::{self, Format, Listing};
use super::settings::KeptArgs;
use super::wait;

/// The ledger: of a data folder that no server has open, of a database, or of a running server (operators).
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    Verify(verify::Verify),
    Export(moving::Export),
    Import(moving::Import),
    Digest(verify::Derived),
    Backup(backup::Backup),
    /// Remove the index of a data folder and make it again from the ledger
    Rebuild(Folder),
    /// Show the last event of a running server and its chain value, to be kept elsewhere
    Checkpoint,
    /// Check the ledger of a running server as `verify` does
    Check,
    /// List events of a running server: what happened, when and on whose authority
    Read(remote::Read),
}

/// Which folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Folder {
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Ledger {
    /// Runs the command.
    pub(crate) fn run(&self, server: &ServerArgs, format: Format) -> Result<()> {
        match self {
            Self::Verify(command) => wait(command.run(format)),
            Self::Export(command) => wait(command.run()),
            Self::Import(command) => wait(command.run(format)),
            Self::Digest(command) => wait(command.run(format)),
            Self::Backup(command) => command.run(format),
            Self::Rebuild(folder) => rebuild(&folder.data, format),
            Self::Checkpoint => wait(remote::checkpoint(server, format)),
            Self::Check => wait(remote::check(server, format)),
            Self::Read(command) => wait(command.run(server, format)),
        }
    }
}

fn rebuild(data: &Path, format: Format) -> Result<()> {
    let options = embedded::ledger::Options::default();
    let events = embedded::rebuild(data, options).map_err(unopened)?;
    if format == Format::Table {
        return out::data(&format!("The index is made again from {events} events.\n"));
    }
    let mut listing = Listing::new(["events"]);
    listing.add([json!(events)]);
    listing.print(format)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it goes where an error is mapped"
)]
fn unopened(error: OpenError) -> Failure {
    failed(&error)
}

/// A failure with everything that caused it.
fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    let mut headline = error.to_string();
    let mut at = error;
    while let Some(source) = at.source() {
        let text = source.to_string();
        if !headline.contains(&text) {
            headline = format!("{headline}: {text}");
        }
        at = source;
    }
    Failure::refused(headline)
}

/// Counts events on a terminal while they are done.
fn counter(what: &'static str) -> impl Fn(u64) + Send + Sync {
    let counter = out::Counter::start(what);
    move |done| counter.reach(usize::try_from(done).unwrap_or(usize::MAX))
}
