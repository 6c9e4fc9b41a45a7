//! A body that asks: council, CCG, ICB, NHS trust, NHS England, regulator, public-health body.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fault::Faults;
use super::id::{IdError, OrganisationId, shown};
use super::identifier::{self, OrganisationIdentifier};
use super::limits::ORGANISATION_NAME_CHARS_MAX;

/// What kind of body an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// A council with social-care duties.
    Council,
    /// A clinical commissioning group, until July 2022.
    Ccg,
    /// An integrated care board, since July 2022.
    Icb,
    /// An NHS trust or foundation trust.
    NhsTrust,
    /// NHS England.
    NhsEngland,
    /// The Care Quality Commission or another regulator.
    Regulator,
    /// A public-health body.
    PublicHealthBody,
    /// A government department, such as the Department of Health and Social Care.
    GovernmentDepartment,
}

impl OrganisationKind {
    /// Every kind with its word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Council, "council"),
        (Self::Ccg, "ccg"),
        (Self::Icb, "icb"),
        (Self::NhsTrust, "nhs-trust"),
        (Self::NhsEngland, "nhs-england"),
        (Self::Regulator, "regulator"),
        (Self::PublicHealthBody, "public-health-body"),
        (Self::GovernmentDepartment, "government-department"),
    ];

    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("council", |(_, word)| word)
    }
}

impl fmt::Display for OrganisationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OrganisationKind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|(_, word)| *word).collect();
            IdError(format!(
                "{} is not a kind of organisation; expected one of {}",
                shown(text),
                words.join(", ")
            ))
        })
    }
}

/// A row of a register of organisations, as it comes in: nothing checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOrganisation {
    /// Our id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The word of its kind.
    pub kind: String,
    /// ODS code; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ods: String,
    /// GSS code; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub gss: String,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawOrganisation", into = "RawOrganisation")]
pub struct Organisation {
    /// Our id of it.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKind,
    /// ODS code; empty where it has none.
    pub ods: String,
    /// GSS code; empty where it has none.
    pub gss: String,
}

impl Organisation {
    /// Checks a row.
    ///
    /// # Errors
    /// Every fault, its path being the column.
    pub fn parse(row: RawOrganisation) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: IdError| Faults::one("", error.to_string());
        let id = faults.take("id", row.id.parse::<OrganisationId>().map_err(said));
        let kind = faults.take("kind", row.kind.parse::<OrganisationKind>().map_err(said));
        let name_chars = row.name.chars().count();
        if row.name.trim().is_empty() {
            faults.add("name", "an organisation needs a name");
        }
        if name_chars > ORGANISATION_NAME_CHARS_MAX {
            faults.add(
                "name",
                format!("is longer than {ORGANISATION_NAME_CHARS_MAX} characters"),
            );
        }
        for (column, code) in [("ods", &row.ods), ("gss", &row.gss)] {
            if code.len() > 16 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
                faults.add(
                    column,
                    format!("{} is not a code of letters and digits", shown(code)),
                );
            }
        }
        match (id, kind, faults.into_result()) {
            (Some(id), Some(kind), Ok(())) => Ok(Self {
                id,
                name: row.name,
                kind,
                ods: row.ods,
                gss: row.gss,
            }),
            (_, _, Err(faults)) => Err(faults),
            (_, _, Ok(())) => Err(Faults::one("", "the row is not an organisation")),
        }
    }

    /// By what it is found beside its id here, as far as its codes are well formed.
    pub fn identifiers(&self) -> impl Iterator<Item = OrganisationIdentifier> {
        let ods = identifier::ods_code(&self.ods).ok();
        let gss = self.gss.parse().ok();
        (ods.map(OrganisationIdentifier::Ods).into_iter())
            .chain(gss.map(OrganisationIdentifier::Gss))
    }
}

impl TryFrom<RawOrganisation> for Organisation {
    type Error = Faults;

    fn try_from(row: RawOrganisation) -> Result<Self, Faults> {
        Self::parse(row)
    }
}

impl From<Organisation> for RawOrganisation {
    fn from(organisation: Organisation) -> RawOrganisation {
        RawOrganisation {
            id: organisation.id.into(),
            name: organisation.name,
            kind: organisation.kind.to_string(),
            ods: organisation.ods,
            gss: organisation.gss,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_row_is_named() {
        let faults = Organisation::parse(RawOrganisation {
            id: "Sefton Council".into(),
            kind: "borough".into(),
            ods: "?".into(),
            ..RawOrganisation::default()
        })
        .unwrap_err();
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["id", "kind", "name", "ods"]);
    }
}
