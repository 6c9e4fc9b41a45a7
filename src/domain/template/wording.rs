//! Which words an entry stands under.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::dictionary::{Dictionary, Element};

use super::Sourced;
use super::merge::{Wanted, places};

/// Heading of what no topic claims.
const OTHER_TOPIC: &str = "Other questions";

pub(super) struct Worded {
    pub(super) wording: Sourced<String>,
    pub(super) definition: Sourced<String>,
}

/// The element's plain wording; else the label of most organisations, counted by normalised label,
/// ties going to the shortest in code points, then to code-point order. The definition is the one
/// that came with the label.
pub(super) fn elect(group: &[Wanted], element: Option<&Arc<Element>>) -> Worded {
    if let Some(element) = element {
        let said = |text: &str| Sourced {
            value: text.to_owned(),
            from: Vec::new(),
        };
        return Worded {
            wording: said(&element.field.label),
            definition: said(&element.field.definition),
        };
    }
    let mut voters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for wanted in group {
        let voter = wanted.demand.ask.organisation.as_str();
        voters.entry(&wanted.normalised).or_default().insert(voter);
    }
    let preference = |wanted: &Wanted| {
        let label = wanted.demand.field.label.clone();
        let votes = voters[wanted.normalised.as_str()].len();
        (Reverse(votes), label.chars().count(), label)
    };
    let elected = group
        .iter()
        .min_by_key(|wanted| preference(wanted))
        .expect("a group has a demand at least: it is made by its first");
    let field = &elected.demand.field;
    let defined = |w: &Wanted| w.demand.field.definition == field.definition;
    Worded {
        wording: Sourced {
            value: field.label.clone(),
            from: places(group, |w| w.normalised == elected.normalised),
        },
        definition: Sourced {
            value: field.definition.clone(),
            from: match field.definition.is_empty() {
                true => Vec::new(),
                false => places(group, defined),
            },
        },
    }
}

/// The element's topic, in dictionary order; else the topic of most organisations, then code-point
/// order, placed with the dictionary's where it names one of them.
pub(super) fn topic(
    group: &[Wanted],
    element: Option<&Arc<Element>>,
    dictionary: &Dictionary,
) -> (usize, Sourced<String>) {
    if let Some(element) = element {
        let label = dictionary.raw().topics.get(element.rank.0);
        let value = label.map_or_else(|| OTHER_TOPIC.to_owned(), |topic| topic.label.clone());
        let sourced = Sourced {
            value,
            from: Vec::new(),
        };
        return (element.rank.0, sourced);
    }
    let named = |wanted: &Wanted| -> (usize, String) {
        let text = wanted.demand.field.topic.trim();
        match dictionary.topic(text) {
            Some((rank, topic)) => (rank, topic.label.clone()),
            None if text.is_empty() => (usize::MAX, OTHER_TOPIC.to_owned()),
            None => (usize::MAX - 1, text.to_owned()),
        }
    };
    let mut voters: BTreeMap<(usize, String), BTreeSet<&str>> = BTreeMap::new();
    for wanted in group {
        let voter = wanted.demand.ask.organisation.as_str();
        voters.entry(named(wanted)).or_default().insert(voter);
    }
    let elected = voters
        .into_iter()
        .min_by_key(|((rank, label), of)| {
            // A demand without a topic has no vote against one that names one.
            (*rank == usize::MAX, Reverse(of.len()), label.clone())
        })
        .map(|(topic, _)| topic);
    let (rank, value) = elected.unwrap_or((usize::MAX, OTHER_TOPIC.to_owned()));
    let from = places(group, |wanted| named(wanted).1 == value);
    (rank, Sourced { value, from })
}
