//! What a wording is to be compared with: an inverted index over words, senses and letter groups.
//!
//! Features that tell most apart are looked up first, until a budget of postings is spent; the best of
//! what they name are compared facet by facet. So a search costs much the same however many entries
//! there are.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Wording;
use super::compare::{Bridge, Compared, compare, weigh};
use super::lexicon::Lexicon;
use super::reading::{Anchor, Reading, Sense};

/// Most postings that one search reads: about a millisecond's worth.
const POSTINGS_READ_MAX: usize = 120_000;

/// Most wordings that one search compares facet by facet.
const COMPARED_MAX: usize = 160;

/// Weights of what a wording is made of, beside how rare it is: senses say most.
const WEIGHT_SENSE: f32 = 1.0;
const WEIGHT_MEANT: f32 = 0.5;
const WEIGHT_STEM: f32 = 0.55;
const WEIGHT_LETTERS: f32 = 0.10;
const WEIGHT_DEFINED: f32 = 0.20;

/// Least score of an entry that a wording hangs on.
const ANCHOR_SCORE_MIN: f32 = 0.2;

/// How many times the score of the next one that of the entry has to be.
const ANCHOR_LEAD_MIN: f32 = 1.0;

/// Letters of a group: `vacc` is `^va`, `vac`, `acc` …
const LETTERS: usize = 3;

/// Something with wordings that can be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its own wording, with what stands beside it.
    pub wording: Wording,
    /// The same in the words of others.
    pub aliases: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The entry's place among those that the index was made of.
    pub entry: usize,
    /// How it compares.
    pub compared: Compared,
}

/// What a wording is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Feature {
    Sense(Sense),
    Stem(String),
    Letters(String),
}

/// One wording of an entry, read.
#[derive(Debug)]
struct Document {
    entry: usize,
    reading: Reading,
    /// Features by number, with weights of unit length, by number.
    vector: Vec<(u32, f32)>,
}

/// An inverted index over wordings. A copy shares what it is made of.
#[derive(Debug, Clone)]
pub struct Index {
    lexicon: Arc<Lexicon>,
    features: Arc<HashMap<Feature, u32>>,
    /// How much each feature tells apart.
    rarity: Arc<Vec<f32>>,
    /// The documents that have each feature.
    postings: Vec<Arc<Vec<(u32, f32)>>>,
    documents: Vec<Arc<Document>>,
    /// Of each entry the document of its own wording.
    own: Vec<usize>,
    /// Rarity of what no document has.
    unknown: f32,
}

