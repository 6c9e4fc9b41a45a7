//! Entries of forms, with their demands and state.

use crate::broker::OfferWords;
use crate::domain::answer::Answer;
use crate::domain::field_type::TypeWord;
use crate::domain::form::{EntryState, why_waiting};
use crate::domain::template::{
    Demand, Entry, EntryGrid, EntryOption, GridDimension, Input, NumberInput,
};
use crate::domain::unit::Unit;
use crate::domain::worked_out::WorkedOut;
use crate::grpc::v1;

use super::answer::value;
use super::field::only_if;
use super::form::Asking;
use super::time::{instant, minute, window};

/// An entry with its state, and where what is offered comes from.
pub(super) fn entry(
    entry: &Entry,
    state: &EntryState,
    words: &OfferWords,
    asking: Asking<'_>,
) -> v1::FormEntry {
    let given = state.answer.as_ref();
    let answer = given.map(|known| given_answer(&known.answer, Some(known.given_at), "", &[]));
    let offered = state.offered.as_ref();
    let offered = offered.map(|offer| {
        given_answer(
            &offer.answer,
            offer.given_at,
            &words.offered,
            &words.sources,
        )
    });
    let pending = state.pending.as_ref();
    let pending = pending.map(|own| worked_out(own, &words.offered, &words.sources));
    let disagreeing = (0..).zip(&state.disagreeing).map(|(at, offer)| {
        let words: Option<&String> = words.disagreeing.get(at);
        given_answer(
            &offer.answer,
            offer.given_at,
            words.map_or("", String::as_str),
            &[],
        )
    });
    let demands = (0u32..)
        .zip(&entry.demands)
        .map(|(place, own)| v1::EntryDemand {
            waiting: state.waiting.contains(&place),
            ..demand(own, asking)
        });
    let why = entry.demands.iter().filter(|_| !state.is_put);
    let why = why.filter_map(|own| why_waiting(asking.template, own));
    v1::FormEntry {
        id: entry.id.to_string(),
        question: entry.question.to_string(),
        element: entry
            .element
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        wording: entry.wording.value.clone(),
        definition: entry.definition.value.clone(),
        topic: entry.topic.value.clone(),
        timing: entry.timing.to_string(),
        reference: entry.reference.to_string(),
        reference_label: entry.reference.label(),
        sensitivity: v1::Sensitivity::from(entry.sensitivity.value).into(),
        required: entry.demands.iter().any(|demand| demand.field.required),
        demands: demands.collect(),
        answer,
        offered,
        unreleased: state.unreleased.clone(),
        next_due: state.next_due.map(minute).unwrap_or_default(),
        not_put_because: why.collect(),
        need: v1::EntryNeed::from(state.need).into(),
        pending,
        disagreeing: disagreeing.collect(),
        ..input(&entry.input)
    }
}

/// What may be entered.
fn input(input: &Input) -> v1::FormEntry {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let of = |word: TypeWord| v1::FormEntry {
        r#type: v1::FieldType::from(word).into(),
        ..v1::FormEntry::default()
    };
    match input {
        Input::Count(own) => number(own, of(TypeWord::Count)),
        Input::Quantity(own) => number(own, of(TypeWord::Quantity)),
        Input::Percentage(own) => number(own, of(TypeWord::Percentage)),
        Input::Money(own) => number(own, of(TypeWord::Money)),
        Input::YesNo => of(TypeWord::YesNo),
        Input::Date { earliest, latest } => v1::FormEntry {
            earliest: day(earliest.value),
            latest: day(latest.value),
            ..of(TypeWord::Date)
        },
        Input::Text { max_length, lines } => v1::FormEntry {
            max_length: max_length.value,
            lines: v1::Lines::from(lines.value).into(),
            ..of(TypeWord::Text)
        },
        Input::Choice { options } => v1::FormEntry {
            options: options.iter().map(option).collect(),
            ..of(TypeWord::Choice)
        },
        Input::Choices { options } => v1::FormEntry {
            options: options.iter().map(option).collect(),
            ..of(TypeWord::Choices)
        },
    }
}

