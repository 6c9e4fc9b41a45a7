//! Fields: every fault found at once, and nothing lost on the way through JSON.

use proptest::prelude::*;

use super::*;
use crate::domain::decimal::Decimal;
use crate::domain::field_type::{ChoiceOption, Lines, LookBack};
use crate::domain::limits::{LOOK_BACK_DAYS_MAX, LOOK_BACK_MONTHS_MAX};
use crate::domain::unit::{Dimension, Unit};

fn raw(json: &str) -> RawField {
    serde_json::from_str(json).unwrap()
}

/// The paths of a field's faults, in the order found.
fn fault_paths(json: &str) -> Vec<String> {
    let faults = Field::parse(raw(json)).expect_err(json);
    faults.iter().map(|fault| fault.path.clone()).collect()
}

#[test]
fn a_plain_field_has_the_defaults() {
    let field = Field::parse(raw(
        r#"{"name": "beds", "label": "Beds", "type": "count", "timing": "as-at"}"#,
    ))
    .unwrap();
    assert_eq!(field.compulsion, Compulsion::Voluntary);
    assert_eq!(field.reuse, Reuse::Confirm);
    assert_eq!(field.sensitivity, Sensitivity::None);
    assert_eq!(field.moment, Moment::PeriodEnd);
    assert!(field.reference.is_same());
    assert!(!field.required);
    let json = serde_json::to_string(&field).unwrap();
    assert_eq!(
        json,
        r#"{"name":"beds","label":"Beds","timing":"as-at","type":"count"}"#
    );
}

/// Faulty fields, each with the paths of its faults in the order found.
const FAULTY: &[(&str, &str)] = &[
    (
        r#"{"label": " ", "type": "number", "timing": "now", "element": "A",
                "compulsion": "must", "reuse": "", "sensitivity": "x", "moment": "x",
                "reference": "x"}"#,
        "name label element timing type compulsion reuse sensitivity moment reference",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "count", "timing": "as-at", "unit": "h",
                "decimals": 0, "min": "1.5", "max": "1", "lines": "multi", "options": []}"#,
        "unit decimals lines options min min",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "quantity", "timing": "during"}"#,
        "unit",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "quantity", "timing": "during", "unit": "GBP",
                "decimals": 10, "breakdown": ["ok", "Not", "a", "b", "c", "d"]}"#,
        "unit decimals breakdown[1] breakdown",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "money", "timing": "during", "unit": "h",
                "min": "x", "max": "1e3"}"#,
        "unit min max",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "date", "timing": "during",
                "earliest": "2026-12-31", "latest": "2026-01-01"}"#,
        "earliest",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "date", "timing": "during",
                "earliest": "20261231", "latest": "2026-02-30"}"#,
        "earliest latest",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "text", "timing": "during", "max_length": 0,
                "lines": "two"}"#,
        "max_length lines",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "choice", "timing": "during"}"#,
        "options",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "choices", "timing": "during", "options": [
                {"code": "a", "label": "A"}, {"code": "a", "label": "B"},
                {"code": "", "label": "?"}]}"#,
        "options[1].code options[2].code options[2].label",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "yes-no", "timing": "during:P7D",
                "max_age_days": 0, "moment": "period-end", "reference": "same@12:00"}"#,
        "max_age_days max_age_days moment reference",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "yes-no", "timing": "standing",
                "reference": "previous"}"#,
        "reference",
    ),
    (
        r#"{"name": "n", "label": "a", "type": "yes-no", "timing": "as-at",
                "element": "a.b", "definition": "words"}"#,
        "definition",
    ),
];

#[test]
fn every_fault_is_reported_at_its_place() {
    for (json, expected) in FAULTY {
        assert_eq!(fault_paths(json).join(" "), *expected, "{json}");
    }
}

