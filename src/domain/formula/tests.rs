//! Tables of formulas: how they read, what they say, what is wrong with them.

use proptest::prelude::*;

use super::*;

fn formula(text: &str) -> Formula {
    text.parse().unwrap()
}

/// What a formula says where a and b and so on are known, as text; `none` where it says nothing.
fn said(text: &str, known: &[(&str, i64)]) -> String {
    let value_of = |part: &Part| {
        let found = known.iter().find(|(id, _)| *id == part.to_string())?;
        Estimate::exact(Decimal::try_from(found.1).unwrap(), None)
    };
    let told = formula(text)
        .evaluate(value_of)
        .and_then(|it| it.told(None, 3));
    told.map_or("none".to_owned(), |told| told.value.to_string())
}

#[test]
fn a_formula_is_written_in_one_way_and_said_in_plain_words() {
    for (given, written, words) in [
        ("a", "a", "A"),
        (" ( (a) ) ", "a", "A"),
        ("a+b*2", "a + b * 2", "A + B × 2"),
        ("(a + b)*2.50", "(a + b) * 2.5", "(A + B) × 2.5"),
        ("a - b - c", "a - b - c", "A − B − C"),
        ("a - (b - c)", "a - (b - c)", "A − (B − C)"),
        ("a - (b + c)", "a - (b + c)", "A − (B + C)"),
        ("a + (b - c)", "a + (b - c)", "A + B − C"),
        ("a * (b / c)", "a * (b / c)", "A × B ÷ C"),
        ("a / (b * c)", "a / (b * c)", "A ÷ (B × C)"),
        ("100 * a / b", "100 * a / b", "100 × A ÷ B"),
        ("sum(a,b , c)", "sum(a, b, c)", "A + B + C"),
        ("2 * sum(a)", "2 * sum(a)", "2 × A"),
        (
            "2 * sum( a, b - c )",
            "2 * sum(a, b - c)",
            "2 × (A + B − C)",
        ),
        ("a - sum(b, c)", "a - sum(b, c)", "A − (B + C)"),
        ("sum + sum.a", "sum + sum.a", "SUM + SUM.A"),
        ("a-b", "a-b", "A-B"),
        ("a -\tb", "a - b", "A − B"),
        (
            "staff.direct[ job_role = nurse ] / 007",
            "staff.direct[job_role=nurse] / 7",
            "STAFF.DIRECT[JOB_ROLE=NURSE] ÷ 7",
        ),
        (
            "pu[ulcer_category=2]+pu",
            "pu[ulcer_category=2] + pu",
            "PU[ULCER_CATEGORY=2] + PU",
        ),
    ] {
        let read = formula(given);
        assert_eq!(read.to_string(), written, "{given}");
        assert_eq!(formula(written), read);
        let in_words = read.words(|part| part.to_string().to_uppercase());
        assert_eq!(in_words, words, "{given}");
    }
}

