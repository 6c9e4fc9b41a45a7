//! A care home as the registry knows it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::answer::{Number, Value};
use super::decimal::Decimal;
use super::fault::Faults;
use super::id::{AreaCode, HomeId, shown};
use super::identifier::{self, HomeIdentifier};
use super::limits::{
    BEDS_PER_HOME_MAX, HOME_TEXT_CHARS_MAX, LOCAL_IDS_PER_HOME_MAX, SERVICES_PER_HOME_MAX,
};
use super::text::normalise;

/// A row of a register of homes, as it comes in: nothing checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHome {
    /// The CQC location id.
    pub cqc_id: String,
    /// The home's name.
    pub name: String,
    /// Service types, such as `Nursing homes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Postal address without the postcode.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Postcode.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    /// Who runs it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// The council's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub area_name: String,
    /// The council's GSS code.
    pub area_code: String,
    /// The integrated care board's GSS code; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub icb_code: String,
    /// The ODS code; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ods: String,
    /// The unique property reference number; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uprn: String,
    /// What organisations call it, each `{organisation}:{id}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<String>,
    /// How many beds it is registered for, a whole number; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub beds: String,
}

/// A care home.
///
/// Invariant: its council code names an English upper-tier council; its ICB code, an ICB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawHome", into = "RawHome")]
pub struct Home {
    /// The CQC location id.
    pub id: HomeId,
    /// The home's name.
    pub name: String,
    /// The council's area.
    pub council: AreaCode,
    /// The integrated care board's area.
    pub icb: Option<AreaCode>,
    /// How many beds it is registered for; none where unknown.
    pub beds: Option<u32>,
    /// The row as it came in, for what the kernel does not reason about.
    pub row: RawHome,
}

/// What of a home's entry in the register answers a question, so that the home need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterFact {
    /// The CQC location id.
    CqcId,
    /// The name.
    Name,
    /// The postcode.
    Postcode,
    /// The ODS code.
    Ods,
    /// Who runs it.
    Provider,
    /// The service types.
    Services,
    /// How many beds it is registered for.
    Beds,
}

/// England, the area of every home here.
pub const ENGLAND: &str = "E92000001";

/// GSS code beginnings of English upper-tier councils: unitary, metropolitan, London, county.
const COUNCIL_PREFIXES: [&str; 4] = ["E06", "E08", "E09", "E10"];
/// GSS code beginning of an integrated care board.
const ICB_PREFIX: &str = "E54";

/// Whether a GSS code is of a kind of area that homes lie in by the register: a council's or an
/// ICB's.
#[must_use]
pub fn is_area_of_homes(area: &AreaCode) -> bool {
    let kinds = COUNCIL_PREFIXES.iter().chain([&ICB_PREFIX]);
    kinds
        .into_iter()
        .any(|prefix| area.as_str().starts_with(prefix))
}

impl Home {
    /// Checks a row.
    ///
    /// # Errors
    /// Every fault, its path being the column.
    pub fn parse(row: RawHome) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let id = faults.take("cqc_id", row.cqc_id.parse::<HomeId>().map_err(fault));
        let council = faults.take("area_code", council_code(&row.area_code));
        let icb = match row.icb_code.as_str() {
            "" => None,
            code => faults.take("icb_code", area_code(code, &[ICB_PREFIX], "an ICB")),
        };
        let beds = match row.beds.as_str() {
            "" => None,
            text => faults.take("beds", number_of_beds(text)),
        };
        check_texts(&row, &mut faults);
        check_identifiers(&row, &mut faults);
        match (id, council, faults.into_result()) {
            (Some(id), Some(council), Ok(())) => Ok(Self {
                id,
                name: row.name.clone(),
                council,
                icb,
                beds,
                row,
            }),
            (_, _, Err(faults)) => Err(faults),
            (_, _, Ok(())) => Err(Faults::one("", "the row is not a home")),
        }
    }

    /// Its services, normalised as the services that fields apply to are. One that says nothing
    /// once normalised is left out.
    #[must_use]
    pub fn normalised_services(&self) -> BTreeSet<String> {
        normalised_services(&self.row.services)
    }

    /// What the register says, as an answer to the question that it answers; none where it does not
    /// know. Services are named as [`Home::normalised_services`] names them, whatever the keys of
    /// the question's options are.
    #[must_use]
    pub fn fact(&self, fact: RegisterFact) -> Option<Value> {
        let text = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| Value::Text(text.to_owned()))
        };
        match fact {
            RegisterFact::CqcId => text(self.id.as_str()),
            RegisterFact::Name => text(&self.name),
            RegisterFact::Postcode => text(&self.row.postcode),
            RegisterFact::Ods => text(&self.row.ods),
            RegisterFact::Provider => text(&self.row.provider),
            RegisterFact::Services => {
                let services = self.normalised_services();
                (!services.is_empty()).then_some(Value::Options(services))
            }
            RegisterFact::Beds => self.beds.map(|beds| {
                Value::Number(Number {
                    total: Some(Decimal::from(beds)),
                    ..Number::default()
                })
            }),
        }
    }

    /// The areas that the home lies in, England among them.
    pub fn areas(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.council.as_str())
            .chain(self.icb.iter().map(AreaCode::as_str))
            .chain(std::iter::once(ENGLAND))
    }

    /// By what it is found beside its CQC location id, as far as the row is well formed.
    pub fn identifiers(&self) -> impl Iterator<Item = HomeIdentifier> {
        let ods = identifier::ods_code(&self.row.ods).ok();
        let uprn = identifier::uprn(&self.row.uprn).ok();
        let local = self.row.local.iter();
        let local = local.filter_map(|text| identifier::local_id(text).ok());
        (ods.map(HomeIdentifier::Ods).into_iter())
            .chain(uprn.map(HomeIdentifier::Uprn))
            .chain(local.map(|(organisation, id)| HomeIdentifier::Local(organisation, id)))
    }
}

