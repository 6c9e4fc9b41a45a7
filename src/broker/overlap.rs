//! How much organisations ask the same, two by two.
//!
//! It is worked out from who asks which question, as the index has it, and from classes of homes
//! that are asked the same; asks are read only where something is asked of them that the index does
//! not know. What was worked out last is kept by the state of the ledger that it was worked out of, so
//! that the pages of a list are cut from one piece of work.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use quick_cache::sync::Cache;

use crate::domain::ask::Targets;
use crate::domain::digest::QuestionId;
use crate::domain::fault::Faults;
use crate::domain::home::ENGLAND;
use crate::domain::id::{AreaCode, AskName, ElementId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::period::{Cadence, Period};
use crate::store::HomeClass;

use super::demands::with_predecessors;
use super::{Broker, BrokerError};

/// Most asks compared at once: a region's, ten times over.
const ASKS_MAX: usize = 50_000;

/// Most asks read at once, for a period or for what is private: some seconds of reading.
const ASKS_READ_MAX: usize = 5_000;

/// Asks looked at before others have their turn.
const ASKS_AT_A_TIME: usize = 500;

/// How many overlaps are kept, least used first out: those whose pages are read at once, of some
/// megabytes each for a whole region.
const OVERLAPS_CACHED: usize = 8;

/// Questions of a pair that are named.
const SAMPLE_MAX: usize = 20;

/// Which organisations to compare, and where; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct OverlapFilter {
    /// Only pairs that this organisation is in.
    pub organisation: Option<OrganisationId>,
    /// Only what is asked of homes that lie in this area.
    pub area: Option<AreaCode>,
    /// Only asks that are asked for this period, of homes that have a form for it. None: those of
    /// bodies and homes that are there today, and that have not expired.
    pub period: Option<Period>,
    /// For a reader from this organisation: without the private asks of others, but for those that
    /// it came after. None: with all.
    pub reader: Option<OrganisationId>,
}

/// What organisations ask, and what they have in common.
#[derive(Debug, Clone, Default)]
pub struct Overlap {
    /// What each asks by itself, by its id.
    pub organisations: Vec<(OrganisationId, Asked)>,
    /// Pairs that have a question in common, by their ids.
    pub pairs: Vec<OverlapPair>,
}

/// How much is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// How many questions.
    pub questions: u32,
    /// Of how many homes.
    pub homes: u32,
}

/// What two organisations both ask.
#[derive(Debug, Clone)]
pub struct OverlapPair {
    /// The two, in order.
    pub organisations: (OrganisationId, OrganisationId),
    /// Questions that both ask, and homes of whom both ask one of them.
    pub asked: Asked,
    /// Some of the questions, each with its element.
    pub sample: Vec<(QuestionId, Option<ElementId>)>,
}

/// All that an overlap follows from: what is wanted, the day in London, and the ledger up to a
/// sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct OverlapKey {
    filter: OverlapFilter,
    today: Date,
    seen: u64,
}

/// The overlaps that were worked out last.
pub(super) struct Overlaps(Cache<OverlapKey, Arc<Overlap>>);

impl Overlaps {
    pub(super) fn new() -> Self {
        Self(Cache::new(OVERLAPS_CACHED))
    }
}

/// Who asks what, by numbers.
#[derive(Default)]
struct Compared {
    organisations: Vec<OrganisationId>,
    questions: Vec<QuestionId>,
    /// Of each ask, its organisation and its questions.
    asks: HashMap<AskName, (u32, Vec<u32>)>,
}

/// What a pair has in common.
#[derive(Default)]
struct Common {
    questions: BTreeSet<u32>,
    homes: u32,
}

impl Broker {
    /// What organisations ask, and what they have in common.
    ///
    /// # Errors
    /// More asks than are compared at once.
    pub async fn overlap(&self, filter: &OverlapFilter) -> Result<Arc<Overlap>, BrokerError> {
        let key = OverlapKey {
            filter: filter.clone(),
            today: self.now_in_london().date(),
            // What is read after this may be later, and nobody asks for an earlier state again.
            seen: *self.changes().borrow(),
        };
        if let Some(known) = self.overlaps.0.get(&key) {
            return Ok(known);
        }
        let found = Arc::new(self.compare(filter).await?);
        self.overlaps.0.insert(key, Arc::clone(&found));
        Ok(found)
    }

