//! Overlap, burden and the ledger, for whoever may look.

use std::sync::Arc;

use askonce::broker::OverlapFilter;
use askonce::domain::access::Role;
use askonce::grpc::v1;
use askonce::grpc::v1::insight_service_client::InsightServiceClient;
use askonce::grpc::v1::ledger_service_client::LedgerServiceClient;
use askonce::server::Data;
use serde_json::json;
use tokio_stream::StreamExt;
use tonic::{Code, Status};

use super::command_line::{Outcome, askonce};
use super::registrar::{Clocked, itself};
use super::two_bodies::{COUNCIL, DAY, both_ask, decisions};
use super::world::{Client, HOME, World, answer, ask, reason};

impl Client {
    async fn overlap(
        &self,
        wanted: v1::GetOverlapRequest,
    ) -> Result<v1::GetOverlapResponse, Status> {
        let mut insight = InsightServiceClient::new(self.channel());
        Ok(insight
            .get_overlap(self.request(wanted))
            .await?
            .into_inner())
    }

    async fn burden(&self, wanted: v1::GetBurdenRequest) -> Result<v1::GetBurdenResponse, Status> {
        let mut insight = InsightServiceClient::new(self.channel());
        Ok(insight.get_burden(self.request(wanted)).await?.into_inner())
    }
}

fn of_day(group: v1::BurdenGroup, view: v1::BurdenView) -> v1::GetBurdenRequest {
    v1::GetBurdenRequest {
        group_by: group.into(),
        view: view.into(),
        from: DAY.into(),
        until: DAY.into(),
        ..v1::GetBurdenRequest::default()
    }
}

fn figures(row: &v1::Burden) -> [u64; 5] {
    [row.asked, row.put, row.answered, row.saved, row.shared]
}

#[tokio::test]
async fn an_analyst_sees_who_asks_the_same_and_what_it_costs() {
    let (world, council, _) = both_ask().await;
    let analyst = world.of_role(Role::Analyst).await;
    let found = analyst
        .overlap(v1::GetOverlapRequest::default())
        .await
        .unwrap();
    assert_eq!(found.pairs.len(), 1);
    let pair = &found.pairs[0];
    assert_eq!((pair.questions, pair.homes, pair.sample.len()), (1, 1, 1));
    assert_eq!(found.organisations.len(), 2);
    world
        .of_role(Role::Steward)
        .await
        .decide(decisions())
        .await
        .unwrap();
    let found = analyst
        .overlap(v1::GetOverlapRequest::default())
        .await
        .unwrap();
    assert_eq!(found.pairs[0].questions, 3, "by decision");
    let by_question = v1::FindDemandsRequest {
        question: found.pairs[0].sample[0].question.clone(),
        ..v1::FindDemandsRequest::default()
    };
    assert_eq!(analyst.find_demands(by_question).await.unwrap().len(), 2);
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&form, vec![said]).await.unwrap();
    for view in [v1::BurdenView::Now, v1::BurdenView::Then] {
        let by_body = analyst
            .burden(of_day(v1::BurdenGroup::Organisation, view))
            .await
            .unwrap();
        let total = by_body.total.unwrap();
        assert_eq!(figures(&total), [6, 3, 1, 3, 3]);
        let rows: Vec<_> = by_body
            .rows
            .iter()
            .map(|row| (&*row.group, figures(row)))
            .collect();
        let each = [3, 3, 1, 0, 3];
        let expected = [
            ("organisations/sefton-council", each),
            ("organisations/south-sefton-ccg", each),
        ];
        assert_eq!(rows, expected);
    }
    a_third_body_asks_afterwards(&world, &analyst, &council).await;
    world.stop().await;
}

