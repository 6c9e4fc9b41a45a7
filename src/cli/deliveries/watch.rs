//! `deliveries watch` and `deliveries acknowledge`: a stream taken up where it was left.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::grpc::v1;

use super::super::connect::Remote;
use super::super::failure::{Failure, Result};
use super::super::out::{self, Format, Listing};
use super::super::{known, token, value};
use super::scope_name;

/// Longest file that is read as a cursor, in bytes: as much as a cursor ever takes.
const CURSOR_BYTES_MAX: usize = 1_000;

/// Writes each value as a line of JSON as it is released, until stopped.
#[derive(Debug, clap::Args)]
pub(crate) struct Watch {
    /// The ask: organisations/ID/asks/ASK, or ID/ASK; ID/- for all of an organisation's
    ask: String,
    /// Where to keep up to where everything was written, and to take up from
    #[arg(long, value_name = "FILE")]
    cursor_file: Option<PathBuf>,
    /// Take up after this cursor or sequence
    #[arg(long, value_name = "CURSOR", conflicts_with = "from_acknowledged")]
    after: Option<String>,
    /// Take up after what was acknowledged, unless the cursor file says where
    #[arg(long)]
    from_acknowledged: bool,
    /// Stop once everything that is there has been written
    #[arg(long)]
    until_caught_up: bool,
}

/// Says up to which cursor you have stored what you were given.
#[derive(Debug, clap::Args)]
pub(crate) struct Acknowledge {
    /// The ask: organisations/ID/asks/ASK, or ID/ASK; ID/- for all of an organisation's
    ask: String,
    /// The cursor, or a sequence all of whose values were stored
    #[arg(required_unless_present = "cursor_file")]
    cursor: Option<String>,
    /// The file in which `watch` keeps the cursor
    #[arg(long, value_name = "FILE", conflicts_with = "cursor")]
    cursor_file: Option<PathBuf>,
}

impl Watch {
    pub(super) async fn run(&self, remote: &Remote) -> Result<()> {
        let kept = match &self.cursor_file {
            Some(file) => read_cursor(file)?,
            None => None,
        };
        let after = self.after.clone().or(kept);
        let request = v1::WatchDeliveriesRequest {
            parent: scope_name(&self.ask)?,
            from_acknowledged: self.from_acknowledged && after.is_none(),
            after_cursor: after.unwrap_or_default(),
            heartbeat_seconds: 0,
        };
        let stream = remote.collection().watch_deliveries(request).await?;
        let mut stream = stream.into_inner();
        while let Some(message) = stream.message().await? {
            for delivery in &message.deliveries {
                out::data(&format!("{}\n", line(delivery)))?;
            }
            // Kept once it is written: a cut between the two writes it again, and loses nothing.
            if let Some(file) = &self.cursor_file {
                keep_cursor(file, &message.cursor)?;
            }
            if self.until_caught_up && message.is_caught_up {
                break;
            }
        }
        Ok(())
    }
}

impl Acknowledge {
    pub(super) async fn run(&self, remote: &Remote, format: Option<Format>) -> Result<()> {
        let kept = match &self.cursor_file {
            Some(file) => read_cursor(file)?,
            None => self.cursor.clone(),
        };
        let Some(cursor) = kept else {
            return Err(Failure::usage("the cursor file is empty or not there"));
        };
        let parent = scope_name(&self.ask)?;
        let request = v1::AcknowledgeDeliveriesRequest {
            parent: parent.clone(),
            cursor,
        };
        let said = remote.collection().acknowledge_deliveries(request).await?;
        let cursor = said.into_inner().cursor;
        let format = format.unwrap_or(Format::Table);
        if format == Format::Table {
            return out::data(&format!("Everything up to {cursor} is stored.\n"));
        }
        let mut listing = Listing::new(["ask", "cursor"]);
        listing.add([out::text(parent), out::text(cursor)]);
        listing.print(format)
    }
}

/// A value as one line of JSON.
fn line(delivery: &v1::Delivery) -> Value {
    let said = delivery.value.clone().unwrap_or_default();
    json!({
        "ask": delivery.ask,
        "home": delivery.home.strip_prefix("homes/").unwrap_or(&delivery.home),
        "period": delivery.period,
        "field": delivery.field,
        "value": value::delivered(&said),
        "unit": out::text(value::delivered_unit(&said)),
        "flags": value::flags(delivery),
        "note": out::text(value::delivered_note(&said)),
        "reference": delivery.reference,
        "on": out::text(delivery.on.as_str()),
        "answered_at": token::moment(delivery.answered_at.as_ref()),
        "sequence": delivery.sequence,
        "worked_out": known::as_json(delivery.worked_out.as_ref()),
    })
}

fn read_cursor(file: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) if text.len() <= CURSOR_BYTES_MAX => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(Failure::usage(format!(
            "{} holds no cursor",
            file.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(file, &error)),
    }
}

/// Keeps a cursor in place of the one before, whole or not at all.
fn keep_cursor(file: &Path, cursor: &str) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || {
        let mut next = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut next, format!("{cursor}\n").as_bytes())?;
        next.as_file().sync_all()?;
        next.persist(file).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| failed(file, &error))
}

fn failed(file: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(format!("--cursor-file {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_kept_and_read_back_and_nothing_else_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cursor");
        assert_eq!(read_cursor(&file).unwrap(), None);
        for cursor in ["7", "9.abc"] {
            keep_cursor(&file, cursor).unwrap();
            assert_eq!(read_cursor(&file).unwrap().as_deref(), Some(cursor));
        }
        std::fs::write(&file, "x".repeat(2_000)).unwrap();
        assert!(read_cursor(&file).is_err());
        assert!(keep_cursor(&folder.path().join("none/cursor"), "7").is_err());
    }
}
