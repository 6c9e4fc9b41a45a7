//! What is private is to other askers as if it were not.

use askonce::broker::{DemandFilter, OverlapFilter};
use askonce::domain::ask::RawAsk;
use askonce::domain::id::OrganisationId;
use serde_json::json;

use super::Day;
use super::acts::BODIES;
use crate::world::HOME;

#[tokio::test]
async fn what_is_private_is_to_other_askers_as_if_it_were_not() {
    let day = Day::new().await;
    for (body, private) in [(BODIES[0], true), (BODIES[1], false)] {
        let raw: RawAsk = serde_json::from_value(json!({
            "organisation": body, "ask": "one", "purpose": "p", "legal_basis": "l",
            "periods": ["2026-11-20"], "private": private, "targets": {"homes": [HOME]},
            "fields": [{"name": "q", "label": "Beds", "type": "count", "timing": "as-at"}],
        }))
        .unwrap();
        let submitted = day.broker.submit_ask(&day.caller, raw, "", false).await;
        submitted.unwrap();
    }
    for (reader, demands, pairs) in [
        (None, 2, 1),
        (Some(BODIES[0]), 2, 1),
        (Some(BODIES[1]), 1, 0),
        (Some(BODIES[2]), 1, 0),
    ] {
        let reader: Option<OrganisationId> = reader.map(|id| id.parse().unwrap());
        let filter = DemandFilter {
            reader: reader.clone(),
            ..DemandFilter::default()
        };
        let found = day.broker.find_demands(&filter, None, 10).await.unwrap();
        assert_eq!(found.rows.len(), demands, "{reader:?}");
        let filter = OverlapFilter {
            organisation: reader.clone(),
            reader: reader.clone(),
            ..OverlapFilter::default()
        };
        let found = day.broker.overlap(&filter).await.unwrap();
        assert_eq!(found.pairs.len(), pairs, "{reader:?}");
    }
}
