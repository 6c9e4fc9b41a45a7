//! What a cell is read as, as tables.

use std::sync::Arc;

use jiff::civil::date as day;
use serde_json::{Value, json};

use super::*;
use crate::domain::ask::{Ask, RawAsk};
use crate::domain::dictionary::Dictionary;
use crate::domain::link::Links;
use crate::domain::template::Template;

fn entry(mut field: Value) -> Entry {
    field["name"] = json!("x");
    field["label"] = json!("What is it, beyond the words of any dictionary?");
    field["timing"] = json!("as-at");
    let raw: RawAsk = serde_json::from_value(json!({
        "organisation": "o", "ask": "daily", "purpose": "p", "legal_basis": "l",
        "cadence": "daily", "targets": {"areas": ["E08000014"]},
        "window": {"opens": "start", "closes": "end+1d"},
        "fields": [field],
    }))
    .unwrap();
    let starter = Dictionary::starter();
    let ask = Ask::parse(raw, Some(&starter), day(2026, 12, 1)).unwrap();
    let period = "2026-12-03".parse().unwrap();
    let template = Template::of(period, &[Arc::new(ask)], &starter, &Links::default());
    template.entries()[0].clone()
}

fn text(text: &str) -> Cell {
    Cell::of_text(text)
}

/// What an answer is read as, as JSON without what is not given; or what to write instead.
fn read(cell: &Cell, entry: &Entry) -> Value {
    match answer(cell, entry) {
        Ok(raw) => {
            let mut json = serde_json::to_value(raw).unwrap();
            json.as_object_mut().unwrap().remove("entry");
            json
        }
        Err(message) => json!(message),
    }
}

fn check(field: Value, table: &[(Cell, Value)]) {
    let entry = entry(field);
    for (cell, expected) in table {
        assert_eq!(read(cell, &entry), *expected, "{cell:?}");
    }
}

#[test]
fn counts_are_read_as_people_write_them_and_never_guessed() {
    let number = |number: &str| json!({ "number": number });
    let wrong = json!(words::COUNT);
    check(
        json!({"type": "count"}),
        &[
            (text("12"), number("12")),
            (text("  12 "), number("12")),
            (Cell::Number("12".into()), number("12")),
            (text("1,234"), number("1234")),
            (text("1,234,567"), number("1234567")),
            (text("12.0"), number("12.0")),
            (text("none"), number("0")),
            (text("Nil"), number("0")),
            (text("n/a"), json!({"declined": "not-applicable"})),
            (text("Not held"), json!({"declined": "not-held"})),
            (
                text("It takes too long to work out: the system is down"),
                json!({"declined": "takes-too-long", "note": "the system is down"}),
            ),
            (text("1,23"), wrong.clone()),
            (text("12,34,567"), wrong.clone()),
            (text("1.234,5"), wrong.clone()),
            (text("12-13"), wrong.clone()),
            (text("about 12"), wrong.clone()),
            (text("12?"), wrong.clone()),
            (text("12 13"), wrong.clone()),
            (text("twelve"), wrong.clone()),
            (text("-"), wrong.clone()),
            (text("."), wrong.clone()),
            (text("£12"), json!(words::OTHER_UNIT)),
            (text("12 hours"), json!(words::OTHER_UNIT)),
            (text("50%"), wrong.clone()),
            (Cell::Date("2026-12-12".into()), wrong.clone()),
            (Cell::YesNo(true), wrong),
            (
                Cell::Bad("the error #REF!".into()),
                json!(words::SHOWS_AN_ERROR),
            ),
        ],
    );
}

#[test]
fn a_unit_beside_a_figure_is_read_where_the_question_is_measured_so() {
    let of = |number: &str, unit: &str| json!({"number": number, "unit": unit});
    check(
        json!({"type": "quantity", "unit": "h"}),
        &[
            (text("12"), json!({"number": "12"})),
            (text("12 hours"), of("12", "h")),
            (text("12hrs"), of("12", "h")),
            (text("1 hour"), of("1", "h")),
            (text("90 min"), of("90", "min")),
            (text("1,234.5 Minutes"), of("1234.5", "min")),
            (text("3 12-hour shifts"), of("3", "{shift-12h}")),
            (text("2 hours 30 minutes"), json!(words::NUMBER)),
            (text("2h30"), json!(words::NUMBER)),
            (text("12 kg"), json!(words::OTHER_UNIT)),
            (text("12 foo"), json!(words::NUMBER)),
            (text("none"), json!(words::NUMBER)),
            (text("50%"), json!(words::NUMBER)),
        ],
    );
    check(
        json!({"type": "money", "unit": "GBP"}),
        &[
            (text("£1,200.50"), of("1200.50", "GBP")),
            (text("£ 7"), of("7", "GBP")),
            (text("1200.5"), json!({"number": "1200.5"})),
            (text("20 pounds"), of("20", "GBP")),
            (text("50p"), of("50", "p")),
            (text("£1.2k"), of("1.2", "kGBP")),
            (text("€5"), json!(words::MONEY)),
            (text("£5 a week"), json!(words::MONEY)),
            (text("£5-£6"), json!(words::MONEY)),
        ],
    );
    check(
        json!({"type": "percentage"}),
        &[
            (text("92.5"), json!({"number": "92.5"})),
            (text("92.5%"), json!({"number": "92.5"})),
            (text("50 per cent"), json!({"number": "50"})),
            (text("5 hours"), json!(words::OTHER_UNIT)),
            (text("half"), json!(words::PERCENTAGE)),
        ],
    );
}

