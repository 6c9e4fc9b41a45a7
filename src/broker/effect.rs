//! What a decision would change, counted: asks, bodies, homes, the forms that are open, and the
//! questions that homes would answer once instead of twice.
//!
//! Nothing is read of any home's answers. What stands today of some questions is read once, for as
//! many decisions as are weighed together; then homes count by classes of those that are asked the
//! same, as in a preview.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::ToSpan;

use crate::domain::ask::{AskState, SharedAsk, Targets};
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::home::normalised_services;
use crate::domain::id::AskName;
use crate::domain::link::{Links, Verdict};
use crate::domain::liveness::may_ask;
use crate::domain::period::{Cadence, Period};
use crate::domain::reference::Reference;
use crate::domain::template::puts;
use crate::store::AskFilter;

use super::{Broker, BrokerError};

/// Most asks that are read for the effect of decisions that are weighed together: every body of
/// England with some ten of them. Past that, counts are of those that were read.
const ASKS_READ_MAX: usize = 5_000;

/// Asks read at a time, before others have their turn.
const ASKS_AT_A_TIME: usize = 250;

/// How far from today the periods of open forms lie, in days: as far as forms are listed.
const OPEN_WITHIN_DAYS: i64 = 45;

/// What a decision changes, or concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Asks in force that ask a question of either side.
    pub asks: u32,
    /// Bodies whose asks they are.
    pub organisations: u32,
    /// Homes that are asked one of the questions, for the present period of an ask or on a form that
    /// is open.
    pub homes: u64,
    /// The forms that are open today and would be otherwise, by period: of how many homes.
    pub open_forms: BTreeMap<Period, u64>,
    /// The entries of the present periods that would become one with another, or stand apart again:
    /// of how many homes.
    pub entries: BTreeMap<(Period, Reference), u64>,
    /// Whether more ask these questions than are looked at: then every count is of those only.
    pub is_partial: bool,
}

impl Effect {
    /// How many questions fewer (or more) there are, counted once a home.
    #[must_use]
    pub fn questions(&self) -> u64 {
        self.entries.values().sum()
    }
}

/// What stands today of some questions: who asks them, of which homes, on which forms.
#[derive(Debug, Default)]
pub struct AskedToday {
    asks: Vec<Standing>,
    /// The asks that ask each question, by place.
    by_question: HashMap<QuestionId, BTreeSet<usize>>,
    classes: Vec<AskedClass>,
    is_partial: bool,
}

/// An ask, with what it puts on the forms of today.
#[derive(Debug)]
struct Standing {
    ask: SharedAsk,
    /// On the form of its present period.
    present: Option<Period>,
    /// Its periods whose windows are open.
    open: BTreeSet<Period>,
    /// What it puts for each of these periods.
    puts: BTreeMap<Period, Vec<OnForm>>,
}

/// A field on a form.
#[derive(Debug)]
struct OnForm {
    /// Its place in its ask.
    field: usize,
    question: QuestionId,
    reference: Reference,
}

/// Homes that are asked the same of it.
#[derive(Debug)]
struct AskedClass {
    homes: u64,
    services: BTreeSet<String>,
    /// By place.
    asks: BTreeSet<usize>,
}

impl Broker {
    /// What stands today of questions: read once, it gives the effect of any decision between them.
    ///
    /// # Errors
    /// As the store says.
    pub async fn asked_today(
        &self,
        questions: &BTreeSet<QuestionId>,
    ) -> Result<AskedToday, BrokerError> {
        let mut asked = AskedToday::default();
        if questions.is_empty() {
            return Ok(asked);
        }
        let filter = AskFilter {
            questions: Some(questions.iter().copied().collect()),
            ..AskFilter::default()
        };
        let organisations = self.store.organisation_successions().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let now = self.now_in_london();
        let may = |ask: &SharedAsk, period: &Period| {
            may_ask(&organisations, &ask.name.organisation, period)
        };
        let mut after: Option<AskName> = None;
        let mut read = 0;
        loop {
            let some = self.store.asks(&filter, after.as_ref(), ASKS_AT_A_TIME);
            let some = some.await?;
            let Some(last) = some.last() else { break };
            if read >= ASKS_READ_MAX {
                asked.is_partial = true;
                break;
            }
            read += some.len();
            after = Some(last.value.name.clone());
            for ask in some {
                if ask.value.state_on(now.date()) != AskState::Expired {
                    let standing = Standing::of(&ask.value, now, &may, &dictionary, questions);
                    asked.add(standing);
                }
            }
            tokio::task::yield_now().await;
        }
        asked.classes = self.asked_classes(&asked.asks).await?;
        Ok(asked)
    }

