//! What each entry of a form would need of a home if everything that is asked were answered: of no
//! one home, and without a look at any answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{EntryState, Need, Sheets, state};
use crate::domain::dictionary::Dictionary;
use crate::domain::id::DimensionId;
use crate::domain::known::{Asked, Freshness, Knowledge, Memo, Register};
use crate::domain::link::Links;
use crate::domain::template::{Demand, Entry};

/// What a home would have to do for each entry of a form, in their order, once it has answered what
/// the form asks of it and what is asked elsewhere, by a register that says every fact that elements
/// name. Conditions are not looked at: an entry that waits for another answer counts as put.
#[must_use]
pub fn expected(
    entries: &[Entry],
    elsewhere: BTreeMap<Asked, BTreeSet<DimensionId>>,
    dictionary: &Dictionary,
    links: &Links,
) -> Vec<Need> {
    let sheets = Sheets::new();
    let mut asked = elsewhere;
    for entry in entries {
        let (key, dimensions) = state::asked_by(entry, links);
        asked.entry(key).or_default().extend(dimensions);
    }
    let knowledge = Knowledge {
        sheets: &sheets,
        links,
        dictionary,
        register: Register::EveryFact,
        asked,
        settled: BTreeMap::new(),
        memo: Memo::default(),
    };
    let need = |entry: &Entry| {
        let demands: Vec<&Demand> = entry.demands.iter().collect();
        let freshness = Freshness {
            max_age_days: state::oldest(&demands),
            before: None,
        };
        let all = knowledge.of(entry, freshness);
        let mut state = EntryState::default();
        state::fill(&mut state, entry, &all, &demands);
        state.need
    };
    entries.iter().map(need).collect()
}
