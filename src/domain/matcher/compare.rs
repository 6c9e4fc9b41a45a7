//! Two readings, facet by facet: what agrees, what clashes, what only one side says.

use std::collections::BTreeSet;

use super::lexicon::{Clash, Lexicon, Unsaid};
use super::reading::{GENERAL, Reading, Sense};

/// How probable it is that two wordings are one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Something tells them apart for certain, or they have little in common.
    None,
    /// The one may help to answer the other, and is not it.
    Related,
    /// They may be: something is said on one side only.
    Possible,
    /// All that is known of either agrees.
    LikelySame,
}

impl Tier {
    /// The tier's word, for people and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Related => "related",
            Self::Possible => "possible",
            Self::LikelySame => "likely same",
        }
    }
}

/// How two wordings stand to each other in one facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// They are different questions for it.
    Different,
    /// They are related questions for it, and not the same.
    Related,
    /// One side may be a part of the other.
    Narrower,
    /// Only one side says it, and that does not matter.
    Unsaid,
    /// Both say the same.
    Agrees,
}

/// One facet of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// How they stand to each other in it.
    pub stand: Stand,
    /// The facet in plain words, such as `whom it counts`.
    pub facet: String,
    /// What the first side says of it, in plain words; none for nothing.
    pub first: Vec<String>,
    /// What the second side says of it.
    pub second: Vec<String>,
    /// Whether it may well be what tells them apart, though only one side says it.
    pub(super) is_telling: bool,
    /// Whether an element may hold a wording nonetheless.
    pub(super) is_lenient: bool,
    /// Whether an element in between may overrule it.
    pub(super) is_overruled: bool,
}

/// What the dictionary says of a pair: whether either side is nearest to an element, well ahead of
/// any other, and both to the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Bridge {
    /// Nothing: one side at least is near to several, or to none.
    #[default]
    None,
    /// Both are nearest to one element, and nothing tells either apart from it.
    Same,
    /// They are nearest to two elements.
    Other,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// How probable it is that they are one question.
    pub tier: Tier,
    /// How near they are, from 0 to 1; of use to order by, and nothing else.
    pub score: f32,
    /// Why, facet by facet: what tells apart first.
    pub reasons: Vec<Reason>,
}

/// Least likeness of words for a pair to be worth a person's look.
const POSSIBLE_LIKENESS_MIN: f32 = 0.30;

/// What likeness of words is left of, for each facet that stands so.
const KEPT_DIFFERENT: f32 = 0.75;
const KEPT_RELATED: f32 = 0.70;
const KEPT_NARROWER: f32 = 0.94;

/// Facets beyond this many that one side leaves open no longer count.
const NARROWER_COUNTED_MAX: i32 = 4;

/// Words in common, as a share of the shorter side's, from which on what is not common is taken for
/// what tells two wordings apart: nobody writes the same twice but for a word.
const SHARE_MIN: f32 = 0.5;

/// Facets that tell apart even where only one side speaks of them.
const TELLING: [&str; 11] = [
    "severity",
    "threshold",
    "certainty",
    "dose",
    "age",
    "role",
    "planned",
    "illness",
    "of",
    "employment",
    "formality",
];

/// Facets whose clash does not keep a wording from an element: forms are careless of the first, and
/// of the second there are too many words to know.
const LENIENT: [&str; 2] = ["moment", "about"];

/// Facets of which a definition may speak in passing.
const SPOKEN_OF_IN_PASSING: [&str; 6] = ["about", "measure", "scope", "reach", "moment", "counts"];

impl Lexicon {
    /// Compares two readings by themselves, as if their words were alike: what tells them apart then
    /// is no mere wording.
    #[must_use]
    pub fn compare(&self, a: &Reading, b: &Reading) -> Compared {
        compare(self, a, b, 1.0, Bridge::None)
    }
}

/// Compares two readings whose words are alike by so much, from 0 to 1.
#[must_use]
pub(super) fn compare(
    lexicon: &Lexicon,
    a: &Reading,
    b: &Reading,
    likeness: f32,
    bridge: Bridge,
) -> Compared {
    let told = Comparing {
        lexicon,
        a,
        b,
        bridge,
        is_told: true,
    };
    let mut reasons = told.reasons();
    let (tier, score) = told.judge(&reasons, likeness);
    reasons.sort_by_key(|reason| reason.stand);
    Compared {
        tier,
        score,
        reasons,
    }
}

