//! Whether a number is so unlike the one before that whoever typed it should look again.

use super::answer::{Answer, Said, Value};
use super::decimal::Decimal;

/// How many times as large, or as small, a number must be to be unlike the one before.
const TIMES: u32 = 3;

/// By how much it must differ at least: among small numbers everything is likely.
const DIFFERENCE_MIN: u32 = 5;

/// Whether a number is unlike the one given before, in the same unit. A slip of the finger is what
/// this finds: a digit too many, or hours for minutes.
#[must_use]
pub fn is_unlike(answer: &Answer, before: &Answer) -> bool {
    let (Said::Value(Value::Number(new)), Said::Value(Value::Number(old))) =
        (&answer.said, &before.said)
    else {
        return false;
    };
    let (Some(new_whole), Some(old_whole)) = (new.whole(), old.whole()) else {
        return false;
    };
    new.unit == old.unit && differ(new_whole, old_whole)
}

fn differ(one: Decimal, other: Decimal) -> bool {
    let (less, more) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    let far = less.checked_add(Decimal::from(DIFFERENCE_MIN));
    let times = (1..TIMES).try_fold(less, |sum, _| sum.checked_add(less));
    far.is_some_and(|far| far <= more) && times.is_some_and(|times| times <= more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_unlike_the_number_before() {
        for (new, old, is) in [
            ("120", "12", true),
            ("12", "120", true),
            ("0", "5", true),
            ("0", "4", false),
            ("14", "12", false),
            ("30", "10", true),
            ("29", "10", false),
            ("4", "1", false),
        ] {
            let read = |text: &str| text.parse::<Decimal>().unwrap();
            assert_eq!(differ(read(new), read(old)), is, "{new} after {old}");
        }
    }
}
