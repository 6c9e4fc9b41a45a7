//! People.

use std::collections::BTreeSet;

use crate::domain::fault::Faults;
use crate::domain::id::HomeId;
use crate::domain::limits::HOMES_PER_TOKEN_MAX;
use crate::domain::person::{HomeRole, Invitation, Person};
use crate::grpc::v1;

use super::ask::bare;
use super::names::{home_id, person_name, text};
use super::terms::known;
use super::time::instant;

/// A person to invite.
pub(crate) fn invitation(request: v1::InvitePersonRequest) -> Result<Invitation, Faults> {
    let mut faults = Faults::new();
    let role = faults.take("", known::<v1::HomeRole>("role", request.role));
    let role = role.flatten().map_or("", HomeRole::as_str);
    let homes = request.homes.into_iter().map(|home| bare(home, "homes/"));
    let homes: Vec<String> = homes.collect();
    let read = Invitation::parse(&request.display_name, &request.email, &homes, role);
    let read = faults.take("", read);
    faults.into_result()?;
    read.ok_or_else(|| Faults::one("", "the invitation is not complete"))
}

/// A person.
pub(crate) fn person(person: &Person) -> v1::Person {
    let home = |(home, role): (&HomeId, &HomeRole)| v1::PersonHome {
        home: home.resource(),
        role: v1::HomeRole::from(*role).into(),
    };
    v1::Person {
        name: format!("people/{}", person.id),
        display_name: person.name.clone(),
        email: person.email.as_str().to_owned(),
        homes: person.homes.iter().map(home).collect(),
        invited_at: Some(instant(person.invited_at)),
    }
}

/// A person's id by her name.
pub(crate) fn person_id(member: &str, name: &str) -> Result<String, Faults> {
    person_name(member, name)
}

/// The home whose people are listed; none for all homes.
pub(crate) fn parent_home(name: &str) -> Result<Option<HomeId>, Faults> {
    match name {
        "homes/-" => Ok(None),
        _ => home_id("parent", name).map(Some),
    }
}

/// The homes from which a person is removed.
pub(crate) fn removed_homes(homes: &[String]) -> Result<BTreeSet<HomeId>, Faults> {
    if homes.len() > HOMES_PER_TOKEN_MAX {
        return Err(Faults::one(
            "homes",
            format!("are more than {HOMES_PER_TOKEN_MAX}"),
        ));
    }
    let mut faults = Faults::new();
    let read = |(place, name): (usize, &String)| {
        let id = name.strip_prefix("homes/").unwrap_or(name);
        faults.take("", text(&format!("homes[{place}]"), id))
    };
    let read: BTreeSet<HomeId> = homes.iter().enumerate().filter_map(read).collect();
    faults.into_result().map(|()| read)
}
