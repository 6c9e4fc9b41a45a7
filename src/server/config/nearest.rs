//! The name that was probably meant.

/// How far a name may be from the one that was meant, in letters; a third of it at most.
const DISTANCE_MAX: usize = 6;

/// The nearest of some names, if any is near.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = (name.chars().count() / 3).clamp(1, DISTANCE_MAX);
    let measured = names
        .into_iter()
        .map(|other| (distance(name, other), other));
    let (distance, found) = measured.min_by_key(|(distance, _)| *distance)?;
    (distance <= far).then_some(found)
}

/// How many letters must be put in, left out or replaced to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (place, wanted) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *wanted);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_what_was_meant_and_a_stranger_nothing() {
        let names = ["listen", "tls.certificate", "tls.key", "limits.calls_max"];
        assert_eq!(nearest("lisen", names), Some("listen"));
        assert_eq!(nearest("tsl.certificate", names), Some("tls.certificate"));
        assert_eq!(nearest("limits.max_calls", names), None);
        assert_eq!(nearest("tls.keys", names), Some("tls.key"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