/// A text that is no formula, and why.
const WRONG: &[(&str, &str)] = &[
    (
        "",
        "column 1: expected an element, a number, sum(…) or (, found the end",
    ),
    (
        "a +",
        "column 4: expected an element, a number, sum(…) or (, found the end",
    ),
    (
        "a + * b",
        "column 5: expected an element, a number, sum(…) or (, found \"*\"",
    ),
    (
        "-a",
        "column 1: expected an element, a number, sum(…) or (, found \"-\"",
    ),
    (
        "a b",
        "column 3: expected +, -, *, / or the end, found \"b\"",
    ),
    (
        "a × b",
        "column 3: expected +, -, *, / or the end, found ×: write *",
    ),
    (
        "a − b",
        "column 3: expected +, -, *, / or the end, found a dash: write -",
    ),
    (
        "(a + b",
        "column 7: expected +, -, *, / or ), found the end",
    ),
    (
        "a)",
        "column 2: expected +, -, *, / or the end, found \")\"",
    ),
    (
        "sum(a; b)",
        "column 6: expected +, -, *, / or , or ), found \";\"",
    ),
    (
        "sum()",
        "column 5: expected an element, a number, sum(…) or (, found \")\"",
    ),
    (
        "(a)-(b)",
        "column 4: a minus needs white space on both sides",
    ),
    ("2 -a", "column 3: a minus needs white space on both sides"),
    (
        "2-1 + a",
        "column 2: a minus needs white space on both sides",
    ),
    (
        "1.2.3 * a",
        "column 1: \"1.2.3\" is not a number: expected digits, such as 12, -3 or 0.25",
    ),
    (
        "1. * a",
        "column 1: \"1.\" is not a number: expected digits, such as 12, -3 or 0.25",
    ),
    (
        "1,000 * a",
        "column 2: expected +, -, *, / or the end, found \",\"",
    ),
    (
        "a..b",
        "column 1: \"a..b\" is not an element id: at most 64 characters, lower-case parts joined by dots, such as beds.occupied",
    ),
    (
        "Beds",
        "column 1: expected an element, a number, sum(…) or (, found \"B\"",
    ),
    (
        "a[job",
        "column 6: expected = and a code of the dimension, found the end",
    ),
    (
        "a[Job=x]",
        "column 3: \"Job\" is not a dimension id: at most 64 of a-z, 0-9, _ and -, starting with a letter",
    ),
    (
        "a[job=]",
        "column 7: expected a code of the dimension, found \"\"",
    ),
    ("a[job=x", "column 8: expected ], found the end"),
    (
        "a / 0",
        "column 5: this is nought whatever the parts are: nothing is divided by nought",
    ),
    (
        "a / (b - b)",
        "column 5: this is nought whatever the parts are: nothing is divided by nought",
    ),
    (
        "a /(0 * b + 2 - 2.0)",
        "column 4: this is nought whatever the parts are: nothing is divided by nought",
    ),
    (
        "1 + 2",
        "column 1: expected at least one element: a number alone follows from nothing",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (text, expected) in WRONG {
        let refused = text.parse::<Formula>().unwrap_err();
        assert_eq!(refused.to_string(), *expected, "{text}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let long = format!("a + {}", "1".repeat(500));
    let nested = format!("{}a{}", "(".repeat(17), ")".repeat(17));
    let many: Vec<String> = (0..31).map(|n| format!("a{n}")).collect();
    let many = many.join(" + ");
    for (text, expected) in [
        (&long, "column 1: the formula is longer than 500 characters"),
        (
            &nested,
            "column 17: more than 16 brackets inside each other",
        ),
        (&many, "column 171: the formula names more than 30 elements"),
    ] {
        let refused = text.parse::<Formula>().unwrap_err();
        assert_eq!(refused.to_string(), expected, "{text}");
    }
}

#[test]
fn a_formula_names_each_part_once_in_order_of_appearance() {
    let parts = |text: &str| -> Vec<String> {
        let formula = formula(text);
        formula.parts().iter().map(Part::to_string).collect()
    };
    assert_eq!(parts("b + a * b / sum(c, a)"), ["b", "a", "c"]);
    assert_eq!(
        parts("a[x=1] + a[x=2] + a + a[x=1]"),
        ["a[x=1]", "a[x=2]", "a"]
    );
}

#[test]
fn a_formula_says_a_number_or_nothing() {
    let known = [("a", 24), ("b", 28), ("nil", 0), ("a[x=1]", 5)];
    for (text, expected) in [
        ("100 * a / b", "85.714"),
        ("b - a - 1", "3"),
        ("b - (a - 1)", "5"),
        ("2 + 3 * a", "74"),
        ("sum(a, b, nil)", "52"),
        ("a / b / 2", "0.429"),
        ("a[x=1] * a", "120"),
        ("a / nil", "none"),
        ("nil / a", "0"),
        ("0 * unknown", "none"),
        ("a + unknown", "none"),
        (
            "999999999999999999 * 999999999999999999 * 999999999999999999 * a",
            "none",
        ),
    ] {
        assert_eq!(said(text, &known), expected, "{text}");
    }
}

#[test]
fn a_number_belongs_to_the_last_band_that_it_reaches() {
    let band = |option: &str, from: Option<&str>| Band {
        option: option.to_owned(),
        from: from.map(|from| from.parse().unwrap()),
    };
    let of = |unit: Option<&str>, first: Option<&str>| Bands {
        of: "beds.occupancy_pct".parse().unwrap(),
        unit: unit.map(|unit| unit.parse().unwrap()),
        steps: vec![
            band("low", first),
            band("high", Some("85")),
            band("full", Some("100")),
        ],
    };
    let number = |text: &str| Estimate::stated(text.parse().unwrap(), 0, None).unwrap();
    for (value, open, closed) in [
        ("-1", Some("low"), None),
        ("0", Some("low"), Some("low")),
        ("84.9", Some("low"), Some("low")),
        ("85", Some("high"), Some("high")),
        ("99.999", Some("high"), Some("high")),
        ("100", Some("full"), Some("full")),
        ("120", Some("full"), Some("full")),
    ] {
        assert_eq!(of(None, None).option_for(&number(value)), open, "{value}");
        assert_eq!(of(None, Some("0")).option_for(&number(value)), closed);
    }
    let days = |text: &str, unit: &str| {
        let value = text.parse().unwrap();
        Estimate::stated(value, 0, Some(unit.parse().unwrap())).unwrap()
    };
    let bands = of(Some("d"), None);
    assert_eq!(bands.option_for(&days("2040", "h")), Some("high"));
    assert_eq!(bands.option_for(&days("2039", "h")), Some("low"));
}

/// A formula's text, of any shape.
fn written() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-d]",
        "[0-9]{1,3}(\\.[0-9]{1,2})?",
        Just("staff.direct[job_role=nurse]".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            (inner.clone(), " [-+*/] ", inner.clone()).prop_map(|(a, sign, b)| a + &sign + &b),
            inner.clone().prop_map(|a| format!("({a})")),
            proptest::collection::vec(inner, 1..4)
                .prop_map(|terms| format!("sum({})", terms.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_a_place_within_it(text in "[a-c0-2 .,()*/+=\\[\\]sum-]{0,40}|\\PC{0,40}") {
        match text.parse::<Formula>() {
            Ok(formula) => {
                prop_assert_eq!(formula.to_string().parse::<Formula>(), Ok(formula));
            }
            Err(error) => {
                prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
            }
        }
    }

    #[test]
    fn what_was_read_is_written_and_read_back_the_same_and_evaluates_to_something_or_nothing(
        text in written(),
        values in proptest::collection::vec(any::<i64>(), 5),
    ) {
        if let Ok(formula) = text.parse::<Formula>() {
            let again: Formula = formula.to_string().parse().unwrap();
            prop_assert_eq!(&again, &formula);
            let place = |part: &Part| formula.parts().iter().position(|own| own == part);
            let value_of = |part: &Part| {
                let value = values.get(place(part)?)? / 1_000_000;
                Estimate::exact(Decimal::try_from(value).ok()?, None)
            };
            let _ = formula.evaluate(value_of);
            // In words it says the same number: read back with the signs of the language.
            let words = formula.words(Part::to_string);
            let read = words.replace('×', "*").replace('÷', "/").replace('−', "-");
            let read: Formula = read.parse().unwrap();
            let (one, other) = (formula.evaluate(value_of), read.evaluate(value_of));
            if let (Some(one), Some(other)) = (one, other) {
                prop_assert_eq!(one.value(), other.value());
            }
        }
    }
}
