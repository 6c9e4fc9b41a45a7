//! From asks to demands, from demands to entries, from entries to the order of the form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::ask::{Ask, AskField, SharedAsk};
use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::QuestionId;
use crate::domain::field_type::{FieldType, Lines, Sensitivity};
use crate::domain::link::{Links, OptionOf};
use crate::domain::period::Period;
use crate::domain::reference::{self, Reference};
use crate::domain::window::Window;

use super::key::EntryId;
use super::{Demand, Entry, Input, Sourced, TemplateAsk, TemplateBody};
use super::{number, options, wording};

/// Version of the template's shape.
const TEMPLATE_VERSION: u32 = 1;

/// A demand with its place in its ask and its label normalised, as merging needs them.
pub(super) struct Wanted {
    pub(super) demand: Demand,
    pub(super) normalised: Arc<str>,
}

/// Everything merged: the body of a template.
pub(super) fn merge(
    period: Period,
    asks: &[SharedAsk],
    services: &BTreeSet<String>,
    dictionary: &Dictionary,
    links: &Links,
) -> TemplateBody {
    let mut asks: Vec<&Ask> = asks
        .iter()
        .map(AsRef::as_ref)
        .filter(|ask| ask.schedule.includes(&period))
        .collect();
    asks.sort_by(|a, b| a.name.cmp(&b.name));
    asks.dedup_by(|a, b| a.name == b.name);
    let mut groups: BTreeMap<(QuestionId, Reference), Vec<Wanted>> = BTreeMap::new();
    let mut shown = Vec::with_capacity(asks.len());
    for ask in asks {
        // A rule is tried when its ask is accepted; one that yields no window for this period asks
        // nothing of it.
        let Ok(window) = ask.window.window(&period) else {
            continue;
        };
        shown.push(TemplateAsk {
            name: ask.name.clone(),
            purpose: ask.raw.purpose.clone(),
            legal_basis: ask.raw.legal_basis.clone(),
            contact: ask.raw.contact.clone(),
            notice: ask.raw.notice.clone(),
            agreement: ask.raw.agreement.clone(),
            rebased: ask.provenance.rebased,
            filed_elsewhere: ask.raw.filed_elsewhere.clone(),
            window,
        });
        for (reference, wanted) in demands(ask, period, window) {
            if !wanted.demand.field.is_of(services) {
                continue;
            }
            let question = links.representative(&wanted.demand.question);
            groups
                .entry((question, reference))
                .or_default()
                .push(wanted);
        }
    }
    let mut ranked: Vec<_> = groups
        .into_iter()
        .map(|((_, reference), group)| entry(reference, group, dictionary, links))
        .collect();
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    TemplateBody {
        v: TEMPLATE_VERSION,
        period,
        asks: shown,
        entries: ranked.into_iter().map(|(_, entry)| entry).collect(),
    }
}

/// Where a field of an ask stands on a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Place of the field in its ask.
    pub field: usize,
    /// The entry that serves it.
    pub entry: EntryId,
    /// Of which time it speaks.
    pub reference: Reference,
}

/// The entries that an ask puts on forms of a period, whatever else is asked: a field that has no
/// span of this period is left out, and services are not looked at.
#[must_use]
pub fn puts(ask: &Ask, period: Period, dictionary: &Dictionary, links: &Links) -> Vec<Put> {
    let window = ask.window.window(&period);
    let (true, Ok(window)) = (ask.schedule.includes(&period), window) else {
        return Vec::new();
    };
    let on_completion = ask.is_on_completion();
    let put = |(field, own): (usize, &AskField)| {
        let reference = resolved(own, period, window, on_completion)?;
        let element = dictionary.element_among(&own.question, links);
        let question = element.map_or_else(|| links.representative(&own.question), |e| e.question);
        let entry = EntryId::of(&question, &reference);
        Some(Put {
            field,
            entry,
            reference,
        })
    };
    ask.fields.iter().enumerate().filter_map(put).collect()
}

pub(super) fn resolved(
    own: &AskField,
    period: Period,
    window: Window,
    on_completion: bool,
) -> Option<Reference> {
    let field = &own.field;
    reference::resolve(
        field.timing,
        field.moment,
        field.reference,
        period,
        window,
        on_completion,
    )
    .ok()
}

fn demands(ask: &Ask, period: Period, window: Window) -> impl Iterator<Item = (Reference, Wanted)> {
    let on_completion = ask.is_on_completion();
    ask.fields.iter().filter_map(move |own| {
        let resolved = resolved(own, period, window, on_completion);
        let wanted = Wanted {
            demand: Demand {
                ask: ask.name.clone(),
                question: own.question,
                field: own.field.clone(),
            },
            normalised: Arc::clone(&own.normalised),
        };
        // A rule that picks no span of this period (the last month of a day) asks nothing.
        Some((resolved?, wanted))
    })
}

/// Where an entry stands in the form.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    topic: (usize, String),
    place: usize,
    wording: String,
    reference: Reference,
    question: QuestionId,
}

