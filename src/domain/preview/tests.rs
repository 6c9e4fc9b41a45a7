//! What a preview says is what asking does: to a home that has answered all that is asked of it on
//! the forms of other periods, and nothing of this one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

use super::{Class, Fate, Preview, preview};
use crate::domain::answer::{Answer, Number, Said, Submission, Value};
use crate::domain::ask::{Ask, RawAsk, SharedAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::form::{Elsewhere, Form, FormSources, Need, Sheets, expected};
use crate::domain::home::{Home, RawHome};
use crate::domain::known::Web;
use crate::domain::link::Links;
use crate::domain::period::Period;
use crate::domain::template::{Entry, EntryId, Template};

/// Elements that follow from one another over two steps, by formula, band and sum.
fn dictionary() -> Dictionary {
    let states = ["a", "b", "c"].map(
        |id| json!({"id": id, "label": id, "type": "count", "timing": "as-at", "topic": "all"}),
    );
    let events = ["e", "f"].map(|id| {
        json!({"id": id, "label": id, "type": "count", "timing": "during", "topic": "all",
               "over_time": "sum"})
    });
    let others = json!([
        {"id": "s", "label": "s", "type": "count", "timing": "standing", "topic": "all"},
        {"id": "t", "label": "t", "type": "count", "timing": "as-at", "topic": "all",
         "formula": "a + b"},
        {"id": "u", "label": "u", "type": "count", "timing": "as-at", "topic": "all",
         "formula": "t + c"},
        {"id": "p", "label": "p", "type": "percentage", "decimals": 1, "timing": "as-at",
         "topic": "all", "formula": "100 * a / s"},
        {"id": "o", "label": "o", "type": "choice", "timing": "as-at", "topic": "all",
         "options": [{"code": "low", "label": "Low"}, {"code": "high", "label": "High"}],
         "bands": {"of": "p", "steps": [{"option": "low"}, {"option": "high", "from": "85"}]}},
        {"id": "r", "label": "r", "type": "count", "timing": "standing", "topic": "all",
         "register": "beds"},
        {"id": "w", "label": "w", "type": "count", "timing": "as-at", "topic": "all",
         "formula": "r - a"},
        {"id": "g", "label": "g", "type": "count", "timing": "during", "topic": "all",
         "formula": "e + f"},
    ]);
    let elements = states.into_iter().chain(events);
    let elements: Vec<_> = elements.chain(others.as_array().unwrap().clone()).collect();
    let raw = json!({
        "version": "1", "topics": [{"id": "all", "label": "All"}],
        "dimensions": [], "elements": elements,
    });
    let raw = serde_json::from_value(raw).unwrap();
    Dictionary::parse(raw).unwrap_or_else(|faults| panic!("{faults}"))
}

const ELEMENTS: [&str; 13] = [
    "a", "b", "c", "e", "f", "s", "t", "u", "p", "o", "g", "r", "w",
];
const CADENCES: [&str; 4] = ["daily", "weekly", "monthly", "quarterly"];
const REUSES: [&str; 3] = ["derive", "confirm", "always-ask"];

/// An ask: its cadence, and its fields' elements, with reuse and greatest age in days.
type Asked = (usize, BTreeMap<usize, (usize, Option<u32>)>);

fn any_ask() -> impl Strategy<Value = Asked> {
    let how = (0..5usize, prop::option::weighted(0.3, 1..12u32));
    let how = how.prop_map(|(reuse, age)| ([0, 0, 0, 1, 2][reuse], age));
    (
        0..CADENCES.len(),
        prop::collection::btree_map(0..ELEMENTS.len(), how, 1..6),
    )
}

fn ask(
    number: usize,
    (cadence, fields): &Asked,
    but: &BTreeSet<usize>,
    world: &World,
) -> SharedAsk {
    let field = |(element, (reuse, age)): (&usize, &(usize, Option<u32>))| {
        let id = ELEMENTS[*element];
        let element = world.dictionary.element(&id.parse().unwrap()).unwrap();
        let mut raw = json!({"name": id, "element": id, "label": id, "reuse": REUSES[*reuse],
            "type": element.field.kind.word().to_string(),
            "timing": element.field.timing.to_string()});
        if let (Some(age), "as-at") = (age, &*element.field.timing.to_string()) {
            raw["max_age_days"] = json!(age);
        }
        if id == "p" {
            raw["decimals"] = json!(1);
        }
        if id == "o" {
            raw["options"] = json!([{"code": "1", "label": "Low"}, {"code": "2", "label": "High"}]);
        }
        raw
    };
    let fields = fields.iter().enumerate();
    let fields = fields.filter(|(place, _)| !but.contains(place));
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": format!("body-{number}"), "ask": "ask", "purpose": "p", "legal_basis": "l",
        "cadence": CADENCES[*cadence], "from": "2026-01-01",
        "targets": {"areas": ["E08000009"]}, "fields": fields.map(|(_, own)| field(own)).collect::<Vec<_>>(),
    }))
    .unwrap();
    let ask = Ask::parse(raw, Some(&world.dictionary), date(2026, 1, 1));
    Arc::new(ask.unwrap_or_else(|faults| panic!("{faults}")))
}

