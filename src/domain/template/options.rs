//! The options of a choice, merged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::digest::QuestionId;
use crate::domain::field_type::{ChoiceOption, FieldType};
use crate::domain::link::OptionOf;
use crate::domain::text::normalise;

use super::merge::Wanted;
use super::{Accepted, EntryOption};

/// What an option means: what a link equates it with, or else just its label.
#[derive(PartialEq, Eq, Clone)]
enum Meaning<'a> {
    Linked(&'a OptionOf),
    Label(String),
    /// A label that links give several meanings elsewhere: it stands for itself.
    Own(OptionOf),
}

/// A demand's options, each with its normalised label.
type OptionList<'a> = Vec<(String, &'a ChoiceOption)>;

/// The union by normalised label, in the order of the longest list (equal lengths: by code
/// point), the others following in that order. What a link equates is one option, shown as the
/// first list to have it words it. Two options of one list are never one.
pub(super) fn merge(group: &[Wanted], pairs: &[(OptionOf, OptionOf)]) -> Vec<EntryOption> {
    let mut lists: Vec<(u32, QuestionId, OptionList<'_>)> = (0u32..)
        .zip(group)
        .map(|(place, wanted)| {
            let demand = &wanted.demand;
            (place, demand.question, list(&demand.field.kind))
        })
        .collect();
    lists.sort_by_key(|(place, _, list)| {
        let labels: Vec<String> = list.iter().map(|(key, _)| key.clone()).collect();
        (Reverse(labels.len()), labels, *place)
    });
    let equated = Equated::of(pairs);
    let mut merged: Vec<(Meaning<'_>, EntryOption)> = Vec::new();
    for (place, question, list) in lists {
        for (label, option) in list {
            let meaning = equated.meaning(question, &label);
            let accepted = Accepted {
                demand: place,
                label: label.clone(),
            };
            let is_free = |known: &EntryOption| known.accepted.iter().all(|a| a.demand != place);
            let known = merged
                .iter_mut()
                .find(|(known, option)| *known == meaning && is_free(option));
            if let Some((_, known)) = known {
                if !known.means.contains(&label) {
                    known.means.push(label);
                }
                known.accepted.push(accepted);
            } else {
                let shown = EntryOption {
                    key: label.clone(),
                    label: option.label.clone(),
                    means: vec![label],
                    accepted: vec![accepted],
                };
                merged.push((meaning, shown));
            }
        }
    }
    keyed_apart(merged.into_iter().map(|(_, option)| option).collect())
}

/// Sorts what has no order of its own, and numbers the keys of options that share a label.
fn keyed_apart(mut options: Vec<EntryOption>) -> Vec<EntryOption> {
    let mut shared: BTreeMap<String, u32> = BTreeMap::new();
    for option in &options {
        *shared.entry(option.key.clone()).or_default() += 1;
    }
    shared.retain(|_, count| *count > 1);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    for option in &mut options {
        if shared.contains_key(&option.key) {
            let number = numbers.entry(option.key.clone()).or_default();
            *number += 1;
            option.key = format!("{} {number}", option.key);
        }
        option.means.sort();
        option.accepted.sort();
    }
    options
}

fn list(kind: &FieldType) -> OptionList<'_> {
    let mut seen = BTreeSet::new();
    let options = kind.options().iter();
    // A field's options were checked to normalise when it was read; equal labels count once.
    options
        .filter_map(|option| Some((normalise(&option.label).ok()?, option)))
        .filter(|(label, _)| seen.insert(label.clone()))
        .collect()
}

/// Options that links equate, each with the least of its class.
struct Equated<'a> {
    least: BTreeMap<&'a OptionOf, &'a OptionOf>,
}

impl<'a> Equated<'a> {
    fn of(pairs: &'a [(OptionOf, OptionOf)]) -> Self {
        let ends = pairs.iter().flat_map(|(a, b)| [(a, a), (b, b)]);
        let mut least: BTreeMap<&OptionOf, &OptionOf> = ends.collect();
        // As many rounds as there are pairs carry the least along the longest chain.
        for _ in pairs {
            for (a, b) in pairs {
                let low = least[a].min(least[b]);
                least.insert(a, low);
                least.insert(b, low);
            }
        }
        Self { least }
    }

    /// An option that no link names means what the one linked option of its label means.
    fn meaning(&self, question: QuestionId, label: &str) -> Meaning<'a> {
        let own = (question, label.to_owned());
        if let Some(least) = self.least.get(&own) {
            return Meaning::Linked(least);
        }
        let named = self.least.iter().filter(|((_, known), _)| known == label);
        let meanings: BTreeSet<&OptionOf> = named.map(|(_, least)| *least).collect();
        match (meanings.len(), meanings.first()) {
            (1, Some(least)) => Meaning::Linked(least),
            (0, _) => Meaning::Label(own.1),
            _ => Meaning::Own(own),
        }
    }
}