#[test]
fn texts_are_bounded_in_characters_not_bytes() {
    let plain = raw(r#"{"name": "n", "label": "a", "type": "yes-no", "timing": "as-at"}"#);
    let long = |chars_max: usize| "é".repeat(chars_max);
    let mut full = plain.clone();
    full.label = long(LABEL_CHARS_MAX);
    full.definition = long(DEFINITION_CHARS_MAX);
    full.guidance = long(GUIDANCE_CHARS_MAX);
    full.topic = long(TOPIC_CHARS_MAX);
    assert!(Field::parse(full.clone()).is_ok());
    for text in [
        &mut full.label,
        &mut full.definition,
        &mut full.guidance,
        &mut full.topic,
    ] {
        text.push('a');
    }
    let faults = Field::parse(full).unwrap_err();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["label", "definition", "guidance", "topic"]);
}

#[test]
fn beside_an_element_options_and_definition_may_be_left_out() {
    let json = r#"{"name": "n", "label": "a", "type": "choice", "timing": "as-at",
        "element": "a.b", "definition": " – "}"#;
    assert!(Field::parse(raw(json)).is_ok());
}

#[test]
fn unknown_members_are_refused() {
    let json = r#"{"name": "n", "label": "a", "type": "count", "timing": "as-at", "mim": "1"}"#;
    assert!(serde_json::from_str::<RawField>(json).is_err());
}

#[test]
fn a_name_may_be_left_out_only_where_none_is_needed() {
    let json = r#"{"label": "a", "type": "count", "timing": "as-at"}"#;
    assert_eq!(fault_paths(json), ["name"]);
    assert!(Field::parse_unnamed(raw(json)).is_ok());
}

fn in_order<T: PartialOrd>(first: Option<T>, second: Option<T>) -> (Option<T>, Option<T>) {
    match (first, second) {
        (Some(first), Some(second)) if first > second => (Some(second), Some(first)),
        ordered => ordered,
    }
}

fn any_number_kind() -> impl Strategy<Value = FieldType> {
    let bound = || proptest::option::of(-1_000_000_i128..1_000_000);
    let breakdown = proptest::collection::btree_set("[a-z][a-z0-9_-]{0,9}", 0..4);
    let unit = proptest::sample::select(&Unit::ALL[..]);
    (any::<u8>(), 0_u32..=9, bound(), bound(), breakdown, unit).prop_map(
        |(kind, decimals, min, max, breakdown, unit)| {
            let decimals = if kind % 3 == 0 { 0 } else { decimals };
            let number = |mantissa| Decimal::from_parts(mantissa, decimals).unwrap();
            let (min, max) = in_order(min.map(number), max.map(number));
            let breakdown = breakdown.iter().map(|id| id.parse().unwrap()).collect();
            match kind % 3 {
                0 => FieldType::Count {
                    min,
                    max,
                    breakdown,
                },
                1 => FieldType::Percentage { decimals, min, max },
                _ if unit.dimension() == Dimension::Money => FieldType::Money {
                    unit,
                    decimals,
                    min,
                    max,
                    breakdown,
                },
                _ => FieldType::Quantity {
                    unit,
                    decimals,
                    min,
                    max,
                    breakdown,
                },
            }
        },
    )
}

fn any_date_kind() -> impl Strategy<Value = FieldType> {
    let day = || {
        proptest::option::of((1_i16..=9_999, 1_i8..=12, 1_i8..=28))
            .prop_map(|day| day.map(|(year, month, day)| jiff::civil::date(year, month, day)))
    };
    (day(), day()).prop_map(|(first, second)| {
        let (earliest, latest) = in_order(first, second);
        FieldType::Date { earliest, latest }
    })
}

fn any_choice_kind() -> impl Strategy<Value = FieldType> {
    let label = "[A-Za-z][\\PC]{0,20}[a-z]".prop_filter("text", |label| normalise(label).is_ok());
    let options = proptest::collection::btree_map("[a-z0-9]{1,4}", label, 1..5);
    (options, any::<bool>()).prop_map(|(options, is_single)| {
        let option = |(code, label)| ChoiceOption { code, label };
        let options = options.into_iter().map(option).collect();
        if is_single {
            FieldType::Choice { options }
        } else {
            FieldType::Choices { options }
        }
    })
}

