//! Opening the index and bringing it level with the ledger; setting aside one that cannot be used.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::behind::BehindRecords;
use super::bodies::{LedgerBodies, is_mark};
use super::fault::OpenError;
use super::sled_records::SledRecords;
use super::{FileIndex, folder};
use crate::store::StoreError;
use crate::store::envelope;
use crate::store::index::{Change, Core, Draft, Index, Records, adopt_dictionary};
use crate::store::ledger::{self, Checkpoint, Ledger, LedgerError};
use crate::store::limits::{BATCH_RECORDS_MAX, REPLAY_EVENTS_MAX, SET_ASIDE_MAX};

/// The layout of the index; another one is set aside and made again.
const INDEX_FORMAT: u32 = 8;

/// Under which the index says up to where it holds the ledger.
const APPLIED: &[u8] = b"v";

/// Before the keys of marks.
const MARKS: &[u8] = b"m";

/// Left beside the index when it failed while in use.
const DISTRUSTED: &str = "index.distrusted";

/// Up to where the index holds the ledger.
#[derive(Serialize, Deserialize)]
struct Applied {
    format: u32,
    checkpoint: Checkpoint,
}

/// An index, level with its ledger.
pub(super) struct Opened {
    pub(super) index: FileIndex,
    pub(super) ledger: Ledger,
}

/// The record that says that the index holds the ledger up to here; it comes last.
pub(super) fn applied(checkpoint: Checkpoint) -> Change {
    let applied = Applied {
        format: INDEX_FORMAT,
        checkpoint,
    };
    (APPLIED.to_vec(), Some(json(&applied)))
}

/// The record of a mark.
pub(super) fn mark(checkpoint: &Checkpoint) -> Change {
    let mut key = MARKS.to_vec();
    key.extend_from_slice(&checkpoint.sequence.to_be_bytes());
    (key, Some(json(checkpoint)))
}

/// Has the next open make the index again.
pub(super) fn distrust(dir: &Path) {
    if let Err(error) = std::fs::write(dir.join(DISTRUSTED), "") {
        tracing::error!(%error, "the failed index cannot be marked; remove its folder by hand");
    }
}

/// Opens index and ledger of a folder.
pub(super) fn open(dir: &Path, options: ledger::Options) -> Result<Opened, OpenError> {
    let loaded = match load_trusted(dir) {
        Ok(loaded) => loaded,
        Err(why) => {
            set_aside(dir, &why)?;
            load(dir)?
        }
    };
    match level(dir, options, loaded) {
        Err(OpenError::Ledger(LedgerError::CheckpointMismatch { sequence, why })) => {
            tracing::error!(
                sequence,
                why,
                "the index holds events that the ledger does not: the ledger was cut or replaced"
            );
            set_aside(dir, "it does not belong to the ledger")?;
            level(dir, options, load(dir)?)
        }
        levelled => levelled,
    }
}

/// Removes the index of a folder, so that the next open makes it again.
pub(super) fn remove(dir: &Path) -> Result<(), OpenError> {
    let index = folder::index(dir);
    match std::fs::remove_dir_all(&index) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(OpenError::io("remove", &index)(error))
        }
        _ => folder::sync(dir),
    }
}

/// The index as it was found.
struct Loaded {
    core: Core<BehindRecords>,
    applied: Checkpoint,
    marks: Vec<Checkpoint>,
}

/// Loads the index unless there is a reason not to; sled panics on some damage.
fn load_trusted(dir: &Path) -> Result<Loaded, String> {
    if dir.join(DISTRUSTED).exists() {
        return Err("it failed while in use".to_owned());
    }
    remove_torn_snapshots(&folder::index(dir));
    match catch_unwind(AssertUnwindSafe(|| load(dir))) {
        Ok(loaded) => loaded.map_err(|error| error.to_string()),
        Err(_) => Err("it cannot be opened".to_owned()),
    }
}

