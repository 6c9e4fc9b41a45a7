//! What a question may be the same as: elements of the dictionary, and what others ask.
//!
//! Suggestions are worked out from wordings whenever somebody looks, and never stored but beside a
//! decision, to say what was suggested then; what a person decided is. What was decided related or different of either question, or of one that is the same by
//! decision, is not suggested again; nor is what is one already.
//!
//! **Architecture invariant:** nothing here writes, and nothing that is decided follows from it.

mod against;
mod asked;
mod beside;
mod burden;
mod intake;
mod queue;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use quick_cache::sync::Cache;

use self::asked::{Asked, AskedBy, State};
use self::queue::Queues;
use super::demands::with_predecessors;
use super::{Broker, BrokerError, Matching};
use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::QuestionId;
use crate::domain::field::Field;
use crate::domain::id::{AskName, ElementId, FieldName, OrganisationId};
use crate::domain::limits::CANDIDATES_MAX;
use crate::domain::link::{Links, Verdict};
use crate::domain::matcher::{Compared, Reading, Tier};
use crate::domain::succession::Successions;

pub use self::against::{Against, Between};
pub use self::intake::FieldSuggestion;
pub use self::queue::{Suggestion, SuggestionFilter, SuggestionPage, SuggestionPlace};

/// Elements that are kept of those found for a wording: enough to go on once some were rejected.
const ELEMENTS_FOUND_MAX: usize = 3 * CANDIDATES_MAX;

/// Questions that are kept of those found among what is asked: many may be one by decision, an element
/// already, or none of a reader's business.
const ASKED_FOUND_MAX: usize = 4 * CANDIDATES_MAX;

/// What is left, for the order, of how near a question is that is no element's.
const KEPT_ASKED: f32 = 0.75;

/// How many wordings are kept read and searched for among the elements, at some five kilobytes each.
const LOOKED_UP_CACHED: usize = 10_000;

/// What is kept between one look and the next.
pub(super) struct Suggesting {
    asked: Asked,
    looked_up: Cache<(QuestionId, u64), Arc<LookedUp>>,
    /// What was found among what is asked, by dictionary and by how often that was indexed.
    found: Cache<(QuestionId, u64, u64), Arc<[QuestionId]>>,
    /// With what wordings were looked up, and how often that became another.
    matching: Mutex<Option<Arc<Matching>>>,
    epoch: AtomicU64,
    queues: Queues,
}

impl Suggesting {
    pub(super) fn new() -> Self {
        Self {
            asked: Asked::default(),
            looked_up: Cache::new(LOOKED_UP_CACHED),
            found: Cache::new(LOOKED_UP_CACHED),
            matching: Mutex::new(None),
            epoch: AtomicU64::new(0),
            queues: Queues::new(),
        }
    }

    /// A number that is another whenever the dictionary or the lexicon is.
    fn epoch(&self, matching: &Arc<Matching>) -> u64 {
        let mut known = self.matching.lock().unwrap_or_else(PoisonError::into_inner);
        if !(known.as_ref()).is_some_and(|known| Arc::ptr_eq(known, matching)) {
            *known = Some(Arc::clone(matching));
            self.epoch.fetch_add(1, Ordering::Relaxed);
        }
        self.epoch.load(Ordering::Relaxed)
    }
}

/// A wording, read and searched for among the elements.
struct LookedUp {
    reading: Reading,
    elements: Vec<(ElementId, Alike)>,
}

/// How alike two wordings are.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// How probable it is that they are one question.
    pub tier: Tier,
    /// How near they are, from 0 to 1; of use to order by, and nothing else.
    pub score: f32,
    /// Why, in plain words.
    pub explanation: String,
}

impl From<Compared> for Alike {
    fn from(compared: Compared) -> Self {
        Self {
            tier: compared.tier,
            score: compared.score,
            explanation: compared.explanation(),
        }
    }
}

