//! Who asks for what.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::ask::{AskState, SharedAsk, Targets};
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::home::Home;
use crate::domain::id::{AreaCode, AskName, ElementId, HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::liveness::may_ask;
use crate::domain::period::Period;
use crate::domain::succession::Successions;
use crate::domain::text::normalise;
use crate::store::{AskFilter, Standing};

use super::areas::AreaView;
use super::{Broker, BrokerError};

/// Asks read at a time while a page is filled.
const ASKS_READ: usize = 100;

/// Most asks looked through for one page: past that the page is short, and its cursor goes on.
const ASKS_LOOKED_THROUGH_MAX: usize = 5_000;

/// Which demands to find; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemandFilter {
    /// Of this question, or one that is the same by decision.
    pub question: Option<QuestionId>,
    /// Of this element, or a question that is the same by decision.
    pub element: Option<ElementId>,
    /// By this organisation.
    pub organisation: Option<OrganisationId>,
    /// Of this home.
    pub home: Option<HomeId>,
    /// Of an area: by name, or of a home that lies in it, by whatever name.
    pub area: Option<AreaCode>,
    /// For this period: of asks that are on a form for it.
    pub period: Option<Period>,
    /// With these words, normalised, in label or definition.
    pub text: String,
    /// Also of asks that were taken back.
    pub include_withdrawn: bool,
    /// Also of asks whose day of expiry is past, or whose body has ended.
    pub include_expired: bool,
    /// For a reader from this organisation: without the private asks of others, but for those that
    /// it came after. None: with all.
    pub reader: Option<OrganisationId>,
}

/// One field of one ask.
#[derive(Debug, Clone)]
pub struct DemandRow {
    /// The ask.
    pub ask: SharedAsk,
    /// Place of the field in the ask.
    pub place: usize,
    /// The question that stands for all that are the same by decision.
    pub question: QuestionId,
    /// The dictionary's element, if one is among them.
    pub element: Option<ElementId>,
}

/// A page of demands.
#[derive(Debug, Clone, Default)]
pub struct DemandPage {
    /// The demands, by ask and place.
    pub rows: Vec<DemandRow>,
    /// Where to go on; none at the end.
    pub next: Option<(AskName, usize)>,
}

impl Broker {
    /// Demands by ask and place, about `limit` of them, from a cursor on.
    ///
    /// # Errors
    /// As the store says.
    pub async fn find_demands(
        &self,
        filter: &DemandFilter,
        from: Option<(AskName, usize)>,
        limit: usize,
    ) -> Result<DemandPage, BrokerError> {
        let links = self.store.links().await?.value;
        let dictionary = self.store.dictionary().await?.value;
        let Some(asks) = self.ask_filter(filter, &links).await? else {
            return Ok(DemandPage::default());
        };
        let listed = listed(&asks);
        let home = match &filter.home {
            Some(id) => Some(self.sought_home(id).await?),
            None => None,
        };
        let area = match &filter.area {
            Some(code) => Some(self.area_view(code).await?),
            None => None,
        };
        let organisations = self.store.organisation_successions().await?.value;
        let today = self.now_in_london().date();
        let own = filter.reader.as_ref();
        let told = own.map(|own| with_predecessors(own, &organisations, today));
        let words = normalise(&filter.text).ok();
        let wanted = Wanted {
            filter,
            told,
            organisations: &organisations,
            asks: &asks,
            area: area.as_ref(),
            home: home.as_ref(),
            today,
            words: words.as_deref(),
            limit,
        };
        let mut page = DemandPage::default();
        let mut after = None;
        if let Some((name, place)) = &from {
            let is_listed =
                filter.include_withdrawn || self.store.withdrawal(name).await?.is_none();
            if let Some(ask) = self.store.ask(name).await?.filter(|_| is_listed) {
                let skip = *place;
                page.next = wanted.add_rows(&ask.value, skip, &mut page.rows);
            }
            after = Some(name.clone());
        }
        let mut looked_through = 0;
        while page.next.is_none() && page.rows.len() < limit {
            let batch = self.store.asks(&listed, after.as_ref(), ASKS_READ).await?;
            if batch.is_empty() {
                // Nothing is left to go on with.
                after = None;
                break;
            }
            // A long search lets others have their turn.
            tokio::task::yield_now().await;
            for ask in batch {
                after = Some(ask.value.name.clone());
                looked_through += 1;
                page.next = wanted.add_rows(&ask.value, 0, &mut page.rows);
                if page.next.is_some() {
                    break;
                }
            }
            if looked_through >= ASKS_LOOKED_THROUGH_MAX {
                break;
            }
        }
        if page.next.is_none() {
            // Past the last field of the last ask looked through, unless that was the last of all.
            page.next = after.map(|name| (name, usize::MAX));
        }
        for row in &mut page.rows {
            row.resolve(&links, &dictionary);
        }
        Ok(page)
    }

    async fn sought_home(&self, id: &HomeId) -> Result<SoughtHome, BrokerError> {
        let successions = self.store.home_successions().await?.value;
        let mut names = successions.predecessors(id, Date::MAX);
        names.insert(id.clone());
        let entry = self.store.home(id).await?.map(|home| home.value);
        Ok(SoughtHome { names, entry })
    }

