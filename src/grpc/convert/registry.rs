//! Homes and organisations.

use std::sync::Arc;

use crate::broker::{HomeFilter, HomeView, Imported, OrganisationView, RecordedSuccession, Stored};
use crate::domain::fault::Faults;
use crate::domain::home::RawHome;
use crate::domain::id::{HomeId, OrganisationId};
use crate::domain::organisation::{OrganisationKind, RawOrganisation};
use crate::domain::powers::{Powers, RawPowers};
use crate::grpc::v1;

use super::ask::bare;
use super::names::{optional, text};
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
            uprn: row.uprn,
            local: row.local,
            beds: row.beds,
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
            uprn: row.uprn,
            local: row.local,
            beds: row.beds,
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

/// A home with how it began and ended.
pub(crate) fn home(view: &HomeView) -> v1::Home {
    let home = &view.home;
    v1::Home {
        name: home.id.resource(),
        row: Some(home.row.clone().into()),
        areas: home.areas().map(ToOwned::to_owned).collect(),
        ended: view.ended.as_ref().map(home_succession),
        began: view.began.as_ref().map(home_succession),
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

/// An organisation with how it began and ended, and what it is granted.
pub(crate) fn organisation(
    view: &OrganisationView,
    granted: &Stored<Arc<Powers>>,
) -> v1::Organisation {
    let organisation = &view.organisation;
    v1::Organisation {
        name: organisation.id.resource(),
        row: Some(v1::OrganisationRow {
            id: organisation.id.to_string(),
            name: organisation.name.clone(),
            kind: v1::OrganisationKind::from(organisation.kind).into(),
            ods: organisation.ods.clone(),
            gss: organisation.gss.clone(),
        }),
        ended: view.ended.as_ref().map(organisation_succession),
        began: view.began.iter().map(organisation_succession).collect(),
        powers: Some(powers(granted)),
    }
}

/// A succession of homes.
pub(crate) fn home_succession(known: &RecordedSuccession<HomeId>) -> v1::Succession {
    succession(known, HomeId::resource)
}

/// A succession of organisations.
pub(crate) fn organisation_succession(
    known: &RecordedSuccession<OrganisationId>,
) -> v1::Succession {
    succession(known, OrganisationId::resource)
}

fn succession<I>(known: &RecordedSuccession<I>, resource: fn(&I) -> String) -> v1::Succession {
    let succession = &known.succession;
    v1::Succession {
        predecessor: resource(&succession.predecessor),
        successor: succession
            .successor
            .as_ref()
            .map(resource)
            .unwrap_or_default(),
        on: succession.on.to_string(),
        etag: known.etag.clone(),
    }
}

/// Which homes to list.
pub(crate) fn home_filter(request: &v1::ListHomesRequest) -> Result<HomeFilter, Faults> {
    let mut faults = Faults::new();
    let area = faults.take("", optional("area", &request.area, text));
    let state = v1::HomeState::try_from(request.state);
    let said = |_| Faults::one("state", format!("{} is not known", request.state));
    let state = faults.take("", state.map_err(said));
    faults.into_result()?;
    Ok(HomeFilter {
        area: area.flatten(),
        service: request.service.clone(),
        provider: request.provider.clone(),
        is_open: match state {
            Some(v1::HomeState::Open) => Some(true),
            Some(v1::HomeState::Closed) => Some(false),
            _ => None,
        },
    })
}

/// Of which kind organisations are listed; none for any.
pub(crate) fn kind(kind: i32) -> Result<Option<OrganisationKind>, Faults> {
    known::<v1::OrganisationKind>("kind", kind)
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
