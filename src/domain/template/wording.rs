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
    let preference = |wanted: &'_ Wanted| {
        let label = &wanted.demand.field.label;
        let count = voters[&*wanted.normalised].len();
        (Reverse(count), label.chars().count())
    };
    let elected = group
        .iter()
        .min_by(|a, b| {
            let by_label = || a.demand.field.label.cmp(&b.demand.field.label);
            preference(a).cmp(&preference(b)).then_with(by_label)
        })
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
            from: if field.definition.is_empty() {
                Vec::new()
            } else {
                places(group, defined)
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
    let named: Vec<(usize, &str)> = group
        .iter()
        .map(|wanted| named_topic(wanted.demand.field.topic.trim(), dictionary))
        .collect();
    let mut voters: BTreeMap<(usize, &str), BTreeSet<&str>> = BTreeMap::new();
    for (wanted, topic) in group.iter().zip(&named) {
        let voter = wanted.demand.ask.organisation.as_str();
        voters.entry(*topic).or_default().insert(voter);
    }
    let elected = voters.iter().min_by_key(|((rank, label), of)| {
        // A demand without a topic has no vote against one that names one.
        (*rank == usize::MAX, Reverse(of.len()), *label)
    });
    let (rank, label) = elected.map_or((usize::MAX, OTHER_TOPIC), |(topic, _)| *topic);
    let of_label = (0u32..).zip(&named).filter(|(_, topic)| topic.1 == label);
    let topic = Sourced {
        value: label.to_owned(),
        from: of_label.map(|(place, _)| place).collect(),
    };
    (rank, topic)
}

/// The heading that a demand's topic stands under, and its place in the form.
fn named_topic<'a>(text: &'a str, dictionary: &'a Dictionary) -> (usize, &'a str) {
    if text.is_empty() {
        return (usize::MAX, OTHER_TOPIC);
    }
    match dictionary.topic(text) {
        Some((rank, topic)) => (rank, &topic.label),
        None => (usize::MAX - 1, text),
    }
}
