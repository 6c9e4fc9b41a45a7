//! Previews of asks: what each field would become, without telling who few homes are.

use std::collections::BTreeMap;

use crate::broker::PreviewedAsk;
use crate::domain::limits::TOLD_HOMES_MIN;
use crate::domain::preview::{Fate, Preview};
use crate::grpc::v1;

use super::ask::ask_view;
use super::suggestion::candidate;

/// A preview.
pub(crate) fn previewed(previewed: &PreviewedAsk) -> v1::PreviewAskResponse {
    let preview = &previewed.preview;
    let told = |count: u64| told(count, preview.homes);
    let fields = (0..preview.fields.len()).map(|place| field(previewed, place));
    let fields: Vec<v1::FieldPreview> = fields.collect();
    let names = &previewed.ask.ask.fields;
    let dear = preview.dear.iter();
    let dear = dear.map(|place| names[*place].field.name.to_string());
    v1::PreviewAskResponse {
        ask: Some(ask_view(&previewed.ask)),
        amends_revision: previewed.amends.unwrap_or(0),
        period: preview.period.to_string(),
        period_label: preview.period.label(),
        homes: Some(told(preview.homes)),
        homes_newly_asked: Some(told(preview.homes_newly_asked)),
        question_homes: Some(sum(
            preview.question_homes,
            told_of(&fields, preview, |field| field.homes_new),
        )),
        offered: Some(sum(
            preview.offered,
            told_of(&fields, preview, |field| field.homes_offered),
        )),
        worked_out: Some(sum(
            preview.worked_out,
            told_of(&fields, preview, |field| field.homes_worked_out),
        )),
        spared: Some(told_each(&preview.spared, preview.homes)),
        dear_fields: dear.collect(),
        fields,
    }
}

fn field(previewed: &PreviewedAsk, place: usize) -> v1::FieldPreview {
    let own = &previewed.preview.fields[place];
    let field = &previewed.ask.ask.fields[place].field;
    let told = |count: u64| told(count, own.homes);
    let (fate, same_as) = match own.fate {
        Fate::New => (v1::FieldFate::New, None),
        Fate::AlreadyAsked => (v1::FieldFate::AlreadyAsked, None),
        Fate::SameAs(other) => (v1::FieldFate::SameAsOtherField, Some(other)),
        Fate::NotAsked => (v1::FieldFate::NotAsked, None),
        Fate::WorkedOut => (v1::FieldFate::WorkedOut, None),
        Fate::Offered => (v1::FieldFate::Offered, None),
    };
    let same_as = same_as.map(|other| previewed.ask.ask.fields[other].field.name.to_string());
    let may_tell = own.others.iter().filter(|(_, may_tell)| **may_tell);
    let names = may_tell.map(|(id, _)| {
        let known = previewed.organisations.get(id);
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    });
    let mut looks_like = previewed.suggestions.iter();
    let looks_like = looks_like.find(|own| own.field == field.name);
    let looks_like = looks_like.map(|own| &own.candidates);
    let condition = field.only_if.as_ref().map(ToString::to_string);
    v1::FieldPreview {
        field: field.name.to_string(),
        fate: fate.into(),
        organisations: u32::try_from(own.others.len()).unwrap_or(u32::MAX),
        organisation_names: names.collect(),
        own: own.is_own,
        same_as: same_as.unwrap_or_default(),
        compulsion: v1::Compulsion::from(field.compulsion).into(),
        condition: condition.unwrap_or_default(),
        homes: Some(self::told(own.homes, previewed.preview.homes)),
        homes_new: Some(told(own.homes_new)),
        saved: Some(told(own.saved)),
        homes_offered: Some(told(own.homes_offered)),
        homes_worked_out: Some(told(own.homes_worked_out)),
        missed: Some(told_each(&own.missed, previewed.preview.homes)),
        suggestions: looks_like.into_iter().flatten().map(candidate).collect(),
    }
}

/// Counts of homes of the fields that are questions of their own.
fn told_of(
    told: &[v1::FieldPreview],
    preview: &Preview,
    count: impl Fn(&v1::FieldPreview) -> Option<v1::HomeCount>,
) -> impl Iterator<Item = v1::HomeCount> {
    let counted = told.iter().zip(&preview.fields);
    let counted = counted.filter(|(_, own)| !matches!(own.fate, Fate::SameAs(_)));
    counted.filter_map(move |(told, _)| count(told))
}

/// A count of questions, told no more exactly than those that it is the sum of.
fn sum(exact: u64, of: impl Iterator<Item = v1::HomeCount>) -> v1::HomeCount {
    let (low, high) = of.fold((0, 0), |(low, high), count| {
        (low + count.at_least, high + count.at_most)
    });
    // Where two fields share a question in some homes only, the exact count is none of the fields'.
    v1::HomeCount {
        at_least: low.min(exact),
        at_most: high.max(exact),
    }
}

/// A count of questions, of each of which the homes are counted out of so many.
pub(super) fn told_each<K>(counts: &BTreeMap<K, u64>, of: u64) -> v1::HomeCount {
    let each = counts.values().map(|count| told(*count, of));
    sum(counts.values().sum(), each)
}

/// A count out of so many, told exactly only where it leaves none, or enough, on either side.
pub(super) fn told(count: u64, of: u64) -> v1::HomeCount {
    let few = u64::from(TOLD_HOMES_MIN) - 1;
    let rest = of.saturating_sub(count);
    let (at_least, at_most) = if (1..=few).contains(&count) {
        (1, few.min(of))
    } else if count > 0 && (1..=few).contains(&rest) {
        (of - few, of - 1)
    } else {
        (count, count)
    };
    v1::HomeCount { at_least, at_most }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_homes_are_not_told_nor_all_but_few() {
        let ends = |count, of| {
            let told = told(count, of);
            (told.at_least, told.at_most)
        };
        assert_eq!(ends(0, 38), (0, 0));
        assert_eq!(ends(0, 5), (0, 0));
        assert_eq!(ends(12, 15), (6, 14));
        assert_eq!(ends(38, 38), (38, 38));
        assert_eq!(ends(12, 38), (12, 12));
        for few in [1, 5, 9] {
            assert_eq!(ends(few, 38), (1, 9));
            assert_eq!(ends(38 - few, 38), (29, 37));
        }
        assert_eq!(ends(10, 38), (10, 10));
        assert_eq!(ends(3, 3), (1, 3));
        assert_eq!(ends(2, 3), (1, 3));
    }
}
