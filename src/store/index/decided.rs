//! What became of decisions, the words that data leads taught the matcher, and where elements changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::bodies::Bodies;
use super::codec::{In, Out};
use super::draft::{Draft, Posting, small};
use super::fact::Noted;
use super::read::Index;
use super::record::{Place, Small, damaged, key};
use super::records::Records;
use super::registers::Registers;
use crate::domain::dictionary::ElementChange;
use crate::domain::digest::QuestionId;
use crate::domain::event::LinkUndone;
use crate::domain::id::ElementId;
use crate::domain::link::Decision;
use crate::domain::matcher::Term;
use crate::domain::objection::{DecisionLife, DecisionObjected, ObjectionAnswered, Undone};
use crate::domain::terms::{OwnTerms, TermsDecided};
use crate::store::{Recorded, StoreError, Stored};

/// What an event says of a decision that was made, or of words.
#[derive(Debug, Clone)]
pub(crate) enum Governed {
    /// A decision was taken back.
    Undone(LinkUndone),
    /// A body objected to a decision.
    Objected(Arc<DecisionObjected>),
    /// An objection was answered.
    Answered(Arc<ObjectionAnswered>),
    /// Words were added or withdrawn.
    Terms(Arc<TermsDecided>),
}

/// Every decision with what became of it.
#[derive(Default)]
pub(super) struct Lives {
    by_id: BTreeMap<String, Stored<Arc<DecisionLife>>>,
    by_question: HashMap<QuestionId, BTreeSet<String>>,
    /// Those with an objection that waits for an answer.
    objected: BTreeSet<String>,
}

impl Lives {
    pub(super) fn put(&mut self, life: Stored<Arc<DecisionLife>>) {
        let decision = &life.value.decision;
        for question in [decision.a, decision.b] {
            let about = self.by_question.entry(question).or_default();
            about.insert(decision.id.clone());
        }
        if life.value.is_objected() {
            self.objected.insert(decision.id.clone());
        } else {
            self.objected.remove(&decision.id);
        }
        self.by_id.insert(decision.id.clone(), life);
    }

    pub(super) fn revision(&self, id: &str) -> u64 {
        self.by_id.get(id).map_or(0, |life| life.revision)
    }
}

impl<R: Records> Draft<'_, R> {
    /// A decision comes into force.
    pub(super) fn add_linked(
        &mut self,
        sequence: u64,
        decision: &Arc<Decision>,
    ) -> Result<(), StoreError> {
        self.put(key::decision(&decision.id), small(decision, sequence));
        self.put(key::LINKS.to_vec(), small(&(), sequence));
        self.post(Posting::Linked(sequence, Arc::clone(decision)));
        let known = self.life(&decision.id)?;
        let mut life = DecisionLife::of(Arc::clone(decision));
        if let Some(known) = known {
            if known.revision >= sequence {
                return Ok(());
            }
            life.objections.clone_from(&known.value.objections);
        }
        self.put_life(sequence, life);
        Ok(())
    }

    pub(super) fn add_governed(
        &mut self,
        sequence: u64,
        noted: &Noted,
        said: &Governed,
    ) -> Result<(), StoreError> {
        match said {
            Governed::Undone(undone) => {
                self.take(key::decision(&undone.decision));
                self.put(key::LINKS.to_vec(), small(&(), sequence));
                self.post(Posting::Undone(sequence, undone.decision.clone()));
                self.change_life(sequence, &undone.decision, |life| {
                    life.undone = Some(Undone {
                        reason: undone.reason.clone(),
                        author: noted.by.clone(),
                        undone_at: noted.at,
                    });
                })
            }
            Governed::Objected(objected) => {
                self.change_life(sequence, &objected.decision, |life| {
                    life.object(DecisionObjected::clone(objected));
                })
            }
            Governed::Answered(answered) => {
                self.change_life(sequence, &answered.decision, |life| {
                    life.answer(ObjectionAnswered::clone(answered));
                })
            }
            Governed::Terms(decided) => self.add_terms(sequence, decided),
        }
    }

    /// Changes what became of a decision, unless that is in it already, or nobody knows of it.
    fn change_life(
        &mut self,
        sequence: u64,
        id: &str,
        change: impl FnOnce(&mut DecisionLife),
    ) -> Result<(), StoreError> {
        if let Some(known) = self.life(id)?
            && known.revision < sequence
        {
            let mut life = known.value;
            change(&mut life);
            self.put_life(sequence, life);
        }
        Ok(())
    }

    fn life(&self, id: &str) -> Result<Option<Small<DecisionLife>>, StoreError> {
        let found = self.get(&key::life(id))?;
        found.map(|bytes| Small::decode(&bytes)).transpose()
    }

    fn put_life(&mut self, revision: u64, life: DecisionLife) {
        self.put(key::life(&life.decision.id), small(&life, revision));
        let value = Arc::new(life);
        self.post(Posting::Life(Stored { value, revision }));
    }

    fn add_terms(&mut self, revision: u64, decided: &TermsDecided) -> Result<(), StoreError> {
        let found = self.get(key::TERMS)?;
        let known = found.map(|bytes| terms(&bytes)).transpose()?;
        let (seen, mut own) = known.unwrap_or_default();
        if seen < revision {
            own.apply(decided);
            let kept: Vec<Term> = own.iter().cloned().collect();
            self.put(key::TERMS.to_vec(), small(&kept, revision));
            let value = Arc::new(own);
            self.post(Posting::Terms(Stored { value, revision }));
        }
        Ok(())
    }

    /// Notes where an element was changed, or the whole dictionary adopted.
    pub(super) fn note_change(
        &mut self,
        place: Place,
        changed: Option<&ElementChange>,
    ) -> Result<(), StoreError> {
        let key = key::element_changes(changed.map(ElementChange::element).unwrap_or_default());
        let mut places = match self.get(&key)? {
            Some(bytes) => places(&bytes)?,
            None => Vec::new(),
        };
        let last = places.last().map_or(0, |last: &Place| last.sequence);
        if last < place.sequence {
            places.push(place);
            let mut out = Out::default();
            out.count(places.len());
            for place in places {
                place.write(&mut out);
            }
            self.put(key, out.0);
        }
        Ok(())
    }
}

