//! A digest of all that is derived from a ledger: the template of every form and every delivery, so that
//! two stores can be compared after one was moved into the other.
//!
//! Invariant: it depends on the ledger alone, neither on the time nor on the store. The forms are those
//! of every home for the periods that begin by 45 days after the last event.

use std::collections::BTreeMap;

use blake3::Hasher;
use jiff::ToSpan;
use jiff::civil::Date;
use quick_cache::sync::Cache;

use crate::domain::ask::SharedAsk;
use crate::domain::calendar::civil_london;
use crate::domain::digest::Digest;
use crate::domain::home::Home;
use crate::domain::id::HomeId;
use crate::domain::period::Period;
use crate::domain::template::TemplateKey;
use crate::store::{AskFilter, Standing};

use super::{Broker, BrokerError, Cursor, DeliveryFilter, DeliveryRow, DeliveryScope};

const TEMPLATES_CONTEXT: &str = "askonce 2026-11-22 every template v1";
const DELIVERIES_CONTEXT: &str = "askonce 2026-11-22 every delivery v1";

/// How long after the last event a form's period begins at most, in days: as far as forms are listed.
const AHEAD_DAYS: i64 = 45;

/// Homes and asks read at a time.
const PAGE: usize = 100;

/// Deliveries read at a time.
const DELIVERIES_PAGE: usize = 500;

/// Digests of templates that are remembered, about a hundred bytes each: homes with the same asks share them.
const TEMPLATES_REMEMBERED: usize = 100_000;

/// What is derived from a ledger, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derived {
    /// The last event that it is derived from.
    pub sequence: u64,
    /// Forms with something on them: of a home for a period.
    pub forms: u64,
    /// The digest of their templates, each with its home and period.
    pub templates: Digest,
    /// Deliveries: of a home for a period to a field.
    pub deliveries: u64,
    /// The digest of what each gives, in the asker's terms.
    pub delivered: Digest,
}

/// A digest of many things, and how many.
struct Gathered {
    hasher: Hasher,
    count: u64,
}

impl Gathered {
    fn new(context: &'static str) -> Self {
        Self {
            hasher: Hasher::new_derive_key(context),
            count: 0,
        }
    }

    fn add(&mut self, text: &str) {
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
        self.count += 1;
    }

    fn digest(&self) -> Digest {
        Digest::from_bytes(*self.hasher.finalize().as_bytes())
    }
}

impl Broker {
    /// The digest of every template and every delivery; `progress` is told how many are derived.
    ///
    /// # Errors
    /// As the store says.
    pub async fn derived(
        &self,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Derived, BrokerError> {
        let sequence = *self.store.reach().borrow();
        let mut templates = Gathered::new(TEMPLATES_CONTEXT);
        let last = self.last_day_derived(sequence).await?;
        let known = Cache::new(TEMPLATES_REMEMBERED);
        let mut after: Option<HomeId> = None;
        loop {
            let homes = self.store.homes(after.as_ref(), PAGE).await?;
            let Some(end) = homes.last() else {
                break;
            };
            after = Some(end.id.clone());
            for home in &homes {
                self.add_templates(&mut templates, home, last, &known)
                    .await?;
            }
            progress(templates.count);
        }
        let mut deliveries = Gathered::new(DELIVERIES_CONTEXT);
        let every = AskFilter {
            standing: Standing::Either,
            ..AskFilter::default()
        };
        let mut after = None;
        loop {
            let asks = self.store.asks(&every, after.as_ref(), PAGE).await?;
            let Some(end) = asks.last() else {
                break;
            };
            after = Some(end.value.name.clone());
            for ask in &asks {
                self.add_deliveries(&mut deliveries, &ask.value).await?;
            }
            progress(templates.count + deliveries.count);
        }
        Ok(Derived {
            sequence,
            forms: templates.count,
            templates: templates.digest(),
            deliveries: deliveries.count,
            delivered: deliveries.digest(),
        })
    }

    /// The last day on which a form's period may begin, by the time of an event.
    async fn last_day_derived(&self, sequence: u64) -> Result<Date, BrokerError> {
        let before = sequence.saturating_sub(1);
        let last = self.store.ledger(before, 1).await?.pop();
        let recorded_on = last.map(|entry| civil_london(entry.recorded_at).date());
        let day = recorded_on.unwrap_or(Date::MIN);
        Ok(day.saturating_add(AHEAD_DAYS.days()))
    }

    /// Adds the template of every form of a home.
    async fn add_templates(
        &self,
        gathered: &mut Gathered,
        home: &Home,
        last: Date,
        known: &Cache<TemplateKey, Digest>,
    ) -> Result<(), BrokerError> {
        let asks = self.store.asks_of_home(&home.id, Date::MIN, last).await?;
        if asks.is_empty() {
            return Ok(());
        }
        let liveness = self.liveness(&home.id).await?;
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        for (period, asks) in by_period(&asks, last) {
            let is_live = |ask: &&SharedAsk| liveness.is_live(ask, &period);
            let asks: Vec<SharedAsk> = asks.iter().filter(is_live).cloned().collect();
            if asks.is_empty() {
                continue;
            }
            let services = self.services_for(&home.id, &asks).await?;
            let key = TemplateKey::for_services(period, &asks, &services, &dictionary, &links);
            let digest = if let Some(digest) = known.get(&key) {
                digest
            } else {
                let made = self.template_of(period, &asks, &services, &links).await?;
                known.insert(key, made.digest());
                made.digest()
            };
            gathered.add(&format!("{} {period} {digest}", home.id));
        }
        // Of many homes, it lets others have their turn.
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Adds every delivery to an ask.
    async fn add_deliveries(
        &self,
        gathered: &mut Gathered,
        ask: &SharedAsk,
    ) -> Result<(), BrokerError> {
        let scope = DeliveryScope::Ask(ask.name.clone());
        let filter = DeliveryFilter::default();
        let mut cursor = Cursor::default();
        loop {
            let page = self
                .read_deliveries(&scope, &filter, &cursor, DELIVERIES_PAGE)
                .await?;
            for row in &page.rows {
                gathered.add(&text(row));
            }
            if page.is_end {
                return Ok(());
            }
            cursor = page.cursor;
        }
    }
}

/// The periods of asks that begin by a day, each with its asks.
fn by_period(asks: &[SharedAsk], last: Date) -> BTreeMap<Period, Vec<SharedAsk>> {
    let mut by_period = BTreeMap::<Period, Vec<SharedAsk>>::new();
    for ask in asks {
        let (first, until) = ask.schedule.days();
        for period in ask.schedule.periods_between(first, until.min(last)) {
            by_period.entry(period).or_default().push(ask.clone());
        }
    }
    by_period
}

/// What a delivery gives, as a text that is the same wherever it is derived.
fn text(row: &DeliveryRow) -> String {
    let DeliveryRow {
        ask,
        home,
        period,
        field,
        reference,
        on,
        delivery,
        given_at,
        worked_out,
        sequence,
        version: _,
    } = row;
    format!(
        "{ask} {home} {period} {field} {reference} {on:?} {given_at} {sequence} {delivery:?} {worked_out:?}"
    )
}
