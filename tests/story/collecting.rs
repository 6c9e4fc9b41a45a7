//! Collecting: streams, cursors, what is acknowledged, who took what, and how far homes are.

use std::time::Duration;

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use askonce::grpc::v1::form_service_client::FormServiceClient;
use askonce::grpc::v1::token_service_client::TokenServiceClient;
use serde_json::json;
use tonic::{Code, Status, Streaming};

use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, number, told};
use super::world::{Client, HOME, OTHER_HOME, World, answer, ask, paths};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    pub(crate) async fn watch(
        &self,
        parent: &str,
        after: &str,
    ) -> Streaming<v1::WatchDeliveriesResponse> {
        let message = v1::WatchDeliveriesRequest {
            parent: parent.into(),
            after_cursor: after.into(),
            heartbeat_seconds: 1,
            ..v1::WatchDeliveriesRequest::default()
        };
        let mut collection = CollectionServiceClient::new(self.channel());
        let stream = collection.watch_deliveries(self.request(message)).await;
        stream.unwrap().into_inner()
    }

    async fn acknowledge(&self, parent: &str, cursor: &str) -> Result<String, Status> {
        let message = v1::AcknowledgeDeliveriesRequest {
            parent: parent.into(),
            cursor: cursor.into(),
        };
        let mut collection = CollectionServiceClient::new(self.channel());
        let response = collection.acknowledge_deliveries(self.request(message));
        Ok(response.await?.into_inner().cursor)
    }

    async fn page(&self, message: v1::ListDeliveriesRequest) -> v1::ListDeliveriesResponse {
        let mut collection = CollectionServiceClient::new(self.channel());
        let page = collection.list_deliveries(self.request(message)).await;
        page.unwrap().into_inner()
    }

    pub(crate) async fn collections(&self, home: &str) -> Result<Vec<v1::Collection>, Status> {
        let message = v1::ListCollectionsRequest {
            parent: format!("homes/{home}"),
            ..v1::ListCollectionsRequest::default()
        };
        let mut forms = FormServiceClient::new(self.channel());
        let page = forms.list_collections(self.request(message)).await?;
        Ok(page.into_inner().collections)
    }

    pub(crate) async fn completeness(
        &self,
        parent: &str,
        periods: &[&str],
    ) -> v1::GetCompletenessResponse {
        let message = v1::GetCompletenessRequest {
            parent: parent.into(),
            periods: periods.iter().map(|period| (*period).to_owned()).collect(),
            ..v1::GetCompletenessRequest::default()
        };
        let mut collection = CollectionServiceClient::new(self.channel());
        let response = collection.get_completeness(self.request(message)).await;
        response.unwrap().into_inner()
    }
}

/// The home says how many beds are filled.
async fn say_beds(manager: &Client, beds: &str) {
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": beds}));
    manager.answer(&form, vec![said]).await.unwrap();
}

