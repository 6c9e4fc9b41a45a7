//! Finds questions that probably mean the same in other words, and says why. It only ever proposes.
//!
//! A wording is *read* into what the [`Lexicon`] knows of it: whom it counts, what of, in which state,
//! how bad, in which unit, over which time, with what left out. Two readings are *compared* facet by
//! facet. Everything that a reading found must agree, and no word may be left over on one side only,
//! before a pair is called likely the same; one facet that clashes is a veto, however near the words
//! are. An [`Index`] finds what a wording is to be compared with: words, senses and letter groups in an
//! inverted index, weighted by how much each tells apart.
//!
//! **Architecture invariant:** nothing here decides anything. What comes out is a tier and its reasons;
//! only a person's recorded decision ever joins two questions ([`super::link`]).

mod compare;
mod explain;
mod index;
mod lexicon;
mod reading;
mod spelling;
mod text;
mod words;

pub use self::compare::{Compared, Reason, Stand, Tier};
pub use self::index::{Entry, Found, Index};
pub use self::lexicon::{Facet, Lexicon, RawLexicon, Term};
pub use self::reading::{Reading, Sense};

/// A question in somebody's words, with what stands beside it in the spelling of real forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Wording {
    /// The question itself.
    pub label: String,
    /// What counts and what does not; empty for nothing said.
    pub definition: String,
    /// Labels of the options to choose from.
    pub options: Vec<String>,
    /// The kind of answer, such as `whole number`, `%` or `count`; empty for not said.
    pub kind: String,
    /// The unit, such as `hours` or `£000s`; empty for none.
    pub unit: String,
    /// The time, such as `as at month end`, `last 6 months` or `during:P12M`; empty for not said.
    pub timing: String,
}