/// What a question may be.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The element, or the question that others ask.
    pub what: Like,
    /// How alike they are.
    pub alike: Alike,
    /// Why they cannot be joined as they are, said of the question; none where they can.
    pub differs: Vec<String>,
}

/// An element, or a question that others ask.
#[derive(Debug, Clone)]
pub enum Like {
    /// An element of the dictionary.
    Element(Arc<Element>),
    /// A question that is no element's.
    Asked(AskedQuestions),
}

/// A question that is asked, with all that are the same by decision.
#[derive(Debug, Clone)]
pub struct AskedQuestions {
    /// The question that stands for all.
    pub question: QuestionId,
    /// Its wording; where questions are one by decision, that of most organisations.
    pub field: Arc<Field>,
    /// The question whose wording that is.
    pub wording: QuestionId,
    /// Who asks it: ask and field, in order.
    pub askers: Vec<(AskName, FieldName)>,
    /// The organisations that ask it.
    pub organisations: BTreeSet<OrganisationId>,
}

impl Candidate {
    /// Its question.
    #[must_use]
    pub fn question(&self) -> QuestionId {
        match &self.what {
            Like::Element(element) => element.question,
            Like::Asked(asked) => asked.question,
        }
    }

    /// Its wording.
    #[must_use]
    pub fn field(&self) -> &Field {
        match &self.what {
            Like::Element(element) => &element.field,
            Like::Asked(asked) => &asked.field,
        }
    }

    /// What comes first: what can be joined, then what is nearest; an element before what is asked, for
    /// a decision on the dictionary serves all who ask.
    fn rank(&self) -> (u8, Tier, f32) {
        let can_be_it = self.alike.tier >= Tier::Possible;
        let group = match (can_be_it, self.differs.is_empty()) {
            (true, true) => 3,
            (true, false) => 2,
            (false, _) => u8::from(self.alike.tier == Tier::Related),
        };
        let kept = match self.what {
            Like::Element(_) => 1.0,
            Like::Asked(_) => KEPT_ASKED,
        };
        (group, self.alike.tier, kept * self.alike.score)
    }
}

/// Which candidates are wanted.
pub(super) struct Wanted<'a> {
    /// Of this tier at least.
    tier: Tier,
    limit: usize,
    /// Without what only this ask asks.
    without: Option<&'a AskName>,
}

/// All that candidates are worked out from, as it stands.
pub(super) struct Standing<'a> {
    suggesting: &'a Suggesting,
    dictionary: Arc<Dictionary>,
    links: Arc<Links>,
    matching: Arc<Matching>,
    epoch: u64,
    organisations: Arc<Successions<OrganisationId>>,
    today: Date,
    /// Whose private asks are told of; none for everybody's.
    told: Option<BTreeSet<OrganisationId>>,
    /// What was decided related or different, class by class.
    apart: HashMap<QuestionId, BTreeSet<QuestionId>>,
}

impl Broker {
    /// All that candidates are worked out from: for a reader from an organisation, without the private
    /// asks of others but for those that it came after.
    async fn standing_suggestions(
        &self,
        reader: Option<&OrganisationId>,
    ) -> Result<Standing<'_>, BrokerError> {
        let words = self.standing_words().await?;
        self.follow_asked(&words.matching).await?;
        let today = words.today;
        let told = reader.map(|own| with_predecessors(own, &words.organisations, today));
        Ok(Standing { told, ..words })
    }

    /// The same without what is asked: enough to compare wordings.
    async fn standing_words(&self) -> Result<Standing<'_>, BrokerError> {
        let matching = self.matching().await?;
        let links = self.store.links().await?.value;
        let organisations = self.store.organisation_successions().await?.value;
        Ok(Standing {
            suggesting: &self.suggesting,
            dictionary: self.store.dictionary().await?.value,
            epoch: self.suggesting.epoch(&matching),
            apart: apart(&links),
            links,
            matching,
            organisations,
            today: self.now_in_london().date(),
            told: None,
        })
    }
}

