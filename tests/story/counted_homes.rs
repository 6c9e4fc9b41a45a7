//! Whoever counts homes and bodies counts those that are there: no closed home is waited for, and
//! no body that has ended asks.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use askonce::grpc::v1::collection_service_client::CollectionServiceClient;
use askonce::grpc::v1::insight_service_client::InsightServiceClient;

use super::two_bodies::{COUNCIL, both_ask, council_ask};
use super::world::{Client, HOME, OTHER_HOME};

const NEW: &str = "1-466088299";
const BEFORE: &str = "2020-06-09";
const FROM: &str = "2020-06-10";

/// The homes that are waited for, each with its period.
async fn waited_for(council: &Client) -> Vec<String> {
    let request = council.request(v1::GetCompletenessRequest {
        parent: COUNCIL.into(),
        periods: vec![BEFORE.into(), FROM.into()],
        ..v1::GetCompletenessRequest::default()
    });
    let mut collection = CollectionServiceClient::new(council.channel());
    let found = collection.get_completeness(request).await.unwrap();
    let found = found.into_inner();
    let counted: u64 = found.counts.iter().map(|counts| counts.homes).sum();
    assert_eq!(counted, found.homes.len() as u64, "{found:?}");
    let rows = found.homes.iter();
    rows.map(|row| format!("{} {}", row.home, row.period))
        .collect()
}

/// How many bodies ask the same of a home for a period.
async fn pairs(analyst: &Client, period: &str) -> usize {
    let request = analyst.request(v1::GetOverlapRequest {
        period: period.into(),
        ..v1::GetOverlapRequest::default()
    });
    let mut insight = InsightServiceClient::new(analyst.channel());
    let found = insight.get_overlap(request).await.unwrap().into_inner();
    found.pairs.len()
}

/// What each home is asked on the two days.
async fn asked(analyst: &Client) -> Vec<(String, u64)> {
    let request = analyst.request(v1::GetBurdenRequest {
        group_by: v1::BurdenGroup::Home.into(),
        from: BEFORE.into(),
        until: FROM.into(),
        ..v1::GetBurdenRequest::default()
    });
    let mut insight = InsightServiceClient::new(analyst.channel());
    let found = insight.get_burden(request).await.unwrap().into_inner();
    let rows = found.rows.into_iter();
    rows.map(|row| (row.group, row.asked)).collect()
}

#[tokio::test]
async fn closed_homes_and_ended_bodies_are_not_counted() {
    let (world, council, _) = both_ask().await;
    let operator = world.operator().await;
    let analyst = world.of_role(Role::Analyst).await;
    operator.register_homes(&[NEW], "E08000014").await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let row = |home: &str, day: &str| format!("homes/{home} {day}");
    assert_eq!(
        waited_for(&council).await,
        [row(HOME, BEFORE), row(HOME, FROM)]
    );
    assert_eq!(
        (pairs(&analyst, BEFORE).await, pairs(&analyst, FROM).await),
        (1, 1)
    );
    let of_both = asked(&analyst).await;
    assert_eq!(of_both.len(), 1);

    operator.succeed_home(HOME, NEW, FROM).await.unwrap();
    assert_eq!(
        waited_for(&council).await,
        [row(HOME, BEFORE), row(NEW, FROM)]
    );
    let (one, other) = (format!("homes/{HOME}"), format!("homes/{NEW}"));
    let half = of_both[0].1 / 2;
    assert_eq!(
        asked(&analyst).await,
        [(one.clone(), half), (other.clone(), half)]
    );

    operator
        .succeed("south-sefton-ccg", "cheshire-icb", FROM, "")
        .await
        .unwrap();
    assert_eq!(
        (pairs(&analyst, BEFORE).await, pairs(&analyst, FROM).await),
        (1, 0)
    );
    let own = council_ask().fields.len() as u64;
    assert_eq!(asked(&analyst).await, [(one, half), (other, own)]);
    world.stop().await;
}

#[tokio::test]
async fn a_preview_reckons_without_a_closed_home() {
    let (world, council, _) = both_ask().await;
    let operator = world.operator().await;
    let mut ask = council_ask();
    ask.ask = "another".into();
    ask.targets.homes = vec![OTHER_HOME.into()];
    let homes = async || {
        let request = council.request(v1::PreviewAskRequest {
            ask: Some(ask.clone().try_into().unwrap()),
        });
        let mut asks = AskServiceClient::new(council.channel());
        let found = asks.preview_ask(request).await.unwrap().into_inner();
        found.homes.expect("homes are counted").at_most
    };
    assert_ne!(homes().await, 0);
    operator.succeed_home(OTHER_HOME, "", FROM).await.unwrap();
    assert_eq!(homes().await, 0);
    world.stop().await;
}
