//! How much homes are asked, what is put to them once asks are merged, and what they answered.
//!
//! What is asked and put is worked out once for each class of homes that are asked the same; only
//! what is answered is looked for home by home, and only in homes that answered something.

mod count;
mod needed;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::ask::{SharedAsk, Targets};
use crate::domain::fault::Faults;
use crate::domain::home::{ENGLAND, normalised_services};
use crate::domain::id::{AreaCode, AskName, HomeId, OrganisationId};
use crate::domain::known::Web;
use crate::domain::link::Links;
use crate::domain::liveness::{Liveness, may_ask};
use crate::domain::period::Period;
use crate::domain::template::Template;
use crate::store::HomeClass;

use self::count::{Answered, Counting, Seen};
use self::needed::Needed;
use super::{Broker, BrokerError};

/// How far back is counted where the caller does not say, in days: a month's forms are among them.
const COUNTED_DAYS: i64 = 30;

/// Longest stretch of time counted at once, in days.
const COUNTED_DAYS_MAX: i64 = 400;

/// Most asks read at once: those of a region.
const ASKS_MAX: usize = 5_000;

/// Most templates made at once, one for each class of homes and period: some seconds of merging.
const TEMPLATES_MAX: usize = 2_000;

/// Most sheets read at once: some seconds of reading.
const SHEETS_MAX: usize = 100_000;

/// Most sheets of one home looked at, the latest: five years of daily forms.
const SHEETS_OF_HOME_MAX: usize = 2_000;

/// What to count, and how; every condition given must hold.
#[derive(Debug, Clone)]
pub struct BurdenFilter {
    /// What a row is of.
    pub group: BurdenGroup,
    /// Only periods that share a day with this one or a later one.
    pub from: Option<Date>,
    /// Only periods that share a day with this one or an earlier one.
    pub until: Option<Date>,
    /// Only what this organisation asks.
    pub organisation: Option<OrganisationId>,
    /// Only of this home.
    pub home: Option<HomeId>,
    /// Only of homes that lie in this area.
    pub area: Option<AreaCode>,
    /// For a reader from this organisation: private asks of others are as if they were not, and only
    /// what was released to its own is answered. None: with all.
    pub reader: Option<OrganisationId>,
    /// By the form that the home saw when it last sent answers, instead of by today's asks.
    pub is_as_of_then: bool,
}

/// What a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BurdenGroup {
    /// An organisation that asks.
    Organisation,
    /// A home.
    Home,
    /// A council's area.
    Council,
    /// The area of an integrated care board.
    Icb,
    /// A period.
    Period,
}

/// How much homes are asked, and what that comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BurdenCounts {
    /// Forms.
    pub forms: u64,
    /// Fields of asks.
    pub asked: u64,
    /// Questions put.
    pub put: u64,
    /// Questions answered, or declined.
    pub answered: u64,
    /// Questions put that serve more than one organisation.
    pub shared: u64,
    /// Questions put that the home has to answer itself, once all that it is asked is answered.
    pub to_answer: u64,
    /// Questions put that are offered then, to be confirmed.
    pub to_confirm: u64,
    /// Questions put that are worked out then.
    pub to_work_out: u64,
    /// Questions put that the register answers.
    pub registered: u64,
    /// Questions answered, or declined, by the home itself.
    pub typed: u64,
    /// Questions answered by saying that what was offered is right.
    pub confirmed: u64,
    /// Questions answered by what was worked out, or by the register, without the home's looking.
    pub worked_out: u64,
}

impl BurdenCounts {
    /// Fields for which nothing need be put.
    #[must_use]
    pub fn saved(&self) -> u64 {
        self.asked.saturating_sub(self.put)
    }

    fn add(&mut self, other: &Self) {
        self.forms += other.forms;
        self.asked += other.asked;
        self.put += other.put;
        self.answered += other.answered;
        self.shared += other.shared;
        self.to_answer += other.to_answer;
        self.to_confirm += other.to_confirm;
        self.to_work_out += other.to_work_out;
        self.registered += other.registered;
        self.typed += other.typed;
        self.confirmed += other.confirmed;
        self.worked_out += other.worked_out;
    }
}

