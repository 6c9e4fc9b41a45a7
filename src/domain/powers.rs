//! What an organisation may ask: the areas whose homes it may target, and the statutory powers that
//! it may invoke.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ask::{RawAsk, Targets};
use super::fault::Faults;
use super::field::RawField;
use super::field_type::Compulsion;
use super::home::{ENGLAND, Home, is_area_of_homes};
use super::id::{AreaCode, HomeId, OrganisationId, shown};
use super::limits::{AREAS_PER_GRANT_MAX, POWER_CHARS_MAX, POWERS_PER_GRANT_MAX};
use super::organisation::Organisation;

/// How many homes that may not be targeted are named: the rest is the same fault over and over.
const HOMES_SHOWN: usize = 20;

/// What an organisation is granted, as it comes in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RawPowers {
    /// The organisation's id.
    pub organisation: String,
    /// Areas by GSS code.
    pub areas: Vec<String>,
    /// Statutory powers by name.
    pub statutory: Vec<String>,
}

/// What an organisation is granted; nothing, where both are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Powers {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The areas whose homes it may target, beside its own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub areas: BTreeSet<AreaCode>,
    /// The statutory powers that it may invoke, by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub statutory: BTreeSet<String>,
}

impl Powers {
    /// Checks what is to be granted.
    ///
    /// # Errors
    /// Every fault, by path.
    pub fn parse(raw: RawPowers) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let said = |error: &dyn std::fmt::Display| Faults::one("", error.to_string());
        let organisation = raw.organisation.parse().map_err(|e| said(&e));
        let organisation = faults.take("organisation", organisation);
        for (path, count, max) in [
            ("powers.areas", raw.areas.len(), AREAS_PER_GRANT_MAX),
            (
                "powers.statutory_powers",
                raw.statutory.len(),
                POWERS_PER_GRANT_MAX,
            ),
        ] {
            if count > max {
                faults.add(path, format!("are more than {max}"));
            }
        }
        faults.clone().into_result()?;
        let mut areas = BTreeSet::new();
        for (position, text) in raw.areas.iter().enumerate() {
            let path = format!("powers.areas[{position}]");
            let area = faults.take(&path, text.parse::<AreaCode>().map_err(|e| said(&e)));
            match area {
                Some(area) if area.as_str() != ENGLAND && !is_area_of_homes(&area) => {
                    let expected = "expected a council's, an ICB's or England, E92000001";
                    faults.add(path, format!("{area} is no area of homes; {expected}"));
                }
                Some(area) => drop(areas.insert(area)),
                None => {}
            }
        }
        let mut statutory = BTreeSet::new();
        for (position, text) in raw.statutory.into_iter().enumerate() {
            let name = text.trim();
            if name.is_empty() || name.chars().count() > POWER_CHARS_MAX {
                let message = format!("needs 1 to {POWER_CHARS_MAX} characters");
                faults.add(format!("powers.statutory_powers[{position}]"), message);
            }
            statutory.insert(name.to_owned());
        }
        faults.into_result()?;
        let organisation = organisation.ok_or_else(|| Faults::one("organisation", "is missing"))?;
        Ok(Self {
            organisation,
            areas,
            statutory,
        })
    }

    /// Nothing granted to an organisation.
    #[must_use]
    pub fn none(organisation: OrganisationId) -> Self {
        Self {
            organisation,
            areas: BTreeSet::new(),
            statutory: BTreeSet::new(),
        }
    }
}

/// What an organisation may do: what it is granted, and its own area, which is granted by being
/// what it is.
#[derive(Debug)]
pub struct Reach {
    areas: BTreeSet<AreaCode>,
    statutory: BTreeSet<String>,
}

impl Reach {
    /// The reach of an organisation by its entry in the register and what it is granted.
    #[must_use]
    pub fn of(organisation: &Organisation, powers: Option<&Powers>) -> Self {
        let mut areas = powers.map_or_else(BTreeSet::new, |powers| powers.areas.clone());
        let own = organisation.gss.parse().ok();
        areas.extend(own.filter(is_area_of_homes));
        Self {
            areas,
            statutory: powers.map_or_else(BTreeSet::new, |powers| powers.statutory.clone()),
        }
    }