    async fn compare(&self, filter: &OverlapFilter) -> Result<Overlap, BrokerError> {
        let england = || ENGLAND.parse().expect("England has a GSS code");
        let area = filter.area.clone().unwrap_or_else(england);
        let targets = Targets {
            areas: BTreeSet::from([area]),
            ..Targets::default()
        };
        let today = || Cadence::Daily.period_of(self.now_in_london().date());
        let period = filter.period.unwrap_or_else(today);
        // Where no period is named, what is asked for any period is compared.
        let days = filter.period.map(|own| (own.start(), own.last_day()));
        let days = days.unwrap_or((Date::MIN, Date::MAX));
        let classes = self.live_classes(&targets, &period, days).await?;
        let compared = self.compared(filter, &classes).await?;
        let common = common(filter, &compared, &classes).await;
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let element = |question: &QuestionId| {
            let members = links.members(question).into_iter();
            let mut elements = members.filter_map(|q| Some(dictionary.element_of(&q)?.id.clone()));
            elements.next()
        };
        let pair = |((one, other), common): ((u32, u32), Common)| {
            let questions = common.questions.iter();
            let questions = questions.map(|q| compared.questions[*q as usize]);
            let mut sample: Vec<QuestionId> = questions.collect();
            sample.sort_unstable();
            sample.truncate(SAMPLE_MAX);
            let name = |number: u32| compared.organisations[number as usize].clone();
            OverlapPair {
                organisations: (name(one), name(other)),
                asked: Asked {
                    questions: count(common.questions.len()),
                    homes: common.homes,
                },
                sample: sample.into_iter().map(|q| (q, element(&q))).collect(),
            }
        };
        let mut pairs: Vec<OverlapPair> = common.into_iter().map(pair).collect();
        pairs.sort_by(|one, other| one.organisations.cmp(&other.organisations));
        let mut organisations = alone(filter, &compared, &classes);
        organisations.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Overlap {
            organisations,
            pairs,
        })
    }

    async fn compared(
        &self,
        filter: &OverlapFilter,
        classes: &[HomeClass],
    ) -> Result<Compared, BrokerError> {
        let names: BTreeSet<&AskName> = classes.iter().flat_map(|class| &class.asks).collect();
        if names.len() > ASKS_MAX {
            return Err(too_many("area", ASKS_MAX).into());
        }
        let names: Vec<AskName> = names.into_iter().cloned().collect();
        let links = self.store.links().await?.value;
        let today = self.now_in_london().date();
        let mut compared = Compared::default();
        let mut known = Numbers::default();
        for some in names.chunks(ASKS_AT_A_TIME) {
            let asked = self.store.asked_questions(some).await?;
            let expiries = self.store.expiries(some).await?;
            for ((name, questions), expiry) in some.iter().zip(asked).zip(expiries) {
                // For which period an ask is asked says by itself whether it has expired for that.
                let is_expired = expiry.is_some_and(|last| last < today);
                if filter.period.is_some() || !is_expired {
                    known.add(&mut compared, &links, name, &questions);
                }
            }
            tokio::task::yield_now().await;
        }
        self.leave_out(filter, &mut compared).await?;
        Ok(compared)
    }

    /// Leaves out asks of other periods, and what is private to others.
    async fn leave_out(
        &self,
        filter: &OverlapFilter,
        compared: &mut Compared,
    ) -> Result<(), BrokerError> {
        if filter.period.is_none() && filter.reader.is_none() {
            return Ok(());
        }
        if let Some(reader) = &filter.reader {
            // What shares no question with the reader's own is in no pair that it may see.
            let own = compared
                .asks
                .iter()
                .filter(|(name, _)| name.organisation == *reader);
            let own: BTreeSet<u32> = own
                .flat_map(|(_, (_, questions))| questions.clone())
                .collect();
            compared
                .asks
                .retain(|_, (_, questions)| questions.iter().any(|q| own.contains(q)));
        }
        if compared.asks.len() > ASKS_READ_MAX {
            return Err(too_many("period", ASKS_READ_MAX).into());
        }
        let organisations = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        let told = filter.reader.as_ref();
        let told = told.map(|reader| with_predecessors(reader, &organisations, today));
        let names: Vec<AskName> = compared.asks.keys().cloned().collect();
        for name in names {
            let ask = self.store.ask(&name).await?.map(|ask| ask.value);
            let is_wanted = ask.is_some_and(|ask| {
                let is_own = |told: &BTreeSet<_>| told.contains(&name.organisation);
                (!ask.raw.private || told.as_ref().is_none_or(is_own))
                    && filter
                        .period
                        .is_none_or(|period| ask.schedule.includes(&period))
            });
            if !is_wanted {
                compared.asks.remove(&name);
            }
        }
        Ok(())
    }
}

