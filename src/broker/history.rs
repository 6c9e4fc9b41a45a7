//! What a home was asked over a stretch of time, by question, and what it said.
//!
//! What is asked is reckoned from the asks in force, without making a form; what was said is read
//! from the home's own sheets, whoever asked: of all that was asked, however far from the stretch it
//! lies of which it speaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use crate::domain::answer::Said;
use crate::domain::ask::SharedAsk;
use crate::domain::calendar::civil_london;
use crate::domain::dictionary::Dictionary;
use crate::domain::digest::QuestionId;
use crate::domain::fault::Faults;
use crate::domain::form::Sheets;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::link::Links;
use crate::domain::organisation::Organisation;
use crate::domain::reference::Reference;
use crate::domain::sheet::SheetAnswer;
use crate::domain::template::{Bearing, Entry, bearings, entries_of};

use super::{Broker, BrokerError};

/// Longest stretch of time looked at at once, in days: a year and some.
const HISTORY_DAYS_MAX: i64 = 400;

/// How far from the stretch a day may lie of which an answer speaks that belongs to it, in days: a
/// span that began a year before, or that goes on for one.
const BEYOND_DAYS_MAX: i64 = 366;

/// Most sheets read of each kind, the latest: two years of days, each with a time of day and a window.
const SHEETS_MAX: usize = 2_200;

/// Most sheets read of what was asked, the latest: a year of days, each with ten times of which
/// something speaks.
const ASKED_SHEETS_MAX: usize = 4_000;

/// Most fields asked that are counted: a year of days of a thousand. Later asks by name add nothing
/// past it, and the history says that it is not whole.
const ASKED_MAX: usize = 400_000;

/// A question that a home was asked, as often as it was.
#[derive(Debug, Clone)]
pub struct AskedQuestion {
    /// The question that stands for all that are one with it.
    pub question: QuestionId,
    /// Its entry, as the latest form has it.
    pub entry: Entry,
    /// How often it was asked: once for each field of each ask and period.
    pub asked: usize,
    /// How often that made a question for the home: once for each time that it speaks of.
    pub put: usize,
    /// How many of those were answered, or declined.
    pub answered: usize,
    /// How many of those were declined.
    pub declined: usize,
    /// Who asks it.
    pub askers: BTreeSet<OrganisationId>,
}

/// What a home was asked, by question.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The questions, in the order of their topics and wordings.
    pub questions: Vec<AskedQuestion>,
    /// Who asks them.
    pub organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
    /// How often anything was asked.
    pub asked: usize,
    /// How many questions were answered, or declined.
    pub answered: usize,
    /// Whether more was asked, or of more times, than is counted.
    pub is_cut: bool,
}

/// One question, with what the home said to it.
#[derive(Debug, Clone)]
pub struct QuestionHistory {
    /// The question, counted.
    pub counted: AskedQuestion,
    /// What was said, the latest last.
    pub points: Vec<SheetAnswer>,
    /// The asks that ask it.
    pub asks: Vec<SharedAsk>,
    /// Whose those are.
    pub organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
}

/// The fields that ask one question, by what they speak of.
type OfQuestion<'a> = BTreeMap<Reference, Vec<Bearing<'a>>>;

/// What was asked of a home.
#[derive(Default)]
struct Asked<'a> {
    questions: BTreeMap<QuestionId, OfQuestion<'a>>,
    /// How many fields.
    fields: usize,
    /// Whether there are more than are counted.
    is_cut: bool,
}

impl<'a> Asked<'a> {
    fn add(&mut self, bearing: Bearing<'a>) {
        if self.fields == ASKED_MAX {
            self.is_cut = true;
            return;
        }
        self.fields += 1;
        let of_question = self.questions.entry(bearing.question).or_default();
        let of_reference = of_question.entry(bearing.reference).or_default();
        of_reference.push(bearing);
    }

    /// What any of it speaks of, the latest of it last; what holds until it changes after all else.
    fn references(&self) -> Vec<Reference> {
        let all = self.questions.values().flat_map(BTreeMap::keys).copied();
        let all: BTreeSet<Reference> = all.collect();
        let mut all: Vec<Reference> = all.into_iter().collect();
        all.sort_by_key(|own| (own.last_day().is_none(), own.last_day()));
        all
    }
}

