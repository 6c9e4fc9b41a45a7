//! Words that data leads taught the matcher, beside those that the program brings.
//!
//! What is known is a pure function of what was decided, in order: words are added to a value of a
//! facet, or withdrawn from it, and a value goes with its last word.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matcher::Term;

/// A batch of words that were added or withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsDecided {
    /// Words to know from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Term>,
    /// Words to know no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<WithdrawnWords>,
    /// Why; empty if not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Words that no longer say a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnWords {
    /// The facet's id.
    pub facet: String,
    /// The value's id.
    pub value: String,
    /// The words, as they were added; none for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// The words that data leads have added and not withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTerms {
    by_value: BTreeMap<(String, String), Term>,
}

impl OwnTerms {
    /// Those that were kept.
    pub fn of(terms: impl IntoIterator<Item = Term>) -> Self {
        let mut own = Self::default();
        terms.into_iter().for_each(|term| own.add(&term));
        own
    }

    /// The terms, by facet and value.
    pub fn iter(&self) -> impl Iterator<Item = &Term> {
        self.by_value.values()
    }

    /// A value's term.
    #[must_use]
    pub fn term(&self, facet: &str, value: &str) -> Option<&Term> {
        self.by_value.get(&(facet.to_owned(), value.to_owned()))
    }

    /// How many ways of saying something there are.
    #[must_use]
    pub fn words_count(&self) -> usize {
        self.iter().map(|term| term.words.len()).sum()
    }

    /// Takes a batch in. The same batch again makes no difference.
    pub fn apply(&mut self, decided: &TermsDecided) {
        for withdrawn in &decided.withdrawn {
            self.withdraw(withdrawn);
        }
        for term in &decided.added {
            self.add(term);
        }
    }

    fn add(&mut self, term: &Term) {
        let name = (term.facet.clone(), term.value.clone());
        let own = self.by_value.entry(name).or_insert_with(|| Term {
            facet: term.facet.clone(),
            value: term.value.clone(),
            ..Term::default()
        });
        if !term.says.is_empty() {
            own.says.clone_from(&term.says);
        }
        for (known, further) in [
            (&mut own.words, &term.words),
            (&mut own.implies, &term.implies),
            (&mut own.usually, &term.usually),
            (&mut own.within, &term.within),
            (&mut own.beside, &term.beside),
        ] {
            known.extend_from_slice(further);
            known.sort();
            known.dedup();
        }
    }

    fn withdraw(&mut self, withdrawn: &WithdrawnWords) {
        let name = (withdrawn.facet.clone(), withdrawn.value.clone());
        let Some(own) = self.by_value.get_mut(&name) else {
            return;
        };
        own.words.retain(|word| !withdrawn.words.contains(word));
        if own.words.is_empty() || withdrawn.words.is_empty() {
            self.by_value.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(words: &[&str]) -> Term {
        Term {
            facet: "who".into(),
            value: "residents".into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..Term::default()
        }
    }

    fn withdrawn(words: &[&str]) -> TermsDecided {
        let Term {
            facet,
            value,
            words,
            ..
        } = term(words);
        TermsDecided {
            withdrawn: vec![WithdrawnWords {
                facet,
                value,
                words,
            }],
            ..TermsDecided::default()
        }
    }

    #[test]
    fn words_are_added_once_and_a_value_goes_with_its_last_word() {
        let mut own = OwnTerms::default();
        let added = TermsDecided {
            added: vec![term(&["tenants", "boarders"]), term(&["tenants"])],
            ..TermsDecided::default()
        };
        own.apply(&added);
        own.apply(&added);
        let known = own.term("who", "residents").map(|own| own.words.clone());
        assert_eq!(known, Some(vec!["boarders".into(), "tenants".into()]));
        assert_eq!(own, OwnTerms::of(own.iter().cloned()));
        own.apply(&withdrawn(&["boarders", "nobody"]));
        assert_eq!(own.words_count(), 1);
        own.apply(&withdrawn(&["tenants"]));
        assert_eq!(own, OwnTerms::default());
        own.apply(&added);
        own.apply(&withdrawn(&[]));
        assert_eq!(own, OwnTerms::default());
    }
}