struct World {
    dictionary: Dictionary,
    links: Links,
    home: Home,
}

impl World {
    fn new() -> Self {
        Self {
            dictionary: dictionary(),
            links: Links::default(),
            home: Home::parse(RawHome {
                cqc_id: "1-123456789".into(),
                name: "Rowan House".into(),
                area_code: "E08000009".into(),
                beds: "40".into(),
                ..RawHome::default()
            })
            .unwrap(),
        }
    }

    fn template(&self, period: Period, asks: &[SharedAsk]) -> Template {
        Template::of(period, asks, &self.dictionary, &self.links)
    }

    /// All that is asked on other forms near by, answered; but what this form asks too.
    fn sheets(&self, own: &Template, asks: &[SharedAsk]) -> Sheets {
        let (first, last) = (date(2026, 9, 1), date(2026, 12, 31));
        let periods = asks
            .iter()
            .flat_map(|ask| ask.schedule.periods_between(first, last));
        let periods: BTreeSet<Period> = periods.filter(|p| *p != own.body().period).collect();
        let mut sheets = Sheets::new();
        let mut sequence = 0;
        for period in periods {
            let form = self.template(period, asks);
            for entry in form
                .entries()
                .iter()
                .filter(|entry| own.entry(&entry.id).is_none())
            {
                sequence += 1;
                let submission = self.answered(entry, period, &form);
                let sheet = sheets.entry(entry.reference).or_default();
                Arc::make_mut(sheet).apply(&entry.reference, sequence, &submission);
            }
        }
        sheets
    }

    fn answered(&self, entry: &Entry, period: Period, form: &Template) -> Submission {
        let value = match entry.options().first() {
            Some(option) => Value::Options(BTreeSet::from([option.key.clone()])),
            None => Value::Number(Number {
                total: Some("1".parse().unwrap()),
                ..Number::default()
            }),
        };
        Submission {
            receipt: "r_1".into(),
            home: self.home.id.clone(),
            period,
            template: form.digest(),
            answered_by: String::new(),
            submitted_at: "2026-11-22T12:00:00Z".parse().unwrap(),
            answers: vec![Answer {
                entry: entry.id,
                question: entry.question,
                reference: entry.reference,
                on: None,
                said: Said::Value(value),
                worked_out: None,
            }],
            releases: Vec::new(),
        }
    }

