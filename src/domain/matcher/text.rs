//! A text in the course of being read: what its words stand for, and which are accounted for.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use super::lexicon::{Apart, Lexicon, Said};
use super::reading::{GENERAL, Sense};
use super::spelling::{self, LookBack};
use super::words::Word;

/// How many words after a word such as `not` what it turns round may stand.
const NEGATED_WITHIN_WORDS: usize = 4;

/// Values whose words only ask.
const ASKING: [&str; 2] = ["measure:count", "measure:yes-no"];

/// Facets whose values are people.
const PEOPLE: [&str; 3] = ["who", "role", "employment"];

/// Words, by their stems, after which something is said of the people before them.
const FOLLOWS_PEOPLE: [&str; 24] = [
    "who", "with", "have", "had", "has", "that", "whose", "in", "on", "at", "under", "age", "live",
    "where", "is", "are", "were", "was", "be", "receiv", "requir", "need", "for", "from",
];

/// How a value is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Plain,
    Without,
    With,
}

/// A text in the course of being read: which words are accounted for, and what was found where.
pub(super) struct Text<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Word],
    taken: Vec<bool>,
    /// What was found, by the place of its first word.
    found: Vec<Found>,
}

/// What words of a text stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// Place of the first word.
    at: usize,
    /// How many words, where they follow each other.
    length: usize,
    /// The places of all of its words.
    places: Vec<usize>,
    said: Said,
}

impl<'a> Text<'a> {
    pub(super) fn new(lexicon: &'a Lexicon, words: &'a [Word]) -> Self {
        Self {
            lexicon,
            words,
            taken: vec![false; words.len()],
            found: Vec::new(),
        }
    }

    /// Passes over the number that a question of a form bears: `3.`, `Q12`, `4a)`.
    pub(super) fn skip_numbering(&mut self) {
        let first = self.words.iter().take_while(|word| word.clause == 0);
        let first: Vec<&Word> = first.collect();
        let is_short = |word: &&Word| word.stem.len() <= 2 || word.is_number();
        let is_numbered = first.iter().any(|word| word.is_number());
        let is_all = first.len() < self.words.len() && first.len() <= 3;
        if is_all && is_numbered && first.iter().all(is_short) {
            self.taken[..first.len()].fill(true);
        } else if let [letter, number, _, ..] = first.as_slice()
            && letter.stem == "q"
            && number.is_number()
        {
            self.taken[..2].fill(true);
        }
    }

    /// Takes the words that say how long the question looks back.
    pub(super) fn look_back(&mut self) -> Option<LookBack> {
        let stems: Vec<&str> = self.words.iter().map(|word| word.stem.as_str()).collect();
        let (range, found) = spelling::look_back(&stems)?;
        if self.taken[range.clone()].contains(&true) {
            return None;
        }
        self.taken[range].fill(true);
        Some(found)
    }

    /// Finds what the lexicon knows: words that follow each other, the longest first; then words that
    /// stand apart; then single words.
    pub(super) fn find(&mut self) {
        let mut runs = self.runs();
        runs.sort_by_key(|(at, length, _)| (Reverse(*length), *at));
        let longer = runs.partition_point(|(_, length, _)| *length > 1);
        for (at, length, said) in &runs[..longer] {
            self.take_run(*at, *length, said);
        }
        self.find_apart();
        for (at, length, said) in &runs[longer..] {
            self.take_run(*at, *length, said);
        }
        self.found.sort_by_key(|found| found.at);
    }

    /// Whether what is counted is people: they stand where the thing counted stands, with what is
    /// said of them after them (`residents with a sore`), and not before a thing (`resident falls`).
    pub(super) fn counts_people(&self) -> bool {
        let facet = |found: &Found| match found.said {
            Said::Sense(sense) => Some(self.lexicon.facet(sense).id.as_str()),
            _ => None,
        };
        let is_person = |found: &&Found| facet(found).is_some_and(|id| PEOPLE.contains(&id));
        let thing = self.found.iter().find(|found| {
            let about = facet(found);
            about.is_some_and(|id| !GENERAL.contains(&id))
        });
        let Some(first) = thing.filter(is_person) else {
            return false;
        };
        let mut after = first.at + first.length.max(1);
        for more in self.found.iter().filter(is_person) {
            if more.at == after {
                after += more.length;
            }
        }
        let next = self.words.get(after);
        next.is_none_or(|word| {
            FOLLOWS_PEOPLE.contains(&word.stem.as_str())
                || after > 0 && word.clause != self.words[after - 1].clause
        })
    }

    /// Every run of words that says something: its place, its length, and what it says.
    fn runs(&self) -> Vec<(usize, usize, &'a [Said])> {
        let lexicon = self.lexicon;
        let mut runs = Vec::new();
        let mut joined = String::new();
        for (at, first) in self.words.iter().enumerate() {
            let longest = lexicon
                .longest
                .get(&first.stem)
                .copied()
                .unwrap_or_default();
            joined.clear();
            for (length, word) in (1..=longest).zip(&self.words[at..]) {
                if length > 1 {
                    joined.push(' ');
                }
                joined.push_str(&word.stem);
                let said = lexicon.runs.get(&joined);
                runs.extend(said.map(|said| (at, length, said.as_slice())));
            }
        }
        runs
    }

    fn take_run(&mut self, at: usize, length: usize, said: &[Said]) {
        let range = at..at + length;
        if self.taken[range.clone()].contains(&true) {
            return;
        }
        self.taken[range].fill(true);
        // The same words may say several things; all of them are found.
        let found = said.iter().map(|said| Found {
            at,
            length,
            places: (at..at + length).collect(),
            said: *said,
        });
        self.found.extend(found);
    }