#[test]
fn yes_no_options_and_texts_are_read_as_meant() {
    let is = |yes: bool| json!({ "yes_no": yes });
    check(
        json!({"type": "yes-no"}),
        &[
            (text("yes"), is(true)),
            (text("Y"), is(true)),
            (text("TRUE"), is(true)),
            (Cell::YesNo(false), is(false)),
            (text("No"), is(false)),
            (text("N/A"), json!({"declined": "not-applicable"})),
            (text("1"), json!(words::YES_OR_NO)),
            (text("perhaps"), json!(words::YES_OR_NO)),
        ],
    );
    let options = json!([
        {"code": "r", "label": "Red"},
        {"code": "g", "label": "Green, with white"},
        {"code": "n", "label": "N/A"}
    ]);
    let chosen = |labels: &[&str]| json!({ "options": labels });
    check(
        json!({"type": "choice", "options": options}),
        &[
            (text("red"), chosen(&["red"])),
            (text("Green, with white"), chosen(&["Green, with white"])),
            (text("n/a"), chosen(&["n/a"])),
            (text("blue"), json!(words::ONE_OPTION)),
            (text("Red; N/A"), json!(words::ONE_OPTION)),
        ],
    );
    check(
        json!({"type": "choices", "options": options}),
        &[
            (text("Red"), chosen(&["Red"])),
            (
                text("Red; Green, with white"),
                chosen(&["Red", "Green, with white"]),
            ),
            (text("Red\nN/A"), chosen(&["Red", "N/A"])),
            (text("Red, N/A"), chosen(&["Red", "N/A"])),
            (text("None of these"), chosen(&[])),
            (text("Red; blue"), json!(words::OPTIONS)),
        ],
    );
    check(
        json!({"type": "text"}),
        &[
            (text("=1+1"), json!({"text": "=1+1"})),
            (
                text("- one fell twice"),
                json!({"text": "- one fell twice"}),
            ),
            (Cell::Number("7".into()), json!({"text": "7"})),
            (
                Cell::Date("2026-12-01".into()),
                json!({"text": "1 December 2026"}),
            ),
            (text("n/a"), json!({"declined": "not-applicable"})),
        ],
    );
}

#[test]
fn dates_are_read_as_in_england_and_what_is_unclear_is_refused() {
    let first = Ok(day(2026, 12, 1));
    for (cell, expected) in [
        (text("1/12/2026"), first),
        (text("01.12.2026"), first),
        (text("1-12-2026"), first),
        (text("2026-12-01"), first),
        (text("1 December 2026"), first),
        (text("1st Dec 2026"), first),
        (text("1-Dec-2026"), first),
        (text("December 1, 2026"), first),
        (text("Tuesday 1 December 2026"), first),
        (text("Tue, 1 Dec 2026"), first),
        (Cell::Date("2026-12-01".into()), first),
        (Cell::Date("2026-12-01T14:30".into()), first),
        (text("31/11/2026"), Err(words::NO_SUCH_DATE)),
        (text("12/25/2026"), Err(words::NO_SUCH_DATE)),
        (text("1/12/26"), Err(words::YEAR)),
        (text("Monday 1 December 2026"), Err(words::OTHER_WEEKDAY)),
        (text("12/2026"), Err(words::DATE)),
        (text("December 2026"), Err(words::DATE)),
        (text("1 Foo 2026"), Err(words::DATE)),
        (text("46357"), Err(words::DATE)),
        (text("tomorrow"), Err(words::DATE)),
        (Cell::Number("46357".into()), Err(words::DATE)),
        (Cell::YesNo(true), Err(words::DATE)),
    ] {
        assert_eq!(date(&cell), expected, "{cell:?}");
    }
}
