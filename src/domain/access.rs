//! Who a caller is: a role, and what that role is bound to.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::fault::Faults;
use super::id::{HomeId, IdError, OrganisationId, shown};
use super::limits::{HOMES_PER_TOKEN_MAX, TOKEN_LABEL_CHARS_MAX};

/// What a caller may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A system or officer of one organisation that asks.
    Requester,
    /// A person who answers for some homes.
    Home,
    /// The data lead who keeps the dictionary.
    Steward,
    /// Reads who asked for what; never an answer.
    Analyst,
    /// Runs the broker.
    Operator,
}

impl Role {
    /// Every role with its word.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Requester, "requester"),
        (Self::Home, "home"),
        (Self::Steward, "steward"),
        (Self::Analyst, "analyst"),
        (Self::Operator, "operator"),
    ];

    /// The role's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("requester", |(_, word)| word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text);
        found.map(|(role, _)| *role).ok_or_else(|| {
            IdError(format!(
                "{} is not a role; expected requester, home, steward, analyst or operator",
                shown(text)
            ))
        })
    }
}

/// A role with what it is bound to.
///
/// Invariant, kept by [`Grant::parse`]: a requester has an organisation, a home person has homes,
/// no other role has either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The requester's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    /// The home person's homes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub homes: BTreeSet<HomeId>,
    /// Whether the home person may invite others to her homes: she leads them.
    #[serde(default, skip_serializing_if = "is_not")]
    pub lead: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_not(lead: &bool) -> bool {
    !*lead
}

impl Grant {
    /// Reads a grant.
    ///
    /// # Errors
    /// Every fault: an unknown role, and bindings that are missing, malformed or not the role's.
    pub fn parse(role: &str, organisation: &str, homes: &[String]) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: IdError| Faults::one("", error.to_string());
        let role = faults.take("role", role.parse::<Role>().map_err(said));
        let bound = match (role, organisation) {
            (Some(Role::Requester), "") => {
                faults.add("organisation", "a requester needs its organisation");
                None
            }
            (_, "") => None,
            (Some(Role::Requester) | None, text) => {
                faults.take("organisation", text.parse::<OrganisationId>().map_err(said))
            }
            (Some(role), _) => {
                let message = format!("is given for a requester only, not for a role {role}");
                faults.add("organisation", message);
                None
            }
        };
        let homes = parse_homes(role, homes, &mut faults);
        match (role, faults.into_result()) {
            (Some(role), Ok(())) => Ok(Self {
                role,
                organisation: bound,
                homes,
                lead: false,
            }),
            (_, Err(faults)) => Err(faults),
            (None, Ok(())) => Err(Faults::one("role", "is missing")),
        }
    }

    /// A grant of a role that is bound to nothing.
    #[must_use]
    pub fn unbound(role: Role) -> Self {
        Self {
            role,
            organisation: None,
            homes: BTreeSet::new(),
            lead: false,
        }
    }

    /// The same for a lead person: she may invite others to her homes.
    ///
    /// # Errors
    /// A role other than that of a home person.
    pub fn leading(self, lead: bool) -> Result<Self, Faults> {
        if lead && self.role != Role::Home {
            let message = format!(
                "is given for a home person only, not for a role {}",
                self.role
            );
            return Err(Faults::one("lead", message));
        }
        Ok(Self { lead, ..self })
    }
}

fn parse_homes(role: Option<Role>, homes: &[String], faults: &mut Faults) -> BTreeSet<HomeId> {
    match role {
        Some(Role::Home) if homes.is_empty() => {
            faults.add("homes", "a home person needs at least one home");
        }
        Some(Role::Home) | None => {}
        Some(role) if !homes.is_empty() => {
            let message = format!("are given for a home person only, not for a role {role}");
            faults.add("homes", message);
        }
        Some(_) => {}
    }
    if homes.len() > HOMES_PER_TOKEN_MAX {
        faults.add("homes", format!("are more than {HOMES_PER_TOKEN_MAX}"));
        return BTreeSet::new();
    }
    let parse = |(position, text): (usize, &String)| {
        let read = text.parse::<HomeId>();
        let said = read.map_err(|error| Faults::one("", error.to_string()));
        faults.take(&format!("homes[{position}]"), said)
    };
    homes.iter().enumerate().filter_map(parse).collect()
}

