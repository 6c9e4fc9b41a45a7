//! What an ask receives: the answers released to its fields, in its own terms.
//!
//! Deliveries are a feed in the order of the ledger. A page of it says up to where everything was
//! given; reading on from there skips nothing, whatever changes meanwhile.

mod cursor;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::delivery::{Delivered, Delivery, deliver};
use crate::domain::id::{AskName, FieldName, HomeId, OrganisationId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::{ReleaseKey, Released};
use crate::domain::template::{Demand, Entry};
use crate::domain::worked_out::{Source, WorkedOut};
use crate::store::ReleasedSheet;

pub use self::cursor::{Cursor, Within};

use super::{Broker, BrokerError};

/// Sheets read at a time while a page is filled.
const SHEETS_READ: usize = 100;

/// Most sheets looked through for one page: past that the page is short, and its cursor goes on.
const SHEETS_LOOKED_THROUGH_MAX: usize = 5_000;

/// Most bytes of one page (1 MiB), as [`DeliveryRow::weight`] reckons them: a quarter of what
/// clients take in a message.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// What a delivery takes in a message beside its texts, at most, in bytes.
const ROW_BYTES: usize = 400;

/// What an answer that another was worked out from takes beside its wording, at most, in bytes.
const SOURCE_BYTES: usize = 160;

/// What a box of a breakdown takes beside its codes, at most, in bytes.
const CELL_BYTES: usize = 40;

/// Whose deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryScope {
    /// Those of one ask.
    Ask(AskName),
    /// Those of every ask of an organisation.
    Organisation(OrganisationId),
}

impl DeliveryScope {
    /// Whose asks.
    #[must_use]
    pub fn organisation(&self) -> &OrganisationId {
        match self {
            Self::Ask(ask) => &ask.organisation,
            Self::Organisation(organisation) => organisation,
        }
    }

    /// The one ask; none for all.
    #[must_use]
    pub fn ask(&self) -> Option<&AskName> {
        match self {
            Self::Ask(ask) => Some(ask),
            Self::Organisation(_) => None,
        }
    }

    fn includes(&self, ask: &AskName) -> bool {
        match self {
            Self::Ask(own) => own == ask,
            Self::Organisation(organisation) => ask.organisation == *organisation,
        }
    }
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Of this home.
    pub home: Option<HomeId>,
    /// Of this period of the ask.
    pub period: Option<Period>,
}

/// One field's delivery from one home for one period.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// The ask.
    pub ask: AskName,
    /// The home.
    pub home: HomeId,
    /// The ask's period.
    pub period: Period,
    /// The ask's field.
    pub field: FieldName,
    /// What the answer speaks of.
    pub reference: Reference,
    /// The very date, where the reference is a window.
    pub on: Option<Date>,
    /// The value, in the requester's terms.
    pub delivery: Delivery,
    /// When the home gave the answer.
    pub given_at: Timestamp,
    /// How it was worked out, with the wordings of its sources; none for what the home stated.
    pub worked_out: Option<(WorkedOut, Vec<String>)>,
    /// Ledger sequence of the last change to the sheet: its place in the feed.
    pub sequence: u64,
    /// The version of the sheet that this was read from: at least `sequence`.
    pub version: u64,
}

impl DeliveryRow {
    /// About how many bytes it takes in a message, and no fewer.
    fn weight(&self) -> usize {
        let texts = |texts: &[String]| texts.iter().map(|text| text.len() + 4).sum::<usize>();
        let sources = self.worked_out.iter().flat_map(|(_, wordings)| wordings);
        let sources: usize = sources.map(|wording| SOURCE_BYTES + wording.len()).sum();
        ROW_BYTES
            + sources
            + self.field.as_str().len()
            + match &self.delivery.value {
                Delivered::Text(text) | Delivered::Declined { note: text, .. } => text.len(),
                Delivered::Options { codes, others } => texts(codes) + texts(others),
                Delivered::Number { grid, .. } => grid.as_ref().map_or(0, |grid| {
                    let cells = grid.cells.iter();
                    cells.map(|cell| CELL_BYTES + texts(&cell.codes)).sum()
                }),
                Delivered::YesNo(_) | Delivered::Date(_) => 0,
            }
    }

