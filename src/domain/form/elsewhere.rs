//! What is asked on the forms of other periods from which answers to a form may follow: the spans
//! that make up its spans, and the states that may still be fresh.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::ask::{Ask, SharedAsk};
use crate::domain::digest::{Digest, QuestionId};
use crate::domain::field_type::Timing;
use crate::domain::id::DimensionId;
use crate::domain::known::{Asked, Web};
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::reference::Reference;
use crate::domain::template::{Entry, bearings};

/// Most periods of one ask that are looked at for one span or age: the days of a year. Of a longer
/// one, days do not count as known.
const PERIODS_MAX: usize = 366;

/// Most questions of other forms that one form is held against: a year's days of a thousand.
const ASKED_MAX: usize = 400_000;

/// Finds what is asked on other forms. It keeps what it has read: one ask is asked of many homes.
pub struct Elsewhere<'a> {
    links: &'a Links,
    web: &'a Web,
    asks: HashMap<Digest, Arc<Read>>,
}

/// What is read of an ask.
#[derive(Clone, Default)]
struct Read {
    /// The questions of its fields, in their order.
    questions: Vec<QuestionId>,
    /// What its fields speak of on the forms of a period, by place.
    periods: HashMap<Period, Vec<(usize, Reference)>>,
}

/// Days of which answers may speak that a question follows from.
struct Reach {
    questions: BTreeSet<QuestionId>,
    first: Date,
    last: Date,
    timing: Timing,
}

impl<'a> Elsewhere<'a> {
    /// With nothing read yet.
    #[must_use]
    pub fn new(links: &'a Links, web: &'a Web) -> Self {
        Self {
            links,
            web,
            asks: HashMap::new(),
        }
    }

    /// What these asks put on forms of other periods than this one, as far as what these entries of it
    /// ask may follow from it; with the dimensions by which it is broken down. `counts` tells which
    /// fields count, by ask and place.
    pub fn of(
        &mut self,
        entries: &[Entry],
        period: Period,
        asks: &[&SharedAsk],
        counts: impl Fn(&Ask, usize) -> bool,
    ) -> BTreeMap<Asked, BTreeSet<DimensionId>> {
        let mut asked: BTreeMap<Asked, BTreeSet<DimensionId>> = BTreeMap::new();
        for reach in self.reaches(entries) {
            for ask in asks {
                self.standing(ask, &reach, &counts, &mut asked);
                let Some(read) = self.read(ask, &reach, period) else {
                    continue;
                };
                let of_periods = periods(ask, &reach, period).filter_map(|p| read.periods.get(&p));
                for (field, reference) in of_periods.flatten() {
                    let question = read.questions[*field];
                    let is_wanted = reach.questions.contains(&question) && reach.holds(reference);
                    if !is_wanted || !counts(ask, *field) {
                        continue;
                    }
                    if asked.len() == ASKED_MAX {
                        return asked;
                    }
                    let dimensions = ask.fields[*field].field.kind.breakdown();
                    let known = asked.entry((question, *reference)).or_default();
                    known.extend(dimensions.iter().cloned());
                }
            }
        }
        asked
    }

    /// Adds the standing facts that an ask asks, on whichever form.
    fn standing(
        &self,
        ask: &Ask,
        reach: &Reach,
        counts: impl Fn(&Ask, usize) -> bool,
        asked: &mut BTreeMap<Asked, BTreeSet<DimensionId>>,
    ) {
        let fields = ask.fields.iter().enumerate();
        for (place, own) in fields.filter(|(_, own)| own.field.timing == Timing::Standing) {
            let question = self.links.representative(&own.question);
            if reach.questions.contains(&question) && counts(ask, place) {
                asked.entry((question, Reference::Standing)).or_default();
            }
        }
    }