/// A static token as the ledger keeps it: its hash, never itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Public id, by which it is listed and revoked.
    pub id: String,
    /// What it is for, in the words of whoever issued it.
    pub label: String,
    /// Keyed BLAKE3 hash of the secret.
    pub hash: Digest,
    /// What its bearer may be.
    pub grant: Grant,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when it no longer opens anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Since when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Earlier secrets that go on beside the present one for a while, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerSecret>,
}

/// A secret that was rotated out and goes on for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerSecret {
    /// Keyed BLAKE3 hash of the secret.
    pub hash: Digest,
    /// From when it no longer opens anything.
    pub ends_at: Timestamp,
}

/// That a token got another secret; it stays the same token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRotated {
    /// The token's id.
    pub id: String,
    /// Keyed BLAKE3 hash of the new secret.
    pub hash: Digest,
    /// From when the secret before it no longer opens anything.
    pub former_ends_at: Timestamp,
}

impl Token {
    /// Whether the token opens anything at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expiry| now < expiry)
    }

    /// Whether the secret of this hash opens anything at `now`.
    #[must_use]
    pub fn opens_with(&self, hash: &Digest, now: Timestamp) -> bool {
        let is_former = |former: &&FormerSecret| former.hash == *hash && now < former.ends_at;
        let is_known = self.hash == *hash || self.former.iter().any(|former| is_former(&former));
        self.is_live(now) && is_known
    }

    /// The hashes of its secrets, the present one first.
    pub fn hashes(&self) -> impl Iterator<Item = &Digest> {
        let former = self.former.iter().map(|former| &former.hash);
        std::iter::once(&self.hash).chain(former)
    }

    /// Gives it another secret. Former ones that have ended by `now` are forgotten. Doing so twice
    /// changes nothing.
    pub fn rotate(&mut self, rotated: &TokenRotated, now: Timestamp) {
        if self.hash == rotated.hash {
            return;
        }
        self.former.retain(|former| now < former.ends_at);
        self.former.push(FormerSecret {
            hash: self.hash,
            ends_at: rotated.former_ends_at,
        });
        self.hash = rotated.hash;
    }
}

/// Checks the label of a token.
///
/// # Errors
/// An empty or over-long label.
pub fn check_token_label(label: &str) -> Result<(), Faults> {
    let chars = label.chars().count();
    if label.trim().is_empty() {
        return Err(Faults::one("label", "say what the token is for"));
    }
    if chars > TOKEN_LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return Err(Faults::one(
            "label",
            format!("must be at most {TOKEN_LABEL_CHARS_MAX} printable characters"),
        ));
    }
    Ok(())
}

/// A caller whose secret was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The token's public id, recorded as the author of what it does.
    pub token_id: String,
    /// What the bearer may be.
    pub grant: Grant,
    /// By what it was recognised.
    pub proof: Proof,
}

/// By what a caller was recognised: what must go on holding while a stream of its own is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A static token, which the ledger keeps under the caller's id.
    Token {
        /// Hash of the very secret that was shown: a token may have several for a while.
        hash: Digest,
    },
    /// A JWT.
    Jwt {
        /// From when it no longer opens anything.
        until: Timestamp,
    },
    /// A client certificate, by the name that stands in the caller's id.
    Certificate,
    /// The broker's own process, which shows nothing.
    Process,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_bound_as_its_role_demands() {
        let paths = |role: &str, organisation: &str, homes: &[&str]| {
            let homes: Vec<String> = homes.iter().map(|h| (*h).to_owned()).collect();
            match Grant::parse(role, organisation, &homes) {
                Ok(_) => Vec::new(),
                Err(faults) => faults.iter().map(|f| f.path.clone()).collect(),
            }
        };
        let none: [&str; 0] = [];
        assert_eq!(paths("requester", "sefton-council", &[]), none);
        assert_eq!(paths("home", "", &["1-466088203"]), none);
        assert_eq!(paths("analyst", "", &[]), none);
        assert_eq!(paths("requester", "", &[]), ["organisation"]);
        assert_eq!(paths("home", "", &[]), ["homes"]);
        assert_eq!(paths("home", "", &["x"]), ["homes[0]"]);
        assert_eq!(
            paths("analyst", "a", &["x"]),
            ["organisation", "homes", "homes[0]"]
        );
        assert_eq!(paths("boss", "", &[]), ["role"]);
    }
}
