//! Which entries stand together, what keeps them apart, and what of an answer is copied.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::{Value as Json, json};

use crate::domain::answer::{DeclineReason, Number, Said, Value};
use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::dictionary::{Dictionary, Element};
use crate::domain::digest::QuestionId;
use crate::domain::id::ElementId;
use crate::domain::link::{Decision, Links, Verdict};
use crate::domain::matcher::{Compared, Entry as Indexed, Index, Lexicon, Wording};
use crate::domain::template::{Entry, Template};

use super::{Finder, Pair, can_copy, copied, pairs, undecided};

static READY: LazyLock<(Vec<Arc<Element>>, Index)> = LazyLock::new(|| {
    let dictionary = Dictionary::starter();
    let elements: Vec<Arc<Element>> = dictionary.elements().cloned().collect();
    let entries: Vec<Indexed> = elements.iter().map(|own| own.as_entry()).collect();
    let index = Index::new(Lexicon::starter(), &entries);
    (elements, index)
});

fn found(template: &Template) -> Vec<Pair> {
    let (elements, index) = &*READY;
    let find = |wording: &Wording, limit: usize| -> Vec<(ElementId, Compared)> {
        let found = index.find(wording, limit).into_iter();
        found
            .map(|own| (elements[own.entry].id.clone(), own.compared))
            .collect()
    };
    let finder = Finder {
        index,
        dictionary: &Dictionary::starter(),
        find: &find,
    };
    pairs(template, finder)
}

fn ask(organisation: &str, fields: &Json) -> SharedAsk {
    let ask = json!({
        "organisation": organisation, "ask": "daily", "purpose": "to know",
        "legal_basis": "6(1)(e)", "cadence": "daily", "from": "2020-06-01",
        "targets": {"areas": ["E08000014"]}, "fields": fields,
    });
    let raw: RawAsk = serde_json::from_value(ask).unwrap();
    let starter = Dictionary::starter();
    Arc::new(Ask::parse(raw, Some(&starter), date(2020, 6, 1)).unwrap())
}

/// The template of bodies of which each asks one of these.
fn template(fields: &[Json]) -> Template {
    let asks = fields.iter().zip('a'..);
    let asks = asks.map(|(field, body)| {
        let mut field = field.clone();
        field["name"] = json!("x");
        ask(&body.to_string(), &json!([field]))
    });
    let asks: Vec<SharedAsk> = asks.collect();
    let period = "2020-06-03".parse().unwrap();
    Template::of(period, &asks, &Dictionary::starter(), &Links::default())
}

fn decided(id: &str, a: QuestionId, b: QuestionId, verdict: Verdict) -> Arc<Decision> {
    Arc::new(Decision {
        id: id.into(),
        a,
        b,
        verdict,
        options: Vec::new(),
        reason: String::new(),
        author: "t".into(),
        organisation: None,
        decided_at: Timestamp::UNIX_EPOCH,
        passed_over: BTreeMap::new(),
        suggested: None,
    })
}

fn count(label: &str) -> Json {
    json!({"label": label, "type": "count", "timing": "as-at"})
}

fn hours(label: &str, unit: &str, decimals: u32) -> Json {
    json!({"label": label, "type": "quantity", "unit": unit, "decimals": decimals,
           "timing": "during"})
}

fn choice(label: &str, options: &[&str]) -> Json {
    let options = options.iter().map(|own| json!({"code": own, "label": own}));
    json!({"label": label, "type": "choice", "timing": "as-at",
           "options": options.collect::<Vec<_>>()})
}

#[test]
fn what_is_likely_the_same_and_answered_alike_stands_together() {
    let beds = count("Beds in use");
    let hour = |unit| hours("Agency nursing hours", unit, 2);
    let mut events = count("Filled beds");
    events["timing"] = json!("during");
    let mut at_noon = count("Filled beds");
    at_noon["reference"] = json!("same@12:00");
    let table = [
        (
            "the same in other words",
            beds.clone(),
            count("Filled beds"),
            true,
        ),
        (
            "another state",
            beds.clone(),
            count("Number of vacant beds"),
            false,
        ),
        (
            "staff, not residents",
            count("Number of residents with flu"),
            count("Number of staff with flu"),
            false,
        ),
        ("another time", beds.clone(), at_noon, false),
        ("events, not a state", beds.clone(), events, false),
        (
            "another type",
            beds.clone(),
            json!({"label": "Filled beds", "type": "percentage", "timing": "as-at"}),
            false,
        ),
        (
            "by way of the element that the other is",
            beds,
            json!({"label": "x", "element": "beds.occupied", "type": "count", "timing": "as-at"}),
            true,
        ),
        (
            "in another unit of one dimension",
            hour("h"),
            hours("Agency RN hours", "min", 0),
            true,
        ),
        (
            "money is no time",
            hour("h"),
            json!({"label": "Agency RN hours", "type": "money", "unit": "GBP",
                "timing": "during"}),
            false,
        ),
        (
            "with other options",
            choice("PPE glove stock", &["Low", "High"]),
            choice("Stock of PPE gloves", &["Low", "Medium", "High"]),
            false,
        ),
    ];
    for (why, a, b, is) in table {
        let template = template(&[a, b]);
        assert_eq!(template.entries().len(), 2, "{why}");
        let pairs = found(&template);
        assert_eq!(!pairs.is_empty(), is, "{why}: {pairs:?}");
        let alike = undecided(&pairs, &template, &Links::default());
        assert_eq!(alike.len(), if is { 2 } else { 0 }, "{why}");
        for own in alike.values().flatten() {
            assert!(!own.explanation.is_empty(), "{why}");
        }
    }
}

