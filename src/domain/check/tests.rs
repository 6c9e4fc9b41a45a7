//! What can and what cannot be an answer, as a table.

use std::sync::Arc;

use jiff::civil::date;
use serde_json::{Value as Json, json};

use super::*;
use crate::domain::ask::{Ask, RawAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::link::Links;
use crate::domain::template::Template;

fn template() -> Template {
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": "o", "ask": "daily", "purpose": "p", "legal_basis": "l",
        "cadence": "daily", "targets": {"areas": ["E08000014"]},
        "window": {"opens": "start", "closes": "end+1d"},
        "fields": [
            {"name": "count", "label": "A count", "type": "count", "timing": "as-at",
             "min": "0", "max": "10"},
            {"name": "hours", "label": "B hours", "type": "quantity", "unit": "h",
             "timing": "during"},
            {"name": "grid", "label": "C grid", "type": "count", "timing": "as-at",
             "breakdown": ["covid_absence_reason"]},
            {"name": "yes", "label": "D yes", "type": "yes-no", "timing": "as-at"},
            {"name": "day", "label": "E day", "type": "date", "timing": "as-at",
             "earliest": "2020-01-01"},
            {"name": "text", "label": "F text", "type": "text", "timing": "as-at",
             "max_length": 5},
            {"name": "choice", "label": "G choice", "type": "choice", "timing": "as-at",
             "options": [{"code": "r", "label": "Red"}, {"code": "g", "label": "Green"}]},
            {"name": "done", "label": "H done", "type": "yes-no", "timing": "as-at",
             "moment": "on-completion"}
        ],
    }))
    .unwrap();
    let starter = Dictionary::starter();
    let ask = Ask::parse(raw, Some(&starter), date(2020, 6, 1)).unwrap();
    let asks = [Arc::new(ask)];
    Template::of(
        "2020-06-03".parse().unwrap(),
        &asks,
        &starter,
        &Links::default(),
    )
}

/// What checking says: faults by path, or how many warnings there are.
fn outcome(field: &str, mut said: Json) -> String {
    let template = template();
    let of_field = |entry: &&Entry| entry.demands[0].field.name.as_str() == field;
    let entry = template.entries().iter().find(of_field).unwrap();
    said["entry"] = json!(entry.id);
    let raw = serde_json::from_value(said).unwrap();
    match check(&raw, entry, None, date(2020, 6, 3)) {
        Ok(checked) => format!("{} warnings", checked.warnings.len()),
        Err(faults) => {
            let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
            format!("at {}", paths.join(" "))
        }
    }
}

#[test]
fn an_answer_is_kept_warned_about_or_refused() {
    let boxes = |unwell: &str, isolating: Option<&str>| {
        let mut cells = vec![json!({"codes": ["unwell"], "value": unwell})];
        cells.extend(isolating.map(|n| json!({"codes": ["isolating"], "value": n})));
        json!({"grids": [{"dimensions": ["covid_absence_reason"], "cells": cells}]})
    };
    let cases = [
        ("count", json!({"number": "0"}), "0 warnings"),
        ("count", json!({"number": "11"}), "1 warnings"),
        ("count", json!({"number": "1.5"}), "at number"),
        ("count", json!({"number": "-1"}), "at number"),
        ("count", json!({"number": "ten"}), "at number"),
        ("count", json!({"number": "1", "unit": "h"}), "at unit"),
        ("count", json!({}), "at "),
        ("count", json!({"number": "1", "text": "x"}), "at "),
        ("count", json!({"text": "one"}), "at text"),
        ("count", json!({"declined": "not-held"}), "0 warnings"),
        ("count", json!({"declined": "busy"}), "at declined"),
        ("count", json!({"number": "1", "note": "x"}), "at note"),
        ("count", json!({"number": "1", "on": "2020-06-03"}), "at on"),
        ("count", json!({"confirm": true}), "at confirm"),
        (
            "hours",
            json!({"number": "90.5", "unit": "min"}),
            "0 warnings",
        ),
        ("hours", json!({"number": "1", "unit": "kg"}), "at unit"),
        ("hours", json!({"number": "1", "unit": "hours"}), "at unit"),
        ("grid", boxes("1", Some("2")), "0 warnings"),
        ("grid", boxes("1", None), "at grids[0].cells"),
        ("grid", boxes("x", Some("2")), "at grids[0].cells[0].value"),
        ("grid", json!({"number": "3"}), "0 warnings"),
        ("yes", json!({"yes_no": false}), "0 warnings"),
        ("day", json!({"date": "2019-12-31"}), "1 warnings"),
        ("day", json!({"date": "2020-02-30"}), "at date"),
        ("text", json!({"text": "longer"}), "1 warnings"),
        ("text", json!({"text": "  "}), "at text"),
        ("text", json!({"text": "a\u{0}b"}), "at text"),
        ("choice", json!({"options": ["green"]}), "0 warnings"),
        ("choice", json!({"options": ["blue"]}), "at options[0]"),
        ("choice", json!({"options": []}), "at options"),
        ("choice", json!({"options": ["red", "green"]}), "at options"),
        ("done", json!({"yes_no": true}), "0 warnings"),
        (
            "done",
            json!({"yes_no": true, "on": "2020-06-04"}),
            "0 warnings",
        ),
        ("done", json!({"yes_no": true, "on": "2020-06-05"}), "at on"),
        ("done", json!({"yes_no": true, "on": "4 June"}), "at on"),
    ];
    for (field, said, expected) in cases {
        assert_eq!(outcome(field, said.clone()), expected, "{field} {said}");
    }
}
