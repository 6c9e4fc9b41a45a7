//! Moving a ledger from one store to another, by a file.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::Path;

use serde_json::json;

use crate::server::{Data, keeping};
use crate::store::embedded::{self, OpenError};
use crate::store::moving::MoveError;

use super::super::failure::{Exit, Failure, Result};
use super::super::out::{self, Format, Listing};
use super::{KeptArgs, counter, failed, unopened};

/// Write the ledger, and what was typed and not sent, as a file that `import` takes: of a data folder that
/// no server has open, or of a database beside those on it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line of JSON for each event, with its chain value and all that is needed to check it; then \
    the drafts; then a last line, by which a file that was cut is known. It holds answers in clear."
)]
pub(crate) struct Export {
    #[command(flatten)]
    kept: KeptArgs,
    /// Only what each event of a folder says, to be read and not to be imported
    #[arg(long)]
    plain: bool,
}

/// Take a ledger that `export` wrote into a data folder or a database that holds none; all of it is
/// checked, and taken or refused as a whole
#[derive(Debug, clap::Args)]
#[command(
    after_help = "No server may be at work on it. Sequences, chain values and request ids stay what they were: \
    cursors go on, and a request that is repeated is replayed."
)]
pub(crate) struct Import {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    #[command(flatten)]
    kept: KeptArgs,
}

impl Export {
    /// Runs the command.
    pub(crate) async fn run(&self) -> Result<()> {
        let data = self.kept.data()?;
        let mut out = BufWriter::new(std::io::stdout());
        if self.plain {
            return match &data {
                Data::Embedded(folder) => plain(folder, &mut out),
                _ => Err(Failure::usage("--plain: only of a data folder")),
            };
        }
        let counted = counter("events written");
        let exported = keeping::export(&data, &mut out, &counted).await;
        drop(counted);
        match exported {
            Ok(moved) => {
                out::note(format_args!(
                    "{} events ({} erased) and {} drafts; the last event's chain value is {}",
                    moved.events, moved.erased, moved.drafts, moved.head_chain
                ));
                Ok(())
            }
            Err(MoveError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {
                Err(Failure::new(Exit::Unread, ""))
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

fn plain(folder: &Path, out: &mut dyn Write) -> Result<()> {
    match embedded::export(folder, out) {
        Ok(events) => {
            out::note(format_args!("{events} events"));
            Ok(())
        }
        Err(OpenError::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Unread, ""))
        }
        Err(error) => Err(unopened(error)),
    }
}

impl Import {
    /// Runs the command.
    pub(crate) async fn run(&self, format: Format) -> Result<()> {
        let data = self.kept.data()?;
        let (name, mut file) = open(&self.file)?;
        let counted = counter("events taken");
        let taken = keeping::import(&data, file.as_mut(), &counted).await;
        drop(counted);
        let moved = taken.map_err(|error| refused(&name, &error))?;
        if format == Format::Table {
            return out::data(&format!(
                "{} events ({} erased) and {} drafts are taken.\nLast event {}, chain value\n{}\n",
                moved.events, moved.erased, moved.drafts, moved.events, moved.head_chain,
            ));
        }
        let columns = ["events", "erased", "drafts", "head_sequence", "head_chain"];
        let mut listing = Listing::new(columns);
        listing.add([
            json!(moved.events),
            json!(moved.erased),
            json!(moved.drafts),
            json!(moved.events),
            json!(moved.head_chain.to_string()),
        ]);
        listing.print(format)
    }
}

fn refused(name: &str, error: &MoveError) -> Failure {
    let failure = failed(error);
    let of_file = match error {
        MoveError::File { .. } | MoveError::Read(_) => format!("{name}: "),
        _ => String::new(),
    };
    Failure {
        headline: format!("nothing is taken: {of_file}{}", failure.headline),
        ..failure
    }
}

/// A file by the name that messages call it.
fn open(path: &str) -> Result<(String, Box<dyn BufRead + Send>)> {
    if path == "-" {
        let read = BufReader::new(std::io::stdin());
        return Ok(("standard input".to_owned(), Box::new(read)));
    }
    let opened = File::open(path);
    let file = opened.map_err(|e| Failure::refused(format!("{path} cannot be read: {e}")))?;
    Ok((path.to_owned(), Box::new(BufReader::new(file))))
}
