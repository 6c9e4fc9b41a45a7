//! Decisions that two questions are the same, related or different, applied at read.
//!
//! A decision never changes a question's id or a stored answer. *Same* decisions join questions
//! into classes; everything that reads resolves a question to its class. The classes are a pure
//! function of the set of decisions in force: the order in which they were made does not matter,
//! and undoing one leaves what the others say.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::{Digest, QuestionId, derive};
use super::id::OrganisationId;
use super::matcher::Tier;

const DIGEST_CONTEXT: &str = "askonce 2026-11-21 links v1";

/// What was decided of two questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A true answer to the one can be entered for the other.
    Same,
    /// May derive or pre-fill; never merged.
    Related,
    /// Never to be proposed or merged.
    Different,
}

impl Verdict {
    /// The verdict's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Related => "related",
            Self::Different => "different",
        }
    }
}

/// Two options that mean the same, by normalised label: one of each question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OptionPair {
    /// An option of the first question.
    pub a: String,
    /// The option of the second that means the same.
    pub b: String,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Id, by which it is listed and undone.
    pub id: String,
    /// The first question.
    pub a: QuestionId,
    /// The second question.
    pub b: QuestionId,
    /// What was decided.
    pub verdict: Verdict,
    /// For choices: which options mean the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<OptionPair>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who decided: a token's id.
    pub author: String,
    /// Whose own decision it is; none for one of the data lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// When.
    pub decided_at: Timestamp,
    /// What else its request decided, if it was the first that was recorded of it: by place, which
    /// decision stood already, none where both sides were one question. So the request, sent again,
    /// has the result that it had.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passed_over: BTreeMap<u32, Option<String>>,
    /// What the matcher suggested of the two when it was decided; none for nothing. It says how the
    /// words stood then, and nothing follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<Suggested>,
}

/// What the matcher suggested of two questions, as it stood once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggested {
    /// How probable it was that they are one.
    pub tier: Tier,
    /// Why, facet by facet, in plain words: "the first" is the question that is no element's, and the
    /// decision's first where that does not tell.
    pub explanation: String,
}

impl Decision {
    /// Whether both decisions say the same thing of the same two questions.
    #[must_use]
    pub fn says_what(&self, other: &Decision) -> bool {
        let pairs = |decision: &Decision| -> BTreeSet<(String, String)> {
            let flip = decision.a > decision.b;
            let pair = |p: &OptionPair| {
                if flip {
                    (p.b.clone(), p.a.clone())
                } else {
                    (p.a.clone(), p.b.clone())
                }
            };
            decision.options.iter().map(pair).collect()
        };
        self.verdict == other.verdict && self.ends() == other.ends() && pairs(self) == pairs(other)
    }

    fn ends(&self) -> (QuestionId, QuestionId) {
        (self.a.min(self.b), self.a.max(self.b))
    }
}

/// Why a decision cannot stand beside those in force: the decisions that it contradicts, as a
/// path from its first question to its second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Ids of the decisions on the path, in order.
    pub path: Vec<String>,
    /// What the decisions on the path amount to.
    pub verdict: Verdict,
}

/// The decisions in force and the classes that they make.
#[derive(Debug, Clone)]
pub struct Links {
    decisions: BTreeMap<String, Arc<Decision>>,
    class_of: HashMap<QuestionId, Arc<Class>>,
    /// Of the classes, once somebody asks for it.
    digest: OnceLock<Digest>,
}

impl PartialEq for Links {
    fn eq(&self, other: &Self) -> bool {
        self.decisions == other.decisions && self.class_of == other.class_of
    }
}

impl Eq for Links {}

/// Questions that are one by decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// The questions, at least two.
    pub members: BTreeSet<QuestionId>,
    /// Options that mean the same, each by its question and normalised label: the same label may
    /// mean something else beside another question.
    pub options: Vec<(OptionOf, OptionOf)>,
}

/// An option of a question, by normalised label.
pub type OptionOf = (QuestionId, String);

