//! Bodies that end, are merged and replaced: what they asked and were sent is their successor's,
//! from the day on and not before.

use askonce::domain::access::Grant;
use askonce::domain::ask::RawAsk;
use askonce::domain::organisation::RawOrganisation;
use askonce::domain::succession::{Succession, SuccessionUndone};
use askonce::grpc::v1;
use askonce::grpc::v1::ask_service_client::AskServiceClient;
use serde_json::json;
use tonic::Code;

use super::registrar::{Clocked, itself};
use super::two_bodies::{CCG, COUNCIL, DAY, both_ask, ccg_ask};
use super::world::{Client, HOME, answer, paths};

const ICB_CALL: &str = "organisations/cheshire-icb/asks/call";

/// Whether an ask is on the home's form for a day.
async fn is_asked(manager: &Client, ask: &str, day: &str) -> bool {
    let form = manager.form(HOME, day).await.unwrap();
    form.entries
        .iter()
        .flat_map(|entry| &entry.demands)
        .any(|demand| demand.ask == ask)
}

fn continued(purpose: &str, continues: &str) -> RawAsk {
    RawAsk {
        organisation: "cheshire-icb".into(),
        purpose: purpose.into(),
        from: "2020-07-01".into(),
        continues: continues.into(),
        ..ccg_ask()
    }
}

async fn answer_call(manager: &Client, ask: &str, day: &str, beds: &str) {
    let form = manager.form(HOME, day).await.unwrap();
    let beds = answer(&form, ask, "beds", json!({"number": beds}));
    manager.answer(&form, vec![beds]).await.unwrap();
}

/// The asks of the board by name, one on a page.
async fn listed(icb: &Client, predecessors: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = icb.request(v1::ListAsksRequest {
            parent: "organisations/cheshire-icb".into(),
            page_size: 1,
            predecessors,
            page_token,
            ..v1::ListAsksRequest::default()
        });
        let mut asks = AskServiceClient::new(icb.channel.clone());
        let page = asks.list_asks(request).await.unwrap().into_inner();
        names.extend(page.asks.into_iter().map(|ask| ask.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return names;
        }
    }
}

