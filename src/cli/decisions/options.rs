//! The words under which a sheet of decisions puts options together.

use std::collections::BTreeMap;

use crate::domain::digest::QuestionId;
use crate::domain::field_type::ChoiceOption;
use crate::domain::id::shown;
use crate::domain::text::normalise;

use super::Side;

/// A side with its question.
type End = (Side, QuestionId);

/// Labels of options that mean the same, one of each side.
type Labels = Vec<(String, String)>;

/// The words of an item for options: who said each first, under which label.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    said: BTreeMap<String, (End, String)>,
    /// How an element's options are named in messages.
    codes: Vec<String>,
}

impl Words {
    /// The words of a field that is the first of its item.
    pub(super) fn of(own: &[(String, String)], side: &Side, question: QuestionId) -> Self {
        let mut words = Self::default();
        words.learn(own, side, question);
        words
    }

    /// The words of an element: each option by its code and by its label.
    pub(super) fn of_element(options: &[ChoiceOption], side: &Side, question: QuestionId) -> Self {
        let mut words = Self::default();
        let named = |word: &str, option: &ChoiceOption| (word.to_owned(), option.label.clone());
        let labels: Labels = options.iter().map(|o| named(&o.label, o)).collect();
        let codes: Labels = options.iter().map(|o| named(&o.code, o)).collect();
        words.learn(&labels, side, question);
        words.learn(&codes, side, question);
        words.codes = options.iter().map(|o| o.code.clone()).collect();
        words
    }

    /// Whether a word was said.
    pub(super) fn has(&self, word: &str) -> bool {
        self.said.contains_key(&key(word))
    }

    /// An element's options as a message names them.
    pub(super) fn known(&self) -> String {
        self.codes.join(", ")
    }

    /// The decisions that join a further field: one with the anchor, and one with each other side
    /// that was first to say a word that the anchor does not have.
    pub(super) fn links(
        &mut self,
        own: &[(String, String)],
        side: &Side,
        question: QuestionId,
        anchor: &End,
    ) -> Vec<(End, Labels)> {
        let mut links: BTreeMap<End, Labels> = BTreeMap::from([(anchor.clone(), Vec::new())]);
        for (word, label) in own {
            if let Some((end, theirs)) = self.said.get(&key(word)) {
                let labels = links.entry(end.clone()).or_default();
                // Equal labels are one option by themselves.
                if key(theirs) != key(label) {
                    labels.push((theirs.clone(), label.clone()));
                }
            }
        }
        self.learn(own, side, question);
        let is_needed = |(end, labels): &(End, Labels)| end == anchor || !labels.is_empty();
        links.into_iter().filter(is_needed).collect()
    }

    fn learn(&mut self, own: &[(String, String)], side: &Side, question: QuestionId) {
        for (word, label) in own {
            let first = ((side.clone(), question), label.clone());
            self.said.entry(key(word)).or_insert(first);
        }
    }
}

/// Reads `R=red; A=amber`: the field's code or label, then the item's word.
pub(crate) fn read_map(text: &str) -> Result<Vec<(String, String)>, String> {
    let parts = text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (own, word) = part.split_once('=')?;
        let (own, word) = (own.trim(), word.trim());
        (!own.is_empty() && !word.is_empty()).then(|| (own.to_owned(), word.to_owned()))
    };
    parts
        .map(|part| {
            pair(part).ok_or_else(|| format!("{} is no pair; expected R=red; A=amber", shown(part)))
        })
        .collect()
}

/// A field's option by its code, else by its label.
pub(super) fn own_option<'a>(options: &'a [ChoiceOption], text: &str) -> Option<&'a ChoiceOption> {
    let by_code = options.iter().find(|option| option.code == text);
    by_code.or_else(|| {
        options
            .iter()
            .find(|option| key(&option.label) == key(text))
    })
}

/// What makes two words one: their normalised text.
fn key(text: &str) -> String {
    normalise(text).unwrap_or_else(|_| text.to_owned())
}
