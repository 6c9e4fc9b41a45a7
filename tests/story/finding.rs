//! Looking for demands and forms.

use askonce::domain::access::Role;
use askonce::grpc::v1;
use serde_json::json;

use super::two_bodies::{CCG, COUNCIL, both_ask, ccg_ask, council_ask, decisions};
use super::world::{Client, HOME, OTHER_HOME, World, ask, paths, reason};

#[tokio::test]
async fn every_demand_is_found_however_the_pages_fall() {
    let world = World::new().await;
    let council = world.requester("sefton-council").await;
    for number in 0..205 {
        let label = format!("Beds of kind {number}");
        let fields = json!([{"name": "x", "label": label, "type": "count", "timing": "as-at"}]);
        council
            .submit_ask(&ask("sefton-council", &format!("n{number}"), fields))
            .await
            .unwrap();
    }
    let analyst = world.of_role(Role::Analyst).await;
    for page_size in [50, 100, 205, 1_000] {
        let wanted = v1::FindDemandsRequest {
            text: "beds of kind".into(),
            page_size,
            ..v1::FindDemandsRequest::default()
        };
        assert_eq!(
            analyst.find_demands(wanted).await.unwrap().len(),
            205,
            "{page_size}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn an_analyst_finds_who_asks_for_what_by_question_words_and_period() {
    let (world, _, _) = both_ask().await;
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let analyst = world.of_role(Role::Analyst).await;
    let find = async |wanted: v1::FindDemandsRequest| -> Vec<String> {
        let found = analyst.find_demands(wanted).await.unwrap();
        found.into_iter().map(|demand| demand.field).collect()
    };
    let by_words = v1::FindDemandsRequest {
        text: "agency".into(),
        ..v1::FindDemandsRequest::default()
    };
    let found = analyst.find_demands(by_words.clone()).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].question, found[1].question,
        "one question by decision"
    );
    let by_question = v1::FindDemandsRequest {
        question: found[0].question.clone(),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_question).await, ["D6", "agency_minutes"]);
    let by_home = v1::FindDemandsRequest {
        home: format!("homes/{OTHER_HOME}"),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_home).await, [""; 0]);
    let by_period = v1::FindDemandsRequest {
        period: "2020-06".into(),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(find(by_period).await, [""; 0]);
    world.stop().await;
}

