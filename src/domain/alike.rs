//! Entries of one form that are likely the same question in other words, while nobody has decided.
//!
//! They stand next to each other where a home answers, so that an answer can be copied from the one
//! to the other.
//!
//! **Architecture invariant:** nothing here merges, stores or releases anything: two entries that are
//! likely the same stay two, each with its own answer and its own askers. They are worked out of a
//! template, beside it, so that neither it nor its digest changes.

mod copy;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::dictionary::Dictionary;
use super::digest::QuestionId;
use super::id::ElementId;
use super::link::Links;
use super::matcher::{Compared, Index, Reading, Stand, Tier, Wording};
use super::template::{Entry, EntryId, Template};

pub use self::copy::{Copied, can_copy, copied};

/// Most wordings of one entry that are read: its own, and those of the bodies that word it otherwise.
const WORDINGS_PER_ENTRY_MAX: usize = 3;

/// Most pairs of wordings that are compared facet by facet for one template, in its order: some
/// milliseconds' worth, and more than a form of a hundred questions of one kind has.
const COMPARED_MAX: usize = 6_000;

/// Most entries of a template that are looked up in the dictionary: some milliseconds' worth.
const LOOKED_UP_MAX: usize = 40;

/// Most elements that an entry may be likely the same as.
const ELEMENTS_PER_ENTRY_MAX: usize = 3;

/// Two entries of a template that are likely the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The place of the first in the template.
    pub first: usize,
    /// The place of the second, which is later.
    pub second: usize,
    /// What speaks for it, the strongest first: one at least.
    grounds: Vec<Ground>,
}

/// What speaks for two entries being the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ground {
    /// The question of the element by way of which they are; none for their own words.
    by_way_of: Option<QuestionId>,
    /// The same in plain words.
    explanation: String,
}

/// An entry that another is likely the same as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikelySame {
    /// The other.
    pub entry: EntryId,
    /// Why, facet by facet, in plain words.
    pub explanation: String,
}

/// Of each entry those that it is likely the same as, in the template's order; nothing of entries
/// that are like no other.
pub type LikelySames = BTreeMap<EntryId, Vec<LikelySame>>;

/// What pairs are found with: the matcher, over the dictionary in force.
#[derive(Clone, Copy)]
pub struct Finder<'a> {
    /// Wordings are read and weighed as here.
    pub index: &'a Index,
    /// The dictionary in force.
    pub dictionary: &'a Dictionary,
    /// The elements that a wording most probably means, the best first, at most so many.
    pub find: &'a Find<'a>,
}

/// What finds the elements that a wording most probably means.
pub type Find<'a> = dyn Fn(&Wording, usize) -> Vec<(ElementId, Compared)> + Sync + 'a;

/// An element that an entry is, or is likely the same as.
struct Meant {
    id: ElementId,
    /// Whether it is the entry's own.
    is_own: bool,
    explanation: String,
}

/// The pairs of entries of a template that are likely the same and whose answers can be copied,
/// whatever was decided of them.
#[must_use]
pub fn pairs(template: &Template, finder: Finder<'_>) -> Vec<Pair> {
    let entries = template.entries();
    let mut search = Search {
        entries,
        finder,
        readings: BTreeMap::new(),
        meant: BTreeMap::new(),
        compared: 0,
        looked_up: 0,
    };
    let mut pairs = Vec::new();
    for second in 0..entries.len() {
        for first in 0..second {
            if !can_copy(&entries[first], &entries[second]) {
                continue;
            }
            let grounds = search.grounds(first, second);
            if !grounds.is_empty() {
                pairs.push(Pair {
                    first,
                    second,
                    grounds,
                });
            }
        }
    }
    pairs
}

/// The entries that are likely the same and of which no decision in force speaks: neither of the two,
/// nor of one and the element by way of which they are.
#[must_use]
pub fn undecided(pairs: &[Pair], template: &Template, links: &Links) -> LikelySames {
    let entries = template.entries();
    let of = |place: usize| links.representative(&entries[place].question);
    let mut known: BTreeSet<QuestionId> = BTreeSet::new();
    for pair in pairs {
        known.extend([of(pair.first), of(pair.second)]);
        let elements = pair.grounds.iter().filter_map(|own| own.by_way_of);
        known.extend(elements.map(|own| links.representative(&own)));
    }
    let mut decided: BTreeSet<(QuestionId, QuestionId)> = BTreeSet::new();
    if !known.is_empty() {
        for decision in links.decisions() {
            let a = links.representative(&decision.a);
            let b = links.representative(&decision.b);
            if known.contains(&a) && known.contains(&b) {
                decided.extend([(a, b), (b, a)]);
            }
        }
    }
    let is_decided = |a: QuestionId, b: QuestionId| a != b && decided.contains(&(a, b));
    let mut likely = LikelySames::new();
    for pair in pairs {
        let (a, b) = (of(pair.first), of(pair.second));
        let stands = |ground: &&Ground| {
            let element = ground.by_way_of.map(|own| links.representative(&own));
            element.is_none_or(|element| !is_decided(a, element) && !is_decided(b, element))
        };
        let Some(ground) = pair.grounds.iter().find(stands) else {
            continue;
        };
        if a == b || is_decided(a, b) {
            continue;
        }
        for (own, other) in [(pair.first, pair.second), (pair.second, pair.first)] {
            likely.entry(entries[own].id).or_default().push(LikelySame {
                entry: entries[other].id,
                explanation: ground.explanation.clone(),
            });
        }
    }
    likely
}

