//! A person who answers for homes: who may sign in, by her e-mail address, and for which homes.
//!
//! Invariant: an address never shows in a `Debug` text, and so in no log or error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fault::Faults;
use super::id::{HomeId, IdError, shown};
use super::letter::DigestDays;
use super::limits::{EMAIL_CHARS_MAX, HOMES_PER_TOKEN_MAX, PERSON_NAME_CHARS_MAX};

/// What a person may do for a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HomeRole {
    /// Answer its forms.
    Answers,
    /// Answer its forms, and invite and remove others.
    Lead,
}

impl HomeRole {
    /// Every role with its word.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Answers, "answers"), (Self::Lead, "lead")];

    /// The role's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Lead => "lead",
        }
    }
}

impl FromStr for HomeRole {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text);
        found.map(|(role, _)| *role).ok_or_else(|| {
            IdError(format!(
                "{} is not a role at a home; expected answers or lead",
                shown(text)
            ))
        })
    }
}

/// An e-mail address, checked simply: something, an @, and a name with a dot in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is compared: without regard to case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl FromStr for Email {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let is_address = text.split_once('@').is_some_and(|(box_, host)| {
            let is_label = |label: &str| {
                !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            };
            !box_.is_empty()
                && host.contains('.')
                && host.split('.').all(is_label)
                && box_.chars().all(|c| !c.is_whitespace() && !c.is_control())
                && !box_.contains(['<', '>', ',', ';', '"'])
        });
        if is_address && text.chars().count() <= EMAIL_CHARS_MAX {
            return Ok(Self(text.to_owned()));
        }
        // The text is not quoted: an address belongs into no error.
        Err(IdError(format!(
            "is not an e-mail address of at most {EMAIL_CHARS_MAX} characters, such as \
             manager@rowan-house.example"
        )))
    }
}

impl TryFrom<String> for Email {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

/// A person, with what she may do for which homes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Her id here.
    pub id: String,
    /// Her name.
    pub name: String,
    /// Her address, by which she signs in: nobody else's.
    pub email: Email,
    /// Her homes.
    pub homes: BTreeMap<HomeId, HomeRole>,
    /// When she was first invited.
    pub invited_at: Timestamp,
    /// How each home knows her. What is not said of a home is as above.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known_as: BTreeMap<HomeId, KnownAs>,
    /// On which days she wants the digests of her homes.
    #[serde(default, skip_serializing_if = "DigestDays::is_usual")]
    pub digest: DigestDays,
}

/// How a home knows a person: as she was put when she was invited to it. Who leads another home and
/// knows her address learns nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAs {
    /// Her name.
    pub name: String,
    /// Her address, as it was written.
    pub email: Email,
    /// When she was invited to that home.
    pub invited_at: Timestamp,
}

impl Person {
    /// A person whom nobody has invited to any home yet.
    #[must_use]
    pub fn new(id: String, invitation: &Invitation, at: Timestamp) -> Self {
        Self {
            id,
            name: invitation.name.clone(),
            email: invitation.email.clone(),
            homes: BTreeMap::new(),
            invited_at: at,
            known_as: BTreeMap::new(),
            digest: DigestDays::default(),
        }
    }

    /// Invites her to further homes, or to the same in another role. A home that knows her goes on
    /// knowing her by the name it has, unless she is renamed.
    pub fn invite(&mut self, invitation: &Invitation, at: Timestamp, is_renamed: bool) {
        if is_renamed {
            self.name.clone_from(&invitation.name);
        }
        let homes = &self.homes;
        // Those that she was removed from since.
        self.known_as.retain(|home, _| homes.contains_key(home));
        for home in &invitation.homes {
            let is_new = self.homes.insert(home.clone(), invitation.role).is_none();
            if is_new {
                let known = KnownAs {
                    name: invitation.name.clone(),
                    email: invitation.email.clone(),
                    invited_at: at,
                };
                self.known_as.insert(home.clone(), known);
            } else if let Some(known) = self.known_as.get_mut(home).filter(|_| is_renamed) {
                known.name.clone_from(&invitation.name);
            }
        }
    }

    /// What whoever leads some homes sees of her: those homes alone, and how the first of them that
    /// she was invited to knows her.
    #[must_use]
    pub fn seen_by(mut self, led: &BTreeSet<HomeId>) -> Self {
        self.homes.retain(|home, _| led.contains(home));
        let known = |home: &HomeId| match self.known_as.get(home) {
            Some(known) => known.clone(),
            None => KnownAs {
                name: self.name.clone(),
                email: self.email.clone(),
                invited_at: self.invited_at,
            },
        };
        let first = self.homes.keys().map(known);
        if let Some(first) = first.min_by_key(|known| known.invited_at) {
            self.name = first.name;
            self.email = first.email;
            self.invited_at = first.invited_at;
        }
        self.known_as.clear();
        self
    }
}

/// That a person was removed from homes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRemoved {
    /// Her id.
    pub id: String,
    /// From which homes; from all, and for good, if none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub homes: BTreeSet<HomeId>,
}

