//! How much is asked, and how much of it one decision each would save homes.
//!
//! Counted are entries a year: for each home, the periods of a year for which it is asked. Where a
//! home is asked a question and also what that would be, it would answer once what it answers twice:
//! as often as the rarer of the two is asked.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::Standing;
use super::asked::State;
use crate::broker::{Broker, BrokerError};
use crate::domain::ask::Targets;
use crate::domain::digest::QuestionId;
use crate::domain::home::{ENGLAND, normalised_services};
use crate::domain::id::AskName;
use crate::domain::period::Cadence;
use crate::store::HomeClass;

/// Most fields that are looked at, each once for each class of homes: some seconds of counting. Past
/// that, what is left out counts nothing.
const FIELDS_COUNTED_MAX: usize = 20_000_000;

/// How much is asked of homes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Burden {
    /// Of how many homes.
    pub(super) homes: u64,
    /// How many entries a year.
    pub(super) entries: u64,
    /// How many of these a decision would save.
    pub(super) saves: u64,
}

/// What is asked of homes, by the questions that stand for classes.
#[derive(Default)]
pub(super) struct Burdens {
    by_question: HashMap<QuestionId, Burden>,
    /// Whether something was left out.
    pub(super) is_partial: bool,
}

impl Burdens {
    pub(super) fn of(&self, class: &QuestionId) -> Burden {
        self.by_question.get(class).copied().unwrap_or_default()
    }
}

impl Broker {
    /// How much is asked of homes, given what each question would become: what stands for a class, of
    /// itself and of others, by the class. Of some asks only, where a reader is told of no more.
    pub(super) async fn count_burdens(
        &self,
        standing: &Standing<'_>,
        becomes: &HashMap<QuestionId, QuestionId>,
        counts: impl Fn(&AskName) -> bool,
    ) -> Result<Burdens, BrokerError> {
        let england = ENGLAND.parse().expect("England has a GSS code");
        let targets = Targets {
            areas: BTreeSet::from([england]),
            ..Targets::default()
        };
        let today = standing.today;
        let period = Cadence::Daily.period_of(today);
        let classes = self.live_classes(&targets, &period, (today, Date::MAX));
        let classes = classes.await?;
        let mut burdens = Burdens::default();
        let mut periods: HashMap<AskName, u64> = HashMap::new();
        let mut counted = 0;
        for class in classes {
            {
                let state = self.suggesting.asked.read();
                let asked = asked_of(
                    standing,
                    &state,
                    &class,
                    &counts,
                    &mut periods,
                    &mut counted,
                );
                burdens.add(class.homes.len() as u64, &asked, becomes);
            }
            if counted > FIELDS_COUNTED_MAX {
                burdens.is_partial = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(burdens)
    }
}

/// How often a year homes of a class are asked each question.
fn asked_of(
    standing: &Standing<'_>,
    state: &State,
    class: &HomeClass,
    counts: &impl Fn(&AskName) -> bool,
    periods: &mut HashMap<AskName, u64>,
    counted: &mut usize,
) -> HashMap<QuestionId, u64> {
    let services = normalised_services(&class.services);
    let mut asked: HashMap<QuestionId, u64> = HashMap::new();
    for name in class.asks.iter().filter(|name| counts(name)) {
        let Some(ask) = state.ask(name) else { continue };
        let known = periods.get(name).copied();
        let times = known.unwrap_or_else(|| ask.periods_a_year(standing.today));
        periods.insert(name.clone(), times);
        *counted += ask.fields.len();
        for field in &ask.fields {
            let is_of = field.applies_to.is_empty() || !field.applies_to.is_disjoint(&services);
            if times > 0 && is_of {
                let class = standing.links.representative(&field.question);
                let known = asked.entry(class).or_default();
                *known = times.max(*known);
            }
        }
    }
    asked
}

impl Burdens {
    /// Counts homes that are asked so much of each question.
    fn add(
        &mut self,
        homes: u64,
        asked: &HashMap<QuestionId, u64>,
        becomes: &HashMap<QuestionId, QuestionId>,
    ) {
        // Of what would be one, how often the most and the second most frequent are asked.
        let mut most: HashMap<&QuestionId, (u64, u64)> = HashMap::new();
        for (question, times) in asked {
            let one = becomes.get(question).unwrap_or(question);
            let (first, second) = most.entry(one).or_default();
            if *times > *first {
                (*first, *second) = (*times, *first);
            } else {
                *second = (*second).max(*times);
            }
        }
        for (question, times) in asked {
            let burden = self.by_question.entry(*question).or_default();
            burden.homes += homes;
            burden.entries += homes * times;
            let one = becomes.get(question).unwrap_or(question);
            let (first, second) = most.get(one).copied().unwrap_or_default();
            // The other that is asked most often: another of the same frequency is the second.
            let other = if *times == first { second } else { first };
            burden.saves += homes * other.min(*times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(number: u8) -> QuestionId {
        QuestionId::from_bytes([number; 20])
    }

    #[test]
    fn a_decision_saves_what_the_rarer_of_two_is_asked_of_each_home_that_is_asked_both() {
        let mut burdens = Burdens::default();
        // 2 and 3 would be 1; 4 is something else.
        let becomes = HashMap::from([(question(2), question(1)), (question(3), question(1))]);
        let asked = |said: &[(u8, u64)]| said.iter().map(|(q, t)| (question(*q), *t)).collect();
        burdens.add(10, &asked(&[(1, 52), (2, 12), (4, 12)]), &becomes);
        burdens.add(3, &asked(&[(2, 12), (3, 12)]), &becomes);
        burdens.add(5, &asked(&[(2, 12)]), &becomes);
        let of = |number: u8| burdens.of(&question(number));
        assert_eq!((of(1).homes, of(1).entries, of(1).saves), (10, 520, 120));
        assert_eq!((of(2).homes, of(2).entries, of(2).saves), (18, 216, 156));
        assert_eq!((of(3).homes, of(3).entries, of(3).saves), (3, 36, 36));
        assert_eq!((of(4).homes, of(4).entries, of(4).saves), (10, 120, 0));
    }
}
