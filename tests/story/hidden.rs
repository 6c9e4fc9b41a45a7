//! A private ask is to another asker as if it were not, whatever that one asks of the broker.

use askonce::grpc::v1;
use askonce::grpc::v1::insight_service_client::InsightServiceClient;
use serde_json::json;

use super::two_bodies::{CCG, COUNCIL, DAY, ccg_ask, council_ask};
use super::world::{Client, HOME, OTHER_HOME, World, answer};

/// All that a requester is told of who asks what, beside its own asks.
#[derive(Debug, PartialEq)]
struct Insight {
    demands: Vec<v1::Demand>,
    overlap: v1::GetOverlapResponse,
    burden: Vec<v1::GetBurdenResponse>,
    completeness: v1::GetCompletenessResponse,
}

impl Insight {
    async fn of(client: &Client, question: &str) -> Self {
        let mut insight = InsightServiceClient::new(client.channel());
        let overlap = client.request(v1::GetOverlapRequest::default());
        let overlap = insight.get_overlap(overlap).await.unwrap().into_inner();
        let mut burden = Vec::new();
        for group in [
            v1::BurdenGroup::Home,
            v1::BurdenGroup::Organisation,
            v1::BurdenGroup::Period,
        ] {
            for view in [v1::BurdenView::Now, v1::BurdenView::Then] {
                let message = v1::GetBurdenRequest {
                    group_by: group.into(),
                    view: view.into(),
                    from: DAY.into(),
                    until: DAY.into(),
                    home: format!("homes/{HOME}"),
                    ..v1::GetBurdenRequest::default()
                };
                let counted = insight.get_burden(client.request(message)).await.unwrap();
                burden.push(counted.into_inner());
            }
        }
        let mut demands = Vec::new();
        for wanted in [
            v1::FindDemandsRequest::default(),
            v1::FindDemandsRequest {
                question: question.into(),
                ..v1::FindDemandsRequest::default()
            },
            v1::FindDemandsRequest {
                home: format!("homes/{HOME}"),
                ..v1::FindDemandsRequest::default()
            },
            v1::FindDemandsRequest {
                organisation: "organisations/sefton-council".into(),
                ..v1::FindDemandsRequest::default()
            },
            v1::FindDemandsRequest {
                text: "gloves".into(),
                include_withdrawn: true,
                include_expired: true,
                ..v1::FindDemandsRequest::default()
            },
        ] {
            demands.extend(client.find_demands(wanted).await.unwrap());
        }
        Self {
            demands,
            overlap,
            burden,
            completeness: client.completeness(CCG, &[DAY]).await,
        }
    }
}

#[tokio::test]
async fn no_figure_and_no_name_tells_of_a_private_ask() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    ccg.submit_ask(&ccg_ask()).await.unwrap();
    let own = ccg.find_demands(v1::FindDemandsRequest::default()).await;
    let question = own.unwrap()[0].question.clone();
    let without = Insight::of(&ccg, &question).await;

    let mut private = council_ask();
    private.private = true;
    council.submit_ask(&private).await.unwrap();
    assert_eq!(Insight::of(&ccg, &question).await, without);
    // Not when the home answers it either: what was not sent to the CCG is not answered for it.
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "D6", json!({"number": "1"}));
    manager.answer(&form, vec![said]).await.unwrap();
    assert_eq!(Insight::of(&ccg, &question).await, without);
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&form, vec![said]).await.unwrap();
    let with = Insight::of(&ccg, &question).await;
    assert_eq!(
        (&with.demands, &with.overlap),
        (&without.demands, &without.overlap)
    );
    let answered = |told: &Insight| told.burden[0].total.as_ref().unwrap().answered;
    assert_eq!(
        (answered(&without), answered(&with)),
        (0, 1),
        "sent to it too"
    );
    let shared = |told: &Insight| {
        told.burden
            .iter()
            .any(|page| page.total.as_ref().unwrap().shared > 0)
    };
    assert!(!shared(&with));
    // Withdrawn, it is still the council's alone.
    council.withdraw(COUNCIL, "no longer needed").await.unwrap();
    let withdrawn = Insight::of(&ccg, &question).await;
    assert_eq!(withdrawn.demands, without.demands);
    assert!(!shared(&withdrawn), "nor does the form that the home saw");

    let analyst = world.of_role("analyst".parse().unwrap()).await;
    let found = analyst.find_demands(v1::FindDemandsRequest {
        include_withdrawn: true,
        ..v1::FindDemandsRequest::default()
    });
    assert_eq!(found.await.unwrap().len(), 6, "an analyst sees all");
    world.stop().await;
}

#[tokio::test]
async fn a_preview_names_nobody_who_asks_in_private_and_counts_no_few_homes() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    let ccg = world.requester("south-sefton-ccg").await;
    let mut both = ccg_ask();
    both.targets.homes.push(OTHER_HOME.into());
    let counts = async || {
        let told = ccg.preview(&both).await.unwrap();
        for field in &told.fields {
            assert_eq!(field.organisation_names, [""; 0], "{field:?}");
        }
        let text = format!("{told:?}");
        assert!(!text.contains("sefton-council"), "{text}");
        let fields = told.fields.iter();
        let fields = fields.map(|field| (field.fate(), field.homes, field.homes_new, field.saved));
        (
            told.homes,
            told.homes_newly_asked,
            told.question_homes,
            fields.collect::<Vec<_>>(),
        )
    };
    let without = counts().await;
    let mut private = council_ask();
    private.private = true;
    council.submit_ask(&private).await.unwrap();
    // It is asked of one of the two homes: which, no count tells.
    assert_eq!(counts().await, without);
    world.stop().await;
}