    fn stands_at(&self, part: &[String], at: usize) -> bool {
        let words = self.words.get(at..at + part.len());
        words.is_some_and(|words| {
            words
                .iter()
                .zip(part)
                .all(|(word, stem)| word.stem == *stem)
        })
    }

    fn find_apart(&mut self) {
        let has: HashSet<&str> = self.words.iter().map(|word| word.stem.as_str()).collect();
        let mut known: Vec<&Apart> = Vec::new();
        for stem in &has {
            let of = self.lexicon.apart.get(*stem).into_iter().flatten();
            known.extend(
                of.filter(|it| it.parts.iter().flatten().all(|s| has.contains(s.as_str()))),
            );
        }
        known.sort_by(|a, b| {
            let by_weight = b.weight().cmp(&a.weight());
            by_weight.then_with(|| a.parts.cmp(&b.parts))
        });
        for phrase in known {
            let mut places = Vec::new();
            for part in &phrase.parts {
                let place = (0..self.words.len()).find(|at| {
                    let at = *at;
                    let range = at..at + part.len();
                    self.stands_at(part, at)
                        && !self.taken[range].contains(&true)
                        && !places.contains(&at)
                });
                places.extend(place);
            }
            if places.len() == phrase.parts.len() {
                for (at, part) in places.iter().zip(&phrase.parts) {
                    self.taken[*at..*at + part.len()].fill(true);
                }
                let first = places.iter().min().copied().unwrap_or_default();
                let of = places.iter().zip(&phrase.parts);
                self.found.push(Found {
                    at: first,
                    length: 0,
                    places: of.flat_map(|(at, part)| *at..*at + part.len()).collect(),
                    said: phrase.said,
                });
            }
        }
    }

    /// The values found, each with how it is spoken of.
    pub(super) fn marked(&self) -> Vec<(Sense, Mark)> {
        let mut marked: Vec<(Sense, usize, Mark)> = Vec::new();
        let mut mark = Mark::Plain;
        let (mut clause, mut negated_until) = (0, None);
        for Found { at, said, .. } in &self.found {
            let here = self.words[*at].clause;
            if here != clause {
                (clause, mark, negated_until) = (here, Mark::Plain, None);
            }
            match said {
                Said::Excludes => mark = Mark::Without,
                Said::Includes => mark = Mark::With,
                Said::Negates => negated_until = Some((*at + NEGATED_WITHIN_WORDS, None)),
                Said::Filler | Said::Polite => {}
                Said::ExcludesBefore => {
                    let part = self.words[*at].part;
                    for (_, place, own) in &mut marked {
                        if self.words[*place].part == part {
                            *own = Mark::Without;
                        }
                    }
                }
                Said::Sense(sense) => {
                    let facet = self.lexicon.value(*sense).facet;
                    let is_negated = match &mut negated_until {
                        Some((until, of @ None)) if *at <= *until => {
                            *of = Some(facet);
                            true
                        }
                        Some((_, Some(of))) => *of == facet,
                        _ => false,
                    };
                    let own = if is_negated { Mark::Without } else { mark };
                    marked.push((*sense, *at, own));
                }
            }
        }
        marked
            .into_iter()
            .map(|(sense, _, mark)| (sense, mark))
            .collect()
    }

    /// Which stems say each value.
    pub(super) fn said_by(&self) -> Vec<(Sense, BTreeSet<String>)> {
        let said = self.found.iter().filter_map(|found| match found.said {
            Said::Sense(sense) => Some((sense, found)),
            _ => None,
        });
        let stems = |found: &Found| {
            let places = found.places.iter();
            places.map(|at| self.words[*at].stem.clone()).collect()
        };
        said.map(|(sense, found)| (sense, stems(found))).collect()
    }

    /// Words such as `not` and `excluding` behind which nothing stands that is known: what they turn
    /// round or leave out was not understood.
    pub(super) fn unheard(&self) -> Vec<String> {
        let is_heard = |marker: &&Found| {
            let is_sense = |found: &Found| matches!(found.said, Said::Sense(_));
            let end = marker.at + marker.length;
            let clause = self.words[marker.at].clause;
            let behind = |found: &Found| found.at >= end && self.words[found.at].clause == clause;
            let before = |found: &Found| self.words[found.at].part == self.words[marker.at].part;
            let mut senses = self.found.iter().filter(|found| is_sense(found));
            match marker.said {
                Said::Negates => {
                    senses.any(|it| behind(it) && it.at <= marker.at + NEGATED_WITHIN_WORDS)
                }
                Said::Excludes | Said::Includes => senses.any(behind),
                Said::ExcludesBefore => senses.any(before),
                _ => true,
            }
        };
        let unheard = self.found.iter().filter(|found| !is_heard(found));
        unheard
            .map(|found| self.words[found.at].stem.clone())
            .collect()
    }

    /// The words that say something of what is asked: not those of politeness, nor `how many` and
    /// `is there`.
    pub(super) fn content(&self) -> BTreeSet<String> {
        let mut quiet = vec![false; self.words.len()];
        for found in &self.found {
            let is_quiet = match found.said {
                Said::Sense(sense) => ASKING.contains(&self.lexicon.value(sense).name.as_str()),
                Said::Filler => false,
                _ => true,
            };
            if is_quiet {
                quiet[found.at..found.at + found.length].fill(true);
            }
        }
        let loud = self.words.iter().zip(quiet).filter(|(_, quiet)| !quiet);
        loud.map(|(word, _)| word.stem.clone()).collect()
    }

    /// The words that are not accounted for, with their places.
    pub(super) fn left(&self) -> impl Iterator<Item = (&Word, usize)> {
        let all = self.words.iter().zip(&self.taken).enumerate();
        let left = all.filter(|(_, (_, taken))| !**taken);
        left.map(|(at, (word, _))| (word, at))
    }
}
