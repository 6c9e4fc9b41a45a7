//! Overlap and burden.

use crate::broker::{Asked, BurdenCounts, BurdenGroup, OverlapPair};
use crate::domain::fault::Faults;
use crate::domain::id::OrganisationId;
use crate::grpc::v1;

/// What two organisations both ask.
pub(crate) fn overlap(pair: &OverlapPair) -> v1::Overlap {
    let (one, other) = &pair.organisations;
    let sample = pair.sample.iter();
    let sample = sample.map(|(question, element)| v1::OverlapQuestion {
        question: question.to_string(),
        element: element
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    });
    v1::Overlap {
        organisation: one.resource(),
        other: other.resource(),
        questions: pair.asked.questions,
        homes: pair.asked.homes,
        sample: sample.collect(),
    }
}

/// What one organisation asks.
pub(crate) fn overlap_organisation(
    (id, asked): &(OrganisationId, Asked),
) -> v1::OverlapOrganisation {
    v1::OverlapOrganisation {
        organisation: id.resource(),
        questions: asked.questions,
        homes: asked.homes,
    }
}

/// What homes are asked, and what that comes to.
pub(crate) fn burden(group: &str, counts: &BurdenCounts) -> v1::Burden {
    v1::Burden {
        group: group.to_owned(),
        forms: counts.forms,
        asked: counts.asked,
        put: counts.put,
        answered: counts.answered,
        saved: counts.saved(),
        shared: counts.shared,
        to_answer: counts.to_answer,
        to_confirm: counts.to_confirm,
        to_work_out: counts.to_work_out,
        registered: counts.registered,
        typed: counts.typed,
        confirmed: counts.confirmed,
        worked_out: counts.worked_out,
    }
}

/// What a row is to be of.
pub(crate) fn burden_group(member: &str, value: i32) -> Result<BurdenGroup, Faults> {
    Ok(match v1::BurdenGroup::try_from(value) {
        Ok(v1::BurdenGroup::Organisation) => BurdenGroup::Organisation,
        Ok(v1::BurdenGroup::Home) => BurdenGroup::Home,
        Ok(v1::BurdenGroup::Council) => BurdenGroup::Council,
        Ok(v1::BurdenGroup::Icb) => BurdenGroup::Icb,
        Ok(v1::BurdenGroup::Period) => BurdenGroup::Period,
        Ok(v1::BurdenGroup::Unspecified) => {
            return Err(Faults::one(
                member,
                "is missing; say what a row is to be of",
            ));
        }
        Err(_) => return Err(unknown(member, value)),
    })
}

/// Whether to count as of then.
pub(crate) fn burden_view(member: &str, value: i32) -> Result<bool, Faults> {
    match v1::BurdenView::try_from(value) {
        Ok(v1::BurdenView::Unspecified | v1::BurdenView::Now) => Ok(false),
        Ok(v1::BurdenView::Then) => Ok(true),
        Err(_) => Err(unknown(member, value)),
    }
}

fn unknown(member: &str, value: i32) -> Faults {
    Faults::one(member, format!("{value} is not a value of this enum"))
}
