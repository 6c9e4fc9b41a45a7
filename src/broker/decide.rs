//! Recording what a person decided of questions: the same, related or different.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::digest::QuestionId;
use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::field::Field;
use crate::domain::id::{AskName, ElementId, shown};
use crate::domain::limits::{DECISIONS_PER_BATCH_MAX, REASON_CHARS_MAX};
use crate::domain::link::{Contradiction, Decision, Links, OptionPair, Verdict};
use crate::domain::text::normalise;
use crate::store::{AskFilter, Expectation};

use super::effect::{AskedToday, Effect};
use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, Landed, idempotency};

/// One side of a decision: a field of an ask, an element, or a question. Just one is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawSide {
    /// An ask's name; with `field`.
    #[serde(default)]
    pub ask: String,
    /// A field of that ask.
    #[serde(default)]
    pub field: String,
    /// An element's id.
    #[serde(default)]
    pub element: String,
    /// A question's id.
    #[serde(default)]
    pub question: String,
}

/// Two options that mean the same, by label: one of each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawOptionPair {
    /// Label of an option of the first side.
    pub a: String,
    /// Label of the option of the second side that means the same.
    pub b: String,
}

/// A decision as it comes in: nothing checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawDecision {
    /// The first side.
    pub a: RawSide,
    /// The second side.
    pub b: RawSide,
    /// What was decided.
    pub verdict: Verdict,
    /// For choices: which options mean the same.
    #[serde(default)]
    pub options: Vec<RawOptionPair>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is in force under this id.
    Recorded(String),
    /// It would be recorded: nothing was written, as asked.
    Valid,
    /// A decision that says just that was in force already, under this id.
    Standing(String),
    /// Both sides are one question already, by meaning.
    OneQuestion,
}

/// What became of a decision, and what it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedOne {
    /// What became of it.
    pub decided: Decided,
    /// What it changes, the decisions before it in the batch counting as in force; none where
    /// nothing is decided anew, and for a batch that was recorded before.
    pub effect: Option<Effect>,
}

impl DecidedOne {
    fn unchanged(decided: Decided) -> Self {
        let effect = None;
        Self { decided, effect }
    }
}

/// What deciding needs to know of a side.
struct Side {
    question: QuestionId,
    field: Arc<Field>,
}

impl Broker {
    /// Records decisions, all or none.
    ///
    /// # Errors
    /// Every fault, by path; among them a decision that contradicts those in force, with the path
    /// of decisions that it contradicts.
    pub async fn decide(
        &self,
        caller: &Caller,
        decisions: &[RawDecision],
        request_id: &str,
        validate_only: bool,
    ) -> Result<Vec<DecidedOne>, BrokerError> {
        let idempotency = idempotency(caller, "DecideSuggestions", request_id, &decisions)?;
        check_batch(decisions)?;
        if let Some(first) = self.seen_before(idempotency.as_ref()).await? {
            return self.decided_before(decisions.len(), first).await;
        }
        let mut sides = Vec::with_capacity(decisions.len());
        let mut faults = Faults::new();
        for (position, raw) in decisions.iter().enumerate() {
            let path = format!("decisions[{position}]");
            let a = self.side(&raw.a).await?;
            let b = self.side(&raw.b).await?;
            let a = faults.take(&format!("{path}.a"), a);
            let b = faults.take(&format!("{path}.b"), b);
            sides.push(a.zip(b));
        }
        faults.into_result()?;
        let sides: Vec<(Side, Side)> = sides.into_iter().flatten().collect();
        for _ in 0..ATTEMPTS_MAX {
            let links = self.store.links().await?;
            let asked = self.asked_of(&sides, &links.value).await?;
            let plan = self.plan(caller, decisions, &sides, (&links.value, &asked))?;
            if validate_only {
                return Ok(plan.into_valid());
            }
            if plan.decisions.is_empty() {
                return Ok(plan.results);
            }
            let unchanged = Expectation {
                key: Key::Links,
                revision: links.revision,
            };
            let results = plan.results;
            let mut decided = plan.decisions;
            let words = sides.iter().flat_map(|(a, b)| [a, b]);
            let words = words.map(|side| (side.question, Arc::clone(&side.field)));
            self.keep_suggested(&mut decided, &words.collect()).await?;
            let events = decided.into_iter().map(Event::QuestionsLinked);
            match self
                .record(caller, events.collect(), vec![unchanged], idempotency)
                .await?
            {
                Some(Landed::Now) => return Ok(results),
                Some(Landed::Before { first }) => {
                    return self.decided_before(decisions.len(), first).await;
                }
                None => {}
            }
        }
        Err(BrokerError::Contended)
    }

    /// What stands today of the questions that decisions would join.
    async fn asked_of(
        &self,
        sides: &[(Side, Side)],
        links: &Links,
    ) -> Result<AskedToday, BrokerError> {
        let sides = sides.iter().flat_map(|(a, b)| [a.question, b.question]);
        let questions = sides.flat_map(|question| links.members(&question));
        self.asked_today(&questions.collect()).await
    }