/// A search for pairs: what was read and looked up so far, each once.
struct Search<'a> {
    entries: &'a [Entry],
    finder: Finder<'a>,
    readings: BTreeMap<usize, Vec<Reading>>,
    meant: BTreeMap<usize, Vec<Meant>>,
    compared: usize,
    looked_up: usize,
}

impl Search<'_> {
    /// What speaks for two entries being the same; nothing if anything speaks against it.
    fn grounds(&mut self, first: usize, second: usize) -> Vec<Ground> {
        for place in [first, second] {
            if !self.readings.contains_key(&place) {
                let read = |wording: &Wording| self.finder.index.lexicon().read(wording);
                let readings = wordings(&self.entries[place]).iter().map(read).collect();
                self.readings.insert(place, readings);
            }
        }
        let lexicon = self.finder.index.lexicon();
        let mut likely: Option<(usize, usize)> = None;
        for (at, a) in self.readings[&first].iter().enumerate() {
            for (other, b) in self.readings[&second].iter().enumerate() {
                if self.compared == COMPARED_MAX {
                    return Vec::new();
                }
                self.compared += 1;
                let compared = lexicon.compare(a, b);
                if is_apart(&compared) {
                    return Vec::new();
                }
                if compared.tier == Tier::LikelySame {
                    likely = likely.or(Some((at, other)));
                }
            }
        }
        let mut grounds: Vec<Ground> = Vec::new();
        if let Some((at, other)) = likely {
            let (a, b) = (&self.readings[&first][at], &self.readings[&second][other]);
            let compared = self.finder.index.compare(a, b);
            if compared.tier == Tier::LikelySame {
                grounds.push(Ground {
                    by_way_of: None,
                    explanation: compared.explanation(),
                });
            }
        }
        grounds.extend(self.by_way_of_elements(first, second));
        grounds
    }

    /// The elements that both are, or are likely the same as.
    fn by_way_of_elements(&mut self, first: usize, second: usize) -> Vec<Ground> {
        for place in [first, second] {
            self.look_up(place);
        }
        let empty = Vec::new();
        let of = |place: usize| self.meant.get(&place).unwrap_or(&empty);
        let mut grounds = Vec::new();
        for a in of(first) {
            let Some(b) = of(second).iter().find(|b| b.id == a.id) else {
                continue;
            };
            let Some(element) = self.finder.dictionary.element(&a.id) else {
                continue;
            };
            let explanation = match (a.is_own, b.is_own) {
                (true, _) => b.explanation.clone(),
                (_, true) => a.explanation.clone(),
                _ => format!("each is probably “{}”", element.field.label),
            };
            grounds.push(Ground {
                by_way_of: Some(element.question),
                explanation,
            });
        }
        grounds
    }

    /// Finds out which element an entry is, or is likely the same as.
    fn look_up(&mut self, place: usize) {
        if self.meant.contains_key(&place) {
            return;
        }
        let entry = &self.entries[place];
        if let Some(own) = &entry.element {
            let own = Meant {
                id: own.clone(),
                is_own: true,
                explanation: String::new(),
            };
            self.meant.insert(place, vec![own]);
            return;
        }
        if self.looked_up == LOOKED_UP_MAX {
            return;
        }
        self.looked_up += 1;
        let own = wordings(entry).into_iter().next().unwrap_or_default();
        let found = (self.finder.find)(&own, ELEMENTS_PER_ENTRY_MAX).into_iter();
        let likely = found.filter(|(id, compared)| {
            let element = self.finder.dictionary.element(id);
            let fits = |own: &Entry| {
                element.is_some_and(|element| {
                    element.field.kind.word().to_string() == own.input.word()
                        && element.field.timing == own.timing
                })
            };
            compared.tier == Tier::LikelySame && fits(entry)
        });
        let meant = likely.map(|(id, compared)| Meant {
            id,
            is_own: false,
            explanation: compared.explanation(),
        });
        let meant = meant.collect();
        self.meant.insert(place, meant);
    }
}

/// Whether something tells the two apart, however alike their words are.
fn is_apart(compared: &Compared) -> bool {
    let mut reasons = compared.reasons.iter();
    reasons.any(|reason| matches!(reason.stand, Stand::Different | Stand::Related))
}

/// The wordings of an entry, each once: that which the home sees, and those of who ask it otherwise.
fn wordings(entry: &Entry) -> Vec<Wording> {
    let unit = entry.number().and_then(|number| number.unit.as_ref());
    let own = Wording {
        label: entry.wording.value.clone(),
        definition: entry.definition.value.clone(),
        options: entry
            .options()
            .iter()
            .map(|own| own.label.clone())
            .collect(),
        kind: entry.input.word().to_owned(),
        unit: unit.map_or("", |unit| unit.value.code()).to_owned(),
        timing: entry.timing.to_string(),
    };
    let mut wordings = vec![own];
    for demand in &entry.demands {
        let is_known = |known: &Wording| known.label == demand.field.label;
        if wordings.len() < WORDINGS_PER_ENTRY_MAX && !wordings.iter().any(is_known) {
            wordings.push(demand.field.as_wording());
        }
    }
    wordings
}