impl Default for Links {
    fn default() -> Self {
        Self::of([])
    }
}

impl Links {
    /// The view of a set of decisions.
    pub fn of(decisions: impl IntoIterator<Item = Arc<Decision>>) -> Self {
        let decisions: BTreeMap<_, _> = decisions
            .into_iter()
            .map(|decision| (decision.id.clone(), decision))
            .collect();
        let mut neighbours: BTreeMap<QuestionId, Vec<QuestionId>> = BTreeMap::new();
        let mut options: HashMap<QuestionId, Vec<(OptionOf, OptionOf)>> = HashMap::new();
        for decision in decisions.values().filter(|d| d.verdict == Verdict::Same) {
            neighbours.entry(decision.a).or_default().push(decision.b);
            neighbours.entry(decision.b).or_default().push(decision.a);
            let pairs = option_pairs(decision);
            options.entry(decision.a).or_default().extend(pairs);
        }
        let mut class_of = HashMap::new();
        for start in neighbours.keys() {
            if class_of.contains_key(start) {
                continue;
            }
            let members = reachable(*start, &neighbours);
            let of_members = members.iter().filter_map(|member| options.remove(member));
            let mut options: Vec<(OptionOf, OptionOf)> = of_members.flatten().collect();
            options.sort();
            options.dedup();
            let class = Arc::new(Class { members, options });
            for member in &class.members {
                class_of.insert(*member, Arc::clone(&class));
            }
        }
        Self {
            digest: OnceLock::from(digest(&class_of)),
            decisions,
            class_of,
        }
    }

    /// Puts a further decision beside those in force; nothing that it does not join is looked at.
    pub fn add(&mut self, decision: Arc<Decision>) {
        if decision.verdict == Verdict::Same {
            let mut class = Class::default();
            for question in [decision.a, decision.b] {
                match self.class_of.get(&question) {
                    Some(known) => {
                        class.members.extend(&known.members);
                        class.options.extend(known.options.iter().cloned());
                    }
                    None => _ = class.members.insert(question),
                }
            }
            class.options.extend(option_pairs(&decision));
            class.options.sort();
            class.options.dedup();
            let class = Arc::new(class);
            for member in &class.members {
                self.class_of.insert(*member, Arc::clone(&class));
            }
            self.digest = OnceLock::new();
        }
        self.decisions.insert(decision.id.clone(), decision);
    }

    /// The class of a question; none if it stands alone.
    #[must_use]
    pub fn class(&self, question: &QuestionId) -> Option<&Arc<Class>> {
        self.class_of.get(question)
    }

    /// The questions that are one with this, itself among them.
    #[must_use]
    pub fn members(&self, question: &QuestionId) -> BTreeSet<QuestionId> {
        match self.class(question) {
            Some(class) => class.members.clone(),
            None => BTreeSet::from([*question]),
        }
    }

    /// The question that stands for the class: the least of its members.
    #[must_use]
    pub fn representative(&self, question: &QuestionId) -> QuestionId {
        let least = self.class(question).and_then(|class| class.members.first());
        least.copied().unwrap_or(*question)
    }

    /// The decisions in force, by id.
    pub fn decisions(&self) -> impl Iterator<Item = &Arc<Decision>> {
        self.decisions.values()
    }

    /// A decision in force, by id.
    #[must_use]
    pub fn decision(&self, id: &str) -> Option<&Arc<Decision>> {
        self.decisions.get(id)
    }

