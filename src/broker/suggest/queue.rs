//! What is left to decide, the dearest first.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use quick_cache::sync::Cache;

use super::burden::Burden;
use super::{AskedQuestions, Candidate, Like, Standing, Wanted};
use crate::broker::{Broker, BrokerError};
use crate::domain::digest::QuestionId;
use crate::domain::id::{AskName, ElementId, FieldName, OrganisationId};
use crate::domain::limits::CANDIDATES_MAX;
use crate::domain::link::Links;
use crate::domain::matcher::Tier;
use crate::domain::text::normalise;

/// Most questions that are looked at for one queue: a hundred data leads' weeks.
const QUESTIONS_MAX: usize = 20_000;

/// Questions looked at before others have their turn: some milliseconds.
const QUESTIONS_AT_A_TIME: usize = 4;

/// How many queues are kept, least used first out: those whose pages are read at once.
const QUEUES_CACHED: usize = 8;

/// Which suggestions to list; every condition given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionFilter {
    /// Of questions that this organisation asks.
    pub organisation: Option<OrganisationId>,
    /// Of questions of this ask.
    pub ask: Option<AskName>,
    /// Of this field of the ask.
    pub field: Option<FieldName>,
    /// Of this topic: the field's own, or that of the first element that it may be, by id or heading.
    pub topic: String,
    /// Candidates of this tier at least; questions without any are left out unless this is `None`.
    pub tier: Tier,
    /// Only what is left to decide: no element, and nothing decided of it or something that it may be
    /// since.
    pub is_undecided: bool,
    /// Most candidates of each.
    pub candidates: usize,
    /// For a reader from this organisation: only what it asks itself, and without the private asks of
    /// others. None: all.
    pub reader: Option<OrganisationId>,
}

/// Where a suggestion stands in its list: what it saves, how near its first candidate is, in
/// millionths, and its question.
pub type SuggestionPlace = (u64, u32, QuestionId);

/// A question with what it may be.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// What is asked, and by whom.
    pub asked: AskedQuestions,
    /// The element that it is already.
    pub element: Option<ElementId>,
    /// Whether anything was decided of it.
    pub is_decided: bool,
    /// Of how many homes it is asked.
    pub homes: u64,
    /// How many entries a year these are asked.
    pub entries: u64,
    /// How many of them a decision would save.
    pub saves: u64,
    /// What it may be, the best first.
    pub candidates: Vec<Candidate>,
}

/// A page of suggestions.
#[derive(Debug, Clone, Default)]
pub struct SuggestionPage {
    /// The suggestions in their order.
    pub rows: Vec<Suggestion>,
    /// Where each of them stands in the queue.
    pub places: Vec<SuggestionPlace>,
    /// What dictionary and decisions they were worked out from.
    pub etag: String,
    /// Whether more is asked than was looked at.
    pub is_partial: bool,
}

/// All that a queue follows from: for whom, on which day, and the ledger up to a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct QueueKey {
    reader: Option<OrganisationId>,
    today: Date,
    seen: u64,
}

/// The queues that were worked out last.
pub(super) struct Queues(Cache<QueueKey, Arc<Queue>>);

impl Queues {
    pub(super) fn new() -> Self {
        Self(Cache::new(QUEUES_CACHED))
    }
}

/// Everything that may be decided, in order.
struct Queue {
    rows: Vec<Suggestion>,
    etag: String,
    is_partial: bool,
}

impl Suggestion {
    /// Its place in the list.
    #[must_use]
    pub fn place(&self) -> SuggestionPlace {
        let best = self.candidates.first().map_or(0.0, |own| own.alike.score);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a score lies between 0 and 1"
        )]
        let best = (f64::from(best.clamp(0.0, 1.0)) * 1e6).round() as u32;
        (self.saves, best, self.asked.question)
    }

    /// Whether something is left to decide.
    fn is_left(&self) -> bool {
        let may_be = |own: &Candidate| own.alike.tier >= Tier::Possible;
        self.element.is_none() && (!self.is_decided || self.candidates.iter().any(may_be))
    }
}

