//! What people have typed and not sent: a file for each form, beside the ledger and no part of it.
//!
//! ```text
//! drafts/1-466088203_2026-11.draft              a draft
//! drafts/1-466088203_2026-11.draft.new          one being written; removed at open
//! drafts/1-466088203_2026-11.draft.damaged-1    one that did not read back, set aside
//! ```
//!
//! Invariants:
//! - A file is whole: it is written beside, synced, moved into place, and the folder is synced,
//!   before a save is acknowledged. Its first line says the digest of the rest.
//! - What is taken away is gone: nothing of a draft is in the ledger or the index.
//! - A file that does not read back is set aside and named in the error, once; the store goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::OpenError;
use super::folder;
use crate::domain::digest::derive;
use crate::domain::draft::Draft;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::store::limits::{
    DRAFT_FILE_BYTES_MAX, DRAFT_LOCKS, DRAFTS_PER_HOME_MAX, SET_ASIDE_MAX, too_many_drafts,
};
use crate::store::{PutDraft, StoreError};

const MAGIC: &str = "askonce-draft 1";
const DIGEST_CONTEXT: &str = "askonce 2026-11-22 draft file v1";
const ENDING: &str = ".draft";
const UNFINISHED: &str = ".draft.new";

/// The drafts of a store.
pub(super) struct Drafts {
    dir: PathBuf,
    /// Which there are, so that a form without one costs no look at the disk.
    present: Mutex<BTreeMap<HomeId, BTreeSet<Period>>>,
    /// Whoever writes or reads a draft holds the lock that its home has.
    locks: [Mutex<()>; DRAFT_LOCKS],
}

impl Drafts {
    /// The drafts in a store's folder, made if need be; what a crash left half written is removed.
    pub(super) fn open(dir: &Path) -> Result<Self, OpenError> {
        let drafts = dir.join("drafts");
        std::fs::create_dir_all(&drafts).map_err(OpenError::io("create", &drafts))?;
        folder::sync(dir)?;
        let mut present = BTreeMap::<HomeId, BTreeSet<Period>>::new();
        let listed = std::fs::read_dir(&drafts).map_err(OpenError::io("list", &drafts))?;
        for file in listed {
            let path = file.map_err(OpenError::io("list", &drafts))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(UNFINISHED) {
                std::fs::remove_file(&path).map_err(OpenError::io("remove", &path))?;
            } else if let Some((home, period)) = form_of(&name) {
                present.entry(home).or_default().insert(period);
            }
        }
        Ok(Self {
            dir: drafts,
            present: Mutex::new(present),
            locks: Default::default(),
        })
    }

    /// The forms that have a draft.
    pub(super) fn forms(&self) -> Vec<(HomeId, Period)> {
        let present = self.present();
        let forms = present.iter().flat_map(|(home, periods)| {
            let of_home = periods.iter().map(|period| (home.clone(), *period));
            of_home.collect::<Vec<_>>()
        });
        forms.collect()
    }

    /// Whether a form has a draft.
    pub(super) fn has(&self, home: &HomeId, period: Period) -> bool {
        let present = self.present();
        present
            .get(home)
            .is_some_and(|of_home| of_home.contains(&period))
    }

    /// Reads a draft. It blocks.
    pub(super) fn read(&self, home: &HomeId, period: Period) -> Result<Option<Draft>, StoreError> {
        let _one_at_a_time = self.lock(home);
        self.read_held(home, period)
    }

    /// As [`crate::store::Store::put_draft`]. It blocks.
    pub(super) fn put(&self, put: &PutDraft) -> Result<bool, StoreError> {
        let (home, period) = (&put.home, put.period);
        let _one_at_a_time = self.lock(home);
        let present = self.read_held(home, period)?;
        if present.as_ref().map(|draft| &draft.version) != put.expected.as_ref() {
            return Ok(false);
        }
        let done = match &put.draft {
            None => self.remove(home, period),
            Some(draft) => {
                let of_home = self.present().get(home).map_or(0, BTreeSet::len);
                if present.is_none() && of_home >= DRAFTS_PER_HOME_MAX {
                    return Err(too_many_drafts());
                }
                self.write(home, period, draft)
            }
        };
        match done {
            Ok(()) => Ok(true),
            Err(error) => {
                let path = self.path(home, period);
                tracing::error!(%error, path = %path.display(), "a draft cannot be kept");
                Err(StoreError::Busy(format!("a draft cannot be kept: {error}")))
            }
        }
    }

