//! How far each home is with an ask: from what was released to it, without making forms.

mod received;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::ask::SharedAsk;
use crate::domain::completeness::{Completeness, FieldCounts, wanted};
use crate::domain::fault::Faults;
use crate::domain::home::Home;
use crate::domain::id::{AskName, HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::liveness::{Liveness, may_ask};
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::succession::Successions;
use crate::domain::window::Window;
use crate::store::AskFilter;

use self::received::HomeState;
use super::{Broker, BrokerError, DeliveryScope};

/// Most pairs of an ask and a period in one request: a year of an organisation's weekly asks.
const PLANS_MAX: usize = 500;

/// How many asks of an organisation are read at a time.
const ASKS_READ: usize = 100;

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
    /// The fields, by place in the ask, and what each speaks of.
    fields: Vec<(usize, Reference)>,
    references: Vec<Reference>,
    /// Whether the ask was taken back.
    is_withdrawn: bool,
    known: Known,
    /// The homes that the ask names, and those that came after one of them.
    named: BTreeSet<HomeId>,
}

/// What the store knows beside the asks, read once for all plans.
#[derive(Clone)]
struct Known {
    links: Arc<Links>,
    homes: Arc<Successions<HomeId>>,
    organisations: Arc<Successions<OrganisationId>>,
}

impl Plan {
    /// Whether a home has a form for the period.
    fn has_form(&self, home: &HomeId) -> bool {
        let organisations = Arc::clone(&self.known.organisations);
        Liveness::of(home, &self.known.homes, organisations).has_form(&self.period)
    }

    /// Whether the ask is on the form of a home for the period.
    fn is_asked_of(&self, home: &Home) -> bool {
        (self.ask.targets.include(home) || self.named.contains(&home.id)) && self.has_form(&home.id)
    }
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
                for (home, found) in self.states_of(&plan, &homes).await? {
                    if page.rows.len() >= limit || looked_through >= HOMES_LOOKED_THROUGH_MAX {
                        page.next = seen;
                        return Ok(page);
                    }
                    looked_through += 1;
                    let place = (plan.ask.name.clone(), plan.period, home);
                    seen = Some(place.clone());
                    let Some(row) = self.row_of(&plan, place, found) else {
                        continue;
                    };
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
                for (home, found) in self.states_of(&plan, &homes).await? {
                    sheets += usize::from(found.last.is_some());
                    let place = (plan.ask.name.clone(), plan.period, home);
                    let Some(row) = self.row_of(&plan, place, found) else {
                        continue;
                    };
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
                self.asks_for(organisation, &filter.periods).await?
            }
        };
        let known = Known {
            links: self.store.links().await?.value,
            homes: self.store.home_successions().await?.value,
            organisations: self.store.organisation_successions().await?.value,
        };
        let mut plans = Vec::new();
        for ask in asks {
            let is_withdrawn = self.store.withdrawal(&ask.name).await?.is_some();
            let is_asked =
                |period: &&Period| may_ask(&known.organisations, &ask.name.organisation, period);
            let periods = filter.periods.iter().filter(is_asked);
            plans.extend(periods.filter_map(|period| plan(&ask, *period, is_withdrawn, &known)));
        }
        if plans.len() > PLANS_MAX {
            let message = format!("and asks are more than {PLANS_MAX} together; name fewer");
            return Err(Faults::one("periods", message).into());
        }
        Ok(plans)
    }

    /// What an organisation asks for some periods, and no more than is counted at once by one: what
    /// it asked in other years is passed over, however much it is.
    async fn asks_for(
        &self,
        organisation: &OrganisationId,
        periods: &BTreeSet<Period>,
    ) -> Result<Vec<SharedAsk>, BrokerError> {
        let first = periods.iter().map(|period| period.start()).min();
        let last = periods.iter().map(|period| period.last_day()).max();
        let of_organisation = AskFilter {
            organisation: Some(organisation.clone()),
            days: first.zip(last),
            ..AskFilter::default()
        };
        let mut wanted: Vec<SharedAsk> = Vec::new();
        let mut after: Option<AskName> = None;
        loop {
            let asks = self.store.asks(&of_organisation, after.as_ref(), ASKS_READ);
            let asks = asks.await?;
            let Some(last) = asks.last() else {
                return Ok(wanted);
            };
            after = Some(last.value.name.clone());
            let is_for = |ask: &SharedAsk| periods.iter().any(|own| ask.schedule.includes(own));
            wanted.extend(asks.into_iter().map(|ask| ask.value).filter(is_for));
            if wanted.len() > PLANS_MAX {
                return Ok(wanted);
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
        }
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

    /// None for a home of which the ask wants nothing for the period.
    fn row_of(
        &self,
        plan: &Plan,
        place: CompletenessPlace,
        found: HomeState,
    ) -> Option<CompletenessRow> {
        let HomeState {
            fields,
            last,
            is_filed,
        } = found;
        let home = &place.2;
        let today = self.now_in_london().date();
        let is_over = plan.is_withdrawn || plan.known.homes.has_ended(home, today);
        (fields.wanted > 0).then(|| CompletenessRow {
            state: if is_filed {
                Completeness::Filed
            } else {
                self.state_of(plan, fields, is_over)
            },
            place,
            fields,
            last_received: last,
            window: plan.window,
        })
    }

    /// The state of a home that has not filed the ask elsewhere. `is_over` says that nothing more is
    /// wanted of it.
    fn state_of(&self, plan: &Plan, fields: FieldCounts, is_over: bool) -> Completeness {
        let is_filed_elsewhere = !plan.ask.raw.filed_elsewhere.is_empty();
        // What was sent before an ask was to be filed elsewhere does not file it.
        let sent = if is_filed_elsewhere {
            FieldCounts {
                wanted: fields.wanted,
                ..FieldCounts::default()
            }
        } else {
            fields
        };
        let state = sent.state(plan.window, self.now_in_london());
        match state {
            Completeness::Done | Completeness::Declined => state,
            _ if is_over => Completeness::Closed,
            _ => state,
        }
    }
}

/// What an ask wants for a period; none if it is not asked for it.
fn plan(ask: &SharedAsk, period: Period, is_withdrawn: bool, known: &Known) -> Option<Plan> {
    if !ask.schedule.includes(&period) {
        return None;
    }
    let window = ask.window.window(&period).ok()?;
    let fields: Vec<(usize, Reference)> = wanted(ask, period, window).collect();
    let references: BTreeSet<Reference> = fields.iter().map(|(_, at)| *at).collect();
    Some(Plan {
        ask: SharedAsk::clone(ask),
        period,
        window,
        references: references.into_iter().collect(),
        fields,
        is_withdrawn,
        known: known.clone(),
        named: with_successors(&ask.targets.homes, &known.homes),
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
