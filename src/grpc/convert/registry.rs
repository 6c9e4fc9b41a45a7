//! Homes and organisations.

use std::sync::Arc;

use crate::broker::{Imported, Stored};
use crate::domain::fault::Faults;
use crate::domain::home::{Home, RawHome};
use crate::domain::organisation::{Organisation, OrganisationKind, RawOrganisation};
use crate::domain::powers::{Powers, RawPowers};
use crate::grpc::v1;

use super::ask::bare;
use super::terms::known;

impl From<v1::HomeRow> for RawHome {
    fn from(row: v1::HomeRow) -> Self {
        Self {
            cqc_id: row.cqc_id,
            name: row.name,
            services: row.services,
            address: row.address,
            postcode: row.postcode,
            provider: row.provider,
            area_name: row.area_name,
            area_code: row.area_code,
            icb_code: row.icb_code,
            ods: row.ods,
        }
    }
}

impl From<RawHome> for v1::HomeRow {
    fn from(row: RawHome) -> Self {
        Self {
            cqc_id: row.cqc_id,
            name: row.name,
            services: row.services,
            address: row.address,
            postcode: row.postcode,
            provider: row.provider,
            area_name: row.area_name,
            area_code: row.area_code,
            icb_code: row.icb_code,
            ods: row.ods,
        }
    }
}

impl TryFrom<v1::OrganisationRow> for RawOrganisation {
    type Error = Faults;

    fn try_from(row: v1::OrganisationRow) -> Result<Self, Faults> {
        let kind = known::<v1::OrganisationKind>("kind", row.kind)?;
        Ok(Self {
            id: row.id,
            name: row.name,
            kind: kind.map_or("", OrganisationKind::as_str).to_owned(),
            ods: row.ods,
            gss: row.gss,
        })
    }
}

impl TryFrom<RawOrganisation> for v1::OrganisationRow {
    type Error = Faults;

    fn try_from(row: RawOrganisation) -> Result<Self, Faults> {
        let kind = row.kind.parse::<OrganisationKind>();
        let kind = kind.map_err(|error| Faults::one("kind", error.to_string()))?;
        Ok(Self {
            id: row.id,
            name: row.name,
            kind: v1::OrganisationKind::from(kind).into(),
            ods: row.ods,
            gss: row.gss,
        })
    }
}

/// A home.
pub(crate) fn home(home: &Home) -> v1::Home {
    v1::Home {
        name: home.id.resource(),
        row: Some(home.row.clone().into()),
    }
}

/// What an organisation is granted.
pub(crate) fn powers(granted: &Stored<Arc<Powers>>) -> v1::Powers {
    v1::Powers {
        areas: granted
            .value
            .areas
            .iter()
            .map(ToString::to_string)
            .collect(),
        statutory_powers: granted.value.statutory.iter().cloned().collect(),
        etag: granted.revision.to_string(),
    }
}

/// What is to be granted to an organisation.
pub(crate) fn raw_powers(request: &v1::GrantPowersRequest) -> RawPowers {
    let powers = request.powers.clone().unwrap_or_default();
    RawPowers {
        organisation: bare(request.organisation.clone(), "organisations/"),
        areas: powers.areas,
        statutory: powers.statutory_powers,
    }
}

/// An organisation with what it is granted.
pub(crate) fn organisation(
    organisation: &Organisation,
    granted: &Stored<Arc<Powers>>,
) -> v1::Organisation {
    v1::Organisation {
        name: organisation.id.resource(),
        row: Some(v1::OrganisationRow {
            id: organisation.id.to_string(),
            name: organisation.name.clone(),
            kind: v1::OrganisationKind::from(organisation.kind).into(),
            ods: organisation.ods.clone(),
            gss: organisation.gss.clone(),
        }),
        powers: Some(powers(granted)),
    }
}

/// A row of an import; an absent one has the faults of an empty one.
pub(crate) fn home_row(row: Option<v1::HomeRow>) -> RawHome {
    row.unwrap_or_default().into()
}

/// As [`home_row`], of an organisation.
pub(crate) fn organisation_row(
    row: Option<v1::OrganisationRow>,
) -> Result<RawOrganisation, Faults> {
    row.unwrap_or_default().try_into()
}

/// What became of a row: the outcome's number and its faults.
pub(crate) fn imported(result: &Result<Imported, Faults>) -> (i32, Vec<v1::Fault>) {
    let fault = |fault: &crate::domain::fault::Fault| v1::Fault {
        path: fault.path.clone(),
        message: fault.message.clone(),
    };
    let (outcome, faults) = match result {
        Ok(Imported::Added) => (v1::ImportOutcome::Added, Vec::new()),
        Ok(Imported::Replaced) => (v1::ImportOutcome::Replaced, Vec::new()),
        Ok(Imported::Unchanged) => (v1::ImportOutcome::Unchanged, Vec::new()),
        Err(faults) => (
            v1::ImportOutcome::Refused,
            faults.iter().map(fault).collect(),
        ),
    };
    (outcome.into(), faults)
}
