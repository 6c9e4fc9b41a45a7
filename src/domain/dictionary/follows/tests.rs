//! Tables of what may follow from what, in one small dictionary.

use super::super::{Dictionary, RawBand};
use super::*;

/// One element of each kind that matters, by id, type, timing and unit.
const ELEMENTS: [(&str, &str, &str, &str); 18] = [
    ("beds", "count", "standing", ""),
    ("name", "text", "standing", ""),
    ("services", "choices", "standing", ""),
    ("taken", "count", "as-at", ""),
    ("free", "count", "as-at", ""),
    ("share", "percentage", "as-at", ""),
    ("level", "choice", "as-at", ""),
    ("open", "yes-no", "as-at", ""),
    ("posts", "quantity", "as-at", "{wte}"),
    ("falls", "count", "during", ""),
    ("days", "quantity", "during", "d"),
    ("hours", "quantity", "during", "h"),
    ("cost", "money", "during", "GBP"),
    ("rate", "quantity", "during", "1"),
    ("leavers", "count", "during:P12M", ""),
    ("turnover", "percentage", "during:P12M", ""),
    ("leavers7", "count", "during:P7D", ""),
    ("old", "count", "as-at", ""),
];

fn small() -> RawDictionary {
    let text = r#"{"version": "1", "topics": [{"id": "t", "label": "T"}],
        "dimensions": [{"id": "role", "label": "Role", "codes": [
          {"code": "nurse", "label": "Nurses"}, {"code": "65_74", "label": "65 to 74"}]}],
        "elements": []}"#;
    let mut raw: RawDictionary = serde_json::from_str(text).unwrap();
    for (id, kind, timing, unit) in ELEMENTS {
        let option = |code: &str| crate::domain::field_type::ChoiceOption {
            code: code.into(),
            label: code.into(),
        };
        let is_choice = kind.starts_with("choice");
        raw.elements.push(RawElement {
            id: id.into(),
            label: format!("What about {id}?"),
            kind: kind.into(),
            timing: timing.into(),
            topic: "t".into(),
            unit: (!unit.is_empty()).then(|| unit.into()),
            options: is_choice.then(|| ["low", "high", "full"].map(option).to_vec()),
            dimensions: match id {
                "taken" | "hours" => vec!["role".parse().unwrap()],
                _ => Vec::new(),
            },
            ..RawElement::default()
        });
    }
    raw.elements[17].retired = Some(super::super::Retirement {
        on: jiff::civil::date(2026, 11, 1),
        reason: String::new(),
        successor: Some("taken".parse().unwrap()),
    });
    raw
}

fn row<'a>(raw: &'a mut RawDictionary, id: &str) -> &'a mut RawElement {
    raw.elements.iter_mut().find(|row| row.id == id).unwrap()
}

