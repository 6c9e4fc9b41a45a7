//! The names by which the world knows homes and organisations, beside our own ids.
//!
//! An identifier is written `{scheme}:{value}`; without a scheme it is our own id. One thing may
//! bear several, and several things one: a closed home and its successor share an ODS code.

use std::fmt;
use std::str::FromStr;

use super::id::{AreaCode, HomeId, IdError, OrganisationId, shown};

/// Longest ODS code, in characters: today's have three to ten.
const ODS_CHARS_MAX: usize = 16;

/// Longest unique property reference number, in digits, as its standard says.
const UPRN_DIGITS_MAX: usize = 12;

/// Longest id that an organisation has for a home of its own accord, in characters.
const LOCAL_CHARS_MAX: usize = 64;

/// By which a home is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HomeIdentifier {
    /// Its CQC location id, `cqc:1-466088203`: our own id of it.
    Cqc(HomeId),
    /// Its ODS code, `ods:VLKXX`, in capitals.
    Ods(String),
    /// Its unique property reference number, `uprn:100023336956`, without leading zeros.
    Uprn(String),
    /// What an organisation calls it, `local:{organisation}:{id}`.
    Local(OrganisationId, String),
}

/// By which an organisation is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrganisationIdentifier {
    /// Our id of it.
    Id(OrganisationId),
    /// Its ODS code, `ods:16C`, in capitals.
    Ods(String),
    /// Its GSS code, `gss:E38000247`.
    Gss(AreaCode),
}

impl FromStr for HomeIdentifier {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once(':') {
            None => text.parse().map(Self::Cqc),
            Some(("cqc", id)) => id.parse().map(Self::Cqc),
            Some(("ods", code)) => ods_code(code).map(Self::Ods),
            Some(("uprn", number)) => uprn(number).map(Self::Uprn),
            Some(("local", rest)) => {
                local_id(rest).map(|(organisation, id)| Self::Local(organisation, id))
            }
            Some(_) => Err(IdError(format!(
                "{} is not an identifier of a home; expected a CQC location id, such as \
                 1-466088203, or cqc:, ods:, uprn: or local:{{organisation}}: and what follows",
                shown(text)
            ))),
        }
    }
}

impl fmt::Display for HomeIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cqc(id) => write!(f, "cqc:{id}"),
            Self::Ods(code) => write!(f, "ods:{code}"),
            Self::Uprn(number) => write!(f, "uprn:{number}"),
            Self::Local(organisation, id) => write!(f, "local:{organisation}:{id}"),
        }
    }
}

impl FromStr for OrganisationIdentifier {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once(':') {
            None => text.parse().map(Self::Id),
            Some(("ods", code)) => ods_code(code).map(Self::Ods),
            Some(("gss", code)) => code.parse().map(Self::Gss),
            Some(_) => Err(IdError(format!(
                "{} is not an identifier of an organisation; expected its id here, such as \
                 sefton-council, or ods: or gss: and a code",
                shown(text)
            ))),
        }
    }
}

impl fmt::Display for OrganisationIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Ods(code) => write!(f, "ods:{code}"),
            Self::Gss(code) => write!(f, "gss:{code}"),
        }
    }
}

/// An ODS code as it is compared: in capitals.
///
/// # Errors
/// What is not 1 to 16 letters and digits.
pub fn ods_code(text: &str) -> Result<String, IdError> {
    let is_code = (1..=ODS_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_code {
        return Ok(text.to_ascii_uppercase());
    }
    Err(IdError(format!(
        "{} is not an ODS code: 1 to {ODS_CHARS_MAX} letters and digits, such as VLKXX",
        shown(text)
    )))
}

/// A unique property reference number as it is compared: without leading zeros.
///
/// # Errors
/// What is not 1 to 12 digits, or is zero.
pub fn uprn(text: &str) -> Result<String, IdError> {
    let is_number =
        (1..=UPRN_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.trim_start_matches('0');
    if is_number && !number.is_empty() {
        return Ok(number.to_owned());
    }
    Err(IdError(format!(
        "{} is not a unique property reference number: 1 to {UPRN_DIGITS_MAX} digits",
        shown(text)
    )))
}

/// What an organisation calls a home, `{organisation}:{id}`.
///
/// # Errors
/// An organisation id that is none; an id that is not 1 to 64 printable characters without space.
pub fn local_id(text: &str) -> Result<(OrganisationId, String), IdError> {
    let parts = text.split_once(':');
    let (organisation, id) = parts.ok_or_else(|| {
        IdError(format!(
            "{} is not {{organisation}}:{{id}}, such as sefton-council:H-17",
            shown(text)
        ))
    })?;
    let organisation = organisation.parse()?;
    let is_id = (1..=LOCAL_CHARS_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    if is_id {
        return Ok((organisation, id.to_owned()));
    }
    Err(IdError(format!(
        "{} is not a local id: 1 to {LOCAL_CHARS_MAX} printable characters without space or colon",
        shown(id)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_named_in_each_scheme_and_one_thing_in_one_way() {
        for (written, read) in [
            ("1-466088203", "cqc:1-466088203"),
            ("cqc:1-466088203", "cqc:1-466088203"),
            ("ods:vlkxx", "ods:VLKXX"),
            ("uprn:000100023336956", ""),
            ("uprn:000012", "uprn:12"),
            ("local:sefton-council:H-17", "local:sefton-council:H-17"),
            ("local:sefton-council", ""),
            ("local:sefton-council:", ""),
            ("local:sefton-council:a b", ""),
            ("ods:", ""),
            ("ods:VL KX", ""),
            ("uprn:0", ""),
            ("phone:12", ""),
            ("", ""),
        ] {
            let found = written.parse::<HomeIdentifier>();
            assert_eq!(
                found.map_or(String::new(), |id| id.to_string()),
                read,
                "{written}"
            );
        }
    }

    #[test]
    fn an_organisation_is_named_by_id_ods_or_gss() {
        for (written, read) in [
            ("sefton-council", "sefton-council"),
            ("ods:16c", "ods:16C"),
            ("gss:E38000247", "gss:E38000247"),
            ("gss:38000247", ""),
            ("cqc:1-466088203", ""),
        ] {
            let found = written.parse::<OrganisationIdentifier>();
            assert_eq!(
                found.map_or(String::new(), |id| id.to_string()),
                read,
                "{written}"
            );
        }
    }
}
