//! Two bodies that ask the same in other words, and the decisions of a data lead.

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use serde_json::json;

use super::world::{Client, World, ask, field_of};

pub(crate) const COUNCIL: &str = "organisations/sefton-council/asks/daily";
pub(crate) const CCG: &str = "organisations/south-sefton-ccg/asks/call";
pub(crate) const DAY: &str = "2020-06-03";

/// A broker at which both have asked, and their clients.
pub(crate) async fn both_ask() -> (World, Client, Client) {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    council.submit_ask(&council_ask()).await.unwrap();
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    (world, council, ccg)
}

pub(crate) fn council_ask() -> RawAsk {
    ask(
        "sefton-council",
        "daily",
        json!([
            {"name": "B2", "label": "Beds filled", "type": "count", "timing": "as-at", "max": "99"},
            {"name": "D6", "label": "Agency cover", "type": "quantity", "unit": "{shift-12h}",
             "decimals": 2, "timing": "during"},
            {"name": "E1", "label": "Gloves", "type": "choice", "timing": "as-at",
             "options": [{"code": "critical", "label": "Critical"}, {"code": "low", "label": "Low"}]}
        ]),
    )
}

pub(crate) fn ccg_ask() -> RawAsk {
    ask(
        "south-sefton-ccg",
        "call",
        json!([
            {"name": "beds", "label": "beds filled?", "type": "count", "timing": "as-at"},
            {"name": "agency_minutes", "label": "Agency time", "type": "quantity", "unit": "min",
             "timing": "during"},
            {"name": "gloves_rag", "label": "RAG for gloves", "type": "choice", "timing": "as-at",
             "options": [{"code": "R", "label": "Red"}, {"code": "A", "label": "Amber"},
                         {"code": "G", "label": "Green"}]}
        ]),
    )
}

pub(crate) fn same(a: &str, b: &str, options: &[(&str, &str)]) -> v1::NewDecision {
    let options = options.iter().map(|(a, b)| v1::OptionPair {
        a: (*a).into(),
        b: (*b).into(),
    });
    v1::NewDecision {
        a: Some(field_of(COUNCIL, a)),
        b: Some(field_of(CCG, b)),
        verdict: v1::Verdict::Same as i32,
        options: options.collect(),
        reason: "read side by side".into(),
    }
}

pub(crate) fn decisions() -> Vec<v1::NewDecision> {
    vec![
        same("D6", "agency_minutes", &[]),
        same("E1", "gloves_rag", &[("Critical", "Red"), ("Low", "Amber")]),
    ]
}

pub(crate) fn flags(delivery: &v1::Delivery) -> Vec<v1::DeliveryFlag> {
    delivery.flags().collect()
}

pub(crate) fn told<'a>(deliveries: &'a [v1::Delivery], field: &str) -> &'a v1::Delivery {
    deliveries
        .iter()
        .find(|d| d.field == field)
        .expect("the field was delivered")
}

pub(crate) fn number(delivery: &v1::Delivery) -> (String, String) {
    match delivery
        .value
        .as_ref()
        .and_then(|value| value.said.as_ref())
    {
        Some(v1::delivered_value::Said::Number(number)) => {
            (number.total.clone(), number.unit.clone())
        }
        other => panic!("not a number: {other:?}"),
    }
}