pub(super) fn entry(
    reference: Reference,
    mut group: Vec<Wanted>,
    dictionary: &Dictionary,
    links: &Links,
) -> (Rank, Entry) {
    group.sort_by(|a, b| {
        let (a, b) = (&a.demand, &b.demand);
        (&a.ask, &a.field.name).cmp(&(&b.ask, &b.field.name))
    });
    let first = &group[0].demand;
    let (asked, timing) = (first.question, first.field.timing);
    let members = links.class(&asked).map(|class| &class.members);
    let element = dictionary.element_among(&asked, links);
    let question = element.map_or_else(|| links.representative(&asked), |e| e.question);
    let worded = wording::elect(&group, element);
    let (topic_rank, topic) = wording::topic(&group, element, dictionary);
    let pairs = links.class(&asked).map_or(&[][..], |class| &class.options);
    let entry = Entry {
        id: EntryId::of(&question, &reference),
        question,
        members: members.map_or_else(Vec::new, |set| set.iter().copied().collect()),
        element: element.map(|e| e.id.clone()),
        reference,
        timing,
        wording: worded.wording,
        definition: worded.definition,
        sensitivity: sensitivity(&group, element),
        population: element.and_then(|e| e.population),
        input: input(reference, &group, element, dictionary, pairs),
        topic,
        demands: group.into_iter().map(|wanted| wanted.demand).collect(),
    };
    let rank = Rank {
        topic: (topic_rank, entry.topic.value.clone()),
        place: element.map_or(usize::MAX, |e| e.rank.1),
        wording: entry.wording.value.clone(),
        reference,
        question,
    };
    (rank, entry)
}

fn sensitivity(group: &[Wanted], element: Option<&Arc<Element>>) -> Sourced<Sensitivity> {
    let own = element.map_or(Sensitivity::None, |e| e.field.sensitivity);
    let highest = group.iter().map(|w| w.demand.field.sensitivity).max();
    let value = highest.unwrap_or(own).max(own);
    Sourced {
        from: places(group, |w| w.demand.field.sensitivity == value),
        value,
    }
}

fn input(
    reference: Reference,
    group: &[Wanted],
    element: Option<&Arc<Element>>,
    dictionary: &Dictionary,
    pairs: &[(OptionOf, OptionOf)],
) -> Input {
    let number = || number::merge(reference, group, element.map(AsRef::as_ref), dictionary);
    match &group[0].demand.field.kind {
        FieldType::Count { .. } => Input::Count(number()),
        FieldType::Quantity { .. } => Input::Quantity(number()),
        FieldType::Percentage { .. } => Input::Percentage(number()),
        FieldType::Money { .. } => Input::Money(number()),
        FieldType::YesNo => Input::YesNo,
        FieldType::Date { .. } => date_input(group),
        FieldType::Text { .. } => text_input(group),
        FieldType::Choice { .. } => Input::Choice {
            options: options::merge(group, pairs),
        },
        FieldType::Choices { .. } => Input::Choices {
            options: options::merge(group, pairs),
        },
    }
}

fn date_input(group: &[Wanted]) -> Input {
    let bounds = |w: &Wanted| match w.demand.field.kind {
        FieldType::Date { earliest, latest } => (earliest, latest),
        _ => (None, None),
    };
    let earliest = widest(group, |w| bounds(w).0, |new, old| new < old);
    let latest = widest(group, |w| bounds(w).1, |new, old| new > old);
    Input::Date { earliest, latest }
}

fn text_input(group: &[Wanted]) -> Input {
    let shape = |w: &Wanted| match w.demand.field.kind {
        FieldType::Text { max_length, lines } => (max_length, lines),
        _ => (0, Lines::Single),
    };
    let longest = group.iter().map(|w| shape(w).0).max().unwrap_or(0);
    let lines = if group.iter().any(|w| shape(w).1 == Lines::Multi) {
        Lines::Multi
    } else {
        Lines::Single
    };
    Input::Text {
        max_length: Sourced {
            value: longest,
            from: places(group, |w| shape(w).0 == longest),
        },
        lines: Sourced {
            value: lines,
            from: places(group, |w| shape(w).1 == lines),
        },
    }
}

/// The widest of the demands' bounds: none as soon as one demand has none.
pub(super) fn widest<T: Copy + PartialEq>(
    group: &[Wanted],
    bound: impl Fn(&Wanted) -> Option<T>,
    is_wider: impl Fn(T, T) -> bool,
) -> Sourced<Option<T>> {
    let mut bounds = group.iter().map(&bound);
    let first = bounds.next().flatten();
    let value = bounds.fold(first, |widest, next| match (widest, next) {
        (Some(old), Some(new)) => Some(if is_wider(new, old) { new } else { old }),
        _ => None,
    });
    Sourced {
        from: places(group, |w| bound(w) == value),
        value,
    }
}

/// The places of the demands for which something holds.
pub(super) fn places(group: &[Wanted], holds: impl Fn(&Wanted) -> bool) -> Vec<u32> {
    (0u32..)
        .zip(group)
        .filter(|(_, wanted)| holds(wanted))
        .map(|(place, _)| place)
        .collect()
}
