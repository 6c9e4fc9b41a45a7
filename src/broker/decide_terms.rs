//! Words that data leads teach the matcher: added and withdrawn in batches, and suggested from the
//! wordings that they accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::Serialize;

use crate::domain::event::{Event, Key};
use crate::domain::fault::Faults;
use crate::domain::id::{ElementId, shown};
use crate::domain::limits::{
    REASON_CHARS_MAX, TERM_WORDS_CHARS_MAX, TERM_WORDS_MAX, TERMS_PER_BATCH_MAX, WORDS_PER_TERM_MAX,
};
use crate::domain::matcher::{Lexicon, Term, Wording};
use crate::domain::terms::{OwnTerms, TermsDecided, WithdrawnWords};
use crate::store::Expectation;

use super::{ATTEMPTS_MAX, Broker, BrokerError, Caller, idempotency};

/// Most words that are suggested, those of most wordings first.
const SUGGESTED_MAX: usize = 500;

/// Most wordings told with one suggestion.
const EXAMPLES_MAX: usize = 5;

/// Longest id of a value, in characters.
const VALUE_CHARS_MAX: usize = 64;

/// A batch as it comes in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DecidingTerms {
    /// Words to know from now on.
    pub added: Vec<Term>,
    /// Words to know no more.
    pub withdrawn: Vec<WithdrawnWords>,
    /// Why.
    pub reason: String,
    /// Whether to check everything and write nothing.
    pub validate_only: bool,
}

/// A word of accepted wordings that the matcher does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedWord {
    /// The word as it is written.
    pub word: String,
    /// In how many accepted wordings it stands.
    pub wordings: u32,
    /// Some of them, each with its element.
    pub examples: Vec<(ElementId, String)>,
}

impl Broker {
    /// The words that data leads taught the matcher.
    ///
    /// # Errors
    /// As the store says.
    pub async fn terms(&self) -> Result<Arc<OwnTerms>, BrokerError> {
        Ok(self.store.terms().await?.value)
    }

    /// Adds and withdraws words, all or none; what is known then. Withdrawing comes first.
    ///
    /// # Errors
    /// Every fault, by path, such as `add[2].words[0]`.
    pub async fn decide_terms(
        &self,
        caller: &Caller,
        deciding: &DecidingTerms,
        request_id: &str,
    ) -> Result<Arc<OwnTerms>, BrokerError> {
        let idempotency = idempotency(caller, "DecideTerms", request_id, deciding)?;
        check_batch(deciding)?;
        if self.seen_before(idempotency.as_ref()).await?.is_some() {
            return self.terms().await;
        }
        let decided = TermsDecided {
            added: deciding.added.clone(),
            withdrawn: deciding.withdrawn.clone(),
            reason: deciding.reason.clone(),
        };
        for _ in 0..ATTEMPTS_MAX {
            let before = self.store.terms().await?;
            let after = checked(&before.value, &decided)?;
            if deciding.validate_only || after == *before.value {
                return Ok(Arc::new(after));
            }
            let unchanged = Expectation {
                key: Key::Terms,
                revision: before.revision,
            };
            let events = vec![Event::TermsDecided(decided.clone())];
            let landed = self.record(caller, events, vec![unchanged], idempotency);
            if landed.await?.is_some() {
                return Ok(Arc::new(after));
            }
        }
        Err(BrokerError::Contended)
    }

    /// Words of accepted wordings that the matcher does not know, those of most wordings first.
    ///
    /// # Errors
    /// As the store says.
    pub async fn suggested_terms(&self) -> Result<Vec<SuggestedWord>, BrokerError> {
        let matching = self.matching().await?;
        let lexicon = matching.index().lexicon();
        let accepted = self.accepted().await?;
        let mut found: BTreeMap<String, SuggestedWord> = BTreeMap::new();
        for (element, wording) in accepted.iter() {
            for word in unknown_words(lexicon, &wording.label) {
                let own = found.entry(word.clone()).or_insert_with(|| SuggestedWord {
                    word,
                    wordings: 0,
                    examples: Vec::new(),
                });
                own.wordings += 1;
                if own.examples.len() < EXAMPLES_MAX {
                    own.examples.push((element.clone(), wording.label.clone()));
                }
            }
        }
        let mut suggested: Vec<SuggestedWord> = found.into_values().collect();
        suggested.sort_by(|a, b| {
            let most = b.wordings.cmp(&a.wordings);
            most.then_with(|| a.word.cmp(&b.word))
        });
        suggested.truncate(SUGGESTED_MAX);
        Ok(suggested)
    }
}

/// The words of a label that the lexicon does not know, as they are written there.
fn unknown_words(lexicon: &Lexicon, label: &str) -> BTreeSet<String> {
    let read = |text: &str| {
        let label = text.to_owned();
        let wording = Wording {
            label,
            ..Wording::default()
        };
        let reading = lexicon.read(&wording);
        let unknown = reading.unknown_words().map(str::to_owned);
        unknown.collect::<BTreeSet<String>>()
    };
    let mut left = read(label);
    let mut unknown = BTreeSet::new();
    for word in label.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '\'')) {
        // What stands for itself is told as it is written; a stem is nobody's word.
        let stems = read(word);
        if stems.iter().any(|stem| left.remove(stem)) {
            unknown.insert(word.to_lowercase());
        }
    }
    unknown
}