fn load(dir: &Path) -> Result<Loaded, StoreError> {
    let records = SledRecords::open(&folder::index(dir))?;
    let damaged = |why: &str| StoreError::Damaged(format!("index: {why}"));
    let applied = match records.get(APPLIED)? {
        Some(bytes) => {
            let read = serde_json::from_slice::<Applied>(&bytes);
            let applied = read.map_err(|_| damaged("it does not say what it holds"))?;
            if applied.format != INDEX_FORMAT {
                return Err(damaged("it is in another format"));
            }
            applied.checkpoint
        }
        None if records.is_empty() => Checkpoint::START,
        None => return Err(damaged("it does not say what it holds")),
    };
    let mut marks = Vec::new();
    records.scan(MARKS, &mut |_, value| {
        let mark = serde_json::from_slice(value);
        marks.push(mark.map_err(|_| damaged("a mark does not read back"))?);
        Ok(())
    })?;
    Ok(Loaded {
        core: Core::load(BehindRecords::start(records)?)?,
        applied,
        marks,
    })
}

/// Replays what the index lacks.
fn level(dir: &Path, options: ledger::Options, loaded: Loaded) -> Result<Opened, OpenError> {
    let Loaded {
        core,
        applied,
        marks,
    } = loaded;
    let mut replay = Replay {
        core: &core,
        draft: None,
        events: 0,
        last: applied,
        marks,
        new_marks: Vec::new(),
    };
    let (ledger, recovery) = Ledger::open(
        &folder::ledger(dir),
        options,
        Some(applied),
        &mut |stored, checkpoint| replay.visit(stored, checkpoint),
    )?;
    replay.commit()?;
    core.records().settle()?;
    core.reached(ledger.checkpoint().sequence, false);
    let marks = replay.marks;
    tracing::info!(
        events = recovery.events,
        segments = recovery.segments,
        "brought the index level with the ledger"
    );
    if let Some(torn) = &recovery.torn {
        tracing::warn!(
            segment = torn.segment,
            offset = torn.offset,
            bytes = torn.bytes,
            why = torn.why,
            "cut an unfinished write off the ledger and kept its bytes beside"
        );
    }
    let bodies = LedgerBodies::new(ledger.reader(), marks);
    adopt_dictionary(&core, |place| bodies.at(place))?;
    let index = Index::new(core, bodies);
    Ok(Opened { index, ledger })
}

/// The replay of a ledger into an index.
struct Replay<'a> {
    core: &'a Core<BehindRecords>,
    draft: Option<Draft<'a, BehindRecords>>,
    /// Events in the draft.
    events: usize,
    last: Checkpoint,
    marks: Vec<Checkpoint>,
    /// Those not yet recorded.
    new_marks: Vec<Change>,
}

impl Replay<'_> {
    fn visit(&mut self, stored: ledger::Stored, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let place = envelope::place(stored.position);
        let core = self.core;
        let draft = self.draft.get_or_insert_with(|| core.draft());
        if let Some(opened) = envelope::open(stored)? {
            draft.add(place, &opened.note()?)?;
        }
        if is_mark(self.marks.last(), &checkpoint) {
            self.new_marks.push(mark(&checkpoint));
            self.marks.push(checkpoint);
        }
        self.events += 1;
        self.last = checkpoint;
        if self.events >= REPLAY_EVENTS_MAX || draft.records() >= BATCH_RECORDS_MAX / 2 {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let draft = self.draft.take().unwrap_or_else(|| self.core.draft());
        let mut stamps = std::mem::take(&mut self.new_marks);
        stamps.push(applied(self.last));
        self.events = 0;
        self.core.commit(draft.finish(), stamps)
    }
}

/// Moves the index out of the way.
fn set_aside(dir: &Path, why: &str) -> Result<(), OpenError> {
    let index = folder::index(dir);
    let aside = |number| dir.join(format!("index.set-aside-{number}"));
    let free: Option<PathBuf> = (1..=SET_ASIDE_MAX).map(aside).find(|path| !path.exists());
    let Some(to) = free else {
        let many = std::io::Error::other(format!("{SET_ASIDE_MAX} were set aside already"));
        return Err(OpenError::io("set aside", &index)(many));
    };
    tracing::warn!(
        why,
        set_aside = %to.display(),
        "the index cannot be used; it is set aside and made again from the ledger"
    );
    match std::fs::rename(&index, &to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(OpenError::io("set aside", &index)(error));
        }
        _ => {}
    }
    let _may_not_be_there = std::fs::remove_file(dir.join(DISTRUSTED));
    folder::sync(dir)
}

/// Removes snapshots that a crash left half written, at which sled would refuse to open.
fn remove_torn_snapshots(index: &Path) {
    for entry in std::fs::read_dir(index).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            let _else_sled_refuses_and_all_is_set_aside = std::fs::remove_file(entry.path());
        }
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a checkpoint is made of numbers and a digest")
}
