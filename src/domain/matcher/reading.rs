//! What a wording says, as far as the lexicon knows its words.

use std::collections::BTreeSet;

use super::Wording;
use super::lexicon::{Lexicon, SenseId};
use super::spelling::{self, LookBack};
use super::text::{Mark, Text};
use super::words::{stems, words};

/// A value of a facet that a wording says.
pub type Sense = SenseId;

/// Facets of how a thing is counted rather than of what it is.
pub(super) const GENERAL: [&str; 4] = ["measure", "moment", "counts", "scope"];

/// Facets of which each side may speak or not.
const COUNTING: [&str; 3] = ["measure", "moment", "counts"];

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
    /// Words such as `not` of which it is not known what they turn round.
    pub(super) unheard: BTreeSet<String>,
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
    /// Whether it is of an entry of a dictionary, whose definition says no more than its label means.
    pub(super) is_entry: bool,
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
        reading.unheard = text.unheard().into_iter().collect();
        reading.left.extend(reading.unheard.iter().cloned());
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
    pub(super) fn said_otherwise(
        &self,
        other: &Self,
        lexicon: &Lexicon,
    ) -> Option<BTreeSet<Sense>> {
        let own = |stem: &&String| self.content.contains(*stem) && !other.stems.contains(stem);
        let said = self.said_by.iter();
        let said = said.filter(|(_, stems)| stems.iter().any(|stem| own(&stem)));
        let heard: BTreeSet<&String> = said.clone().flat_map(|(_, stems)| stems).collect();
        let all_heard = self
            .content
            .iter()
            .filter(own)
            .all(|stem| heard.contains(stem));
        // How a thing is counted, and when, is compared by itself.
        let tells = |sense: &Sense| !COUNTING.contains(&lexicon.facet(*sense).id.as_str());
        all_heard.then(|| said.map(|(sense, _)| *sense).filter(tells).collect())
    }

    /// Words of the label that the lexicon does not know, without their inflection.
    pub fn unknown_words(&self) -> impl Iterator<Item = &str> {
        self.left.iter().map(String::as_str)
    }

    /// The words that the other side does not have.
    pub(super) fn own_words(&self, other: &Self) -> Vec<String> {
        let own = |stem: &&String| !other.stems.contains(stem);
        self.content.iter().filter(own).cloned().collect()
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
