//! How far each home is with an ask: from what was released to it, without making forms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::answer::Said;
use crate::domain::ask::SharedAsk;
use crate::domain::completeness::{Completeness, FieldCounts, wanted};
use crate::domain::fault::Faults;
use crate::domain::home::Home;
use crate::domain::id::{AskName, FieldName, HomeId, OrganisationId};
use crate::domain::liveness::{Liveness, may_ask};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::sheet::ReleaseKey;
use crate::domain::succession::Successions;
use crate::domain::window::Window;
use crate::store::AskFilter;

use super::{Broker, BrokerError, DeliveryScope};

/// Most pairs of an ask and a period in one request: a year of an organisation's weekly asks.
const PLANS_MAX: usize = 500;

/// Homes looked at together.
const HOMES_READ: usize = 500;

/// Most homes looked through for one page: past that the page is short, and its cursor goes on.
const HOMES_LOOKED_THROUGH_MAX: usize = 5_000;

/// Most sheets read for the counts of one request: every home of England, for two periods.
const SUMMARY_SHEETS_MAX: usize = 50_000;

/// Of which homes, asks and periods to tell; every condition given must hold.
#[derive(Debug, Clone)]
pub struct CompletenessFilter {
    /// Whose asks, and which.
    pub scope: DeliveryScope,
    /// The periods; those that an ask is not asked for are passed over.
    pub periods: BTreeSet<Period>,
    /// Only of this home.
    pub home: Option<HomeId>,
    /// Only in one of these states; any if empty.
    pub states: BTreeSet<Completeness>,
}

/// Where a row stands: by ask, period and home.
pub type CompletenessPlace = (AskName, Period, HomeId);

/// How far one home is with one ask for one period.
#[derive(Debug, Clone)]
pub struct CompletenessRow {
    /// Of what and whom.
    pub place: CompletenessPlace,
    /// The state.
    pub state: Completeness,
    /// Fields wanted, in, declined.
    pub fields: FieldCounts,
    /// When the latest of what is in was given.
    pub last_received: Option<Timestamp>,
    /// When answers are taken.
    pub window: Window,
}

/// A page of rows.
#[derive(Debug, Clone, Default)]
pub struct CompletenessPage {
    /// The rows, by ask, period and home.
    pub rows: Vec<CompletenessRow>,
    /// The place after which to go on; none at the end.
    pub next: Option<CompletenessPlace>,
}

/// All homes of an ask for a period, counted.
#[derive(Debug, Clone)]
pub struct CompletenessSummary {
    /// The ask.
    pub ask: AskName,
    /// The period.
    pub period: Period,
    /// When answers are taken.
    pub window: Window,
    /// How many homes are in each state.
    pub homes: BTreeMap<Completeness, u64>,
    /// Fields of all homes together.
    pub fields: FieldCounts,
}

/// What an ask wants for a period.
struct Plan {
    ask: SharedAsk,
    period: Period,
    window: Window,
    fields: Vec<(FieldName, Reference)>,
    references: Vec<Reference>,
    /// The homes that the ask names, and those that came after one of them.
    named: BTreeSet<HomeId>,
    home_successions: Arc<Successions<HomeId>>,
    organisations: Arc<Successions<OrganisationId>>,
}

impl Plan {
    /// Whether a home has a form for the period.
    fn has_form(&self, home: &HomeId) -> bool {
        let organisations = Arc::clone(&self.organisations);
        Liveness::of(home, &self.home_successions, organisations).has_form(&self.period)
    }

    /// Whether the ask is on the form of a home for the period.
    fn is_asked_of(&self, home: &Home) -> bool {
        (self.ask.targets.include(home) || self.named.contains(&home.id)) && self.has_form(&home.id)
    }
}

/// What is in from a home.
#[derive(Default, Clone, Copy)]
struct Received {
    fields: FieldCounts,
    last: Option<Timestamp>,
}

