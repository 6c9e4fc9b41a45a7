//! Her homes in parts, of which each fits one workbook.

use crate::domain::id::HomeId;

use super::super::super::session::SignedIn;
use super::super::super::words;
use super::super::super::{Portal, PortalError};
use super::HOMES_MAX;

/// Some of her homes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which part it is, from 1.
    pub(super) number: usize,
    /// From which home to which.
    pub(super) label: String,
    pub(super) homes: Vec<HomeId>,
}

/// Her homes, which are several.
///
/// # Errors
/// That there is no such page for one home alone.
pub(super) fn several(who: &SignedIn) -> Result<impl Iterator<Item = &HomeId>, PortalError> {
    if who.person.homes.len() < 2 {
        return Err(PortalError::NotFound);
    }
    Ok(who.person.homes.keys())
}

/// Her homes in parts, in the order of their names.
///
/// # Errors
/// As the broker says; that there is no such page for one home alone.
pub(super) async fn parts(portal: &Portal, who: &SignedIn) -> Result<Vec<Part>, PortalError> {
    let mut named = Vec::new();
    for home in several(who)? {
        let name = portal.broker.home(home).await?.row.name.clone();
        named.push((name, home.clone()));
    }
    Ok(split(named, HOMES_MAX))
}

/// Homes in parts of so many, as even as can be.
fn split(mut named: Vec<(String, HomeId)>, homes_max: usize) -> Vec<Part> {
    named.sort();
    let parts = named.len().div_ceil(homes_max).max(1);
    let each = named.len().div_ceil(parts).max(1);
    let name = |own: Option<&(String, HomeId)>| own.map_or("", |(name, _)| name).to_owned();
    let part = |(nth, homes): (usize, &[(String, HomeId)])| Part {
        number: nth + 1,
        label: words::offline::group::part(&name(homes.first()), &name(homes.last())),
        homes: homes.iter().map(|(_, home)| home.clone()).collect(),
    };
    named.chunks(each).enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_parted_evenly_in_the_order_of_their_names() {
        for (homes, expected) in [
            (2, vec![("Home 01 to Home 02", 2)]),
            (4, vec![("Home 01 to Home 04", 4)]),
            (
                5,
                vec![("Home 01 to Home 03", 3), ("Home 04 to Home 05", 2)],
            ),
            (
                9,
                vec![
                    ("Home 01 to Home 03", 3),
                    ("Home 04 to Home 06", 3),
                    ("Home 07 to Home 09", 3),
                ],
            ),
        ] {
            // The ids run the other way.
            let named = (1..=homes).map(|nth| {
                let home = format!("1-466088{:03}", 900 - nth);
                (format!("Home {nth:02}"), home.parse().unwrap())
            });
            let parts = split(named.collect(), 4);
            let told = parts.iter().map(|part| (&*part.label, part.homes.len()));
            assert_eq!(told.collect::<Vec<_>>(), expected);
            let numbers = parts.iter().map(|part| part.number);
            assert!(numbers.eq(1..=expected.len()));
        }
        assert!(split(Vec::new(), 4).is_empty());
    }
}