#[tokio::test]
async fn what_was_withdrawn_or_has_expired_is_found_by_those_who_want_it() {
    let (world, council, _) = both_ask().await;
    let mut dated = council_ask();
    dated.ask = "dated".into();
    dated.fields.truncate(1);
    dated.expires_on = "2020-06-30".into();
    council.submit_ask(&dated).await.unwrap();
    let analyst = world.of_role(Role::Analyst).await;
    let beds = v1::FindDemandsRequest {
        text: "beds filled".into(),
        ..v1::FindDemandsRequest::default()
    };
    let found = analyst.find_demands(beds.clone()).await.unwrap();
    let question = found[0].question.clone();
    council.withdraw(COUNCIL, "no longer needed").await.unwrap();
    let narrow = [
        beds,
        v1::FindDemandsRequest {
            question,
            ..v1::FindDemandsRequest::default()
        },
        v1::FindDemandsRequest {
            home: format!("homes/{HOME}"),
            text: "beds filled".into(),
            ..v1::FindDemandsRequest::default()
        },
    ];
    let dated = "organisations/sefton-council/asks/dated";
    for wanted in narrow {
        for (withdrawn, expired, expected) in [
            (false, false, vec![CCG]),
            (true, false, vec![COUNCIL, CCG]),
            (false, true, vec![dated, CCG]),
            (true, true, vec![COUNCIL, dated, CCG]),
        ] {
            for page_size in [1, 2, 100] {
                let wanted = v1::FindDemandsRequest {
                    include_withdrawn: withdrawn,
                    include_expired: expired,
                    page_size,
                    ..wanted.clone()
                };
                let found = analyst.find_demands(wanted.clone()).await.unwrap();
                let asks: Vec<&str> = found.iter().map(|demand| &*demand.ask).collect();
                assert_eq!(asks, expected, "{wanted:?}");
            }
        }
    }
    let elsewhere = v1::FindDemandsRequest {
        home: format!("homes/{OTHER_HOME}"),
        include_withdrawn: true,
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(analyst.find_demands(elsewhere.clone()).await.unwrap(), []);
    // What names a home goes on with the one that was registered in its place.
    let operator = world.operator().await;
    let anew = operator.succeed_home(HOME, OTHER_HOME, "2020-06-10").await;
    anew.unwrap();
    let found = analyst.find_demands(elsewhere).await.unwrap();
    assert_eq!(found.len(), 6, "the CCG's and the withdrawn one's");
    world.stop().await;
}

/// Who asks for filled beds, as a caller finds it.
async fn askers_of_beds(client: &Client, period: &str, include_expired: bool) -> Vec<String> {
    let wanted = v1::FindDemandsRequest {
        text: "beds filled".into(),
        period: period.into(),
        include_expired,
        page_size: 1,
        ..v1::FindDemandsRequest::default()
    };
    let found = client.find_demands(wanted).await.unwrap();
    found.into_iter().map(|demand| demand.ask).collect()
}

#[tokio::test]
async fn what_an_ended_body_asked_is_found_while_it_is_asked_and_by_its_heir_though_private() {
    let (world, council, ccg) = both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let icb = world.requester("cheshire-icb").await;
    let analyst = world.of_role(Role::Analyst).await;
    let mut private = ccg_ask();
    (private.ask, private.private) = ("own".into(), true);
    private.fields.truncate(1);
    ccg.submit_ask(&private).await.unwrap();
    let own = "organisations/south-sefton-ccg/asks/own";
    let (all, open, none) = ([COUNCIL, CCG, own], [COUNCIL, CCG], [COUNCIL]);
    let end = async |on: &str| {
        let known = operator.get_organisation("south-sefton-ccg").await.unwrap();
        let etag = known.ended.unwrap_or_default().etag;
        let ended = operator.succeed("south-sefton-ccg", "cheshire-icb", on, &etag);
        ended.await.unwrap();
    };
    // Before anything is recorded, and while the day lies ahead.
    for _ in 0..2 {
        assert_eq!(askers_of_beds(&analyst, "", false).await, all);
        assert_eq!(askers_of_beds(&ccg, "", false).await, all);
        assert_eq!(askers_of_beds(&council, "", false).await, open);
        assert_eq!(askers_of_beds(&icb, "", false).await, open);
        end("2199-01-01").await;
    }
    end("2020-07-01").await;
    for (client, of_then) in [(&analyst, all.as_slice()), (&icb, &all), (&council, &open)] {
        assert_eq!(askers_of_beds(client, "", false).await, none);
        assert_eq!(askers_of_beds(client, "", true).await, of_then);
        // What began before its day it asks to the end, and nothing later.
        for expired in [false, true] {
            let before = askers_of_beds(client, "2020-06-30", expired).await;
            assert_eq!(before, of_then);
            assert_eq!(askers_of_beds(client, "2020-07-01", expired).await, none);
        }
    }
    operator.restore("south-sefton-ccg").await.unwrap();
    assert_eq!(askers_of_beds(&icb, "", true).await, open);
    assert_eq!(askers_of_beds(&analyst, "", false).await, all);
    world.stop().await;
}

#[tokio::test]
async fn forms_are_listed_for_the_days_that_are_asked_for() {
    let world = World::new().await;
    world
        .requester("sefton-council")
        .await
        .submit_ask(&council_ask())
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let forms = manager
        .list_forms(HOME, "2020-05-30", "2020-06-03")
        .await
        .unwrap();
    let periods: Vec<&str> = forms.iter().map(|form| form.period.as_str()).collect();
    assert_eq!(periods, ["2020-06-01", "2020-06-02", "2020-06-03"]);
    assert!(
        forms.iter().all(|form| form.state() == v1::FormState::Due),
        "long past"
    );
    let reversed = manager
        .list_forms(HOME, "2020-06-03", "2020-06-01")
        .await
        .unwrap_err();
    assert_eq!(paths(&reversed), ["until"]);
    assert_eq!(reason(&reversed), "INVALID_REQUEST");
    world.stop().await;
}
