//! Deliveries: a table of cases, and laws over random answers.

use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::domain::ask::{Ask, RawAsk};
use crate::domain::check::{RawAnswer, check};
use crate::domain::dictionary::Dictionary;
use crate::domain::link::Links;
use crate::domain::template::Template;
use crate::domain::unit::convert_exact;

/// The template of one field asked by each of some organisations under the same label.
fn asked(fields: &[Json]) -> Template {
    let asks: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(number, field)| {
            let mut field = field.clone();
            field["name"] = json!("x");
            let fields = json!([field]);
            let raw: RawAsk = serde_json::from_value(json!({
                "organisation": format!("o{number}"), "ask": "daily", "purpose": "p",
                "legal_basis": "l", "cadence": "daily",
                "targets": {"areas": ["E08000014"]}, "fields": fields,
            }))
            .unwrap();
            let starter = Dictionary::starter();
            Arc::new(Ask::parse(raw, Some(&starter), date(2020, 6, 1)).unwrap())
        })
        .collect();
    let starter = Dictionary::starter();
    Template::of(
        "2020-06-03".parse().unwrap(),
        &asks,
        &starter,
        &Links::default(),
    )
}

/// What each asker receives of an answer.
fn delivered(template: &Template, raw: &RawAnswer) -> Vec<Delivery> {
    let entry = &template.entries()[0];
    let answer = check(raw, entry, None, date(2020, 6, 3)).unwrap().answer;
    entry
        .demands
        .iter()
        .map(|demand| deliver(&answer, entry, demand, false))
        .collect()
}

/// An answer to the template's only entry.
fn answer(template: &Template, mut said: Json) -> RawAnswer {
    said["entry"] = json!(template.entries()[0].id);
    serde_json::from_value(said).unwrap()
}

fn said(delivery: &Delivery) -> String {
    let value = match &delivery.value {
        Delivered::Number { total, unit, grid } => {
            let figure = total.map_or_else(String::new, |total| total.to_string());
            let cells: Vec<String> = grid
                .iter()
                .flat_map(|grid| &grid.cells)
                .map(|cell| format!("{}={}", cell.codes.join("/"), cell.value))
                .collect();
            let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
            format!("{figure}{}{unit}", cells.join(" "))
        }
        Delivered::YesNo(yes) => yes.to_string(),
        Delivered::Date(day) => day.to_string(),
        Delivered::Text(text) => text.clone(),
        Delivered::Options { codes, others } => {
            format!("{}|{}", codes.join(" "), others.join(" "))
        }
        Delivered::Declined { reason, .. } => reason.to_string(),
    };
    let flags: Vec<&str> = delivery.flags.iter().map(|flag| flag.as_str()).collect();
    format!("{value} [{}]", flags.join(" "))
}

fn quantity(unit: &str, decimals: u32) -> Json {
    json!({"label": "Agency time", "type": "quantity", "timing": "during", "unit": unit,
           "decimals": decimals, "max": "30"})
}

#[test]
fn each_asker_receives_its_own_unit_decimals_and_limits() {
    let template = asked(&[
        quantity("h", 2),
        quantity("{shift-12h}", 2),
        quantity("min", 0),
    ]);
    let given = answer(&template, json!({"number": "7.25", "unit": "h"}));
    let said: Vec<String> = delivered(&template, &given).iter().map(said).collect();
    assert_eq!(
        said,
        [
            "7.25 h [as-given]",
            "0.6 {shift-12h} [converted rounded]",
            "435 min [converted outside-limits]"
        ]
    );
}