/// What is needed to reckon it.
struct Ground {
    asks: Vec<SharedAsk>,
    links: Arc<Links>,
    dictionary: Arc<Dictionary>,
    services: BTreeSet<String>,
    liveness: crate::domain::liveness::Liveness,
    days: (Date, Date),
    now: DateTime,
}

impl Broker {
    /// What a home was asked for periods that share a day with a stretch of time and whose windows
    /// have opened.
    ///
    /// # Errors
    /// If there is no such home, or the stretch is too long.
    pub async fn history(
        &self,
        home: &HomeId,
        first: Date,
        last: Date,
    ) -> Result<History, BrokerError> {
        let ground = self.ground(home, (first, last)).await?;
        let asked = ground.asked(None);
        let mut references = asked.references();
        let too_many = references.len().saturating_sub(ASKED_SHEETS_MAX);
        let latest = references.split_off(too_many);
        let sheets = self.sheets_of(home, latest).await?;
        let mut history = History {
            is_cut: asked.is_cut || too_many > 0,
            ..History::default()
        };
        for (question, references) in &asked.questions {
            let Some(counted) = ground.counted(*question, references, &sheets) else {
                continue;
            };
            history.asked += counted.asked;
            history.answered += counted.answered;
            history.questions.push(counted);
        }
        let key = |own: &AskedQuestion| {
            let place = ground.dictionary.topic(&own.entry.topic.value);
            let place = place.map_or(usize::MAX, |(place, _)| place);
            let entry = &own.entry;
            (
                place,
                entry.topic.value.clone(),
                entry.wording.value.clone(),
            )
        };
        history.questions.sort_by_cached_key(key);
        let askers = history.questions.iter().flat_map(|own| &own.askers);
        history.organisations = self.named(askers).await?;
        Ok(history)
    }

    /// What a home was asked and said of one question, as in [`Broker::history`].
    ///
    /// # Errors
    /// If there is no such home, the stretch is too long, or the home was not asked the question.
    pub async fn question_history(
        &self,
        home: &HomeId,
        question: &QuestionId,
        (first, last): (Date, Date),
    ) -> Result<QuestionHistory, BrokerError> {
        let ground = self.ground(home, (first, last)).await?;
        let question = ground.links.representative(question);
        let asked = ground.asked(Some(&question));
        let mut near = asked.references();
        near = near.split_off(near.len().saturating_sub(ASKED_SHEETS_MAX));
        near.extend(self.near(home, (first, last)).await?);
        let sheets = self.sheets_of(home, near).await?;
        let references = asked.questions.get(&question);
        let counted = references.and_then(|own| ground.counted(question, own, &sheets));
        let (Some(counted), Some(references)) = (counted, references) else {
            return Err(BrokerError::NotFound {
                resource: format!("{}/questions/{question}", home.resource()),
            });
        };
        let names: BTreeSet<_> = references
            .values()
            .flatten()
            .map(|own| &own.ask.name)
            .collect();
        let asks = ground.asks.iter().filter(|ask| names.contains(&ask.name));
        Ok(QuestionHistory {
            points: ground.points(&question, &sheets),
            asks: asks.cloned().collect(),
            organisations: self.named(&counted.askers).await?,
            counted,
        })
    }

    async fn ground(&self, home: &HomeId, days: (Date, Date)) -> Result<Ground, BrokerError> {
        let (first, last) = days;
        if last < first || first.saturating_add(HISTORY_DAYS_MAX.days()) < last {
            let message =
                format!("lies before from, or more than {HISTORY_DAYS_MAX} days after it");
            return Err(Faults::one("until", message).into());
        }
        self.home(home).await?;
        let asks = self.store.asks_of_home(home, first, last).await?;
        let services = self.services_for(home, &asks).await?;
        Ok(Ground {
            asks,
            services,
            days,
            links: self.store.links().await?.value,
            dictionary: self.store.dictionary().await?.value,
            liveness: self.liveness(home).await?,
            now: self.now_in_london(),
        })
    }

    /// What the home's own sheets speak of around a stretch of time, whether it was asked or not.
    async fn near(
        &self,
        home: &HomeId,
        (first, last): (Date, Date),
    ) -> Result<Vec<Reference>, BrokerError> {
        let from = first.saturating_sub(BEYOND_DAYS_MAX.days());
        let until = last.saturating_add(BEYOND_DAYS_MAX.days());
        let mut near = self.store.moments(home, first, until, SHEETS_MAX).await?;
        near.extend(self.store.spans(home, from, until, SHEETS_MAX).await?);
        near.push(Reference::Standing);
        Ok(near)
    }

