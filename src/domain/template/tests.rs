//! Merging: tables of cases, and laws over random sets of demands.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::link::{Decision, Links, OptionPair, Verdict};
use crate::domain::period::Period;
use crate::domain::unit::Unit;

use super::{Entry, Input, Template, TemplateKey};

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn ask(organisation: &str, fields: Json) -> SharedAsk {
    let mut ask = json!({
        "organisation": organisation,
        "ask": "daily",
        "purpose": "to know",
        "legal_basis": "6(1)(e)",
        "cadence": "daily",
        "from": "2020-06-01",
        "targets": {"areas": ["E08000014"]},
    });
    ask["fields"] = fields;
    let raw: RawAsk = serde_json::from_value(ask).unwrap();
    let starter = Dictionary::starter();
    Arc::new(Ask::parse(raw, Some(&starter), date(2020, 6, 1)).unwrap())
}

fn same(id: &str, a: &SharedAsk, b: &SharedAsk, options: &[(&str, &str)]) -> Arc<Decision> {
    Arc::new(Decision {
        id: id.into(),
        a: a.fields[0].question,
        b: b.fields[0].question,
        verdict: Verdict::Same,
        options: options
            .iter()
            .map(|(a, b)| OptionPair {
                a: (*a).into(),
                b: (*b).into(),
            })
            .collect(),
        reason: String::new(),
        author: "t".into(),
        organisation: None,
        decided_at: Timestamp::UNIX_EPOCH,
        passed_over: BTreeMap::new(),
        suggested: None,
    })
}

fn template(asks: &[SharedAsk], decisions: &[Arc<Decision>]) -> Template {
    let links = Links::of(decisions.iter().cloned());
    Template::of(period("2020-06-03"), asks, &Dictionary::starter(), &links)
}

fn only_entry(asks: &[SharedAsk], decisions: &[Arc<Decision>]) -> Entry {
    let template = template(asks, decisions);
    assert_eq!(template.entries().len(), 1);
    template.entries()[0].clone()
}

fn hours(label: &str, unit: &str, decimals: u32) -> Json {
    json!([{"name": "x", "label": label, "type": "quantity", "unit": unit, "decimals": decimals,
            "min": "0", "max": "100", "timing": "during"}])
}

#[test]
fn two_references_of_one_question_are_two_entries() {
    let asks = [
        ask(
            "a",
            json!([{"name": "x", "label": "Beds", "type": "count", "timing": "as-at"}]),
        ),
        ask(
            "b",
            json!([{"name": "x", "label": "Beds", "type": "count", "timing": "as-at",
                    "reference": "same@12:00"}]),
        ),
        ask(
            "c",
            json!([{"name": "x", "label": "BEDS", "type": "count", "timing": "as-at"}]),
        ),
    ];
    let template = template(&asks, &[]);
    assert_eq!((template.fields(), template.questions()), (3, 1));
    assert_eq!(template.entries().len(), 2);
}

#[test]
fn the_unit_of_entry_holds_every_demanded_step_exactly() {
    let label = "Agency time";
    let cases = [
        (
            vec![("h", 2), ("min", 0), ("{shift-12h}", 2)],
            Unit::Minute,
            1,
        ),
        (vec![("h", 2)], Unit::Hour, 2),
        (vec![("h", 0), ("d", 1)], Unit::Hour, 1),
        (vec![("min", 0), ("h", 0)], Unit::Minute, 0),
    ];
    for (demanded, unit, decimals) in cases {
        let asks: Vec<_> = ["a", "b", "c"]
            .iter()
            .zip(&demanded)
            .map(|(organisation, (code, d))| ask(organisation, hours(label, code, *d)))
            .collect();
        let entry = only_entry(&asks, &[]);
        let number = entry.number().unwrap();
        let chosen = number.unit.as_ref().unwrap();
        assert_eq!(
            (chosen.value, number.decimals.value),
            (unit, decimals),
            "{demanded:?}"
        );
    }
}

#[test]
fn the_range_of_entry_is_the_widest_after_conversion() {
    let asks = [
        ask("a", hours("Agency time", "h", 0)),
        ask("b", hours("Agency time", "min", 0)),
    ];
    let entry = only_entry(&asks, &[]);
    let number = entry.number().unwrap();
    assert_eq!(number.max.value, Some("6000".parse().unwrap()));
    assert_eq!(number.max.from, [0]);
    assert_eq!(number.min.from, [0, 1]);
}

#[test]
fn the_wording_is_that_of_most_organisations_then_the_shortest() {
    let field = |label: &str| {
        json!([{"name": "x", "label": label, "definition": "d", "type": "count",
                "timing": "as-at"}])
    };
    let asks = [
        ask("a", field("Number of beds occupied")),
        ask("b", field("number of beds occupied?")),
        ask("c", field("Beds in use")),
        ask("d", field("Number  of beds occupied")),
    ];
    let decisions = [same("1", &asks[0], &asks[2], &[])];
    let entry = only_entry(&asks, &decisions);
    assert_eq!(entry.wording.value, "Number of beds occupied");
    assert_eq!(entry.wording.from, [0, 1, 3]);
    assert_eq!(entry.demands.len(), 4);
}

