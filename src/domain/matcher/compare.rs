//! Two readings, facet by facet: what agrees, what clashes, what only one side says.

use std::collections::{BTreeMap, BTreeSet};

use super::lexicon::{Clash, Lexicon, Unsaid};
use super::reading::{Reading, Sense};

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
const KEPT_DIFFERENT: f32 = 0.62;
const KEPT_RELATED: f32 = 0.80;
const KEPT_NARROWER: f32 = 0.94;

/// Facets beyond this many that one side leaves open no longer count.
const NARROWER_COUNTED_MAX: i32 = 4;

/// Compares two readings whose words are alike by so much, from 0 to 1.
#[must_use]
pub fn compare(lexicon: &Lexicon, a: &Reading, b: &Reading, likeness: f32) -> Compared {
    let mut reasons = facets(lexicon, a, b);
    reasons.extend(left_out(lexicon, a, b));
    reasons.extend(look_back(a, b));
    reasons.extend(numbers(a, b));
    reasons.extend(words(a, b));
    reasons.sort_by_key(|reason| reason.stand);
    let count = |stand: Stand| {
        let of = reasons.iter().filter(|reason| reason.stand == stand);
        i32::try_from(of.count()).unwrap_or(i32::MAX)
    };
    let (different, related) = (count(Stand::Different), count(Stand::Related));
    let narrower = count(Stand::Narrower);
    let tier = if different > 0 {
        Tier::None
    } else if related > 0 && likeness >= POSSIBLE_LIKENESS_MIN {
        Tier::Related
    } else if related == 0 && narrower == 0 && has_ground(lexicon, a, b) {
        Tier::LikelySame
    } else if related == 0 && likeness >= POSSIBLE_LIKENESS_MIN {
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
    Compared {
        tier,
        score: score.clamp(0.0, 1.0),
        reasons,
    }
}

/// Whether enough is known of both: what they are about, or the very same words.
fn has_ground(lexicon: &Lexicon, a: &Reading, b: &Reading) -> bool {
    let about = |sense: &&Sense| lexicon.facet(**sense).id == "about";
    a.stems == b.stems || a.says.intersection(&b.says).any(|sense| about(&sense))
}

fn facets(lexicon: &Lexicon, a: &Reading, b: &Reading) -> Vec<Reason> {
    let (of_a, of_b) = (a.by_facet(lexicon), b.by_facet(lexicon));
    let all: BTreeSet<u8> = of_a.keys().chain(of_b.keys()).copied().collect();
    let none = BTreeSet::new();
    let mut reasons = Vec::new();
    for facet in all {
        let (first, second) = (
            of_a.get(&facet).unwrap_or(&none),
            of_b.get(&facet).unwrap_or(&none),
        );
        let about = &lexicon.facets[usize::from(facet)];
        let stand = if first == second {
            Stand::Agrees
        } else if first.is_empty() || second.is_empty() {
            let (own, other) = if first.is_empty() {
                (second, b)
            } else {
                (first, a)
            };
            let is_meant = own.iter().all(|sense| other.means.contains(sense));
            if about.unsaid == Unsaid::Open || is_meant {
                Stand::Unsaid
            } else {
                Stand::Narrower
            }
        } else {
            both(lexicon, about.clash, first, second)
        };
        reasons.push(Reason {
            stand,
            facet: about.label.clone(),
            first: says(lexicon, first),
            second: says(lexicon, second),
        });
    }
    reasons
}

/// How two values, or sets of them, of one facet stand to each other.
fn both(lexicon: &Lexicon, clash: Clash, a: &BTreeSet<Sense>, b: &BTreeSet<Sense>) -> Stand {
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

/// What one side leaves out, or expressly counts in, and the other does not.
fn left_out(lexicon: &Lexicon, a: &Reading, b: &Reading) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let counted = |reading: &Reading| -> BTreeSet<Sense> {
        reading.says.union(&reading.with).copied().collect()
    };
    let opposed = |out: &Reading, other: &Reading| -> BTreeSet<Sense> {
        let counted = counted(other);
        out.without.intersection(&counted).copied().collect()
    };
    for (first, second) in [
        (opposed(a, b), BTreeSet::new()),
        (BTreeSet::new(), opposed(b, a)),
    ] {
        if !first.is_empty() || !second.is_empty() {
            reasons.push(Reason {
                stand: Stand::Related,
                facet: "what is left out".to_owned(),
                first: says(lexicon, &first),
                second: says(lexicon, &second),
            });
        }
    }
    if reasons.is_empty() {
        reasons.extend(one_sided(
            lexicon,
            "what is left out",
            &a.without,
            &b.without,
        ));
        reasons.extend(one_sided(lexicon, "what is counted in", &a.with, &b.with));
    }
    reasons
}

fn one_sided(
    lexicon: &Lexicon,
    facet: &str,
    a: &BTreeSet<Sense>,
    b: &BTreeSet<Sense>,
) -> Option<Reason> {
    if a.is_empty() && b.is_empty() {
        return None;
    }
    Some(Reason {
        stand: if a == b {
            Stand::Agrees
        } else {
            Stand::Narrower
        },
        facet: facet.to_owned(),
        first: says(lexicon, a),
        second: says(lexicon, b),
    })
}

fn look_back(a: &Reading, b: &Reading) -> Option<Reason> {
    if a.look_back.is_none() && b.look_back.is_none() {
        return None;
    }
    let told = |reading: &Reading| -> Vec<String> {
        let found = reading.look_back.iter();
        found.map(ToString::to_string).collect()
    };
    Some(Reason {
        stand: match (a.look_back, b.look_back) {
            (Some(a), Some(b)) if a == b => Stand::Agrees,
            (Some(_), Some(_)) => Stand::Related,
            _ => Stand::Narrower,
        },
        facet: "how long it looks back".to_owned(),
        first: told(a),
        second: told(b),
    })
}

fn numbers(a: &Reading, b: &Reading) -> Option<Reason> {
    if a.numbers == b.numbers {
        return None;
    }
    let all = |numbers: &BTreeSet<String>| numbers.iter().cloned().collect::<Vec<_>>();
    let is_clash =
        !a.numbers.is_empty() && !b.numbers.is_empty() && a.numbers.is_disjoint(&b.numbers);
    Some(Reason {
        stand: if is_clash {
            Stand::Related
        } else {
            Stand::Narrower
        },
        facet: "numbers".to_owned(),
        first: all(&a.numbers),
        second: all(&b.numbers),
    })
}

/// Words that only one side has and that the lexicon does not know: they may tell apart.
fn words(a: &Reading, b: &Reading) -> Option<Reason> {
    let only = |own: &Reading, other: &Reading| -> Vec<String> {
        let has = |stem: &&String| other.stems.contains(stem);
        own.left.iter().filter(|stem| !has(stem)).cloned().collect()
    };
    let (first, second) = (only(a, b), only(b, a));
    (!first.is_empty() || !second.is_empty()).then(|| Reason {
        stand: Stand::Narrower,
        facet: "other words".to_owned(),
        first,
        second,
    })
}

fn says(lexicon: &Lexicon, senses: &BTreeSet<Sense>) -> Vec<String> {
    let values = senses
        .iter()
        .map(|sense| lexicon.value(*sense).says.clone());
    let sorted: BTreeMap<String, ()> = values.map(|says| (says, ())).collect();
    sorted.into_keys().collect()
}
