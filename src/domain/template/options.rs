//! The options of a choice, merged.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::field_type::{ChoiceOption, FieldType};
use crate::domain::link::OptionPair;
use crate::domain::text::normalise;

use super::EntryOption;
use super::merge::Wanted;

/// The union by normalised label, in the order of the longest list (equal lengths: by code
/// point), the others following in that order. What a link equates is one option, shown as the
/// first list to have it words it.
pub(super) fn merge(group: &[Wanted], pairs: &[OptionPair]) -> Vec<EntryOption> {
    let mut lists: Vec<(u32, Vec<(String, &ChoiceOption)>)> = (0u32..)
        .zip(group)
        .map(|(place, wanted)| (place, list(&wanted.demand.field.kind)))
        .collect();
    lists.sort_by_key(|(_, list)| {
        let labels: Vec<String> = list.iter().map(|(key, _)| key.clone()).collect();
        (Reverse(labels.len()), labels)
    });
    let same = Equated::of(pairs);
    let mut merged: Vec<EntryOption> = Vec::new();
    for (place, list) in lists {
        for (normalised, option) in list {
            let class = same.class(&normalised);
            let known = merged
                .iter_mut()
                .find(|known| same.class(&known.key) == class);
            match known {
                Some(known) => {
                    if !known.means.contains(&normalised) {
                        known.means.push(normalised);
                    }
                    if !known.from.contains(&place) {
                        known.from.push(place);
                    }
                }
                None => merged.push(EntryOption {
                    key: normalised.clone(),
                    label: option.label.clone(),
                    means: vec![normalised],
                    from: vec![place],
                }),
            }
        }
    }
    for option in &mut merged {
        option.means.sort();
        option.from.sort_unstable();
    }
    merged
}

fn list(kind: &FieldType) -> Vec<(String, &ChoiceOption)> {
    let options = kind.options().iter();
    // A field's options were checked to normalise when it was read.
    options
        .filter_map(|option| Some((normalise(&option.label).ok()?, option)))
        .collect()
}

/// Labels that mean the same, each with the least label of its class.
struct Equated<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Equated<'a> {
    fn of(pairs: &'a [OptionPair]) -> Self {
        let mut least: BTreeMap<&str, &str> = BTreeMap::new();
        for pair in pairs {
            least.insert(&pair.a, &pair.a);
            least.insert(&pair.b, &pair.b);
        }
        // As many rounds as there are pairs carry the least label along the longest chain.
        for _ in pairs {
            for pair in pairs {
                let low = least[pair.a.as_str()].min(least[pair.b.as_str()]);
                least.insert(&pair.a, low);
                least.insert(&pair.b, low);
            }
        }
        Self(least)
    }

    fn class<'b>(&'b self, label: &'b str) -> &'b str {
        self.0.get(label).copied().unwrap_or(label)
    }
}
