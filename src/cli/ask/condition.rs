//! A condition in one cell of a sheet: `Q4 = yes`, `P1 = R|A`, `beds >= 1`, `beds <= 5` or
//! `beds in 1..5`.

use crate::domain::field::RawOnlyIf;

const EXPECTED: &str =
    "expected FIELD = yes, FIELD = R|A, FIELD >= 1, FIELD <= 5 or FIELD in 1..5, with spaces";

/// A condition as text.
pub(super) fn text(only_if: &RawOnlyIf) -> String {
    let field = &only_if.field;
    match (&only_if.min, &only_if.max) {
        (None, None) => format!("{field} = {}", only_if.equals.join("|")),
        (Some(min), None) => format!("{field} >= {min}"),
        (None, Some(max)) => format!("{field} <= {max}"),
        (Some(min), Some(max)) => format!("{field} in {min}..{max}"),
    }
}

/// Reads a condition. A field's name may hold anything: the last sign in the text is meant.
pub(super) fn read(text: &str) -> Result<RawOnlyIf, String> {
    let signs = [" = ", " >= ", " <= ", " in "];
    let placed = signs
        .iter()
        .filter_map(|sign| Some((text.rfind(sign)?, *sign)));
    let (at, sign) = placed.max().ok_or(EXPECTED)?;
    let (field, rest) = (&text[..at], text[at + sign.len()..].trim());
    let bound = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut only_if = RawOnlyIf {
        field: field.trim().to_owned(),
        ..RawOnlyIf::default()
    };
    match sign {
        " = " => {
            let values = rest.split('|').map(|value| value.trim().to_owned());
            only_if.equals = values.collect();
        }
        " >= " => only_if.min = bound(rest),
        " <= " => only_if.max = bound(rest),
        _ => {
            let (min, max) = rest.split_once("..").ok_or(EXPECTED)?;
            (only_if.min, only_if.max) = (bound(min), bound(max));
        }
    }
    Ok(only_if)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_reads_back_as_written() {
        for cell in [
            "Q4 = yes",
            "P1 = R|A",
            "how many = x >= 1",
            "beds <= 5",
            "a in 1..2.5",
        ] {
            assert_eq!(text(&read(cell).unwrap()), cell);
        }
        assert!(read("Q4").unwrap_err().starts_with("expected FIELD"));
        assert!(read("Q4 in 3").is_err());
    }
}
