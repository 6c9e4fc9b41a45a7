//! What a wording says, as far as the lexicon knows its words.

use std::collections::{BTreeMap, BTreeSet};

use super::Wording;
use super::lexicon::{Lexicon, Phrase, Said, SenseId};
use super::spelling::{self, LookBack};
use super::words::{Word, stems, words};

/// A value of a facet that a wording says.
pub type Sense = SenseId;

/// How many words after a word such as `not` what it turns round may stand.
const NEGATED_WITHIN_WORDS: usize = 4;

/// A wording, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Values that the label says, or type, unit and timing beside it.
    pub(super) says: BTreeSet<Sense>,
    /// Values that are meant where nothing is said of their facet.
    pub(super) means: BTreeSet<Sense>,
    /// Values that label or definition leave out.
    pub(super) without: BTreeSet<Sense>,
    /// Values that label or definition expressly count in.
    pub(super) with: BTreeSet<Sense>,
    /// Values that the definition speaks of.
    pub(super) defines: BTreeSet<Sense>,
    /// Stems of the label that the lexicon does not know.
    pub(super) left: BTreeSet<String>,
    /// Numbers of the label that are part of nothing that the lexicon knows.
    pub(super) numbers: BTreeSet<String>,
    /// Over which time it looks back, if it says so.
    pub(super) look_back: Option<LookBack>,
    /// Stems of the options.
    pub(super) options: BTreeSet<String>,
    /// Stems of the label, in order.
    pub(super) stems: Vec<String>,
    /// Stems of the definition, in order.
    pub(super) definition: Vec<String>,
}

impl Lexicon {
    /// Reads a wording.
    #[must_use]
    pub fn read(&self, wording: &Wording) -> Reading {
        let mut reading = Reading::default();
        let label = words(&wording.label);
        let mut text = Text::new(self, &label);
        text.skip_numbering();
        reading.look_back = text.look_back();
        text.find();
        reading.take_label(self, &text);
        let definition = words(&wording.definition);
        let mut text = Text::new(self, &definition);
        let looks_back = text.look_back();
        text.find();
        for (sense, mark) in text.marked() {
            match mark {
                Mark::Plain => reading.defines.insert(sense),
                Mark::Without => reading.without.insert(sense),
                Mark::With => reading.with.insert(sense),
            };
        }
        reading.look_back = reading.look_back.or(looks_back);
        reading.stems = label.into_iter().map(|word| word.stem).collect();
        reading.definition = definition.into_iter().map(|word| word.stem).collect();
        reading.options = wording.options.iter().map(|o| stems(o).join(" ")).collect();
        spelling::apply(self, wording, &mut reading);
        reading.fill(self);
        reading
    }
}

impl Reading {
    /// Words of the label that the lexicon does not know, without their inflection.
    pub fn unknown_words(&self) -> impl Iterator<Item = &str> {
        self.left.iter().map(String::as_str)
    }

    fn take_label(&mut self, lexicon: &Lexicon, text: &Text<'_>) {
        for (sense, mark) in text.marked() {
            match mark {
                Mark::Plain => self.says.insert(sense),
                Mark::Without => self.without.insert(sense),
                Mark::With => self.with.insert(sense),
            };
        }
        for (word, _) in text.left() {
            if word.is_number() {
                self.numbers.insert(word.stem.clone());
            } else {
                self.left.insert(word.stem.clone());
            }
        }
        let implied = self
            .says
            .iter()
            .flat_map(|own| &lexicon.value(*own).implies);
        let implied: Vec<Sense> = implied.copied().collect();
        self.says.extend(implied);
    }

    /// Works out what is meant though it is not said, and forgets what is said twice: that agency
    /// staff are left out of those directly employed, for instance.
    fn fill(&mut self, lexicon: &Lexicon) {
        let facets: BTreeSet<u8> = self.says.iter().map(|s| lexicon.value(*s).facet).collect();
        let usual = self
            .says
            .iter()
            .flat_map(|own| &lexicon.value(*own).usually);
        let usual = usual.filter(|sense| !facets.contains(&lexicon.value(**sense).facet));
        self.means = usual.copied().collect();
        let all: BTreeSet<Sense> = self.says.union(&self.means).copied().collect();
        let wider = |sense: &Sense| lexicon.value(*sense).within.clone();
        // The narrower of two values says it all: nurses are staff.
        let covered: BTreeSet<Sense> = all.iter().flat_map(wider).collect();
        self.says.retain(|sense| !covered.contains(sense));
        self.means.retain(|sense| !covered.contains(sense));
        let says = self.says.clone();
        self.without.retain(|out| {
            let facet = lexicon.value(*out).facet;
            let is_other = |own: &Sense| {
                let own = *own;
                lexicon.value(own).facet == facet
                    && own != *out
                    && !lexicon.value(*out).within.contains(&own)
            };
            !says.contains(out) && !says.iter().any(is_other)
        });
        self.with.retain(|own| !says.contains(own));
    }