    /// Digest of the classes and of the options that are one: what of the links a template depends
    /// on.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| digest(&self.class_of))
    }

    /// Whether a further decision would contradict those in force: *same* between what was
    /// decided different, or *different* (or *related*) between what is one by decision.
    #[must_use]
    pub fn contradiction(&self, next: &Decision) -> Option<Contradiction> {
        let joined = self.members(&next.a).contains(&next.b);
        match next.verdict {
            Verdict::Same => self.separating(&next.a, &next.b),
            Verdict::Different | Verdict::Related if joined => Some(Contradiction {
                path: self.path(&next.a, &next.b),
                verdict: Verdict::Same,
            }),
            Verdict::Different | Verdict::Related => None,
        }
    }

    /// A *different* or *related* decision between the classes of two questions, with the *same*
    /// decisions that lead to it from either end.
    fn separating(&self, a: &QuestionId, b: &QuestionId) -> Option<Contradiction> {
        let (of_a, of_b) = (self.members(a), self.members(b));
        let apart = |d: &&Arc<Decision>| d.verdict != Verdict::Same;
        self.decisions.values().filter(apart).find_map(|decision| {
            let (near, far) = if of_a.contains(&decision.a) && of_b.contains(&decision.b) {
                (decision.a, decision.b)
            } else if of_a.contains(&decision.b) && of_b.contains(&decision.a) {
                (decision.b, decision.a)
            } else {
                return None;
            };
            let mut path = self.path(a, &near);
            path.push(decision.id.clone());
            path.extend(self.path(&far, b));
            Some(Contradiction {
                path,
                verdict: decision.verdict,
            })
        })
    }

    /// The ids of the *same* decisions on a shortest path between two questions of one class.
    fn path(&self, from: &QuestionId, to: &QuestionId) -> Vec<String> {
        let mut reached: HashMap<QuestionId, (QuestionId, String)> = HashMap::new();
        let mut queue = VecDeque::from([*from]);
        while let Some(here) = queue.pop_front() {
            if here == *to {
                break;
            }
            let same = self
                .decisions
                .values()
                .filter(|d| d.verdict == Verdict::Same);
            for decision in same {
                let there = match here {
                    q if q == decision.a => decision.b,
                    q if q == decision.b => decision.a,
                    _ => continue,
                };
                if there != *from && !reached.contains_key(&there) {
                    reached.insert(there, (here, decision.id.clone()));
                    queue.push_back(there);
                }
            }
        }
        let mut path = Vec::new();
        let mut here = *to;
        while let Some((before, id)) = reached.get(&here) {
            path.push(id.clone());
            here = *before;
        }
        path.reverse();
        path
    }
}

/// The options that a decision makes one, each pair in order.
fn option_pairs(decision: &Decision) -> impl Iterator<Item = (OptionOf, OptionOf)> {
    decision.options.iter().map(|pair| {
        let (a, b) = ((decision.a, pair.a.clone()), (decision.b, pair.b.clone()));
        if a <= b { (a, b) } else { (b, a) }
    })
}

fn digest(class_of: &HashMap<QuestionId, Arc<Class>>) -> Digest {
    let classes: BTreeMap<_, _> = class_of
        .values()
        .filter_map(|class| Some((class.members.first()?, class)))
        .collect();
    let mut bytes = Vec::new();
    for class in classes.values() {
        for member in &class.members {
            bytes.extend_from_slice(member.as_bytes());
        }
        // Neither a label nor a byte that ends one can be mistaken for the other.
        for (question, label) in class.options.iter().flat_map(|(a, b)| [a, b]) {
            bytes.push(0xFE);
            bytes.extend_from_slice(question.as_bytes());
            bytes.extend_from_slice(label.as_bytes());
        }
        bytes.push(0xFF);
    }
    derive(DIGEST_CONTEXT, &bytes)
}

