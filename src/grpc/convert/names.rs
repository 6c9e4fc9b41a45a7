//! Resource names: read into ids, each fault under the name of the member that holds it.

use std::fmt::Display;
use std::str::FromStr;

use crate::broker::DeliveryScope;
use crate::domain::fault::Faults;
use crate::domain::id::{AskName, ElementId, HomeId, OrganisationId, shown};
use crate::domain::identifier::{HomeIdentifier, OrganisationIdentifier};
use crate::domain::period::Period;

/// Longest id of a receipt, decision or token, in bytes.
const ID_BYTES_MAX: usize = 64;

/// A member as what it should be.
pub(crate) fn text<T: FromStr<Err: Display>>(member: &str, text: &str) -> Result<T, Faults> {
    let read = text.parse();
    read.map_err(|error: T::Err| Faults::one(member, error.to_string()))
}

/// A member that may be left empty.
pub(crate) fn optional<T>(
    member: &str,
    text: &str,
    read: impl FnOnce(&str, &str) -> Result<T, Faults>,
) -> Result<Option<T>, Faults> {
    match text {
        "" => Ok(None),
        _ => read(member, text).map(Some),
    }
}

/// A home by its name, `homes/{cqc location id}`.
pub(crate) fn home_id(member: &str, name: &str) -> Result<HomeId, Faults> {
    text(member, strip(member, name, "homes/")?)
}

/// A home by any identifier, `homes/{identifier}`; the bare identifier is taken too.
pub(crate) fn home_identifier(member: &str, name: &str) -> Result<HomeIdentifier, Faults> {
    text(member, name.strip_prefix("homes/").unwrap_or(name))
}

/// An organisation by any identifier, likewise.
pub(crate) fn organisation_identifier(
    member: &str,
    name: &str,
) -> Result<OrganisationIdentifier, Faults> {
    text(member, name.strip_prefix("organisations/").unwrap_or(name))
}

/// A person's id by its name, `people/{id}`.
pub(super) fn person_name(member: &str, name: &str) -> Result<String, Faults> {
    made_id(member, strip(member, name, "people/")?)
}

/// An organisation by its name, `organisations/{id}`.
pub(crate) fn organisation_id(member: &str, name: &str) -> Result<OrganisationId, Faults> {
    text(member, strip(member, name, "organisations/")?)
}

/// Whether a parent stands for every organisation.
pub(crate) fn is_any_organisation(name: &str) -> bool {
    name == "organisations/-"
}

/// An ask by its name, `organisations/{id}/asks/{ask}`.
pub(crate) fn ask_name(member: &str, name: &str) -> Result<AskName, Faults> {
    text(member, name)
}

/// An ask by its name, or every ask of an organisation, `organisations/{id}/asks/-`.
pub(crate) fn delivery_scope(member: &str, name: &str) -> Result<DeliveryScope, Faults> {
    match name.strip_suffix("/asks/-") {
        Some(organisation) => {
            organisation_id(member, organisation).map(DeliveryScope::Organisation)
        }
        None => ask_name(member, name).map(DeliveryScope::Ask),
    }
}

/// An element by its name, `elements/{id}`.
pub(crate) fn element_id(member: &str, name: &str) -> Result<ElementId, Faults> {
    text(member, strip(member, name, "elements/")?)
}

/// A decision's id by its name, `decisions/{id}`.
pub(crate) fn decision_id(member: &str, name: &str) -> Result<String, Faults> {
    made_id(member, strip(member, name, "decisions/")?)
}

/// A token's id by its name, `tokens/{id}`.
pub(crate) fn token_id(member: &str, name: &str) -> Result<String, Faults> {
    made_id(member, strip(member, name, "tokens/")?)
}

/// A form by its name, `homes/{cqc location id}/forms/{period}`.
pub(crate) fn form_name(member: &str, name: &str) -> Result<(HomeId, Period), Faults> {
    let expected = "homes/{cqc location id}/forms/{period}";
    let (home, period) = name
        .split_once("/forms/")
        .ok_or_else(|| misnamed(member, name, expected))?;
    let mut faults = Faults::new();
    let home = faults.take("", home_id(member, home));
    let period = faults.take("", text(member, period));
    home.zip(period).ok_or(faults)
}

/// A receipt by its name, `homes/{cqc location id}/forms/{period}/receipts/{receipt}`.
pub(crate) fn receipt_name(member: &str, name: &str) -> Result<(HomeId, Period, String), Faults> {
    let expected = "homes/{cqc location id}/forms/{period}/receipts/{receipt}";
    let (form, receipt) = name
        .split_once("/receipts/")
        .ok_or_else(|| misnamed(member, name, expected))?;
    let (home, period) = form_name(member, form)?;
    Ok((home, period, made_id(member, receipt)?))
}

/// A name without its collection.
fn strip<'a>(member: &str, name: &'a str, collection: &str) -> Result<&'a str, Faults> {
    let rest = name.strip_prefix(collection);
    rest.ok_or_else(|| misnamed(member, name, &format!("{collection}{{id}}")))
}

/// An id that the broker made.
pub(super) fn made_id(member: &str, id: &str) -> Result<String, Faults> {
    let is_one = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(is_one) {
        let message = format!("{} is not an id of letters, digits, _ and -", shown(id));
        return Err(Faults::one(member, message));
    }
    Ok(id.to_owned())
}

fn misnamed(member: &str, name: &str, expected: &str) -> Faults {
    Faults::one(member, format!("{} is not a name {expected}", shown(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_every_fault_stands_under_its_member() {
        let (home, period) = form_name("name", "homes/1-466088203/forms/2026-11").unwrap();
        assert_eq!(
            (home.as_str(), &*period.to_string()),
            ("1-466088203", "2026-11")
        );
        let faults = form_name("name", "homes/x/forms/soon").unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["name", "name"]);
        let receipt = "homes/1-466088203/forms/2026-11/receipts/r_ab2";
        assert_eq!(receipt_name("name", receipt).unwrap().2, "r_ab2");
        for wrong in [
            "",
            "r_ab2",
            "homes/1-466088203",
            "homes/1-466088203/forms/2026-11/receipts/",
        ] {
            assert!(receipt_name("name", wrong).is_err(), "{wrong}");
        }
        assert!(home_id("home", "1-466088203").is_err());
        assert!(token_id("name", "tokens/../x").is_err());
        assert!(optional("home", "", home_id).unwrap().is_none());
    }
}