#[test]
fn any_decision_of_the_two_keeps_them_apart_and_nothing_else_does() {
    let template = template(&[
        count("Beds in use"),
        json!({"label": "x", "element": "beds.occupied", "type": "count", "timing": "as-at"}),
        count("Number of vacant beds"),
    ]);
    let question = |label: &str| {
        let mut entries = template.entries().iter();
        entries
            .find(|own| own.wording.value.contains(label))
            .unwrap()
            .question
    };
    let element = template
        .entries()
        .iter()
        .find(|own| own.element.is_some())
        .unwrap();
    let (own, vacant) = (question("Beds in use"), question("vacant"));
    let pairs = found(&template);
    let together = |decisions: Vec<Arc<Decision>>| {
        !undecided(&pairs, &template, &Links::of(decisions)).is_empty()
    };
    assert!(together(vec![]));
    for verdict in [Verdict::Same, Verdict::Related, Verdict::Different] {
        let decision = decided("1", own, element.question, verdict);
        assert!(!together(vec![decision]), "{verdict:?}");
        let turned = decided("1", element.question, own, verdict);
        assert!(!together(vec![turned]), "{verdict:?}");
    }
    assert!(together(vec![decided(
        "1",
        own,
        vacant,
        Verdict::Different
    )]));
    // Of what is one with the one, a decision speaks too.
    let other = QuestionId::from_bytes([7; 20]);
    let joined = decided("1", own, other, Verdict::Same);
    let apart = decided("2", other, element.question, Verdict::Different);
    assert!(together(vec![joined.clone()]));
    assert!(!together(vec![joined, apart]));
}

#[test]
fn finding_changes_no_template() {
    let fields = [count("Beds in use"), count("Filled beds")];
    let one = template(&fields);
    let pairs = found(&one);
    assert_eq!(pairs, found(&one), "it is found alike each time");
    assert_eq!(template(&fields).bytes(), one.bytes());
}

/// The two entries of a template, by the fields that they are asked with.
fn two(a: Json, b: Json) -> (Entry, Entry) {
    let template = template(&[a, b]);
    let of = |body: &str| {
        let mut entries = template.entries().iter();
        let asks = |own: &&Entry| own.demands[0].ask.organisation.as_str() == body;
        entries.find(asks).unwrap().clone()
    };
    (of("a"), of("b"))
}

#[test]
fn numbers_are_copied_in_a_unit_that_the_other_takes() {
    for (value, from, to, decimals, copy, rounded) in [
        ("1.5", "h", "min", 0, "90", false),
        ("90", "min", "h", 2, "1.5", false),
        ("12", "h", "h", 0, "12", false),
        ("100", "min", "h", 2, "1.67", true),
        ("2", "{shift-12h}", "h", 0, "24", false),
    ] {
        let (from, to) = two(
            hours("Hours of rest", from, 2),
            hours("Rest time", to, decimals),
        );
        let number = Number {
            total: Some(value.parse().unwrap()),
            unit: from.number().unwrap().unit.as_ref().map(|own| own.value),
            grids: Vec::new(),
        };
        let copied = copied(&Said::Value(Value::Number(number)), &from, &to).unwrap();
        let Said::Value(Value::Number(number)) = copied.said else {
            panic!("{copied:?}");
        };
        assert_eq!(number.total, Some(copy.parse().unwrap()), "{value}");
        assert_eq!(
            number.unit,
            to.number().unwrap().unit.as_ref().map(|own| own.value)
        );
        assert_eq!(copied.is_rounded, rounded, "{value}");
    }
}

#[test]
fn options_are_copied_by_their_labels_and_reasons_as_they_are() {
    let (from, to) = two(
        choice("Gloves", &["Low", "High"]),
        choice("Gloves left", &["high", "LOW"]),
    );
    let low = Said::Value(Value::Options(["low".to_owned()].into()));
    let copy = copied(&low, &from, &to).unwrap().said;
    assert_eq!(copy, low);
    let declined = Said::Declined {
        reason: DeclineReason::NotHeld,
        note: "the office has it".into(),
    };
    assert_eq!(copied(&declined, &from, &to).unwrap().said, declined);
    let (from, to) = two(
        choice("Gloves", &["Low"]),
        choice("Gloves left", &["Low", "High"]),
    );
    assert_eq!(copied(&low, &from, &to), None);
}

#[test]
fn a_text_of_several_lines_is_copied_on_one_where_there_is_one() {
    let text = |label: &str, lines: &str| json!({"label": label, "type": "text", "timing": "as-at", "lines": lines});
    let (from, to) = two(text("Anything else?", "multi"), text("Comments", "single"));
    let said = |text: &str| Said::Value(Value::Text(text.into()));
    let copy = copied(&said("one\n two"), &from, &to).unwrap();
    assert_eq!(copy.said, said("one two"));
    assert_eq!(copied(&said("one"), &to, &from).unwrap().said, said("one"));
}

#[test]
fn boxes_are_copied_only_to_equal_boxes() {
    let by = |label: &str, breakdown: Json| {
        let mut field = count(label);
        field["breakdown"] = breakdown;
        field
    };
    let role = || json!(["job_role"]);
    let (a, b) = two(by("Staff at work", role()), by("Staff on duty", role()));
    assert!(can_copy(&a, &b));
    let (a, b) = two(by("Staff at work", role()), count("Staff on duty"));
    assert!(!can_copy(&a, &b) && !can_copy(&b, &a));
}