fn reachable(
    start: QuestionId,
    neighbours: &BTreeMap<QuestionId, Vec<QuestionId>>,
) -> BTreeSet<QuestionId> {
    let mut members = BTreeSet::from([start]);
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for there in neighbours.get(&here).into_iter().flatten() {
            if members.insert(*there) {
                queue.push_back(*there);
            }
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(number: u8) -> QuestionId {
        QuestionId::from_bytes([number; 20])
    }

    fn decision(id: &str, a: u8, b: u8, verdict: Verdict) -> Arc<Decision> {
        Arc::new(Decision {
            id: id.into(),
            a: question(a),
            b: question(b),
            verdict,
            options: Vec::new(),
            reason: String::new(),
            author: "t".into(),
            organisation: None,
            decided_at: Timestamp::UNIX_EPOCH,
            passed_over: BTreeMap::new(),
            suggested: None,
        })
    }

    #[test]
    fn same_decisions_join_in_any_order_and_part_when_undone() {
        let one = decision("1", 1, 2, Verdict::Same);
        let two = decision("2", 3, 2, Verdict::Same);
        let links = Links::of([one.clone(), two.clone()]);
        assert_eq!(links, Links::of([two.clone(), one]));
        assert_eq!(links.representative(&question(3)), question(1));
        assert_eq!(links.members(&question(2)).len(), 3);
        let undone = Links::of([two]);
        assert_eq!(undone.representative(&question(3)), question(2));
        assert_eq!(undone.members(&question(1)).len(), 1);
    }

    #[test]
    fn decisions_added_one_by_one_are_as_if_all_were_read_at_once() {
        let labelled = |id: &str, a: u8, b: u8, option: &str| {
            let mut decision = Decision::clone(&decision(id, a, b, Verdict::Same));
            let (a, b) = (option.to_owned(), format!("of {b}"));
            decision.options.push(OptionPair { a, b });
            Arc::new(decision)
        };
        let all = [
            labelled("1", 1, 2, "low"),
            decision("2", 3, 4, Verdict::Same),
            decision("3", 9, 2, Verdict::Different),
            labelled("4", 4, 1, "high"),
            labelled("5", 2, 1, "low"),
            decision("6", 7, 3, Verdict::Same),
            decision("7", 8, 8, Verdict::Related),
        ];
        for first in 0..all.len() {
            let mut order = all.to_vec();
            order.rotate_left(first);
            let mut links = Links::default();
            for (count, decision) in order.iter().enumerate() {
                links.add(Arc::clone(decision));
                let whole = Links::of(order[..=count].iter().cloned());
                assert_eq!(links, whole);
                assert_eq!(links.digest(), whole.digest());
            }
        }
        let mut links = Links::of(all[..6].iter().cloned());
        let before = links.digest();
        links.add(Arc::clone(&all[6]));
        assert_eq!(links.digest(), before, "only what is one counts");
    }

    #[test]
    fn a_link_that_would_join_what_was_decided_different_is_refused_with_its_path() {
        let links = Links::of([
            decision("same-12", 1, 2, Verdict::Same),
            decision("diff-23", 3, 2, Verdict::Different),
            decision("same-34", 3, 4, Verdict::Same),
        ]);
        let refused = links.contradiction(&decision("new", 1, 4, Verdict::Same));
        let refused = refused.expect("1 and 4 stand on both sides of a different");
        assert_eq!(refused.path, ["same-12", "diff-23", "same-34"]);
        assert_eq!(refused.verdict, Verdict::Different);
        let apart = links.contradiction(&decision("new", 1, 2, Verdict::Different));
        assert_eq!(apart.expect("1 and 2 are one").path, ["same-12"]);
        assert_eq!(
            links.contradiction(&decision("new", 5, 4, Verdict::Same)),
            None
        );
    }

    #[test]
    fn the_digest_is_that_of_the_classes_however_they_came_about() {
        let chain = [(1, 2), (2, 3)].map(|(a, b)| decision(&a.to_string(), a, b, Verdict::Same));
        let star = [(1, 3), (1, 2)].map(|(a, b)| decision(&b.to_string(), a, b, Verdict::Same));
        let apart = decision("9", 1, 4, Verdict::Different);
        let links = Links::of(chain.clone());
        assert_eq!(links.digest(), Links::of(star).digest());
        assert_eq!(
            links.digest(),
            Links::of(chain.into_iter().chain([apart])).digest()
        );
        assert_ne!(links.digest(), Links::default().digest());
    }
}
