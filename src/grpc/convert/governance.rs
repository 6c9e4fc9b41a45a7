//! Elements as they are proposed and approved.

use crate::domain::dictionary::{ElementProposed, RawElement};
use crate::domain::fault::Faults;
use crate::domain::field_type::{ChoiceOption, Lines, Sensitivity, TypeWord};
use crate::domain::id::{DimensionId, OrganisationId};
use crate::grpc::v1;

use super::bands::raw_bands;
use super::field::{given, option, read_option, word};
use super::names::text;
use super::terms::known;
use super::time::instant;

/// An element as it comes in.
pub(crate) fn raw_element(element: v1::NewElement) -> Result<RawElement, Faults> {
    let mut faults = Faults::new();
    let kind = faults.take("", known::<v1::FieldType>("type", element.r#type));
    let sensitivity = known::<v1::Sensitivity>("sensitivity", element.sensitivity);
    let sensitivity = faults.take("", sensitivity);
    let lines = faults.take("", known::<v1::Lines>("lines", element.lines));
    let population = faults.take(
        "",
        known::<v1::Population>("population", element.population),
    );
    let register = faults.take("", known::<v1::RegisterFact>("register", element.register));
    let over_time = faults.take("", known::<v1::OverTime>("over_time", element.over_time));
    let bands = faults.take("", element.bands.map(raw_bands).transpose());
    let mut dimensions = Vec::with_capacity(element.dimensions.len());
    for (place, dimension) in element.dimensions.iter().enumerate() {
        let path = format!("dimensions[{place}]");
        dimensions.extend(faults.take("", text::<DimensionId>(&path, dimension)));
    }
    faults.into_result()?;
    let options: Vec<ChoiceOption> = element.options.into_iter().map(read_option).collect();
    Ok(RawElement {
        id: element.id,
        label: element.label,
        definition: element.definition,
        kind: kind.flatten().map_or("", TypeWord::as_str).to_owned(),
        timing: element.timing,
        topic: element.topic,
        unit: given(element.unit),
        decimals: element.decimals,
        options: (!options.is_empty()).then_some(options),
        lines: lines.flatten().map(|word| word.to_string()),
        sensitivity: sensitivity.flatten().map(|word| word.to_string()),
        population: population.flatten(),
        dimensions,
        formula: given(element.formula),
        bands: bands.flatten(),
        register: register.flatten(),
        over_time: over_time.flatten(),
        aliases: element.aliases,
        retired: None,
    })
}

/// A proposal that is open.
pub(crate) fn proposal(proposed: &ElementProposed) -> v1::ElementProposal {
    let organisation = proposed.organisation.as_ref();
    v1::ElementProposal {
        name: format!("elements/{}", proposed.element.id),
        // It was well formed when it was proposed, so its words are known.
        element: proposed.element.clone().try_into().ok(),
        reason: proposed.reason.clone(),
        organisation: organisation
            .map(OrganisationId::resource)
            .unwrap_or_default(),
        proposed_at: Some(instant(proposed.proposed_at)),
    }
}

impl TryFrom<RawElement> for v1::NewElement {
    type Error = Faults;

    fn try_from(raw: RawElement) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let kind = word::<TypeWord, v1::FieldType>("type", Some(&raw.kind), &mut faults);
        let lines = word::<Lines, v1::Lines>("lines", raw.lines.as_deref(), &mut faults);
        let sensitivity = raw.sensitivity.as_deref();
        let sensitivity =
            word::<Sensitivity, v1::Sensitivity>("sensitivity", sensitivity, &mut faults);
        faults.into_result()?;
        let population = raw.population.map(v1::Population::from);
        let register = raw.register.map(v1::RegisterFact::from);
        let over_time = raw.over_time.map(v1::OverTime::from);
        let options = raw.options.unwrap_or_default().into_iter();
        Ok(Self {
            id: raw.id,
            label: raw.label,
            definition: raw.definition,
            topic: raw.topic,
            r#type: kind,
            timing: raw.timing,
            unit: raw.unit.unwrap_or_default(),
            decimals: raw.decimals,
            options: options.map(option).collect(),
            lines,
            sensitivity,
            population: population.unwrap_or(v1::Population::Unspecified).into(),
            dimensions: raw.dimensions.iter().map(ToString::to_string).collect(),
            aliases: raw.aliases,
            formula: raw.formula.unwrap_or_default(),
            bands: raw.bands.map(v1::ElementBands::from),
            register: register.unwrap_or(v1::RegisterFact::Unspecified).into(),
            over_time: over_time.unwrap_or(v1::OverTime::Unspecified).into(),
        })
    }
}
