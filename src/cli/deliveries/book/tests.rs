//! What is exported reads back as what was delivered.

use std::collections::BTreeMap;

use super::*;
use crate::tabular::grid::{Cell, Grid};
use crate::tabular::workbook::Book;

fn delivery(home: &str, field: &str, said: Said, flags: &[DeliveryFlag]) -> v1::Delivery {
    v1::Delivery {
        home: format!("homes/{home}"),
        period: "2026-11".into(),
        field: field.into(),
        value: Some(v1::DeliveredValue { said: Some(said) }),
        flags: flags.iter().map(|flag| (*flag).into()).collect(),
        sequence: 7,
        ..v1::Delivery::default()
    }
}

fn number(total: &str) -> Said {
    Said::Number(v1::DeliveredNumber {
        total: total.into(),
        ..v1::DeliveredNumber::default()
    })
}

/// Every sheet of the workbook of an ask for fields, read back.
fn read_back(fields: &[&str], deliveries: &[v1::Delivery]) -> BTreeMap<String, Grid> {
    let field = |name: &&str| v1::Field {
        name: (*name).into(),
        label: format!("What {name} asks"),
        ..v1::Field::default()
    };
    let ask = v1::Ask {
        name: "organisations/sefton-council/asks/beds".into(),
        purpose: "-1+1 winter".into(),
        fields: fields.iter().map(field).collect(),
        ..v1::Ask::default()
    };
    let about = About {
        ask: &ask,
        home: "",
        period: "",
        after: 0,
        at: "2026-12-01T09:30:00Z".parse().unwrap(),
    };
    let packed = workbook(&about, deliveries).unwrap();
    let mut book = Book::open("x.xlsx", packed).unwrap();
    let sheets = book.sheets().to_vec();
    let grids = sheets.into_iter().map(|sheet| {
        let grid = book.grid(&sheet).unwrap();
        (sheet, grid)
    });
    grids.collect()
}

fn texts(grid: &Grid, row: usize) -> Vec<&str> {
    grid.rows[row].cells.iter().map(Cell::text).collect()
}

#[test]
fn what_is_exported_reads_back_as_the_same_values_under_the_askers_names() {
    let declined = Said::Declined(v1::Declined {
        reason: v1::DeclineReason::NotHeld.into(),
        note: "=2+5+cmd|' /C calc'!A0".into(),
    });
    let formula = "=HYPERLINK(\"http://evil.example\",\"beds\")";
    let fine = [DeliveryFlag::AsGiven];
    let deliveries = [
        delivery("1-2", "-B1", number("-5"), &fine),
        delivery(
            "1-2",
            "hours",
            number("37.50"),
            &[DeliveryFlag::Converted, DeliveryFlag::Rounded],
        ),
        delivery("1-1", "-B1", number("123456789012345678"), &fine),
        delivery("1-1", "day", Said::Date("2026-11-21".into()), &fine),
        delivery("1-1", "=cmd()", Said::Text(formula.into()), &fine),
        delivery(
            "1-2",
            "=cmd()",
            Said::Text("+44 151 496 0000".into()),
            &fine,
        ),
        delivery("1-1", "hours", declined, &[DeliveryFlag::Declined]),
        delivery(
            "1-2",
            "ok",
            Said::YesNo(true),
            &[DeliveryFlag::DoNotPublish],
        ),
    ];
    let sheets = read_back(&["hours", "-B1", "=cmd()", "day", "ok"], &deliveries);
    let values = &sheets["values"];
    let headings = ["home", "period", "hours", "-B1", "=cmd()", "day", "ok"];
    assert_eq!(texts(values, 0), headings);
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [
        text("1-1"),
        text("2026-11"),
        text("not-held"),
        // More digits than a spreadsheet keeps.
        text("123456789012345678"),
        text(formula),
        Cell::Date("2026-11-21".into()),
    ];
    assert_eq!(values.rows[1].cells, expected);
    let expected = [
        text("1-2"),
        text("2026-11"),
        Cell::Number("37.5".into()),
        Cell::Number("-5".into()),
        text("+44 151 496 0000"),
        Cell::Blank,
        text("yes"),
    ];
    assert_eq!(values.rows[2].cells, expected);
}

#[test]
fn each_flag_has_a_row_that_says_in_words_what_to_mind() {
    let declined = Said::Declined(v1::Declined {
        reason: v1::DeclineReason::NotHeld.into(),
        note: "=2+5+cmd|' /C calc'!A0".into(),
    });
    let changed = [DeliveryFlag::Converted, DeliveryFlag::Rounded];
    let deliveries = [
        delivery(
            "1-2",
            "ok",
            Said::YesNo(true),
            &[DeliveryFlag::DoNotPublish],
        ),
        delivery("1-2", "hours", number("37.50"), &changed),
        delivery("1-2", "beds", number("4"), &[DeliveryFlag::AsGiven]),
        delivery("1-1", "hours", declined, &[DeliveryFlag::Declined]),
    ];
    let sheets = read_back(&["hours", "beds", "ok"], &deliveries);
    let flags = &sheets["flags"];
    let row = |nth: usize| texts(flags, nth);
    assert_eq!(flags.rows.len(), 5, "a heading and a row for each flag");
    assert_eq!(
        row(1)[..5],
        [
            "1-1",
            "2026-11",
            "hours",
            "declined",
            "The home gave no value: not-held"
        ]
    );
    assert_eq!(row(1)[5], "=2+5+cmd|' /C calc'!A0");
    assert_eq!(row(2)[2..4], ["hours", "converted"]);
    assert_eq!(row(3)[2..4], ["hours", "rounded"]);
    assert_eq!(
        row(4)[3..],
        [
            "do-not-publish",
            "A small count of residents: do not publish"
        ]
    );
}

#[test]
fn a_workbook_says_what_it_is() {
    let fine = [DeliveryFlag::AsGiven];
    let one = |home: &str, period: &str| v1::Delivery {
        period: period.into(),
        ..delivery(home, "B1", number("1"), &fine)
    };
    let deliveries = [
        one("1-1", "2026-10"),
        one("1-1", "2026-12"),
        one("1-2", "2026-11"),
    ];
    let sheets = read_back(&["B1"], &deliveries);
    let about: BTreeMap<&str, &str> = (sheets["about"].rows.iter())
        .map(|row| (row.cell(0).text(), row.cell(1).text()))
        .collect();
    for (item, expected) in [
        ("ask", "organisations/sefton-council/asks/beds"),
        ("purpose", "-1+1 winter"),
        ("period", "3 periods, 2026-10 to 2026-12"),
        ("exported at", "2026-12-01T09:30:00Z"),
        ("homes", "2"),
        ("rows", "3"),
        ("latest change", "7"),
        ("B1", "What B1 asks"),
    ] {
        assert_eq!(about.get(item), Some(&expected), "{item}");
    }
    let empty = read_back(&["B1"], &[]);
    assert_eq!(texts(&empty["values"], 0), ["home", "period", "B1"]);
    assert_eq!(empty["values"].rows.len(), 1);
}
