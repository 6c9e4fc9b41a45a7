//! Keeping and moving data without serving it: what `askonce ledger` does with a folder or a database.

use std::io::{BufRead, Write};

use anyhow::{Context, bail};

use super::store::Opened;
use super::{Data, sources};
use crate::broker::{Broker, Derived};
use crate::store::embedded;
use crate::store::moving::{MoveError, Moved, Progress};
use crate::store::postgres;

/// What a full check of a ledger found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// In a folder.
    Embedded(embedded::ledger::Verified),
    /// In a database.
    Postgres(postgres::Verified),
}

/// Writes the ledger and the drafts as a file that another store takes: of a folder that no server has
/// open, or of a database beside those on it.
///
/// # Errors
/// As [`MoveError`] says.
pub async fn export(
    data: &Data,
    out: &mut (dyn Write + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    match data {
        Data::Embedded(folder) => embedded::export_ledger(folder, out, progress),
        Data::Postgres(terms) => postgres::export_ledger(&terms.options(), out, progress).await,
        Data::Memory | Data::Given(_) => Err(MoveError::store(NOT_KEPT)),
    }
}

/// Takes such a file into a folder or a database that holds nothing.
///
/// # Errors
/// As [`MoveError`] says; nothing is taken then.
pub async fn import(
    data: &Data,
    file: &mut (dyn BufRead + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    match data {
        Data::Embedded(folder) => {
            let options = embedded::ledger::Options::default();
            embedded::import_ledger(folder, file, options, progress)
        }
        Data::Postgres(terms) => postgres::import_ledger(&terms.options(), file, progress).await,
        Data::Memory | Data::Given(_) => Err(MoveError::store(NOT_KEPT)),
    }
}

/// Checks every chain value and commitment: of a folder that no server has open, or of a database beside
/// those on it.
///
/// # Errors
/// The first thing that does not hold.
pub async fn verify(data: &Data, progress: Progress<'_>) -> anyhow::Result<Verified> {
    match data {
        Data::Embedded(folder) => Ok(Verified::Embedded(embedded::verify(folder)?)),
        Data::Postgres(terms) => {
            let verified = postgres::verify(&terms.options(), progress).await?;
            Ok(Verified::Postgres(verified))
        }
        Data::Memory | Data::Given(_) => bail!(NOT_KEPT),
    }
}

/// The digest of every template and every delivery as they are derived from a ledger: of a folder that
/// no server has open, or of a database beside those on it. Nothing is recorded.
///
/// # Errors
/// A store that does not open, or fails.
pub async fn derived(data: &Data, progress: Progress<'_>) -> anyhow::Result<Derived> {
    verify(data, &|_| {})
        .await
        .context("the ledger does not hold")?;
    let opened = Opened::open(data).await?;
    let broker = Broker::new(opened.store(), sources::clock(), sources::entropy());
    let derived = broker.derived(progress).await;
    opened.close().await;
    Ok(derived?)
}

const NOT_KEPT: &str = "what is held in memory has no ledger";
