//! Opening a ledger: finish what was begun, replay, and cut what a crash left unfinished.
//!
//! What is about to be replayed is synced first: after a kill it may stand only in the page cache, and an
//! index must never hold what a later power cut can take away from the ledger. Bytes are copied beside, and
//! the copy synced, before they are cut.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::append::Tail;
use super::fault::LedgerError;
use super::segment::{self, FIRST_SEGMENT};
use super::walk::Walk;
use super::{Checkpoint, Stored, Torn, erase};

/// Most copies of torn ends that may stand beside one offset of a segment; more means a fault that repeats.
const TORN_COPIES_MAX: u32 = 1_000;

/// What opening a ledger found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Events replayed: all those after the checkpoint.
    pub events: u64,
    /// Segment files.
    pub segments: u64,
    /// The unfinished end that was cut, if there was one. Its bytes stand beside, in a file named after the
    /// segment with `.torn-<offset>` (and `-<number>` from the second on) behind.
    pub torn: Option<Torn>,
    /// Erasures that a crash had cut short and that are now done.
    pub erasures_finished: u64,
}

/// Takes the writer's lock on a ledger's folder, made if need be. It is held until the file is dropped.
pub(super) fn lock(dir: &Path) -> Result<File, LedgerError> {
    std::fs::create_dir_all(dir).map_err(LedgerError::io("create", dir))?;
    match dir.parent() {
        Some(parent) if parent.as_os_str().is_empty() => segment::sync_dir(Path::new("."))?,
        Some(parent) => segment::sync_dir(parent)?,
        None => {}
    }
    let lock = File::open(dir).map_err(LedgerError::io("open", dir))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse {
            dir: dir.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(LedgerError::io("lock", dir)(source)),
    }
}

/// Replays a locked ledger through `visit` and makes its end ready for appends.
pub(super) fn recover<E>(
    dir: &Path,
    from: Option<Checkpoint>,
    visit: &mut dyn FnMut(Stored, Checkpoint) -> Result<(), E>,
) -> Result<(Tail, Checkpoint, Recovery), LedgerError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let erasures_finished = erase::finish_pending(dir)?;
    sync_last(dir)?;
    let mut walk = Walk::after_checkpoint(dir, &from.unwrap_or(Checkpoint::START))?;
    let mut events = 0;
    while let Some(mut frame) = walk.next_frame()? {
        for event in std::mem::take(&mut frame.events) {
            let (sequence, checkpoint) = (event.sequence, frame.checkpoint(&event));
            visit(event, checkpoint).map_err(|source| LedgerError::Visit {
                sequence,
                source: source.into(),
            })?;
            events += 1;
        }
    }
    let head = walk.head();
    let tail = tail(dir, &walk)?;
    let recovery = Recovery {
        events,
        segments: walk.segments().len().max(1) as u64,
        torn: walk.torn().cloned(),
        erasures_finished,
    };
    Ok((tail, head, recovery))
}

/// Opens the last segment for appends, cutting what is torn.
fn tail(dir: &Path, walk: &Walk) -> Result<Tail, LedgerError> {
    let head = walk.head();
    let Some(&first) = walk.segments().last() else {
        let (file, end) = segment::create(dir, FIRST_SEGMENT, &head.chain)?;
        return Ok(Tail {
            first: FIRST_SEGMENT,
            file,
            end,
        });
    };
    let path = segment::path(dir, first);
    let mut file = open(&path)?;
    if let Some(torn) = walk.torn() {
        keep(dir, &mut file, torn)?;
        file.set_len(torn.offset)
            .and_then(|()| file.sync_all())
            .map_err(LedgerError::io("cut", &path))?;
        if torn.offset == 0 {
            segment::write_first_line(&file, &path, first, &head.chain)?;
        }
    }
    let end = file
        .metadata()
        .map_err(LedgerError::io("measure", &path))?
        .len();
    Ok(Tail { first, file, end })
}

/// Copies what is about to be cut to a file beside the segment.
fn keep(dir: &Path, file: &mut File, torn: &Torn) -> Result<(), LedgerError> {
    if torn.bytes == 0 {
        return Ok(());
    }
    let name = format!("{}.torn-{}", segment::file_name(torn.segment), torn.offset);
    let names = std::iter::once(name.clone())
        .chain((2..=TORN_COPIES_MAX).map(|number| format!("{name}-{number}")));
    for name in names {
        let path = dir.join(name);
        let mut copy = match File::create_new(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            made => made.map_err(LedgerError::io("create", &path))?,
        };
        file.seek(SeekFrom::Start(torn.offset))
            .and_then(|_| std::io::copy(&mut file.take(torn.bytes), &mut copy))
            .and_then(|_| copy.sync_all())
            .map_err(LedgerError::io("write", &path))?;
        return segment::sync_dir(dir);
    }
    Err(LedgerError::Damaged {
        segment: torn.segment,
        offset: torn.offset,
        why: format!("its end was found torn {TORN_COPIES_MAX} times"),
    })
}

/// Makes durable what the last segment holds, and every segment's name.
fn sync_last(dir: &Path) -> Result<(), LedgerError> {
    if let Some(&last) = segment::list(dir)?.last() {
        let path = segment::path(dir, last);
        open(&path)?
            .sync_all()
            .map_err(LedgerError::io("sync", &path))?;
    }
    segment::sync_dir(dir)
}

fn open(path: &Path) -> Result<File, LedgerError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(LedgerError::io("open", path))
}