/// As [`compare`], without the reasons: what a search needs of the many that it looks at. The third
/// is whether nothing tells them apart for certain.
pub(super) fn weigh(lexicon: &Lexicon, a: &Reading, b: &Reading, likeness: f32) -> (f32, bool) {
    let untold = Comparing {
        lexicon,
        a,
        b,
        bridge: Bridge::None,
        is_told: false,
    };
    let reasons = untold.reasons();
    let tells = |reason: &Reason| reason.stand <= Stand::Related && !reason.is_lenient;
    let is_clear = !reasons.iter().any(tells);
    (untold.judge(&reasons, likeness).1, is_clear)
}

/// Two readings in the course of being compared.
struct Comparing<'a> {
    lexicon: &'a Lexicon,
    a: &'a Reading,
    b: &'a Reading,
    bridge: Bridge,
    /// Whether the reasons say what each side says.
    is_told: bool,
}

impl Comparing<'_> {
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = self.facets();
        reasons.extend(self.left_out());
        reasons.extend(self.look_back());
        reasons.extend(self.numbers());
        reasons.extend(self.definitions());
        reasons.extend(self.words());
        reasons
    }

    /// The tier and the score that reasons come to.
    fn judge(&self, reasons: &[Reason], likeness: f32) -> (Tier, f32) {
        let count = |stand: Stand| {
            let of = reasons.iter().filter(|reason| reason.stand == stand);
            i32::try_from(of.count()).unwrap_or(i32::MAX)
        };
        let (different, related) = (count(Stand::Different), count(Stand::Related));
        let narrower = count(Stand::Narrower);
        let is_alike = likeness >= POSSIBLE_LIKENESS_MIN;
        let overruled = self.bridge == Bridge::Same
            && reasons
                .iter()
                .all(|reason| reason.stand > Stand::Related || reason.is_overruled);
        let tier = if overruled && self.is_likely(narrower + different + related, reasons) {
            Tier::LikelySame
        } else if different > 0 {
            Tier::None
        } else if related > 0 {
            if is_alike { Tier::Related } else { Tier::None }
        } else if self.is_likely(narrower, reasons) {
            Tier::LikelySame
        } else if is_alike {
            Tier::Possible
        } else {
            Tier::None
        };
        let kept = KEPT_DIFFERENT.powi(different.min(2))
            * KEPT_RELATED.powi(related.min(2))
            * KEPT_NARROWER.powi(narrower.min(NARROWER_COUNTED_MAX));
        let score = match tier {
            Tier::LikelySame => 0.8 + 0.2 * likeness,
            _ => 0.8 * likeness * kept,
        };
        (tier, score.clamp(0.0, 1.0))
    }

    /// Whether all that is known agrees; or both are one element of the dictionary, in words so
    /// different that nothing can be read from what only one side says.
    fn is_likely(&self, narrower: i32, reasons: &[Reason]) -> bool {
        let agrees = narrower == 0 && self.has_ground() && self.says_the_same_otherwise();
        match self.bridge {
            Bridge::None => agrees,
            Bridge::Other => false,
            Bridge::Same => {
                let is_told_apart = |reason: &Reason| reason.is_telling;
                let shares = self.a.share_of_words(self.b) >= SHARE_MIN;
                let known = self.a.is_mostly_known() && self.b.is_mostly_known();
                agrees || (known && !shares && !reasons.iter().any(is_told_apart))
            }
        }
    }

    /// Of two wordings that share many of their words, the others are what tells them apart, unless
    /// they are known and say just the same.
    fn says_the_same_otherwise(&self) -> bool {
        if self.a.share_of_words(self.b) < SHARE_MIN {
            return true;
        }
        let first = self.a.said_otherwise(self.b);
        let second = self.b.said_otherwise(self.a);
        match (first, second) {
            (Some(first), Some(second)) => first == second,
            _ => false,
        }
    }

    /// Whether enough is known of both: what they are about, and something that both say; or the
    /// very same words.
    fn has_ground(&self) -> bool {
        let facet = |sense: &Sense| self.lexicon.facet(*sense).id.as_str();
        let speaks = |reading: &Reading| {
            let mut all = reading.says.union(&reading.means);
            all.any(|sense| facet(sense) == "about")
        };
        let mut common = self.a.says.intersection(&self.b.says);
        let is_shared = common.any(|sense| !GENERAL.contains(&facet(sense)));
        self.a.stems == self.b.stems || (speaks(self.a) && speaks(self.b) && is_shared)
    }

    fn facets(&self) -> Vec<Reason> {
        let (mut of_a, mut of_b) = (self.a.by_facet.as_slice(), self.b.by_facet.as_slice());
        let mut reasons = Vec::with_capacity(of_a.len() + of_b.len());
        loop {
            let (next_a, next_b) = (of_a.first().map(|it| it.0), of_b.first().map(|it| it.0));
            let Some(facet) = next_a.into_iter().chain(next_b).min() else {
                return reasons;
            };
            let mut first: &[Sense] = &[];
            let mut second: &[Sense] = &[];
            if let Some(((_, own), rest)) = of_a.split_first().filter(|_| next_a == Some(facet)) {
                (first, of_a) = (own, rest);
            }
            if let Some(((_, own), rest)) = of_b.split_first().filter(|_| next_b == Some(facet)) {
                (second, of_b) = (own, rest);
            }
            let about = &self.lexicon.facets[usize::from(facet)];
            let stand = if first == second {
                Stand::Agrees
            } else if first.is_empty() || second.is_empty() {
                self.one(about.unsaid, first, second)
            } else {
                both(self.lexicon, about.clash, first, second)
            };
            let mut reason = self.reason(stand, &about.label, first, second);
            reason.is_lenient = LENIENT.contains(&about.id.as_str());
            reason.is_overruled = about.id == "about";
            reason.is_telling = stand == Stand::Narrower && TELLING.contains(&about.id.as_str());
            reasons.push(reason);
        }
    }

    /// How two sides stand to each other of whom only one says something.
    fn one(&self, unsaid: Unsaid, first: &[Sense], second: &[Sense]) -> Stand {
        let own = if first.is_empty() { second } else { first };
        let other = if first.is_empty() { self.a } else { self.b };
        let is_meant = own.iter().all(|sense| other.means.contains(sense));
        if unsaid == Unsaid::Open || is_meant {
            Stand::Unsaid
        } else {
            Stand::Narrower
        }
    }

    /// What one side leaves out, or expressly counts in, and the other does not.
    fn left_out(&self) -> Vec<Reason> {
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

    fn look_back(&self) -> Option<Reason> {
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

    fn numbers(&self) -> Option<Reason> {
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
            is_telling: true,
            is_lenient: false,
            is_overruled: false,
        })
    }

    /// What only one side's definition adds, and definitions that part the same words.
    fn definitions(&self) -> Option<Reason> {
        let (a, b) = (self.a, self.b);
        let (first, second) = (self.added(a, b), self.added(b, a));
        let is_number = a.defined_numbers != b.defined_numbers
            && !a.defined_numbers.is_empty()
            && !b.defined_numbers.is_empty();
        let parts_words = a.stems == b.stems && a.definition != b.definition;
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
        let added = own.defines.iter().filter(counts);
        added.filter(|sense| !knows(sense)).copied().collect()
    }

    /// Words that only one side has and that the lexicon does not know: they may tell apart.
    fn words(&self) -> Option<Reason> {
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

    fn reason(&self, stand: Stand, facet: &str, first: &[Sense], second: &[Sense]) -> Reason {
        let says = |senses: &[Sense]| -> Vec<String> {
            let values = senses
                .iter()
                .map(|sense| self.lexicon.value(*sense).says.clone());
            let mut says: Vec<String> = values.collect();
            says.sort();
            says.dedup();
            says
        };
        if !self.is_told {
            return Reason {
                stand,
                facet: String::new(),
                first: Vec::new(),
                second: Vec::new(),
                is_telling: false,
                is_lenient: false,
                is_overruled: false,
            };
        }
        Reason {
            stand,
            facet: facet.to_owned(),
            first: says(first),
            second: says(second),
            is_telling: false,
            is_lenient: false,
            is_overruled: false,
        }
    }
}

/// How two values, or sets of them, of one facet stand to each other.
fn both(lexicon: &Lexicon, clash: Clash, a: &[Sense], b: &[Sense]) -> Stand {
    let covers = |wide: &Sense, narrow: &Sense| {
        wide == narrow || lexicon.value(*narrow).within.contains(wide)
    };
    let touch = |x: &Sense, y: &Sense| covers(x, y) || covers(y, x);
    if a.iter().any(|x| b.iter().any(|y| touch(x, y))) {
        return Stand::Narrower;
    }
    let beside = |x: &Sense, y: &Sense| {
        lexicon.value(*x).beside.contains(y) || lexicon.value(*y).beside.contains(x)
    };
    if clash == Clash::Related || a.iter().any(|x| b.iter().any(|y| beside(x, y))) {
        return Stand::Related;
    }
    Stand::Different
}