#[tokio::test]
async fn a_successor_reads_what_was_released_and_the_predecessor_opens_nothing_any_longer() {
    let (world, _, ccg) = both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let icb = world.requester("cheshire-icb").await;
    let manager = world.manager(HOME).await;
    answer_call(&manager, CCG, DAY, "17").await;
    let before = ccg.deliveries(CCG).await.unwrap();
    // Before the day: nothing of it is the successor's.
    operator
        .succeed("south-sefton-ccg", "cheshire-icb", "2199-01-01", "")
        .await
        .unwrap();
    assert_eq!(
        icb.get_ask(CCG).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert_eq!(
        icb.deliveries(CCG).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert_eq!(ccg.deliveries(CCG).await.unwrap(), before);
    // On the day and after it.
    let known = operator
        .get_organisation("south-sefton-ccg")
        .await
        .unwrap()
        .ended
        .unwrap();
    let etag = &known.etag;
    operator
        .succeed("south-sefton-ccg", "cheshire-icb", "2020-07-01", etag)
        .await
        .unwrap();
    assert_eq!(icb.get_ask(CCG).await.unwrap().name, CCG);
    assert_eq!(icb.deliveries(CCG).await.unwrap(), before);
    let refused = icb.deliveries(COUNCIL).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "nobody else's");
    for refused in [
        ccg.get_ask(CCG).await.unwrap_err(),
        ccg.deliveries(CCG).await.unwrap_err(),
        ccg.list_asks("organisations/south-sefton-ccg", 9)
            .await
            .unwrap_err(),
        ccg.list_asks("organisations/-", 9).await.unwrap_err(),
        ccg.submit_ask(&ccg_ask()).await.unwrap_err(),
        icb.submit_ask(&ccg_ask()).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_home_reads_which_body_took_what_was_sent_to_another_that_has_ended() {
    let (world, _, ccg) = both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let icb = world.requester("cheshire-icb").await;
    let manager = world.manager(HOME).await;
    answer_call(&manager, CCG, DAY, "17").await;
    ccg.deliveries(CCG).await.unwrap();
    operator
        .succeed("south-sefton-ccg", "cheshire-icb", "2020-07-01", "")
        .await
        .unwrap();
    icb.deliveries(CCG).await.unwrap();
    let takers = async |organisation: &str| {
        let message = v1::ListCollectionsRequest {
            parent: format!("homes/{HOME}"),
            organisation: organisation.into(),
            ..v1::ListCollectionsRequest::default()
        };
        let listing = manager
            .forms()
            .list_collections(manager.request(message))
            .await;
        let rows = listing.unwrap().into_inner().collections.into_iter();
        let rows = rows.map(|row| (row.organisation, row.organisation_name, row.ask));
        rows.collect::<Vec<_>>()
    };
    let taker = |id: &str| {
        (
            format!("organisations/{id}"),
            format!("Body {id}"),
            CCG.to_owned(),
        )
    };
    let (of_ccg, of_icb) = (taker("south-sefton-ccg"), taker("cheshire-icb"));
    assert_eq!(takers("").await, [of_ccg.clone(), of_icb.clone()]);
    assert_eq!(takers("organisations/cheshire-icb").await, [of_icb]);
    assert_eq!(takers("organisations/south-sefton-ccg").await, [of_ccg]);
    assert_eq!(takers("organisations/sefton-council").await, []);
    world.stop().await;
}

#[tokio::test]
async fn an_ended_body_asks_nothing_new_and_taken_back_all_is_as_it_was() {
    let (world, council, ccg) = both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let icb = world.requester("cheshire-icb").await;
    let manager = world.manager(HOME).await;
    answer_call(&manager, CCG, DAY, "17").await;
    let before = ccg.deliveries(CCG).await.unwrap();
    operator
        .succeed("south-sefton-ccg", "cheshire-icb", "2020-07-01", "")
        .await
        .unwrap();
    let mut another = ccg_ask();
    another.ask = "new".into();
    let on_behalf = operator.submit_ask(&another).await.unwrap_err();
    assert_eq!(paths(&on_behalf), ["ask.organisation"]);
    assert_eq!(
        council.deliveries(COUNCIL).await.unwrap().len(),
        1,
        "others go on as before"
    );
    for (day, expected) in [
        ("2020-06-30", true),
        ("2020-07-01", false),
        ("2020-07-02", false),
    ] {
        assert_eq!(is_asked(&manager, CCG, day).await, expected, "{day}");
        assert!(is_asked(&manager, COUNCIL, day).await);
    }
    operator.restore("south-sefton-ccg").await.unwrap();
    operator.restore("south-sefton-ccg").await.unwrap();
    assert_eq!(ccg.deliveries(CCG).await.unwrap(), before);
    assert_eq!(
        icb.deliveries(CCG).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert!(is_asked(&manager, CCG, "2020-07-01").await);
    world.stop().await;
}

#[tokio::test]
async fn an_ask_goes_on_only_when_the_successor_says_so_and_under_its_own_name() {
    let (world, council, _) = both_ask().await;
    let operator = world.operator().await;
    operator.register_organisation("cheshire-icb", "icb").await;
    let icb = world.requester("cheshire-icb").await;
    operator.grant("cheshire-icb", &["E08000014"], &[]).await;
    let manager = world.manager(HOME).await;
    let early = icb
        .submit_ask(&continued("mutual aid", CCG))
        .await
        .unwrap_err();
    operator
        .succeed("south-sefton-ccg", "cheshire-icb", "2020-07-01", "")
        .await
        .unwrap();
    let others = icb
        .submit_ask(&continued("mutual aid", COUNCIL))
        .await
        .unwrap_err();
    let unknown = continued("mutual aid", "organisations/nobody/asks/none");
    let unknown = icb.submit_ask(&unknown).await.unwrap_err();
    for refused in [&early, &others, &unknown] {
        assert_eq!(paths(refused), ["ask.continues"]);
        assert_eq!(refused.message(), unknown.message());
    }
    let changed = icb
        .submit_ask(&continued("league tables", CCG))
        .await
        .unwrap_err();
    assert_eq!(
        paths(&changed),
        ["ask.purpose"],
        "other ends are another ask"
    );
    answer_call(&manager, CCG, "2020-06-30", "17").await;
    operator.grant("cheshire-icb", &[], &[]).await;
    let unheld = icb.submit_ask(&continued("mutual aid", CCG)).await;
    assert_eq!(
        paths(&unheld.unwrap_err()),
        ["ask.targets.homes[0]"],
        "the powers of a predecessor end with it"
    );
    operator.grant("cheshire-icb", &["E08000014"], &[]).await;
    let taken = icb.submit_ask(&continued("mutual aid", CCG)).await.unwrap();
    assert_eq!(taken.ask.unwrap().continues, CCG);
    assert!(is_asked(&manager, ICB_CALL, "2020-07-01").await);
    assert!(!is_asked(&manager, ICB_CALL, "2020-06-30").await);
    assert_eq!(
        icb.deliveries(ICB_CALL).await.unwrap(),
        [],
        "releases are made anew"
    );
    answer_call(&manager, ICB_CALL, "2020-07-01", "18").await;
    let periods = |deliveries: Vec<v1::Delivery>| {
        deliveries
            .into_iter()
            .map(|delivery| delivery.period)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        periods(icb.deliveries(ICB_CALL).await.unwrap()),
        ["2020-07-01"]
    );
    assert_eq!(periods(icb.deliveries(CCG).await.unwrap()), ["2020-06-30"]);
    assert_eq!(listed(&icb, false).await, [ICB_CALL]);
    assert_eq!(listed(&icb, true).await, [ICB_CALL, CCG]);
    assert_eq!(
        council.get_ask(ICB_CALL).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    world.stop().await;
}

#[tokio::test]
async fn three_groups_merge_and_what_goes_round_or_is_stale_is_refused() {
    let world = super::world::World::new().await;
    let operator = world.operator().await;
    for id in ["a", "b", "c", "m", "icb"] {
        operator.register_organisation(id, "ccg").await;
    }
    for id in ["a", "b", "c"] {
        operator.succeed(id, "m", "2021-04-01", "").await.unwrap();
    }
    let first = operator
        .succeed("m", "icb", "2022-07-01", "")
        .await
        .unwrap();
    assert_eq!(
        operator
            .succeed("m", "icb", "2022-07-01", "")
            .await
            .unwrap(),
        first,
        "harmless"
    );
    let merged = operator.get_organisation("m").await.unwrap();
    let before: Vec<_> = merged
        .began
        .iter()
        .map(|known| known.predecessor.as_str())
        .collect();
    assert_eq!(
        before,
        ["organisations/a", "organisations/b", "organisations/c"]
    );
    assert_eq!(merged.ended.unwrap(), first);
    for (old, new, on, expected) in [
        ("icb", "a", "2023-01-01", "on successor"),
        ("icb", "icb", "2023-01-01", "successor"),
        ("nobody", "ods:X", "", "predecessor successor on"),
        ("icb", "", "2023-01-01", "successor"),
    ] {
        let refused = operator.succeed(old, new, on, "").await.unwrap_err();
        assert_eq!(
            paths(&refused).join(" "),
            expected,
            "{old} {new}: {refused:?}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn a_succession_is_corrected_by_who_has_seen_it_and_a_request_repeats() {
    let world = super::world::World::new().await;
    let operator = world.operator().await;
    for id in ["a", "m", "icb"] {
        operator.register_organisation(id, "ccg").await;
    }
    operator.succeed("a", "m", "2021-04-01", "").await.unwrap();
    let first = operator
        .succeed("m", "icb", "2022-07-01", "")
        .await
        .unwrap();
    let stale = operator
        .succeed("m", "icb", "2022-08-01", "")
        .await
        .unwrap_err();
    assert_eq!(
        stale.code(),
        Code::Aborted,
        "a correction shows what it corrects"
    );
    let corrected = operator
        .succeed("m", "icb", "2022-08-01", &first.etag)
        .await
        .unwrap();
    assert!(corrected.on == "2022-08-01" && corrected.etag != first.etag);
    let message = v1::SucceedOrganisationRequest {
        predecessor: "a".into(),
        successor: "m".into(),
        on: "2021-05-01".into(),
        etag: operator
            .get_organisation("a")
            .await
            .unwrap()
            .ended
            .unwrap()
            .etag,
        request_id: "123e4567-e89b-42d3-a456-426614174000".into(),
    };
    let mut registry = operator.registry();
    let mut send = async |message: &v1::SucceedOrganisationRequest| {
        let request = operator.request(message.clone());
        registry.succeed_organisation(request).await
    };
    let one = send(&message).await.unwrap().into_inner();
    assert_eq!(
        send(&message).await.unwrap().into_inner(),
        one,
        "a request repeated"
    );
    let other = v1::SucceedOrganisationRequest {
        on: "2021-06-01".into(),
        ..message
    };
    assert_eq!(send(&other).await.unwrap_err().code(), Code::AlreadyExists);
    world.stop().await;
}

#[tokio::test]
async fn the_day_begins_at_midnight_in_london() {
    let clocked = Clocked::at("2021-03-31T22:59:59Z");
    let (broker, caller) = (&clocked.broker, itself());
    for id in ["old", "new", "board"] {
        let row = RawOrganisation {
            id: id.into(),
            name: id.into(),
            kind: "ccg".into(),
            ..RawOrganisation::default()
        };
        broker.import_organisation(&caller, row).await.unwrap();
    }
    let after = |old: &str, new: &str, on: &str| Succession {
        predecessor: old.parse().unwrap(),
        successor: Some(new.parse().unwrap()),
        on: on.parse().unwrap(),
    };
    let merged = after("old", "new", "2021-04-01");
    broker
        .succeed_organisation(&caller, merged, "", "")
        .await
        .unwrap();
    let replaced = after("new", "board", "2022-07-01");
    broker
        .succeed_organisation(&caller, replaced, "", "")
        .await
        .unwrap();
    let reach = async |id: &str| {
        let grant = Grant::parse("requester", id, &[]).unwrap();
        let reach = broker.reach(&grant).await.unwrap();
        let ids: Vec<_> = reach.predecessors.iter().map(ToString::to_string).collect();
        (reach.has_ended, ids.join(" "))
    };
    let said = |has_ended: bool, ids: &str| (has_ended, ids.to_owned());
    assert_eq!(
        (reach("old").await, reach("new").await),
        (said(false, ""), said(false, ""))
    );
    // London is an hour ahead of the clock by then.
    clocked.turn("2021-03-31T23:00:00Z");
    assert_eq!(
        (reach("old").await, reach("new").await),
        (said(true, ""), said(false, "old"))
    );
    assert_eq!(reach("board").await, said(false, ""));
    clocked.turn("2022-07-01T12:00:00Z");
    assert_eq!(
        reach("board").await,
        said(false, "new old"),
        "along the chain"
    );
    assert_eq!(reach("new").await, said(true, "old"));
    let undone = SuccessionUndone {
        predecessor: "new".parse().unwrap(),
        reason: "not yet".into(),
    };
    broker
        .undo_organisation_succession(&caller, undone, "")
        .await
        .unwrap();
    assert_eq!(
        (reach("board").await, reach("new").await),
        (said(false, ""), said(false, "old"))
    );
}