fn number(own: &NumberInput, entry: v1::FormEntry) -> v1::FormEntry {
    let unit = own.unit.as_ref().map(|unit| unit.value);
    let others = own.other_units.iter();
    let bound = |bound: Option<_>| {
        let text = bound.map(|bound: crate::domain::decimal::Decimal| bound.to_string());
        text.unwrap_or_default()
    };
    v1::FormEntry {
        unit: unit.map_or("", Unit::code).to_owned(),
        unit_label: unit.map_or("", Unit::label).to_owned(),
        other_units: others.map(|unit| unit.code().to_owned()).collect(),
        decimals: own.decimals.value,
        min: bound(own.min.value),
        max: bound(own.max.value),
        grids: own.grids.iter().map(grid).collect(),
        ..entry
    }
}

fn grid(grid: &EntryGrid) -> v1::EntryGrid {
    v1::EntryGrid {
        dimensions: grid.dimensions.iter().map(dimension).collect(),
        demands: grid.from.clone(),
    }
}

fn dimension(dimension: &GridDimension) -> v1::GridDimension {
    let codes = dimension.codes.iter().map(|code| v1::GridCode {
        code: code.code.clone(),
        label: code.label.clone(),
    });
    v1::GridDimension {
        id: dimension.id.to_string(),
        label: dimension.label.clone(),
        codes: codes.collect(),
    }
}

fn option(option: &EntryOption) -> v1::EntryOption {
    v1::EntryOption {
        key: option.key.clone(),
        label: option.label.clone(),
        demands: option.accepted.iter().map(|a| a.demand).collect(),
    }
}

fn demand(demand: &Demand, asking: Asking<'_>) -> v1::EntryDemand {
    let organisation = &demand.ask.organisation;
    let field = &demand.field;
    v1::EntryDemand {
        ask: demand.ask.to_string(),
        organisation: organisation.resource(),
        organisation_name: asking.name_of(organisation),
        field: field.name.to_string(),
        label: field.label.clone(),
        guidance: field.guidance.clone(),
        compulsion: v1::Compulsion::from(field.compulsion).into(),
        required: field.required,
        reuse: v1::Reuse::from(field.reuse).into(),
        window: asking.template.window(&demand.ask).map(window),
        unit: field.kind.unit().map_or("", Unit::code).to_owned(),
        decimals: field.kind.decimals().unwrap_or(0),
        only_if: field.only_if.as_ref().map(|own| only_if(own.to_raw())),
        waiting: false,
        applies_to: field.applies_to.iter().cloned().collect(),
    }
}

fn given_answer(
    answer: &Answer,
    given_at: Option<jiff::Timestamp>,
    words: &str,
    wordings: &[String],
) -> v1::GivenAnswer {
    let own = answer.worked_out.as_ref();
    v1::GivenAnswer {
        value: Some(value(&answer.said)),
        on: answer.on.map(|day| day.to_string()).unwrap_or_default(),
        given_at: given_at.map(instant),
        worked_out: own.map(|own| worked_out(own, words, wordings)),
    }
}

/// How a value came about, with the wordings of its sources in their order.
pub(super) fn worked_out(own: &WorkedOut, words: &str, wordings: &[String]) -> v1::WorkedOut {
    let sources = own
        .from
        .iter()
        .enumerate()
        .map(|(at, source)| v1::WorkedOutSource {
            wording: wordings.get(at).cloned().unwrap_or_default(),
            reference: source.reference.to_string(),
            reference_label: source.reference.label(),
            on: source.on.map(|day| day.to_string()).unwrap_or_default(),
        });
    v1::WorkedOut {
        how: v1::WorkedOutHow::from(own.how).into(),
        sources: sources.collect(),
        confirmed: own.confirmed,
        words: words.to_owned(),
    }
}
