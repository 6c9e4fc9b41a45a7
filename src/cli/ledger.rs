//! `ledger`: checking, exporting and rebuilding a data folder that no server has open; and what a
//! server says of the ledger that it has open.

mod remote;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::store::embedded::{self, OpenError};

use super::connect::ServerArgs;
use super::failure::{Exit, Failure, Result};
use super::out::{self, Format, Listing};
use super::wait;

/// The ledger: of a data folder that no server has open, or of a running server (operators).
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Check every frame, chain value and commitment of a data folder
    Verify(Folder),
    /// Write every event as a line of JSON
    Export(Folder),
    /// Remove the index and make it again from the ledger
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
            Self::Verify(folder) => verify(&folder.data, format),
            Self::Export(folder) => export(&folder.data),
            Self::Rebuild(folder) => rebuild(&folder.data, format),
            Self::Checkpoint => wait(remote::checkpoint(server, format)),
            Self::Check => wait(remote::check(server, format)),
            Self::Read(command) => wait(command.run(server, format)),
        }
    }
}

fn verify(data: &Path, format: Format) -> Result<()> {
    let found = embedded::verify(data).map_err(failed)?;
    let chain = found.head_chain.to_string();
    let torn = found.torn.as_ref().map(|torn| format!("{torn:?}"));
    if format == Format::Table {
        if found.torn.is_some() {
            out::note("the last write was not finished; it will be cut at the next start");
        }
        return out::data(&format!(
            "The ledger holds: {} events ({} erased) in {} segments, {} bytes.\n\
             Last event {}, chain value\n{chain}\n",
            found.events, found.erased, found.segments, found.bytes, found.head_sequence,
        ));
    }
    let columns = [
        "events",
        "erased",
        "segments",
        "bytes",
        "head_sequence",
        "head_chain",
        "torn",
    ];
    let mut listing = Listing::new(columns);
    listing.add([
        json!(found.events),
        json!(found.erased),
        json!(found.segments),
        json!(found.bytes),
        json!(found.head_sequence),
        json!(chain),
        json!(torn),
    ]);
    listing.print(format)
}

fn export(data: &Path) -> Result<()> {
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    let exported = embedded::export(data, &mut stdout);
    let written = exported.and_then(|events| match stdout.flush() {
        Ok(()) => Ok(events),
        Err(source) => Err(OpenError::Io {
            action: "write the export of",
            path: data.to_owned(),
            source,
        }),
    });
    match written {
        Ok(events) => {
            out::note(format_args!("{events} events"));
            Ok(())
        }
        Err(OpenError::Io { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Unread, ""))
        }
        Err(error) => Err(failed(error)),
    }
}

fn rebuild(data: &Path, format: Format) -> Result<()> {
    let options = embedded::ledger::Options::default();
    let events = embedded::rebuild(data, options).map_err(failed)?;
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
fn failed(error: OpenError) -> Failure {
    let mut headline = error.to_string();
    let mut at: &dyn std::error::Error = &error;
    while let Some(source) = at.source() {
        let text = source.to_string();
        if !headline.contains(&text) {
            headline = format!("{headline}: {text}");
        }
        at = source;
    }
    Failure::refused(headline)
}