    /// Where to look for what these entries may follow from, each stretch of days once.
    fn reaches(&self, entries: &[Entry]) -> Vec<Reach> {
        let mut reaches: BTreeMap<(Date, Date, bool), BTreeSet<QuestionId>> = BTreeMap::new();
        for entry in entries {
            let question = self.links.representative(&entry.question);
            let Some((first, last)) = self.days_of(entry, &question) else {
                continue;
            };
            let is_span = entry.timing == Timing::During;
            let questions = self.web.with_parts(BTreeSet::from([question]));
            let known = reaches.entry((first, last, is_span)).or_default();
            known.extend(questions);
        }
        let reach = |((first, last, is_span), questions)| Reach {
            questions,
            first,
            last,
            timing: if is_span {
                Timing::During
            } else {
                Timing::AsAt
            },
        };
        reaches.into_iter().map(reach).collect()
    }

    /// The days of which answers may speak that an entry follows from; none if they do not count.
    fn days_of(&self, entry: &Entry, question: &QuestionId) -> Option<(Date, Date)> {
        let ages = entry.demands.iter().map(|demand| demand.field.max_age_days);
        let oldest = ages.collect::<Option<Vec<u32>>>();
        let oldest = oldest.and_then(|ages| ages.into_iter().min());
        let before = |first: Date| first.saturating_sub(i64::from(oldest.unwrap_or(0)).days());
        match entry.reference {
            Reference::Span { first, last } => {
                let adds_up = entry.number().is_some() || self.web.follows(question);
                (adds_up && entry.timing == Timing::During).then_some((first, last))
            }
            Reference::Moment { date, .. } if entry.timing == Timing::AsAt => {
                let counts = oldest.is_some() || self.web.follows(question);
                counts.then(|| (before(date), date))
            }
            Reference::OnCompletion { opens, closes } => {
                Some((before(opens.date()), closes.date()))
            }
            Reference::Moment { .. } | Reference::Standing => None,
        }
    }

    /// Reads an ask on the forms of the periods that are to be looked at; nothing if none of its fields
    /// bears on them.
    fn read(&mut self, ask: &SharedAsk, reach: &Reach, but: Period) -> Option<Arc<Read>> {
        let links = self.links;
        let read = self.asks.entry(ask.identity).or_insert_with(|| {
            let questions = ask.fields.iter();
            let questions = questions.map(|own| links.representative(&own.question));
            Arc::new(Read {
                questions: questions.collect(),
                ..Read::default()
            })
        });
        let mut fields = ask.fields.iter().zip(&read.questions);
        let bears = fields.any(|(own, question)| {
            own.field.timing == reach.timing && reach.questions.contains(question)
        });
        if !bears {
            return None;
        }
        for period in periods(ask, reach, but) {
            if !read.periods.contains_key(&period) {
                let found = bearings(ask, period, links).into_iter();
                let found = found.map(|bearing| (bearing.field, bearing.reference));
                let found = found.collect();
                Arc::make_mut(read).periods.insert(period, found);
            }
        }
        Some(Arc::clone(read))
    }
}

impl Reach {
    /// Whether something of this reference may make up a span, or be a state that is still fresh.
    fn holds(&self, reference: &Reference) -> bool {
        match (*reference, self.timing) {
            (Reference::Span { first, last }, Timing::During) => {
                self.first <= first && last <= self.last
            }
            (Reference::Moment { date, .. }, Timing::AsAt) => {
                self.first <= date && date <= self.last
            }
            (Reference::OnCompletion { opens, closes }, Timing::AsAt) => {
                self.first <= opens.date() && closes.date() <= self.last
            }
            _ => false,
        }
    }
}

/// The other periods of an ask that share a day with a stretch of days.
fn periods(ask: &Ask, reach: &Reach, but: Period) -> impl Iterator<Item = Period> {
    let found = ask.schedule.periods_between(reach.first, reach.last);
    let others = found.into_iter().filter(move |period| *period != but);
    others.take(PERIODS_MAX)
}
