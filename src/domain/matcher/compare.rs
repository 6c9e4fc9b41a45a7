//! Two readings, facet by facet: what agrees, what clashes, what only one side says.

mod asides;

use serde::{Deserialize, Serialize};

use super::lexicon::{Clash, Lexicon, Unsaid};
use super::reading::{GENERAL, Reading, Sense};

/// How probable it is that two wordings are one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    "illness",
    "of",
    "employment",
    "formality",
    "time-of-day",
];

/// Facets whose clash does not keep a wording from an element: forms are careless of the first, and
/// of the second there are too many words to know.
const LENIENT: [&str; 2] = ["moment", "about"];

impl Lexicon {
    /// Compares two readings by themselves, as if their words were alike: what tells them apart then
    /// is no mere wording.
    #[must_use]
    pub fn compare(&self, a: &Reading, b: &Reading) -> Compared {
        compare(self, a, b, 1.0, (Bridge::None, None))
    }
}

/// Compares two readings whose words are alike by so much, from 0 to 1.
#[must_use]
pub(super) fn compare(
    lexicon: &Lexicon,
    a: &Reading,
    b: &Reading,
    likeness: f32,
    (bridge, between): (Bridge, Option<&Reading>),
) -> Compared {
    let told = Comparing {
        lexicon,
        a,
        b,
        bridge,
        between,
        is_told: true,
    };
    let mut reasons = told.reasons();
    let (tier, score) = told.judge(&reasons, likeness);
    let is_told_apart = reasons.iter().any(|reason| reason.stand <= Stand::Narrower);
    if tier == Tier::Possible && !is_told_apart {
        reasons.push(told.other_words());
    }
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
        between: None,
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
    /// The element that both are nearest to.
    between: Option<&'a Reading>,
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
                let turns = self.a.unheard != self.b.unheard;
                let is_open = known && !shares && !turns && self.leaves_out_no_more();
                agrees || (is_open && !reasons.iter().any(is_told_apart))
            }
        }
    }

    /// Whether neither side leaves out, or counts of a whole provider, what neither the other nor the
    /// element in between does.
    fn leaves_out_no_more(&self) -> bool {
        let between = self.between;
        let known = |own: &Reading, other: &Reading| {
            let mut out = own.without.iter();
            out.all(|sense| {
                other.without.contains(sense)
                    || between.is_some_and(|it| it.without.contains(sense))
            })
        };
        let scope = |reading: &Reading| {
            let provider = self.lexicon.sense("scope:provider");
            provider.is_some_and(|it| reading.says.contains(&it) || reading.defines.contains(&it))
        };
        known(self.a, self.b) && known(self.b, self.a) && scope(self.a) == scope(self.b)
    }

    /// Of two wordings that share many of their words, the others are what tells them apart, unless
    /// they are known and say just the same.
    fn says_the_same_otherwise(&self) -> bool {
        if self.a.share_of_words(self.b) < SHARE_MIN {
            return true;
        }
        let first = self.a.said_otherwise(self.b, self.lexicon);
        let second = self.b.said_otherwise(self.a, self.lexicon);
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
            let is_partly = about.id == "who" && !first.is_empty() && !second.is_empty();
            let tells = TELLING.contains(&about.id.as_str()) || is_partly;
            reason.is_telling = stand == Stand::Narrower && tells;
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