/// Then, the home saw a form without it; and of others it finds what is not private.
async fn a_third_body_asks_afterwards(world: &World, analyst: &Client, council: &Client) {
    let late = json!([{"name": "x", "label": "Masks", "type": "count", "timing": "as-at"}]);
    let nhs = world.requester("nhs-england").await;
    nhs.submit_ask(&ask("nhs-england", "masks", late))
        .await
        .unwrap();
    let totals = async |view| {
        let found = analyst
            .burden(of_day(v1::BurdenGroup::Home, view))
            .await
            .unwrap();
        figures(&found.total.unwrap())
    };
    assert_eq!(totals(v1::BurdenView::Now).await, [7, 4, 1, 3, 3]);
    assert_eq!(totals(v1::BurdenView::Then).await, [6, 3, 1, 3, 3]);
    // A requester sees its own side.
    let own = council
        .burden(of_day(v1::BurdenGroup::Period, v1::BurdenView::Now))
        .await
        .unwrap();
    assert_eq!(figures(&own.total.unwrap()), [3, 3, 1, 0, 3]);
    let own = nhs.overlap(v1::GetOverlapRequest::default()).await.unwrap();
    assert_eq!((own.pairs.len(), own.organisations.len()), (0, 1));
    let others = v1::GetOverlapRequest {
        organisation: "organisations/sefton-council".into(),
        ..v1::GetOverlapRequest::default()
    };
    let denied = nhs.overlap(others).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let demands = nhs
        .find_demands(v1::FindDemandsRequest::default())
        .await
        .unwrap();
    assert_eq!(
        demands.len(),
        7,
        "what is not private is found by all who ask"
    );
    let in_area = |area: &str| v1::FindDemandsRequest {
        area: area.into(),
        ..v1::FindDemandsRequest::default()
    };
    let found = analyst.find_demands(in_area("E08000014")).await.unwrap();
    assert_eq!(found.len(), 7, "asked of a home that lies there");
    assert_eq!(
        analyst.find_demands(in_area("E08000012")).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn an_operator_audits_the_ledger_and_reads_no_answer_there() {
    let (memory, _, _) = both_ask().await;
    let operator = memory.operator().await;
    let mut ledger = LedgerServiceClient::new(operator.channel());
    let request = operator.request(v1::GetCheckpointRequest {});
    let none = ledger.get_checkpoint(request).await.unwrap_err();
    assert_eq!(
        (none.code(), &*reason(&none)),
        (Code::FailedPrecondition, "NOT_KEPT")
    );
    memory.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(Data::Embedded(folder.path().to_path_buf())).await;
    let operator = world.operator().await;
    operator
        .register_organisation("sefton-council", "council")
        .await;
    operator.grant("sefton-council", &["E08000014"], &[]).await;
    operator.register_homes(&[HOME], "E08000014").await;
    let council = world.requester("sefton-council").await;
    let fields = json!([{"name": "note", "label": "Remarks", "type": "text", "timing": "as-at"}]);
    council
        .submit_ask(&ask("sefton-council", "daily", fields))
        .await
        .unwrap();
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(
        &form,
        COUNCIL,
        "note",
        json!({"text": "a most secret remark"}),
    );
    manager.answer(&form, vec![said]).await.unwrap();
    council.deliveries(COUNCIL).await.unwrap();
    let mut ledger = LedgerServiceClient::new(operator.channel());
    let request = operator.request(v1::ReadLedgerRequest::default());
    let read = ledger.read_ledger(request).await.unwrap().into_inner();
    let kinds: Vec<&str> = read.events.iter().map(|event| &*event.kind).collect();
    assert!(kinds.contains(&"AnswersSubmitted") && kinds.contains(&"AnswersCollected"));
    assert!(!format!("{read:?}").contains("secret remark"));
    assert!(!format!("{read:?}").contains("\"hash\""));
    assert!(read.events.iter().all(|event| event.chain.len() == 64));
    let request = operator.request(v1::GetCheckpointRequest {});
    let head = ledger.get_checkpoint(request).await.unwrap().into_inner();
    assert_eq!(head.chain, read.events.last().unwrap().chain);
    let request = operator.request(v1::VerifyLedgerRequest {});
    let messages = ledger.verify_ledger(request).await.unwrap().into_inner();
    let messages: Vec<_> = messages.map(|message| message.unwrap()).collect().await;
    let last = messages.last().unwrap();
    assert!(last.done && last.damage.is_empty());
    assert_eq!((last.sequence, &last.chain), (head.sequence, &head.chain));
    let request = council.request(v1::ReadLedgerRequest::default());
    let denied = ledger.read_ledger(request).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    world.stop().await;
}

/// Runs a command against the broker as a caller.
async fn run(world: &World, client: &Client, line: &str) -> Outcome {
    let mut all = vec!["--server".to_owned(), world.address()];
    all.extend(line.split(' ').map(str::to_owned));
    let secret = client.secret().to_owned();
    let ran = tokio::task::spawn_blocking(move || askonce(&all, &secret));
    ran.await.unwrap()
}

/// A broker at which both have asked, and the home has told both how many beds are filled.
async fn beds_are_told() -> (World, Client, Client) {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&form, vec![said]).await.unwrap();
    (world, council, manager)
}

#[tokio::test]
async fn the_command_line_watches_on_from_where_it_was_left_and_acknowledges() {
    let (world, council, manager) = beds_are_told().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cursor");
    let watch = format!(
        "deliveries watch sefton-council/daily --until-caught-up --cursor-file {}",
        file.display()
    );
    let first = run(&world, &council, &watch).await;
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let lines: Vec<_> = first.stdout.lines().map(read).collect();
    assert_eq!((lines.len(), &lines[0]["value"]), (1, &json!("30")));
    let again = run(&world, &council, &watch).await;
    assert_eq!(again.stdout, "", "taken up where it was left");
    let acknowledge = format!(
        "deliveries acknowledge sefton-council/- --cursor-file {}",
        file.display()
    );
    let said = run(&world, &council, &acknowledge).await;
    assert!(said.stdout.contains("is stored"), "{said:?}");
    let seen = run(&world, &manager, "collections list 1-466088203").await;
    assert!(seen.stdout.contains("yes"), "{seen:?}");
    world.stop().await;
}

#[tokio::test]
async fn the_command_line_counts_and_compares() {
    let (world, council, _) = beds_are_told().await;
    let analyst = world.of_role(Role::Analyst).await;
    let operator = world.operator().await;
    for (client, line, expected) in [
        (
            &council,
            "completeness sefton-council/daily --period 2020-06-03",
            "late",
        ),
        (
            &council,
            "completeness sefton-council/- --period 2020-06-03 --counts",
            "late",
        ),
        (&analyst, "overlap --questions", "south-sefton-ccg"),
        (
            &analyst,
            "burden --from 2020-06-03 --until 2020-06-03",
            "altogether",
        ),
        (
            &analyst,
            "burden --by home --from 2020-06-03 --until 2020-06-03 -o csv",
            "of,forms",
        ),
        (&operator, "ledger read --limit 3", "DictionaryAdopted"),
    ] {
        let outcome = run(&world, client, line).await;
        assert_eq!(outcome.code, 0, "{line}: {}", outcome.stderr);
        assert!(
            outcome.stdout.contains(expected),
            "{line}: {}",
            outcome.stdout
        );
        eprintln!("$ askonce {line}\n{}", outcome.stdout);
    }
    let none = run(&world, &operator, "ledger checkpoint").await;
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("keeps no ledger"), "{}", none.stderr);
    world.stop().await;
}