    fn read_held(&self, home: &HomeId, period: Period) -> Result<Option<Draft>, StoreError> {
        if !self.has(home, period) {
            return Ok(None);
        }
        let path = self.path(home, period);
        let bytes = match bytes_of(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.forget(home, period);
                return Ok(None);
            }
            Err(error) => {
                let message = format!("{} cannot be read: {error}", path.display());
                return Err(StoreError::Damaged(message));
            }
        };
        match parse(&bytes, home, period) {
            Ok(draft) => Ok(Some(draft)),
            Err(why) => Err(self.set_aside(home, period, why)),
        }
    }

    fn write(&self, home: &HomeId, period: Period, draft: &Draft) -> io::Result<()> {
        let path = self.path(home, period);
        let beside = path.with_extension("draft.new");
        let json = serde_json::to_vec(draft)?;
        let digest = digest(home, period, &json);
        let mut file = File::create(&beside)?;
        file.write_all(format!("{MAGIC} {digest}\n").as_bytes())?;
        file.write_all(&json)?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        let mut present = self.present();
        present.entry(home.clone()).or_default().insert(period);
        drop(present);
        self.sync()
    }

    fn remove(&self, home: &HomeId, period: Period) -> io::Result<()> {
        match std::fs::remove_file(self.path(home, period)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => self.forget(home, period),
        }
        self.sync()
    }

    /// Moves a file that does not read back out of the way, and says so.
    fn set_aside(&self, home: &HomeId, period: Period, why: &str) -> StoreError {
        let path = self.path(home, period);
        let aside = |number| path.with_extension(format!("draft.damaged-{number}"));
        let free = (1..=SET_ASIDE_MAX).map(aside).find(|to| !to.exists());
        let moved = free.ok_or_else(|| io::Error::other("too many were set aside already"));
        let moved = moved.and_then(|to| {
            std::fs::rename(&path, &to)?;
            self.forget(home, period);
            self.sync()?;
            Ok(to)
        });
        let path = path.display();
        StoreError::Damaged(match moved {
            Ok(to) => format!("{path} {why}; it is set aside as {}", to.display()),
            Err(error) => format!("{path} {why}, and cannot be set aside: {error}"),
        })
    }

    /// Where a draft stands. A home's id is of digits and a hyphen, a period's of letters, digits,
    /// hyphens and dots behind one of them, so the name stays in the folder.
    fn path(&self, home: &HomeId, period: Period) -> PathBuf {
        self.dir.join(format!("{home}_{period}{ENDING}"))
    }

    fn forget(&self, home: &HomeId, period: Period) {
        let mut present = self.present();
        if let Some(of_home) = present.get_mut(home) {
            of_home.remove(&period);
            if of_home.is_empty() {
                present.remove(home);
            }
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }

    fn present(&self) -> MutexGuard<'_, BTreeMap<HomeId, BTreeSet<Period>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self, home: &HomeId) -> MutexGuard<'_, ()> {
        let sum: usize = home.as_str().bytes().map(usize::from).sum();
        let lock = &self.locks[sum % DRAFT_LOCKS];
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does what blocks where that may block.
pub(super) async fn blocking<T: Send + 'static>(
    drafts: &Arc<Drafts>,
    work: impl FnOnce(&Drafts) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let drafts = Arc::clone(drafts);
    let done = tokio::task::spawn_blocking(move || work(&drafts)).await;
    done.unwrap_or_else(|_| Err(StoreError::Busy("the store is closing".to_owned())))
}

/// The form that a file's name says it is a draft of.
fn form_of(name: &str) -> Option<(HomeId, Period)> {
    let (home, period) = name.strip_suffix(ENDING)?.split_once('_')?;
    Some((home.parse().ok()?, period.parse().ok()?))
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(DRAFT_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a draft back; what is wrong never quotes what was typed.
fn parse(bytes: &[u8], home: &HomeId, period: Period) -> Result<Draft, &'static str> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, json) = bytes.split_at(end.ok_or("has no first line")?);
    let json = &json[1..];
    let line = std::str::from_utf8(line).map_err(|_| "is no draft")?;
    let said = line
        .strip_prefix(MAGIC)
        .ok_or("is no draft of this version")?;
    if said.trim() != digest(home, period, json) {
        return Err("is not as it was written");
    }
    serde_json::from_slice(json).map_err(|_| "does not read as a draft")
}

/// The digest of a draft's text and of whose it is, so that a file under another's name is none.
fn digest(home: &HomeId, period: Period, json: &[u8]) -> String {
    let mut bytes = format!("{home} {period}\n").into_bytes();
    bytes.extend_from_slice(json);
    derive(DIGEST_CONTEXT, &bytes).to_string()
}
