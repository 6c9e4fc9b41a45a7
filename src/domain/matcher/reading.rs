//! What a wording says, as far as the lexicon knows its words.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use super::Wording;
use super::lexicon::{Apart, Lexicon, Said, SenseId};
use super::spelling::{self, LookBack};
use super::words::{Word, stems, words};

/// A value of a facet that a wording says.
pub type Sense = SenseId;

/// How many words after a word such as `not` what it turns round may stand.
const NEGATED_WITHIN_WORDS: usize = 4;

/// Facets of how a thing is counted rather than of what it is.
pub(super) const GENERAL: [&str; 4] = ["measure", "moment", "counts", "scope"];

/// Values whose words only ask.
const ASKING: [&str; 2] = ["measure:count", "measure:yes-no"];

/// Facets whose values are people.
const PEOPLE: [&str; 3] = ["who", "role", "employment"];

/// Words, by their stems, after which something is said of the people before them.
const FOLLOWS_PEOPLE: [&str; 24] = [
    "who", "with", "have", "had", "has", "that", "whose", "in", "on", "at", "under", "age", "live",
    "where", "is", "are", "were", "was", "be", "receiv", "requir", "need", "for", "from",
];

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
    /// Numbers that the definition names.
    pub(super) defined_numbers: BTreeSet<String>,
    /// Stems of the label that the lexicon does not know.
    pub(super) left: BTreeSet<String>,
    /// Numbers of the label that are part of nothing that the lexicon knows.
    pub(super) numbers: BTreeSet<String>,
    /// Over which time it looks back, if it says so.
    pub(super) look_back: Option<LookBack>,
    /// The values said or meant, by facet, in order.
    pub(super) by_facet: Vec<(u8, Vec<Sense>)>,
    /// Stems of the options.
    pub(super) options: BTreeSet<String>,
    /// Stems of the label that say something of what is asked.
    pub(super) content: BTreeSet<String>,
    /// Which stems of the label say each value.
    pub(super) said_by: Vec<(Sense, BTreeSet<String>)>,
    /// What the dictionary has nearest to it, once somebody looked.
    pub(super) anchor: Option<Anchor>,
    /// Stems of the label, in order.
    pub(super) stems: Vec<String>,
    /// Stems of the definition, in order.
    pub(super) definition: Vec<String>,
}

/// What a dictionary has nearest to a wording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Anchor {
    /// The entry's place; none where nothing is near.
    pub(super) entry: Option<usize>,
    /// Whether it is near enough, well ahead of any other, and not told apart from the wording.
    pub(super) holds: bool,
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
        reading.content = text.content();
        reading.said_by = text.said_by();
        reading.left.extend(text.unheard());
        if text.counts_people() {
            reading.says.extend(self.sense("counts:people"));
        }
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
        let numbers = text.left().filter(|(word, _)| word.is_number());
        reading.defined_numbers = numbers.map(|(word, _)| word.stem.clone()).collect();
        reading.look_back = reading.look_back.or(looks_back);
        reading.stems = label.into_iter().map(|word| word.stem).collect();
        reading.definition = definition.into_iter().map(|word| word.stem).collect();
        reading.options = wording.options.iter().map(|o| stems(o).join(" ")).collect();
        spelling::apply(self, wording, &mut reading);
        reading.take_defined(self);
        reading.fill(self);
        reading.order(self);
        reading
    }
}

impl Reading {
    /// How many of the words of the side that has fewer both have, as a share.
    #[expect(clippy::cast_precision_loss, reason = "a label has some dozen words")]
    pub(super) fn share_of_words(&self, other: &Self) -> f32 {
        let common = self.content.intersection(&other.content).count();
        match self.content.len().min(other.content.len()) {
            0 => 1.0,
            fewer => common as f32 / fewer as f32,
        }
    }

    /// Whether the lexicon knows more of its words than it does not.
    pub(super) fn is_mostly_known(&self) -> bool {
        2 * self.left.len() < self.content.len()
    }

    /// What the words say that the other side does not have; none if one of them says nothing that is
    /// known.
    pub(super) fn said_otherwise(&self, other: &Self) -> Option<BTreeSet<Sense>> {
        let own = |stem: &&String| self.content.contains(*stem) && !other.stems.contains(stem);
        let said = self.said_by.iter();
        let said = said.filter(|(_, stems)| stems.iter().any(|stem| own(&stem)));
        let heard: BTreeSet<&String> = said.clone().flat_map(|(_, stems)| stems).collect();
        let all_heard = self
            .content
            .iter()
            .filter(own)
            .all(|stem| heard.contains(stem));
        all_heard.then(|| said.map(|(sense, _)| *sense).collect())
    }

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

    /// Takes from the definition what the label leaves open of moments and of what is counted.
    fn take_defined(&mut self, lexicon: &Lexicon) {
        for name in ["moment", "counts"] {
            let of = |sense: &&Sense| lexicon.facet(**sense).id == name;
            let defined: Vec<Sense> = self.defines.iter().filter(of).copied().collect();
            if let ([only], None) = (defined.as_slice(), self.says.iter().find(of)) {
                self.says.insert(*only);
            }
        }
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
        let says: BTreeSet<Sense> = self.says.union(&self.means).copied().collect();
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

    /// Puts the values said or meant in order of their facets, for comparing.
    pub(super) fn order(&mut self, lexicon: &Lexicon) {
        let all = self.says.union(&self.means).copied();
        let mut all: Vec<(u8, Sense)> = all.map(|own| (lexicon.value(own).facet, own)).collect();
        all.sort_unstable();
        let groups = all.chunk_by(|a, b| a.0 == b.0);
        self.by_facet = groups
            .map(|group| (group[0].0, group.iter().map(|(_, own)| *own).collect()))
            .collect();
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
    fn counts_people(&self) -> bool {
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
    fn marked(&self) -> Vec<(Sense, Mark)> {
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
    fn said_by(&self) -> Vec<(Sense, BTreeSet<String>)> {
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
    fn unheard(&self) -> Vec<String> {
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
    fn content(&self) -> BTreeSet<String> {
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
    fn left(&self) -> impl Iterator<Item = (&Word, usize)> {
        let all = self.words.iter().zip(&self.taken).enumerate();
        let left = all.filter(|(_, (_, taken))| !**taken);
        left.map(|(at, (word, _))| (word, at))
    }
}