    fn place(&self) -> Within {
        Within {
            reference: self.reference,
            release: ReleaseKey {
                ask: self.ask.clone(),
                period: self.period,
                field: self.field.clone(),
            },
        }
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryPage {
    /// The deliveries, in the order of the feed. Those of one sequence are parted only where they
    /// are too many for a page.
    pub rows: Vec<DeliveryRow>,
    /// Up to where everything was given.
    pub cursor: Cursor,
    /// Whether that is the end of the feed, for now.
    pub is_end: bool,
}

impl Broker {
    /// Deliveries after a cursor in the order in which they last changed, about `limit` of them.
    ///
    /// This reads and tells nobody: what is to leave the broker goes through
    /// [`Broker::collect_deliveries`].
    pub(super) async fn read_deliveries(
        &self,
        scope: &DeliveryScope,
        filter: &DeliveryFilter,
        after: &Cursor,
        limit: usize,
    ) -> Result<DeliveryPage, BrokerError> {
        self.check_delivery_scope(scope).await?;
        // Read before the sheets are: nothing up to here comes later.
        let head = *self.store.changes().borrow();
        let mut page = Filling::new(after, limit);
        let mut read = after.whole();
        loop {
            let sheets = self.released_in(scope, read).await?;
            if sheets.is_empty() {
                return Ok(page.end(head));
            }
            for released in sheets {
                if page.is_enough(released.sequence) {
                    return Ok(page.cut());
                }
                read = released.sequence;
                let is_of_home = |home: &HomeId| *home == released.home;
                if filter.home.as_ref().is_none_or(is_of_home) {
                    let rows = self.rows_of(scope, filter, &released).await?;
                    if rows.into_iter().any(|row| !page.take(row)) {
                        return Ok(page.cut());
                    }
                }
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
        }
    }

    /// That what a scope names exists.
    ///
    /// # Errors
    /// If it does not.
    pub async fn check_delivery_scope(&self, scope: &DeliveryScope) -> Result<(), BrokerError> {
        match scope {
            DeliveryScope::Ask(ask) => self.ask(ask).await.map(drop),
            DeliveryScope::Organisation(id) => match self.store.organisation(id).await? {
                Some(_) => Ok(()),
                None => Err(BrokerError::NotFound {
                    resource: id.resource(),
                }),
            },
        }
    }

    async fn released_in(
        &self,
        scope: &DeliveryScope,
        after: u64,
    ) -> Result<Vec<ReleasedSheet>, BrokerError> {
        Ok(match scope {
            DeliveryScope::Ask(ask) => self.store.released(ask, after, SHEETS_READ).await?,
            DeliveryScope::Organisation(id) => {
                self.store.released_to(id, after, SHEETS_READ).await?
            }
        })
    }

    async fn rows_of(
        &self,
        scope: &DeliveryScope,
        filter: &DeliveryFilter,
        released: &ReleasedSheet,
    ) -> Result<Vec<DeliveryRow>, BrokerError> {
        let sheet = self
            .store
            .sheet(&released.home, &released.reference)
            .await?;
        let mut rows = Vec::new();
        for (key, release) in sheet.value.releases() {
            let is_of_period = filter.period.is_none_or(|period| period == key.period);
            if is_of_period && scope.includes(&key.ask) {
                rows.push(self.row(released, sheet.revision, key, release).await?);
            }
        }
        Ok(rows)
    }

    async fn row(
        &self,
        released: &ReleasedSheet,
        version: u64,
        key: &ReleaseKey,
        release: &Released,
    ) -> Result<DeliveryRow, BrokerError> {
        let lost = |what: &str| {
            let field = format!("{} of {}", key.field, key.ask);
            BrokerError::Internal(format!("{what} of the release to {field} is not there"))
        };
        let template = self.store.template(&release.template).await?;
        let template = template.ok_or_else(|| lost("the template"))?;
        let wanted = template.entries().iter().find_map(|entry| {
            let demand = entry.demand(&key.ask, key.field.as_str())?;
            Some((entry, demand))
        });
        let (entry, demand) = wanted.ok_or_else(|| lost("the demand"))?;
        let answer = &release.answer;
        let worked_out = answer.worked_out.as_ref();
        let worked_out = match worked_out.filter(|_| answer.is_worked_out()) {
            Some(own) => Some((own.clone(), self.wordings(own, entry, demand).await?)),
            None => None,
        };
        Ok(DeliveryRow {
            worked_out,
            ask: key.ask.clone(),
            home: released.home.clone(),
            period: key.period,
            field: key.field.clone(),
            reference: released.reference,
            on: release.answer.on,
            delivery: deliver(&release.answer, entry, demand, release.is_correction),
            given_at: release.given_at,
            sequence: released.sequence,
            version,
        })
    }

    /// The wordings of what an answer was worked out from: the dictionary's, or the asker's own where
    /// it is the same question. How others word theirs is not the asker's to know.
    async fn wordings(
        &self,
        own: &WorkedOut,
        entry: &Entry,
        demand: &Demand,
    ) -> Result<Vec<String>, BrokerError> {
        let dictionary = self.store.dictionary().await?.value;
        let links = self.store.links().await?.value;
        let wording = |source: &Source| {
            let element = dictionary.element_among(&source.question, &links);
            let of_element = element.map(|element| element.field.label.clone());
            let is_same = links.members(&source.question).contains(&entry.question);
            of_element.or_else(|| is_same.then(|| demand.field.label.clone()))
        };
        let wordings = own.from.iter().map(wording);
        Ok(wordings.map(Option::unwrap_or_default).collect())
    }
}

/// A page on the way.
struct Filling<'a> {
    after: &'a Cursor,
    limit: usize,
    rows: Vec<DeliveryRow>,
    bytes: usize,
    /// Sheets looked through.
    sheets: usize,
    /// The sequence at hand: of those before, everything is on the page.
    sequence: u64,
}

impl<'a> Filling<'a> {
    fn new(after: &'a Cursor, limit: usize) -> Self {
        Self {
            after,
            limit,
            rows: Vec::new(),
            bytes: 0,
            sheets: 0,
            sequence: after.whole(),
        }
    }

    /// Whether a sheet of this sequence is for the next page: a page ends before a new sequence.
    fn is_enough(&mut self, sequence: u64) -> bool {
        let is_full = self.rows.len() >= self.limit || self.sheets >= SHEETS_LOOKED_THROUGH_MAX;
        if sequence != self.sequence && is_full {
            self.sequence += 1;
            return true;
        }
        self.sequence = sequence;
        self.sheets += 1;
        false
    }

    /// Takes a row, unless the page is then larger than a message may be.
    fn take(&mut self, row: DeliveryRow) -> bool {
        if self.after.covers(row.sequence, &row.place()) {
            return true;
        }
        self.bytes += row.weight();
        if self.bytes > PAGE_BYTES_MAX && !self.rows.is_empty() {
            return false;
        }
        self.rows.push(row);
        true
    }

    /// The page, cut before the sequence at hand; within it, if it is all that the page holds.
    fn cut(mut self) -> DeliveryPage {
        let is_before = |row: &DeliveryRow| row.sequence < self.sequence;
        let cursor = match (self.rows.first(), self.rows.last()) {
            (Some(first), Some(last)) if !is_before(first) => Cursor {
                sequence: self.sequence,
                within: Some(last.place()),
            },
            _ => {
                self.rows.retain(is_before);
                Cursor::after(self.sequence - 1)
            }
        };
        DeliveryPage {
            rows: self.rows,
            cursor,
            is_end: false,
        }
    }

    /// The page that ends where the feed does: all that reads see is given.
    fn end(self, head: u64) -> DeliveryPage {
        DeliveryPage {
            rows: self.rows,
            cursor: Cursor::after(self.sequence.max(head).max(self.after.whole())),
            is_end: true,
        }
    }
}
