//! What a decision changes, without telling a requester who few homes are.

use std::collections::BTreeMap;

use crate::broker::Effect;
use crate::domain::access::Role;
use crate::domain::limits::TOLD_HOMES_MIN;
use crate::grpc::v1;

use super::preview::{told, told_each};

/// An effect, as it may be told to a role.
pub(crate) fn effect(effect: &Effect, to: Role) -> v1::DecisionEffect {
    let is_told_all = to != Role::Requester;
    // Of few homes not even how many they are together is told.
    let of = effect.homes.max(2 * u64::from(TOLD_HOMES_MIN));
    let count = |count: u64| {
        if is_told_all {
            exactly(count)
        } else {
            told(count, of)
        }
    };
    v1::DecisionEffect {
        asks: effect.asks,
        organisations: effect.organisations,
        homes: Some(count(effect.homes)),
        open_forms: Some(each(&effect.open_forms, of, is_told_all)),
        questions: Some(each(&effect.entries, of, is_told_all)),
        partial: effect.is_partial,
    }
}

fn each<K>(counts: &BTreeMap<K, u64>, of: u64, is_told_all: bool) -> v1::HomeCount {
    if is_told_all {
        return exactly(counts.values().sum());
    }
    told_each(counts, of)
}

fn exactly(count: u64) -> v1::HomeCount {
    v1::HomeCount {
        at_least: count,
        at_most: count,
    }
}