    /// The results of a batch that was recorded before, from its first event on, as they were then.
    async fn decided_before(
        &self,
        count: usize,
        first: u64,
    ) -> Result<Vec<DecidedOne>, BrokerError> {
        let events = self.store.events(first.saturating_sub(1), count).await?;
        let recorded = events.into_iter().map_while(|said| match said.event {
            Event::QuestionsLinked(decision) => Some(decision),
            _ => None,
        });
        let mut recorded = recorded.peekable();
        let passed_over = recorded.peek().map(|first| first.passed_over.clone());
        let passed_over = passed_over.unwrap_or_default();
        let result = |place: u32| match passed_over.get(&place) {
            Some(Some(stood)) => Ok(Decided::Standing(stood.clone())),
            Some(None) => Ok(Decided::OneQuestion),
            None => match recorded.next() {
                Some(decision) => Ok(Decided::Recorded(decision.id)),
                None => Err(BrokerError::Internal(format!(
                    "the batch of event {first} is not whole"
                ))),
            },
        };
        let results = (0..).take(count).map(result);
        results
            .map(|result| result.map(DecidedOne::unchanged))
            .collect()
    }

    /// Which decisions are recorded, given those in force; the batch's own count as in force, one
    /// after the other.
    fn plan(
        &self,
        caller: &Caller,
        decisions: &[RawDecision],
        sides: &[(Side, Side)],
        (links, asked): (&Links, &AskedToday),
    ) -> Result<Plan, Faults> {
        let mut faults = Faults::new();
        let mut links = links.clone();
        let mut plan = Plan::default();
        for (position, (raw, (a, b))) in decisions.iter().zip(sides).enumerate() {
            let path = format!("decisions[{position}]");
            let read = read_decision(raw, a, b);
            let Some(options) = faults.take(&path, read) else {
                continue;
            };
            if a.question == b.question {
                plan.pass_over(Decided::OneQuestion);
                continue;
            }
            let decision = Arc::new(Decision {
                id: self.new_id("d_"),
                a: a.question,
                b: b.question,
                verdict: raw.verdict,
                options,
                reason: raw.reason.clone(),
                author: caller.token_id.clone(),
                organisation: caller.grant.organisation.clone(),
                decided_at: self.now(),
                passed_over: BTreeMap::new(),
                suggested: None,
            });
            if let Some(same) = links.decisions().find(|known| known.says_what(&decision)) {
                plan.pass_over(Decided::Standing(same.id.clone()));
                continue;
            }
            if let Some(against) = links.contradiction(&decision) {
                faults.add(path, told_of(&against));
                continue;
            }
            let (of_a, of_b) = (links.members(&a.question), links.members(&b.question));
            plan.results.push(DecidedOne {
                decided: Decided::Recorded(decision.id.clone()),
                effect: Some(asked.effect(raw.verdict, &of_a, &of_b)),
            });
            plan.decisions.push(Decision::clone(&decision));
            links.add(decision);
        }
        faults.into_result()?;
        plan.keep_passed_over();
        Ok(plan)
    }

    /// What a side names.
    async fn side(&self, raw: &RawSide) -> Result<Result<Side, Faults>, BrokerError> {
        let by_field = !raw.ask.is_empty() || !raw.field.is_empty();
        let given = [by_field, !raw.element.is_empty(), !raw.question.is_empty()];
        if given.iter().filter(|is| **is).count() != 1 {
            let message = "name a field (ask and field), an element or a question: just one";
            return Ok(Err(Faults::one("", message)));
        }
        if by_field {
            return self.side_of_field(raw).await;
        }
        if raw.element.is_empty() {
            return self.side_of_question(&raw.question).await;
        }
        let dictionary = self.store.dictionary().await?.value;
        let id = raw.element.parse::<ElementId>().ok();
        let element = id.and_then(|id| dictionary.element(&id));
        Ok(match element {
            Some(element) => Ok(Side {
                question: element.question,
                field: Arc::new(element.field.clone()),
            }),
            None => Err(Faults::one(
                "element",
                format!(
                    "{} is not an element of the dictionary",
                    shown(&raw.element)
                ),
            )),
        })
    }

    async fn side_of_field(&self, raw: &RawSide) -> Result<Result<Side, Faults>, BrokerError> {
        let name = match raw.ask.parse::<AskName>() {
            Ok(name) => name,
            Err(error) => return Ok(Err(Faults::one("ask", error.to_string()))),
        };
        let Some(ask) = self.store.ask(&name).await? else {
            return Ok(Err(Faults::one("ask", format!("{name} does not exist"))));
        };
        Ok(match ask.value.field(&raw.field) {
            Some(own) => Ok(Side {
                question: own.question,
                field: own.field.field().clone(),
            }),
            None => Err(Faults::one(
                "field",
                format!("{} is not a field of {name}", shown(&raw.field)),
            )),
        })
    }