#[test]
fn an_element_gives_its_wording_topic_and_place() {
    let by_element = ask(
        "a",
        json!([{"name": "x", "label": "Beds filled", "element": "beds.occupied", "type": "count",
                "timing": "as-at"}]),
    );
    let by_link = ask(
        "b",
        json!([{"name": "y", "label": "Beds in use", "type": "count", "timing": "as-at"}]),
    );
    let decisions = [same("1", &by_element, &by_link, &[])];
    let entry = only_entry(&[by_link, by_element], &decisions);
    let starter = Dictionary::starter();
    let element = starter.element(&"beds.occupied".parse().unwrap()).unwrap();
    assert_eq!(entry.wording.value, element.field.label);
    assert_eq!(entry.wording.from, [0; 0]);
    assert_eq!(entry.element.as_ref(), Some(&element.id));
    assert_eq!(entry.question, element.question);
    assert_eq!(entry.members.len(), 2);
}

#[test]
fn linked_options_are_one_and_know_who_accepts_them() {
    let choice = |labels: &[&str]| {
        let options: Vec<Json> = labels
            .iter()
            .map(|label| json!({"code": label.to_lowercase(), "label": label}))
            .collect();
        json!([{"name": "x", "label": format!("Gloves {}", labels.len()), "type": "choice",
                "timing": "as-at", "options": options}])
    };
    let asks = [
        ask("a", choice(&["Critical", "Low", "Adequate"])),
        ask("b", choice(&["Red", "Amber", "Green", "Blue"])),
    ];
    let pairs = [("critical", "red"), ("low", "amber"), ("adequate", "green")];
    let entry = only_entry(&asks, &[same("1", &asks[0], &asks[1], &pairs)]);
    let shown: Vec<_> = entry
        .options()
        .iter()
        .map(|option| (option.label.as_str(), option.accepted.len()))
        .collect();
    assert_eq!(shown, [("Red", 2), ("Amber", 2), ("Green", 2), ("Blue", 1)]);
}

#[test]
fn two_options_of_one_question_are_never_one_whatever_links_say() {
    let choice = |name: &str, labels: [&str; 2]| {
        let options = labels.map(|label| json!({"code": label.to_lowercase(), "label": label}));
        json!([{"name": "x", "label": name, "type": "choice", "timing": "as-at",
                "options": options}])
    };
    let asks = [
        ask("a", choice("State", ["Good", "Fair"])),
        ask("b", choice("Condition", ["Fair", "Poor"])),
    ];
    let shifted = [("good", "fair"), ("fair", "poor")];
    let entry = only_entry(&asks, &[same("1", &asks[0], &asks[1], &shifted)]);
    let of_each: Vec<Vec<(u32, &str)>> = entry
        .options()
        .iter()
        .map(|o| {
            o.accepted
                .iter()
                .map(|a| (a.demand, a.label.as_str()))
                .collect()
        })
        .collect();
    assert_eq!(of_each.len(), 2);
    assert!(
        of_each.contains(&vec![(0, "good"), (1, "fair")]),
        "{of_each:?}"
    );
    assert!(
        of_each.contains(&vec![(0, "fair"), (1, "poor")]),
        "{of_each:?}"
    );
    let third = ask("c", choice("How is it", ["Fair", "Awful"]));
    let decisions = [
        same("1", &asks[0], &asks[1], &shifted),
        same("2", &asks[0], &third, &[]),
    ];
    let all = [asks[0].clone(), asks[1].clone(), third];
    let keys = only_entry(&all, &decisions);
    let keys: Vec<&str> = keys.options().iter().map(|o| o.key.as_str()).collect();
    assert_eq!(
        keys,
        ["fair 1", "awful", "fair 2", "poor"],
        "which fair is meant, the home says"
    );
    let two_to_one = [("good", "fair"), ("fair", "fair")];
    let entry = only_entry(&asks, &[same("1", &asks[0], &asks[1], &two_to_one)]);
    assert_eq!(entry.options().len(), 3);
}

#[test]
fn a_total_is_asked_only_where_no_breakdown_gives_it() {
    let broken = |dimensions: &[&str]| {
        json!([{"name": "x", "label": "Staff absent", "type": "count", "timing": "as-at",
                "breakdown": dimensions}])
    };
    let asks = [
        ask("a", broken(&[])),
        ask("b", broken(&["job_role"])),
        ask("c", broken(&["job_role", "shift"])),
        ask("d", broken(&["covid_absence_reason"])),
    ];
    let entry = only_entry(&asks, &[]);
    let grids: Vec<Vec<&str>> = entry
        .number()
        .unwrap()
        .grids
        .iter()
        .map(|grid| grid.dimensions.iter().map(|d| d.id.as_str()).collect())
        .collect();
    assert_eq!(
        grids,
        [vec!["covid_absence_reason"], vec!["job_role", "shift"]]
    );
}