impl Broker {
    /// How far each home is with each ask, by ask, period and home, at most `limit` rows after a
    /// place. A page may be short although there are more.
    ///
    /// # Errors
    /// If there is no such ask or organisation; too many asks and periods at once.
    pub async fn completeness(
        &self,
        filter: &CompletenessFilter,
        after: Option<&CompletenessPlace>,
        limit: usize,
    ) -> Result<CompletenessPage, BrokerError> {
        let plans = self.plans(filter).await?;
        let mut page = CompletenessPage::default();
        let mut looked_through = 0;
        let mut seen = after.cloned();
        for plan in plans {
            let of_plan = (plan.ask.name.clone(), plan.period);
            let mut from = None;
            if let Some((ask, period, home)) = after {
                match of_plan.cmp(&(ask.clone(), *period)) {
                    std::cmp::Ordering::Less => continue,
                    std::cmp::Ordering::Equal => from = Some(home.clone()),
                    std::cmp::Ordering::Greater => {}
                }
            }
            loop {
                let homes = self.homes_asked(&plan, filter, from.as_ref()).await?;
                let Some(last) = homes.last().cloned() else {
                    break;
                };
                for (home, received) in self.received(&plan, &homes).await? {
                    if page.rows.len() >= limit || looked_through >= HOMES_LOOKED_THROUGH_MAX {
                        page.next = seen;
                        return Ok(page);
                    }
                    looked_through += 1;
                    let row = self.row_of(&plan, home, received);
                    seen = Some(row.place.clone());
                    if filter.states.is_empty() || filter.states.contains(&row.state) {
                        page.rows.push(row);
                    }
                }
                from = Some(last);
                // A long search lets others have their turn.
                tokio::task::yield_now().await;
            }
        }
        Ok(page)
    }

    /// All homes counted, for each ask and period. A home from which nothing came costs next to
    /// nothing: it is counted without being looked at.
    ///
    /// # Errors
    /// As [`Broker::completeness`]; too much to count at once.
    pub async fn completeness_summaries(
        &self,
        filter: &CompletenessFilter,
    ) -> Result<Vec<CompletenessSummary>, BrokerError> {
        let mut summaries = Vec::new();
        let mut sheets = 0;
        for plan in self.plans(filter).await? {
            let mut summary = CompletenessSummary {
                ask: plan.ask.name.clone(),
                period: plan.period,
                window: plan.window,
                homes: BTreeMap::new(),
                fields: FieldCounts::default(),
            };
            let mut from = None;
            loop {
                let homes = self.homes_asked(&plan, filter, from.as_ref()).await?;
                let Some(last) = homes.last().cloned() else {
                    break;
                };
                for (home, received) in self.received(&plan, &homes).await? {
                    sheets += usize::from(received.fields.received > 0);
                    let row = self.row_of(&plan, home, received);
                    *summary.homes.entry(row.state).or_default() += 1;
                    summary.fields.wanted += row.fields.wanted;
                    summary.fields.received += row.fields.received;
                    summary.fields.declined += row.fields.declined;
                }
                if sheets > SUMMARY_SHEETS_MAX {
                    let message = "are too much to count at once; name fewer periods, or one ask";
                    return Err(Faults::one("periods", message).into());
                }
                from = Some(last);
                tokio::task::yield_now().await;
            }
            summaries.push(summary);
        }
        Ok(summaries)
    }

    /// What is asked, by ask and period.
    async fn plans(&self, filter: &CompletenessFilter) -> Result<Vec<Plan>, BrokerError> {
        self.check_delivery_scope(&filter.scope).await?;
        let asks = match &filter.scope {
            DeliveryScope::Ask(name) => vec![self.ask(name).await?.value],
            DeliveryScope::Organisation(organisation) => {
                let of_organisation = AskFilter {
                    organisation: Some(organisation.clone()),
                    ..AskFilter::default()
                };
                let asks = self.store.asks(&of_organisation, None, PLANS_MAX + 1);
                asks.await?.into_iter().map(|ask| ask.value).collect()
            }
        };
        let homes = self.store.home_successions().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        let mut plans = Vec::new();
        for ask in asks {
            let is_asked =
                |period: &&Period| may_ask(&organisations, &ask.name.organisation, period);
            let periods = filter.periods.iter().filter(is_asked);
            plans.extend(periods.filter_map(|period| plan(&ask, *period, &homes, &organisations)));
        }
        if plans.len() > PLANS_MAX {
            let message = format!("and asks are more than {PLANS_MAX} together; name fewer");
            return Err(Faults::one("periods", message).into());
        }
        Ok(plans)
    }