    async fn sheets_of(
        &self,
        home: &HomeId,
        references: Vec<Reference>,
    ) -> Result<Sheets, BrokerError> {
        let mut sheets = Sheets::new();
        for reference in references {
            if sheets.contains_key(&reference) {
                continue;
            }
            let sheet = self.store.sheet(home, &reference).await?.value;
            sheets.insert(reference, sheet);
        }
        Ok(sheets)
    }

    async fn named(
        &self,
        ids: impl IntoIterator<Item = &OrganisationId>,
    ) -> Result<BTreeMap<OrganisationId, Arc<Organisation>>, BrokerError> {
        let mut organisations = BTreeMap::new();
        for id in ids.into_iter().collect::<BTreeSet<_>>() {
            if let Some(known) = self.store.organisation(id).await? {
                organisations.insert(id.clone(), known.value);
            }
        }
        Ok(organisations)
    }
}

impl Ground {
    /// What was asked, of one question or of all.
    fn asked(&self, only: Option<&QuestionId>) -> Asked<'_> {
        let mut asked = Asked::default();
        for ask in &self.asks {
            let is_this = |own| only.is_none_or(|only| self.links.representative(own) == *only);
            if !ask.fields.iter().any(|own| is_this(&own.question)) {
                continue;
            }
            let has_opened = |period: &_| {
                let window = ask.window.window(period);
                self.liveness.is_live(ask, period)
                    && window.is_ok_and(|window| window.opens <= self.now)
            };
            let periods = ask.schedule.periods_between(self.days.0, self.days.1);
            for period in periods.into_iter().filter(has_opened) {
                for bearing in bearings(ask, period, &self.links) {
                    let field = &ask.fields[bearing.field].field;
                    let is_meant = only.is_none_or(|only| bearing.question == *only);
                    if is_meant && field.is_of(&self.services) {
                        asked.add(bearing);
                    }
                }
            }
        }
        asked
    }

    fn counted(
        &self,
        question: QuestionId,
        references: &OfQuestion<'_>,
        sheets: &Sheets,
    ) -> Option<AskedQuestion> {
        let latest = references.iter().max_by_key(|(own, _)| own.last_day())?.1;
        let mut of_latest: BTreeMap<_, Bearing<'_>> = BTreeMap::new();
        for bearing in latest {
            of_latest.insert((&bearing.ask.name, bearing.field), *bearing);
        }
        let made = of_latest.into_values();
        let made = entries_of(made, &self.services, &self.dictionary, &self.links);
        let said = references.keys().filter_map(|own| {
            let sheet = sheets.get(own)?;
            Some(&sheet.answer(&question, &self.links)?.answer.said)
        });
        let said: Vec<&Said> = said.collect();
        let declined = |said: &&&Said| matches!(said, Said::Declined { .. });
        let fields = references.values().flatten();
        Some(AskedQuestion {
            question,
            entry: made.into_iter().next()?,
            asked: references.values().map(Vec::len).sum(),
            put: references.len(),
            answered: said.len(),
            declined: said.iter().filter(declined).count(),
            askers: fields
                .map(|own| own.ask.name.organisation.clone())
                .collect(),
        })
    }

    /// What was said to a question, by the last day of which it speaks.
    fn points(&self, question: &QuestionId, sheets: &Sheets) -> Vec<SheetAnswer> {
        let said = sheets.values();
        let said = said.filter_map(|sheet| sheet.answer(question, &self.links).cloned());
        // What was said in the stretch belongs to it, even of a day that was still to come.
        let is_within = |known: &SheetAnswer| {
            let given_on = civil_london(known.given_at).date();
            let last = known.answer.reference.last_day();
            last.is_none_or(|last| self.days.0 <= last && last.min(given_on) <= self.days.1)
        };
        let mut points: Vec<SheetAnswer> = said.filter(is_within).collect();
        points.sort_by_key(|known| {
            let answer = &known.answer;
            (answer.on.or(answer.reference.last_day()), answer.reference)
        });
        points
    }
}