    /// What of a filter the store's postings answer; none if nothing can match.
    async fn ask_filter(
        &self,
        filter: &DemandFilter,
        links: &Links,
    ) -> Result<Option<AskFilter>, BrokerError> {
        let mut questions: Option<BTreeSet<QuestionId>> = None;
        let mut narrow = |members: BTreeSet<QuestionId>| {
            questions = Some(match questions.take() {
                Some(known) => known.intersection(&members).copied().collect(),
                None => members,
            });
        };
        if let Some(question) = &filter.question {
            narrow(links.members(question));
        }
        if let Some(id) = &filter.element {
            let dictionary = self.store.dictionary().await?.value;
            let Some(element) = dictionary.element(id) else {
                return Ok(None);
            };
            narrow(links.members(&element.question));
        }
        if questions.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(None);
        }
        Ok(Some(AskFilter {
            organisation: filter.organisation.clone(),
            days: filter.period.map(|own| (own.start(), own.last_day())),
            home: filter.home.clone(),
            questions: questions.map(|set| set.into_iter().collect()),
            standing: if filter.include_withdrawn {
                Standing::Either
            } else {
                Standing::InForce
            },
        }))
    }
}

impl DemandRow {
    /// By which question and element it is known, where questions are one by decision.
    fn resolve(&mut self, links: &Links, dictionary: &Dictionary) {
        let asked = self.ask.fields[self.place].question;
        let element = dictionary.element_among(&asked, links);
        self.element = element.map(|element| element.id.clone());
        self.question = element.map_or_else(|| links.representative(&asked), |e| e.question);
    }
}

/// What the store lists: who asks which question, and of which home, it knows without reading of
/// asks in force only.
fn listed(asks: &AskFilter) -> AskFilter {
    match asks.standing {
        Standing::InForce => asks.clone(),
        standing => AskFilter {
            organisation: asks.organisation.clone(),
            days: asks.days,
            standing,
            ..AskFilter::default()
        },
    }
}

/// The home of a filter.
struct SoughtHome {
    /// It, and those that it came after: what names one of them goes on with it.
    names: BTreeSet<HomeId>,
    /// Its entry in the register.
    entry: Option<Arc<Home>>,
}

impl SoughtHome {
    fn is_asked(&self, targets: &Targets) -> bool {
        !targets.homes.is_disjoint(&self.names)
            || self
                .entry
                .as_ref()
                .is_some_and(|home| targets.include(home))
    }
}

/// A body, and those that it came after by a day: it reads what is theirs.
pub(super) fn with_predecessors(
    id: &OrganisationId,
    organisations: &Successions<OrganisationId>,
    today: Date,
) -> BTreeSet<OrganisationId> {
    let mut all = organisations.predecessors(id, today);
    all.insert(id.clone());
    all
}

/// What matches.
struct Wanted<'a> {
    filter: &'a DemandFilter,
    /// Whose private asks the reader is told of; none for everybody's.
    told: Option<BTreeSet<OrganisationId>>,
    organisations: &'a Successions<OrganisationId>,
    asks: &'a AskFilter,
    area: Option<&'a AreaView>,
    home: Option<&'a SoughtHome>,
    today: Date,
    words: Option<&'a str>,
    limit: usize,
}

impl Wanted<'_> {
    /// Whether an ask may be told of, still asks, and is asked where and when is wanted.
    fn includes(&self, ask: &SharedAsk) -> bool {
        let body = &ask.name.organisation;
        let is_told = !ask.raw.private || self.told.as_ref().is_none_or(|told| told.contains(body));
        let in_period = |period: &Period| {
            ask.schedule.includes(period) && may_ask(self.organisations, body, period)
        };
        // Of a period, it says by itself whether the body still asks for it.
        let has_ended =
            self.filter.period.is_none() && self.organisations.has_ended(body, self.today);
        let asks_no_more = has_ended || ask.state_on(self.today) == AskState::Expired;
        is_told
            && (self.filter.include_expired || !asks_no_more)
            && self.home.is_none_or(|home| home.is_asked(&ask.targets))
            && self.area.is_none_or(|area| area.is_asked(&ask.targets))
            && self.filter.period.as_ref().is_none_or(in_period)
    }

    /// Adds the demands of an ask that match, up to a page's length; where to go on, if it is full.
    fn add_rows(
        &self,
        ask: &SharedAsk,
        skip: usize,
        rows: &mut Vec<DemandRow>,
    ) -> Option<(AskName, usize)> {
        if !self.includes(ask) {
            return None;
        }
        for (place, own) in ask.fields.iter().enumerate().skip(skip) {
            let asked = self.asks.questions.as_ref();
            let has_words = |words: &str| {
                let definition = normalise(&own.field.definition).unwrap_or_default();
                own.normalised.contains(words) || definition.contains(words)
            };
            let is_wanted = asked.is_none_or(|set| set.contains(&own.question))
                && self.words.is_none_or(has_words);
            if !is_wanted {
                continue;
            }
            if rows.len() >= self.limit {
                return Some((ask.name.clone(), place));
            }
            rows.push(DemandRow {
                ask: ask.clone(),
                place,
                question: own.question,
                element: None,
            });
        }
        None
    }
}
