//! Following: the broker's index is brought level with the ledger, whoever wrote it, and callers
//! are told once their events have their places.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::gauge;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_postgres::Client;

use super::DatabaseIndex;
use super::connect::Database;
use super::feed::{self, Entry, Head};
use super::inbox::Status;
use super::line::{Line, Session};
use super::listen::CHANNEL;
use super::outage::Outage;
use super::place::{EventAt, sequence};
use super::retry::is_held_up;
use super::seal::{Bound, SEALED_MAX, Sealed, Terms, UNSEALED, seal};
use super::session::{begin_reading, begin_sealing};
use super::within::{reading, reading_over, writing_over};
use super::writer::{Owed, Recorded};
use crate::store::StoreError;
use crate::store::envelope::read_body;
use crate::store::index::{Noted, Place};
use crate::store::limits::REPLAY_EVENTS_MAX;

/// How often is looked without having been woken.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Events that are not sealed, and how many seconds ago the oldest was recorded.
const UNSEALED_AGE: &str = "SELECT count(*), COALESCE(EXTRACT(epoch FROM now() - min(recorded_at::timestamptz)), 0)::float8";

/// Why following cannot go on for now, or at all.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database cannot be asked; later it may.
    Away(String),
    /// What it says cannot be: to go on would be to serve what is not so.
    Damaged(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged(why) => Self::Damaged(why),
            error => Self::Away(error.to_string()),
        }
    }
}

/// Up to where the index holds the ledger, and when the database was last heard.
pub(super) struct Reached {
    pub(super) head: RwLock<Head>,
    pub(super) heard: RwLock<Instant>,
}