/// Why a stream ended, whatever it told before.
pub(crate) async fn ended(stream: &mut Streaming<v1::WatchDeliveriesResponse>) -> Status {
    let ending = async {
        loop {
            match stream.message().await {
                Ok(told) => assert!(told.is_some(), "a stream says why it ends"),
                Err(why) => return why,
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ending).await;
    ended.expect("it ends in time")
}

/// The next message that carries deliveries.
pub(crate) async fn next(
    stream: &mut Streaming<v1::WatchDeliveriesResponse>,
) -> v1::WatchDeliveriesResponse {
    let reading = async {
        loop {
            let message = stream.message().await.unwrap().expect("it has no end");
            if !message.deliveries.is_empty() {
                return message;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap()
}

#[tokio::test]
async fn a_stream_gives_what_comes_and_is_taken_up_from_its_cursor() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let mut stream = council.watch(COUNCIL, "").await;
    let first = stream.message().await.unwrap().unwrap();
    assert!(
        first.deliveries.is_empty() && first.is_caught_up,
        "{first:?}"
    );
    assert!(!first.cursor.is_empty());
    say_beds(&manager, "30").await;
    let given = next(&mut stream).await;
    assert_eq!(number(told(&given.deliveries, "B2")).0, "30");
    drop(stream);
    say_beds(&manager, "31").await;
    let mut stream = council.watch(COUNCIL, &given.cursor).await;
    let corrected = next(&mut stream).await;
    let beds = told(&corrected.deliveries, "B2");
    assert_eq!(number(beds).0, "31");
    assert!(beds.flags().any(|flag| flag == v1::DeliveryFlag::Corrected));
    // From a heartbeat too, although it carried nothing.
    let mut stream = council.watch(COUNCIL, &first.cursor).await;
    assert_eq!(
        number(told(&next(&mut stream).await.deliveries, "B2")).0,
        "31"
    );
    let all = "organisations/sefton-council/asks/-";
    let mut stream = council.watch(all, "").await;
    assert_eq!(next(&mut stream).await.deliveries.len(), 1);
    drop(stream);
    world.stop().await;
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked() {
    let (world, council, _) = both_ask().await;
    let mut stream = council.watch(COUNCIL, "").await;
    stream.message().await.unwrap();
    let operator = world.operator().await;
    let mut tokens = TokenServiceClient::new(operator.channel());
    let listed = tokens.list_tokens(operator.request(v1::ListTokensRequest::default()));
    let listed = listed.await.unwrap().into_inner().tokens;
    let own = listed
        .iter()
        .filter(|token| token.organisation.ends_with("sefton-council"));
    for token in own {
        let name = token.name.clone();
        let revoke = operator.request(v1::RevokeTokenRequest { name });
        tokens.revoke_token(revoke).await.unwrap();
    }
    assert_eq!(ended(&mut stream).await.code(), Code::Unauthenticated);
    world.stop().await;
}

#[tokio::test]
async fn a_home_sees_who_took_what_and_whether_it_is_stored() {
    let (world, council, ccg) = both_ask().await;
    let manager = world.manager(HOME).await;
    say_beds(&manager, "30").await;
    assert_eq!(manager.collections(HOME).await.unwrap(), []);
    council.deliveries(COUNCIL).await.unwrap();
    let seen = manager.collections(HOME).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].organisation_name, "Body sefton-council");
    assert_eq!((&*seen[0].system, &*seen[0].ask), ("a story", COUNCIL));
    assert_eq!(
        (&*seen[0].period, &seen[0].fields[..]),
        (DAY, &["B2".to_owned()][..])
    );
    assert!(!seen[0].stored && seen[0].stored_by.is_empty());
    // Taking the same again adds nothing.
    council.deliveries(COUNCIL).await.unwrap();
    assert_eq!(manager.collections(HOME).await.unwrap(), seen);
    let page = council
        .page(v1::ListDeliveriesRequest {
            parent: COUNCIL.into(),
            ..v1::ListDeliveriesRequest::default()
        })
        .await;
    let said = council.acknowledge(COUNCIL, &page.cursor).await.unwrap();
    assert_eq!(said, page.cursor);
    let stored = manager.collections(HOME).await.unwrap();
    assert_eq!((stored[0].stored, &*stored[0].stored_by), (true, "a story"));
    say_beds(&manager, "31").await;
    ccg.deliveries(CCG).await.unwrap();
    council.deliveries(COUNCIL).await.unwrap();
    let seen = manager.collections(HOME).await.unwrap();
    let who: Vec<_> = seen.iter().map(|row| (&*row.ask, row.stored)).collect();
    assert_eq!(who, [(CCG, false), (COUNCIL, false)], "by the last time");
    let other = manager.collections(OTHER_HOME).await.unwrap_err();
    assert_eq!(other.code(), Code::PermissionDenied);
    world.stop().await;
}

#[tokio::test]
async fn a_new_consumer_starts_from_what_was_acknowledged() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    say_beds(&manager, "30").await;
    let taken = council.deliveries(COUNCIL).await.unwrap();
    let stored = taken[0].sequence.to_string();
    assert_eq!(council.acknowledge(COUNCIL, &stored).await.unwrap(), stored);
    let earlier = council.acknowledge(COUNCIL, "1").await.unwrap();
    assert_eq!(earlier, stored, "it only grows");
    let ahead = council.acknowledge(COUNCIL, "999999").await.unwrap_err();
    assert_eq!(paths(&ahead), ["cursor"]);
    let from_there = v1::ListDeliveriesRequest {
        parent: COUNCIL.into(),
        from_acknowledged: true,
        ..v1::ListDeliveriesRequest::default()
    };
    assert_eq!(council.page(from_there.clone()).await.deliveries, []);
    say_beds(&manager, "31").await;
    assert_eq!(council.page(from_there).await.deliveries.len(), 1);
    let denied = council.acknowledge(CCG, "1").await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    world.stop().await;
}

#[tokio::test]
async fn what_changed_at_once_and_is_too_large_for_a_message_comes_in_several() {
    const FIELDS: usize = 150;
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let field = |n: usize| {
        json!({"name": format!("t{n}"), "label": format!("Remarks number {n}"), "type": "text",
               "timing": "during", "max_length": 10_000, "lines": "multi"})
    };
    let fields: Vec<_> = (0..FIELDS).map(field).collect();
    let long = ask("sefton-council", "long", json!(fields));
    council.submit_ask(&long).await.unwrap();
    let name = "organisations/sefton-council/asks/long";
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let text = "x".repeat(10_000);
    let said = |n: usize| answer(&form, name, &format!("t{n}"), json!({"text": text}));
    manager
        .answer(&form, (0..FIELDS).map(said).collect())
        .await
        .unwrap();
    let listed = council.deliveries(name).await.unwrap();
    assert_eq!(listed.len(), FIELDS);
    let mut names: Vec<_> = listed.iter().map(|delivery| &delivery.field).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), FIELDS, "each once");
    // A stream that is cut after each message is taken up in the middle of what changed at once.
    let (mut cursor, mut streamed) = (String::new(), Vec::new());
    let mut messages = 0;
    while streamed.len() < FIELDS {
        let message = next(&mut council.watch(name, &cursor).await).await;
        cursor = message.cursor;
        messages += 1;
        streamed.extend(message.deliveries);
    }
    assert!(messages > 1, "{messages}");
    assert_eq!(streamed, listed);
    world.stop().await;
}