/// Names of services, normalised.
#[must_use]
pub fn normalised_services(services: &[String]) -> BTreeSet<String> {
    let normalised = services.iter().map(|service| normalise(service));
    normalised.filter_map(Result::ok).collect()
}

impl TryFrom<RawHome> for Home {
    type Error = Faults;

    fn try_from(row: RawHome) -> Result<Self, Faults> {
        Self::parse(row)
    }
}

impl From<Home> for RawHome {
    fn from(home: Home) -> RawHome {
        home.row
    }
}

fn fault(error: impl std::fmt::Display) -> Faults {
    Faults::one("", error.to_string())
}

fn check_texts(row: &RawHome, faults: &mut Faults) {
    if row.name.trim().is_empty() {
        faults.add("name", "a home needs a name");
    }
    let texts = [
        ("name", &row.name),
        ("address", &row.address),
        ("postcode", &row.postcode),
        ("provider", &row.provider),
        ("area_name", &row.area_name),
        ("ods", &row.ods),
    ];
    for (column, text) in texts {
        if text.chars().count() > HOME_TEXT_CHARS_MAX {
            faults.add(
                column,
                format!("is longer than {HOME_TEXT_CHARS_MAX} characters"),
            );
        }
        if text.chars().any(char::is_control) {
            faults.add(column, "has a control character");
        }
    }
    if row.services.len() > SERVICES_PER_HOME_MAX {
        faults.add(
            "services",
            format!("names more than {SERVICES_PER_HOME_MAX} service types"),
        );
    }
}

fn check_identifiers(row: &RawHome, faults: &mut Faults) {
    if !row.uprn.is_empty() {
        faults.take("uprn", identifier::uprn(&row.uprn).map_err(fault));
    }
    if row.local.len() > LOCAL_IDS_PER_HOME_MAX {
        faults.add("local", format!("are more than {LOCAL_IDS_PER_HOME_MAX}"));
        return;
    }
    for (place, text) in row.local.iter().enumerate() {
        let path = format!("local[{place}]");
        let read = faults.take(&path, identifier::local_id(text).map_err(fault));
        if read.is_some() && row.local[..place].contains(text) {
            faults.add(path, "is given twice");
        }
    }
}

/// Reads a number of beds: digits and nothing else, so that no sign, fraction or separator is
/// guessed away.
fn number_of_beds(text: &str) -> Result<u32, Faults> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let beds = text.parse().ok().filter(|_| is_digits);
    beds.filter(|beds| *beds <= BEDS_PER_HOME_MAX).ok_or_else(|| {
        fault(format!(
            "{} is not a number of beds; expected a whole number from 0 to {BEDS_PER_HOME_MAX}, or \
             nothing where it is not known",
            shown(text)
        ))
    })
}

fn council_code(code: &str) -> Result<AreaCode, Faults> {
    area_code(code, &COUNCIL_PREFIXES, "a council")
}