    /// Every target that lies outside, and every claim to a power that is not granted, by path
    /// within the ask. `home` finds a home of the register; one that is not there is no fault here.
    pub fn check<'a>(
        &self,
        ask: &RawAsk,
        home: impl Fn(&HomeId) -> Option<&'a Home>,
        faults: &mut Faults,
    ) {
        self.check_targets(ask, home, faults);
        self.check_statutory(ask, faults);
    }

    fn check_targets<'a>(
        &self,
        ask: &RawAsk,
        home: impl Fn(&HomeId) -> Option<&'a Home>,
        faults: &mut Faults,
    ) {
        if self.is_england() {
            return;
        }
        for (position, text) in ask.targets.areas.iter().enumerate() {
            if text.parse().is_ok_and(|area| !self.areas.contains(&area)) {
                let path = format!("targets.areas[{position}]");
                faults.add(path, format!("{text} {}", self.outside()));
            }
        }
        let within = Targets {
            areas: self.areas.clone(),
            ..Targets::default()
        };
        let mut outside = 0usize;
        for (position, text) in ask.targets.homes.iter().enumerate() {
            let id = text.strip_prefix("homes/").unwrap_or(text).parse().ok();
            let known = id.as_ref().and_then(&home);
            if known.is_none_or(|known| within.include(known)) {
                continue;
            }
            outside += 1;
            if outside <= HOMES_SHOWN {
                let path = format!("targets.homes[{position}]");
                faults.add(path, format!("{text} {}", self.outside()));
            }
        }
        if outside > HOMES_SHOWN {
            let rest = outside - HOMES_SHOWN;
            let message = format!("{rest} more {}", self.outside());
            faults.add("targets.homes", message);
        }
    }

    fn check_statutory(&self, ask: &RawAsk, faults: &mut Faults) {
        let statutory = Compulsion::Statutory.as_str();
        let is_statutory = |own: &&RawField| own.compulsion.as_deref() == Some(statutory);
        let power = ask.statutory_power.trim();
        match (ask.fields.iter().find(is_statutory), power) {
            (None, "") => {}
            (None, _) => faults.add("statutory_power", "is named, but no field is statutory"),
            (Some(own), "") => {
                let name = shown(&own.name);
                let message = format!("name the power by which {name} is statutory");
                faults.add("statutory_power", message);
            }
            (Some(_), power) if !self.statutory.contains(power) => {
                let granted: Vec<&str> = self.statutory.iter().map(String::as_str).collect();
                let granted = match granted.as_slice() {
                    [] => "none is".to_owned(),
                    some => format!("granted: {}", some.join("; ")),
                };
                let message = format!("{} is not granted to you; {granted}", shown(power));
                faults.add("statutory_power", message);
            }
            (Some(_), _) => {}
        }
    }

    fn is_england(&self) -> bool {
        self.areas.iter().any(|area| area.as_str() == ENGLAND)
    }

    fn outside(&self) -> String {
        let areas: Vec<&str> = self.areas.iter().map(AreaCode::as_str).collect();
        if areas.is_empty() {
            "lies outside what may be targeted: no area is granted yet".to_owned()
        } else {
            format!("lies outside what may be targeted: {}", areas.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::home::RawHome;
    use crate::domain::organisation::RawOrganisation;

    fn organisation(gss: &str) -> Organisation {
        Organisation::parse(RawOrganisation {
            id: "sefton".into(),
            name: "Sefton".into(),
            kind: "council".into(),
            gss: gss.into(),
            ..RawOrganisation::default()
        })
        .unwrap()
    }

    fn ask(targets: &str, compulsion: &str, power: &str) -> RawAsk {
        let raw = format!(
            r#"{{"organisation": "sefton", "purpose": "p", "legal_basis": "l", "cadence": "daily",
            "statutory_power": "{power}", "targets": {targets}, "fields": [{{"name": "a",
            "label": "A", "type": "count", "timing": "as-at", "compulsion": "{compulsion}"}}]}}"#
        );
        serde_json::from_str(&raw).unwrap()
    }

    #[test]
    fn an_organisation_reaches_its_own_area_and_what_it_is_granted() {
        let home = |area: &str, icb: &str| {
            Home::parse(RawHome {
                cqc_id: "1-466088203".into(),
                name: "Rowan House".into(),
                area_code: area.into(),
                icb_code: icb.into(),
                ..RawHome::default()
            })
            .unwrap()
        };
        let granted = |areas: &[&str]| Powers {
            areas: areas.iter().map(|area| area.parse().unwrap()).collect(),
            statutory: BTreeSet::from(["Care Act".to_owned()]),
            ..Powers::none("sefton".parse().unwrap())
        };
        let by_home = r#"{"homes": ["1-466088203"]}"#;
        let by_area = r#"{"areas": ["E08000014", "E54000008"]}"#;
        let here = home("E08000014", "E54000008");
        let cases: [(&str, &[&str], RawAsk, &[&str]); 10] = [
            ("E08000014", &[], ask(by_home, "voluntary", ""), &[]),
            (
                "",
                &[],
                ask(by_home, "voluntary", ""),
                &["targets.homes[0]"],
            ),
            ("", &["E54000008"], ask(by_home, "voluntary", ""), &[]),
            ("", &["E92000001"], ask(by_area, "voluntary", ""), &[]),
            (
                "E08000014",
                &[],
                ask(by_area, "voluntary", ""),
                &["targets.areas[1]"],
            ),
            (
                "E38000161",
                &[],
                ask(by_home, "voluntary", ""),
                &["targets.homes[0]"],
            ),
            (
                "E08000014",
                &[],
                ask(by_home, "statutory", ""),
                &["statutory_power"],
            ),
            (
                "E08000014",
                &[],
                ask(by_home, "statutory", "Act"),
                &["statutory_power"],
            ),
            (
                "E08000014",
                &[],
                ask(by_home, "voluntary", "Care Act"),
                &["statutory_power"],
            ),
            ("E08000014", &[], ask(by_home, "statutory", "Care Act"), &[]),
        ];
        for (gss, areas, ask, expected) in cases {
            let reach = Reach::of(&organisation(gss), Some(&granted(areas)));
            let mut faults = Faults::new();
            reach.check(&ask, |_| Some(&here), &mut faults);
            let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(paths, expected, "{gss} {areas:?} {:?}", ask.targets);
        }
    }

    #[test]
    fn a_grant_names_areas_of_homes_and_powers_of_some_length() {
        let raw = RawPowers {
            organisation: "sefton".into(),
            areas: vec!["E38000161".into(), "x".into(), "E92000001".into()],
            statutory: vec![" ".into(), "Care Act".into()],
        };
        let faults = Powers::parse(raw).unwrap_err();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "powers.areas[0]",
                "powers.areas[1]",
                "powers.statutory_powers[0]"
            ]
        );
    }
}