impl Reached {
    pub(super) fn head(&self) -> Head {
        *self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long ago the database was last heard.
    pub(super) fn silence(&self) -> Duration {
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.elapsed()
    }

    fn hear(&self) {
        *self.heard.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// Whoever keeps the index level.
pub(super) struct Follower {
    database: Database,
    index: Arc<DatabaseIndex>,
    reached: Arc<Reached>,
    head: Head,
    /// What this broker recorded and its index does not have yet.
    own: HashMap<EventAt, Noted>,
    owed: Vec<Owed>,
    /// The places of events that somebody waits for.
    places: HashMap<EventAt, u64>,
    begin: String,
    begin_reading: String,
    /// What wakes the other brokers, signed with this one's name.
    wake: String,
    /// Over which events are sealed and read.
    line: Option<Line>,
    /// Whether another holds what sealing needs, so that it was said.
    is_held_up: bool,
}

impl Follower {
    pub(super) fn new(
        database: Database,
        own_name: &str,
        (index, reached): (Arc<DatabaseIndex>, Arc<Reached>),
    ) -> Self {
        let begin = begin_sealing(database.statement_deadline());
        let begin_reading = begin_reading(database.statement_deadline());
        Self {
            database,
            index,
            reached,
            head: Head::START,
            own: HashMap::new(),
            owed: Vec::new(),
            places: HashMap::new(),
            begin,
            begin_reading,
            wake: format!("NOTIFY {CHANNEL}, '{own_name}'"),
            line: None,
            is_held_up: false,
        }
    }

    /// Seals what can be, and reads the whole ledger.
    pub(super) async fn catch_up(&mut self) -> Result<(), Failure> {
        loop {
            let sealed = self.seal().await?;
            self.take_sealed(&sealed).await?;
            if sealed.len() < SEALED_MAX {
                return Ok(());
            }
        }
    }

    /// Follows until the writer has ended and everyone is told, or what is read cannot be.
    pub(super) async fn run(
        mut self,
        mut recorded: mpsc::Receiver<Recorded>,
        mut wakes: watch::Receiver<u64>,
        status: Arc<watch::Sender<Status>>,
    ) {
        let mut looks = interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outage = Outage::default();
        loop {
            let (mut is_woken, mut is_look) = (false, false);
            tokio::select! {
                group = recorded.recv(), if !recorded.is_empty() || !recorded.is_closed() => {
                    if let Some(group) = group {
                        self.take_recorded(group);
                    }
                }
                Ok(()) = wakes.changed() => is_woken = true,
                _ = looks.tick() => is_look = true,
            }
            while let Ok(group) = recorded.try_recv() {
                self.take_recorded(group);
                is_woken = false;
            }
            match self.step(is_woken).await {
                Ok(()) => {
                    if outage.ends() {
                        tracing::info!("the ledger is followed again");
                    }
                    if is_look {
                        self.measure().await;
                    }
                }
                Err(Failure::Damaged(why)) => {
                    tracing::error!(why, "the store has stopped");
                    status.send_replace(Status::Stopped(why));
                    return;
                }
                Err(Failure::Away(why)) => {
                    if outage.is_news(&why) {
                        tracing::warn!(why, "the ledger is not followed; trying again and again");
                    }
                    // A look comes each second; what was recorded meanwhile is taken along.
                    looks.tick().await;
                }
            }
            if recorded.is_closed() && recorded.is_empty() && self.owed.is_empty() {
                status.send_if_modified(|status| {
                    let is_serving = *status == Status::Serving;
                    if is_serving {
                        *status = Status::Closed;
                    }
                    is_serving
                });
                return;
            }
        }
    }

    fn take_recorded(&mut self, group: Recorded) {
        // Another broker may have sealed what we recorded, and we have read it, before we hear here.
        let head = self.head.at;
        let unread = group.noted.into_iter().filter(|(at, _)| *at > head);
        self.own.extend(unread);
        self.owed.extend(group.owed);
    }

    /// Seals what can be and takes it in. Where another broker sealed and woke us, ours is most
    /// probably among it, and nothing is left to be sealed.
    async fn step(&mut self, is_woken: bool) -> Result<(), Failure> {
        if is_woken {
            self.read_on().await?;
            self.tell().await?;
            if self.owed.is_empty() {
                return Ok(());
            }
        }
        let sealed = self.seal().await?;
        self.take_sealed(&sealed).await?;
        self.tell().await
    }

    /// Seals what can be; nothing while another holds what that needs: what others sealed is read
    /// all the same, and that events pile up is measured.
    async fn seal(&mut self) -> Result<Vec<Sealed>, Failure> {
        let terms = Terms {
            begin: &self.begin,
            bound: Bound::Recording,
            wake: &self.wake,
        };
        let sealing = async |session: Session<'_>| match seal(session, &terms).await {
            Err(error) if is_held_up(&error) => {
                session.batch_execute("ROLLBACK").await?;
                Ok(None)
            }
            sealed => sealed.map(Some),
        };
        let sealed = writing_over(&self.database, &mut self.line, sealing).await?;
        let is_held_up = sealed.is_none();
        if std::mem::replace(&mut self.is_held_up, is_held_up) != is_held_up {
            if is_held_up {
                tracing::warn!(
                    "events are not sealed: another holds the ledger, or it takes too long"
                );
            } else {
                tracing::info!("events are sealed again");
            }
        }
        Ok(sealed.unwrap_or_default())
    }

    /// Takes in what was sealed, if it is what comes next and all our own; else reads on.
    async fn take_sealed(&mut self, sealed: &[Sealed]) -> Result<(), Failure> {
        let is_next = sealed
            .first()
            .is_some_and(|first| first.sequence.unsigned_abs() == self.head.sequence + 1);
        if is_next && sealed.iter().all(|event| self.own.contains_key(&event.at)) {
            let own = sealed.iter().filter_map(|event| {
                let head = Head {
                    sequence: event.sequence.unsigned_abs(),
                    chain: event.chain,
                    at: event.at,
                };
                Some((head, Some(self.own.remove(&event.at)?)))
            });
            let own: Vec<_> = own.collect();
            self.take_in(&own)?;
            self.reached.hear();
            return Ok(());
        }
        self.read_on().await
    }

    /// Reads the ledger on to its end.
    async fn read_on(&mut self) -> Result<(), Failure> {
        loop {
            let own: HashSet<i64> = self.own.keys().map(|at| at.transaction).collect();
            let own: Vec<i64> = own.into_iter().collect();
            let (after, limit) = (self.head.sequence, feed::PAGE_EVENTS_MAX);
            let begin = Some(self.begin_reading.as_str());
            let page =
                async |session: Session<'_>| feed::page(session, begin, after, limit, &own).await;
            let rows = reading_over(&self.database, &mut self.line, page).await?;
            let mut head = self.head;
            let mut events = Vec::with_capacity(rows.len());
            for row in &rows {
                let entry = feed::entry(row)?;
                head = entry.follows(&head).map_err(Failure::Damaged)?;
                events.push((head, self.note(&entry)?));
            }
            self.take_in(&events)?;
            self.reached.hear();
            if rows.len() < feed::PAGE_EVENTS_MAX {
                return Ok(());
            }
        }
    }

    /// What an event says: from memory if it is our own, else as it was read; none if erased.
    fn note(&mut self, entry: &Entry) -> Result<Option<Noted>, Failure> {
        if let Some(own) = self.own.remove(&entry.at) {
            return Ok(Some(own));
        }
        let Some(body) = &entry.body else {
            return Ok(None);
        };
        let opened = read_body(entry.sequence, &entry.kind, body.as_bytes())?;
        Ok(Some(opened.note()?))
    }

    /// Has the index take events in.
    fn take_in(&mut self, events: &[(Head, Option<Noted>)]) -> Result<(), Failure> {
        let core = self.index.core();
        let wanted: HashSet<EventAt> = self.owed.iter().filter_map(Owed::place).collect();
        for events in events.chunks(REPLAY_EVENTS_MAX) {
            let mut draft = core.draft();
            for (head, noted) in events {
                let place = Place {
                    sequence: head.sequence,
                    ..Place::default()
                };
                if let Some(noted) = noted {
                    draft.add(place, noted)?;
                }
                if wanted.contains(&head.at) {
                    self.places.insert(head.at, head.sequence);
                }
            }
            core.commit(draft.finish(), Vec::new())?;
            for (head, noted) in events {
                if let Some(noted) = noted {
                    self.index.keep(head.sequence, &noted.fact);
                }
            }
            if let Some((head, _)) = events.last() {
                self.head = *head;
                core.reached(head.sequence, false);
                let mut shared = self
                    .reached
                    .head
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *shared = *head;
            }
        }
        Ok(())
    }

    /// Tells whoever waits for what the index holds now. What has no place, since a server took over
    /// that does not have it yet, waits on.
    async fn tell(&mut self) -> Result<(), Failure> {
        self.settle();
        let head = self.head.at;
        let due = self.owed.iter().filter(|owed| owed.is_due(head));
        let passed: Vec<EventAt> = due.filter_map(Owed::place).collect();
        if passed.is_empty() {
            return Ok(());
        }
        let begin = &self.begin_reading;
        let asked = async |session: Session<'_>| feed::places(session, begin, &passed).await;
        for (at, place) in reading_over(&self.database, &mut self.line, asked).await? {
            self.places.insert(at, sequence(place)?);
        }
        self.settle();
        Ok(())
    }

    /// Tells those whose events' places are known.
    fn settle(&mut self) {
        let (head, places) = (self.head.at, &self.places);
        let is_known = |owed: &Owed| owed.place().is_none_or(|at| places.contains_key(&at));
        let told = |owed: &mut Owed| owed.is_due(head) && is_known(owed);
        for owed in self.owed.extract_if(.., told) {
            owed.settle(|at| places.get(&at).copied());
        }
        self.owed.retain(|owed| !owed.is_abandoned());
        let awaited: HashSet<EventAt> = self.owed.iter().filter_map(Owed::place).collect();
        self.places.retain(|at, _| awaited.contains(at));
    }

    /// Measures what is left to be sealed, by whichever broker.
    async fn measure(&self) {
        let begin = &self.begin_reading;
        let asked = async |client: &Client| {
            let unsealed = format!("{UNSEALED_AGE} {UNSEALED}");
            let session = Session::plain(client);
            let rows = session.query_within(begin, &unsealed, &[]).await?;
            Ok((rows[0].try_get::<_, i64>(0)?, rows[0].try_get::<_, f64>(1)?))
        };
        // What cannot be asked now is asked in a second.
        if let Ok((events, age)) = reading(&self.database, asked).await {
            let events = u32::try_from(events).unwrap_or(u32::MAX);
            gauge!("askonce.store.unsealed.events").set(events);
            gauge!("askonce.store.unsealed.age").set(age);
        }
    }
}
