//! What an ask receives: the answers released to its fields, in its own terms.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::delivery::{Delivery, deliver};
use crate::domain::form::field_path;
use crate::domain::id::{AskName, FieldName, HomeId};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::{ReleaseKey, Released, Sheet};
use crate::store::ReleasedSheet;

use super::{Broker, BrokerError};

/// Sheets read at a time while a page is filled.
const SHEETS_READ: usize = 100;

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
    ) -> Result<Vec<DeliveryRow>, BrokerError> {
        self.ask(ask).await?;
        let mut rows = Vec::new();
        let mut after = after;
        while rows.len() < limit {
            let sheets = self.store.released(ask, after, SHEETS_READ).await?;
            let Some(last) = sheets.last() else {
                break;
            };
            after = last.sequence;
            let mut full_at = None;
            for released in sheets {
                if full_at.is_some_and(|sequence| sequence != released.sequence) {
                    return Ok(rows);
                }
                if filter
                    .home
                    .as_ref()
                    .is_none_or(|home| *home == released.home)
                {
                    self.rows_of(ask, filter, &released, &mut rows).await?;
                }
                if rows.len() >= limit {
                    full_at = Some(released.sequence);
                }
            }
        }
        Ok(rows)
    }

    async fn rows_of(
        &self,
        ask: &AskName,
        filter: &DeliveryFilter,
        released: &ReleasedSheet,
        rows: &mut Vec<DeliveryRow>,
    ) -> Result<(), BrokerError> {
        let sheet = self.sheet_of(&released.home, &released.reference).await?;
        for (key, release) in sheet.releases() {
            let is_wanted =
                key.ask == *ask && filter.period.is_none_or(|period| period == key.period);
            if is_wanted {
                rows.push(self.row(released, &sheet, key, release).await?);
            }
        }
        Ok(())
    }

    async fn row(
        &self,
        released: &ReleasedSheet,
        sheet: &Arc<Sheet>,
        key: &ReleaseKey,
        release: &Released,
    ) -> Result<DeliveryRow, BrokerError> {
        let lost = |what: &str| {
            let field = field_path(&key.ask, &key.field);
            BrokerError::Internal(format!("{what} of the release to {field} is not there"))
        };
        let given = sheet
            .answer_to(&release.question)
            .ok_or_else(|| lost("the answer"))?;
        let template = self.store.template(&release.template).await?;
        let template = template.ok_or_else(|| lost("the template"))?;
        let wanted = template.entries().iter().find_map(|entry| {
            let demand = entry.demand(&key.ask, key.field.as_str())?;
            Some((entry, demand))
        });
        let (entry, demand) = wanted.ok_or_else(|| lost("the demand"))?;
        let is_correction = given.sequence > release.first_sequence;
        Ok(DeliveryRow {
            home: released.home.clone(),
            period: key.period,
            field: key.field.clone(),
            reference: released.reference,
            on: given.answer.on,
            delivery: deliver(&given.answer, entry, demand, is_correction),
            given_at: given.given_at,
            sequence: released.sequence,
        })
    }
}