/// What is known after a batch, if all of it can be.
fn checked(before: &OwnTerms, decided: &TermsDecided) -> Result<OwnTerms, Faults> {
    let mut faults = Faults::new();
    for (place, withdrawn) in decided.withdrawn.iter().enumerate() {
        check_withdrawn(before, withdrawn, place, &mut faults);
    }
    let only_withdrawn = TermsDecided {
        withdrawn: decided.withdrawn.clone(),
        ..TermsDecided::default()
    };
    let mut kept = before.clone();
    kept.apply(&only_withdrawn);
    let mut after = before.clone();
    after.apply(decided);
    if after.words_count() > TERM_WORDS_MAX {
        faults.add("add", format!("makes more than {TERM_WORDS_MAX} words"));
    }
    let kept: Vec<Term> = kept.iter().cloned().collect();
    let all: Vec<Term> = kept.iter().chain(&decided.added).cloned().collect();
    if let Err(refused) = Lexicon::starter_with(&all) {
        place_faults(&refused, kept.len(), &mut faults);
    }
    faults.into_result()?;
    Ok(after)
}

fn check_withdrawn(
    before: &OwnTerms,
    withdrawn: &WithdrawnWords,
    place: usize,
    faults: &mut Faults,
) {
    let path = format!("withdraw[{place}]");
    let Some(known) = before.term(&withdrawn.facet, &withdrawn.value) else {
        let name = format!("{}:{}", withdrawn.facet, withdrawn.value);
        let message = format!("to {} no words were added", shown(&name));
        faults.add(path, message);
        return;
    };
    for (word, text) in withdrawn.words.iter().enumerate() {
        if !known.words.contains(text) {
            let message = format!("{} was not added", shown(text));
            faults.add(format!("{path}.words[{word}]"), message);
        }
    }
}

/// The faults of a lexicon by their places in the batch; others are of words that stay though what
/// they name goes.
fn place_faults(refused: &Faults, kept: usize, faults: &mut Faults) {
    for fault in refused.iter() {
        let placed = fault.path.strip_prefix("terms[");
        let placed = placed.and_then(|rest| rest.split_once(']'));
        let own = placed.and_then(|(place, member)| {
            let place = place.parse::<usize>().ok()?;
            Some((place.checked_sub(*STARTER_TERMS + kept)?, member))
        });
        match own {
            Some((place, member)) => {
                faults.add(format!("add[{place}]{member}"), fault.message.as_str());
            }
            None if placed.is_some() => {
                let message = format!("leaves words of which {}", fault.message);
                faults.add("withdraw", message);
            }
            None => faults.add("add", fault.message.as_str()),
        }
    }
}

/// How many terms the program brings: the place at which it finds fault with a term of no facet that
/// follows them.
static STARTER_TERMS: LazyLock<usize> = LazyLock::new(|| {
    let refused = Lexicon::starter_with(&[Term::default()]).err();
    let mut faults = refused.into_iter().flat_map(|faults| {
        let paths = faults.iter().map(|fault| fault.path.clone());
        paths.collect::<Vec<_>>()
    });
    let place = |path: String| {
        let rest = path.strip_prefix("terms[")?;
        rest.split_once(']')?.0.parse().ok()
    };
    faults.find_map(place).unwrap_or_default()
});

fn check_batch(deciding: &DecidingTerms) -> Result<(), Faults> {
    let mut faults = Faults::new();
    let count = deciding.added.len() + deciding.withdrawn.len();
    if count == 0 {
        faults.add(
            "add",
            "is empty, and so is withdraw; send one term at least",
        );
    }
    if count > TERMS_PER_BATCH_MAX {
        let message = format!("and withdraw are more than {TERMS_PER_BATCH_MAX} together");
        faults.add("add", message);
    }
    if deciding.reason.chars().count() > REASON_CHARS_MAX {
        let message = format!("is longer than {REASON_CHARS_MAX} characters");
        faults.add("reason", message);
    }
    for (place, term) in deciding.added.iter().enumerate() {
        check_added(term, &format!("add[{place}]"), &mut faults);
    }
    for (place, withdrawn) in deciding.withdrawn.iter().enumerate() {
        if withdrawn.words.len() > WORDS_PER_TERM_MAX {
            let message = format!("are more than {WORDS_PER_TERM_MAX}");
            faults.add(format!("withdraw[{place}].words"), message);
        }
    }
    faults.into_result()
}

fn check_added(term: &Term, path: &str, faults: &mut Faults) {
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let length = term.value.chars().count();
    if length == 0 || length > VALUE_CHARS_MAX || !term.value.chars().all(is_id) {
        let message =
            format!("is not a value's id: a-z, 0-9 and '-', at most {VALUE_CHARS_MAX} characters");
        faults.add(format!("{path}.value"), message);
    }
    if term.words.is_empty() {
        faults.add(format!("{path}.words"), "are none; give one at least");
    }
    let others = [&term.implies, &term.usually, &term.within, &term.beside];
    for list in others.into_iter().chain([&term.words]) {
        if list.len() > WORDS_PER_TERM_MAX {
            let message = format!("has a list of more than {WORDS_PER_TERM_MAX}");
            faults.add(path, message);
        }
    }
    let too_long = |text: &String| text.chars().count() > TERM_WORDS_CHARS_MAX;
    let message = || format!("is longer than {TERM_WORDS_CHARS_MAX} characters");
    if too_long(&term.says) {
        faults.add(format!("{path}.says"), message());
    }
    for (place, _) in (0..).zip(&term.words).filter(|(_, text)| too_long(text)) {
        faults.add(format!("{path}.words[{place}]"), message());
    }
    if others.into_iter().flatten().any(too_long) {
        faults.add(path, format!("names a value that {}", message()));
    }
}
