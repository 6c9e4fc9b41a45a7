//! Brokers on one database when sealing does not go as it should: whoever seals is killed while it
//! does, and others hold up what it needs.

use std::collections::BTreeSet;

use askonce::grpc::v1;
use askonce::grpc::v1::ledger_service_client::LedgerServiceClient;
use serde_json::Value;
use tokio::task::{block_in_place, spawn_blocking};
use tokio_stream::StreamExt;
use tonic::Code;

use super::super::command_line::askonce;
use super::super::throwaway::Database;
use super::super::throwaway::held::Held;
use super::caller::{Load, feed};
use super::stand::{Stand, database, events_of, name_of, numbered, until};
use super::watcher::Watcher;
use super::{CALLERS, check};

/// What is held so that whoever seals is caught where it needs that: before it knows what is
/// pending, and when it has numbered that and writes it.
const CATCHES: [&str; 2] = ["LOCK TABLE ledger_head IN ACCESS EXCLUSIVE MODE", WRITING];

/// Lets everybody read the ledger, and nobody seal.
const WRITING: &str = "LOCK TABLE ledger IN SHARE MODE";

/// How often a broker that seals is killed until each of them was; the one that went on has all the
/// callers then, and so seals.
const KILLS_MAX: usize = 6;

/// The session that holds the sealing lock and waits for what is held, and whose it is.
const SEALER: &str = "
SELECT l.pid || ' ' || a.application_name
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted
    AND l.classid = 1098083151 AND l.objid = 2 AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND cardinality(pg_blocking_pids(l.pid)) > 0";

fn sealer(database: &Database<'_>) -> String {
    block_in_place(|| database.sql(SEALER).trim().to_owned())
}

/// Catches whoever seals at it; it is stopped, and what it needs is held.
async fn caught(database: &Database<'_>, stand: &Stand, catch: &str) -> (usize, Held) {
    let held = block_in_place(|| database.hold(catch));
    let mut found = None;
    until(async || {
        let session = sealer(database);
        let whose = |broker: &usize| session.ends_with(&format!(" {}", name_of(*broker)));
        let Some(broker) = (0..2).find(whose) else {
            return false;
        };
        stand.broker(broker).signal("-STOP");
        // It may have been done, or have given up, between our looking and our stopping it.
        if sealer(database) == session {
            found = Some(broker);
        } else {
            stand.broker(broker).signal("-CONT");
        }
        found.is_some()
    })
    .await;
    (found.expect("it is found"), held)
}

/// Every chain value and commitment holds, as the database says and as each broker does; nothing
/// waits for its place.
async fn verified(stand: &Stand) {
    let mut line: Vec<String> = ["ledger", "verify", "--output", "json"]
        .map(str::to_owned)
        .into();
    line.extend(stand.options("auditor"));
    let ran = spawn_blocking(move || askonce(&line, "")).await.unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = found.get(0).unwrap_or(&found);
    assert_eq!(found["unsealed"], 0, "{found}");
    for broker in 0..2 {
        let operator = stand.operator(broker).await;
        let mut ledger = LedgerServiceClient::new(operator.channel());
        let request = operator.request(v1::VerifyLedgerRequest {});
        let messages = ledger.verify_ledger(request).await.unwrap().into_inner();
        let messages: Vec<_> = messages.map(|message| message.unwrap()).collect().await;
        let last = messages.last().unwrap();
        assert!(last.done && last.damage.is_empty(), "{}", last.damage);
        assert_eq!(found["head_sequence"], last.sequence);
        assert_eq!(found["head_chain"], last.chain);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_that_seals_killed_while_it_does_leaves_nothing_undone() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let mut stand = Stand::new(&database.url(), &[]).await;
    let load = Load::start(&stand.roster, &stand.council, &stand.manager, CALLERS);
    let watcher = Watcher::start(&stand.roster, &stand.council);
    for catch in CATCHES {
        let mut killed = BTreeSet::new();
        for _ in 0..KILLS_MAX {
            let before = load.done();
            until(async || load.done() > before + 4).await;
            let (broker, held) = caught(&database, &stand, catch).await;
            stand.kill(broker);
            drop(held);
            // The other seals what was left, and goes on.
            let before = load.done();
            until(async || load.done() > before + 4).await;
            stand.start(broker).await;
            killed.insert(broker);
            if killed.len() == 2 {
                break;
            }
        }
        assert_eq!(killed.len(), 2, "one of them never sealed: {catch}");
    }
    let told = load.stop().await;
    assert!(told.repeated > 0, "nobody was disturbed");
    check(&stand, &told, |statement| database.sql(statement)).await;
    verified(&stand).await;
    let council = stand.client(0, &stand.council).await;
    let stands = feed(&council).await;
    until(async || watcher.seen().last() == stands.last()).await;
    let seen = watcher.seen();
    let is_in_order = seen.is_sorted_by(|one, next| one.sequence < next.sequence);
    assert!(is_in_order, "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_and_has_no_place_in_time_lands_once_when_it_is_sent_again() {
    let Some(database) = block_in_place(database) else {
        return;
    };
    let hurried = ["--set", "postgres.statement_deadline=1s"];
    let stand = Stand::new(&database.url(), &hurried).await;
    let (ask, id) = (numbered(1), format!("{:0>32}", 1));
    let held = block_in_place(|| database.hold(WRITING));
    // Wherever it is sent: it is recorded by the first, and found there by the second.
    for broker in 0..2 {
        let council = stand.client(broker, &stand.council).await;
        let told = council.submit_ask_as(&ask, &id).await;
        let told = told.expect_err("it has no place");
        assert_eq!(told.code(), Code::Unavailable, "{told:?}");
        assert!(
            told.message().contains("under the same request id"),
            "{told:?}"
        );
        let submitted = "SELECT count(*) FROM events WHERE kind = 'AskSubmitted'";
        let submitted = block_in_place(|| database.sql(submitted));
        assert_eq!(submitted.trim(), "2", "it and the steady one");
    }
    let asked_again = async |broker: usize| {
        let council = stand.client(broker, &stand.council).await;
        let told = council.submit_ask_as(&ask, &id).await.unwrap();
        told.ask.expect("an ask comes back").name
    };
    drop(held);
    assert_eq!(asked_again(1).await, asked_again(0).await);
    let sql = |statement: &str| database.sql(statement);
    assert_eq!(block_in_place(|| events_of(sql, "AskSubmitted")), 2);
    verified(&stand).await;
}