#[tokio::test]
async fn a_requester_counts_as_answered_what_it_was_sent_alone() {
    let (world, council, _) = both_ask().await;
    let manager = world.manager(HOME).await;
    let form = manager.form(HOME, DAY).await.unwrap();
    let said = answer(&form, COUNCIL, "B2", json!({"number": "30"}));
    manager.answer(&form, vec![said]).await.unwrap();
    let beds = json!([{"name": "n", "label": "Beds filled", "type": "count", "timing": "as-at"}]);
    let nhs = world.requester("nhs-england").await;
    nhs.submit_ask(&ask("nhs-england", "beds", beds))
        .await
        .unwrap();
    for view in [v1::BurdenView::Now, v1::BurdenView::Then] {
        let by_home = of_day(v1::BurdenGroup::Home, view);
        let own = nhs.burden(by_home.clone()).await.unwrap();
        let answered: Vec<u64> = own.rows.iter().map(|row| row.answered).collect();
        assert!(answered.iter().all(|count| *count == 0), "{answered:?}");
        let own = council.burden(by_home).await.unwrap();
        assert_eq!(own.total.unwrap().answered, 1);
    }
    world.stop().await;
}

#[tokio::test]
async fn an_overlap_is_worked_out_once_for_a_day_and_a_state_of_the_ledger() {
    let clocked = Clocked::at("2026-11-21T12:00:00Z");
    let overlap = async |filter: &OverlapFilter| clocked.broker.overlap(filter).await.unwrap();
    let all = OverlapFilter::default();
    let read_by = |id: &str| OverlapFilter {
        reader: Some(id.parse().unwrap()),
        ..OverlapFilter::default()
    };
    let (council, icb) = (read_by("council"), read_by("icb"));
    let first = overlap(&all).await;
    assert!(Arc::ptr_eq(&first, &overlap(&all).await));
    let of_council = overlap(&council).await;
    assert!(!Arc::ptr_eq(&of_council, &first));
    assert!(
        !Arc::ptr_eq(&of_council, &overlap(&icb).await),
        "to each its own"
    );
    clocked.turn("2026-11-22T12:00:00Z");
    let next_day = overlap(&all).await;
    assert!(!Arc::ptr_eq(&next_day, &first));
    // Whatever is recorded, of whatever kind.
    let row = askonce::domain::home::RawHome {
        cqc_id: HOME.into(),
        name: "Rowan House".into(),
        area_code: "E08000014".into(),
        ..Default::default()
    };
    clocked.broker.import_home(&itself(), row).await.unwrap();
    let anew = overlap(&all).await;
    assert!(!Arc::ptr_eq(&anew, &next_day));
    assert!(Arc::ptr_eq(&anew, &overlap(&all).await));
}