fn any_kind() -> impl Strategy<Value = FieldType> {
    let text = (1_u32..=10_000, proptest::sample::select(Lines::ALL))
        .prop_map(|(max_length, lines)| FieldType::Text { max_length, lines });
    prop_oneof![
        4 => any_number_kind(),
        1 => Just(FieldType::YesNo),
        1 => any_date_kind(),
        1 => text,
        2 => any_choice_kind(),
    ]
}

fn any_timing() -> impl Strategy<Value = Timing> {
    prop_oneof![
        Just(Timing::AsAt),
        Just(Timing::During),
        (1..=LOOK_BACK_MONTHS_MAX).prop_map(|n| Timing::LookBack(LookBack::Months(n))),
        (1..=LOOK_BACK_DAYS_MAX).prop_map(|n| Timing::LookBack(LookBack::Days(n))),
        Just(Timing::Standing),
    ]
}

/// Any well-formed field.
pub(in crate::domain) fn any_field() -> impl Strategy<Value = Field> {
    let text = "\\PC{0,30}";
    let words = (text, text, text, text, "[!-~]{1,20}")
        .prop_map(|(label, definition, guidance, topic, name)| {
            (format!("x{label}"), definition, guidance, topic, name)
        })
        .prop_filter("text", |words| {
            normalise(&words.0).is_ok() && normalise_optional(&words.1).is_ok()
        });
    let element = proptest::option::of("[a-z][a-z0-9_-]{0,9}(\\.[a-z0-9_-]{1,5}){0,3}");
    let choices = (
        any::<bool>(),
        0..3_usize,
        0..3_usize,
        0..3_usize,
        0..2_usize,
    );
    let as_at = (proptest::option::of(1_u32..=3_660), 0..12_usize);
    (words, element, any_timing(), any_kind(), choices, as_at).prop_map(
        |(words, element, timing, kind, choices, (max_age_days, reference))| {
            let (label, definition, guidance, topic, name) = words;
            let is_as_at = timing == Timing::AsAt;
            let references = [
                "same",
                "previous",
                "last-month",
                "last-week",
                "last-day",
                "first-day",
                "same@12:00",
                "previous@00:00",
                "last-day@23:59",
            ];
            let allowed = match timing {
                Timing::AsAt => references.len(),
                Timing::Standing => 1,
                Timing::During | Timing::LookBack(_) => 6,
            };
            Field {
                name: name.parse().unwrap(),
                label,
                definition: if element.is_some() {
                    String::new()
                } else {
                    definition
                },
                guidance,
                element: element.map(|id| id.parse().unwrap()),
                topic,
                timing,
                kind,
                required: choices.0,
                compulsion: Compulsion::ALL[choices.1],
                reuse: Reuse::ALL[choices.2],
                max_age_days: max_age_days.filter(|_| is_as_at),
                moment: Moment::ALL[if is_as_at { choices.4 } else { 0 }],
                sensitivity: Sensitivity::ALL[choices.3],
                reference: references[reference % allowed].parse().unwrap(),
                applies_to: ["hospices", "nursing homes"][..choices.4 % 3]
                    .iter()
                    .map(|service| (*service).to_owned())
                    .collect(),
                only_if: only_if(choices.3),
            }
        },
    )
}

fn only_if(which: usize) -> Option<OnlyIf> {
    let raw = match which {
        0 => return None,
        1 => r#"{"field": "Q4", "equals": ["yes", "no"]}"#,
        _ => r#"{"field": "how many", "min": "1", "max": 9.5}"#,
    };
    Some(OnlyIf::parse(serde_json::from_str(raw).unwrap()).unwrap())
}

proptest! {
    #[test]
    fn a_field_written_as_json_reads_back_the_same(field in any_field()) {
        let json = serde_json::to_string(&field).unwrap();
        let again: Field = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(again, field);
    }
}