/// The numbers given out.
#[derive(Default)]
struct Numbers {
    organisations: HashMap<OrganisationId, u32>,
    questions: HashMap<QuestionId, u32>,
}

impl Numbers {
    fn add(&mut self, to: &mut Compared, links: &Links, name: &AskName, asked: &[QuestionId]) {
        let organisation = *self
            .organisations
            .entry(name.organisation.clone())
            .or_insert_with(|| {
                to.organisations.push(name.organisation.clone());
                count(to.organisations.len() - 1)
            });
        let questions: BTreeSet<u32> = asked
            .iter()
            .map(|question| {
                let question = links.representative(question);
                *self.questions.entry(question).or_insert_with(|| {
                    to.questions.push(question);
                    count(to.questions.len() - 1)
                })
            })
            .collect();
        let asked = (organisation, questions.into_iter().collect());
        to.asks.insert(name.clone(), asked);
    }
}

/// What each pair has in common.
async fn common(
    filter: &OverlapFilter,
    compared: &Compared,
    classes: &[HomeClass],
) -> BTreeMap<(u32, u32), Common> {
    let is_wanted = |number: u32| {
        let id = &compared.organisations[number as usize];
        filter.organisation.as_ref() == Some(id)
    };
    let is_pair =
        |one: u32, other: u32| filter.organisation.is_none() || is_wanted(one) || is_wanted(other);
    let mut pairs: BTreeMap<(u32, u32), Common> = BTreeMap::new();
    let names = compared.asks.keys();
    for (question, askers) in askers(compared, names) {
        for pair in pairs_of(compared, &askers).filter(|(one, other)| is_pair(*one, *other)) {
            pairs.entry(pair).or_default().questions.insert(question);
        }
    }
    for class in classes {
        let mut both = BTreeSet::new();
        for (_, askers) in askers(compared, class.asks.iter()) {
            both.extend(pairs_of(compared, &askers));
        }
        for pair in both
            .into_iter()
            .filter(|(one, other)| is_pair(*one, *other))
        {
            pairs.entry(pair).or_default().homes += count(class.homes.len());
        }
        tokio::task::yield_now().await;
    }
    pairs
}

/// Which organisations ask each question, in some asks.
fn askers<'a>(
    compared: &Compared,
    asks: impl Iterator<Item = &'a AskName>,
) -> HashMap<u32, BTreeSet<u32>> {
    let mut askers: HashMap<u32, BTreeSet<u32>> = HashMap::new();
    for (organisation, questions) in asks.filter_map(|name| compared.asks.get(name)) {
        for question in questions {
            askers.entry(*question).or_default().insert(*organisation);
        }
    }
    askers
}

/// Every two of some organisations, each in the order of their ids.
fn pairs_of<'a>(
    compared: &'a Compared,
    askers: &'a BTreeSet<u32>,
) -> impl Iterator<Item = (u32, u32)> + 'a {
    let id = |number: u32| &compared.organisations[number as usize];
    askers.iter().flat_map(move |one| {
        let others = askers.iter().filter(move |other| id(*one) < id(**other));
        others.map(move |other| (*one, *other))
    })
}

/// What each organisation asks by itself.
fn alone(
    filter: &OverlapFilter,
    compared: &Compared,
    classes: &[HomeClass],
) -> Vec<(OrganisationId, Asked)> {
    let mut questions: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (organisation, asked) in compared.asks.values() {
        questions.entry(*organisation).or_default().extend(asked);
    }
    let mut homes: BTreeMap<u32, u32> = BTreeMap::new();
    for class in classes {
        let asks = class.asks.iter().filter_map(|name| compared.asks.get(name));
        let of_class: BTreeSet<u32> = asks.map(|(organisation, _)| *organisation).collect();
        for organisation in of_class {
            *homes.entry(organisation).or_default() += count(class.homes.len());
        }
    }
    let row = |(number, asked): (u32, BTreeSet<u32>)| {
        let asked = Asked {
            questions: count(asked.len()),
            homes: homes.get(&number).copied().unwrap_or(0),
        };
        (compared.organisations[number as usize].clone(), asked)
    };
    // Of others, a reader is told what it has in common with them, and nothing more.
    let rows = questions.into_iter().map(row);
    rows.filter(|(id, _)| filter.reader.as_ref().is_none_or(|reader| reader == id))
        .collect()
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn too_many(path: &str, max: usize) -> Faults {
    let message = format!("leaves more than {max} asks to compare; name a smaller area");
    Faults::one(path, message)
}