/// An invitation, well formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Her name.
    pub name: String,
    /// Her address.
    pub email: Email,
    /// To which homes.
    pub homes: BTreeSet<HomeId>,
    /// To do what for each of them.
    pub role: HomeRole,
}

impl Invitation {
    /// Reads an invitation.
    ///
    /// # Errors
    /// Every fault, by member. No fault says the address.
    pub fn parse(name: &str, email: &str, homes: &[String], role: &str) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: IdError| Faults::one("", error.to_string());
        if name.trim().is_empty() {
            faults.add("display_name", "say who is invited");
        }
        if name.chars().count() > PERSON_NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let message = format!("must be at most {PERSON_NAME_CHARS_MAX} printable characters");
            faults.add("display_name", message);
        }
        let email = faults.take("email", email.parse::<Email>().map_err(said));
        let role = faults.take("role", role.parse::<HomeRole>().map_err(said));
        if homes.is_empty() {
            faults.add("homes", "name one home at least");
        }
        if homes.len() > HOMES_PER_TOKEN_MAX {
            faults.add("homes", format!("are more than {HOMES_PER_TOKEN_MAX}"));
            return Err(faults);
        }
        let read = |(place, home): (usize, &String)| {
            faults.take(
                &format!("homes[{place}]"),
                home.parse::<HomeId>().map_err(said),
            )
        };
        let homes = homes.iter().enumerate().filter_map(read).collect();
        match (email, role, faults.into_result()) {
            (Some(email), Some(role), Ok(())) => Ok(Self {
                name: name.to_owned(),
                email,
                homes,
                role,
            }),
            (_, _, Err(faults)) => Err(faults),
            (_, _, Ok(())) => Err(Faults::one("", "the invitation is not complete")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_simply_and_never_shown() {
        for good in [
            "a@b.example",
            "Jo.O'Neil+care@rowan-house.co.uk",
            "jörg@häuser.example",
        ] {
            let email: Email = good.parse().unwrap();
            assert_eq!(email.as_str(), good);
            assert!(!format!("{email:?}").contains('@'));
        }
        let long = format!("{}@b.example", "a".repeat(EMAIL_CHARS_MAX));
        for bad in [
            "",
            "a",
            "@b.example",
            "a@b",
            "a@.example",
            "a b@c.example",
            "a@b@c.d",
            &long,
        ] {
            let error = bad.parse::<Email>().unwrap_err().to_string();
            assert!(
                bad.is_empty() || bad == "a" || !error.contains(bad),
                "{error}"
            );
        }
        let (one, other): (Email, Email) = (
            "Ann@B.example".parse().unwrap(),
            "ann@b.EXAMPLE".parse().unwrap(),
        );
        assert_eq!(one.key(), other.key());
    }

    #[test]
    fn each_home_knows_a_person_as_she_was_put_when_she_was_invited_to_it() {
        let [one, two]: [HomeId; 2] = ["1-100000001", "1-100000002"].map(|id| id.parse().unwrap());
        let invitation = |name: &str, email: &str, home: &HomeId| Invitation {
            name: name.into(),
            email: email.parse().unwrap(),
            homes: BTreeSet::from([home.clone()]),
            role: HomeRole::Answers,
        };
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let first = invitation("Ann Archer", "Ann@b.example", &one);
        let mut person = Person::new("p_1".into(), &first, at(1));
        person.invite(&first, at(1), false);
        person.invite(&invitation("x", "ann@B.example", &two), at(2), false);
        let seen = |person: &Person, home: &HomeId| {
            let seen = person.clone().seen_by(&BTreeSet::from([home.clone()]));
            assert!(seen.known_as.is_empty() && seen.homes.len() == 1);
            (seen.name, seen.email.as_str().to_owned(), seen.invited_at)
        };
        let of_one = ("Ann Archer".to_owned(), "Ann@b.example".to_owned(), at(1));
        assert_eq!(seen(&person, &one), of_one);
        let of_two = ("x".to_owned(), "ann@B.example".to_owned(), at(2));
        assert_eq!(seen(&person, &two), of_two);
        let both = BTreeSet::from([one.clone(), two.clone()]);
        assert_eq!(person.clone().seen_by(&both).name, "Ann Archer");
        // Removed from a home and invited to it again, she is new to it.
        person.homes.remove(&two);
        person.invite(&invitation("y", "ann@b.example", &two), at(3), false);
        assert_eq!(seen(&person, &two).0, "y");
        person.invite(&invitation("Ann Bell", "ann@b.example", &two), at(4), true);
        assert_eq!(
            (person.name.as_str(), seen(&person, &two).0.as_str()),
            ("Ann Bell", "Ann Bell")
        );
        assert_eq!(
            seen(&person, &one),
            of_one,
            "what one home calls her is its own"
        );
    }

    #[test]
    fn every_fault_of_an_invitation_is_named() {
        let faults = Invitation::parse(" ", "nobody", &["x".into()], "boss").unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["display_name", "email", "role", "homes[0]"]);
        assert!(!faults.to_string().contains("nobody"));
        let well = Invitation::parse("Ann", "a@b.example", &["1-466088203".into()], "lead");
        assert_eq!(well.unwrap().role, HomeRole::Lead);
    }
}