/// A field out of a small pool, so that random asks overlap.
fn any_field() -> impl Strategy<Value = Json> {
    let label = prop::sample::select(vec![
        "Beds",
        "BEDS?",
        "Beds in use",
        "Hours",
        "Gloves",
        "Note",
    ]);
    let shape = prop::sample::select(vec![
        json!({"type": "count", "min": "0", "max": "99"}),
        json!({"type": "count", "breakdown": ["job_role"]}),
        json!({"type": "quantity", "unit": "h", "decimals": 2}),
        json!({"type": "quantity", "unit": "min", "required": true}),
        json!({"type": "choice", "options": [{"code": "r", "label": "Red"},
                                             {"code": "g", "label": "Green"}]}),
        json!({"type": "text", "max_length": 100, "sensitivity": "personal"}),
    ]);
    let reference = prop::sample::select(vec!["same", "previous"]);
    (label, shape, reference).prop_map(|(label, mut shape, reference)| {
        shape["label"] = json!(label);
        shape["timing"] = json!("as-at");
        shape["reference"] = json!(reference);
        shape
    })
}

/// Asks of different organisations, whatever of their fields means the same left out.
fn any_asks() -> impl Strategy<Value = Vec<SharedAsk>> {
    prop::collection::vec(prop::collection::vec(any_field(), 1..5), 1..6).prop_map(|asks| {
        let mut made = Vec::new();
        for (number, fields) in asks.into_iter().enumerate() {
            let mut kept: Vec<Json> = Vec::new();
            for (place, mut field) in fields.into_iter().enumerate() {
                field["name"] = json!(format!("f{place}"));
                let mut tried = kept.clone();
                tried.push(field);
                let raw: RawAsk = serde_json::from_value(json!({
                    "organisation": "o", "purpose": "p", "legal_basis": "l", "cadence": "daily",
                    "targets": {"areas": ["E08000014"]}, "fields": tried,
                }))
                .unwrap();
                if Ask::parse(raw, None, date(2020, 6, 1)).is_ok() {
                    kept = tried;
                }
            }
            made.push(ask(&format!("o{number}"), json!(kept)));
        }
        made
    })
}

/// Joins the first fields of neighbouring asks wherever they are alike in type and timing.
fn links_between(asks: &[SharedAsk]) -> Vec<Arc<Decision>> {
    asks.windows(2)
        .filter(|pair| {
            let kind = |ask: &SharedAsk| ask.fields[0].field.kind.clone();
            kind(&pair[0]).word() == kind(&pair[1]).word()
                && pair[0].fields[0].question != pair[1].fields[0].question
        })
        .enumerate()
        .map(|(number, pair)| same(&number.to_string(), &pair[0], &pair[1], &[]))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_template_is_order_free_idempotent_and_byte_identical(
        (asks, shuffled) in any_asks().prop_flat_map(|asks| {
            let twice: Vec<_> = asks.iter().chain(&asks).cloned().collect();
            (Just(asks), Just(twice).prop_shuffle())
        })
    ) {
        let mut decisions = links_between(&asks);
        let one = template(&asks, &decisions);
        decisions.reverse();
        let other = template(&shuffled, &decisions);
        prop_assert_eq!(one.bytes(), other.bytes());
        prop_assert_eq!(one.digest(), other.digest());
        let read = Template::from_bytes(one.bytes().to_vec()).unwrap();
        prop_assert_eq!(read.body(), one.body());
        prop_assert_eq!(read.digest(), one.digest());
    }

    #[test]
    fn every_field_stands_in_exactly_one_entry(asks in any_asks()) {
        let template = template(&asks, &links_between(&asks));
        let fields: usize = asks.iter().map(|ask| ask.fields.len()).sum();
        let mut demands: Vec<String> = template
            .entries()
            .iter()
            .flat_map(|entry| &entry.demands)
            .map(|demand| format!("{} {}", demand.ask, demand.field.name))
            .collect();
        demands.sort();
        demands.dedup();
        prop_assert_eq!(demands.len(), fields);
        prop_assert_eq!(template.fields(), fields);
    }

    #[test]
    fn an_attribute_names_the_demands_that_it_came_from(asks in any_asks()) {
        for entry in template(&asks, &[]).entries() {
            for place in &entry.wording.from {
                let demand = &entry.demands[*place as usize];
                prop_assert_eq!(demand.question, entry.question);
            }
            if let Input::Count(number) | Input::Quantity(number) = &entry.input {
                for place in &number.max.from {
                    let (_, max) = entry.demands[*place as usize].field.kind.bounds();
                    prop_assert_eq!(max.is_none(), number.max.value.is_none());
                }
            }
        }
    }

    #[test]
    fn equal_keys_are_equal_templates(asks in any_asks(), more in any_asks()) {
        let starter = Dictionary::starter();
        let links = Links::default();
        let day = period("2020-06-03");
        let key = |asks: &[SharedAsk]| TemplateKey::of(day, asks, &starter, &links);
        let is_equal = template(&asks, &[]).bytes() == template(&more, &[]).bytes();
        prop_assert!(key(&asks) != key(&more) || is_equal);
    }
}
