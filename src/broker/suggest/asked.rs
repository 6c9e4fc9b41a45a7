//! What is asked: every question of the asks in force, once, ready to be searched by its wording.
//!
//! It is read from the store when it is first wanted, and then follows the ledger: what was submitted,
//! amended or taken back since is read, and nothing else. Of an ask no more is kept than who asks what,
//! how often and of which services; of a question one wording, for equal questions have equal words.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::broker::{Broker, BrokerError, Matching};
use crate::domain::ask::{Ask, Schedule};
use crate::domain::digest::QuestionId;
use crate::domain::event::Event;
use crate::domain::field::Field;
use crate::domain::id::{AskName, FieldName};
use crate::domain::matcher::{Entry, Index, Lexicon, Reading};
use crate::store::AskFilter;

/// Most asks that are known here: what some hundred bodies ask. Past that, the first by name are.
const ASKS_MAX: usize = 20_000;

/// Most questions that are known here, at some ten kilobytes each.
const QUESTIONS_MAX: usize = 20_000;

/// Asks read at a time, before others have their turn.
const ASKS_AT_A_TIME: usize = 250;

/// Events read at a time while the ledger is followed.
const EVENTS_AT_A_TIME: usize = 500;

/// How many events are followed: past that, reading the asks anew is less work.
const EVENTS_FOLLOWED_MAX: u64 = 20_000;

/// A part of the index takes in the one after it once it is less than so many times as large: so there
/// are few parts, and each question is indexed a few times at most.
const PART_TIMES: usize = 4;

/// How far ahead periods are counted, in days: a year.
const YEAR_DAYS: i64 = 364;

/// What is asked, as far as the ledger was followed.
#[derive(Default)]
pub(super) struct Asked {
    /// Who brings it up to the ledger: one at a time.
    following: tokio::sync::Mutex<()>,
    state: RwLock<State>,
}

/// What is asked.
#[derive(Default)]
pub(super) struct State {
    /// The ledger was followed up to here; none before it was first read.
    seen: Option<u64>,
    /// With what wordings were read.
    pub(super) lexicon: Option<Arc<Lexicon>>,
    asks: BTreeMap<AskName, AskedBy>,
    questions: HashMap<QuestionId, Question>,
    parts: Vec<Part>,
    /// How often something was indexed: what was found stands until it is again.
    pub(super) indexed: u64,
    /// Whether there is more than is known here.
    pub(super) is_partial: bool,
}

/// An ask, as far as it matters here.
pub(super) struct AskedBy {
    pub(super) is_private: bool,
    schedule: Schedule,
    expires_on: Option<Date>,
    pub(super) fields: Vec<AskedField>,
}

/// A field of an ask.
pub(super) struct AskedField {
    pub(super) name: FieldName,
    pub(super) question: QuestionId,
    /// The services of the homes that it is asked of; empty for any.
    pub(super) applies_to: BTreeSet<String>,
}

/// A question that somebody asks, or asked.
pub(super) struct Question {
    pub(super) field: Arc<Field>,
    /// Who asks it, and at which place of its ask.
    pub(super) askers: BTreeSet<(AskName, usize)>,
}

/// Some of the questions, indexed. What is asked no more stays until parts are joined.
struct Part {
    index: Index,
    questions: Vec<QuestionId>,
}

impl Asked {
    /// What is asked, to be read without waiting for anything meanwhile.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Broker {
    /// Brings what is asked up to the ledger.
    ///
    /// # Errors
    /// As the store says.
    pub(super) async fn follow_asked(&self, matching: &Matching) -> Result<(), BrokerError> {
        let asked = &self.suggesting.asked;
        let _alone = asked.following.lock().await;
        let lexicon = matching.index().lexicon();
        let latest = *self.changes().borrow();
        let seen = {
            let state = asked.read();
            let is_read_so = (state.lexicon.as_ref()).is_some_and(|own| Arc::ptr_eq(own, lexicon));
            state.seen.filter(|_| is_read_so)
        };
        match seen {
            Some(seen) if seen >= latest => Ok(()),
            Some(seen) if latest - seen <= EVENTS_FOLLOWED_MAX => {
                self.follow_events(seen, latest).await
            }
            _ => self.read_asked(lexicon, latest).await,
        }
    }

    /// Reads every ask in force.
    async fn read_asked(&self, lexicon: &Arc<Lexicon>, latest: u64) -> Result<(), BrokerError> {
        let mut state = State {
            seen: Some(latest),
            lexicon: Some(Arc::clone(lexicon)),
            // What was found before was found among less.
            indexed: self.suggesting.asked.read().indexed,
            ..State::default()
        };
        let mut fresh = Vec::new();
        let mut after: Option<AskName> = None;
        loop {
            let filter = AskFilter::default();
            let some = self.store.asks(&filter, after.as_ref(), ASKS_AT_A_TIME);
            let some = some.await?;
            let Some(last) = some.last() else { break };
            after = Some(last.value.name.clone());
            for ask in &some {
                fresh.extend(state.put(&ask.value));
            }
            tokio::task::yield_now().await;
        }
        state.index(fresh);
        self.suggesting.asked.change(|known| *known = state);
        Ok(())
    }