    /// The homes of these asks, in classes of those that are asked the same of them.
    async fn asked_classes(&self, asks: &[Standing]) -> Result<Vec<AskedClass>, BrokerError> {
        let mut targets = Targets::default();
        for standing in asks {
            targets.homes.extend(standing.ask.targets.homes.clone());
            targets.areas.extend(standing.ask.targets.areas.clone());
        }
        let days = asks.iter().map(|standing| standing.ask.schedule.days());
        let days = days.reduce(|all, own| (all.0.min(own.0), all.1.max(own.1)));
        let Some(days) = days else {
            return Ok(Vec::new());
        };
        let today = Cadence::Daily.period_of(self.now_in_london().date());
        let places: HashMap<&AskName, usize> = asks
            .iter()
            .enumerate()
            .map(|(place, standing)| (&standing.ask.name, place))
            .collect();
        let mut classes: BTreeMap<(BTreeSet<String>, BTreeSet<usize>), u64> = BTreeMap::new();
        for class in self.live_classes(&targets, &today, days).await? {
            let own = class.asks.iter();
            let own: BTreeSet<usize> = own.filter_map(|name| places.get(name)).copied().collect();
            if !own.is_empty() {
                let services = normalised_services(&class.services);
                *classes.entry((services, own)).or_default() += class.homes.len() as u64;
            }
        }
        let class = |((services, asks), homes)| AskedClass {
            homes,
            services,
            asks,
        };
        Ok(classes.into_iter().map(class).collect())
    }
}

impl Standing {
    fn of(
        ask: &SharedAsk,
        now: jiff::civil::DateTime,
        may: &impl Fn(&SharedAsk, &Period) -> bool,
        dictionary: &Dictionary,
        questions: &BTreeSet<QuestionId>,
    ) -> Self {
        let today = now.date();
        let present = ask.period_from(today);
        let present = present.filter(|own| today <= own.last_day() && may(ask, own));
        let span = OPEN_WITHIN_DAYS.days();
        let (first, last) = (today.saturating_sub(span), today.saturating_add(span));
        let near = ask.schedule.periods_between(first, last).into_iter();
        let is_open = |period: &Period| {
            let window = ask.window.window(period);
            window.is_ok_and(|window| window.contains(now)) && may(ask, period)
        };
        let open: BTreeSet<Period> = near.filter(is_open).collect();
        // By meaning alone: what is one by decision is what is weighed.
        let links = Links::default();
        let on_forms = |period: &Period| {
            let put = puts(ask, *period, dictionary, &links).into_iter();
            let own = put.map(|put| OnForm {
                field: put.field,
                question: ask.fields[put.field].question,
                reference: put.reference,
            });
            own.filter(|own| questions.contains(&own.question))
                .collect()
        };
        let periods: BTreeSet<Period> = open.iter().copied().chain(present).collect();
        Self {
            puts: periods.iter().map(|own| (*own, on_forms(own))).collect(),
            ask: ask.clone(),
            present,
            open,
        }
    }
}

impl AskedToday {
    fn add(&mut self, standing: Standing) {
        let place = self.asks.len();
        for own in &standing.ask.fields {
            self.by_question
                .entry(own.question)
                .or_default()
                .insert(place);
        }
        self.asks.push(standing);
    }

    /// What a decision changes between questions that are one already on either side: only *same*
    /// joins them, so that anything else changes no form.
    #[must_use]
    pub fn effect(
        &self,
        verdict: Verdict,
        a: &BTreeSet<QuestionId>,
        b: &BTreeSet<QuestionId>,
    ) -> Effect {
        let joins = verdict == Verdict::Same && a.is_disjoint(b);
        let sides = [a, b];
        let asking = sides.into_iter().flatten();
        let asking = asking.filter_map(|question| self.by_question.get(question));
        let asking: BTreeSet<usize> = asking.flatten().copied().collect();
        let organisations: BTreeSet<_> = asking
            .iter()
            .map(|place| &self.asks[*place].ask.name.organisation)
            .collect();
        let mut effect = Effect {
            asks: count(asking.len()),
            organisations: count(organisations.len()),
            is_partial: self.is_partial,
            ..Effect::default()
        };
        for class in &self.classes {
            let asked: Vec<&Standing> = class
                .asks
                .intersection(&asking)
                .map(|place| &self.asks[*place])
                .collect();
            if !asked.is_empty() {
                effect.add(class, &asked, sides, joins);
            }
        }
        effect
    }
}

impl Effect {
    fn add(
        &mut self,
        class: &AskedClass,
        asked: &[&Standing],
        [a, b]: [&BTreeSet<QuestionId>; 2],
        joins: bool,
    ) {
        let mut open = BTreeSet::new();
        let mut present: [BTreeSet<(Period, Reference)>; 2] = Default::default();
        let mut is_asked = false;
        for standing in asked {
            for (period, puts) in &standing.puts {
                for put in puts {
                    let is_of = [a.contains(&put.question), b.contains(&put.question)];
                    let field = &standing.ask.fields[put.field].field;
                    if !(is_of[0] || is_of[1]) || !field.is_of(&class.services) {
                        continue;
                    }
                    is_asked = true;
                    if standing.open.contains(period) {
                        open.insert(*period);
                    }
                    for (side, is_of) in present.iter_mut().zip(is_of) {
                        if is_of && standing.present == Some(*period) {
                            side.insert((*period, put.reference));
                        }
                    }
                }
            }
        }
        if is_asked {
            self.homes += class.homes;
        }
        if !joins {
            return;
        }
        for period in open {
            *self.open_forms.entry(period).or_default() += class.homes;
        }
        let [of_a, of_b] = &present;
        for entry in of_a.intersection(of_b) {
            *self.entries.entry(*entry).or_default() += class.homes;
        }
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
