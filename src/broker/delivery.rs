//! What an ask receives: the answers released to its fields, in its own terms.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::delivery::{Delivery, deliver};
use crate::domain::id::{AskName, FieldName, HomeId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::{ReleaseKey, Released};
use crate::store::ReleasedSheet;

use super::{Broker, BrokerError};

/// Sheets read at a time while a page is filled.
const SHEETS_READ: usize = 100;

/// Most sheets looked through for one page: past that the page is short, and its cursor goes on.
const SHEETS_LOOKED_THROUGH_MAX: usize = 5_000;

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
    /// Ledger sequence of the last change to the sheet: the cursor of the feed.
    pub sequence: u64,
}

/// A page of deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryPage {
    /// The deliveries, those of one sequence never parted.
    pub rows: Vec<DeliveryRow>,
    /// The sequence after which to go on; none at the end.
    pub next: Option<u64>,
}

impl Broker {
    /// Deliveries to an ask in the order in which they last changed, after a sequence, about
    /// `limit` of them: those of one sequence are never parted.
    ///
    /// # Errors
    /// If there is no such ask.
    pub async fn list_deliveries(
        &self,
        ask: &AskName,
        filter: &DeliveryFilter,
        after: u64,
        limit: usize,
    ) -> Result<DeliveryPage, BrokerError> {
        self.ask(ask).await?;
        let mut page = DeliveryPage::default();
        let mut after = after;
        let mut looked_through = 0;
        loop {
            let sheets = self.store.released(ask, after, SHEETS_READ).await?;
            if sheets.is_empty() {
                return Ok(page);
            }
            for released in sheets {
                let is_new_sequence = released.sequence != after;
                let is_enough =
                    page.rows.len() >= limit || looked_through >= SHEETS_LOOKED_THROUGH_MAX;
                if is_new_sequence && is_enough {
                    page.next = Some(after);
                    return Ok(page);
                }
                after = released.sequence;
                looked_through += 1;
                if filter
                    .home
                    .as_ref()
                    .is_none_or(|home| *home == released.home)
                {
                    self.rows_of(ask, filter, &released, &mut page.rows).await?;
                }
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
        }
    }

    async fn rows_of(
        &self,
        ask: &AskName,
        filter: &DeliveryFilter,
        released: &ReleasedSheet,
        rows: &mut Vec<DeliveryRow>,
    ) -> Result<(), BrokerError> {
        let sheet = self
            .store
            .sheet(&released.home, &released.reference)
            .await?
            .value;
        for (key, release) in sheet.releases() {
            let is_wanted =
                key.ask == *ask && filter.period.is_none_or(|period| period == key.period);
            if is_wanted {
                rows.push(self.row(released, key, release).await?);
            }
        }
        Ok(())
    }

    async fn row(
        &self,
        released: &ReleasedSheet,
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
        Ok(DeliveryRow {
            home: released.home.clone(),
            period: key.period,
            field: key.field.clone(),
            reference: released.reference,
            on: release.answer.on,
            delivery: deliver(&release.answer, entry, demand, release.is_correction),
            given_at: release.given_at,
            sequence: released.sequence,
        })
    }
}
