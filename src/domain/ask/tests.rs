//! What is wrong with an ask, as a table: every fault at its place.

use jiff::civil::date;
use serde_json::{Value as Json, json};

use super::*;
use crate::domain::period::{EARLIEST, LATEST};

fn good() -> Json {
    json!({
        "organisation": "sefton-council", "ask": "daily", "purpose": "mutual aid",
        "legal_basis": "6(1)(e)", "cadence": "daily", "from": "2020-06-01",
        "window": {"opens": "start", "closes": "end+1d@11:00", "roll": false},
        "targets": {"homes": ["1-466088203"]},
        "fields": [
            {"name": "B1", "label": "Beds", "type": "count", "timing": "as-at"},
            {"name": "B2", "label": "Beds", "definition": "Filled ones.", "type": "count",
             "timing": "as-at"}
        ]
    })
}

fn parse(ask: Json) -> Result<Ask, Faults> {
    let raw: RawAsk = serde_json::from_value(ask).unwrap();
    Ask::parse(raw, Some(&Dictionary::starter()), date(2020, 6, 1))
}

/// The faults of the good ask with one member replaced.
fn faults_with(pointer: &str, value: Json) -> String {
    let mut ask = good();
    *ask.pointer_mut(pointer).expect("the table names a member") = value;
    match parse(ask) {
        Ok(_) => "none".into(),
        Err(faults) => {
            let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
            paths.join(" ")
        }
    }
}

#[test]
fn an_ask_has_days_from_its_first_period_to_its_last() {
    let cases = [
        (
            json!({"cadence": "daily", "from": "2020-06-01"}),
            "2020-06-01 ever",
        ),
        (
            json!({"cadence": "daily", "from": "2020-06-01", "until": "2020-06-03"}),
            "2020-06-01 2020-06-03",
        ),
        (
            json!({"cadence": "monthly", "from": "2020-06-20", "until": "2020-07-02"}),
            "2020-06-01 2020-07-31",
        ),
        (
            json!({"cadence": "weekly", "from": "2020-06-03", "expires_on": "2020-06-09"}),
            "2020-06-01 2020-06-14",
        ),
        (json!({"periods": ["2020-06-03"]}), "2020-06-03 2020-06-03"),
        (
            // The longest is not the last one by name, and a year between is not asked for.
            json!({"periods": ["2022-06-03", "2020-06", "2022-Q2", "2020-06-03"]}),
            "2020-06-01 2022-06-30",
        ),
    ];
    for (schedule, expected) in cases {
        let mut ask = good();
        let members = ask.as_object_mut().unwrap();
        members.remove("cadence");
        members.remove("from");
        members.extend(schedule.as_object().unwrap().clone());
        let schedule = parse(ask).unwrap().schedule;
        let (first, last) = schedule.days();
        let text = match last {
            jiff::civil::Date::MAX => format!("{first} ever"),
            last => format!("{first} {last}"),
        };
        assert_eq!(text, expected);
        let outside = schedule.periods_between(EARLIEST, first.yesterday().unwrap());
        assert_eq!(outside, []);
        if last < LATEST {
            let outside = schedule.periods_between(last.tomorrow().unwrap(), LATEST);
            assert_eq!(outside, []);
        }
    }
}