impl Index {
    /// An index over entries.
    #[must_use]
    pub fn new(lexicon: Arc<Lexicon>, entries: &[Entry]) -> Self {
        let mut readings = Vec::new();
        let mut owns = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            let own = lexicon.read(&entry.wording);
            for alias in &entry.aliases {
                let wording = Wording {
                    label: alias.clone(),
                    ..entry.wording.clone()
                };
                let mut reading = lexicon.read(&wording);
                reading.inherit(&lexicon, &own);
                readings.push((place, reading));
            }
            owns.push(readings.len());
            readings.push((place, own));
        }
        let mut index = Self {
            lexicon,
            features: Arc::default(),
            rarity: Arc::default(),
            postings: Vec::new(),
            documents: Vec::new(),
            own: owns,
            unknown: 0.0,
        };
        index.weigh(&readings);
        for (entry, reading) in readings {
            index.add(entry, reading);
        }
        index
    }

    /// The same with further wordings of its entries, each with the entry's place: weighed as the
    /// others made it, so that it costs little.
    #[must_use]
    pub fn with(&self, further: &[(usize, Wording)]) -> Self {
        let mut index = self.clone();
        for (entry, wording) in further {
            let mut reading = self.lexicon.read(wording);
            let own = self
                .documents
                .iter()
                .rev()
                .find(|known| known.entry == *entry);
            if let Some(own) = own {
                reading.inherit(&self.lexicon, &own.reading);
            }
            index.add(*entry, reading);
        }
        index
    }

    /// The lexicon that it reads with.
    #[must_use]
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// The entries that are most probably the same as a wording, the best first, at most `limit`.
    #[must_use]
    pub fn find(&self, wording: &Wording, limit: usize) -> Vec<Found> {
        self.find_read(&self.lexicon.read(wording), limit)
    }

    /// Reads a wording, and looks up what is nearest to it.
    #[must_use]
    pub fn read(&self, wording: &Wording) -> Reading {
        let mut reading = self.lexicon.read(wording);
        reading.anchor = Some(anchor(&self.nearest(&reading)));
        reading
    }

    /// As [`Self::find`], of a wording that was read.
    #[must_use]
    pub fn find_read(&self, reading: &Reading, limit: usize) -> Vec<Found> {
        let nearest = self.nearest(reading);
        let anchor = anchor(&nearest);
        let found = nearest.into_iter().take(limit).map(|near| {
            let document = &self.documents[near.document as usize].reading;
            let bridge = match anchor.entry {
                Some(entry) if entry != near.entry => Bridge::Other,
                Some(_) if anchor.holds => Bridge::Same,
                _ => Bridge::None,
            };
            let between = (bridge, self.own(near.entry));
            let compared = compare(&self.lexicon, reading, document, near.likeness, between);
            Found {
                entry: near.entry,
                compared,
            }
        });
        found.collect()
    }

    /// The entries that are nearest to a reading, each by the wording of it that is.
    fn nearest(&self, reading: &Reading) -> Vec<Near> {
        let vector = self.vector(reading);
        let mut best: HashMap<usize, Near> = HashMap::new();
        for (number, likeness) in self.candidates(&vector) {
            let document = &self.documents[number as usize];
            let (score, is_clear) = weigh(&self.lexicon, reading, &document.reading, likeness);
            let near = Near {
                entry: document.entry,
                document: number,
                likeness,
                score,
                is_clear,
            };
            let known = best.entry(document.entry).or_insert(near);
            if score > known.score {
                *known = near;
            }
        }
        let mut best: Vec<Near> = best.into_values().collect();
        best.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.entry.cmp(&b.entry))
        });
        best
    }

    /// How two wordings compare, their words weighed as the index has them. Readings by
    /// [`Self::read`] are compared at once; for others what is nearest is looked up first.
    #[must_use]
    pub fn compare(&self, a: &Reading, b: &Reading) -> Compared {
        let likeness = self.likeness(a, b);
        let looked_up = |reading: &Reading| {
            let known = reading.anchor;
            known.unwrap_or_else(|| anchor(&self.nearest(reading)))
        };
        let (of_a, of_b) = (looked_up(a), looked_up(b));
        let bridge = match (of_a.entry, of_b.entry) {
            (Some(a), Some(b)) if of_a.holds && of_b.holds && a == b => Bridge::Same,
            (Some(_), Some(_)) if of_a.holds && of_b.holds => Bridge::Other,
            _ => Bridge::None,
        };
        let between = of_a.entry.and_then(|entry| self.own(entry));
        compare(&self.lexicon, a, b, likeness, (bridge, between))
    }

    /// An entry in its own wording.
    fn own(&self, entry: usize) -> Option<&Reading> {
        let number = self.own.get(entry)?;
        Some(&self.documents.get(*number)?.reading)
    }

    /// How alike the words of two readings are, from 0 to 1.
    fn likeness(&self, a: &Reading, b: &Reading) -> f32 {
        let (a, b) = (self.weights(a), self.weights(b));
        let of_b: HashMap<&Feature, f32> = b.iter().map(|(feature, w)| (feature, *w)).collect();
        let products = a
            .iter()
            .filter_map(|(feature, w)| Some(w * of_b.get(feature)?));
        products.sum::<f32>().clamp(0.0, 1.0)
    }

    /// The documents whose words are most alike, with how much.
    fn candidates(&self, vector: &[(u32, f32)]) -> Vec<(u32, f32)> {
        let mut by_rarity: Vec<&(u32, f32)> = vector.iter().collect();
        by_rarity.sort_by(|a, b| {
            let rarity = |one: &(u32, f32)| self.rarity[one.0 as usize];
            rarity(b).total_cmp(&rarity(a)).then_with(|| a.0.cmp(&b.0))
        });
        let mut scores = vec![0.0_f32; self.documents.len()];
        let mut touched: Vec<u32> = Vec::new();
        let mut read = 0;
        for (feature, weight) in by_rarity {
            let postings = &self.postings[*feature as usize];
            read += postings.len();
            if read > POSTINGS_READ_MAX && !touched.is_empty() {
                break;
            }
            for (document, own) in postings.iter() {
                let score = &mut scores[*document as usize];
                if *score == 0.0 {
                    touched.push(*document);
                }
                *score += weight * own;
            }
        }
        let with_score = |document: u32| (document, scores[document as usize]);
        let mut scores: Vec<(u32, f32)> = touched.into_iter().map(with_score).collect();
        let order =
            |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0));
        if scores.len() > COMPARED_MAX {
            scores.select_nth_unstable_by(COMPARED_MAX, order);
            scores.truncate(COMPARED_MAX);
        }
        // What the budget left unread counts too.
        for (document, score) in &mut scores {
            *score = dot(vector, &self.documents[*document as usize].vector);
        }
        scores.sort_by(order);
        scores
    }

    /// Counts how many wordings have each feature.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of wordings is weighed, and its last digits say nothing"
    )]
    fn weigh(&mut self, readings: &[(usize, Reading)]) {
        let mut counts: HashMap<Feature, u32> = HashMap::new();
        for (_, reading) in readings {
            for (feature, _) in features(reading) {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let all = readings.len() as f32;
        let mut sorted: Vec<(Feature, u32)> = counts.into_iter().collect();
        sorted.sort();
        let rarity = |count: &u32| (1.0 + all / (*count as f32 + 0.5)).ln();
        self.rarity = Arc::new(sorted.iter().map(|(_, count)| rarity(count)).collect());
        self.postings = sorted.iter().map(|_| Arc::default()).collect();
        let features = sorted.into_iter().map(|(feature, _)| feature);
        self.features = Arc::new(features.zip(0..).collect());
        self.unknown = (1.0 + all / 0.5).ln();
    }

    fn add(&mut self, entry: usize, mut reading: Reading) {
        reading.is_entry = true;
        let number = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        let vector = self.vector(&reading);
        for (feature, weight) in &vector {
            let postings = &mut self.postings[*feature as usize];
            Arc::make_mut(postings).push((number, *weight));
        }
        self.documents.push(Arc::new(Document {
            entry,
            reading,
            vector,
        }));
    }

    /// The features of a reading that the index knows, by number; of unit length with those that it
    /// does not.
    fn vector(&self, reading: &Reading) -> Vec<(u32, f32)> {
        let weights = self.weights(reading).into_iter();
        let mut vector: Vec<(u32, f32)> = weights
            .filter_map(|(feature, weight)| Some((*self.features.get(&feature)?, weight)))
            .collect();
        vector.sort_by_key(|(feature, _)| *feature);
        vector
    }

    /// The features of a reading with weights of unit length.
    fn weights(&self, reading: &Reading) -> Vec<(Feature, f32)> {
        let mut weights = features(reading);
        for (feature, weight) in &mut weights {
            let number = self.features.get(feature);
            *weight *= number.map_or(self.unknown, |number| self.rarity[*number as usize]);
        }
        let length = weights.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        for (_, weight) in &mut weights {
            *weight /= length.max(f32::MIN_POSITIVE);
        }
        weights
    }
}

/// An entry that is near to a reading.
#[derive(Debug, Clone, Copy)]
struct Near {
    entry: usize,
    /// The wording of it that is nearest.
    document: u32,
    likeness: f32,
    score: f32,
    /// Whether nothing tells them apart for certain.
    is_clear: bool,
}

/// What a reading hangs on: the nearest entry, and whether it is so beyond doubt.
fn anchor(nearest: &[Near]) -> Anchor {
    let Some(first) = nearest.first() else {
        return Anchor {
            entry: None,
            holds: false,
        };
    };
    let second = nearest.get(1).map_or(0.0, |near| near.score);
    Anchor {
        entry: Some(first.entry),
        holds: first.is_clear
            && first.score >= ANCHOR_SCORE_MIN
            && first.score >= ANCHOR_LEAD_MIN * second,
    }
}

impl Reading {
    /// Means what the entry's own wording says of facets of which this one is silent.
    fn inherit(&mut self, lexicon: &Lexicon, own: &Reading) {
        let said: BTreeSet<u8> = self.by_facet.iter().map(|(facet, _)| *facet).collect();
        let silent = |sense: &&Sense| !said.contains(&lexicon.value(**sense).facet);
        let inherited: Vec<Sense> = own.says.union(&own.means).filter(silent).copied().collect();
        self.means.extend(inherited);
        self.look_back = self.look_back.or(own.look_back);
        self.order(lexicon);
    }
}

/// What a reading is made of, each with its weight.
fn features(reading: &Reading) -> Vec<(Feature, f32)> {
    let mut weights: HashMap<Feature, f32> = HashMap::new();
    let mut note = |feature: Feature, weight: f32| {
        let known = weights.entry(feature).or_default();
        *known = known.max(weight);
    };
    for sense in &reading.says {
        note(Feature::Sense(*sense), WEIGHT_SENSE);
    }
    for sense in reading.means.iter().chain(&reading.with) {
        note(Feature::Sense(*sense), WEIGHT_MEANT);
    }
    for sense in &reading.defines {
        note(Feature::Sense(*sense), WEIGHT_DEFINED);
    }
    for stem in &reading.stems {
        note(Feature::Stem(stem.clone()), WEIGHT_STEM);
        let padded: Vec<char> = format!("^{stem}$").chars().collect();
        for group in padded.windows(LETTERS) {
            note(Feature::Letters(group.iter().collect()), WEIGHT_LETTERS);
        }
    }
    for stem in &reading.definition {
        note(Feature::Stem(stem.clone()), WEIGHT_DEFINED);
    }
    let mut weights: Vec<(Feature, f32)> = weights.into_iter().collect();
    weights.sort_by(|a, b| a.0.cmp(&b.0));
    weights
}

fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut at_a, mut at_b, mut sum) = (0, 0, 0.0);
    while let (Some((feature, weight)), Some((other, own))) = (a.get(at_a), b.get(at_b)) {
        match feature.cmp(other) {
            std::cmp::Ordering::Less => at_a += 1,
            std::cmp::Ordering::Greater => at_b += 1,
            std::cmp::Ordering::Equal => {
                sum += weight * own;
                at_a += 1;
                at_b += 1;
            }
        }
    }
    sum
}