    /// What the home has to answer on the form of a period once it has answered the others'; that the
    /// kernel expects just that is seen on the way.
    fn to_answer(&self, period: Period, asks: &[SharedAsk]) -> BTreeSet<EntryId> {
        let template = self.template(period, asks);
        let sheets = self.sheets(&template, asks);
        let form = Form::of(FormSources {
            template: Arc::new(template),
            sheets: &sheets,
            links: &self.links,
            dictionary: &self.dictionary,
            home: &self.home,
            before: &BTreeMap::new(),
            filings: Arc::default(),
            now: "2026-11-22T12:00".parse().unwrap(),
        });
        let entries = form.entries();
        let open = entries.filter(|(_, state)| state.need == Need::Answer);
        let open: BTreeSet<EntryId> = open.map(|(entry, _)| entry.id).collect();
        let web = Web::of(&self.dictionary, &self.links);
        let entries = form.template.entries();
        let shared: Vec<&SharedAsk> = asks.iter().collect();
        let mut elsewhere = Elsewhere::new(&self.links, &web);
        let elsewhere = elsewhere.of(entries, period, &shared, |_, _| true);
        let needs = expected(entries, elsewhere, &self.dictionary, &self.links);
        let needs = entries.iter().zip(needs);
        let needing = needs.filter(|(_, need)| *need == Need::Answer);
        let needing: BTreeSet<EntryId> = needing.map(|(entry, _)| entry.id).collect();
        assert_eq!(open, needing, "{:?}", form.entries);
        open
    }

    fn previewed(&self, own: &SharedAsk, period: Period, standing: &[SharedAsk]) -> Preview {
        let class = Class {
            homes: 1,
            services: BTreeSet::new(),
            asks: (0..standing.len()).collect(),
        };
        preview(
            own,
            period,
            standing,
            &[class],
            &self.dictionary,
            &self.links,
        )
    }
}

/// By how many questions more the home is asked, counted in a preview.
fn net(told: &Preview) -> i64 {
    let spared: u64 = told.spared.values().sum();
    i64::try_from(told.question_homes).unwrap() - i64::try_from(spared).unwrap()
}

/// Sees that what a preview says of an ask beside others is what asking does.
fn told_truly(standing: &[Asked], own: &Asked) -> Result<(), TestCaseError> {
    let world = World::new();
    let standing: Vec<SharedAsk> = standing
        .iter()
        .enumerate()
        .map(|(number, asked)| ask(number, asked, &BTreeSet::new(), &world))
        .collect();
    let submitted = |but: &BTreeSet<usize>| ask(9, own, but, &world);
    let whole = submitted(&BTreeSet::new());
    let period = whole.period_from(date(2026, 11, 22)).unwrap();
    let with = |more: SharedAsk| [&*standing, &[more]].concat();
    let before = world.to_answer(period, &standing).len();
    let grown = |asks: &[SharedAsk]| {
        let after = world.to_answer(period, asks).len();
        i64::try_from(after).unwrap() - i64::try_from(before).unwrap()
    };
    let told = world.previewed(&whole, period, &standing);
    prop_assert_eq!(net(&told), grown(&with(Arc::clone(&whole))));
    for (place, field) in told.fields.iter().enumerate() {
        prop_assert_eq!(field.fate == Fate::New, field.homes_new > 0);
        let missed: u64 = field.missed.values().sum();
        let saved = i64::try_from(field.saved).unwrap() - i64::try_from(missed).unwrap();
        let without = if told.fields.len() == 1 {
            0
        } else {
            grown(&with(submitted(&BTreeSet::from([place]))))
        };
        prop_assert_eq!(saved, net(&told) - without, "without {}", place);
    }
    prop_assert_eq!(told.dear.is_empty(), told.question_homes == 0);
    if !told.dear.is_empty() && told.dear.len() < told.fields.len() {
        let rest = world.previewed(&submitted(&told.dear), period, &standing);
        prop_assert_eq!(rest.question_homes, 0);
    }
    for kept in &told.dear {
        let mut but = told.dear.clone();
        but.remove(kept);
        let rest = world.previewed(&submitted(&but), period, &standing);
        prop_assert!(rest.question_homes > 0, "{} has to go too", kept);
    }
    Ok(())
}

#[test]
fn a_field_that_others_let_follow_is_saved_by_dropping_it_from_beside_its_parts() {
    // Others ask the sum and one part of it; this asks the other part, and the sum always.
    let standing = (3, BTreeMap::from([(4, (0, None)), (10, (0, None))]));
    let own = (3, BTreeMap::from([(3, (0, None)), (10, (2, None))]));
    told_truly(&[standing], &own).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_told_beforehand_is_what_asking_does(
        standing in prop::collection::vec(any_ask(), 0..4),
        own in any_ask(),
    ) {
        told_truly(&standing, &own)?;
    }
}
