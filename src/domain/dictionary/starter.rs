//! What holds of the starter dictionary: how much it says, and that it adds up nothing that does
//! not add up. A wrong mark here would be a wrong figure to a regulator.

use std::collections::BTreeSet;

use super::{Dictionary, RawElement};
use crate::domain::home::RegisterFact;
use crate::domain::text::normalise;

/// Words of numbers that do not add up over time: in two shorter spans, the same person or thing
/// may be counted twice; shares and averages are no sums at all.
const NOT_SUMMED: [&str; 12] = [
    "once",
    "however often",
    "each resident",
    "each person",
    "each decision",
    "at least one",
    "percentage",
    "average",
    "divided",
    "for every",
    "different",
    "no positive test by its end",
];

/// During a span, and yet no sum of shorter ones: a person counts once, or the number is a rate.
const NEVER_SUMMED: [&str; 12] = [
    "agency.people",
    "covid.new_suspected.res",
    "covid.new_suspected.staff",
    "falls.people",
    "falls.rate",
    "falls.repeat_people",
    "inf.cauti",
    "inf.uti",
    "tests.done.res",
    "tests.done.staff",
    "transfers.hospital.unplanned",
    "wt.loss",
];

/// What the council's quarterly and the ICB's monthly returns ask about a span, and what adds up.
const RETURNED: [&str; 30] = [
    "acc",
    "agency.hours",
    "cmp.formal",
    "cmpl",
    "deaths.all.res",
    "falls.all",
    "falls.fracture",
    "falls.harm",
    "hosp.ae",
    "hosp.ambulance",
    "hosp.unplanned",
    "hours.absence",
    "hours.overtime",
    "hours.paid",
    "days.absence",
    "inc",
    "inf.cdiff",
    "inf.outbreak_days",
    "med.errors",
    "med.errors_harm",
    "obd",
    "pu.acquired",
    "pu.admitted",
    "pu.cat34",
    "res.admitted",
    "res.deaths_preferred",
    "res.discharged",
    "sg.raised",
    "sg.s42",
    "staff.leavers",
];

/// How the register of a city's care homes words their types of service.
const REGISTERED: [&str; 4] = [
    "Homecare agencies",
    "Nursing homes",
    "Residential homes",
    "Supported living",
];

fn rows() -> Vec<RawElement> {
    Dictionary::starter().raw().elements.clone()
}

fn row(id: &str) -> RawElement {
    let found = rows().into_iter().find(|row| row.id == id);
    found.unwrap_or_else(|| panic!("{id} is not an element"))
}

/// Why an element that is marked as adding up does not, if so.
fn why_no_sum(row: &RawElement) -> Option<String> {
    if row.timing != "during" || row.kind == "percentage" || row.unit.as_deref() == Some("1") {
        return Some(format!("{}: {} {}", row.id, row.kind, row.timing));
    }
    let words = normalise(&format!("{} {}", row.label, row.definition)).unwrap();
    let words = format!(" {words} ");
    let found = NOT_SUMMED
        .iter()
        .find(|word| words.contains(&format!(" {word} ")))?;
    Some(format!("{}: {found}", row.id))
}

#[test]
fn it_says_enough() {
    let rows = rows();
    let count = |says: fn(&RawElement) -> bool| rows.iter().filter(|row| says(row)).count();
    assert!(rows.len() >= 320, "{}", rows.len());
    assert!(count(|row| row.formula.is_some()) >= 110);
    assert!(count(|row| row.bands.is_some()) >= 9);
    assert!(count(|row| row.over_time.is_some()) >= 85);
    assert!(count(|row| row.definition.is_empty()) == 0);
    assert!(count(|row| row.aliases.is_empty()) == 0);
}

#[test]
fn no_two_elements_are_called_the_same() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        for words in row.aliases.iter().chain([&row.label]) {
            assert!(
                seen.insert(normalise(words).unwrap()),
                "{}: {words}",
                row.id
            );
        }
    }
}

#[test]
fn nothing_adds_up_over_time_in_which_one_counts_once_however_often() {
    let summed = rows().into_iter().filter(|row| row.over_time.is_some());
    let wrong: Vec<String> = summed.filter_map(|row| why_no_sum(&row)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for id in NEVER_SUMMED {
        let row = row(id);
        assert_eq!(row.over_time, None, "{id}");
        assert!(why_no_sum(&row).is_some(), "{id} would pass for a sum");
    }
}

#[test]
fn what_returns_ask_of_a_span_adds_up() {
    for id in RETURNED {
        assert!(row(id).over_time.is_some(), "{id}");
    }
}

#[test]
fn each_fact_of_the_register_is_said_by_one_element() {
    let rows = rows();
    let said: Vec<RegisterFact> = rows.iter().filter_map(|row| row.register).collect();
    let facts: BTreeSet<RegisterFact> = said.iter().copied().collect();
    assert_eq!(said.len(), facts.len());
    assert_eq!(facts.len(), 7);
    // The group at the top is not the registered provider.
    assert_eq!(row("id.parent").register, None);
    assert_eq!(row("id.provider").register, Some(RegisterFact::Provider));
}

#[test]
fn service_types_are_in_the_words_of_the_register() {
    let options = row("id.service_types").options.unwrap();
    let labels: BTreeSet<String> = options.into_iter().map(|option| option.label).collect();
    for word in REGISTERED {
        assert!(labels.contains(word), "{word}");
    }
    // The question in our own words is another: the register does not answer it.
    assert_eq!(row("id.service").register, None);
}

#[test]
fn bands_use_every_option_and_ascend() {
    for row in rows().into_iter().filter(|row| row.bands.is_some()) {
        let (bands, options) = (row.bands.unwrap(), row.options.unwrap());
        let steps: Vec<&str> = bands.steps.iter().map(|s| s.option.as_str()).collect();
        let codes: Vec<&str> = options.iter().map(|o| o.code.as_str()).collect();
        assert_eq!(steps, codes, "{}", row.id);
        assert_eq!(bands.steps[0].from, None, "{}", row.id);
        for pair in bands.steps.windows(2) {
            assert!(pair[0].from < pair[1].from, "{}", row.id);
        }
        assert_eq!(row.timing, self::row(&bands.of).timing, "{}", row.id);
    }
}

#[test]
fn every_formula_and_every_band_is_read_and_passed_its_checks() {
    let starter = Dictionary::starter();
    let read = starter.elements().filter(|e| e.follows.is_some()).count();
    let says = |row: &&RawElement| row.formula.is_some() || row.bands.is_some();
    assert_eq!(read, starter.raw().elements.iter().filter(says).count());
}