/// Counts by group, and altogether.
#[derive(Debug, Clone, Default)]
pub struct Burden {
    /// The groups, by name; the empty name for homes without such an area.
    pub rows: Vec<(String, BurdenCounts)>,
    /// Altogether: each form once, whatever the groups.
    pub total: BurdenCounts,
}

impl Broker {
    /// Counts what homes are asked, what is put to them, and what they answered.
    ///
    /// # Errors
    /// A stretch of time that is too long; more than is counted at once.
    pub async fn burden(&self, filter: &BurdenFilter) -> Result<Burden, BrokerError> {
        let (first, last) = self.counted_days(filter)?;
        let classes = self
            .store
            .home_classes(&targets(filter), first, last)
            .await?;
        let mut asks = self.asks_of_classes(&classes).await?;
        let links = self.store.links().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let web = Web::of(&dictionary, &links);
        let is_private = |ask: &&SharedAsk| ask.raw.private;
        let private = asks.values().filter(is_private);
        let mut counting = Counting::new(filter, private.map(|ask| ask.name.clone()).collect());
        let mut needed = Needed::new(&dictionary, &links, &web);
        let mut templates = 0;
        let mut sheets = 0;
        for class in &classes {
            let own = class.asks.iter().filter_map(|name| asks.get(name).cloned());
            let own: Vec<SharedAsk> = own.collect();
            let periods = periods_of(&own, filter, first, last);
            templates += periods.len();
            if templates > TEMPLATES_MAX {
                return Err(too_much("different forms", TEMPLATES_MAX).into());
            }
            let services = normalised_services(&class.services);
            needed.of_class(&own, &services);
            let mut forms = BTreeMap::new();
            for period in periods {
                let mut live = own.clone();
                live.retain(|ask| may_ask(&organisations, &ask.name.organisation, &period));
                let template = self.template_of(period, &live, &services, &links);
                forms.insert(period, template.await?);
                tokio::task::yield_now().await;
            }
            for home in &class.homes {
                let Some(home) = self.store.home(home).await? else {
                    continue;
                };
                let forms = own_forms(&forms, &self.liveness(&home.value.id).await?);
                let seen = self.seen(&home.value.id, &forms, filter, &mut sheets, &links);
                let seen = seen.await?;
                if filter.reader.is_some() {
                    for name in self.private_then(&seen, &mut asks).await? {
                        counting.keep_private(name);
                    }
                }
                counting.add(&home.value, &forms, &seen, &mut needed);
                if sheets > SHEETS_MAX {
                    return Err(too_much("answered dates and spans", SHEETS_MAX).into());
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(counting.finish())
    }

    fn counted_days(&self, filter: &BurdenFilter) -> Result<(Date, Date), Faults> {
        let last = filter.until.unwrap_or_else(|| self.now_in_london().date());
        let first = filter
            .from
            .unwrap_or_else(|| last.saturating_sub(COUNTED_DAYS.days()));
        if last < first {
            return Err(Faults::one("until", "lies before from"));
        }
        if first.saturating_add(COUNTED_DAYS_MAX.days()) < last {
            let message = format!("lies more than {COUNTED_DAYS_MAX} days after from");
            return Err(Faults::one("until", message));
        }
        Ok((first, last))
    }

    async fn asks_of_classes(
        &self,
        classes: &[HomeClass],
    ) -> Result<HashMap<AskName, SharedAsk>, BrokerError> {
        let names: BTreeSet<&AskName> = classes.iter().flat_map(|class| &class.asks).collect();
        if names.len() > ASKS_MAX {
            return Err(too_much("asks", ASKS_MAX).into());
        }
        let mut asks = HashMap::new();
        for name in names {
            if let Some(ask) = self.store.ask(name).await? {
                asks.insert(name.clone(), ask.value);
            }
        }
        Ok(asks)
    }

    /// The private asks on forms as the home saw them: one that was taken back since, or is asked
    /// for other days by now, is not among those of today.
    async fn private_then(
        &self,
        seen: &Seen,
        asks: &mut HashMap<AskName, SharedAsk>,
    ) -> Result<Vec<AskName>, BrokerError> {
        let mut private = Vec::new();
        let forms = seen.then.values().map(|(template, _)| template);
        for own in forms.flat_map(|template| &template.body().asks) {
            if !asks.contains_key(&own.name)
                && let Some(ask) = self.store.ask(&own.name).await?
            {
                if ask.value.raw.private {
                    private.push(own.name.clone());
                }
                asks.insert(own.name.clone(), ask.value);
            }
        }
        Ok(private)
    }

    /// What a home answered of these forms. A home that never answered anything costs no reading.
    async fn seen(
        &self,
        home: &HomeId,
        forms: &BTreeMap<Period, Arc<Template>>,
        filter: &BurdenFilter,
        sheets: &mut usize,
        links: &Links,
    ) -> Result<Seen, BrokerError> {
        let mut seen = Seen::default();
        // Of a predecessor's asks, a reader counts what was released to those.
        let whose = filter.reader.as_ref();
        let whose = whose.map(|reader| filter.organisation.as_ref().unwrap_or(reader));
        let answered = self.store.sheets_of_home(home, SHEETS_OF_HOME_MAX).await?;
        if answered.is_empty() || forms.is_empty() {
            return Ok(seen);
        }
        let wanted: BTreeSet<_> = forms
            .values()
            .flat_map(|form| form.entries().iter().map(|entry| entry.reference))
            .collect();
        for found in answered {
            if !filter.is_as_of_then && !wanted.contains(&found.reference) {
                continue;
            }
            *sheets += 1;
            let sheet = self.store.sheet(home, &found.reference).await?.value;
            seen.add(found.reference, sheet);
        }
        if filter.is_as_of_then {
            for period in forms.keys() {
                if let Some(digest) = seen.template_of(*period)
                    && let Some(template) = self.store.template(&digest).await?
                {
                    let answered = Answered::released(&template, &seen, whose);
                    seen.then.insert(*period, (template, answered));
                }
            }
        }
        for (period, form) in forms {
            if !seen.then.contains_key(period) {
                let answered = match whose {
                    Some(whose) => Answered::released(form, &seen, Some(whose)),
                    None => Answered::now(form, &seen, links),
                };
                seen.now.insert(*period, answered);
            }
        }
        Ok(seen)
    }
}

fn targets(filter: &BurdenFilter) -> Targets {
    match (&filter.home, &filter.area) {
        (Some(home), None) => Targets {
            homes: BTreeSet::from([home.clone()]),
            ..Targets::default()
        },
        (_, area) => {
            let england = || ENGLAND.parse().expect("England has a GSS code");
            Targets {
                areas: BTreeSet::from([area.clone().unwrap_or_else(england)]),
                ..Targets::default()
            }
        }
    }
}

/// The forms of a class that a home of it has: not those of periods after it was closed, or before
/// it was registered anew.
fn own_forms<'a>(
    forms: &'a BTreeMap<Period, Arc<Template>>,
    liveness: &Liveness,
) -> Cow<'a, BTreeMap<Period, Arc<Template>>> {
    if liveness.is_unbroken() {
        return Cow::Borrowed(forms);
    }
    let mut own = forms.clone();
    own.retain(|period, _| liveness.has_form(period));
    Cow::Owned(own)
}

/// The periods for which a home is asked something that is to be counted.
fn periods_of(
    asks: &[SharedAsk],
    filter: &BurdenFilter,
    first: Date,
    last: Date,
) -> BTreeSet<Period> {
    let is_wanted = |ask: &&SharedAsk| {
        let organisation = filter.organisation.as_ref();
        organisation.is_none_or(|only| ask.name.organisation == *only)
    };
    let wanted = asks.iter().filter(is_wanted);
    wanted
        .flat_map(|ask| ask.schedule.periods_between(first, last))
        .collect()
}

fn too_much(what: &str, max: usize) -> Faults {
    let message = format!("{what} are more than {max}; count a smaller area or fewer days at once");
    Faults::one("", message)
}