    /// The values said or meant, by facet.
    pub(super) fn by_facet(&self, lexicon: &Lexicon) -> BTreeMap<u8, BTreeSet<Sense>> {
        let mut by_facet: BTreeMap<u8, BTreeSet<Sense>> = BTreeMap::new();
        for sense in self.says.union(&self.means) {
            let facet = lexicon.value(*sense).facet;
            by_facet.entry(facet).or_default().insert(*sense);
        }
        by_facet
    }
}

/// How a value is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Plain,
    Without,
    With,
}

/// A text in the course of being read: which words are accounted for, and what was found where.
struct Text<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Word],
    taken: Vec<bool>,
    /// What was found, by the place of its first word.
    found: Vec<(usize, Said)>,
}

impl<'a> Text<'a> {
    fn new(lexicon: &'a Lexicon, words: &'a [Word]) -> Self {
        Self {
            lexicon,
            words,
            taken: vec![false; words.len()],
            found: Vec::new(),
        }
    }

    /// Passes over the number that a question of a form bears: `3.`, `Q12`, `4a)`.
    fn skip_numbering(&mut self) {
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
    fn look_back(&mut self) -> Option<LookBack> {
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
    fn find(&mut self) {
        let mut runs: Vec<(usize, &Phrase)> = Vec::new();
        for at in 0..self.words.len() {
            let stem = &self.words[at].stem;
            let known = self.lexicon.runs.get(stem).into_iter().flatten();
            runs.extend(
                known
                    .filter(|p| self.stands_at(&p.parts[0], at))
                    .map(|p| (at, p)),
            );
        }
        runs.sort_by_key(|(at, phrase)| (std::cmp::Reverse(phrase.parts[0].len()), *at));
        let longer = runs.partition_point(|(_, phrase)| phrase.parts[0].len() > 1);
        for (at, phrase) in &runs[..longer] {
            self.take_run(*at, phrase);
        }
        self.find_apart();
        for (at, phrase) in &runs[longer..] {
            self.take_run(*at, phrase);
        }
        self.found.sort_by_key(|(at, _)| *at);
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

    fn take_run(&mut self, at: usize, phrase: &Phrase) {
        let range = at..at + phrase.parts[0].len();
        // The same words may say several things; all of them are found.
        let is_same = self.found.iter().any(|(place, _)| *place == at);
        let is_free = !self.taken[range.clone()].contains(&true);
        let is_whole = is_same && self.taken[range.clone()].iter().all(|taken| *taken);
        let as_long = |length: usize| {
            length == phrase.parts[0].len() && self.run_lengths(at).contains(&length)
        };
        if is_free || (is_whole && as_long(range.len())) {
            self.taken[range].fill(true);
            self.found.push((at, phrase.said));
        }
    }

    /// Lengths of what was found from a place on.
    fn run_lengths(&self, at: usize) -> BTreeSet<usize> {
        let known = self.lexicon.runs.get(&self.words[at].stem);
        let found = known.into_iter().flatten().filter(|phrase| {
            let is_found = |(place, said): &(usize, Said)| *place == at && *said == phrase.said;
            self.found.iter().any(is_found) && self.stands_at(&phrase.parts[0], at)
        });
        found.map(|phrase| phrase.parts[0].len()).collect()
    }

    fn find_apart(&mut self) {
        let mut known: Vec<&Phrase> = Vec::new();
        for word in self.words {
            known.extend(self.lexicon.apart.get(&word.stem).into_iter().flatten());
        }
        known.sort_by(|a, b| {
            let length = |p: &Phrase| (p.parts.len(), p.parts.iter().map(Vec::len).sum::<usize>());
            length(b)
                .cmp(&length(a))
                .then_with(|| a.parts.cmp(&b.parts))
        });
        known.dedup();
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
                self.found.push((first, phrase.said));
            }
        }
    }

    /// The values found, each with how it is spoken of.
    fn marked(&self) -> Vec<(Sense, Mark)> {
        let mut marked = Vec::new();
        let mut mark = Mark::Plain;
        let (mut clause, mut negated_until) = (0, None);
        for (at, said) in &self.found {
            let here = self.words[*at].clause;
            if here != clause {
                (clause, mark, negated_until) = (here, Mark::Plain, None);
            }
            match said {
                Said::Excludes => mark = Mark::Without,
                Said::Includes => mark = Mark::With,
                Said::Negates => negated_until = Some((*at + NEGATED_WITHIN_WORDS, None)),
                Said::Filler => {}
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
                    marked.push((*sense, own));
                }
            }
        }
        marked
    }

    /// The words that are not accounted for, with their places.
    fn left(&self) -> impl Iterator<Item = (&Word, usize)> {
        let all = self.words.iter().zip(&self.taken).enumerate();
        let left = all.filter(|(_, (_, taken))| !**taken);
        left.map(|(at, (word, _))| (word, at))
    }
}