/// The faults of the dictionary, without the place of the row; those of several are joined.
fn told(raw: RawDictionary) -> String {
    let Err(faults) = Dictionary::parse(raw) else {
        return String::new();
    };
    let one = |fault: &crate::domain::fault::Fault| {
        let within = fault.path.split_once("].").map_or("", |(_, within)| within);
        format!("{within}: {}", fault.message)
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn with_formula(id: &str, formula: &str) -> String {
    let mut raw = small();
    row(&mut raw, id).formula = Some(formula.into());
    told(raw)
}

#[test]
fn formulas_that_make_sense_are_taken() {
    for (id, formula) in [
        ("share", "100 * taken / beds"),
        ("free", "beds - taken"),
        (
            "free",
            "sum(taken[role=nurse], taken[role=65_74]) + old[role=x] * 0",
        ),
        ("rate", "1000 * falls / beds"),
        ("hours", "days"),
        ("hours", "days - hours[role=nurse] + 2 * days"),
        ("cost", "cost * hours / days"),
        ("turnover", "100 * leavers / beds"),
        ("beds", "2 * beds.registered"),
        ("posts", "posts * 1"),
    ] {
        let expected = match formula {
            "cost * hours / days" => "formula: cost would follow from itself",
            "days - hours[role=nurse] + 2 * days" => "formula: hours would follow from itself",
            "posts * 1" => "formula: posts would follow from itself",
            "2 * beds.registered" => {
                "formula: \"beds.registered\" is not an element of the dictionary"
            }
            _ if formula.contains("old") => {
                "formula: old is retired since 2026-11-01; use taken\n\
                 formula: old is not broken down by role"
            }
            _ => "",
        };
        assert_eq!(with_formula(id, formula), expected, "{id} = {formula}");
    }
}

/// An element, a formula that it cannot have, and why.
const FAULTY_FORMULAS: &[(&str, &str, &str)] = &[
    (
        "free",
        "beds -",
        "column 7: expected an element, a number, sum(…) or (, found the end",
    ),
    (
        "free",
        "beds-taken",
        "\"beds-taken\" is not an element of the dictionary; a minus between two elements needs white space on both sides",
    ),
    ("free", "beds - open", "open is a yes-no, not a number"),
    ("free", "beds - level", "level is a choice, not a number"),
    (
        "free",
        "falls + 1",
        "falls is during: what is as-at follows only from elements that are as-at or standing",
    ),
    (
        "free",
        "leavers + 1",
        "leavers is during:P12M: what is as-at follows only from elements that are as-at or standing",
    ),
    (
        "falls",
        "taken + 1",
        "taken is as-at: what is during follows only from elements that are during or standing",
    ),
    (
        "falls",
        "leavers + 1",
        "leavers is during:P12M: what is during follows only from elements that are during or standing",
    ),
    (
        "leavers",
        "leavers7 * 4",
        "leavers7 is during:P7D: what is during:P12M follows only from elements that are during:P12M or standing",
    ),
    (
        "leavers",
        "falls",
        "falls is during: what is during:P12M follows only from elements that are during:P12M or standing",
    ),
    (
        "beds",
        "taken",
        "taken is as-at: what is standing follows only from standing elements",
    ),
    (
        "free",
        "taken[shift=day]",
        "taken is not broken down by shift",
    ),
    (
        "free",
        "taken[role=care]",
        "\"care\" is not a code of role: expected one of nurse, 65_74",
    ),
    (
        "falls",
        "hours + cost",
        "adds or subtracts s and GBP, which measure different things",
    ),
    (
        "falls",
        "hours + 1",
        "adds or subtracts s and a plain number, which measure different things",
    ),
    (
        "falls",
        "cost / hours",
        "makes GBP/s, and falls is a plain number",
    ),
    (
        "falls",
        "1 / (hours * days)",
        "makes 1/s^2, and falls is a plain number",
    ),
    ("hours", "falls * 2", "makes a plain number, and hours is s"),
    ("cost", "rate", "makes a plain number, and cost is GBP"),
    ("free", "posts", "makes {wte}, and free is a plain number"),
    (
        "level",
        "taken",
        "only a number follows by a formula, not a choice",
    ),
    (
        "name",
        "beds",
        "only a number follows by a formula, not a text",
    ),
    (
        "free",
        "taken / (beds - beds)",
        "column 9: this is nought whatever the parts are: nothing is divided by nought",
    ),
];

#[test]
fn a_formula_with_a_fault_is_told_which() {
    for (id, formula, expected) in FAULTY_FORMULAS {
        let expected = format!("formula: {expected}");
        assert_eq!(with_formula(id, formula), expected, "{id} = {formula}");
    }
}

#[test]
fn every_fault_of_a_formula_is_told_at_once_and_of_each_part_once() {
    assert_eq!(
        with_formula("free", "open * falls + open[x=y] + nothing"),
        "formula: open is a yes-no, not a number\n\
         formula: falls is during: what is as-at follows only from elements that are as-at or standing\n\
         formula: open is not broken down by x\n\
         formula: \"nothing\" is not an element of the dictionary"
    );
}

#[test]
fn a_part_that_is_faulty_itself_is_told_there_alone_and_a_retired_element_keeps_its_formula() {
    let mut raw = small();
    row(&mut raw, "taken").label = "?".into();
    row(&mut raw, "free").formula = Some("beds - taken".into());
    assert!(!told(raw).contains("formula"));
    let mut raw = small();
    row(&mut raw, "taken").retired = row(&mut raw, "old").retired.clone();
    row(&mut raw, "old").formula = Some("beds - taken".into());
    assert_eq!(told(raw), "");
}

#[test]
fn what_follows_from_itself_is_told_by_its_way_round() {
    let mut raw = small();
    row(&mut raw, "taken").formula = Some("beds - free".into());
    row(&mut raw, "free").formula = Some("old * 2".into());
    row(&mut raw, "old").retired = None;
    row(&mut raw, "old").formula = Some("taken + free[role=nurse]".into());
    row(&mut raw, "free").dimensions = vec!["role".parse().unwrap()];
    row(&mut raw, "share").formula = Some("taken / free".into());
    row(&mut raw, "hours").formula = Some("days".into());
    row(&mut raw, "days").formula = Some("hours / 2".into());
    assert_eq!(
        told(raw),
        "formula: would follow from itself: taken → free → old → taken\n\
         formula: would follow from itself: days → hours → days"
    );
    // One box is read as given: it closes no circle.
    let mut raw = small();
    row(&mut raw, "free").formula = Some("beds - taken[role=nurse]".into());
    row(&mut raw, "taken").formula = Some("beds - free".into());
    assert_eq!(told(raw), "");
}

#[test]
fn a_chain_has_so_many_steps_and_no_more() {
    let chain = |steps: usize| {
        let mut raw = small();
        let first = row(&mut raw, "taken").clone();
        for step in 1..=steps {
            let before = if step == 1 {
                "taken".into()
            } else {
                format!("a{}", step - 1)
            };
            raw.elements.push(RawElement {
                id: format!("a{step}"),
                formula: Some(format!("{before} + 1")),
                ..first.clone()
            });
        }
        told(raw)
    };
    assert_eq!(chain(FOLLOWS_STEPS_MAX), "");
    let expected = "formula: follows from what is given by more than 16 steps";
    assert_eq!(chain(FOLLOWS_STEPS_MAX + 1), expected);
    assert_eq!(chain(2_000), expected, "and nothing overflows");
}

fn bands(of: &str, steps: &[(&str, &str)]) -> RawBands {
    let step = |(option, from): &(&str, &str)| RawBand {
        option: (*option).into(),
        from: (!from.is_empty()).then(|| from.parse().unwrap()),
    };
    RawBands {
        of: of.into(),
        steps: steps.iter().map(step).collect(),
    }
}

#[test]
fn bands_are_options_by_ascending_numbers() {
    for (of, steps, expected) in [
        ("share", &[("low", ""), ("high", "85")][..], ""),
        (
            "share",
            &[("low", "0"), ("high", "85"), ("full", "100")],
            "",
        ),
        ("beds", &[("full", "-1"), ("low", "2.5")], ""),
        (
            "share",
            &[("low", "")],
            "bands.steps: bands need two options at least",
        ),
        ("share", &[], "bands.steps: bands need two options at least"),
        (
            "share",
            &[("low", ""), ("high", "")],
            "bands.steps[1].from: is missing; only the first option takes any number",
        ),
        (
            "share",
            &[("low", "10"), ("high", "10.0")],
            "bands.steps[1].from: 10 is not more than 10, where the option before begins",
        ),
        (
            "share",
            &[("low", ""), ("top", "9")],
            "bands.steps[1].option: \"top\" is not an option: expected one of low, high, full",
        ),
        (
            "share",
            &[("low", ""), ("low", "9")],
            "bands.steps[1].option: \"low\" is given twice",
        ),
        (
            "open",
            &[("low", ""), ("high", "9")],
            "bands.of: open is a yes-no, not a number",
        ),
        (
            "falls",
            &[("low", ""), ("high", "9")],
            "bands.of: falls is during: what is as-at follows only from elements that are as-at or standing",
        ),
        (
            "level",
            &[("low", ""), ("high", "9")],
            "bands.of: level would follow from itself",
        ),
        (
            "none",
            &[("low", ""), ("high", "9")],
            "bands.of: \"none\" is not an element of the dictionary",
        ),
        (
            "?",
            &[("low", ""), ("high", "9")],
            "bands.of: \"?\" is not an element id: at most 64 characters, lower-case parts joined by dots, such as beds.occupied",
        ),
    ] {
        let mut raw = small();
        row(&mut raw, "level").bands = Some(bands(of, steps));
        assert_eq!(told(raw), expected, "{of} {steps:?}");
    }
}

#[test]
fn bands_are_of_a_choice_and_beside_no_formula() {
    let mut raw = small();
    row(&mut raw, "share").bands = Some(bands("taken", &[("low", ""), ("high", "9")]));
    row(&mut raw, "share").formula = Some("taken".into());
    assert_eq!(
        told(raw),
        "bands: an element follows by a formula or by bands, not by both\n\
         bands: only a choice follows by bands, not a percentage"
    );
}

#[test]
fn bands_begin_in_the_unit_of_their_number() {
    let mut raw = small();
    let element = row(&mut raw, "level");
    element.timing = "during".into();
    element.bands = Some(bands("days", &[("low", ""), ("high", "2")]));
    let dictionary = Dictionary::parse(raw).unwrap();
    let level = dictionary.element(&"level".parse().unwrap()).unwrap();
    let Some(Follows::Bands(bands)) = &level.follows else {
        panic!("{level:?}");
    };
    let hours = |hours: u32| {
        let unit = Some("h".parse().unwrap());
        crate::domain::estimate::Estimate::stated(hours.into(), 0, unit).unwrap()
    };
    assert_eq!(bands.option_for(&hours(47)), Some("low"));
    assert_eq!(bands.option_for(&hours(48)), Some("high"));
}

#[test]
fn the_register_says_standing_facts_of_its_own_kind() {
    for (id, fact, expected) in [
        ("name", RegisterFact::Name, ""),
        ("name", RegisterFact::Provider, ""),
        ("beds", RegisterFact::Beds, ""),
        ("services", RegisterFact::Services, ""),
        (
            "beds",
            RegisterFact::Name,
            "register: says a name: expected an element of type text, not count",
        ),
        (
            "name",
            RegisterFact::Services,
            "register: says services: expected an element of type choices, not text",
        ),
        (
            "taken",
            RegisterFact::Beds,
            "register: the register says what stands until it changes, not what is as-at",
        ),
        (
            "share",
            RegisterFact::Beds,
            "register: says how many beds: expected an element of type count, not percentage\nregister: the register says what stands until it changes, not what is as-at",
        ),
    ] {
        let mut raw = small();
        row(&mut raw, id).register = Some(fact);
        assert_eq!(told(raw), expected, "{id} {fact:?}");
    }
}

#[test]
fn only_what_happens_in_a_span_adds_up_over_time_and_no_share_or_rate() {
    let share = "over_time: only how many, how much and how much money add up over time: no share, \
                 no rate, nothing that is not a number";
    let timing = |is: &str| {
        format!("over_time: only what is during a span adds up over time, not what is {is}")
    };
    for (id, expected) in [
        ("falls", String::new()),
        ("hours", String::new()),
        ("cost", String::new()),
        ("rate", share.to_owned()),
        ("taken", timing("as-at")),
        ("beds", timing("standing")),
        ("leavers", timing("during:P12M")),
        ("turnover", format!("{share}\n{}", timing("during:P12M"))),
        ("open", format!("{share}\n{}", timing("as-at"))),
    ] {
        let mut raw = small();
        row(&mut raw, id).over_time = Some(OverTime::Sum);
        assert_eq!(told(raw), expected, "{id}");
    }
}