fn places(bytes: &[u8]) -> Result<Vec<Place>, StoreError> {
    let read = || {
        let mut input = In(bytes);
        let places = (0..input.count()?)
            .map(|_| Place::read(&mut input))
            .collect::<Option<_>>()?;
        input.end().map(|()| places)
    };
    read().ok_or_else(|| damaged("the changes of an element"))
}

fn terms(bytes: &[u8]) -> Result<(u64, OwnTerms), StoreError> {
    let kept = Small::<Vec<Term>>::decode(bytes)?;
    Ok((kept.revision, OwnTerms::of(kept.value)))
}

/// Makes the postings of decisions and words from their records.
pub(super) fn load(records: &impl Records, registers: &mut Registers) -> Result<(), StoreError> {
    records.scan(key::LIVES, &mut |_, value| {
        let Small { revision, value } = Small::<Arc<DecisionLife>>::decode(value)?;
        registers.lives.put(Stored { value, revision });
        Ok(())
    })?;
    if let Some(bytes) = records.get(key::TERMS)? {
        let (revision, own) = terms(&bytes)?;
        let value = Arc::new(own);
        registers.terms = Stored { value, revision };
    }
    Ok(())
}

impl<R: Records, B: Bodies> Index<R, B> {
    pub(super) fn decision_life(&self, id: &str) -> Option<Stored<Arc<DecisionLife>>> {
        self.core().read().registers.lives.by_id.get(id).cloned()
    }

    /// Decisions about any of these questions, as they were made; at most `limit`, the latest.
    pub(super) fn decisions_about(
        &self,
        questions: &BTreeSet<QuestionId>,
        limit: usize,
    ) -> Vec<Arc<DecisionLife>> {
        let held = self.core().read();
        let lives = &held.registers.lives;
        let about = questions.iter();
        let ids: BTreeSet<&String> = about
            .filter_map(|question| lives.by_question.get(question))
            .flatten()
            .collect();
        let known = ids.into_iter().filter_map(|id| lives.by_id.get(id));
        let mut found: Vec<Arc<DecisionLife>> = known.map(|life| Arc::clone(&life.value)).collect();
        found.sort_by(|a, b| {
            let when = |life: &DecisionLife| life.decision.decided_at;
            let by_time = when(a).cmp(&when(b));
            by_time.then_with(|| a.decision.id.cmp(&b.decision.id))
        });
        found.drain(..found.len().saturating_sub(limit));
        found
    }

    pub(super) fn objected_decisions(&self) -> BTreeSet<String> {
        self.core().read().registers.lives.objected.clone()
    }

    pub(super) fn terms(&self) -> Stored<Arc<OwnTerms>> {
        self.core().read().registers.terms.clone()
    }

    pub(super) async fn element_changes(
        &self,
        id: &ElementId,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let mut all = Vec::new();
        for of in ["", id.as_str()] {
            if let Some(bytes) = self.core().records().get(&key::element_changes(of))? {
                all.extend(places(&bytes)?);
            }
        }
        all.sort_by_key(|place| place.sequence);
        all.drain(..all.len().saturating_sub(limit));
        let read = self.bodies().all_at(&all).await?;
        Ok(read.into_iter().flatten().collect())
    }
}