    /// The registered homes that an ask is asked of, in order, after one; some at a time, none at
    /// the end.
    async fn homes_asked(
        &self,
        plan: &Plan,
        filter: &CompletenessFilter,
        after: Option<&HomeId>,
    ) -> Result<Vec<HomeId>, BrokerError> {
        if let Some(only) = &filter.home {
            let home = self.store.home(only).await?;
            let home = home.filter(|home| after.is_none() && plan.is_asked_of(&home.value));
            return Ok(home.into_iter().map(|_| only.clone()).collect());
        }
        if plan.ask.targets.areas.is_empty() {
            let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
            let named = plan.named.range((from, std::ops::Bound::Unbounded));
            let named = named.filter(|home| plan.has_form(home));
            return Ok(named.take(HOMES_READ).cloned().collect());
        }
        let mut after = after.cloned();
        loop {
            let homes = self.store.homes(after.as_ref(), HOMES_READ).await?;
            let Some(last) = homes.last().map(|home| home.id.clone()) else {
                return Ok(Vec::new());
            };
            let asked = homes.iter().filter(|home| plan.is_asked_of(home));
            let asked: Vec<HomeId> = asked.map(|home| home.id.clone()).collect();
            if !asked.is_empty() {
                return Ok(asked);
            }
            after = Some(last);
            tokio::task::yield_now().await;
        }
    }

    /// What is in from each of some homes, in their order.
    async fn received(
        &self,
        plan: &Plan,
        homes: &[HomeId],
    ) -> Result<Vec<(HomeId, Received)>, BrokerError> {
        let ask = &plan.ask.name;
        let sheets = self
            .store
            .released_among(ask, homes, &plan.references)
            .await?;
        let mut all: BTreeMap<&HomeId, Received> = BTreeMap::new();
        for released in &sheets {
            let (home, reference) = (&released.home, &released.reference);
            let sheet = self.store.sheet(home, reference).await?.value;
            let received = all.entry(home).or_default();
            for (field, _) in plan.fields.iter().filter(|(_, at)| at == reference) {
                let key = ReleaseKey {
                    ask: ask.clone(),
                    period: plan.period,
                    field: field.clone(),
                };
                if let Some(release) = sheet.released(&key) {
                    let is_declined = matches!(release.answer.said, Said::Declined { .. });
                    received.fields.received += 1;
                    received.fields.declined += u64::from(is_declined);
                    received.last = received.last.max(Some(release.given_at));
                }
            }
        }
        let of = |home: &HomeId| {
            let found = all.get(home).copied().unwrap_or_default();
            (home.clone(), found)
        };
        Ok(homes.iter().map(of).collect())
    }

    fn row_of(&self, plan: &Plan, home: HomeId, received: Received) -> CompletenessRow {
        let fields = FieldCounts {
            wanted: plan.fields.len() as u64,
            ..received.fields
        };
        let now = self.now_in_london();
        CompletenessRow {
            place: (plan.ask.name.clone(), plan.period, home),
            state: fields.state(plan.window, now),
            fields,
            last_received: received.last,
            window: plan.window,
        }
    }
}

/// What an ask wants for a period; none if it is not asked for it.
fn plan(
    ask: &SharedAsk,
    period: Period,
    home_successions: &Arc<Successions<HomeId>>,
    organisations: &Arc<Successions<OrganisationId>>,
) -> Option<Plan> {
    if !ask.schedule.includes(&period) {
        return None;
    }
    let window = ask.window.window(&period).ok()?;
    let fields = wanted(ask, period, window);
    let fields: Vec<(FieldName, Reference)> =
        fields.map(|(field, at)| (field.name.clone(), at)).collect();
    let references: BTreeSet<Reference> = fields.iter().map(|(_, at)| *at).collect();
    Some(Plan {
        ask: SharedAsk::clone(ask),
        period,
        window,
        references: references.into_iter().collect(),
        fields,
        named: with_successors(&ask.targets.homes, home_successions),
        home_successions: Arc::clone(home_successions),
        organisations: Arc::clone(organisations),
    })
}

/// Homes, and those that came after them along whatever chain: what names a home goes on with the
/// one that was registered in its place.
fn with_successors(
    homes: &BTreeSet<HomeId>,
    successions: &Successions<HomeId>,
) -> BTreeSet<HomeId> {
    let mut all = homes.clone();
    let mut open: Vec<&HomeId> = homes.iter().collect();
    while let Some(home) = open.pop() {
        let after = successions.of(home);
        if let Some(successor) = after.and_then(|known| known.successor.as_ref())
            && all.insert(successor.clone())
        {
            open.push(successor);
        }
    }
    all
}