#[test]
fn every_fault_of_an_ask_is_named_with_its_place() {
    let long = "x".repeat(3_000);
    let cases = [
        ("/organisation", json!("Sefton!"), "organisation"),
        ("/ask", json!("a b"), "ask"),
        ("/ask", json!(""), "none"),
        ("/purpose", json!("  "), "purpose"),
        ("/purpose", json!(long), "purpose"),
        ("/legal_basis", json!(""), "legal_basis"),
        ("/cadence", json!(""), "cadence"),
        ("/cadence", json!("hourly"), "cadence"),
        ("/from", json!("2020-06-31"), "from"),
        ("/window/opens", json!("begin"), "window.opens"),
        ("/window/closes", json!("start-9d"), "window"),
        ("/targets", json!({}), "targets"),
        ("/targets/homes", json!(["466"]), "targets.homes[0]"),
        (
            "/targets/homes",
            json!(["1-466088203", "homes/1-466088203"]),
            "targets.homes[1]",
        ),
        ("/targets", json!({"areas": ["Sefton"]}), "targets.areas[0]"),
        ("/fields", json!([]), "fields"),
        ("/fields/1/name", json!("B1"), "fields[1].name"),
        ("/fields/1/name", json!(""), "fields[1].name"),
        ("/fields/1/definition", json!("?"), "fields[1]"),
        ("/fields/1/label", json!("?!"), "fields[1].label"),
        ("/fields/1/type", json!("number"), "fields[1].type"),
        ("/fields/1/timing", json!("now"), "fields[1].timing"),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(
            faults_with(pointer, value.clone()),
            expected,
            "{pointer} {value}"
        );
    }
}

#[test]
fn faults_of_all_parts_are_named_at_once() {
    let mut ask = good();
    ask["organisation"] = json!("?");
    ask["purpose"] = json!("");
    ask["fields"][0] = json!({"name": "B1", "label": "", "type": "quantity", "timing": "as-at",
                              "unit": "parsec", "min": "9", "max": "1"});
    ask["fields"][1]["element"] = json!("beds.nowhere");
    ask["fields"][1]["breakdown"] = json!(["star_sign"]);
    let faults = parse(ask).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    for expected in [
        "organisation",
        "purpose",
        "fields[0].label",
        "fields[0].unit",
        "fields[1].definition",
    ] {
        assert!(paths.contains(&expected), "{expected} not among {paths:?}");
    }
}

#[test]
fn an_element_in_conflict_with_its_field_is_refused() {
    let with = |field: Json| {
        let mut ask = good();
        ask["fields"] = json!([field]);
        parse(ask).map(|_| ()).map_err(|faults| faults.to_string())
    };
    let field = |element: &str, kind: &str, timing: &str| json!({"name": "x", "label": "x", "element": element, "type": kind, "timing": timing});
    assert_eq!(with(field("beds.occupied", "count", "as-at")), Ok(()));
    let wrong = with(field("beds.occupied", "yes-no", "during")).unwrap_err();
    assert!(
        wrong.contains("fields[0].type: beds.occupied is a count, not a yes-no"),
        "{wrong}"
    );
    assert!(
        wrong.contains("fields[0].timing: beds.occupied is as-at, not during"),
        "{wrong}"
    );
    let unknown = with(field("beds.nowhere", "count", "as-at")).unwrap_err();
    assert!(unknown.contains("fields[0].element"), "{unknown}");
}

#[test]
fn an_identical_ask_has_the_same_content_under_any_id() {
    let one = parse(good()).unwrap();
    let mut renamed = good();
    renamed["ask"] = json!("other");
    assert_eq!(parse(renamed).unwrap().content, one.content);
    let mut reworded = good();
    reworded["fields"][0]["label"] = json!("beds");
    assert_ne!(parse(reworded).unwrap().content, one.content);
}

#[test]
fn an_ask_is_asked_for_the_periods_of_its_cadence_from_its_first_day_on() {
    let ask = parse(good()).unwrap();
    let includes = |period: &str| ask.schedule.includes(&period.parse().unwrap());
    assert!(includes("2020-06-01"));
    assert!(!includes("2020-05-31"));
    assert!(!includes("2020-06"));
    let between = ask
        .schedule
        .periods_between(date(2020, 5, 30), date(2020, 6, 3));
    assert_eq!(between.len(), 3);
}

#[test]
fn look_backs_of_an_ask_on_completion_end_on_completion() {
    let mut ask = good();
    for place in [0, 1] {
        ask["fields"][place]["moment"] = json!("on-completion");
    }
    assert!(parse(ask).unwrap().is_on_completion());
    assert!(!parse(good()).unwrap().is_on_completion());
}