/// Whether one place comes after another: what saves more, then what is nearer, comes first.
fn is_after(place: SuggestionPlace, other: SuggestionPlace) -> bool {
    let ((saves, near, question), (more, nearer, theirs)) = (place, other);
    (more, nearer, question) > (saves, near, theirs)
}

impl Broker {
    /// Suggestions that match, the dearest first, at most so many, after a place.
    ///
    /// # Errors
    /// As the store says.
    pub async fn suggestions(
        &self,
        filter: &SuggestionFilter,
        after: Option<SuggestionPlace>,
        limit: usize,
    ) -> Result<SuggestionPage, BrokerError> {
        let queue = self.queue(filter.reader.as_ref()).await?;
        let dictionary = self.store.dictionary().await?.value;
        let topic = normalise(&filter.topic).ok();
        let is_of_topic = |row: &Suggestion, wanted: &str| {
            let own = normalise(&row.asked.field.topic);
            let first = row.candidates.iter().find_map(|own| match &own.what {
                Like::Element(element) => Some(&element.field.topic),
                Like::Asked(_) => None,
            });
            let known = first.and_then(|topic| dictionary.topic(topic));
            let named = known.is_some_and(|(_, topic)| {
                let is_it = |text: &str| normalise(text).is_ok_and(|text| text == wanted);
                is_it(&topic.id) || is_it(&topic.label)
            });
            named || own.is_ok_and(|own| own == wanted)
        };
        let is_asked = |row: &Suggestion| {
            let mut askers = row.asked.askers.iter();
            askers.any(|(ask, field)| {
                filter.ask.as_ref().is_none_or(|wanted| wanted == ask)
                    && filter.field.as_ref().is_none_or(|wanted| wanted == field)
            })
        };
        let is_wanted = |row: &&Suggestion| {
            let organisation = filter.organisation.as_ref();
            organisation.is_none_or(|own| row.asked.organisations.contains(own))
                && is_asked(row)
                && (!filter.is_undecided || row.is_left())
                && (row.element.is_none() || filter.field.is_some())
                && topic
                    .as_deref()
                    .is_none_or(|wanted| is_of_topic(row, wanted))
        };
        let is_next = |row: &&Suggestion| after.is_none_or(|after| is_after(row.place(), after));
        let mut page = SuggestionPage {
            etag: queue.etag.clone(),
            is_partial: queue.is_partial,
            ..SuggestionPage::default()
        };
        for row in queue.rows.iter().filter(is_next).filter(is_wanted) {
            let mut row = row.clone();
            let place = row.place();
            row.candidates.retain(|own| own.alike.tier >= filter.tier);
            row.candidates.truncate(filter.candidates);
            if row.candidates.is_empty() && filter.tier > Tier::None && filter.field.is_none() {
                continue;
            }
            if page.rows.len() == limit {
                break;
            }
            page.places.push(place);
            page.rows.push(row);
        }
        Ok(page)
    }

    /// Everything that may be decided, for a reader.
    async fn queue(&self, reader: Option<&OrganisationId>) -> Result<Arc<Queue>, BrokerError> {
        let key = QueueKey {
            reader: reader.cloned(),
            today: self.now_in_london().date(),
            // What is read after this may be later, and nobody asks for an earlier state again.
            seen: *self.changes().borrow(),
        };
        if let Some(known) = self.suggesting.queues.0.get(&key) {
            return Ok(known);
        }
        let made = Arc::new(self.make_queue(reader).await?);
        self.suggesting.queues.0.insert(key, Arc::clone(&made));
        Ok(made)
    }