    /// Reads the asks that became something else since.
    async fn follow_events(&self, mut seen: u64, latest: u64) -> Result<(), BrokerError> {
        let mut changed = BTreeSet::new();
        while seen < latest {
            let events = self.store.events(seen, EVENTS_AT_A_TIME).await?;
            let Some(last) = events.last() else { break };
            seen = last.sequence;
            changed.extend(events.into_iter().filter_map(|said| match said.event {
                Event::AskSubmitted(said) | Event::AskAmended(said) => Some(said.name),
                Event::AskWithdrawn(taken) => Some(taken.name),
                _ => None,
            }));
            tokio::task::yield_now().await;
        }
        let mut asks = Vec::with_capacity(changed.len());
        for name in changed {
            let is_withdrawn = self.store.withdrawal(&name).await?.is_some();
            let ask = self.store.ask(&name).await?.filter(|_| !is_withdrawn);
            asks.push((name, ask));
        }
        self.suggesting.asked.change(|state| {
            let mut fresh = Vec::new();
            for (name, ask) in asks {
                state.take_away(&name);
                fresh.extend(ask.into_iter().flat_map(|ask| state.put(&ask.value)));
            }
            state.index(fresh);
            state.seen = Some(seen.max(latest));
        });
        Ok(())
    }
}

impl State {
    /// A question that somebody asks.
    pub(super) fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.questions.get(id).filter(|own| !own.askers.is_empty())
    }

    /// Every question that somebody asks.
    pub(super) fn questions(&self) -> impl Iterator<Item = (&QuestionId, &Question)> {
        let all = self.questions.iter();
        all.filter(|(_, own)| !own.askers.is_empty())
    }

    /// An ask by name.
    pub(super) fn ask(&self, name: &AskName) -> Option<&AskedBy> {
        self.asks.get(name)
    }

    /// The questions whose wordings are most like one, the nearest first by the measures of the parts.
    pub(super) fn find(&self, reading: &Reading, limit: usize) -> Vec<QuestionId> {
        let of_part = |part: &Part| -> Vec<(f32, QuestionId)> {
            let found = part.index.find_read(reading, limit).into_iter();
            let found = found.map(|own| (own.compared.score, part.questions[own.entry]));
            found.collect()
        };
        let mut all: Vec<_> = self.parts.iter().flat_map(of_part).collect();
        all.sort_by(|(near, one), (nearer, other)| nearer.total_cmp(near).then(one.cmp(other)));
        all.truncate(limit);
        all.into_iter().map(|(_, question)| question).collect()
    }

    /// Takes an ask in; the questions that were not known, with their wordings.
    fn put(&mut self, ask: &Ask) -> Vec<(QuestionId, Arc<Field>)> {
        let (asks, questions) = (self.asks.len(), self.questions.len());
        if asks >= ASKS_MAX || questions + ask.fields.len() > QUESTIONS_MAX {
            self.is_partial = true;
            return Vec::new();
        }
        let mut fresh = Vec::new();
        for (place, own) in ask.fields.iter().enumerate() {
            let question = self.questions.entry(own.question).or_insert_with(|| {
                let field = own.field.field();
                // What names an element is that element, in whatever words.
                if field.element.is_none() {
                    fresh.push((own.question, Arc::clone(field)));
                }
                Question {
                    field: Arc::clone(field),
                    askers: BTreeSet::new(),
                }
            });
            question.askers.insert((ask.name.clone(), place));
        }
        let fields = ask.fields.iter().map(|own| AskedField {
            name: own.field.name.clone(),
            question: own.question,
            applies_to: own.field.applies_to.clone(),
        });
        let asked = AskedBy {
            is_private: ask.raw.private,
            schedule: ask.schedule.clone(),
            expires_on: ask.expires_on,
            fields: fields.collect(),
        };
        self.asks.insert(ask.name.clone(), asked);
        fresh
    }

    fn take_away(&mut self, name: &AskName) {
        let Some(ask) = self.asks.remove(name) else {
            return;
        };
        for field in ask.fields {
            if let Some(question) = self.questions.get_mut(&field.question) {
                question.askers.retain(|(asker, _)| asker != name);
            }
        }
    }

    /// Indexes questions that were not known, as a part of their own or together with small parts.
    fn index(&mut self, fresh: Vec<(QuestionId, Arc<Field>)>) {
        let (Some(lexicon), false) = (self.lexicon.clone(), fresh.is_empty()) else {
            return;
        };
        self.indexed += 1;
        let mut questions: Vec<QuestionId> = fresh.into_iter().map(|(id, _)| id).collect();
        let is_small = |part: &mut Part, count: usize| part.questions.len() < PART_TIMES * count;
        while let Some(part) = self.parts.pop_if(|part| is_small(part, questions.len())) {
            questions.extend(part.questions);
        }
        // What nobody asks any longer goes when it would be indexed anew.
        let is_asked = |id: &QuestionId| self.question(id).is_some();
        let (asked, gone): (Vec<_>, Vec<_>) = questions.into_iter().partition(is_asked);
        for id in gone {
            self.questions.remove(&id);
        }
        let entry = |id: &QuestionId| Entry {
            wording: self.questions[id].field.as_wording(),
            aliases: Vec::new(),
        };
        let entries: Vec<Entry> = asked.iter().map(entry).collect();
        self.parts.push(Part {
            index: Index::new(lexicon, &entries),
            questions: asked,
        });
    }
}

impl AskedBy {
    /// Whether it is asked on a day or later.
    pub(super) fn still_asks(&self, today: Date) -> bool {
        let (_, last) = self.schedule.days();
        let last = self.expires_on.map_or(last, |expiry| expiry.min(last));
        today <= last
    }

    /// How many of its periods end within a year from a day on.
    pub(super) fn periods_a_year(&self, today: Date) -> u64 {
        let last = today.saturating_add(YEAR_DAYS.days());
        let periods = self.schedule.periods_between(today, last).into_iter();
        periods.filter(|period| period.last_day() <= last).count() as u64
    }
}
