//! Collections and completeness.

use crate::broker::{CollectionRow, CompletenessRow, CompletenessSummary};
use crate::grpc::v1;

use super::time::{instant, window};

/// What a system took of a home's answers.
pub(crate) fn collection(row: &CollectionRow) -> v1::Collection {
    let (_, ask, reference, period) = &row.place;
    v1::Collection {
        organisation: row.organisation.resource(),
        organisation_name: row.organisation_name.clone(),
        system: row.system.clone(),
        ask: ask.to_string(),
        period: period.to_string(),
        reference: reference.to_string(),
        reference_label: reference.label(),
        fields: row.fields.iter().map(ToString::to_string).collect(),
        first_at: Some(instant(row.first_at)),
        last_at: Some(instant(row.last_at)),
        stored: row.stored_by.is_some(),
        stored_by: row.stored_by.clone().unwrap_or_default(),
    }
}

/// How far a home is.
pub(crate) fn home_completeness(row: &CompletenessRow) -> v1::HomeCompleteness {
    let (ask, period, home) = &row.place;
    v1::HomeCompleteness {
        ask: ask.to_string(),
        period: period.to_string(),
        home: home.resource(),
        state: v1::Completeness::from(row.state).into(),
        wanted: count(row.fields.wanted),
        received: count(row.fields.received),
        declined: count(row.fields.declined),
        last_received_at: row.last_received.map(instant),
        window: Some(window(row.window)),
    }
}

/// All homes, counted.
pub(crate) fn completeness_counts(summary: &CompletenessSummary) -> v1::CompletenessCounts {
    let states = summary.homes.iter();
    let states = states.map(|(state, homes)| v1::CompletenessCount {
        state: v1::Completeness::from(*state).into(),
        homes: *homes,
    });
    v1::CompletenessCounts {
        ask: summary.ask.to_string(),
        period: summary.period.to_string(),
        window: Some(window(summary.window)),
        homes: summary.homes.values().sum(),
        states: states.collect(),
        wanted: summary.fields.wanted,
        received: summary.fields.received,
        declined: summary.fields.declined,
    }
}

/// A count of one ask's fields, of which there are few.
fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
