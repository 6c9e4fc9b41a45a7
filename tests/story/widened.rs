//! Attempts to read more than was sent by changing an ask after the answer: wider, for another
//! purpose, in words that nearly mean the same, taken back and made anew.

use std::collections::BTreeSet;

use askonce::domain::ask::RawAsk;
use askonce::grpc::v1;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use prost::Message;
use serde_json::json;

use super::two_bodies::{COUNCIL, DAY};
use super::world::{Client, HOME, World, answer, ask};

const CCG: &str = "organisations/south-sefton-ccg/asks/call";

/// What the home tells the council alone: these words may reach nobody else.
const NOTE: &str = "Mrs Alder moves to Rowan House";

fn note(name: &str, label: &str) -> serde_json::Value {
    json!({"name": name, "label": label, "type": "text", "timing": "as-at"})
}

fn beds(name: &str) -> serde_json::Value {
    json!({"name": name, "label": "Beds filled", "type": "count", "timing": "as-at"})
}

fn ccg_ask(fields: serde_json::Value) -> RawAsk {
    ask("south-sefton-ccg", "call", fields)
}

/// A broker at which the home told the council a number and a note, and the CCG the number.
struct Told {
    world: World,
    ccg: Client,
    manager: Client,
    /// Every cursor that the CCG was ever given.
    cursors: Vec<String>,
}

impl Told {
    async fn new() -> Self {
        let world = World::new().await;
        let council = world.requester("sefton-council").await;
        let fields = json!([beds("B2"), note("N1", "Who moves where?")]);
        let asked = ask("sefton-council", "daily", fields);
        council.submit_ask(&asked).await.unwrap();
        let ccg = world.requester("south-sefton-ccg").await;
        ccg.submit_ask(&ccg_ask(json!([beds("b")]))).await.unwrap();
        let manager = world.manager(HOME).await;
        let form = manager.form(HOME, DAY).await.unwrap();
        let said = vec![
            answer(&form, COUNCIL, "B2", json!({"number": "31"})),
            answer(&form, COUNCIL, "N1", json!({"text": NOTE})),
        ];
        manager.answer(&form, said).await.unwrap();
        let sent = council.deliveries(COUNCIL).await.unwrap();
        assert!(
            sent.iter().any(tells_the_note),
            "else nothing here is proved"
        );
        let cursors = vec![String::new(), "0".into(), "1".into()];
        let mut told = Self {
            world,
            ccg,
            manager,
            cursors,
        };
        told.ccg_has(&["b"]).await;
        told
    }

    /// The CCG amends its ask.
    async fn amend(&self, changed: &RawAsk) {
        let etag = self.ccg.get_ask(CCG).await.unwrap().etag;
        self.ccg.amend(CCG, changed, &etag).await.unwrap();
    }

    /// Listed or watched, from its beginning or from any cursor: the CCG has no more than these.
    async fn ccg_has(&mut self, fields: &[&str]) {
        let fields: BTreeSet<&str> = fields.iter().copied().collect();
        let is_all = |rows: &[v1::Delivery]| {
            let told: BTreeSet<&str> = rows.iter().map(|row| &*row.field).collect();
            assert!(told.is_subset(&fields), "{told:?}");
            told == fields
        };
        assert!(is_all(&self.ccg.deliveries(CCG).await.unwrap()));
        for parent in [CCG, "organisations/south-sefton-ccg/asks/-"] {
            for cursor in self.cursors.clone() {
                let mut stream = self.ccg.watch(parent, &cursor).await;
                let mut rows = Vec::new();
                loop {
                    let message = stream.message().await.unwrap().expect("it has no end");
                    assert!(!tells_the_note(&message), "{parent} after {cursor:?}");
                    rows.extend(message.deliveries);
                    if !self.cursors.contains(&message.cursor) {
                        self.cursors.push(message.cursor);
                    }
                    if message.is_caught_up {
                        break;
                    }
                }
                let is_from_start = cursor.is_empty();
                assert!(is_all(&rows) || !is_from_start, "{parent}");
            }
        }
        let acknowledged = v1::ListDeliveriesRequest {
            parent: CCG.into(),
            from_acknowledged: true,
            ..v1::ListDeliveriesRequest::default()
        };
        let mut collection = CollectionServiceClient::new(self.ccg.channel());
        let page = collection.list_deliveries(self.ccg.request(acknowledged));
        is_all(&page.await.unwrap().into_inner().deliveries);
    }
}

/// Whether the note stands anywhere in a message, under whatever name.
fn tells_the_note(message: &impl Message) -> bool {
    let bytes = message.encode_to_vec();
    let mut parts = bytes.windows(NOTE.len());
    parts.any(|part| part == NOTE.as_bytes())
}

#[tokio::test]
async fn an_ask_widened_after_the_answer_receives_nothing_new_until_it_is_sent() {
    let mut told = Told::new().await;
    let wider = ccg_ask(json!([beds("b"), note("n", "Who moves where?")]));
    told.amend(&wider).await;
    told.ccg_has(&["b"]).await;
    // Nor by narrowing it to the new field, nor for another purpose beside it.
    let mut other = ccg_ask(json!([note("n", "Who moves where?")]));
    other.purpose = "setting fees".into();
    told.amend(&other).await;
    told.ccg_has(&["b"]).await;
    // Nor by giving the new field the name of the one that was sent.
    told.amend(&ccg_ask(json!([note("b", "Who moves where?")])))
        .await;
    told.ccg_has(&["b"]).await;
    // A correction of what it has is no reason to send what it has not.
    let form = told.manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    told.manager.answer(&form, vec![said]).await.unwrap();
    told.ccg_has(&["b"]).await;

    told.amend(&wider).await;
    let form = told.manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, CCG, "n", json!({"confirm": true}));
    told.manager.answer(&form, vec![said]).await.unwrap();
    let sent = told.ccg.deliveries(CCG).await.unwrap();
    assert!(sent.iter().any(tells_the_note), "now the home sent it");
    told.world.stop().await;
}

#[tokio::test]
async fn small_changes_of_wording_open_nothing() {
    let mut told = Told::new().await;
    for wording in [
        "who moves WHERE",
        "Who\u{a0}moves  where ?",
        "\u{ff37}ho moves where?",
        "Who moves wher\u{435}?",
        "Who moves where today?",
        "Who moves?",
        "Beds filled",
    ] {
        told.amend(&ccg_ask(json!([beds("b"), note("n", wording)])))
            .await;
        told.ccg_has(&["b"]).await;
        told.amend(&ccg_ask(json!([note("b", wording)]))).await;
        told.ccg_has(&["b"]).await;
    }
    told.world.stop().await;
}

#[tokio::test]
async fn an_ask_taken_back_and_made_anew_with_other_content_has_what_it_had() {
    let mut told = Told::new().await;
    for fields in [
        json!([beds("b"), note("n", "Who moves where?")]),
        json!([note("b", "Who moves where?")]),
        json!([note("n", "Who moves where?"), beds("other")]),
    ] {
        told.ccg.withdraw(CCG, "to be made anew").await.unwrap();
        told.ccg_has(&["b"]).await;
        let mut anew = ccg_ask(fields);
        anew.purpose = "setting fees".into();
        told.ccg.submit_ask(&anew).await.unwrap();
        told.ccg_has(&["b"]).await;
    }
    told.world.stop().await;
}
