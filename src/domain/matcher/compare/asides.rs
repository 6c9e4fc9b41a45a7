//! What stands beside the facets: what is left out, look-backs, numbers, definitions, unknown words.

use std::collections::BTreeSet;

use super::{Comparing, Reason, Stand};
use crate::domain::matcher::lexicon::Unsaid;
use crate::domain::matcher::reading::{Reading, Sense};

/// Facets of which a definition may speak in passing.
const SPOKEN_OF_IN_PASSING: [&str; 6] = ["about", "measure", "scope", "reach", "moment", "counts"];

impl Comparing<'_> {
    /// What one side leaves out, or expressly counts in, and the other does not.
    pub(super) fn left_out(&self) -> Vec<Reason> {
        let opposed = |out: &Reading, other: &Reading| -> Vec<Sense> {
            let counted =
                |sense: &&Sense| other.says.contains(*sense) || other.with.contains(*sense);
            out.without.iter().filter(counted).copied().collect()
        };
        let (first, second) = (opposed(self.a, self.b), opposed(self.b, self.a));
        let facet = "what is left out";
        if !first.is_empty() || !second.is_empty() {
            return vec![self.reason(Stand::Related, facet, &first, &second)];
        }
        let sides = [
            (facet, &self.a.without, &self.b.without),
            ("what is counted in", &self.a.with, &self.b.with),
        ];
        let spoken = sides
            .into_iter()
            .filter(|(_, a, b)| !a.is_empty() || !b.is_empty());
        let reasons = spoken.map(|(facet, a, b)| {
            let stand = if a == b {
                Stand::Agrees
            } else {
                Stand::Narrower
            };
            let list = |senses: &BTreeSet<Sense>| senses.iter().copied().collect::<Vec<_>>();
            self.reason(stand, facet, &list(a), &list(b))
        });
        reasons.collect()
    }

    pub(super) fn look_back(&self) -> Option<Reason> {
        let (a, b) = (self.a.look_back, self.b.look_back);
        let stand = match (a, b) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => Stand::Agrees,
            (Some(_), Some(_)) => Stand::Related,
            _ => Stand::Narrower,
        };
        Some(Reason {
            stand,
            facet: "how long it looks back".to_owned(),
            first: a.iter().map(ToString::to_string).collect(),
            second: b.iter().map(ToString::to_string).collect(),
            is_telling: stand == Stand::Narrower,
            is_lenient: false,
            is_overruled: false,
        })
    }

    pub(super) fn numbers(&self) -> Option<Reason> {
        let (a, b) = (&self.a.numbers, &self.b.numbers);
        if a == b {
            return None;
        }
        let is_clash = !a.is_empty() && !b.is_empty() && a.is_disjoint(b);
        Some(Reason {
            stand: if is_clash {
                Stand::Related
            } else {
                Stand::Narrower
            },
            facet: "numbers".to_owned(),
            first: a.iter().cloned().collect(),
            second: b.iter().cloned().collect(),
            is_telling: is_clash,
            is_lenient: false,
            is_overruled: false,
        })
    }

    /// What only one side's definition adds, and definitions that part the same words.
    pub(super) fn definitions(&self) -> Option<Reason> {
        let (a, b) = (self.a, self.b);
        let (first, second) = (self.added(a, b), self.added(b, a));
        let is_number = !a.is_entry
            && !b.is_entry
            && a.defined_numbers != b.defined_numbers
            && !a.defined_numbers.is_empty()
            && !b.defined_numbers.is_empty();
        let both_define = [a, b]
            .iter()
            .all(|own| !own.definition.is_empty() && !own.is_entry);
        let parts_words = both_define && a.stems == b.stems && a.definition != b.definition;
        if first.is_empty() && second.is_empty() && !is_number && !parts_words {
            return None;
        }
        let mut reason = self.reason(Stand::Narrower, "the definition", &first, &second);
        if is_number {
            reason.first.extend(a.defined_numbers.iter().cloned());
            reason.second.extend(b.defined_numbers.iter().cloned());
        }
        if reason.first.is_empty() && reason.second.is_empty() {
            reason.first.push("one thing".to_owned());
            reason.second.push("another".to_owned());
        }
        Some(reason)
    }

    /// What the definition of one side says that neither its label nor the other side knows.
    fn added(&self, own: &Reading, other: &Reading) -> Vec<Sense> {
        let covers = |known: &Sense, sense: &Sense| {
            known == sense || self.lexicon.value(*known).within.contains(sense)
        };
        let knows = |sense: &Sense| {
            let known = other.says.iter().chain(&other.means).chain(&other.defines);
            let mut known = known.chain(&other.with).chain(&other.without);
            known.any(|known| covers(known, sense))
        };
        let counts = |sense: &&Sense| {
            let facet = self.lexicon.facet(**sense);
            let is_said = own.says.contains(*sense) || own.means.contains(*sense);
            let is_passing = SPOKEN_OF_IN_PASSING.contains(&facet.id.as_str());
            !is_said && !is_passing && facet.unsaid == Unsaid::Narrows
        };
        if own.is_entry {
            return Vec::new();
        }
        let added = own.defines.iter().filter(counts);
        added.filter(|sense| !knows(sense)).copied().collect()
    }

    /// The words that stand in the place of others, where nothing else tells apart.
    pub(super) fn other_words(&self) -> Reason {
        Reason {
            stand: Stand::Narrower,
            facet: "words in the place of others".to_owned(),
            first: self.a.own_words(self.b),
            second: self.b.own_words(self.a),
            is_telling: false,
            is_lenient: false,
            is_overruled: false,
        }
    }

    /// Words that only one side has and that the lexicon does not know: they may tell apart.
    pub(super) fn words(&self) -> Option<Reason> {
        let only = |own: &Reading, other: &Reading| -> Vec<String> {
            let has = |stem: &&String| other.stems.contains(stem);
            own.left.iter().filter(|stem| !has(stem)).cloned().collect()
        };
        let (first, second) = (only(self.a, self.b), only(self.b, self.a));
        (!first.is_empty() || !second.is_empty()).then(|| Reason {
            stand: Stand::Narrower,
            facet: "other words".to_owned(),
            first,
            second,
            is_telling: false,
            is_lenient: false,
            is_overruled: false,
        })
    }
}
