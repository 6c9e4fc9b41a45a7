//! A folder's ledger and drafts on their way to another store, or from one.
//!
//! What comes in is made in `incoming` within the folder and moved into place once it is whole, the
//! ledger last: it is one name, so that a crash leaves all of it or nothing.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use super::drafts::Drafts;
use super::fault::OpenError;
use super::{folder, index_folder};
use crate::store::ledger::{self, Body, Checkpoint, Ledger, MovedEvent, Said, Start, Stored};
use crate::store::moving::{
    Exporting, GROUP_BYTES_MAX, GROUP_EVENTS_MAX, Item, LedgerFile, MoveError, Moved, Progress,
};
use crate::store::{PutDraft, StoreError};

/// Where what comes in is made.
const INCOMING: &str = "incoming";

/// Events between two calls of whoever is told the progress.
const TOLD_EVENTS: u64 = 1_000;

/// Writes the ledger and the drafts of a folder that no process has open.
///
/// # Errors
/// As [`MoveError`] says; what does not verify stops it.
pub fn export_ledger(
    dir: &Path,
    out: &mut (dyn Write + Send),
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let _lock = folder::hold_existing(dir).map_err(MoveError::store)?;
    let drafts = Drafts::open(dir).map_err(MoveError::store)?;
    let mut file = Exporting::begin(out)?;
    for stored in ledger::scan(&folder::ledger(dir), Start::Beginning).map_err(MoveError::store)? {
        file.event(&moved(stored.map_err(MoveError::store)?)?)?;
        if file.events() % TOLD_EVENTS == 0 {
            progress(file.events());
        }
    }
    for (home, period) in drafts.forms() {
        if let Some(draft) = drafts.read(&home, period).map_err(MoveError::store)? {
            file.draft(&home, period, &draft)?;
        }
    }
    file.end()
}

/// Takes a ledger and drafts into a folder, made if need be, that holds none.
///
/// # Errors
/// As [`MoveError`] says; the folder is empty as before.
pub fn import_ledger(
    dir: &Path,
    file: &mut (dyn BufRead + Send),
    options: ledger::Options,
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let _lock = folder::hold(dir).map_err(MoveError::store)?;
    let incoming = Incoming::begin(dir)?;
    let taken = take(&incoming.dir, file, options, progress)?;
    incoming.put_in_place().map_err(MoveError::store)?;
    Ok(taken)
}

fn moved(stored: Stored) -> Result<MovedEvent, MoveError> {
    let sequence = stored.sequence;
    let said = match (stored.body, stored.salt) {
        (Body::Present(body), Some(salt)) => {
            let body = String::from_utf8(body);
            let no_text =
                |_| MoveError::Damaged(format!("the body of event {sequence} is no text"));
            let body = body.map_err(no_text)?;
            Some(Said { salt, body })
        }
        _ => None,
    };
    Ok(MovedEvent {
        sequence,
        recorded_at: stored.recorded_at,
        kind: stored.kind,
        commitment: stored.commitment,
        chain: stored.chain,
        said,
    })
}

/// Reads a file to its end into a folder.
fn take(
    dir: &Path,
    file: &mut (dyn BufRead + Send),
    options: ledger::Options,
    progress: Progress<'_>,
) -> Result<Moved, MoveError> {
    let mut nothing = |_: Stored, _: Checkpoint| Ok::<(), StoreError>(());
    let opened = Ledger::open(&folder::ledger(dir), options, None, &mut nothing);
    let (mut ledger, _) = opened.map_err(MoveError::store)?;
    let drafts = Drafts::open(dir).map_err(MoveError::store)?;
    let mut file = LedgerFile::begin(file)?;
    let mut group: Vec<MovedEvent> = Vec::new();
    let mut bytes = 0;
    loop {
        let item = file.next()?;
        let is_full = group.len() >= GROUP_EVENTS_MAX || bytes >= GROUP_BYTES_MAX;
        if is_full || !matches!(item, Item::Event(_)) {
            ledger.append_moved(&group).map_err(MoveError::store)?;
            progress(ledger.checkpoint().sequence);
            group.clear();
            bytes = 0;
        }
        match item {
            Item::Event(event) => {
                bytes += event.stored_bytes_max();
                group.push(event);
            }
            Item::Draft(home, period, draft) => {
                let put = PutDraft {
                    home,
                    period,
                    expected: None,
                    draft: Some(draft),
                };
                let is_put = drafts.put(&put).map_err(MoveError::store)?;
                if !is_put {
                    let (home, period) = (put.home, put.period);
                    let why = format!("the draft of {home} for {period} is there twice");
                    return Err(MoveError::Damaged(why));
                }
            }
            Item::End(moved) => return Ok(moved),
        }
    }
}

/// What comes in, until it is in its place; gone when dropped before.
struct Incoming {
    within: PathBuf,
    dir: PathBuf,
}

impl Incoming {
    /// Makes room in a folder that is held and empty.
    fn begin(within: &Path) -> Result<Self, MoveError> {
        let dir = within.join(INCOMING);
        let is_broken_off = dir.exists();
        refuse_unless_empty(within, is_broken_off)?;
        let make = || {
            if is_broken_off {
                let remove = OpenError::io("remove", &dir);
                std::fs::remove_dir_all(&dir).map_err(remove)?;
            }
            let create = OpenError::io("create", &dir);
            std::fs::create_dir(&dir).map_err(create)
        };
        make().map_err(MoveError::store)?;
        let within = within.to_path_buf();
        Ok(Self { within, dir })
    }

    /// Moves what came in to where it belongs.
    fn put_in_place(self) -> Result<(), OpenError> {
        // It is of the empty ledger, if there is one.
        index_folder::remove(&self.within)?;
        for name in ["drafts", "ledger"] {
            let (from, to) = (self.dir.join(name), self.within.join(name));
            folder::sync(&from)?;
            // What is there is empty, or is left of a move that broke off here.
            if to.exists() {
                std::fs::remove_dir_all(&to).map_err(OpenError::io("remove", &to))?;
            }
            folder::sync(&self.dir)?;
            std::fs::rename(&from, &to).map_err(OpenError::io("put in place", &to))?;
            folder::sync(&self.within)?;
        }
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, path = %self.dir.display(), "cannot be removed");
        }
    }
}

/// Refuses a folder that holds anything; drafts without a ledger are left of a move that broke off,
/// if one did.
fn refuse_unless_empty(dir: &Path, is_broken_off: bool) -> Result<(), MoveError> {
    let ledger = folder::ledger(dir);
    let name = dir.display();
    if ledger.exists() {
        let verified = ledger::verify(&ledger).map_err(MoveError::store)?;
        if verified.events > 0 || verified.torn.is_some() {
            return Err(MoveError::NotEmpty(format!(
                "{name} holds a ledger already, of {} events: a ledger is taken into an empty \
                 folder only",
                verified.events
            )));
        }
    }
    let drafts = Drafts::open(dir).map_err(MoveError::store)?.forms().len();
    if drafts > 0 && !is_broken_off {
        return Err(MoveError::NotEmpty(format!(
            "{name} holds {drafts} drafts already: a ledger is taken into an empty folder only"
        )));
    }
    Ok(())
}
