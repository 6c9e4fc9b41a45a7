//! Every bound that storage keeps to, by name, with its unit and its reason.

/// Most requests that wait for the writer: a second of work at the rates foreseen; past it a
/// caller is better told to come back.
pub(crate) const QUEUE_REQUESTS_MAX: usize = 4_096;

/// Most bytes of requests that wait for the writer (64 MiB): two of the largest groups.
pub(crate) const QUEUE_BYTES_MAX: usize = 64 << 20;

/// Most requests in one group: enough that one sync is shared by every caller in flight.
pub(crate) const GROUP_REQUESTS_MAX: usize = 512;

/// Bytes at which a group takes no further request (4 MiB): a write that a disk takes in one go.
pub(crate) const GROUP_BYTES_MAX: usize = 4 << 20;

/// Most records in one batch of the index. Larger batches pin its garbage, which then grows.
pub(crate) const BATCH_RECORDS_MAX: usize = 256;

/// Most records that wait to be applied to the index, but for those of one group: less than a
/// second of applying, so that a start after a crash replays no more than that.
pub(crate) const BEHIND_RECORDS_MAX: usize = 16_384;

/// Most bytes of records that wait to be applied to the index, but for those of one group (16 MiB,
/// held twice): a thousand records of the largest usual size.
pub(crate) const BEHIND_BYTES_MAX: usize = 16 << 20;

/// Objects that one flush of the index's garbage bag collects at most.
pub(crate) const GARBAGE_BAG_OBJECTS: usize = 512;

/// Objects of garbage that one changed record may leave behind.
pub(crate) const GARBAGE_PER_RECORD: usize = 4;

/// Events after which the replay of the ledger writes what it gathered to the index.
pub(crate) const REPLAY_EVENTS_MAX: usize = 256;

/// Events between two marks from which the ledger can be read on: reading at any place of the feed
/// passes over fewer than these, and the marks of a million events take less than a megabyte.
pub(crate) const MARK_EVENTS: u64 = 128;

/// Bytes of index pages held in memory (64 MiB): the inner nodes and the pages of sheets in use.
pub(crate) const INDEX_CACHE_BYTES: u64 = 64 << 20;

/// Most index folders that may stand set aside; more means a fault that repeats.
pub(crate) const SET_ASIDE_MAX: u32 = 100;

/// Fields of asks held parsed: each takes about two kilobytes, so about 200 MiB.
pub(crate) const CACHED_ASK_FIELDS_MAX: u64 = 100_000;

/// Asks expected among them, at ten fields an ask.
pub(crate) const CACHED_ASKS: usize = 10_000;

/// Answers of sheets held folded: each takes about half a kilobyte, so about 50 MiB.
pub(crate) const CACHED_SHEET_ANSWERS_MAX: u64 = 100_000;

/// Sheets expected among them, at sixty answers a sheet.
pub(crate) const CACHED_SHEETS: usize = 1_700;

/// Bytes of templates held parsed, by their text (16 MiB): about five times as much in memory.
pub(crate) const CACHED_TEMPLATE_BYTES_MAX: u64 = 16 << 20;

/// Most sheets of a home whose collections are told, the latest ones: five years of daily forms.
pub(crate) const COLLECTED_SHEETS_MAX: usize = 2_000;

/// Templates expected among them, at fifty kilobytes a template.
pub(crate) const CACHED_TEMPLATES: usize = 320;

/// Most drafts kept of one home: of every form that may be listed at once.
pub(crate) const DRAFTS_PER_HOME_MAX: usize = 500;

/// Locks that drafts share, each home having one of them: so many are written at once at most.
pub(crate) const DRAFT_LOCKS: usize = 16;

/// Largest file of a draft, in bytes (2 MiB): twice what a draft may be, so that none that was kept
/// is refused.
pub(crate) const DRAFT_FILE_BYTES_MAX: u64 = 2 << 20;

/// Most links that sign in at once: every manager of England in one morning.
pub(crate) const SIGN_IN_LINKS_MAX: usize = 20_000;

/// Most sessions of those who are signed in: three for every care home of England, at less than a
/// kilobyte each.
pub(crate) const SESSIONS_MAX: usize = 50_000;

/// Most sessions of those who are not: they hold where somebody wanted to go.
pub(crate) const STRANGERS_MAX: usize = 5_000;

/// Most showings of a page whose sending is remembered: those of some hours.
pub(crate) const SENDINGS_MAX: usize = 10_000;

/// Most bytes of anything that passes (16 KiB): twenty times what a session usually has.
pub(crate) const PASSING_BYTES_MAX: usize = 16 << 10;

/// How many are put by a process until it sweeps what has expired, and what is too many.
pub(crate) const SWEEP_AFTER_PUTS: u32 = 256;

/// Most rows that one sweep of a kind takes out of a database: what comes in a morning's minute.
pub(crate) const SWEPT_MAX: usize = 10_000;

/// How long until it sweeps when fewer are put.
pub(crate) const SWEEP_INTERVAL: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

/// The refusal of one draft too many.
pub(crate) fn too_many_drafts() -> super::StoreError {
    let message =
        format!("the home has {DRAFTS_PER_HOME_MAX} drafts already; send or discard one before");
    super::StoreError::Refused(message)
}