/// Reads a GSS code of one of the given kinds, saying what is off: its length, its form, its kind.
fn area_code(code: &str, prefixes: &[&str], kind: &str) -> Result<AreaCode, Faults> {
    let expected = format!(
        "expected the GSS code of {kind}: {} and 6 digits, 9 characters in all",
        prefixes.join(", ")
    );
    let length = code.chars().count();
    let known = prefixes.iter().any(|prefix| code.starts_with(prefix));
    let is_digits = code.bytes().skip(1).all(|b| b.is_ascii_digit());
    if length != 9 && code.starts_with('E') && is_digits {
        let count = if length < 9 {
            format!("{} too few", 9 - length)
        } else {
            format!("{} too many", length - 9)
        };
        return Err(fault(format!(
            "{} has {length} characters, {count}; {expected}",
            shown(code)
        )));
    }
    match code.parse::<AreaCode>() {
        Ok(area) if known => Ok(area),
        Ok(_) => Err(fault(format!(
            "{} is not the code of {kind}; {expected}",
            shown(code)
        ))),
        Err(_) => Err(fault(format!(
            "{} is not a GSS code; {expected}",
            shown(code)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(area_code: &str) -> RawHome {
        RawHome {
            cqc_id: "1-466088203".into(),
            name: "Rowan House".into(),
            area_code: area_code.into(),
            ..RawHome::default()
        }
    }

    #[test]
    fn a_home_lies_in_its_council_its_icb_and_england() {
        let mut with_icb = row("E08000009");
        with_icb.icb_code = "E54000057".into();
        let home = Home::parse(with_icb).unwrap();
        let areas: Vec<_> = home.areas().collect();
        assert_eq!(areas, ["E08000009", "E54000057", "E92000001"]);
    }

    #[test]
    fn a_code_that_lacks_a_digit_is_refused_with_what_was_expected() {
        let faults = Home::parse(row("E0800009")).unwrap_err().to_string();
        assert_eq!(
            faults,
            "area_code: \"E0800009\" has 8 characters, 1 too few; expected the GSS code of a \
             council: E06, E08, E09, E10 and 6 digits, 9 characters in all"
        );
    }

    #[test]
    fn every_fault_of_a_row_is_named() {
        let bad = RawHome {
            cqc_id: "466".into(),
            area_code: "W06000015".into(),
            icb_code: "E08000009".into(),
            beds: "some".into(),
            ..RawHome::default()
        };
        let faults = Home::parse(bad).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["cqc_id", "area_code", "icb_code", "beds", "name"]);
    }

    #[test]
    fn beds_are_a_whole_number_or_not_known() {
        let with = |beds: &str| {
            let mut row = row("E08000014");
            row.beds = beds.into();
            Home::parse(row)
        };
        for (text, expected) in [
            ("", None),
            ("0", Some(0)),
            ("42", Some(42)),
            ("007", Some(7)),
            ("9999", Some(9_999)),
        ] {
            let home = with(text).unwrap();
            assert_eq!(home.beds, expected, "{text}");
            let kept = serde_json::to_string(&home).unwrap();
            assert_eq!(kept.contains("beds"), expected.is_some(), "{kept}");
            assert_eq!(serde_json::from_str::<Home>(&kept).unwrap(), home);
        }
        for text in [
            "10000",
            "-1",
            "+4",
            "4.0",
            "1,000",
            "about 40",
            " ",
            "٤",
            "99999999999",
        ] {
            let faults = with(text).unwrap_err();
            let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(paths, ["beds"], "{text}");
            assert!(faults.to_string().contains("from 0 to 9999"), "{faults}");
        }
    }

    #[test]
    fn the_register_answers_what_it_knows_and_nothing_else() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let bare = Home::parse(row("E08000014")).unwrap();
        let mut full = row("E08000014");
        full.postcode = " L20 1AA ".into();
        full.ods = "VLKXX".into();
        full.provider = "Rowan Care".into();
        full.services = vec!["Nursing homes".into(), "NURSING  Homes".into(), "?".into()];
        full.beds = "42".into();
        let full = Home::parse(full).unwrap();
        let beds = Number {
            total: Some("42".parse().unwrap()),
            ..Number::default()
        };
        let services = BTreeSet::from(["nursing homes".to_owned()]);
        for (fact, of_full, of_bare) in [
            (
                RegisterFact::CqcId,
                text("1-466088203"),
                text("1-466088203"),
            ),
            (RegisterFact::Name, text("Rowan House"), text("Rowan House")),
            (RegisterFact::Postcode, text("L20 1AA"), None),
            (RegisterFact::Ods, text("VLKXX"), None),
            (RegisterFact::Provider, text("Rowan Care"), None),
            (RegisterFact::Services, Some(Value::Options(services)), None),
            (RegisterFact::Beds, Some(Value::Number(beds)), None),
        ] {
            assert_eq!(full.fact(fact), of_full, "{fact:?}");
            assert_eq!(bare.fact(fact), of_bare, "{fact:?}");
        }
    }
}