#[test]
fn each_asker_receives_its_own_breakdown_or_total() {
    let count = |dimensions: &[&str]| {
        json!({"label": "Staff absent", "type": "count", "timing": "as-at",
               "breakdown": dimensions})
    };
    let template = asked(&[
        count(&[]),
        count(&["job_role"]),
        count(&["covid_absence_reason"]),
    ]);
    let by_role = json!({"dimensions": ["job_role"], "cells": [
        {"codes": ["nurse"], "value": "1"}, {"codes": ["care"], "value": "4"},
        {"codes": ["other"], "value": "0"}]});
    let by_reason = json!({"dimensions": ["covid_absence_reason"], "cells": [
        {"codes": ["unwell"], "value": "2"}, {"codes": ["isolating"], "value": "4"}]});
    let told = |said_: Json| -> Vec<String> {
        delivered(&template, &answer(&template, said_))
            .iter()
            .map(said)
            .collect()
    };
    assert_eq!(
        told(json!({"grids": [by_role]})),
        [
            "5 [summed]",
            "care=4 nurse=1 other=0 [as-given]",
            "5 [summed not-broken-down]"
        ]
    );
    let disagreeing = told(json!({"grids": [by_role, by_reason]}));
    assert!(
        disagreeing
            .iter()
            .all(|said| said.contains("totals-disagree"))
    );
    assert_eq!(
        told(json!({"number": "7"})),
        [
            "7 [as-given]",
            "7 [as-given not-broken-down]",
            "7 [as-given not-broken-down]"
        ]
    );
}

#[test]
fn each_asker_receives_its_own_codes_or_hears_that_it_has_none() {
    let choice = |options: &[(&str, &str)]| {
        let options: Vec<Json> = options
            .iter()
            .map(|(code, label)| json!({"code": code, "label": label}))
            .collect();
        json!({"label": "Gloves", "element": "ppe.gloves.level", "type": "choice",
               "timing": "as-at", "options": options})
    };
    let template = asked(&[
        choice(&[("R", "Red"), ("A", "Amber"), ("G", "Green")]),
        choice(&[("1", "red"), ("2", "green")]),
    ]);
    let given = answer(&template, json!({"options": ["AMBER"]}));
    let said: Vec<String> = delivered(&template, &given).iter().map(said).collect();
    assert_eq!(said, ["A| [as-given]", "|Amber [as-given not-an-option]"]);
}

#[test]
fn a_reason_reaches_every_asker() {
    let template = asked(&[quantity("h", 2), quantity("min", 0)]);
    let given = answer(
        &template,
        json!({"declined": "takes-too-long", "note": "paper rota"}),
    );
    for delivery in delivered(&template, &given) {
        assert_eq!(said(&delivery), "takes-too-long [declined]");
    }
}

#[test]
fn small_counts_of_residents_are_flagged_and_never_altered() {
    let field = json!({"label": "Deaths", "element": "deaths.covid.res", "type": "count",
                       "timing": "during"});
    let template = asked(&[field]);
    for (given, is_small) in [("0", false), ("1", true), ("4", true), ("5", false)] {
        let delivery = &delivered(&template, &answer(&template, json!({"number": given})))[0];
        assert_eq!(
            delivery.flags.contains(&Flag::DoNotPublish),
            is_small,
            "{given}"
        );
        assert!(said(delivery).starts_with(given));
    }
}

#[test]
fn a_number_too_long_for_the_askers_unit_is_delivered_as_stated() {
    let template = asked(&[quantity("h", 9), quantity("s", 9)]);
    let given = answer(&template, json!({"number": "999999999999999", "unit": "h"}));
    let said: Vec<String> = delivered(&template, &given).iter().map(said).collect();
    assert_eq!(said[1], "999999999999999 h [as-given outside-limits]");
}

proptest! {
    #[test]
    fn a_unit_or_precision_never_changes_silently_and_exact_conversions_go_back(
        mantissa in 0i64..10_000_000,
        scale in 0u32..4,
        stated in prop::sample::select(vec!["s", "min", "h", "d", "{shift-8h}", "{shift-12h}"]),
        wanted in prop::sample::select(vec!["s", "min", "h", "d", "{shift-8h}", "{shift-12h}"]),
        decimals in 0u32..5,
    ) {
        let template = asked(&[quantity(wanted, decimals), quantity(stated, 3)]);
        let value = Decimal::from_parts(i128::from(mantissa), scale).unwrap();
        let given = answer(&template, json!({"number": value.to_string(), "unit": stated}));
        let delivery = &delivered(&template, &given)[0];
        let Delivered::Number { total: Some(total), unit: Some(unit), .. } = delivery.value else {
            return Err(TestCaseError::fail("not a number"));
        };
        let stated: Unit = stated.parse().unwrap();
        prop_assert_eq!(delivery.flags.contains(&Flag::Converted), unit != stated);
        let back = convert_exact(total, unit, stated);
        prop_assert_eq!(back == Some(value), !delivery.flags.contains(&Flag::Rounded));
    }
}