#[tokio::test]
async fn an_asker_sees_how_far_each_home_is() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let state = async |period: &str| {
        let found = council.completeness(COUNCIL, &[period]).await;
        assert_eq!((found.homes.len(), found.counts.len()), (1, 1));
        let counted = found.counts[0].states[0];
        assert_eq!((counted.state, counted.homes), (found.homes[0].state, 1));
        let row = &found.homes[0];
        (row.state(), row.received, row.wanted, row.declined)
    };
    assert_eq!(state(DAY).await, (v1::Completeness::Late, 0, 3, 0));
    assert_eq!(
        state("2199-06-03").await,
        (v1::Completeness::Coming, 0, 3, 0)
    );
    say_beds(&manager, "30").await;
    assert_eq!(state(DAY).await, (v1::Completeness::Late, 1, 3, 0));
    for field in ["D6", "E1"] {
        let form = manager.form(HOME, DAY).await.unwrap();
        let said = answer(&form, COUNCIL, field, json!({"declined": "not-held"}));
        manager.answer(&form, vec![said]).await.unwrap();
    }
    assert_eq!(state(DAY).await, (v1::Completeness::Done, 3, 3, 2));
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"declined": "not-clear"}));
    manager.answer(&form, vec![said]).await.unwrap();
    assert_eq!(state(DAY).await, (v1::Completeness::Declined, 3, 3, 3));
    let all = "organisations/sefton-council/asks/-";
    let found = council
        .completeness(all, &[DAY, "2020-06-04", "2020-06"])
        .await;
    let periods: Vec<_> = found.homes.iter().map(|row| &*row.period).collect();
    assert_eq!(periods, [DAY, "2020-06-04"], "a daily ask has no month");
    let analyst = world.of_role(Role::Analyst).await;
    let mut collection = CollectionServiceClient::new(analyst.channel());
    let request = analyst.request(v1::GetCompletenessRequest::default());
    let denied = collection.get_completeness(request).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    world.stop().await;
}