/// What was decided related or different, by the questions that stand for the classes.
fn apart(links: &Links) -> HashMap<QuestionId, BTreeSet<QuestionId>> {
    let mut apart: HashMap<QuestionId, BTreeSet<QuestionId>> = HashMap::new();
    let decided = links.decisions().filter(|own| own.verdict != Verdict::Same);
    for decision in decided {
        let a = links.representative(&decision.a);
        let b = links.representative(&decision.b);
        apart.entry(a).or_default().insert(b);
        apart.entry(b).or_default().insert(a);
    }
    apart
}

impl Standing<'_> {
    /// A question's wording, read and searched for among the elements.
    fn look_up(&self, question: &QuestionId, field: &Field) -> Arc<LookedUp> {
        let key = (*question, self.epoch);
        if let Some(known) = self.suggesting.looked_up.get(&key) {
            return known;
        }
        // With what it hangs on looked up, so that no comparison looks it up again.
        let reading = self.matching.index().read(&field.as_wording());
        let found = self.matching.find_read(&reading, ELEMENTS_FOUND_MAX);
        let elements = found
            .into_iter()
            .map(|(id, compared)| (id.clone(), compared.into()));
        let looked_up = Arc::new(LookedUp {
            elements: elements.collect(),
            reading,
        });
        self.suggesting
            .looked_up
            .insert(key, Arc::clone(&looked_up));
        looked_up
    }

    /// What a question may be, the best first. What is an element already may be nothing else.
    fn candidates(
        &self,
        state: &State,
        (question, field): (&QuestionId, &Field),
        wanted: &Wanted<'_>,
    ) -> Vec<Candidate> {
        let own = self.links.representative(question);
        let is_element = self.dictionary.element_among(question, &self.links);
        if is_element.is_some() || field.element.is_some() {
            return Vec::new();
        }
        let looked_up = self.look_up(question, field);
        let elements = looked_up.elements.iter().filter_map(|(id, alike)| {
            let element = self.dictionary.element(id)?;
            let is_open = element.retired.is_none() && self.is_open(&own, &element.question);
            is_open.then(|| (Like::Element(Arc::clone(element)), alike.clone()))
        });
        let found = self.found(state, question, &looked_up.reading);
        let asked = self.best_of_classes(state, (&own, &looked_up.reading), &found, wanted.without);
        let asked = asked.into_iter();
        let asked = asked.filter_map(|(class, compared)| {
            let asked = self.asked(state, &class, wanted.without)?;
            Some((Like::Asked(asked), compared.into()))
        });
        let candidate = |(what, alike): (Like, Alike)| {
            let mut candidate = Candidate {
                what,
                alike,
                differs: Vec::new(),
            };
            candidate.differs = field.differs_from(candidate.field());
            candidate
        };
        let is_wanted = |candidate: &Candidate| candidate.alike.tier >= wanted.tier;
        let all = elements.chain(asked).map(candidate).filter(is_wanted);
        let mut all: Vec<Candidate> = all.collect();
        all.sort_by(|one, other| {
            let ((group, tier, score), (others, other_tier, nearer)) = (one.rank(), other.rank());
            let by_tier = (others, other_tier).cmp(&(group, tier));
            let by_rank = by_tier.then(nearer.total_cmp(&score));
            by_rank.then_with(|| one.question().cmp(&other.question()))
        });
        all.truncate(wanted.limit);
        all
    }

    /// Whether nothing was decided between the class of a question and that of another.
    fn is_open(&self, own: &QuestionId, other: &QuestionId) -> bool {
        let other = self.links.representative(other);
        let apart = self.apart.get(own);
        *own != other && !apart.is_some_and(|apart| apart.contains(&other))
    }

    /// What is asked and most like a wording.
    fn found(&self, state: &State, question: &QuestionId, reading: &Reading) -> Arc<[QuestionId]> {
        let key = (*question, self.epoch, state.indexed);
        if let Some(known) = self.suggesting.found.get(&key) {
            return known;
        }
        let found: Arc<[QuestionId]> = state.find(reading, ASKED_FOUND_MAX).into();
        self.suggesting.found.insert(key, Arc::clone(&found));
        found
    }

    /// Of questions that were found, the nearest of other classes that are no element's, each class by
    /// its best; compared by the dictionary's weights, so that all are told in one measure.
    fn best_of_classes(
        &self,
        state: &State,
        (own, reading): (&QuestionId, &Reading),
        found: &[QuestionId],
        without: Option<&AskName>,
    ) -> HashMap<QuestionId, Compared> {
        let mut best: HashMap<QuestionId, Compared> = HashMap::new();
        // Words were taught meanwhile: what is asked is read otherwise, and cannot be compared.
        let lexicon = self.matching.index().lexicon();
        if !(state.lexicon.as_ref()).is_some_and(|own| Arc::ptr_eq(own, lexicon)) {
            return best;
        }
        for question in found {
            let class = self.links.representative(question);
            let is_element = self.dictionary.element_among(question, &self.links);
            if is_element.is_some() || !self.is_open(own, &class) {
                continue;
            }
            let Some(asked) = state.question(question) else {
                continue;
            };
            // What the reader may not know of says nothing to it, nor a word in an explanation.
            let mut askers = asked.askers.iter();
            if !askers.any(|(name, _)| self.told_ask(state, name, without).is_some()) {
                continue;
            }
            // What names an element is that element.
            if asked.field.element.is_some() {
                continue;
            }
            if best.len() == CANDIDATES_MAX && !best.contains_key(&class) {
                break;
            }
            let other = self.look_up(question, &asked.field);
            let compared = self.matching.index().compare(reading, &other.reading);
            match best.get_mut(&class) {
                Some(known) if known.score >= compared.score => {}
                Some(known) => *known = compared,
                None => _ = best.insert(class, compared),
            }
        }
        best
    }

    /// An ask that still asks and that the reader may know of.
    fn told_ask<'s>(
        &self,
        state: &'s State,
        name: &AskName,
        without: Option<&AskName>,
    ) -> Option<&'s AskedBy> {
        state.ask(name).filter(|ask| {
            let told = self.told.as_ref();
            let is_told = told.is_none_or(|told| told.contains(&name.organisation));
            (!ask.is_private || is_told)
                && without != Some(name)
                && ask.still_asks(self.today)
                && !self.organisations.has_ended(&name.organisation, self.today)
        })
    }

    /// A class of questions as the reader may see it, but for what one ask asks; none if that is
    /// nothing.
    fn asked(
        &self,
        state: &State,
        class: &QuestionId,
        without: Option<&AskName>,
    ) -> Option<AskedQuestions> {
        let mut askers = Vec::new();
        let mut organisations = BTreeSet::new();
        let mut wordings: Vec<(usize, QuestionId, &Arc<Field>)> = Vec::new();
        for member in self.links.members(class) {
            let Some(question) = state.question(&member) else {
                continue;
            };
            let mut of_wording = BTreeSet::new();
            for (name, place) in &question.askers {
                if let Some(ask) = self.told_ask(state, name, without) {
                    askers.push((name.clone(), ask.fields[*place].name.clone()));
                    of_wording.insert(&name.organisation);
                }
            }
            if !of_wording.is_empty() {
                wordings.push((of_wording.len(), member, &question.field));
                organisations.extend(of_wording.into_iter().cloned());
            }
        }
        let (_, wording, field) = wordings.into_iter().max_by(|one, another| {
            let ((count, _, field), (other, _, theirs)) = (one, another);
            let length = |field: &Field| field.label.chars().count();
            let by_count = count.cmp(other);
            let by_length = by_count.then_with(|| length(theirs).cmp(&length(field)));
            by_length.then_with(|| theirs.label.cmp(&field.label))
        })?;
        askers.sort();
        Some(AskedQuestions {
            question: *class,
            field: Arc::clone(field),
            wording,
            askers,
            organisations,
        })
    }
}
