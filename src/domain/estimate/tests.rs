//! Tables of numbers that agree, that do not, and of what is worked out from them.

use proptest::prelude::*;

use super::*;

/// Reads `85.7 %`, `1.50 h` (two decimals asked for), `24` (a plain number) or `=24` (exactly).
fn estimate(text: &str) -> Estimate {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let unit: Option<Unit> = (!matches!(unit, "" | "%")).then(|| unit.parse().unwrap());
    let written = number.trim_start_matches('=');
    let value: Decimal = written.parse().unwrap();
    if number.starts_with('=') {
        return Estimate::exact(value, unit).unwrap();
    }
    let decimals = written.split_once('.').map_or(0, |(_, after)| after.len());
    Estimate::stated(value, u32::try_from(decimals).unwrap(), unit).unwrap()
}

fn told(estimate: Option<Estimate>, unit: &str, decimals: u32) -> String {
    let unit: Option<Unit> = (!unit.is_empty()).then(|| unit.parse().unwrap());
    match estimate.and_then(|estimate| estimate.told(unit, decimals)) {
        None => "none".to_owned(),
        Some(told) if told.rounded => format!("~{}", told.value),
        Some(told) => told.value.to_string(),
    }
}

#[test]
fn numbers_agree_if_some_true_value_is_stated_by_both() {
    for (left, right, expected) in [
        ("33.3 %", "33.33 %", true),
        ("33.3 %", "33.36 %", false),
        ("33.3 %", "33.350 %", true),
        ("33 %", "33.4 %", true),
        ("33 %", "34 %", true),
        ("33 %", "35 %", false),
        ("33.0 %", "34.0 %", false),
        ("1.5 h", "90 min", true),
        ("1.5 h", "93 min", true),
        ("1.5 h", "94 min", false),
        ("1.50 h", "91 min", false),
        ("2 {shift-12h}", "1 d", true),
        ("12.3 kGBP", "12345 GBP", true),
        ("12.3 kGBP", "12351 GBP", false),
        ("=4", "=5", false),
        ("=4", "=4", true),
        ("=4", "4.4", false),
        ("-0.5", "0", true),
        ("7.5 {wte}", "7.54 {wte}", true),
    ] {
        assert_eq!(
            estimate(left).agrees(&estimate(right)),
            expected,
            "{left} beside {right}"
        );
        assert_eq!(estimate(right).agrees(&estimate(left)), expected);
    }
}

#[test]
fn what_is_worked_out_agrees_with_what_was_stated_if_its_parts_may() {
    let hundred = estimate("=100");
    for (part, whole, stated, expected) in [
        ("=24", "=28", "85.7 %", true),
        ("=24", "=28", "86 %", true),
        ("=24", "=28", "85.8 %", false),
        ("=24", "=28", "85 %", false),
        ("=1", "=3", "33.3 %", true),
        ("7.5 {wte}", "30 {wte}", "25.0 %", true),
        ("7.5 {wte}", "30.0 {wte}", "25.4 %", false),
        ("1 h", "90 min", "50 %", true),
        ("=0", "=28", "0 %", true),
    ] {
        let share = hundred.times(&estimate(part)).unwrap();
        let share = share.over(&estimate(whole)).unwrap();
        let agreed = share.agrees(&estimate(stated));
        assert_eq!(agreed, expected, "{part} of {whole} is {stated}");
    }
}

#[test]
fn a_result_is_told_in_any_unit_half_to_even_and_says_whether_it_was_rounded() {
    let of = estimate;
    for (result, unit, decimals, expected) in [
        (of("90 min").plus(&of("1.5 h")), "h", 2, "3"),
        (of("90 min").minus(&of("2 h")), "h", 2, "-0.5"),
        (of("=24").over(&of("=28")), "", 3, "~0.857"),
        (of("=1").over(&of("=8")), "", 2, "~0.12"),
        (of("=3").over(&of("=8")), "", 2, "~0.38"),
        (of("=1").over(&of("=8")), "", 3, "0.125"),
        (of("=1").over(&of("=0")), "", 3, "none"),
        (of("=0").over(&of("=7")), "", 0, "0"),
        (of("12 GBP").times(&of("=3")), "p", 0, "3600"),
        (Some(of("999999999999999999 kg")), "mg", 0, "none"),
        (Some(of("=1")), "", 10, "none"),
    ] {
        assert_eq!(told(result, unit, decimals), expected);
    }
}

#[test]
fn divided_by_what_may_be_nought_it_may_be_anything() {
    let tame = estimate("=6").over(&estimate("0.4")).unwrap();
    assert_eq!(told(Some(tame), "", 0), "15");
    assert!(tame.agrees(&estimate("=17")) && !tame.agrees(&estimate("=18")));
    // From −0.4 to 0.6, and 0.1 by its value.
    let maybe_nought = estimate("1").minus(&estimate("=0.9")).unwrap();
    let wild = estimate("=6").over(&maybe_nought).unwrap();
    assert_eq!(told(Some(wild), "", 0), "60");
    assert!(wild.agrees(&estimate("=-900")));
    let tamer = wild.times(&estimate("=0")).unwrap().plus(&estimate("=1"));
    assert!(tamer.unwrap().agrees(&estimate("=5")), "it stays so");
}

proptest! {
    #[test]
    fn arithmetic_never_panics_and_keeps_the_value_within_its_interval(
        a in any::<(i64, u8, u8)>(),
        b in any::<(i64, u8, u8)>(),
    ) {
        let read = |(mantissa, scale, unit): (i64, u8, u8)| {
            let value = Decimal::from_parts((mantissa / 10).into(), u32::from(scale % 10)).ok()?;
            let unit = Unit::ALL.get(usize::from(unit % 40)).copied();
            Estimate::stated(value, u32::from(scale % 12), unit)
        };
        if let (Some(a), Some(b)) = (read(a), read(b)) {
            for result in [a.plus(&b), a.minus(&b), a.times(&b), a.over(&b)].into_iter().flatten() {
                if let Interval::Between(low, high) = result.interval {
                    prop_assert!(low <= result.value && result.value <= high);
                }
                let itself = Estimate { value: result.value, interval: Interval::Between(result.value, result.value) };
                prop_assert!(result.agrees(&itself));
                let _ = result.told(None, 9);
            }
        }
    }
}