    async fn side_of_question(&self, text: &str) -> Result<Result<Side, Faults>, BrokerError> {
        let question = match text.parse::<QuestionId>() {
            Ok(question) => question,
            Err(error) => return Ok(Err(Faults::one("question", error.to_string()))),
        };
        let dictionary = self.store.dictionary().await?.value;
        if let Some(element) = dictionary.element_of(&question) {
            let field = Arc::new(element.field.clone());
            return Ok(Ok(Side { question, field }));
        }
        let filter = AskFilter {
            questions: Some(vec![question]),
            ..AskFilter::default()
        };
        let asks = self.store.asks(&filter, None, 1).await?;
        let fields = asks.iter().flat_map(|ask| ask.value.fields.iter());
        let own = fields.into_iter().find(|own| own.question == question);
        Ok(match own {
            Some(own) => Ok(Side {
                question,
                field: own.field.field().clone(),
            }),
            None => Err(Faults::one("question", format!("nobody asks {question}"))),
        })
    }
}

#[derive(Default)]
struct Plan {
    /// To be recorded, in order.
    decisions: Vec<Decision>,
    results: Vec<DecidedOne>,
}

impl Plan {
    /// Notes one that is not recorded.
    fn pass_over(&mut self, decided: Decided) {
        self.results.push(DecidedOne::unchanged(decided));
    }

    /// Lets the first decision that is recorded say what became of those that are not.
    fn keep_passed_over(&mut self) {
        let Some(first) = self.decisions.first_mut() else {
            return;
        };
        for (place, result) in (0..).zip(&self.results) {
            let stood = match &result.decided {
                Decided::Standing(id) => Some(id.clone()),
                Decided::OneQuestion => None,
                Decided::Recorded(_) | Decided::Valid => continue,
            };
            first.passed_over.insert(place, stood);
        }
    }

    /// The results where nothing is to be recorded.
    fn into_valid(self) -> Vec<DecidedOne> {
        let results = self.results.into_iter();
        let valid = results.map(|mut result| {
            if let Decided::Recorded(_) = result.decided {
                result.decided = Decided::Valid;
            }
            result
        });
        valid.collect()
    }
}

fn check_batch(decisions: &[RawDecision]) -> Result<(), Faults> {
    match decisions.len() {
        0 => Err(Faults::one("decisions", "are none; send one at least")),
        n if n > DECISIONS_PER_BATCH_MAX => {
            let message = format!("are more than {DECISIONS_PER_BATCH_MAX}");
            Err(Faults::one("decisions", message))
        }
        _ => Ok(()),
    }
}

/// Checks a decision against what its sides are; its option pairs, normalised.
fn read_decision(raw: &RawDecision, a: &Side, b: &Side) -> Result<Vec<OptionPair>, Faults> {
    let mut faults = Faults::new();
    if raw.reason.chars().count() > REASON_CHARS_MAX {
        faults.add(
            "reason",
            format!("is longer than {REASON_CHARS_MAX} characters"),
        );
    }
    if raw.verdict == Verdict::Same {
        check_alike(&a.field, &b.field, &mut faults);
    } else if a.question == b.question {
        let message = "both sides mean the same by themselves; reword one of them";
        faults.add("verdict", message);
    }
    let mut pairs = BTreeSet::new();
    let (of_a, of_b) = (labels(&a.field), labels(&b.field));
    for (position, pair) in raw.options.iter().enumerate() {
        let path = format!("options[{position}]");
        let mut find = |side: &str, label: &str, known: &BTreeSet<String>| {
            let found = normalise(label).ok().filter(|label| known.contains(label));
            if found.is_none() {
                let message = format!("{} is not an option of that side", shown(label));
                faults.add(format!("{path}.{side}"), message);
            }
            found
        };
        let found = find("a", &pair.a, &of_a).zip(find("b", &pair.b, &of_b));
        pairs.extend(found.map(|(a, b)| OptionPair { a, b }));
    }
    let sides: [BTreeSet<&String>; 2] = [
        pairs.iter().map(|pair| &pair.a).collect(),
        pairs.iter().map(|pair| &pair.b).collect(),
    ];
    if sides.iter().any(|side| side.len() < pairs.len()) {
        let message = "equate two options of one side; each option means one at most";
        faults.add("options", message);
    }
    faults.into_result()?;
    Ok(pairs.into_iter().collect())
}

/// The same question has the same type, timing and dimension; anything else could not be answered
/// at once.
pub(super) fn check_alike(a: &Field, b: &Field, faults: &mut Faults) {
    for differs in b.differs_from(a) {
        faults.add("b", differs);
    }
}

/// What a contradiction is, with the decisions that are in the way.
pub(super) fn told_of(against: &Contradiction) -> String {
    let (verdict, path) = (against.verdict.as_str(), against.path.join(", "));
    format!("contradicts what is decided: {verdict} by way of {path}; undo one of them first")
}

fn labels(field: &Field) -> BTreeSet<String> {
    let options = field.kind.options().iter();
    options
        .filter_map(|option| normalise(&option.label).ok())
        .collect()
}
