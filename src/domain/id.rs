//! Identifiers as types of their own, each refusing what it cannot be.
//!
//! An id is checked once, where it enters; past that point it is known to be well formed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier of the wanted kind: what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(pub String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $check:path, $expected:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if $check(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(IdError(format!(
                        "{} is not {}",
                        shown(text),
                        $expected
                    )))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// An organisation's id here, such as `sefton-council`.
    OrganisationId,
    is_slug,
    "an organisation id: 1 to 64 of a-z, 0-9 and -, starting with a letter or digit"
);
id!(
    /// An ask's id, unique within its organisation.
    AskId,
    is_ask_id,
    "an ask id: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and -, starting with a letter or digit"
);
id!(
    /// A care home's id: its CQC location id, such as `1-466088203`.
    HomeId,
    is_cqc_location,
    "a CQC location id: a digit, a hyphen and 8 to 12 digits, such as 1-466088203"
);
id!(
    /// The requester's key of a field, kept verbatim and unique in its ask.
    FieldName,
    is_field_name,
    "a field name: 1 to 64 printable characters"
);
id!(
    /// A data dictionary entry's id, such as `beds.occupied`.
    ElementId,
    is_element_id,
    "an element id: at most 64 characters, lower-case parts joined by dots, such as beds.occupied"
);
id!(
    /// A dimension of the dictionary by which a number may be broken down, such as `job_role`.
    DimensionId,
    is_dimension_id,
    "a dimension id: at most 64 of a-z, 0-9, _ and -, starting with a letter"
);
id!(
    /// An area's GSS code, such as `E08000014` (a council) or `E92000001` (England).
    AreaCode,
    is_gss_code,
    "a GSS code: E and 8 digits, 9 characters in all, such as E08000014"
);

impl HomeId {
    /// The resource name, `homes/{cqc location id}`.
    #[must_use]
    pub fn resource(&self) -> String {
        format!("homes/{self}")
    }
}

impl OrganisationId {
    /// The resource name, `organisations/{id}`.
    #[must_use]
    pub fn resource(&self) -> String {
        format!("organisations/{self}")
    }
}

/// An ask's full name: whose it is, and its id there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AskName {
    /// Who asks.
    pub organisation: OrganisationId,
    /// The ask's id within the organisation.
    pub ask: AskId,
}

impl fmt::Display for AskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "organisations/{}/asks/{}", self.organisation, self.ask)
    }
}

impl FromStr for AskName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parts = text
            .strip_prefix("organisations/")
            .and_then(|rest| rest.split_once("/asks/"));
        let Some((organisation, ask)) = parts else {
            return Err(IdError(format!(
                "{} is not an ask's name, organisations/{{id}}/asks/{{ask}}",
                shown(text)
            )));
        };
        Ok(Self {
            organisation: organisation.parse()?,
            ask: ask.parse()?,
        })
    }
}

impl TryFrom<String> for AskName {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<AskName> for String {
    fn from(name: AskName) -> String {
        name.to_string()
    }
}

/// A text as an error message may show it: quoted, without control characters, cut when long.
#[must_use]
pub fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 80;
    let mut quoted: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        quoted.push('…');
    }
    format!("\"{quoted}\"")
}

fn is_short(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64
}

fn is_slug(text: &str) -> bool {
    is_short(text)
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_ask_id(text: &str) -> bool {
    is_short(text)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_cqc_location(text: &str) -> bool {
    let Some((first, rest)) = text.split_once('-') else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    first.len() == 1 && digits(first) && (8..=12).contains(&rest.len()) && digits(rest)
}

fn is_field_name(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && text.trim() == text
        && text.chars().all(|c| !c.is_control() && c != '\u{FFFD}')
}

fn is_element_id(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
    };
    is_short(text)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.split('.').all(part)
}

fn is_dimension_id(text: &str) -> bool {
    is_element_id(text) && !text.contains('.')
}

fn is_gss_code(text: &str) -> bool {
    text.len() == 9 && text.starts_with('E') && text.bytes().skip(1).all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_accept_what_they_are_and_refuse_the_rest() {
        let well = |text: &str| text.parse::<HomeId>().is_ok();
        assert!(well("1-466088203"));
        for bad in [
            "",
            "1-",
            "1-12",
            "466088203",
            "1-4660882030000",
            "1-46608820a",
        ] {
            assert!(!well(bad), "{bad}");
        }
        assert!("E08000014".parse::<AreaCode>().is_ok());
        assert!("E0800014".parse::<AreaCode>().is_err());
        assert!("beds.vacant.open".parse::<ElementId>().is_ok());
        for bad in ["Beds", "beds..open", ".beds", "beds.", "9beds", ""] {
            assert!(bad.parse::<ElementId>().is_err(), "{bad}");
        }
        assert!("residents’ falls".parse::<FieldName>().is_ok());
        assert!("a\u{7}".parse::<FieldName>().is_err());
    }

    #[test]
    fn an_ask_name_reads_back_as_written() {
        let text = "organisations/sefton-council/asks/daily-2020";
        assert_eq!(text.parse::<AskName>().unwrap().to_string(), text);
        assert!("organisations/x/ask/y".parse::<AskName>().is_err());
    }
}