    async fn make_queue(&self, reader: Option<&OrganisationId>) -> Result<Queue, BrokerError> {
        let revision = self.store.links().await?.revision;
        let standing = self.standing_suggestions(reader).await?;
        let mut etag = standing.dictionary.digest().to_string();
        etag.truncate(ETAG_DIGITS);
        let (mut classes, mut is_partial) = self.classes_asked(&standing);
        is_partial |= classes.len() > QUESTIONS_MAX;
        classes.truncate(QUESTIONS_MAX);
        let mut rows = Vec::with_capacity(classes.len());
        for some in classes.chunks(QUESTIONS_AT_A_TIME) {
            {
                let state = self.suggesting.asked.read();
                let row = |class: &QuestionId| {
                    let asked = standing.asked(&state, class, None)?;
                    let is_own = |own| asked.organisations.contains(own);
                    let told = standing.told.as_ref();
                    let is_readers = told.is_none_or(|told| told.iter().any(is_own));
                    is_readers.then(|| standing.suggestion(&state, asked))
                };
                rows.extend(some.iter().filter_map(row));
            }
            tokio::task::yield_now().await;
        }
        let becomes = becomes(&rows, &standing.links);
        let told = standing.told.as_ref();
        let counts = |name: &AskName| told.is_none_or(|told| told.contains(&name.organisation));
        let burdens = self.count_burdens(&standing, &becomes, counts).await?;
        for row in &mut rows {
            let Burden {
                homes,
                entries,
                saves,
            } = burdens.of(&row.asked.question);
            (row.homes, row.entries) = (homes, entries);
            // What others ask of whom is not told to an asker, nor what follows from it.
            let may_be = becomes.contains_key(&row.asked.question);
            row.saves = match told {
                Some(_) if may_be => entries,
                Some(_) => 0,
                None => saves,
            };
        }
        rows.sort_by(|one, other| {
            let ((saves, near, question), (more, nearer, theirs)) = (one.place(), other.place());
            (more, nearer, question).cmp(&(saves, near, theirs))
        });
        Ok(Queue {
            rows,
            etag: format!("{revision}-{etag}"),
            is_partial: is_partial | burdens.is_partial,
        })
    }

    /// The questions that stand for all that are asked, in order, and whether there are more.
    fn classes_asked(&self, standing: &Standing<'_>) -> (Vec<QuestionId>, bool) {
        let state = self.suggesting.asked.read();
        let asked = state.questions();
        let classes: BTreeSet<QuestionId> = asked
            .map(|(question, _)| standing.links.representative(question))
            .collect();
        (classes.into_iter().collect(), state.is_partial)
    }
}

/// Digits of the dictionary's digest that an etag shows.
const ETAG_DIGITS: usize = 16;

impl Standing<'_> {
    fn suggestion(&self, state: &super::State, asked: AskedQuestions) -> Suggestion {
        let element = self.dictionary.element_among(&asked.question, &self.links);
        let wanted = Wanted {
            tier: Tier::None,
            limit: CANDIDATES_MAX,
            without: None,
        };
        let subject = (&asked.wording, &*asked.field);
        let class = asked.question;
        Suggestion {
            candidates: self.candidates(state, subject, &wanted),
            element: element.map(|element| element.id.clone()),
            is_decided: self.apart.contains_key(&class) || self.links.class(&class).is_some(),
            homes: 0,
            entries: 0,
            saves: 0,
            asked,
        }
    }
}

/// What each question would become: what the first candidate that it may be, and can be joined with,
/// is or would become itself. Of questions that would become one another, the least stands for all.
fn becomes(rows: &[Suggestion], links: &Links) -> HashMap<QuestionId, QuestionId> {
    let first = |row: &Suggestion| {
        let mut candidates = row.candidates.iter();
        let may_be = |own: &&Candidate| own.alike.tier >= Tier::Possible && own.differs.is_empty();
        let first = candidates.find(may_be)?;
        Some((row.asked.question, links.representative(&first.question())))
    };
    let next: HashMap<QuestionId, QuestionId> = rows.iter().filter_map(first).collect();
    let ends = next.keys().map(|question| {
        let mut way = vec![*question];
        loop {
            let here = way[way.len() - 1];
            let Some(there) = next.get(&here) else {
                return (*question, here);
            };
            if let Some(start) = way.iter().position(|own| own == there) {
                let least = way[start..].iter().min();
                return (*question, least.copied().unwrap_or(here));
            }
            way.push(*there);
        }
    });
    ends.collect()
}
